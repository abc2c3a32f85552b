#!/usr/bin/perl
# What presets do where a service has more states, or more signs, than "there" and "not there":
# nobody who leaves keeps a way in, whatever state the account is in; who was taken out before is
# found, and let in again; a value that is gone is gone there; an apostrophe ends no query.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::PresetWorld qw(why);
use JSON::PP;
use Test::More;

my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $world = Bridge::PresetWorld->new;

sub is_done {
    my ($what, $result, @taken) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is($result->{exit}, 0, $what) or diag why($result, @taken);
    return;
}

# Ann has an account that is found, and leaves.
sub leave {
    my ($name, @rows) = @_;
    $world->begin($name);
    is_done('adopted', $world->sync(@rows));
    $world->ann(in => 0);
    return $world->sync(@rows);
}

my %okta = (
    (map { $_ => 'deactivate' } qw(LOCKED_OUT PASSWORD_EXPIRED RECOVERY STAGED PROVISIONED)),
    ACTIVE => 'suspend',
);
for my $status (sort keys %okta) {
    subtest "Okta: a leaver who is $status" => sub {
        my $user = { id => '17', status => $status, profile => { login => 'ann@corp.example',
                email => 'ann@corp.example', firstName => 'Ann', lastName => q(O'Neil Junior),
                displayName => 'Ann Junior' } };
        my ($result, @taken) = leave('okta-users', [ '^GET /api/v1/users/', 200, $user ],
            [ '^POST /api/v1/users/17/lifecycle/', 200, {} ]);
        is_done('no access is left', $result, @taken);
        is_deeply([ grep {/^POST/} @taken ], ["POST /api/v1/users/17/lifecycle/$okta{$status}"],
            $okta{$status});
    };
}

my %dropbox = (
    active => ['POST /team/members/suspend'],
    invited => [ 'POST /team/members/remove', 'POST /team/members/remove/job_status/get' ],
);
for my $status (sort keys %dropbox) {
    subtest "Dropbox: a leaver who is $status" => sub {
        my $member = { '.tag' => 'member_info', profile => { team_member_id => 'dbmid:17',
                status => { '.tag' => $status }, email => 'ann@corp.example',
                external_id => '04030201-0605-0807-090a-0b0c0d0e0f10',
                name => { given_name => 'Ann', surname => q(O'Neil Junior) } } };
        my ($result, @taken) = leave('dropbox-business',
            [ '^POST /team/members/list_v2', 200, { members => [], has_more => $false } ],
            [ '^POST /team/members/get_info', 200, [$member] ],
            [ '^POST /team/members/remove/job_status/get', 200, { '.tag' => 'complete' } ],
            [ '^POST /team/members/remove', 200,
                { '.tag' => 'async_job_id', async_job_id => 'j1' } ],
            [ '^POST /team/members/suspend', $status eq 'active' ? (200, {}) : (409,
                    { error_summary => 'suspend_inactive_user/',
                        error => { '.tag' => 'suspend_inactive_user' } }) ]);
        is_done('no way in is left', $result, @taken);
        is_deeply([ map {/^(POST \S+(?:suspend|remove|status\/get))/} @taken ],
            $dropbox{$status}, "@{ $dropbox{$status} }");
    };
}

subtest 'Slack: one who was taken out before is found in the other listing' => sub {
    my %page = (ok => $true, response_metadata => { next_cursor => '' });
    my $ann = { id => 'W17', email => 'ann@corp.example', full_name => 'Ann', is_active => $false };
    $world->begin('slack-admin');
    my ($result, @taken) = $world->sync([ '^POST /auth.test', 200, { ok => $true } ],
        [ '"is_active":true', 200, { %page, users => [] } ],
        [ '"is_active":false', 200, { %page, users => [$ann] } ],
        [ '^POST /admin.users.assign', 200, { ok => $true } ]);
    is_done('found', $result, @taken);
    is_deeply([ grep {/users\.(?:invite|assign)/} @taken ],
        ['POST /admin.users.assign {"team_id":"T1","user_id":"W17"}'], 'and assigned again');
};

subtest 'Salesforce: an apostrophe in a user name' => sub {
    $world->begin('salesforce-rest', mail => q(ann.o'neil@corp.example));
    my ($result, @taken) = $world->sync([ '/limits$', 200, {} ],
        [ '/query\?', 200, { totalSize => 0, done => $true, records => [] } ],
        [ '^POST \S+/sobjects/User ', 201, { id => '005', success => $true, errors => [] } ]);
    is_done('nobody is parked for it', $result, @taken);
    ok((grep {/WHERE Username = 'ann\.o\\'neil\@corp\.example'$/} @taken), 'it ends no query')
        or diag join "\n", @taken;
};

subtest 'Zoom: a department that is gone' => sub {
    my $user = { id => '17', status => 'active', email => 'ann@corp.example', type => 1,
        first_name => 'Ann', last_name => q(O'Neil Junior), dept => 'Sales' };
    my @rows = ([ '^GET /users\?', 200, { users => [$user] } ], [ '^GET /users/', 200, $user ],
        [ '^PATCH /users/17 ', 204, undef ]);
    $world->begin('zoom-rest', department => 'Sales');
    is_done('adopted', $world->sync(@rows));
    $world->ann;
    my ($result, @taken) = $world->sync(@rows);
    is_done('changed', $result, @taken);
    my ($body) = map {/^PATCH \S+ (.*)/} @taken;
    is_deeply($body && decode_json($body),
        { first_name => 'Ann', last_name => q(O'Neil Junior), dept => '' }, 'is emptied');
};

subtest 'Microsoft Graph: a telephone number that is gone' => sub {
    my $user = { id => '17', accountEnabled => $true, userPrincipalName => 'ann@corp.example',
        displayName => 'Ann Junior', givenName => 'Ann', surname => q(O'Neil Junior),
        mailNickname => 'ann', businessPhones => ['1'] };
    my @rows = ([ '^GET /users\?', 200, { value => [$user] } ], [ '^GET /users/17', 200, $user ],
        [ '^PATCH /users/17 ', 204, undef ]);
    my @said;
    $world->begin('microsoft-graph', phone => '1');
    is_done('adopted', $world->sync(@rows));
    for my $is ({ phone => '2' }, { title => 'Senior', phone => '2' }, { title => 'Senior' }) {
        $world->ann(%$is);
        my ($result, @taken) = $world->sync(@rows);
        is_done('changed', $result, @taken);
        push @said, map { decode_json($_) } map {/^PATCH \S+ (.*)/} @taken;
    }
    is_deeply(\@said, [ { businessPhones => ['2'] },
            { displayName => 'Ann Senior', surname => q(O'Neil Senior) },
            { businessPhones => [] } ], 'is an empty list, and goes along only where it changes');
};

done_testing;
