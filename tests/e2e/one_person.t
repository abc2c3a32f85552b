#!/usr/bin/perl
# sync --user: one person is worked on, and what waits or was approved for everybody stays so.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Process qw(read_file);
use Bridge::Run;
use Test::More;

my $bridge = Bridge::Run->new;
my $dir = $bridge->dir;

sub configure {
    my ($name, $settings) = @_;
    $bridge->write_text(<<"CFG");
state = "$dir/$name.db";
sources = ( { name = "corp"; type = "ldif"; file = "$dir/corp.ldif"; } );
apps = ( { name = "app"; type = "mem"; file = "$dir/$name.jsonl";
    map = ( { to = "userName"; from = "[uid]"; }, { to = "title"; from = "[title]"; } );
    assign = ( { group = "cn=app,dc=ex"; } );
    $settings
} );
CFG
    return;
}

# Everybody with a title, and who of them is in the group.
sub directory {
    my ($titles, @members) = @_;
    my $text = '';
    for my $uid (sort keys %$titles) {
        my $id = unpack 'H*', $uid;
        $text .= <<"LDIF";
dn: uid=$uid,dc=ex
objectClass: inetOrgPerson
entryUUID: 00000000-0000-0000-0000-000000$id
uid: $uid
cn: $uid
title: $titles->{$uid}

LDIF
    }
    $text .= "dn: cn=app,dc=ex\nobjectClass: groupOfNames\ncn: app\n"
        . "entryUUID: 00000001-0000-0000-0000-000000617070\n";
    $text .= "member: uid=$_,dc=ex\n" for @members;
    $bridge->write_file('corp.ldif', $text);
    return;
}

sub run_is {
    my ($exit, @words) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $result = $bridge->run(@words);
    is($result->{exit}, $exit, "@words: exit $exit") or diag $result->{out}, $result->{err};
    return $result;
}

sub app_status { return $bridge->run('status', '--json')->{json}{apps}[0] }

# userName => active of the last effect on each account.
sub accounts {
    my ($name) = @_;
    my %active;
    for my $line (split /\n/, read_file("$dir/$name.jsonl")) {
        my ($uid) = $line =~ /"userName":"(\w+)"/ or next;
        $active{$uid} = $line =~ /"active":true/ ? 1 : 0;
    }
    return \%active;
}

subtest 'one approved person does not release the app' => sub {
    configure('first', '');
    directory({ ann => 'a', bob => 'b' }, qw(ann bob));
    run_is(4, 'sync', '--user', 'ann');
    like($bridge->run('status')->{out}, qr/HELD plan \d+ since \S+ for uid=ann,dc=ex:/,
        'status says whose plan it is');
    run_is(0, 'approve');
    run_is(0, 'sync', '--user', 'ann');
    is_deeply(accounts('first'), { ann => 1 }, 'ann has her account');
    ok(!app_status()->{released}, 'the app is not released');
    run_is(4, 'sync');
    is_deeply(accounts('first'), { ann => 1 }, 'and nobody else has one');
    run_is(0, 'approve');
    run_is(0, 'sync');
    ok(app_status()->{released}, 'a plan for everybody releases it');
};

subtest 'one person who passes does not release the app either' => sub {
    configure('apply', 'first_run = "apply";');
    directory({ ann => 'a', bob => 'b' }, qw(ann bob));
    run_is(0, 'sync', '--user', 'ann');
    configure('apply', '');
    run_is(4, 'sync');
};

subtest 'what is held and approved for others stays' => sub {
    my %title = (ann => 'a', bob => 'b', cid => 'c', dan => 'd');
    configure('held', 'first_run = "apply"; limits = { removals = 0; removals_percent = 0; };');
    directory(\%title, qw(ann bob cid dan));
    run_is(0, 'sync');
    directory(\%title, qw(cid dan));
    run_is(4, 'sync');
    my $plan = app_status()->{held}{plan};

    run_is(0, 'sync', '--user', 'cid');
    is(app_status()->{held}{plan}, $plan, 'somebody without work: the plan is still held');
    directory({ %title, cid => 'boss' }, qw(cid dan));
    is(run_is(0, 'sync', '--user', 'cid', '--json')->{json}{apps}[0]{done}{update},
        1, 'somebody with work: it is sent');
    is(app_status()->{held}{plan}, $plan, 'and the plan is still held');

    run_is(4, 'sync', '--user', 'ann');
    run_is(4, 'sync', '--user', 'ann');
    my $app = app_status();
    is($app->{held}{person}, 'uid=ann,dc=ex', 'her own plan is held');
    is_deeply([ map { $_->{plan} } @{ $app->{held_too} } ],
        [$plan], 'once, beside the one for everybody');
    like(run_is(2, 'approve')->{err}, qr/several plans are held/, 'which is meant must be said');

    run_is(0, 'approve', $plan);
    directory({ %title, cid => 'chief' }, qw(cid dan));
    run_is(0, 'sync', '--user', 'cid');
    run_is(0, 'sync');
    is_deeply(accounts('held'), { ann => 0, bob => 0, cid => 1, dan => 1 },
        'the approval outlived a sync for somebody else');
    directory({ %title, cid => 'chief' }, qw(cid));
    run_is(4, 'sync');
};

subtest 'nobody of that name' => sub {
    run_is(2, 'sync', '--user', 'zoe');
    is($bridge->run('status', '--json')->{json}{runs}[0]{exit}, 2, 'the run ended, with exit 2');
};

done_testing;
