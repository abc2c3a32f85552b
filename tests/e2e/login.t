#!/usr/bin/perl
# Services with ways in of their own: logins by JSON, a form, XML, a header and in three calls, a
# user's password for a token, a key in each address. Tokens last from run to run, are fetched once
# for all, and replaced when they are refused; nobody gets to see a secret.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Login;
use Bridge::Misbehaving;
use Bridge::Process qw(read_file);
use Bridge::Run qw(secret);
use Bridge::World;
use JSON::PP;
use Test::More;

my $app = Bridge::Misbehaving->new;
my $service = Bridge::Login->new(application => $app);
my $world = Bridge::World->new(
    people => [qw(ann bob)],
    groups => { app => [qw(ann bob)] },
    application => $app,
    settings => {
        url => $service->url,
        concurrency => 4,
        tries => 2,
        auth => $service->auth('json'),
    },
);
my $bridge = $world->bridge;
my $trace = $bridge->dir . '/trace';
my $folder = $bridge->state_file . '.tokens';
my ($said, $written) = ('', '');

# An application that failed several times is left alone for a while, unless it is named.
my @sync = qw(sync --app app --json);

sub configure {
    my ($way, %more) = @_;
    my %app = %{ delete $more{app} // {} };
    $world->configure(app => { auth => $service->auth($way, %more), trace => $trace, %app });
    return;
}

# Something to send: without that a run asks nobody for anything.
my $titles = 0;
sub change {
    $world->set($_, title => 'Clerk ' . ++$titles) for @_ ? @_ : 'ann'; return }

# What was said and written since the last time.
sub heard {
    my ($result) = @_;
    $said .= $result->{out} . $result->{err};
    $written .= read_file($trace) if -e $trace;
    return $result;
}

sub sync {
    my ($name, @who) = @_;
    change(@who);
    my $result = heard($bridge->run(@sync));
    is($result->{exit}, 0, $name) or diag $result->{out}, $result->{err};
    return;
}

# A run that does not get in; what is said about it.
sub sync_fails {
    my ($name) = @_;
    my $before = @{ $service->guarded };
    change(qw(ann bob));
    my $result = heard($bridge->run(@sync));
    is($result->{exit}, 1, "$name: the run fails");
    is(@{ $service->guarded }, $before, "$name: nothing is sent to the application");
    return join "\n", map { $_->{problem} // $_->{error} // () } @{ $result->{json}{apps} };
}

# The logins since the last time, "/json", one that failed with a "!".
my $known = 0;

sub logins {
    my @all = @{ $service->logins };
    my @new = @all[ $known .. $#all ];
    $known = @all;
    return join ' ', map { $_->{path} . ($_->{ok} ? '' : '!') } @new;
}

sub kept { return decode_json(read_file("$folder/app.token")) }

# The kept token is over, as if the program had not run for a while.
sub expire {
    my $kept = kept();
    $kept->{expires} = $kept->{fetched};
    open my $file, '>', "$folder/app.token" or die "app.token: $!";
    print {$file} encode_json($kept);
    close $file or die "app.token: $!";
    return;
}

subtest 'every way in' => sub {
    my %calls = (chain => '/chain/begin /chain/proof /chain/token', password => '/token');
    for my $way (qw(json form xml header chain password)) {
        $service->settings(lifetime => 1234);
        configure($way);
        sync("by $way");
        is(logins(), $calls{$way} // "/$way", 'with one login');
        sync('another run');
        is(logins(), '', 'which goes in with the same token');
        next if $way =~ /header|chain/;    # these do not say
        my $kept = kept();
        my $life = ($kept->{expires} - $kept->{fetched}) / 1e6;
        cmp_ok($life, '>', 1200, 'and knows when it ends');
        cmp_ok($life, '<', 1240, 'and no later');
    }
    is_deeply($world->accounts, { ann => 'active', bob => 'active' }, 'the accounts are there');
    $service->settings(lifetime => 3600);
};

subtest 'a token that is over, or taken back' => sub {
    configure('chain');
    sync('a login in three calls');
    logins();
    expire();
    sync('later');
    is(logins(), '/chain/begin /chain/proof /chain/token', 'all three are made again');

    configure('header');
    sync('with a token');
    logins();
    $service->revoke;
    my $before = @{ $service->guarded };
    sync('when it is taken back', qw(ann bob));
    is(logins(), '/header', 'one login is enough');
    my @guarded = @{ $service->guarded };
    my @refused = grep { $_->{status} == 401 } @guarded[ $before .. $#guarded ];
    cmp_ok(scalar @refused, '>=', 1, 'what was turned away');
    is_deeply([ grep { $_->{status} >= 400 && $_->{status} != 401 } @guarded ],
        [], 'was sent once more');
};

subtest 'a wrong password' => sub {
    my $wrong = 'wrong pa ss"word';
    for my $way (qw(json form xml header)) {
        configure($way, password_file => secret($wrong));
        my $problem = sync_fails($way);
        like($problem, qr{the login at http://\S+/$way failed}, 'it is said where');
        like($problem, qr/check auth\.user, auth\.password/, 'and what to look at');
        like($problem, qr/is nobody here|not you|401/, 'and what the service says');
        unlike($problem, qr/wrong/, 'but not what was sent');
        is(logins(), "/$way!", 'and it is tried once, not for each request');
    }
    configure('password', password_file => secret($wrong));
    like(sync_fails('password'), qr/invalid_grant.*check auth\.user and auth\.password/s,
        'it is said what to look at');
    is(logins(), '/token!', 'once');

    configure('json');
    sync('with the right one it works at once');
    logins();
};

subtest 'what it does not understand' => sub {
    configure('json', token_path => 'data.key');
    like(sync_fails('no token where it should be'), qr/shows no token \(data\.key\)/, 'is said');
    my $login = [ { url => $service->address('/nothing') } ];
    configure('json', login => $login);
    like(sync_fails('a wrong address'), qr{/nothing failed: no such login}, 'is said');
    configure('json', login => [ { url => $service->address('/scim/v2/x') } ]);
    heard($bridge->run('check'));
    logins();
};

subtest 'two processes' => sub {
    unlink glob "$folder/*.token";
    configure('chain');
    $service->settings(delay => 300);
    my @processes = map { $bridge->start('check') } 1 .. 2;
    for my $process (@processes) {
        ok($process->wait(60), 'both come to an end');
        my $result = heard($bridge->result($process));
        is($result->{exit}, 0, 'and work') or diag $result->{out}, $result->{err};
    }
    $service->settings(delay => 0);
    is(logins(), '/chain/begin /chain/proof /chain/token', 'with one login for both');
};

subtest 'a key in the address' => sub {
    my $other = Bridge::Login->new(application => $app);
    configure('query');
    my $before = @{ $service->guarded };
    sync('with a key');
    $service->settings(redirect => 'here');
    sync('sent on within the service');
    my @guarded = @{ $service->guarded };
    my @urls = map { $_->{url} } @guarded[ $before .. $#guarded ];
    is_deeply([ grep { !/[?&]api_key=key%26of%3Dclient%2F17$/ } @urls ], [], 'each address has it');
    is_deeply([ grep {/api_key.*api_key/} @urls ], [], 'once');
    ok((grep {m{/moved/}} @urls), 'that of the redirection too');

    $service->settings(redirect => $other->url =~ s{/scim/v2}{}r);
    change();
    my $result = heard($bridge->run(@sync));
    like($result->{out}, qr/redirects to \S+, which is not followed/, 'elsewhere it is not sent');
    is_deeply($other->guarded, [], 'and nobody there sees it');

    configure('query', value_file => secret('another key&of=client'));
    change();
    $result = heard($bridge->run(@sync));
    like($result->{out}, qr/check auth\.value/, 'a wrong key is named');
    is(logins(), '', 'and nobody logs in');
};

subtest 'nothing secret is shown' => sub {
    my $secrets = $service->secrets;
    cmp_ok(length $said, '>', 1000, 'much was said');
    cmp_ok(length $written, '>', 1000, 'and written into the trace');
    unlike($said, $secrets, 'no secret and no token');
    unlike($written, $secrets, 'nor into the trace');
    my $state = join '', map { read_file($_) } grep {-f} glob $bridge->state_file . '*';
    cmp_ok(length $state, '>', 1000, 'the state is there');
    unlike($state, $secrets, 'without any');
    is_deeply([ grep {/$secrets/} glob "$folder/*" ], [], 'and no file is called like one');
    my $kept = read_file("$folder/app.token");
    unlike($kept, qr/pa[ +]ss|secret of|ti&cket/, 'no password is kept with the token');
};

done_testing;
