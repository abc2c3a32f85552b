#!/usr/bin/perl
# A state that cannot be trusted or written stops everything before a request is sent, with the way
# back; and the way back, beginning anew, finds every account again.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Free qw(wait_for);
use Bridge::World;
use File::Copy qw(copy);
use JSON::PP;
use Test::More;

my @people = map {"p$_"} 10 .. 39;
my $world = Bridge::World->new(
    misbehaving => 1,
    people => \@people,
    groups => { app => \@people }
);
my ($app, $bridge) = ($world->app, $world->bridge);
my $state = $bridge->state_file;
my %all = map { $_ => 'active' } @people;
is($world->sync->{exit}, 0, 'a first sync');
is_deeply($world->accounts, \%all, 'everybody has an account');
copy($state, "$state.good");

sub restore {
    unlink glob "$state $state-* $state.lock";
    copy("$state.good", $state);
    chmod 0600, $state;
    return;
}

# What a person may do instead of root, whom no mode stops.
sub as_nobody {
    return $< ? () : (wrap => [ 'setpriv', '--reuid=65534', '--regid=65534', '--clear-groups' ]);
}

sub stops {
    my ($why, $sentence, %option) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    $world->forget;
    $world->set('p10', title => 'Title ' . int rand 1e9);
    for my $command ($option{commands} ? @{ $option{commands} } : qw(sync plan)) {
        my $result = $bridge->run($command, \%option);
        is($result->{exit}, 1, "$why: $command fails") or diag $result->{out};
        like($result->{err}, $sentence, "$why: $command says why and the way back");
        unlike($result->{err}, qr/\bsqlite3?_|[a-z]+_[a-z]+\(/, "$why: in words for people");
        is($result->{out}, '', "$why: there is no result");
    }
    is_deeply($app->requests, [], "$why: nothing was sent");
    return;
}

sub damage {
    my ($change) = @_;
    restore();
    open my $file, '+<:raw', $state or die "$state: $!";
    $change->($file);
    close $file;
    return;
}

my $way_back = qr/damaged.*\n +.*(?:move|aside|away|rename).*sync/is;

subtest 'cut short' => sub {
    my $size = -s "$state.good";
    for my $length ($size / 2, 4096, 100) {
        damage(sub { truncate $_[0], int $length });
        stops("cut at $length", $way_back);
    }
};

subtest 'garbage' => sub {
    damage(sub { seek $_[0], 0, 0; print { $_[0] } "This is no database. " x 1000 });
    stops('another file', qr/not a database|damaged|no state/);
};

# Bytes overwritten in the middle are found when the last writer died.
subtest 'bytes overwritten' => sub {
    damage(
        sub {
            my $size = -s $state;
            for my $page (2 .. $size / 4096 - 1) {
                seek $_[0], $page * 4096, 0;
                print { $_[0] } "\xff" x 200;
            }
        }
    );
    $bridge->write_file('state.db.lock', "99999999\n", 0600);
    stops('overwritten', $way_back);
};

subtest 'it may not be written' => sub {
    my $folder = $bridge->dir . '/closed';
    mkdir $folder;
    copy("$state.good", "$folder/state.db");
    chmod 0444, "$folder/state.db";
    $world->configure(state => "$folder/state.db");
    if (!$<) {
        # The user who runs it may read the config and its secrets.
        chmod 0755, $bridge->dir;
        chown 65534, 65534, glob $bridge->dir . '/secret-*';
    }
    my $says = qr/cannot .*state .*\n +.*must be writable/;
    chmod 0777, $folder;
    stops('a file of somebody else', $says, as_nobody());
    unlink glob "$folder/*";
    chmod 0555, $folder;
    stops('a folder of somebody else', $says, as_nobody());
    chmod 0700, $bridge->dir, $folder;
    $world->configure;
};

subtest 'no folder' => sub {
    $world->configure(state => '/nonexistent/folder/state.db');
    stops('no folder', qr/there is no folder '\/nonexistent\/folder'\n +make the folder/);
    $world->configure;
};

subtest 'no state yet' => sub {
    $world->configure(state => $bridge->dir . '/new.db');
    for my $command ([ 'status' ], [ 'explain', 'p10' ]) {
        my $result = $bridge->run(@$command);
        is($result->{exit}, 1, "$command->[0]: failed");
        like($result->{err}, qr/there is no state '.*new\.db' yet\n +run 'dirbridge sync'/,
            "$command->[0]: says what to do");
    }
    $world->configure;
};

subtest 'of a newer program' => sub {
    restore();
    is(system('sqlite3', $state, 'PRAGMA user_version = 9999'), 0, 'made one');
    stops('newer', qr/newer|9999/, commands => [qw(sync plan status)]);
    restore();
};

subtest 'nobody else may read it' => sub {
    is((stat $state)[2] & 0777, 0600, 'mode 0600');
    unlink glob "$state $state-* $state.lock";
    my $result = $bridge->run('plan', { wrap => [ 'sh', '-c', 'umask 0; exec "$@"', 'sh' ] });
    is($result->{exit}, 0, 'made with umask 0');
    is((stat $state)[2] & 0077, 0, 'and private all the same');
    restore();
};

# A second one at the same time, while the first waits for a slow application.
subtest 'two at a time' => sub {
    restore();
    $app->faults({ fault => 'slow', ms => 3000, match => { method => 'PATCH' } });
    $world->set('p11', title => 'Slow');
    $app->forget;
    my $first = $bridge->start('sync');
    wait_for('the first to be busy', 20, sub { @{ $app->writes } });
    my $second = $bridge->start('sync');
    is($bridge->run('status')->{exit}, 0, 'status reads beside it');
    is($bridge->run('explain', 'p11')->{exit}, 0, 'so does explain');
    ok($first->running && $second->running, 'the second waits');
    ok($first->wait(20), 'the first goes on');
    ok($second->wait(20), 'and then the second');
    is($bridge->result($second)->{exit}, 0, 'which finds the store free');
    is($bridge->result($first)->{exit}, 0, 'and ends well');
    my @asked = @{ $world->writes };
    is(scalar(grep { $_ eq 'PATCH /Users/p11' } @asked), 1, 'nothing was sent twice')
        or diag "@asked";
    $app->faults;
    is($world->sync->{exit}, 0, 'then it is free');
};

my $disk;
END { system "umount '$disk' 2>/dev/null" if $disk }

subtest 'the disk is full' => sub {
    $disk = $bridge->dir . '/disk';
    mkdir $disk;
    if (system("mount -t tmpfs -o size=400k none '$disk' 2>/dev/null") != 0) {
        $disk = undef;
        plan skip_all => 'only root can mount a small disk';
    }
    restore();
    copy("$state.good", "$disk/state.db");
    $world->configure(state => "$disk/state.db");
    $world->forget;
    $world->hire("h$_", description => 'x' x 3000, title => 'y' x 2000) for 100 .. 160;
    $world->join_group('app', map {"h$_"} 100 .. 160);
    my $result = $bridge->run('sync');
    is($result->{exit}, 1, 'full: failed') or diag $result->{out};
    like("$result->{out}$result->{err}", qr/disk.*full|no space/i, 'full: says so');
    is_deeply($app->writes, [], 'full: nothing was sent');
    is(system("mount -o remount,size=16m none '$disk'"), 0, 'room is made');
    $result = $bridge->run('sync');
    is($result->{exit}, 0, 'it goes on') or diag $result->{out}, $result->{err};
    is(scalar(grep { $_->{userName} =~ /^h/ } $app->users), 61, 'everybody new is there, once');
    is(system("umount '$disk'"), 0, 'done with the disk');
    $disk = undef;
    $world->configure;
    $world->slapd->delete(map { $world->dn("h$_") } 100 .. 160);
};

# The way back.
subtest 'lost' => sub {
    $app->reset;
    $app->seed(users => [ { userName => 'stranger', active => JSON::PP::true } ]);
    $world->forget_state;
    is($world->sync->{exit}, 0, 'everybody new');
    my %id = map { $_->{userName} => $_->{id} } $app->users;
    $world->forget_state;
    $world->set('p12', title => 'Changed meanwhile');
    $world->configure(app => { first_run => 'hold' });
    $world->forget;
    my $result = $world->sync;
    is($result->{exit}, 4, 'the first plan without a state is held');
    is_deeply($result->{app}{planned}, { adopt => 30 }, 'it adopts everybody');
    is_deeply($app->writes, [], 'and has sent nothing');
    is($bridge->run('approve')->{exit}, 0, 'approved');
    $result = $world->sync;
    is($result->{exit}, 0, 'carried out') or diag $result->{out}, $result->{err};
    is_deeply({ map { $_->{userName} => $_->{id} } $app->users }, \%id,
        'everybody has the account of before');
    is_deeply($world->writes, ['PATCH /Users/p12'], 'only what changed was sent');
    is($app->user('p12')->{title}, 'Changed meanwhile', 'and arrived');
    $world->forget;
    $world->leave_group('app', 'p13');
    is($world->sync->{exit}, 0, 'a leaver');
    is($world->accounts->{p13}, 'disabled', 'is disabled as ever');
};

done_testing;
