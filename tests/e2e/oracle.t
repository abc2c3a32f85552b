#!/usr/bin/perl
# Other people's code agrees with what we send: scim-patch, applying our PATCH to the account of
# before, gets the account of after; scim2-parse-filter reads in our filters what we meant.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Misbehaving;
use Bridge::Oracle;
use Bridge::World qw(person_ldif);
use JSON::PP;
use MIME::Base64 qw(encode_base64);
use Test::More;

my $seed = $ENV{SEED} // 4711;
srand $seed;
note "SEED=$seed";
binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output);

my $enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
my %path = (
    displayName => 'displayName',
    givenName => 'name.givenName',
    sn => 'name.familyName',
    mail => 'emails[type eq "work"].value',
    telephoneNumber => 'phoneNumbers[type eq "work"].value',
    mobile => 'phoneNumbers[type eq "mobile"].value',
    title => 'title',
    l => 'addresses[type eq "work"].locality',
    street => 'addresses[type eq "work"].streetAddress',
    departmentNumber => "$enterprise:department",
    o => "$enterprise:organization",
    preferredLanguage => 'preferredLanguage',
);
my %example = (
    mail => sub { 'm' . int(rand 1e6) . '@example.com' },
    telephoneNumber => sub { '+30 ' . int rand 1e6 },
    mobile => sub { '+31 ' . int rand 1e6 },
    preferredLanguage => sub { ('de', 'en', 'el')[ rand 3 ] },
);

sub some_value {
    my ($name) = @_;
    return $example{$name}->() if $example{$name};
    my @words = ('Ωmega', 'plain', 'quo"te', 'back\\slash', '名前', 'x' x 40);
    return join ' ', map { $words[ rand @words ] } 0 .. rand 3;
}

sub line {
    my ($name, $value) = @_;
    utf8::encode($value);
    return "${name}:: " . encode_base64($value, '') . "\n";
}

subtest 'PATCH' => sub {
    my @people = map {"p$_"} 1 .. 8;
    my $world = Bridge::World->new(
        misbehaving => 1,
        people => \@people,
        groups => { app => \@people },
        slapd => { sessionlog => 100 },
        settings => {
            map => [
                { to => 'userName', from => '[uid]' },
                map { { to => $path{$_}, from => "[$_]" } } sort keys %path
            ]
        }
    );
    my $app = $world->app;
    is($world->sync->{exit}, 0, 'the accounts of before');
    my @cases;
    for my $round (1 .. 15) {
        my %before = map { $_->{id} => $_ } $app->users;
        for my $uid (@people) {
            my $text = "dn: {$uid}\nchangetype: modify\n";
            for my $name (grep { rand() < 0.3 } sort keys %path) {
                my $needed = $name eq 'sn' || rand() < 0.6;
                $text .= "replace: $name\n" . ($needed ? line($name, some_value($name)) : '')
                    . "-\n";
            }
            $world->change($text) if $text =~ /replace/;
        }
        $world->forget;
        my $result = $world->sync;
        is($result->{exit}, 0, "round $round") or diag $result->{out}, $result->{err};
        my %patch;
        for my $request (grep { $_->{method} eq 'PATCH' && $_->{status} < 300 }
            @{ $app->requests })
        {
            my ($id) = $request->{path} =~ m{([^/]+)\z};
            push @{ $patch{$id} }, $request->{body};
        }
        my %after = map { $_->{id} => $_ } $app->users;
        push @cases, map { { patch => $patch{$_}, before => $before{$_}, after => $after{$_} } }
            sort keys %patch;
    }
    cmp_ok(scalar @cases, '>', 50, scalar(@cases) . ' accounts changed');
    is_deeply([ Bridge::Oracle->judge(@cases) ], [], 'the oracle gets the same');
    my $broken = decode_json(encode_json($cases[0]));
    $broken->{after}{title} = 'not this';
    is(scalar(Bridge::Oracle->judge($broken)), 1, 'and would have seen a difference');
};

# The value of an eq filter; it is written as in JSON (RFC 7644 §3.4.2.2).
sub quoted_value {
    my ($filter) = @_;
    my ($value) = $filter =~ /^\w+ eq (".*")\z/s or return '';
    utf8::encode($value);
    return decode_json("[$value]")->[0];
}

subtest 'filters' => sub {
    my @names = (
        'plain', 'two words', 'quo"te', 'back\\slash', '\\"', 'ends in \\', 'a&b=c?d#e%41+f/g;h',
        "o'brien", '名前', 'Ωmega', '(x)', 'a eq "b" or userName pr', '1', 'true', "tab\there"
    );
    my %name = map { ("p$_" => $names[$_]) } 0 .. $#names;
    my $world = Bridge::World->new(
        misbehaving => 1,
        people => [ sort keys %name ],
        groups => { app => [ sort keys %name ] },
        settings => { map => [ { to => 'userName', from => '[employeeNumber]' } ] }
    );
    my $app = $world->app;
    $world->change("dn: {$_}\nchangetype: modify\nreplace: employeeNumber\n"
            . line(employeeNumber => $name{$_})) for sort keys %name;
    $app->seed(users => [ map { { userName => $_, active => JSON::PP::true } } @names ]);
    my $result = $world->sync;
    is($result->{exit}, 0, 'done') or diag $result->{out}, $result->{err};
    is_deeply($result->{app}{done}, { adopt => scalar @names }, 'every account was found');
    my @cases;
    for my $request (@{ $app->requests }) {
        my ($filter) = $request->{path} =~ /[?&]filter=([^&]*)/ or next;
        $filter =~ tr/+/ /;
        $filter =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ge;
        utf8::decode($filter);
        push @cases, { filter => $filter, path => 'userName' };
    }
    is(scalar @cases, scalar @names, 'each was asked for');
    $_->{value} = quoted_value($_->{filter}) for @cases;
    is_deeply([ sort map { $_->{value} } @cases ], [ sort @names ],
        'by its name, as JSON writes it');
    # It takes a backslash at the very end for the escape of the quote behind it.
    is_deeply([ Bridge::Oracle->judge(grep { $_->{value} !~ /\\\z/ } @cases) ], [],
        'the oracle reads the same');
};

# A judge who never objects is none.
subtest 'what is wrong is seen' => sub {
    my $app = Bridge::Misbehaving->new;
    my $PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
    my ($id) = map { $_->{id} } @{ $app->seed(users => [ { userName => 'ann' } ])->{users} };
    my $patch = sub {
        $app->request(PATCH => "/Users/$id", { schemas => [$PATCH], Operations => [@_] });
        return [ Bridge::Oracle->check($app) ];
    };
    my %bad = (
        'an op in capitals' => { op => 'Replace', path => 'title', value => 'x' },
        'a read-only path' => { op => 'replace', path => 'meta.version', value => 'x' },
        'a read-only member' => { op => 'replace', value => { id => 'x' } },
        'a removal of nothing' => { op => 'remove' },
    );
    like($patch->($bad{$_})->[0] // '', qr/\S/, $_) for sort keys %bad;
    is_deeply($patch->({ op => 'replace', path => 'title', value => 'x' }), [], 'a good one');
    $app->request(GET => $_) for '/Users?filter=userName+eq+%22ann%22',
        '/Users?filter=userName%20eq%20ann', '/Users?filter=userName%20eq%20%22a%22b%22';
    is(scalar(my @complaints = Bridge::Oracle->check($app)), 3, 'three bad filters');
    like((Bridge::Oracle->check($app, least => 1))[0], qr/0 requests/, 'and nothing at all');
};

done_testing;
