# Bridge::Misbehaving - starts our scriptable SCIM application and tells it what to do wrong.
#
#     my $app = Bridge::Misbehaving->new;     # options: token, basic, personality => 'file.js'
#     $app->faults({ match => { method => 'POST' }, nth => 2, fault => 'drop-after' }, ...);
#     $app->faults                            none any more
#     $app->own_faults                        those of the personality again
#     $app->fired                             how often each rule fired, in order
#     $app->users, groups, user('bob')        what the application holds
#     $app->seed(users => [ { userName => 'bob' } ])
#                                             accounts others made; returns {users, groups}
#     $app->requests                          [{n, time, method, path, headers, body, fault,
#                                             status, outcome, authorization, connection,
#                                             inflight}, ...]
#     $app->writes                            those that are not GET
#     $app->taken                             those since it was last asked, which forgets them
#     $app->changes                           PATCH requests and searches, for Bridge::Oracle
#     $app->forget                            forgets the requests
#     $app->reset                             forgets everything
#     $app->app(name => 'zoom', ...)          the app for Bridge::Run's write_config
#     $app->request('POST', '/Users', {...})  as another client: {status, headers, content, json}
#
# The rules are described in tests/servers/misbehaving/faults.js.
package Bridge::Misbehaving;
use strict;
use warnings;
use parent 'Bridge::Node';
use Carp qw(croak);
use Cwd qw(abs_path);

sub new {
    my ($class, %option) = @_;
    my $personality = $option{personality} && abs_path($option{personality});
    return $class->SUPER::new(
        %option,
        script => 'misbehaving/server.js',
        env => { PERSONALITY => $personality }
    );
}

sub _control {
    my ($self, $method, $path, $body) = @_;
    my $answer = $self->_send($method, "http://127.0.0.1:$self->{port}/__$path", $body, {});
    croak "$method /__$path: $answer->{status} $answer->{content}" if $answer->{status} != 200;
    return $answer->{json};
}

sub faults {
    my ($self, @rules) = @_;
    $self->_control('POST', 'faults', \@rules);
    return;
}

sub own_faults {
    my ($self) = @_;
    $self->_control('POST', 'reset', { keep => [ 'data', 'requests' ] });
    return;
}

sub users { return @{ $_[0]->_control('GET', 'state')->{users} } }
sub groups { return @{ $_[0]->_control('GET', 'state')->{groups} } }
sub requests { return $_[0]->_control('GET', 'requests') }
sub taken { return $_[0]->_control('GET', 'taken') }
sub changes { return @{ $_[0]->_control('GET', 'changes') } }

sub writes {
    return [ grep { $_->{method} ne 'GET' } @{ $_[0]->requests } ];
}

sub fired {
    return map { $_->{fired} } @{ $_[0]->_control('GET', 'state')->{faults} };
}

sub user {
    my ($self, $name) = @_;
    my ($user) = grep { lc $_->{userName} eq lc $name } $self->users;
    return $user;
}

sub seed {
    my ($self, %resources) = @_;
    return $self->_control('POST', 'state', \%resources);
}

sub forget {
    my ($self) = @_;
    $self->_control('POST', 'reset', { keep => [ 'data', 'faults' ] });
    return;
}

sub reset {    ## no critic: what it does
    my ($self) = @_;
    $self->_control('POST', 'reset', {});
    return;
}

1;
