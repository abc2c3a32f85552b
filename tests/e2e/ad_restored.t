#!/usr/bin/perl
# A domain controller that comes back as it was some time ago, properly restored or put back to a
# snapshot, has lost people who were hired since: a few are gone, but the loss of many is held, and
# nobody is ever lost who is still there.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Namespace;
use Bridge::AdWorld;
use Test::More;

my %how = (
    restore => qr/USN rollback.*everything is compared/s,
    restore_as_new_invocation => qr/was restored from a backup; everything is compared/,
);
# Ten may always be lost.
my @late = map {"late$_"} 1 .. 12;

sub all { return { map { $_ => 'active' } @_ } }

for my $way (qw(dirsync usn)) {
    for my $restore (sort keys %how) {
        subtest "$way: $restore" => sub {
            my $world = Bridge::AdWorld->new(
                users => [qw(ann bob)],
                groups => { app => [qw(ann bob)] },
                source => { changes => $way, max_drop => 30 }
            );
            my $dc = $world->dc;
            $world->holds('ann bob gil', 'before');
            $dc->snapshot;
            $dc->modify(join '', map { $dc->person_ldif($_) } @late);
            $dc->join_group('app', @late);
            $world->holds("ann bob gil @late", 'a wave of hires');
            $dc->$restore;
            my $result = $world->sync;
            is($result->{exit}, 1, 'they are gone, and the sync fails') or diag $result->{out};
            like("@{ $result->{source}{notes} }", $how{$restore}, 'it says what happened');
            like($result->{source}{problem}, qr/max_drop/, 'and what held the loss');
            is_deeply($world->accounts, all(qw(ann bob gil), @late), 'nobody lost anything');

            $dc->set($dc->dn('ann'), title => 'Boss');
            $result = $world->sync;
            is($result->{exit}, 1, 'the next one fails too');
            is_deeply($world->accounts, all(qw(ann bob gil), @late), 'with the same');
            my @app = (app => { limits => { removals => 100, removals_percent => 100 } });
            $world->configure(source => { max_drop => 100 }, @app);
            my $lost = join ' ', map {"-$_"} @late;
            $world->holds("ann bob gil $lost", 'somebody says that it is so');
            is($world->app->user('ann')->{title}, 'Boss', 'and the change of meanwhile is there');
            $world->configure(@app);
            $dc->disable('bob');
            $world->holds("ann -bob gil $lost", 'and it goes on',
                sent => ['PATCH /Users/bob'], delta => 1);
        };
    }
}

done_testing;
