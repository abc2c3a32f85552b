#!/usr/bin/perl
# Several domains, a source for each: one app takes people from a group of each. Somebody who has an
# account in both is a conflict that names both, and a member whom nobody reads is named, not
# dropped without a word.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Namespace;
use Bridge::Run;
use Bridge::Samba;
use Bridge::Scimmy;
use Test::More;

my %right = (dirsync => 1, tombstones => 1);
my $up = Bridge::Samba->new(
    %right,
    users => [qw(ann bob)],
    groups => { app => [qw(ann bob)] }
);
my $down = Bridge::Samba->new(
    %right,
    realm => 'down.test',
    users => [qw(cid dan)],
    groups => { app => ['cid'] }
);
my $app = Bridge::Scimmy->new;
my $bridge = Bridge::Run->new;

sub configure {
    my (%way) = @_;
    my %dc = (up => $up, down => $down);
    $bridge->write_config(
        sources => [
            map {
                $dc{$_}->source(
                    name => $_,
                    base => 'OU=Corp,' . $dc{$_}->base_dn,
                    changes => $way{$_} // 'auto'
                )
            } qw(up down)
        ],
        apps => [
            $app->app(
                first_run => 'apply',
                assign => [
                    map { { group => $dc{$_}->group_dn('app'), source => $_ } } qw(up down)
                ],
                map => [
                    { to => 'userName', from => '[mail]' },
                    { to => 'displayName', from => '[displayName]' },
                    { to => 'title', from => '[title]' },
                ],
            )
        ]
    );
    return;
}

sub sync {
    my $result = $bridge->run('sync', '--json');
    if (ref $result->{json} eq 'HASH') {
        $result->{$_->{name}} = $_ for @{ $result->{json}{sources} };
        $result->{app} = $result->{json}{apps}[0];
    }
    return $result;
}

sub notes { my ($row) = @_; return join ' ', @{ $row->{notes} // [] } }

# Accounts are called by their mail: names without the domain, a minus for who is disabled.
sub holds {
    my ($names, $why, $exit) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $result = sync();
    is($result->{exit}, $exit // 0, "$why: exit code") or diag $result->{err}, $result->{out};
    my @found = map { ($_->{active} ? '' : '-') . ($_->{userName} =~ s/\@.*//r) } $app->users;
    is(join(' ', sort @found), $names, "$why: $names") or diag $result->{out};
    return $result;
}

configure();
holds('ann bob cid', 'a group of each');

subtest 'each is followed by itself' => sub {
    configure(up => 'usn', down => 'dirsync');
    holds('ann bob cid', 'by USN and by DirSync');
    $down->join_group('app', 'dan');
    $up->leave_group('app', 'bob');
    my $result = holds('-bob ann cid dan', 'changes in both');
    cmp_ok($result->{$_}{read}, '<=', 2, "$_: only what changed") for qw(up down);
    $down->stop;
    $up->join_group('app', 'bob');
    $result = holds('ann bob cid dan', 'one is down, the other one goes on', 1);
    ok($result->{down}{problem}, 'which is said of the one');
    is($result->{up}{problem}, undef, 'and not of the other');
    $down->start;
    holds('ann bob cid dan', 'and back');
};

subtest 'the same person in both' => sub {
    $down->hire('eve', mail => 'ann@example.com');
    $down->join_group('app', 'eve');
    my $result = holds('ann bob cid dan', 'who has the account keeps it', 3);
    my ($parked) = @{ $result->{json}{status}{apps}[0]{parked} };
    my $why = qr/'ann\@example\.com' is claimed by CN=eve,\S+ of source 'down'/;
    like("@$parked{sort keys %$parked}", qr/$why and by CN=ann,\S+ of source 'up'/,
        'the conflict names both entries and both sources');
    is($app->user('ann@example.com')->{displayName}, 'Ann Example', 'it is the one of before');
    my $said = $bridge->run('explain', 'eve')->{out};
    like($said, qr/two people cannot have one account/, 'explain says what to do');
    $down->set($down->dn('eve'), mail => 'eve@example.com');
    holds('ann bob cid dan eve', 'and with another address the newcomer gets one');
};

# Whoever is not of this domain is a member by his SID, as a foreign security principal.
subtest 'members of other domains' => sub {
    my $stranger = 'S-1-5-21-1111111111-2222222222-3333333333-4444';
    $up->join_group('app', "<SID=$stranger>");
    my $result = holds('ann bob cid dan eve', 'a member of a domain that nobody reads');
    like(notes($result->{up}),
        qr/1 members? of groups.*: CN=\Q$stranger\E,CN=ForeignSecurityPrincipals,/, 'is named');
    my $dan = $down->sid($down->dn('dan'));
    $up->join_group('app', "<SID=$dan>");
    $result = holds('ann bob cid dan eve', 'a member of the other domain');
    like(notes($result->{up}), qr/2 members of groups.*\Q$dan\E/, 'is named too');
    configure(up => 'dirsync', down => 'dirsync');
    $result = holds('ann bob cid dan eve', 'all read again, by DirSync');
    like(notes($result->{up}), qr/\Q$stranger\E/, 'is named still');
    $up->leave_group('app', "<SID=$stranger>");
    $result = holds('ann bob cid dan eve', 'taken out');
    unlike(notes($result->{up}), qr/\Q$stranger\E/, 'and no more');
};

done_testing;
