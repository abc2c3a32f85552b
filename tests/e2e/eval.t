#!/usr/bin/perl
# Trying a mapping before it is trusted: eval shows what an expression yields for somebody, coverage
# how the directory fills a map, check what cannot be right in it.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::World qw(person_ldif);
use JSON::PP;
use Test::More;

my $work = 'emails[type eq "work"].value';
my $world = Bridge::World->new(
    ldif => person_ldif('ann', roomNumber => '2021-06-29', mail => 'ann@example.com')
        . person_ldif('bob', roomNumber => 'soon', mail => 'bob@example.com')
        . person_ldif('cid', mail => 'Twin@example.com', title => undef)
        . person_ldif('eva', roomNumber => 'soon', mail => 'twin@example.com')
        . person_ldif('fay', mail => 'twin@EXAMPLE.com')
        . person_ldif('out', mail => undef),
    groups => { app => [qw(ann bob cid eva fay)] },
    slapd => { sessionlog => 100 },
    settings => {
        match => [ $work, 'userName' ],
        map => [
            { to => 'userName', from => '[uid]' },
            { to => $work, from => '[mail]', required => 'true' },
            { to => 'userType', from => 'ToRFC3339([roomNumber])' },
            { to => 'nickName', from => 'IIF(IsPresent([title]), "", "x")' },
            { to => 'title', from => '[title]' },
            { to => 'displayName', from => 'Join(" ", [givenName], [sn])' },
        ],
        assign => [ { group => 'cn=app,ou=Groups,ou=Corp,dc=example,dc=com', role => 'agent' } ],
    },
);
my $bridge = $world->bridge;

sub run_is {
    my ($exit, $out, $err, @args) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $result = $bridge->run(@args);
    my $what = join ' ', map { ref ? () : $_ } @args;
    is($result->{exit}, $exit, "$what: exit $exit") or diag $result->{out}, $result->{err};
    like($result->{out}, $out, "$what: stdout");
    like($result->{err}, $err, "$what: stderr");
    return $result;
}

subtest 'eval before anything was read' => sub {
    run_is(1, qr/^$/, qr/there is no state.*\n.*dirbridge sync/, 'eval', '[uid]', '--user', 'ann');
    ok(!-e $bridge->state_file, 'and makes none');
};

is($world->sync->{exit}, 3, 'some are parked for what their entries say');
$world->forget;

subtest 'eval' => sub {
    my @values = (
        [ 'ToUpper([uid])', '"ANN"', 'text' ],
        [ 'Len([uid]) = 3 AND NOT ([uid] = "x")', 'true', 'boolean' ],
        [ "Join('-', [givenName], [sn])", '"Ann-Example"', 'text' ],
        [ '[accountEnabled]', 'true', 'boolean' ],
        [ 'Split([mail], "@")', '["ann","example.com"]', 'list' ],
        [ 'SingleAppRoleAssignment([appRoleAssignments])', '"agent"', 'text' ],
        [ 'ToRFC3339([roomNumber])', '"2021-06-29T00:00:00Z"', 'text' ],
    );
    for my $case (@values) {
        my ($text, $value, $type) = @$case;
        run_is(0, qr/^\Q$value\E  \($type\)\n\z/, qr/^$/, 'eval', $text, '--user', 'ann');
    }
    run_is(0, qr/^"Example"/, qr/^$/, 'eval', '[sn]', '--user', $world->dn('ann'));
    run_is(1, qr/^fails: 'soon' is no date/, qr/^$/, 'eval', 'ToRFC3339([roomNumber])', '--user',
        'bob');
    run_is(0, qr/^null .*\n +note: \[telephonenumber\] was not read/, qr/^$/, 'eval',
        '[telephoneNumber]', '--user', 'ann');
    run_is(0, qr/^"ann".*\n +warning: column \d+: .*always true/, qr/^$/, 'eval',
        'IIF(true, [uid], "x")', '--user', 'ann');
    my $hidden = run_is(0, qr/^"\[Redact\]"/, qr/^$/, 'eval', 'Redact([mail])', '--user', 'ann');
    unlike($hidden->{out}, qr/example\.com/, 'what is not to be shown is not shown here either');
};

subtest 'eval of mistakes' => sub {
    my @mistakes = (
        [ 'ToUpper([uid]', 8, qr/not closed/ ],
        [ 'Join("-", Tupper([uid]))', 11, qr/unknown function "Tupper"\n +did you mean ToUpper/ ],
        [ 'Switch([title], "x")', 1, qr/at least 4 arguments/ ],
        [ '1 + 2', 3, qr/unexpected "\+"/ ],
    );
    for my $case (@mistakes) {
        my ($text, $column, $words) = @$case;
        my $result = run_is(2, qr/^$/, $words, 'eval', $text, '--user', 'ann');
        my ($said) = $result->{err} =~ /column (\d+):/;
        is($said, $column, "$text: column $column");
        my ($line, $caret) = $result->{err} =~ /^( *)\Q$text\E\n( *)\^/m;
        is(length($caret // '') - length($line // ''), $column - 1, "$text: the caret is there");
    }
    run_is(2, qr/^$/, qr/nobody is called 'zoe'/, 'eval', '[uid]', '--user', 'zoe');
    run_is(2, qr/^$/, qr/more than one person is called/, 'eval', '[uid]', '--user',
        'twin@example.com');
    run_is(2, qr/^$/, qr/needs an expression and a person/, 'eval', '[uid]');
    run_is(2, qr/^$/, qr/no app named 'nope'/, 'eval', '"x"', '--user', 'ann', '--app', 'nope');
    my $deep = 'Not(' x 3000 . 'true' . ')' x 3000;
    my $result = $bridge->run('eval', $deep, '--user', 'ann');
    is($result->{exit}, 2, 'an expression of 3,000 levels is refused') or diag $result->{err};
};

subtest 'eval --json' => sub {
    my $json = run_is(0, qr/^\{/, qr/^$/, 'eval', '--json', 'Split([mail], "@")', '--user', 'ann')
        ->{json};
    is_deeply(
        $json,
        {
            expression => 'Split([mail], "@")',
            person => $world->dn('ann'),
            type => 'list',
            value => [ 'ann', 'example.com' ],
            unread => [],
            warnings => [],
        },
        'the document'
    );
    $json = run_is(1, qr/^\{/, qr/^$/, '--json', 'eval', 'CDate([roomNumber])', '--user', 'bob')
        ->{json};
    like($json->{problem}, qr/soon/, 'a failure');
    ok(!exists $json->{value}, 'has no value');
    is_deeply($bridge->run('eval', '--json', '[o]', '--user', 'ann')->{json}{unread}, ['o'],
        'what was not read');
    is_deeply($world->app->requests, [], 'the application was asked nothing');
};

my %filled = (filled => 0, null => 0, empty => 0, failed => 0);

subtest 'coverage' => sub {
    my $json = run_is(0, qr/^\{/, qr/^$/, 'coverage', '--json', '--app', 'app')->{json};
    is_deeply([ @$json{qw(app people with_app)} ], [ 'app', 6, 5 ], 'who is there');
    my %row = map { $_->{to} => $_ } @{ $json->{rows} };
    my %expected = (
        userName => [ { filled => 5 }, { filled => 6 } ],
        $work => [ { filled => 5 }, { filled => 5, null => 1 } ],
        userType => [ { filled => 1, null => 2, failed => 2 },
            { filled => 1, null => 3, failed => 2 } ],
        nickName => [ { filled => 1, empty => 4 }, { filled => 1, empty => 5 } ],
        title => [ { filled => 4, null => 1 }, { filled => 5, null => 1 } ],
    );
    for my $to (sort keys %expected) {
        my @counts = @{ $row{$to} }{qw(with_app all)};
        delete $_->{example} for @counts;
        is_deeply([@counts], [ map { { %filled, %$_ } } @{ $expected{$to} } ], "$to: counted");
    }
    my %key = map { $_->{path} => $_ } @{ $json->{match} };
    # One of them has a row that fails.
    is($key{$work}{duplicates}, 3, 'three people share an address, whatever its case');
    like($key{$work}{example}, qr/^twin\@example\.com$/i, 'which is named');
    is($key{userName}{duplicates}, 0, 'names are different');

    my $text = run_is(0, qr/^app app: 5 of 6 people have it\n/, qr/^$/, 'coverage', '--app', 'app')
        ->{out};
    like($text, qr/^ +1 +2 +2 +1 +3 +2  userType\n +fails: 'soon' is no date/m,
        'a row of numbers, with a reason');
    like($text, qr/^ +5 +0 +0 +5 +1 +0  \Q$work\E \(required\)$/m, 'a required one says so');
    like($text, qr/'\Q$work\E' finds accounts, but 3 people have a value that another/,
        'shared keys are told');
    like($text, qr/'userName' finds accounts, and nobody shares a value/, 'and good ones');
    run_is(2, qr/^$/, qr/coverage of which app\?/, 'coverage');
    run_is(2, qr/^$/, qr/no app named 'nope'/, 'coverage', '--app', 'nope');
    is_deeply($world->app->requests, [], 'the application was asked nothing');
};

subtest 'check of what mappings read' => sub {
    my @map = (
        { to => 'userName', from => '[uid]' },
        { to => 'title', from => 'Join(" ", [titel], [employeeNummer], [zzyzx])' },
        { to => 'nickName', from => 'IIF(1 = 2, [cn], [sn])' },
    );
    $world->configure(app => { map => \@map, match => ['userName'] });
    my $config = do { local (@ARGV, $/) = $bridge->config; <> };
    my ($before) = $config =~ /\A(.*?)from = "IIF/s;
    my $number = 1 + ($before =~ tr/\n//);
    my $result = run_is(0, qr/source corp: ok\n/, qr/warning/, 'check');
    like($result->{out}, qr/schema does not know .*\[titel\] \(did you mean \[title\]\?\)/,
        'a slip of the pen is named with what was meant');
    like($result->{out}, qr/\[employeenummer\] \(did you mean \[employeenumber\]\?\)/, 'each');
    like($result->{out}, qr/\[zzyzx\](?! \(did)/, 'without advice where none is near');
    unlike($result->{out}, qr/know[^\n]*\[(?:uid|cn|sn)\]/, 'what the schema has is not named');
    like($result->{err},
        qr/dirbridge\.cfg:$number: warning: mapping of 'nickName', column 7: .*always false/,
        'a dead branch has file, line and column');
    like($result->{err}, qr/^( *)IIF\(1 = 2, .*\n\1 {6}\^/m, 'and a caret');
    my $json = $bridge->run('check', '--json')->{json};
    ok($json->{ok}, '--json: a warning is no mistake');
    is_deeply([ map { [ @$_{qw(line severity)} ] } @{ $json->{problems} } ],
        [ [ $number, 'warning' ] ], '--json: where it is');
};

subtest 'check of a preset' => sub {
    my $mappings = "$FindBin::Bin/../../mappings";
    $world->configure(
        app => { _raw => '@include "zoom.cfg"', map => undef, match => undef });
    my $result = $bridge->run('check', { env => { DIRBRIDGE_MAPPINGS_DIR => $mappings } });
    is($result->{exit}, 0, 'is fine') or diag $result->{out}, $result->{err};
    my $file = do { local (@ARGV, $/) = "$mappings/zoom.cfg"; <> };
    my ($list) = $file =~ /unconfirmed = \[(.*?)\];/s;
    my @unconfirmed = $list =~ /"((?:[^"\\]|\\.)*)"/g;
    ok(@unconfirmed, 'the preset has settings that nobody confirmed');
    like($result->{out}, qr/to be confirmed by you.*\Q$_\E/, "it lists: $_") for @unconfirmed;
};

done_testing;
