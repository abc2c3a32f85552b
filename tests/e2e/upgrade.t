#!/usr/bin/perl
# The state of an older program is taken over: everybody keeps the account, nothing is sent for the
# change of program, and what the older one could not know is worked out from the next read.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Process qw(read_file);
use Bridge::Run;
use JSON::PP;
use Test::More;

my $data = "$FindBin::Bin/upgrade";
my $bridge = Bridge::Run->new;
my $dir = $bridge->dir;

sub load_state {
    my ($version) = @_;
    my $sql = read_file("$data/$version.sql") =~ s/\@DIR\@/$dir/gr;
    unlink glob $bridge->state_file . '*';
    $bridge->write_file('state.sql', $sql);
    my $process = Bridge::Process->new(
        command => [ 'sqlite3', '-bail', $bridge->state_file, ".read $dir/state.sql" ]);
    $process->wait;
    is($process->status, 0, "a state of version $version is there");
    $bridge->write_file('app.accounts', read_file("$data/$version.accounts"));
    return;
}

sub configure {
    my (%app) = @_;
    $bridge->write_config(
        sources => [ { name => 'corp', type => 'ldif', file => "$dir/dir.ldif" } ],
        apps => [
            {
                name => 'app',
                type => 'mem',
                file => "$dir/app.accounts",
                assign => [ { group => 'cn=app,dc=example,dc=com' } ],
                map => [
                    { to => 'userName', from => '[uid]' },
                    { to => 'displayName', from => '[cn]' },
                ],
                %app,
            }
        ],
    );
    return;
}

my $company = read_file("$data/company.ldif");

load_state(1);
$bridge->write_file('dir.ldif', $company);
configure();
my $accounts = read_file("$dir/app.accounts");
my $result = $bridge->run('sync', '--json');
is($result->{exit}, 0, 'the next sync is a normal one') or diag $result->{err}, $result->{out};
is($result->{json}{sources}[0]{removed}, 0, 'nobody is gone');
is(read_file("$dir/app.accounts"), $accounts, 'nothing was sent');
like($bridge->run('explain', 'bob')->{out}, qr/"app" > "inner"/, 'the reason is still known');

load_state(1);
$bridge->write_file('dir.ldif', '');
$result = $bridge->run('sync', '--json');
is($result->{exit}, 1, 'a first read that fails is one');
is(read_file("$dir/app.accounts"), $accounts, 'nothing was sent from facts that are not there');
$bridge->write_file('dir.ldif', $company);
is($bridge->run('sync')->{exit}, 0, 'the next one is good');
is(read_file("$dir/app.accounts"), $accounts, 'and still nothing was sent');

load_state(2);
configure();
$result = $bridge->run('sync', '--json');
is($result->{exit}, 0, 'the next sync is a normal one') or diag $result->{err}, $result->{out};
is($result->{json}{sources}[0]{removed}, 0, 'nobody is gone');
is(read_file("$dir/app.accounts"), $accounts, 'nothing was sent');
like($bridge->run('explain', 'bob')->{out}, qr/"app" > "inner"/, 'the reason is still known');
is($bridge->run('plan', '--check')->{exit}, 0, 'and nothing is left to do');

# What the older program did not know of: groups, with the accounts that it had made.
load_state(2);
configure(groups => [ { group => 'cn=app,dc=example,dc=com' } ]);
$result = $bridge->run('sync', '--json');
is($result->{exit}, 0, 'a group can be pushed at once') or diag $result->{err}, $result->{out};
is_deeply($result->{json}{apps}[0]{done}, { create_group => 1, add_members => 1 },
    'with nothing done to the accounts');
like(read_file("$dir/app.accounts"), qr/"add":\["m1","m2"\]/, 'everybody is in it');
is($bridge->run('plan', '--check')->{exit}, 0, 'and nothing is left to do');

# Why somebody is parked was not classified; who is looked at again is, and the other's pause stays.
load_state(3);
$bridge->write_file('dir.ldif', read_file("$data/staff.ldif"));
configure(
    groups => [ { group => 'cn=app,dc=example,dc=com' } ],
    map => [
        { to => 'userName', from => '[uid]' },
        { to => 'displayName', from => '[cn]' },
        { to => 'manager.value', from => '[manager]', reference => JSON::PP::true },
    ],
);
$accounts = read_file("$dir/app.accounts");
$result = $bridge->run('sync', '--json');
is($result->{exit}, 3, 'two people are still parked') or diag $result->{err}, $result->{out};
is(read_file("$dir/app.accounts"), $accounts, 'nothing was sent');
is_deeply($result->{json}{apps}[0]{parked_by}, { mapping => 1, unclassified => 1 },
    'who is looked at again has a class, who waits has none yet');
is($result->{json}{status}{apps}[0]{failures}, undef, 'the app has not failed');
is($bridge->run('plan', '--check')->{exit}, 0, 'and nothing is left to do');
$bridge->write_file('dir.ldif', read_file("$data/staff.ldif") =~ s/cn: Dan/cn: Daniel/r);
$result = $bridge->run('sync', '--json');
is_deeply($result->{json}{apps}[0]{done}, { create => 1, add_members => 1 },
    'who waits is tried when something changes');
is_deeply($result->{json}{apps}[0]{parked_by}, { mapping => 1 }, 'and is parked no more');

done_testing;
