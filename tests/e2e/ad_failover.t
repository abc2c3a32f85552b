#!/usr/bin/perl
# Two domain controllers that replicate: the one that was read last is read again while it answers,
# else the other one goes on. One that lags takes nothing back, enables nobody who left, and removes
# nobody; once it has caught up, it is as good as the other.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Namespace;
use Bridge::AdWorld;
use Bridge::Free qw(wait_for);
use Bridge::SambaPair;
use Test::More;

my $pair = Bridge::Samba::Pair->new(
    dirsync => 1,
    tombstones => 1,
    users => [qw(ann bob cid)],
    groups => { app => [qw(ann bob)] }
);
my ($first, $second) = $pair->both;
my $compared = qr/another domain controller answers.*everything is compared/;
my $prepared = 0;

# A controller that was just started still has connections of before.
sub replicate {
    wait_for('replication', 60, sub { eval { $pair->replicate; 1 } });
    return;
}

# A new one has read the first controller, which stands first in the list.
sub world {
    my ($changes, %source) = @_;
    my $world = Bridge::AdWorld->new(
        dc => $first,
        prepared => $prepared,
        source => {
            uri => $pair->source->{uri},
            tls => $pair->source->{tls},
            changes => $changes,
            %source
        }
    );
    replicate() if $prepared++ == 0;
    $world->holds('ann bob gil', 'before', sent => [ ('POST /Users') x 3 ]);
    return $world;
}

# From which of them the program has what it knows.
sub is_read_from {
    my ($world, $dc, $why) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $host = $dc->fqdn;
    my $address = $dc->address;
    like($world->cursor, qr{"uri":"ldaps://(?:\Q$host\E|\Q$address\E)[:"]}, $why);
    return;
}

# What the next pull brings from another controller, by this way.
sub elsewhere { return $_[0] eq 'dirsync' ? (delta => 1) : (note => $compared) }

for my $way (qw(dirsync usn)) {
    subtest "$way: the first one stops, all is replicated" => sub {
        my $world = world($way);
        is_read_from($world, $first, 'the first one was read');
        $first->set($first->dn('ann'), title => 'Boss');
        $first->hire('eve');
        $first->join_group('app', 'eve');
        replicate();
        $first->stop;
        $world->holds('ann bob eve gil', 'the other one goes on',
            sent => [ 'PATCH /Users/ann', 'POST /Users' ], elsewhere($way));
        is($world->app->user('ann')->{title}, 'Boss', 'the change arrived');
        is_read_from($world, $second, 'from the other one');
        $second->delete($second->dn('eve'));
        $world->holds('ann bob -eve gil', 'a delete there', sent => ['PATCH /Users/eve'],
            delta => 1);
        $first->start;
        replicate();
        $world->holds('ann bob -eve gil', 'the first one is back', sent => [], delta => 1);
        is_read_from($world, $second, 'the last one is asked first');
        $second->stop;
        $first->set($first->dn('ann'), title => 'Clerk');
        $world->holds('ann bob -eve gil', 'the other one stops', sent => ['PATCH /Users/ann'],
            elsewhere($way));
        is_read_from($world, $first, 'the first one again');
        $second->start;
        replicate();
    };
}

# A leaver whom only the first one knows to be disabled.
sub leaves {
    my ($world) = @_;
    $pair->hold($second);
    $first->disable('bob');
    $world->holds('ann -bob gil', 'a leaver', sent => ['PATCH /Users/bob']);
    $first->stop;
    return;
}

sub is_back {
    my ($world) = @_;
    $first->start;
    $pair->release($second);
    replicate();
    $first->stop;
    my $result =
        $world->holds('ann -bob gil', 'it caught up: the other one is believed', sent => []);
    is_read_from($world, $second, 'and was read');
    $first->start;
    replicate();
    $second->enable('bob');
    $world->holds('ann bob gil', 'and the leaver is back', sent => ['PATCH /Users/bob'],
        delta => 1);
    replicate();
    return $result;
}

subtest 'dirsync: the other one lags' => sub {
    my $world = world('dirsync');
    leaves($world);
    $second->set($second->dn('ann'), title => 'Boss');
    $world->holds('ann -bob gil', 'nobody is enabled again, and its own changes are seen',
        sent => ['PATCH /Users/ann'], delta => 1);
    my %filter = (filter => '(&(objectCategory=person)(objectClass=user)(mail=*))');
    $world->configure(source => { users => \%filter });
    $world->refuses('a full read, which it must not be asked for',
        qr/'dcb\.up\.test' lacks changes that were read before.*repadmin/s);
    $world->configure;
    $world->holds('ann -bob gil', 'as it was', sent => [], delta => 1);
    is_back($world);
};

subtest 'usn: the other one lags' => sub {
    my $world = world('usn');
    leaves($world);
    my $cursor = $world->cursor;
    my $why = qr/'dcb\.up\.test' lacks changes that were read before.*nothing is taken over/s;
    $world->refuses('it is the only one', $why);
    $world->refuses('and again', $why);
    is($world->cursor, $cursor, 'what was read last stays');
    my $result = is_back($world);
    like("@{ $result->{source}{notes} }", $compared, 'everything was compared');
};

# It has what there is, as far as anybody can tell: what it lacks may be lost for good.
subtest 'usn: it lags for longer than we wait' => sub {
    my $world = world('usn');
    leaves($world);
    $world->refuses('at first', qr/lacks changes/);
    $world->configure(source => { max_lag => '1s' });
    my $result;
    wait_for('the second to be over', 20, sub {
        $result = $world->sync;
        return $result->{exit} == 0;
    });
    like("@{ $result->{source}{notes} }", qr/lacks changes .*: it had time enough to catch up/,
        'that is said');
    is_deeply($world->accounts, { map { $_ => 'active' } qw(ann bob gil) }, 'and it is believed');
    $first->start;
    $world->configure;
    $pair->release($second);
    replicate();
    $world->holds('ann -bob gil', 'the leaver, from the other one', sent => ['PATCH /Users/bob'],
        delta => 1);
    $second->enable('bob');
    replicate();
};

# The last one, because from here on the controllers find each other no more.
subtest 'controllers found by DNS' => sub {
    my $world = world('auto');
    $pair->dns;
    $world->configure(source => { uri => undef, domain => 'up.test' });
    $first->stop;
    $world->holds('ann bob gil', 'the first one is dead', sent => []);
    is_read_from($world, $second, 'the other one was found');
    $first->start;
    $second->stop;
    $first->set($first->dn('ann'), title => 'Chief');
    $world->holds('ann bob gil', 'the other one is dead', sent => ['PATCH /Users/ann']);
    is_read_from($world, $first, 'the first one was found');
    $first->stop;
    $world->refuses('both are dead', qr/none of the servers can be used.*dc[ab].*dc[ab]/s);
    $first->start;
    $world->holds('ann bob gil', 'and back', sent => [], delta => 1);
};

done_testing;
