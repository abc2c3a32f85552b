# Bridge::Events::Ad - the events of Bridge::Events in a domain.
#
#     Bridge::Events::Ad->new($dc)        a Bridge::Samba, empty
#
# Option: crowd => the size of the large group (5001).
#
# Groups are of every kind that a domain has: global, universal and domain local ones (which AD
# does not let hold each other in every way), security and distribution groups.
package Bridge::Events::Ad;
use strict;
use warnings;

sub new {
    my ($class, $dc, %option) = @_;
    return bless { server => $dc, crowd => 5001, %option, guids => {} }, $class;
}

sub base { return $_[0]{server}->base_dn }
sub user_name { return 'sAMAccountName' }

sub source {
    my ($self, %settings) = @_;
    return $self->{server}->source(base => 'OU=Corp,' . $self->base, %settings);
}

sub make_ou {
    my ($self, $dn) = @_;
    $self->{server}->modify("dn: $dn\nobjectClass: organizationalUnit\n");
    return;
}

sub hire {
    my ($self, $id, $dn, $title) = @_;
    my ($name, $parent) = $dn =~ /^cn=([^,]+),(.*)/;
    $self->{server}->hire($name, ou => $parent, sAMAccountName => $id, title => $title,
        userPrincipalName => "$id\@" . $self->{server}->realm, userAccountControl => 544);
    $self->{guids}{$id} = $self->{server}->guid($dn);
    return;
}

sub set_title { my ($self, $dn, $title) = @_; $self->{server}->set($dn, title => $title); return }
sub disable { $_[0]{server}->disable($_[1]); return }
sub enable { $_[0]{server}->enable($_[1]); return }
sub expire { $_[0]{server}->expire(@_[ 1, 2 ]); return }
sub remove { $_[0]{server}->delete($_[1]); return }
sub rename { my ($self, @how) = @_; $self->{server}->modrdn(@how); return }    ## no critic

# Universal groups, which may hold each other and be primary; one is a distribution group, which
# may not be primary but counts all the same.
sub make_group {
    my ($self, $name, $dn, @members) = @_;
    my $type = $name eq 'ring' ? 8 : -2147483640;
    $self->{server}->modify("dn: $dn\nobjectClass: group\nsAMAccountName: $name\n"
            . "groupType: $type\n"
            . join('', map {"member: $_\n"} @members));
    return;
}

sub add_members { my ($self, $dn, @who) = @_; $self->_members($dn, 'add', @who); return }
sub drop_members { my ($self, $dn, @who) = @_; $self->_members($dn, 'delete', @who); return }

sub _members {
    my ($self, $dn, $verb, @who) = @_;
    $self->{server}->change($dn, $verb, 'member', @who);
    return;
}

sub set_primary {
    my ($self, $dn, $group) = @_;
    my ($rid) = $self->{server}->sid($group) =~ /-(\d+)$/;
    $self->{server}->set($dn, primaryGroupID => $rid);
    return;
}

sub revive {
    my ($self, $id, $dn, $title) = @_;
    my $server = $self->{server};
    $server->undelete($self->{guids}{$id}, $dn);
    $server->set($dn, title => $title);
    $server->enable($dn);
    return;
}

sub crowd {
    my ($self, $group, $parent) = @_;
    my ($name) = $group =~ /^cn=([^,]+)/;
    my $size = $self->{crowd};
    $self->{server}->bulk_load(users => $size, group => $name, members => $size, base => $parent);
    return map {"user$_"} 1 .. $size;
}

1;
