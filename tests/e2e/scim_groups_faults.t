#!/usr/bin/perl
# Groups at applications that spell, count, hide or lose members each in their own way: everybody
# who should be a member is one in the end, nobody else is thrown out, and nothing is done twice.
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
use List::Util qw(max);
use Test::More;

sub pushed { return "cn=$_[0],ou=Groups,ou=Corp,dc=example,dc=com" }
my @four = qw(ann bob cid dan);
my @many = map { sprintf 'p%02d', $_ } 1 .. 30;
my %foreign = (userName => 'break.glass', active => JSON::PP::true);

# A service with the personality of a hash, or of the text of a file.
sub service {
    my ($personality) = @_;
    my $text = ref $personality ? 'module.exports = ' . encode_json($personality) : $personality;
    my $file = File::Temp->new(SUFFIX => '.js');
    print {$file} $text, ";\n";
    close $file;
    return Bridge::Misbehaving->new(personality => "$file");
}

# With the people in sales as well as in app, synced once.
sub world {
    my ($personality, $people, %settings) = @_;
    my $world = Bridge::World->new(
        application => service($personality),
        people => $people,
        groups => { app => $people, sales => $people },
        slapd => { sessionlog => 100 },
        settings => {
            groups => [ { group => pushed('sales') } ],
            timeout => '2s',
            tries => 2,
            max_wait => '2s',
            limits => { removals => 100 },
            %settings
        },
    );
    synced($world, 'the first sync');
    return $world;
}

sub synced {
    my ($world, $why, $exit) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    $world->forget;
    my $result = $world->sync;
    is($result->{exit}, $exit // 0, $why) or diag $result->{out}, $result->{err};
    return $result;
}

sub members_are {
    my ($world, $members, $why) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is_deeply(members_of($world->app, 'sales'), [ sort @$members ], $why);
    return;
}

sub quiet {
    my ($world, $why, $exit) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    synced($world, "$why: once more", $exit);
    is_deeply($world->app->requests, [], "$why: then there is nothing left to do");
    return;
}

sub judged {
    my ($world) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is_deeply([ Bridge::Oracle->check($world->app, least => 1) ],
        [], 'others read all of it as the service does');
    return;
}

# Somebody of others among the members.
sub seed_foreign {
    my ($world) = @_;
    my $app = $world->app;
    my ($id) = map { $_->{id} } @{ $app->seed(users => [ {%foreign} ])->{users} };
    my $answer = $app->request('PATCH', '/Groups/' . group_of($app, 'sales')->{id}, {
            schemas => ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
            Operations => [ { op => 'add', path => 'members', value => [ { value => $id } ] } ] });
    is($answer->{status}, 200, 'others put somebody into the group');
    return;
}

my $no_filters = <<'JS';
module.exports = {
  memberRemove: "value",
  before: ({ method, body }) =>
    method === "PATCH" && /"members\[/.test(body)
      ? { status: 400, body: { scimType: "invalidPath", detail: "no filters here" } }
      : undefined,
}
JS

subtest 'a service that takes lists instead of filters' => sub {
    my $world = world($no_filters, \@four);
    seed_foreign($world);
    $world->leave_group('sales', 'ann');
    my $result = synced($world, 'without the quirk the group is parked', 3);
    like($result->{out}, qr/no filters here/, 'with what the service says');
    members_are($world, [ @four, 'break.glass' ], 'and nobody is removed');
    $world->configure(app => { quirks => { groups => { remove => 'value' } } });
    $world->leave_group('sales', 'bob');
    synced($world, 'with remove = "value"');
    members_are($world, [qw(cid dan break.glass)], 'who left is removed, and nobody else');
    my $patches = grep { $_->{method} eq 'PATCH' } @{ $world->app->requests };
    is($patches, 1, 'by one PATCH');
    quiet($world, 'removed');
    judged($world);
};

subtest 'the wrong quirk at a service by the book' => sub {
    my $world = world({}, \@four, quirks => { groups => { remove => 'value' } });
    seed_foreign($world);
    $world->leave_group('sales', 'ann');
    my $result = synced($world, 'a removal that empties the group', 3);
    like($result->{out}, qr/quirks\.groups|remove/, 'is said');
    my $members = members_of($world->app, 'sales');
    is_deeply([ grep { $_ ne 'ann' } @$members ], [qw(bob break.glass cid dan)],
        'all others are in the group again');
    $world->configure(app => { quirks => {} });
    $world->leave_group('sales', 'bob');
    synced($world, 'without the quirk, at the next change');
    members_are($world, [qw(cid dan break.glass)], 'all is well');
    quiet($world, 'mended');
};

for my $status (400, 413) {
    subtest "a service that takes six members at a time, and says $status" => sub {
        my $world = world({ memberMax => 6, memberMaxStatus => $status }, \@many);
        members_are($world, \@many, 'all are in');
        quiet($world, 'added');
        $world->leave_group('sales', @many[ 0 .. 19 ]);
        synced($world, 'twenty leave');
        members_are($world, [ @many[ 20 .. 29 ] ], 'and are out');
        my @sizes = map { scalar @{ $_->{body}{Operations} } }
            grep { $_->{status} < 300 } @{ $world->app->writes };
        cmp_ok(max(@sizes), '<=', 6, 'in requests of the size that it takes');
        my $refused = grep { $_->{status} == $status } @{ $world->app->writes };
        cmp_ok($refused, '<=', 2, 'learnt by halving, and kept');
        quiet($world, 'removed');
        judged($world);
    };
}

subtest 'a service that does not show members' => sub {
    my $world = world({ membersShown => 0 }, \@four, quirks => { groups => { read => 'none' } });
    seed_foreign($world);
    $world->leave_group('sales', 'ann');
    synced($world, 'one leaves');
    members_are($world, [qw(bob cid dan break.glass)], 'alone');
    is_deeply(group_writes($world->app), ['sales - ann'], 'by one request');
    $world->configure(app => {
            quirks => { groups => { read => 'none' } },
            groups => [ { group => pushed('sales'), mode => 'exclusive' } ] });
    my $result = synced($world, 'exclusive cannot be had there');
    like("@{ $result->{app}{notes} }", qr/'sales' there could not be read completely/,
        'which is said');
    members_are($world, [qw(bob cid dan break.glass)], 'and nobody is removed by guessing');
    judged($world);
};

subtest 'a service that shows two members, and takes whole lists' => sub {
    my %quirks = (add => 'replace', remove => 'replace', read => 'capped', read_max => 2);
    my $world = world({ membersShown => 2 }, [ 'ann', 'bob' ]);
    seed_foreign($world);
    $world->hire($_) for qw(cid);
    $world->configure(app => { quirks => { groups => \%quirks } });
    $world->join_group('app', 'cid');
    $world->join_group('sales', 'cid');
    my $result = synced($world, 'a list that may be short', 3);
    my @lists = grep {/^sales/} @{ group_writes($world->app) };
    is_deeply(\@lists, [], 'is never sent back');
    members_are($world, [qw(ann bob break.glass)], 'so nobody is thrown out');
};

subtest 'answers that are lost' => sub {
    my $world = world({}, \@four);
    my $app = $world->app;
    my %lost = (fault => 'drop-after', first => 1);
    $app->faults({ %lost, match => { method => 'PATCH', path => '/Groups/' } });
    $world->leave_group('sales', 'ann');
    synced($world, 'a removal');
    members_are($world, [qw(bob cid dan)], 'is done');
    $app->faults({ %lost, match => { method => 'PATCH', path => '/Groups/' } });
    $world->join_group('sales', 'ann');
    synced($world, 'an addition');
    members_are($world, \@four, 'is done');
    $app->faults({ %lost, match => { method => 'POST', path => '/Groups' } });
    $world->configure(app => { groups => [ map { { group => pushed($_) } } qw(sales app) ] });
    synced($world, 'a new group');
    is_deeply([ map { $_->{displayName} } $app->groups ], [qw(sales app)], 'is made once');
    is_deeply(members_of($app, 'app'), \@four, 'and filled');
    $app->faults;
    quiet($world, 'settled');
    judged($world);
};

subtest 'a service that goes down between the members' => sub {
    my $world = world({ memberMax => 2 }, \@four, quirks => { groups => { add_max => 2 } });
    my $app = $world->app;
    $app->faults({ fault => 'status', status => 503, match => { path => '/Groups' } });
    $world->hire($_) for qw(eva fay);
    $world->join_group($_, qw(eva fay)) for qw(app sales);
    my $result = $world->sync;
    ok($result->{exit}, 'is said');
    members_are($world, \@four, 'none of the new ones is in');
    is_deeply([ map { $_->{userName} } $app->users ], [ @four, qw(eva fay) ],
        'though both have an account');
    $app->faults;
    for (1 .. 3) { last if $world->sync->{exit} == 0 }
    members_are($world, [ @four, qw(eva fay) ], 'later they are');
};

subtest 'too many at once' => sub {
    my $world = world({}, \@many, limits => { removals => 10, removals_percent => 1 });
    my $app = $world->app;
    $world->leave_group('sales', @many[ 0 .. 10 ]);
    my $result = synced($world, 'eleven of thirty members leave: held', 4);
    like($result->{app}{held}, qr/11 removals of memberships planned, 10 allowed/, 'why');
    is_deeply($app->writes, [], 'nothing is sent');
    members_are($world, \@many, 'all are members');
    my $again = synced($world, 'it waits', 4);
    is($again->{app}{plan}, $result->{app}{plan}, 'under the same number');
    is($world->bridge->run('approve', $result->{app}{plan})->{exit}, 0, 'somebody approves');
    synced($world, 'then');
    members_are($world, [ @many[ 11 .. 29 ] ], 'they are removed');
    is(scalar @{ $app->writes }, 1, 'with one request');
    quiet($world, 'approved');
    judged($world);
};

subtest 'a group that somebody deletes there' => sub {
    my $world = world({}, \@four);
    my $app = $world->app;
    $app->request('DELETE', '/Groups/' . group_of($app, 'sales')->{id});
    $world->leave_group('sales', 'ann');
    my $result = synced($world, 'is not made again unasked', 3);
    is(scalar $app->groups, 0, 'there is none');
    $world->configure(app => { recreate => 'true' });
    $world->leave_group('sales', 'bob');
    synced($world, 'recreate = true');
    members_are($world, [qw(cid dan)], 'makes and fills it at the next change');
    quiet($world, 'made again');
};

done_testing;
