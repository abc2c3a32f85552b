#!/usr/bin/perl
# 'dirbridge run' against Active Directory: a change is at the application well under a second after
# it was made, whether changes are followed by DirSync or by USN, with a password or with Kerberos;
# an account that expires is switched off at its moment; and a domain controller that goes away and
# comes back costs nothing that happened meanwhile.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::AdWorld;
use Bridge::Free qw(wait_for);
use Bridge::Process qw(read_file);
use Test::More;
use Time::HiRes qw(time);

my $world = Bridge::AdWorld->new(users => [qw(ann bob cid)], groups => { app => [qw(ann bob)] });
my ($dc, $app, $bridge) = ($world->dc, $world->app, $world->bridge);
my $service;

sub err { return read_file($service->{err}) }
sub passes { my @lines = err() =~ /: run \d+ \(/g; return scalar @lines }

sub start {
    my (%source) = @_;
    $bridge->write_config(
        interval => '1h',
        debounce => '50ms',
        sources => [ $world->source(%source) ],
        apps => [ $world->app_config ]
    );
    $service = $bridge->start('run', { env => $dc->kerberos_env });
    return wait_for('the first pass', 30, sub { passes() == 1 });
}

sub stop {
    $service->signal('TERM');
    ok($service->wait(10), 'told to stop, it does');
    is($bridge->result($service)->{exit}, 0, 'well');
    $world->forget_state;
    return;
}

sub is_active { my $user = $app->user($_[0]); return $user && $user->{active} }

sub title_arrives {
    my ($title) = @_;
    $dc->set($dc->dn('ann'), title => $title);
    my $began = time;
    wait_for("title $title", 60, sub { $app->user('ann')->{title} eq $title });
    return time - $began;
}

sub follows_at_once {
    my ($mode) = @_;
    is(join(' ', sort map { $_->{userName} } $app->users), 'ann bob gil', 'the first pass');
    my @took = sort { $a <=> $b } map { title_arrives("$mode $_") } 1 .. 5;
    note "took @took";
    cmp_ok($took[2], '<', 1, 'a change arrives within a second, the interval being an hour');
    $dc->join_group('app', 'cid');
    wait_for('cid', 20, sub { is_active('cid') });
    $dc->leave_group('app', 'cid');
    wait_for('cid disabled', 20, sub { !is_active('cid') });
    $dc->disable('bob');
    wait_for('bob disabled', 20, sub { !is_active('bob') });
    $dc->enable('bob');
    wait_for('bob enabled', 20, sub { is_active('bob') });
    pass('memberships and the switch too, both ways');
    return;
}

subtest 'DirSync' => sub {
    start(changes => 'dirsync');
    follows_at_once('dirsync');
};

subtest 'an account expires' => sub {
    my $end = time + 3;
    $dc->expire('bob', 3);
    wait_for('the moment to be known', 20,
        sub { $bridge->run('status', '--json')->{json}{next_change} });
    ok(is_active('bob'), 'until then bob is active');
    wait_for('bob disabled', 20, sub { !is_active('bob') });
    cmp_ok(time, '>=', int $end, 'not before');
    cmp_ok(time, '<', $end + 10, 'and not long after, without any change in the directory');
    wait_for('its pass', 20, sub { err() =~ /a moment has come/ });
    $dc->expire('bob');
    wait_for('bob enabled', 20, sub { is_active('bob') });
    pass('without an end bob is back');
};

subtest 'the domain controller goes away and comes back' => sub {
    $dc->stop;
    wait_for('it to be noticed', 20, sub { err() =~ /does not tell of changes/ });
    $dc->start;
    cmp_ok(title_arrives('While nobody listened'), '<', 40, 'what nobody told is found');
    wait_for('the connection', 40, sub { err() =~ /tells of changes again/ });
    cmp_ok(title_arrives('After the restart'), '<', 5, 'and then changes arrive at once again');
    $dc->kill9;
    $dc->start;
    $dc->hire('dan');
    $dc->join_group('app', 'dan');
    wait_for('dan', 60, sub { is_active('dan') });
    ok($service->running, 'a crash of it is survived likewise, by the same process');
    $dc->delete($dc->dn('dan'));
    wait_for('dan disabled', 60, sub { !is_active('dan') });
    stop();
};

subtest 'USN, with a keytab' => sub {
    $app->request(DELETE => "/Users/$_->{id}") for $app->users;
    start(
        changes => 'usn',
        uri => [ 'ldap://' . $dc->fqdn ],
        bind => { method => 'gssapi', keytab => $dc->keytab },
        tls => undef,
    );
    follows_at_once('usn');
    unlike(err(), qr/does not tell/, 'told of by the same ticket');
    stop();
};

# Each try counts: the account would be locked in the time in which somebody reads the message.
subtest 'a wrong password is not offered again and again' => sub {
    my $tries = sub { $dc->entry($dc->account_dn, 'badPwdCount')->{badpwdcount}[0] // 0 };
    $dc->set($dc->base_dn, lockoutThreshold => 50);
    my $before = $tries->();
    my $wrong = Bridge::Run::secret('Wr0ng!Password');
    start(bind => { method => 'simple', dn => $dc->account, password_file => $wrong });
    my $began = time;
    wait_for('twelve seconds', 20, sub { time - $began > 12 });
    cmp_ok($tries->() - $before, '>=', 1, 'it was refused');
    cmp_ok($tries->() - $before, '<=', 2, 'by the first pass and the first watch, no more');
    stop();
};

done_testing;
