#!/usr/bin/perl
# Beside a running 'dirbridge run' an administrator can do everything: approve what is held, which
# is then carried out at once, plan, and sync by hand. Whoever comes at a bad moment waits a little;
# after that the sentence says who is at work. A stop lets the pass in hand end. And deletions come
# at their moment.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Free qw(wait_for);
use Bridge::Process qw(read_file);
use Bridge::World;
use Test::More;
use Time::HiRes qw(time);

my @people = qw(ann bob cid dee eve);
my $world = Bridge::World->new(
    people => [@people],
    groups => { app => [@people] },
    misbehaving => 1,
    settings => {
        timeout => '60s',
        limits => { removals => 1, removals_percent => 0 },
    }
);
my ($app, $bridge) = ($world->app, $world->bridge);

sub configure {
    my (%app) = @_;
    return $bridge->write_config(
        interval => '1h',
        debounce => '20ms',
        sources => [ $world->source ],
        apps => [ $world->app_config(%app) ]
    );
}

my $service;

sub err { return read_file($service->{err}) }
sub passes { my @lines = err() =~ /: run \d+ \(/g; return scalar @lines }

sub start {
    $service = $bridge->start('run');
    return wait_for('the first pass', 30, sub { passes() == 1 });
}

sub held { return $bridge->run('status', '--json')->{json}{apps}[0]{held} }
sub active { return join ' ', sort map { $_->{userName} } grep { $_->{active} } $app->users }

# The next request to this method and path is answered so late.
sub slow {
    my ($method, $seconds) = @_;
    $app->faults({ match => { method => $method }, nth => 1, fault => 'slow', ms => 1000 * $seconds,
            work => JSON::PP::true });
    return;
}

sub wait_request {
    my ($method) = @_;
    return wait_for("a $method", 20,
        sub { grep { $_->{method} eq $method } @{ $app->requests } });
}

configure();
start();
is(active(), "@people", 'everybody has an account');

my $first;
subtest 'what is held keeps its number' => sub {
    $world->leave_group('app', qw(ann bob));
    wait_for('the plan to be held', 20, sub { $first = held() });
    for my $signal (1 .. 2) {
        my $before = passes();
        $service->signal('HUP');
        wait_for('another pass', 20, sub { passes() > $before });
    }
    is($bridge->run('plan')->{exit}, 0, 'a plan by hand works');
    is($bridge->run('sync')->{exit}, 4, 'and a sync');
    my $now = held();
    is($now->{plan}, $first->{plan}, 'the plan has the number that it had');
    is_deeply($now->{list}, $first->{list}, 'and its ops theirs');
    is($now->{since}, $first->{since}, 'and it waits since then');
};

subtest 'another plan' => sub {
    $world->leave_group('app', 'cid');
    wait_for('another one', 20, sub { (held() // $first)->{plan} != $first->{plan} });
    my $new = held()->{plan};
    my $old = $bridge->run('approve', $first->{plan});
    is($old->{exit}, 2, 'the old number is refused');
    like($old->{err}, qr/plan $first->{plan} was replaced by plan $new, because .*: 0 .* 1 are new/,
        'with the number of the new one, and what is different');
    like($old->{err}, qr/dirbridge plan.*dirbridge approve $new/, 'and what to do');
    like($bridge->run('approve', 9999)->{err}, qr/there is no plan 9999/, 'a number of no plan');
    is(active(), "@people", 'nothing was sent');

    my $began = time;
    is($bridge->run('approve', $new)->{exit}, 0, 'the new number is approved');
    wait_for('the disables', 20, sub { active() eq 'dee eve' });
    cmp_ok(time - $began, '<', 20, 'and the service does it at once');
    wait_for('its pass', 20, sub { err() =~ /another command wrote the state\): 3 ops/ });
    is(held(), undef, 'nothing is held any more');
    like($bridge->run('approve', $new)->{err}, qr/plan $new is not held/, 'once is once');
    $world->join_group('app', qw(ann bob cid));
    wait_for('all back', 20, sub { active() eq "@people" });
};

subtest 'a plan that is no longer needed' => sub {
    $world->leave_group('app', qw(ann bob));
    my $held;
    wait_for('the plan to be held', 20, sub { $held = held() });
    $world->join_group('app', qw(ann bob));
    wait_for('it to be dropped', 20, sub { !held() });
    like($bridge->run('approve', $held->{plan})->{err},
        qr/plan $held->{plan} is not held any more, because nothing of it is to be done/,
        'the sentence says why');
};

subtest 'a command waits for the pass to end' => sub {
    $app->forget;
    slow('PATCH', 2);
    $world->set('ann', title => 'One');
    wait_request('PATCH');
    my $began = time;
    is($bridge->run('sync')->{exit}, 0, 'a sync in the middle of a pass is done');
    cmp_ok(time - $began, '>', 0.5, 'after it');
    is($app->user('ann')->{title}, 'One', 'and the pass did its work');
};

subtest 'a pass waits for the command to end' => sub {
    $app->faults;
    configure(map => [ { to => 'userName', from => '[uid]' },
            { to => 'title', from => "Append([title], '!')" } ]);
    $app->forget;
    slow('PATCH', 2);
    my $sync = $bridge->start('sync');
    wait_request('PATCH');
    $world->set('bob', title => 'Two');
    wait_for('the pass to wait', 20, sub { err() =~ /the pass waits: .*in use by process/ });
    like(err(), qr/in use by process ${\$sync->pid} /, 'it says for whom');
    ok($sync->wait(20), 'the sync ends');
    is($bridge->result($sync)->{exit}, 0, 'well');
    wait_for('the change', 20, sub { $app->user('bob')->{title} =~ /^Two/ });
    ok($service->running, 'and then the service goes on');
    configure();
    my $before = passes();
    $service->signal('HUP');
    wait_for('the pass with the old mapping', 20, sub { passes() > $before });
    is($app->user('ann')->{title}, 'One', 'the old mapping');
};

subtest 'a stop in the middle of a pass' => sub {
    $app->faults;
    $app->forget;
    my $before = passes();
    slow('PATCH', 30);
    $world->set('cid', title => 'Three');
    wait_request('PATCH');
    $service->signal('TERM');
    my $late = $bridge->run('approve');
    is($late->{exit}, 1, 'who waits ten seconds in vain gives up');
    my $pid = $service->pid;
    like($late->{err}, qr/in use by process $pid \(.*dirbridge.* run\), for \d+ s now/,
        'and says who is at work, and for how long');
    cmp_ok($late->{seconds}, '>', 9, 'not before');
    ok($service->running, 'all that time the pass goes on');
    ok($service->wait(60), 'then the service ends');
    my $text = err();
    my $result = $bridge->result($service);
    is($result->{exit}, 0, 'well');
    like($text, qr/run \d+ \(a source has news\): 1 ops done.*\n.*told to stop/, 'after the pass');
    is($app->user('cid')->{title}, 'Three', 'whose work is done');
    $app->forget;
    is($bridge->run('sync')->{exit}, 0, 'the next sync');
    is_deeply($app->writes, [], 'finds nothing left to do');
};

subtest 'deletions come at their moment' => sub {
    $app->faults;
    configure(deprovision => { delete_after => '3s' }, limits => { removals => 9 });
    start();
    $world->leave_group('app', 'eve');
    wait_for('eve disabled', 20, sub { active() eq 'ann bob cid dee' });
    ok($app->user('eve'), 'first the account is disabled');
    my $due;
    wait_for('the moment to be known', 20,
        sub { $due = $bridge->run('status', '--json')->{json}{next_change} });
    like($due, qr/^\d{4}-.*Z$/, 'status says when it goes');
    wait_for('eve deleted', 20, sub { !$app->user('eve') });
    wait_for('its pass', 20, sub { err() =~ /a moment has come\): 1 ops/ });
    pass('and then it goes, without a change in the directory');
    $service->signal('TERM');
    ok($service->wait(10), 'done');
};

done_testing;
