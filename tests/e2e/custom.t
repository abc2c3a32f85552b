#!/usr/bin/perl
# An application described by its config alone: the plain form word for word, what goes over the
# wire for it, and what a definition can say beyond it. Whoever was perhaps made is found again, and
# never made twice.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::CustomApi;
use Bridge::Run;
use JSON::PP;
use Test::More;

my $true = JSON::PP::true;

# Everybody has an account; of each name the person's values.
sub people {
    my (%people) = @_;
    my $at = 1;
    my $text = "dn: dc=example,dc=com\nobjectClass: dcObject\nobjectClass: organization\n"
        . "dc: example\no: Example\nentryUUID: 00000000-0000-4000-8000-000000000000\n";
    for my $uid (sort keys %people) {
        my %value = (sn => 'Example', cn => $uid, mail => "$uid\@example.com", %{ $people{$uid} });
        $text .= "\ndn: uid=$uid,dc=example,dc=com\nobjectClass: inetOrgPerson\nuid: $uid\n";
        $text .= "$_: $value{$_}\n" for sort keys %value;
        $text .= sprintf "entryUUID: 00000000-0000-4000-8000-%012d\n", $people{$uid}{n} // $at++;
    }
    return $text;
}

my %plain = (
    form => <<'END',
  create = { url = "BASE/users"; };
  update = { url = "BASE/users/{id}"; };
  delete = { url = "BASE/users/{id}"; };
  auth = { type = "header"; name = "X-Api-Key"; value_file = "KEY"; };
  content_type = "application/json";
  success = { path = "status"; value = "success"; };
  error = { path = "message"; };
  id = { path = "data.id"; };
  match = [ "email" ];
  map = ( { to = "email"; from = "[mail]"; }, { to = "name.given"; from = "[givenName]"; },
          { to = "last"; from = "[sn]"; } );
END
    list => <<'END',
  list = { url = "BASE/users"; items = "data"; };
END
);

# An application, and the program beside it; the definition is text, or the plain form with more.
sub company {
    my (%option) = @_;
    my $app = Bridge::CustomApi->new('plain', settings => $option{server} // {});
    my $bridge = Bridge::Run->new;
    my $self = { app => $app, bridge => $bridge };
    my $key = $bridge->write_file('key', 'plain-key-x5', 0600);
    my $definition = $option{definition} // $plain{form} . ($option{more} // '');
    my $base = $app->base;
    $definition =~ s/BASE/$base/g;
    $definition =~ s/KEY/$key/g;
    my ($export, $state) = map { $bridge->dir . "/$_" } qw(export.ldif state.db);
    $bridge->write_text(<<"END");
state = "$state";
sources = ( { name = "export"; type = "ldif"; file = "$export";
  users = { filter = "(objectClass=inetOrgPerson)"; }; } );
apps = ( { name = "plain"; type = "custom"; insecure = true; first_run = "apply"; assign = "all";
  limits = { removals = 10; }; concurrency = 1; tries = 2; max_wait = "2s"; timeout = "3s";
$definition } );
END
    $self->{people} = sub { $bridge->write_file('export.ldif', people(@_)) };
    return $self;
}

# What was written since it was last asked: [line, body].
sub written {
    my ($self) = @_;
    my @writes = map { [ "$_->{method} " . ($_->{path} =~ s{^/plain}{}r), $_->{body} ] }
        @{ $self->{app}->writes };
    $self->{app}->forget;
    return \@writes;
}

sub syncs {
    my ($self, $exit, $why) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $result = $self->{bridge}->run('sync');
    is($result->{exit}, $exit, $why) or diag $result->{out}, $result->{err};
    return $result;
}

# How many accounts there are of each login.
sub accounts {
    my ($self) = @_;
    my %count;
    $count{ $_->{userName} }++ for $self->{app}->users;
    return \%count;
}

my $ann = { email => 'ann@example.com', last => 'Example', name => { given => 'Ann' } };
my $odd = '1%2Fa%20b%22c%27%C3%A9%26%3Cd%3E%3F%23%25'; # 1/a b"c'é&<d>?#%

subtest 'the plain form' => sub {
    my $self = company();
    my %zoe = (zoe => { n => 99 });
    $self->{people}->(ann => { givenName => 'Ann' });
    my $check = $self->{bridge}->run('check');
    is($check->{exit}, 0, 'is a sound definition') or diag $check->{out}, $check->{err};
    is_deeply($self->{app}->requests, [], 'and nothing is sent to find that out');
    syncs($self, 0, 'the first sync');
    my ($request) = @{ $self->{app}->requests };
    is($request->{headers}{'content-type'}, 'application/json', 'JSON is sent');
    is($request->{headers}{accept}, 'application/json', 'and asked for');
    is_deeply(written($self), [ [ 'POST /users', $ann ] ], 'an account is made by one POST');
    $self->{people}->(ann => { givenName => 'Ann' }, %zoe);
    syncs($self, 0, 'somebody without a given name');
    is_deeply(
        written($self),
        [ [ 'POST /users', { email => 'zoe@example.com', last => 'Example' } ] ],
        'what the directory does not have is not sent'
    );
    syncs($self, 0, 'again');
    is_deeply(written($self), [], 'sends nothing');
    $self->{people}->(ann => { givenName => "A\" \\n\x{17e}" }, %zoe);
    syncs($self, 0, 'a change');
    my ($put) = @{ written($self) };
    is($put->[0], "PUT /users/$odd", 'is a PUT to the address of the account, whatever its id has');
    is($put->[1]{name}{given}, "A\" \\n\x{17e}", 'of what the directory says, quotes and all');
    is($put->[1]{email}, 'ann@example.com', 'with everything that is mapped');
    $self->{people}->(%zoe);
    like($self->{bridge}->run('plan')->{out}, qr/deletes the account/, 'a plan says what it means');
    syncs($self, 0, 'who is gone');
    is_deeply(written($self), [ [ "DELETE /users/$odd", undef ] ], 'is deleted');
};

subtest 'the service says no' => sub {
    my $self = company();
    $self->{app}->seed(users => [ { email => 'ann@example.com' } ]);
    $self->{people}->(ann => { givenName => 'Ann' });
    my $result = syncs($self, 3, 'with status 200, and the verdict in the body');
    like($result->{out}, qr/the email is taken/, 'its words are told');
    unlike($result->{out} . $result->{err}, qr/plain-key/, 'and nothing secret');
};

# An account is made later, by a job that has to be asked for.
my $jobs = <<'END' . $plain{list};
  create = { steps = (
    { url = "BASE/jobs"; outputs = ( { name = "job"; path = "data.job"; } ); },
    { name = "wait"; url = "BASE/jobs/{step.job}"; error = { path = "data.why"; };
      poll = { path = "data.state"; done = [ "done" ]; failed = [ "failed" ]; interval = "20ms"; };
      errors = ( { message = "taken"; is = "exists"; } ); },
    { method = "PUT"; url = "BASE/users/{id}/state"; body = { state = "on"; }; } ); };
END

# The plain form with another create.
sub jobs {
    my (%option) = @_;
    my $form = $plain{form} =~ s/^  create = .*\n//r ;
    return company(%option, definition => $form . $jobs);
}

subtest 'a sequence with a job that is waited for' => sub {
    my $self = jobs();
    $self->{people}->(ann => { givenName => 'Ann' });
    syncs($self, 0, 'made');
    my @lines = map { "$_->{method} $_->{path}" =~ s{/plain}{}r } @{ $self->{app}->requests };
    is_deeply(
        [ grep { !m{^GET /users} } @lines ],
        [ 'POST /jobs', ('GET /jobs/j%2F1') x 3, 'PUT /users/' . ($odd =~ s/^1/2/r) . '/state' ],
        'one step after the other, and the job is asked until it is done'
    );
    is_deeply(accounts($self), { 'ann@example.com' => 1 }, 'one account');
    $self->{app}->forget;
    syncs($self, 0, 'again');
    is_deeply(written($self), [], 'sends nothing');
};

subtest 'killed at every point of a sequence' => sub {
    my $k = 1;
    for (my $killed = 1; $killed; $k++) {
        my $self = jobs(server => { patience => 0 });
        $self->{people}->(ann => { givenName => 'Ann' });
        $killed = $self->{bridge}->run('sync', { crash_at => $k })->{killed};
        syncs($self, 0, "at $k, and gone on");
        is_deeply(accounts($self), { 'ann@example.com' => 1 }, 'one account');
        $self->{app}->forget;
        syncs($self, 0, 'again');
        is_deeply(written($self), [], 'sends nothing');
    }
    cmp_ok($k, '>', 3, 'there were points to be killed at');
};

subtest 'a create whose answer was lost' => sub {
    my $self = company(more => $plain{list});
    $self->{people}->(ann => { givenName => 'Ann' });
    $self->{app}->faults({ match => { method => 'POST' }, nth => 1, fault => 'drop-after' });
    $self->{bridge}->run('sync');
    syncs($self, 0, 'is found in the listing');
    my @posts = grep { $_->{method} eq 'POST' } @{ $self->{app}->requests };
    is(scalar @posts, 1, 'and not sent again');
    $self->{app}->forget;
    $self->{people}->(ann => { givenName => 'Anna' });
    syncs($self, 0, 'a change');
    is_deeply([ map { $_->[0] } @{ written($self) } ], ["PUT /users/$odd"], 'goes to it');
};

subtest 'how an update is sent' => sub {
    my %mode = (
        full => { email => 'ann@example.com', last => 'Example', name => { given => 'Anna' } },
        changed => { name => { given => 'Anna' } },
        merge => { email => 'ann@example.com', last => 'Example', name => { given => 'Anna' },
            id => "1/a b\"c'\x{e9}&<d>?#%", active => $true, theirs => [1] },
    );
    for my $mode (sort keys %mode) {
        my $form = $plain{form} =~ s/(update = \{)/$1 mode = "$mode";/r;
        my $self = company(definition => $form . $plain{list});
        $self->{people}->(ann => { givenName => 'Ann' });
        syncs($self, 0, "$mode: made");
        my $raw = $self->{app}->raw;
        $raw->{users}[0]{theirs} = [1];
        $self->{app}->restore($raw);
        $self->{app}->forget;
        $self->{people}->(ann => { givenName => 'Anna' });
        syncs($self, 0, 'changed');
        is_deeply(written($self), [ [ "PUT /users/$odd", $mode{$mode} ] ], 'what is sent');
    }
};

done_testing;
