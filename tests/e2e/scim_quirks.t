#!/usr/bin/perl
# One life at services that each do something otherwise than the RFCs: with the quirk that says so
# everybody ends as at a service by the book, and nothing is sent that the service would refuse.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Misbehaving;
use Bridge::Oracle;
use Bridge::Run;
use Bridge::World qw(person_ldif);
use File::Temp;
use JSON::PP;
use Test::More;

my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

# A service with these switches of tests/servers/misbehaving/personality.js.
sub service {
    my ($switches) = @_;
    my $file = File::Temp->new(SUFFIX => '.js');
    print {$file} 'module.exports = ', JSON::PP->new->canonical->encode($switches), ";\n";
    close $file;
    return Bridge::Misbehaving->new(personality => "$file");
}

sub world {
    my ($switches, $settings, %more) = @_;
    return Bridge::World->new(
        application => service($switches),
        ldif => person_ldif('ann', departmentNumber => 40),
        groups => { app => [ 'ann', 'nobody' ] },
        slapd => { sessionlog => 100 },
        settings => $settings,
        %more
    );
}

sub synced {
    my ($world, $why) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    $world->forget;
    my $result = $world->sync;
    is($result->{exit}, 0, "$why: done") or diag $result->{out}, $result->{err};
    push @{ $world->{refused} }, grep { $_ >= 400 } map { $_->{status} } @{ $world->app->requests };
    return $result;
}

# What became of ann, without what only the server writes.
sub ann {
    my ($world) = @_;
    my $ann = $world->app->user('ann') or return;
    return {
        title => $ann->{title},
        active => $ann->{active} ? 'yes' : 'no',
        names => join(' ', @{ $ann->{name} }{qw(givenName familyName)}),
        emails => join(' ', map {"$_->{type} $_->{value}"} @{ $ann->{emails} // [] }),
        department => $ann->{$ENTERPRISE}{department},
        nickName => $ann->{nickName},
    };
}

sub check {
    my ($world, $why, %changed) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my %usual = (
        title => 'Clerk',
        active => 'yes',
        names => 'Ann Example',
        emails => 'work ann@example.com',
        department => '40',
        nickName => undef,
    );
    is_deeply(ann($world), { %usual, %changed }, $why);
    return;
}

# 'refusals' may be what the service refuses until its way is learnt.
sub life {
    my ($world, $refusals) = @_;
    synced($world, 'create');
    check($world, 'create: as mapped');
    my $id = $world->app->user('ann')->{id};

    $world->change("dn: {ann}\nchangetype: modify\nreplace: title\ntitle: Boss\n-\n"
            . "replace: mail\nmail: boss\@example.com\n-\n"
            . "replace: sn\nsn: Model\n-\n"
            . "replace: departmentNumber\ndepartmentNumber: 50\n");
    my %changed = (
        title => 'Boss',
        names => 'Ann Model',
        emails => 'work boss@example.com',
        department => 50
    );
    synced($world, 'update');
    check($world, 'update: all of it', %changed);

    $world->change("dn: {ann}\nchangetype: modify\ndelete: title\n-\ndelete: mail\n-\n"
            . "delete: departmentNumber\n");
    %changed = (names => 'Ann Model', title => undef, emails => '', department => undef);
    synced($world, 'taken away');
    check($world, 'taken away: all of it', %changed);

    $world->leave_group('app', 'ann');
    synced($world, 'disable');
    check($world, 'disable: and nothing else', %changed, active => 'no');
    $world->join_group('app', 'ann');
    synced($world, 'enable');
    check($world, 'enable: and nothing else', %changed);
    is($world->app->user('ann')->{id}, $id, 'the same account all the time');
    is_deeply([ grep { $_ != ($refusals // 0) } @{ $world->{refused} } ],
        [], 'nothing was refused');

    $world->configure(app => { deprovision => { deleted => 'delete' } });
    synced($world, 'a new setting');
    $world->slapd->delete($world->dn('ann'));
    synced($world, 'delete');
    is_deeply($world->accounts, {}, 'delete: is gone');
    is_deeply([ Bridge::Oracle->check($world->app) ], [], 'others read all of it as we do');
    return;
}

my @lives = (
    [ 'no paths in PATCH', { patchPath => $false }, { quirks => { patch_path => 'false' } } ],
    [ 'one operation a PATCH', { patchOpsMax => 1 }, { quirks => { patch_ops_max => 1 } } ],
    [ 'versions, as set', { etag => $true }, { quirks => { etag => 'true' } } ],
    [ 'versions, as learnt', { etag => $true }, {}, 428 ],
    [
        'PUT that leaves the rest',
        { patch => $false, put => 'partial' },
        { update => 'put_partial' }
    ],
    [ 'booleans as text', { booleansAsText => $true }, { quirks => { boolean => 'text' } } ],
    [
        'cursors, and hardly any filter',
        { cursors => $true, pageMax => 2, searchable => ['id'] },
        { page_size => 2, quirks => { page => 'cursor', filter => ['id'] } }
    ],
    [
        'no pages, no discovery',
        { paging => $false, discovery => $false },
        { quirks => { page => 'none', discovery => 'false' } }
    ],
);
for my $life (@lives) {
    my ($name, $switches, $settings, $refusals) = @$life;
    subtest $name => sub { life(world($switches, $settings), $refusals) };
}

subtest 'found in a listing by cursor' => sub {
    my $app = service({ cursors => $true, pageMax => 2, searchable => ['id'] });
    $app->seed(users => [ map { { userName => $_ } } qw(a b c d ann e) ]);
    my $world = world({}, { quirks => { page => 'cursor', filter => ['id'] } },
        application => $app);
    my $result = synced($world, 'adopt');
    is_deeply($result->{app}{done}, { adopt => 1 }, 'not made a second time');
    ok(!(grep { $_->{path} =~ /filter/ } @{ $app->requests }), 'and never searched for');
};

subtest 'a value is chosen where it cannot be searched for' => sub {
    my @map = (
        { to => 'userName', from => '[uid]' },
        { to => 'nickName', from => 'SelectUniqueValue([uid], [sn])', when => 'create' }
    );
    my $note = qr/cannot be searched by ['"]nickName['"].*only our own accounts are compared/;
    for my $case (
        [ 'as configured', {}, { filter => ['userName'] } ],
        [ 'as it answers', { searchable => ['userName'] }, { discovery => 'true' } ]
    ) {
        my ($why, $switches, $quirks) = @$case;
        my $world = world($switches, { quirks => $quirks, map => \@map });
        like($world->bridge->run('check')->{out}, $note, "$why: check says so");
        $world->forget;
        my $result = $world->sync;
        is($result->{exit}, 0, "$why: nobody is parked") or diag $result->{out}, $result->{err};
        like(join(' ', @{ $result->{app}{notes} // [] }), $note, "$why: a note says so");
        is($world->app->user('ann')->{nickName}, 'ann', "$why: the first one is given");
    }
};

# A service where whoever leaves is removed: coming back means a new account.
subtest 'disabled by DELETE' => sub {
    my $world = world(
        { switchable => $false },
        { quirks => { disable_by => 'delete', disable_means => 'removes the seat' } }
    );
    synced($world, 'create');
    my $first = $world->app->user('ann')->{id};
    $world->leave_group('app', 'ann');
    synced($world, 'leave');
    is_deeply($world->accounts, {}, 'gone there');
    synced($world, 'again');
    is_deeply($world->app->writes, [], 'and that is all');
    $world->join_group('app', 'ann');
    synced($world, 'return');
    is_deeply($world->accounts, { ann => 'active' }, 'coming back makes an account');
    isnt($world->app->user('ann')->{id}, $first, 'which is a new one');
};

subtest 'never deleted' => sub {
    my $world = world(
        { deletes => $false },
        { quirks => { delete => 'false' }, deprovision => { deleted => 'delete' } }
    );
    synced($world, 'create');
    $world->slapd->delete($world->dn('ann'));
    $world->forget;
    $world->sync;
    is_deeply([ grep { $_->{method} eq 'DELETE' } @{ $world->app->requests } ],
        [], 'a DELETE is not even tried');
    is_deeply($world->accounts, { ann => 'active' }, 'the account is there');
};

# What is not sent is not taken for sent either, and nobody is told that the service changed it.
subtest 'profiles are taken once' => sub {
    my $world = world({}, { update => 'create_only' });
    synced($world, 'create');
    $world->set('ann', title => 'Boss');
    my $result = synced($world, 'update');
    is_deeply($world->app->writes, [], 'nothing is changed there');
    like($result->{out}, qr/from the directory stay as they are \(1\)/, 'which is said');
    unlike($result->{out}, qr/keeps[ ]another/xms, 'and nothing else is');
    ok(!$result->{app}{done}{update}, 'no update counts as done');
    check($world, 'the account stays as it was made');
    my $explained = $world->bridge->run('explain', 'ann')->{out};
    unlike($explained, qr/update[ ]done/xms, 'it is not explained as done');
    like($explained, qr/title:[ ]"Clerk"[ ]->[ ]"Boss"/xms, 'the difference is known');

    $world->configure(app => { update => 'patch' });
    $result = $world->bridge->run('plan');
    like($result->{out}, qr/title:[ ]"Clerk"[ ]->[ ]"Boss"/xms,
        'with the setting taken back it is planned');
    synced($world, 'another setting');
    check($world, 'and arrives', title => 'Boss');

    $world->configure(app => { update => 'create_only' });
    synced($world, 'profiles are taken once again');
    $world->leave_group('app', 'ann');
    synced($world, 'disable');
    check($world, 'but accounts are disabled', title => 'Boss', active => 'no');
};

subtest 'what is found stays as it is' => sub {
    my $app = service({});
    $app->seed(users => [ { userName => 'ann', title => 'Chief', active => $true } ]);
    my $world = world({}, { update => 'create_only' }, application => $app);
    synced($world, 'adopt');
    is_deeply($world->app->writes, [], 'nothing is changed there');
    $world->configure(app => { update => 'patch' });
    synced($world, 'another setting');
    check($world, 'then it is made as it should be');
};

subtest 'a duplicate by another name' => sub {
    my $switches = { duplicate => 'this seat is held' };
    my $quirks = { quirks => { conflict => ['seat .* held'] } };
    my $app = service($switches);
    $app->seed(users => [ { userName => 'ann', active => $true } ]);
    my $world = world({}, $quirks, application => $app);
    # The search is refused once, so that the create is tried.
    $app->faults({ match => { path => '/Users?', method => 'GET' },
            fault => 'status', status => 200, nth => 1,
            body => { schemas => [], totalResults => 0, Resources => [] } });
    $world->sync;
    $world->sync;
    is_deeply($world->accounts, { ann => 'active' }, 'one account');
    ok($app->user('ann')->{title}, 'and it is ours now');
};

# Everything else arrives, and whoever looks is told which attribute it is.
subtest 'one attribute that cannot be changed' => sub {
    my @map = map { { to => $_->[0], from => "[$_->[1]]" } }
        [ userName => 'uid' ], [ title => 'title' ], [ nickName => 'employeeNumber' ],
        [ displayName => 'displayName' ];
    my $world = world({}, { map => \@map });
    my $app = $world->app;
    synced($world, 'create');
    $app->faults({
        fault => 'status',
        status => 400,
        body => { scimType => 'mutability', detail => 'never changed' },
        match => { method => 'PATCH', body => 'nickName' }
    });
    $world->change("dn: {ann}\nchangetype: modify\nreplace: title\ntitle: Boss\n-\n"
            . "replace: employeeNumber\nemployeeNumber: 7\n-\n"
            . "replace: displayName\ndisplayName: The Boss\n");
    $world->forget;
    my $result = $world->sync;
    is($result->{exit}, 3, 'is parked') or diag $result->{out}, $result->{err};
    is_deeply([ @{ $app->user('ann') }{qw(title displayName nickName)} ],
        [ 'Boss', 'The Boss', undef ], 'with all others as they should be');
    like($world->bridge->run('explain', 'ann')->{out},
        qr/attribute 'nickName': the service answered 400 mutability: never changed/,
        'and the reason names it');
    $world->forget;
    is($world->sync->{exit}, 3, 'the next run');
    is_deeply($app->writes, [], 'waits');
    $world->leave_group('app', 'ann');
    $world->sync;
    is_deeply($world->accounts, { ann => 'disabled' }, 'a leaver is disabled all the same');
};

# The one that is looked for may be on any page.
subtest 'a search that is ignored' => sub {
    my $everybody = {
        fault => 'status',
        status => 200,
        match => { method => 'GET', path => 'filter=' },
        body => {
            totalResults => 5000,
            Resources => [ { id => 'x', userName => 'x' }, { id => 'y', userName => 'y' } ]
        }
    };
    my $app = service({});
    $app->seed(users => [ map { { userName => $_ } } 'a' .. 'f', 'ann' ]);
    $app->faults($everybody);
    my $world = world({}, {}, application => $app);
    my $result = synced($world, 'adopt');
    is_deeply($result->{app}{done}, { adopt => 1 }, 'is found in the listing');
    is(scalar(my @all = $app->users), 7, 'and not made a second time');
};

done_testing;
