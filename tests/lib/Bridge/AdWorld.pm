# Bridge::AdWorld - a small company in an Active Directory, an application, and the program between.
#
#     my $world = Bridge::AdWorld->new(users => ['ann'], groups => { app => ['ann'] }, ...);
#     $world->holds('ann -bob', 'why', sent => ['PATCH /Users/bob'], read => 1, note => qr/x/)
#                                         one sync that must go well and leave exactly these
#                                         accounts; a name with a minus is disabled; the result
#     $world->refuses('why', qr/.../)     one sync that must fail with this problem, send nothing
#                                         and leave all accounts as they are; the result
#     $world->asks('ann -bob', 'why', qr/note/)
#                                         one sync that leaves these accounts and fails: whom the
#                                         domain does not know any more is gone only if
#                                         max_drop says so, which the next one then does
#     $world->day_to_day                  what every way of following changes must carry, in a world
#                                         with ann, bob and cid of whom the first two have the app
#     $world->dc                          a Bridge::Samba; app, bridge, sync, accounts, writes,
#                                         forget, configure as those of Bridge::World
#     $world->cursor, set_cursor($text)   what the program stored about the source
#     $world->forge_cursor(key => 'x')    the same with another value, and a checksum that fits
#
# There is also gil, in OU=North beneath OU=People, in the group app. Everybody in that group has an
# account named by sAMAccountName. The base is OU=Corp.
#
# Options of new are those of Bridge::Samba; dc => one that is there, prepared => 1: it
# has gil; source => keys on top of the
# source's in the config. One application serves all worlds of a test, emptied for each.
package Bridge::AdWorld;
use strict;
use warnings;
use Bridge::Samba;
use Bridge::Run;
use Bridge::Scimmy;
use parent qw(Bridge::World);
use Carp qw(croak);
use Digest::SHA qw(sha256_hex);
use JSON::PP;
use Test::More;

my $scimmy;

my @map = (
    { to => 'userName', from => '[sAMAccountName]' },
    { to => 'displayName', from => '[displayName]' },
    { to => 'title', from => '[title]' },
    { to => 'emails[type eq "work"].value', from => '[mail]' },
);

sub new {
    my ($class, %option) = @_;
    my $source = delete $option{source};
    my $dc = delete $option{dc} // Bridge::Samba->new(dirsync => 1, tombstones => 1, %option);
    $scimmy //= Bridge::Scimmy->new;
    $scimmy->request(DELETE => "/Users/$_->{id}") for $scimmy->users;
    $scimmy->forget;
    $class->_prepare($dc) if !$option{prepared};
    my $self = bless {
        dc => $dc,
        application => $scimmy,
        bridge => Bridge::Run->new,
        source => { base => 'OU=Corp,' . $dc->base_dn, %{ $source // {} } },
        settings => { map => \@map },
        owner => $$
    }, $class;
    $self->configure;
    return $self;
}

# Somebody deeper down, whom OU moves concern.
sub _prepare {
    my ($class, $dc) = @_;
    my $north = 'OU=North,OU=People,OU=Corp,' . $dc->base_dn;
    $dc->hire('gil', ou => $north);
    $dc->join_group('app', "CN=gil,$north");
    return;
}

sub dc { return $_[0]{dc} }
sub dn { my ($self, @rest) = @_; return $self->{dc}->dn(@rest) }
sub group_dn { my ($self, @rest) = @_; return $self->{dc}->group_dn(@rest) }

sub source {
    my ($self, %more) = @_;
    return $self->{dc}->source(timeout => '20s', connect_timeout => '10s', %{ $self->{source} },
        %more);
}

sub holds {
    my ($self, $names, $why, %more) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    $self->forget;
    my $result = $self->sync;
    is($result->{exit}, 0, "$why: done") or diag $result->{err}, $result->{out};
    my %wanted = map { /^-(.*)/ ? ($1 => 'disabled') : ($_ => 'active') } split / /, $names;
    is_deeply($self->accounts, \%wanted, "$why: $names") or diag $result->{out};
    is_deeply([ sort @{ $self->writes } ], [ sort @{ $more{sent} } ], "$why: what was sent")
        if $more{sent};
    is($result->{source}{read}, $more{read}, "$why: what was read") if defined $more{read};
    like("@{ $result->{source}{notes} // [] }", $more{note}, "$why: what was noted")
        if $more{note};
    unlike("@{ $result->{source}{notes} // [] }", qr/everything is/, "$why: only changes")
        if $more{delta};
    return $result;
}

sub refuses {
    my ($self, $why, $problem) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $before = $self->accounts;
    $self->forget;
    my $result = $self->sync;
    is($result->{exit}, 1, "$why: failed") or diag $result->{out};
    like($result->{source}{problem} // '', $problem, "$why: says so");
    is_deeply($self->writes, [], "$why: nothing was sent");
    is_deeply($self->accounts, $before, "$why: nobody lost anything");
    return $result;
}

sub asks {
    my ($self, $names, $why, $note) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my %wanted = map { s/^-//r => /^-/ ? 'disabled' : 'active' } split / /, $names;
    my $result = $self->sync;
    is($result->{exit}, 1, "$why: somebody must decide") or diag $result->{out};
    like($result->{source}{problem}, qr/neither shown nor deleted, e\.g\..*max_drop = 100/s,
        "$why: and is told so");
    like("@{ $result->{source}{notes} }", $note, "$why: what was noted");
    is($result->{source}{removed}, 0, "$why: nobody is gone");
    is_deeply($self->accounts, \%wanted, "$why: $names");
    return $result;
}

sub cursor {
    my ($self) = @_;
    my $state = $self->{bridge}->state_file;
    my $text = `sqlite3 '$state' 'SELECT cursor FROM source'`;
    chomp $text;
    return $text;
}

sub set_cursor {
    my ($self, $text) = @_;
    my ($quoted, $digest) = ($text =~ s/'/''/gr, sha256_hex("$text\0"));
    system('sqlite3', $self->{bridge}->state_file,
        "UPDATE source SET cursor = '$quoted', cursor_digest = '$digest'") == 0
        or croak 'cannot set the cursor';
    return;
}

# The cursor with some of its keys changed, as if the program had written it so.
sub forge_cursor {
    my ($self, %change) = @_;
    my $json = JSON::PP->new->canonical;
    my $cursor = $json->decode($self->cursor);
    delete $cursor->{check};
    %$cursor = (%$cursor, %change);
    $cursor->{check} = sha256_hex($json->encode($cursor) . "\0");
    $self->set_cursor($json->encode($cursor));
    return;
}

sub _dn_of {
    my ($self, $name) = @_;
    my $result = $self->{bridge}->run('explain', '--json', $name);
    return $result->{json} && $result->{json}{person}{dn};
}

sub day_to_day {
    my ($self) = @_;
    my ($dc, $app) = ($self->{dc}, $self->{application});
    my $top = $dc->base_dn;
    my $people = "OU=People,OU=Corp,$top";

    $self->holds('ann bob gil', 'the first read', sent => [ ('POST /Users') x 3 ]);
    $self->holds('ann bob gil', 'nothing new', sent => [], read => 0);

    $dc->hire('dan');
    $dc->join_group('app', 'dan');
    $self->holds('ann bob dan gil', 'a hire', sent => ['POST /Users'], delta => 1);
    $dc->set($dc->dn('ann'), title => 'Boss');
    $self->holds('ann bob dan gil', 'a change', sent => ['PATCH /Users/ann'], delta => 1);
    is($app->user('ann')->{title}, 'Boss', 'and it arrived');
    $dc->set($dc->dn('ann'), 'title');
    $self->holds('ann bob dan gil', 'a value removed', sent => ['PATCH /Users/ann']);
    is($app->user('ann')->{title}, undef, 'and it is gone');
    $dc->set($dc->dn('ann'), info => 'nobody maps this');
    $self->holds('ann bob dan gil', 'a change nobody maps', sent => []);

    $dc->disable('bob');
    $self->holds('ann -bob dan gil', 'disabled', sent => ['PATCH /Users/bob'], delta => 1);
    $dc->enable('bob');
    $self->holds('ann bob dan gil', 'enabled', sent => ['PATCH /Users/bob'], delta => 1);

    my $id = $app->user('ann')->{id};
    $dc->modrdn($dc->dn('ann'), 'CN=anna');
    $self->holds('ann bob dan gil', 'a person renamed', sent => [], delta => 1);
    is($self->_dn_of('ann'), "CN=anna,$people", 'is known by the new name');
    $dc->set("CN=anna,$people", sAMAccountName => 'anna');
    $self->holds('anna bob dan gil', 'another login name', sent => ['PATCH /Users/anna']);
    is($app->user('anna')->{id}, $id, 'keeps the account');

    $dc->modrdn($dc->dn('dan'), 'CN=dan', "OU=Outside,$top");
    $self->holds('anna bob -dan gil', 'moved out', sent => ['PATCH /Users/dan'], delta => 1);
    $dc->modrdn("CN=dan,OU=Outside,$top", 'CN=dan', $people);
    $self->holds('anna bob dan gil', 'and in again', sent => ['PATCH /Users/dan'], delta => 1);

    $dc->modrdn("OU=North,$people", 'OU=Nord');
    $self->holds('anna bob dan gil', 'a container renamed', sent => [], delta => 1);
    is($self->_dn_of('gil'), "CN=gil,OU=Nord,$people", 'who is beneath has moved');
    $dc->modrdn("OU=Nord,$people", 'OU=Nord', "OU=Outside,$top");
    $self->holds('anna bob dan -gil', 'a container moved out', sent => ['PATCH /Users/gil']);
    $dc->modrdn("OU=Nord,OU=Outside,$top", 'OU=North', $people);
    $self->holds('anna bob dan gil', 'and back', sent => ['PATCH /Users/gil'], delta => 1);

    my $guid = $dc->guid($dc->dn('bob'));
    $dc->delete($dc->dn('bob'));
    my $gone = $self->holds('anna -bob dan gil', 'a delete', sent => ['PATCH /Users/bob']);
    is($gone->{source}{removed}, 1, 'one is gone');
    $dc->undelete($guid, $dc->dn('bob'));
    $dc->set($dc->dn('bob'), userAccountControl => 512);
    $self->holds('anna -bob dan gil', 're-animated, in no group', sent => []);
    $dc->join_group('app', 'bob');
    $self->holds('anna bob dan gil', 'and in it again');
    return;
}

1;
