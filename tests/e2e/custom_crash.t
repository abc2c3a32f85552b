#!/usr/bin/perl
# SIGKILL at every crash point of a run over an API of an application's own, where a verb can be
# several calls: from what its files hold there the next run goes on, and the application then holds
# what it would hold without the crash; nobody twice, nothing lost, and nothing is left to plan. The
# points are those of tests/crash; Bridge::Run's visit() lets the program stand still at each.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::CustomApi;
use Bridge::CustomApi::Definitions qw(unconfirmed);
use Bridge::CustomLife;
use Bridge::Process qw(read_file);
use Bridge::Run;
use Digest::SHA qw(sha256_hex);
use JSON::PP;
use Test::More;

# CASE=text plays what has that in its name.
sub play {
    my ($name, $code) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    subtest($name, $code) if index($name, $ENV{CASE} // '') >= 0;
    return;
}

my $json = JSON::PP->new->utf8->canonical->pretty;

# ---- the directory, at three moments ----

sub person {
    my ($uid, %more) = @_;
    my %value = (cn => $uid, givenName => ucfirst $uid, sn => 'Example', displayName => $uid,
        mail => "$uid\@example.com", title => 'Clerk', departmentNumber => '10', %more);
    my $uuid = sprintf '00000000-0000-0000-0000-%012s', unpack 'H*', $uid;
    return "dn: uid=$uid,ou=people,dc=ex\nobjectClass: inetOrgPerson\nuid: $uid\n"
        . "entryUUID: $uuid\n" . join('', map {"$_: $value{$_}\n"} sort keys %value) . "\n";
}

sub group {
    my ($cn, @members) = @_;
    my $uuid = sprintf '00000001-0000-0000-0000-%012s', unpack 'H*', $cn;
    return "dn: cn=$cn,ou=groups,dc=ex\nobjectClass: groupOfNames\ncn: $cn\nentryUUID: $uuid\n"
        . join('', map {"member: uid=$_,ou=people,dc=ex\n"} @members) . "\n";
}

# People who are made, and one who is adopted; then everything that can become of them.
my @moments = (
    join('', map { person($_) } qw(ann bob cid dan eve fay))
        . group(app => qw(ann bob cid dan eve))
        . group(sales => qw(ann bob dan)),
    join('',
        person('ann', sn => 'Model', mail => 'ann.model@example.com'),
        person('bob', departmentNumber => '20'),
        person('cid', employeeType => 'disabled'),
        map { person($_) } qw(eve fay))
        . group(app => qw(ann bob cid fay))
        . group(sales => qw(bob fay)),
    join('', map { person($_) } qw(ann bob cid eve fay))
        . group(app => qw(ann cid eve fay))
        . group(sales => qw(cid eve fay)),
);

# ---- a world that can be kept and brought back ----

sub configure {
    my ($self) = @_;
    my ($app, $dir) = ($self->{app}, $self->{bridge}->dir);
    $self->{bridge}->write_config(
        sources => [ {
            name => 'corp',
            type => 'ldif',
            file => "$dir/directory.ldif",
            users => { filter => '(objectClass=inetOrgPerson)',
                disabled => '(employeeType=disabled)' }
        } ],
        apps => [
            $app->app(
                assign => [ { group => 'cn=app,ou=groups,dc=ex' } ],
                first_run => 'apply',
                deprovision => { deleted => 'delete' },
                limits => { removals => 100 },
                %{ $self->{settings} }
            )
        ],
    );
    return;
}

sub begin {
    my ($api, %option) = @_;
    my $app = Bridge::CustomApi->new($api, settings => $option{server} // {});
    $app->seed(users => [ Bridge::CustomLife::seeded($api, 'dan@example.com', 0) ]);
    my $self = {
        app => $app,
        bridge => Bridge::Run->new(warm => 1),
        settings => $option{settings}
    };
    configure($self);
    return $self;
}

sub state_files {
    my ($self) = @_;
    my $file = $self->{bridge}->state_file;
    return grep {-f} glob "$file $file-* $file.tokens/*";
}

sub keep {
    my ($self) = @_;
    my %files = map { $_ => read_file($_) } state_files($self);
    return { raw => $self->{app}->raw, files => \%files };
}

sub bring_back {
    my ($self, $kept) = @_;
    $self->{app}->restore($kept->{raw});
    my $folder = $self->{bridge}->dir . '/';
    unlink state_files($self);
    $self->{bridge}->write_file(s/^\Q$folder\E//r, $kept->{files}{$_}, 0600)
        for keys %{ $kept->{files} };
    return;
}

sub moment {
    my ($self, $text) = @_;
    $self->{bridge}->write_file('directory.ldif', $text);
    return;
}

# What the application holds, without ids and tokens, which another order of events may change.
sub held {
    my ($self) = @_;
    my $state = $self->{app}->state;
    my %login = map { $_->{id} => $_->{userName} } @{ $state->{accounts} };
    my @users = map {
        my %values = %{ $_->{values} };
        delete @values{qw(id zuid)};
        $values{passwordProfile} &&= 'something';
        { login => $_->{userName}, active => $_->{active}, values => \%values }
    } sort { $a->{userName} cmp $b->{userName} } @{ $state->{accounts} };
    my @groups = map { [ $_->{displayName}, sort map { $login{$_} } @{ $_->{members} } ] }
        @{ $state->{groups} };
    return $json->encode({ users => \@users, groups => [ sort { $a->[0] cmp $b->[0] } @groups ] });
}

# ---- every crash point of one run ----

sub points {
    my ($self) = @_;
    my (@points, $last);
    my $note = sub {
        my $kept = keep($self);
        my $digest = sha256_hex($json->encode($kept->{raw}),
            map { $_, $kept->{files}{$_} } sort keys %{ $kept->{files} });
        push @points, $kept if $digest ne ($last // '');
        $last = $digest;
    };
    my $result = $self->{bridge}->visit($note, 'sync');
    is($result->{exit}, 0, 'the run itself') or diag $result->{out}, $result->{err};
    return @points;
}

# Why it is not as it should be, after going on from there; undef if it is.
sub trouble {
    my ($self, $point, $wanted) = @_;
    bring_back($self, $point);
    my $result = $self->{bridge}->run('sync');
    return "exit $result->{exit}: $result->{out}$result->{err}" if $result->{exit} != 0;
    my $held = held($self);
    return "it holds $held instead of $wanted" if $held ne $wanted;
    my $check = $self->{bridge}->run('plan', '--check');
    return "something is left to plan: $check->{out}$check->{err}" if $check->{exit} != 0;
    return;
}

sub matrix {
    my ($api, %option) = @_;
    my $self = begin($api, %option);
    my $number = 0;
    for my $text (@moments[ 0 .. ($option{moments} // @moments) - 1 ]) {
        my $name = 'moment ' . ++$number;
        my $before = keep($self);
        moment($self, $text);
        is($self->{bridge}->run('sync')->{exit}, 0, "$name: without a crash");
        my ($after, $wanted) = (keep($self), held($self));
        bring_back($self, $before);
        my @points = points($self);
        cmp_ok(scalar @points, '>', 10, "$name: " . @points . ' different points');
        is(held($self), $wanted, "$name: the same again");
        my @troubles;
        for my $k (0 .. $#points) {
            my $why = trouble($self, $points[$k], $wanted) // next;
            push @troubles, "at point $k: $why";
            last;
        }
        is_deeply(\@troubles, [], "$name: from each of them to the same end");
        bring_back($self, $after);
    }
    return;
}

my $sales = [ { group => 'cn=sales,ou=groups,dc=ex' } ];

play 'Zoom: several calls for one verb, groups' => sub {
    matrix('zoom', settings => { groups => $sales, concurrency => 2 });
};

play 'Zoho One: who was made is found in the list' => sub {
    matrix(
        'zoho',
        server => { unconfirmed => JSON::PP::true },
        settings => { unconfirmed(), concurrency => 2 }
    );
};

play 'Microsoft Graph: members one by one' => sub {
    matrix('graph', moments => 2, settings => { groups => $sales, concurrency => 1 });
};

done_testing;
