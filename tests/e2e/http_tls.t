#!/usr/bin/perl
# A service that wants a certificate gets ours, with its key, and nobody else's; what is wrong with
# it is said with the setting's name; and no old TLS is spoken where a newer one is asked for.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Free qw(free_port wait_for wait_for_tcp);
use Bridge::Gate;
use Bridge::Misbehaving;
use Bridge::Process qw(read_file);
use Bridge::Run;
use Bridge::World;
use Test::More;

my $app = Bridge::Misbehaving->new;
my $gate = Bridge::Gate->new(application => $app, clients => 1);
my $older = Bridge::Gate->new(application => $app, clients => 1, max_tls => 'TLSv1.2');
my $world =
    Bridge::World->new(application => $app, people => ['ann'], groups => { app => ['ann'] });
my @outputs;

sub check {
    my ($gate, %tls) = @_;
    $world->configure(app => $gate->settings(tls => \%tls, tries => 2));
    my $result = $world->bridge->run('check');
    push @outputs, $result->{out}, $result->{err};
    $result->{said} = $result->{out} . $result->{err};
    return $result;
}

sub refused {
    my ($why, $sentence, $gate, %tls) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $before = @{ $gate->log->{requests} };
    my $result = check($gate, %tls);
    isnt($result->{exit}, 0, "$why: refused");
    like($result->{said}, $sentence, "$why: with the reason");
    is(scalar @{ $gate->log->{requests} }, $before, "$why: and nothing was asked for");
    return;
}

my ($cert, $key) = map { $gate->file($_) } qw(client.pem client.key);
for my $service ([ 'TLS 1.3', $gate ], [ 'TLS 1.2', $older ]) {
    my ($name, $it) = @$service;
    my %ours = map { $_->[0] => $it->file($_->[1]) }
        ([ cert_file => 'client.pem' ], [ key_file => 'client.key' ]);
    is(check($it, %ours)->{exit}, 0, "$name: our certificate opens the door")
        or diag $outputs[-2], $outputs[-1];
    is($it->log->{requests}[-1]{client}, 'bridge-client', "$name: and it is ours");
    refused("$name: without one", qr/set tls\.cert_file and tls\.key_file/, $it);
}

# A server that says why it hangs up: this one does nothing but TLS.
for my $version (qw(tls1_2 tls1_3)) {
    my $port = free_port();
    my $server = Bridge::Process->new(
        command => [
            qw(openssl s_server -quiet -www -Verify 1 -verify_return_error), "-$version",
            '-accept', "127.0.0.1:$port",
            map { ("-$_->[0]" => $gate->file($_->[1])) } [ cert => 'cert.pem' ],
            [ key => 'key.pem' ],
            [ CAfile => 'ca.pem' ]
        ]
    );
    wait_for_tcp($port, 20);
    $world->configure(
        app => {
            url => "https://127.0.0.1:$port",
            tls => {
                ca_file => $gate->file('ca.pem'),
                cert_file => $gate->file('other.pem'),
                key_file => $gate->file('other.key')
            }
        }
    );
    my $result = $world->bridge->run('check');
    like(
        $result->{out},
        qr/could not reach .*\n.*does not accept our certificate: check tls\.cert_file/,
        "$version: a certificate of nobody's authority"
    );
}

# Some say nothing and hang up. That is no fault of a person's, whoever is asked for first.
sub hung_up_on {
    my ($name, @settings) = @_;
    $world->configure(app => $gate->settings(tries => 2, @settings));
    my $result = $world->bridge->run('sync', '--json');
    is($result->{exit}, 1, "$name: the application fails") or diag $result->{out};
    is($result->{json}{apps}[0]{parked}, 0, "$name: nobody is parked");
    return $result->{json}{apps}[0]{problem};
}

for my $case ([ 'HTTP/2', 'h2' ], [ 'HTTP/1.1', 'http/1.1' ]) {
    my ($name, $protocol) = @$case;
    my $out = $world->bridge->write_file('silent.out', '');
    my $server = Bridge::Process->new(
        command => [
            $ENV{NODE} // 'node',
            '-e',
            'const read = (name) => require("fs").readFileSync(name);'
                . 'const [cert, key, protocol] = process.argv.slice(1);'
                . 'const options = { cert: read(cert), key: read(key), ALPNProtocols: [protocol] };'
                . 'const server = require("tls").createServer(options, (s) => {'
                . '  s.on("error", () => {}); s.end(); });'
                . 'server.listen(0, "127.0.0.1",'
                . '  () => console.log(`listening on ${server.address().port}`));',
            $gate->file('cert.pem'),
            $gate->file('key.pem'),
            $protocol
        ],
        out => $out,
        err => $out
    );
    my $port;
    wait_for('the server', 20, sub { ($port) = read_file($out) =~ /^listening on (\d+)/ });
    my @there = (url => "https://127.0.0.1:$port");
    my $problem = hung_up_on($name, @there);
    like($problem, qr/closed without an answer\n.*see tls\.cert_file/, "$name: with a guess");
    my %tls = (cert_file => $cert, key_file => $key);
    $problem = hung_up_on("$name, with ours", @there, tls => \%tls);
    like($problem, qr/closed without an answer\n.*check tls\.cert_file/, "$name: another one");
}
my %strange = (cert_file => $gate->file('other.pem'), key_file => $gate->file('other.key'));
my $problem = hung_up_on('a certificate of nobody\'s authority', tls => \%strange);
like($problem, qr/tls\.cert_file/, 'the setting is named');
unlike($problem, qr/errno|getpeername/, 'in words for people');

my $sync = do {
    $world->configure(
        app => $gate->settings(tls => { cert_file => $cert, key_file => $key }));
    $world->sync;
};
is($sync->{exit}, 0, 'work is done that way');
is_deeply($world->accounts, { ann => 'active' }, 'ann has an account');

my $together = $world->bridge->write_file('together.pem', join '',
    map { read_file($_) } $cert, $key);
is(check($gate, cert_file => $together)->{exit}, 0, 'certificate and key in one file');

my %locked = (cert_file => $cert, key_file => $gate->file('locked.key'));
my $password = sub { (key_password_file => Bridge::Run::secret($_[0])) };
is(check($gate, %locked, $password->('open'))->{exit}, 0, 'a key with a password');
my $settings = qr/check tls\.cert_file, tls\.key_file and tls\.key_password/;
refused('a wrong password', $settings, $gate, %locked, $password->('sesame-sesame'));
refused('no password', $settings, $gate, %locked);
refused('a key of another', $settings, $gate, cert_file => $cert,
    key_file => $gate->file('other.key'));
refused('no PEM', $settings, $gate, cert_file => $world->bridge->write_file('no.pem', "hello\n"));
refused('no such file', qr{our certificate in '/nowhere/c\.pem'}, $gate,
    cert_file => '/nowhere/c.pem');
refused('no such key', qr{our key in '/nowhere/k\.pem'}, $gate, cert_file => $cert,
    key_file => '/nowhere/k.pem');
refused('a key alone', qr/set tls\.cert_file/, $gate, key_file => $key);
refused('another authority', qr/set tls\.ca_file/, $gate, cert_file => $cert, key_file => $key,
    ca_file => $gate->file('other.pem'));

refused(
    'TLS 1.3 at the least',
    qr/tls\.min_version/,
    $older,
    cert_file => $older->file('client.pem'),
    key_file => $older->file('client.key'),
    min_version => '1.3'
);
is(check($gate, cert_file => $cert, key_file => $key, min_version => '1.3')->{exit},
    0, 'TLS 1.3 where it is there');

unlike(join('', @outputs), qr/sesame-sesame|\btest-token\b/, 'no secret was printed');
done_testing;
