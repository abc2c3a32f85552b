# Bridge::ActiveDirectory - changes to a domain, as Administrator, in the words of tests.
#
# Where a $who is asked for, a name is that of a user or group made by us, anything with a '=' a DN.
# What is refused dies. modify, delete, modrdn, set, change, search, entry: see Bridge::Directory;
# objectGUID, objectSid and invocationId are found as text.
#
#     $dc->dn('ann'), group_dn('app')     CN=ann,OU=People,OU=Corp,...; CN=app,OU=Groups,OU=Corp,...
#     $dc->guid($dn), sid($dn)            as text
#     $dc->highest_usn, invocation_id
#     $dc->hire('cid', title => 'x'), make_group('g', 'ann', ...)
#     $dc->join_group('app', 'ann'), leave_group('app', 'ann')
#     $dc->disable($who), enable($who)
#     $dc->expire($who, $seconds)         accountExpires, from now; without: never
#     $dc->set_password($who, $text)
#     $dc->lock($who), unlock($who)       needs the option lockout
#     $dc->undelete($guid, $dn)           re-animates a tombstone as $dn
#     $dc->tombstones                     the deleted objects, as search finds them
#     $dc->person_ldif('ann', ou => $parent, password => 'x', title => ['a', 'b'])
#     $dc->group_ldif('app', 'ann', ...)
package Bridge::ActiveDirectory;
use strict;
use warnings;
use parent qw(Bridge::Directory);
use Carp qw(croak);
use Encode qw(encode);

use constant { DISABLED => 2, NEVER => '9223372036854775807' };
use constant SHOW_DELETED => '1.2.840.113556.1.4.417';

sub dn { return $_[1] =~ /=/ ? $_[1] : "CN=$_[1],OU=People,OU=Corp," . $_[0]->base_dn }
sub group_dn { return $_[1] =~ /=/ ? $_[1] : "CN=$_[1],OU=Groups,OU=Corp," . $_[0]->base_dn }

sub person_ldif {
    my ($self, $name, %more) = @_;
    my $parent = delete $more{ou} // 'OU=People,OU=Corp,' . $self->base_dn;
    my $password = delete $more{password};
    my %attribute = (
        sAMAccountName => $name,
        userPrincipalName => "$name\@$self->{realm}",
        givenName => "\u$name",
        sn => 'Example',
        displayName => "\u$name Example",
        mail => "$name\@example.com",
        title => 'Clerk',
        userAccountControl => 512,
        %more
    );
    $attribute{unicodePwd} = _quoted($password) if defined $password;
    return _ldif("CN=$name,$parent", 'user', %attribute);
}

sub group_ldif {
    my ($self, $name, @members) = @_;
    return _ldif(
        $self->group_dn($name), 'group',
        sAMAccountName => $name,
        member => [ map { $self->dn($_) } @members ]
    );
}

# An attribute may have several values, or be undef.
sub _ldif {
    my ($dn, $class, %attribute) = @_;
    my $text = Bridge::Directory::_line(dn => $dn) . "objectClass: $class\n";
    for my $name (sort keys %attribute) {
        my $values = $attribute{$name} // [];
        $text .= Bridge::Directory::_line($name => $_) for ref $values ? @$values : $values;
    }
    return "$text\n";
}

sub _quoted { return encode('UTF-16LE', qq("$_[0]")) }

sub hire {
    my ($self, $name, %more) = @_;
    $self->modify($self->person_ldif($name, %more));
    return;
}

sub make_group {
    my ($self, $name, @members) = @_;
    $self->modify($self->group_ldif($name, @members));
    return;
}

sub join_group {
    my ($self, $group, @who) = @_;
    $self->change($self->group_dn($group), 'add', 'member', map { $self->dn($_) } @who);
    return;
}

sub leave_group {
    my ($self, $group, @who) = @_;
    $self->change($self->group_dn($group), 'delete', 'member', map { $self->dn($_) } @who);
    return;
}

# Sets and clears bits of userAccountControl.
sub _control {
    my ($self, $who, $set, $clear) = @_;
    my $dn = $self->dn($who);
    my $old = $self->entry($dn, 'userAccountControl')->{useraccountcontrol}[0];
    $self->set($dn, userAccountControl => ($old | $set) & ~$clear);
    return;
}

sub disable { $_[0]->_control($_[1], DISABLED, 0); return }
sub enable { $_[0]->_control($_[1], 0, DISABLED); return }

# FILETIME: tenths of microseconds since 1601.
sub expire {
    my ($self, $who, $seconds) = @_;
    my $value = defined $seconds ? (time + $seconds + 11_644_473_600) . '0000000' : NEVER;
    $self->set($self->dn($who), accountExpires => $value);
    return;
}

sub set_password {
    my ($self, $who, $text) = @_;
    $self->set($self->dn($who), unicodePwd => _quoted($text));
    return;
}

sub lock {    ## no critic: what it does
    my ($self, $who) = @_;
    my $dn = $self->dn($who);
    croak 'nothing locks without the option lockout' if !$self->{lockout};
    for (1 .. $self->{lockout}) {
        eval { $self->_tool('ldapwhoami', '-x', '-H', $self->ldaps_uri, '-D', $dn, '-w', 'x') };
    }
    croak "$who has not been locked" if !$self->entry($dn, 'lockoutTime')->{lockouttime}[0];
    return;
}

sub unlock { $_[0]->set($_[0]->dn($_[1]), lockoutTime => 0); return }

sub tombstones {
    my ($self) = @_;
    return $self->search(switches => [ '-E', '!' . SHOW_DELETED ], '(isDeleted=TRUE)', '*');
}

# [MS-ADTS] 3.1.1.5.3.7.2: both changes in one request, under the show-deleted control.
sub undelete {
    my ($self, $guid, $dn) = @_;
    my ($tombstone) = grep { $_->{objectguid}[0] eq $guid } $self->tombstones;
    croak "there is no tombstone $guid" if !$tombstone;
    $self->modify(Bridge::Directory::_line(dn => $tombstone->{dn})
            . "changetype: modify\ndelete: isDeleted\n-\nreplace: distinguishedName\n"
            . Bridge::Directory::_line(distinguishedName => $dn),
        '-e', '!' . SHOW_DELETED);
    return;
}

sub guid { return $_[0]->entry($_[1], 'objectGUID')->{objectguid}[0] }
sub sid { return $_[0]->entry($_[1], 'objectSid')->{objectsid}[0] }

sub highest_usn { return $_[0]->entry('', 'highestCommittedUSN')->{highestcommittedusn}[0] }

sub invocation_id {
    my ($self) = @_;
    my $name = $self->entry('', 'dsServiceName')->{dsservicename}[0];
    return $self->entry($name, 'invocationId')->{invocationid}[0];
}

my %binary = map { $_ => 1 } qw(objectguid invocationid parentguid);

sub _decode {
    my ($self, $name, $value) = @_;
    return _guid_text($value) if $binary{$name} && length $value == 16;
    return _sid_text($value) if $name eq 'objectsid';
    return $self->SUPER::_decode($name, $value);
}

# The first three fields are little-endian numbers.
sub _guid_text {
    my ($bytes) = @_;
    return sprintf '%08x-%04x-%04x-%s-%s', unpack 'V v v H4 H12', $bytes;
}

sub _sid_text {
    my ($bytes) = @_;
    my ($revision, $count, undef, $authority, @rest) = unpack 'C C n N V*', $bytes;
    return join '-', 'S', $revision, $authority, @rest[0 .. $count - 1];
}

1;
