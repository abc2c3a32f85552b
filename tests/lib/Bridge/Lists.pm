# Bridge::Lists - an application whose API shows accounts and groups in listings, and cannot be
# searched; see tests/servers/lists/server.js.
#
#     my $app = Bridge::Lists->new;
#     $app->hold(users => [...], groups => [...], settings => {...})
#                                     what it holds from now on, as far as it is named
#     $app->users, $app->groups       what it holds
#     $app->taken                     ["GET /page?page=1", ...] since it was last asked
#     $app->bodies                    the same with the bodies: [[method, path, body], ...]
#     $app->definition(%settings)     the app for Bridge::Run's write_config, with these on top
package Bridge::Lists;
use strict;
use warnings;
use parent 'Bridge::Node';
use Carp qw(croak);

sub new {
    my ($class, %option) = @_;
    return $class->SUPER::new(%option, script => 'lists/server.js');
}

sub _control {
    my ($self, $path, $body) = @_;
    my $answer = $self->_send('POST', "$self->{url}/__$path", $body // {}, {});
    croak "/__$path: $answer->{status} $answer->{content}" if $answer->{status} != 200;
    return $answer->{json};
}

sub hold {
    my ($self, %what) = @_;
    $self->_control('set', \%what);
    return;
}

sub users { return @{ $_[0]->_control('state')->{users} } }
sub groups { return @{ $_[0]->_control('state')->{groups} } }

sub bodies {
    my ($self) = @_;
    return map { [ @$_{qw(method path body)} ] } @{ $self->_control('taken') };
}

sub taken {
    my ($self) = @_;
    return [ map {"$_->[0] $_->[1]"} $self->bodies ];
}

sub definition {
    my ($self, %more) = @_;
    return {
        name => 'app',
        type => 'custom',
        url => $self->url,
        insecure => 'true',
        tries => 1,
        create => { url => '/users' },
        update => { url => '/users/{id}' },
        disable => { method => 'PUT', url => '/users/{id}', body => { state => 'inactive' } },
        match => ['login'],
        map => [ { to => 'login', from => '[uid]' } ],
        %more,
    };
}

1;
