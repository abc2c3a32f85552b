#!/usr/bin/perl
# What an account is not allowed to see in Active Directory looks just like what is not there.
# Nobody may lose an account, or get one back, because somebody changed the rights of ours.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Namespace;
use Bridge::AdWorld;
use Test::More;

my $hide = '(D;CI;LCRPLO;;;%s)';
my $hidden = qr/\d known users and groups are neither shown nor deleted, e\.g\. 'CN=\w+,OU=People,/;

my $no_control = '(OD;CIIO;RP;bf967a68-0de6-11d0-a285-00aa003049e2;;%s)';

sub world {
    return Bridge::AdWorld->new(
        prepared => 1,
        users => [qw(ann bob cid gil)],
        groups => { app => [qw(ann bob gil)] },
        source => { changes => 'scan', @_ > 1 ? @{ $_[1] } : () },
        %{ $_[0] // {} }
    );
}

subtest 'people are hidden' => sub {
    my $world = world();
    my $dc = $world->dc;
    my $people = 'OU=People,OU=Corp,' . $dc->base_dn;
    $dc->hire('hal', ou => 'OU=Corp,' . $dc->base_dn);
    $world->holds('ann bob gil', 'before');
    $dc->grant($people, $hide);
    $world->refuses('from everything', $hidden);
    $world->configure(source => { changes => 'auto' });
    my $result = $world->refuses('from the first read of another way', $hidden);
    like($result->{source}{problem}, qr/give the account the right to read.*max_drop = 100/s,
        'with the fix');
    $dc->revoke($people);
    $dc->delete($dc->dn('bob'));
    $dc->modrdn($dc->dn('cid'), 'CN=cid', 'OU=Outside,' . $dc->base_dn);
    $world->holds('ann -bob gil', 'shown again, and who was deleted meanwhile is gone');
    $dc->grant($people, $hide);
    $world->configure(
        source => { max_drop => 100, changes => 'scan' },
        app => { limits => { removals => 100, removals_percent => 100 } }
    );
    $world->holds('-ann -bob -gil', 'hidden ones are gone if somebody says so');
};

subtest 'people are hidden, and deleted objects cannot be read' => sub {
    my $world = world({ tombstones => 0 }, [ changes => 'usn' ]);
    my $dc = $world->dc;
    my $people = 'OU=People,OU=Corp,' . $dc->base_dn;
    $dc->hire('hal', ou => 'OU=Corp,' . $dc->base_dn);
    $world->holds('ann bob gil', 'before');
    $dc->grant($people, $hide);
    $world->refuses('from the list', $hidden);
    $world->refuses('and it stays so', $hidden);
    $dc->revoke($people);
    $dc->delete($dc->dn('bob'));
    $dc->modrdn($dc->dn('gil'), 'CN=gil', 'OU=Outside,' . $dc->base_dn);
    $world->holds('ann -bob -gil', 'shown again; one was deleted, one moved out');
};

subtest 'whether people are enabled is hidden' => sub {
    for my $way (qw(scan usn)) {
        my $world = world({}, [ changes => $way ]);
        my $dc = $world->dc;
        my $corp = 'OU=Corp,' . $dc->base_dn;
        $dc->disable('bob');
        $world->holds('ann gil', "$way: a leaver");
        $dc->grant($corp, $no_control);
        $dc->set($dc->dn('bob'), title => 'Nobody');
        $dc->disable('ann');
        my $result = $world->refuses("$way: hidden",
            qr/users came without userAccountControl, which every user has, e\.g\. 'CN=/);
        like($result->{source}{problem}, qr/dsacls "OU=Corp,.*" .*RP/, "$way: with the fix");
        $dc->revoke($corp);
        $world->holds('-ann gil', "$way: shown again");
    }
};

# One 'check' that must fail and say so.
sub says {
    my ($world, $why, $words, %source) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    $world->configure(source => \%source);
    my $check = $world->bridge->run('check');
    isnt($check->{exit}, 0, "$why: fails");
    like($check->{out} . $check->{err}, $words, "$why: says what to do");
    return;
}

subtest 'what is wrong is said' => sub {
    my $world = world({ dirsync => 0 });
    my $dc = $world->dc;
    my $der = $world->bridge->dir . '/ca.cer';
    system('openssl', 'x509', '-in', $dc->ca_file, '-outform', 'der', '-out', $der) == 0
        or die 'openssl';
    says($world, 'a CA in binary', qr/ca\.cer' holds no PEM certificate\n.*-inform der -in/,
        tls => { ca_file => 'ca.cer' });
    says($world, 'no CA file', qr/ca\.none': No such file or directory\n/,
        tls => { ca_file => 'ca.none' });
    says($world, 'a wrong type', qr/is Active Directory\n.*set type = "ad"/,
        type => 'openldap', changes => 'auto');
    says($world, 'a base in dots', qr/base 'up\.test' is no DN\n.*write "DC=up,DC=test"/,
        base => 'up.test');
    says($world, 'the port of ldap://', qr/636 for ldaps:/,
        uri => [ 'ldaps://' . $dc->address . ':389' ]);
    says($world, 'the port of ldaps://', qr/port 636 is for ldaps:/,
        uri => [ 'ldap://' . $dc->address . ':636' ], insecure => 'true', tls => undef);
    says($world, 'a closed port', qr/Connection refused\n.*names its host and port/,
        uri => [ 'ldaps://' . $dc->address . ':1' ]);
    says($world, 'no such host', qr/does not resolve: .*\n.*resolv\.conf/,
        uri => ['ldaps://dc.invalid']);
    says($world, 'no bind', qr/lets nobody read without a bind .*\n(.*\n)?.*set bind =/,
        bind => { method => 'anonymous' });
    my $wrong = Bridge::Run::secret('wrong');
    says($world, 'a wrong password',
        qr/password is wrong, .*Invalid credentials\)\n.*the server says: 8009.*DSID.*\n.*check/,
        bind => { method => 'simple', dn => $dc->account, password_file => $wrong });

    system('cp', $dc->ca_file, $world->bridge->dir . '/corp.pem') == 0 or die 'cp';
    $world->configure(source => { changes => 'auto', tls => { ca_file => 'corp.pem' } });
    my $check = $world->bridge->run('check');
    is($check->{exit}, 0, 'a CA file beside the config') or diag $check->{out}, $check->{err};
    like($check->{out}, qr/by DirSync with object security: without .*\n.*dsacls "DC=up,DC=test"/,
        'the right that is missing comes with its fix');
};

done_testing;
