# Bridge::CustomApi - starts an application with an API of its own, and writes the config that
# speaks it.
#
#     my $app = Bridge::CustomApi->new('zoom');   # zoho, zoom, graph, plain; settings => {...};
#                                             preset => 1: with the preset that we ship
#     $app->app(name => 'zoom', ...)          the app for Bridge::Run's write_config: a definition
#                                             of that API, with these settings on top
#     $app->users, groups, user('bob@...')    what it holds, whatever the service calls it:
#                                             {id, userName, active, values}; {id, displayName,
#                                             members}
#     $app->state                             {accounts, groups, raw}: all of it at once
#     $app->members('Sales')                  the logins in a group, in order; undef: no such group
#     $app->seed(users => [...], groups => [...])       in the service's own words, by others
#     $app->put_into('Sales', 'bob@...')     by others
#     $app->restore($app->raw)                what it held then
#     $app->settings(page => 3)               what it does otherwise; see the service's head
#     $app->faults({ match => { method => 'POST' }, nth => 2, fault => 'drop-after' }, ...)
#     $app->fired                             how often each rule fired, in order
#     $app->requests, taken, forget           as of Bridge::Misbehaving
#     $app->reset                             forgets all but its settings and who has a token
#     $app->writes, calls('POST', qr{/users}) those that write, tokens aside; those that fit
#     $app->tokens                            how many tokens were asked for
#     $app->secrets                           what may stand in no output
#     $app->restart                           killed, and started with what it held
#
# The services are described in tests/servers/customapi/, their definitions are in
# Bridge::CustomApi::Definitions.
package Bridge::CustomApi;
use strict;
use warnings;
use parent 'Bridge::Node';
use Bridge::CustomApi::Definitions qw(definition preset);
use Carp qw(croak);
use File::Temp qw(tempdir);

sub new {
    my ($class, $api, %option) = @_;
    my $settings = delete $option{settings};
    my $dir = tempdir('dirbridge-XXXXXX', TMPDIR => 1, CLEANUP => 1);
    my $self = $class->SUPER::new(
        %option,
        api => $api,
        script => 'customapi/server.js',
        env => { STATE_FILE => "$dir/state" },
    );
    $self->settings(%$settings) if $settings;
    return $self;
}

sub api { return $_[0]{api} }
sub base { return "$_[0]{url}/$_[0]{api}" }

sub _control {
    my ($self, $method, $path, $body) = @_;
    my $answer = $self->_send($method, "$self->{url}/__$path", $body, {});
    croak "$method /__$path: $answer->{status} $answer->{content}" if $answer->{status} != 200;
    return $answer->{json};
}

sub state { return $_[0]->_control('GET', 'state')->{ $_[0]{api} } }    ## no critic: what it is

sub users { return @{ $_[0]->state->{accounts} } }
sub groups { return @{ $_[0]->state->{groups} } }
sub raw { return $_[0]->state->{raw} }
sub requests { return $_[0]->_control('GET', 'requests') }
sub taken { return $_[0]->_control('GET', 'taken') }

sub user {
    my ($self, $login) = @_;
    my ($user) = grep { lc $_->{userName} eq lc $login } $self->users;
    return $user;
}

sub members {
    my ($self, $name) = @_;
    my $state = $self->state;
    my ($group) = grep { $_->{displayName} eq $name } @{ $state->{groups} };
    my %login = map { $_->{id} => $_->{userName} } @{ $state->{accounts} };
    return $group && join ' ', sort map { $login{$_} // 'nobody' } @{ $group->{members} };
}

sub seed {
    my ($self, %lists) = @_;
    return $self->_control('POST', 'seed', { $self->{api} => \%lists })->{ $self->{api} };
}

sub restore {
    my ($self, $raw) = @_;
    $self->_control('POST', 'restore', { $self->{api} => { raw => $raw } });
    return;
}

sub settings {
    my ($self, %more) = @_;
    $self->_control('POST', 'settings', { $self->{api} => \%more });
    return;
}

sub faults {
    my ($self, @rules) = @_;
    $self->_control('POST', 'faults', \@rules);
    return;
}

sub fired {
    return map { $_->{fired} } @{ $_[0]->_control('GET', 'fired') };
}

sub writes {
    my ($self) = @_;
    return [ grep { $_->{about} && $_->{about}{kind} ne 'token' } @{ $self->requests } ];
}

sub calls {
    my ($self, $method, $path) = @_;
    return grep { $_->{method} eq $method && $_->{path} =~ $path } @{ $self->requests };
}

sub tokens {
    return scalar grep { $_->{about} && $_->{about}{kind} eq 'token' } @{ $_[0]->requests };
}

sub forget {
    my ($self) = @_;
    $self->_control('POST', 'reset', { keep => [qw(data faults settings)] });
    return;
}

sub reset {    ## no critic: what it does
    my ($self) = @_;
    $self->_control('POST', 'reset', { keep => [qw(settings tokens)] });
    return;
}

sub restart {
    my ($self) = @_;
    $self->kill9;
    $self->start;
    return;
}

# Somebody is put into a group by others.
sub put_into {
    my ($self, $name, $login) = @_;
    my $raw = $self->raw;
    my ($group) = grep { $_->{displayName} eq $name } $self->groups;
    my ($there) = grep { $_->{id} eq $group->{id} } @{ $raw->{groups} };
    push @{ $there->{members} }, $self->user($login)->{id};
    $self->restore($raw);
    return;
}

sub secrets {
    my ($self) = @_;
    my %of = (
        zoho => [ 'zoho-secret-x1', 'zoho-refresh-x2' ],
        zoom => ['zoom-secret-x3'],
        graph => ['graph-secret-x4'],
        plain => ['plain-key-x5'],
    );
    my @tokens = map { $_->{token} } @{ $self->raw->{tokens} // [] };
    return @{ $of{ $self->{api} } }, @tokens;
}

sub app {
    my ($self, %more) = @_;
    return {
        name => 'app',
        type => 'custom',
        insecure => 'true',
        url => $self->base,
        %{ ($self->{preset} ? \&preset : \&definition)->($self->{api}, $self->base) },
        %more
    };
}

1;
