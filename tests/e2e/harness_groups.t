#!/usr/bin/perl
# The scriptable application has groups as strict as the RFCs, and as different as services are:
# who can be made, renamed, deleted; how members are spelt, how many at once, and who is shown.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Misbehaving;
use File::Temp;
use JSON::PP;
use Test::More;

my $PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
my $GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';

# An application with these settings of personality.js.
sub started {
    my (%personality) = @_;
    my $file = File::Temp->new(SUFFIX => '.json');
    print {$file} encode_json(\%personality);
    close $file;
    return Bridge::Misbehaving->new(personality => $file->filename);
}

# With ann, bob and eve in one group.
sub application {
    my $app = started(@_);
    my $users = $app->seed(users => [ map { { userName => $_ } } qw(ann bob eve) ])->{users};
    my %id = map { $_->{userName} => $_->{id} } @$users;
    my $group = $app->seed(
        groups => [ { displayName => 'Sales', members => [ map { { value => $_ } } values %id ] } ]
    )->{groups}[0]{id};
    my %name = reverse %id;
    return {
        app => $app,
        id => \%id,
        group => $group,
        patch => sub {
            return $app->request('PATCH', "/Groups/$group",
                { schemas => [$PATCH], Operations => [@_] });
        },
        members => sub {
            my ($held) = grep { $_->{id} eq $group } $app->groups;
            return join ' ', sort map { $name{ $_->{value} } } @{ $held->{members} // [] };
        },
    };
}

sub listed { return [ map { { value => $_ } } @_ ] }

sub remove {
    my ($value) = @_;
    return { op => 'remove', path => 'members', value => $value };
}

subtest 'by the book' => sub {
    my $t = application();
    my ($ann, $bob) = @{ $t->{id} }{qw(ann bob)};
    my $filter = { op => 'remove', path => "members[value eq \"$ann\"]" };
    is($t->{patch}->($filter)->{status}, 200, 'a member is removed by filter');
    is($t->{members}->(), 'bob eve', 'and only this one');
    is($t->{patch}->($filter)->{json}{scimType}, 'noTarget', 'once');
    is($t->{patch}->(remove(listed($bob)))->{status}, 200, 'a list behind the path is accepted');
    is($t->{members}->(), '', 'and the group is empty');
    my $nobody = { op => 'add', path => 'members', value => listed('nobody') };
    is($t->{patch}->($nobody)->{status}, 400, 'a member must exist');
};

for my $spelling ([ value => 'bob' ], [ first => 'bob eve' ]) {
    my ($name, $left) = @$spelling;
    subtest "members are removed by '$name'" => sub {
        my $t = application(memberRemove => $name);
        is($t->{patch}->(remove(listed(@{ $t->{id} }{qw(ann eve)})))->{status}, 200, 'accepted');
        is($t->{members}->(), $left, 'and done as such a service does it');
        is($t->{patch}->(remove(listed('nobody')))->{status}, 204, 'nobody is no error');
    };
}

subtest 'nested values' => sub {
    my $t = application(memberRemove => 'nested', memberAdd => 'nested');
    my $ann = $t->{id}{ann};
    is($t->{patch}->(remove({ members => listed($ann) }))->{status}, 200, 'removed');
    is($t->{members}->(), 'bob eve', 'only this one');
    my %add = (op => 'add', path => 'members');
    is($t->{patch}->({ %add, value => listed($ann) })->{status}, 400, 'a list is refused');
    is($t->{patch}->({ %add, value => { members => listed($ann) } })->{status}, 200, 'added');
    is($t->{members}->(), 'ann bob eve', 'to the others');
    $t->{patch}->(remove(listed($ann)));
    is($t->{members}->(), '', 'the other spelling empties the group');
};

subtest 'limits' => sub {
    my $t = application(memberMax => 1, memberMaxStatus => 413, memberAdd => 'single');
    my @two = map { { op => 'remove', path => "members[value eq \"$t->{id}{$_}\"]" } } qw(ann bob);
    is($t->{patch}->(@two)->{status}, 413, 'two in a request are too many');
    is($t->{members}->(), 'ann bob eve', 'and nothing is done');
    is($t->{patch}->($two[0])->{status}, 200, 'one is not');
    my $one = application(memberAdd => 'single');
    my $pair = { op => 'add', path => 'members', value => listed(@{ $one->{id} }{qw(ann bob)}) };
    is($one->{patch}->($pair)->{status}, 400, 'two in an operation are too many');
};

subtest 'what is shown' => sub {
    for my $shown (0, 2) {
        my $t = application(membersShown => $shown);
        my $body = $t->{app}->request('GET', "/Groups/$t->{group}")->{json};
        is(scalar @{ $body->{members} // [] }, $shown, "$shown of three members");
        is($t->{members}->(), 'ann bob eve', 'who are all there');
    }
};

subtest 'what can be done to a group' => sub {
    my $t = application(
        groupCreate => JSON::PP::false,
        groupDelete => JSON::PP::false,
        groupPut => JSON::PP::false,
        groupRename => JSON::PP::false
    );
    my %group = (schemas => [$GROUP], displayName => 'Service');
    my $rename = { op => 'replace', path => 'displayName', value => 'Service' };
    is($t->{app}->request('POST', '/Groups', \%group)->{status}, 405, 'it is not made');
    is($t->{app}->request('PUT', "/Groups/$t->{group}", \%group)->{status}, 405, 'nor replaced');
    is($t->{app}->request('DELETE', "/Groups/$t->{group}")->{status}, 405, 'nor deleted');
    is($t->{patch}->($rename)->{status}, 400, 'nor renamed');
    my $deaf = application(groupRename => 'ignored');
    is($deaf->{patch}->($rename)->{status}, 200, 'renaming may be accepted');
    is(($deaf->{app}->groups)[0]{displayName}, 'Sales', 'and ignored');
    my $none = started(groups => JSON::PP::false);
    is($none->request('GET', '/Groups')->{status}, 404, 'there may be no groups at all');
    my $types = $none->request('GET', '/ResourceTypes')->{json}{Resources};
    is_deeply([ map { $_->{name} } @$types ], ['User'], 'and the service says so');
};

done_testing;
