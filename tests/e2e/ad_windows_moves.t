#!/usr/bin/perl
# People who go while they are read, who move between what two sources read, and who are deleted and
# brought back before anybody looked: what they are members of is never said by an event.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Namespace;
use Bridge::Free qw(wait_for);
use Bridge::MockAd;
use Bridge::MockWorld;
use Test::More;

my $domain = 'DC=mock,DC=test';

# One domain read by several sources, [name => base], in this order.
sub divide {
    my ($world, @sources) = @_;
    my @all = map {
        my ($name, $base) = @$_;
        $world->{ad}->source(name => $name, base => "$base,$domain", changes => $world->{changes})
    } @sources;
    $world->{bridge}->write_config(
        sources => \@all,
        apps => [
            app()->app(
                first_run => 'apply',
                rehire => 'adopt',
                assign => [ { group => "CN=app,OU=Groups,$domain" } ],
                match => ['userName'],
                limits => { removals => 1000, removals_percent => 100 },
                map => [
                    { to => 'userName', from => '[sAMAccountName]' },
                    { to => 'name.familyName', from => '[sn]' },
                    { to => 'emails[type eq "work"].value', from => '[mail]' },
                ],
            )
        ]
    );
    return;
}

my @halves = ([ people => 'OU=People' ], [ groups => 'OU=Groups' ]);

# All of them changed, so all come in the first round; two of them are gone when the last is asked.
subtest 'gone between two rounds' => sub {
    my $world = world(changes => 'dirsync');
    my $ad = $world->{ad};
    divide($world, @halves);
    is(sync($world)->{exit}, 0, 'a good read to begin with');
    $ad->set($_, sn => 'Boss') for map {"p$_"} 10 .. 29;
    my %second = (match => { kind => 'dirsync', page => 2 }, nth => 1);
    $ad->faults({ fault => 'slow', ms => 2500, %second });
    my $sync = $world->{bridge}->start('sync');
    wait_for('the second round', 30, sub { grep {$_} $ad->fired });
    $ad->remove('p10');
    $ad->move('p11', parent => 'OU=Outside');
    $sync->wait;
    is($sync->status, 0, 'read to the end');
    my $all = { everybody(), p10 => 'disabled', p11 => 'disabled' };
    is_deeply(accounts(), $all, 'deleted, and moved out of the base');
    $ad->move('p11', parent => 'OU=People');
    is(sync($world)->{exit}, 0, 'moved back');
    is_deeply(accounts(), { %$all, p11 => 'active' }, 'a member still');
};

each_way('people and groups are read by two sources' => sub {
    my ($changes) = @_;
    for my $sources ([@halves], [ reverse @halves ]) {
        my $world = world(changes => $changes, people => [qw(ann bob)]);
        my $ad = $world->{ad};
        divide($world, @$sources);
        holds($world, 'ann bob', 'the first read');
        $ad->move('ann', parent => 'OU=Outside');
        holds($world, '-ann bob', 'moved out', ['PATCH /Users/ann']);
        $ad->move('ann', parent => 'OU=People');
        holds($world, 'ann bob', 'moved back', ['PATCH /Users/ann']);
        $ad->move('ann', parent => 'OU=Outside');
        $ad->leave('app', 'ann');
        holds($world, '-ann bob', 'moved out, and out of the group');
        $ad->move('ann', parent => 'OU=People');
        holds($world, '-ann bob', 'moved back as no member', []);
        $ad->move('bob', parent => 'OU=Outside');
        holds($world, '-ann -bob', 'another one moved out');
        $ad->remove('bob');
        holds($world, '-ann -bob', 'and deleted there');
        my %enabled = (attributes => { userAccountControl => 512 });
        $ad->restore('bob', parent => "OU=People,$domain", %enabled);
        holds($world, '-ann -bob', 'reanimated within the base, a member of nothing', []);
    }
});

each_way('from one source to the other' => sub {
    my ($changes) = @_;
    my $world = world(changes => $changes, people => [qw(ann bob)]);
    my $ad = $world->{ad};
    divide($world, [ other => 'OU=Outside' ], @halves);
    $ad->user('cid', in => 'OU=Outside');
    $ad->join('app', 'cid');
    holds($world, 'ann bob cid', 'the first read');
    $ad->move('ann', parent => 'OU=Outside');
    $ad->move('cid', parent => 'OU=People');
    sync($world);
    holds($world, 'ann bob cid', 'two change places');
});

# Without a recycle bin a deletion ends memberships for good.
subtest 'deleted and back between two reads' => sub {
    my $world = world(changes => 'dirsync', people => [qw(ann bob cid)]);
    my $ad = $world->{ad};
    $ad->group('inner', 'cid');
    $ad->leave('app', 'cid');
    $ad->join('app', 'inner');
    holds($world, 'ann bob cid', 'before');
    $ad->remove('bob');
    $ad->restore('bob', attributes => { userAccountControl => 512 });
    holds($world, 'ann -bob cid', 'a person: no member any more');
    $ad->join('app', 'bob');
    holds($world, 'ann bob cid', 'a member again');
    $ad->remove('bob');
    $ad->restore('bob', attributes => { userAccountControl => 512 });
    $ad->join('app', 'bob');
    holds($world, 'ann bob cid', 'deleted, back, and a member again');
    $ad->remove('inner');
    $ad->restore('inner');
    holds($world, 'ann bob -cid', 'a group: no member any more');
    $ad->remove('app');
    $ad->restore('app');
    holds($world, '-ann -bob -cid', 'a group: without members');
};

done_testing;
