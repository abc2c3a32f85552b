#!/usr/bin/perl
# A stream that is reset, a GOAWAY that is true or a lie, a connection that dies, in the middle of
# writes over HTTP/2: nothing is done twice, and nothing is lost in silence.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Gate;
use Bridge::Misbehaving;
use Bridge::World;
use Test::More;

my @people = map { sprintf 'p%02d', $_ } 1 .. 24;
my $app = Bridge::Misbehaving->new;
my $gate = Bridge::Gate->new(application => $app);
my $world = Bridge::World->new(
    application => $app,
    people => [@people],
    groups => { app => [@people] },
    settings => $gate->settings,
);

# How often an account of each name was asked for at the application.
sub creates {
    my %creates;
    $creates{ $_->{body}{userName} }++
        for grep { $_->{method} eq 'POST' && ref $_->{body} } @{ $app->requests };
    return \%creates;
}

# Runs until nothing is left to do, at most so often; then a run that must send nothing.
sub settle {
    my ($why) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $result;
    for (1 .. 3) {
        $result = $world->sync;
        last if $result->{exit} == 0;
    }
    is($result->{exit}, 0, "$why: settled") or diag $result->{out}, $result->{err};
    my $made = creates();
    $app->forget;
    is($world->sync->{exit}, 0, "$why: again");
    is_deeply($app->writes, [], "$why: and nothing is sent");
    return $made;
}

for my $act (map { ("$_-before", "$_-after") } qw(reset goaway destroy)) {
    $world->forget_state;
    $app->reset;
    my $fired = $gate->log->{fired};
    $gate->faults(map { { nth => $_, act => $act } } 3, 12);
    my $made = settle("$act, creates");
    is($gate->log->{fired} - $fired, 2, "$act: happened twice");
    is_deeply($made, { map { $_ => 1 } @people }, "$act: the application saw each create once");

    $world->set($_, 'title', "after $act") for @people;
    $gate->faults(map { { nth => $_, act => $act } } 3, 12);
    settle("$act, updates");
    is_deeply(
        { map { $_->{title} => 1 } $app->users },
        { "after $act" => 1 },
        "$act: every change arrived"
    );
}
is_deeply([ grep { $_->{version} ne '2.0' } @{ $gate->log->{requests} } ],
    [], 'all of it over HTTP/2');

done_testing;
