#!/usr/bin/perl
# Being let in by Active Directory: with a keytab or a password, by a name or by what DNS says; over
# connections nobody can read; and when it does not work, the sentence says what to do.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Dns;
use Bridge::Free qw(wait_for_tcp);
use Bridge::Process qw(read_file);
use Bridge::Proxy;
use Bridge::Samba;
use Bridge::Run qw(secret);
use Test::More;

my $dc = Bridge::Samba->new(users => { map { $_ => { password => 'Person-Pass-1' } } 'ann', 'ben' },
    lockout => 3);
my $bridge = Bridge::Run->new;
my $keytab = $dc->keytab;
my $principal = 'svc-bridge@UP.TEST';
my $uri = 'ldap://' . $dc->fqdn;

sub kerberos {
    my (%more) = @_;
    return { method => 'gssapi', keytab => $keytab, %more };
}

sub password {
    my ($dn, $text) = @_;
    return {
        method => 'simple',
        dn => $dn // $dc->account,
        password_file => secret($text // $dc->password)
    };
}

sub config {
    my (%source) = @_;
    $bridge->write_config(
        sources => [ $dc->source(%source) ],
        apps => [
            {
                name => 'app',
                type => 'mem',
                file => $bridge->dir . '/app.json',
                assign => 'all',
                map => [ { to => 'userName', from => '[sAMAccountName]' } ]
            }
        ],
    );
    return;
}

my %option;

# The result of "check" of a source like that.
sub check {
    my (%source) = @_;
    config(%source);
    my $env = { %{ $dc->kerberos_env }, %{ $option{env} // {} } };
    return $bridge->run('check', { timeout => 60, %option, env => $env });
}

sub connects {
    my ($why, $sentence, %source) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $result = check(%source);
    is($result->{exit}, 0, "$why: connected") or diag $result->{out}, $result->{err};
    like($result->{out}, $sentence, "$why: says how");
    return $result;
}

# Not connected, and the reason is in the output, with what to do about it.
sub fails {
    my ($why, $sentence, $hint, %source) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $result = check(%source);
    my $said = $result->{out} . $result->{err};
    isnt($result->{exit}, 0, "$why: failed");
    like($said, $sentence, "$why: the reason");
    like($said, $hint, "$why: what to do");
    return $result;
}

# With a build that looks for leaks: one in a library is not ours.
sub leaks {
    my (@where) = @_;
    my $file = $bridge->write_file('leaks', join '', map {"leak:$_\n"} @where);
    return { LSAN_OPTIONS => "suppressions=$file:print_suppressions=0" };
}

subtest 'a password' => sub {
    connects('LDAPS', qr/\(.*private\).*bound by password as svc-bridge\@up\.test/);
    connects('StartTLS', qr/private/,
        uri => $uri, tls => { ca_file => $dc->ca_file, starttls => 'true' });
    connects('a DN', qr/by password as CN=/, bind => password($dc->account_dn));
    connects('DOMAIN\user', qr/by password as UP\\svc-bridge/, bind => password('UP\svc-bridge'));
    my $guid = $dc->guid($dc->account_dn);
    connects('a GUID', qr/by password as <GUID=/, bind => password("<GUID=$guid>"));

    my $clear = fails('ldap://', qr/clear connection/, qr/use ldaps:/, uri => $uri);
    is($clear->{exit}, 2, 'and that is a mistake in the config: nothing is sent');
    fails('ldap:// and insecure', qr/the server wants an encrypted connection/, qr/use ldaps:/,
        uri => $uri, insecure => 'true');
};

subtest 'a password that is refused' => sub {
    my $ann = sub { return (bind => password('ann@up.test', $_[0] // 'Person-Pass-1')) };
    connects('Ann', qr/as ann\@up\.test/, $ann->());
    fails('wrong', qr/the password is wrong.*data 52e/s, qr/check bind\.dn, as user\@domain/,
        $ann->('Person-Pass-2'));
    fails('nobody', qr/no such account.*52e/s, qr/check bind\.dn/,
        bind => password('nobody@up.test', 'x'));
    $dc->disable('ann');
    fails('disabled', qr/the account is disabled.*data 533/s, qr/enable the bind account/,
        $ann->());
    $dc->enable('ann');
    $dc->expire('ann', -86400);
    fails('expired', qr/the account has expired.*data 701/s, qr/end date/, $ann->());
    $dc->expire('ann');
    $dc->set($dc->dn('ann'), pwdLastSet => 0);
    fails('to be changed', qr/must be changed at the first logon.*data 773/s,
        qr/take "user must/, $ann->());
    $dc->lock('ben');
    fails('locked', qr/locked out.*data 775/s, qr/unlock the account/,
        bind => password('ben@up.test', 'Person-Pass-1'));
};

subtest 'a keytab' => sub {
    for my $method (qw(gssapi gss-spnego)) {
        my $as = qr/signed and sealed\).*bound with Kerberos as \Q$principal\E/;
        connects($method, $as, uri => $uri, bind => kerberos(method => $method));
        connects("$method, with the principal",
            $as, uri => $uri, bind => kerberos(method => $method, principal => $principal));
    }
    # QUIRK(Cyrus SASL): forgets its credential if a bind fails after the tickets, 2.1.28, 2026-11.
    local $option{env} = leaks('gss_acquire_cred_from');
    fails('LDAPS, where Samba wants to seal', qr/signed and sealed by Kerberos/,
        qr/use ldap:/, uri => 'ldaps://' . $dc->fqdn, bind => kerberos());

    my @problems = (
        [ 'no file', qr/keytab.*No such file/, qr/bind\.keytab/, keytab => '/nonexistent' ],
        [
            'not beside the config', qr{keytab '/.*/svc\.keytab': No such file},
            qr/bind\.keytab/, keytab => 'svc.keytab'
        ],
        [
            'no keytab', qr/the file is no keytab/,
            qr/name a keytab/, keytab => $bridge->write_file('text', "text\n", 0600)
        ],
        [
            'another principal',
            qr/has no key of 'other\@UP\.TEST'; it has those of '\Q$principal\E'/,
            qr/set bind\.principal/, principal => 'other@UP.TEST'
        ],
    );
    for my $problem (@problems) {
        my ($why, $sentence, $hint, %bind) = @$problem;
        fails($why, $sentence, $hint, uri => $uri, bind => kerberos(%bind));
    }
    chmod 0644, $keytab;
    fails('others can read it', qr/others can read or change it \(mode 0644\)/, qr/chmod 600/,
        uri => $uri, bind => kerberos());
    chmod 0600, $keytab;
};

subtest 'a ticket that somebody else got' => sub {
    my $cache = 'FILE:' . $bridge->dir . '/cache';
    local $ENV{KRB5_CONFIG} = $dc->kerberos_env->{KRB5_CONFIG};
    is(system('kinit', '-k', '-t', $keytab, '-c', $cache, $principal), 0, 'kinit');
    local $option{env} = { KRB5CCNAME => $cache };
    connects('the default cache', qr/with Kerberos as \Q$principal\E/,
        uri => $uri, bind => { method => 'gssapi' });
    $option{env} = { KRB5CCNAME => 'FILE:' . $bridge->dir . '/none' };
    fails('an empty one', qr/no ticket in the default cache/, qr/set keytab/,
        uri => $uri, bind => { method => 'gssapi' });
    connects('a keytab does not care', qr/with Kerberos/, uri => $uri, bind => kerberos());
    ok(!-e $bridge->dir . '/none', 'and leaves nothing there');
};

subtest 'a keytab that does not fit' => sub {
    my @kerberos = (uri => $uri, bind => kerberos());
    $dc->set_password($dc->account_dn, 'Another-Secret-2');
    fails('the password was changed', qr/does not fit the account.*changed since/,
        qr/export the keytab again/, @kerberos);
    $keytab = $dc->keytab;
    connects('exported again', qr/with Kerberos/, uri => $uri, bind => kerberos());
    $dc->disable($dc->account_dn);
    fails('disabled', qr/disabled, expired or locked/, qr/bind account/, @kerberos);
    $dc->enable($dc->account_dn);
    $dc->set_password($dc->account_dn, $dc->password);
    $keytab = $dc->keytab;
};

subtest 'a server that Kerberos does not know' => sub {
    for my $host ($dc->address, '[::1]', 'dc1') {
        my $result = fails("ldap://$host", qr/Kerberos knows a server by its full host name/,
            qr/write the uri as/, uri => "ldap://$host", bind => kerberos());
        is($result->{exit}, 2, "ldap://$host: a mistake in the config");
    }
    Bridge::Namespace::hosts($dc->address . ' alias.up.test');
    fails('an alias', qr/does not know the server by this name/, qr/full host name of the domain/,
        uri => 'ldap://alias.up.test', bind => kerberos());
};

# The program believes that it is so many seconds later.
sub clock_shifted {
    my ($seconds) = @_;
    my $dir = $bridge->dir;
    my $source = "$FindBin::Bin/../servers/samba/clock.c";
    is(system("cc -shared -fPIC -o '$dir/clock.so' '$source' -ldl"), 0, 'made a clock')
        if !-e "$dir/clock.so";
    my $text = read_file($dc->kerberos_env->{KRB5_CONFIG});
    $text =~ s/^\[libdefaults\]$/$&\n kdc_timesync = 0/m;
    return {
        LD_PRELOAD => "$dir/clock.so",
        CLOCK_SHIFT => $seconds,
        KRB5_CONFIG => $bridge->write_file('krb5.conf', $text),
        ASAN_OPTIONS => 'verify_asan_link_order=0',
    };
}

subtest 'a clock that is wrong' => sub {
    local $option{env} = clock_shifted(4000);
    fails('ahead', qr/clock of this host is 66 min ahead of that of the server/,
        qr/run ntp or chrony/, uri => $uri, bind => kerberos());
    $option{env} = clock_shifted(-4000);
    fails('behind', qr/clock of this host is 66 min behind that of the server/,
        qr/run ntp or chrony/, uri => $uri, bind => kerberos());
    delete $option{env}{KRB5_CONFIG};
    connects('Kerberos makes up for it where it may', qr/with Kerberos/,
        uri => $uri, bind => kerberos());
};

subtest 'the certificate' => sub {
    my $stranger = Bridge::Samba->new(realm => 'other.test', tls_san => 'DNS:somebody.example');
    fails('another CA', qr/not signed by a CA/, qr/tls\.ca_file/,
        tls => { ca_file => $stranger->ca_file });
    fails('another name', qr/not for the host/, qr/use the name in the certificate/,
        uri => $stranger->ldaps_uri, tls => { ca_file => $stranger->ca_file });
};

subtest 'what DNS says' => sub {
    my $all = '_ldap._tcp.dc._msdcs.up.test';
    my $near = '_ldap._tcp.berlin._sites.dc._msdcs.up.test';
    my @discover = (uri => undef, domain => 'up.test');
    my $host = $dc->fqdn;
    Bridge::Namespace::nameserver('127.0.0.9');
    Bridge::Namespace::hosts('127.0.0.99 dc2.up.test', '127.0.0.98 dc3.up.test');
    my $dns = Bridge::Dns->new('127.0.0.9',
        $all => [ [ 10, 0, 389, $host ], [ 0, 100, 389, 'dc2.up.test' ] ],
        $near => [ [ 0, 0, 389, 'dc3.up.test' ] ],
        '_ldap._tcp.dc._msdcs.dead.test' => [ [ 0, 0, 389, 'dc.dead.test' ] ],
        '_ldap._tcp.dc._msdcs.forged.test' => [ [ 0, 0, 389, $host ] ]);

    connects('LDAPS', qr{ldaps://\Q$host\E:636' .*by password}, @discover);
    connects('StartTLS', qr{ldap://\Q$host\E:389' .*private}, @discover,
        tls => { ca_file => $dc->ca_file, starttls => 'true' });
    connects('Kerberos', qr{ldap://\Q$host\E:389' .*signed and sealed}, @discover,
        bind => kerberos());
    connects('a site whose server is dead', qr{\Q$host\E}, @discover, site => 'Berlin');
    connects('a site without servers', qr/no domain controller in the site 'Rome': any of/,
        @discover, site => 'Rome');

    $dc->stop;
    my $result = fails('all dead', qr/none of the servers can be used; (.*)/, qr/refused/,
        @discover, site => 'Berlin');
    my @tried = $result->{out} =~ m{'ldaps://(dc\d)\.up\.test:636': could not}g;
    is_deeply(\@tried, [qw(dc3 dc2 dc1)], 'the site first, then by priority');
    $dc->start;

    fails('no such domain', qr/no domain controller of 'none\.test'.*\Q_msdcs.none.test\E/,
        qr/check "domain"/, @discover, domain => 'none.test');
    fails('a server of others', qr/none of them is inside of 'forged\.test'/, qr/can be forged/,
        @discover, domain => 'forged.test');
    my $both = fails('uri and domain', qr/both uri and domain/, qr/keep domain/,
        domain => 'up.test');
    is($both->{exit}, 2, 'a mistake in the config');
    my $none = fails('neither', qr/no server is named/, qr/set uri/, uri => undef);
    is($none->{exit}, 2, 'a mistake in the config');

    $dns->stop;
    my $silent = Bridge::Dns->new('127.0.0.9');
    $result = fails('a silent DNS', qr/DNS gave no answer about '\Q$all\E'/, qr/name servers/,
        @discover, connect_timeout => '2s');
    cmp_ok($result->{seconds}, '<', 20, 'in time');
};

subtest 'servers that say nothing' => sub {
    my @soon = (connect_timeout => '1s', timeout => '1s');
    my $in_time = sub {
        my ($why, @rest) = @_;
        my $result = fails($why, @rest, @soon);
        cmp_ok($result->{seconds}, '<', 20, "$why: in time");
    };
    my $cache = 'FILE:' . $bridge->dir . '/cache';
    local $ENV{KRB5_CONFIG} = $dc->kerberos_env->{KRB5_CONFIG};
    local $ENV{KRB5CCNAME} = $cache;
    my $server = 'ldap/' . $dc->fqdn . '@UP.TEST';
    is(system("kinit -k -t '$keytab' $principal && kvno -q $server"), 0, 'tickets');
    local $option{env} = { KRB5CCNAME => $cache };
    $dc->pause;
    $in_time->('LDAPS', qr/no connection within 1 s/, qr/connect_timeout/);
    $in_time->('StartTLS', qr/no connection within 1 s/, qr/connect_timeout/,
        uri => $uri, tls => { ca_file => $dc->ca_file, starttls => 'true' });
    $in_time->('a bind with Kerberos', qr/no answer in time/, qr/limit is/,
        uri => $uri, bind => { method => 'gssapi' });
    $in_time->('a KDC', qr/no Kerberos server .* answers within 1 s/, qr/port 88/,
        uri => $uri, bind => kerberos());
    $dc->resume;
};

# Takes any bind, and answers the next request with a notice of disconnection and a hang-up.
my $farewell = <<'PERL';
use IO::Socket::INET;
my $listen = IO::Socket::INET->new(LocalAddr => '127.0.0.1:3890', Listen => 5, ReuseAddr => 1)
    or die "$!\n";
sub tlv { return pack 'C C/a*', $_[0], join '', @_[1 .. $#_] }
sub result { return (tlv(0x0a, chr $_[0]), tlv(0x04), tlv(0x04, $_[1])) }
while (my $peer = $listen->accept) {
    $peer->sysread(my $bind, 4096) or next;
    $peer->syswrite(tlv(0x30, tlv(0x02, chr 1), tlv(0x61, result(0, ''))));
    $peer->sysread(my $search, 4096);
    $peer->syswrite(tlv(0x30, tlv(0x02, chr 0),
        tlv(0x78, result(52, 'going down'), tlv(0x8a, '1.3.6.1.4.1.1466.20036'))));
    close $peer;
}
PERL

subtest 'a server that ends the connection' => sub {
    my $server = Bridge::Process->new(command => [ $^X, '-e', $farewell ]);
    wait_for_tcp(3890, 20);
    # QUIRK(libldap): forgets a notice of disconnection, 2.5.13, 2026-11.
    local $option{env} = leaks('libldap', 'ber_mem');
    fails('with a word', qr/the server ended the connection:.*not available.*result 52/,
        qr/next attempt/,
        uri => 'ldap://127.0.0.1:3890', bind => { method => 'anonymous' });
};

done_testing;
