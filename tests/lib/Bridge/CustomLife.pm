# Bridge::CustomLife - the life of accounts and groups at an application with an API of its own.
#
#     my $life = Bridge::CustomLife->new('zoom', app => {settings of the app}, groups => 1);
#     $life->tell;            all of it, step by step; after each step
#                                 - the application holds what the directory says, worked out from
#                                   a model of a few hashes and never from what the program says;
#                                 - nobody is there twice, or with another account than before;
#                                 - accounts of others are as they were;
#                                 - another sync sends nothing;
#                                 - nothing secret is in any output, nor in the state
#     $life->world, app       a Bridge::World and a Bridge::CustomApi
#
# Options: preset => 1: with the preset that we ship; app => settings on top; server => settings of
# the service; groups => 1 where it has them; people => so many besides those with a name; means =>
# { disable => qr/.../, delete => qr/.../ }: what a plan says of these.
package Bridge::CustomLife;
use strict;
use warnings;
use Bridge::CustomApi;
use Bridge::Process qw(read_file);
use Bridge::World qw(person_ldif);
use JSON::PP;
use Test::More;

# The fields of a person, as each service keeps them.
my %field = (
    zoho => { given => 'first_name', family => 'last_name' },
    zoom => { given => 'first_name', family => 'last_name', dept => 'dept' },
    graph => { given => 'givenName', family => 'surname', dept => 'department' },
    plain => { given => 'first_name' },
);

# Somebody whom others made, in the words of each service.
my %seeded = (
    zoho => sub {
        my ($mail, $on) = @_;
        return { last_name => 'x', emails => [ { email_id => $mail } ],
            status => $on ? 'active' : 'inactive' };
    },
    zoom => sub { return { email => $_[0], status => $_[1] ? 'active' : 'inactive' } },
    graph => sub {
        return { userPrincipalName => $_[0], displayName => 'x',
            accountEnabled => $_[1] ? JSON::PP::true : JSON::PP::false };
    },
    plain => sub { return { email => $_[0], active => $_[1] ? JSON::PP::true : JSON::PP::false } },
);

# What a run says of what went wrong.
sub why {
    my ($result) = @_;
    my $json = $result->{json} // {};
    my @parked = map { @{ $_->{parked} } } @{ $json->{status}{apps} // [] };
    return join "\n", "exit $result->{exit}",
        (map { $_->{problem} // () } @{ $json->{apps} // [] }, @{ $json->{sources} // [] }),
        (map {"$_->{dn}: $_->{problem}"} @parked),
        grep { !/^(?:debug|info):/ } split /\n/, $result->{err};
}

sub seeded {
    my ($api, $mail, $on) = @_;
    return $seeded{$api}->($mail, $on);
}

sub new {
    my ($class, $api, %option) = @_;
    my $app = Bridge::CustomApi->new($api, settings => $option{server} // {},
        preset => $option{preset});
    my @many = map { sprintf 'p%02d', $_ } 1 .. $option{people} // 0;
    my @names = (qw(ann bob cid dan eve), @many);
    my $self = bless { %option, api => $api, application => $app, said => '', ids => {} }, $class;
    $self->{people} = { map { $_ => _person($_) } @names };
    my @sales = grep { $_ ne 'eve' } @names;
    $self->{sales} = { map { $_ => 1 } @sales };
    $app->seed(users => [ $seeded{$api}->('zed@example.com', 1),
            $seeded{$api}->('BOB@example.com', 1), $seeded{$api}->('cid@example.com', 0) ]);
    $self->{stranger} = $app->user('zed@example.com');
    $self->{world} = Bridge::World->new(
        application => $app,
        ldif => join('', map { person_ldif($_, departmentNumber => '10') } @names),
        groups => { app => \@names, Sales => \@sales },
        slapd => { sessionlog => 1000, refint => 1 },
        settings => {
            deprovision => { deleted => 'delete' },
            limits => { removals => 100 },
            $option{groups} ? (groups => [ { group => Bridge::World::group_dn(undef, 'Sales') } ])
            : (),
            %{ $option{app} // {} }
        },
    );
    $self->{trace} = $self->{world}->bridge->dir . '/trace';
    $self->{world}->configure(app => { trace => $self->{trace} });
    return $self;
}

sub world { return $_[0]{world} }
sub app { return $_[0]{application} }

sub _person {
    my ($uid) = @_;
    return { state => 'on', login => "$uid\@example.com", given => ucfirst $uid,
        family => 'Example', dept => '10' };
}

# ---- what must be ----

sub _expected {
    my ($self) = @_;
    my $fields = $field{ $self->{api} };
    my %all;
    for my $person (values %{ $self->{people} }) {
        next if $person->{state} eq 'gone';
        # What somebody has who may not use it says nothing.
        $all{ $person->{login} } = $person->{state} eq 'off' ? 'off' : join ' ', 'on',
            map { $person->{$_} // '-' } sort keys %$fields;
    }
    return \%all;
}

sub _actual {
    my ($self) = @_;
    my $fields = $field{ $self->{api} };
    my (%all, @twice);
    for my $user ($self->{application}->users) {
        my $login = lc $user->{userName};
        next if $login eq 'zed@example.com';
        push @twice, $login if exists $all{$login};
        my $values = $user->{values};
        $all{$login} = !$user->{active} ? 'off' : join ' ', 'on',
            map { $values->{ $fields->{$_} } // '-' } sort keys %$fields;
    }
    is_deeply(\@twice, [], 'nobody is there twice');
    return \%all;
}

sub _same_accounts {
    my ($self) = @_;
    my %now = map { lc $_->{userName} => $_->{id} } $self->{application}->users;
    my @other;
    for my $person (values %{ $self->{people} }) {
        my $id = $now{ $person->{login} } // next;
        push @other, $person->{login} if ($person->{id} //= $id) ne $id;
    }
    is_deeply(\@other, [], 'everybody has the account of before');
    is_deeply($self->{application}->user('zed@example.com'),
        $self->{stranger}, 'the account of others is as it was');
    return;
}

sub _group_is_right {
    my ($self) = @_;
    my $people = $self->{people};
    my @in = grep { $people->{$_}{state} eq 'on' } keys %{ $self->{sales} };
    my %on = map { $people->{$_}{login} => 1 } grep { $people->{$_}{state} eq 'on' } keys %$people;
    my $members = $self->{application}->members('Sales');
    my @there = grep { $on{$_} } split ' ', lc($members // 'no group');
    is_deeply([ sort @there ], [ sort map { $people->{$_}{login} } @in ],
        'the group has its members');
    return;
}

sub _run {
    my ($self, @words) = @_;
    my $result = $self->{world}->bridge->run('-vv', @words);
    $self->{said} .= $result->{out} . $result->{err};
    return $result;
}

sub _holds {
    my ($self) = @_;
    my $result = $self->_run('sync', '--json');
    is($result->{exit}, 0, 'done') or diag why($result);
    is_deeply($self->_actual, $self->_expected, 'the application holds what the directory says')
        or diag why($result);
    $self->_same_accounts;
    $self->_group_is_right if $self->{groups};
    return;
}

sub _rests {
    my ($self) = @_;
    my $app = $self->{application};
    $app->forget;
    is($self->_run('sync')->{exit}, 0, 'another sync');
    my @asked = map {"$_->{method} $_->{path}"} @{ $app->requests };
    is_deeply(\@asked, [], 'asks and sends nothing');
    return;
}

# ---- what happens ----

my @steps = (
    [ 'somebody marries, and has another department' => \&_marries ],
    [ 'a value is taken away' => \&_loses_value ],
    [ 'another login' => \&_another_login ],
    [ 'disabled in the directory' => sub { _switch($_[0], 'cid', 'off') }, 'disable' ],
    [ 'enabled again' => sub { _switch($_[0], 'cid', 'on') } ],
    [ 'somebody leaves the group' => sub { _assign($_[0], 'dan', 'off') }, 'disable' ],
    [ 'and returns' => sub { _assign($_[0], 'dan', 'on') } ],
    [ 'deleted in the directory' => \&_fired, 'delete' ],
    [ 'hired again' => \&_hired ],
    [ 'somebody joins' => \&_joins ],
    [ 'members come and go' => \&_members ],
);

sub _marries {
    my ($self) = @_;
    $self->{world}->set('ann', sn => 'Model');
    $self->{world}->set('ann', departmentNumber => '20');
    @{ $self->{people}{ann} }{qw(family dept)} = ('Model', '20');
    return;
}

sub _loses_value {
    my ($self) = @_;
    $self->{world}->set('ann', 'departmentNumber');
    $self->{people}{ann}{dept} = undef;
    return;
}

sub _another_login {
    my ($self) = @_;
    $self->{people}{ann}{login} = q(ann.o'model@example.com);
    $self->{world}->set('ann', mail => $self->{people}{ann}{login});
    return;
}

sub _switch {
    my ($self, $uid, $state) = @_;
    $self->{people}{$uid}{state} = $state;
    $self->{world}->set($uid, employeeType => $state eq 'on' ? () : 'disabled');
    return;
}

sub _assign {
    my ($self, $uid, $state) = @_;
    $self->{people}{$uid}{state} = $state;
    my $verb = $state eq 'on' ? 'join_group' : 'leave_group';
    $self->{world}->$verb('app', $uid);
    return;
}

sub _fired {
    my ($self) = @_;
    $self->{people}{eve} = { %{ _person('eve') }, state => 'gone' };
    $self->{world}->slapd->delete($self->{world}->dn('eve'));
    return;
}

sub _hired {
    my ($self) = @_;
    $self->{people}{eve} = _person('eve');
    $self->{world}->hire('eve', departmentNumber => '10');
    $self->{world}->join_group('app', 'eve');
    return;
}

sub _joins {
    my ($self) = @_;
    $self->{people}{fay} = _person('fay');
    $self->{world}->hire('fay', departmentNumber => '10');
    $self->{world}->join_group('app', 'fay');
    return;
}

sub _members {
    my ($self) = @_;
    delete $self->{sales}{ann};
    $self->{sales}{fay} = 1;
    $self->{world}->leave_group('Sales', 'ann');
    $self->{world}->join_group('Sales', 'fay');
    return;
}

# The words of the service for what is about to happen.
sub _is_foretold {
    my ($self, $verb) = @_;
    my $words = $self->{means}{$verb} or return;
    like($self->_run('plan')->{out}, $words, "a plan says what $verb comes to");
    return;
}

sub _begins {
    my ($self) = @_;
    my $app = $self->{application};
    my %before = map { lc $_->{userName} => $_->{id} } $app->users;
    $self->{people}{$_}{id} = $before{"$_\@example.com"} for qw(bob cid);
    $app->forget;
    $self->_holds;
    my @made = grep { $_->{about}{active} && $_->{method} eq 'POST' } @{ $app->writes };
    is(@made, keys(%{ $self->{people} }) - 2, 'who was there is adopted, the others are made');
    return;
}

sub _keeps_secrets {
    my ($self) = @_;
    my $said = join "\n", $self->{said}, map { read_file($_) } $self->{trace},
        glob $self->{world}->bridge->state_file . '{,-wal}';
    my @passwords = map { $_->{values}{passwordProfile}{password} // () } $self->app->users;
    my @seen = grep { index($said, $_) >= 0 } $self->app->secrets, @passwords;
    is_deeply(\@seen, [], 'nothing secret is in any output, nor in the state');
    cmp_ok(length $said, '>', 1000, 'of much that was said');
    return;
}

sub tell {
    my ($self) = @_;
    subtest 'the first sync' => sub { $self->_begins; $self->_rests } or return;
    for my $step (@steps) {
        my ($name, $happens, $verb) = @$step;
        subtest $name => sub {
            $happens->($self);
            $self->_is_foretold($verb) if $verb;
            $self->_holds;
            $self->_rests;
        } or return;
    }
    $self->_keeps_secrets;
    return;
}

1;
