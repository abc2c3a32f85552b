#!/usr/bin/perl
# An application that fails as a whole rests, with growing pauses: its people wait and nobody is
# parked for it, while leavers are disabled whenever that works. A human who names it, or changes
# its settings, need not wait. And a plan of hours keeps no leaver waiting.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Free qw(wait_for);
use Bridge::Process qw(read_file);
use Bridge::World;
use Test::More;

my @crowd = map { sprintf 'p%02d', $_ } 1 .. 90;
my $world = Bridge::World->new(
    people => [ qw(ann bob cid dan eve), @crowd ],
    groups => { app => [qw(ann bob cid)] },
    misbehaving => 1,
    settings => { limits => { removals => 50 }, tries => 1 },
);
my ($app, $bridge) = ($world->app, $world->bridge);
my @refused = ({ fault => 'status', status => 401 });
my $broken = { match => { path => '/Users' }, fault => 'status', status => 500 };

sub status { return $bridge->run('status', '--json')->{json}{apps}[0] }
sub asked { return scalar @{ $app->requests } }

# From here on it rests.
sub fail_twice {
    my (@faults) = @_;
    $app->faults(@faults);
    for my $time (1, 2) {
        my $result = $world->sync;
        is($result->{exit}, 1, "failure $time") or diag $result->{out};
        ok(!$result->{app}{rests}, 'it was tried');
    }
    $world->forget;
    return;
}

is($world->sync->{exit}, 0, 'three people have accounts');

subtest 'a credential that is refused' => sub {
    $world->join_group('app', 'dan');
    fail_twice(@refused);
    my $result = $world->sync;
    is($result->{exit}, 1, 'the run fails');
    ok($result->{app}{rests}, 'the application rests');
    like($result->{app}{problem}, qr/^rests until \S+Z after 2 failures since \S+Z: .*401/,
        'it is said since when, until when and why');
    is(asked(), 0, 'and it is not asked');
    is($result->{app}{parked}, 0, 'nobody is parked for it');
    is($result->{app}{waiting}, 1, 'who is new waits');
    ok($result->{json}{next_change}, 'the end of the rest is a moment to wait for');

    my $status = status();
    is($status->{failures}, 2, 'status counts the failures');
    ok($status->{rests_until} gt $status->{failing_since}, 'and knows the end of the rest');
    like($bridge->run('status')->{out}, qr/^app \S+: RESTS.*\n +rests until/m, 'in words, too');
    like($bridge->run('explain', 'ann')->{out}, qr/^ +the app rests until \S+Z,.*because.*401/m,
        'explain says it of whom it concerns');

    isnt($bridge->run('check')->{exit}, 0, 'check complains');
    cmp_ok(asked(), '>', 0, 'because it asks all the same');
    my $name = $status->{name};
    $world->forget;
    is($world->sync('--app', $name)->{exit}, 1, 'named by hand, it is tried');
    cmp_ok(asked(), '>', 0, 'at once');
    is(status()->{failures}, 3, 'and has failed once more');

    $app->faults;
    $world->forget;
    is($world->sync->{exit}, 1, 'well again, it still rests');
    is(asked(), 0, 'since nobody asked');
    is($world->sync('--app', $name)->{exit}, 0, 'by hand it works');
    is($world->accounts->{dan}, 'active', 'and who waited has an account');
    is(status()->{failures}, undef, 'the failures are forgotten');
    is($world->sync->{exit}, 0, 'and it rests no more');
};

subtest 'a leaver meanwhile' => sub {
    $world->join_group('app', 'eve');
    fail_twice(@refused);
    my $until = status()->{rests_until};
    $world->leave_group('app', 'bob');
    my $result = $world->sync;
    cmp_ok(asked(), '>', 0, 'is tried although it rests');
    like($result->{app}{problem}, qr/leavers could not be disabled now, for the same reason/,
        'in vain');
    is(status()->{rests_until}, $until, 'which makes the rest no longer');
    is($result->{app}{parked}, 0, 'and the leaver is not put aside');

    $app->faults;
    $result = $world->sync;
    is($result->{exit}, 0, 'when the disable works, all is well');
    is_deeply([ @{ $world->accounts }{qw(bob eve)} ], [qw(disabled active)],
        'and everything else is sent');
};

subtest 'nonsense for everybody' => sub {
    $world->join_group('app', @crowd);
    fail_twice({ %$broken, match => { method => [qw(GET POST)], path => '/Users' } });
    my $result = $world->sync;
    like($result->{app}{problem}, qr/the application answers 500 to everything/, 'is said as that');
    is($result->{app}{parked}, 0, 'nobody of ninety is parked');
    is($result->{app}{waiting} + $result->{app}{unsettled}, 90, 'all of them wait');
    $world->leave_group('app', 'cid');
    $result = $world->sync;
    is($world->accounts->{cid}, 'disabled', 'a leaver is disabled');
    ok($result->{app}{rests}, 'which says nothing about the rest: it goes on');
    is_deeply($world->writes, ['PATCH /Users/cid'], 'and nothing else was sent');

    $app->faults;
    $world->configure(app => { timeout => '6s' });
    $result = $world->sync;
    is($result->{exit}, 0, 'with another setting it is tried at once') or diag $result->{out};
    is($result->{app}{done}{create}, 90, 'and ninety accounts are made');
};

subtest 'the service does not hammer' => sub {
    my $number = 0;
    $app->faults(@refused);
    $bridge->write_config(
        interval => '1h',
        debounce => '20ms',
        sources => [ $world->source ],
        apps => [ $world->app_config ],
    );
    my $service = $bridge->start('run', '-v');
    my $passes = sub { my @all = read_file($service->{err}) =~ /: run \d+ \(/g; scalar @all };
    my $touch = sub {
        my $before = $passes->();
        $world->set('ann', title => 'Title ' . ++$number);
        wait_for('a pass', 20, sub { $passes->() > $before });
    };
    wait_for('the first pass', 30, sub { $passes->() });
    $touch->() for 1 .. 4;
    ok(status()->{rests_until}, 'news after news, and it rests');
    $world->forget;
    $touch->() for 1 .. 4;
    is(asked(), 0, 'news do not wake it');
    $world->leave_group('app', 'dan');
    wait_for('the try', 20, sub { asked() });
    pass('but a leaver does');
    $app->faults;
    $world->set('ann', title => 'Last');
    wait_for('dan', 20, sub { $world->accounts->{dan} eq 'disabled' });
    wait_for('ann', 20, sub { $app->user('ann')->{title} eq 'Last' });
    pass('and when that works, all is sent');
    kill 'TERM', $service->pid;
    $service->wait;
    is($bridge->result($service)->{exit}, 0, 'the service ends');
};

subtest 'what it took' => sub {
    $world->configure(app => { tries => 3 });
    $world->set('ann', title => 'Again');
    $app->faults({ match => { method => 'PATCH' }, fault => 'status', status => 503, first => 2 });
    my $result = $world->sync;
    is($result->{exit}, 0, 'two failures on the way') or diag $result->{out};
    is($result->{app}{retries}, 2, 'are two repeated requests in the result');
    $app->faults;
};

subtest 'a long plan' => sub {
    my @late = map { sprintf 'q%03d', $_ } 1 .. 160;
    $world->hire($_) for @late;
    $world->join_group('app', @late);
    $bridge->write_config(
        slice => '1s',
        sources => [ $world->source ],
        apps => [ $world->app_config(concurrency => 2) ],
    );
    $app->faults({ match => { method => 'POST' }, fault => 'slow', ms => 60 });
    $world->forget;
    my $process = $bridge->start('sync', '--json');
    wait_for('the first accounts', 30, sub { @{ $world->writes } > 5 });
    $world->leave_group('app', 'ann');
    $process->wait;
    my $result = $bridge->result($process);
    is($result->{exit}, 0, 'one run') or diag $result->{out}, $result->{err};
    is($result->{json}{apps}[0]{done}{create}, 160, 'with one result: all accounts');
    is($result->{json}{apps}[0]{done}{disable}, 1, 'and the leaver');
    is($result->{json}{apps}[0]{planned}{create}, 160, 'planned as often as they were made');
    is(@{ $result->{json}{sources} }, 1, 'and one row for the source');
    my @writes = @{ $world->writes };
    my ($at) = grep { $writes[$_] =~ m{^PATCH /Users/ann$} } 0 .. $#writes;
    cmp_ok($at, '<', $#writes - 20, 'who left while it ran did not wait for its end');
    is($bridge->run('plan', '--check')->{exit}, 0, 'nothing is left');
};

done_testing;
