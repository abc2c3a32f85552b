# Bridge::Soak::Company - a company in which something happens all the time, as a model and as LDIF.
#
#     my $company = Bridge::Soak::Company->new(people => 60);
#     $company->ldif                      the directory as it begins, for Bridge::World
#     my $ldif = $company->change;        one random change, already done in the model
#     $company->settle($from, $to)        the changes since the last call reached the directory
#                                         between these two times
#     $company->person($user_name)        who has, or ever had, this name: {uid, title, ...}
#     $company->people, groups            everybody and every pushed group there ever was
#     $company->wanted($person)           has a working account
#     $company->wanted_within($person, $a, $b)
#                                         was wanted at some moment between the two
#     $company->unwanted_since($person, $a, $b)
#                                         when the first time between the two began at which nobody
#                                         wanted it, or undef
#
# Who is deleted and hired again is the same person here, with a new entry (and permanent id) under
# the last name, and no name is ever given to anybody else. So a name says for all time who is
# meant, and whoever is hired again gets the old account back.
#
# The groups "app" and, inside it, "inner" decide who has an account. The groups beneath ou=Pushed
# are made at the application. Nobody leaves the groups for good but by a change of theirs: the
# directory is one without referential integrity, whose administrators clean up by hand. The person
# "keeper" is in every group, which must not be empty.
package Bridge::Soak::Company;
use strict;
use warnings;
use Bridge::World qw(person_ldif group_ldif);

my $corp = 'ou=Corp,dc=example,dc=com';
my $pushed = "ou=Pushed,$corp";
use constant EVER => 9e15;

# What happens, and how often.
my %happens = (
    title => 20,
    department => 8,
    manager => 8,
    join => 14,
    leave => 12,
    hire => 10,
    fire => 6,
    rehire => 5,
    disable => 5,
    enable => 6,
    rename => 6,
    join_pushed => 12,
    leave_pushed => 8,
    rename_group => 3,
    make_group => 2,
    drop_group => 1,
);
my @lots = map { ($_) x $happens{$_} } sort keys %happens;

sub new {
    my ($class, %option) = @_;
    my $self = bless { people => [], groups => [], by_name => {}, news => {}, count => 0 }, $class;
    $self->{keeper} = $self->_newcomer('keeper', app => 1);
    for (1 .. $option{people} - 1) {
        my $decides = _pick('app', 'app', 'inner', 'none');
        $self->_newcomer($self->_name('p'), $decides => 1);
    }
    $self->_new_group for 1 .. 4;
    for my $group (@{ $self->{groups} }) {
        $group->{members}{ _pick(@{ $self->{people} })->{line} } = 1 for 1 .. $option{people} / 4;
    }
    $self->settle(0, 0);
    return $self;
}

sub people { return @{ $_[0]{people} } }
sub groups { return @{ $_[0]{groups} } }
sub person { return $_[0]{by_name}{ lc $_[1] } }
sub keeper { return $_[0]{keeper} }
sub pushed_ou { return $pushed }

sub _pick { return $_[ rand @_ ] }
sub _name { my ($self, $letter) = @_; return sprintf '%s%05d', $letter, ++$self->{count} }
sub _dn { return "uid=$_[0]{uid},ou=People,$corp" }
sub _group_dn { return "cn=$_[0]{cn},$pushed" }

sub _newcomer {
    my ($self, $uid, %in) = @_;
    my $person = {
        uid => $uid,
        line => scalar @{ $self->{people} },
        title => 'Clerk',
        here => 1,
        disabled => 0,
        in => {%in},
        times => [],
    };
    push @{ $self->{people} }, $person;
    $self->_named($person, $uid);
    return $person;
}

sub _named {
    my ($self, $person, $uid) = @_;
    $person->{uid} = $uid;
    $self->{by_name}{ lc $uid } = $person;
    return;
}

sub _new_group {
    my ($self) = @_;
    my $group = { cn => $self->_name('g'), here => 1, members => { $self->{keeper}{line} => 1 } };
    push @{ $self->{groups} }, $group;
    return $group;
}

sub wanted {
    my ($self, $person) = @_;
    my $in = $person->{in};
    return $person->{here} && !$person->{disabled} && ($in->{app} || $in->{inner}) ? 1 : 0;
}

# ---- LDIF ----

sub _entry {
    my ($person) = @_;
    return person_ldif(
        $person->{uid},
        title => $person->{title},
        departmentNumber => $person->{department},
        manager => $person->{manager} && _dn($person->{manager}),
    );
}

sub _members_of {
    my ($self, $key) = @_;
    return map { _dn($_) } grep { $_->{in}{$key} } @{ $self->{people} };
}

sub _group_entry {
    my ($self, $group) = @_;
    my @members = map { _dn($self->{people}[$_]) } sort keys %{ $group->{members} };
    return group_ldif($group->{cn}, @members) =~ s/^dn: .*/'dn: ' . _group_dn($group)/er;
}

sub ldif {
    my ($self) = @_;
    return join '', "dn: $pushed\nobjectClass: organizationalUnit\nou: Pushed\n\n",
        (map { _entry($_) } @{ $self->{people} }),
        group_ldif('app', $self->_members_of('app'), "cn=inner,ou=Groups,$corp"),
        group_ldif('inner', _dn($self->{keeper}), $self->_members_of('inner')),
        map { $self->_group_entry($_) } @{ $self->{groups} };
}

sub _modify {
    my ($dn, @parts) = @_;
    return "dn: $dn\nchangetype: modify\n" . join("-\n", @parts) . "\n";
}

sub _replace {
    my ($name, @values) = @_;
    return "replace: $name\n" . join '', map {"$name: $_\n"} grep {defined} @values;
}

sub _set { my ($person, @attribute) = @_; return _modify(_dn($person), _replace(@attribute)) }

sub _member {
    my ($verb, $group, @dns) = @_;
    return _modify($group, "$verb: member\n" . join '', map {"member: $_\n"} @dns);
}

sub _add { my ($entry) = @_; return $entry =~ s/^(dn: .*\n)/$1changetype: add\n/r }

# ---- what happens ----

sub _choose {
    my ($self, $fits) = @_;
    return _pick(grep { $_ != $self->{keeper} && $fits->($_) } @{ $self->{people} });
}

sub _somebody { my ($self) = @_; return $self->_choose(sub { $_->{here} }) }

sub _some_group { my ($self) = @_; return _pick(grep { $_->{here} } @{ $self->{groups} }) }

# The DNs of the groups that a person is a member of.
sub _groups_with {
    my ($self, $person) = @_;
    return (
        (map {"cn=$_,ou=Groups,$corp"} grep { $person->{in}{$_} } qw(app inner)),
        map { _group_dn($_) }
            grep { $_->{here} && $_->{members}{ $person->{line} } } @{ $self->{groups} }
    );
}

sub _reports {
    my ($self, $boss) = @_;
    return
        grep { $_->{here} && $_->{manager} && $_->{manager} == $boss } @{ $self->{people} };
}

sub _title {
    my ($self) = @_;
    my $person = $self->_somebody or return;
    return _set($person, title => $person->{title} = 'T' . int rand 1e6);
}

sub _department {
    my ($self) = @_;
    my $person = $self->_somebody or return;
    $person->{department} = rand() < 0.2 ? undef : 'D' . int rand 100;
    return _set($person, departmentNumber => $person->{department});
}

sub _manager {
    my ($self) = @_;
    my ($person, $boss) = ($self->_somebody, $self->_somebody);
    return if !$person || !$boss || $person == $boss;
    $person->{manager} = rand() < 0.2 ? undef : $boss;
    return _set($person, manager => $person->{manager} && _dn($boss));
}

sub _join {
    my ($self) = @_;
    my $person = $self->_choose(sub { $_->{here} }) or return;
    my $key = _pick('app', 'inner');
    return if $person->{in}{$key}++;
    return _member(add => "cn=$key,ou=Groups,$corp", _dn($person));
}

sub _leave {
    my ($self) = @_;
    my $person = $self->_choose(sub { $_->{here} }) or return;
    my $key = _pick('app', 'inner');
    return if !delete $person->{in}{$key};
    return _member(delete => "cn=$key,ou=Groups,$corp", _dn($person));
}

sub _hire {
    my ($self) = @_;
    my $person = $self->_newcomer($self->_name('h'));
    my $ldif = _add(_entry($person));
    return $ldif if rand() < 0.2;
    $person->{in}{app} = 1;
    return $ldif . _member(add => "cn=app,ou=Groups,$corp", _dn($person));
}

# The entry goes first, its memberships after it, as when a human does it.
sub _fire {
    my ($self) = @_;
    my $person = $self->_somebody or return;
    my $dn = _dn($person);
    my @groups = $self->_groups_with($person);
    my @reports = $self->_reports($person);
    $_->{manager} = undef for @reports;
    delete $_->{members}{ $person->{line} } for @{ $self->{groups} };
    @$person{qw(here in manager)} = (0, {}, undef);
    return "dn: $dn\nchangetype: delete\n\n" . join '',
        (map { _member(delete => $_, $dn) } @groups), map { _set($_, 'manager') } @reports;
}

# Whoever is hired again has a value for everything: an account that is handed over keeps what the
# new entry does not say.
sub _rehire {
    my ($self) = @_;
    my $person = $self->_choose(sub { !$_->{here} }) or return;
    @$person{qw(here disabled in manager)} = (1, 0, { app => 1 }, $self->{keeper});
    @$person{qw(department title)} = ('D' . int rand 100, 'Again ' . int rand 1e6);
    return _add(_entry($person)) . _member(add => "cn=app,ou=Groups,$corp", _dn($person));
}

sub _switch {
    my ($self, $disabled) = @_;
    my $person = $self->_choose(sub { $_->{here} && $_->{disabled} != $disabled }) or return;
    $person->{disabled} = $disabled;
    return _set($person, employeeType => $disabled ? 'disabled' : undef);
}

sub _disable { return $_[0]->_switch(1) }
sub _enable { return $_[0]->_switch(0) }

# The new name is in the groups before it is somebody's, the old one leaves them last.
sub _rename {
    my ($self) = @_;
    my $person = $self->_somebody or return;
    my @groups = $self->_groups_with($person);
    my $old = _dn($person);
    $self->_named($person, $self->_name('r'));
    my $rename = "dn: $old\nchangetype: modrdn\nnewrdn: uid=$person->{uid}\ndeleteoldrdn: 1\n\n";
    return join '', (map { _member(add => $_, _dn($person)) } @groups), $rename,
        (map { _set($_, manager => _dn($person)) } $self->_reports($person)),
        map { _member(delete => $_, $old) } @groups;
}

sub _join_pushed {
    my ($self) = @_;
    my ($group, $person) = ($self->_some_group, $self->_somebody);
    return if !$group || !$person || $group->{members}{ $person->{line} }++;
    return _member(add => _group_dn($group), _dn($person));
}

sub _leave_pushed {
    my ($self) = @_;
    my $group = $self->_some_group or return;
    my $line = _pick(grep { $_ != $self->{keeper}{line} } sort keys %{ $group->{members} });
    return if !defined $line;
    delete $group->{members}{$line};
    return _member(delete => _group_dn($group), _dn($self->{people}[$line]));
}

sub _rename_group {
    my ($self) = @_;
    my $group = $self->_some_group or return;
    my $old = _group_dn($group);
    $group->{cn} = $self->_name('g');
    return "dn: $old\nchangetype: modrdn\nnewrdn: cn=$group->{cn}\ndeleteoldrdn: 1\n\n";
}

sub _make_group {
    my ($self) = @_;
    return _add($self->_group_entry($self->_new_group));
}

sub _drop_group {
    my ($self) = @_;
    return if 2 > grep { $_->{here} } @{ $self->{groups} };
    my $group = $self->_some_group;
    $group->{here} = 0;
    return 'dn: ' . _group_dn($group) . "\nchangetype: delete\n\n";
}

sub change {
    my ($self) = @_;
    while (1) {
        my $method = $self->can('_' . _pick(@lots));
        my $ldif = $method->($self) // next;
        $self->{news}{ $_->{line} } = $_
            for grep { $self->wanted($_) != !!$self->_wanted_now($_) } $self->people;
        return $ldif;
    }
}

# ---- when somebody was wanted ----

# Their times are pairs [from, to]; the last may be open.
sub _wanted_now {
    my ($self, $person) = @_;
    my $last = $person->{times}[-1];
    return $last && $last->[1] == EVER;
}

# Whoever was wanted in between is taken to have been so all the time: what is said about somebody
# is on the safe side.
sub settle {
    my ($self, $from, $to) = @_;
    for my $person ($self->people) {
        my $wanted = $self->wanted($person);
        my $before = $self->_wanted_now($person);
        my $changed = delete $self->{news}{ $person->{line} };
        push @{ $person->{times} }, [ $from, EVER ] if !$before && ($wanted || $changed);
        $person->{times}[-1][1] = $to if !$wanted && ($before || $changed);
    }
    return;
}

sub wanted_within {
    my ($self, $person, $from, $to) = @_;
    return !!grep { $_->[0] <= $to && $_->[1] >= $from } @{ $person->{times} };
}

sub unwanted_since {
    my ($self, $person, $from, $to) = @_;
    my $since = 0;
    for my $time (@{ $person->{times} }) {
        return $since if $time->[0] > $from && $since <= $to && $time->[0] > $since;
        $since = $time->[1];
    }
    return $since <= $to ? $since : undef;
}

1;
