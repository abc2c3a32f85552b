# Bridge::OAuth - starts the real authorization server (npm oidc-provider), which guards a SCIM
# application.
#
#     my $oauth = Bridge::OAuth->new(application => $app);    # Bridge::Misbehaving or ::Scimmy
#     $oauth->url, token_url              the guarded application, and where tokens are
#     $oauth->auth('basic', %more)        the group auth for a client: basic, body, rsa, ec,
#                                         rotating, signing, service
#     $oauth->refresh_token               a new one for the client "rotating"
#     $oauth->revoke                      no access token is good any more
#     $oauth->settings(lifetime => 2, leeway => 10, delay => 50, revokeAt => 'POST', endOld => \1,
#         slow => 50)
#     $oauth->grants                      [{grant, client, error}, ...]: what /token was asked
#     $oauth->guarded                     [{method, path, status}, ...]: what came to the
#                                         application, and was turned away
#     $oauth->tls('client')               with the option tls => 1, over https: the group tls, with
#                                         the certificate of the client "certified", or without
#     $oauth->stop, start                 tokens do not survive that, keys neither
#
# The clients are described in tests/servers/oauth/server.js.
package Bridge::OAuth;
use strict;
use warnings;
use parent 'Bridge::Node';
use Bridge::Process qw(read_file);
use Bridge::Run qw(secret);
use Carp qw(croak);
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);

my $folder = abs_path(dirname(__FILE__) . '/../../servers/oauth');

sub new {
    my ($class, %option) = @_;
    croak "oidc-provider is not installed: run 'npm ci' in tests/servers/oauth"
        if !-d "$folder/node_modules/oidc-provider";
    my $keys = tempdir('dirbridge-XXXXXX', TMPDIR => 1, CLEANUP => 1);
    my $application = delete $option{application};
    _make_certificates($keys) if $option{tls};
    return $class->SUPER::new(
        %option,
        token => $application->token,
        keys => $keys,
        script => 'oauth/server.js',
        env => {
            UPSTREAM => $application->url,
            OAUTH_KEYS => $keys,
            OAUTH_TLS => $option{tls} && $keys
        },
    );
}

sub _make_certificates {
    my ($folder) = @_;
    for my $name (qw(server client)) {
        my $process = Bridge::Process->new(
            command => [
                qw(openssl req -x509 -days 2 -nodes -newkey rsa:2048 -subj), "/CN=$name",
                qw(-addext subjectAltName=IP:127.0.0.1 -keyout), "$folder/$name.key",
                '-out', "$folder/$name.pem"
            ],
            out => "$folder/openssl.log",
            err => "$folder/openssl.log",
        );
        croak 'openssl: ' . read_file("$folder/openssl.log")
            if !$process->wait(60) || $process->status;
    }
    return;
}

sub tls {
    my ($self, $who) = @_;
    my $folder = $self->{keys};
    return {
        ca_file => "$folder/server.pem",
        $who ? (cert_file => "$folder/$who.pem", key_file => "$folder/$who.key") : (),
    };
}

sub _control {
    my ($self, $method, $path, $body) = @_;
    my $answer = $self->_send($method, "http://127.0.0.1:$self->{port}/__$path", $body, {});
    croak "$method /__$path: $answer->{status} $answer->{content}" if $answer->{status} != 200;
    return $answer->{json};
}

sub token_url { return $_[0]->url =~ s{/scim/v2$}{/token}r }
sub grants { return $_[0]->_control('GET', 'grants') }
sub guarded { return $_[0]->_control('GET', 'guard') }
sub refresh_token { return $_[0]->_control('POST', 'refresh', {})->{token} }
sub revoke { $_[0]->_control('POST', 'revoke', {}); return }

sub settings {
    my ($self, %settings) = @_;
    $self->_control('POST', 'settings', \%settings);
    return;
}

sub _proof {
    my ($self, $client) = @_;
    return {} if $client eq 'certified';
    return { client_secret_file => secret("secret of $client") }
        if $client =~ /^(?:basic|body|rotating|service)$/;
    my $key = $client eq 'ec' ? 'ec' : 'rsa';
    return { key_file => secret(read_file("$self->{keys}/$key.pem") =~ s/\n\z//r), key_id => $key };
}

sub auth {
    my ($self, $client, %more) = @_;
    my %special = (
        body => { client_auth => 'body' },
        rotating => { type => 'refresh_token' },
        signing => { type => 'jwt_bearer', subject => 'admin@example.com' },
        service => { grant => 'account_credentials', parameters => { account_id => 'A1' } },
    );
    return {
        type => 'client_credentials',
        client_id => $client,
        token_url => $self->token_url,
        %{ $self->_proof($client) },
        %{ $special{$client} // {} },
        %more,
    };
}

1;
