# Bridge::World - a small company, an application, and the program between them.
#
#     my $world = Bridge::World->new(people => [qw(ann bob cid)], groups => { app => ['ann'] });
#     my $result = $world->sync;                  sync --json: see Bridge::Run, and {source}, {app}:
#                                                 the rows of the only source and the only app
#     $world->accounts                            {ann => 'active', bob => 'disabled'}: by userName
#     $world->slapd, app, bridge                  the three
#     $world->writes                              what was sent since forget, "POST /Users", ids
#                                                 replaced by userNames
#     $world->forget                              the requests so far
#     $world->forget_state                        what the program knows
#     $world->change($ldif)                       as Bridge::Slapd's modify, with {ann} in it
#                                                 replaced by ann's DN, [app] by the group's
#     $world->join_group('app', 'ann'), leave_group, hire('dan', %attributes), set('ann', title =>
#     'x'), dn('ann'), group_dn('app')            DNs of those who never moved
#     $world->configure(source => {...}, app => {...}, state => ...)
#                                                 writes the config again, with these on top
#     person_ldif('ann', %attributes), group_ldif('app', 'ann', ...)
#     holds($world, 'ann -bob', 'why', sent => ['PATCH /Users/bob'], read => 2)
#                                                 a sync, after which these have an account, a
#                                                 disabled one behind '-'; what was sent and read
#     modrdn($world, $dn, $rdn, $parent), dn_of($world, 'ann')
#                                                 renames; the DN as the program knows it
#
# The directory:
#
#     dc=example,dc=com
#         ou=Corp          the base of the source
#             ou=People    uid=ann, ...; with ou=North beneath
#             ou=Groups    cn=app, ...
#         ou=Outside       what the source does not see
#
# Everybody in cn=app has an account; one whose employeeType is "disabled" is disabled.
#
# Options of new: people, groups; ldif => more entries; slapd => {options of Bridge::Slapd}, or one
# that is there; misbehaving => 1 for that application, or application => one that is there; server
# => {options of the application}; source, settings => keys on top of the source's and the app's in
# the config. The first plan is applied and time limits are short unless they say otherwise.
package Bridge::World;
use strict;
use warnings;
use Bridge::Misbehaving;
use Bridge::Run;
use Bridge::Scimmy;
use Bridge::Slapd;
use Exporter qw(import);
use Test::More;

our @EXPORT_OK = qw(person_ldif group_ldif holds modrdn dn_of);

my $top = 'dc=example,dc=com';
my $corp = "ou=Corp,$top";

sub person_ldif {
    my ($uid, %more) = @_;
    my $ou = delete $more{ou} // "ou=People,$corp";
    my %attribute = (
        cn => "\u$uid Example",
        sn => 'Example',
        givenName => "\u$uid",
        displayName => "\u$uid Example",
        mail => "$uid\@example.com",
        title => 'Clerk',
        %more
    );
    my $text = "dn: uid=$uid,$ou\nobjectClass: inetOrgPerson\nuid: $uid\n";
    for my $name (sort keys %attribute) {
        my $values = $attribute{$name};
        $text .= "$name: $_\n" for ref $values ? @$values : defined $values ? $values : ();
    }
    return "$text\n";
}

# Members are names of people, or DNs.
sub group_ldif {
    my ($cn, @members) = @_;
    my $lines = join '', map {"member: $_\n"} map { /=/ ? $_ : dn(undef, $_) } @members;
    return "dn: cn=$cn,ou=Groups,$corp\nobjectClass: groupOfNames\ncn: $cn\n$lines\n";
}

sub company_ldif {
    my (%option) = @_;
    my @units = ($corp, (map {"ou=$_,$corp"} qw(People Groups)), "ou=North,ou=People,$corp",
        "ou=Outside,$top");
    my $text = "dn: $top\nobjectClass: organization\nobjectClass: dcObject\no: T\ndc: example\n\n";
    $text .= sprintf "dn: %s\nobjectClass: organizationalUnit\nou: %s\n\n", $_, /^ou=([^,]+)/
        for @units;
    $text .= person_ldif($_) for @{ $option{people} // [] };
    my $groups = $option{groups} // {};
    $text .= group_ldif($_, @{ $groups->{$_} }) for sort keys %$groups;
    return $text . ($option{ldif} // '');
}

sub new {
    my ($class, %option) = @_;
    my $self = bless { %option, owner => $$ }, $class;
    $self->{slapd} = Bridge::Slapd->new(ldif => company_ldif(%option), %{ $option{slapd} // {} })
        if ref($option{slapd} // {}) eq 'HASH';
    my $app = $option{application};
    $app = Bridge::Misbehaving->new(%{ $option{server} // {} }) if $option{misbehaving};
    $self->{application} = $app || Bridge::Scimmy->new(%{ $option{server} // {} });
    $self->{bridge} = Bridge::Run->new;
    $self->configure;
    return $self;
}

sub slapd { return $_[0]{slapd} }
sub app { return $_[0]{application} }
sub bridge { return $_[0]{bridge} }
sub dn { return "uid=$_[1],ou=People,$corp" }
sub group_dn { return "cn=$_[1],ou=Groups,$corp" }

sub source {
    my ($self, %more) = @_;
    return $self->{slapd}->source(
        base => $corp,
        timeout => '5s',
        connect_timeout => '3s',
        users => {
            filter => '(objectClass=inetOrgPerson)',
            disabled => '(employeeType=disabled)'
        },
        %{ $self->{source} // {} },
        %more,
    );
}

sub app_config {
    my ($self, %more) = @_;
    return $self->{application}->app(
        assign => [ { group => $self->group_dn('app') } ],
        first_run => 'apply',
        timeout => '5s',
        connect_timeout => '3s',
        %{ $self->{settings} // {} },
        %more,
    );
}

sub configure {
    my ($self, %part) = @_;
    return $self->{bridge}->write_config(
        sources => [ $self->source(%{ $part{source} // {} }) ],
        apps => [ $self->app_config(%{ $part{app} // {} }) ],
        $part{state} ? (state => $part{state}) : (),
    );
}

# Requests without an answer are as old as if minutes had passed since.
sub let_time_pass {
    my ($self) = @_;
    my $sql = q(UPDATE op SET changed_us = changed_us - 121000000 WHERE state = 'unknown');
    system('sqlite3', $self->bridge->state_file, $sql) == 0 or die 'cannot let time go by';
    return;
}

# Forgets the state, as if the program never ran.
sub forget_state {
    my ($self) = @_;
    unlink glob $self->{bridge}->state_file . '*';
    return;
}

sub sync {
    my ($self, @args) = @_;
    my $result = $self->{bridge}->run('sync', '--json', @args);
    $result->{source} = $result->{json}{sources}[0] if ref $result->{json} eq 'HASH';
    $result->{app} = $result->{json}{apps}[0] if ref $result->{json} eq 'HASH';
    return $result;
}

sub accounts {
    my ($self) = @_;
    return { map { $_->{userName} => $_->{active} ? 'active' : 'disabled' }
            $self->{application}->users };
}

sub forget { $_[0]{application}->forget; return }

sub writes {
    my ($self) = @_;
    my %name = map { $_->{id} => $_->{userName} } $self->{application}->users;
    return [
        map {
            my $path = $_->{path} =~ s{^/scim/v2}{}r;
            $path =~ s{/Users/([^/?]+)}{'/Users/' . ($name{$1} // 'gone')}e;
            "$_->{method} $path"
        } @{ $self->{application}->writes }
    ];
}

sub change {
    my ($self, $ldif) = @_;
    $ldif =~ s/\{(\w+)\}/$self->dn($1)/ge;
    $ldif =~ s/\[([\w-]+)\]/$self->group_dn($1)/ge;
    $self->{slapd}->modify($ldif);
    return;
}

sub hire {
    my ($self, $uid, %more) = @_;
    $self->{slapd}->modify(person_ldif($uid, %more));
    return;
}

sub set {
    my ($self, $uid, $attribute, @values) = @_;
    $self->change("dn: {$uid}\nchangetype: modify\nreplace: $attribute\n"
            . join('', map {"$attribute: $_\n"} @values));
    return;
}

sub _member {
    my ($self, $verb, $group, @names) = @_;
    my $lines = join '', map { 'member: ' . (/=/ ? $_ : $self->dn($_)) . "\n" } @names;
    $self->change("dn: [$group]\nchangetype: modify\n$verb: member\n$lines");
    return;
}

sub join_group { my ($self, @rest) = @_; return $self->_member('add', @rest) }
sub leave_group { my ($self, @rest) = @_; return $self->_member('delete', @rest) }

# One sync that must go well and leave exactly these accounts; a name with a minus is disabled.
sub holds {
    my ($world, $names, $why, %more) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    $world->forget;
    my $result = $world->sync;
    is($result->{exit}, 0, "$why: done") or diag $result->{err}, $result->{out};
    my %wanted = map { /^-(.*)/ ? ($1 => 'disabled') : ($_ => 'active') } split / /, $names;
    is_deeply($world->accounts, \%wanted, "$why: $names");
    is_deeply([ sort @{ $world->writes } ], [ sort @{ $more{sent} } ], "$why: what was sent")
        if $more{sent};
    is($result->{source}{read}, $more{read}, "$why: what was read") if defined $more{read};
    return $result;
}

sub modrdn {
    my ($world, $dn, $rdn, $parent) = @_;
    my $text = "dn: $dn\nchangetype: modrdn\nnewrdn: $rdn\ndeleteoldrdn: 1\n";
    $text .= "newsuperior: $parent\n" if $parent;
    $world->change($text);
    return;
}

sub dn_of {
    my ($world, $uid) = @_;
    my $result = $world->bridge->run('explain', '--json', $uid);
    return $result->{json} && $result->{json}{person}{dn};
}

1;
