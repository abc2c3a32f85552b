#!/usr/bin/perl
# A password goes only to the server it is meant for, over a connection nobody can read; a peer that
# says nothing costs the configured time and no CPU; and no secret is ever printed or kept.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Process qw(read_file);
use Bridge::Proxy;
use Bridge::Run;
use Bridge::Scimmy;
use Bridge::Slapd;
use Bridge::World;
use Test::More;
use Time::HiRes ();

my $app = Bridge::Scimmy->new(token => 'a-very-secret-token');
my $world = Bridge::World->new(
    application => $app,
    people => ['ann'],
    groups => { app => ['ann'] },
    slapd => { tls => 1, ldapi => 1, log => 'stats' },
    source => { insecure => 'false' },
);
my $slapd = $world->slapd;
my @outputs;

sub run_it {
    my (@args) = @_;
    my $result = $world->bridge->run(@args);
    push @outputs, $result->{out}, $result->{err};
    return $result;
}

sub connects {
    my ($why, %source) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    $world->configure(source => \%source);
    my $result = run_it('-vv', 'sync');
    is($result->{exit}, 0, "$why: done") or diag $result->{out}, $result->{err};
    my $check = run_it('check');
    is($check->{exit}, 0, "$why: check too");
    return $check;
}

# Fails for the stated reason, with sync as with check, and never binds.
sub refused {
    my ($why, $sentence, %source) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    $world->configure(source => \%source);
    my $binds = () = $slapd->log_text =~ /BIND dn="cn=bridge/g;
    my $result = run_it('-vv', 'sync');
    is($result->{exit}, 1, "$why: failed");
    like($result->{out}, $sentence, "$why: the reason");
    my $check = run_it('check');
    is($check->{exit}, 1, "$why: check finds it");
    like($check->{out}, $sentence, "$why: the reason");
    my $now = () = $slapd->log_text =~ /BIND dn="cn=bridge/g;
    is($now, $binds, "$why: the password was not sent");
    return $result;
}

sub tls {
    my ($ca, %more) = @_;
    return (tls => { ca_file => $ca, %more });
}

subtest 'the right certificate' => sub {
    my $check = connects('LDAPS', uri => [ $slapd->ldaps_uri ], tls($slapd->ca_file));
    like($check->{out}, qr/\(openldap, private\)/, 'and it is private');
    connects('StartTLS', uri => [ $slapd->uri ], tls($slapd->ca_file, starttls => 'true'));
    is_deeply($world->accounts, { ann => 'active' }, 'what was read is at the application');
};

subtest 'the wrong certificate' => sub {
    my $stranger = Bridge::Slapd->new(tls => 1, ldif => $slapd->dump, tls_san => 'DNS:other.test');
    my %ways = (
        LDAPS => sub { (uri => [ $_[0]->ldaps_uri ], tls($_[1])) },
        StartTLS => sub { (uri => [ $_[0]->uri ], tls($_[1], starttls => 'true')) },
    );
    for my $way (sort keys %ways) {
        refused("$way, another CA", qr/certificate.*(?:sign|CA|trust)/i,
            $ways{$way}->($slapd, $stranger->ca_file));
        refused("$way, another name", qr/certificate.*(?:name|host)/i,
            $ways{$way}->($stranger, $stranger->ca_file));
    }
    refused('no CA given', qr/certificate/i, uri => [ $slapd->ldaps_uri ]);
    refused('a CA file that is not there', qr/cannot use the CA certificates/,
        uri => [ $slapd->ldaps_uri ], tls('/nonexistent/ca.pem'));
    my $unbound = $stranger->log_text;
    unlike($unbound, qr/BIND dn="cn=bridge/, 'the stranger never saw the password');

    # Settings of the machine do not weaken ours.
    my $bridge = $world->bridge;
    $bridge->write_file('ldaprc', "TLS_REQCERT never\n");
    $world->configure(source => { uri => [ $slapd->ldaps_uri ], tls($stranger->ca_file) });
    my $result = $bridge->run(
        'sync',
        {
            env => {
                LDAPTLS_REQCERT => 'never',
                LDAPRC => $bridge->dir . '/ldaprc',
                LDAPCONF => $bridge->dir . '/ldaprc'
            }
        }
    );
    is($result->{exit}, 1, 'LDAPTLS_REQCERT=never changes nothing');
};

subtest 'an expired certificate' => sub {
    my $old = Bridge::Slapd->new(tls => 1, ldif => $slapd->dump);
    my $dir = $old->ca_file =~ s{/[^/]+$}{}r;
    my $sign = 'openssl x509 -req -in csr -CA ca.pem -CAkey ca.key -CAcreateserial -days -1 '
        . '-extfile ext -out cert.pem';
    is(system("cd '$dir' && $sign >/dev/null 2>&1"), 0, 'made one that is over');
    $old->stop;
    $old->start;
    refused('expired', qr/expired|until|no longer valid|since/i,
        uri => [ $old->ldaps_uri ], tls($old->ca_file));
};

subtest 'a peer that says nothing' => sub {
    my $silent = Bridge::Proxy->new;
    my $port = $silent->port;
    my %ways = (
        'ldap' => { uri => ["ldap://127.0.0.1:$port"], insecure => 'true' },
        'StartTLS' =>
            { uri => ["ldap://127.0.0.1:$port"], tls($slapd->ca_file, starttls => 'true') },
        'ldaps' => { uri => ["ldaps://127.0.0.1:$port"], tls($slapd->ca_file) },
    );
    for my $way (sort keys %ways) {
        $world->configure(
            source => { %{ $ways{$way} }, timeout => '1s', connect_timeout => '1s' });
        my $before = (times)[2] + (times)[3];
        my $result = run_it('sync', { timeout => 20 });
        my $cpu = (times)[2] + (times)[3] - $before;
        is($result->{exit}, 1, "$way: failed");
        cmp_ok($result->{seconds}, '<', 15, "$way: in time");
        cmp_ok($cpu, '<', 0.8, "$way: without burning CPU");
        like($result->{out}, qr/127\.0\.0\.1:$port/, "$way: says who");
    }
};

subtest 'a clear connection' => sub {
    $world->configure(source => { uri => [ $slapd->uri ] });
    my $binds = () = $slapd->log_text =~ /BIND dn="cn=bridge/g;
    my $result = run_it('sync');
    is($result->{exit}, 2, 'a password over it is refused');
    like($result->{err}, qr/clear connection\n +use ldaps:.*starttls.*insecure = true/s,
        'with the ways out');
    my $now = () = $slapd->log_text =~ /BIND dn="cn=bridge/g;
    is($now, $binds, 'nothing was sent');
    connects('insecure = true', uri => [ $slapd->uri ], insecure => 'true');
};

subtest 'who we are' => sub {
    connects('EXTERNAL over ldapi', uri => [ $slapd->ldapi_uri ], bind => { method => 'external' });
    $world->configure(
        source => {
            uri => [ $slapd->uri ],
            insecure => 'true',
            bind => {
                method => 'simple',
                dn => $slapd->bind_dn,
                password_file => Bridge::Run::secret('wrong-secret')
            }
        }
    );
    my $result = run_it('-vv', 'sync');
    is($result->{exit}, 1, 'a wrong password: failed');
    like($result->{out}, qr/refuses the credentials .*49.*\n.*check bind\.dn and the password/,
        'the reason and what to do');
    for my $empty ('', "\n") {
        my $file = $world->bridge->write_file('empty', $empty, 0600);
        $world->configure(
            source => {
                uri => [ $slapd->uri ],
                insecure => 'true',
                bind => { method => 'simple', dn => $slapd->bind_dn, password_file => $file }
            }
        );
        is(run_it('sync')->{exit}, 2, 'an empty password is refused here');
    }
    unlike($slapd->log_text, qr/BIND dn="cn=bridge[^\n]*"[^\n]*\n[^\n]*err=53/, 'and never sent');
    $world->configure(
        source => {
            uri => [ $slapd->uri ],
            bind => { method => 'anonymous' }
        }
    );
    is(run_it('sync')->{exit}, 1, 'anonymous sees nothing, and is not believed');
    is_deeply($world->accounts, { ann => 'active' }, 'nobody lost anything');
};

subtest 'secrets' => sub {
    my $trace = $world->bridge->dir . '/trace';
    $world->configure(
        source => { uri => [ $slapd->ldaps_uri ], tls($slapd->ca_file) },
        app => { trace => $trace }
    );
    $world->set('ann', title => 'Boss');
    is(run_it('-vv', 'sync')->{exit}, 0, 'a sync with everything said');
    run_it('-vv', '--json', $_) for qw(check status plan);
    run_it('-vv', '--json', 'explain', 'ann');
    like(read_file($trace), qr/"title"/, 'the trace has what was sent');
    my %place = (
        output => join('', @outputs),
        state => join('', map { read_file($_) } glob $world->bridge->state_file . '*'),
        trace => read_file($trace)
    );
    for my $where (sort keys %place) {
        ok(length $place{$where}, "there is $where");
        for my $secret ('bridge-secret', 'a-very-secret-token', 'wrong-secret') {
            ok(index($place{$where}, $secret) < 0, "no '$secret' in it");
        }
    }
};

done_testing;
