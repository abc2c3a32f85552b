#!/usr/bin/perl
# What can break in the middle of reading from a domain controller. Whatever happens, nobody is
# removed who is still there, it is said, and the next good read is right.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Namespace;
use Bridge::MockWorld;
use Test::More;

my $app = app();
my %all = everybody();

my @page_faults = (
    [ 'cut in the middle', qr/./, { fault => 'cut', entries => 2 } ],
    [ 'a time limit', qr/result 3\b/, result(3) ],
    [ 'a size limit', qr/result 4\b/, result(4) ],
    [ 'an administrative limit', qr/result 11\b/, result(11) ],
    [ 'busy', qr/result 51\b|busy/i, result(51, '00002095: SvcErr: problem 5001 (BUSY)') ],
    [ 'unavailable', qr/result 52\b|unavailable/i, result(52) ],
    [ 'a referral', qr/result 10\b|referral|domain/i,
        { %{ result(10) }, referral => ['ldap://other.test/DC=other,DC=test'] } ],
    [ 'another type of message', qr/./, { fault => 'other-type' } ],
    [ 'sent away', qr/./, { fault => 'notice' } ],
    [ 'silence', qr/time|answer/i, { fault => 'silent' } ],
);

each_way('the second page of all' => sub {
    my ($changes) = @_;
    my $world = world(changes => $changes);
    is(sync($world)->{exit}, 0, 'a good read to begin with');
    is_deeply(accounts(), \%all, 'everybody has an account');
    my $next = 30;
    my $gone = 10;
    for my $case (@page_faults) {
        my ($why, $sentence, $rule) = @$case;
        read_all_again($world);
        survives($world, $why, $sentence, { %$rule, match => { page => 2 } });
        recovers($world, 'p' . $gone++, 'p' . $next++);
    }
});

each_way('the changes' => sub {
    my ($changes) = @_;
    my $world = world(changes => $changes);
    is(sync($world)->{exit}, 0, 'a good read to begin with');
    my $next = 30;
    my $gone = 10;
    for my $case (@page_faults) {
        my ($why, $sentence, $rule) = @$case;
        $world->{ad}->set('p29', title => "before $why");
        survives($world, $why, $sentence,
            { %$rule, match => { kind => $changes, filter => 'object' } });
        recovers($world, 'p' . $gone++, 'p' . $next++);
        is($app->user('p29')->{title}, "before $why", 'and what changed meanwhile');
    }
});

each_way('success without anything' => sub {
    my ($changes) = @_;
    my $world = world(changes => $changes);
    is(sync($world)->{exit}, 0, 'a good read to begin with');
    read_all_again($world);
    survives($world, 'an empty domain', qr/no entry at all\n.*bind account may read/,
        map { { fault => 'empty', match => { kind => $_, scope => 'sub' } } }
            qw(search usn dirsync));
    recovers($world, 'p10', 'p30');
});

subtest 'ranges' => sub {
    my $world = world(changes => 'usn');
    is(sync($world)->{exit}, 0, 'a good read to begin with');
    my $next = 30;
    my $gone = 10;
    for my $case (
        [ 'a range that never ends', 'range-stop' ],
        [ 'a range with a gap', 'range-gap' ],
        [ 'always the first range', 'range-wrong' ],
        [ 'cut in a range', 'cut' ],
        [ 'another type of message for a range', 'other-type' ],
        )
    {
        my ($why, $fault) = @$case;
        # Before the answer that is spoilt, so that the group must be read.
        my $new = 'p' . $next++;
        $world->{ad}->user($new);
        $world->{ad}->join('app', $new);
        my $result = survives($world, $why, qr/app|group|range|members|connection|result 12/i,
            { fault => $fault, match => { kind => 'range' } });
        note $result->{source}{problem};
        is(sync($world)->{exit}, 0, "$why: the next one is good");
        is(accounts()->{$new}, 'active', "$why: and the new one is there");
        recovers($world, 'p' . $gone++, 'p' . $next++);
    }
};

each_way('references into another domain' => sub {
    my ($changes) = @_;
    my $world = world(changes => $changes);
    is(sync($world)->{exit}, 0, 'a good read to begin with');
    read_all_again($world);
    $world->{ad}->faults(
        {
            fault => 'references',
            uris => ['ldap://127.0.0.1:1/DC=child,DC=mock,DC=test'],
            match => { base => '^DC=mock' }
        }
    );
    my $result = sync($world);
    cmp_ok(($world->{ad}->fired)[0], '>', 0, 'there were some');
    is_deeply(accounts(), \%all, 'nobody lost anything');
    unlike($result->{out}, qr/127\.0\.0\.1:1\b/, 'and nobody went there');
    $world->{ad}->faults;
    recovers($world, 'p10', 'p30');
});

# Some objects do not show their id to this account.
each_way('objects without an id' => sub {
    my ($changes) = @_;
    my $world = world(changes => $changes);
    is(sync($world)->{exit}, 0, 'a good read to begin with');
    read_all_again($world);
    $world->{ad}->faults({ fault => 'hide', names => ['objectGUID'], entry => 'CN=p1[0-4],' });
    my $result = sync($world);
    is_deeply(accounts(), \%all, 'nobody lost anything');
    like("@{ $result->{source}{notes} // [] } @{[ $result->{source}{problem} // '' ]}",
        qr/objectGUID|CN=p1/i, 'it is said');
    $world->{ad}->faults;
    recovers($world, 'p10', 'p30');
});

each_way('values nobody asked for, and very long ones' => sub {
    my ($changes) = @_;
    my $world =
        world(changes => $changes, people => [qw(ann bob)], source => { timeout => '20s' });
    my $hash = 'NT-HASH-1234567890';
    $world->{ad}->faults(
        { fault => 'add', name => 'unicodePwd', value => $hash, entry => 'CN=ann' });
    holds($world, 'ann bob', 'a password hash');
    open my $file, '<:raw', $world->{bridge}->state_file or die $!;
    my $state = do { local $/; <$file> };
    close $file;
    is(index($state, $hash), -1, 'is not kept');
    read_all_again($world);
    $world->{ad}->faults(
        { fault => 'add', name => 'info', length => 6_000_000, entry => 'CN=ann' });
    holds($world, 'ann bob', 'six megabytes in one value', []);
    $world->{ad}->faults({ fault => 'intermediate' });
    read_all_again($world);
    holds($world, 'ann bob', 'a message that means nothing', []);
    $world->{ad}->faults({ fault => 'slow', ms => 300, every => 3 });
    read_all_again($world);
    holds($world, 'ann bob', 'slow answers', []);
});

done_testing;
