# Bridge::CustomApi::Definitions - the services of tests/servers/customapi in the language of the
# config: what their documents say, in the fewest words that do.
#
#     definition('zoom', $address)        settings of an app, as Bridge::Run's write_config takes
#                                         them
#     preset('zoom', $address)            what an administrator adds to the preset of the service
#     unconfirmed()                       what tests may add of Zoho
#     bound_members()                     the other way of Graph to add members
#     listed()                            what the simplest form leaves out
package Bridge::CustomApi::Definitions;
use strict;
use warnings;
use Bridge::Run qw(secret);
use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(dirname);

our @EXPORT_OK = qw(definition preset unconfirmed bound_members listed);

my $mappings = abs_path(dirname(__FILE__) . '/../../../../mappings');

# A row of a map: target path, expression, further settings.
sub row {
    my ($to, $from, %more) = @_;
    return { to => $to, from => \$from, %more };
}

sub _oauth {
    my ($type, $url, %more) = @_;
    return { type => $type, token_url => $url, %more };
}

sub _zoho {
    my ($base) = @_;
    my $users = '/api/v1/orgs/{parameter.org}/users';
    return {
        auth => _oauth(
            refresh_token => "$base/oauth/v2/token",
            prefix => 'Zoho-oauthtoken',
            client_auth => 'body',
            client_id => 'zoho-client',
            client_secret_file => secret('zoho-secret-x1'),
            refresh_token_file => secret('zoho-refresh-x2')
        ),
        parameters => { org => \'777' },
        success => { path => 'status_code', values => [ \'200', \'201' ] },
        error => { path => 'message' },
        errors => [
            { message => 'already exists', is => 'exists' },
            { message => 'no such user', is => 'not_found' },
        ],
        id => { path => 'users.zuid' },
        account => {
            id => 'user_id',
            active => 'status',
            active_values => ['active'],
            inactive_values => ['inactive'],
            fields => [ { to => 'emails[0].email_id', from => 'primary_email' } ],
        },
        test => { url => $users },
        list => { url => $users, items => 'users' },
        create => { url => $users, body => { users => '{resource}' } },
        match => ['emails[0].email_id'],
        map => [
            row('first_name', '[givenName]'),
            row('last_name', '[sn]', required => 'true'),
            row('emails[0].email_id', '[mail]', required => 'true'),
            row('emails[0].is_primary', 'true', when => 'create'),
        ],
    };
}

# What tests may add of Zoho: the operations that its documents do not have.
sub unconfirmed {
    my $user = '/api/v1/orgs/{parameter.org}/users/{id}';
    my $status = sub {
        return { method => 'PUT', url => $user, body => { users => { status => $_[0] } } };
    };
    return (
        update => { url => $user, body => { users => '{resource}' } },
        enable => $status->('active'),
        disable => $status->('inactive'),
        delete => { url => $user },
    );
}

sub _pages {
    my ($items, %more) = @_;
    my %pages = (
        kind => 'cursor',
        parameter => 'next_page_token',
        size_parameter => 'page_size',
        size => 300,
        next => 'next_page_token'
    );
    return (items => $items, pages => \%pages, %more);
}

sub _zoom {
    my ($base) = @_;
    my $user = '/users/{id}';
    my $status = sub {
        return { method => 'PUT', url => "$user/status", body => { action => $_[0] } };
    };
    my $listing = sub {
        my ($state, $active) = @_;
        return { url => "/users?status=$state", _pages('users', active => $active) };
    };
    my $new_mail = { name => 'email', when => 'changes.email', method => 'PUT',
        url => "$user/email", body => { email => '{resource.email}' } };
    return {
        url => "$base/v2",
        auth => _oauth(
            client_credentials => "$base/oauth/token",
            grant => 'account_credentials',
            client_id => 'zoom-client',
            client_secret_file => secret('zoom-secret-x3'),
            parameters => { account_id => 'ACC' }
        ),
        error => { path => 'message', code => 'code' },
        account => {
            active => 'status',
            active_values => [ 'active', 'pending' ],
            inactive_values => ['inactive']
        },
        removed => 'empty',
        test => { url => '/users?page_size=1' },
        lookup => { url => '/users/{match.value}', items => '' },
        get => { url => $user },
        list => [
            $listing->(active => 'true'),
            $listing->(inactive => 'false'),
            $listing->(pending => 'true')
        ],
        create => { url => '/users', body => { action => 'create', user_info => '{resource}' } },
        update => {
            mode => 'changed',
            steps => [
                { method => 'PATCH', url => $user, body => '{changes}', leave_out => ['email'] },
                $new_mail
            ],
        },
        enable => $status->('activate'),
        disable => $status->('deactivate'),
        delete => { url => "$user?action=delete", means => 'deletes the user and what they own' },
        password => { method => 'PUT', url => "$user/password",
            body => { password => '{password}' } },
        group => _zoom_groups(),
        member => _zoom_members(),
        match => ['email'],
        map => [
            row('email', '[mail]', required => 'true'),
            row('type', '1', when => 'create'),
            row('first_name', '[givenName]'),
            row('last_name', '[sn]'),
            row('dept', '[departmentNumber]'),
        ],
    };
}

sub _zoom_groups {
    my $group = '/groups/{id}';
    return {
        list => { url => '/groups', items => 'groups' },
        get => { url => $group },
        create => { url => '/groups', body => { name => '{group.name}' } },
        update => { method => 'PATCH', url => $group, body => { name => '{group.name}' } },
        delete => { url => $group },
    };
}

sub _zoom_members {
    my $members = '/groups/{id}/members';
    my $each = '{ "members": { "$each": "members", "$make": { "id": "{item}" } } }';
    return {
        add => { url => $members, body => $each, batch => 30 },
        remove => {
            url => "$members/{member.id}",
            errors => [ { code => \'4131', is => 'not_member' } ]
        },
        list => { url => $members, _pages('members') },
    };
}

my @shown = qw(id userPrincipalName displayName givenName surname jobTitle department
    accountEnabled);

sub _graph {
    my ($base) = @_;
    my $user = '/users/{id}';
    my %shown = (query => [ { name => '$select', value => join ',', @shown } ]);
    my $search = { name => '$filter', value => "userPrincipalName eq '{match.value|odata}'" };
    my $switch = sub {
        return { method => 'PATCH', url => $user, body => { accountEnabled => $_[0] } };
    };
    return {
        url => "$base/v1.0",
        auth => _oauth(
            client_credentials => "$base/tenant-1/oauth2/v2.0/token",
            client_auth => 'body',
            client_id => 'graph-client',
            client_secret_file => secret('graph-secret-x4'),
            scope => 'https://graph.microsoft.com/.default'
        ),
        error => { path => 'error.message', code => 'error.code' },
        errors => [ { code => 'Request_ResourceNotFound', is => 'not_found' } ],
        account => { active => 'accountEnabled' },
        test => { url => '/users?$top=1' },
        lookup => { url => '/users', query => [ @{ $shown{query} }, $search ], items => 'value' },
        get => { url => $user, %shown },
        list => { url => '/users', %shown, _next_link() },
        create => {
            url => '/users',
            errors => [ { status => 400, message => 'same value for property', is => 'exists' } ]
        },
        update => { method => 'PATCH', url => $user, mode => 'changed' },
        enable => $switch->('true'),
        disable => $switch->('false'),
        delete => { url => $user, means => 'deletes the user; restored within 30 days' },
        group => _graph_groups(),
        member => _graph_members(),
        match => ['userPrincipalName'],
        map => [
            row('userPrincipalName', '[mail]', required => 'true'),
            row('mailNickname', '[uid]', when => 'create'),
            row('displayName', '[displayName]'),
            row('accountEnabled', 'true', when => 'create'),
            row('passwordProfile.password', 'RandomString(16, 4, 0, 4, 4)', when => 'create'),
            row('passwordProfile.forceChangePasswordNextSignIn', 'true', when => 'create'),
            row('givenName', '[givenName]'),
            row('surname', '[sn]'),
            row('jobTitle', '[title]'),
            row('department', '[departmentNumber]'),
        ],
    };
}

sub _next_link {
    return (items => 'value', pages => { kind => 'url', next => q('@odata.nextLink') });
}

sub _graph_groups {
    my $make = { displayName => '{group.name}', mailEnabled => 'false', securityEnabled => 'true',
        mailNickname => '{uuid}' };
    my $search = { name => '$filter', value => "displayName eq '{group.name|odata}'" };
    return {
        name => 'displayName',
        lookup => { url => '/groups', query => [$search], items => 'value' },
        list => { url => '/groups', _next_link() },
        get => { url => '/groups/{id}' },
        create => { url => '/groups', body => $make },
        update => { method => 'PATCH', url => '/groups/{id}',
            body => { displayName => '{group.name}' } },
        delete => { url => '/groups/{id}' },
    };
}

my $reference = 'https://graph.microsoft.com/v1.0/directoryObjects';

sub _graph_members {
    return {
        add => {
            url => '/groups/{id}/members/$ref',
            body => qq({ "\@odata.id": "$reference/{member.id}" }),
            errors => [ { status => 400, message => 'already exist', is => 'member' } ],
        },
        remove => {
            url => '/groups/{id}/members/{member.id}/$ref',
            errors => [ { status => 404, is => 'not_member' } ]
        },
        list => { url => '/groups/{id}/members?$select=id', _next_link() },
    };
}

# The other way of Graph: twenty at once, all or none.
sub bound_members {
    my %members = %{ _graph_members() };
    my $each = qq({ "\$each": "members", "\$make": "$reference/{item}" });
    my $bind = qq({ "members\@odata.bind": $each });
    $members{add} = { method => 'PATCH', url => '/groups/{id}', body => $bind, batch => 20,
        errors => $members{add}{errors} };
    return { member => \%members };
}

# What the simplest form leaves out: states, and a listing to find accounts in.
sub listed {
    my $state = sub {
        return { method => 'PUT', url => '/users/{id}/state', body => { state => $_[0] } };
    };
    my %pages = (kind => 'offset', parameter => 'offset', size_parameter => 'limit', size => 7,
        total => 'total');
    return (
        list => { url => '/users', items => 'data', pages => \%pages },
        account => { active => 'active' },
        enable => $state->('on'),
        disable => $state->('off'),
    );
}

# The simplest there is: three addresses, a header, a key that says how it went.
sub _plain {
    my ($base) = @_;
    my $users = "$base/users";
    return {
        create => { url => $users },
        update => { url => "$users/{id}" },
        delete => { url => "$users/{id}" },
        auth => { type => 'header', name => 'X-Api-Key', value_file => secret('plain-key-x5') },
        content_type => 'application/json',
        success => { path => 'status', value => 'success' },
        error => { path => 'message' },
        id => { path => 'data.id' },
        match => ['email'],
        map => [
            row('email', '[mail]'),
            row('first_name', '[givenName]'),
            row('name', 'Join(" ", [givenName], [sn])', when => 'create'),
        ],
    };
}

my %definition = (
    zoho => \&_zoho,
    zoom => \&_zoom,
    graph => \&_graph,
    plain => \&_plain
);

my %preset = (
    zoho => [ 'zoho-one', '', parameters => { org => \'777' } ],
    zoom => [ 'zoom-rest', '/v2', map_override => [ row('dept', '[departmentNumber]') ] ],
    graph => [
        'microsoft-graph', '/v1.0',
        map_override => [
            row('userPrincipalName', '[mail]', required => 'true'),
            row('department', '[departmentNumber]')
        ]
    ],
);

sub preset {
    my ($api, $base) = @_;
    my ($name, $path, %more) = @{ $preset{$api} };
    my $auth = definition($api, $base)->{auth};
    delete @$auth{qw(grant scope prefix)};
    return { url => "$base$path", auth => $auth, %more,
        _raw => qq(\@include "$mappings/$name.cfg") };
}

sub definition {
    my ($api, $base) = @_;
    return $definition{$api}->($base);
}

1;
