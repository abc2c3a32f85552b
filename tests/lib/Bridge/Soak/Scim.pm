# Bridge::Soak::Scim - the soak test's application that speaks SCIM.
#
#     my $at = Bridge::Soak::Scim->new;
#     $at->app                    Bridge::Misbehaving
#     $at->seed(@names)           accounts and the group "theirs", of others
#     $at->map                    the rows of the app's map
#     $at->invite($user, $group)  others put somebody into a group
#     $at->members($group)        ids
#     $at->values($user)          {title, department, manager}
#     $at->about($request)        what a request is about, however it is spelt: {kind => 'account'
#                                 or another, id, login, active => 1, 0 or undef, deletes}; undef:
#                                 nothing that is kept
package Bridge::Soak::Scim;
use strict;
use warnings;
use Bridge::Misbehaving;
use JSON::PP;

my $enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
my %patch = (schemas => ['urn:ietf:params:scim:api:messages:2.0:PatchOp']);

sub new {
    my ($class) = @_;
    return bless { app => Bridge::Misbehaving->new }, $class;
}

sub app { return $_[0]{app} }

sub seed {
    my ($self, @names) = @_;
    my $true = JSON::PP::true;
    $self->{app}->seed(
        users => [ map { { userName => $_, active => $true } } @names ],
        groups => [ { displayName => 'theirs' } ]
    );
    return;
}

sub map {    ## no critic: a setting's name
    my ($self) = @_;
    my $manager = { to => "$enterprise:manager.value", from => '[manager]', reference => 'true' };
    return (@{ $self->{app}->app->{map} }, $manager);
}

sub invite {
    my ($self, $user, $group) = @_;
    my @add = ({ op => 'add', path => 'members', value => [ { value => $user->{id} } ] });
    $self->{app}->request('PATCH', "/Groups/$group->{id}", { %patch, Operations => \@add });
    return;
}

sub members {
    my ($self, $group) = @_;
    return CORE::map { $_->{value} } @{ $group->{members} // [] };
}

sub values {    ## no critic: of an account
    my ($self, $user) = @_;
    my $more = $user->{$enterprise} // {};
    return { title => $user->{title}, department => $more->{department},
        manager => $more->{manager}{value} };
}

# What a request makes of "active": 1, 0, or undef for neither.
sub _active {
    my ($body) = @_;
    my $active = $body->{active};
    for my $operation (@{ $body->{Operations} // [] }) {
        my ($path, $value) = @$operation{qw(path value)};
        $active = $value if ($path // '') eq 'active';
        $active = $value->{active} if ref $value eq 'HASH' && exists $value->{active};
    }
    return defined $active ? $active ? 1 : 0 : undef;
}

sub about {
    my ($self, $request) = @_;
    my ($type, $id) = $request->{path} =~ m{^/scim/v2/(\w+)(?:/([^/?]+))?};
    my $body = ref $request->{body} ? $request->{body} : {};
    return {
        kind => $type eq 'Users' ? 'account' : 'group',
        id => $id,
        login => $body->{userName},
        active => _active($body),
        deletes => $request->{method} eq 'DELETE',
    };
}

1;
