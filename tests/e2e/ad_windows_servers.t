#!/usr/bin/perl
# Domain controllers that were set back, restored or replaced by another one, that tell of changes
# as they happen, refuse to, or hang up.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Namespace;
use Bridge::Free qw(wait_for);
use Bridge::MockAd;
use Bridge::MockWorld;
use Test::More;

my $app = app();
my %all = everybody();

each_way('a server that was set back' => sub {
    my ($changes) = @_;
    my $world = world(changes => $changes);
    my $ad = $world->{ad};
    is(sync($world)->{exit}, 0, 'a good read to begin with');
    my $copy = $ad->copy;
    $ad->user('new');
    $ad->join('app', 'new');
    $ad->set('p10', title => 'Boss');
    is(sync($world)->{exit}, 0, 'one more');
    $ad->roll_back($copy);
    my $result = sync($world);
    is(accounts()->{$_}, 'active', "$_ keeps the account") for sort keys %all;
    like("@{ $result->{source}{notes} // [] } @{[ $result->{source}{problem} // '' ]}",
        qr/restored|set back|rolled|backup|USN/i, 'it is said');
    $ad->remove('p11');
    $ad->user('other');
    $ad->join('app', 'other');
    $result = sync($world);
    is(accounts()->{p11}, 'disabled', 'and it goes on: a delete') or diag $result->{out};
    is(accounts()->{other}, 'active', 'and it goes on: a hire');
});

each_way('a server restored from a backup' => sub {
    my ($changes) = @_;
    my $world = world(changes => $changes);
    my $ad = $world->{ad};
    is(sync($world)->{exit}, 0, 'a good read to begin with');
    my $copy = $ad->copy;
    $ad->set('p10', title => 'Boss');
    is(sync($world)->{exit}, 0, 'a change');
    $ad->restore_backup($copy);
    my $result = sync($world);
    is_deeply(accounts(), \%all, 'nobody lost anything');
    like("@{ $result->{source}{notes} // [] } @{[ $result->{source}{problem} // '' ]}",
        qr/restored|backup|invocation/i, 'it is said');
    recovers($world, 'p11', 'p30');
});

each_way('another server of the domain' => sub {
    my ($changes) = @_;
    my $world = world(changes => $changes);
    my $ad = $world->{ad};
    is(sync($world)->{exit}, 0, 'a good read to begin with');
    my $old = $ad->copy;
    $ad->user('new');
    $ad->join('app', 'new');
    is(sync($world)->{exit}, 0, 'one more');
    my $twin = Bridge::MockAd->new(
        host => 'dc2.mock.test',
        settings => { small() },
        guid => $ad->{guid}
    );
    $twin->{guid} = $ad->{guid};
    $twin->join_domain($old);
    configure($world, uri => [ $twin->uri ]);
    my $result = sync($world);
    is_deeply(accounts(), { %all, new => 'active' }, 'it lags: nobody lost anything')
        or diag $result->{out};
    $twin->receive($ad->copy);
    $result = sync($world);
    is($result->{exit}, 0, 'it caught up') or diag $result->{out};
    is_deeply(accounts(), { %all, new => 'active' }, 'everybody is there');
    $twin->remove('p10');
    $result = sync($world);
    is($result->{exit}, 0, 'a delete there') or diag $result->{out};
    is_deeply(accounts(), { %all, new => 'active', p10 => 'disabled' }, 'is seen');
    configure($world);
    $result = sync($world);
    is(accounts()->{p10}, 'disabled', 'the first one again, which does not know of it')
        or diag $result->{out};
    $ad->receive($twin->copy);
    $result = sync($world);
    is($result->{exit}, 0, 'it knows now') or diag $result->{out};
    is_deeply(accounts(), { %all, new => 'active', p10 => 'disabled' }, 'all is as it was');
});

sub becomes {
    my ($names, $why) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $wanted = named(split / /, $names);
    eval {
        wait_for('the accounts', 30, sub { eq_hash(accounts(), $wanted) });
    };
    is_deeply(accounts(), $wanted, "$why: $names");
    return;
}

sub is_watched {
    my ($ad) = @_;
    return wait_for('the notification', 30, sub { $ad->state->{notifications} });
}

# With an hour between reads, what is seen is seen because the server told.
each_way('told of changes' => sub {
    my ($changes) = @_;
    my $world =
        world(changes => $changes, people => [qw(ann bob)], top => { interval => '1h' });
    my $ad = $world->{ad};
    my $service = $world->{bridge}->start('run');
    becomes('ann bob', 'at the start');
    is_watched($ad);
    my ($asked) = $ad->searches(kind => 'notify');
    is($asked->{filter}, '(objectClass=*)', 'with the only filter that may be');
    is($asked->{attributes}, '1.1', 'without attributes');
    ok($asked->{controls}{'1.2.840.113556.1.4.417'}, 'deleted objects too');
    $ad->user('cid');
    $ad->join('app', 'cid');
    becomes('ann bob cid', 'a hire');
    $ad->remove('bob');
    becomes('ann -bob cid', 'a delete');
    $ad->hangup;
    $ad->user('dan');
    $ad->join('app', 'dan');
    becomes('ann -bob cid dan', 'the connection lost, and a change meanwhile');
    for my $notice (0, 1) {
        my $how = $notice ? 'with a notice' : 'without a word';
        is_watched($ad);
        my $before = $ad->state->{connections};
        $ad->settings(idleMs => 50, idleNotice => $notice);
        wait_for('the end of the connection', 30, sub { $ad->state->{connections} > $before });
        $ad->settings(idleMs => 0, idleNotice => 0);
        $ad->user("new$notice");
        $ad->join('app', "new$notice");
        becomes(join(' ', 'ann -bob cid dan', map {"new$_"} 0 .. $notice), "sent away $how");
    }
    ok($service->running, 'it goes on');
    $service->stop('TERM');
    is($service->status, 0, 'and ends well when told to');
});

# Five notifications a connection are the most, and a server may not have one left for us.
subtest 'notifications refused' => sub {
    my $world = world(changes => 'usn', people => [qw(ann bob)], top => { interval => '1s' });
    my $ad = $world->{ad};
    $ad->faults({ %{ result(11, 'MaxNotificationPerConn') }, match => { kind => 'notify' } });
    my $service = $world->{bridge}->start('run');
    becomes('ann bob', 'at the start');
    wait_for('the refusal', 30, sub { ($ad->fired)[0] });
    $ad->user('cid');
    $ad->join('app', 'cid');
    becomes('ann bob cid', 'at the interval');
    $service->stop('TERM');
    my $said = $world->{bridge}->result($service)->{err};
    like($said, qr/only asked at the interval.*11/, 'it is said once');
};

done_testing;
