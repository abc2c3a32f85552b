#!/usr/bin/perl
# Active Directory by USN: the same as by DirSync as far as the application can tell, with the right
# to read deleted objects and without.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Namespace;
use Bridge::AdWorld;
use Test::More;

sub world {
    my (%option) = @_;
    return Bridge::AdWorld->new(
        dirsync => 0,
        users => [qw(ann bob cid)],
        groups => { app => [qw(ann bob)] },
        source => { changes => 'usn' },
        %option
    );
}

subtest 'day to day' => sub {
    my $world = world();
    my $check = $world->bridge->run('check');
    is($check->{exit}, 0, 'check is content') or diag $check->{out};
    like($check->{out}, qr/changes are followed by USN\n/, 'and names the way');
    $world->day_to_day;
};

subtest 'deleted objects cannot be read' => sub {
    my $world = world(tombstones => 0);
    my $dc = $world->dc;
    $world->holds('ann bob gil', 'before');
    $dc->delete($dc->dn('bob'));
    $world->holds('ann -bob gil', 'a delete is seen all the same', sent => ['PATCH /Users/bob'],
        note => qr/everybody is listed after each change\n.*dsacls/);
    $world->holds('ann -bob gil', 'nothing new: nobody is listed', sent => [], read => 0);
};

subtest 'a domain controller put back to a snapshot' => sub {
    my $world = world();
    my $dc = $world->dc;
    $world->holds('ann bob gil', 'before');
    $dc->snapshot;
    $dc->hire('eve');
    $dc->join_group('app', 'eve');
    $world->holds('ann bob eve gil', 'a hire');
    $dc->restore;
    $dc->join_group('app', 'cid');
    # The group does not have her any more. Whether she is gone is another question.
    $world->asks('ann bob cid -eve gil', 'back in time', qr/USN rollback/);
    $world->configure(source => { max_drop => 100 });
    my $lost = $world->holds('ann bob cid -eve gil', 'lost with the time', sent => []);
    is($lost->{source}{removed}, 1, 'and now she is gone');
    $world->configure;
    $dc->snapshot;
    $dc->leave_group('app', 'cid');
    $world->holds('ann bob -cid -eve gil', 'and it goes on', delta => 1);
    $dc->restore_as_new_invocation;
    $world->holds('ann bob cid -eve gil', 'restored as it should be',
        note => qr/was restored from a backup/);
    $world->holds('ann bob cid -eve gil', 'and it goes on', sent => [], read => 0);
};

subtest 'the same without the right to read deleted objects' => sub {
    my $world = world(tombstones => 0);
    my $dc = $world->dc;
    $world->holds('ann bob gil', 'before');
    $dc->snapshot;
    $dc->hire('eve');
    $dc->join_group('app', 'eve');
    $world->holds('ann bob eve gil', 'a hire');
    $dc->restore_as_new_invocation;
    my $restored = $world->holds('ann bob -eve gil', 'restored',
        note => qr/restored from a backup.*1 known users and groups are not there any more/s);
    is($restored->{source}{removed}, 0, 'nobody is gone');
    $dc->join_group('app', 'cid');
    my $listed = $world->holds('ann bob cid -eve gil', 'a change', sent => ['POST /Users']);
    is($listed->{source}{removed}, 0, 'nor by a list');
    $world->configure(source => { users => { filter => '(objectClass=user)' } });
    my $full = $world->holds('ann bob cid -eve gil', 'the next full read', sent => []);
    is($full->{source}{removed}, 1, 'now she is gone');
};

subtest 'a group of 5,001' => sub {
    my $world = world();
    my $dc = $world->dc;
    $dc->bulk_load(users => 5001, group => 'big', members => 5001);
    $world->configure(
        app => {
            assign => [ { group => $dc->group_dn('big') } ],
            scope => '(|(sAMAccountName=user1)(sAMAccountName=user5001)(sAMAccountName=cid))'
        }
    );
    $world->holds('user1 user5001', 'the first and the last of it');
    $dc->join_group('big', 'cid');
    $world->holds('cid user1 user5001', 'one more', sent => ['POST /Users']);
    $dc->leave_group('big', 'user1');
    $world->holds('cid -user1 user5001', 'one less', sent => ['PATCH /Users/user1'], read => 1);
};

subtest 'other ways' => sub {
    my $world = world();
    my $dc = $world->dc;
    $world->holds('ann bob gil', 'by USN');
    $world->configure(source => { changes => 'auto' });
    $dc->delete($dc->dn('bob'));
    $world->holds('ann -bob gil', 'by what is found best', sent => ['PATCH /Users/bob']);
    $world->configure(source => { changes => 'scan' });
    $dc->leave_group('app', 'ann');
    $world->holds('-ann -bob gil', 'by reading everything', sent => ['PATCH /Users/ann']);
    $dc->join_group('app', 'ann');
    $world->holds('ann -bob gil', 'each time', sent => ['PATCH /Users/ann']);
    $world->configure(source => { changes => 'usn' });
    $world->holds('ann -bob gil', 'by USN again', sent => [],
        note => qr/not the same as at the last pull: way of following changes;/);
};

done_testing;
