# Bridge::Login - starts a service with logins of its own, which guards a SCIM application.
#
#     my $service = Bridge::Login->new(application => $app);  # Bridge::Misbehaving or ::Scimmy
#     $service->url                       the guarded application
#     $service->auth('json', %more)       the group auth for a way in: json, form, xml, header,
#                                         chain, password, query
#     $service->address('/json')          where a login is
#     $service->revoke                    no token is good any more
#     $service->settings(lifetime => 2, delay => 50, redirect => 'here')
#     $service->logins                    [{path, ok}, ...]: what was asked beside the application
#     $service->guarded                   [{method, url, status}, ...]: what came to it, and was
#                                         turned away
#     $service->secrets                   a pattern for whatever nobody should see
#
# The logins are described in tests/servers/login/server.js.
package Bridge::Login;
use strict;
use warnings;
use parent 'Bridge::Node';
use Bridge::Run qw(secret);
use Carp qw(croak);

my $password = 'pa ss<&">word/+1';
my $client_secret = 'secret of client';
my $api_key = 'key&of=client/17';

sub new {
    my ($class, %option) = @_;
    my $application = delete $option{application};
    return $class->SUPER::new(
        %option,
        token => $application->token,
        script => 'login/server.js',
        env => {
            UPSTREAM => $application->url,
            PASSWORD => $password,
            CLIENT_SECRET => $client_secret,
            API_KEY => $api_key,
        },
    );
}

sub _control {
    my ($self, $method, $path, $body) = @_;
    my $answer = $self->_send($method, "http://127.0.0.1:$self->{port}/__$path", $body, {});
    croak "$method /__$path: $answer->{status} $answer->{content}" if $answer->{status} != 200;
    return $answer->{json};
}

sub address { return $_[0]->url =~ s{/scim/v2$}{$_[1]}r }
sub logins { return $_[0]->_control('GET', 'logins') }
sub guarded { return $_[0]->_control('GET', 'guard') }
sub revoke { $_[0]->_control('POST', 'revoke', {}); return }

sub settings {
    my ($self, %settings) = @_;
    $self->_control('POST', 'settings', \%settings);
    return;
}

# In any of the spellings that come up: as it is, in addresses and forms, in JSON, XML and base64.
sub secrets {
    return qr{pa[ +]ss|pa%20ss|secret[ +]of|key&of|key%26of|tok-[0-9a-f]|ti&cket|ti%26cket
        |cGEgc3M|YnJpZGdlOn}xi;
}

sub _login {
    my ($self, $path, %call) = @_;
    return { url => $self->address($path), %call };
}

sub _ways {
    my ($self) = @_;
    my %who = (user => '{auth.user}', password => '{auth.password}');
    return (
        json => {
            login => [ $self->_login('/json', body => \%who) ],
            token_path => 'data.token',
            expires_path => 'data.lives',
        },
        form => {
            login => [
                $self->_login('/form',
                    body => \%who, content_type => 'application/x-www-form-urlencoded')
            ],
            token_path => 'token',
            expires_path => 'ends',
            expires_as => 'epoch',
            name => 'X-Session',
        },
        xml => {
            login => [
                $self->_login(
                    '/xml',
                    content_type => 'text/xml',
                    body => '{"login": {"@user": "{auth.user}", "@password": "{auth.password}"}}'
                )
            ],
            token_path => 'session.id',
            expires_path => 'session.ends',
            expires_as => 'date',
        },
        header => {
            login => [
                $self->_login(
                    '/header',
                    headers => [ { name => 'Authorization', value => 'Basic {auth.basic}' } ],
                    outputs => [
                        { name => 'token', header => 'Set-Cookie', pattern => 'sid=([^;]+)' }
                    ]
                )
            ],
            name => 'Cookie',
            prefix => 'sid=',
        },
        chain => {
            login => [
                $self->_login('/chain/begin', outputs => [ { name => 'n', path => 'nonce' } ]),
                $self->_login(
                    '/chain/proof',
                    body => { nonce => '{step.n}', %who },
                    outputs => [ { name => 'ticket', path => 'tickets[0]' } ]
                ),
                $self->_login('/chain/token?ticket={step.ticket}', method => 'GET'),
            ],
            token_path => 'token',
        },
    );
}

sub auth {
    my ($self, $way, %more) = @_;
    my %user = (user => 'bridge', password_file => secret($password));
    my %client = (client_id => 'client', client_secret_file => secret($client_secret));
    return { type => 'query', name => 'api_key', value_file => secret($api_key), %more }
        if $way eq 'query';
    return { type => 'password', token_url => $self->address('/token'), %user, %client, %more }
        if $way eq 'password';
    my %ways = $self->_ways;
    my $login = $ways{$way} // croak "no login called $way";
    return { type => 'login', %user, %$login, %more };
}

1;
