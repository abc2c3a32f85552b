#!/usr/bin/perl
# Applications with APIs of their own that misbehave: nobody is ever made twice, nobody is taken for
# absent because of an answer that cannot be believed, nothing goes to another host, and everything
# is said; in JSON, form and XML, with ids that have slashes, quotes and blanks.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::CustomApi;
use Bridge::CustomApi::Definitions qw(listed unconfirmed);
use Bridge::CustomLife;
use Bridge::World;
use JSON::PP;
use Test::More;
use Time::HiRes qw(time);

# CASE=text plays what has that in its name.
sub play {
    my ($name, $code) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    subtest($name, $code) if index($name, $ENV{CASE} // '') >= 0;
    return;
}

my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my @people = qw(ann bob cid);
my $everybody = { map { ("$_\@example.com" => 'active') } @people };
my %without_lookup = (lookup => undef, get => undef);

# The first run of a small company at a service.
sub world {
    my ($api, %option) = @_;
    my $app = Bridge::CustomApi->new($api, settings => $option{server} // {});
    $app->seed(users => $option{seed}) if $option{seed};
    $app->faults(@{ $option{faults} // [] });
    return Bridge::World->new(
        application => $app,
        people => \@people,
        groups => { app => \@people },
        slapd => { sessionlog => 100 },
        settings => {
            tries => 3,
            max_wait => '5s',
            timeout => '3s',
            deprovision => { deleted => 'delete' },
            $api eq 'zoho' ? unconfirmed() : (),
            %{ $option{app} // {} }
        },
    );
}

# The accounts there, by login.
sub accounts {
    my ($world) = @_;
    return { map { lc $_->{userName} => $_->{active} ? 'active' : 'disabled' }
            $world->app->users };
}

# How often each account was asked to be made.
sub posted {
    my ($world) = @_;
    my %posts;
    $posts{ lc $_->{about}{login} }++ for grep { $_->{method} eq 'POST' } @{ $world->app->writes };
    return \%posts;
}

sub syncs {
    my ($world, $exit, $why) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $result = $world->sync('--app', 'app');
    is($result->{exit}, $exit, $why) or diag Bridge::CustomLife::why($result);
    return $result;
}

# Time goes by, as those see it who wait for their next try.
sub pause_is_over {
    my ($world) = @_;
    my $sql = 'UPDATE work SET retry_at_us = 1';
    system('sqlite3', $world->bridge->state_file, $sql) == 0 or die 'cannot end the pause';
    return;
}

my %create = (
    zoho => { method => 'POST', path => '/zoho/api/.*users$' },
    zoom => { method => 'POST', path => '/zoom/v2/users$' },
    graph => { method => 'POST', path => '/graph/v1.0/users$' },
    plain => { method => 'POST', path => '/plain/users$' },
);
my %more = (plain => { listed() });

# What goes wrong with one create, after it was done.
my @lost = (
    [ 'the connection is cut instead of an answer' => fault => 'drop-after' ],
    [ 'half an answer' => fault => 'truncated' ],
    [ 'an HTML page with 200' => fault => 'not-json' ],
    [ 'another type' => fault => 'other-type', type => 'image/png' ],
    [ '500 after the work' => fault => 'status', status => 500, work => $true ],
    [ 'an answer without a body' => fault => 'empty-body' ],
);

for my $api (qw(zoho zoom graph plain)) {
    play "$api: a create that was done, and of which we do not hear" => sub {
        my $world = world($api, app => $more{$api});
        for my $row (@lost) {
            my ($what, %fault) = @$row;
            $world->forget_state;
            $world->app->reset;
            $world->app->faults({ %fault, match => $create{$api}, nth => 2 });
            syncs($world, 0, $what);
            is_deeply([ $world->app->fired ], [1], "$what: it happened");
            is_deeply(posted($world), { map { $_ => 1 } keys %$everybody },
                "$what: nobody is made twice");
            is_deeply(accounts($world), $everybody, "$what: all are there");
            $world->forget;
            syncs($world, 0, "$what: again");
            is_deeply($world->app->requests, [], "$what: then there is nothing to do");
        }
    };
}

play 'a create that was not done' => sub {
    for my $api (qw(zoho zoom)) {
        my %fault = (fault => 'status', status => 500, match => $create{$api}, nth => 2);
        my $world = world($api, faults => [ \%fault ]);
        my $result = $world->sync('--app', 'app');
        if ($result->{exit} != 0) {
            pause_is_over($world);
            syncs($world, 0, "$api: the next run");
        }
        is_deeply(accounts($world), $everybody, "$api: all are there");
        is_deeply([ sort values %{ posted($world) } ], [ 1, 1, 2 ],
            "$api: it is asked for again, once");
    }
};

play 'a create that is not answered in time' => sub {
    my %slow = (fault => 'hang', match => $create{zoom}, nth => 2);
    my $world = world('zoom', app => { timeout => '1s' }, faults => [ \%slow ]);
    my $result = syncs($world, 3, 'one of them waits');
    like($result->{out}, qr/may still be at it/, 'and it is said what for');
    syncs($world, 3, 'so it does in the next run');
    is_deeply([ sort values %{ posted($world) } ], [ 1, 1, 1 ], 'nobody is made twice');
    $world->let_time_pass;
    syncs($world, 0, 'when it has had time enough');
    is_deeply([ sort values %{ posted($world) } ], [ 1, 1, 2 ], 'it is asked for again, once');
    is_deeply(accounts($world), $everybody, 'all are there');
};

# A gateway that has lost the service.
my %nowhere = (fault => 'status', status => 404, body => { message => 'no route' },
    match => { path => '^/(?:zoom/v2|plain)/' });

my %findable = (
    'a call for everything' => [ 'zoom', test => undef ],
    'a listing' => [ 'zoom', test => undef, %without_lookup ],
    'the listing of the simplest one' => [ 'plain', listed() ],
);

for my $how (sort keys %findable) {
    play "404 to everything, for a while, with $how" => sub {
        my ($api, %more) = @{ $findable{$how} };
        my $world = world($api, app => { limits => { removals => 100 }, %more });
        $world->hire('dan');
        $world->join_group('app', 'dan');
        syncs($world, 0, 'all have an account');
        $world->leave_group('app', 'cid');
        syncs($world, 0, 'the address has proved good');
        $world->app->faults(\%nowhere);
        $world->leave_group('app', $_) for qw(ann bob);
        my $result = $world->sync('--app', 'app');
        is($result->{exit}, 1, 'the application is down') or diag $result->{out};
        like($result->{out}, qr/nothing of this API answers well/, 'which is said');
        $world->app->faults;
        syncs($world, 0, 'when it is there again');
        is_deeply(accounts($world), { 'dan@example.com' => 'active',
                map { $_ => 'disabled' } keys %$everybody },
            'nobody was taken for gone, and kept the access');
    };
}

play 'a search that is answered 404' => sub {
    my %lost = (%nowhere, match => { method => 'GET', path => '^/zoom/v2/' });
    my $seed = [ Bridge::CustomLife::seeded('zoom', 'ann@example.com', 1) ];
    my $world = world('zoom', app => { test => undef }, seed => $seed);
    syncs($world, 0, 'all have an account, and a search has found one');
    $world->app->seed(users => [ Bridge::CustomLife::seeded('zoom', 'dan@example.com', 1) ]);
    $world->app->faults(\%lost);
    $world->app->forget;
    $world->hire('dan');
    $world->join_group('app', 'dan');
    isnt($world->sync('--app', 'app')->{exit}, 0, 'nothing is known');
    is_deeply(posted($world), {}, 'so nobody is made');
    $world->app->faults;
    pause_is_over($world);
    syncs($world, 0, 'when it can be searched');
    is_deeply(posted($world), {}, 'the account there is adopted');
};

play 'the first delete of all is done, and we do not hear of it' => sub {
    my %state = (enable => undef, disable => undef, errors => undef);
    my $world = world('zoom', app => { %state, limits => { removals => 100 } });
    syncs($world, 0, 'all have an account');
    $world->app->faults({ fault => 'drop-after', match => { method => 'DELETE' }, first => 1 });
    $world->leave_group('app', 'ann');
    syncs($world, 0, 'it is settled');
    is($world->app->user('ann@example.com'), undef, 'the account is gone');
    $world->join_group('app', 'ann');
    syncs($world, 0, 'back');
    is_deeply(accounts($world), $everybody, 'who returns gets a new account');
};

play 'throttled' => sub {
    my %again = (fault => 'status', status => 429, headers => { 'Retry-After' => 1 }, first => 2,
        body => { error => { code => 'TooManyRequests', message => 'Please retry again later.' } });
    my $world = world('graph', faults => [ { %again, match => { path => '/v1.0/' } } ]);
    my $began = time;
    syncs($world, 0, '429 with a time');
    cmp_ok(time - $began, '>=', 1, 'it is waited for');
    is_deeply(accounts($world), $everybody, 'and done');
};

play 'one of several lists fails' => sub {
    my $seed = [ { email => 'ann@example.com', type => 1, status => 'inactive' } ];
    my %broken = (fault => 'status', status => 500, match => { path => 'status=inactive' });
    my $world = world('zoom', app => \%without_lookup, seed => $seed, faults => [ \%broken ]);
    my $result = $world->sync('--app', 'app');
    isnt($result->{exit}, 0, 'it is a failure') or diag $result->{out};
    is_deeply(posted($world), {}, 'nobody is taken for absent');
    $world->app->faults;
    pause_is_over($world);
    syncs($world, 0, 'when the list can be read');
    is_deeply(accounts($world), $everybody, 'all have an account');
    is(posted($world)->{'ann@example.com'}, undef, 'who was in that list is adopted');
};

# A listing lies about the next page. The text that is said of it.
my %listing = (
    graph => {
        url => '/users?$select=id,userPrincipalName',
        items => 'value',
        pages => { kind => 'url', next => q('@odata.nextLink'), max => 20 }
    },
    plain => { listed() }->{list},
);

sub lied {
    my ($api, $variant, %more) = @_;
    my $seed = [ map { Bridge::CustomLife::seeded($api, "x$_\@example.com", 1) } 1 .. 4 ];
    my %lie = (fault => 'lying-paging', variant => $variant, match => { path => 'users\?' });
    my %list = $listing{$api} ? (list => $listing{$api}) : ();
    my $world = world($api, seed => $seed, app => { %without_lookup, %list },
        faults => [ { %lie, %more } ]);
    my $result = $world->sync('--app', 'app');
    isnt($result->{exit}, 0, 'it is a failure') or diag $result->{out};
    is_deeply(posted($world), {}, 'nobody is taken for absent');
    cmp_ok(scalar($world->app->calls('GET', qr{users\?})), '<=', 45, 'the list is bounded');
    return $result->{out} . $result->{err};
}

play 'a next page at another host' => sub {
    my $elsewhere = Bridge::CustomApi->new('graph');
    my $said = lied('graph', 'elsewhere', to => $elsewhere->url);
    like($said, qr/127\.0\.0\.1:@{[ $elsewhere->port ]}/, 'it is said');
    is_deeply($elsewhere->requests, [], 'nothing is sent there');
};

play 'a list that never ends' => sub { lied('graph', 'endless') };
play 'a list whose every page is the first' => sub { lied('graph', 'again') };
play 'a cursor that never ends' => sub { lied('zoom', 'endless') };
play 'a cursor that leads back to the beginning' => sub { lied('zoom', 'again') };
play 'a list that has more than it shows' => sub { lied('plain', 'endless') };

play 'the verdict is a number in one answer and a text in the next' => sub {
    my %success = (success => { path => 'status', value => \'1' });
    my $world = world(
        'plain',
        server => { codes => $true, numbers => $true },
        app => { listed(), %success }
    );
    syncs($world, 0, 'done');
    is_deeply(accounts($world), $everybody, 'all have an account');
    $world->set('ann', givenName => 'Anna');
    syncs($world, 0, 'changed');
    is($world->app->user('ann@example.com')->{values}{first_name}, 'Anna', 'by the id, a number');
};

my %format = (
    JSON => {},
    form => {
        content_type => 'application/x-www-form-urlencoded',
        id => { path => q('data[id]') }
    },
    XML => {
        content_type => 'application/xml',
        success => { path => 'response.status', value => 'success' },
        error => { path => 'response.message' },
        id => { path => 'response.data.id' },
        map { ($_ => { url => '/users' . ($_ eq 'update' ? '/{id}' : ''),
                    body => { user => '{resource}' } }) } qw(create update)
    },
);

my $nasty = ']]>&amp;%00&x=1;{resource.email}<b>';

for my $name (sort keys %format) {
    play "$name, with ids of every sort of character" => sub {
        my %list = $name eq 'JSON' ? listed() : ();
        my $world = world('plain', app => { %list, %{ $format{$name} } });
        $world->hire('dan', givenName => q(D'an & "Söhne" <x>));
        $world->join_group('app', 'dan');
        syncs($world, 0, 'made');
        my $given = $world->app->user('dan@example.com')->{values}{first_name};
        is($given, q(D'an & "S) . "\x{f6}" . q(hne" <x>), 'the value is there');
        my ($odd) = $world->app->user('dan@example.com')->{id};
        like($odd, qr{/.*"}, 'the id is odd');
        $world->set('dan', givenName => $nasty);
        syncs($world, 0, 'changed');
        my $user = $world->app->user('dan@example.com');
        is($user->{values}{first_name}, $nasty, 'the change is there');
        is($user->{id}, $odd, 'in the same account');
        $world->slapd->delete($world->dn('dan'));
        syncs($world, 0, 'deleted');
        is($world->app->user('dan@example.com'), undef, 'by the same id');
        is_deeply([ grep { $_->{path} !~ m{^/plain/users(?:/[^/?]+)?(?:\?[^/]*)?$} }
                @{ $world->app->requests } ], [], 'no id left its place in an address');
    };
}

play 'XML with an entity from elsewhere' => sub {
    my $body = qq(<?xml version="1.0"?>\n<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]>\n)
        . '<response><status>success</status><data><id>&x;</id></data></response>';
    my %fault = (fault => 'status', status => 200, type => 'application/xml', body => $body,
        work => $true);
    my $world = world('plain', app => { %{ $format{XML} } },
        faults => [ { %fault, match => $create{plain}, nth => 1 } ]);
    my $result = $world->sync('--app', 'app');
    isnt($result->{exit}, 0, 'the answer is not taken');
    is(scalar(grep { $_ > 1 } values %{ posted($world) }), 0, 'nobody is made twice');
};

play 'Zoho gives no token any more' => sub {
    my $world = world('zoho', server => { tokens => 0 });
    my $result = $world->sync('--app', 'app');
    is($result->{exit}, 1, 'nothing can be done');
    like($result->{out} . $result->{err}, qr/too many requests/i, 'its words are said');
    is_deeply($world->app->writes, [], 'nothing is sent');
};

play 'a credential that is refused' => sub {
    my $wrong = Bridge::Run::secret('wrong-key-x6');
    my $world = world('plain',
        app => { auth => { type => 'header', name => 'X-Api-Key', value_file => $wrong } });
    my $result = $world->sync('--app', 'app');
    is($result->{exit}, 1, 'nothing can be done');
    like($result->{out} . $result->{err}, qr/auth\.value/, 'where to look is said');
    unlike($result->{out} . $result->{err}, qr/wrong-key-x6/, 'without the key');
};

play 'an application that dies, and comes back as it was' => sub {
    my $world = world('zoom');
    my $app = $world->app;
    syncs($world, 0, 'before');
    my %id = map { $_->{userName} => $_->{id} } $app->users;
    $app->kill9;
    $world->set('ann', sn => 'Model');
    syncs($world, 1, 'meanwhile nothing can be done');
    $app->start;
    my $result = $world->sync('--app', 'app');
    is($result->{exit}, 0, 'afterwards it is') or diag Bridge::CustomLife::why($result);
    is($app->user('ann@example.com')->{values}{last_name}, 'Model', 'with what was to be done');
    is_deeply({ map { $_->{userName} => $_->{id} } $app->users }, \%id, 'in the same accounts');
};

play 'the verdict is in the body' => sub {
    my %refused = (fault => 'status', status => 200, type => 'application/json',
        body => { status => 'error', message => 'the seats are gone' });
    my $one = { %{ $create{plain} }, body => 'bob@' };
    my $world = world('plain', app => { listed() },
        faults => [ { %refused, match => $one } ]);
    my $result = syncs($world, 3, 'one is parked');
    like($result->{out}, qr/the seats are gone/, 'with the words of the service');
    is_deeply(accounts($world),
        { map { ("$_\@example.com" => 'active') } qw(ann cid) }, 'the others have an account');
};

done_testing;
