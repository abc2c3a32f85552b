#!/usr/bin/perl
# What goes over the wire to a SCIM application is what was planned, as small as it can be, and the
# application holds what the mapping says; accounts that are there already are taken over.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Misbehaving;
use Bridge::Oracle;
use Bridge::Run;
use Bridge::Scimmy;
use Bridge::World qw(person_ldif);
use JSON::PP;
use Test::More;

my $USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
my $ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
my $PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
my ($true, $false) = (JSON::PP::true, JSON::PP::false);

# The only write since forget.
sub only_write {
    my ($world, $why) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $writes = $world->app->writes;
    is(scalar @$writes, 1, "$why: one request") or diag explain $world->writes;
    return $writes->[0] // {};
}

sub synced {
    my ($world, $why) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    $world->forget;
    my $result = $world->sync;
    is($result->{exit}, 0, "$why: done") or diag $result->{out}, $result->{err};
    return $result;
}

sub judged {
    my ($app, %option) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is_deeply([ Bridge::Oracle->check($app, %option) ], [], 'others read all of it as we do');
    return;
}

sub patch {
    my (@operations) = @_;
    return {
        schemas => [$PATCH],
        Operations => [
            map { {
                op => $_->[0],
                path => $_->[1],
                @$_ > 2 ? (value => $_->[2]) : ()
            } } @operations
        ]
    };
}

sub life {
    my ($world) = @_;
    my $app = $world->app;
    synced($world, 'create');
    my $create = only_write($world, 'create');
    is_deeply(
        $create->{body},
        {
            schemas => [ $USER, $ENTERPRISE ],
            externalId => $world->slapd->uuid($world->dn('ann')),
            userName => 'ann',
            active => $true,
            displayName => 'Ann Example',
            name => { givenName => 'Ann', familyName => 'Example' },
            emails => [ { type => 'work', value => 'ann@example.com', primary => $true } ],
            title => 'Clerk',
            $ENTERPRISE => { department => '40' },
        },
        'create: the whole account, and our id of the person'
    );
    my $id = $app->user('ann')->{id};

    $world->change("dn: {ann}\nchangetype: modify\nreplace: title\ntitle: Boss\n-\n"
            . "replace: mail\nmail: boss\@example.com\n-\n"
            . "replace: departmentNumber\ndepartmentNumber: 50\n-\n"
            . "replace: description\ndescription: not mapped\n");
    synced($world, 'update');
    my $update = only_write($world, 'update');
    is("$update->{method} $update->{path}", "PATCH /scim/v2/Users/$id", 'update: a PATCH');
    is_deeply(
        [ sort { $a->{path} cmp $b->{path} } @{ $update->{body}{Operations} } ],
        patch(
            [ replace => 'emails[type eq "work"].value', 'boss@example.com' ],
            [ replace => 'title', 'Boss' ],
            [ replace => "$ENTERPRISE:department", '50' ]
        )->{Operations},
        'update: one operation for each attribute that changed'
    );
    is_deeply(
        [ @{ $app->user('ann') }{ 'title', $ENTERPRISE } ],
        [ 'Boss', { department => '50' } ],
        'update: arrived'
    );

    $world->change("dn: {ann}\nchangetype: modify\ndelete: title\n-\ndelete: mail\n");
    synced($world, 'taken away');
    my $removal = only_write($world, 'taken away');
    is_deeply(
        [ sort { $a->{path} cmp $b->{path} } @{ $removal->{body}{Operations} } ],
        patch([ remove => 'emails[type eq "work"]' ], [ remove => 'title' ])->{Operations},
        'taken away: the whole e-mail'
    );
    is_deeply([ $app->user('ann')->{title}, $app->user('ann')->{emails} // [] ],
        [ undef, [] ], 'taken away: is gone there');

    $world->change("dn: {ann}\nchangetype: modify\nadd: title\ntitle: Präsidentin 社長\n-\n"
            . "add: mail\nmail: ann\@example.org\n");
    synced($world, 'added');
    is($app->user('ann')->{title}, 'Präsidentin 社長', 'added: in any script');
    is_deeply(
        [ map { [ @$_{qw(type value)} ] } @{ $app->user('ann')->{emails} } ],
        [ [ 'work', 'ann@example.org' ] ],
        'added: one work e-mail'
    );

    $world->leave_group('app', 'ann');
    $world->set('ann', title => 'Ghost');
    synced($world, 'disable');
    is_deeply(only_write($world, 'disable')->{body}, patch([ replace => 'active', $false ]),
        'disable: active, alone');
    $world->join_group('app', 'ann');
    synced($world, 'enable');
    my @bodies = map { $_->{body} } @{ $app->writes };
    is_deeply($bodies[0], patch([ replace => 'active', $true ]), 'enable: active, alone and first');
    is_deeply($bodies[1], patch([ replace => 'title', 'Ghost' ]), 'enable: then what changed');
    is($app->user('ann')->{id}, $id, 'enable: the same account');

    $world->configure(app => { deprovision => { deleted => 'delete' } });
    synced($world, 'a new setting');
    is_deeply($app->writes, [], 'a new setting: nothing to send');
    $world->slapd->delete($world->dn('ann'));
    synced($world, 'delete');
    my $delete = only_write($world, 'delete');
    is("$delete->{method} $delete->{path}", "DELETE /scim/v2/Users/$id", 'delete: a DELETE');
    is_deeply($world->accounts, {}, 'delete: is gone');
    return;
}

sub life_world {
    my (%option) = @_;
    return Bridge::World->new(
        ldif => person_ldif('ann', departmentNumber => 40),
        groups => { app => [ 'ann', 'nobody' ] },
        slapd => { sessionlog => 100 },
        %option
    );
}

for my $case ([ 'scimmy', 0 ], [ 'a strict server', 1 ]) {
    subtest "a life, at $case->[0]" => sub {
        my $world = life_world(misbehaving => $case->[1]);
        life($world);
        judged($world->app, least => 6);
    };
}

subtest 'disabled, then deleted' => sub {
    my $world = life_world();
    $world->configure(app => { deprovision => { unassigned => 'disable', delete_after => '1s' } });
    synced($world, 'create');
    $world->leave_group('app', 'ann');
    synced($world, 'disable');
    is_deeply($world->accounts, { ann => 'disabled' }, 'at first disabled');
    sleep 2;    # the pause itself is what is tested
    synced($world, 'later');
    is_deeply($world->accounts, {}, 'deleted when the time is over');
    synced($world, 'again');
    is_deeply($world->app->writes, [], 'and once');
};

# Accounts that others made.
subtest 'adoption' => sub {
    my $app = Bridge::Misbehaving->new;
    my %seed = (
        ann => { displayName => 'Annie', title => 'Clerk', nickName => 'A', active => $true },
        BOB => { displayName => 'Bob Example', active => $false },
        stranger => { title => 'x', active => $true },
    );
    $app->seed(users => [ map { { userName => $_, %{ $seed{$_} } } } sort keys %seed ]);
    my %id = map { $_ => $app->user($_)->{id} } keys %seed;
    my $world = Bridge::World->new(
        application => $app,
        people => [qw(ann bob cid)],
        groups => { app => [qw(ann bob cid)] }
    );
    my $plan = $world->bridge->run('plan');
    is($plan->{exit}, 0, 'planned') or diag $plan->{err};
    like($plan->{out}, qr/adopt +ann\n.*because .*\n.*account with this userName exists/,
        'the plan says that it takes over');
    like($plan->{out}, qr/displayName: "Annie" -> "Ann Example"/, 'and what it changes');
    like($plan->{out}, qr/create +cid/, 'and who is new');
    my $result = synced($world, 'adopt');
    is_deeply($result->{app}{done}, { adopt => 2, create => 1, enable => 1 }, 'as planned');
    is_deeply($world->accounts,
        { ann => 'active', BOB => 'active', cid => 'active', stranger => 'active' },
        'no second account, and logins stay as they are');
    is_deeply([ map { $app->user($_)->{id} } qw(ann BOB) ], [ @id{qw(ann BOB)} ],
        'they are the same accounts');
    my $ann = $app->user('ann');
    is($ann->{displayName}, 'Ann Example', 'they agree with the mapping');
    is($ann->{nickName}, 'A', "and what is not mapped stays");
    my $text = $world->bridge->run('explain', 'ann')->{out};
    like($text, qr/account: active, id $id{ann}, adopted by userName/, 'explain says so');
    synced($world, 'again');
    is_deeply($app->writes, [], 'and nothing is left to do');
    $world->leave_group('app', 'bob');
    synced($world, 'leave');
    is_deeply($world->accounts,
        { ann => 'active', BOB => 'disabled', cid => 'active', stranger => 'active' },
        'an adopted account is disabled like any other');
    ok(!(grep { $_->{path} =~ /$id{stranger}/ } @{ $app->writes }), 'nobody touched the stranger');
    judged($app, least => 3);
};

subtest 'no PATCH' => sub {
    my $world = life_world(misbehaving => 1);
    my $app = $world->app;
    synced($world, 'create');
    # Somebody else's attribute must survive our PUT.
    my $id = $app->user('ann')->{id};
    $app->request(
        PATCH => "/Users/$id",
        {
            schemas => [$PATCH],
            Operations => [ { op => 'add', path => 'nickName', value => 'Annie' } ]
        }
    );
    $app->faults({ fault => 'no-patch' });
    $world->set('ann', title => 'Boss');
    synced($world, 'update');
    is_deeply([ map { $_->{method} } @{ $app->requests } ], [ 'GET', 'PATCH', 'GET', 'PUT' ],
        'refused, then read and replaced');
    my $ann = $app->user('ann');
    is_deeply([ @$ann{qw(title nickName externalId)} ],
        [ 'Boss', 'Annie', $world->slapd->uuid($world->dn('ann')) ], 'nothing else was lost');
    $world->leave_group('app', 'ann');
    synced($world, 'disable');
    is_deeply($world->accounts, { ann => 'disabled' }, 'disabled by PUT');
    is($app->user('ann')->{title}, 'Boss', 'and keeps the rest');

    $world->configure(app => { update => 'put' });
    $world->join_group('app', 'ann');
    synced($world, 'a setting');
    is_deeply($world->accounts, { ann => 'active' }, 'enabled by PUT');
    ok(!(grep { $_->{method} eq 'PATCH' } @{ $app->requests }), 'update = "put" never tries PATCH');
};

subtest 'a list of 250 accounts' => sub {
    my $app = Bridge::Misbehaving->new;
    my @people = map { sprintf 'p%03d', $_ } 1 .. 30;
    $app->seed(users => [ map { { userName => $_ } } (map { sprintf 's%03d', $_ } 1 .. 220),
            @people ]);
    my $world = Bridge::World->new(
        application => $app,
        people => [ @people, 'new' ],
        groups => { app => [ @people, 'new' ] }
    );
    my $result = synced($world, 'sync');
    is_deeply($result->{app}{done}, { adopt => 30, create => 1 }, 'all found, on the last page');
    is(scalar(keys %{ $world->accounts }), 251, 'one new account');
    my @lists = grep { $_->{path} =~ /startIndex/ } @{ $app->requests };
    is_deeply([ map { $_->{path} =~ /startIndex=(\d+)/ } @lists ], [ 1, 101, 201 ],
        'page by page');
    ok(!(grep { $_->{path} =~ /filter/ } @{ $app->requests }), 'and none was looked up alone');
};

subtest 'HTTP Basic' => sub {
    my $app = Bridge::Misbehaving->new(basic => 'svc:pässword');
    my $world = life_world(application => $app);
    my $password = 'pässword';
    utf8::encode($password);
    $world->configure(
        app => {
            auth => {
                type => 'basic',
                user => 'svc',
                password_file => Bridge::Run::secret($password)
            }
        }
    );
    synced($world, 'sync');
    is_deeply($world->accounts, { ann => 'active' }, 'with user and password');
};

# 78 people, many scripts, nested groups, an exclusion: the company of the demo.
subtest 'the company' => sub {
    my $slapd =
        Bridge::Slapd->new(ldif => scalar `$FindBin::Bin/../servers/company/company`);
    my $app = Bridge::Scimmy->new;
    my $bridge = Bridge::Run->new;
    my $group = 'ou=Groups,dc=example,dc=com';
    my $write = sub {
        $bridge->write_config(
            sources => [ $slapd->source ],
            apps => [
                $app->app(
                    assign => [ { group => "cn=app-zoom,$group" } ],
                    exclude => [ { group => "cn=contractors,$group" } ],
                    first_run => 'apply',
                    @_
                )
            ]
        );
    };
    $write->();
    is($bridge->run('sync')->{exit}, 0, 'synced');
    my %person = map { $_->{uid}[0] => $_ } $slapd->search('(objectClass=inetOrgPerson)');
    my %group = map { $_->{dn} => $_->{member} } $slapd->search('(objectClass=groupOfNames)');
    my (%member, %seen);
    my $walk;
    $walk = sub {
        my ($into, $dn) = @_;
        return if $seen{$dn}++;
        $walk->($into, $_) for @{ $group{$dn} // [] };
        $into->{$dn} = 1 if !$group{$dn};
        return;
    };
    my (%in, %out);
    $walk->(\%in, "cn=app-zoom,$group");
    %seen = ();
    $walk->(\%out, "cn=contractors,$group");
    my @wanted = sort grep {
        my $one = $person{$_};
        $in{ $one->{dn} } && !$out{ $one->{dn} } && $_ ne 'peter.novak'
    } keys %person;
    # peter.novak is disabled.
    is_deeply([ sort map { $_->{userName} } $app->users ], \@wanted,
        scalar(@wanted) . ' people, by our own count');
    is(scalar(grep { $_->{active} } $app->users), scalar @wanted, 'all of them active');
    is($app->user($_)->{name}{familyName}, $person{$_}{sn}[0], "$_ has the right name")
        for grep { $app->user($_) } qw(anna.mueller maria.silva olga.petrova);
    $app->forget;
    is($bridge->run('sync')->{exit}, 0, 'again');
    is_deeply($app->requests, [], 'nothing to do: the application is not even asked');
    $write->(scope => '(preferredLanguage=de)');
    is($bridge->run('sync')->{exit}, 4, 'a scope that takes the app away from most is held');
};

done_testing;
