# Bridge::Samba - a throw-away Active Directory domain controller, by Samba, on 127.0.0.x.
#
#     my $dc = Bridge::Samba->new(users => ['ann', 'bob'], groups => { app => ['ann'] });
#     $dc->source                         the source for Bridge::Run's write_config, made of
#     $dc->ldaps_uri, ca_file, base_dn, account, password
#     $dc->uri                            without TLS: for Kerberos, StartTLS and refusals
#     $dc->address, fqdn, realm           127.0.0.11, dc1.up.test, up.test
#     $dc->account_dn                     account is the UPN of the same
#
# Changes and questions as Administrator, over ldaps: see Bridge::ActiveDirectory.
#
# The server:
#
#     $dc->stop, kill9, start             the same address and data
#     $dc->pause, resume                  SIGSTOP: a server that is there and never answers
#     $dc->bulk_load(users => 20000, group => 'big', members => 20000)
#                                         user1, user2, ... in OU=People; stops it for a while
#     $dc->snapshot                       keeps the database as it is now
#     $dc->restore                        back to it: a USN rollback, which no rule permits
#     $dc->restore_as_new_invocation      back to it as a proper restore: with a new invocationId
#     $dc->keytab                         of the account: recent keys, so call it again after
#                                         set_password; keytab($name) that of another principal
#     $dc->grant($dn, $ace)               one more entry in the access list of an object,
#                                         "(D;CI;RP;;;%s)", with %s for the account
#     $dc->revoke($dn)                    takes off all that grant put there
#     $dc->kerberos_env                   (KRB5_CONFIG => ...) for the program and for kinit
#
# Options of new:
#
#     users, groups   people: names, or {name => {attributes}}; {group => [names or DNs]}
#     ldif            more entries, text or a file, added over LDAP
#     realm           default up.test; several domains can run side by side
#     dirsync         the account may "Replicating Directory Changes"
#     tombstones      the account may read deleted objects
#     lockout         bad passwords that lock an account (none: never)
#     tls_san         the certificate is for this instead, e.g. 'DNS:other.example'
#     log             Samba's log level: then log_text
#
# What there is to begin with: Bridge::SambaTemplate. The name fqdn is in /etc/hosts of this test,
# for the last one of that name.
# Runs as any user, in a network of its own: see Bridge::Namespace.
package Bridge::Samba;
use strict;
use warnings;
use Bridge::Namespace;
use parent qw(Bridge::ActiveDirectory);
use Bridge::Free qw(wait_for);
use Bridge::Process qw(read_file);
use Bridge::Run;
use Bridge::SambaTemplate;
use Bridge::Template;
use Carp qw(croak);
use File::Path qw(make_path remove_tree);
use File::Temp qw(tempdir);
use IO::Socket::INET;
use JSON::PP;

my @addresses = Bridge::SambaTemplate::all_addresses();

sub new {
    my ($class, %option) = @_;
    my $self = bless {
        realm => 'up.test',
        host => 'dc1',
        %option,
        dir => tempdir('dirbridge-XXXXXX', TMPDIR => 1, CLEANUP => 1),
        owner => $$
    }, $class;
    $self->{address} //= shift @addresses // croak 'too many domain controllers for one test';
    my $template = $self->{template} // Bridge::SambaTemplate::domain(
        address => '127.0.0.1/8',
        map { $_ => $self->{$_} } qw(realm host dirsync tombstones)
    );
    Bridge::Template::copy($template, $self->{dir});
    Bridge::SambaTemplate::certificate($self->{dir}, 'somebody else', $self->{tls_san})
        if $self->{tls_san};
    Bridge::Namespace::hosts("$self->{address} " . $self->fqdn);
    $self->_configure;
    $self->start;
    $self->_fill;
    return $self;
}

sub address { return $_[0]{address} }
sub realm { return $_[0]{realm} }
sub fqdn { return "$_[0]{host}.$_[0]{realm}" }
sub uri { return "ldap://$_[0]{address}" }
sub ldaps_uri { return "ldaps://$_[0]{address}" }
sub ca_file { return "$_[0]{dir}/tls/ca.pem" }
sub base_dn { return join ',', map {"DC=$_"} split /\./, $_[0]{realm} }
sub account { return Bridge::SambaTemplate::ACCOUNT . "\@$_[0]{realm}" }
sub account_dn { return 'CN=' . Bridge::SambaTemplate::ACCOUNT . ',CN=Users,' . $_[0]->base_dn }
sub password { return Bridge::SambaTemplate::PASSWORD }
sub root { return "administrator\@$_[0]{realm}" }
sub root_pw { return 'Passw0rd!234' }

# The source as Bridge::Run's write_config takes it.
sub source {
    my ($self, %more) = @_;
    return {
        name => 'corp',
        type => 'ad',
        uri => [ $self->ldaps_uri ],
        base => $self->base_dn,
        bind => {
            method => 'simple',
            dn => $self->account,
            password_file => Bridge::Run::secret($self->password)
        },
        tls => { ca_file => $self->ca_file },
        users => { filter => '(&(objectCategory=person)(objectClass=user))' },
        groups => { filter => '(objectClass=group)' },
        %more,
    };
}

# Paths are all ours: none of the template's, none of the system's.
sub _configure {
    my ($self) = @_;
    my $dir = $self->{dir};
    make_path(map {"$dir/$_"} qw(run ncalrpc cache etc));
    chmod 0700, "$dir/private";
    my %setting = (
        'netbios name' => uc $self->{host},
        'realm' => uc $self->{realm},
        'workgroup' => uc $self->{realm} =~ s/\..*//r,
        'server role' => 'active directory domain controller',
        'server services' => $self->{services} // 'ldap, kdc, cldap',
        'interfaces' => "$self->{address}/" . ($self->{bits} // 8),
        'prefork children' => 1,
        'bind interfaces only' => 'yes',
        'private dir' => "$dir/private",
        'state directory' => "$dir/state",
        'lock directory' => $dir,
        'cache directory' => "$dir/cache",
        'binddns dir' => "$dir/bind-dns",
        'pid directory' => "$dir/run",
        'ncalrpc dir' => "$dir/ncalrpc",
        'log file' => "$dir/log",
        'log level' => $self->{log} // 0,
        'max log size' => 0,
        'tls cafile' => "$dir/tls/ca.pem",
        'tls certfile' => "$dir/tls/cert.pem",
        'tls keyfile' => "$dir/tls/key.pem",
    );
    my $text = "[global]\n" . join '', map {"\t$_ = $setting{$_}\n"} sort keys %setting;
    $self->_write("$dir/etc/smb.conf",
        "$text\n[sysvol]\n\tpath = $dir/state/sysvol\n\tread only = no\n");
    $self->_write("$dir/krb5.conf", $self->_krb5_conf);
    return;
}

sub _krb5_conf {
    my ($self) = @_;
    my ($realm, $REALM) = ($self->{realm}, uc $self->{realm});
    return "[libdefaults]\n default_realm = $REALM\n dns_lookup_kdc = false\n"
        . " rdns = false\n dns_canonicalize_hostname = false\n"
        . "[realms]\n $REALM = {\n  kdc = $self->{address}\n }\n"
        . "[domain_realm]\n .$realm = $REALM\n $realm = $REALM\n";
}

sub start {
    my ($self) = @_;
    my $dir = $self->{dir};
    remove_tree("$dir/msg.sock", "$dir/msg.lock");
    unlink glob "$dir/run/*";
    $self->{process} = Bridge::Process->new(
        command => [ 'samba', '-i', '-M', $self->{model} // 'single', '-s', "$dir/etc/smb.conf" ],
        env => { KRB5_CONFIG => "$dir/krb5.conf" },
        out => "$dir/out",
        err => "$dir/out",
    );
    my $ready = eval {
        $self->_wait_for_port($_) for 389, 636, 88;
        1;
    };
    croak 'samba did not start: ' . ($@ // '') . read_file("$dir/out") . $self->log_text
        if !$ready;
    return;
}

# With -M prefork there are children and theirs, all of which a signal must reach.
sub _tree {
    my ($self) = @_;
    return if !$self->{process}->running;
    my %children;
    for my $file (glob '/proc/[0-9]*/stat') {
        my ($pid, $parent) = read_file($file) =~ /^(\d+) \(.*\) \S (\d+)/s or next;
        push @{ $children{$parent} }, $pid;
    }
    my @tree = $self->pid;
    for (my $i = 0; $i < @tree; $i++) {
        push @tree, @{ $children{ $tree[$i] } // [] };
    }
    return @tree;
}

sub pause { kill 'STOP', $_[0]->_tree; return }
sub resume { kill 'CONT', $_[0]->_tree; return }

sub stop {
    my ($self) = @_;
    my @tree = $self->_tree;
    $self->{process}->stop('TERM');
    _wait_for_end(@tree);
    return;
}

sub kill9 {
    my ($self) = @_;
    my @tree = $self->_tree;
    kill 'KILL', @tree;
    $self->{process}->wait;
    _wait_for_end(@tree);
    return;
}

# The children are not ours to wait for; who inherits them may leave them as zombies.
sub _wait_for_end {
    my (@pids) = @_;
    wait_for('the children of samba to end', 10,
        sub { !grep { read_file("/proc/$_/stat") =~ /\) [^ZX] \d/ } @pids });
    return;
}

# It takes a second, or many of them on a machine that has other things to do.
sub _wait_for_port {
    my ($self, $port) = @_;
    my $peer = "$self->{address}:$port";
    wait_for($peer, 90, sub {
        croak 'it ended' if !$self->{process}->running;
        IO::Socket::INET->new($peer);
    });
    return;
}

sub _tool_env {
    my ($self) = @_;
    return (
        LDAPNOINIT => undef,
        LDAPCONF => '/dev/null',
        LDAPTLS_CACERT => $self->ca_file,
        LDAPTLS_REQCERT => $self->{tls_san} ? 'never' : 'demand',
        HOME => $self->{dir}
    );
}

sub _as_root {
    my ($self) = @_;
    return ('-x', '-H', $self->ldaps_uri, '-D', $self->root, '-w', $self->root_pw);
}

sub _fill {
    my ($self) = @_;
    my $users = $self->{users} // [];
    $users = { map { $_ => {} } @$users } if ref $users eq 'ARRAY';
    my $groups = $self->{groups} // {};
    my $ldif = join '', map { $self->person_ldif($_, %{ $users->{$_} }) } sort keys %$users;
    $ldif .= $self->group_ldif($_, @{ $groups->{$_} }) for sort keys %$groups;
    my $more = $self->{ldif} // '';
    $more = read_file($more) || croak "there is nothing in $more" if $more !~ /\n/ && length $more;
    $self->modify($_) for grep {length} $ldif, $more;
    $self->set($self->base_dn, lockoutThreshold => $self->{lockout}) if $self->{lockout};
    return;
}

sub _dc {
    my ($self, $verb, @arguments) = @_;
    return $self->_tool(Bridge::SambaTemplate::tool(), $verb, @arguments);
}

# Runs the code while the server is stopped.
sub _offline {
    my ($self, $code) = @_;
    my $was_running = $self->{process}->running;
    $self->stop;
    $code->();
    $self->start if $was_running;
    return;
}

sub bulk_load {
    my ($self, %wanted) = @_;
    $wanted{base} //= 'OU=People,OU=Corp,' . $self->base_dn;
    $wanted{group} = $self->group_dn($wanted{group}) if defined $wanted{group};
    my $text = JSON::PP->new->canonical->encode(\%wanted);
    $self->_offline(sub { $self->_dc('load', $self->{dir}, $text) });
    return;
}

sub _replace_folder {
    my ($self, $from, $to) = @_;
    remove_tree($to);
    Bridge::Template::copy($from, $to);
    chmod 0700, $to;
    return;
}

sub snapshot {
    my ($self) = @_;
    my $dir = $self->{dir};
    $self->_offline(sub { $self->_replace_folder("$dir/private", "$dir/snapshot") });
    return;
}

sub restore {
    my ($self, $then) = @_;
    my $dir = $self->{dir};
    croak 'there is no snapshot' if !-d "$dir/snapshot";
    $self->_offline(
        sub {
            $self->_replace_folder("$dir/snapshot", "$dir/private");
            $then->() if $then;
        }
    );
    return;
}

sub restore_as_new_invocation {
    my ($self) = @_;
    $self->restore(sub { $self->_dc('invocation', $self->{dir}) });
    return;
}

sub keytab {
    my ($self, $name) = @_;
    $name //= Bridge::SambaTemplate::ACCOUNT;
    my $file = "$self->{dir}/$name.keytab";
    unlink $file;
    $self->_dc(
        'samba-tool', 'domain', 'exportkeytab', $file, "--principal=$name\@" . uc $self->{realm},
        '-s', "$self->{dir}/etc/smb.conf"
    );
    return $file;
}

sub grant {
    my ($self, $dn, $ace) = @_;
    my $sid = $self->{account_sid} //= $self->sid($self->account_dn);
    $self->{rights}{$dn} //= $self->entry($dn, 'nTSecurityDescriptor')->{ntsecuritydescriptor}[0];
    $self->_dc(
        'samba-tool', 'dsacl', 'set', "--objectdn=$dn", '--sddl=' . sprintf($ace, $sid), '-H',
        "$self->{dir}/private/sam.ldb", '-s', "$self->{dir}/etc/smb.conf"
    );
    return;
}

sub revoke {
    my ($self, $dn) = @_;
    my $before = delete $self->{rights}{$dn} // croak "nothing was granted on $dn";
    $self->set($dn, nTSecurityDescriptor => $before);
    return;
}

sub kerberos_env { return { KRB5_CONFIG => "$_[0]{dir}/krb5.conf" } }

1;
