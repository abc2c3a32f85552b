#!/usr/bin/perl
# The domain controllers of the tests: every helper does what it says, two of them replicate, and
# whatever way a test ends, nothing is left of them.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Samba;
use Bridge::SambaPair;
use Bridge::Free qw(wait_for);
use Bridge::Run;
use File::Temp;
use IO::Socket::INET;
use Test::More;
use Time::HiRes qw(time);

my @pids;
my $show_deleted = '!1.2.840.113556.1.4.417';

# Runs a tool of OpenLDAP as the account of the bridge; its status and what it said.
sub as_bridge {
    my ($dc, $tool, @arguments) = @_;
    local $ENV{LDAPTLS_CACERT} = $dc->ca_file;
    my @who = ('-x', '-H', $dc->ldaps_uri, '-D', $dc->account, '-w', $dc->password);
    my $command = join ' ', map {"'$_'"} $tool, @who, @arguments;
    my $said = `$command 2>&1`;
    return ($? >> 8, $said);
}

# The hosts that the name server of this test gives for a service. A question as RFC 1035 has it.
sub srv {
    my ($service) = @_;
    open my $file, '<', '/etc/resolv.conf' or die "resolv.conf: $!";
    my ($server) = <$file> =~ /^nameserver (\S+)/;
    my $socket = IO::Socket::INET->new(Proto => 'udp', PeerAddr => "$server:53") or die $!;
    my $name = join('', map { pack 'C/a*', $_ } split /\./, $service) . "\0";
    $socket->send(pack('n6', 7, 0x100, 1, 0, 0, 0) . $name . pack 'n2', 33, 1);
    local $SIG{ALRM} = sub { die "no answer\n" };
    alarm 5;
    $socket->recv(my $answer, 4096);
    alarm 0;
    my @labels = $answer =~ /\x03(dc[ab])\x02up\x04test\x00/g;
    return map {"$_.up.test"} @labels;
}

sub title { return $_[0]->entry($_[0]->dn($_[1]), 'title')->{title}[0] }

sub bits { return $_[0]->entry($_[0]->dn($_[1]), 'userAccountControl')->{useraccountcontrol}[0] }

subtest 'people and groups' => sub {
    my $dc = Bridge::Samba->new(
        users => { ann => { title => 'Köchin' }, bob => {} },
        groups => { app => ['ann'] },
        ldif => "dn: OU=More,DC=up,DC=test\nobjectClass: organizationalUnit\n",
        lockout => 3,
    );
    push @pids, $dc->pid;
    is(title($dc, 'ann'), 'Köchin', 'ann has her title');
    ok($dc->entry('OU=More,DC=up,DC=test'), 'and the LDIF was added');
    my ($status, $said) = as_bridge($dc, 'ldapsearch', '-LLL', '-b', $dc->base_dn, '(cn=app)');
    is($status, 0, 'the account of the bridge reads over ldaps, with the CA') or diag $said;
    like($said, qr/^member: CN=ann,OU=People,OU=Corp/m, 'the group has its member');
    like($dc->guid($dc->dn('ann')), qr/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'a GUID');
    my ($found) = $dc->search('(objectGUID=' . $dc->guid($dc->dn('ann')) . ')', 'cn');
    is($found->{cn}[0], 'ann', 'by which the server finds her');
    like($dc->sid($dc->dn('ann')), qr/^S-1-5-21-\d+-\d+-\d+-\d+$/, 'a SID');

    my $usn = $dc->highest_usn;
    $dc->set($dc->dn('bob'), title => 'Ñ');
    is($dc->highest_usn, $usn + 1, 'a change is counted');
    $dc->join_group('app', 'bob');
    $dc->leave_group('app', 'ann');
    is_deeply($dc->entry($dc->group_dn('app'))->{member}, [ $dc->dn('bob') ], 'joined and left');
    $dc->disable('bob');
    is(bits($dc, 'bob') & 2, 2, 'disabled');
    $dc->enable('bob');
    is(bits($dc, 'bob') & 2, 0, 'enabled');
    $dc->modrdn($dc->dn('bob'), 'CN=rob', 'OU=North,OU=People,OU=Corp,' . $dc->base_dn);
    ok($dc->entry('CN=rob,OU=North,OU=People,OU=Corp,' . $dc->base_dn), 'moved and renamed');
    ok(!eval { $dc->delete($dc->dn('nobody')); 1 }, 'a refused change dies');
};

subtest 'passwords' => sub {
    my $dc = Bridge::Samba->new(lockout => 2);
    push @pids, $dc->pid;
    $dc->hire('cid', password => 'First-Pässword-1');
    my $bind = sub {
        local $ENV{LDAPTLS_CACERT} = $dc->ca_file;
        my $name = $dc->dn('cid');
        my $search = "ldapsearch -x -H ${\$dc->ldaps_uri} -b '' -s base";
        my $text = `$search -D '$name' -w '$_[0]' 1.1 2>&1`;
        return $text =~ /data (\w+)/ ? $1 : $? == 0 ? 'in' : $text;
    };
    is($bind->("First-P\xc3\xa4ssword-1"), 'in', 'the password is right');
    $dc->set_password('cid', 'Second-Word-2');
    is($bind->('Second-Word-2'), 'in', 'and right when changed');
    $dc->expire('cid', -60);
    is($bind->('Second-Word-2'), '701', 'expired');
    $dc->expire('cid', 3600);
    is($bind->('Second-Word-2'), 'in', 'expires later');
    $dc->expire('cid');
    $dc->lock('cid');
    is($bind->('Second-Word-2'), '775', 'locked');
    $dc->unlock('cid');
    is($bind->('Second-Word-2'), 'in', 'unlocked');
};

subtest 'rights' => sub {
    my $plain = Bridge::Samba->new(users => ['ann']);
    my $may = Bridge::Samba->new(users => ['ann'], dirsync => 1, tombstones => 1);
    push @pids, $plain->pid, $may->pid;
    for my $dc ($plain, $may) {
        my $allowed = $dc == $may;
        my $with = $allowed ? 'with the right' : 'without the right';
        my @search = ('ldapsearch', '-LLL', '-b', $dc->base_dn);
        my ($status) = as_bridge($dc, @search, '-E', '!dirSync=0/0', '(objectClass=user)', 'name');
        is($status, $allowed ? 0 : 50, "DirSync $with");
        my $guid = $dc->guid($dc->dn('ann'));
        $dc->delete($dc->dn('ann'));
        my (undef, $said) =
            as_bridge($dc, @search, '-E', $show_deleted, '(sAMAccountName=ann)', 'cn');
        is(scalar($said =~ /^dn:/mg), $allowed ? 1 : '', "a tombstone $with");
        is(scalar(grep { $_->{objectguid}[0] eq $guid } $dc->tombstones), 1, 'it is there');
        $dc->undelete($guid, $dc->dn('ann'));
        is($dc->guid($dc->dn('ann')), $guid, 're-animated with the same GUID');
    }
};

subtest 'asleep, dead, restored' => sub {
    my $dc = Bridge::Samba->new(users => ['ann']);
    push @pids, $dc->pid;
    my $guid = $dc->guid($dc->dn('ann'));
    $dc->stop;
    ok(!IO::Socket::INET->new($dc->address . ':636'), 'stopped');
    $dc->start;
    push @pids, $dc->pid;
    is($dc->guid($dc->dn('ann')), $guid, 'started with its data');
    $dc->pause;
    my $uri = $dc->uri;
    system "timeout 0.5 ldapsearch -x -H $uri -b '' -s base >/dev/null 2>&1";
    is($? >> 8, 124, 'paused: no answer');
    $dc->resume;
    $dc->kill9;
    $dc->start;
    push @pids, $dc->pid;

    my $invocation = $dc->invocation_id;
    my $usn = $dc->highest_usn;
    $dc->snapshot;
    is($dc->highest_usn, $usn, 'a snapshot changes nothing');
    $dc->hire('new');
    $dc->restore;
    is($dc->highest_usn, $usn, 'restored: the numbers are lower again');
    is($dc->invocation_id, $invocation, 'under the old invocationId');
    ok(!$dc->search('(cn=new)', 'cn'), 'and the change is undone');
    $dc->restore_as_new_invocation;
    isnt($dc->invocation_id, $invocation, 'restored properly: a new invocationId');
    $dc->hire('newer');
    ok($dc->guid($dc->dn('newer')), 'and it can be changed');
    push @pids, $dc->pid;
};

subtest 'many, and another certificate' => sub {
    my $dc = Bridge::Samba->new(tls_san => 'DNS:other.example');
    push @pids, $dc->pid;
    $dc->bulk_load(users => 300, group => 'big', members => 200);
    is(scalar($dc->search('(&(objectClass=user)(cn=user*))', '1.1')), 300, 'users');
    is(scalar @{ $dc->entry($dc->group_dn('big'), 'member')->{member} }, 200, 'members');
    my ($status) = as_bridge($dc, 'ldapsearch', '-b', '', '-s', 'base');
    isnt($status, 0, 'a certificate of someone else is refused');
    push @pids, $dc->pid;
};

subtest 'Kerberos and names' => sub {
    my $dc = Bridge::Samba->new;
    my $other = Bridge::Samba->new(realm => 'other.test');
    push @pids, $dc->pid, $other->pid;
    is($other->base_dn, 'DC=other,DC=test', 'two domains side by side');
    my $cache = File::Temp->new;
    local $ENV{KRB5_CONFIG} = $dc->kerberos_env->{KRB5_CONFIG};
    local $ENV{KRB5CCNAME} = "FILE:$cache";
    my $keytab = $dc->keytab;
    is(`kinit -k -t '$keytab' svc-bridge 2>&1`, '', 'a ticket by keytab');
    my $search = 'ldapsearch -LLL -N -Q -Y GSSAPI -b DC=up,DC=test -s base dc -H ldap://';
    my $said = `$search${\$dc->fqdn} 2>&1`;
    like($said, qr/^dc: up$/m, 'with which the account may read');
    Bridge::Namespace::hosts('127.0.0.98 name.example', '127.0.0.99 name.example');
    like(`getent hosts name.example`, qr/\A127\.0\.0\.99 +name\.example\n\z/, 'a name, once');
    my $wrong = $other->keytab('administrator');
    isnt(system("kinit -k -t '$wrong' svc-bridge >/dev/null 2>&1"), 0, 'a keytab of another one');
};

subtest 'two that replicate' => sub {
    my $pair = Bridge::Samba::Pair->new(users => ['ann'], groups => { app => ['ann'] });
    my ($first, $second) = $pair->both;
    push @pids, $first->pid, $second->pid;
    is($second->guid($second->dn('ann')), $first->guid($first->dn('ann')), 'one ann');
    isnt($second->invocation_id, $first->invocation_id, 'two invocationIds');
    is_deeply($pair->source->{uri}, [qw(ldaps://10.99.0.1 ldaps://10.99.0.2)], 'two URIs');
    for my $dc ($first, $second) {
        my ($status, $said) = as_bridge($dc, 'ldapsearch', '-b', '', '-s', 'base');
        is($status, 0, $dc->fqdn . ' knows the bridge') or diag $said;
    }
    $first->set($first->dn('ann'), title => 'One');
    wait_for('replication', 30, sub { title($second, 'ann') eq 'One' });
    $pair->hold($second);
    $first->set($first->dn('ann'), title => 'Two');
    $second->hire('bob');
    $pair->replicate;
    is_deeply([ title($first, 'bob'), title($second, 'ann') ], [ 'Clerk', 'One' ], 'one lags');
    $pair->release($second);
    $pair->replicate;
    is(title($second, 'ann'), 'Two', 'and is up to date again');
    $first->stop;
    ok(!IO::Socket::INET->new($first->address . ':636'), 'one stopped');
    is(title($second, 'ann'), 'Two', 'the other one goes on');
    $second->pause;
    my $uri = $second->uri;
    system "timeout 0.5 ldapsearch -x -H $uri -b '' -s base >/dev/null 2>&1";
    is($? >> 8, 124, 'the other one paused, with all its children');
    $second->resume;
    like(`getent hosts dcb.up.test`, qr/^10\.99\.0\.2\s/, 'they have names');
    my $dns = $pair->dns;
    is_deeply([ sort(srv('_ldap._tcp.up.test')) ], [qw(dca.up.test dcb.up.test)], 'in DNS, too');
};

subtest 'the network' => sub {
    my $code = 'use Bridge::Namespace; print "in\n"; exit 3';
    my $lib = $INC{'Bridge/Namespace.pm'} =~ s{/Bridge/Namespace\.pm$}{}r;
    local $ENV{BRIDGE_TEST_OUTER_NETWORK};
    is(`$^X -I'$lib' -e '$code'`, "in\n", 'output comes through');
    is($? >> 8, 3, 'and so does the exit status');
    my $empty = File::Temp->newdir;
    local $ENV{PATH} = "$empty";
    my $said = `$^X -I'$lib' -e '$code' 2>/dev/null`;
    like($said, qr/\Anot ok 1 - this test needs a private network: \N+\n1\.\.1\n\z/,
        'without unshare one line says why');
    isnt($?, 0, 'and it failed');
};

# Whatever way a test ends, its servers end too: with all their children.
subtest 'a test that dies' => sub {
    # A test that is killed cannot remove its files: let them go with this one.
    my $shared = File::Temp->newdir;
    local $ENV{TMPDIR} = "$shared";
    local $ENV{BRIDGE_TEST_OUTER_NETWORK};
    my $lib = $INC{'Bridge/Samba.pm'} =~ s{/Bridge/Samba\.pm$}{}r;
    for my $end ('die "on purpose"', 'kill "TERM", $$; sleep 9', 'kill "KILL", $$; sleep 9') {
        my $code =
              'use Bridge::Samba; $| = 1; our $s = Bridge::Samba->new(model => "prefork"); '
            . "print readlink('/proc/self/ns/net'), ' ', join(' ', \$s->_tree), qq(\\n); $end";
        open my $pipe, '-|', 'sh', '-c', 'exec 2>/dev/null; exec "$@"', 'sh', $^X, "-I$lib", '-e',
            $code;
        my $said = <$pipe> // '';
        close $pipe;
        my ($network, @started) = split ' ', $said;
        cmp_ok(scalar @started, '>', 3, "started before: $end");
        my $gone = eval {
            wait_for('the end', 20, sub { !grep { alive($_) } @started, inhabitants($network) });
        };
        ok($gone, 'and ended with it');
    }
};

# Who lives in a network: also those that were forked after the test had looked.
sub inhabitants {
    my ($network) = @_;
    return map {m{^/proc/(\d+)}} grep { (readlink("$_/ns/net") // q()) eq $network }
        glob '/proc/[0-9]*';
}

# A zombie is gone, whoever it belongs to.
sub alive {
    my ($pid) = @_;
    open my $file, '<', "/proc/$pid/stat" or return 0;
    return <$file> !~ /\) [ZX] /;
}

cmp_ok(scalar @pids, '>', 10, 'many servers were started');
is_deeply([ grep { alive($_) } @pids ], [], 'and all are gone');

done_testing;
