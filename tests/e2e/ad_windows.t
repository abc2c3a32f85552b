#!/usr/bin/perl
# What Windows domain controllers do and Samba does not: answers in pages, ranges and rounds, a
# recycle bin, rights that are missing without a word, TLS and the ways to refuse a bind.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Namespace;
use Bridge::MockAd;
use Bridge::MockWorld;
use Test::More;

my $app = app();
my %all = everybody();

each_way('day to day, in small answers' => sub {
    my ($changes) = @_;
    my $world = world(changes => $changes, people => [qw(ann bob cid)], members => [qw(ann bob)]);
    my $ad = $world->{ad};
    my $north = $ad->add('OU=North,OU=People', class => 'organizationalUnit');
    $ad->user('gil', in => 'OU=North,OU=People');
    $ad->group('inner', 'gil');
    $ad->join('app', 'inner');
    holds($world, 'ann bob gil', 'the first read', [ ('POST /Users') x 3 ]);
    $ad->forget;
    holds($world, 'ann bob gil', 'nothing new', []);
    my ($poll) = $ad->searches(kind => $changes, page => 1);
    ok($poll, 'changes were asked for');

    $ad->user('dan');
    $ad->join('app', 'dan');
    holds($world, 'ann bob dan gil', 'a hire', ['POST /Users']);
    $ad->set('ann', title => 'Boss');
    holds($world, 'ann bob dan gil', 'a change', ['PATCH /Users/ann']);
    is($app->user('ann')->{title}, 'Boss', 'and it arrived');
    $ad->set('ann', title => undef);
    holds($world, 'ann bob dan gil', 'a value removed', ['PATCH /Users/ann']);
    is($app->user('ann')->{title}, undef, 'and it is gone');
    $ad->set('ann', description => 'nobody maps this');
    holds($world, 'ann bob dan gil', 'a change nobody maps', []);
    $ad->set('bob', userAccountControl => 514);
    holds($world, 'ann -bob dan gil', 'disabled', ['PATCH /Users/bob']);
    $ad->set('bob', userAccountControl => 512);
    holds($world, 'ann bob dan gil', 'enabled', ['PATCH /Users/bob']);

    $ad->leave('app', 'bob');
    holds($world, 'ann -bob dan gil', 'taken out of the group', ['PATCH /Users/bob']);
    $ad->primary('bob', 'app');
    holds($world, 'ann bob dan gil', 'it is the primary group', ['PATCH /Users/bob']);
    $ad->primary('bob', 'CN=Domain Users,CN=Users');
    holds($world, 'ann bob dan gil', 'a plain member again', []);
    $ad->leave('app', 'bob');
    holds($world, 'ann -bob dan gil', 'taken out again', ['PATCH /Users/bob']);

    my $id = $app->user('ann')->{id};
    $ad->move('ann', rdn => 'CN=Anna');
    $ad->set('ann', sAMAccountName => 'anna');
    holds($world, 'anna -bob dan gil', 'a person renamed', ['PATCH /Users/anna']);
    is($app->user('anna')->{id}, $id, 'keeps the account');
    $ad->move('North', rdn => 'OU=Nord');
    holds($world, 'anna -bob dan gil', 'a container renamed', []);
    $ad->move('dan', parent => 'OU=Outside');
    holds($world, 'anna -bob dan gil', 'a move inside the base', []);

    $ad->remove('dan');
    holds($world, 'anna -bob -dan gil', 'deleted', ['PATCH /Users/dan']);
    is(sync($world)->{exit}, 0, 'and again');
    is_deeply(writes(), [], 'nothing is sent');
});

# The base is a part of the domain; what leaves it is gone for us, though not for the domain.
each_way('in and out of the base' => sub {
    my ($changes) = @_;
    my $world = world(
        changes => $changes,
        people => [qw(ann bob)],
        source => { base => 'OU=People,DC=mock,DC=test', groups => { base => 'DC=mock,DC=test' } }
    );
    my $ad = $world->{ad};
    $world->{source} = {};
    configure($world, users => { filter => '(&(objectCategory=person)(objectClass=user))' });
    holds($world, 'ann bob', 'the first read');
    $ad->add('OU=North,OU=People', class => 'organizationalUnit');
    $ad->user('gil', in => 'OU=North,OU=People');
    $ad->join('app', 'gil');
    holds($world, 'ann bob gil', 'one in a container', ['POST /Users']);
    $ad->remove('OU=North,OU=People');
    holds($world, 'ann bob -gil', 'deleted with its container', ['PATCH /Users/gil']);
});

each_way('the numbers of a real server' => sub {
    my ($changes) = @_;
    my $ad = Bridge::MockAd->new;
    $ad->group('app');
    $ad->fill(3200, group => 'app');
    my $world = world(changes => $changes, ad => $ad, source => { timeout => '30s' });
    my $plan = $world->{bridge}->run('plan', '--json');
    is($plan->{exit}, 0, 'planned') or diag $plan->{out}, $plan->{err};
    like($plan->{out}, qr/\b3200\b/, '3,200 people, all members of one group');
});

# A group's number does not change when a member comes back from the recycle bin.
each_way('the recycle bin' => sub {
    my ($changes) = @_;
    my $world = world(
        changes => $changes,
        people => [qw(ann bob cid)],
        settings => { recycleBin => 1 }
    );
    my $ad = $world->{ad};
    holds($world, 'ann bob cid', 'before');
    my $id = $app->user('bob')->{id};
    $ad->remove('bob');
    holds($world, 'ann -bob cid', 'deleted', ['PATCH /Users/bob']);
    $ad->restore('bob');
    holds($world, 'ann bob cid', 'restored', ['PATCH /Users/bob']);
    is($app->user('bob')->{id}, $id, 'to the same account');
    $ad->remove('bob');
    $ad->restore('bob');
    holds($world, 'ann bob cid', 'deleted and restored between two reads', []);
    $ad->remove('bob');
    holds($world, 'ann -bob cid', 'deleted again', ['PATCH /Users/bob']);
    $ad->recycle('bob');
    holds($world, 'ann -bob cid', 'its time in the bin is over', []);
});

each_way('without a recycle bin' => sub {
    my ($changes) = @_;
    my $world = world(changes => $changes, people => [qw(ann bob)]);
    my $ad = $world->{ad};
    holds($world, 'ann bob', 'before');
    $ad->remove('bob');
    holds($world, 'ann -bob', 'deleted', ['PATCH /Users/bob']);
    $ad->restore('bob', attributes => { userAccountControl => 512, displayName => 'Bob B' });
    holds($world, 'ann -bob', 'reanimated, which gives no group back', []);
    $ad->join('app', 'bob');
    my $id = $app->user('bob')->{id};
    holds($world, 'ann bob', 'a member again');
    is($app->user('bob')->{id}, $id, 'with the same account');
    is($app->user('bob')->{displayName}, 'Bob B', 'as the directory has him now');
});

# What goes over the wire, and what does not.
subtest 'what a read by USN asks for' => sub {
    my $world = world(changes => 'usn');
    my $ad = $world->{ad};
    is(sync($world)->{exit}, 0, 'the first read');
    $ad->set('p10', title => 'Boss');
    $ad->forget;
    is(sync($world)->{exit}, 0, 'a change');
    my ($poll) = $ad->searches(kind => 'usn');
    ok($poll, 'changes were asked for') or return;
    my %asked = map { lc $_ => 1 } split / /, $poll->{attributes};
    ok(!$asked{member}, 'without the members of groups');
    is_deeply([ $poll->{filter} =~ /\((\w+)(?==|>=)/g ],
        [ grep {/^(?:objectclass|usnchanged)$/i} $poll->{filter} =~ /\((\w+)(?==|>=)/g ],
        'by class and number only');
    is($poll->{base}, $ad->base_dn, 'in the whole domain');
    ok($poll->{controls}{'1.2.840.113556.1.4.417'}, 'deleted objects too');
    ok(exists $poll->{controls}{'1.2.840.113556.1.4.1339'}, 'without references');
    cmp_ok($poll->{entries}, '<=', 2, 'nothing but what changed');
    my %attributes = map { lc $_ => 1 } map { split / /, $_->{attributes} } $ad->searches;
    ok(!(grep {/pwd|password|credential/ && $_ ne 'pwdlastset'} keys %attributes),
        'nothing asks for secrets');
    ok(!$attributes{'*'}, 'nor for all there is');
};

subtest 'what DirSync brings' => sub {
    my $world = world(changes => 'dirsync', settings => { dirsyncValues => 1000 });
    my $ad = $world->{ad};
    is(sync($world)->{exit}, 0, 'the first read');
    $ad->leave('app', 'p10');
    $ad->forget;
    my $result = sync($world);
    is($result->{exit}, 0, 'one left the group') or diag $result->{out};
    is_deeply(writes(), ['PATCH /Users/p10'], 'and that is what was sent');
    my $bytes = 0;
    $bytes += $_->{bytes} // 0 for $ad->searches(kind => 'dirsync');
    cmp_ok($bytes, '>', 0, 'changes were asked for');
    cmp_ok($bytes, '<', 2000, 'the rest of the group was not sent');
};

# An account without the right to replicate.
subtest 'auto takes what the account may do' => sub {
    my $world = world(changes => 'auto', settings => { dirsync => 0 });
    my $ad = $world->{ad};
    is(sync($world)->{exit}, 0, 'the first read');
    is_deeply(accounts(), \%all, 'everybody has an account');
    $ad->remove('p10');
    holds($world, join(' ', map { $_ eq 'p10' ? "-$_" : $_ } sort keys %all), 'a delete is seen');
    my @rights =
        map { $_->{flags} & 1 } grep { $_->{result} == 0 } $ad->searches(kind => 'dirsync');
    ok(scalar @rights, 'by DirSync');
    ok(!(grep { !$_ } @rights), 'with object security, which needs no right');
};

# Without this right deletes are not told, and nothing says so.
each_way('tombstones cannot be read' => sub {
    my ($changes) = @_;
    my $world = world(changes => $changes, settings => { tombstones => 0, dirsync => 0 });
    my $ad = $world->{ad};
    my $result = sync($world);
    is_deeply(accounts(), \%all, 'everybody has an account') or diag $result->{out};
    $ad->remove('p10');
    $result = sync($world);
    is_deeply(
        accounts(), { %all, p10 => 'disabled' },
        'a delete is found by comparing all'
    ) or diag $result->{out};
    my $check = $world->{bridge}->run('check');
    like($check->{out}, qr/Deleted Objects/, 'check says which right is missing');
});

subtest 'a cookie that is refused' => sub {
    my $world = world(changes => 'dirsync');
    is(sync($world)->{exit}, 0, 'a good read to begin with');
    my $gone = 10;
    for my $case (
        [ 'damaged', 12, '00000057: LdapErr: DSID-0C0907F6, comment: Error processing control' ],
        [ 'older than tombstones live', 53, '000021BA: SvcErr: DSID-031A, problem 5003' ],
        )
    {
        my ($why, $code, $text) = @$case;
        my $name = 'p' . $gone++;
        $world->{ad}->remove($name);
        $world->{ad}->forget;
        $world->{ad}->faults({ %{ result($code, $text) }, match => { kind => 'dirsync', cookie =>
            JSON::PP::true } });
        my $result = sync($world);
        is($result->{exit}, 0, "$why: all is read in the same run") or diag $result->{out};
        is(accounts()->{$name}, 'disabled', "$why: who was deleted meanwhile is found");
        is(scalar(grep { $_ eq 'disabled' } values %{ accounts() }), $gone - 10, 'nobody else');
        $world->{ad}->faults;
    }
    recovers($world, 'p28', 'p30');
};

# The group's values take several rounds; the change is seen once.
subtest 'one object in several rounds' => sub {
    my $world = world(changes => 'dirsync', settings => { dirsyncValues => 3 });
    is(sync($world)->{exit}, 0, 'a good read to begin with');
    is_deeply(accounts(), \%all, 'all members arrived');
    $world->{ad}->user("q$_") for 1 .. 8;
    $world->{ad}->join('app', map {"q$_"} 1 .. 8);
    $world->{ad}->leave('app', map {"p$_"} 10 .. 16);
    my $result = sync($world);
    is($result->{exit}, 0, 'eight come, seven leave') or diag $result->{out};
    is_deeply(
        accounts(),
        { %all, (map { ("q$_" => 'active') } 1 .. 8), (map { ("p$_" => 'disabled') } 10 .. 16) },
        'all of them'
    );
};

subtest 'binds' => sub {
    my $world = world(changes => 'usn', people => ['ann'], settings => { signing => 1 });
    my $result = sync($world);
    is($result->{exit}, 1, 'a server that wants TLS: failed');
    like($result->{source}{problem}, qr/ldaps|starttls|signing/i, 'says what to set');
    $world->{ad}->settings(signing => 0);
    my %sentence = (
        '52e' => qr/password/,
        525 => qr/user|account/,
        530 => qr/hours|time/,
        531 => qr/workstation|computer|machine/,
        532 => qr/expired/,
        533 => qr/disabled/,
        701 => qr/expired/,
        773 => qr/change/,
        775 => qr/locked/,
    );
    for my $data (sort keys %sentence) {
        my $text = "80090308: LdapErr: DSID-0C090449, comment: AcceptSecurityContext error, "
            . "data $data, v4563";
        $world->{ad}->faults({ %{ result(49, $text) }, match => { kind => 'bind' } });
        $result = sync($world);
        is($result->{exit}, 1, "data $data: failed");
        like($result->{source}{problem}, $sentence{$data}, "data $data: says why");
    }
    $world->{ad}->faults({ %{ result(51) }, match => { kind => 'bind' } });
    is(sync($world)->{exit}, 1, 'busy: failed');
    $world->{ad}->faults;
    holds($world, 'ann', 'and then it works');
};

subtest 'TLS' => sub {
    my $ad = Bridge::MockAd->new(tls => 1, settings => { small(), signing => 1 });
    $ad->user('ann');
    $ad->group('app', 'ann');
    my $world = world(changes => 'usn', ad => $ad);
    my %tls = (insecure => undef, tls => { ca_file => $ad->ca_file });
    configure($world, %tls, uri => [ $ad->ldaps_uri ]);
    holds($world, 'ann', 'ldaps://', ['POST /Users']);
    configure($world, %tls, tls => { ca_file => $ad->ca_file, starttls => 'true' });
    holds($world, 'ann', 'StartTLS', []);
    ok(!(grep { !$_->{secure} && $_->{operation} eq 'bind' } $ad->log), 'no password in the clear');
};

done_testing;
