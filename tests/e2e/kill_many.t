#!/usr/bin/perl
# SIGKILL while hundreds of requests are under way and the journal is being written beside them:
# what was sent is asked about, nobody is made or changed twice, and nobody is lost.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Misbehaving;
use Bridge::Run;
use Test::More;

my $seed = $ENV{SEED} // 20261122;
srand $seed;
note "SEED=$seed";

my $count = 2200;
my @people = map { sprintf 'p%04d', $_ } 1 .. $count;
my $app = Bridge::Misbehaving->new;
my $bridge = Bridge::Run->new;

sub configure {
    my ($title) = @_;
    my $file = $bridge->write_file('people.ldif', join '', map {
        "dn: uid=$_,dc=corp\nobjectClass: inetOrgPerson\nuid: $_\ncn: $_\nsn: $_\n"
            . "entryUUID: 00000000-0000-4000-8000-00000000" . substr($_, 1) . "\ntitle: $title\n\n"
    } @people);
    $bridge->write_config(
        sources => [ { name => 'corp', type => 'ldif', file => $file } ],
        apps => [
            $app->app(
                assign => 'all',
                first_run => 'apply',
                concurrency => 32,
                map => [
                    { to => 'userName', from => '[uid]' },
                    { to => 'title', from => '[title]' }
                ]
            )
        ]
    );
    return;
}

# Runs that are killed behind one of the answers, and one that comes to its end.
sub sync_with_kills {
    my ($kills) = @_;
    my $killed = 0;
    for (1 .. $kills) {
        my $r = $bridge->run('sync', { crash_at => 60 + int rand 400 });
        $killed += $r->{killed} ? 1 : 0;
    }
    ok($killed >= $kills / 2, "$killed of $kills runs were killed on the way");
    my $r = $bridge->run('sync', '--json', { timeout => 120 });
    is($r->{exit}, 0, 'the next run comes to its end') or diag $r->{out}, $r->{err};
    return;
}

# How many requests of each kind came: the rules change nothing else.
sub count_writes {
    $app->faults(map { { fault => 'slow', ms => 1, match => { method => $_ } } } qw(POST PATCH));
    return;
}

count_writes();
configure('Engineer');
sync_with_kills(6);
is_deeply([ sort map { $_->{userName} } $app->users ], \@people, 'everybody has one account');
is_deeply([ $app->fired ], [ $count, 0 ], 'and was made once');

count_writes();
configure('Manager');
sync_with_kills(4);
is(scalar(grep { $_->{title} ne 'Manager' } $app->users), 0, 'everybody has the new title');
is_deeply([ $app->fired ], [ 0, $count ], 'and was changed once');

count_writes();
is($bridge->run('sync')->{exit}, 0, 'another run');
is_deeply([ $app->fired ], [ 0, 0 ], 'sends nothing');
done_testing;
