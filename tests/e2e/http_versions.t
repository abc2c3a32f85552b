#!/usr/bin/perl
# HTTP/2 is spoken where the service offers it, on few connections; else HTTP/1.1, unless HTTP/2 is
# asked for; and with both everybody gets one account.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Gate;
use Bridge::Misbehaving;
use Bridge::World;
use Test::More;

my @people = map { sprintf 'p%02d', $_ } 1 .. 30;
my $app = Bridge::Misbehaving->new;
my $world =
    Bridge::World->new(application => $app, people => [@people], groups => { app => [@people] });

# What a first run through such a gate came to: the log of the gate.
sub first_run {
    my ($why, $gate, %settings) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    $world->forget_state;
    $app->reset;
    $world->configure(app => $gate->settings(%settings));
    my $result = $world->sync;
    is($result->{exit}, 0, "$why: done") or diag $result->{out}, $result->{err};
    is_deeply($world->accounts, { map { $_ => 'active' } @people }, "$why: everybody is there");
    is(scalar(grep { $_->{method} eq 'POST' } @{ $app->writes }), 30, "$why: made once each");
    return $gate->log;
}

sub versions {
    my ($log) = @_;
    my %seen = map { $_->{version} => 1 } @{ $log->{requests} };
    return join ' ', sort keys %seen;
}

my $both = Bridge::Gate->new(application => $app);
my $log = first_run('HTTP/2 is offered', $both);
is(versions($log), '2.0', 'and spoken');
is($log->{sessions}, 1, 'on one connection');

my $asked = Bridge::Gate->new(application => $app);
is(versions(first_run('HTTP/2 is asked for', $asked, http => \'2')), '2.0', 'and spoken');

my $refused = Bridge::Gate->new(application => $app);
$log = first_run('HTTP/1.1 is asked for', $refused, http => '1.1');
is(versions($log), '1.1', 'and spoken');
cmp_ok($log->{sessions}, '<=', 8, 'on no more connections than requests at once');

my $old = Bridge::Gate->new(application => $app, versions => 'http1');
is(versions(first_run('HTTP/2 is not offered', $old)), '1.1', 'HTTP/1.1 does as well');
$world->configure(app => $old->settings(http => \'2'));
$app->forget;
my $result = $world->bridge->run('check');
is($result->{exit}, 1, 'asked for and not offered: an error');
like($result->{out}, qr/does not speak HTTP\/2.*\n.*set http to "auto"/, 'that says what to do');

# The service takes three requests at once on a connection, and sixteen are wanted.
my $narrow = Bridge::Gate->new(application => $app, streams => 3);
$log = first_run('few at once on a connection', $narrow, concurrency => 16);
is(versions($log), '2.0', 'HTTP/2 all the same');
cmp_ok($log->{sessions}, '<=', 16, 'on some connections');

$world->configure(app => { url => $app->url, http => \'2' });
$result = $world->bridge->run('check');
isnt($result->{exit}, 0, 'HTTP/2 over plain http is refused');
like($result->{out} . $result->{err}, qr/https/, 'with the reason');

done_testing;
