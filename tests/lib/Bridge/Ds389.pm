# Bridge::Ds389 - a throw-away 389 Directory Server on 127.0.0.1, as FreeIPA has one.
#
#     my $ds = Bridge::Ds389->new(ldif => $text);       # or the name of a file
#     $ds->source                         the source for Bridge::Run's write_config, made of
#     $ds->uri, base_dn, bind_dn, password                       the account of the bridge
#     $ds->modify, delete, modrdn, set, change, search, entry
#                                         as Directory Manager: see Bridge::Directory
#     $ds->unique_id($dn)                 its nsUniqueId
#     $ds->disable($dn), enable($dn)      nsAccountLock
#     $ds->stop, kill9, start             the same port and data; stop takes three seconds
#     $ds->pause, resume                  SIGSTOP: a server that is there and never answers
#     $ds->log_text                       its error log; access_text
#
# Options of new:
#
#     ldif          entries; without the base and the account of the bridge,
#                   which are there already
#     limits        1: the account keeps the server's limits (2000 entries), else it has none
#
# Content synchronisation, retro changelog, memberOf and referential integrity are on. The base is
# dc=example,dc=com. Entries are added over LDAP, about 500 a second.
#
# Runs as any user in a network of its own (Bridge::Namespace), without systemd and out of its own
# folder: nothing of it is in /etc/dirsrv or /var/lib/dirsrv, not even for a moment.
package Bridge::Ds389;
use strict;
use warnings;
use Bridge::Namespace;
use parent qw(Bridge::Directory);
use Bridge::Free qw(free_port wait_for_tcp);
use Bridge::Process qw(read_file);
use Bridge::Run;
use Bridge::Template;
use Carp qw(croak);
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Path qw(make_path);
use File::Temp qw(tempdir);

use constant { BASE => 'dc=example,dc=com', ROOT_PW => 'Manager-Secret-1' };

my $tool = abs_path(dirname(__FILE__) . '/../../servers/389ds/make-template');

sub new {
    my ($class, %option) = @_;
    my $self = bless {
        ldif => '',
        %option,
        dir => tempdir('dirbridge-XXXXXX', TMPDIR => 1, CLEANUP => 1),
        port => free_port(),
        owner => $$
    }, $class;
    my $dir = $self->{dir};
    Bridge::Template::copy(_template(), $dir);
    make_path(map {"$dir/$_"} qw(run log ldif bak));
    # Semaphores in /dev/shm are named after the folder of the configuration.
    Bridge::Namespace::empty_folder('/dev/shm');
    $self->{etc} = "$dir/slapd-$self->{port}";
    rename "$dir/etc", $self->{etc} or croak "$self->{etc}: $!";
    my $dse = read_file("$self->{etc}/dse.ldif");
    $dse =~ s/\@DIR\@\/etc/$self->{etc}/g;
    $dse =~ s/\@DIR\@/$dir/g;
    $dse =~ s/\@PORT\@/$self->{port}/;
    $self->_write("$self->{etc}/dse.ldif", $dse);
    $self->start;
    $self->_fill;
    return $self;
}

sub _template {
    my $version = `ns-slapd -v 2>&1`;
    croak 'ns-slapd (package 389-ds-base) is not installed' if !$version;
    return Bridge::Template::get('389ds', \&_make, [ $version, read_file($tool), BASE ]);
}

sub _make {
    my ($folder) = @_;
    my $log = "$folder.log";
    unlink $log;
    my $process = Bridge::Process->new(
        command => [ 'unshare', '--mount', $tool, $folder, BASE, ROOT_PW ],
        out => $log,
        err => $log,
        env => { LDAPNOINIT => 1 },
    );
    $process->wait;
    croak "$tool failed: " . read_file($log) if $process->status != 0;
    return;
}

sub base_dn { return BASE }
sub bind_dn { return 'cn=bridge,' . BASE }
sub password { return 'bridge-secret' }
sub root_dn { return 'cn=Directory Manager' }
sub root_pw { return ROOT_PW }
sub port { return $_[0]{port} }
sub uri { return "ldap://127.0.0.1:$_[0]{port}" }

# The source as Bridge::Run's write_config takes it.
sub source {
    my ($self, %more) = @_;
    return {
        name => 'corp',
        type => '389ds',
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

sub start {
    my ($self) = @_;
    my $dir = $self->{dir};
    # With -d it stays in the foreground: our child, and ended by its pid.
    $self->{process} = Bridge::Process->new(
        command => [ qw(ns-slapd -d 0 -D), $self->{etc}, '-i', "$dir/run/pid" ],
        out => "$dir/out",
        err => "$dir/out",
        env => { LD_PRELOAD => "$dir/nogroups.so" },
    );
    if (!eval { wait_for_tcp($self->{port}, 30) }) {
        croak "ns-slapd did not start: $@" . read_file("$dir/out") . $self->log_text;
    }
    return;
}

sub _as_root {
    my ($self) = @_;
    return ('-x', '-H', $self->uri, '-D', $self->root_dn, '-w', $self->root_pw);
}

sub _fill {
    my ($self) = @_;
    my ($base, $account) = ($self->base_dn, $self->bind_dn);
    my $limits = join '', map {"$_: -1\n"} qw(nsSizeLimit nsLookThroughLimit nsIdleTimeout);
    $self->modify("dn: $account\nobjectClass: organizationalRole\n"
            . "objectClass: simpleSecurityObject\ncn: bridge\nuserPassword: "
            . $self->password . "\n"
            . ($self->{limits} ? '' : $limits));
    $self->change($base, 'add', 'aci',
        qq{(targetattr!="userPassword")(version 3.0; acl "the bridge reads";}
            . qq{ allow (read, search, compare) userdn="ldap:///$account";)});
    my $ldif = $self->{ldif};
    $ldif = read_file($ldif) || croak "there is nothing in $ldif" if length $ldif && $ldif !~ /\n/;
    my @records = grep { /\S/ && !/^dn: *(?:\Q$base\E|\Q$account\E) *$/mi } split /\n\n+/, $ldif;
    $self->modify(join "\n\n", @records, '') if @records;
    return;
}

sub unique_id { return $_[0]->entry($_[1], 'nsUniqueId')->{nsuniqueid}[0] }
sub disable { $_[0]->set($_[1], nsAccountLock => 'true'); return }
sub enable { $_[0]->set($_[1], 'nsAccountLock'); return }

sub log_text { return read_file("$_[0]{dir}/log/errors") }
sub access_text { return read_file("$_[0]{dir}/log/access") }

1;
