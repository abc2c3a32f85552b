#!/usr/bin/perl
# An API that cannot be searched: people are found in its listings, all of them in one walk, in
# every style of paging. Where a listing does not show all, nobody who is missing in it is taken for
# somebody without an account.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Free qw(free_port);
use Bridge::Lists;
use Bridge::Run;
use Test::More;

my $app = Bridge::Lists->new;
my $people = 7;

sub ldif {
    my ($count) = @_;
    my $entry = sub {
        my ($number, @lines) = @_;
        return join "\n", @lines, sprintf("entryUUID: 00000000-0000-4000-8000-%012d\n", $number);
    };
    return join "\n", $entry->(0, 'dn: dc=example,dc=com', 'objectClass: domain', 'dc: example'),
        map {
        $entry->(
            $_, "dn: uid=p$_,dc=example,dc=com",
            'objectClass: inetOrgPerson', "uid: p$_", "cn: p$_", "sn: p$_"
        )
        } 1 .. $count;
}

sub accounts {
    my ($count, %more) = @_;
    return [ map { { id => "id$_", login => "P$_", state => 'active', %more } } 1 .. $count ];
}

# A program that knows nothing yet, and a directory with so many people.
sub bridge {
    my ($count, %settings) = @_;
    my $bridge = Bridge::Run->new;
    my $file = $bridge->write_file('people.ldif', ldif($count));
    $bridge->write_config(
        sources => [
            {
                name => 'dir',
                type => 'ldif',
                file => $file,
                users => { filter => '(objectClass=inetOrgPerson)' }
            }
        ],
        apps => [
            $app->definition(
                assign => 'all',
                first_run => 'apply',
                %settings
            )
        ],
    );
    return $bridge;
}

sub pages {
    my ($kind, %more) = @_;
    return pages => { kind => $kind, %more };
}

my @by_page = (
    url => '/page',
    items => 'users',
    pages('page', parameter => 'page', size_parameter => 'size', size => 3, more => 'more')
);

# Everybody is found, nobody is made; these are the requests.
sub finds_all {
    my ($list, $requests, $why) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    $app->hold(users => accounts($people), settings => {});
    $app->taken;
    my $result = bridge($people, list => $list)->run('sync', '--json');
    is($result->{exit}, 0, "$why: done") or diag $result->{out}, $result->{err};
    my $taken = [ grep { !/^PUT/ } @{ $app->taken } ];
    is_deeply($taken, $requests, "$why: one walk") or diag explain $taken;
    return;
}

subtest 'every style of paging' => sub {
    finds_all({ url => '/all' }, ['GET /all'], 'the answer is the list');
    finds_all({ url => '/whole', items => 'users' }, ['GET /whole'], 'no pages');
    finds_all({@by_page}, [ map {"GET /page?page=$_&size=3"} 1 .. 3 ], 'pages by number');
    finds_all(
        {
            url => '/page?page={page.number}&size={page.size}',
            items => 'users',
            pages('page', size => 3)
        },
        [ map {"GET /page?page=$_&size=3"} 1 .. 3 ],
        'pages by number in the address'
    );
    finds_all(
        {
            url => '/offset',
            items => 'users',
            pages(
                'offset',
                parameter => 'offset',
                size_parameter => 'limit',
                size => 4,
                total => 'total'
            )
        },
        [ map {"GET /offset?offset=$_&limit=4"} 0, 4 ],
        'by offset'
    );
    finds_all(
        {
            url => '/cursor',
            items => 'users',
            pages('cursor', parameter => 'cursor', next => 'next')
        },
        [ 'GET /cursor', map {"GET /cursor?cursor=$_"} 3, 6 ],
        'by cursor'
    );
    finds_all(
        {
            method => 'POST',
            url => '/cursor',
            body => 'null',
            items => 'users',
            pages(
                'cursor',
                next => 'cursor',
                more => 'has_more',
                continue => {
                    method => 'POST',
                    url => '/cursor/continue',
                    body => { cursor => '{page.cursor}' }
                }
            )
        },
        [ 'POST /cursor', ('POST /cursor/continue') x 2 ],
        'by cursor with a call of its own'
    );
    finds_all({ url => '/link', pages('link') },
        [ 'GET /link', map {"GET /link?after=$_"} 3, 6 ], 'by the header Link');
    finds_all(
        { url => '/url', items => 'value', pages('url', next => q('@odata.nextLink')) },
        [ 'GET /url', map {"GET /url?token=$_"} 3, 6 ],
        'by address'
    );
};

subtest 'fifty people, one walk' => sub {
    $app->hold(users => accounts(120), settings => { page => 50 });
    $app->taken;
    my $result = bridge(50, list => { url => '/link', pages('link') })->run('sync');
    is($result->{exit}, 0, 'done') or diag $result->{out}, $result->{err};
    is(scalar(grep { $_ =~ m{^GET /link} } @{ $app->taken }), 3, 'three pages for all of them');
    is(scalar $app->users, 120, 'nobody is made twice');
};

subtest 'somebody new' => sub {
    $app->hold(users => accounts(2), settings => {});
    my $bridge = bridge(3, list => {@by_page});
    is($bridge->run('sync')->{exit}, 0, 'done');
    is_deeply([ sort map { lc $_->{login} } $app->users ], [qw(p1 p2 p3)], 'is made, once');
    $app->taken;
    is($bridge->run('sync')->{exit}, 0, 'again');
    is_deeply($app->taken, [], 'and nothing is asked any more');
};

subtest 'merged into what the listing shows' => sub {
    $app->hold(users => accounts(3, colour => 'red'), settings => {});
    my $bridge = bridge(
        3,
        list => {@by_page},
        update => { url => '/users/{id}', mode => 'merge' },
        map => [ { to => 'login', from => '[uid]' }, { to => 'name.first', from => '[cn]' } ]
    );
    is($bridge->run('sync')->{exit}, 0, 'done');
    my @requests = $app->bodies;
    is(scalar(grep { $_->[1] =~ /^\/page/ } @requests), 2,
        'one walk finds them, and one reads what three updates are merged into');
    my ($put) = grep { $_->[1] eq '/users/id2' } @requests;
    is_deeply(
        $put->[2],
        {
            id => 'id2',
            login => 'P2',
            state => 'active',
            colour => 'red',
            name => { first => 'p2' }
        },
        'the account is sent whole, in the service\'s own words'
    ) or diag explain $put;
};

subtest 'two accounts with one login' => sub {
    $app->hold(users => [ @{ accounts(2) }, { id => 'twin', login => 'p1' } ], settings => {});
    my $result = bridge(2, list => {@by_page})->run('sync');
    is($result->{exit}, 3, 'a conflict for people to solve');
    like($result->{out} . $result->{err}, qr/several accounts/, 'says so');
    is(scalar $app->users, 3, 'and nobody is made');
};

# A listing that does not show all: who is seen is found, who is not waits, nobody is made.
sub makes_nobody {
    my ($settings, $list, $words, $why) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    $app->hold(users => accounts($people), settings => $settings);
    $app->taken;
    my $bridge = bridge($people + 1, list => $list);
    my $result = $bridge->run('sync');
    isnt($result->{exit}, 0, "$why: something is to be looked at");
    is_deeply([ grep {/^POST \/users/} @{ $app->taken } ], [], "$why: nobody is made");
    my $told = $bridge->run('status')->{out} . $result->{out} . $result->{err};
    like($told, $words, "$why: the reason is told") or diag $told;
    return;
}

subtest 'listings that cannot be believed' => sub {
    my $evil = 'http://evil.example';
    makes_nobody({ elsewhere => $evil }, { url => '/link', pages('link') },
        qr/evil\.example/, 'the next page is at another host');
    makes_nobody(
        { elsewhere => $evil },
        { url => '/url', items => 'value', pages('url', next => q('@odata.nextLink')) },
        qr/evil\.example/,
        'the same in the body'
    );
    makes_nobody({ endless => 1 }, { url => '/link', pages('link', max => 20) },
        qr/did not end after 20 pages/, 'a list that never ends');
    makes_nobody(
        { repeat => 1 },
        { url => '/page', items => 'users', pages('page', parameter => 'p', size => 3) },
        qr/nothing new/,
        'the first page again and again'
    );
    makes_nobody(
        { announce => 20 },
        {
            url => '/offset',
            items => 'users',
            pages('offset', parameter => 'offset', total => 'total')
        },
        qr/announced 20 and showed 7/,
        'fewer than announced'
    );
    makes_nobody({}, { url => '/whole', items => 'people' }, qr/no list at 'people'/,
        'the list is somewhere else');
};

subtest 'three lists' => sub {
    my $states = [ map { { url => "/state/$_", items => 'users' } } qw(active inactive pending) ];
    my @users = map { @$_ } accounts(2), [
        { id => 'x3', login => 'p3', state => 'inactive' },
        { id => 'x4', login => 'p4', state => 'pending' }
    ];
    $app->hold(users => \@users, settings => {});
    my $result = bridge(4, list => $states)->run('sync');
    is($result->{exit}, 0, 'all are found') or diag $result->{out}, $result->{err};
    is(scalar $app->users, 4, 'in whichever list they are');
    $app->hold(
        users => \@users,
        settings => { fail => { '/state/active' => 500, '/state/pending' => 403 } }
    );
    $app->taken;
    my $bridge = bridge(5, list => $states);
    isnt($bridge->run('sync')->{exit}, 0, 'two of them fail');
    my @taken = @{ $app->taken };
    ok((grep { $_ eq 'GET /state/inactive' } @taken), 'the third is asked none the less');
    ok(!(grep {/^POST/} @taken), 'nobody is made');
};

done_testing;
