# Bridge::Gate - what stands in front of an application in real life: TLS, HTTP/2, certificates of
# clients, connections that end in the middle; and a forward proxy.
#
#     my $gate = Bridge::Gate->new(application => $app);
#                                     options: versions => 'h2', streams => 3, clients => 1,
#                                     max_tls => 'TLSv1.2', proxy_user => 'user:password'
#     $gate->settings(%more)          of the app in the config, to go through it
#     $gate->url, proxy_url           https://127.0.0.1:..., http://127.0.0.1:...
#     $gate->distant_url              by a name that only the proxy knows; plain_url: the same, http
#     $gate->file('client.pem')       also ca.pem, client.key, locked.key (password "open"),
#                                     other.key, other.pem (of nobody's authority)
#     $gate->faults({ nth => 2, act => 'reset-after' }, ...)
#     $gate->log                      {requests, sessions, proxied, fired}
#
# The rest is told in tests/servers/gate/gate.js.
package Bridge::Gate;
use strict;
use warnings;
use Bridge::Free qw(wait_for);
use Bridge::Process qw(read_file);
use Carp qw(croak);
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use HTTP::Tiny;
use JSON::PP;

my $server = abs_path(dirname(__FILE__) . '/../../servers/gate') . '/gate.js';

sub _openssl {
    my ($dir, @command) = @_;
    my $log = "$dir/openssl.log";
    my $process =
        Bridge::Process->new(command => [ 'openssl', @command ], out => $log, err => $log);
    $process->wait;
    croak 'openssl: ' . read_file($log) if $process->status;
    return;
}

sub _certificate {
    my ($dir, $name, $key, $subject, @more) = @_;
    _openssl($dir, qw(req -newkey rsa:2048 -nodes -subj), "/CN=$subject", @more, '-keyout',
        "$dir/$key", '-out', "$dir/$name.csr");
    _openssl($dir, qw(x509 -req -days 2 -copy_extensions copy -CAcreateserial -in),
        "$dir/$name.csr", '-CA', "$dir/ca.pem", '-CAkey', "$dir/ca.key", '-out', "$dir/$name.pem");
    return;
}

sub _make_certificates {
    my ($dir) = @_;
    my @self_signed = qw(req -x509 -newkey rsa:2048 -nodes -days 2 -subj);
    _openssl($dir, @self_signed, '/CN=gate CA', '-keyout', "$dir/ca.key", '-out', "$dir/ca.pem");
    _openssl($dir, @self_signed, '/CN=nobody', '-keyout', "$dir/other.key", '-out',
        "$dir/other.pem");
    _certificate($dir, 'cert', 'key.pem', 'gate', '-addext',
        'subjectAltName=IP:127.0.0.1,DNS:scim.example.test');
    _certificate($dir, 'client', 'client.key', 'bridge-client');
    _openssl($dir, qw(rsa -aes256 -passout pass:open -in), "$dir/client.key", '-out',
        "$dir/locked.key");
    return;
}

sub new {
    my ($class, %option) = @_;
    my $dir = tempdir('dirbridge-XXXXXX', TMPDIR => 1, CLEANUP => 1);
    my $self = bless { %option, dir => $dir }, $class;
    my ($backend) = $option{application}->url =~ m{^(http://[^/]+)};
    my $out = "$dir/out";
    _make_certificates($dir);
    $self->{process} = Bridge::Process->new(
        command => [ $ENV{NODE} // 'node', $server ],
        env => {
            BACKEND => $backend,
            TLS => $dir,
            VERSIONS => $option{versions},
            STREAMS => $option{streams},
            CLIENTS => $option{clients},
            MAX_TLS => $option{max_tls},
            PROXY_USER => $option{proxy_user}
        },
        out => $out,
        err => $out,
    );
    wait_for(
        'gate.js to start',
        20,
        sub {
            return 1
                if @$self{qw(port proxy_port)} = read_file($out) =~ /^listening on (\d+) (\d+)/m;
            croak 'gate.js ended at once: ' . read_file($out) if !$self->{process}->running;
            return 0;
        }
    );
    return $self;
}

sub file { return "$_[0]{dir}/$_[1]" }
sub url { return "https://127.0.0.1:$_[0]{port}/scim/v2" }
sub distant_url { return "https://scim.example.test:$_[0]{port}/scim/v2" }
sub plain_url { return 'http://scim.example.test/scim/v2' }
sub proxy_url { return "http://127.0.0.1:$_[0]{proxy_port}" }

sub settings {
    my ($self, %more) = @_;
    return {
        url => $self->url,
        %more,
        tls => { ca_file => $self->file('ca.pem'), %{ $more{tls} // {} } }
    };
}

sub _control {
    my ($self, $method, $path, $content) = @_;
    my $answer = HTTP::Tiny->new(timeout => 20)
        ->request($method, $self->proxy_url . $path, { content => $content // '' });
    croak "$path: $answer->{status} $answer->{content}" if $answer->{status} != 200;
    return decode_json($answer->{content});
}

sub faults {
    my ($self, @faults) = @_;
    $self->_control('POST', '/__faults', encode_json(\@faults));
    return;
}

sub log { return $_[0]->_control('GET', '/__log') }    ## no critic: what it is

1;
