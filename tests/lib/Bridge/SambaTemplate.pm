# Bridge::SambaTemplate - domain controllers that are made once per checkout and copied afterwards.
#
#     my $folder = Bridge::SambaTemplate::domain(realm => 'up.test', host => 'dc1',
#         address => '127.0.0.1/8', dirsync => 1, tombstones => 1);
#     Bridge::Template::copy($folder, $to);
#     Bridge::SambaTemplate::certificate($to, 'dc1.up.test', 'DNS:dc1.up.test');
#
# Provisioning takes seconds, a copy tenths: see Bridge::Template.
#
# A domain has OU=Corp with OU=People (and OU=North beneath) and OU=Groups, and OU=Outside; an
# account with the rights asked for; a CA and a certificate of it for the controller's name and for
# each address that Bridge::Samba gives out.
package Bridge::SambaTemplate;
use strict;
use warnings;
use Bridge::Process qw(read_file);
use Bridge::Template;
use Carp qw(croak);
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Path qw(make_path remove_tree);
use JSON::PP;

use constant { ACCOUNT => 'svc-bridge', PASSWORD => 'Bridge-Secret-1' };

my $tests = abs_path(dirname(__FILE__) . '/../..');
my $version;

sub tool { return "$tests/servers/samba/dc" }

sub get {
    my ($make, %setting) = @_;
    $version //= `samba --version 2>/dev/null` || croak 'samba (samba-ad-dc) is not installed';
    return Bridge::Template::get('samba', sub { $make->($_[0], %setting) },
        [ \%setting, $version, map { read_file($_) } tool(), __FILE__ ]);
}

sub domain {
    my (%setting) = @_;
    return get(\&_prepare, rights => 1, %setting);
}

sub _prepare {
    my ($folder, %setting) = @_;
    my %same = map { $_ => $setting{$_} } qw(realm host address);
    Bridge::Template::copy(get(\&_provision, %same), $folder);
    _account($folder, %setting);
    return;
}

# The same in a folder of the caller's. More names (of hosts) and other addresses go into the
# certificate.
sub provision {
    my ($folder, %setting) = @_;
    make_path($folder);
    _provision($folder, %setting);
    _account($folder, %setting);
    return;
}

sub _account {
    my ($folder, %setting) = @_;
    my %wanted = (
        account => ACCOUNT,
        password => PASSWORD,
        units => [
            'OU=Corp', 'OU=People,OU=Corp', 'OU=North,OU=People,OU=Corp', 'OU=Groups,OU=Corp',
            'OU=Outside'
        ],
        map { $_ => $setting{$_} ? 1 : 0 } qw(dirsync tombstones),
    );
    run_tool($folder, 'prepare', $folder, JSON::PP->new->canonical->encode(\%wanted));
    return;
}

sub _provision {
    my ($folder, %setting) = @_;
    my @names = map {"$_.$setting{realm}"} $setting{host}, @{ $setting{names} // [] };
    run_tool($folder, 'provision', $folder, @setting{qw(realm host address)});
    run_tool($folder, 'spn', $folder, "ldap/$names[0]", "ldap/$setting{host}");
    certificates($folder, \@names, $setting{addresses} // [ all_addresses() ]);
    remove_tree(map {"$folder/$_"} qw(run ncalrpc msg.sock msg.lock));
    return;
}

# Runs the tool; what it says is shown only if it fails.
sub run_tool {
    my ($folder, @arguments) = @_;
    my $log = "$folder/tool.log";
    my $process =
        Bridge::Process->new(command => [ tool(), @arguments ], out => $log, err => $log);
    $process->wait;
    croak tool() . " $arguments[0] failed: " . read_file($log) if $process->status != 0;
    unlink $log;
    return;
}

sub certificates {
    my ($folder, $names, $addresses) = @_;
    make_path("$folder/tls");
    _openssl(
        qw(req -x509), _new_key(), '-subj', '/CN=test domain CA',
        '-days', 3650, '-keyout', "$folder/tls/ca.key", '-out', "$folder/tls/ca.pem"
    );
    certificate($folder, $names->[0],
        join ',', (map {"DNS:$_"} @$names), map {"IP:$_"} @$addresses);
    return;
}

# The loopback addresses that controllers have, in one network.
sub all_addresses { return map {"127.0.0.$_"} 11 .. 40 }

# A new key and a certificate for $san, by the CA that is there.
sub certificate {
    my ($folder, $name, $san) = @_;
    my $tls = "$folder/tls";
    open my $file, '>', "$tls/ext" or croak "$tls/ext: $!";
    print {$file} "subjectAltName=$san\n";
    close $file or croak "$tls/ext: $!";
    _openssl('req', _new_key(), '-subj', "/CN=$name", '-keyout', "$tls/key.pem", '-out',
        "$tls/csr");
    _openssl(
        qw(x509 -req -days 3650 -CAcreateserial -in), "$tls/csr",
        '-CA', "$tls/ca.pem", '-CAkey', "$tls/ca.key",
        '-extfile', "$tls/ext", '-out', "$tls/cert.pem"
    );
    chmod 0600, "$tls/key.pem";
    return;
}

sub _new_key { return qw(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes) }

sub _openssl {
    my (@arguments) = @_;
    my $command = join ' ', map {"'$_'"} 'openssl', @arguments;
    my $said = `$command 2>&1`;
    croak "$command: $said" if $? != 0;
    return;
}

1;
