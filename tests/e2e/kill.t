#!/usr/bin/perl
# SIGKILL at any moment, against an application that also loses answers after doing the work, while
# the directory goes on changing: in the end the application holds exactly what the directory says.
# No account twice, none lost, none of a stranger's touched, nothing left to do.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Misbehaving;
use Bridge::World qw(person_ldif);
use JSON::PP;
use Test::More;
use Time::HiRes qw(time);

my $seed = $ENV{SEED} // 20261122;
my $kills = $ENV{KILLS} // 40;
srand $seed;
note "SEED=$seed KILLS=$kills";

my @people = map { sprintf 'p%02d', $_ } 1 .. 60;
my @strangers = map {"s$_"} 1 .. 5;
my $app = Bridge::Misbehaving->new;
$app->seed(users => [ map { { userName => $_, active => JSON::PP::true, title => 'theirs' } }
        @strangers, @people[ 50 .. 54 ] ]);
my %foreign = map { $_ => $app->user($_) } @strangers;
my $world = Bridge::World->new(
    application => $app,
    people => \@people,
    groups => {
        app => [ @people[ 0 .. 29 ], 'cn=inner,ou=Groups,ou=Corp,dc=example,dc=com' ],
        inner => [ @people[ 30 .. 54 ] ]
    },
    slapd => { sessionlog => 500, refint => 1 },
    settings => { limits => { removals => 1000 }, concurrency => 4, timeout => '3s' }
);
my $slapd = $world->slapd;

# Answers lost after the work, requests lost before it, and now and then an error.
sub misbehave {
    $app->faults(
        { fault => 'drop-after', match => { method => 'POST' }, probability => 0.1,
            seed => 1 + int rand 1e6 },
        { fault => 'drop-after', match => { method => 'PATCH' }, probability => 0.05,
            seed => 1 + int rand 1e6 },
        { fault => 'drop-before', probability => 0.03, seed => 1 + int rand 1e6 },
        { fault => 'status', status => 500, probability => 0.02, seed => 1 + int rand 1e6 },
        { fault => 'slow', ms => 5, probability => 0.5, seed => 1 + int rand 1e6 },
    );
    return;
}

my $hired = 0;

sub pick { return $_[ rand @_ ] }

sub members {
    my ($group) = @_;
    my ($entry) = $slapd->search("(cn=$group)", 'member');
    return @{ $entry->{member} // [] };
}

# One random change of the directory.
sub change_something {
    my @all = map { $_->{dn} } $slapd->search('(objectClass=inetOrgPerson)', 'uid');
    my $dn = pick(@all);
    my $group = pick('app', 'inner');
    my %in = map { $_ => 1 } members($group);
    my $act = pick(qw(title title mail join leave hire fire disable rename));
    if ($act eq 'title' || $act eq 'mail') {
        my $value = $act eq 'mail' ? 'm' . int(rand 1e6) . '@example.com' : 'T' . int rand 1e6;
        $slapd->modify("dn: $dn\nchangetype: modify\nreplace: $act\n$act: $value\n");
    }
    elsif ($act eq 'join' || $act eq 'leave') {
        return if $act eq 'join' ? $in{$dn} : !$in{$dn};
        my $verb = $act eq 'join' ? 'add' : 'delete';
        $world->change("dn: [$group]\nchangetype: modify\n$verb: member\nmember: $dn\n");
    }
    elsif ($act eq 'hire') {
        my $uid = sprintf 'h%02d', ++$hired;
        $world->hire($uid);
        $world->join_group($group, $uid);
    }
    elsif ($act eq 'fire') {
        return if @all < 45;
        $slapd->delete($dn);
    }
    elsif ($act eq 'disable') {
        my $value = pick('disabled', 'staff');
        $slapd->modify("dn: $dn\nchangetype: modify\nreplace: employeeType\n"
                . "employeeType: $value\n");
    }
    else {
        my $uid = sprintf 'r%05d', rand 1e5;
        $slapd->modify("dn: $dn\nchangetype: modrdn\nnewrdn: uid=$uid\ndeleteoldrdn: 1\n");
    }
    return;
}

# externalId => what the account shall be, for everybody in cn=app, read from slapd with no help of
# the program's.
sub wanted {
    my %anchor;
    my %entry = map { $_->{dn} => $_ }
        $slapd->search('(objectClass=inetOrgPerson)', '*', 'entryUUID');
    for my $dn (grep { $entry{$_} } members('app'), members('inner')) {
        my $one = $entry{$dn};
        $anchor{ $one->{entryuuid}[0] } = {
            userName => $one->{uid}[0],
            title => $one->{title}[0],
            mail => $one->{mail}[0],
            active => ($one->{employeetype}[0] // '') eq 'disabled' ? 0 : 1,
        };
    }
    return %anchor;
}

my ($killed, $ended) = (0, 0);
misbehave();
for my $round (1 .. $kills) {
    change_something() for 1 .. 1 + int rand 6;
    my $result = $world->bridge->run('sync', { kill_after => 0.01 + rand 0.2 });
    $result->{killed} ? $killed++ : $ended++;
    diag "exit $result->{exit}: $result->{err}"
        if !$result->{killed} && $result->{exit} !~ /^[013]$/;
    misbehave() if $round % 5 == 0;
}
note "$killed killed, $ended ended before";
cmp_ok($killed, '>', $kills / 4, 'many were killed in the middle');

$app->faults;
my $result;
for (1 .. 3) {
    $result = $world->sync;
    last if $result->{exit} == 0;
    note "a clean sync needed another: exit $result->{exit}";
}
is($result->{exit}, 0, 'a clean sync') or diag $result->{out}, $result->{err};

my %wanted = wanted();
my @users = $app->users;
my %count;
$count{ lc $_->{userName} }++ for @users;
is_deeply([ grep { $count{$_} > 1 } sort keys %count ], [], 'no name twice');
my %external;
$external{ $_->{externalId} }++ for grep { $_->{externalId} } @users;
is_deeply([ grep { $external{$_} > 1 } sort keys %external ], [], 'no person twice');

# Adopted accounts keep their login; they are found by it, the others by our id.
my %login = map { $_->{userName} => $_ } @users;
my %by_id = map { $_->{externalId} => $_ } grep { $_->{externalId} } @users;
my $explained = sub {
    my ($anchor) = @_;
    my $document = $world->bridge->run('explain', '--json', $anchor)->{json};
    my $id = $document && $document->{apps}[0]{account}{id};
    my ($user) = grep { $_->{id} eq ($id // '') } @users;
    return $user;
};
my @wrong;
for my $anchor (sort keys %wanted) {
    my $want = $wanted{$anchor};
    my $user = $by_id{$anchor} // $login{ $want->{userName} } // $explained->($anchor);
    if (!$user) {
        push @wrong, "$want->{userName} has no account" if $want->{active};
        next;
    }
    my ($mail) = map { $_->{value} } @{ $user->{emails} // [] };
    for my $pair (
        [ active => $user->{active} ? 1 : 0, $want->{active} ],
        $want->{active} ? ([ title => $user->{title}, $want->{title} ],
            [ mail => $mail, $want->{mail} ]) : ()
    ) {
        my ($what, $is, $should) = map { $_ // '(none)' } @$pair;
        push @wrong, "$want->{userName}: $what is $is, not $should" if $is ne $should;
    }
    $user->{is_wanted} = 1;
}
is_deeply(\@wrong, [], scalar(keys %wanted) . ' people have what the directory says');
is_deeply(
    [
        map { $_->{userName} }
        grep { $_->{active} && !$_->{is_wanted} && ($_->{title} // '') ne 'theirs' } @users
    ],
    [],
    'nobody else has a working account of ours'
);
is_deeply({ map { $_ => $app->user($_) } @strangers }, \%foreign, 'no stranger was touched');

$world->forget;
is($world->bridge->run('plan', '--check')->{exit}, 0, 'nothing is left to plan');
is($world->sync->{exit}, 0, 'another sync');
is_deeply($world->writes, [], 'sends nothing');

done_testing;
