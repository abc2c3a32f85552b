#!/usr/bin/perl
# 'probe' says how a service does things. By reading alone it sends nothing but GET; with --write it
# touches nothing that it did not make itself, and removes that again whatever happens. What it
# gives to paste is a config with which the service can be used.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Free qw(free_port wait_for);
use Bridge::Misbehaving;
use Bridge::Run;
use Bridge::Scimmy;
use File::Temp;
use JSON::PP;
use Test::More;

my ($true, $false) = (JSON::PP::true, JSON::PP::false);

# A service with these switches of tests/servers/misbehaving/personality.js, and others' people and
# group in it.
sub service {
    my ($switches) = @_;
    my $file = File::Temp->new(SUFFIX => '.js');
    print {$file} 'module.exports = ', JSON::PP->new->canonical->encode($switches // {}), ";\n";
    close $file;
    my $app = Bridge::Misbehaving->new(personality => "$file");
    my $made = $app->seed(
        users => [
            map { {
                    userName => $_,
                    title => 'Clerk',
                    userType => 'staff',
                    externalId => "x-$_",
                    emails => [ { value => "$_\@example.com", type => 'work' } ]
            } } qw(eve bob dirbridge-probe-is-my-name)
        ]
    );
    my @members = map { { value => $_->{id} } } @{ $made->{users} };
    $app->seed(groups => [ { displayName => 'Theirs', members => \@members } ])
        if $switches->{groups} // 1;
    $app->forget;
    return $app;
}

my $ldif = <<'END';
dn: ou=People,dc=example,dc=com
objectClass: organizationalUnit
entryUUID: 11111111-1111-1111-1111-111111111111

dn: uid=ann,ou=People,dc=example,dc=com
objectClass: inetOrgPerson
entryUUID: 22222222-2222-2222-2222-222222222222
uid: ann
cn: Ann Example
sn: Example
givenName: Ann
displayName: Ann Example
mail: ann@example.com
END

sub bridge {
    my ($app, %settings) = @_;
    my $bridge = Bridge::Run->new;
    my $file = $bridge->write_file('people.ldif', $ldif);
    $bridge->write_config(
        sources => [ {
            name => 'corp',
            type => 'ldif',
            file => $file,
            base => 'dc=example,dc=com',
            users => { filter => '(objectClass=inetOrgPerson)' }
        } ],
        apps => [ $app->app(assign => 'all', first_run => 'apply', %settings) ]
    );
    return $bridge;
}

sub probe {
    my ($bridge, @words) = @_;
    my $result = $bridge->run('probe', 'app', '--json', @words);
    $result->{row} = { map { $_->{what} => $_ } @{ $result->{json}{findings} // [] } };
    return $result;
}

# What is there, as others see it.
sub holdings {
    my ($app) = @_;
    my $text = JSON::PP->new->canonical;
    return [ sort map { $text->encode($_) } $app->users, $app->groups ];
}

# Nothing was written to an object that was there before the probe.
sub untouched {
    my ($app, $before, $why) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is_deeply(holdings($app), $before, "$why: the service holds what it held");
    my %theirs = map { $_->{id} => 1 } map { decode_json($_) } @$before;
    my @touched = grep { m{/(?:Users|Groups)/([^/?]+)} && $theirs{$1} }
        map { $_->{path} } @{ $app->writes };
    is_deeply(\@touched, [], "$why: and nobody else's object was written to");
    return;
}

subtest 'by reading alone' => sub {
    my $app = service();
    my $bridge = bridge($app);
    my $before = holdings($app);
    my $result = probe($bridge);
    is($result->{exit}, 0, 'done') or diag $result->{err};
    is_deeply($app->writes, [], 'nothing but GET is sent');
    untouched($app, $before, 'reading');
    ok(!-e $bridge->state_file, 'no state is made');
    is($result->{json}{fragment}, '', 'a service by the book needs no setting');
    is($result->{row}{pages}{found}, 'by index', 'pages are tried');
    is($result->{row}{'by externalId'}{found}, 'works', 'searching is tried');
    is($result->{row}{patch}{evidence}, 'announced', 'what the service says is told as such');
    is($result->{row}{'how members are removed'}{evidence},
        'assumed', 'what was not tried is told as assumed');
    my $text = $bridge->run('probe', 'app')->{out};
    like($text, qr/^reading accounts\n(?:  .*\n)*  pages: by index \(tried\)$/m, 'also as text');
    like($text, qr/^nothing to change in the app 'app'$/m, 'which says that nothing is to be done');
};

subtest 'configured otherwise' => sub {
    my $app = service({ groups => $false });
    my $result = probe(bridge($app, quirks => { page => 'cursor', filter => ['userName'] }));
    is($result->{json}{fragment},
        qq(quirks = {\n  page = "index";\n  groups = {\n    offered = false;\n  };\n};\n),
        'what differs is to be pasted, and nothing else');
    my ($pages) = grep { ($_->{setting} // '') eq 'quirks.page' } @{ $result->{json}{findings} };
    ok($pages->{odd}, 'and marked');
    is($result->{row}{'how members are added'},
        undef, 'of groups that are not there nothing is assumed');
};

subtest 'at a real service' => sub {
    my $app = Bridge::Scimmy->new;
    my $eve = $app->request('POST', '/Users', { userName => 'eve' })->{json};
    $app->request('POST', '/Groups',
        { displayName => 'Theirs', members => [ { value => $eve->{id} } ] });
    $app->forget;
    my $before = holdings($app);
    my $result = probe(bridge($app), '--write');
    is($result->{exit}, 0, 'done') or diag $result->{out}, $result->{err};
    like($result->{err}, qr/throw-away accounts and groups are made at \S+ now/, 'said beforehand');
    untouched($app, $before, 'writing');
    my %expected = (
        'PATCH by path' => 'works',
        'PATCH without a path' => 'works',
        'switching on and off by PATCH' => 'works',
        'what a PUT does not name' => 'vanishes',
        'userName in another case' => 'is not found',
        'removing a member: filter' => 'works',
        'how members are removed' => 'filter',
        'DELETE once more' => 'is answered 404',
    );
    is($result->{row}{$_}{found}, $expected{$_}, "$_: $expected{$_}") for sort keys %expected;
    like($result->{row}{'PATCH of a typed value that is not there'}{found},
        qr/noTarget/, 'what is refused is told in its words');
};

# A config with what the probe gave is accepted, and makes the service usable.
sub usable {
    my ($app, $fragment, $why) = @_;
    my $bridge = bridge($app, _raw => $fragment);
    is($bridge->run('check')->{exit}, 0, "$why: what is to be pasted passes 'check'");
    $app->forget;
    my $sync = $bridge->run('sync');
    is($sync->{exit}, 0, "$why: and 'sync'") or diag $sync->{out}, $sync->{err};
    ok($app->user('ann'), "$why: which makes an account");
    is_deeply([ grep { $_->{status} >= 400 } @{ $app->requests } ],
        [], "$why: of all requests none is refused");
    my $again = probe($bridge, '--write');
    is($again->{json}{fragment}, '', "$why: and a second probe finds nothing to change")
        or diag $again->{json}{fragment};
    return;
}

my @services = (
    [ 'no paths in PATCH', { patchPath => $false }, [], { 'quirks.patch_path' => 'false' } ],
    [
        'one operation a PATCH, numbers for ids',
        { patchOpsMax => 1, ids => 'number', location => $false },
        [],
        { 'quirks.patch_ops_max' => 1 }
    ],
    [
        'PUT only',
        { patch => $false },
        [],
        { update => '"put"', 'quirks.disable_by' => '"put"', 'quirks.groups.add' => '"put"',
            'quirks.groups.remove' => '"put"' }
    ],
    [
        'booleans as text, members one by one, hardly any filter',
        { booleansAsText => $true, memberAdd => 'single', searchable => ['userName'] },
        [],
        {
            'quirks.boolean' => '"text"',
            'quirks.groups.add' => '"single"',
            'quirks.filter' => '[ "userName" ]'
        }
    ],
    [
        'cursors only, no discovery, hidden members',
        { cursors => $true, pageMax => 2, discovery => $false, membersShown => 0 },
        [],
        {
            'quirks.page' => '"cursor"',
            'quirks.discovery' => 'false',
            'quirks.groups.read' => '"query"'
        }
    ],
    [ 'versions', { etag => $true }, [], { 'quirks.etag' => 'true' } ],
    [
        'few members in a request',
        { memberMax => 5, memberMaxStatus => 413 },
        [ '--caps', 12 ],
        { 'quirks.groups.add_max' => 5, 'quirks.groups.remove_max' => 5 }
    ],
    [
        'nested members, no PUT of groups',
        { memberAdd => 'nested', groupPut => $false },
        [],
        { 'quirks.groups.add' => '"nested"', 'quirks.groups.put' => 'false' }
    ],
);
for my $service (@services) {
    my ($name, $switches, $words, $settings) = @$service;
    subtest $name => sub {
        my $app = service($switches);
        my $before = holdings($app);
        my $result = probe(bridge($app), '--write', @$words);
        is($result->{exit}, 0, 'done') or diag $result->{out}, $result->{err};
        untouched($app, $before, $name);
        my %found = map { $_->{setting} => $_->{value} }
            grep { $_->{odd} && defined $_->{value} } @{ $result->{json}{findings} };
        is_deeply(\%found, $settings, 'these settings are found, and no others');
        usable($app, $result->{json}{fragment}, $name);
    };
}

subtest 'a spelling that empties groups' => sub {
    my $app = service();
    my $before = holdings($app);
    my $result = probe(bridge($app, quirks => { groups => { remove => 'value' } }), '--write');
    is($result->{exit}, 0, 'done');
    untouched($app, $before, 'the group of others');
    like($result->{row}{'removing a member: value'}{found},
        qr/takes others out of the group/, 'is seen for what it is');
    is($result->{json}{fragment},
        qq(quirks = {\n  groups = {\n    remove = "filter";\n  };\n};\n),
        'and replaced by one that does not');
};

subtest 'accounts that must have more, and a domain' => sub {
    my $app = service({ required => [ 'title', 'userType' ] });
    my $bridge = bridge($app);
    my $file = $bridge->write_file('more.json', '{"title":"Probe","userType":"guest"}');
    my $result = probe($bridge, '--write');
    like($result->{row}{'an account'}{found}, qr/cannot be made/, 'without: cannot be made');
    my $before = holdings($app);
    $app->forget;
    $result = probe($bridge, '--write', '--attributes', $file, '--user-name', '%s@corp.example');
    is($result->{exit}, 0, 'with: done');
    like($result->{row}{'an account'}{found}, qr/is made/, 'with: is made');
    my @names = map { $_->{body}{userName} }
        grep { $_->{method} eq 'POST' && $_->{path} =~ /Users$/ } @{ $app->requests };
    ok(@names > 0 && !(grep { !/^dirbridge-probe-.*\@corp\.example$/ } @names),
        'with names in that domain');
    untouched($app, $before, 'with');
};

subtest 'what cannot be removed is said' => sub {
    my $app = service({ deletes => $false });
    my $result = probe(bridge($app), '--write');
    is($result->{exit}, 3, 'exit code');
    my @left = grep {/^dirbridge-probe-[0-9a-f]{12}-/} map { $_->{userName} } $app->users;
    is(@left, 1, 'no more than one account is made where none can be removed');
    my ($row) = grep { $_->{left} } @{ $result->{json}{findings} };
    is($row->{what}, 'account ' . $app->user($left[0])->{id}, 'and named with its id');
    ok(!$app->user($left[0])->{active}, 'it is inactive');
    my $count = $app->users;
    my $refused = bridge($app, quirks => { delete => 'false' });
    $result = probe($refused, '--write');
    is($result->{exit}, 1, 'where the config says so from the start nothing is tried');
    like($result->{json}{problem}, qr/would stay for ever/, 'with the reason');
    is(scalar(my @now = $app->users), $count, 'and nothing is made');

    $app = service({ groupDelete => $false });
    $result = probe(bridge($app), '--write');
    is($result->{exit}, 3, 'a group: exit code');
    is(scalar(my @groups = $app->groups), 2, 'a group: one at most');
};

subtest 'answers that are lost' => sub {
    my $app = service();
    my $before = holdings($app);
    $app->faults({ match => { method => 'POST' }, fault => 'drop-after', nth => [ 1, 4 ] });
    my $result = probe(bridge($app), '--write');
    untouched($app, $before, 'lost answers of creates');
    is($result->{json}{left}, 0, 'nothing is left');
    $app->faults({
        match => { method => 'PATCH' }, fault => 'status', status => 500, every => 2 });
    $result = probe(bridge($app), '--write');
    untouched($app, $before, 'errors of the service');
    is($result->{json}{fragment}, '', 'and nothing is concluded from an error');
    is($result->{json}{left}, 0, 'nothing is left then either');
};

# A service that says "not now" and does it all the same: what is sent again meets itself.
subtest 'creates that are refused and done' => sub {
    for my $nth (1, 3, 4, 5) {
        my $app = service();
        my $before = holdings($app);
        $app->faults({
            match => { method => 'POST', path => 'Users$' },
            fault => 'status',
            status => 503,
            body => '',
            work => $true,
            nth => $nth
        });
        my $result = probe(bridge($app), '--write');
        is($result->{exit}, 0, "create $nth: done") or diag $result->{out}, $result->{err};
        is($result->{json}{left}, 0, "create $nth: nothing is said to be left");
        untouched($app, $before, "create $nth");
        is($result->{json}{fragment}, '', "create $nth: and nothing is concluded from it");
        like($result->{row}{'an account'}{found},
            qr/is made, as configured/, "create $nth: the account is found and used");
    }
    my $app = service();
    my $before = holdings($app);
    $app->faults({
        match => { method => 'POST', path => 'Users$' },
        fault => 'status',
        status => 409,
        work => $true,
        nth => 1
    });
    my $result = probe(bridge($app), '--write');
    untouched($app, $before, 'one that is only refused');
    like($result->{row}{'a last look for what was made'}{found},
        qr/^1 more were there, .* 1 of them are removed$/, 'and is said to have been there');

    $app = service({ deletes => $false });
    $app->faults({
        match => { method => 'POST', path => 'Users$' },
        fault => 'status',
        status => 409,
        work => $true,
        nth => 1
    });
    $result = probe(bridge($app), '--write');
    is($result->{exit}, 3, 'one that cannot be removed: exit code');
    my ($left) = grep {/^dirbridge-probe-[0-9a-f]{12}-/} map { $_->{userName} } $app->users;
    my ($row) = grep { $_->{left} } @{ $result->{json}{findings} };
    is($row->{what}, 'account ' . $app->user($left)->{id}, 'and it is named with its id');
};

# An app of a preset, at a service with the peculiarities that the preset is for.
sub app_of_preset {
    my ($personality, $preset) = @_;
    my $app = Bridge::Misbehaving->new(
        personality => "$FindBin::Bin/../servers/misbehaving/personalities/$personality.js");
    my %own = (map => undef, match => undef);
    my $include = qq(\@include "$FindBin::Bin/../../mappings/$preset.cfg");
    return ($app, sub { bridge($app, %own, _raw => "$include\n" . ($_[0] // '')) });
}

subtest 'names that stay as they were made' => sub {
    my ($app, $bridge) = app_of_preset('zoom', 'zoom');
    my $result = probe($bridge->(), '--write');
    is($result->{exit}, 0, 'done') or diag $result->{out}, $result->{err};
    unlike($result->{json}{fragment}, qr/update|disable_by/, 'how it is changed is kept');
    is($result->{row}{'how accounts are updated'}{found}, 'only PUT works', 'PUT is seen to work');
    is($result->{row}{'what a PUT does not name'}{found}, 'stays', 'with a part of an account too');
    is($result->{row}{'how accounts are disabled'}{found},
        'PATCH disables and enables', 'and so is PATCH of "active" alone');
    my $sync = $bridge->($result->{json}{fragment});
    is($sync->run('sync')->{exit}, 0, 'with what is to be pasted: an account is made');
    (my $changed = $ldif) =~ s/givenName: Ann/givenName: Anna/;
    $sync->write_file('people.ldif', $changed);
    is($sync->run('sync')->{exit}, 0, 'and updated');
    is($app->user('ann@example.com')->{name}{givenName}, 'Anna', 'with the new name');
};

subtest 'a choice is not given up for want of proof' => sub {
    my $app = service();
    $app->faults(map { {
            match => { method => $_, path => 'Users/' }, fault => 'status', status => 400 }
    } qw(PUT PATCH));
    my $result = probe(bridge($app, update => 'put_partial'), '--write');
    is($result->{json}{fragment}, "quirks = {\n  disable_by = \"delete\";\n};\n",
        'the update is kept');
    my $row = $result->{row}{'how accounts are updated'};
    ok($row->{odd}, 'and marked');
    is($row->{value}, undef, 'without another value');
};

subtest 'what an account must have is taken from the map' => sub {
    my ($app, $bridge) = app_of_preset('entra-server', 'entra-id-scim');
    my $probed = $bridge->();
    my $result = probe($probed, '--write');
    is($result->{exit}, 1, 'what takes a person is not: exit code');
    like($result->{row}{'an account'}{found}, qr/mailNickname" is required/, 'it is asked for');
    like($result->{json}{problem}, qr/^little was tried: .*\n.*--attributes/, 'and how to give it');
    my $text = $probed->run('probe', 'app', '--write')->{out};
    unlike($text, qr/nothing to change/, 'it is not told as if all were well');
    my $entra = 'urn:ietf:params:scim:schemas:extension:Microsoft:Entra:2.0:User';
    my $file = $probed->write_file('more.json', qq({"$entra":{"mailNickname":"probe"}}));
    $result = probe($probed, '--write', '--attributes', $file);
    is($result->{exit}, 0, 'with it: done') or diag $result->{out}, $result->{err};
    like($result->{row}{'an account'}{found}, qr/is made/, 'with it: made');
    my ($sent) = grep { $_->{method} eq 'POST' && $_->{body}{$entra} } @{ $app->requests };
    is(length $sent->{body}{password}, 20, 'the password is that of the map');
    is(scalar(my @left = $app->users), 0, 'nothing is left');
};

subtest 'a service that loses what was made' => sub {
    my $app = service();
    $app->faults(
        { match => { method => 'PATCH', path => 'Groups/' }, fault => 'no-effect' },
        {
            match => { method => 'GET', path => 'Groups/' },
            fault => 'status',
            status => 404,
            nth => [ 16 .. 999 ]
        }
    );
    my $result = probe(bridge($app), '--write');
    my $row = $result->{row}{'how members are added'};
    like($row->{found}, qr/no longer shows what it made/, 'is not said to know no spelling');
    is($row->{value}, undef, 'and no setting follows from it');
};

subtest 'for people' => sub {
    my $app = service();
    my $bridge = bridge($app, quirks => { page => 'cursor' });
    my $result = $bridge->run('probe', 'app');
    like($result->{out}, qr/^! pages: by index \[quirks\.page\] \(tried\)$/m,
        'what is odd names its setting');
    like($result->{out}, qr/^  how members are added: .* \[quirks\.groups\.add\] \(assumed\)$/m,
        'and so does what was not tried');
    unlike($result->{err}, qr/\.\.\.$/m, 'nobody watches: no word of progress');
    $result = $bridge->run('-v', 'probe', 'app', '--write');
    like($result->{err}, qr/^dirbridge: changing accounts \.\.\.$/m, 'with -v it is told');
    unlike($result->{out}, qr/not tried \(tried\)/, 'nothing is tried and not tried');
    unlike($result->{out}, qr/^  accounts may be deleted/m, 'what was tried is not assumed');
    is($bridge->run('-v', 'probe', 'app', '--json')->{err} =~ /\.\.\.$/m, '', 'not beside JSON');
    unlike($bridge->run('probe', 'app', '--clean')->{out},
        qr/nothing to change/, '--clean says nothing of settings');
};

# A probe that waits for the answer to a PATCH.
sub waiting_probe {
    my ($app, $bridge, $fault) = @_;
    $app->faults({ match => { method => 'PATCH' }, nth => 3, %$fault });
    my $process = $bridge->start('probe', 'app', '--write', '--json');
    wait_for('the third PATCH', 20,
        sub { 3 == grep { $_->{method} eq 'PATCH' } @{ $app->requests } });
    return $process;
}

subtest 'stopped by a signal' => sub {
    for my $signal (qw(INT TERM)) {
        my $app = service();
        my $before = holdings($app);
        my $bridge = bridge($app);
        my $process = waiting_probe($app, $bridge, { fault => 'slow', ms => 500 });
        $process->signal($signal);
        ok($process->wait(20), "$signal: ends");
        my $result = $bridge->result($process);
        is($result->{exit}, 1, "$signal: exit code") or diag $result->{err};
        is($result->{json}{problem}, 'stopped', "$signal: says so");
        untouched($app, $before, $signal);
    }
};

subtest 'killed, and cleaned up' => sub {
    my $app = service();
    $app->request('POST', '/Users',
        { userName => 'dirbridge-probe-0123456789ab-1', externalId => 'somebody' });
    $app->forget;
    my $before = holdings($app);
    my $bridge = bridge($app);
    my $process = waiting_probe($app, $bridge, { fault => 'hang' });
    $process->kill9;
    my @left = grep { ($_->{externalId} // '') =~ /^dirbridge-probe-/ } $app->users, $app->groups;
    ok(@left > 0, 'something is left');
    is_deeply([ grep { $_->{active} } @left ], [], 'nobody can sign in with it');
    $app->faults;
    $app->forget;
    my $result = $bridge->run('probe', 'app', '--clean', '--json');
    is($result->{exit}, 0, 'cleaned') or diag $result->{out}, $result->{err};
    untouched($app, $before, 'who only looks like it stays');
    is_deeply([ grep { $_->{method} ne 'DELETE' } @{ $app->writes } ], [], 'by DELETE alone');
    $app->forget;
    is($bridge->run('probe', 'app', '--clean')->{exit}, 0, 'once more');
    is_deeply($app->writes, [], 'and nothing is left to do');
};

subtest 'refused, unreachable, misunderstood' => sub {
    my $app = service();
    my $bridge = bridge($app);
    for my $status (401, 403) {
        $app->faults({ match => { path => '/Users' }, fault => 'status', status => $status });
        my $result = probe($bridge);
        is($result->{exit}, 1, "$status: exit code");
        like(
            $result->{json}{problem},
            $status == 401 ? qr/credential is refused/ : qr/is known, but may not read accounts/,
            "$status: in its own words"
        );
    }
    $app->faults;
    my $nowhere = probe(bridge($app, url => 'http://127.0.0.1:' . free_port(), tries => 1));
    is($nowhere->{exit}, 1, 'nobody listens: exit code');
    ok($nowhere->{json}{problem}, 'and the reason');
    my $file = bridge($app, type => 'mem', file => \($bridge->dir . '/app.json'),
        map { $_ => undef } qw(url auth insecure));
    like($file->run('probe', 'app')->{err}, qr/nothing to find out/, 'a file has no peculiarities');
    my %wrong = (
        'another' => qr/there is no app 'another'/,
        'app --caps 5' => qr/go with --write/,
        'app --write --user-name x' => qr/must hold one %s/,
        'app --write --clean' => qr/without --write/,
        'app --write --attributes /nonexistent' => qr/cannot use/,
    );
    for my $words (sort keys %wrong) {
        my $result = $bridge->run('probe', split / /, $words);
        is($result->{exit}, 2, "'$words': exit code");
        like($result->{err}, $wrong{$words}, "'$words': says why");
    }
    is($bridge->run('probe')->{exit}, 2, 'without an app: exit code');
};

done_testing;
