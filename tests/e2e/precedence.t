#!/usr/bin/perl
# Who has an entry in two directories can be explained: which one is followed, which rules gave the
# roles, and to whom an account is handed over.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Run;
use JSON::PP;
use Test::More;

my $bridge = Bridge::Run->new;
my $file = "$bridge->{dir}/directory.ldif";

sub directory {
    my (@north) = @_;
    my $ldif = '';

    for my $part ([ 'north', 1, @north ], [ 'south', 2, 'ann' ]) {
        my ($name, $number, @members) = @$part;
        my $head = sprintf '%08x-0000-0000-0000-00000000000', $number;

        $ldif .= "dn: cn=ann,dc=$name\nobjectClass: inetOrgPerson\nentryUUID: ${head}1\n"
            . "uid: ann\ncn: ann\nsn: $name\n\n"
            . "dn: cn=app,dc=$name\nobjectClass: groupOfNames\nentryUUID: ${head}2\ncn: app\n"
            . join('', map { "member: cn=$_,dc=$name\n" } @members) . "\n";
    }
    open my $out, '>', $file or die "$file: $!";
    print $out $ldif;
    close $out or die "$file: $!";
}

sub source { { name => $_[0], type => 'ldif', file => $file, base => "dc=$_[0]" } }

$bridge->write_config(
    sources => [ source('north'), source('south') ],
    apps => [
        {
            name => 'app',
            type => 'mem',
            file => "$bridge->{dir}/app.jsonl",
            map => [
                { to => 'userName', from => '[uid]' },
                { to => 'name.familyName', from => '[sn]' },
            ],
            assign => [
                { group => 'cn=app,dc=north', role => 'reader' },
                { group => 'cn=app,dc=south', role => 'writer' },
                {
                    group => 'cn=app,dc=north',
                    filter => '(sn=north)',
                    role => 'owner',
                    priority => 7
                },
            ],
            precedence => [ 'north', 'south' ],
            first_run => 'apply',
        }
    ],
);

directory('ann');
is($bridge->run('sync')->{exit}, 0, 'synced');
my $words = $bridge->run('explain', 'cn=ann,dc=south')->{out};
like(
    $words,
    qr/verdict: the same person as cn=ann,dc=north of source 'north', which goes before/,
    'the south says whom it stands behind'
);
like($words, qr/account: none that we know of/, 'and has no account');
my $json = decode_json($bridge->run('--json', 'explain', 'cn=ann,dc=south')->{out});
is_deeply(
    $json->{apps}[0]{same_person},
    {
        dn => 'cn=ann,dc=north',
        source => 'north',
        anchor => '00000001-0000-0000-0000-000000000001'
    },
    'so does the document'
);
$words = $bridge->run('explain', 'cn=ann,dc=north')->{out};
like($words, qr/; roles "owner" \(priority 7\), "reader" \(priority 0\)$/m, 'roles, in order');
like($words, qr/verdict: keep the account equal/, 'the north has the account');

$words = $bridge->run('status')->{out};
unlike($words, qr/parked object|parked at/, 'nobody is parked') or diag $words;

directory();
my $plan = $bridge->run('plan')->{out};
unlike($plan, qr/disable/, 'who leaves in the north is not disabled');
like($plan, qr/1 adopt/, 'the south takes the account') or diag $plan;
is($bridge->run('sync')->{exit}, 0, 'synced again');
$words = $bridge->run('explain', 'cn=ann,dc=south')->{out};
like($words, qr/account: active/, 'the south has it');
is($bridge->run('plan', '--check')->{exit}, 0, 'nothing is left to do');
done_testing;
