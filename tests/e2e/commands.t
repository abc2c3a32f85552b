#!/usr/bin/perl
# The command line as it is promised: results on stdout, talk on stderr, exit codes that mean
# something, every mistake in one go with its line, and nothing sent that was not asked for.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Misbehaving;
use Bridge::World qw(person_ldif);
use JSON::PP;
use Test::More;

my $world = Bridge::World->new(
    misbehaving => 1,
    people => [qw(ann bob cid)],
    ldif => person_ldif('eva', cn => 'Eva Twin', displayName => 'Eva Twin')
        . person_ldif('eve', cn => 'Eva Twin', displayName => 'Eva Twin'),
    groups => {
        app => [ 'ann', 'cn=inner,ou=Groups,ou=Corp,dc=example,dc=com' ],
        inner => ['bob'],
        out => ['eva']
    },
    settings => { first_run => 'hold' },
);
my ($app, $bridge) = ($world->app, $world->bridge);

sub run_is {
    my ($exit, $out, $err, @args) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $result = $bridge->run(@args);
    my $what = join ' ', map { ref ? () : $_ } @args;
    is($result->{exit}, $exit, "$what: exit $exit") or diag $result->{out}, $result->{err};
    ref $out ? like($result->{out}, $out, "$what: stdout") : is($result->{out}, $out,
        "$what: stdout");
    ref $err ? like($result->{err}, $err, "$what: stderr") : is($result->{err}, $err,
        "$what: stderr");
    return $result;
}

subtest 'help and mistakes' => sub {
    run_is(0, qr/^dirbridge \d+\.\d+\.\d+\n$/, '', '--version');
    my $help = run_is(0, qr/^usage: dirbridge .*\n\n.*exit codes: 0 done/s, '', '--help');
    my ($rows) = $help->{out} =~ /^commands:\n(.*?)\n\n/ms;
    my ($column) = map { length } $rows =~ /^(  check +)/m;
    is_deeply([ grep { !/^.{$column}(?<= )\S/ } split /\n/, $rows ], [], 'all in one column');
    for my $command (qw(check plan sync run status approve explain render)) {
        like($help->{out}, qr/^  $command /m, "--help names $command");
        run_is(0, qr/dirbridge $command/, '', $command, '--help');
        run_is(2, '', qr/--nonsense.*\n.*'dirbridge $command --help'/, $command, '--nonsense');
    }
    run_is(2, '', qr/^dirbridge: unknown command frobnicate\n +'dirbridge --help'/, 'frobnicate');
    run_is(2, '', qr/unknown option --frobnicate/, '--frobnicate');
    run_is(2, '', qr/nonexistent\.cfg/, 'check',
        { config => $bridge->dir . '/nonexistent.cfg' });
    run_is(2, '', qr/explain whom\?/, 'explain');
    run_is(2, '', qr/sync does not take the word 'zoom'\n +for one app: .*sync --app zoom/, 'sync',
        'zoom');
    run_is(2, '', qr/plan does not take the word 'a'\n.*plan --help/, 'plan', 'a', 'b');
    run_is(2, '', qr/explain does not take the word 'bob'/, 'explain', 'ann', 'bob');
    run_is(2, '', qr/$_ does not take the word 'x'/, $_, 'x') for qw(check status run);
    my $none = Bridge::Run->new;
    my $bare = `${\Bridge::Run::program()} 2>&1`;
    is($? >> 8, 2, 'no command: exit 2');
    like($bare, qr/which command\?/, 'no command: asks for one');
};

subtest 'a config with many mistakes' => sub {
    my $good = do { local (@ARGV, $/) = $bridge->config; <> };
    my $open = $bridge->write_file('open-secret', "x\n", 0644);
    my $bad = <<"CFG";
state = "$ENV{PATH}";
colour = "red";
sources = ( {
    name = "corp";
    type = "openldap";
    uri = [ "ldap://h" ];
    base = "dc=x";
    insecure = "yes";
    bind = { dn = "cn=x"; password_file = "$open"; };
    usres = { filter = "(x=y)"; };
    users = { filter = "(objectClass=person"; };
  } );
apps = ( {
    name = "a";
    type = "scim";
    auth = { type = "bearer"; token_env = "NO_SUCH_VARIABLE"; };
    limits = { removals = -1; };
    map = ( { to = "userName"; from = "Join(' ', [uid]"; },
            { to = "emails[type eq"; from = "[mail]"; } );
    assign = ( { group = "cn=g"; nest = false; } );
  }, {
    name = "a";
    type = "scmi";
    map = ( );
    assign = "everybody";
  } );
CFG
    $bridge->write_text($bad);
    my @lines = split /\n/, $bad;
    my %line = map { $lines[ $_ - 1 ] =~ s/^\s+//r => $_ } 1 .. @lines;
    my $result = $bridge->run('check');
    is($result->{exit}, 2, 'exit 2');
    is($result->{out}, '', 'nothing on stdout');
    my @expected = (
        [ qr/colour/, qr/'?colour'?/ ],
        [ qr/insecure =/, qr/insecure/ ],
        [ qr/password_file/, qr/others can read.*\n +chmod 600/ ],
        [ qr/usres/, qr/usres.*\n? *.*users/ ],
        [ qr/objectClass=person/, qr/filter/ ],
        [ qr/token_env/, qr/NO_SUCH_VARIABLE.* not set/ ],
        [ qr/removals = -1/, qr/removals/ ],
        [ qr/Join/, qr/mapping of 'userName', column \d+/ ],
        [ qr/emails\[type eq/, qr/emails/ ],
        [ qr/nest = /, qr/nest/ ],
        [ qr/scmi/, qr/unknown app type 'scmi'\n +the types are: .*scim/ ],
    );
    for my $case (@expected) {
        my ($where, $what) = @$case;
        my ($number) = map { $line{$_} } grep {/$where/} sort keys %line;
        like($result->{err}, qr/dirbridge\.cfg:$number: (?:.*\n(?: .*\n)*?)*?.*$what/,
            "line $number: $what");
    }
    my @reported = $result->{err} =~ /dirbridge\.cfg:(\d+): /g;
    cmp_ok(scalar @reported, '>=', scalar @expected, 'all at once');
    like($result->{err}, qr/the config has \d+ problems\n\z/, 'and counted');
    my $json = run_is(2, qr/^\{/, qr/removals/, 'check', '--json')->{json};
    ok(!$json->{ok}, '--json: not ok');
    is(scalar @{ $json->{problems} }, scalar @reported, '--json: every problem');
    my ($limit) = grep { $_->{message} =~ /removals/ } @{ $json->{problems} };
    is($limit->{line}, (grep { /removals = -1/ } map {"$line{$_}:$_"} keys %line)[0] =~ s/:.*//r,
        '--json: with its line');
    for my $command (qw(plan sync status approve)) {
        is($bridge->run($command)->{exit}, 2, "$command refuses it too");
    }
    $bridge->write_text('state = "x"; sources = ( { name = ');
    run_is(2, '', qr/dirbridge\.cfg:1: /, 'check');
    $bridge->write_text("$good\n\@include \"nothing.cfg\"\n");
    run_is(2, '', qr/nothing\.cfg/, 'check');
    $world->configure;
    is_deeply($app->requests, [], 'nobody was asked anything');
};

subtest 'check' => sub {
    my $result = run_is(0, qr/config .*: ok\nsource corp: ok\n.*app app: ok\n/s, '', 'check');
    like($result->{out}, qr/connected to '.*' \(openldap, not encrypted\), bound by password/,
        'says how it is connected');
    my $json = $bridge->run('check', '--json')->{json};
    is_deeply([ $json->{ok}, map { $_->[0]{ok} } @$json{qw(sources apps)} ],
        [ (JSON::PP::true) x 3 ], '--json');
    is_deeply([ grep { $_->{method} ne 'GET' } @{ $app->requests } ], [], 'writes nothing');
    ok(!-e $bridge->state_file, 'and makes no state');
    $world->configure(
        source => { uri => ['ldap://127.0.0.1:1'] },
        app => { url => 'http://127.0.0.1:1/scim/v2' }
    );
    $result = run_is(1, qr/source corp: FAILED\n.*app app: FAILED\n/s, '', 'check');
    like($result->{out}, qr/FAILED\n +.*127\.0\.0\.1:1.*\n.*FAILED\n +.*127\.0\.0\.1:1/s,
        'both, with their reasons');
    $world->configure(app => { auth => { type => 'bearer',
        token_file => Bridge::Run::secret('wrong') } });
    run_is(1, qr/source corp: ok\n.*app app: FAILED\n +.*401.*\n.*check auth\.token/s, '',
        'check');
    $world->configure(source => { base => 'dc=nowhere' });
    run_is(1, qr/source corp: FAILED\n.*check "base"/s, '', 'check');
    $world->configure;
};

subtest 'plan and approve' => sub {
    $world->forget;
    my $plan = run_is(0, qr/app app: 2 create\n/, qr//, 'plan');
    like($plan->{out}, qr/because assigned: groups "app" > "inner"/, 'with the chain of groups');
    like($plan->{out}, qr/a sync would hold this plan/, 'and what the guard would say');
    like($plan->{out}, qr/\nnothing was sent\n\z/, 'and that nothing was sent');
    run_is(5, qr/2 create/, qr//, 'plan', '--check');
    my $lines = $bridge->run('plan', '--json');
    my @objects = map { decode_json($_) } split /\n/, $lines->{out};
    is_deeply([ map { $_->{type} } @objects ], [qw(op op result)], '--json: an object a line');
    is_deeply([ sort map { $_->{label} } @objects[ 0, 1 ] ], [qw(ann bob)], '--json: the ops');
    is($objects[0]{resource}{userName}, $objects[0]{label}, '--json: what would be sent');
    my $one = $bridge->run('plan', '--user', 'bob@example.com');
    like($one->{out}, qr/1 create/, '--user: one person') or diag $one->{err};
    unlike($one->{out}, qr/create +ann/, '--user: and no other');
    run_is(2, '', qr/no app named 'nope'/, 'plan', '--app', 'nope');
    run_is(2, '', qr/nobody is called 'zoe'/, 'plan', '--user', 'zoe');
    run_is(2, '', qr/no plan is held/, 'approve');
    is_deeply([ grep { $_->{method} ne 'GET' } @{ $app->requests } ], [], 'nothing was sent');

    my $held = run_is(4, qr/app app: HELD, nothing was sent \(2 create\b/, qr//, 'sync');
    my ($number) = $held->{out} =~ /'dirbridge approve (\d+)'/;
    ok($number, 'the sentence to release it is there');
    like($bridge->run('status')->{out}, qr/HELD|held/, 'status shows it');
    run_is(2, '', qr/there is no plan 999/, 'approve', 999);
    run_is(2, '', qr/'x' is no number/, 'approve', 'x');
    my $wrong = $bridge->run('approve', $number, 999);
    isnt($wrong->{exit}, 0, 'an op that is not in it');
    like($wrong->{err}, qr/999/, 'is named');
    is_deeply($app->writes, [], 'still nothing was sent');
    run_is(0, qr/approved 2 ops of plan $number for app; the next sync sends them/, '',
        'approve', $number);
    is_deeply($app->writes, [], 'approve itself sends nothing');
    run_is(0, qr/app app: 2 create\n/, '', 'sync');
    is_deeply($world->accounts, { ann => 'active', bob => 'active' }, 'then it is done');
    run_is(0, qr/app app: nothing/, '', 'sync');
    run_is(0, qr/nothing/, '', 'plan', '--check');
};

subtest 'one app, one person' => sub {
    my $second = $app->app(
        name => 'second',
        assign => [ { group => $world->group_dn('app') } ],
        first_run => 'apply',
        map => [ { to => 'userName', from => 'Join("-", "two", [uid])' } ],
    );
    $bridge->write_config(sources => [ $world->source ],
        apps => [ $world->app_config, $second ]);
    $world->set($_, title => 'Boss') for qw(ann bob);
    run_is(0, qr/app app: 1 update/, '', 'sync', '--app', 'app', '--user', 'ann');
    is_deeply([ map { $app->user($_)->{title} } qw(ann bob) ], [qw(Boss Clerk)], 'only ann');
    is(scalar($app->users), 2, 'nothing at the second app');
    run_is(0, qr/app second: 2 create/, '', 'sync', '--app', 'second');
    is($app->user('bob')->{title}, 'Clerk', 'nothing at the first one');
    run_is(0, qr/app app: 1 update\n.*app second: nothing/s, '', 'sync');
    is($app->user('bob')->{title}, 'Boss', 'and the rest by a whole sync');
    $world->configure;
};

subtest 'status' => sub {
    my $text = run_is(0, qr/source corp\n +5 users, 3 groups, 4 containers\n/, '', 'status');
    like($text->{out}, qr/^ +type openldap, changes "auto", last read from /m, 'who and how');
    like($text->{out}, qr/2 people assigned; accounts: 2 active, 0 disabled/, 'accounts');
    like($text->{out}, qr/latest runs\n +\d+ +\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ +sync +exit 0/,
        'runs');
    my $json = $bridge->run('status', '--json')->{json};
    is_deeply([ sort keys %$json ], [qw(apps next_change runs sources unmanaged)], '--json');
};

subtest 'explain' => sub {
    my $anchor = $world->slapd->uuid($world->dn('bob'));
    my @texts;
    for my $name ('bob', 'BOB@example.com', $world->dn('bob'), $anchor,
        'UID=Bob, ou=people,OU=corp,dc=example,dc=com')
    {
        my $result = run_is(0, qr/groups "app" > "inner"/, '', 'explain', $name);
        push @texts, $result->{out};
    }
    is_deeply([ grep { $_ ne $texts[0] } @texts ], [], 'all the same');
    like($texts[0], qr/account: active, id \S+, created by us/, 'the account');
    like($texts[0], qr/userName = "bob"/, 'what the mapping gives');
    like($texts[0], qr/update done \(HTTP 200\)/, 'what was sent lately');
    run_is(0, qr/assigned.*\n +account: none/, '', 'explain', 'cid');
    run_is(2, '', qr/nobody who was read .* called 'zoe'\n.*sAMAccountName/, 'explain', 'zoe');
    my $twins = run_is(2, '', qr/2 people are called 'Eva Twin'/, 'explain', 'Eva Twin');
    like($twins->{err}, qr/uid=eva,.*\n.*uid=eve,/, 'both are listed');
    run_is(2, '', qr/no app named 'nope'/, 'explain', 'bob', '--app', 'nope');
    my $json = $bridge->run('explain', '--json', 'bob', '--app', 'app')->{json};
    is_deeply($json->{apps}[0]{reason}{names}, [qw(app inner)], '--json');
    is($json->{person}{anchor}, $anchor, '--json: the anchor');
    ok(!exists $json->{person}{attributes}{userpassword}, 'no password is there to be shown');
    $world->slapd->delete($world->dn('bob'));
    $world->sync;
    run_is(0, qr/gone from the directory since .*\n.*account: disabled/s, '', 'explain', 'bob');
};

subtest 'stdout and stderr' => sub {
    my $loud = $bridge->run('-vv', 'sync', '--json');
    ok(ref $loud->{json} eq 'HASH', 'stdout is one document, whatever is said');
    like($loud->{err}, qr/^(?:debug|info): /m, 'stderr has the talk');
    is($bridge->run('sync')->{err}, '', 'which is silent unless asked for');
    unlike($loud->{err} . $loud->{out}, qr/\e\[/, 'no colour in a file');
    ok(!grep({ $bridge->run(@$_)->{signal} } [ 'plan', '-v' ], [ '--json', 'status' ]),
        'global options go anywhere');
    my $piped = `${\Bridge::Run::program()} -c '${\$bridge->config}' status | head -c 1`;
    is(length $piped, 1, 'a reader that goes away is no accident');
};

done_testing;
