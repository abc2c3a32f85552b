# Bridge::Events - one table of what happens in directories, played on each of them and followed in
# each way that the program knows. After every event every way must hold the same.
#
#     Bridge::Events::play(
#         directory => Bridge::Events::Ldap->new($slapd),
#         ways => { syncrepl => {}, scan => { changes => 'scan' } },
#     );
#
# A way is a source with these settings, followed by a program with a state of its own, with apps
# (files) for groups that are nested, direct, in a cycle, and for everybody but the crowd. One that
# brings a source of its own, and code to be run before each pull, is {source => {...}, before =>
# sub {...}}. The files are in memory, because thousands of accounts are flushed one by one. The
# table is @events below. Each event is done in the directory and in a model of it, which is a few
# hashes; who should have which account, with which title and DN, is worked out from the model and
# never from what the program says. Whoever had an account keeps it, under the same id, whatever
# happens.
#
# A directory is an object with base, source(%settings) and the methods that the events call:
#
#     hire(name, ou, title), set_title(name, dn, title), remove(dn), rename(dn, rdn, parent)
#     make_group(name, member dns), add_members(group, dns), drop_members(group, dns),
#     remove_group(name), make_ou(dn)
#     disable(dn), enable(dn)
#     crowd(group, number)      so many people with the names it returns, all in the group
#     user_name                 the attribute that accounts are called by
#
# What only some can do has a method that others do not have: expire(dn, seconds), lock(dn),
# revive(name, dn), set_primary(dn, group). Events that need it are left out for the others; the
# README of src/source says what follows for them.
package Bridge::Events;
use strict;
use warnings;
use Bridge::Namespace;
use Bridge::Run;
use Carp qw(croak);
use JSON::PP;
use Test::More;

# [what happens, how, the method that it needs]
my @events = (
    [ 'nothing' => sub { } ],
    [ 'a hire, put into a group' => sub { $_[0]->hire('ira'); $_[0]->join_group('app', 'ira') } ],
    [ 'a hire without any group' => sub { $_[0]->hire('joe') } ],
    [ 'a new title' => sub { $_[0]->set_title('ann', 'Head') } ],
    [ 'a person renamed' => sub { $_[0]->rename('ann', 'anna') } ],
    [ 'a member of a nested group renamed' => sub { $_[0]->rename('dan', 'daniel') } ],
    [ 'a person moved within the base' => sub { $_[0]->move('bob', 'North') } ],
    [ 'a person moved out of the base' => sub { $_[0]->move('cid', 'Outside') } ],
    [ 'and back' => sub { $_[0]->move('cid', 'People') } ],
    [ 'an OU with people renamed' => sub { $_[0]->rename_ou('North', 'Nord') } ],
    [ 'the OU moved out of the base' => sub { $_[0]->move_ou('Nord', 'Outside') } ],
    [ 'a title changed out there' => sub { $_[0]->set_title('bob', 'Ranger') } ],
    [ 'the OU moved back' => sub { $_[0]->move_ou('Nord', 'People') } ],
    [
        'an OU renamed, and another made under its old name, with people' => sub {
            $_[0]->rename_ou('Nord', 'Norden');
            $_[0]->make_ou('Nord', 'People');
            $_[0]->hire('kim', 'Nord');
            $_[0]->join_group('deep', 'kim');
        }
    ],
    [ 'disabled' => sub { $_[0]->disable('anna') } ],
    [ 'a title changed while disabled' => sub { $_[0]->set_title('anna', 'Head of all') } ],
    [ 'enabled' => sub { $_[0]->enable('anna') } ],
    [ 'expired' => sub { $_[0]->expire('eve', -60) }, 'expire' ],
    [ 'expiring tomorrow' => sub { $_[0]->expire('eve', 86_400) }, 'expire' ],
    [ 'never expiring' => sub { $_[0]->expire('eve') }, 'expire' ],
    [ 'locked out' => sub { $_[0]->lock('fay') }, 'lock' ],
    [ 'put into a group directly' => sub { $_[0]->join_group('app', 'gus') } ],
    [ 'taken out again' => sub { $_[0]->leave_group('app', 'gus') } ],
    [ 'put into a nested group' => sub { $_[0]->join_group('deep', 'gus') } ],
    [ 'twice in it, once directly' => sub { $_[0]->join_group('app', 'gus') } ],
    [ 'out of the nested one' => sub { $_[0]->leave_group('deep', 'gus') } ],
    [ 'a nested group taken out' => sub { $_[0]->leave_group('app', 'inner') } ],
    [ 'and put back' => sub { $_[0]->join_group('app', 'inner') } ],
    [ 'a cycle closed' => sub { $_[0]->join_group('deep', 'app') } ],
    [ 'a person in the cycle' => sub { $_[0]->join_group('ring', 'joe') } ],
    [ 'the cycle opened' => sub { $_[0]->leave_group('deep', 'app') } ],
    [
        'a new group in a group, in one go' => sub {
            $_[0]->make_group('fresh', 'fay');
            $_[0]->join_group('inner', 'fresh');
        }
    ],
    [ 'a group renamed' => sub { $_[0]->rename_group('fresh', 'stale') } ],
    [
        'two people swap their names' => sub {
            $_[0]->rename('eve', 'nobody');
            $_[0]->rename('fay', 'eve');
            $_[0]->rename('nobody', 'fay');
        }
    ],
    [ 'another primary group' => sub { $_[0]->set_primary('joe', 'app') }, 'set_primary' ],
    [
        'the primary group nested in another' => sub {
            $_[0]->set_primary('hal', 'stale');
        },
        'set_primary'
    ],
    [ 'a member deleted' => sub { $_[0]->remove('cid') } ],
    [
        'renamed, promoted and moved at once' => sub {
            $_[0]->rename('anna', 'annika');
            $_[0]->set_title('annika', 'Director');
            $_[0]->move('annika', 'Norden');
        }
    ],
    [ 'the deleted one is back' => sub { $_[0]->revive('cid', 'People') }, 'revive' ],
    [ 'and in the group again' => sub { $_[0]->join_group('app', 'cid') }, 'revive' ],
    [
        'deleted, and a hire under the old DN' => sub {
            $_[0]->remove('gus');
            $_[0]->hire('lea', 'People', 'gus');
        }
    ],
    [ 'a nested group deleted' => sub { $_[0]->remove_group('inner') } ],
    [ 'a group of thousands' => sub { $_[0]->crowd('app') } ],
    [ 'one of them leaves' => sub { $_[0]->leave_group('crowd', $_[0]{crowd}[7]) } ],
    [ 'and is back' => sub { $_[0]->join_group('crowd', $_[0]{crowd}[7]) } ],
    [ 'one of them is deleted' => sub { $_[0]->remove($_[0]{crowd}[8]) } ],
    [ 'an OU deleted with a person in it' => sub { $_[0]->remove_ou('Nord') } ],
    [ 'the group of thousands deleted' => sub { $_[0]->remove_group('crowd') } ],
);

# app => [the group, whether nested groups count]; no group: everybody but the crowd (user1, ...).
my %apps = (app => [ 'app', 1 ], direct => [ 'app', 0 ], ring => [ 'ring', 1 ], all => []);

# ---- the model, and the directory beside it ----

# Who is told by an id, the first name that somebody or some group had; names change.
sub new {
    my ($class, $directory) = @_;
    my $self = bless {
        directory => $directory,
        people => {},
        groups => {},
        ous => { People => 'Corp', North => 'People', Groups => 'Corp', Corp => '', Outside => '' },
    }, $class;
    $self->hire($_) for qw(ann bob cid dan eve fay gus);
    $self->hire('hal', 'North');
    $self->make_group('deep', 'dan');
    $self->make_group('inner', 'cid', 'deep');
    $self->make_group('app', 'ann', 'bob', 'inner');
    $self->make_group('ring', 'eve');
    $self->make_group('rung', 'ring');
    $self->join_group('ring', 'rung');
    return $self;
}

sub ou_dn {
    my ($self, $ou) = @_;
    my @path;
    for (my $at = $ou; length $at; $at = $self->{ous}{$at}) { push @path, "ou=$at" }
    return join ',', @path;
}

sub _full { my ($self, $dn) = @_; return "$dn," . $self->{directory}->base }

# The person or group of a name, and its DN.
sub person {
    my ($self, $name) = @_;
    my ($who) = grep { $_->{name} eq $name && !$_->{gone} } values %{ $self->{people} };
    return $who;
}

sub group {
    my ($self, $name) = @_;
    my ($which) = grep { $_->{name} eq $name && !$_->{gone} } values %{ $self->{groups} };
    return $which;
}

sub short_dn {
    my ($self, $what) = @_;
    return "cn=$what->{name}," . $self->ou_dn($what->{ou});
}

sub dn { my ($self, $what) = @_; return $self->_full($self->short_dn($what)) }

sub _find {
    my ($self, $name) = @_;
    return $self->person($name) // $self->group($name) // die "nobody is called $name\n";
}

sub hire {
    my ($self, $id, $ou, $name) = @_;
    my $who = $self->{people}{$id} = {
        id => $id,
        name => $name // $id,
        ou => $ou // 'People',
        title => "Clerk $id",
        enabled => 1
    };
    $self->{directory}->hire($id, $self->dn($who), $who->{title});
    return;
}

sub set_title {
    my ($self, $name, $title) = @_;
    my $who = $self->person($name);
    $self->{directory}->set_title($self->dn($who), $who->{title} = $title);
    return;
}

sub rename {    ## no critic: what it does
    my ($self, $name, $new) = @_;
    my $what = $self->_find($name);
    my $old = $self->dn($what);
    $what->{name} = $new;
    $self->{directory}->rename($old, "cn=$new", undef);
    return;
}

sub rename_group { my ($self, @names) = @_; $self->rename(@names); return }

sub move {
    my ($self, $name, $ou) = @_;
    my $who = $self->person($name);
    my $old = $self->dn($who);
    $who->{ou} = $ou;
    $self->{directory}->rename($old, "cn=$name", $self->_full($self->ou_dn($ou)));
    return;
}

sub make_ou {
    my ($self, $ou, $parent) = @_;
    $self->{ous}{$ou} = $parent;
    $self->{directory}->make_ou($self->_full($self->ou_dn($ou)));
    return;
}

sub rename_ou {
    my ($self, $ou, $new) = @_;
    my $old = $self->_full($self->ou_dn($ou));
    $self->{ous}{$new} = delete $self->{ous}{$ou};
    $_->{ou} eq $ou and $_->{ou} = $new for values %{ $self->{people} };
    $self->{directory}->rename($old, "ou=$new", undef);
    return;
}

sub move_ou {
    my ($self, $ou, $parent) = @_;
    my $old = $self->_full($self->ou_dn($ou));
    $self->{ous}{$ou} = $parent;
    $self->{directory}->rename($old, "ou=$ou", $self->_full($self->ou_dn($parent)));
    return;
}

sub remove_ou {
    my ($self, $ou) = @_;
    $self->remove($_->{name})
        for grep { $_->{ou} eq $ou && !$_->{gone} } values %{ $self->{people} };
    $self->{directory}->remove($self->_full($self->ou_dn($ou)));
    delete $self->{ous}{$ou};
    return;
}

sub _flag {
    my ($self, $name, $flag, $value, $method, @more) = @_;
    my $who = $self->person($name);
    $who->{$flag} = $value;
    $self->{directory}->$method($self->dn($who), @more);
    return;
}

sub disable { my ($self, $name) = @_; $self->_flag($name, enabled => 0, 'disable'); return }
sub enable { my ($self, $name) = @_; $self->_flag($name, enabled => 1, 'enable'); return }
sub lock { my ($self, $name) = @_; $self->_flag($name, locked => 1, 'lock'); return } ## no critic

sub expire {
    my ($self, $name, $seconds) = @_;
    $self->_flag($name, expired => defined $seconds && $seconds < 0, 'expire', $seconds);
    return;
}

# A group's members are ids. Whoever is gone leaves all groups and does not come back to them.
sub make_group {
    my ($self, $id, @members) = @_;
    my $group = $self->{groups}{$id} = { id => $id, name => $id, ou => 'Groups', members => {} };
    my @whom = map { $self->_find($_) } @members;
    $group->{members}{ $_->{id} } = 1 for @whom;
    $self->{directory}->make_group($id, $self->dn($group), map { $self->dn($_) } @whom);
    return;
}

sub join_group {
    my ($self, $name, $member) = @_;
    my ($group, $who) = ($self->group($name), $self->_find($member));
    $group->{members}{ $who->{id} } = 1;
    $self->{directory}->add_members($self->dn($group), $self->dn($who));
    return;
}

sub leave_group {
    my ($self, $name, $member) = @_;
    my ($group, $who) = ($self->group($name), $self->_find($member));
    delete $group->{members}{ $who->{id} };
    $self->{directory}->drop_members($self->dn($group), $self->dn($who));
    return;
}

# The directory may take a primary member out of the group's values, and puts it into those of the
# former primary group, which is none of ours at first.
sub set_primary {
    my ($self, $name, $group) = @_;
    my ($who, $which) = ($self->person($name), $self->group($group));
    $self->join_group($group, $name);
    delete $which->{members}{ $who->{id} };
    $who->{primary} = $which->{id};
    $self->{directory}->set_primary($self->dn($who), $self->dn($which));
    return;
}

sub _gone {
    my ($self, $what) = @_;
    $what->{gone} = 1;
    delete $_->{members}{ $what->{id} } for values %{ $self->{groups} };
    $self->{directory}->remove($self->dn($what));
    return;
}

sub remove { my ($self, $name) = @_; $self->_gone($self->person($name)); return }
sub remove_group { my ($self, $name) = @_; $self->_gone($self->group($name)); return }

sub revive {
    my ($self, $id, $ou) = @_;
    my $who = $self->{people}{$id};
    @$who{qw(gone ou primary)} = (0, $ou, undef);
    $self->{directory}->revive($id, $self->dn($who), $who->{title});
    return;
}

sub crowd {
    my ($self, $into) = @_;
    my $parent = $self->_full($self->ou_dn('People'));
    my $group = { id => 'crowd', name => 'crowd', ou => 'Groups', members => {} };
    my @names = $self->{directory}->crowd($self->dn($group), $parent);
    for my $name (@names) {
        $self->{people}{$name} = { id => $name, name => $name, ou => 'People', enabled => 1 };
        $group->{members}{$name} = 1;
    }
    $self->{groups}{crowd} = $group;
    $self->{crowd} = \@names;
    $self->join_group($into, 'crowd');
    return;
}

# ---- who should have what, by the model ----

sub is_in_scope {
    my ($self, $who) = @_;
    return !$who->{gone} && $self->ou_dn($who->{ou}) =~ /(?:^|,)ou=Corp$/;
}

# All ids beneath a group. A primary group counts like a value.
sub beneath {
    my ($self, $id, $nested, $seen) = @_;
    return () if $seen->{$id}++;
    my $group = $self->{groups}{$id};
    return () if $group->{gone};
    my @primary = grep { ($_->{primary} // '') eq $id } values %{ $self->{people} };
    my @direct = (keys %{ $group->{members} }, map { $_->{id} } @primary);
    my @people = grep { $self->{people}{$_} && !$self->{groups}{$_} } @direct;
    return @people if !$nested;
    return (@people, map { $self->beneath($_, 1, $seen) } grep { $self->{groups}{$_} } @direct);
}

# {id => "title|dn"} of the accounts that must be active.
sub active {
    my ($self, $group, $nested) = @_;
    my @ids =
        $group
        ? $self->beneath($group, $nested, {})
        : grep { !/^user\d/ } keys %{ $self->{people} };
    my %active;
    for my $who (map { $self->{people}{$_} } @ids) {
        next if !$self->is_in_scope($who) || !$who->{enabled} || $who->{expired};
        $active{ $who->{id} } = ($who->{title} // '') . '|' . lc $self->short_dn($who);
    }
    return \%active;
}

# ---- following it ----

sub follower {
    my ($directory, $name, $way) = @_;
    my $bridge = Bridge::Run->new;
    my $user_name = $directory->user_name;
    $bridge->write_config(
        sources => [ $way->{source} // $directory->source(%$way) ],
        apps => [
            map {
                my ($group, $nested) = @{ $apps{$_} };
                my $dn = $group && "cn=$group,ou=Groups,ou=Corp," . $directory->base;
                {
                    name => $_,
                    type => 'mem',
                    file => $bridge->dir . "/$_.accounts",
                    assign => $group
                        ? [ { group => $dn, nested => $nested ? 'true' : 'false' } ]
                        : 'all',
                    map => [
                        { to => 'userName', from => "[$user_name]" },
                        { to => 'title', from => '[title]' },
                        { to => 'nickName', from => '[dn]' },
                    ],
                    first_run => 'apply',
                    limits => { removals => 1_000_000 },
                    $group ? () : (scope => "(!($user_name=user*))"),
                }
            } sort keys %apps
        ],
    );
    return { name => $name, bridge => $bridge, before => $way->{before}, ids => {}, files => {} };
}

# {userName => the account as it is now}, from the lines of a file; the last one of an id counts.
# Lines are only ever added, so those of before are not read again.
sub accounts {
    my ($follower, $app) = @_;
    my $path = $follower->{bridge}->dir . "/$app.accounts";
    my $known = $follower->{files}{$app} //= { read => 0, by_id => {} };
    if (open my $file, '<', $path) {
        seek $file, $known->{read}, 0 or croak "$path: $!";
        while (my $line = <$file>) {
            my $row = decode_json($line);
            $known->{by_id}{ $row->{id} } = $row;
        }
        $known->{read} = tell $file;
        close $file;
    }
    return { map { $_->{document}{userName} => $_ }
            grep { !$_->{deleted} } values %{ $known->{by_id} } };
}

# What is wrong with the accounts of an app, as lines; none if nothing is.
sub differences {
    my ($self, $follower, $app) = @_;
    my $wanted = $self->active(@{ $apps{$app} });
    my $base = lc $self->{directory}->base;
    my ($found, @lines) = (accounts($follower, $app));
    for my $name (sort keys %{ { %$found, %$wanted } }) {
        my $account = $found->{$name};
        my $document = $account ? $account->{document} : undef;
        my $known = $follower->{ids}{"$app $name"} //= $account && $account->{id};
        push @lines, "$app: $name has another account than before"
            if $known && $account && $known ne $account->{id};
        my $active = $document && ($document->{active} // 1);
        push @lines, "$app: $name should have no active account" if $active && !$wanted->{$name};
        push @lines, "$app: $name has no active account" if !$active && $wanted->{$name};
        next if !$active || !$wanted->{$name};
        my $dn = lc($document->{nickName} // '') =~ s/,\Q$base\E$//r;
        my $title = $wanted->{$name} =~ /^\|/ ? '' : $document->{title} // '';
        push @lines, "$app: $name is '$title|$dn' and should be '$wanted->{$name}'"
            if "$title|$dn" ne $wanted->{$name};
    }
    return @lines;
}

sub follow {
    my ($self, $follower, $what) = @_;
    my $way = "$follower->{name}: $what";
    $follower->{before}->() if $follower->{before};
    my $result = $follower->{bridge}->run('sync', '--json', { timeout => 120 });
    my @wrong = map { $self->differences($follower, $_) } sort keys %apps;
    my $source = $result->{json} && $result->{json}{sources}[0];
    push @wrong, 'exit code ' . ($result->{exit} // 'none') if ($result->{exit} // -1) != 0;
    ok(!@wrong, $way)
        or diag join "\n", (@wrong > 12 ? (@wrong[ 0 .. 11 ], '...') : @wrong), $result->{err},
        map { $_ // () } $source && ($source->{problem}, @{ $source->{notes} // [] });
    return;
}

sub play {
    my (%option) = @_;
    my $directory = $option{directory};
    Bridge::Namespace::use_memory();
    my $self = Bridge::Events->new($directory);
    my @followers =
        map { follower($directory, $_, $option{ways}{$_}) } sort keys %{ $option{ways} };
    $self->follow($_, 'the first read') for @followers;
    for my $event (@events) {
        my ($what, $do, $needs) = @$event;
        next if $needs && !$directory->can($needs);
        $do->($self);
        $self->follow($_, $what) for @followers;
    }
    return;
}

1;
