#!/usr/bin/perl
# A service that asks to be left alone for longer than a run may wait has to say so once: nothing
# more is sent to it before, nobody is parked for it, and its people wait.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::World;
use Test::More;
use Time::Piece;

my @people = map { sprintf 'p%02d', $_ } 1 .. 40;
my %settings = (concurrency => 1, tries => 2);
my $world = Bridge::World->new(
    misbehaving => 1,
    people => ['ann', @people],
    groups => { app => ['ann'] },
    settings => {%settings}
);
my ($app, $bridge) = ($world->app, $world->bridge);
my $hour = { fault => 'status', status => 429, headers => { 'Retry-After' => 3600 } };

sub asked { return scalar @{ $app->requests } }
sub status { return $bridge->run('status', '--json')->{json}{apps}[0] }

# For how long the application rests from a moment on.
sub rest_from {
    my ($moment) = @_;
    my ($until) = (status()->{rests_until} // '') =~ /^([\dT:-]+)/ or return 0;
    return Time::Piece->strptime($until, '%Y-%m-%dT%H:%M:%S')->epoch - $moment;
}

is($world->sync->{exit}, 0, 'ann has an account');
$world->join_group('app', @people);

subtest 'at a create' => sub {
    $app->faults({ %$hour, match => { method => 'POST' } });
    $world->forget;
    my $now = time;
    my $result = $world->sync;
    is($result->{exit}, 1, 'the run fails');
    is(scalar @{ $world->writes }, 1, 'the service had to say it once');
    is($result->{app}{parked}, 0, 'nobody is parked for it');
    is($result->{app}{waiting}, 40, 'all of them wait');
    like($result->{app}{problem}, qr/answered 429 and asks to wait 60 min.*it rests until/s, 'why');
    my $rest = rest_from($now);
    ok($rest >= 3599 && $rest < 3700, 'it rests for as long, after a first failure')
        or diag $rest;

    $world->forget;
    $result = $world->sync;
    ok($result->{app}{rests}, 'the next run comes too early');
    like($result->{app}{problem}, qr/after 1 failure since/, 'and says so');
    is(asked(), 0, 'nothing is sent');
    is($world->accounts->{ann}, 'active', 'who has an account keeps it');
};

subtest 'at everything' => sub {
    $app->faults($hour);
    $world->forget;
    my $result = $world->sync('--app', status()->{name});
    is($result->{exit}, 1, 'by hand it is tried');
    is(asked(), 1, 'with one request');
    is($result->{app}{parked}, 0, 'nobody is parked');
    ok(rest_from(time) > 3500, 'and it rests');
};

subtest 'at a search' => sub {
    $app->faults({ %$hour, match => { method => 'GET', path => '/Users' } });
    $world->forget;
    my $result = $world->sync('--app', status()->{name});
    is($result->{exit}, 1, 'the run fails');
    is(scalar(grep { $_->{path} =~ m{/Users} } @{ $app->requests }), 1, 'the first was the last');
    is($result->{app}{parked}, 0, 'nobody is parked');
    ok(rest_from(time) > 3500, 'and it rests');
};

subtest 'for longer than we rest' => sub {
    $app->faults($hour);
    $world->configure(app => { %settings, max_rest => '10m' });
    is($world->sync->{exit}, 1, 'the run fails');
    my $rest = rest_from(time);
    ok($rest > 500 && $rest <= 601, 'it rests as long as it may') or diag $rest;
};

subtest 'who leaves' => sub {
    $app->faults;
    $world->leave_group('app', 'ann');
    my $result = $world->sync;
    is($world->accounts->{ann}, 'disabled', 'is disabled all the same');
    ok($result->{app}{rests}, 'and the rest goes on');
};

subtest 'told beside something else' => sub {
    my %plenty = ('x-ratelimit-remaining' => 4999, 'x-ratelimit-reset' => 3000);
    my %bad = (fault => 'status', headers => {%plenty}, first => 1);
    $world->configure(app => {%settings});
    $app->faults(
        { %bad, status => 502, match => { method => 'GET', path => '/Users' } },
        { %bad, status => 503, match => { method => 'POST' } }
    );
    my $result = $world->sync;
    is($result->{exit}, 0, 'a reset with much left is nothing to wait for') or diag $result->{out};
    is($result->{app}{done}{create}, 40, 'all accounts are made');
};

done_testing;
