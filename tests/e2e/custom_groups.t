#!/usr/bin/perl
# Groups of a directory are groups at an API of its own kind: found by name or in the listing of all
# groups, made, renamed, filled one by one, in portions, or with all members at once, which is never
# done when not all of them can be read; members are taken out by themselves, or by the ids of their
# memberships.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Lists;
use Bridge::Run;
use JSON::PP;
use Test::More;

my $app = Bridge::Lists->new;
my $top = 'dc=example,dc=com';
my $bridge;

sub uuid { return sprintf "entryUUID: 00000000-0000-4000-%04d-%012d\n", @_ }

# Writes the directory: people p1 ... p5, and who is in the group.
sub directory {
    my ($name, @members) = @_;
    my $person = sub {
        return "dn: uid=p$_[0],$top\nobjectClass: inetOrgPerson\n"
            . "uid: p$_[0]\ncn: p$_[0]\nsn: p$_[0]\n"
            . uuid(8000, $_[0]);
    };
    $bridge->write_file(
        'people.ldif',
        join "\n",
        "dn: $top\nobjectClass: domain\ndc: example\n" . uuid(7000, 1),
        (map { $person->($_) } 1 .. 5),
        "dn: cn=$name,$top\nobjectClass: groupOfNames\ncn: $name\n" . uuid(9000, 1) . join '',
        map {"member: uid=$_,$top\n"} @members
    );
    return;
}

sub one_by_one {
    return (
        add => { url => '/groups/{id}/members', body => { ids => '{members}' }, batch => 2 },
        remove => { url => '/groups/{id}/members/{member.id}' },
    );
}

my %list = (
    list => {
        url => '/groups/{id}/members',
        items => 'members',
        pages => { kind => 'offset', parameter => 'offset', total => 'total' }
    }
);
my %replace =
    (replace => { url => '/groups/{id}/members', body => { members => '{members}' } }, %list);

# A membership is a thing of its own: it is found among those of the person.
my %memberships = (
    add => { url => '/memberships', body => { user => '{member.id}', group => '{id}' } },
    remove => {
        steps => [
            {
                method => 'GET',
                url => '/users/{member.id}/memberships',
                outputs => [
                    {
                        name => 'membership',
                        items => 'memberships',
                        where => { path => 'group.id', value => '{id}' },
                        path => 'id'
                    }
                ]
            },
            {
                method => 'DELETE',
                url => '/memberships/{step.membership}',
                when => 'step.membership'
            }
        ]
    }
);

sub begin {
    my (%option) = @_;
    $bridge = Bridge::Run->new;
    directory('sales', @{ $option{members} });
    $app->hold(
        users => [ map { { id => "id$_", login => "p$_" } } 1 .. 5 ],
        groups => [],
        settings => {},
        %{ $option{hold} // {} }
    );
    configure(%option);
    return;
}

sub configure {
    my (%option) = @_;
    $bridge->write_config(
        sources => [
            {
                name => 'dir',
                type => 'ldif',
                file => $bridge->dir . '/people.ldif',
                users => { filter => '(objectClass=inetOrgPerson)' },
                groups => { filter => '(objectClass=groupOfNames)' }
            }
        ],
        apps => [
            $app->definition(
                assign => 'all',
                groups =>
                    [ { group => "cn=$_,$top", %{ $option{push} // {} } } ],
                first_run => 'apply',
                limits => { removals => 100 },
                list => { url => '/all' },
                group => {
                    list => { url => '/groups', items => 'groups' },
                    create => { url => '/groups', body => { name => '{group.name}' } },
                    update => { url => '/groups/{id}', body => { name => '{group.name}' } },
                    delete => { url => '/groups/{id}' },
                    get => { url => '/groups/{id}' },
                    lookup => $option{lookup},
                },
                member => $option{member},
            )
        ],
    ) for $option{group} // 'sales';
    return;
}

sub sync {
    my ($why, $exit) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    $app->taken;
    my $result = $bridge->run('sync');
    is($result->{exit}, $exit // 0, "$why: exit $result->{exit}")
        or diag $result->{out}, $result->{err};
    return $result;
}

# What was written about groups: "POST /groups/g1/members {...}".
sub written {
    return [
        map { "$_->[0] $_->[1]" . ($_->[2] ? ' ' . JSON::PP->new->canonical->encode($_->[2]) : '') }
        grep { $_->[0] ne 'GET' && $_->[1] =~ m{^/groups} } $app->bodies
    ];
}

sub members {
    my ($group) = grep { !@_ || $_->{name} eq $_[0] } $app->groups;
    return join ' ', sort @{ $group->{members} };
}

subtest 'portions and single members' => sub {
    begin(members => [qw(p1 p2 p3)], member => { one_by_one() });
    sync('made and filled');
    my ($group) = $app->groups;
    my $id = $group->{id};
    is_deeply(
        written(),
        [
            'POST /groups {"name":"sales"}',
            "POST /groups/$id/members {\"ids\":[\"id1\",\"id2\"]}",
            "POST /groups/$id/members {\"ids\":[\"id3\"]}"
        ],
        'two members in a request, as the API takes them'
    ) or diag explain $group;
    directory('sales', qw(p2 p4));
    sync('one comes, two go');
    is(members(), 'id2 id4', 'as in the directory');
    is(scalar(grep {/^DELETE/} @{ written() }), 2, 'those who go one by one');
    sync('again');
    is_deeply($app->taken, [], 'nothing is asked any more');
};

subtest 'a group that is there' => sub {
    begin(
        members => ['p1'],
        member => { one_by_one() },
        hold => {
            groups => [
                { id => 'other', name => 'marketing', members => [] },
                { id => 7, name => 'Sales', members => ['id5'] }
            ]
        }
    );
    sync('adopted');
    is_deeply(
        [ grep { !/^PUT/ } @{ written() } ],
        ['POST /groups/7/members {"ids":["id1"]}'],
        'is found in the list of all groups, and not made again'
    );
};

subtest 'all at once' => sub {
    begin(
        members => [qw(p1 p2)],
        member => {%replace},
        hold => { groups => [ { id => 'g', name => 'sales', members => [qw(id3 id4 id5)] } ] }
    );
    sync('two come');
    is_deeply(
        written(),
        ['PUT /groups/g/members {"members":["id3","id4","id5","id1","id2"]}'],
        'those who were there stay, from the second page too'
    );
    directory('sales', 'p1');
    sync('one goes');
    is(members(), 'id1 id3 id4 id5', 'and nobody else');
};

subtest 'members that are not all shown' => sub {
    begin(
        members => [qw(p1)],
        member => {%replace},
        hold => {
            groups => [ { id => 'g', name => 'sales', members => [qw(id3 id4)] } ],
            settings => { hide => { g => ['id4'] } }
        }
    );
    my $result = sync('not sent', 3);
    is(members(), 'id3 id4', 'a list that may be short is not sent back');
    is_deeply(written(), [], 'nothing is written');
    like(
        $bridge->run('status')->{out} . $result->{out} . $result->{err},
        qr/could only be sent with all its members.*announced 2 and showed 1/,
        'the reason is told'
    );
};

subtest 'somebody in it is gone' => sub {
    begin(members => [qw(p1)], member => { one_by_one() });
    sync('made');
    $app->hold(users => [ map { { id => "id$_", login => "p$_" } } 1 .. 4 ]);
    directory('sales', qw(p1 p5));
    sync('one who is not there any more', 3);
    is(scalar $app->groups, 1, 'does not make the group gone');
    is(members(), 'id1', 'which keeps who is in it');
};

subtest 'one of several is gone' => sub {
    my %many = one_by_one();
    $many{add}{batch} = 10;
    begin(members => [qw(p1)], member => \%many);
    sync('made');
    $app->hold(users => [ map { { id => "id$_", login => "p$_" } } 1, 2, 4, 5 ]);
    directory('sales', qw(p1 p2 p3 p4 p5));
    my $result = sync('one of four is refused', 3);
    like($result->{out}, qr/3 memberships added/, 'the others are in it, and known to be');
    is(members(), 'id1 id2 id4 id5', 'at the service, too');
    $app->taken;
    sync('again', 3);
    unlike(join(' ', @{ written() }), qr/id[1245]/, 'nobody else is sent again');
};

subtest 'the group is gone' => sub {
    begin(members => [qw(p1)], member => { one_by_one() });
    sync('made');
    $app->hold(groups => []);
    directory('sales', qw(p1 p2));
    my $result = sync('seen', 3);
    like($result->{out}, qr/the group is gone at the application/,
        'no other address answers for it, and the listing of all groups has it no more');
    is(scalar $app->groups, 0, 'it is not made again unless that is wanted');
};

subtest 'another name' => sub {
    begin(members => [qw(p1)], member => { one_by_one() });
    sync('made');
    my ($group) = $app->groups;
    directory('vendors', 'p1');
    configure(group => 'vendors', member => { one_by_one() });
    sync('renamed');
    is_deeply(written(), ["PUT /groups/$group->{id} {\"name\":\"vendors\"}"], 'in one request');
};

# The service pays no regard to what is searched for.
subtest 'looked up by name' => sub {
    begin(
        members => ['p1'],
        member => { one_by_one() },
        lookup => { url => '/groups', query => { name => '{group.name}' }, items => 'groups' },
        hold => {
            groups => [
                { id => 'x', name => 'marketing', members => [] },
                { id => 'g', name => 'SALES', members => [] }
            ]
        }
    );
    sync('found');
    my @taken = @{ $app->taken };
    is_deeply([ grep {m{^GET /groups}} @taken ], ['GET /groups?name=sales'], 'in one request');
    is_deeply([ grep {/^POST/} @taken ], ['POST /groups/g/members'], 'as the group that it is');
};

subtest 'nobody else in it' => sub {
    begin(
        members => [qw(p1)],
        member => { one_by_one(), %list },
        push => { mode => 'exclusive' },
        hold => { groups => [ { id => 'g', name => 'sales', members => [qw(s6 s7 s8 s9)] } ] }
    );
    sync('the members are read, page by page');
    is(members(), 'id1', 'and those taken out who are not in the directory');
};

subtest 'memberships with ids of their own' => sub {
    my @others = map { { id => $_, name => "team$_", members => [qw(id1 id2 id3)] } } 6, 8, 70;
    begin(
        members => [qw(p1 p2)],
        member => {%memberships},
        hold => { groups => [ @others, { id => 7, name => 'sales', members => [qw(id4 id5)] } ] }
    );
    sync('two come');
    is(members('sales'), 'id1 id2 id4 id5', 'beside those who are in it');
    directory('sales', 'p2');
    sync('one goes');
    my @taken = @{ $app->taken };
    is_deeply([ grep {/memberships$/} @taken ], ['GET /users/id1/memberships'], 'is looked for');
    is(scalar(grep {m{^DELETE /memberships/}} @taken), 1, 'and one membership is deleted');
    is(members('sales'), 'id2 id4 id5', 'that of the person in this group');
    is(members($_->{name}), 'id1 id2 id3', "not one in $_->{name}") for @others;
    sync('again');
    is_deeply($app->taken, [], 'nothing is asked any more');

    $app->hold(groups => [ @others, { id => 7, name => 'sales', members => ['id4'] } ]);
    directory('sales', 'p3');
    sync('somebody took the person out already');
    is_deeply([ grep {/^DELETE/} @{ $app->taken } ], [], 'nothing is deleted');
    is(members('sales'), 'id3 id4', 'and the other one is in');
    $app->hold(settings => { wordless => JSON::PP::true });
    directory('sales', 'p1');
    my $result = sync('an answer without the list', 3);
    like($result->{out}, qr/shows no list at 'memberships'/, 'is told');
    is(members('sales'), 'id1 id3 id4', 'and proves nothing');
};

done_testing;
