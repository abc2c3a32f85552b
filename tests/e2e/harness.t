#!/usr/bin/perl
# The test harness itself: every server starts, does what it promises, breaks when told to, and is
# gone afterwards.
use strict;
use warnings;
use utf8;
use File::Temp;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Free qw(free_port wait_for_tcp);
use Bridge::Misbehaving;
use Bridge::Run;
use Bridge::Scimmy;
use Bridge::Slapd;
use HTTP::Tiny;
use IO::Socket::INET;
use JSON::PP;
use Test::More;
use Time::HiRes qw(time);

my $company = "$FindBin::Bin/../servers/company/company";
my $USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
my $PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
my @pids;

sub demo {
    my $text = `$company`;
    return $text;
}

sub tool {
    my (@command) = @_;
    my $text = `@command 2>&1`;
    return ($? >> 8, $text);
}

subtest 'slapd holds the company' => sub {
    my $slapd = Bridge::Slapd->new(ldif => demo(), sessionlog => 100, refint => 1);
    push @pids, $slapd->pid;
    my @people =
        $slapd->search('(objectClass=inetOrgPerson)', 'cn', 'pwdAccountLockedTime', 'entryUUID');
    cmp_ok(scalar @people, '>', 190, 'about 200 people');
    my @disabled = grep { $_->{pwdaccountlockedtime} } @people;
    is_deeply(
        [ map { $_->{dn} } @disabled ],
        ['uid=peter.novak,ou=Europe,ou=People,dc=example,dc=com'],
        'one is disabled'
    );
    my ($kenji) = $slapd->search('(uid=kenji.sato)', 'cn');
    is($kenji->{cn}[0], '佐藤 健司', 'names are UTF-8');
    my ($status, $text) = tool('ldapsearch -x -LLL -H',
        $slapd->uri, '-D', $slapd->bind_dn, '-w', $slapd->password,
        '-b', $slapd->base_dn, '"(cn=app-zoom)" member userPassword');
    is($status, 0, 'the account of the bridge can read');
    like($text, qr/member: cn=dept-sales/, 'nested groups');
    unlike($text, qr/userPassword/, 'but no passwords');
    my ($context) = $slapd->search(scope => 'base', '(objectClass=*)', 'contextCSN');
    ok($context->{contextcsn}, 'there is a contextCSN');

    my $dn = 'uid=maria.silva,ou=Americas,ou=People,dc=example,dc=com';
    my $uuid = $slapd->uuid($dn);
    $slapd->modify(
        "dn: $dn\nchangetype: modify\nreplace: title\ntitle: Chair\n-\n"
            . "replace: pwdAccountLockedTime\npwdAccountLockedTime: 000001010000Z\n");
    $slapd->modify(
        "dn: uid=new,ou=People,dc=example,dc=com\nobjectClass: inetOrgPerson\n"
            . "uid: new\ncn: n\nsn: Ñ\n");
    ok(!eval { $slapd->modify("dn: uid=nobody,dc=example,dc=com\nchangetype: delete\n"); 1 },
        'a refused change dies');
    $slapd->stop;
    ok(!IO::Socket::INET->new('127.0.0.1:' . $slapd->port), 'stopped');
    $slapd->start;
    is($slapd->uuid($dn), $uuid, 'started again with its data');
    my ($maria) = $slapd->search('(&(title=Chair)(pwdAccountLockedTime=*))');
    is($maria && $maria->{dn}, $dn, 'changed and disabled by ldapmodify');
    my $copy = $slapd->dump;
    $slapd->kill9;
    $slapd->start;
    $slapd->reset_database($copy);
    is($slapd->uuid($dn), $uuid, 'a copy keeps the UUIDs');
    $slapd->reset_database(demo());
    isnt($slapd->uuid($dn), $uuid, 'a reload does not');
    push @pids, $slapd->pid;
};

subtest 'slapd over TLS and a socket' => sub {
    my $slapd =
        Bridge::Slapd->new(tls => 1, ldapi => 1, sizelimit => 1, log => 'stats', reloadhint => 1);
    push @pids, $slapd->pid;
    local $ENV{LDAPTLS_CACERT} = $slapd->ca_file;
    for my $how ([ $slapd->ldaps_uri ], [ $slapd->uri, '-ZZ' ]) {
        my ($status, $text) =
            tool('ldapwhoami -x -H', @$how, '-D', $slapd->bind_dn, '-w', $slapd->password);
        is($status, 0, "bound over @$how") or diag $text;
    }
    my ($status, $text) = tool('ldapwhoami -Q -Y EXTERNAL -H', $slapd->ldapi_uri);
    is($text, 'dn:' . $slapd->bind_dn . "\n", 'EXTERNAL is the bridge');
    ($status) = tool('ldapsearch -x -H',
        $slapd->uri, '-D', $slapd->bind_dn, '-w', $slapd->password, '-b', $slapd->base_dn);
    is($status, 4, 'size limit exceeded');
    like($slapd->log_text, qr/BIND dn="cn=bridge/, 'the log is there');
    my $other = Bridge::Slapd->new(tls => 1, tls_san => 'DNS:other.example');
    push @pids, $other->pid;
    $ENV{LDAPTLS_CACERT} = $other->ca_file;
    ($status) = tool('ldapwhoami -x -H', $other->ldaps_uri);
    isnt($status, 0, 'a certificate of someone else is refused');
};

subtest 'slapd asleep' => sub {
    my $slapd = Bridge::Slapd->new;
    push @pids, $slapd->pid;
    $slapd->pause;
    my ($status) = tool('timeout 0.5 ldapsearch -x -H', $slapd->uri, '-b', $slapd->base_dn);
    is($status, 124, 'paused: no answer');
    $slapd->resume;
    is(scalar($slapd->search('(objectClass=*)')), 2, 'resumed');
};

sub bob {
    my (%more) = @_;
    return {
        schemas => [$USER],
        userName => 'bob',
        externalId => 'e-1',
        active => JSON::PP::true,
        emails => [ { type => 'work', value => 'b@example.com' } ],
        %more
    };
}

sub patch {
    my (@operations) = @_;
    return { schemas => [$PATCH], Operations => \@operations };
}

# What both applications must do alike.
sub check_application {
    my ($app) = @_;
    my $enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
    is(HTTP::Tiny->new->get($app->url . '/Users')->{status}, 401, 'no token');
    my $made = $app->request(POST => '/Users', bob());
    is($made->{status}, 201, 'created');
    my $id = $made->{json}{id};
    is($app->request(POST => '/Users', bob(userName => 'BOB'))->{status},
        409, 'a duplicate in other letters');
    for my $filter ('userName eq "bob"', 'externalId eq "e-1"') {
        my $found = $app->request(GET => '/Users?filter=' . $filter =~ s/ /%20/gr =~ s/"/%22/gr);
        is($found->{json}{Resources}[0]{id}, $id, $filter);
    }
    my $changed = $app->request(
        PATCH => "/Users/$id",
        patch(
            { op => 'replace', path => 'title', value => 'Chair' },
            { op => 'replace', path => 'emails[type eq "work"].value', value => 'c@example.com' },
            { op => 'replace', path => 'active', value => JSON::PP::false },
            { op => 'replace', path => "$enterprise:department", value => 'Sales' },
        )
    );
    is($changed->{status}, 200, 'patched') or diag $changed->{content};
    my $bob = $app->user('Bob');
    is_deeply(
        [
            $bob->{title}, $bob->{emails}[0]{value}, $bob->{active}, $bob->{$enterprise}{department}
        ],
        [ 'Chair', 'c@example.com', JSON::PP::false, 'Sales' ],
        'each path arrived'
    );
    is(
        $app->request(
            PATCH => "/Users/$id",
            patch({ op => 'replace', path => 'emails[type eq "home"].value', value => 'x' })
        )->{status},
        400,
        'no such value'
    );
    is($app->request(PUT => "/Users/$id", bob(displayName => 'Bób'))->{json}{displayName},
        'Bób', 'replaced');
    $app->request(POST => '/Users', bob(userName => "u$_")) for 1 .. 5;
    my $page = $app->request(GET => '/Users?startIndex=3&count=2')->{json};
    is_deeply(
        [ $page->{totalResults}, map { $_->{userName} } @{ $page->{Resources} } ],
        [ 6, 'u2', 'u3' ],
        'a page'
    );
    my $group = $app->request(
        POST => '/Groups',
        {
            schemas => ['urn:ietf:params:scim:schemas:core:2.0:Group'],
            displayName => 'g',
            members => [ { value => $id } ]
        }
    );
    is(scalar @{ ($app->groups)[0]{members} }, 1, 'a group with a member');
    is($app->request(DELETE => "/Users/$id")->{status}, 204, 'deleted');
    is($app->request(DELETE => "/Users/$id")->{status}, 404, 'gone');
    is(scalar($app->users), 5, 'five are left');
    is_deeply(($app->groups)[0]{members} // [], [], 'and it is in no group');
    is($app->request(GET => '/ServiceProviderConfig')->{json}{patch}{supported},
        JSON::PP::true, 'discovery');
    my ($post) = grep { $_->{method} eq 'POST' } @{ $app->requests };
    is_deeply(
        [ @$post{qw(path status)}, $post->{body}{userName} ],
        [ '/scim/v2/Users', 201, 'bob' ],
        'the log of requests'
    );
    $app->forget;
    is(scalar @{ $app->requests }, 0, 'forgotten');
    return;
}

subtest 'scimmy' => sub {
    my $app = Bridge::Scimmy->new;
    push @pids, $app->pid;
    check_application($app);
    $app->stop;
    is(scalar($app->users), 5, 'readable while stopped');
    $app->start;
    is($app->request(GET => '/Users')->{json}{totalResults}, 5, 'the data survived');
    $app->kill9;
    $app->start;
    is($app->request(GET => '/Users')->{json}{totalResults}, 5, 'even SIGKILL');
    push @pids, $app->pid;
};

subtest 'misbehaving, behaving' => sub {
    my $app = Bridge::Misbehaving->new(basic => 'svc:pässword');
    push @pids, $app->pid;
    check_application($app);
    is(
        $app->request(GET => '/Users', undef, Authorization => 'Basic c3ZjOnDDpHNzd29yZA==')
            ->{status},
        200,
        'HTTP Basic'
    );
    my $id = $app->seed(users => [ { userName => 'foreign' } ])->{users}[0]{id};
    is($app->user('foreign')->{id}, $id, 'somebody else made an account');
    for my $wrong (
        'userName eq foreign',
        'userName co "f"',
        'shoeSize eq "1"',
        'userName eq "a" or userName eq "b"'
    ) {
        my $answer = $app->request(GET => '/Users?filter=' . $wrong =~ s/ /%20/gr =~ s/"/%22/gr);
        is($answer->{json}{scimType}, 'invalidFilter', "refused: $wrong");
    }
    is($app->request(POST => '/Users', bob(userName => 'x', active => 'True'))->{status},
        400, 'a string is no boolean');
    is($app->request(POST => '/Users', bob(userName => 'x', shoeSize => 1))->{status},
        400, 'nobody knows shoeSize');
};

# Which answer a fault gives to one request.
sub spoilt {
    my ($app, $rule, $method, $path, $body) = @_;
    $app->reset;
    $app->seed(users => [ map { { userName => "u$_" } } 1 .. 3 ]);
    $app->faults($rule);
    return $app->request($method, $path, $body);
}

subtest 'misbehaving, misbehaving' => sub {
    my $app = Bridge::Misbehaving->new;
    push @pids, $app->pid;
    my $all = '/Users?filter=userName%20eq%20%22u1%22';
    my $answer = spoilt(
        $app,
        { fault => 'status', status => 429, headers => { 'Retry-After' => '7' }, first => 1 },
        GET => $all
    );
    is_deeply([ $answer->{status}, $answer->{headers}{'retry-after'} ], [ 429, 7 ], 'status');
    is($app->request(GET => $all)->{status}, 200, 'once only');
    is_deeply([ $app->fired ], [1], 'and counted');
    $answer = spoilt(
        $app,
        { fault => 'status', status => 502, body => '<h1>Oh</h1>', type => 'text/html' },
        GET => $all
    );
    is_deeply([ @$answer{qw(status content)}, $answer->{headers}{'content-type'} ],
        [ 502, '<h1>Oh</h1>', 'text/html' ], 'HTML');
    is(spoilt($app, { fault => 'drop-before' }, POST => '/Users', bob())->{status},
        599, 'drop-before');
    is(scalar($app->users), 3, '  did nothing');
    is(
        spoilt(
            $app, { fault => 'drop-after', match => { method => 'POST' } },
            POST => '/Users',
            bob()
        )->{status},
        599,
        'drop-after'
    );
    ok($app->user('bob'), '  did the work');
    is($app->requests->[0]{outcome}, 'dropped', '  and logged it');
    is(spoilt($app, { fault => 'drop-middle', reset => JSON::PP::true }, GET => $all)->{status},
        599, 'drop-middle');
    is(spoilt($app, { fault => 'no-effect' }, POST => '/Users', bob())->{status}, 201, 'no-effect');
    is(scalar($app->users), 3, '  had none');
    $answer = spoilt($app, { fault => 'empty-body' }, POST => '/Users', bob());
    is_deeply([ $answer->{status}, $answer->{content} ], [ 201, '' ], 'empty-body');
    like($answer->{headers}{location}, qr{/Users/[0-9a-f-]{36}$}, '  with Location');
    $answer = spoilt($app, { fault => 'truncated' }, GET => $all);
    ok($answer->{success} && !$answer->{json} && $answer->{content} =~ /^\{/, 'truncated');
    like(spoilt($app, { fault => 'not-json' }, GET => $all)->{content}, qr/<html>/, 'not-json');
    cmp_ok(length spoilt($app, { fault => 'huge' }, GET => $all)->{content},
        '>', 10_000_000, 'huge');
    is(length spoilt($app, { fault => 'deep' }, GET => $all)->{content}, 200_000, 'deep');
    $answer = spoilt($app, { fault => 'wrong-types' }, GET => $all)->{json};
    is(ref $answer->{Resources}, 'HASH', 'wrong-types');
    is($answer->{totalResults}, '1', '  everywhere');
    $answer = spoilt(
        $app,
        { fault => 'redirect', status => 308, to => 'http://127.0.0.1:1{path}' },
        GET => $all
    );
    is_deeply([ $answer->{status}, $answer->{headers}{location} ],
        [ 308, "http://127.0.0.1:1/scim/v2$all" ], 'redirect');
    is(spoilt($app, { fault => 'no-filter' }, GET => $all)->{json}{scimType},
        'invalidFilter', 'no-filter');
    is($app->request(GET => '/Users')->{status}, 200, '  without one');
    is(spoilt($app, { fault => 'no-patch' }, PATCH => '/Users/1', {})->{status}, 501, 'no-patch');
    my $start = time;
    spoilt($app, { fault => 'slow', ms => 200 }, GET => $all);
    cmp_ok(time - $start, '>', 0.2, 'slow');
    is(
        spoilt(
            $app,
            {
                fault => 'status',
                status => 500,
                nth => [ 2, 3 ],
                match => { path => '^/scim/v2/Users\?filter=userName eq' }
            },
            GET => $all
        )->{status},
        200,
        'nth: not the first'
    );
    is($app->request(GET => $all)->{status}, 500, '  but the second');
    my %page = (
        'ignore-start' => [ 3, 'u1', 3 ],
        'total-high' => [ 2, 'u2', 13 ],
        'total-low' => [ 2, 'u2', 2 ],
        'empty-page' => [ 0, undef, 3 ],
        'overlap' => [ 3, 'u1', 3 ],
    );

    for my $variant (sort keys %page) {
        my $list = spoilt(
            $app,
            { fault => 'lying-paging', variant => $variant },
            GET => '/Users?startIndex=2'
        )->{json};
        my @rows = @{ $list->{Resources} };
        is_deeply([ scalar @rows, @rows ? $rows[0]{userName} : undef, $list->{totalResults} ],
            $page{$variant}, "paging: $variant");
    }
    ok(!eval { $app->faults({ fault => 'nonsense' }); 1 }, 'an unknown fault is refused');
    $app->reset;
    $app->faults({ fault => 'hang' });
    my $patient = HTTP::Tiny->new(timeout => 0.3);
    is($patient->get($app->url . '/Users')->{status}, 599, 'hang');
    is($app->requests->[0]{outcome}, 'hanging', '  and logged');
    my ($authorization) = map { $_->{authorization} // '' } grep {$_} @{ $app->requests };
    unlike(JSON::PP->new->encode($app->requests), qr/test-token/, 'no credential in the log');
};

subtest 'the runner' => sub {
    my $bridge = Bridge::Run->new;
    $bridge->write_file('program', <<'SH', 0755);
#!/bin/sh
case $3 in
json) echo '{"a": 1}' ;;
lines) printf '{"a":1}\n{"a":2}\n' ;;
crash) echo "at $DIRBRIDGE_CRASH_AT"; kill -9 $$ ;;
config) cat "$2" ;;
fail) echo bad >&2; exit 3 ;;
*) exec sleep 100 ;;
esac
SH
    local $ENV{DIRBRIDGE} = $bridge->dir . '/program';
    local $ENV{DIRBRIDGE_CRASH_AT} = 99;
    is_deeply($bridge->run('json')->{json}, { a => 1 }, 'a document');
    is_deeply($bridge->run('lines')->{json}, [ { a => 1 }, { a => 2 } ], 'a document a line');
    my $result = $bridge->run('fail');
    is_deeply([ @$result{qw(exit err killed timeout)} ], [ 3, "bad\n", 0, 0 ], 'a failure');
    $result = $bridge->run('crash', { crash_at => 7 });
    is_deeply([ @$result{qw(exit out killed)} ], [ undef, "at 7\n", 1 ], 'a crash point');
    is($bridge->run('crash')->{out}, "at \n", 'none unless asked');
    $result = $bridge->run('sleep', { kill_after => 0.1 });
    is_deeply([ @$result{qw(killed timeout)} ], [ 1, 0 ], 'kill_after');
    $result = $bridge->run('sleep', { timeout => 0.1 });
    is_deeply([ @$result{qw(killed timeout)} ], [ 1, 1 ], 'timeout');
    $bridge->write_config(
        sources => [ {
            name => 'corp',
            uri => ['ldap://x'],
            bind => { password_file => Bridge::Run::secret('pw') }
        } ],
        apps => [ {
            name => 'a',
            limits => { removals => 10 },
            on => JSON::PP::true,
            code => \'12',
            _raw => '# "raw"'
        } ],
    );
    my $dir = $bridge->dir;
    is($bridge->run('config')->{out}, <<"CFG", 'the config');
state = "$dir/state.db";
sources = ( {
    name = "corp";
    uri = [ "ldap://x" ];
    bind = {
      password_file = "$dir/secret-1";
    };
  } );
apps = ( {
    name = "a";
    code = "12";
    limits = {
      removals = 10;
    };
    on = true;
    # "raw"
  } );
CFG
    is((stat "$dir/secret-1")[2] & 0777, 0600, 'secrets are private');
};

subtest 'a large directory' => sub {
    my $text = `$company --users 3000 --groups 100 --memberships 9000 --seed 7`;
    is(
        $text,
        `$company --users 3000 --groups 100 --memberships 9000 --seed 7`,
        'the same each time'
    );
    my $slapd = Bridge::Slapd->new(ldif => $text);
    push @pids, $slapd->pid;
    my @groups = $slapd->search('(&(objectClass=groupOfNames)(!(cn=everyone)))', 'member');
    my @direct = map {
        grep {/^uid=/} @{ $_->{member} }
    } @groups;
    is_deeply([ scalar @groups, scalar @direct ], [ 100, 9000 ], 'as large as asked for');
};

# Whatever way a test ends, its servers end too.
subtest 'a test that dies' => sub {
    # A test that is killed cannot remove its files: let them go with this one.
    my $shared = File::Temp->newdir;
    local $ENV{TMPDIR} = "$shared";
    my $lib = $INC{'Bridge/Slapd.pm'} =~ s{/Bridge/Slapd\.pm$}{}r;
    for my $end ('die "on purpose"', 'kill "TERM", $$; sleep 9', 'kill "KILL", $$; sleep 9') {
        my $code =
              'use Bridge::Slapd; use Bridge::Misbehaving; $| = 1; our $s = Bridge::Slapd->new; '
            . "our \$m = Bridge::Misbehaving->new; print \$s->pid, ' ', \$m->pid; $end";
        open my $pipe, '-|', 'sh', '-c', 'exec 2>/dev/null; exec "$@"', 'sh', $^X, "-I$lib", '-e',
            $code;
        my $said = <$pipe> // '';
        close $pipe;
        my @started = $said =~ /(\d+)/g;
        is(scalar @started, 2, "started before: $end");
        for (1 .. 100) {
            last if !grep { kill 0, $_ } @started;
            select undef, undef, undef, 0.02;
        }
        is(scalar(grep { kill 0, $_ } @started), 0, 'and ended with it');
    }
};

cmp_ok(scalar @pids, '>', 8, 'many servers were started');
is_deeply([ grep { kill 0, $_ } @pids ], [], 'and all are gone');

done_testing;
