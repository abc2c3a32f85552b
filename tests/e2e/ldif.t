#!/usr/bin/perl
# An export of the directory does what the directory itself does; one that was cut off removes
# nobody, and one without permanent ids is refused with the way to make a better one.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Run;
use Bridge::Scimmy;
use Bridge::Slapd;
use Test::More;

my $slapd = Bridge::Slapd->new(ldif => scalar `$FindBin::Bin/../servers/company/company`);
my $app = Bridge::Scimmy->new;
my $bridge = Bridge::Run->new;
my $export = $bridge->write_file('export.ldif', $slapd->dump);
my $groups = 'ou=Groups,dc=example,dc=com';
my @assign = (
    assign => [ { group => "cn=app-zoom,$groups" } ],
    exclude => [ { group => "cn=contractors,$groups" } ]
);

sub source {
    my (%more) = @_;
    return {
        name => 'export',
        type => 'ldif',
        file => $export,
        users => {
            filter => '(objectClass=inetOrgPerson)',
            disabled => '(pwdAccountLockedTime=*)'
        },
        groups => { filter => '(objectClass=groupOfNames)' },
        %more
    };
}

sub configure {
    my (%more) = @_;
    $bridge->write_config(sources => [ source(%more) ],
        apps => [ $app->app(@assign, first_run => 'apply') ]);
    return;
}

sub accounts {
    return { map { $_->{userName} => $_->{active} ? 'active' : 'disabled' } $app->users };
}

configure();
my $check = $bridge->run('check');
is($check->{exit}, 0, 'check') or diag $check->{out};
my $result = $bridge->run('sync', '--json');
is($result->{exit}, 0, 'synced') or diag $result->{out}, $result->{err};
my $all = accounts();

# The same company from the server itself, to another application.
my $other = Bridge::Scimmy->new;
my $direct = Bridge::Run->new;
$direct->write_config(
    sources => [
        $slapd->source(
            users => {
                filter => '(objectClass=inetOrgPerson)',
                disabled => '(pwdAccountLockedTime=*)'
            }
        )
    ],
    apps => [ $other->app(@assign, first_run => 'apply') ]
);
is($direct->run('sync')->{exit}, 0, 'the directory itself too');
my $plain = sub {
    return {
        map {
            my %user = %$_;
            delete @user{qw(id meta)};
            $user{userName} => \%user
        } $_[0]->users
    };
};
is_deeply($plain->($app), $plain->($other), 'both give the same accounts, attribute by attribute');
cmp_ok(scalar(keys %$all), '>', 50, scalar(keys %$all) . ' of them');

$app->forget;
$result = $bridge->run('sync', '--json');
is($result->{exit}, 0, 'the same file again');
is_deeply($app->requests, [], 'changes nothing');

subtest 'a newer export' => sub {
    $slapd->modify("dn: uid=anna.mueller,ou=Europe,ou=People,dc=example,dc=com\n"
            . "changetype: modify\nreplace: title\ntitle: Boss\n");
    $slapd->delete('uid=maria.silva,ou=Americas,ou=People,dc=example,dc=com');
    $bridge->write_file('export.ldif', $slapd->dump);
    is($bridge->run('sync')->{exit}, 0, 'synced');
    is($app->user('anna.mueller')->{title}, 'Boss', 'a change');
    is(accounts()->{'maria.silva'}, 'disabled', 'a leaver');
    is(scalar @{ $app->writes }, 2, 'and no more');
};

$all = accounts();
my $good = $slapd->dump;

subtest 'an export that was cut off' => sub {
    for my $part (0.2, 0.5, 0.9) {
        # Inside a line: between two lines nobody can see it.
        my $cut = substr $good, 0, int(length($good) * $part);
        $cut =~ s/.?\n\z//;
        $bridge->write_file('export.ldif', $cut);
        my $why = "at $part";
        $app->forget;
        $result = $bridge->run('sync', '--json');
        is($result->{exit}, 1, "$why: not believed");
        like($result->{json}{sources}[0]{problem}, qr/\S/, "$why: says why");
        is_deeply(accounts(), $all, "$why: nobody lost anything");
    }
    my @entries = split /\n\n/, $good;
    $bridge->write_file('export.ldif', join("\n\n", @entries[ 0 .. $#entries / 2 ]) . "\n");
    $result = $bridge->run('sync', '--json');
    is($result->{exit}, 1, 'half of the entries: not believed either');
    like($result->{json}{sources}[0]{problem}, qr/known users were not there|rule/,
        'because too many are missing');
    is_deeply(accounts(), $all, 'nobody lost anything');
    $bridge->write_file('export.ldif', $good);
    is($bridge->run('sync')->{exit}, 0, 'the whole one again');
    is_deeply(accounts(), $all, 'and all is as it was');
};

subtest 'an export that ends in an error of ldapsearch' => sub {
    $bridge->write_file('export.ldif',
        "$good\n# search result\nsearch: 2\nresult: 4 Size limit exceeded\n");
    $result = $bridge->run('sync', '--json');
    is($result->{exit}, 1, 'not believed');
    like($result->{json}{sources}[0]{problem}, qr/4/, 'says which result');
    is_deeply(accounts(), $all, 'nobody lost anything');
};

subtest 'an export without permanent ids' => sub {
    my $without = $good =~ s/^entryUUID:.*\n//mgr;
    $bridge->write_file('export.ldif', $without);
    $app->forget;
    $result = $bridge->run('sync');
    is($result->{exit}, 1, 'refused');
    like($result->{out}, qr/entryUUID/, 'says what is missing');
    like($result->{out}, qr/'\+'|slapcat|operational/, 'and how to get it');
    is_deeply($app->requests, [], 'nothing was sent');
    $check = $bridge->run('check');
    is($check->{exit}, 1, 'check says so too');
};

subtest 'no such file' => sub {
    unlink $export;
    $result = $bridge->run('sync');
    is($result->{exit}, 1, 'failed');
    like($result->{out}, qr/export\.ldif/, 'names it');
    is_deeply(accounts(), $all, 'nobody lost anything');
};

done_testing;
