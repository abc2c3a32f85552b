# Bridge::Samba::Pair - two domain controllers of one domain, which replicate.
#
#     my $pair = Bridge::Samba::Pair->new(users => [...], dirsync => 1, ...);
#     my ($first, $second) = $pair->both;         each a Bridge::Samba: stop, pause, snapshot, ...
#     $pair->source                               the source with both URIs, the first one first
#     $pair->replicate                            both ways, now, except to those that are held
#     $pair->hold($second), release($second)      while held it gets no changes: it lags
#     $pair->dns                                  a Bridge::Dns with both under _ldap._tcp...up.test
#
# They are dca.up.test on 10.99.0.1 and dcb.up.test on 10.99.0.2, with one CA. Options of new: those
# of Bridge::Samba except realm; entries are added at the first and replicated. Left alone, a change
# takes some seconds to the other side. Both have their own numbering of changes and invocationId.
package Bridge::Samba::Pair;
use strict;
use warnings;
use Bridge::Namespace;
use Bridge::Dns;
use Bridge::Free qw(wait_for);
use Bridge::Process qw(read_file);
use Bridge::Samba;
use Bridge::SambaTemplate;
use Bridge::Template;
use Carp qw(croak);

use constant { REALM => 'up.test', BITS => 24, DNS => '127.0.0.53' };
use constant { GLOBAL_CATALOG => 1, INBOUND_OFF => 2 };    # options of an nTDSDSA object

my %address = (dca => '10.99.0.1', dcb => '10.99.0.2');
# -M single would hang two of them.
my %manner = (
    realm => REALM,
    bits => BITS,
    model => 'prefork',
    services => 'rpc, ldap, kdc, cldap, drepl, dns, kcc'
);
my $prepared;

sub new {
    my ($class, %option) = @_;
    my $self = bless { owner => $$ }, $class;
    _network();
    my %rights = map { $_ => $option{$_} ? 1 : 0 } qw(dirsync tombstones);
    my $template = Bridge::SambaTemplate::get(\&_make, pair => 1, %rights);
    $self->{first} = _start("$template/dca", 'dca', %option);
    $self->{second} = _start("$template/dcb", 'dcb');
    $self->replicate;
    return $self;
}

sub _network {
    return if $prepared++;
    Bridge::Namespace::address("$_/" . BITS) for sort values %address;
    Bridge::Namespace::hosts(map {"$address{$_} $_." . REALM . " $_"} sort keys %address);
    Bridge::Namespace::nameserver($address{dca});
    return;
}

sub _start {
    my ($template, $host, %more) = @_;
    return Bridge::Samba->new(
        %more, %manner,
        template => $template,
        host => $host,
        address => $address{$host}
    );
}

# The first one is provisioned, the second one joins it while it runs, and they exchange what they
# have. The first one's names for Kerberos must be in what the second one copies, or it never gets
# a ticket for the first.
sub _make {
    my ($folder, %rights) = @_;
    Bridge::SambaTemplate::provision(
        "$folder/new", %rights,
        realm => REALM,
        host => 'dca',
        address => "$address{dca}/" . BITS,
        names => ['dcb'],
        addresses => [ values %address ]
    );
    my $first = _start("$folder/new", 'dca');
    $first->_tool('samba_spnupdate', '-s', "$first->{dir}/etc/smb.conf");
    _join($first, "$folder/joined");
    Bridge::Template::copy("$folder/new/tls", "$folder/joined/tls");
    my $second = _start("$folder/joined", 'dcb');
    my $pair = bless { first => $first, second => $second, owner => $$ }, __PACKAGE__;
    # Who replicates from whom is decided some seconds after the start.
    wait_for('replication to be agreed on', 60, sub { eval { $pair->replicate; 1 } });
    $_->stop for $first, $second;
    Bridge::Template::copy($first->{dir}, "$folder/dca");
    Bridge::Template::copy($second->{dir}, "$folder/dcb");
    return;
}

sub _join {
    my ($first, $folder) = @_;
    my ($domain) = uc(REALM) =~ /^(\w+)/;
    my %option = (
        'netbios name' => 'dcb',
        'interfaces' => "$address{dcb}/" . BITS,
        'bind interfaces only' => 'yes',
        'pid directory' => "$folder/run",
        'ncalrpc dir' => "$folder/ncalrpc",
        'log file' => "$folder/log",
    );
    mkdir $_ for $folder, "$folder/run", "$folder/ncalrpc";
    # Without its domain the name of the administrator is refused.
    $first->_dc(
        'samba-tool', qw(domain join), REALM, 'DC', '-U', "$domain\\administrator",
        '--password=' . $first->root_pw,
        '--realm=' . uc REALM,
        "--workgroup=$domain", '--server=' . $first->fqdn,
        "--targetdir=$folder", '--dns-backend=SAMBA_INTERNAL',
        map {"--option=$_=$option{$_}"} sort keys %option
    );
    return;
}

sub both { return @{ $_[0] }{qw(first second)} }

sub source {
    my ($self, %more) = @_;
    return $self->{first}->source(uri => [ map { $_->ldaps_uri } $self->both ], %more);
}

sub replicate {
    my ($self) = @_;
    for my $way ([ $self->both ], [ reverse $self->both ]) {
        my ($from, $to) = @$way;
        next if $self->{held}{ $to->fqdn };
        $from->_dc(
            'samba-tool', qw(drs replicate), $to->fqdn, $from->fqdn, $from->base_dn,
            '-U', 'administrator', '--password=' . $from->root_pw,
            '-s', "$from->{dir}/etc/smb.conf"
        );
    }
    return;
}

# [MS-ADTS] 6.1.1.2.2.1.2.1.1, options of the DC's own nTDSDSA object.
sub _options {
    my ($dc, $value) = @_;
    $dc->set($dc->entry('', 'dsServiceName')->{dsservicename}[0], options => $value);
    return;
}

sub hold {
    my ($self, $dc) = @_;
    $self->{held}{ $dc->fqdn } = 1;
    return _options($dc, GLOBAL_CATALOG | INBOUND_OFF);
}

sub release {
    my ($self, $dc) = @_;
    delete $self->{held}{ $dc->fqdn };
    return _options($dc, GLOBAL_CATALOG);
}

sub dns {
    my ($self) = @_;
    my @targets = map { [ 0, 100, 389, $_->fqdn ] } $self->both;
    Bridge::Namespace::nameserver(DNS);
    my @services = map { $_ . REALM } qw(_ldap._tcp. _ldap._tcp.dc._msdcs.);
    return $self->{dns} //= Bridge::Dns->new(DNS, map { $_ => \@targets } @services);
}

1;
