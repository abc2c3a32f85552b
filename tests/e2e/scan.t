#!/usr/bin/perl
# Any LDAP server will do: what happens in the directory arrives with the next sync although the
# server tells nothing by itself, only what changed is read whole where the server dates its
# entries, and a list that came back short removes nobody.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Free qw(wait_for);
use Bridge::Scimmy;
use Bridge::World qw(person_ldif modrdn dn_of);
use Test::More;

my $corp = 'ou=Corp,dc=example,dc=com';
my $app = Bridge::Scimmy->new;

sub world {
    my (%option) = @_;
    $app->request(DELETE => "/Users/$_->{id}") for $app->users;
    $app->forget;
    my %source = (type => 'ldap', %{ delete $option{source} // {} });
    my $slapd = $option{slapd} // {};
    $slapd = { syncprov => 0, %$slapd } if ref $slapd eq 'HASH';
    return Bridge::World->new(application => $app, %option, slapd => $slapd, source => \%source);
}

sub whole {
    my ($result) = @_;
    return scalar grep {/everything is read/} @{ $result->{source}{notes} };
}

# As of Bridge::World; and how much was read whole.
sub holds {
    my ($world, $names, $why, %more) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $result = Bridge::World::holds($world, $names, $why, %more);
    is(whole($result), $more{whole}, "$why: how much was read") if defined $more{whole};
    return $result;
}

# A sync that must say why it does not believe what it read, and take nothing from anybody.
sub not_believed {
    my ($world, $accounts, $sentence, $why) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $result = $world->sync;
    is($result->{exit}, 1, "$why: exit 1");
    like($result->{source}{problem}, $sentence, "$why: the reason");
    my %wanted = map { /^-(.*)/ ? ($1 => 'disabled') : ($_ => 'active') } split / /, $accounts;
    is_deeply($world->accounts, \%wanted, "$why: nobody lost anything");
    return $result;
}

# A person whom the server modified at another time, as it says.
sub dated {
    my ($uid, $time) = @_;
    return person_ldif($uid) =~ s/\n\z//r . "modifyTimestamp: $time\n\n";
}

# How many entries each search found, from the server's log.
sub log_of_searches {
    my ($world) = @_;
    return map {/nentries=(\d+)/} grep {/SEARCH RESULT/} split /\n/, $world->slapd->log_text;
}

subtest 'day to day' => sub {
    my $world = world(
        people => [qw(ann bob cid)],
        ldif => person_ldif('gil', ou => "ou=North,ou=People,$corp"),
        groups => {
            app => [ qw(ann bob), "cn=inner,ou=Groups,$corp" ],
            inner => ["uid=gil,ou=North,ou=People,$corp"]
        },
        slapd => { refint => 1 },
    );
    holds($world, 'ann bob gil', 'the first read', sent => [ ('POST /Users') x 3 ]);
    holds($world, 'ann bob gil', 'nothing new', sent => [], whole => 0);

    $world->hire('dan');
    $world->join_group('app', 'dan');
    holds($world, 'ann bob dan gil', 'a hire', sent => ['POST /Users'], whole => 0);
    $world->set('ann', title => 'Boss');
    holds($world, 'ann bob dan gil', 'a change', sent => ['PATCH /Users/ann'], whole => 0);
    is($app->user('ann')->{title}, 'Boss', 'and it arrived');
    $world->set('ann', 'title');
    holds($world, 'ann bob dan gil', 'a value taken away', sent => ['PATCH /Users/ann']);
    ok(!defined $app->user('ann')->{title}, 'is gone at the application too');

    $world->slapd->delete($world->dn('bob'));
    my $gone = holds($world, 'ann -bob dan gil', 'a delete', sent => ['PATCH /Users/bob']);
    is($gone->{source}{removed}, 1, 'one is gone');

    my $id = $app->user('ann')->{id};
    modrdn($world, '{ann}', 'uid=anna');
    holds($world, 'anna -bob dan gil', 'a person renamed', sent => ['PATCH /Users/anna']);
    is($app->user('anna')->{id}, $id, 'keeps the account');
    $world->join_group('app', 'cid');
    holds($world, 'anna -bob cid dan gil', 'another member', sent => ['POST /Users']);

    modrdn($world, "ou=North,ou=People,$corp", 'ou=Nord');
    holds($world, 'anna -bob cid dan gil', 'a container renamed', sent => [], whole => 0);
    is(dn_of($world, 'gil'), "uid=gil,ou=Nord,ou=People,$corp", 'who is beneath has moved');
    $id = $app->user('gil')->{id};
    modrdn($world, "ou=Nord,ou=People,$corp", 'ou=Nord', 'ou=Outside,dc=example,dc=com');
    holds($world, 'anna -bob cid dan -gil', 'a container moved out', sent => ['PATCH /Users/gil']);
    modrdn($world, 'ou=Nord,ou=Outside,dc=example,dc=com', 'ou=North', "ou=People,$corp");
    holds($world, 'anna -bob cid dan gil', 'and back', sent => ['PATCH /Users/gil']);
    is($app->user('gil')->{id}, $id, 'to the same account');

    $world->set('cid', employeeType => 'disabled');
    holds($world, 'anna -bob -cid dan gil', 'disabled', sent => ['PATCH /Users/cid']);
    $world->leave_group('app', 'dan');
    holds($world, 'anna -bob -cid -dan gil', 'out of the group', sent => ['PATCH /Users/dan']);
};

# The group does not change when the same DN comes to life again.
subtest 'a group that keeps the name of who was deleted' => sub {
    my $world = world(people => [qw(ann bob)], groups => { app => [qw(ann bob)] });
    holds($world, 'ann bob', 'before');
    $world->slapd->delete($world->dn('bob'));
    holds($world, 'ann -bob', 'deleted');
    $world->slapd->modify(person_ldif('bob', title => 'New'));
    # The login is taken by the one who is gone: a person decides whose account it becomes.
    my $result = $world->sync;
    is($result->{json}{status}{apps}[0]{assigned}, 2, 'somebody of the same name is a member');
    is(whole($result), 0, 'for which not everything was read');
};

# What is read whole is what changed, not what is there.
subtest 'how much is read' => sub {
    my @people = map {"p$_"} 10 .. 69;
    my $world = world(
        ldif => join('', map { dated($_, '20200101000000Z') } @people),
        groups => { app => ['p10'] },
        slapd => { log => 'stats' },
    );
    holds($world, 'p10', 'the first read');
    my $was = log_of_searches($world);
    $world->set('p10', title => 'Boss');
    holds($world, 'p10', 'one changed', sent => ['PATCH /Users/p10'], whole => 0);
    my @now = log_of_searches($world);
    my @many = grep { $_ > 15 } @now[ $was .. $#now ];
    is(scalar @many, 1, 'everybody is listed once, and few are read') or diag "@now";
    cmp_ok($many[0], '>', 60, 'the list is of all');
};

subtest 'lists that are not believed' => sub {
    my @people = map {"p$_"} 10 .. 29;
    my $world = world(people => \@people, groups => { app => \@people });
    holds($world, "@people", 'before');
    my $slapd = $world->slapd;
    my $limited = Bridge::Slapd->new(ldif => $slapd->dump, syncprov => 0, sizelimit => 9);
    $world->configure(source => { uri => [ $limited->uri ] });
    not_believed($world, "@people", qr/LDAP result 4.*nsSizeLimit/s, 'a size limit');
    $world->configure(source => { uri => [ $limited->uri ], page_size => 3 });
    not_believed($world, "@people", qr/LDAP result 4/, 'a size limit on a later page');
    # The list is only names, and it broke off: what it had must not count as news the next time.
    $world->configure;
    $world->set('p10', title => 'Boss');
    $slapd->delete($world->dn('p11'));
    my @left = map { $_ eq 'p11' ? '-p11' : $_ } @people;
    my @sent = map {"PATCH /Users/$_"} qw(p10 p11);
    holds($world, "@left", 'the first server again', sent => \@sent);

    my $hidden = join "\n", "access to dn.subtree=\"ou=People,$corp\" by * none",
        'access to * by users read by anonymous auth';
    my $blind = Bridge::Slapd->new(ldif => $slapd->dump, syncprov => 0, access => $hidden);
    $world->configure(source => { uri => [ $blind->uri ] });
    not_believed($world, "@left", qr/none of the 19 known users was there/, 'the people hidden');

    my $ids = join "\n", 'access to attrs=entryUUID dn.regex="uid=p1." by * none',
        'access to * by users read by anonymous auth';
    my $half = Bridge::Slapd->new(ldif => $slapd->dump, syncprov => 0, access => $ids);
    $world->configure(source => { uri => [ $half->uri ] });
    not_believed($world, "@left", qr/entries have no readable 'entryUUID'/, 'some ids hidden');

    my $referral = "dn: ou=Far,$corp\nobjectClass: referral\nobjectClass: extensibleObject\n"
        . "ou: Far\nref: ldap://127.0.0.1:1/ou=Far\n\n";
    my $refers = Bridge::Slapd->new(ldif => $slapd->dump . "\n$referral", syncprov => 0);
    $world->configure(source => { uri => [ $refers->uri ] });
    $refers->delete($world->dn('p12'));
    not_believed($world, "@left", qr/1 referrals .*not followed/, 'a referral');

    $world->configure;
    holds($world, "@left", 'the first server once more', sent => []);
};

subtest 'a server that does not date its entries' => sub {
    my $world = world(
        people => [qw(ann bob)],
        groups => { app => [qw(ann bob)] },
        slapd => { access => join "\n",
            'access to attrs=modifyTimestamp by * none',
            'access to * by users read by anonymous auth' },
    );
    my $result = holds($world, 'ann bob', 'the first read');
    like("@{ $result->{source}{notes} }", qr/does not show of any entry when it was modified/,
        'it says so');
    $world->set('ann', title => 'Boss');
    holds($world, 'ann bob', 'changed', sent => ['PATCH /Users/ann'], whole => 1);
    my $check = $world->bridge->run('check');
    like($check->{out}, qr/'modifyTimestamp' cannot be read: everything is read each time/,
        'check says so') or diag $check->{err};
};

subtest 'dates that can be read but not searched for' => sub {
    my $world = world(
        people => [qw(ann bob)],
        groups => { app => [qw(ann bob)] },
        slapd => { access => join "\n",
            'access to attrs=modifyTimestamp by users =r by * none',
            'access to * by users read by anonymous auth' },
    );
    holds($world, 'ann bob', 'the first read');
    $world->set('ann', title => 'Boss');
    holds($world, 'ann bob', 'changed', sent => ['PATCH /Users/ann'], whole => 0);
    like($world->bridge->run('check')->{out}, qr/can be read but not searched for/,
        'check says so');
};

# A clock that was wrong for a while must not hide every change until that date.
subtest 'a date in the future' => sub {
    my $world = world(
        ldif => person_ldif('ann') . dated('fay', '20991231000000Z'),
        groups => { app => [qw(ann fay)] },
    );
    my $result = holds($world, 'ann fay', 'the first read');
    like("@{ $result->{source}{notes} }", qr/dates 1 entries in the future/, 'it says so');
    $world->set('ann', title => 'Boss');
    holds($world, 'ann fay', 'changed', sent => ['PATCH /Users/ann'], whole => 0);
};

# slapd without a real database: no paging, no index, no RFC 4533.
{

    package FlatServer;
    use parent -norequire, 'Bridge::Slapd';

    sub _config {
        my ($self) = @_;
        my $text = $self->SUPER::_config;
        $text =~ s/^database mdb$/database ldif/m;
        $text =~ s/^(?:maxsize|envflags|index) .*\n//mg;
        return $text;
    }
}

subtest 'a server that does not page' => sub {
    my $plain = world(people => [qw(ann bob cid)], groups => { app => [qw(ann bob)] });
    my $world = world(
        slapd => FlatServer->new(ldif => $plain->slapd->dump, syncprov => 0),
        source => { page_size => 2 },
    );
    holds($world, 'ann bob', 'the first read');
    $world->set('ann', title => 'Boss');
    $world->join_group('app', 'cid');
    holds($world, 'ann bob cid', 'changed', sent => [ 'PATCH /Users/ann', 'POST /Users' ],
        whole => 0);
    $world->slapd->delete($world->dn('bob'));
    holds($world, 'ann -bob cid', 'deleted', sent => ['PATCH /Users/bob']);
};

subtest 'settings' => sub {
    my $world = world(people => [qw(ann bob)], groups => { app => [qw(ann bob)] });
    holds($world, 'ann bob', 'before');
    $world->configure(source => { type => 'openldap', changes => 'scan' });
    holds($world, 'ann bob', 'as a way of following OpenLDAP', sent => []);
    $world->configure(source => { full_every => '1ms' });
    $world->set('ann', title => 'Boss');
    holds($world, 'ann bob', 'everything every time', sent => ['PATCH /Users/ann']);
    $world->configure(source => { anchor => 'employeeNumber' });
    my $result = $world->sync;
    is($result->{exit}, 1, 'an anchor that is none');
    like(
        $result->{source}{problem},
        qr/shows no permanent id in 'employeeNumber'\nlet the bind account read it/,
        'is said'
    );
    $world->configure(source => { anchor => 'entryuuid', page_size => 2, margin => '0s' });
    holds($world, 'ann bob', 'the anchor named, small pages', sent => []);
    my $check = $world->bridge->run('check');
    is($check->{exit}, 0, 'check is content') or diag $check->{out}, $check->{err};
    like($check->{out}, qr/gives \d+ entries beneath '\Q$corp\E', known by 'entryuuid'/,
        'check counts');
    like($check->{out}, qr/changes are found by 'modifyTimestamp'/, 'and tries the dates');
};

# Too many at once for looking them up one by one.
subtest 'hundreds of hires' => sub {
    my $world = world(people => ['ann'], groups => { app => ['ann'] });
    holds($world, 'ann', 'before');
    $world->slapd->modify(join '', map { person_ldif("n$_") } 1 .. 600);
    $world->join_group('app', 'n1', 'n600');
    holds($world, 'ann n1 n600', '600 hires', whole => 1);
    holds($world, 'ann n1 n600', 'and then as before', sent => [], whole => 0);
};

done_testing;
