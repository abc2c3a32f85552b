#!/usr/bin/perl
# How each service says that somebody is not there, in the words of its documents, and what its
# preset makes of it: where nobody is, the person is made; where others deleted the account, a
# change makes it again (recreate = true) and a leaver is done; nobody is parked. An address that
# the service does not have says it in other words, and then nobody is made. PRESET=NAME plays one.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::PresetWorld qw(why);
use JSON::PP;
use Test::More;

my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $world = Bridge::PresetWorld->new;

my $google = { error => { code => 404, message => 'Resource Not Found: userKey',
        errors => [ { domain => 'global', reason => 'notFound',
                message => 'Resource Not Found: userKey' } ] } };
my $okta = { errorCode => 'E0000007', errorLink => 'E0000007', errorId => 'oae1',
    errorSummary => 'Not found: Resource not found: 17 (User)', errorCauses => [] };
my $zoom = { code => 1001, message => 'User does not exist: 17.' };
my $refused_crm = { users => [ { code => 'INVALID_DATA', status => 'error',
            message => 'the id given seems to be invalid', details => {} } ] };

# Of each preset: 'test', the answer to the call that asks whether the service is well; 'none',
# what a look-up answers when nobody is there, or a listing where there is no look-up; 'made', the
# answer to a create, with the id; 'gone', what an operation on an account that was deleted answers;
# 'wrong', what an address that does not exist answers, if it is no page; 'unchanging', where
# accounts are neither changed nor read one by one; 'create', the request.
my %service = (
    'box-rest' => {
        test => [ '^GET /users/me$', 200, { id => 1 } ],
        none => [ [ '^GET /users\?', 200, { entries => [], next_marker => undef } ] ],
        create => '^POST /users ',
        made => sub { return [ 201, { type => 'user', id => $_[0], status => 'active' } ] },
        gone => [ '/users/ID', 404,
            { type => 'error', status => 404, code => 'not_found', message => 'Not Found' } ],
    },
    'dropbox-business' => {
        test => [ '^POST /team/members/list_v2 .*1}', 200,
            { members => [], cursor => 'c', has_more => $false } ],
        none => [
            [ '^POST /team/members/get_info .*"email"', 200,
                [ { '.tag' => 'id_not_found', id_not_found => 'ann@corp.example' } ] ],
        ],
        create => '^POST /team/members/add_v2 ',
        made => sub {
            return [ 200, { '.tag' => 'complete', complete => [ { '.tag' => 'success',
                            profile => { team_member_id => $_[0] } } ] } ];
        },
        gone => [ [ '^POST /team/members/get_info .*"ID"', 200,
                [ { '.tag' => 'id_not_found', id_not_found => 'ID' } ] ],
            [ '"ID"', 409, { error_summary => 'user_not_found/..',
                    error => { '.tag' => 'user_not_found' } } ] ],
    },
    'gitlab-rest' => {
        test => [ '^GET /user$', 200, { id => 1 } ],
        none => [ [ '^GET /users\?', 200, [] ] ],
        create => '^POST /users ',
        made => sub { return [ 201, { id => 0 + $_[0], state => 'active' } ] },
        gone => [ '/users/ID', 404, { message => '404 User Not Found' } ],
        wrong => { error => '404 Not Found' },
    },
    'google-workspace' => {
        test => [ '^GET /users\?.*maxResults=1$', 200, { users => [ { id => 1 } ] } ],
        none => [ [ '^GET /users/[^ ]*@', 404, $google ] ],
        create => '^POST /users ',
        made => sub { return [ 200, { id => $_[0], suspended => $false } ] },
        gone => [ '/users/ID', 404, $google ],
    },
    'microsoft-graph' => {
        test => [ '^GET /users\?\$top=1&', 200, { value => [] } ],
        none => [ [ '^GET /users\?', 200, { value => [] } ] ],
        create => '^POST /users ',
        made => sub { return [ 201, { id => $_[0], accountEnabled => $true } ] },
        gone => [ '/users/ID', 404, { error => { code => 'Request_ResourceNotFound',
                    message => q(Resource 'ID' does not exist or one of its queried )
                        . 'reference-property objects are not present.' } } ],
        wrong => { error => { code => 'BadRequest',
                message => q(Resource not found for the segment 'users'.) } },
    },
    'okta-users' => {
        test => [ '^GET /api/v1/users/me$', 200, { id => 1 } ],
        none => [ [ '^GET /api/v1/users/[^ ]*@', 404, $okta ] ],
        create => '^POST /api/v1/users\?activate=true ',
        made => sub { return [ 200, { id => $_[0], status => 'PROVISIONED' } ] },
        gone => [ '/users/ID', 404, $okta ],
    },
    'salesforce-rest' => {
        test => [ '^GET /services/data/v\d+\.0/limits$', 200, {} ],
        none => [ [ '^GET /services/data/v\d+\.0/query\?', 200,
                { totalSize => 0, done => $true, records => [] } ] ],
        create => '^POST /services/data/v\d+\.0/sobjects/User ',
        made => sub { return [ 201, { id => $_[0], success => $true, errors => [] } ] },
        gone => [ '/User/ID', 404,
            [ { errorCode => 'ENTITY_IS_DELETED', message => 'entity is deleted' } ] ],
        wrong => [ { errorCode => 'NOT_FOUND',
                message => 'The requested resource does not exist' } ],
    },
    'servicenow-table' => {
        test => [ '^GET /api/now/table/sys_user\?sysparm_limit=1&', 200, { result => [] } ],
        none => [ [ '^GET /api/now/table/sys_user\?', 200, { result => [] } ] ],
        create => '^POST /api/now/table/sys_user ',
        made => sub { return [ 201, { result => { sys_id => $_[0], active => 'true' } } ] },
        gone => [ '/sys_user/ID', 404, { status => 'failure', error => {
                    message => 'No Record found',
                    detail => q(Record doesn't exist or ACL restricts the record retrieval) } } ],
    },
    'slack-admin' => {
        test => [ '^POST /auth.test', 200, { ok => $true } ],
        none => [ [ '^POST /admin.users.list ', 200,
                { ok => $true, users => [], response_metadata => { next_cursor => '' } } ] ],
        create => '^POST /admin.users.invite ',
        made => sub {
            return [ 200, { ok => $true }, [ [ '^POST /admin.users.list .*"is_active":true', 200,
                { ok => $true, response_metadata => { next_cursor => '' }, users =>
                    [ { id => $_[0], email => 'ann@corp.example', is_active => $true } ] } ] ] ];
        },
        unchanging => 1,
        gone => [ '"ID"', 200, { ok => $false, error => 'user_not_found' } ],
        wrong => { ok => $false, error => 'unknown_method' },
    },
    'zendesk' => {
        test => [ '^GET /users/me.json$', 200, { user => { id => 1 } } ],
        none => [ [ '^GET /users/search.json\?', 200, { users => [], count => 0 } ] ],
        create => '^POST /users.json ',
        made => sub { return [ 201, { user => { id => 0 + $_[0], suspended => $false } } ] },
        gone => [ '/users/ID', 404, { error => 'RecordNotFound', description => 'Not found' } ],
        wrong => { error => 'InvalidEndpoint', description => 'Not found' },
    },
    'zoho-crm' => {
        test => [ '^GET /users\?type=CurrentUser$', 200, { users => [ { id => '1' } ] } ],
        none => [ [ '^GET /users\?', 200, { info => { more_records => $false },
                    users => [ { id => '1', email => 'a@corp.example', status => 'active' } ] } ] ],
        create => '^POST /users ',
        made => sub {
            return [ 201, { users => [ { code => 'SUCCESS', status => 'success',
                            details => { id => $_[0] } } ] } ];
        },
        gone => [ '/users/ID', 400, $refused_crm ],
        wrong => { code => 'INVALID_URL_PATTERN', status => 'error',
            message => 'Please check if the URL trying to access is a correct one' },
    },
    'zoho-one' => {
        none => [ [ '^GET /api/v1/orgs/60001/users', 200,
                { users => [ { user_id => '1', primary_email => 'a@corp.example' } ] } ] ],
        create => '^POST /api/v1/orgs/60001/users ',
        made => sub { return [ 201, { status_code => 201, users => { zuid => $_[0] } } ] },
    },
    'zoom-rest' => {
        test => [ '^GET /users\?page_size=1$', 200, { users => [] } ],
        none => [ [ '^GET /users/[^ ]*@', 404, $zoom ] ],
        create => '^POST /users ',
        made => sub { return [ 201, { id => $_[0] } ] },
        gone => [ '/users/ID', 404, $zoom ],
        wrong => { code => 2300, message => 'This API endpoint is not recognized.' },
    },
);

# Rows about the account with this id.
sub about {
    my ($rows, $id) = @_;
    my @rows = ref $rows->[0] ? @$rows : ($rows);
    return map { [ $_->[0] =~ s/ID/$id/r, @$_[ 1, 2 ] ] } @rows;
}

sub synced {
    my ($this, @rows) = @_;
    return $world->sync($this->{test} // (), @rows);
}

sub is_done {
    my ($what, $result, @taken) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is($result->{exit}, 0, "$what: nobody is parked") or diag why($result, @taken);
    return;
}

sub creates {
    my ($this, @taken) = @_;
    return scalar grep {/$this->{create}/} @taken;
}

sub play_wrong {
    my ($this) = @_;
    my @wrong = ([ '.', 404, $this->{wrong} // '<html><body>Not Found</body></html>' ]);
    my ($result, @taken) = synced($this, @wrong);
    isnt($result->{exit}, 0, 'a wrong address is said');
    is(creates($this, @taken), 0, 'and nobody is made');
    return;
}

sub play_empty {
    my ($this) = @_;
    my ($result, @taken) = synced($this, [ $this->{create}, @{ $this->{made}->(17) } ],
        @{ $this->{none} });
    is(creates($this, @taken), 1, 'where nobody is, the person is made')
        or diag why($result, @taken);
    is_done('made', $result, @taken);
    return;
}

sub play_changed {
    my ($this) = @_;
    $world->ann(title => 'Senior');
    my ($result, @taken) = synced($this, [ $this->{create}, @{ $this->{made}->(18) } ],
        about($this->{gone}, 17), @{ $this->{none} });
    is(creates($this, @taken), 1, 'whom others deleted is made again')
        or diag why($result, @taken);
    is_done('made again', $result, @taken);
    return;
}

# What the account's own address says is enough: nobody has to be looked up.
sub play_leaver {
    my ($this, $id) = @_;
    my @none = $this->{unchanging} ? @{ $this->{none} } : ();
    $world->ann(title => 'Senior', in => 0);
    my ($result, @taken) = synced($this, about($this->{gone}, $id), @none);
    ok((grep {m{[/"]$id\b}} @taken), 'a leaver is to be disabled');
    is_done('deleted by others', $result, @taken);
    ($result, @taken) = synced($this);
    is_done('again', $result, @taken);
    is_deeply(\@taken, [], 'and is done with');
    return;
}

is_deeply([ sort keys %service ], [ grep { $_ ne 'plain-form' } sort keys %{ $world->custom } ],
    'every preset of a service is here');

for my $name (grep { !$ENV{PRESET} || $_ eq $ENV{PRESET} } sort keys %service) {
    my $this = $service{$name};
    subtest $name => sub {
        $world->begin($name);
        play_wrong($this);
        $world->begin($name);
        play_empty($this);
        play_changed($this) if $this->{gone} && !$this->{unchanging};
        play_leaver($this, $this->{unchanging} ? 17 : 18) if $this->{gone};
    };
}

done_testing;
