# Bridge::Soak - thousands of changes of a directory, followed by a program that is killed every few
# seconds, at an application where one request in five goes wrong.
#
#     Bridge::Soak::play(changes => 10_000, seed => 1);
#     Bridge::Soak::play(changes => 10_000, seed => 1, at => 'Bridge::Soak::Custom');
#
# What is different at one application and at another is in Bridge::Soak::Scim and ::Custom.
#
# A round is: the program is started, as "sync" or as the service; while it works the directory
# changes (Bridge::Soak::Company), and then the program is killed, or may end. After each round the
# log of the application is read and forgotten; every request in it must be one that may be sent:
#
#     - nothing is written to an account or a group of others, and nobody of theirs is put into
#       a group or taken out;
#     - no account is deleted;
#     - nobody is enabled, by whatever request, who was not wanted at any moment since the process
#       that sends it was started;
#     - after a disable was answered, nobody is enabled who was not wanted at some moment after the
#       one at which the program may have seen that they left.
#
# In the end nothing goes wrong any more, and the application must come to hold what the model of
# the company says, everybody once, and be left in peace.
package Bridge::Soak;
use strict;
use warnings;
use Bridge::Soak::Company;
use Bridge::Soak::Custom;
use Bridge::Soak::Scim;
use Bridge::World;
use JSON::PP;
use List::Util qw(max min);
use Test::More;
use Time::HiRes qw(sleep time);
use Time::Local qw(timegm);

my @strangers = map {"s$_"} 1 .. 5;

use constant {
    CHANGES_A_ROUND => 20,
    PATIENCE => 900,    # seconds until all is well after the last fault
};

sub play {
    my (%option) = @_;
    srand $option{seed};
    note "SEED=$option{seed} CHANGES=$option{changes}";
    my $at = $option{at} // 'Bridge::Soak::Scim';
    my $self = _begin($option{changes}, $at->new);
    my $rounds = 0;
    while ($self->{done} < $option{changes} && !@{ $self->{wrong} }) {
        $self->_round($option{changes});
        $self->_note($option{changes}) if ++$rounds % 25 == 0;
    }
    $self->_note($option{changes});
    is_deeply($self->{wrong}, [], 'no request was sent that may not be');
    cmp_ok($self->{killed}, '>=', max(1, $rounds / 4), 'many a run was killed');
    $self->_settle;
    $self->_judge;
    $self->_rest;
    return;
}

sub _note {
    my ($self, $all) = @_;
    note "$self->{done} of $all changes, $self->{killed} of $self->{runs} runs killed, "
        . "$self->{requests} requests, $self->{spoilt} of them spoilt";
    return;
}

# ---- the world ----

sub _begin {
    my ($changes, $at) = @_;
    my $company = Bridge::Soak::Company->new(people => max(40, min(300, $changes / 20)));
    my $app = $at->app;
    $at->seed(@strangers);
    my $world = Bridge::World->new(
        application => $app,
        ldif => $company->ldif,
        slapd => { sessionlog => 2000 },
        settings => _settings($at, $company),
    );
    $world->bridge->write_config(
        interval => '2s',
        debounce => '50ms',
        sources => [ $world->source ],
        apps => [ $world->app_config ],
    );
    my $self = bless {
        company => $company, at => $at, app => $app, world => $world, name => {}, began => [],
        left => {}, wrong => [], map { $_ => 0 } qw(done killed runs requests spoilt)
    };
    my $result = $world->sync;
    is($result->{exit}, 0, 'the first sync') or diag $result->{out}, $result->{err};
    $self->_invite_stranger;
    $self->{theirs} = { map { $_->{id} => $_ } $self->_others };
    $app->taken;
    return $self;
}

# Tries enough that no run of bad luck parks somebody for minutes.
sub _settings {
    my ($at, $company) = @_;
    return {
        map => [ $at->map ],
        groups => [ { ou => $company->pushed_ou, gone => 'delete' } ],
        rehire => 'adopt',
        limits => { removals => 1_000_000 },
        concurrency => 4,
        timeout => '1s',
        tries => 15,
    };
}

# Somebody of others in a group of ours stays there.
sub _invite_stranger {
    my ($self) = @_;
    my ($stranger) = $self->_others;
    my ($group) = grep { $_->{displayName} ne 'theirs' } $self->{app}->groups;
    $self->{at}->invite($stranger, $group);
    $self->{invited} = [ $group->{id}, $stranger->{id} ];
    return;
}

# What is not ours at the application.
sub _others {
    my ($self) = @_;
    my %theirs = map { $_ => 1 } @strangers, 'theirs';
    return grep { $theirs{ $_->{userName} // $_->{displayName} } } $self->{app}->users,
        $self->{app}->groups;
}

# One request in five.
sub _misbehave {
    my ($self) = @_;
    my @often = (
        [ 0.04 => fault => 'status', status => 429, headers => { 'Retry-After' => 1 } ],
        [ 0.03 => fault => 'status', status => 500 ],
        [ 0.03 => fault => 'status', status => 503 ],
        [ 0.03 => fault => 'drop-before' ],
        [ 0.04 => fault => 'drop-after' ],
        [ 0.01 => fault => 'drop-middle' ],
        [ 0.01 => fault => 'hang' ],
        [ 0.01 => fault => 'hang', work => JSON::PP::true ],
        [ 0.02 => fault => 'slow', ms => 300 ],
    );
    my @rules = map {
        my ($chance, %rule) = @$_;
        +{ %rule, probability => $chance, seed => 1 + int rand 1e6 }
    } @often;
    $self->{app}->faults(@rules);
    return;
}

# ---- one round ----

sub _change {
    my ($self, $number) = @_;
    my ($company, $before) = ($self->{company}, time);
    my $ldif = join '', map { $company->change } 1 .. $number;
    $self->{world}->slapd->modify($ldif);
    $company->settle($before, time);
    $self->{done} += $number;
    return;
}

sub _round {
    my ($self, $all) = @_;
    my ($bridge, $left) = ($self->{world}->bridge, $all - $self->{done});
    my $budget = min($left, 1 + int rand 2 * CHANGES_A_ROUND);
    $self->_misbehave;
    my $service = $self->{runs} % 5 % 2;    # two in five
    my $end = time + 0.2 + rand 3;
    $end = time + 20 if !$service && rand() < 0.25;
    push @{ $self->{began} }, time;
    my $process = $bridge->start($service ? 'run' : ('sync', '--json'));
    while ($process->running && time < $end) {
        my $some = min($budget, 1 + int rand 8);
        $self->_change($some) if $some;
        $budget -= $some;
        sleep 0.05 + rand 0.3;
    }
    $self->_ended($bridge, $process, $service);
    $self->_change($budget) if $budget > 0;
    $self->_inspect;
    return;
}

sub _ended {
    my ($self, $bridge, $process, $service) = @_;
    $process->kill9;
    my $result = $bridge->result($process);
    $self->{runs}++;
    $self->{killed}++ if $result->{killed};
    return if $result->{killed};
    my $fine = !$service && defined $result->{exit} && $result->{exit} =~ /^[013]$/;
    push @{ $self->{wrong} }, "it ended with exit $result->{exit} signal $result->{signal}: "
        . $result->{err}
        if !$fine;
    return;
}

# ---- what may be sent ----

sub _inspect {
    my ($self) = @_;
    $self->{name}{ $_->{id} } = $_->{userName} for $self->{app}->users;
    for my $request (@{ $self->{app}->taken }) {
        $self->{requests}++;
        $self->{spoilt}++ if $request->{fault};
        next if $request->{method} eq 'GET';
        my $trouble = $self->_trouble($request) or next;
        push @{ $self->{wrong} }, "$trouble: " . JSON::PP->new->canonical->encode($request);
    }
    return;
}

sub _trouble {
    my ($self, $request) = @_;
    my $about = $self->{at}->about($request) or return;
    my $id = $about->{id};
    return 'what others have is written to' if $id && $self->{theirs}{$id};
    my $text = ref $request->{body} ? encode_json($request->{body}) : $request->{body} // '';
    return 'somebody of others is in the request'
        if grep { index($text, $_) >= 0 } keys %{ $self->{theirs} };
    return if $about->{kind} ne 'account';
    return 'an account is deleted' if $about->{deletes};
    my $name = $id ? $self->{name}{$id} : $about->{login};
    my $person = $self->{company}->person($name // '')
        or return 'it is about somebody who never was';
    return $self->_switched($request, $person, $about->{active});
}

sub _switched {
    my ($self, $request, $person, $active) = @_;
    return if !defined $active;
    my $company = $self->{company};
    my $time = _seconds($request->{time});
    # A dead process's last request may be read a moment after the next one was started.
    my ($since) = grep { $_ <= $time - 0.5 } reverse @{ $self->{began} };
    $since //= 0;
    if (!$active) {
        my $done = $request->{status} && $request->{status} < 300;
        $self->{left}{ $person->{line} } = $company->unwanted_since($person, $since, $time)
            if $done;
        return;
    }
    return 'who left is enabled' if !$company->wanted_within($person, $since, $time);
    my $left = $self->{left}{ $person->{line} } // return;
    return 'who was disabled is enabled, and did not return'
        if !$company->wanted_within($person, max($left, $since), $time);
    return;
}

sub _seconds {
    my ($time) = @_;
    my ($y, $m, $d, $h, $min, $s) = $time =~ /^(\d+)-(\d+)-(\d+)T(\d+):(\d+):([\d.]+)Z/;
    return timegm(0, $min, $h, $d, $m - 1, $y) + $s;
}

# ---- the end ----

sub _settle {
    my ($self) = @_;
    $self->{app}->faults;
    my ($began, $result, $check) = (time);
    while (time - $began < PATIENCE) {
        push @{ $self->{began} }, time;
        $result = $self->{world}->sync({ timeout => 300 });
        $self->_inspect;
        $check = $result->{exit} == 0 ? $self->{world}->bridge->run('plan', '--check') : undef;
        last if $check && $check->{exit} == 0;
        sleep 1;
    }
    note sprintf 'settled after %.0f s', time - $began;
    ok($check && $check->{exit} == 0, 'without faults a sync gets through, and nothing is left')
        or diag $result->{out}, $result->{err}, $check ? $check->{out} : '';
    is_deeply($self->{wrong}, [], 'sending nothing that may not be sent');
    return;
}

sub _twice {
    my ($key, @things) = @_;
    my %count;
    $count{ lc $_->{$key} }++ for grep { defined $_->{$key} } @things;
    return [ grep { $count{$_} > 1 } sort keys %count ];
}

sub _judge {
    my ($self) = @_;
    my ($app, $company) = @$self{qw(app company)};
    my (@users, @groups) = $app->users;
    is_deeply({ map { $_->{id} => $_ } $self->_others }, $self->{theirs},
        'what others have is as it was');
    is_deeply(_twice(userName => @users), [], 'no name twice');
    is_deeply(_twice(externalId => @users), [], 'nobody twice');
    is_deeply(_twice(displayName => $app->groups), [], 'no group twice');
    my %account = map { lc $_->{userName} => $_ } @users;
    my @wanted = grep { $company->wanted($_) } $company->people;
    my @differ = map { _differs($self->{at}, $_, \%account) } @wanted;
    is(scalar @differ, 0, @wanted . ' people have what the directory says')
        or diag explain \@differ;
    my %wanted = map { $_->{uid} => 1 } @wanted, map { { uid => $_ } } @strangers;
    is_deeply([ grep { !$wanted{$_} } map { $_->{userName} } grep { $_->{active} } @users ],
        [], 'nobody else has a working account');
    $self->_judge_groups(\%account);
    return;
}

# Sentences about an account that is not as it should be.
sub _differs {
    my ($at, $person, $account) = @_;
    my $user = $account->{ $person->{uid} } or return "$person->{uid} has no account";
    my $has = $at->values($user);
    my %pair = (
        active => [ $user->{active} ? 1 : 0, 1 ],
        title => [ $has->{title}, $person->{title} ],
        department => [ $has->{department}, $person->{department} ],
        manager => [ _manager($person, $account, $has->{manager}) ],
    );
    my $say = sub { join ' instead of ', map { $_ // 'none' } @_ };
    return map {"$person->{uid}: $_ is " . $say->(@{ $pair{$_} })}
        grep { ($pair{$_}[0] // '') ne ($pair{$_}[1] // '') } sort keys %pair;
}

# The name of the account that is the manager's there, and the one that should be. A manager
# without a working account leaves the value as it was.
sub _manager {
    my ($person, $account, $id) = @_;
    my ($is) = map { $_->{userName} } grep { $_->{id} eq ($id // '') } values %$account;
    my $boss = $person->{manager} or return ($id, undef);
    my $user = $account->{ $boss->{uid} };
    return $user && $user->{active} ? ($is // $id, $boss->{uid}) : ();
}

# Who is in the group there and has a working account is who should be in it.
sub _judge_groups {
    my ($self, $account) = @_;
    my ($app, $company) = @$self{qw(app company)};
    my %name = map { $_->{id} => $_->{userName} } grep { $_->{active} } values %$account;
    my ($group, $stranger) = @{ $self->{invited} };
    my %is = map {
        $_->{displayName} => join ' ', sort grep {defined}
            map { $name{$_} } grep { $_ ne $stranger } $self->{at}->members($_)
    } grep { $_->{displayName} ne 'theirs' } $app->groups;
    my @people = $company->people;
    my %should = map {
        $_->{cn} => join ' ', sort map { $_->{uid} } grep { $company->wanted($_) }
            map { $people[$_] } keys %{ $_->{members} }
    } grep { $_->{here} } $company->groups;
    is_deeply(\%is, \%should, keys(%should) . ' groups have the members of the directory');
    my ($there) = grep { $_->{id} eq $group } $app->groups;
    ok(scalar grep({ $_ eq $stranger } $self->{at}->members($there)),
        'and whoever others put in') if $there;
    return;
}

sub _rest {
    my ($self) = @_;
    $self->{app}->forget;
    my $result = $self->{world}->sync;
    is($result->{exit}, 0, 'another sync') or diag $result->{out}, $result->{err};
    is_deeply($self->{app}->writes, [], 'sends nothing');
    return;
}

1;
