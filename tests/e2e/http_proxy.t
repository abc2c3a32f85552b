#!/usr/bin/perl
# A proxy is used for services elsewhere, with its own user and password; what it refuses is told as
# its refusal; it never sees what is on this host, nor is its answer taken for the service's.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Free qw(free_port);
use Bridge::Gate;
use Bridge::Misbehaving;
use Bridge::Run;
use Bridge::World;
use Test::More;

my $app = Bridge::Misbehaving->new;
my $gate = Bridge::Gate->new(application => $app, proxy_user => 'bridge:proxy-secret');
my $open = Bridge::Gate->new(application => $app);
my @people = map {"p$_"} 1 .. 12;
my $world =
    Bridge::World->new(application => $app, people => [@people], groups => { app => [@people] });
my @outputs;

sub configure {
    my ($gate, %settings) = @_;
    $world->configure(app => $gate->settings(url => $gate->distant_url, tries => 2, %settings));
    return;
}

sub proxy {
    my ($password, %more) = @_;
    return {
        url => $gate->proxy_url,
        user => 'bridge',
        password_file => Bridge::Run::secret($password),
        %more
    };
}

sub run_it {
    my ($command, %option) = @_;
    my $result = $world->bridge->run($command, \%option);
    push @outputs, $result->{out}, $result->{err};
    return $result;
}

sub refused {
    my ($why, $sentence) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $result = run_it('check');
    isnt($result->{exit}, 0, "$why: an error");
    like($result->{out} . $result->{err}, $sentence, "$why: with the reason");
    return;
}

configure($gate, proxy => proxy('proxy-secret'));
is(run_it('sync')->{exit}, 0, 'through the proxy') or diag @outputs;
is_deeply($world->accounts, { map { $_ => 'active' } @people }, 'everybody has an account');
my $log = $gate->log;
my ($host) = $gate->distant_url =~ m{//([^/]+)};
is_deeply([ grep { $_ ne $host } @{ $log->{proxied} } ], [], 'it was asked to connect us');
is_deeply([ grep { $_->{version} ne '2.0' } @{ $log->{requests} } ],
    [], 'and HTTP/2 goes through it');

my $url = quotemeta $gate->proxy_url;
configure($gate, proxy => proxy('wrong-secret'));
refused('a wrong password',
    qr/through $url \(proxy\.url\): .* answered 407\s+the proxy does not accept proxy\.user/);
configure($gate, proxy => { url => $gate->proxy_url });
refused('no password', qr/the proxy answered 407\s+.*set proxy\.user and proxy\.password_file/);
my $nobody = 'http://127.0.0.1:' . free_port();
configure($gate, proxy => { url => $nobody });
refused('nobody there', qr/could not reach .* through $nobody \(proxy\.url\)/);
configure($gate, proxy => { url => 'http://no-such-proxy.invalid:3128' });
refused('no such name', qr/through http:\/\/no-such-proxy\.invalid:3128 \(proxy\.url\)/);
for my $bad ('proxy.example.com', 'http://proxy.example.com', 'ftp://h:1', 'http://u:hunter2@h:1') {
    configure($gate, proxy => { url => $bad });
    refused("no address: $bad", qr/proxy\.url/);
}

# Plain http: the proxy reads the requests, and its 407 is no answer of the service.
configure($gate, url => $gate->plain_url, proxy => proxy('wrong-secret'));
refused('plain http, a wrong password', qr/the proxy answered 407/);
configure($gate, url => $gate->plain_url, proxy => proxy('proxy-secret'));
is(run_it('check')->{exit}, 0, 'plain http, the right one');

# From the environment, unless the config says otherwise.
my $env = { https_proxy => $open->proxy_url, no_proxy => undef };
configure($open);
is(run_it('check', env => $env)->{exit}, 0, 'the proxy of the environment');
ok(scalar @{ $open->log->{proxied} }, 'is used');

# What it refuses then is told with the variable, and without what is secret in it.
my ($place) = $gate->proxy_url =~ m{//(.*)};
for my $case (
    [
        'https_proxy', 'a wrong password', 'http://bridge:wrong-secret@',
        qr/the proxy answered 407\s+.*does not accept the user/
    ],
    [
        'HTTPS_PROXY', 'nobody', 'http://',
        qr/the proxy answered 407\s+.*put a user and a password into this variable/
    ],
    [ 'ALL_PROXY', 'no address', 'http://bridge:wrong-secret@x@', qr/that is no address/ ],
    [ 'https_proxy', 'no such kind', 'ftp://bridge:wrong-secret@', qr/that is no address/ ]
) {
    my ($variable, $why, $before, $hint) = @$case;
    my %none = map { $_ => undef } qw(https_proxy HTTPS_PROXY all_proxy ALL_PROXY no_proxy);
    configure($open);
    my $result = run_it('check', env => { %none, $variable => "$before$place" });
    isnt($result->{exit}, 0, "$variable, $why: an error");
    like($result->{out},
        qr{through \w+://\Q$place\E \($variable\): $hint},
        "$variable, $why: named");
}
configure($open, proxy => { url => '' });
isnt(run_it('check', env => $env)->{exit}, 0, 'unless there shall be none');

$world->configure(app => $open->settings(proxy => { url => $nobody }));
is(run_it('check', env => { https_proxy => $nobody })->{exit}, 0, 'what is here needs no proxy');

unlike(join('', @outputs), qr/proxy-secret|wrong-secret|hunter2|\btest-token\b/,
    'no secret was printed');
done_testing;
