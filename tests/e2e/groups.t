#!/usr/bin/perl
# However a directory that is not Active Directory writes its groups down, the right people are in
# them: by DN, by user name, by a search; and a lock is only what an administrator meant to be one.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Proxy;
use Bridge::Scimmy;
use Bridge::World qw(person_ldif group_ldif holds);
use Test::More;

my $top = 'dc=example,dc=com';
my $corp = "ou=Corp,$top";
my $people = "ou=People,$corp";
my $readers = 'access to * by users read by anonymous auth';
my $app = Bridge::Scimmy->new;

# With the defaults of the type for people, groups and locks.
sub world {
    my (%option) = @_;
    $app->request(DELETE => "/Users/$_->{id}") for $app->users;
    $app->forget;
    my %source = (users => {}, groups => {}, %{ delete $option{source} // {} });
    return Bridge::World->new(application => $app, %option, source => \%source);
}

sub urls_ldif {
    my ($cn, @urls) = @_;
    return "dn: cn=$cn,ou=Groups,$corp\nobjectClass: groupOfURLs\ncn: $cn\n"
        . join('', map {"memberURL: $_\n"} @urls) . "\n";
}

sub set_urls {
    my ($world, @urls) = @_;
    $world->change("dn: [app]\nchangetype: modify\nreplace: memberURL\n"
            . join('', map {"memberURL: $_\n"} @urls));
    return;
}

my @ways = (
    [ 'syncrepl' => {}, {} ],
    [ 'scan' => {}, { changes => 'scan' } ],
    [
        'syncrepl, the server computes the members too' => {
            global => 'moduleload dynlist',
            database => "overlay dynlist\ndynlist-attrset groupOfURLs memberURL member"
        },
        {}
    ],
);

for my $way (@ways) {
    my ($name, $slapd, $source) = @$way;
    subtest "dynamic groups: $name" => sub {
        my $seven = "ldap:///$people??sub?(roomNumber=7)";
        my $world = world(
            people => [qw(ann bob cid)],
            ldif => person_ldif('dan', roomNumber => 7)
                . urls_ldif('app', $seven)
                . group_ldif('outer', "cn=app,ou=Groups,$corp"),
            slapd => { sessionlog => 100, refint => 1, %$slapd },
            source => $source,
        );
        holds($world, 'dan', 'the first read', sent => ['POST /Users']);
        $world->set('ann', roomNumber => 7);
        holds($world, 'ann dan', 'somebody begins to match', sent => ['POST /Users']);
        $world->set('dan', roomNumber => 8);
        holds($world, 'ann -dan', 'somebody ceases to', sent => ['PATCH /Users/dan']);
        holds($world, 'ann -dan', 'nothing new', sent => []);
        $world->change("dn: {ann}\nchangetype: modrdn\nnewrdn: uid=anna\ndeleteoldrdn: 1\n");
        holds($world, 'anna -dan', 'a member renamed', sent => ['PATCH /Users/anna']);
        $world->configure(app => { assign => [ { group => $world->group_dn('outer') } ] });
        holds($world, 'anna -dan', 'by way of a group around it', sent => []);
        $world->configure;

        set_urls($world, "ldap:///$people??one?(uid=bob)", "ldap:///$people??sub?(uid=c*)");
        holds($world, '-anna bob cid -dan', 'other URLs, two of them',
            sent => [ 'PATCH /Users/anna', 'POST /Users', 'POST /Users' ]);
        set_urls($world, "ldap:///$people???(uid=bob)", 'ldap:///uid=cid,' . $people);
        holds($world, '-anna -bob cid -dan', 'no scope means the base alone',
            sent => ['PATCH /Users/bob']);

        # What cannot be used leaves the group as it was.
        for my $case (
            [ "ldap://other.example/$people??sub?(uid=bob)", qr/names a server of its own/ ],
            [ "ldap:///$people??sub?(uid=bob", qr/cannot be used/ ],
            [ "ldap:///nonsense??sub?(uid=bob)", qr/cannot be used/ ],
            )
        {
            my ($url, $sentence) = @$case;
            set_urls($world, $url);
            my $result = holds($world, '-anna -bob cid -dan', $url, sent => []);
            like("@{ $result->{source}{notes} }", $sentence, 'it says so');
        }
        set_urls($world, 'ldap:///ou=Nowhere,' . "$corp??sub?(uid=bob)");
        holds($world, '-anna -bob -cid -dan', 'a base that does not exist',
            sent => ['PATCH /Users/cid']);
        $world->slapd->delete($world->group_dn('app'));
        $world->slapd->modify(group_ldif('app', 'bob'));
        holds($world, '-anna bob -cid -dan', 'a plain group instead', sent => ['PATCH /Users/bob']);
    };
}

# The search for the members is one more that a limit may cut short.
subtest 'members of a dynamic group that cannot all be read' => sub {
    my @all = map {"p$_"} 10 .. 29;
    my $world = world(
        people => \@all,
        ldif => urls_ldif('app', "ldap:///$people??sub?(objectClass=inetOrgPerson)"),
        slapd => { sessionlog => 100 },
    );
    holds($world, "@all", 'before');
    # A delta and an empty search for groups are far below the limit.
    my $limited = Bridge::Slapd->new(ldif => $world->slapd->dump, sizelimit => 9, sessionlog => 9);
    $world->configure(source => { uri => [ $limited->uri ] });
    $world->forget;
    my $result = $world->sync;
    is($result->{exit}, 1, 'not believed');
    like($result->{source}{problem},
        qr/members of the dynamic group '\Q${\$world->group_dn('app')}\E'.*LDAP result 4/,
        'says which group and why');
    is_deeply($world->writes, [], 'everybody stays');
    $world->configure;
    holds($world, "@all", 'the first server again', sent => []);
};

sub unix_person {
    my ($uid) = @_;
    my $more = "objectClass: posixAccount\nuidNumber: 1\ngidNumber: 1\nhomeDirectory: /\n";
    return person_ldif($uid) =~ s/^(objectClass: inetOrgPerson\n)/$1$more/mr;
}

for my $changes ('syncrepl', 'scan') {
    subtest "posixGroup: $changes" => sub {
        my $world = world(
            ldif => join('', map { unix_person($_) } qw(ann bob cid)) . <<"LDIF",
dn: cn=app,ou=Groups,$corp
objectClass: posixGroup
cn: app
gidNumber: 7
memberUid: ann
memberUid: nobody

LDIF
            slapd => { sessionlog => 100, refint => 1 },
            source => { changes => $changes },
        );
        holds($world, 'ann', 'the first read', sent => ['POST /Users']);
        $world->change("dn: [app]\nchangetype: modify\nadd: memberUid\nmemberUid: bob\n");
        holds($world, 'ann bob', 'added', sent => ['POST /Users']);
        $world->change("dn: [app]\nchangetype: modify\nadd: memberUid\nmemberUid: dan\n");
        holds($world, 'ann bob', 'somebody who is not there', sent => []);
        $world->slapd->modify(unix_person('dan'));
        holds($world, 'ann bob dan', 'and then is', sent => ['POST /Users']);
        $world->change("dn: {bob}\nchangetype: modrdn\nnewrdn: uid=rob\ndeleteoldrdn: 1\n");
        holds($world, 'ann -bob dan', 'renamed: the name in the group is nobody',
            sent => ['PATCH /Users/bob']);
        $world->change("dn: [app]\nchangetype: modify\nadd: memberUid\nmemberUid: rob\n");
        holds($world, 'ann dan rob', 'under the new name', sent => [ ('PATCH /Users/rob') x 2 ]);
        $world->change("dn: [app]\nchangetype: modify\ndelete: memberUid\nmemberUid: ann\n");
        holds($world, '-ann dan rob', 'taken out', sent => ['PATCH /Users/ann']);
        $world->slapd->delete($world->dn('dan'));
        holds($world, '-ann -dan rob', 'deleted, the name stays', sent => ['PATCH /Users/dan']);
    };

    subtest "groupOfUniqueNames: $changes" => sub {
        my $world = world(
            people => [qw(ann bob cid)],
            ldif => <<"LDIF",
dn: cn=app,ou=Groups,$corp
objectClass: groupOfUniqueNames
cn: app
uniqueMember: uid=ann,$people
uniqueMember: uid=bob,$people#'0101'B

LDIF
            slapd => { sessionlog => 100, refint => 1 },
            source => { changes => $changes },
        );
        holds($world, 'ann bob', 'one with a unique id', sent => [ ('POST /Users') x 2 ]);
        $world->change("dn: [app]\nchangetype: modify\nadd: uniqueMember\n"
                . "uniqueMember: {cid}#'1'B\n");
        holds($world, 'ann bob cid', 'added', sent => ['POST /Users']);
        $world->change("dn: [app]\nchangetype: modify\ndelete: uniqueMember\n"
                . "uniqueMember: {bob}#'0101'B\n");
        holds($world, 'ann -bob cid', 'taken out', sent => ['PATCH /Users/bob']);
        $world->slapd->delete($world->dn('ann'));
        holds($world, '-ann -bob cid', 'deleted', sent => ['PATCH /Users/ann']);
    };
}

# ppolicy locks with a time whoever mistypes the password; an administrator locks with none.
subtest 'locks' => sub {
    my $world = world(
        people => [qw(ann bob)],
        groups => { app => [qw(ann bob)] },
        ldif => "dn: cn=policy,$corp\nobjectClass: device\nobjectClass: pwdPolicy\ncn: policy\n"
            . "pwdAttribute: userPassword\npwdLockout: TRUE\npwdMaxFailure: 2\n\n",
        slapd => {
            sessionlog => 100,
            access => "$readers\noverlay ppolicy\nppolicy_default cn=policy,$corp",
        },
    );
    holds($world, 'ann bob', 'before');
    my ($slapd, $ann) = ($world->slapd, $world->dn('ann'));
    $world->set('ann', userPassword => 'right');
    for (1 .. 3) {
        is(system("ldapwhoami -x -H @{[ $slapd->uri ]} -D $ann -w wrong >/dev/null 2>&1") >> 8,
            49, 'a wrong password');
    }
    my ($entry) = $slapd->search('(uid=ann)', 'pwdAccountLockedTime');
    like($entry->{pwdaccountlockedtime}[0] // 'none', qr/^2\d{13}Z/, 'the server locked ann out');
    holds($world, 'ann bob', 'locked out', sent => []);
    $world->set('ann', pwdAccountLockedTime => '000001010000Z');
    holds($world, '-ann bob', 'locked by an administrator', sent => ['PATCH /Users/ann']);
    $world->set('ann', 'pwdAccountLockedTime');
    holds($world, 'ann bob', 'unlocked', sent => ['PATCH /Users/ann']);
};

# One pull reads a changed group once, however often it changed.
subtest 'a group of 50,000' => sub {
    my @strangers = map {"uid=m$_,$people"} 10_001 .. 60_000;
    my @all = map {"p$_"} 100 .. 199;
    my $world = world(
        people => \@all,
        groups => { app => \@strangers },
        slapd => { sessionlog => 1000 },
    );
    my $result = holds($world, '', 'the first read');
    my $size = length join '', @strangers;
    $world->join_group('app', $_) for @all;
    # Cuts the connection before the group could be sent twice.
    my $proxy = Bridge::Proxy->new(to => $world->slapd->port, after => int 1.6 * $size);
    $world->configure(source => { uri => [ 'ldap://127.0.0.1:' . $proxy->port ] });
    $result = holds($world, "@all", '100 changes');
    is($result->{source}{problem}, undef, 'the group was read once');
};

done_testing;
