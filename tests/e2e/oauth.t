#!/usr/bin/perl
# Access tokens of a real authorization server: fetched in every way that services want it, renewed
# when they end or are revoked, kept for the next run, never shown; and a refresh token that is good
# once is not lost, whatever happens to the program.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Misbehaving;
use Bridge::OAuth;
use Bridge::Process qw(read_file);
use Bridge::Run qw(secret);
use Bridge::World;
use JSON::PP;
use Test::More;
use Time::HiRes qw(sleep stat time);

my $app = Bridge::Misbehaving->new;
my $oauth = Bridge::OAuth->new(application => $app);
my $world = Bridge::World->new(
    people => [qw(ann bob)],
    groups => { app => [qw(ann bob)] },
    application => $app,
    settings => { url => $oauth->url, concurrency => 1, tries => 2, auth => $oauth->auth('basic') },
);
my $bridge = $world->bridge;
my $folder = $bridge->state_file . '.tokens';
my ($said, $kept) = ('');

# An application that failed several times is left alone for a while, unless it is named.
my @sync = qw(sync --app app --json);

sub configure {
    my (%auth) = @_;
    $world->configure(app => { auth => \%auth });
    return;
}

# Something to send: without that a run asks nobody for anything.
my $titles = 0;
sub change { $world->set('ann', title => 'Clerk ' . ++$titles); return }

sub sync {
    my ($name, $options) = @_;
    change();
    my $result = $bridge->run(@sync, $options ? $options : ());
    $said .= $result->{out} . $result->{err};
    is($result->{exit}, 0, $name) or diag $result->{out}, $result->{err};
    return $result;
}

# A run that cannot get a token.
sub sync_fails {
    my ($name) = @_;
    my $before = @{ $oauth->guarded };
    change();
    my $result = $bridge->run(@sync);
    $said .= $result->{out} . $result->{err};
    is($result->{exit}, 1, "$name: the run fails");
    is(@{ $oauth->guarded }, $before, "$name: nothing is sent to the application");
    return join "\n", map { $_->{problem} // $_->{error} // () } @{ $result->{json}{apps} };
}

sub grants {
    return map {"$_->{client}: $_->{grant}" . ($_->{error} ? " ($_->{error})" : '')}
        @{ $oauth->grants };
}

sub forget_tokens { unlink glob "$folder/*.token"; return }

# Apps that begin with the same refresh token share a file, which is not called after them.
sub newest { return (sort { (stat $b)[9] <=> (stat $a)[9] } glob shift . '/*.token')[0] }

# The kept token is over, as if the program had not run for a while.
sub expire {
    my $path = newest($folder);
    my $kept = decode_json(read_file($path));
    $kept->{expires} = $kept->{fetched};
    open my $file, '>', $path or die "$path: $!";
    print {$file} encode_json($kept);
    close $file or die "$path: $!";
    return;
}

subtest 'every way to a token' => sub {
    my %grant = (
        signing => 'urn:ietf:params:oauth:grant-type:jwt-bearer',
        service => 'account_credentials'
    );
    for my $client (qw(basic body rsa ec signing service)) {
        forget_tokens();
        configure(%{ $oauth->auth($client) });
        my $before = grants();
        sync("as client '$client'");
        my @grants = grants();
        my $grant = $grant{$client} // 'client_credentials';
        is_deeply([ @grants[ $before .. $#grants ] ], ["$client: $grant"], 'with one token');
    }
    is_deeply($world->accounts, { ann => 'active', bob => 'active' }, 'the accounts are there');

    my $before = grants();
    sync('a second run') for 1 .. 2;
    is(grants(), $before, 'uses the token of the first');
    is((stat $folder)[2] & 07777, 0700, 'which is in a folder');
    is((stat "$folder/app.token")[2] & 07777, 0600, 'and a file for its owner alone');
};

subtest 'a token that is revoked in the middle' => sub {
    configure(%{ $oauth->auth('basic') });
    sync('with a token');
    $app->forget;
    my $seen = @{ $oauth->guarded };
    my $before = grants();
    $world->hire('cid');
    $world->join_group('app', 'cid');
    $oauth->settings(revokeAt => 'POST');
    sync('the token is revoked when cid is to be created');
    my @guarded = @{ $oauth->guarded };
    my @posts = grep { $_->{method} eq 'POST' } @guarded[ $seen .. $#guarded ];
    is_deeply(
        [ map {"$_->{method} $_->{status}"} @posts ],
        [ 'POST 401', 'POST 201' ],
        'the request is turned away, and sent once more'
    );
    is(grants(), $before + 1, 'with one new token');
    is((grep { $_ eq 'POST /Users' } @{ $world->writes }), 1, 'cid is created once');
};

subtest 'refusals' => sub {
    forget_tokens();
    configure(%{ $oauth->auth('basic') }, client_secret_file => secret('wrong secret'));
    my $problem = sync_fails('a wrong secret');
    like($problem, qr/the token service \S+ refused us: invalid_client/, 'it is said who refused');
    like($problem, qr/check auth\.client_id and auth\.client_secret/, 'and what to look at');
    unlike($problem, qr/wrong secret/, 'but not the secret');

    configure(%{ $oauth->auth('basic') }, scope => 'offline_access');
    like(sync_fails('a wrong scope'), qr/invalid_scope.*check auth\.scope/s, 'that is said too');

    configure(%{ $oauth->auth('basic') });
    $oauth->stop;
    change();
    my $down = $bridge->run(@sync);
    is($down->{exit}, 1, 'the token service is down');
    like($down->{out}, qr/cannot get an access token: could not reach/, 'that is said');
    $oauth->start;
    sync('and works when it is back');

    chmod 0644, "$folder/app.token";
    like(sync_fails('a kept token that others can read'), qr/chmod 600/, 'it is said what to do');
    chmod 0600, "$folder/app.token";
    open my $file, '>', "$folder/app.token" or die "app.token: $!";
    print {$file} '{"half';
    close $file or die "app.token: $!";
    sync('a damaged one is made anew');
};

sub rotate {
    configure(%{ $oauth->auth('rotating') }, refresh_token_file => secret($oauth->refresh_token));
    return;
}


subtest 'a refresh token that is good once' => sub {
    rotate();
    for my $run (1 .. 4) {
        sync("run $run with a refresh token");
        expire();
    }
    is((grep {/^rotating/} grants()), 4, 'each of them used up one');
    $kept = decode_json(read_file(newest($folder)))->{refresh_token};
    ok($kept, 'the last one is kept');

    my @processes;
    $oauth->settings(delay => 300);
    my $before = grants();
    push @processes, $bridge->start('check') for 1 .. 2;
    for my $process (@processes) {
        ok($process->wait(60), 'two at once come to an end');
        my $result = $bridge->result($process);
        $said .= $result->{out} . $result->{err};
        is($result->{exit}, 0, 'and work') or diag $result->{out}, $result->{err};
    }
    is(grants(), $before + 1, 'with one token for both');
    $oauth->settings(delay => 0);

    # Killed at each point at which something about the token is different, with a service that
    # takes no refresh token twice.
    expire();
    my $trace = sync('where it can be killed', { env => { DIRBRIDGE_CRASH_TRACE => 1 } })->{err};
    my %point = reverse $trace =~ /crash point (\d+): (token [^\n]*)/g;
    is_deeply(
        [ sort keys %point ],
        [ 'token fetched, not kept', 'token kept', 'token request made' ],
        'there are three such points'
    );
    for my $name ('token request made', 'token kept') {
        expire();
        change();
        my $result = $bridge->run(@sync, { crash_at => $point{$name} });
        is($result->{killed}, 1, "killed at '$name'");
        sync('the next run works');
    }

    # Between the two nobody has the new token. A service that takes the old one for some seconds is
    # for that; with another one it must be said what to do.
    $oauth->settings(leeway => 60);
    expire();
    change();
    $bridge->run(@sync, { crash_at => $point{'token fetched, not kept'} });
    sync('killed before the token is kept: the next run works if the old one is taken again');
    $oauth->settings(leeway => 0);
    expire();
    change();
    $bridge->run(@sync, { crash_at => $point{'token fetched, not kept'} });
    my $problem = sync_fails('and if it does not');
    like($problem, qr/invalid_grant.*put it into auth\.refresh_token/s, 'it is said what to do');
    rotate();
    sync('a new one in the config is taken');

    $oauth->settings(leeway => 60);
    srand 7;
    my $killed = 0;
    for my $run (1 .. 20) {
        expire() if newest($folder);
        change();
        $killed += $bridge->run(@sync, { kill_after => rand 0.25 })->{killed};
    }
    cmp_ok($killed, '>', 0, "killed $killed times out of 20 at any moment");
    sync('the next run works');
    is_deeply([ glob "$folder/*.new" ], [], 'and nothing half-written is left');
};

subtest 'a signal while a refresh token is used up' => sub {
    rotate();
    $oauth->settings(leeway => 0);
    sync('with a refresh token');
    for my $command ([@sync], ['check']) {
        for my $signal (qw(INT TERM HUP)) {
            my $name = "$command->[0], SIG$signal";
            expire();
            change();
            $oauth->settings(delay => 1000);
            my $before = grants();
            my $process = $bridge->start(@$command);
            my $end = time + 30;
            sleep 0.02 while grants() == $before && time < $end;
            $process->signal($signal);
            ok($process->wait(30), "$name: the program ends");
            my $result = $bridge->result($process);
            is($signal, { 1 => 'HUP', 2 => 'INT', 15 => 'TERM' }->{ $result->{signal} } // '',
                "$name: by the signal");
            $oauth->settings(delay => 0);
            sync("$name: the next run has the new refresh token");
            is(grants(), $before + 1, "$name: and its access token");
        }
    }
};

# The old access token ends with its renewal, while many requests carry it.
subtest 'a renewal under load' => sub {
    my $slow = Bridge::Misbehaving->new;
    my $service = Bridge::OAuth->new(application => $slow);
    my @people = map { sprintf 'p%03d', $_ } 1 .. 300;
    my $crowd = Bridge::World->new(
        people => \@people,
        groups => { app => \@people },
        application => $slow,
        settings => {
            url => $service->url,
            concurrency => 64,
            tries => 2,
            auth => {
                %{ $service->auth('rotating') },
                refresh_token_file => secret($service->refresh_token)
            },
        },
    );
    $service->settings(lifetime => 4, delay => 600, endOld => JSON::PP::true, slow => 700);
    my $result = $crowd->bridge->run(@sync);
    is($result->{exit}, 0, 'the run works') or diag $result->{out}, $result->{err};
    my @errors = grep { $_->{error} } @{ $service->grants };
    is_deeply(\@errors, [], 'no refresh token is used twice');
    cmp_ok(@{ $service->grants }, '>', 1, 'the token was renewed');
    cmp_ok((grep { $_->{status} == 401 } @{ $service->guarded }),
        '>', 1, 'while requests carried the old one');
    is($slow->users, 300, 'everybody is there');
};

subtest 'a client that a certificate names' => sub {
    my $tls = Bridge::OAuth->new(application => $app, tls => 1);
    $world->forget_state;
    my %certified = (url => $tls->url, auth => $tls->auth('certified'));
    $world->configure(app => { %certified, tls => $tls->tls });
    change();
    my $refused = $bridge->run(@sync);
    is($refused->{exit}, 1, 'without its certificate the run fails');
    like($refused->{out}, qr/invalid_client.*tls\.cert_file/, 'and it is said what is missing');
    $world->configure(app => { %certified, tls => $tls->tls('client') });
    sync('with it, it works, and no secret is needed');
};

subtest 'nothing secret is shown' => sub {
    unlike($said, qr/secret of|BEGIN \w*PRIVATE/, 'no secret was ever shown');
    unlike($said, qr/\Q$kept\E/, 'nor a token');
};
done_testing;
