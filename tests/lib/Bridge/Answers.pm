# Bridge::Answers - a service that answers by a table; see tests/servers/answers/server.js.
#
#     my $service = Bridge::Answers->new;
#     $service->answer([ '^POST /users ', 201, { id => 7 } ], ...)  from now on, the first that fits
#     $service->taken                 "POST /users BODY", ...: what it was asked since
package Bridge::Answers;
use strict;
use warnings;
use parent 'Bridge::Node';
use Carp qw(croak);

sub new {
    my ($class, %option) = @_;
    return $class->SUPER::new(%option, script => 'answers/server.js');
}

sub _control {
    my ($self, $path, $body) = @_;
    my $answer = $self->_send('POST', "$self->{url}/__$path", $body, {});
    croak "/__$path: $answer->{status} $answer->{content}" if $answer->{status} != 200;
    return @{ $answer->{json} };
}

sub answer {
    my ($self, @rows) = @_;
    $self->_control('set', \@rows);
    return;
}

sub taken { return $_[0]->_control('taken', []) }

1;
