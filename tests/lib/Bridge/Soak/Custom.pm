# Bridge::Soak::Custom - the soak test's application with an API of its own: Zoom's, where states
# are calls of their own and a listing is three. As Bridge::Soak::Scim.
package Bridge::Soak::Custom;
use strict;
use warnings;
use Bridge::CustomApi;

my @rows = (
    [ email => '[uid]' ],
    [ type => '1', when => 'create' ],
    [ first_name => '[givenName]' ],
    [ last_name => '[sn]' ],
    [ dept => '[departmentNumber]' ],
    [ job_title => '[title]' ],
    [ manager => '[manager]', reference => 'true' ],
);

sub new {
    my ($class) = @_;
    return bless { app => Bridge::CustomApi->new('zoom', settings => { page => 20 }) }, $class;
}

sub app { return $_[0]{app} }

sub seed {
    my ($self, @names) = @_;
    $self->{app}->seed(
        users => [ CORE::map { { email => $_ } } @names ],
        groups => [ { name => 'theirs' } ]
    );
    return;
}

sub map {    ## no critic: a setting's name
    return CORE::map {
        my ($to, $from, @more) = @$_;
        +{ to => $to, from => \$from, @more }
    } @rows;
}

sub invite {
    my ($self, $user, $group) = @_;
    $self->{app}->put_into($group->{displayName}, $user->{userName});
    return;
}

sub members { return @{ $_[1]{members} } }

sub values {    ## no critic: of an account
    my ($self, $user) = @_;
    my $values = $user->{values};
    return { title => $values->{job_title}, department => $values->{dept},
        manager => $values->{manager} };
}

sub about {
    my ($self, $request) = @_;
    my $about = $request->{about};
    return if !$about || $about->{kind} eq 'token';
    my $active = $about->{active};
    return { %$about, active => defined $active ? $active ? 1 : 0 : undef };
}

1;
