#!/usr/bin/perl
# The 389 Directory Server of the tests: it does what its module says, and nothing is left of it.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Ds389;
use Bridge::Free qw(wait_for);
use File::Temp;
use IO::Socket::INET;
use Test::More;

my @pids;
my $base = 'dc=example,dc=com';
my $ann = "uid=ann,$base";

sub person {
    my ($uid) = @_;
    return "dn: uid=$uid,$base\nobjectClass: inetOrgPerson\nuid: $uid\ncn: $uid\nsn: Ñ\n\n";
}

sub as_bridge {
    my ($ds, @arguments) = @_;
    my @who = ('-x', '-LLL', '-H', $ds->uri, '-D', $ds->bind_dn, '-w', $ds->password);
    my $command = join ' ', map {"'$_'"} 'ldapsearch', @who, '-b', $ds->base_dn, @arguments;
    my $said = `$command 2>&1`;
    return ($? >> 8, $said);
}

sub alive {
    my ($pid) = @_;
    open my $file, '<', "/proc/$pid/stat" or return 0;
    return <$file> !~ /\) [ZX] /;
}

subtest 'entries and plugins' => sub {
    my $group = "dn: cn=app,$base\nobjectClass: groupOfNames\ncn: app\nmember: $ann\n"
        . "member: uid=bob,$base\n";
    my $ds = Bridge::Ds389->new(ldif => person('ann') . person('bob') . $group);
    push @pids, $ds->pid;
    my ($status, $said) = as_bridge($ds, '(uid=ann)', 'sn', 'userPassword');
    is($status, 0, 'the account of the bridge can read') or diag $said;
    like($said, qr/^sn:: /m, 'what was loaded');
    like($ds->unique_id($ann), qr/^[0-9a-f]{8}(?:-[0-9a-f]{8}){3}$/, 'nsUniqueId');
    my $member_of = $ds->entry($ann, 'memberOf');
    is_deeply($member_of->{memberof}, ["cn=app,$base"], 'memberOf is kept');
    ($status, $said) = as_bridge($ds, '-E', '!sync=ro', '(objectClass=inetOrgPerson)', 'uid');
    is($status, 0, 'content synchronisation') or diag $said;
    like($said, qr/^uid: ann$/m, 'brings ann');

    $ds->disable($ann);
    is($ds->entry($ann, 'nsAccountLock')->{nsaccountlock}[0], 'true', 'disabled');
    $ds->enable($ann);
    ok(!$ds->entry($ann, 'nsAccountLock')->{nsaccountlock}, 'enabled');
    $ds->delete("uid=bob,$base");
    wait_for('referential integrity', 30,
        sub { @{ $ds->entry("cn=app,$base", 'member')->{member} } == 1 });
    $ds->modrdn($ann, 'uid=anna');
    wait_for('the new name in the group', 30,
        sub { $ds->entry("cn=app,$base", 'member')->{member}[0] eq "uid=anna,$base" });
    pass('members that go or are renamed do so in the group');
    ok(!eval { $ds->delete("uid=nobody,$base"); 1 }, 'a refused change dies');

    my $id = $ds->unique_id("uid=anna,$base");
    $ds->stop;
    ok(!IO::Socket::INET->new('127.0.0.1:' . $ds->port), 'stopped');
    $ds->start;
    is($ds->unique_id("uid=anna,$base"), $id, 'started again with its data');
    $ds->pause;
    my $uri = $ds->uri;
    system "timeout 0.5 ldapsearch -x -H $uri -b '' -s base >/dev/null 2>&1";
    is($? >> 8, 124, 'paused: no answer');
    $ds->resume;
    $ds->kill9;
    $ds->start;
    is($ds->unique_id("uid=anna,$base"), $id, 'and even after SIGKILL');
    push @pids, $ds->pid;
};

subtest 'limits' => sub {
    my $many = join '', map { person("u$_") } 1 .. 2100;
    my @servers = map { Bridge::Ds389->new(ldif => $many, limits => $_) } 0, 1;
    push @pids, map { $_->pid } @servers;
    my @status = map { (as_bridge($_, '(objectClass=inetOrgPerson)', '1.1'))[0] } @servers;
    is_deeply(\@status, [ 0, 4 ], 'none, or those of the server; two side by side');
};

subtest 'a test that dies' => sub {
    my $shared = File::Temp->newdir;
    local $ENV{TMPDIR} = "$shared";
    local $ENV{BRIDGE_TEST_OUTER_NETWORK};
    my $lib = $INC{'Bridge/Ds389.pm'} =~ s{/Bridge/Ds389\.pm$}{}r;
    for my $end ('die "on purpose"', 'kill "TERM", $$; sleep 9', 'kill "KILL", $$; sleep 9') {
        my $code = "use Bridge::Ds389; \$| = 1; our \$s = Bridge::Ds389->new; print \$s->pid; $end";
        open my $pipe, '-|', 'sh', '-c', 'exec 2>/dev/null; exec "$@"', 'sh', $^X, "-I$lib", '-e',
            $code;
        my $said = <$pipe> // '';
        close $pipe;
        like($said, qr/^\d+$/, "started before: $end");
        my $gone = $said && eval {
            wait_for('the end', 30, sub { !alive($said) });
        };
        ok($gone, 'and ended with it');
    }
};

is_deeply([ grep { alive($_) } @pids ], [], 'all servers are gone');
is_deeply([ glob '/etc/dirsrv/slapd-template* /var/lib/dirsrv/slapd-template*' ],
    [], 'the system has nothing of it');

done_testing;
