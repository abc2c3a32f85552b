#!/usr/bin/perl
# An application that misbehaves for one person: the others get what they should, that one is named
# with the reason, nobody ever has two accounts, and when the application is well again everything
# becomes as it should be.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Misbehaving;
use Bridge::Oracle;
use Bridge::Slapd;
use Bridge::World;
use JSON::PP;
use Test::More;

my $true = JSON::PP::true;
my $world = Bridge::World->new(
    misbehaving => 1,
    people => [qw(ann bob cid)],
    groups => { app => [qw(ann bob cid)] },
    slapd => { sessionlog => 1000 },
    settings => { timeout => '1s', tries => 2, max_wait => '2s' }
);
my $app = $world->app;
my $title = 0;

# Everything from the beginning, with bob new or, if he is to be, known already.
sub fresh {
    my (%option) = @_;
    $world->forget_state;
    $app->reset;
    $world->configure(app => $option{settings} // {});
    my @known = $option{known} ? qw(ann bob cid) : qw(ann cid);
    $world->change("dn: [app]\nchangetype: modify\nreplace: member\n"
            . join('', map { 'member: ' . $world->dn($_) . "\n" } @known));
    my $result = $world->sync;
    is($result->{exit}, 0, 'before: done') or diag $result->{out}, $result->{err};
    return;
}

sub one_each {
    my ($why) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my %count;
    $count{ $_->{userName} }++ for $app->users;
    is_deeply([ grep { $count{$_} > 1 } sort keys %count ], [], "$why: nobody has two accounts");
    return;
}

# When the application is well again, a change of bob brings everything in order.
sub heals {
    my ($why) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    $app->faults;
    $world->set('bob', title => 'Title ' . ++$title);
    my $result = $world->sync;
    is($result->{exit}, 0, "$why: healed") or diag $result->{out}, $result->{err};
    is_deeply($world->accounts, { ann => 'active', bob => 'active', cid => 'active' },
        "$why: all have an account");
    is($app->user('bob') && $app->user('bob')->{title}, "Title $title", "$why: as it should be");
    one_each($why);
    $world->forget;
    is($world->sync->{exit}, 0, "$why: again");
    is_deeply($world->writes, [], "$why: nothing is left to do");
    return;
}

sub parked {
    my ($result, $sentence, $why) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is($result->{exit}, 3, "$why: exit 3") or diag $result->{out}, $result->{err};
    my $parked = $result->{json}{status}{apps}[0]{parked};
    is_deeply([ map { $_->{dn} } @$parked ], [ $world->dn('bob') ], "$why: bob is named");
    like($parked->[0]{problem} // '', $sentence, "$why: with the reason");
    like($world->bridge->run('explain', 'bob')->{out}, qr/parked: /, "$why: explain says so");
    return;
}

# bob is not troubled again before something changes or the pause is over.
sub rests {
    my ($why) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    $world->forget;
    is($world->sync->{exit}, 3, "$why: still parked");
    is_deeply($world->writes, [], "$why: and left alone");
    return;
}

# Time goes by, as those see it who wait for their next try.
sub pause_is_over {
    system('sqlite3', $world->bridge->state_file, 'UPDATE work SET retry_at_us = 1') == 0
        or die 'cannot end the pause';
    return;
}

my $bob = { method => 'POST', body => '"userName":"bob"' };
my $html = { status => 400, type => 'text/html', body => '<html><h1>Oops</h1></html>' };

# fault => what becomes of bob: done, or the sentence he is parked with.
my @creates = (
    [ 'an answer that is not JSON', { fault => 'not-json' }, 'done' ],
    [ 'half an answer', { fault => 'truncated' }, 'done' ],
    [ 'an answer of 10 MB', { fault => 'huge' }, 'done' ],
    [ 'an answer nested deeply', { fault => 'deep' }, 'done' ],
    [ 'an answer of wrong types', { fault => 'wrong-types' }, 'done' ],
    [ 'an answer without a body', { fault => 'empty-body' }, 'done' ],
    [ 'an HTML page', { fault => 'status', %$html }, qr/400.*HTML page/ ],
    [ '403', { fault => 'status', status => 403 }, qr/403/ ],
    [
        '400 with words',
        {
            fault => 'status',
            status => 400,
            body => { detail => 'the seats are gone', scimType => 'invalidValue' }
        },
        qr/400 invalidValue: the seats are gone/
    ],
    [ '409 and no such account', { fault => 'status', status => 409 }, qr/409|exist/ ],
    [ '429 once', { fault => 'status', status => 429, first => 1 }, 'done' ],
    [ '429 always', { fault => 'status', status => 429 }, qr/429/ ],
    [ '500 once', { fault => 'status', status => 500, first => 1 }, 'done' ],
    [ '500 always', { fault => 'status', status => 500 }, qr/500/ ],
    [ '503 once', { fault => 'status', status => 503, first => 1 }, 'done' ],
    [ 'a lost request', { fault => 'drop-before', first => 1 }, 'done' ],
    [ 'lost requests', { fault => 'drop-before' }, qr/\S/ ],
    [ 'a lost answer', { fault => 'drop-after' }, 'done' ],
    [ 'a lost answer, reset', { fault => 'drop-after', reset => $true }, 'done' ],
    [ 'a broken answer', { fault => 'drop-middle' }, 'done' ],
    [ 'no answer', { fault => 'hang', first => 1, work => $true }, 'done' ],
    [ 'a redirection here', { fault => 'redirect', status => 307, to => '{path}', first => 1 },
        'done' ],
);

for my $case (@creates) {
    my ($name, $fault, $outcome) = @$case;
    subtest "create: $name" => sub {
        fresh();
        $app->faults({ %$fault, match => $bob });
        $world->set('ann', title => 'Ann ' . ++$title);
        $world->join_group('app', 'bob');
        my $result = $world->sync;
        is($app->user('ann')->{title}, "Ann $title", 'the others are served');
        one_each('with the fault');
        if (ref $outcome) {
            parked($result, $outcome, 'parked');
            rests('unchanged');
        }
        else {
            is($result->{exit}, 0, 'done') or diag $result->{out}, $result->{err};
            ok($app->user('bob'), 'bob has an account');
        }
        heals('well again');
    };
}

my $change = { method => 'PATCH', body => '"Changed"' };
my @updates = (
    [ 'an answer that is not JSON', { fault => 'not-json' }, 'done' ],
    [ 'an HTML page and nothing done', { fault => 'status', %$html, status => 200 }, qr/HTML/ ],
    [ 'half an answer', { fault => 'truncated' }, 'done' ],
    [ 'an answer of 10 MB', { fault => 'huge' }, 'done' ],
    [ 'an answer nested deeply', { fault => 'deep' }, 'done' ],
    [ 'an answer of wrong types', { fault => 'wrong-types' }, 'done' ],
    [ '403', { fault => 'status', status => 403 }, qr/403/ ],
    [ '409 once', { fault => 'status', status => 409, first => 1 }, 'done' ],
    [ '409 always', { fault => 'status', status => 409 }, qr/409/ ],
    [ '412 once', { fault => 'status', status => 412, first => 1 }, 'done' ],
    [ '429 once', { fault => 'status', status => 429, first => 1 }, 'done' ],
    [ '429 always', { fault => 'status', status => 429 }, qr/429/ ],
    [ '500 once', { fault => 'status', status => 500, first => 1 }, 'done' ],
    [ '500 always', { fault => 'status', status => 500 }, qr/500/ ],
    [ 'a lost request', { fault => 'drop-before', first => 1 }, 'done' ],
    [ 'lost requests', { fault => 'drop-before' }, qr/\S/ ],
    [ 'a lost answer', { fault => 'drop-after', first => 1 }, 'done' ],
    [ 'lost answers', { fault => 'drop-after' }, 'done' ],
    [ 'no answer', { fault => 'hang' }, qr/\S/ ],
    [ 'a redirection here', { fault => 'redirect', status => 308, to => '{path}', first => 1 },
        'done' ],
);

for my $case (@updates) {
    my ($name, $fault, $outcome) = @$case;
    subtest "update: $name" => sub {
        fresh(known => 1);
        $app->faults({ %$fault, match => $change });
        $world->set('ann', title => 'Ann ' . ++$title);
        $world->set('bob', title => 'Changed');
        my $result = $world->sync;
        is($app->user('ann')->{title}, "Ann $title", 'the others are served');
        if (ref $outcome) {
            parked($result, $outcome, 'parked');
            rests('unchanged');
        }
        else {
            is($result->{exit}, 0, 'done') or diag $result->{out}, $result->{err};
            is($app->user('bob')->{title}, 'Changed', 'changed');
        }
        heals('well again');
    };
}

# An account that somebody else removed.
subtest '404 on an account of ours' => sub {
    fresh(known => 1);
    $app->request(DELETE => '/Users/' . $app->user('bob')->{id});
    $world->set('bob', title => 'Title ' . ++$title);
    my $result = $world->sync;
    parked($result, qr/removed there, not by us\nset recreate = true/, 'parked');
    rests('unchanged');
    $world->configure(app => { recreate => 'true' });
    $world->set('bob', title => 'Title ' . ++$title);
    is($world->sync->{exit}, 0, 'recreate = true');
    is($app->user('bob')->{title}, "Title $title", 'makes it again');
    one_each('after');
    heals('well again');
};

subtest '404 on a leaver' => sub {
    fresh(known => 1);
    $app->request(DELETE => '/Users/' . $app->user('bob')->{id});
    $world->leave_group('app', 'bob');
    my $result = $world->sync;
    is($result->{exit}, 0, 'gone is gone') or diag $result->{out};
    $world->forget;
    is($world->sync->{exit}, 0, 'again');
    is_deeply($app->requests, [], 'and nobody asks any more');
    $world->join_group('app', 'bob');
    is($world->sync->{exit}, 0, 'a returner');
    is($world->accounts->{bob}, 'active', 'gets a new one');
};

for my $fault ('drop-before', 'drop-after', 'hang', 'not-json') {
    subtest "a leaver: $fault" => sub {
        fresh(known => 1);
        $app->faults({ fault => $fault, first => 1, match => { method => 'PATCH' } });
        $world->leave_group('app', 'bob');
        my $result = $world->sync;
        is($world->accounts->{bob}, 'disabled', 'loses the account in the same run')
            or diag $result->{out}, $result->{err};
        $app->faults;
        $world->configure(app => { deprovision => { unassigned => 'delete' } });
        $app->faults({ fault => $fault, first => 1, match => { method => 'DELETE' } });
        $result = $world->sync;
        ok(!$app->user('bob'), 'or is deleted') or diag $result->{out}, $result->{err};
        $app->faults;
        is($world->sync->{exit}, 0, 'and that is all');
    };
}

# A proxy or a login page says 200 to everything; some services say it to what they leave undone.
for my $answer (
    [ 'an empty page', { body => '', type => 'text/html' } ],
    [ 'nothing', { body => '' } ],
    [ 'a page', { body => '<html>Welcome</html>', type => 'text/html' } ],
    [ 'garbage', { body => 'done!' } ],
    [ 'the account as it was', { body => { id => '0', active => $true } } ]
    )
{
    my ($name, $says) = @$answer;
    subtest "a leaver: 200 and $name" => sub {
        fresh(known => 1);
        $app->faults({ fault => 'status', status => 200, match => { method => 'PATCH' }, %$says });
        $world->leave_group('app', 'bob');
        my $result = $world->sync;
        is($result->{exit}, 3, 'is not called done') or diag $result->{out}, $result->{err};
        is($result->{app}{done}{disable} // 0, 0, 'nor counted');
        is($result->{app}{parked_by}{refused}, 1, 'the service has refused it');
        like($world->bridge->run('explain', 'bob')->{out},
            qr/answers 200 and keeps the account enabled/, 'which is told');
        $world->forget;
        is($world->sync->{exit}, 3, 'and said again');
        is_deeply($world->writes, [], 'without a request before its time');
        $app->faults;
        pause_is_over();
        is($world->sync->{exit}, 0, 'tried again');
        is($world->accounts->{bob}, 'disabled', 'the account is disabled');
    };
}

# A service that says nothing after a PATCH is looked at, and that is all.
subtest 'a leaver: done without a word' => sub {
    fresh(known => 1);
    $app->faults({ fault => 'empty-body', match => { method => 'PATCH' } });
    $world->leave_group('app', 'bob');
    is($world->sync->{exit}, 0, 'done');
    is($world->accounts->{bob}, 'disabled', 'disabled');
    $world->forget;
    is($world->sync->{exit}, 0, 'done for ever');
    is_deeply($world->writes, [], 'nothing is sent again');
};

# The login page answers the question, too: nobody knows, until the service is there again.
subtest 'a leaver: 200 to everything' => sub {
    fresh(known => 1);
    $app->faults({ fault => 'status', status => 200, body => '', type => 'text/html' });
    $world->leave_group('app', 'bob');
    isnt($world->sync->{exit}, 0, 'is not called done');
    $app->faults;
    is($world->sync->{exit}, 0, 'well again');
    is($world->accounts->{bob}, 'disabled', 'the leaver has lost the account');
};

# Done, and every answer cut: it must not be held for undone, or the next verdict is a wrong one.
subtest 'a returner whose answers are lost leaves again' => sub {
    fresh(known => 1);
    $world->leave_group('app', 'bob');
    is($world->sync->{exit}, 0, 'left');
    is($world->accounts->{bob}, 'disabled', 'disabled');
    $app->faults({ fault => 'drop-after', match => { method => 'PATCH' } });
    $world->join_group('app', 'bob');
    is($world->sync->{exit}, 0, 'back');
    is($world->accounts->{bob}, 'active', 'active');
    $app->faults;
    $world->leave_group('app', 'bob');
    is($world->sync->{exit}, 0, 'left again');
    is($world->accounts->{bob}, 'disabled', 'disabled again');
};

subtest 'a leaver whose answers are lost comes back' => sub {
    fresh(known => 1);
    $app->faults({ fault => 'drop-after', match => { method => 'PATCH' } });
    $world->leave_group('app', 'bob');
    is($world->sync->{exit}, 0, 'left');
    is($world->accounts->{bob}, 'disabled', 'disabled');
    $app->faults;
    $world->join_group('app', 'bob');
    is($world->sync->{exit}, 0, 'back');
    is($world->accounts->{bob}, 'active', 'active');
};

# The address answers, its accounts do not: nobody is gone because of that.
subtest '404 on everybody' => sub {
    fresh(known => 1);
    $app->faults({ fault => 'status', status => 404, match => { path => '/Users' } });
    $world->leave_group('app', 'bob');
    my $result = $world->sync;
    is($result->{exit}, 1, 'the app fails') or diag $result->{out}, $result->{err};
    like($result->{app}{problem}, qr/no accounts at all beneath \/Users/, 'it says why');
    is($result->{app}{parked}, 0, 'nobody is parked');
    $app->faults;
    is($world->sync->{exit}, 0, 'well again');
    is($world->accounts->{bob}, 'disabled', 'the leaver has lost the account');
};

# The credential is no longer good: everything waits, nothing is parked.
subtest 'answer 401' => sub {
    fresh(known => 1);
    $app->faults({ fault => 'status', status => 401 });
    $world->set($_, title => 'Title ' . ++$title) for qw(ann bob);
    my $result = $world->sync;
    is($result->{exit}, 1, 'the app fails');
    like($result->{app}{problem}, qr/401, the credential is refused.*\ncheck auth\.token/s,
        'it says why and what to do');
    is($result->{app}{parked}, 0, 'nobody is parked');
    heals('a good credential');
};

subtest 'answer 401 in the middle' => sub {
    fresh(known => 1);
    $app->faults({ fault => 'status', status => 401, match => { method => 'PATCH' } });
    $world->set($_, title => 'Title ' . ++$title) for qw(ann bob cid);
    my $result = $world->sync;
    is($result->{exit}, 1, 'the app fails');
    is($result->{app}{parked}, 0, 'nobody is parked');
    heals('a good credential');
};

subtest 'the application is down' => sub {
    fresh(known => 1);
    my $port = $app->port;
    $world->configure(app => { url => 'http://127.0.0.1:1/scim/v2' });
    $world->set('bob', title => 'Title ' . ++$title);
    my $result = $world->sync;
    is($result->{exit}, 1, 'failed');
    like($result->{app}{problem}, qr/127\.0\.0\.1/, 'says which') or diag explain $result->{app};
    $world->configure;
    heals('up again');
};

# The credential goes to the application and nowhere else.
subtest 'a redirection to another host' => sub {
    my $thief = Bridge::Misbehaving->new;
    my $there = $thief->url =~ s{/scim/v2$}{}r;
    for my $status (301, 302, 307, 308) {
        fresh();
        $app->faults({ fault => 'redirect', status => $status, to => "$there\{path}",
            match => $bob });
        $world->join_group('app', 'bob');
        my $result = $world->sync;
        isnt($result->{exit}, 0, "$status: not done");
        one_each("redirect $status");
        heals("redirect $status");
    }
    fresh();
    $app->faults({ fault => 'redirect', status => 302, to => "$there\{path}",
        match => { method => 'GET' } });
    $world->join_group('app', 'bob');
    $world->sync;
    is_deeply([ grep { $_->{authorization} } @{ $thief->requests } ], [],
        'the credential never arrived there');
    is_deeply([ grep { $_->{method} ne 'GET' } @{ $thief->requests } ], [], 'nor did anybody');
    heals('well again');
};

subtest '429 with a time' => sub {
    fresh();
    $app->faults({ fault => 'status', status => 429, headers => { 'Retry-After' => '1' },
        first => 1, match => $bob });
    $world->join_group('app', 'bob');
    my $result = $world->sync;
    is($result->{exit}, 0, 'done');
    cmp_ok($result->{seconds}, '>=', 1, 'after the time that was asked for');
    heals('well again');
};

# Success that was none shows itself at the next change.
subtest 'success without effect' => sub {
    fresh(settings => { recreate => 'true' });
    $app->faults({ fault => 'no-effect', match => $bob });
    $world->join_group('app', 'bob');
    is($world->sync->{exit}, 0, 'believed at first');
    heals('well again');
};

subtest 'somebody was faster' => sub {
    fresh();
    my $nobody = {
        schemas => ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
        totalResults => 0,
        Resources => []
    };
    $app->faults({ fault => 'status', status => 200, body => $nobody, first => 1,
        match => { method => 'GET', path => 'bob' } });
    $app->seed(users => [ { userName => 'bob', active => $true, nickName => 'theirs' } ]);
    $world->join_group('app', 'bob');
    my $result = $world->sync;
    is($result->{exit}, 0, '409: adopted') or diag $result->{out}, $result->{err};
    is($app->user('bob')->{nickName}, 'theirs', 'it is theirs');
    is($app->user('bob')->{displayName}, 'Bob Example', 'and agrees with the mapping');
    like($world->bridge->run('explain', 'bob')->{out}, qr/adopted by userName/, 'explain says so');
    heals('well again');
};

# Looking for existing accounts must not go wrong silently: that is how people get two.
for my $fault ('not-json', 'truncated', 'wrong-types', 'deep', 'huge') {
    subtest "lookup: $fault" => sub {
        fresh();
        $app->seed(users => [ { userName => 'bob', active => $true } ]);
        $app->faults({ fault => $fault, match => { method => 'GET', path => 'filter' } });
        $world->join_group('app', 'bob');
        my $result = $world->sync;
        parked($result, qr/\S/, 'parked');
        is_deeply([ grep { $_->{method} eq 'POST' } @{ $app->writes } ], [], 'no blind create')
            if !$app->forget;
        heals('well again');
    };
}

subtest 'no filters' => sub {
    $world->forget_state;
    $app->reset;
    $app->seed(users => [ { userName => 'bob', active => $true, nickName => 'theirs' } ]);
    $app->faults({ fault => 'no-filter' });
    my $result = $world->sync;
    is($result->{exit}, 0, 'done') or diag $result->{out}, $result->{err};
    is_deeply($world->accounts, { ann => 'active', bob => 'active', cid => 'active' },
        'the accounts are found by listing them');
    is($app->user('bob')->{nickName}, 'theirs', 'and taken over');
    one_each('without filters');
};

subtest 'neither filters nor a whole list' => sub {
    $world->forget_state;
    $app->reset;
    $app->seed(users =>
            [ map { { userName => $_, active => $true } } 'bob', (map {"s$_"} 1 .. 120), 'ann' ]);
    $app->faults(
        { fault => 'no-filter' },
        {
            fault => 'lying-paging',
            variant => 'ignore-start',
            match => { path => 'startIndex' }
        }
    );
    my $before = $app->users;
    my $result = $world->sync;
    is($result->{exit}, 3, 'not done') or diag $result->{out}, $result->{err};
    is_deeply($result->{app}{done}, { adopt => 1 }, 'whose account is shown has it');
    is(scalar($app->users), $before, 'nobody gets another one');
    my $told = join "\n", map { $_->{problem} } @{ $result->{json}{status}{apps}[0]{parked} };
    like($told, qr/searching was refused \(.*'userName'.*\)/, 'of others it is said why');
    like($told, qr/listing of accounts is not whole \(the service announced 122 accounts/,
        'and what is wrong with the list');
    $app->faults;
    is($world->sync->{exit}, 0, 'in order again: done');
    is(scalar($app->users), $before + 1, 'only who had none got one');
    one_each('found at last');
};

my @people = map { sprintf 'p%03d', $_ } 1 .. 120;
my $slapd = Bridge::World->new(
    application => $app,
    people => \@people,
    groups => { app => \@people }
);

for my $variant (qw(ignore-start total-high total-low empty-page overlap)) {
    subtest "a list that lies: $variant" => sub {
        $slapd->forget_state;
        $app->reset;
        $app->seed(users => [ map { { userName => $_, active => $true } }
                (map {"s$_"} 1 .. 30), @people[ 0 .. 99 ] ]);
        $app->faults({ fault => 'lying-paging', variant => $variant,
            match => { path => 'startIndex' } });
        my $result = $slapd->sync;
        is($result->{exit}, 0, 'done') or diag $result->{out}, $result->{err};
        is_deeply($result->{app}{done}, { adopt => 100, create => 20 },
            'everybody who is there is found');
        one_each('a lying list');
        is(scalar($app->users), 150, 'all in all');
    };
}

is_deeply([ Bridge::Oracle->check($app, least => 100) ], [],
    'whatever was answered: others read all that was sent as we do');

done_testing;
