# Bridge::Events::Ldap - the events of Bridge::Events in a directory of inetOrgPersons and
# groupOfNames: OpenLDAP (with refint) or 389-ds (with its plugin).
#
#     Bridge::Events::Ldap->new($server)      a Bridge::Slapd or Bridge::Ds389, empty
#
# Options: crowd => the size of the large group (2000); restart => 1 for a server that must be
# started again after an OU was moved.
# QUIRK(389-ds): entries in its cache keep the DN from before their OU was moved, 2.3.1, 2026-11.
#
# A group keeps the account of the bridge as a member, because it may not be empty. Whatever the
# server's own referential integrity does not mend is mended here, as an administrator would; but a
# member of a group is never taken out and put back.
package Bridge::Events::Ldap;
use strict;
use warnings;
use Bridge::Free qw(wait_for);

sub new {
    my ($class, $server, %option) = @_;
    my $self = bless { server => $server, crowd => 2000, %option }, $class;
    my $base = $self->base;
    $self->make_ou("$_,$base")
        for 'ou=Corp', 'ou=People,ou=Corp', 'ou=North,ou=People,ou=Corp', 'ou=Groups,ou=Corp',
        'ou=Outside';
    return $self;
}

sub base { return $_[0]{server}->base_dn }
sub user_name { return 'uid' }

sub source {
    my ($self, %settings) = @_;
    my $source = $self->{server}->source(base => 'ou=Corp,' . $self->base, %settings);
    delete @$source{qw(users groups)};    # the defaults of the type
    $source->{users} = { disabled => '(employeeType=disabled)' };
    return $source;
}

sub make_ou {
    my ($self, $dn) = @_;
    my ($name) = $dn =~ /^ou=([^,]+)/;
    $self->{server}->modify("dn: $dn\nobjectClass: organizationalUnit\nou: $name\n");
    return;
}

sub person_ldif {
    my ($self, $id, $dn, $title) = @_;
    my ($name) = $dn =~ /^cn=([^,]+)/;
    return "dn: $dn\nobjectClass: inetOrgPerson\ncn: $name\nsn: X\nuid: $id\n"
        . (defined $title ? "title: $title\n" : '') . "\n";
}

sub hire {
    my ($self, $id, $dn, $title) = @_;
    $self->{server}->modify($self->person_ldif($id, $dn, $title));
    return;
}

sub _set {
    my ($self, $dn, $verb, $name, @values) = @_;
    $self->{server}->modify("dn: $dn\nchangetype: modify\n$verb: $name\n"
            . join('', map {"$name: $_\n"} @values));
    return;
}

sub set_title { my ($self, $dn, $title) = @_; $self->_set($dn, 'replace', 'title', $title); return }
sub disable { $_[0]->_set($_[1], 'replace', 'employeeType', 'disabled'); return }
sub enable { $_[0]->_set($_[1], 'replace', 'employeeType'); return }
sub remove { my ($self, $dn) = @_; $self->{server}->delete($dn); $self->_settle; return }

sub rename {    ## no critic: what it does
    my ($self, $dn, $rdn, $parent) = @_;
    $self->{server}->modify("dn: $dn\nchangetype: modrdn\nnewrdn: $rdn\ndeleteoldrdn: 1\n"
            . (defined $parent ? "newsuperior: $parent\n" : ''));
    if ($self->{restart} && $dn =~ /^ou=/i) {
        $self->{server}->stop;
        $self->{server}->start;
    }
    my $new = "$rdn," . ($parent // $dn =~ s/^[^,]+,//r);
    $self->{renamed} = [ $dn, $new ];
    $self->_settle;
    return;
}

sub make_group {
    my ($self, $name, $dn, @members) = @_;
    $self->{server}->modify("dn: $dn\nobjectClass: groupOfNames\ncn: $name\n"
            . join('', map {"member: $_\n"} $self->{server}->bind_dn, @members));
    return;
}

sub add_members { my ($self, $dn, @who) = @_; $self->_set($dn, 'add', 'member', @who); return }
sub drop_members { my ($self, $dn, @who) = @_; $self->_set($dn, 'delete', 'member', @who); return }

sub crowd {
    my ($self, $group, $parent) = @_;
    my @names = map {"user$_"} 1 .. $self->{crowd};
    $self->{server}->modify(join '', map { $self->person_ldif($_, "cn=$_,$parent") } @names);
    $self->make_group('crowd', $group, map {"cn=$_,$parent"} @names);
    return @names;
}

# The server mends groups in its own time, and only those that hold the very name that changed.
# Waits until no group names what is not there, and mends the rest.
sub _settle {
    my ($self) = @_;
    my $server = $self->{server};
    my ($old, $new) = @{ delete $self->{renamed} // [] };
    my $stale = sub {
        my %there = map { lc $_->{dn} => 1 } $server->search('(objectClass=*)', '1.1');
        my @stale;
        for my $group ($server->search('(objectClass=groupOfNames)', 'member')) {
            push @stale, map { [ $group->{dn}, $_ ] }
                grep { !$there{ lc $_ } && !/^cn=nobody$/i } @{ $group->{member} // [] };
        }
        return @stale;
    };
    return if eval { wait_for('the groups', 0.5, sub { !$stale->() }); 1 };
    for ($stale->()) {
        my ($group, $member) = @$_;
        my $now = defined $old ? $member =~ s/\Q$old\E$/$new/ri : $member;
        die "$group names $member, which is not there\n" if $now eq $member;
        $server->modify("dn: $group\nchangetype: modify\nadd: member\nmember: $now\n-\n"
                . "delete: member\nmember: $member\n");
    }
    return;
}

1;
