# Bridge::MockWorld - a small company in a Bridge::MockAd, the scripted application, and the program
# between them.
#
#     my $world = world(changes => 'usn', people => [qw(ann bob)], ...);
#     holds($world, 'ann -bob', 'why', ['PATCH /Users/bob'])
#                                         one sync that must go well and leave exactly these
#                                         accounts; a name with a minus is disabled; what was sent
#     survives($world, 'why', qr/problem/, @faults)
#                                         one sync under faults of which one must fire: it fails,
#                                         says so, and nobody loses anything
#     recovers($world, 'gone', 'new')     the next one is right: one person left, one came
#     sync($world)                        sync --json, and {source}: the row of the only source
#     accounts()                          {ann => 'active', bob => 'disabled'}
#     writes()                            what was sent, as "PATCH /Users/bob", sorted
#     configure($world, %source)          writes the config again, with these keys of the source
#     read_all_again($world)              ... with another filter, which selects the same people
#     each_way('name' => sub { my ($changes) = @_; ... })      a subtest by USN and one by DirSync
#     app()                               the application, one for all worlds of a test
#
# $world is a hash: ad, bridge, and the options of world: changes; people (p10 to p29), members of
# the group app (all of them); settings of the server; ad => one that is there; source, top => keys
# of the source and of the config. Everybody in the group has an account.
package Bridge::MockWorld;
use strict;
use warnings;
use Bridge::Namespace;
use Bridge::Misbehaving;
use Bridge::MockAd;
use Bridge::Run;
use Exporter qw(import);
use Test::More;

our @EXPORT = qw(
    app world configure sync accounts named writes holds each_way small everybody
    survives recovers read_all_again result
);

my @people = map {"p$_"} 10 .. 29;
my $application;

sub app { return $application //= Bridge::Misbehaving->new }

# The people that there are unless a test says otherwise, all of them with accounts.
sub everybody { return map { $_ => 'active' } @people }

# Small numbers make many pages, ranges and rounds of a small company.
sub small {
    return (maxPageSize => 7, maxValRange => 6, dirsyncObjects => 8, dirsyncValues => 5);
}

sub configure {
    my ($world, %source) = @_;
    $world->{bridge}->write_config(
        %{ $world->{top} // {} },
        sources => [
            $world->{ad}->source(
                changes => $world->{changes},
                timeout => '3s',
                %{ $world->{source} // {} }, %source
            )
        ],
        apps => [
            app()->app(
                first_run => 'apply',
                assign => [ { group => 'CN=app,OU=Groups,DC=mock,DC=test' } ],
                match => ['userName'],
                limits => { removals => 1000, removals_percent => 100 },
                map => [
                    { to => 'userName', from => '[sAMAccountName]' },
                    { to => 'displayName', from => '[displayName]' },
                    { to => 'name.familyName', from => '[sn]' },
                    { to => 'title', from => '[title]' },
                    { to => 'emails[type eq "work"].value', from => '[mail]' },
                ],
            )
        ]
    );
    return;
}

# Hundreds of runs: what they flush is not the subject.
sub world {
    my (%option) = @_;
    Bridge::Namespace::use_memory();
    app()->reset;
    my %settings = (small(), %{ $option{settings} // {} });
    my $ad = $option{ad} // Bridge::MockAd->new(settings => \%settings);
    my $world = { %option, ad => $ad, bridge => Bridge::Run->new };
    if (!$option{ad}) {
        $ad->user($_) for @{ $option{people} // \@people };
        $ad->group('app', @{ $option{members} // $option{people} // \@people });
    }
    configure($world);
    return $world;
}

sub sync {
    my ($world) = @_;
    app()->forget;
    my $result = $world->{bridge}->run('sync', '--json');
    $result->{source} = $result->{json}{sources}[0] if ref $result->{json} eq 'HASH';
    return $result;
}

# {ann => 'active', bob => 'disabled'}
sub accounts {
    return { map { $_->{userName} => $_->{active} ? 'active' : 'disabled' } app()->users };
}

# "ann -bob": bob is disabled.
sub named {
    return { map { /^-(.*)/ ? ($1 => 'disabled') : ($_ => 'active') } @_ };
}

sub writes {
    my %name = map { $_->{id} => $_->{userName} } app()->users;
    return [
        sort map {
            my $path = $_->{path} =~ s{^/scim/v2}{}r;
            $path =~ s{/Users/([^/?]+)}{'/Users/' . ($name{$1} // 'gone')}e;
            "$_->{method} $path"
        } @{ app()->writes }
    ];
}

# One sync that must go well and leave exactly these accounts.
sub holds {
    my ($world, $names, $why, $sent) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $result = sync($world);
    is($result->{exit}, 0, "$why: done") or diag $result->{err}, $result->{out};
    is_deeply(accounts(), named(split / /, $names), "$why: $names")
        or diag explain($result->{source});
    is_deeply(writes(), [ sort @$sent ], "$why: what was sent") if $sent;
    return $result;
}

sub each_way {
    my ($name, $code) = @_;
    for my $changes (qw(usn dirsync)) {
        subtest "$name, $changes" => sub { $code->($changes) };
    }
    return;
}

# A sync under a fault: nobody is removed, and it is said; the next good one is right.
sub survives {
    my ($world, $why, $sentence, @rules) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $ad = $world->{ad};
    my $before = accounts();
    $ad->faults(@rules);
    my $result = sync($world);
    ok((grep {$_} $ad->fired), "$why: it happened") or diag explain([ $ad->log ]);
    is($result->{timeout}, 0, "$why: it ends by itself");
    is($result->{exit}, 1, "$why: exit 1") or diag $result->{out};
    is_deeply([ grep {/^DELETE/} @{ writes() } ], [], "$why: nothing is deleted");
    like($result->{source}{problem} // '', $sentence, "$why: it says what");
    my $after = accounts();
    is_deeply({ map { $_ => $after->{$_} } keys %$before }, $before, "$why: nobody lost anything");
    $ad->faults;
    return $result;
}

# And what was to be seen is seen afterwards.
sub recovers {
    my ($world, $gone, $new) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $ad = $world->{ad};
    my $before = accounts();
    $ad->remove($gone);
    $ad->user($new);
    $ad->join('app', $new);
    my $result = sync($world);
    is($result->{exit}, 0, 'the next good read: done') or diag $result->{out}, $result->{err};
    is_deeply(accounts(), { %$before, $gone => 'disabled', $new => 'active' },
        'the next good read: all is as in the directory');
    return;
}

# Another filter in the config means that all is read again; it selects the same people.
sub read_all_again {
    my ($world) = @_;
    my $more = ++$world->{filters};
    configure($world, users => { filter => "(&(objectClass=user)(!(cn=nobody$more)))" });
    return;
}

sub result { return { fault => 'result', code => $_[0], text => $_[1] // 'something' } }

1;
