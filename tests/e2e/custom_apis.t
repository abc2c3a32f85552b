#!/usr/bin/perl
# The whole life of a small company at applications with APIs of their own, as their makers describe
# them: accounts are made, adopted, changed, renamed, switched off and on, deleted and made again,
# groups are filled, and in the end the application holds what the directory says.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::CustomApi;
use Bridge::CustomApi::Definitions qw(bound_members listed unconfirmed);
use Bridge::CustomLife;
use Bridge::World;
use Test::More;

# CASE=text plays what has that in its name.
sub play {
    my ($name, $code) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    subtest($name, $code) if index($name, $ENV{CASE} // '') >= 0;
    return;
}

play 'Zoho One: verdicts in the body, everybody is found in the list' => sub {
    my $life = Bridge::CustomLife->new(
        'zoho',
        server => { unconfirmed => \1 },
        app => { unconfirmed() }
    );
    $life->tell;
    is(scalar @{ $life->app->raw->{tokens} }, 1, 'one token was enough for all of it');
};

play 'Zoom: calls of their own for states and addresses, three lists, groups' => sub {
    my $life = Bridge::CustomLife->new(
        'zoom',
        groups => 1,
        people => 33,
        server => { page => 10 },
        means => { delete => qr/deletes the user and what they own/ }
    );
    $life->tell;
};

play 'Zoom without a look-up: everybody is found in one of the three lists' => sub {
    my $life = Bridge::CustomLife->new(
        'zoom',
        server => { page => 2 },
        app => { lookup => undef, get => undef }
    );
    $life->tell;
};

play 'Zoom, with the preset' => sub {
    my $life = Bridge::CustomLife->new(
        'zoom',
        preset => 1,
        groups => 1,
        people => 3,
        means => {
            disable => qr/deactivates the user at Zoom/,
            delete => qr/takes the user off the account/
        }
    );
    $life->tell;
};

play 'Microsoft Graph, with the preset' => sub {
    my $life = Bridge::CustomLife->new(
        'graph',
        preset => 1,
        groups => 1,
        people => 3,
        means => { disable => qr/blocks the sign-in/, delete => qr/can be restored for 30 days/ }
    );
    $life->tell;
};

play 'Microsoft Graph: one member in a call' => sub {
    my $life = Bridge::CustomLife->new(
        'graph',
        groups => 1,
        people => 3,
        server => { page => 4 },
        means => { delete => qr/restored within 30 days/ }
    );
    $life->tell;
};

play 'Microsoft Graph: twenty members in a call' => sub {
    my $life = Bridge::CustomLife->new(
        'graph',
        groups => 1,
        people => 40,
        app => bound_members()
    );
    $life->tell;
};

play 'the simplest API there is' => sub {
    my $life = Bridge::CustomLife->new('plain', app => { listed() });
    $life->tell;
};

play 'Zoho One, with the preset: accounts are only made' => sub {
    my $app = Bridge::CustomApi->new('zoho', preset => 1);
    my $world = Bridge::World->new(
        application => $app,
        people => [qw(ann bob)],
        groups => { app => [qw(ann bob)] },
        slapd => { sessionlog => 100 },
    );
    is($world->sync->{exit}, 0, 'the first sync');
    is_deeply([ sort map { $_->{userName} } $app->users ],
        [ 'ann@example.com', 'bob@example.com' ], 'all have an account');
    $app->forget;
    $world->leave_group('app', 'bob');
    my $plan = $world->bridge->run('plan');
    like($plan->{out} . $plan->{err}, qr/disable.*(?:off|false)|no document/is,
        'that a leaver is not disabled is said');
    $world->sync;
    is_deeply($app->writes, [], 'and nothing is sent');
};

play 'accounts that are made by a job, which is asked until it is done' => sub {
    my $app = Bridge::CustomApi->new('plain');
    $app->seed(users => [ { email => 'bob@example.com' } ]);
    my $wait = { name => 'wait', when => 'step.job', url => '/jobs/{step.job}',
        poll => { path => 'data.state', done => ['done'], failed => ['failed'],
            pending => ['waiting'], interval => '50ms', deadline => '20s' },
        error => { path => 'data.why' } };
    my $begin = { url => '/jobs', body => '{resource}',
        outputs => [ { name => 'job', path => 'data.job' } ] };
    my $world = Bridge::World->new(
        application => $app,
        people => [qw(ann bob)],
        groups => { app => [qw(ann bob)] },
        settings => { create => { steps => [ $begin, $wait ] } },
    );
    my $result = $world->sync;
    is($result->{exit}, 3, 'one could not be made') or diag Bridge::CustomLife::why($result);
    like($result->{out}, qr/the email is taken/, 'the words of the job are said');
    cmp_ok(scalar($app->calls('GET', qr{/jobs/j%2F})), '>=', 5, 'both were asked for');
    my $ann = $app->user('ann@example.com');
    ok($ann, 'the other one was');
    $world->set('ann', givenName => 'Anna');
    $world->sync;
    is($app->user('ann@example.com')->{values}{first_name}, 'Anna', 'the id is that of the job');
};

play 'a key that is fetched in two calls' => sub {
    my $app = Bridge::CustomApi->new('plain');
    my @login = (
        { url => $app->base . '/login',
            body => { name => '{auth.user}', word => '{auth.password}' },
            outputs => [ { name => 'ticket', path => 'ticket' } ] },
        { url => $app->base . '/session', body => { ticket => '{step.ticket}' } },
    );
    my $world = Bridge::World->new(
        application => $app,
        people => [qw(ann bob)],
        groups => { app => [qw(ann bob)] },
        slapd => { sessionlog => 100 },
        settings => {
            auth => {
                type => 'login',
                login => \@login,
                user => 'bridge',
                password_file => Bridge::Run::secret('plain-word-x7'),
                name => 'X-Api-Key',
                prefix => '',
                token_path => 'session.key',
                expires_path => 'session.ends',
                expires_as => 'epoch',
            }
        },
    );
    my @said;
    for my $given (qw(Ann Anna)) {
        $world->set('ann', givenName => $given);
        my $result = $world->bridge->run('-vv', 'sync', '--json');
        push @said, $result->{out}, $result->{err};
        is($result->{exit}, 0, "a sync with the name $given")
            or diag Bridge::CustomLife::why($result);
        is($app->user('ann@example.com')->{values}{first_name}, $given, 'is done');
    }
    is($app->tokens, 2, 'the key is kept for the next run');
    unlike("@said", qr/plain-word-x7|ticket-x8|tok-/, 'nothing secret is shown');
};

play 'the base address is the one of the token' => sub {
    my $app = Bridge::CustomApi->new('zoho');
    my $world = Bridge::World->new(
        application => $app,
        people => ['ann'],
        groups => { app => ['ann'] },
        settings => { url => undef, base_from => 'api_domain', hosts => ['127.0.0.1'] },
    );
    my $result = $world->sync;
    is($result->{exit}, 0, 'done') or diag Bridge::CustomLife::why($result);
    ok($app->user('ann@example.com'), 'the account is there');
    $world->forget_state;
    $world->configure(app => { hosts => ['zohoapis.com'] });
    $app->forget;
    $result = $world->sync;
    is($result->{exit}, 1, 'an address elsewhere is refused');
    like($result->{out} . $result->{err}, qr/127\.0\.0\.1/, 'and said');
    is_deeply($app->writes, [], 'nothing is sent');
};

# What was written since it was last asked: "POST /users {body}".
sub written {
    my ($app) = @_;
    my @lines = map { ["$_->{method} " . ($_->{path} =~ s{^/plain}{}r), $_->{body}] }
        @{ $app->writes };
    $app->forget;
    return \@lines;
}

play 'the plain form alone' => sub {
    my $app = Bridge::CustomApi->new('plain');
    my $world = Bridge::World->new(
        application => $app,
        people => [qw(ann bob)],
        groups => { app => [qw(ann bob)] },
        slapd => { sessionlog => 100 },
        settings => { url => undef, limits => { removals => 10 }, concurrency => 1 },
    );
    is($world->sync->{exit}, 0, 'the first sync');
    my %made = map { $_->[1]{email} => $_ } @{ written($app) };
    is_deeply(
        $made{'ann@example.com'},
        [
            'POST /users',
            { email => 'ann@example.com', first_name => 'Ann', name => 'Ann Example' }
        ],
        'an account is made by POST'
    );
    $world->set('ann', givenName => 'Anna');
    is($world->sync->{exit}, 0, 'a change');
    my ($change, @more) = @{ written($app) };
    like($change->[0], qr{^PUT /users/[^/]+$}, 'is one PUT, to the address of the account');
    is_deeply([ $change->[1]{email}, $change->[1]{first_name}, @more ],
        [ 'ann@example.com', 'Anna' ], 'of all that is mapped');
    $world->leave_group('app', 'bob');
    like($world->bridge->run('plan')->{out}, qr/delete/i,
        'without a call to switch off, the plan says that the account is deleted');
    is($world->sync->{exit}, 0, 'who leaves');
    is_deeply([ map { $_->[0] =~ /^(\w+)/ } @{ written($app) } ], ['DELETE'], 'is one DELETE');
    is_deeply([ map { $_->{userName} } $app->users ], ['ann@example.com'], 'one account is left');
    $app->seed(users => [ { email => 'dan@example.com' } ]);
    $world->hire('dan');
    $world->join_group('app', 'dan');
    my $result = $world->sync;
    is($result->{exit}, 3, 'who is there already, and cannot be looked up, is parked');
    like($result->{out}, qr/the email is taken/, 'with the words of the service');
};

done_testing;
