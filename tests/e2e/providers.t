#!/usr/bin/perl
# Two OpenLDAP servers that replicate each other: when one takes over for the other, nobody loses
# anything by what it has not heard of yet, and when it has, everything goes on.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Free qw(wait_for);
use Bridge::Process;
use Bridge::Slapd;
use Bridge::World;
use Test::More;

my $top = 'dc=example,dc=com';
my %config;

# Starts it anew as a consumer of the other one, or of nobody.
sub follow {
    my ($slapd, $other) = @_;
    my $path = "$slapd->{dir}/slapd.conf";
    $config{$slapd} //= Bridge::Process::read_file($path);
    my $lines = '';
    $lines = sprintf "syncrepl rid=001 provider=%s bindmethod=simple binddn=\"%s\" credentials=%s"
        . " searchbase=\"%s\" type=refreshAndPersist retry=\"1 +\"\nmultiprovider on\n",
        $other->uri, $other->root_dn, $other->root_pw, $top
        if $other;
    open my $file, '>', $path or die "$path: $!";
    print {$file} $config{$slapd}, $lines;
    close $file or die "$path: $!";
    $slapd->stop;
    $slapd->start;
    return;
}

sub waits_for {
    my ($slapd, $filter) = @_;
    wait_for("$filter to be replicated", 20, sub { $slapd->search($filter, 'cn') });
    return;
}

sub change {
    my ($slapd, $dn, $verb, $name, $value) = @_;
    $slapd->modify("dn: $dn\nchangetype: modify\n$verb: $name\n$name: $value\n");
    return;
}

sub holds {
    my ($world, $names, $why, $sent) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    $world->forget;
    my $result = $world->sync;
    is($result->{exit}, 0, "$why: done") or diag $result->{err}, $result->{out};
    my %wanted = map { /^-(.*)/ ? ($1 => 'disabled') : ($_ => 'active') } split / /, $names;
    is_deeply($world->accounts, \%wanted, "$why: $names");
    is_deeply([ sort @{ $world->writes } ], $sent, "$why: what was sent") if $sent;
    return;
}

# A delta of a server that lags says nothing about who is absent, and is taken as it is. A list of
# all that it has does, and must not be believed.
sub lags {
    my ($world, $says, $why, @sent) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    $world->forget;
    my $result = $world->sync;
    is($result->{exit}, $says ? 1 : 0, "$why: " . ($says ? 'not believed' : 'done'));
    like($result->{source}{problem}, qr/lags behind, or was restored/, "$why: it says so")
        if $says;
    is_deeply($world->writes, \@sent, "$why: what was sent");
    is_deeply(
        $world->accounts,
        { ann => 'active', bob => 'disabled', cid => 'active' },
        'nobody lost or got back anything'
    );
    return;
}

sub take_over {
    my ($lists, %slapd) = @_;
    my $world = Bridge::World->new(
        people => [qw(ann bob)],
        groups => { app => [qw(ann bob)] },
        slapd => { global => 'serverID 1', %slapd },
    );
    my $a = $world->slapd;
    my $b = Bridge::Slapd->new(ldif => $a->dump, global => 'serverID 2', %slapd);
    follow($a, $b);
    follow($b, $a);
    $world->configure(source => { uri => [ $a->uri, $b->uri ] });

    # Both have written something, so both know both.
    $world->set('ann', description => 'written here');
    waits_for($b, '(description=written here)');
    change($b, $world->dn('bob'), 'replace', description => 'written there');
    waits_for($a, '(description=written there)');
    holds($world, 'ann bob', 'the first read');

    $a->stop;
    holds($world, 'ann bob', 'the other one takes over', []);
    $a->start;
    holds($world, 'ann bob', 'and gives back', []);

    follow($b);
    $world->hire('cid');
    $world->join_group('app', 'cid');
    $a->delete($world->dn('bob'));
    holds($world, 'ann -bob cid', 'a hire and a delete that the other one does not hear of');
    $a->stop;
    lags($world, 0, 'the other one takes over');
    change($b, $world->dn('ann'), 'replace', title => 'Boss');
    lags($world, $lists, 'it has news of its own', 'PATCH /Users/ann');
    lags($world, 1, 'and then none');

    $a->start;
    follow($b, $a);
    waits_for($b, '(uid=cid)');
    wait_for('the delete to be replicated', 20, sub { !$b->search('(uid=bob)', 'cn') });
    waits_for($a, '(title=Boss)');
    $a->stop;
    holds($world, 'ann -bob cid', 'it has caught up', []);
    change($b, $world->group_dn('app'), 'delete', member => $world->dn('cid'));
    holds($world, 'ann -bob -cid', 'and goes on', ['PATCH /Users/cid']);
    return;
}

subtest 'with a session log' => sub { take_over(0, sessionlog => 100) };
subtest 'without' => sub { take_over(1) };

done_testing;
