#!/usr/bin/perl
# Who leaves loses the access whatever else is going on: while the application rests after
# failures, while it asks for time, while a human is asked, and while another application has a
# plan of hours.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Free qw(wait_for);
use Bridge::Misbehaving;
use Bridge::Process qw(read_file);
use Bridge::World;
use Test::More;

my @crowd = map { sprintf 'p%02d', $_ } 1 .. 30;
my @late = map { sprintf 'q%03d', $_ } 1 .. 160;
my $world = Bridge::World->new(
    people => [ qw(ann bob cid dan eve), @crowd, @late ],
    groups => { app => [qw(ann bob cid dan eve)], other => [qw(ann bob cid)] },
    misbehaving => 1,
    settings => { limits => { removals => 2, removals_percent => 0 }, tries => 1 },
);
my ($app, $bridge) = ($world->app, $world->bridge);

sub fault { return { match => { path => '/Users' }, fault => 'status', status => 503, @_ } }
sub held { return $bridge->run('status', '--json')->{json}{apps}[0]{held} }

is($world->sync->{exit}, 0, 'five people have accounts');

subtest 'while the application has no time for anybody' => sub {
    $world->join_group('app', @crowd);
    $app->faults(fault());
    for my $time (1, 2) {
        is($world->sync->{exit}, 1, "failure $time");
    }
    $world->leave_group('app', 'bob');
    is($world->sync->{exit}, 1, 'the leaver is tried in vain');
    is($world->accounts->{bob}, 'active', 'and still has access');
    $app->faults;
    my $result = $world->sync;
    is($world->accounts->{bob}, 'disabled', 'the next run does not wait for a pause to be over');
    is($result->{app}{parked}, 0, 'nobody was put aside');
    is($world->sync('--app', $result->{app}{name})->{exit}, 0, 'by hand all is sent');
};

subtest 'too many at once while it rests' => sub {
    $world->hire('zoe');
    $world->join_group('app', 'zoe');
    $app->faults(fault(match => { path => '/Users', method => [qw(GET POST)] }, status => 401));
    is($world->sync->{exit}, 1, 'a failure') for 1, 2;
    $world->leave_group('app', qw(cid dan eve));
    my $result = $world->sync;
    ok($result->{app}{rests}, 'the application rests');
    like($result->{app}{held}, qr/3 removals planned/,
        'the leavers are held, and it is said');
    is_deeply([ sort map { $_->{label} } @{ held()->{list} } ], [qw(cid dan eve)], 'all three');
    is($bridge->run('approve', held()->{plan})->{exit}, 0, 'they are approved');
    $world->sync;
    is_deeply([ @{ $world->accounts }{qw(cid dan eve)} ], [ ('disabled') x 3 ],
        'and disabled');
};

subtest 'while another application has much to do' => sub {
    my $other = Bridge::Misbehaving->new;
    $app->faults;
    for my $command ('sync', 'run') {
        my $leaver = $command eq 'sync' ? 'bob' : 'cid';
        $bridge->write_config(
            slice => '1s',
            interval => '1h',
            debounce => '20ms',
            sources => [ $world->source ],
            apps => [
                $world->app_config(concurrency => 2),
                $other->app(
                    name => 'other',
                    assign => [ { group => $world->group_dn('other') } ],
                    first_run => 'apply'
                ),
            ],
        );
        is($bridge->run('sync', '--app', 'other')->{exit}, 0, 'the other one is in step');
        $world->join_group('app', splice @late, 0, 80);
        $app->faults({ match => { method => 'POST' }, fault => 'slow', ms => 200 });
        $world->forget;
        my $process = $bridge->start($command);
        wait_for('the first accounts', 30, sub { @{ $world->writes } > 5 });
        $world->leave_group('other', $leaver);
        wait_for("$command: the leaver", 30, sub { !$other->user($leaver)->{active} });
        cmp_ok(scalar(grep {/^POST/} @{ $world->writes }),
            '<', 80, "$command: did not wait for the end of the other plan");
        $process->signal('TERM') if $command eq 'run';
        ok($process->wait(60), "$command ends");
        $app->faults;
    }
    my $rest = $bridge->run('sync');
    is($rest->{exit}, 0, 'the rest') or diag $rest->{out}, $rest->{err};
    is(scalar(grep { $_->{userName} =~ /^q/ } $app->users), 160, 'everybody has an account once');
};

done_testing;
