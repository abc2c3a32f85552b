#!/usr/bin/perl
# What 'render' shows of a custom API is what would go out, and nothing goes out: methods, addresses
# and bodies with every value in its place, what only an answer could tell by its name, secrets as
# nothing but "[hidden]"; and in plain words for whom nothing can be shown.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Free qw(free_port);
use Bridge::Run;
use JSON::PP;
use Test::More;

my $bridge = Bridge::Run->new;
my $dir = $bridge->dir;
my $nobody = free_port();

$bridge->write_file('people.ldif', <<'END');
dn: uid=ann,ou=people,dc=corp,dc=example
objectClass: inetOrgPerson
entryUUID: 00000000-0000-4000-8000-000000000001
uid: ann
cn: Ann "The /" Ö
sn: Ö
mail: ann+x@corp.example
departmentNumber: a/b
departmentNumber: c d
departmentNumber: e

dn: uid=bob,ou=people,dc=corp,dc=example
objectClass: inetOrgPerson
entryUUID: 00000000-0000-4000-8000-000000000002
uid: bob
cn: Bob
sn: Bob
mail: bob@corp.example

dn: uid=cid,ou=people,dc=corp,dc=example
objectClass: inetOrgPerson
entryUUID: 00000000-0000-4000-8000-000000000003
uid: cid
cn: Cid
sn: Cid

dn: cn=app,ou=groups,dc=corp,dc=example
objectClass: groupOfNames
entryUUID: 00000000-0000-4000-8000-000000000004
cn: app
member: uid=ann,ou=people,dc=corp,dc=example
END

my $definition = <<'END';
    create = { id = { path = "id"; }; steps = (
        { name = "make"; url = "/users"; outputs = ( { name = "job"; path = "job"; } ); },
        { name = "wait"; when = "step.job"; url = "/jobs/{step.job}";
          poll = { path = "state"; done = [ "ready" ]; interval = "2s"; deadline = "1m"; }; },
        { name = "rooms"; method = "POST"; url = "/rooms"; foreach = "resource.rooms"; chunk = 2;
          body = { user = "{id}"; rooms = "{items}"; }; } ); };
    update = { steps = (
        { name = "rest"; method = "PATCH"; url = "/users/{id}"; body = "{changes}";
          leave_out = [ "mail" ]; },
        { name = "mail"; method = "PUT"; url = "/users/{id}/mail"; when = "changes.mail";
          body = { mail = "{changes.mail}"; was = "{old.mail}"; }; } ); };
    delete = { url = "/users/{id}"; };
    lookup = { url = "/users"; items = "found";
               query = { q = "name eq \"{match.value|scim}\""; }; };
    list = { url = "/users"; items = "users";
             pages = { kind = "page"; parameter = "p"; size_parameter = "n"; size = 50; }; };
    password = { method = "PUT"; url = "/users/{id}/password";
                 headers = ( { name = "X-Key"; value = "{auth.value}"; } );
                 body = { new = "{password}"; }; };
    group = { list = { url = "/groups"; items = "groups"; };
              create = { url = "/groups"; body = { name = "{group.name}"; }; }; };
    member = { add = { url = "/groups/{id}/members"; body = { user = "{member.id}"; }; };
               remove = { url = "/groups/{id}/members/{member.id}"; }; };
    enable = { off = "nobody knows how"; url = "/users/{id}/on"; };
END

sub configure {
    my ($auth, $app) = @_;
    my $operations = $auth =~ /basic/ ? $definition =~ s/auth\.value/auth.password/r : $definition;
    $bridge->write_text(<<"END");
state = "$dir/state.db";
sources = ( { name = "corp"; type = "ldif"; file = "$dir/people.ldif"; } );
apps = ( {
    name = "wiki";
    type = "custom";
    url = "http://127.0.0.1:$nobody/v1";
    insecure = true;
    connect_timeout = "1s";
    tries = 1;
    auth = { $auth };
    match = [ "name" ];
    map = ( { to = "name"; from = "[cn]"; required = true; },
            { to = "mail"; from = "[mail]"; required = true; },
            { to = "rooms"; from = "[departmentNumber]"; values = "all"; } );
$operations
    groups = ( { group = "cn=app,ou=groups,dc=corp,dc=example"; } );
    assign = ( { group = "cn=app,ou=groups,dc=corp,dc=example"; } );
} @{[ $app // '' ]} );
END
}

# The requests of an operation, and the notes.
sub rendered {
    my ($operation, @args) = @_;
    my $result = $bridge->run('--json', 'render', 'wiki', '--op', $operation, @args);
    is($result->{exit}, 0, "$operation can be sent") or diag $result->{err};
    return (decode_json($result->{out}), $result->{err});
}

# A body is characters by now.
sub body_of { return JSON::PP->new->decode($_[0]{body}) }

sub lines { return [ map { "$_->{step}: $_->{method} $_->{url}" } @_ ] }

my $secret = 's3cret-value';
my $key = "type = \"header\"; name = \"X-Api-Key\"; value = \"$secret\";";
my $top = "http://127.0.0.1:$nobody/v1";
configure($key);

subtest 'before anything was read' => sub {
    my $result = $bridge->run('render', 'wiki', '--user', 'ann');
    is($result->{exit}, 1, 'there is nobody yet');
    like($result->{err}, qr/there is no state.*\n.*dirbridge sync/, 'and what to do is said');
};

$bridge->run('sync');

subtest 'as HTTP writes it' => sub {
    my $result = $bridge->run('render', 'wiki', '--op', 'update', '--user', 'ann');
    is($result->{exit}, 0, 'shown');
    is($result->{out}, <<"END", 'line by line');
update, step rest
PATCH $top/users/<id>
X-Api-Key: [hidden]
Accept: application/json
Content-Type: application/json

{
  "name": "Ann \\"The /\\" Ö",
  "rooms": [
    "a/b",
    "c d",
    "e"
  ]
}

update, step mail
PUT $top/users/<id>/mail
X-Api-Key: [hidden]
Accept: application/json
Content-Type: application/json

{
  "mail": "ann+x\@corp.example"
}
END
    like($result->{err}, qr/^note: .*no account there yet.*as if all were changed/m,
        'and what is otherwise than it would be');
};

subtest 'steps' => sub {
    my ($requests) = rendered('create', '--user', 'ann');
    is_deeply(lines(@$requests),
        [ "make: POST $top/users", "wait: GET $top/jobs/<step.job>", "rooms: POST $top/rooms" ],
        'in their order');
    is_deeply(body_of($requests->[0]),
        {
            name => qq{Ann "The /" \x{d6}},
            mail => 'ann+x@corp.example',
            rooms => [ 'a/b', 'c d', 'e' ]
        },
        'the body is the account');
    is($requests->[1]{note},
        'only if step.job is there; asked again every 2 s, for 60 s at most, '
            . q{until state is 'ready'},
        'a condition and what is waited for are told');
    is_deeply(body_of($requests->[2]), { user => '<id>', rooms => [ 'a/b', 'c d' ] },
        'of portions the first');
    is($requests->[2]{note}, 'once for each 2 of resource.rooms, which has 3 now', 'and how many');
    my ($none) = rendered('create', '--user', 'bob');
    is_deeply(lines(@$none), [ "make: POST $top/users", "wait: GET $top/jobs/<step.job>" ],
        'nothing for an empty list');
};

subtest 'searching and listing' => sub {
    my ($lookup) = rendered('lookup', '--user', 'ann');
    is($lookup->[0]{url},
        "$top/users?q=name%20eq%20%22Ann%20%5C%22The%20%2F%5C%22%20%C3%96%22",
        'a value cannot leave the search');
    my ($list) = rendered('list');
    is($list->[0]{url}, "$top/users?p=1&n=50", 'the first page');
    like($list->[0]{note}, qr/first page; each further one by its number/, 'and the others');
};

subtest 'groups' => sub {
    my ($create) = rendered('group_create', '--group', 'app');
    is_deeply(body_of($create->[0]), { name => 'app' }, 'by its name');
    my ($add) = rendered('member_add', '--group', 'cn=app,ou=groups,dc=corp,dc=example', '--member',
        'bob');
    is($add->[0]{url}, "$top/groups/<id>/members", 'by its DN');
    is_deeply(body_of($add->[0]), { user => '<member.id>' }, 'with a member');
};

subtest 'secrets' => sub {
    my ($password) = rendered('password', '--user', 'ann');
    is_deeply(body_of($password->[0]), { new => '<password>' }, 'no password');
    unlike(encode_json($password), qr/\Q$secret/, 'not in a header line either');
    configure("type = \"query\"; name = \"key\"; value = \"$secret\";");
    my ($query) = rendered('delete', '--user', 'ann');
    is($query->[0]{url}, "$top/users/<id>?key=[hidden]", 'nor in the address');
    configure("type = \"basic\"; user = \"me\"; password = \"$secret\";");
    my ($basic) = rendered('delete', '--user', 'ann');
    is($basic->[0]{headers}{Authorization}, 'Basic [hidden]', 'nor in the credential');
    configure("type = \"login\"; name = \"X-Session\"; token_path = \"t\"; value = \"$secret\"; "
            . "login = ( { url = \"http://127.0.0.1:$nobody/login\"; "
            . "body = { k = \"{auth.value}\"; }; } );");
    my ($login) = rendered('delete', '--user', 'ann');
    is($login->[0]{headers}{'X-Session'},
        '[hidden]', 'in a header of its own without a word before it, as it is sent');
    configure($key);
};

subtest 'who does not have the app' => sub {
    my ($requests, $notes) = rendered('update', '--user', 'bob');
    is(scalar @$requests, 2, 'is shown all the same');
    like($notes, qr/note: this person does not have the app/, 'which is said');
    my $result = $bridge->run('--json', 'render', 'wiki', '--op', 'create', '--user', 'cid');
    is($result->{exit}, 1, 'not who cannot be mapped');
    like($result->{err}, qr/"mail" is required/, 'with the reason');
};

subtest 'all of them' => sub {
    my $result = $bridge->run('--json', 'render', 'wiki', '--user', 'ann');
    my %seen = map { $_->{operation} => 1 } @{ decode_json($result->{out}) };
    is_deeply([ sort keys %seen ],
        [qw(create delete group_list list lookup password update)],
        'those for which somebody was named, and none that is off');
    like($result->{err}, qr/note: left out.*: group_create, member_add, member_remove$/m,
        'the others are named');
};

subtest 'mistakes' => sub {
    my @cases = (
        [ [], qr/render needs an app/ ],
        [ ['wikki'], qr/no app 'wikki'|'wikki'/ ],
        [ [ 'wiki', '--op', 'enable', '--user', 'ann' ], qr/no operation 'enable'.*switched off/ ],
        [ [ 'wiki', '--op', 'create' ], qr/'create' needs --user USER/ ],
        [ [ 'wiki', '--op', 'member_add', '--group', 'app' ], qr/needs --group NAME and --member/ ],
        [ [ 'wiki', '--user', 'zoe' ], qr/nobody is called 'zoe'/ ],
        [ [ 'wiki', '--group', 'other' ], qr/no group that is pushed to .* is called 'other'/ ],
    );
    for my $case (@cases) {
        my $result = $bridge->run('render', @{ $case->[0] });
        is($result->{exit}, 2, "render @{ $case->[0] }: exit 2");
        like($result->{err}, $case->[1], 'and why');
        is($result->{out}, '', 'nothing on stdout');
    }
    configure($key, <<"END");
, {
    name = "scim";
    type = "scim";
    url = "http://127.0.0.1:$nobody";
    map = ( { to = "userName"; from = "[cn]"; } );
    assign = "all";
}
END
    my $scim = $bridge->run('render', 'scim', '--user', 'ann');
    is($scim->{exit}, 2, 'an app of another type: exit 2');
    like($scim->{err}, qr/app 'scim' is of type scim: 'dirbridge plan -v' shows/, 'and what to do');
};

done_testing;
