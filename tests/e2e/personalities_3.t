#!/usr/bin/perl
# Services that fail: requests are refused or lost at random, connections are cut before and after
# what they asked for was done, accounts are said to be made and are not. In the end everybody is
# there once, as if nothing had happened. And services whose list of accounts lies: nothing is
# concluded from it, and the reason is said.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Groups;
use Bridge::Personality;
use Bridge::World;
use Test::More;

life($_) for qw(flaky drops created-without-effect);
liar("liar-paging-$_") for 1 .. 5;

# Nobody can tell such an account from a real one until something is to be done with it.
subtest 'a 201 with an id, for an account that is not there' => sub {
    my $world = Bridge::World->new(
        misbehaving => 1,
        people => [ 'ann', 'bob' ],
        groups => { app => [ 'ann', 'bob' ] },
        slapd => { sessionlog => 100 },
        settings => { recreate => 'true' },
    );
    $world->app->faults(
        { fault => 'no-effect', match => { method => 'POST', body => '"ann"' }, first => 1 });
    is($world->sync->{exit}, 0, 'the service says that it is done');
    is_deeply($world->accounts, { bob => 'active' }, 'but ann is not there');
    $world->set('ann', title => 'Boss');
    is($world->sync->{exit}, 0, 'the next change finds that out');
    is_deeply($world->accounts, { ann => 'active', bob => 'active' }, 'and makes the account');
    is($world->app->user('ann')->{title}, 'Boss', 'with the new value');
    $world->forget;
    is($world->sync->{exit}, 0, 'again');
    is_deeply($world->app->requests, [], 'then nothing is sent');
};

done_testing;
