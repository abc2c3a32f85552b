# Bridge::Personality - one life of a small company at a service with peculiarities.
#
#     life('aws');                    a subtest: tests/servers/misbehaving/personalities/aws.js with
#                                     the preset that is for it, step by step
#     life('flaky');                  the same where requests fail: until all is done
#     liar('liar-paging-1');          a list with gaps proves of nobody that they are not there
#
# CASE=aws leaves out the others.
#
# What a service can hold of a person, and what its verbs come to, is said in
# Bridge::Personality::Services; what happens in the company is the table of @steps. After each
# step:
#
#     - the application holds what the directory says, worked out from a model of a few hashes and
#       never from what the program says;
#     - nobody is there twice, or with another account than before;
#     - accounts, groups and members of others are as they were;
#     - the exit code is 0, and another sync sends nothing;
#     - no credential and no password is in any output.
#
# Before somebody is disabled or deleted the plan has the words of the preset for that; what they
# promise is what the model wants.
package Bridge::Personality;
use strict;
use warnings;
use Bridge::Groups;
use Bridge::Misbehaving;
use Bridge::Oracle;
use Bridge::Personality::Services;
use Bridge::World qw(person_ldif);
use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(dirname);
use List::Util qw(sum);
use Test::More;

our @EXPORT = qw(life liar);

my $tests = abs_path(dirname(__FILE__) . '/../..');
my $enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
my $token = 'a-token-that-nobody-may-see';

# What becomes of a person's fields, as an application keeps them.
my %field = (
    given => sub { $_[0]{name}{givenName} },
    family => sub { $_[0]{name}{familyName} },
    display => sub { $_[0]{displayName} },
    mail => sub { $_[0]{emails} && $_[0]{emails}[0]{value} },
    title => sub { $_[0]{title} },
    phone => sub { $_[0]{phoneNumbers} && $_[0]{phoneNumbers}[0]{value} },
    manager => sub { $_[0]{$enterprise}{manager}{value} },
);

# The company -----------------------------------------------------------------------------------

# The names of attributes in the directory.
my %attribute = (
    given => 'givenName',
    family => 'sn',
    display => 'displayName',
    mail => 'mail',
    title => 'title',
    phone => 'telephoneNumber',
    manager => 'manager'
);

sub _person {
    my ($uid, %more) = @_;
    return {
        uid => $uid,
        given => "\u$uid",
        family => 'Example',
        display => "\u$uid Example",
        mail => "$uid\@example.com",
        title => 'Clerk',
        phone => undef,
        manager => undef,
        state => 'on',
        %more
    };
}

sub _ldif {
    my ($person) = @_;
    my %more = map { $attribute{$_} => $person->{$_} } grep { $attribute{$_} } keys %$person;
    $more{manager} = Bridge::World::dn(undef, $more{manager}) if $more{manager};
    return person_ldif($person->{uid}, %more);
}

# Changes somebody, in the directory and in the model; undef takes away.
sub _set {
    my ($self, $uid, %new) = @_;
    my $text = "dn: {$uid}\nchangetype: modify\n";
    for my $name (sort keys %new) {
        my $value = $self->{people}{$uid}{$name} = $new{$name};
        $value = $self->{world}->dn($value) if $name eq 'manager' && defined $value;
        $text .= "replace: $attribute{$name}\n"
            . (defined $value ? "$attribute{$name}: $value\n" : '') . "-\n";
    }
    $self->{world}->change($text);
    return;
}

sub _state {
    my ($self, $uid, $state) = @_;
    $self->{people}{$uid}{state} = $state;
    my @type = $state eq 'on' ? () : 'disabled';
    $self->{world}->set($uid, employeeType => @type);
    return;
}

sub _delete {
    my ($self, $uid) = @_;
    $self->{people}{$uid}{state} = 'deleted';
    $self->{world}->slapd->delete($self->{world}->dn($uid));
    return;
}

# Each: what happens, how, and whose words the plan must have before it is done.
my @steps = (
    [
        'somebody marries',
        sub {
            _set($_[0], 'ann', family => 'Model', display => 'Ann Model',
                mail => 'ann.model@example.com');
        }
    ],
    [
        'values change',
        sub { _set($_[0], 'bob', title => 'Boss', phone => '+49 30 1234', manager => 'ann') }
    ],
    [
        'other values, and another manager',
        sub { _set($_[0], 'bob', phone => '+49 30 99', manager => 'cid') }
    ],
    [
        'values are taken away',
        sub { _set($_[0], 'bob', title => undef, phone => undef, manager => undef) }
    ],
    [ 'two join the group', sub { _join($_[0], 'cid', 'dan') } ],
    [ 'others leave the group', sub { _leave($_[0], 'bob', 'cid', @{ $_[0]{crowd} }) } ],
    [ 'the group is renamed', sub { _rename($_[0], 'Vendors') } ],
    [ 'somebody is disabled', sub { _state($_[0], 'eva', 'off') }, 'disable_means' ],
    [ 'and enabled', sub { _state($_[0], 'eva', 'on') } ],
    [
        'somebody is deleted',
        sub { _delete($_[0], 'fay') },
        'delete_means'
    ],
);

sub _join {
    my ($self, @uids) = @_;
    $self->{world}->join_group($self->{group}, @uids);
    $self->{members} = [ @{ $self->{members} }, @uids ];
    return;
}

sub _leave {
    my ($self, @uids) = @_;
    $self->{world}->leave_group($self->{group}, @uids);
    for my $uid (@uids) {
        $self->{members} = [ grep { $_ ne $uid } @{ $self->{members} } ];
    }
    return;
}

sub _rename {
    my ($self, $name) = @_;
    $self->{world}
        ->change("dn: [$self->{group}]\nchangetype: modrdn\nnewrdn: cn=$name\ndeleteoldrdn: 1\n");
    $self->{group} = $name;
    return;
}

# What ought to be ------------------------------------------------------------------------------

sub _login {
    my ($self, $person) = @_;
    return $person->{ $self->{row}{login} // 'mail' };
}

# What an account would hold that is made of the person now.
sub _ideal {
    my ($self, $person) = @_;
    my %account = (login => _login($self, $person));
    $account{$_} = $person->{$_} for @{ $self->{row}{holds} };
    return \%account;
}

sub _wanted_one {
    my ($self, $person) = @_;
    my $uid = $person->{uid};
    my $there = { on => 'on', off => $self->{row}{off}, deleted => $self->{row}{deleted} }
        ->{ $person->{state} };
    if ($there eq 'gone') {
        delete $self->{made}{$uid};
        return;
    }
    my $ideal = _ideal($self, $person);
    my $made = $self->{made}{$uid} //= {%$ideal};
    # Whom the directory forgot is changed no more.
    $made = $self->{last}{$uid} if $person->{state} eq 'deleted';
    my @frozen = $person->{state} eq 'deleted' ? keys %$ideal : @{ $self->{row}{frozen} };
    @$ideal{@frozen} = @$made{@frozen};
    $self->{last}{$uid} = {%$ideal};
    return { %$ideal, active => $there };
}

sub _wanted {
    my ($self) = @_;
    my %wanted;
    for my $person (values %{ $self->{people} }) {
        my $account = _wanted_one($self, $person) or next;
        $wanted{ $person->{uid} } = $account;
    }
    return \%wanted;
}

# What is ---------------------------------------------------------------------------------------

sub _is_foreign { return ($_[0]{nickName} // $_[0]{userName}) =~ /^foreign/ }

# Accounts by uid, in the words of the model.
sub _held {
    my ($self) = @_;
    my @users = grep { !_is_foreign($_) } $self->{app}->users;
    my %held;
    for my $user (@users) {
        my %account = (login => $user->{userName}, active => $user->{active} ? 'on' : 'off');
        $account{$_} = $field{$_}->($user) for @{ $self->{row}{holds} };
        $account{manager} = _uid($account{manager}, @users) if $account{manager};
        push @{ $held{ _uid($user->{id}, @users) } }, \%account;
    }
    return \%held;
}

# Whose account has this id: what its userName begins with.
sub _uid {
    my ($id, @users) = @_;
    my ($name) = map { $_->{userName} } grep { $_->{id} eq $id } @users;
    return ($name // 'nobody') =~ /^(\w+)/ ? $1 : $name;
}

# Nobody's account is another one than before; whose account is gone may get a new one.
sub _check_ids {
    my ($self, $why) = @_;
    my @users = grep { !_is_foreign($_) } $self->{app}->users;
    my %id = map { _uid($_->{id}, @users) => $_->{id} } @users;
    my $before = $self->{ids} // {};
    is_deeply([ grep { $before->{$_} && $before->{$_} ne $id{$_} } sort keys %id ],
        [], "$why: and has the account of before");
    $self->{ids} = \%id;
    return;
}

sub _foreign {
    my ($self) = @_;
    my $app = $self->{app};
    my %things = map { $_->{userName} => $_ } grep { _is_foreign($_) } $app->users;
    $things{admins} = group_of($app, 'admins') if $self->{row}{groups};
    delete $_->{meta} for values %things;
    return \%things;
}

sub _check_accounts {
    my ($self, $why) = @_;
    my ($wanted, $held) = (_wanted($self), _held($self));
    is_deeply($held, { map { $_ => [ $wanted->{$_} ] } keys %$wanted },
        "$why: everybody is there once, as the directory says")
        or diag explain $held;
    _check_ids($self, $why);
    is_deeply(_foreign($self), $self->{foreign}, "$why: what is not ours is as it was");
    return;
}

sub _check_groups {
    my ($self, $why) = @_;
    my $name = "$self->{group} Team";
    $name = $self->{row}{group_name}{$name} // $name;
    my @foreign = $self->{row}{groups} eq 'there' ? 'foreign.zz@example.org' : ();
    my %login = map { $_->{uid} => $self->{last}{ $_->{uid} }{login} } values %{ $self->{people} };
    my @members = sort @foreign, @login{ @{ $self->{members} } };
    is_deeply(scalar members_of($self->{app}, $name),
        \@members, "$why: the group has its members");
    is(scalar $self->{app}->groups, 2, "$why: and there is one of it");
    return;
}

sub _check_secrets {
    my ($self, $why, @results) = @_;
    my @secret = ($token, map { $_->{password} // () } $self->{app}->users);
    my $text = join "\n", map { "$_->{out}\n$_->{err}" } @results;
    is_deeply([ grep { index($text, $_) >= 0 } @secret ], [], "$why: nothing secret is shown");
    return;
}

# The life --------------------------------------------------------------------------------------

sub _foreigners {
    my ($row) = @_;
    return map { {
            userName => "foreign.$_\@example.org",
            displayName => "Foreign $_",
            externalId => "foreign-$_",
            name => { givenName => 'Foreign', familyName => $_, formatted => "Foreign $_" },
            emails => [ { value => "foreign.$_\@example.org", type => 'work', primary => \1 } ],
            active => \1,
            %{ $row->{seeded} // {} },
            $row->{seeded}{externalId} ? (externalId => "foreign-$_") : (),
        } } qw(aa mm zz);
}

# Somebody at the service had made ann's account, and perhaps the group.
sub _seed {
    my ($self) = @_;
    my ($row, $app) = @$self{qw(row app)};
    my $login = _login($self, $self->{people}{ann});
    my $ann = {
        userName => $login,
        displayName => 'Old Name',
        name => { givenName => 'Old', familyName => 'Name', formatted => 'Old Name' },
        emails => [ { value => 'ann@example.com', type => 'work', primary => \1 } ],
        active => \1,
        %{ $row->{seeded} // {} },
    };
    my $made = $app->seed(users => [ $ann, _foreigners($row) ])->{users};
    my @ids = map { { value => "$_->{id}" } } @$made;
    my @groups = { displayName => 'admins', members => [ @ids[ 1, 2 ] ] };
    push @groups, { displayName => 'Sales Team', members => [ $ids[3] ] }
        if ($row->{groups} // '') eq 'there';
    $app->seed(groups => \@groups) if $row->{groups};
    $self->{made}{ann} = {
        login => $login,
        given => 'Old',
        family => 'Name',
        display => 'Old Name',
        mail => 'ann@example.com'
    };
    $self->{foreign} = _foreign($self);
    return;
}

sub _begin {
    my ($name, @uids) = @_;
    my $row = service_of($name);
    my @crowd = map { sprintf 'p%03d', $_ } 1 .. $row->{crowd} // 0;
    my %people = map { $_ => _person($_) } @uids, @crowd;
    my $self = bless {
        row => $row,
        people => \%people,
        crowd => \@crowd,
        group => 'Sales',
        members => [ 'ann', 'bob', @crowd ],
        app => Bridge::Misbehaving->new(
            personality => "$tests/servers/misbehaving/personalities/$name.js",
            token => $token
        ),
    }, __PACKAGE__;
    _seed($self);
    $self->{world} = Bridge::World->new(
        application => $self->{app},
        ldif => join('', map { _ldif($_) } values %people),
        groups => { app => [ keys %people ], Sales => $self->{members} },
        slapd => { sessionlog => 100 },
        settings => settings_of($row),
    );
    return $self;
}

sub _words {
    my ($self, $which) = @_;
    my $shown = $self->{world}->bridge->run('presets', 'show', $self->{row}{preset}, '--json',
        { env => { DIRBRIDGE_MAPPINGS_DIR => "$tests/../mappings" } });
    return $shown->{json}{settings}{quirks}{$which};
}

# Syncs until all is done: at once, unless requests fail.
sub _synced {
    my ($self, $why) = @_;
    my ($world, $result) = ($self->{world});
    $world->forget;
    for (1 .. $self->{row}{patient} // 1) {
        $result = $world->sync;
        last if ($result->{exit} // -1) == 0;
        $world->let_time_pass;
    }
    is($result->{exit}, 0, "$why: done") or diag $result->{out}, $result->{err};
    return $result;
}

sub _check_quiet {
    my ($self, $why) = @_;
    $self->{world}->forget;
    is($self->{world}->sync->{exit}, 0, "$why: and again");
    my @sent = @{ $self->{row}{patient} ? $self->{app}->writes : $self->{app}->requests };
    is_deeply([ map {"$_->{method} $_->{path}"} @sent ], [], "$why: then nothing is sent");
    return;
}

sub _checked {
    my ($self, $why, @results) = @_;
    push @results, my $result = _synced($self, $why);
    _check_accounts($self, $why);
    _check_groups($self, $why) if $self->{row}{groups};
    _check_secrets($self, $why, @results);
    _check_quiet($self, $why);
    return $result;
}

sub _step {
    my ($self, $name, $change, $words) = @_;
    $change->($self);
    return _checked($self, $name) if !$words;
    my $plan = $self->{world}->bridge->run('plan');
    $words = 'disable_means' if $words eq 'delete_means' && $self->{row}{deprovision};
    my $meaning = _words($self, $words);
    like($plan->{out}, qr/\Q$meaning\E/, "$name: the plan says what that comes to") if $meaning;
    return _checked($self, $name, $plan);
}

# What was done about accounts.
sub _done {
    my ($result) = @_;
    my %done = %{ $result->{app}{done} // {} };
    return { map { $_ => $done{$_} } grep {/^(?:adopt|create)$/} keys %done };
}

sub life {
    my ($name) = @_;
    return if $ENV{CASE} && $ENV{CASE} ne $name;
    subtest $name => sub {
        my $self = _begin($name, qw(ann bob cid dan eva fay));
        my $result = _checked($self, 'the first sync');
        is_deeply(_done($result), { adopt => 1, create => 5 + @{ $self->{crowd} } },
            'who was there is taken over, the others are made')
            if !$self->{row}{patient};
        _step($self, @$_)
            for grep { $self->{row}{groups} || $_->[0] !~ /group/ } @steps;
        cmp_ok(sum($self->{app}->fired), '>=', 3, 'and something went wrong meanwhile')
            if $self->{row}{patient};
        my @said = Bridge::Oracle->check($self->{app}, %{ $self->{row}{oracle} // {} });
        is_deeply(\@said, [], 'others read what was sent as we mean it');
    };
    return;
}

# The lies --------------------------------------------------------------------------------------

# A sync while the list lies: nothing but what is expected is sent, and the reason is said.
sub _lied_to {
    my ($self, $why, @expected) = @_;
    $self->{app}->own_faults;
    $self->{world}->forget;
    my $result = $self->{world}->sync;
    is_deeply(_foreign($self), $self->{foreign}, "$why: what is not ours is as it was");
    cmp_ok(scalar @{ $self->{app}->requests }, '<', 60, "$why: the walk has an end");
    $self->{app}->faults;
    return if $self->{row}{harmless};
    is($result->{exit}, 3, "$why: not done") or diag $result->{out}, $result->{err};
    like($result->{err}, qr/listing of accounts is not whole: .*(?:announced|show|end)/,
        "$why: because the list is not whole");
    is_deeply($self->{world}->writes, \@expected,
        "$why: of nobody it is concluded that they are not there");
    return;
}

sub liar {
    my ($name) = @_;
    return if $ENV{CASE} && $ENV{CASE} ne $name;
    subtest $name => sub {
        my $self = _begin($name, qw(ann bob cid));
        # The account of before is shown, and nobody else can have its userName.
        _lied_to($self, 'a list that lies', 'PATCH /Users/ann@example.com');
        _checked($self, 'an honest list');
        $self->{people}{dan} = _person('dan');
        $self->{world}->hire('dan');
        $self->{world}->join_group('app', 'dan');
        _set($self, 'bob', title => 'Boss');
        _lied_to($self, 'a lie about a newcomer', 'PATCH /Users/bob@example.com');
        _checked($self, 'an honest list again');
    };
    return;
}

1;
