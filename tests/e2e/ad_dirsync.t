#!/usr/bin/perl
# Active Directory by DirSync: whatever happens in the domain, the application holds what the domain
# says after the next sync; what the account may not see is said; and a domain controller that
# went back in time, or a cookie that it does not take, costs a full read and nobody an account.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Namespace;
use Bridge::AdWorld;
use Test::More;

my %company = (users => [qw(ann bob cid)], groups => { app => [qw(ann bob)] });

sub world { return Bridge::AdWorld->new(%company, @_) }

sub check {
    my ($world) = @_;
    my $check = $world->bridge->run('check');
    is($check->{exit}, 0, 'check is content') or diag $check->{out}, $check->{err};
    return $check->{out};
}

subtest 'with all rights' => sub {
    my $world = world();
    my $said = check($world);
    like($said, qr/changes are followed by DirSync\n/, 'check names the way');
    like($said, qr/may read deleted objects/, 'and the right');
    like($said, qr/gives \d+ entries beneath 'OU=Corp,/, 'and counts');
    $world->configure(app => {
            map => [
                { to => 'userName', from => '[sAMAccountName]' },
                { to => 'title', from => 'Join(" ", [titel], [employeeID], [userPrincipalName])' },
            ] });
    like(check($world), qr/schema does not know \[titel\] \(did you mean \[title\]\?\);/,
        'an attribute that no schema has is named, and no other');
    $world->configure;
    $world->day_to_day;
};

subtest 'without the right to replicate' => sub {
    my $world = world(dirsync => 0);
    like(check($world), qr/by DirSync with object security: without the right/, 'check says so');
    $world->day_to_day;
    $world->configure(source => { changes => 'dirsync' });
    $world->holds('anna bob dan gil', 'asked for in words', sent => []);
};

subtest 'deleted objects cannot be read' => sub {
    my $world = world(tombstones => 0);
    my $dc = $world->dc;
    like(check($world), qr/may not read deleted objects.*\n.*dsacls "CN=Deleted Objects,/,
        'check says so, with the fix');
    $world->holds('ann bob gil', 'before');
    $dc->delete($dc->dn('bob'));
    my $gone = $world->holds('ann -bob gil', 'a delete is seen all the same',
        sent => ['PATCH /Users/bob'],
        note => qr/may not read deleted objects .*: to see who is gone, everybody is listed/s);
    is($gone->{source}{removed}, 1, 'one is gone');
    $world->holds('ann -bob gil', 'nothing new: nobody is listed', sent => [], read => 0);
    $dc->hire('eve');
    $dc->join_group('app', 'eve');
    $world->holds('ann -bob eve gil', 'a hire', sent => ['POST /Users']);
    $dc->modrdn("OU=North,OU=People,OU=Corp," . $dc->base_dn, 'OU=North',
        'OU=Outside,' . $dc->base_dn);
    $world->holds('ann -bob eve -gil', 'moved out', sent => ['PATCH /Users/gil']);
};

subtest 'groups' => sub {
    my $world = world(
        users => [qw(ann bob cid dan eve)],
        groups => { two => ['bob'], far => ['dan'], app => ['ann'], one => [] }
    );
    my $dc = $world->dc;
    $dc->join_group('app', $dc->group_dn('one'));
    $dc->join_group('one', $dc->group_dn('two'));
    $dc->join_group('two', $dc->group_dn('one'));
    $world->holds('ann bob gil', 'nested, in a circle');
    $dc->join_group('two', 'cid');
    $world->holds('ann bob cid gil', 'two levels down', sent => ['POST /Users'], read => 1);
    $dc->leave_group('two', 'bob');
    $world->holds('ann -bob cid gil', 'taken out there', sent => ['PATCH /Users/bob'], read => 1);
    $dc->join_group('two', $dc->group_dn('far'));
    $world->holds('ann -bob cid dan gil', 'a group in the group', sent => ['POST /Users']);
    $dc->delete($dc->group_dn('far'));
    $world->holds('ann -bob cid -dan gil', 'that group deleted', sent => ['PATCH /Users/dan']);

    # Setting it takes the user out of the group's members; the group it was before puts it in.
    my $rid = $dc->sid($dc->group_dn('app')) =~ s/.*-//r;
    $dc->join_group('app', 'eve');
    $dc->set($dc->dn('eve'), primaryGroupID => $rid);
    $world->holds('ann -bob cid -dan eve gil', 'a primary group', sent => ['POST /Users']);
    $dc->set($dc->dn('eve'), primaryGroupID => 513);
    $dc->leave_group('app', 'eve');
    $world->holds('ann -bob cid -dan -eve gil', 'another one', sent => ['PATCH /Users/eve']);

    $dc->modrdn($dc->group_dn('two'), 'CN=two', 'OU=Outside,' . $dc->base_dn);
    $world->holds('ann -bob -cid -dan -eve gil', 'a group moved out', sent => ['PATCH /Users/cid']);
    $dc->modrdn('CN=two,OU=Outside,' . $dc->base_dn, 'CN=two', 'OU=Groups,OU=Corp,' . $dc->base_dn);
    $world->holds('ann -bob cid -dan -eve gil', 'and in again', sent => ['PATCH /Users/cid']);
};

subtest 'accounts that end by themselves' => sub {
    my $world = world();
    my $dc = $world->dc;
    $world->holds('ann bob gil', 'before');
    $dc->expire('ann', -3600);
    $world->holds('-ann bob gil', 'expired', sent => ['PATCH /Users/ann']);
    $dc->expire('ann');
    $world->holds('ann bob gil', 'never', sent => ['PATCH /Users/ann']);
};

subtest 'a domain controller put back to a snapshot' => sub {
    my $world = world();
    my $dc = $world->dc;
    $world->holds('ann bob gil', 'before');
    $dc->snapshot;
    $dc->set($dc->dn('ann'), title => 'Boss');
    $dc->hire('eve');
    $dc->join_group('app', 'eve');
    $world->holds('ann bob eve gil', 'changes');
    $dc->restore;
    $dc->join_group('app', 'cid');
    # The group does not have her any more. Whether she is gone is another question.
    $world->asks('ann bob cid -eve gil', 'back in time',
        qr/USN rollback.*everything is compared/s);
    $world->configure(source => { max_drop => 100 });
    my $lost = $world->holds('ann bob cid -eve gil', 'lost with the time', sent => []);
    is($lost->{source}{removed}, 1, 'and now she is gone');
    $world->configure;
    is($world->app->user('ann')->{title}, 'Clerk', 'what was lost is lost');
    $dc->set($dc->dn('cid'), title => 'Boss');
    $world->holds('ann bob cid -eve gil', 'and it goes on', sent => ['PATCH /Users/cid'],
        delta => 1);
    $dc->snapshot;
    $dc->leave_group('app', 'cid');
    $world->holds('ann bob -cid -eve gil', 'one more change');
    $dc->restore_as_new_invocation;
    $world->holds('ann bob cid -eve gil', 'restored as it should be',
        note => qr/was restored from a backup; everything is compared/);
    $world->holds('ann bob cid -eve gil', 'and it goes on', sent => [], read => 0);
};

subtest 'a cookie that is no good' => sub {
    my $world = world();
    my $dc = $world->dc;
    $world->holds('ann bob gil', 'before');
    $dc->delete($dc->dn('bob'));
    my $cursor = $world->cursor;
    $world->set_cursor($cursor =~ s/"cookie":"\K(.)/$1 eq 'T' ? 'U' : 'T'/er);
    $world->holds('ann -bob gil', 'damaged here',
        note => qr/the stored cursor is damaged.*everything is read/);
    $dc->leave_group('app', 'ann');
    $world->forge_cursor(cookie => 'bm8gY29va2ll');
    $world->holds('-ann -bob gil', 'refused there',
        note => qr/does not go on from the stored DirSync cookie.*everything is read/);
    $world->holds('-ann -bob gil', 'and it goes on', sent => [], read => 0);
};

subtest 'more attributes' => sub {
    my $world = world();
    my $dc = $world->dc;
    $dc->set($dc->dn('ann'), description => 'first');
    $world->holds('ann bob gil', 'before');
    my @map = (
        { to => 'userName', from => '[sAMAccountName]' },
        { to => 'nickName', from => '[description]' }
    );
    $world->configure(app => { map => \@map });
    $world->holds('ann bob gil', 'one more is mapped',
        note => qr/not the same.*everything is read/s);
    is($world->app->user('ann')->{nickName}, 'first', 'and it arrived');
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
    $world->holds('cid user1 user5001', 'one more', sent => ['POST /Users'], read => 1);
    $dc->leave_group('big', 'user1');
    $world->holds('cid -user1 user5001', 'one less', sent => ['PATCH /Users/user1'], read => 1);
};

subtest 'what an administrator gets wrong' => sub {
    my $world = world();
    my $dc = $world->dc;
    $world->holds('ann bob gil', 'before');
    $world->configure(source => { base => 'OU=Nowhere,' . $dc->base_dn });
    $world->refuses('a base that does not exist', qr/base 'OU=Nowhere,.*check "base"/s);
    $world->configure(source => { base => 'DC=other,DC=test' });
    $world->refuses('a base of another domain',
        qr/does not hold the base 'DC=other,DC=test'; its domain is 'DC=up,DC=test'/);
    $world->configure(source => { uri => [ 'ldaps://' . $dc->address . ':3269' ] });
    my $catalogue = $world->sync;
    is($catalogue->{exit}, 2, 'a global catalogue: refused');
    like($catalogue->{err}, qr/is a global catalogue.*use port 636/s, 'with the reason');
    $world->configure;
    $world->holds('ann bob gil', 'as it was', sent => []);
};

done_testing;
