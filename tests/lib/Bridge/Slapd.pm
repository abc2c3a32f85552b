# Bridge::Slapd - a throw-away OpenLDAP server on 127.0.0.1, with the overlays a test asks for.
#
#     my $slapd = Bridge::Slapd->new(ldif => 'company.ldif');    # a file, or the text itself
#     $slapd->source                      the source for Bridge::Run's write_config, made of
#     $slapd->uri, base_dn, bind_dn, password                    the account of the bridge
#     $slapd->modify, delete, modrdn, set, change, search, entry
#                                         as root: see Bridge::Directory
#     $slapd->uuid($dn)                   its entryUUID
#     $slapd->stop, kill9, start          the same port and data
#     $slapd->pause, resume               SIGSTOP: a server that is there and never answers
#     $slapd->reset_database($ldif)       another directory on the same port, with new entryUUIDs
#     $slapd->dump                        slapcat: reset_database with it keeps UUIDs and CSNs
#
# Options of new:
#
#     ldif          entries; the base and the account of the bridge are added if missing
#     base          default dc=example,dc=com
#     sessionlog    size of syncprov's session log (none: deletes are found by the present phase)
#     reloadhint    refuse cookies from before a reload (result 4096)
#     syncprov      0: a server without RFC 4533
#     refint        referential integrity for member, uniqueMember, manager
#     memberof      the overlay of that name
#     sizelimit     of the bridge's account (none: unlimited)
#     tls           a CA and a certificate for IP:127.0.0.1: ldaps_uri, ca_file, StartTLS on uri
#     tls_san       the certificate is for this instead, e.g. 'DNS:other.example'
#     ldapi         a socket, ldapi_uri, where SASL EXTERNAL of this user is the bridge's account
#     log           slapd's log level, e.g. 'stats': then log_text
#     global        more lines for the global section of slapd.conf
#     database      more lines for its database section
#     access        other access rules than "users read, nobody sees passwords"
#
# Runs as any user. Loaded with slapadd -q -w, so that the contextCSN is there from the start.
package Bridge::Slapd;
use strict;
use warnings;
use parent qw(Bridge::Directory);
use Bridge::Free qw(free_port wait_for_tcp);
use Bridge::Process qw(read_file);
use Bridge::Run;
use Carp qw(croak);
use File::Path qw(make_path remove_tree);
use File::Temp qw(tempdir);

my ($schema) = grep { -e "$_/core.schema" } qw(/etc/ldap/schema /etc/openldap/schema);
my ($modules) = grep {-d} qw(/usr/lib/ldap /usr/lib64/openldap /usr/lib/openldap);
$ENV{PATH} .= ':/usr/sbin' if ($ENV{PATH} // '') !~ m{(?:^|:)/usr/sbin(?:$|:)};

sub new {
    my ($class, %option) = @_;
    my $dir = tempdir('dirbridge-XXXXXX', TMPDIR => 1, CLEANUP => 1);
    my $self = bless {
        base => 'dc=example,dc=com',
        syncprov => 1,
        ldif => '',
        %option,
        dir => $dir,
        owner => $$
    }, $class;
    croak 'slapd is not installed' if !$schema || !$modules;
    $self->{port} = free_port();
    $self->{tls_port} = free_port() if $self->{tls};
    $self->_make_certificate if $self->{tls};
    $self->_write("$dir/slapd.conf", $self->_config);
    $self->_load($self->{ldif});
    $self->start;
    return $self;
}

sub base_dn { return $_[0]{base} }
sub bind_dn { return "cn=bridge,$_[0]{base}" }
sub password { return 'bridge-secret' }
sub root_dn { return "cn=root,$_[0]{base}" }
sub root_pw { return 'root-secret' }
sub uri { return "ldap://127.0.0.1:$_[0]{port}" }
sub ldaps_uri { return "ldaps://127.0.0.1:$_[0]{tls_port}" }
sub ca_file { return "$_[0]{dir}/ca.pem" }
sub port { return $_[0]{port} }
sub pid { return $_[0]{process} && $_[0]{process}->pid }

sub ldapi_uri {
    my ($self) = @_;
    return "ldapi://" . "$self->{dir}/ldapi" =~ s{/}{%2F}gr;
}

# The source as Bridge::Run's write_config takes it.
sub source {
    my ($self, %more) = @_;
    return {
        name => 'corp',
        type => 'openldap',
        uri => [ $self->uri ],
        base => $self->base_dn,
        bind => {
            method => 'simple',
            dn => $self->bind_dn,
            password_file => Bridge::Run::secret($self->password)
        },
        insecure => 'true',
        users => { filter => '(objectClass=inetOrgPerson)' },
        groups => { filter => '(objectClass=groupOfNames)' },
        %more,
    };
}

sub _config {
    my ($self) = @_;
    my $dir = $self->{dir};
    my @global = (
        (map {"include $schema/$_.schema"} qw(core cosine nis inetorgperson dyngroup)),
        "modulepath $modules",
        (map {"moduleload $_"} qw(back_mdb syncprov refint memberof ppolicy)),
        "pidfile $dir/slapd.pid",
    );
    push @global, "TLSCACertificateFile $dir/ca.pem", "TLSCertificateFile $dir/cert.pem",
        "TLSCertificateKeyFile $dir/key.pem"
        if $self->{tls};
    my $peer = "gidNumber=[0-9]+[+]uidNumber=$<,cn=peercred,cn=external,cn=auth";
    push @global, qq(authz-regexp "$peer" ") . $self->bind_dn . '"' if $self->{ldapi};
    my $limit = $self->{sizelimit} // 'unlimited';
    my @database = (
        'database mdb',
        "suffix $self->{base}",
        'rootdn ' . $self->root_dn,
        'rootpw ' . $self->root_pw,
        "directory $dir/db",
        'maxsize 8589934592',
        'envflags nosync',
        'index objectClass,entryUUID,entryCSN,uid,mail,member,uniqueMember,memberUid eq',
        sprintf('limits dn.exact="%s" size=%s time=unlimited', $self->bind_dn, $limit),
        $self->{access} // (
            'access to attrs=userPassword by anonymous auth by * none',
            'access to * by users read by anonymous auth'
        ),
    );
    return join "\n", @global, $self->{global} // (), @database, $self->_overlays,
        $self->{database} // (), '';
}

sub _overlays {
    my ($self) = @_;
    my @lines;
    push @lines, 'overlay memberof', 'memberof-refint TRUE' if $self->{memberof};
    push @lines, 'overlay refint', 'refint_attributes member uniqueMember manager',
        'refint_nothing cn=nobody'
        if $self->{refint};
    if ($self->{syncprov}) {
        push @lines, 'overlay syncprov', 'syncprov-checkpoint 100 10';
        push @lines, "syncprov-sessionlog $self->{sessionlog}" if $self->{sessionlog};
        push @lines, 'syncprov-reloadhint TRUE' if $self->{reloadhint};
    }
    return @lines;
}

sub _make_certificate {
    my ($self) = @_;
    my $dir = $self->{dir};
    my $san = $self->{tls_san} // 'IP:127.0.0.1';
    $self->_write("$dir/ext", "subjectAltName=$san\n");
    my @new_key = qw(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes);
    $self->_tool(
        'openssl', 'req', '-x509', @new_key, '-subj', '/CN=test CA',
        '-days', 2, '-keyout', "$dir/ca.key", '-out', "$dir/ca.pem"
    );
    $self->_tool(
        'openssl', 'req', @new_key, '-subj', '/CN=test server', '-keyout',
        "$dir/key.pem", '-out', "$dir/csr"
    );
    $self->_tool(
        'openssl', 'x509', '-req', '-in',
        "$dir/csr", '-CA', "$dir/ca.pem", '-CAkey',
        "$dir/ca.key", '-CAcreateserial', '-days', 2,
        '-extfile', "$dir/ext", '-out', "$dir/cert.pem"
    );
    return;
}

# The name of a file with the entries: the one given, or one of ours that adds the base in front and
# the bridge's account behind if they are missing.
sub _complete {
    my ($self, $ldif) = @_;
    my $given = length $ldif && $ldif !~ /\n/ ? $ldif : undef;
    $ldif = read_file($given) || croak "there is nothing in $given" if $given;
    utf8::encode($ldif) if utf8::is_utf8($ldif);
    my ($rdn) = $self->{base} =~ /^dc=([^,]+)/i or croak 'the base must start with dc=';
    my ($base, $account) = map {quotemeta} $self->base_dn, $self->bind_dn;
    my ($front, $behind) = ('', '');
    $front = "dn: $self->{base}\nobjectClass: organization\nobjectClass: dcObject\n"
        . "o: Test\ndc: $rdn\n\n"
        if $ldif !~ /^dn: *$base *$/mi;
    $behind = "\n\ndn: " . $self->bind_dn . "\nobjectClass: organizationalRole\n"
        . "objectClass: simpleSecurityObject\ncn: bridge\nuserPassword: " . $self->password . "\n"
        if $ldif !~ /^dn: *$account *$/mi;
    return $given if $given && !length "$front$behind";
    $self->_write("$self->{dir}/load.ldif", "$front$ldif$behind");
    return "$self->{dir}/load.ldif";
}

sub _load {
    my ($self, $ldif) = @_;
    my $dir = $self->{dir};
    remove_tree("$dir/db");
    make_path("$dir/db");
    my $file = $self->_complete($ldif);
    $self->_tool('slapadd', '-f', "$dir/slapd.conf", '-b', $self->{base}, qw(-q -w -l), $file);
    unlink "$dir/load.ldif";
    return;
}

sub start {
    my ($self) = @_;
    my @listen = $self->uri . '/';
    push @listen, $self->ldaps_uri . '/' if $self->{tls};
    push @listen, $self->ldapi_uri . '/' if $self->{ldapi};
    # With -d it stays in the foreground: our child, and ended by its pid.
    $self->{process} = Bridge::Process->new(
        command =>
            [ 'slapd', '-f', "$self->{dir}/slapd.conf", '-h', "@listen", '-d', $self->{log} // 0 ],
        err => "$self->{dir}/log",
    );
    if (!eval { wait_for_tcp($self->{port}, 20) }) {
        croak 'slapd did not start: ' . $self->log_text;
    }
    return;
}

sub stop { $_[0]{process}->stop('INT'); return }

sub reset_database {
    my ($self, $ldif) = @_;
    my $was_running = $self->{process}->running;
    $self->kill9;    # nothing of it is needed, and a clean stop takes a second
    $self->_load($ldif // $self->{ldif});
    $self->start if $was_running;
    return;
}

sub dump {    ## no critic: what it does
    my ($self) = @_;
    return $self->_tool('slapcat', '-f', "$self->{dir}/slapd.conf", '-b', $self->{base});
}

sub uuid { return $_[0]->entry($_[1], 'entryUUID')->{entryuuid}[0] }

sub _as_root {
    my ($self) = @_;
    return ('-x', '-H', $self->uri, '-D', $self->root_dn, '-w', $self->root_pw);
}

1;
