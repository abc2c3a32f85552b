#!/usr/bin/perl
# Whatever happens in an OpenLDAP directory, the application holds what the directory says after the
# next sync: the right people, each with the account they always had, and nothing is read or sent
# that did not change.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Free qw(wait_for);
use Bridge::Run;
use Bridge::Scimmy;
use Bridge::World qw(person_ldif group_ldif holds modrdn dn_of);
use Test::More;

my $corp = 'ou=Corp,dc=example,dc=com';
my $app = Bridge::Scimmy->new;

sub world {
    my (%option) = @_;
    $app->request(DELETE => "/Users/$_->{id}") for $app->users;
    $app->forget;
    return Bridge::World->new(application => $app, %option);
}

# What every mode of the server must carry.
sub day_to_day {
    my (%slapd) = @_;
    my $world = world(
        people => [qw(ann bob cid)],
        ldif => person_ldif('gil', ou => "ou=North,ou=People,$corp"),
        groups => {
            app => [ qw(ann bob), "cn=inner,ou=Groups,$corp" ],
            inner => ["uid=gil,ou=North,ou=People,$corp"]
        },
        slapd => { refint => 1, %slapd },
    );
    holds($world, 'ann bob gil', 'the first read', sent => [ ('POST /Users') x 3 ], read => 10);
    holds($world, 'ann bob gil', 'nothing new', sent => [], read => 0);

    $world->hire('dan');
    $world->join_group('app', 'dan');
    holds($world, 'ann bob dan gil', 'a hire', sent => ['POST /Users'], read => 3);
    $world->set('ann', title => 'Boss');
    holds($world, 'ann bob dan gil', 'a change', sent => ['PATCH /Users/ann'], read => 1);
    is($app->user('ann')->{title}, 'Boss', 'and it arrived');
    $world->set('ann', description => 'nobody maps this');
    holds($world, 'ann bob dan gil', 'a change nobody maps', sent => []);

    $world->slapd->delete($world->dn('bob'));
    my $gone = holds($world, 'ann -bob dan gil', 'a delete', sent => ['PATCH /Users/bob']);
    is($gone->{source}{removed}, 1, 'one is gone');

    my $id = $app->user('ann')->{id};
    modrdn($world, '{ann}', 'uid=anna');
    holds($world, 'anna -bob dan gil', 'a person renamed', sent => ['PATCH /Users/anna']);
    is($app->user('anna')->{id}, $id, 'keeps the account');
    wait_for(
        'refint',
        5,
        sub {
            $world->slapd->search('(&(cn=app)(member=uid=anna,ou=People,' . "$corp))", 'cn');
        }
    );
    $world->join_group('app', 'cid');
    holds($world, 'anna -bob cid dan gil', 'the group read again', sent => ['POST /Users']);

    modrdn($world, "ou=North,ou=People,$corp", 'ou=Nord');
    holds($world, 'anna -bob cid dan gil', 'a container renamed', sent => []);
    is(dn_of($world, 'gil'), "uid=gil,ou=Nord,ou=People,$corp", 'who is beneath has moved');
    $id = $app->user('gil')->{id};
    modrdn($world, "ou=Nord,ou=People,$corp", 'ou=Nord', 'ou=Outside,dc=example,dc=com');
    holds($world, 'anna -bob cid dan -gil', 'a container moved out', sent => ['PATCH /Users/gil']);
    modrdn($world, 'ou=Nord,ou=Outside,dc=example,dc=com', 'ou=North', "ou=People,$corp");
    holds($world, 'anna -bob cid dan gil', 'and back', sent => ['PATCH /Users/gil']);
    is($app->user('gil')->{id}, $id, 'to the same account');

    $id = $app->user('dan')->{id};
    modrdn($world, '{dan}', 'uid=dan', 'ou=Outside,dc=example,dc=com');
    holds($world, 'anna -bob cid -dan gil', 'a person moved out', sent => ['PATCH /Users/dan']);
    modrdn($world, 'uid=dan,ou=Outside,dc=example,dc=com', 'uid=dan', "ou=People,$corp");
    holds($world, 'anna -bob cid dan gil', 'and in again', sent => ['PATCH /Users/dan']);
    is($app->user('dan')->{id}, $id, 'to the same account');

    $world->set('cid', employeeType => 'disabled');
    holds($world, 'anna -bob -cid dan gil', 'disabled', sent => ['PATCH /Users/cid']);
    $world->set('cid', employeeType => 'staff');
    holds($world, 'anna -bob cid dan gil', 'enabled', sent => ['PATCH /Users/cid']);
    return $world;
}

subtest 'day to day, with a session log' => sub { day_to_day(sessionlog => 100) };
subtest 'day to day, with present phases' => sub { day_to_day() };

# An entry is classified when it is read, and nothing in the directory says that it must be again.
subtest 'other filters in the config' => sub {
    my $world = world(people => [qw(ann bob)], groups => { app => [qw(ann bob)] });
    $world->set('ann', title => 'Robot');
    holds($world, 'ann bob', 'both are users');
    my %users = (filter => '(objectClass=inetOrgPerson)', disabled => '(employeeType=disabled)');
    $world->configure(source =>
            { users => { %users, filter => '(&(objectClass=inetOrgPerson)(!(title=Robot)))' } });
    holds($world, '-ann bob', 'one is not a user any more', sent => ['PATCH /Users/ann']);
    $world->configure(source => { users => { %users, disabled => '(title=Clerk)' } });
    holds($world, 'ann -bob', 'the other one is disabled now');
    $world->configure;
    holds($world, 'ann bob', 'both again');
};

subtest 'groups' => sub {
    my $world = world(
        people => [qw(ann bob cid dan)],
        groups => {
            app => [ 'ann', "cn=one,ou=Groups,$corp" ],
            one => ["cn=two,ou=Groups,$corp"],
            two => [ 'bob', "cn=one,ou=Groups,$corp" ],
            far => ['dan'],
        },
        slapd => { sessionlog => 100, refint => 1 },
    );
    holds($world, 'ann bob', 'nested, in a circle');
    $world->join_group('two', 'cid');
    holds($world, 'ann bob cid', 'added two levels down', sent => ['POST /Users'], read => 1);
    $world->leave_group('two', 'bob');
    holds($world, 'ann -bob cid', 'taken out there', sent => ['PATCH /Users/bob']);
    $world->join_group('app', 'bob');
    holds($world, 'ann bob cid', 'direct now', sent => ['PATCH /Users/bob']);
    $world->join_group('two', $world->group_dn('far'));
    holds($world, 'ann bob cid dan', 'a group in the group', sent => ['POST /Users']);
    $world->leave_group('app', $world->group_dn('one'));
    holds($world, 'ann bob -cid -dan', 'a whole branch cut off',
        sent => [ 'PATCH /Users/cid', 'PATCH /Users/dan' ]);
    $world->slapd->delete($world->group_dn('far'));
    holds($world, 'ann bob -cid -dan', 'a group that gave nothing deleted', sent => []);

    # Someone can be a member before there is an entry.
    $world->join_group('app', 'eve');
    holds($world, 'ann bob -cid -dan', 'a member that is not there', sent => []);
    $world->hire('eve');
    holds($world, 'ann bob -cid -dan eve', 'and then is', sent => ['POST /Users'], read => 2);
    $world->change("dn: [app]\nchangetype: modify\nadd: member\n"
            . "member: UID=Cid, OU=people,ou=CORP,dc=example,dc=COM\n");
    holds($world, 'ann bob cid -dan eve', 'a DN in other letters', sent => ['PATCH /Users/cid']);
};

# A rule without its group is a mistake, never an empty group.
subtest 'the group of a rule' => sub {
    my $world = world(
        people => [qw(ann bob)],
        groups => { app => [qw(ann bob)] },
        slapd => { sessionlog => 100 }
    );
    holds($world, 'ann bob', 'before');
    modrdn($world, '[app]', 'cn=other');
    my $result = $world->sync;
    is($result->{exit}, 1, 'renamed: the app fails');
    like($result->{app}{problem}, qr/names the group '\Q${\$world->group_dn('app')}\E'/,
        'and says which group');
    is_deeply($world->accounts, { ann => 'active', bob => 'active' }, 'nobody lost anything');
    modrdn($world, "cn=other,ou=Groups,$corp", 'cn=app');
    holds($world, 'ann bob', 'named as before', sent => []);
    $world->slapd->delete($world->group_dn('app'));
    $world->forget;
    $result = $world->sync;
    is($result->{exit}, 1, 'deleted: the app fails');
    like($world->bridge->run('sync')->{out},
        qr/an unknown group is not taken for an empty one/, 'and says what it does not do');
    is_deeply($world->writes, [], 'nothing was sent');
    $world->slapd->modify(group_ldif('app', 'ann'));
    holds($world, 'ann -bob', 'made again without bob', sent => ['PATCH /Users/bob']);
};

subtest 'the server' => sub {
    my $world = world(
        people => [qw(ann bob cid)],
        groups => { app => [qw(ann bob cid)] },
        slapd => { sessionlog => 100 },
    );
    my $slapd = $world->slapd;
    holds($world, 'ann bob cid', 'before');
    $slapd->stop;
    my $result = $world->sync;
    is($result->{exit}, 1, 'stopped: failed');
    like($result->{source}{problem}, qr/\Q${\$slapd->uri}\E/, 'says which server');
    is_deeply($world->accounts, { ann => 'active', bob => 'active', cid => 'active' },
        'nobody lost anything');
    $slapd->start;
    holds($world, 'ann bob cid', 'started', sent => [], read => 0);
    $slapd->delete($world->dn('bob'));
    $slapd->stop;
    $slapd->start;
    holds($world, 'ann -bob cid', 'deleted before a restart', sent => ['PATCH /Users/bob']);

    # After SIGKILL the server's own account of the time is a little old (result 53).
    $world->set('ann', title => 'Boss');
    holds($world, 'ann -bob cid', 'changed', sent => ['PATCH /Users/ann']);
    $slapd->kill9;
    $slapd->start;
    my ($context) = $slapd->search(scope => 'base', '(objectClass=*)', 'contextCSN');
    note "contextCSN after SIGKILL: $context->{contextcsn}[0]";
    $result = $world->sync;
    is_deeply($world->accounts, { ann => 'active', bob => 'disabled', cid => 'active' },
        'killed: nobody lost anything');
    $world->set('cid', title => 'Boss');
    $world->forget;
    $result = $world->sync;
    is($result->{exit}, 0, 'and it goes on') or diag $result->{err};
    is_deeply($world->writes, ['PATCH /Users/cid'], 'with what is new');
};

# The directory loaded anew: the same people, none of them the same entry.
sub another_database {
    my ($count) = @_;
    my @people = map { 'p' . (9 + $_) } 1 .. $count;
    my $world = world(people => \@people, groups => { app => \@people });
    my %all = map { $_ => 'active' } @people;
    is($world->sync->{exit}, 0, 'before');
    my $copy = $world->slapd->dump;
    $world->slapd->reset_database;
    $world->forget;
    my $result = $world->sync;
    is($result->{exit}, 1, 'loaded anew: not believed');
    like($result->{source}{problem},
        qr/none of the $count known users was there.* loaded anew .*\nnobody was removed/,
        'says why and what was not done');
    is($world->sync->{exit}, 1, 'nor at the second time');
    is_deeply($world->accounts, \%all, 'nobody lost anything');
    is_deeply($world->writes, [], 'nothing was sent');
    $world->slapd->reset_database($copy);
    $world->set('p10', title => 'Boss');
    holds($world, "@people", 'the old one again', sent => ['PATCH /Users/p10']);

    # The way back that the sentence names: everybody is found again.
    $world->slapd->reset_database;
    $world->forget_state;
    $result = $world->sync;
    is($result->{exit}, 0, 'the state moved aside') or diag $result->{out};
    is_deeply($result->{app}{done}, { adopt => $count }, 'everybody is adopted');
    is_deeply($world->accounts, \%all, 'and has one account');
}

subtest 'another database, 30 people' => sub { another_database(30) };
subtest 'another database, 3 people' => sub { another_database(3) };

# Two servers with one database; the second is behind.
subtest 'another server' => sub {
    my $world = world(people => [qw(ann bob)], groups => { app => [qw(ann bob)] });
    my $old = $world->slapd->dump;
    $world->hire('cid');
    $world->join_group('app', 'cid');
    holds($world, 'ann bob cid', 'before');
    my $twin = Bridge::Slapd->new(ldif => $world->slapd->dump);
    $world->configure(source => { uri => [ $twin->uri ] });
    holds($world, 'ann bob cid', 'an equal one', sent => [], read => 0);
    my $behind = Bridge::Slapd->new(ldif => $old);
    $world->configure(source => { uri => [ $behind->uri ] });
    $world->forget;
    my $result = $world->sync;
    is($result->{exit}, 1, 'one that is behind: not believed');
    like(
        $result->{source}{problem},
        qr/lags behind, or was restored\nnobody is removed, and nothing of it is taken over/,
        'says so'
    );
    is_deeply($world->writes, [], 'cid keeps the account');
    is($world->sync->{exit}, 1, 'nor at the second time');
    $world->configure;
    holds($world, 'ann bob cid', 'the first again', sent => []);
    $world->configure(source => { uri => [ 'ldap://127.0.0.1:1', $twin->uri ] });
    holds($world, 'ann bob cid', 'the second of two, the first is down', sent => []);
    my $other = Bridge::World->new(people => ['ann'], groups => { app => ['ann'] },
        application => $app);
    $world->configure(source => { uri => [ $other->slapd->uri ] });
    $world->forget;
    is($world->sync->{exit}, 1, "somebody else's: not believed");
    is_deeply($world->accounts, { ann => 'active', bob => 'active', cid => 'active' },
        'nobody lost anything');
    is_deeply($world->writes, [], 'nothing was sent');
};

subtest 'a cookie the server does not know' => sub {
    my $world = world(
        people => [qw(ann bob cid)],
        groups => { app => [qw(ann bob)] },
        slapd => { reloadhint => 1 }
    );
    holds($world, 'ann bob', 'before');
    # Every entry is newer than the cookie: nothing tells the server what we have seen.
    my $copy = $world->slapd->dump;
    my ($now) = `date -u -d '+2 seconds' +%Y%m%d%H%M%S` =~ /(\d+)/;
    $copy =~ s/^entryCSN: .*$/entryCSN: $now.000000Z#000000#000#000000/mg;
    $copy =~ s/^contextCSN: .*\n//mg;
    $copy =~ s/^dn: uid=bob,.*?\n\n//msg;
    $world->slapd->reset_database($copy);
    my $result = holds($world, 'ann -bob', 'reloaded', sent => ['PATCH /Users/bob']);
    like("@{ $result->{source}{notes} }", qr/does not take our cookie .*4096.*everything is read/,
        'it says why everything was read');
};

subtest 'more changes than the session log holds' => sub {
    my @people = map {"p$_"} 10 .. 39;
    my $world = world(people => \@people, groups => { app => \@people },
        slapd => { sessionlog => 4 });
    is($world->sync->{exit}, 0, 'before');
    $world->slapd->delete(map { $world->dn("p$_") } 10 .. 17);
    my %wanted = map { $_ => /^p1[0-7]/ ? 'disabled' : 'active' } @people;
    is($world->sync->{exit}, 0, 'eight deleted, four remembered');
    is_deeply($world->accounts, \%wanted, 'all eight found');
};

subtest 'several values' => sub {
    my $world = world(people => ['ann'], groups => { app => ['ann'] });
    $world->configure(
        app => {
            map => [
                { to => 'userName', from => '[uid]' },
                { to => 'title', from => '[title]' },
                { to => 'nickName', from => '[description]' }
            ]
        }
    );
    holds($world, 'ann', 'one');
    $world->set('ann', title => 'Clerk', 'Boss', 'Accountant');
    my $result = $world->sync;
    is($result->{exit}, 0, 'three') or diag $result->{out};
    like($app->user('ann')->{title}, qr/^(?:Clerk|Boss|Accountant)$/, 'one of them is shown');
    my $title = $app->user('ann')->{title};
    $world->set('ann', description => 'touched');
    holds($world, 'ann', 'touched', sent => ['PATCH /Users/ann']);
    is($app->user('ann')->{title}, $title, 'the same one as before');
    $world->set('ann', title => 'Boss');
    holds($world, 'ann', 'one again');
    is($app->user('ann')->{title}, 'Boss', 'and it is shown');
    $world->set('ann', 'title');
    holds($world, 'ann', 'none', sent => ['PATCH /Users/ann']);
    is($app->user('ann')->{title}, undef, 'and it is gone');
};

subtest 'a group of 2,000' => sub {
    my @people = map { sprintf 'p%04d', $_ } 1 .. 2000;
    my $world = world(
        people => \@people,
        groups => { app => [ @people[ 0 .. 1998 ] ] },
        slapd => { sessionlog => 100 }
    );
    is($world->sync->{exit}, 0, 'the first sync');
    is(scalar(keys %{ $world->accounts }), 1999, 'all of them');
    for my $round (1 .. 2) {
        $world->forget;
        $world->join_group('app', 'p2000');
        my $result = $world->sync;
        is($result->{source}{read}, 1, 'one member more: one entry read');
        is(scalar @{ $app->writes }, 1, 'one request sent');
        $world->forget;
        $world->leave_group('app', 'p2000');
        $result = $world->sync;
        is($result->{exit}, 0, 'and out again');
        is_deeply($world->writes, ['PATCH /Users/p2000'], 'one request sent');
    }
};

done_testing;
