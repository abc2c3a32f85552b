#!/usr/bin/perl
# However often the program dies while it follows a domain, nothing of what it was told is lost:
# stopped dead at each of its crash points and run again, it makes the same accounts as without.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Process qw(read_file);
use Bridge::Run;
use Bridge::Samba;
use File::Copy qw(copy);
use JSON::PP;
use Test::More;

use constant MOST_POINTS => 100;

# One domain for both ways; what the second finds has happened already, but not to its state.
my $dc = Bridge::Samba->new(
    dirsync => 1,
    tombstones => 1,
    users => [qw(ann bob cid dan)],
    groups => { app => [qw(ann bob dan)] }
);
my %bridge = map { $_ => bridge($_) } qw(dirsync usn);

sub bridge {
    my ($changes) = @_;
    my $bridge = Bridge::Run->new;
    $bridge->write_config(
        sources => [ $dc->source(base => 'OU=Corp,' . $dc->base_dn, changes => $changes) ],
        apps => [
            {
                name => 'app',
                type => 'mem',
                file => $bridge->dir . '/accounts',
                first_run => 'apply',
                assign => [ { group => $dc->group_dn('app') } ],
                map => [
                    { to => 'userName', from => '[sAMAccountName]' },
                    { to => 'nickName', from => '[dn]' },
                ],
            }
        ],
    );
    is($bridge->run('sync')->{exit}, 0, "$changes: the first read");
    return $bridge;
}

# Names of accounts with DN and whether they are active; the last line of an id counts.
sub accounts {
    my ($bridge) = @_;
    my %by_id;
    for my $line (split /\n/, read_file($bridge->dir . '/accounts')) {
        my $row = decode_json($line);
        $by_id{ $row->{id} } = $row->{document};
    }
    return [ sort map { join '|', @$_{qw(userName nickName)}, $_->{active} // 1 } values %by_id ];
}

sub keep {
    my ($bridge, $from, $to) = @_;
    my $dir = $bridge->dir;
    unlink glob "$dir/state.db*" if $from;
    for my $name (qw(state.db accounts)) {
        copy("$dir/$from$name", "$dir/$to$name") or die "$name: $!\n";
    }
    return;
}

sub crash_everywhere {
    my ($way) = @_;
    my $bridge = $bridge{$way};
    is($bridge->run('sync')->{exit}, 0, 'without a crash');
    my $expected = accounts($bridge);
    is(scalar(grep {/\|1$/} @$expected), 2, 'two have an account in the end');
    for my $point (1 .. MOST_POINTS) {
        keep($bridge, 'kept-', '');
        my $crashed = $bridge->run('sync', { crash_at => $point });
        if (!$crashed->{killed}) {
            cmp_ok($point, '>', 8, 'it was stopped at ' . ($point - 1) . ' points');
            return;
        }
        my $result = $bridge->run('sync');
        is_deeply([ $result->{exit}, accounts($bridge) ], [ 0, $expected ], "stopped at $point")
            or diag $result->{err}, $result->{out};
    }
    fail('it comes to an end');
    return;
}

keep($_, '', 'kept-') for values %bridge;
$dc->delete($dc->dn('bob'));
$dc->disable('ann');
$dc->join_group('app', 'cid');
$dc->modrdn('OU=People,OU=Corp,' . $dc->base_dn, 'OU=Staff');

for my $way (sort keys %bridge) {
    subtest "by $way" => sub { crash_everywhere($way) };
}
done_testing;
