#!/usr/bin/perl
# 'dirbridge run': a change in the directory is at the application at once, an account that ends by
# itself is switched off at its moment, and nothing is done in between. It survives its directory
# going away and a config full of mistakes, is the only service, and stops when it is told to.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Free qw(wait_for);
use Bridge::Process qw(read_file);
use Bridge::World;
use IO::Socket::UNIX;
use JSON::PP;
use POSIX qw(strftime);
use Socket qw(SOCK_DGRAM);
use Test::More;
use Time::HiRes qw(time);

my $world = Bridge::World->new(
    people => [qw(ann bob cid)],
    groups => { app => [qw(ann bob)] },
    source => {
        users => {
            filter => '(objectClass=inetOrgPerson)',
            disabled => '(employeeType=disabled)',
            expires => 'employeeNumber',
        }
    },
);
my ($app, $bridge) = ($world->app, $world->bridge);

sub configure {
    my (%more) = @_;
    my %app = %{ delete $more{app} // {} };
    return $bridge->write_config(
        interval => '1h',
        debounce => '50ms',
        sources => [ $world->source ],
        apps => [ $world->app_config(%app) ],
        %more
    );
}

# The manager that listens on NOTIFY_SOCKET.
my $told = '';
my $manager = IO::Socket::UNIX->new(Local => $bridge->dir . '/notify', Type => SOCK_DGRAM)
    or die "notify: $!";
$manager->blocking(0);

sub told {
    my ($what) = @_;
    while (defined $manager->recv(my $message, 4096)) {
        $told .= "$message\n";
    }
    return $told =~ /$what/m;
}

sub start {
    my (@args) = @_;
    $told = '';
    # A sanitizer keeps what was freed, which looks like growth.
    my $sanitizer = join ':', $ENV{ASAN_OPTIONS} // (), 'quarantine_size_mb=0',
        'thread_local_quarantine_size_kb=0';
    return $bridge->start('run', @args,
        { env => { NOTIFY_SOCKET => $bridge->dir . '/notify', ASAN_OPTIONS => $sanitizer } });
}

sub err { told(''); return read_file($_[0]{err}) }
sub passes { my @lines = err($_[0]) =~ /: run \d+ \(/g; return scalar @lines }

sub wait_pass {
    my ($service, $before) = @_;
    return wait_for('a pass', 20, sub { passes($service) > $before });
}

sub cpu_ticks {
    my ($pid) = @_;
    my @fields = split ' ', read_file("/proc/$pid/stat") =~ s/.*\) //sr;
    return $fields[11] + $fields[12];
}

sub memory_kb {
    my ($pid) = @_;
    return (read_file("/proc/$pid/status") =~ /^VmRSS:\s+(\d+)/m)[0];
}

sub wakeups {
    my ($pid) = @_;
    return (read_file("/proc/$pid/status") =~ /^voluntary_ctxt_switches:\s+(\d+)/m)[0];
}

# What setpriv started in the child's place has the child's pid.
sub is_active { my $user = $app->user($_[0]); return $user && $user->{active} }

sub title_arrives {
    my ($title, $seconds) = @_;
    $world->set('ann', title => $title);
    my $began = time;
    wait_for("title $title", $seconds, sub { $app->user('ann')->{title} eq $title });
    return time - $began;
}

configure();
my $service = start();
wait_for('the first pass', 30, sub { $app->users == 2 && passes($service) == 1 });
ok(told('^READY=1$'), 'the manager hears that it is ready');

subtest 'a change arrives at once' => sub {
    my @took = sort { $a <=> $b } map { title_arrives("Title $_", 20) } 1 .. 5;
    note "took @took";
    cmp_ok($took[2], '<', 1, 'most within a second, the interval being an hour');
    $world->join_group('app', 'cid');
    wait_for('cid', 20, sub { is_active('cid') });
    $world->leave_group('app', 'cid');
    wait_for('cid disabled', 20, sub { !is_active('cid') });
    pass('a membership too, both ways');
};

subtest 'between passes nothing happens' => sub {
    wait_pass($service, passes($service) - 1);
    my ($before, $passes) = (-1, passes($service));
    # Settled: what the last change woke has run.
    wait_for('quiet', 20, sub { my $was = $before; $before = cpu_ticks($service->pid);
            select undef, undef, undef, 0.3; $before == $was });
    my ($ticks, $woken, $began) = (cpu_ticks($service->pid), wakeups($service->pid), time);
    wait_for('idle seconds', 10, sub { time - $began > 3 });
    cmp_ok(cpu_ticks($service->pid) - $ticks, '<=', 2, 'no processor time');
    cmp_ok(wakeups($service->pid) - $woken, '<=', 5, 'and it is not even woken');
};

subtest 'others' => sub {
    my $pid = $service->pid;
    my $second = $bridge->run('run');
    is($second->{exit}, 1, 'a second service is refused');
    like($second->{err}, qr/there is a service .* already: process $pid \(.*dirbridge.* run\)/,
        'with the reason');
    my $status = $bridge->run('status', '--json');
    is($status->{exit}, 0, 'status works beside it');
    is($status->{json}{runs}[0]{command}, 'run', 'a pass is a run in the history');
    is($bridge->run('explain', 'ann')->{exit}, 0, 'explain too');
};

subtest 'an account ends at its moment' => sub {
    my $end = int(time) + 3;
    $world->set('bob', employeeNumber => strftime('%Y%m%d%H%M%SZ', gmtime $end));
    my $due = strftime('%Y-%m-%dT%H:%M:%SZ', gmtime $end);
    wait_for('the moment to be known', 20,
        sub { ($bridge->run('status', '--json')->{json}{next_change} // '') eq $due });
    like($bridge->run('status')->{out}, qr/^next change by time: $due$/m, 'status names it');
    ok(is_active('bob'), 'until then bob is active');
    like($bridge->run('explain', 'bob')->{out}, qr/enabled in the directory, until .* $due/,
        'explain says until when');
    wait_for('bob disabled', 20, sub { !is_active('bob') });
    cmp_ok(time, '>=', $end, 'not before');
    cmp_ok(time, '<', $end + 10, 'and not long after, without any change in the directory');
    like($bridge->run('explain', 'bob')->{out}, qr/expired in the directory at $due/, 'explained');
    wait_for('the pass to be noted', 20, sub { err($service) =~ /a moment has come/ });
    $world->set('bob', employeeNumber => '20990101000000Z');
    wait_for('bob enabled', 20, sub { is_active('bob') });
    pass('a later moment brings bob back');
};

subtest 'the directory goes away and comes back' => sub {
    $world->slapd->stop;
    wait_for('it to be noticed', 20, sub { err($service) =~ /does not tell of changes/ });
    $world->slapd->start;
    wait_for('the connection', 30, sub { err($service) =~ /tells of changes again/ });
    cmp_ok(title_arrives('After the restart', 20), '<', 15, 'changes arrive at once again');
    ok($service->running, 'by the same process');
};

subtest 'the config is read again' => sub {
    my $before = passes($service);
    my $good = read_file($bridge->config);
    $bridge->write_text("$good\ncolour = \"red\";\n");
    $service->signal('HUP');
    wait_for('the refusal', 20, sub { err($service) =~ /the config was not taken over/ });
    like(err($service), qr/dirbridge\.cfg:\d+: .*colour/, 'a broken one is refused with its line');
    cmp_ok(title_arrives('Old config', 20), '<', 10, 'and the old one goes on');
    $before = passes($service);
    configure(app => { map => [ { to => 'userName', from => '[uid]' },
                { to => 'title', from => "Append([title], '!')" } ] });
    $service->signal('HUP');
    wait_for('the new mapping', 20, sub { $app->user('ann')->{title} eq 'Old config!' });
    ok(told('^RELOADING=1$'), 'the manager hears of it');
    wait_pass($service, $before);
    configure();
    $service->signal('HUP');
    wait_for('the old mapping', 20, sub { $app->user('ann')->{title} eq 'Old config' });
};

subtest 'what a human must look at is a warning each' => sub {
    $world->set('bob', employeeNumber => 'soon');
    wait_for('bob parked', 20,
        sub { err($service) =~ /app=app.*parked: uid=bob,.*'soon' is no moment/ });
    my @said = err($service) =~ /parked: uid=bob/g;
    $service->signal('HUP');
    wait_pass($service, passes($service));
    is(scalar(() = err($service) =~ /parked: uid=bob/g), @said, 'and not again with each pass');
    configure(app => { assign => [ { group => 'cn=nobody,dc=example,dc=com' } ] });
    $service->signal('HUP');
    wait_for('the failure', 20, sub { err($service) =~ /app=app.*failed: the rule at .*nobody/ });
    like($bridge->run('status')->{out}, qr/^app app: FAILED at \d{4}-\S+Z\n +the rule at .*nobody/m,
        'and status names it');
    configure();
    $world->set('bob', employeeNumber => '20990101000000Z');
    $service->signal('HUP');
    wait_for('all to be well', 20, sub { $bridge->run('status')->{out} =~ /^app app$/m });
};

subtest 'many passes later it is as large as before' => sub {
    my $round = sub {
        for (1 .. $_[0]) {
            my $before = passes($service);
            $service->signal('HUP');
            wait_pass($service, $before);
        }
        return memory_kb($service->pid);
    };
    my $early = $round->(10);
    my $late = $round->(40);
    cmp_ok($late - $early, '<', 1024, "$early kB, and $late kB");
};

subtest 'told to stop' => sub {
    my $began = time;
    $service->signal('TERM');
    ok($service->wait(10), 'it ends');
    cmp_ok(time - $began, '<', 3, 'at once');
    my $result = $bridge->result($service);
    is($result->{exit}, 0, 'exit 0');
    ok(told('^STOPPING=1$'), 'and the manager knew');
    is($bridge->run('sync')->{exit}, 0, 'others may write again');
    $service = start('--json');
    wait_for('a pass', 20, sub { told('') && read_file($service->{out}) =~ /\n/ });
    $service->signal('INT');
    ok($service->wait(10), 'SIGINT ends it too');
    $result = $bridge->result($service);
    is($result->{exit}, 0, 'exit 0');
    is(ref $result->{json}, 'HASH', '--json: one line a pass');
    ok($result->{json}{run}, 'with the number of the run');
};

subtest 'a directory that is not there at the start' => sub {
    $world->slapd->stop;
    $service = start();
    wait_for('the first pass', 30, sub { passes($service) == 1 });
    like(err($service), qr/exit 1/, 'is a failed pass, and no reason to give up');
    $world->slapd->start;
    $world->set('ann', title => 'Late');
    wait_for('the change', 60, sub { $app->user('ann')->{title} eq 'Late' });
    $service->signal('TERM');
    ok($service->wait(10), 'done');
    is($bridge->result($service)->{exit}, 0, 'exit 0');
};

done_testing;
