#!/usr/bin/perl
# Groups of a directory are groups at a real SCIM application: made, filled, followed change by
# change with one request each, renamed, taken away. What others put there is never touched.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Groups;
use Bridge::Oracle;
use Bridge::World qw(person_ldif group_ldif);
use Test::More;

sub pushed { return "cn=$_[0],ou=Groups,ou=Corp,dc=example,dc=com" }

# Syncs, compares what was sent, and lets a second sync say nothing at all to the application.
sub sent_is {
    my ($world, $expected, $why, %option) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $exit = $option{exit} // 0;
    my $result = $world->sync;
    is($result->{exit}, $exit, "$why: exit $exit") or diag $result->{out}, $result->{err};
    is_deeply(group_writes($world->app), $expected, $why);
    $world->forget;
    is($world->sync->{exit}, $exit, "$why: exit $exit once more");
    is_deeply($world->app->requests, [], "$why: a second sync asks and sends nothing");
    return $result;
}

my $world = Bridge::World->new(
    people => [qw(ann bob cid dan)],
    ldif => person_ldif('eva', mail => undef),
    groups => {
        app => [qw(ann bob cid)],
        sales => [ 'ann', pushed('inner') ],
        inner => ['bob'],
    },
    slapd => { sessionlog => 100 },
    settings => { groups => [ { group => pushed('sales') } ], limits => { removals => 100 } },
);
my $app = $world->app;

subtest 'made and filled in one sync' => sub {
    my $plan = $world->bridge->run('plan');
    like($plan->{out}, qr/create_group sales\n.*\+ add 2 members to group 'sales': ann, bob/s,
        'the plan says so');
    sent_is($world, [ ('POST /Users') x 3, 'create sales', 'sales + ann bob' ],
        'accounts, the empty group, its members; who is in a nested group is a member');
    is_deeply(members_of($app, 'sales'), [qw(ann bob)], 'so it is there');
    is(scalar $app->groups, 1, 'no other group is made');
    my $told = $world->bridge->run('explain', 'bob');
    like($told->{out}, qr/groups there:\n +sales: there/, 'explain names the groups of somebody');
};

subtest 'one comes, one goes' => sub {
    $world->join_group('sales', 'cid');
    my $plan = $world->bridge->run('plan');
    like($plan->{out}, qr/^  \+ add 1 member to group 'sales': cid$/m, 'as planned');
    sent_is($world, ['sales + cid'], 'a new member is one PATCH with one member');
    $world->leave_group('sales', 'cid');
    sent_is($world, ['sales - cid'], 'one who leaves too');
    is_deeply(members_of($app, 'sales'), [qw(ann bob)], 'and the others stay');
    $world->join_group('inner', 'cid');
    sent_is($world, ['sales + cid'], 'a member of the nested group joins');
    $world->join_group('sales', 'bob');
    sent_is($world, [], 'who is a member by two ways is one once');
    $world->leave_group('inner', 'bob');
    sent_is($world, [], 'and still is when one of them ends');
    $world->leave_group('sales', 'bob');
    sent_is($world, ['sales - bob'], 'but not when both have');
    $world->leave_group('sales', pushed('inner'));
    sent_is($world, ['sales - cid'], 'with a nested group its members go');
};

subtest 'a rename' => sub {
    my $id = group_of($app, 'sales')->{id};
    $world->change("dn: [sales]\nchangetype: modrdn\nnewrdn: cn=vendors\ndeleteoldrdn: 1\n");
    sent_is($world, ['rename vendors'], 'is one request');
    is(group_of($app, 'vendors')->{id}, $id, 'and the same group');
    is_deeply(members_of($app, 'vendors'), ['ann'], 'with its members');
    $world->change("dn: [vendors]\nchangetype: modrdn\nnewrdn: cn=sales\ndeleteoldrdn: 1\n");
    sent_is($world, ['rename sales'], 'and back');
};

subtest 'members without an account' => sub {
    $world->join_group('sales', 'dan');
    sent_is($world, [], 'who does not have the app is no member there');
    $world->join_group('app', 'dan');
    sent_is($world, [ 'POST /Users', 'sales + dan' ], 'who gets it becomes one in the same sync');
    my @map = map { $_->{to} =~ /emails/ ? { %$_, required => 'true' } : $_ }
        @{ $world->app_config->{map} };
    $world->configure(app => { map => \@map });
    is($world->sync->{exit}, 0, 'an e-mail is required now');
    $world->forget;
    $world->join_group($_, 'eva') for qw(app sales);
    my $result = sent_is($world, [], 'who is parked waits', exit => 3);
    is($result->{app}{members}{waiting} // $result->{json}{status}{apps}[0]{pushed}{waiting}, 1,
        'the result counts who waits');
    like($world->bridge->run('explain', 'eva')->{out}, qr/sales: waits for an account/,
        'explain says for what');
    $world->set('eva', mail => 'eva@example.com');
    sent_is($world, [ 'POST /Users', 'sales + eva' ], 'and is completed with the account');
    $world->configure;
};

subtest 'what others put there' => sub {
    my $foreign = $app->request('POST', '/Users', { userName => 'break.glass', active => \1 })
        ->{json}{id};
    $app->request('POST', '/Groups',
        { displayName => 'Admins', members => [ { value => $foreign } ] });
    $app->request('PATCH', '/Groups/' . group_of($app, 'sales')->{id}, {
            schemas => ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
            Operations => [ { op => 'add', path => 'members', value => [ { value => $foreign } ] } ]
        });
    is_deeply(members_of($app, 'sales'), [qw(ann break.glass dan eva)], 'somebody of theirs');
    my $admins = group_of($app, 'Admins');
    $world->forget;
    $world->leave_group('sales', qw(dan eva));
    sent_is($world, ['sales - dan - eva'], 'only our own are removed, together');
    is_deeply(members_of($app, 'sales'), [qw(ann break.glass)], 'theirs stays');
    is_deeply(group_of($app, 'Admins'), $admins, 'and so does a group of theirs');
};

subtest 'a group that is there already' => sub {
    my ($foreign) = map { $_->{id} } $app->user('break.glass');
    my $ann = $app->user('ann')->{id};
    my $made = $app->request('POST', '/Groups',
        { displayName => 'ops', members => [ map { { value => $_ } } $foreign, $ann ] })->{json};
    $world->slapd->modify(group_ldif('ops', 'bob', 'ann'));
    $world->configure(app => { groups => [ map { { group => pushed($_) } } qw(sales ops) ] });
    $world->forget;
    my $result = $world->sync;
    is($result->{exit}, 0, 'synced') or diag $result->{out}, $result->{err};
    my $writes = group_writes($app);
    is_deeply([ grep {/^create/} @$writes ], [], 'is not made a second time');
    is_deeply([ map { $_->{displayName} } $app->groups ], [qw(sales Admins ops)], 'but adopted');
    is(group_of($app, 'ops')->{id}, $made->{id}, 'by its name');
    is_deeply(members_of($app, 'ops'), [qw(ann bob break.glass)], 'and filled up');
    $world->forget;
    is($world->sync->{exit}, 0, 'again');
    is_deeply($app->requests, [], 'then there is nothing left to do');
    $world->slapd->delete($world->group_dn('ops'));
    is($world->sync->{exit}, 0, 'it goes from the directory');
    is_deeply(group_writes($app), ['ops - ann - bob'], 'then those that we put there go');
    is_deeply(members_of($app, 'ops'), ['break.glass'], 'and it stays with those of others');
    $world->forget;
};

subtest 'the modes' => sub {
    my ($foreign) = map { $_->{id} } $app->user('break.glass');
    $world->slapd->modify(group_ldif('sharp', 'ann', 'bob') . group_ldif('loose', 'ann', 'bob'));
    $world->configure(app => {
            groups => [
                { group => pushed('sales') },
                { group => pushed('sharp'), mode => 'exclusive', gone => 'delete' },
                { group => pushed('loose'), mode => 'additive', gone => 'keep',
                    name => 'Join(" ", "Loose", ToUpper([cn]))' },
            ] });
    $app->request('POST', '/Groups',
        { displayName => 'sharp', members => [ { value => $foreign } ] });
    $world->forget;
    is($world->sync->{exit}, 0, 'synced');
    is_deeply(members_of($app, 'sharp'), [qw(ann bob)], 'exclusive: a foreign member is removed');
    is_deeply(members_of($app, 'Loose LOOSE'), [qw(ann bob)], 'additive: named by an expression');
    $world->forget;
    $world->leave_group($_, 'bob') for qw(sharp loose);
    sent_is($world, ['sharp - bob'], 'additive: who leaves stays there');
    $world->slapd->delete($world->group_dn($_)) for qw(sharp loose);
    is($world->sync->{exit}, 0, 'both go');
    is_deeply([ grep { !/Users/ } @{ group_writes($app) } ], ['sharp - ann'],
        'what is adopted is emptied and never deleted; keep keeps');
    $world->forget;
};

subtest 'a group that is gone' => sub {
    $world->configure(app => { groups => [ { group => pushed('sales'), gone => 'delete' } ] });
    $world->sync;
    $world->forget;
    $world->slapd->delete($world->group_dn('sales'));
    my $plan = $world->bridge->run('plan');
    like($plan->{out}, qr/delete_group sales/, 'is planned to be deleted: gone = delete');
    sent_is($world, ['delete gone'], 'and is, if we made it');
    is(group_of($app, 'sales'), undef, 'there is none any more');
    is_deeply($world->accounts, { map { $_ => 'active' } qw(ann bob cid dan eva break.glass) },
        'the accounts stay');
};

is_deeply([ Bridge::Oracle->check($app, least => 20) ], [], 'others read all of it as we do');

done_testing;
