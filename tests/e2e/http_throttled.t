#!/usr/bin/perl
# A service that is asked too much says so in many ways. What it refused for that reason is sent
# again in the same run; what it refused for another one is not.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::World;
use Test::More;

my @people = qw(ann bob cid);
my $world =
    Bridge::World->new(misbehaving => 1, people => [@people], groups => { app => [@people] });
my $app = $world->app;
my %answers = (
    '429 with a reset' => { status => 429, headers => { 'x-ratelimit-reset-after' => '1' } },
    '429 with a policy' => { status => 429, headers => { ratelimit => '"default";r=0;t=1' } },
    '403 with nothing left' => {
        status => 403,
        headers => { 'x-ratelimit-remaining' => '0', 'x-ratelimit-reset' => '1' }
    },
    '403 with a reason' => {
        status => 403,
        body => { error => { code => 403, errors => [ { reason => 'userRateLimitExceeded' } ] } }
    },
    '400 with a name' => {
        status => 400,
        body => { __type => 'ThrottlingException', message => 'Rate exceeded' }
    },
    '400 in words of its own' => { status => 400, body => 'Bitte kommen Sie SPAETER wieder' },
);

# A first run in which the second create is answered like this: what came of it.
sub run_with {
    my ($answer, %settings) = @_;
    $world->forget_state;
    $app->reset;
    $world->configure(app => \%settings);
    $app->faults({ match => { method => 'POST' }, nth => 2, fault => 'status', %$answer });
    my $result = $world->sync;
    $result->{posts} = grep { $_->{method} eq 'POST' } @{ $app->writes };
    return $result;
}

for my $name (sort keys %answers) {
    my $result = run_with($answers{$name}, quirks => { throttled => ['kommen Sie sp\w+ wieder'] });
    is($result->{exit}, 0, "$name: done in one run") or diag $result->{out}, $result->{err};
    is_deeply($world->accounts, { map { $_ => 'active' } @people }, "$name: everybody is there");
    is($result->{posts}, 4, "$name: one create was sent again");
}

my $result = run_with($answers{'400 in words of its own'});
is($result->{posts}, 3, 'words that nobody knows: a refusal, which is not sent again');
is(scalar(keys %{ $world->accounts }), 2, 'of one person');

$result = run_with({ status => 429, headers => { 'Retry-After' => '3600' } }, max_wait => '2s');
is($result->{posts}, 3, 'a wait that is longer than may be waited is not slept through');

$world->configure(app => { quirks => { throttled => ['('] } });
my $check = $world->bridge->run('check');
isnt($check->{exit}, 0, 'a pattern that is none is refused');
like($check->{out} . $check->{err}, qr/quirks\.throttled/, 'with its name');

done_testing;
