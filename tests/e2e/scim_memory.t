#!/usr/bin/perl
# What a service has shown is not asked again with every run: a method that it does not speak, how
# many members it takes, a search that it refuses. It is said once, 'check' says it until it is
# forgotten, and settings win over it.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Groups;
use Bridge::Misbehaving;
use Bridge::Oracle;
use Bridge::World;
use File::Temp;
use JSON::PP;
use Test::More;

my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $title = 0;

sub pushed { return "cn=$_[0],ou=Groups,ou=Corp,dc=example,dc=com" }

# A service with these switches of tests/servers/misbehaving/personality.js.
sub service {
    my (%switches) = @_;
    my $file = File::Temp->new(SUFFIX => '.json');
    print {$file} encode_json(\%switches);
    close $file;
    return Bridge::Misbehaving->new(personality => "$file");
}

sub world {
    my ($switches, %settings) = @_;
    my @people = qw(ann bob cid dan eva);
    my $world = Bridge::World->new(
        application => service(%$switches),
        people => \@people,
        groups => { app => \@people, sales => \@people, ops => \@people },
        slapd => { sessionlog => 100 },
        settings => { limits => { removals => 100 }, %settings }
    );
    synced($world, 'create');
    return $world;
}

sub synced {
    my ($world, $why, $exit) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    $world->forget;
    my $result = $world->sync;
    is($result->{exit}, $exit // 0, "$why: exit") or diag $result->{out}, $result->{err};
    return $result;
}

# Sets a new title of ann, and returns the methods of the requests about her and the result.
sub changed {
    my ($world, $why) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    $world->set('ann', title => 'Title ' . ++$title);
    my $result = synced($world, $why);
    is($world->app->user('ann')->{title}, "Title $title", "$why: arrived");
    my @methods = map { $_->{method} } grep { $_->{path} =~ m{/Users/} } @{ $world->app->requests };
    return ("@methods", $result);
}

sub notes { return join "\n", @{ $_[0]{app}{notes} // [] } }

sub checked { return $_[0]->bridge->run('check')->{out} }

subtest 'a method that is not spoken' => sub {
    my $world = world({ patch => $false });
    # It says so itself, and is not believed more than what it does.
    $world->app->faults({ fault => 'status', status => 404,
        match => { path => 'ServiceProviderConfig' } });
    my ($methods, $result) = changed($world, 'refused');
    is($methods, 'PATCH GET PUT', 'the other one is used');
    my $sentence = qr/PATCH is not used for accounts: the service answered 501 on [\d-]{10}; /;
    like(notes($result), $sentence, 'the run says so');
    ($methods, $result) = changed($world, 'the next run');
    is($methods, 'GET PUT', 'does not try it again');
    unlike(notes($result), $sentence, 'and does not say it again');
    like(checked($world), $sentence, 'check says it');
    like(checked($world), qr/PUT of the merged account \(as the service showed\)/,
        'and how changes are sent, and why');
    $world->set('bob', title => 'Boss');
    like($world->bridge->run('-v', 'sync')->{err}, $sentence, 'so does a run with -v');

    $world->configure(app => { update => 'patch' });
    ($methods, $result) = changed($world, 'a setting');
    is($methods, 'PATCH GET PUT', 'is tried whatever was learnt');
    like(notes($result), qr/PATCH is not used.*each run tries it again/, 'which is said');
    ($methods) = changed($world, 'and once more');
    is($methods, 'PATCH GET PUT', 'in each run');
    $world->configure;
    ($methods) = changed($world, 'without it');
    is($methods, 'PATCH GET PUT', 'what other settings taught is forgotten');
    ($methods) = changed($world, 'after that');
    is($methods, 'GET PUT', 'and learnt again');
    $world->app->faults;
    # Now it says by itself that there is none.
    ($methods) = changed($world, 'the service has something to say');
    is($methods, 'GET PUT', 'that agrees');
    is_deeply([ Bridge::Oracle->check($world->app) ], [], 'others read all of it as we do');
};

# What stands before a service may refuse a method for a minute.
subtest 'a method that was refused once' => sub {
    my $world = world({});
    my $refused = sub {
        return { fault => 'status', status => 501, match => { method => $_[0] } };
    };
    $world->app->faults({ %{ $refused->('PATCH') }, first => 1 });
    is((changed($world, 'one 501'))[0], 'PATCH GET PUT', 'the other one is used');
    is((changed($world, 'later'))[0], 'GET PUT', 'and kept to');
    $world->app->faults($refused->('PUT'));
    my ($methods, $result) = changed($world, 'PUT is refused');
    is($methods, 'GET PUT PATCH', 'PATCH is tried again');
    is($result->{app}{parked}, 0, 'nobody is parked');
    $world->leave_group('app', 'bob');
    synced($world, 'a leaver');
    is($world->accounts->{bob}, 'disabled', 'is disabled');
    is((changed($world, 'from then on'))[0], 'PATCH', 'it is the way again');

    $world->app->faults($refused->('PATCH'), $refused->('PUT'));
    $world->leave_group('app', 'cid');
    $result = synced($world, 'neither', 3);
    is($result->{app}{parked_by}{refused}, 1, 'is a refusal');
    $world->app->faults;
    $world->leave_group('app', 'dan');
    synced($world, 'both', 3);
    is($world->accounts->{dan}, 'disabled', 'another leaver is disabled when they work');
    system('sqlite3', $world->bridge->state_file, 'UPDATE work SET retry_at_us = 1') == 0
        or die 'cannot end the pause';
    synced($world, 'after the pause');
    is($world->accounts->{cid}, 'disabled', 'so is the one who was refused');
};

subtest 'the service changes its mind' => sub {
    my $world = world({});
    my $config = sub {
        my ($supported) = @_;
        return {
            fault => 'status',
            status => 200,
            body => { patch => { supported => $supported } },
            match => { path => 'ServiceProviderConfig' }
        };
    };
    my $refused = { fault => 'no-patch', status => 405 };
    $world->app->faults($refused, $config->($true));
    is((changed($world, 'announced, and refused'))[0], 'PATCH GET PUT', 'is refused once');
    is((changed($world, 'later'))[0], 'GET PUT', 'and remembered');
    $world->app->faults($config->($false));
    is((changed($world, 'now it says no'))[0], 'GET PUT', 'as it says');
    $world->app->faults($config->($true));
    is((changed($world, 'now it says yes'))[0], 'PATCH', 'as it says: what was learnt is void');
};

subtest 'PUT that is not spoken' => sub {
    my $world = world({ put => $false }, update => 'put_partial');
    my ($methods, $result) = changed($world, 'put_partial');
    is($methods, 'PUT PATCH', 'is sent by PATCH');
    like(notes($result), qr/PUT is not used for accounts in this run.*405/, 'which is said');
    $world->leave_group('app', 'bob');
    synced($world, 'a leaver');
    is($world->accounts->{bob}, 'disabled', 'is disabled');
};

subtest 'versions' => sub {
    my $world = world({ etag => $true });
    my ($methods, $result) = changed($world, 'wanted');
    is($methods, 'PATCH GET PATCH', 'refused with 428, read, sent');
    like(notes($result), qr/writes name the version they change: the service answered 428/,
        'is said');
    is((changed($world, 'the next run'))[0], 'GET PATCH', 'is not refused any more');
};

subtest 'a search that is refused' => sub {
    my $world = world(
        { searchable => ['userName'] },
        match => [qw(externalId userName)],
        map => [ map { { to => $_, from => '[uid]' } } qw(userName externalId) ]
    );
    ok((grep { $_->{path} =~ /externalId/ } @{ $world->app->requests }), 'is tried');
    $world->hire('fay');
    $world->join_group('app', 'fay');
    my $result = synced($world, 'somebody new');
    ok(!(grep { $_->{path} =~ /externalId/ } @{ $world->app->requests }), 'and not again');
    is($world->accounts->{fay}, 'active', 'and gets an account');
    like(checked($world), qr/not searched by 'externalId': the service answered 400/, 'check');
};

my %push = (groups => [ map { { group => pushed($_) } } qw(sales ops) ]);

subtest 'a search of groups that is refused' => sub {
    my $world = world({ groupSearchable => ['displayName'] },
        groups => [ { group => pushed('sales') } ]);
    my $searches = sub {
        my @paths = map { $_->{path} } @{ $world->app->requests };
        return scalar grep {m{/Groups\?filter=externalId}} @paths;
    };
    is_deeply(members_of($world->app, 'sales'), [qw(ann bob cid dan eva)], 'is there by its name');
    is($searches->(), 1, 'is tried');
    $world->configure(app => { groups => $push{groups} });
    $world->forget;
    my $result = synced($world, 'another group');
    is($searches->(), 0, 'and not again');
    is_deeply(members_of($world->app, 'ops'), [qw(ann bob cid dan eva)], 'which is there, too');
    like(checked($world), qr/groups are not searched by 'externalId': the service answered 400/,
        'check');
};

subtest 'how many members' => sub {
    my $world = world({ memberMax => 2, memberMaxStatus => 413 }, %push, concurrency => 1);
    my $refused = sub { return scalar grep { $_->{status} == 413 } @{ $world->app->requests } };
    cmp_ok($refused->(), '>', 0, 'learnt by halving');
    $world->leave_group($_, qw(ann bob cid)) for qw(sales ops);
    synced($world, 'removed');
    cmp_ok($refused->(), '>', 0, 'for removals, too');
    $world->join_group($_, qw(ann bob cid)) for qw(sales ops);
    my $result = synced($world, 'added again');
    is($refused->(), 0, 'without a refusal');
    is_deeply(members_of($world->app, $_), [qw(ann bob cid dan eva)], "all are in $_")
        for qw(sales ops);
    like(checked($world), qr/members added at once, at most 2: the service answered 413/, 'check');
};

subtest 'a removal that empties groups' => sub {
    my $world = world({}, %push, quirks => { groups => { remove => 'value' } });
    $world->leave_group('sales', 'ann');
    my $result = synced($world, 'one leaves', 3);
    like(notes($result), qr/members are not removed in the way that is set: seen on/, 'is said');
    $world->leave_group('ops', 'ann');
    synced($world, 'one leaves another', 3);
    is_deeply([ grep { !/^ops \+/ } @{ group_writes($world->app) } ],
        [], 'it is not tried on any other group, in no run');
    $world->configure(app => { quirks => { groups => { remove => 'filter' } } });
    $world->leave_group($_, 'bob') for qw(sales ops);
    synced($world, 'in the right way');
    is_deeply(members_of($world->app, $_), [qw(cid dan eva)], "all is well with $_")
        for qw(sales ops);
};

subtest 'a removal that was seen to be right' => sub {
    my $world = world({ memberRemove => 'value' }, %push,
        quirks => { groups => { remove => 'value' } });
    $world->leave_group('sales', 'ann');
    my $result = synced($world, 'one leaves');
    my $reads = sub {
        return scalar grep { $_->{method} eq 'GET' && $_->{path} =~ m{/Groups/[^?]+$} }
            @{ $world->app->requests };
    };
    is($reads->(), 2, 'the group is looked at before and after');
    is(notes($result), '', 'which is nothing to tell');
    $world->leave_group('ops', 'ann');
    synced($world, 'another one');
    is($reads->(), 0, 'not again');
    is_deeply(members_of($world->app, 'ops'), [qw(bob cid dan eva)], 'and alone');
};

done_testing;
