#!/usr/bin/perl
# 389 Directory Server and FreeIPA: what happens in the directory arrives with the next sync, by
# content synchronisation and by scanning, which name the same people; what the server needs for
# that is said where it is missing.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Ds389;
use Bridge::Scimmy;
use Bridge::World qw(person_ldif group_ldif holds);
use Test::More;

my $top = 'dc=example,dc=com';
my $corp = "ou=Corp,$top";
my $people = "ou=People,$corp";
my $app = Bridge::Scimmy->new;

sub units {
    return join '', map { sprintf "dn: %s\nobjectClass: organizationalUnit\nou: %s\n\n", $_,
            /^ou=([^,]+)/ } @_;
}

my $ds = Bridge::Ds389->new(
    ldif => units($corp, $people, "ou=North,$people", "ou=Groups,$corp", "ou=Outside,$top")
        . join('', map { person_ldif($_) } qw(ann bob cid))
        . person_ldif('gil', ou => "ou=North,$people")
        . group_ldif('inner', "uid=gil,ou=North,$people")
        . group_ldif('app', 'ann', 'bob', "cn=inner,ou=Groups,$corp"));

# The defaults of the type say who is a person, a group, disabled.
my $world = Bridge::World->new(
    application => $app,
    slapd => $ds,
    source => { users => {}, groups => {}, timeout => '20s' },
);

sub explained {
    my ($uid) = @_;
    return ($world->bridge->run('explain', '--json', $uid)->{json} // {})->{person};
}

sub day_to_day {
    $world->hire('dan');
    $world->join_group('app', 'dan');
    holds($world, 'ann bob dan gil', 'a hire', sent => ['POST /Users']);
    $world->set('ann', title => 'Boss');
    holds($world, 'ann bob dan gil', 'a change', sent => ['PATCH /Users/ann']);
    is($app->user('ann')->{title}, 'Boss', 'and it arrived');
    $ds->disable($world->dn('ann'));
    holds($world, '-ann bob dan gil', 'nsAccountLock', sent => ['PATCH /Users/ann']);
    $ds->enable($world->dn('ann'));
    holds($world, 'ann bob dan gil', 'taken away', sent => ['PATCH /Users/ann']);
    $world->set('ann', nsAccountLock => 'TRUE');
    holds($world, '-ann bob dan gil', 'in capitals', sent => ['PATCH /Users/ann']);
    $world->set('ann', nsAccountLock => 'false');
    holds($world, 'ann bob dan gil', 'false', sent => ['PATCH /Users/ann']);

    $ds->delete($world->dn('dan'));
    my $gone = holds($world, 'ann bob -dan gil', 'a delete', sent => ['PATCH /Users/dan']);
    is($gone->{source}{removed}, 1, 'one is gone');

    my $id = $app->user('bob')->{id};
    $ds->modrdn($world->dn('bob'), 'uid=rob');
    holds($world, 'ann rob -dan gil', 'a person renamed', sent => ['PATCH /Users/rob']);
    is($app->user('rob')->{id}, $id, 'keeps the account');
    $ds->modrdn($world->dn('rob'), 'uid=bob');
    holds($world, 'ann bob -dan gil', 'and back', sent => ['PATCH /Users/bob']);
    $world->join_group('app', 'cid');
    holds($world, 'ann bob cid -dan gil', 'another member', sent => ['POST /Users']);
    $world->leave_group('app', 'cid');
    holds($world, 'ann bob -cid -dan gil', 'out again', sent => ['PATCH /Users/cid']);

    $ds->modrdn("ou=North,$people", 'ou=Nord');
    holds($world, 'ann bob -cid -dan gil', 'a container renamed', sent => []);
    is(explained('gil')->{dn}, "uid=gil,ou=Nord,$people", 'who is beneath has moved');
    $id = $app->user('gil')->{id};
    $ds->modrdn("ou=Nord,$people", 'ou=Nord', "ou=Outside,$top");
    holds($world, 'ann bob -cid -dan -gil', 'a container moved out', sent => ['PATCH /Users/gil']);
    $ds->modrdn("ou=Nord,ou=Outside,$top", 'ou=North', $people);
    # Referential integrity took gil out of the group, or did not.
    if (!$ds->search("(&(cn=inner)(member=uid=gil,ou=North,$people))", 'cn')) {
        $ds->change($world->group_dn('inner'), 'add', 'member', "uid=gil,ou=North,$people");
    }
    holds($world, 'ann bob -cid -dan gil', 'and back', sent => ['PATCH /Users/gil']);
    is($app->user('gil')->{id}, $id, 'to the same account');

    $ds->modrdn($world->dn('cid'), 'uid=cid', "ou=Outside,$top");
    holds($world, 'ann bob -cid -dan gil', 'somebody without access moved out', sent => []);
    $ds->modrdn("uid=cid,ou=Outside,$top", 'uid=cid', $people);
    holds($world, 'ann bob -cid -dan gil', 'and in again', sent => []);

    $ds->modify("dn: cn=urls,ou=Groups,$corp\nobjectClass: groupOfURLs\ncn: urls\n"
            . "memberURL: ldap:///$people??sub?(roomNumber=7)\n");
    $ds->change($world->group_dn('app'), 'add', 'member', $world->group_dn('urls'));
    holds($world, 'ann bob -cid -dan gil', 'a dynamic group of nobody', sent => []);
    $world->set('cid', roomNumber => 7);
    holds($world, 'ann bob cid -dan gil', 'somebody begins to match', sent => ['PATCH /Users/cid']);
    $world->set('cid', roomNumber => 8);
    holds($world, 'ann bob -cid -dan gil', 'and ceases to', sent => ['PATCH /Users/cid']);
    $ds->delete($world->group_dn('urls'));
    holds($world, 'ann bob -cid -dan gil', 'the group deleted', sent => []);

    # As it was, for the next time.
    $world->set('ann', title => 'Clerk');
    holds($world, 'ann bob -cid -dan gil', 'a change at last', sent => ['PATCH /Users/ann']);
    return;
}

subtest 'what mappings read' => sub {
    $world->configure(app => {
            map => [
                { to => 'userName', from => '[uid]' },
                { to => 'title', from => 'Join(" ", [titel], [employeeNumber], [nsUniqueId])' },
            ] });
    my $check = $world->bridge->run('check');
    like($check->{out}, qr/schema does not know \[titel\] \(did you mean \[title\]\?\);/,
        'an attribute that no schema has is named, and no other');
    $world->configure;
};

subtest 'content synchronisation' => sub {
    holds($world, 'ann bob gil', 'the first read', sent => [ ('POST /Users') x 3 ]);
    my $idle = holds($world, 'ann bob gil', 'nothing new', sent => []);
    is($idle->{source}{read}, 0, 'and nothing read');
    is(explained('ann')->{anchor}, $ds->unique_id($world->dn('ann')) =~ s/-//gr
            =~ s/^(.{8})(.{4})(.{4})(.{4})/$1-$2-$3-$4-/r, 'people are known by nsUniqueId');
    day_to_day();
};

subtest 'everybody keeps the account when scanned, and back' => sub {
    $world->configure(source => { changes => 'scan' });
    my $result = holds($world, 'ann bob -cid -dan gil', 'scanned', sent => []);
    is($result->{source}{added}, 0, 'nobody is new');
    holds($world, 'ann bob -cid -dan gil', 'again', sent => []);
    $ds->disable($world->dn('ann'));
    holds($world, '-ann bob -cid -dan gil', 'a lock', sent => ['PATCH /Users/ann']);
    $ds->enable($world->dn('ann'));
    $ds->modrdn("ou=North,$people", 'ou=Nord');
    holds($world, 'ann bob -cid -dan gil', 'unlocked, and a container renamed',
        sent => ['PATCH /Users/ann']);
    is(explained('gil')->{dn}, "uid=gil,ou=Nord,$people", 'who is beneath has moved');
    $ds->modrdn("ou=Nord,$people", 'ou=North');
    $world->configure;
    $result = holds($world, 'ann bob -cid -dan gil', 'synchronised', sent => []);
    is($result->{source}{added}, 0, 'nobody is new');
};

subtest 'a cookie of somebody else' => sub {
    my $secret = Bridge::Run::secret($ds->root_pw);
    $ds->set($world->dn('bob'), title => 'Boss');
    my $bind = { method => 'simple', dn => $ds->root_dn, password_file => $secret };
    $world->configure(source => { bind => $bind });
    my $result = holds($world, 'ann bob -cid -dan gil', 'as another account',
        sent => ['PATCH /Users/bob']);
    like("@{ $result->{source}{notes} }", qr/does not take our cookie .*4096.*everything is read/,
        'it says why everything was read');
    $world->configure;
    holds($world, 'ann bob -cid -dan gil', 'and back', sent => []);
};

subtest 'limits of the account' => sub {
    $ds->set($ds->bind_dn, nsSizeLimit => 5);
    $world->configure(source => { full_every => '1ms' });
    $world->forget;
    my $result = $world->sync;
    is($result->{exit}, 1, 'not believed');
    like($result->{source}{problem}, qr/LDAP result 4.*nsSizeLimit and nsLookThroughLimit/s,
        'says what to set');
    is_deeply($world->writes, [], 'nothing was sent');
    $world->configure(source => { changes => 'scan' });
    $result = $world->sync;
    is($result->{exit}, 1, 'scanned: not believed either');
    like($result->{source}{problem}, qr/LDAP result 4.*nsSizeLimit and nsLookThroughLimit/s,
        'and says the same');
    $ds->set($ds->bind_dn, nsSizeLimit => -1);
    $world->configure;
    holds($world, 'ann bob -cid -dan gil', 'lifted', sent => []);
};

subtest 'restart, and a server without the plugin' => sub {
    $ds->set($world->dn('bob'), title => 'Clerk');
    $ds->stop;
    my $result = $world->sync;
    is($result->{exit}, 1, 'stopped: failed');
    $ds->start;
    holds($world, 'ann bob -cid -dan gil', 'started', sent => ['PATCH /Users/bob']);
    $ds->set('cn=Content Synchronization,cn=plugins,cn=config',
        'nsslapd-pluginEnabled' => 'off');
    $ds->stop;
    $ds->start;
    $result = $world->sync;
    is($result->{exit}, 1, 'without the plugin: failed');
    like($result->{source}{problem},
        qr/plugins Content Synchronization and Retro Changelog/, 'says what to enable');
    $world->configure(source => { changes => 'scan' });
    holds($world, 'ann bob -cid -dan gil', 'scanning needs none of it', sent => []);
};

done_testing;
