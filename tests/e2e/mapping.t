#!/usr/bin/perl
# What mappings come to on the wire, at a real SCIM application: references between people, roles by
# group, values that go away, values that nobody may see, and values that the service changes.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Misbehaving;
use Bridge::Process qw(read_file);
use Bridge::World qw(person_ldif group_ldif);
use File::Temp;
use JSON::PP;
use Test::More;

my $enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
my $people = 'ou=People,ou=Corp,dc=example,dc=com';
my @login = ({ to => 'userName', from => '[uid]' },
    { to => 'displayName', from => '[displayName]' });

# Syncs; the operations of each PATCH since, by userName, and 'POST' of those who were made.
sub synced {
    my ($world, $why) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    $world->forget;
    my $result = $world->sync;
    is($result->{exit}, 0, "$why: done") or diag $result->{out}, $result->{err};
    my %name = map { $_->{id} => $_->{userName} } $world->app->users;
    my %sent;
    for my $request (@{ $world->app->writes }) {
        my $body = $request->{body};
        if ($request->{method} eq 'POST') {
            $sent{ $body->{userName} } = 'POST';
            next;
        }
        my ($id) = $request->{path} =~ m{/Users/(.*)};
        push @{ $sent{"$name{$id}'s PATCH"} }, @{ $body->{Operations} };
    }
    return \%sent;
}

sub quiet {
    my ($world, $why) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    synced($world, "$why, once more");
    is_deeply($world->app->requests, [], "$why: then nothing is asked or sent");
    return;
}

subtest 'managers' => sub {
    my $world = Bridge::World->new(
        ldif => person_ldif('ann', manager => "uid=bob,$people")
            . person_ldif('bob', manager => "uid=ann,$people")
            . person_ldif('cid', manager => "uid=dora,$people")
            . person_ldif('dora', manager => "uid=ann,$people"),
        groups => { app => [qw(ann bob cid)] },
        slapd => { sessionlog => 100, refint => 1 },
        settings => {
            map => [
                @login, { to => "$enterprise:manager.value", from => '[manager]',
                    reference => 'true' }
            ]
        },
    );
    my $app = $world->app;
    my $manager = sub {
        my ($name) = @_;
        my $id = $app->user($name)->{$enterprise}{manager}{value} // return '-';
        my ($user) = grep { $_->{id} eq $id } $app->users;
        return $user ? $user->{userName} : 'an id of nobody';
    };
    my $managers = sub { return join ' ', map { "$_:" . $manager->($_) } @_ };

    synced($world, 'two who are each other\'s manager');
    is($managers->(qw(ann bob cid)), 'ann:bob bob:ann cid:-',
        'have each other\'s ids in the same sync; who has no account is left out');
    quiet($world, 'managers');

    $world->join_group('app', 'dora');
    my $sent = synced($world, 'the missing manager gets an account');
    is($managers->(qw(cid dora)), 'cid:dora dora:ann', 'and is filled in');
    is_deeply([ sort keys %$sent ], [ "cid's PATCH", 'dora' ], 'for whom it concerns alone');
    quiet($world, 'completed');

    $world->set('cid', manager => $world->dn('bob'));
    $sent = synced($world, 'another manager');
    is($managers->('cid'), 'cid:bob', 'is another id');
    $world->set('cid', 'manager');
    synced($world, 'no manager any more');
    is($managers->('cid'), 'cid:-', 'is none');
    $world->change("dn: {ann}\nchangetype: modrdn\nnewrdn: uid=anna\ndeleteoldrdn: 1\n");
    $world->set('dora', manager => "uid=anna,$people");
    synced($world, 'the manager is renamed');
    is($manager->('dora'), 'anna', 'and stays the same account');
    quiet($world, 'renamed');
};

sub role_rules {
    my %priority = (admin => 10, user => 0, auditor => 5);
    return [ map { {
                group => "cn=$_,ou=Groups,ou=Corp,dc=example,dc=com",
                role => $_, priority => $priority{$_} } } qw(admin user auditor) ];
}

# People in the groups admin, user and auditor; 'row' maps the roles.
sub roles_world {
    my (%row) = @_;
    return Bridge::World->new(
        misbehaving => 1,
        people => [qw(ann bob)],
        groups => { admin => ['ann'], user => [qw(ann bob)], auditor => ['nobody'] },
        slapd => { sessionlog => 100 },
        settings => { map => [ @login, \%row ], assign => role_rules() },
    );
}

# The value of each role that somebody has, in order.
sub roles { return join ' ', map { $_->{value} } @{ $_[0]->app->user($_[1])->{roles} // [] } }

subtest 'one role' => sub {
    my $world = roles_world(to => 'userType',
        from => 'SingleAppRoleAssignment([appRoleAssignments])');
    my $type = sub { return join ' ', map { $world->app->user($_)->{userType} } qw(ann bob) };
    synced($world, 'roles by groups');
    is($type->(), 'admin user', 'the most important one counts');
    $world->join_group('auditor', 'bob');
    my $sent = synced($world, 'a more important one');
    is($type->(), 'admin auditor', 'takes its place');
    is_deeply([ keys %$sent ], ["bob's PATCH"], 'where it is');
    $world->leave_group('auditor', 'bob');
    synced($world, 'and away');
    is($type->(), 'admin user', 'the lesser one is back');
    quiet($world, 'one role');
};

# Others give bob a role at the application.
sub give_foreign {
    my ($world) = @_;
    my $answer = $world->app->request('PATCH', '/Users/' . $world->app->user('bob')->{id}, {
            schemas => ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
            Operations => [
                { op => 'add', path => 'roles', value => [ { value => 'billing' } ] } ] });
    like($answer->{status}, qr/^20[04]$/, 'others give bob a role');
    return;
}

subtest 'roles that are only added' => sub {
    my $world = roles_world(to => 'roles',
        from => 'AppRoleAssignmentsComplex([appRoleAssignments])');
    synced($world, 'roles by groups');
    is(roles($world, 'ann'), 'admin user', 'are all there');
    give_foreign($world);
    $world->join_group('auditor', 'bob');
    my $operations = synced($world, 'one more')->{"bob's PATCH"};
    is_deeply([ map { [ $_->{op}, $_->{path} ] } @$operations ], [ [ 'add', 'roles' ] ],
        'is one operation');
    is_deeply([ map { $_->{value} } @{ $operations->[0]{value} } ], ['auditor'],
        'with the new one alone');
    is(roles($world, 'bob'), 'user billing auditor', 'the role of others survives');
    $world->leave_group('auditor', 'bob');
    synced($world, 'one less');
    is(roles($world, 'bob'), 'user billing auditor', 'takes nothing away');
    quiet($world, 'added');
};

subtest 'roles that are exactly those of the directory' => sub {
    my $world = roles_world(to => 'roles',
        from => 'AssertiveAppRoleAssignmentsComplex([appRoleAssignments])');
    synced($world, 'roles by groups');
    give_foreign($world);
    $world->join_group('auditor', 'bob');
    synced($world, 'one more');
    is(roles($world, 'bob'), 'auditor user', 'a role of others goes');
    $world->leave_group('user', 'bob');
    synced($world, 'one less');
    is(roles($world, 'bob'), 'auditor', 'is one less');
    quiet($world, 'assertive');
};

subtest 'values that go away' => sub {
    my $world = Bridge::World->new(
        ldif => person_ldif('ann', title => 'Boss', preferredLanguage => 'hy',
            employeeType => 'intern', roomNumber => 'R1', departmentNumber => 7),
        groups => { app => ['ann'] },
        slapd => { sessionlog => 100 },
        settings => {
            map => [
                @login,
                { to => 'title', from => '[title]' },
                { to => 'preferredLanguage', from => '[preferredLanguage]', clear => 'omit' },
                { to => 'nickName', from => '[roomNumber]', clear => 'null' },
                { to => "$enterprise:department", from => '[departmentNumber]', clear => '' },
                { to => 'userType', from => '[employeeType]', default => 'Employee' },
            ]
        },
    );
    synced($world, 'all are there');
    $world->change("dn: {ann}\nchangetype: modify\n"
            . join "-\n", map {"delete: $_\n"}
            qw(title preferredLanguage roomNumber departmentNumber employeeType));
    my $operations = synced($world, 'none of them')->{"ann's PATCH"};
    my %sent = map { $_->{path} => [ $_->{op}, exists $_->{value} ? ($_->{value}) : () ] }
        @$operations;
    is_deeply(
        \%sent,
        {
            title => ['remove'],
            nickName => [ 'replace', undef ],
            "$enterprise:department" => [ 'replace', '' ],
        },
        'is removed, null, empty; omit and default send nothing'
    );
    my $ann = $world->app->user('ann');
    is($ann->{preferredLanguage}, 'hy', 'omit keeps what is there');
    is($ann->{userType}, 'intern', 'a default is for new accounts');
    quiet($world, 'cleared');
    $world->hire('bob');
    $world->join_group('app', 'bob');
    synced($world, 'a new one');
    is($world->app->user('bob')->{userType}, 'Employee', 'gets the default');
};

# All that the program left on disk beside its config, as bytes: the state with its journal, the
# trace.
sub bytes_left {
    my ($world) = @_;
    my @files = grep { -f && !/\.cfg$/ } glob $world->bridge->dir . '/*';
    ok((grep {/state\.db$/} @files) && (grep {/trace$/} @files), 'there are files to look at');
    return join "\n", map { read_file($_) } @files;
}

subtest 'values that nobody may see' => sub {
    my $secret = 'Hush-4711-Pass';
    my $world = Bridge::World->new(
        ldif => person_ldif('ann', employeeNumber => $secret),
        groups => { app => ['ann'] },
        slapd => { sessionlog => 100 },
    );
    my $trace = $world->bridge->dir . '/trace';
    $world->configure(app => {
            trace => $trace,
            map => [
                @login,
                { to => 'nickName', from => 'Redact(Append([employeeNumber], "-ours"))' },
                { to => 'password', from => 'RandomString(12, 4, 4, 4, 0)', when => 'create' },
            ] });
    my $hidden = sub {
        my ($why, $text) = @_;
        local $Test::Builder::Level = $Test::Builder::Level + 1;
        unlike($text, qr/Hush-4711-Pass\w*-ours|Hush-\w+-Other-ours/, "$why: not there");
    };
    # The state has what the directory says, employeeNumber; what is made of it must be nowhere.
    my $all = sub { my ($result) = @_; return "$result->{out}\n$result->{err}" };
    $hidden->(plan => $all->($world->bridge->run('-vv', 'plan')));
    $hidden->('plan --json' => $all->($world->bridge->run('plan', '--json')));
    like($world->bridge->run('plan')->{out}, qr/nickName = \[Redact\]/, 'it is said to be hidden');
    $hidden->('sync -vv' => $all->($world->bridge->run('-vv', 'sync')));
    my ($post) = @{ $world->app->writes };
    is($post->{body}{nickName}, "$secret-ours", 'but it is sent');
    my $password = $post->{body}{password};
    is(length $password, 12, 'and so is a password');
    $world->set('ann', employeeNumber => 'Hush-4711-Other');
    $hidden->('plan of a change' => $all->($world->bridge->run('-vv', 'plan', '--json')));
    $world->forget;
    $hidden->('sync of a change' => $all->($world->bridge->run('-vv', 'sync', '--json')));
    is($world->app->user('ann')->{nickName}, 'Hush-4711-Other-ours', 'a change is sent');
    quiet($world, 'hidden');
    $hidden->(explain => $all->($world->bridge->run('explain', 'ann')));
    $hidden->('explain --json' => $all->($world->bridge->run('explain', '--json', 'ann')));
    $hidden->(status => $all->($world->bridge->run('status', '--json')));
    my $bytes = bytes_left($world);
    $hidden->('state and trace' => $bytes);
    ok(index($bytes, $password) < 0, 'the password is in no file');
};

subtest 'a secret outlives no crash' => sub {
    my $world = Bridge::World->new(
        ldif => person_ldif('ann'),
        groups => { app => ['ann'] },
        settings => {
            map => [
                @login,
                { to => 'nickName', from => 'Redact(Append("Very-", Append("Secret-", [sn])))' } ]
        },
    );
    $world->configure(app => { trace => $world->bridge->dir . '/trace' });
    $world->app->pause;
    my $killed = $world->bridge->run('sync', { kill_after => 2 });
    ok($killed->{killed}, 'killed with the request under way');
    $world->app->resume;
    my $wal = join '', map { read_file($_) } grep {-f} glob $world->bridge->state_file . '*';
    ok(length $wal, 'there is a state with its journal');
    unlike($wal, qr/Very-Secret-/, 'which does not have the value');
    is($world->sync->{exit}, 0, 'the next sync mends it');
    is($world->app->user('ann')->{nickName}, 'Very-Secret-Example', 'and sends the value');
    is(scalar $world->app->users, 1, 'once');
};

subtest 'what services say of hidden values' => sub {
    my $world = Bridge::World->new(
        misbehaving => 1,
        ldif => person_ldif('ann') . person_ldif('bob') . person_ldif('cid'),
        groups => { app => [qw(ann bob cid)] },
    );
    $world->configure(app => {
            trace => $world->bridge->dir . '/trace',
            constraints => [ { path => 'title', immutable => 'true' } ],
            map => [
                @login,
                { to => 'nickName', from => 'Redact(Append("Hush-4711-", [uid]))' },
                { to => 'title', from => 'Redact(Append("Ours-", [uid]))' },
            ] });
    $world->app->seed(
        users => [ { userName => 'cid', nickName => 'Theirs-1', title => 'Theirs-2' } ]);
    $world->app->faults(
        {
            match => { method => 'POST', body => '"ann"' },
            fault => 'status',
            status => 400,
            body => { detail => 'nickName HUSH-4711-ANN is too weak, say not Hush-4711-ann' },
        },
        { match => { method => 'POST', body => '"bob"' }, first => 1, fault => 'drop-after' },
    );
    my $result = $world->bridge->run('-vv', 'sync');
    is($world->app->user('bob')->{nickName}, 'Hush-4711-bob', 'the value is sent');
    is($world->app->user('cid')->{nickName}, 'Hush-4711-cid', 'also to one that others made');
    my $status = $world->bridge->run('status', '--json');
    like($status->{out}, qr/nickName \[Redact\] is too weak, say not \[Redact\]/,
        'a refusal is told without the value');
    my $all = join "\n", bytes_left($world), map { $_->{out}, $_->{err} } $result, $status;
    unlike($all, qr/Hush-4711-(?:ann|bob|cid)/i, 'which is nowhere, neither after a lost answer');
    unlike($all, qr/Theirs-/, 'nor what an adopted account had');
};

subtest 'chance' => sub {
    my $world = Bridge::World->new(
        people => [qw(ann bob)],
        groups => { app => [qw(ann bob)] },
        settings => {
            map => [
                @login,
                { to => 'nickName', from => 'RandomString(16, 4, 0, 4, 4)', when => 'create' } ]
        },
    );
    my $planned = sub {
        return sort $world->bridge->run('plan')->{out} =~ /nickName = "?(\w{16})/g;
    };
    my @first = $planned->();
    is(scalar @first, 2, 'a rehearsal on a new state shows values');
    unlink glob $world->bridge->state_file . '*';
    my @second = $planned->();
    is(keys %{ { map { $_ => 1 } @first, @second } }, 4, 'another state gives others');
    is($world->sync->{exit}, 0, 'done');
    is_deeply([ sort map { $_->{nickName} } $world->app->users ],
        \@second, 'what was shown is sent');
};

subtest 'an adopted login is not sent' => sub {
    my $world = Bridge::World->new(
        misbehaving => 1,
        people => ['ann'],
        groups => { app => ['ann'] },
    );
    $world->configure(app => { map => \@login });
    $world->app->seed(users => [ { userName => 'ANN', displayName => 'Old' } ]);
    my $result = $world->sync;
    is($result->{exit}, 0, 'adopted') or diag $result->{out}, $result->{err};
    my ($patch) = @{ $world->app->writes };
    is($patch->{method}, 'PATCH', 'with a change');
    is($world->app->user('ann')->{userName}, 'ANN', 'that is not of the login');
    is_deeply([ grep {/userName/} @{ $result->{app}{notes} } ], [], 'so nothing is said of it');
};

subtest 'a service that changes values' => sub {
    my $file = File::Temp->new(SUFFIX => '.js');
    print {$file} <<'JS';
const lower = (user) => { user.userName = user.userName.toLowerCase(); };
module.exports = { after: (request, answer) => {
  if (answer.body?.userName) lower(answer.body);
  (answer.body?.Resources ?? []).filter((user) => user.userName).forEach(lower);
  return answer;
} };
JS
    close $file;
    my $world = Bridge::World->new(
        application => Bridge::Misbehaving->new(personality => "$file"),
        people => ['ann'],
        groups => { app => ['ann'] },
        slapd => { sessionlog => 100 },
        settings => {
            map => [ { to => 'userName', from => 'ToUpper([uid])' },
                { to => 'title', from => '[title]' } ]
        },
    );
    my $noted = sub { return grep {/userName/} @{ $_[0]{app}{notes} } };
    my $result = $world->sync;
    is($result->{exit}, 0, 'done') or diag $result->{out}, $result->{err};
    my @notes = $noted->($result);
    is(scalar @notes, 1, 'it is said once');
    like($notes[0], qr/ann/, 'with what the service made of it');
    $world->forget;
    $result = $world->sync;
    is_deeply($world->app->writes, [], 'nothing is sent again');
    is_deeply([ $noted->($result) ], [], 'nor said again');
    $world->set('ann', title => 'Boss');
    $result = $world->sync;
    is_deeply([ map { $_->{method} } @{ $world->app->writes } ], ['PATCH'], 'a change is sent');
    is_deeply([ $noted->($result) ], [], 'without saying it again');
    is_deeply($world->accounts, { ANN => 'active' }, 'one account');
    my $explained = $world->bridge->run('explain', 'ann')->{out};
    like($explained, qr/keeps otherwise than it was sent:\n +userName: "ANN" -> "ann"/,
        'explain has it');

    # How it is sent may have been the reason.
    $world->configure(app => { content_type => 'application/json' });
    $world->forget;
    $result = $world->sync;
    is_deeply([ map { $_->{method} } @{ $world->app->writes } ],
        ['PATCH'], 'spoken to otherwise it is sent the value again');
    is(scalar(() = $noted->($result)), 1, 'and what it makes of it is said again');
    $world->forget;
    $world->sync;
    is_deeply($world->app->writes, [], 'once');
};

done_testing;
