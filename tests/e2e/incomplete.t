#!/usr/bin/perl
# A read that came back short is not news: nobody is removed, the reason and what to do are said,
# what is certain still arrives, and the next good read makes up for it.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Proxy;
use Bridge::Scimmy;
use Bridge::World qw(person_ldif);
use Test::More;

my @people = map {"p$_"} 10 .. 29;
my %all = map { $_ => 'active' } @people;
my $app = Bridge::Scimmy->new;

sub world {
    my (%option) = @_;
    $app->request(DELETE => "/Users/$_->{id}") for $app->users;
    my $world = Bridge::World->new(
        application => $app,
        people => \@people,
        groups => { app => \@people },
        %option
    );
    is($world->sync->{exit}, 0, 'a good read to begin with');
    is_deeply($world->accounts, \%all, 'everybody has an account');
    return $world;
}

# A sync that must say why it does not believe what it read, and change nothing.
sub not_believed {
    my ($world, $sentence, $hint, $why) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    $world->forget;
    my $result = $world->sync;
    is($result->{exit}, 1, "$why: exit 1");
    is($result->{source}{complete}, 0, "$why: not complete");
    like($result->{source}{problem}, $sentence, "$why: the reason");
    like($result->{source}{problem}, $hint, "$why: what to do");
    is_deeply($world->accounts, \%all, "$why: nobody lost anything");
    is_deeply($world->writes, [], "$why: nothing was sent");
    my $text = $world->bridge->run('sync')->{out};
    like($text, qr/source corp: not read completely\n +\S/, "$why: people are told");
    like($world->bridge->run('status')->{out}, $sentence, "$why: so says status");
    return $result;
}

sub recovers {
    my ($world) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    $world->slapd->delete($world->dn('p10'));
    $world->hire('new');
    $world->join_group('app', 'new');
    my $result = $world->sync;
    is($result->{exit}, 0, 'the next good read: done') or diag $result->{out}, $result->{err};
    is_deeply($world->accounts, { %all, p10 => 'disabled', new => 'active' },
        'the next good read: all is as in the directory');
    return;
}

# Another server with the same data and other rules.
sub twin {
    my ($world, %option) = @_;
    return Bridge::Slapd->new(ldif => $world->slapd->dump, %option);
}

subtest 'the server stops after so many' => sub {
    my $world = world();
    my $limited = twin($world, sizelimit => 9);
    # Other classes than before: everything is read.
    $world->configure(source => { uri => [ $limited->uri ], classes => ['top'] });
    not_believed($world, qr/LDAP result 4/, qr/size=unlimited|limits/i, 'a size limit');
    $world->configure;
    recovers($world);
};

subtest 'the first read of all stops after so many' => sub {
    my $world = Bridge::World->new(
        application => $app,
        people => ['a1'],
        groups => { app => ['a1'] },
        slapd => { sizelimit => 2 }
    );
    $world->forget;
    my $result = $world->sync;
    is($result->{exit}, 1, 'failed');
    like($result->{source}{problem}, qr/LDAP result 4/, 'the reason');
    is_deeply($world->writes, [], 'nothing was sent');
    my $check = $world->bridge->run('check');
    is($check->{exit}, 1, 'check finds it');
    like($check->{out}, qr/LDAP result 4.*\n.*limits/, 'and says what to set');
};

subtest 'the base is not there' => sub {
    my $world = world();
    $world->configure(source => { base => 'ou=Nowhere,dc=example,dc=com' });
    not_believed($world, qr/LDAP result 32/, qr/check "base"/, 'no such base');
    $world->configure;
    recovers($world);
};

# Rights that shrink look like people who leave.
subtest 'the server hides what it has' => sub {
    my $world = world();
    my $hide = sub {
        return "access to dn.subtree=\"$_[0]\" by * none\n"
            . "access to attrs=userPassword by anonymous auth by * none\n"
            . 'access to * by users read by anonymous auth';
    };
    my $people = twin($world, access => $hide->('ou=People,ou=Corp,dc=example,dc=com'));
    $world->configure(source => { uri => [ $people->uri ], classes => ['top'] });
    not_believed(
        $world,
        qr/none of the 20 known users was there/,
        qr/\nnobody was removed; .*rights of the bind account/,
        'the people are hidden'
    );
    my $corp = twin($world, access => $hide->('ou=Corp,dc=example,dc=com'));
    $world->configure(source => { uri => [ $corp->uri ] });
    not_believed($world, qr/LDAP result 32/, qr/account may read it/, 'all is hidden');
    $world->configure;
    recovers($world);
};

subtest 'a part of the people is hidden' => sub {
    my $world = world();
    my $some = twin($world,
        access => join "\n",
        'access to dn.regex="^uid=p1[0-9]," by * none',
        'access to dn.regex="^uid=p20," by * none',
        'access to attrs=userPassword by anonymous auth by * none',
        'access to * by users read by anonymous auth');
    $world->configure(source => { uri => [ $some->uri ], classes => ['top'] });
    not_believed(
        $world,
        qr/11 of the 20 known users were not there, more than max_drop = 30 percent/,
        qr/raise max_drop for one run/,
        'more than half'
    );
    $world->configure(
        source => { canary => [ $world->dn('p20') ], max_drop => 100, uri => [ $some->uri ],
            classes => ['top'] }
    );
    not_believed($world, qr/canary entry 'uid=p20,.*' was not there/, qr/take it out of 'canary'/,
        'a canary');
    # Believed when a human says so; then the guard of the app has its say.
    $world->configure(
        source => { max_drop => 100, uri => [ $some->uri ], classes => ['top'] });
    my $result = $world->sync;
    is($result->{exit}, 4, 'max_drop raised: held by the guard');
    is_deeply($world->accounts, \%all, 'still nobody lost anything');
    $world->configure;
    recovers($world);
};

subtest 'the server sleeps' => sub {
    my $world = world();
    $world->configure(source => { timeout => '1s', connect_timeout => '1s' });
    $world->slapd->pause;
    my $result = not_believed($world, qr/no answer in time/, qr/"timeout"/, 'asleep');
    cmp_ok($result->{seconds}, '<', 20, 'the time limit holds');
    $world->slapd->resume;
    recovers($world);
};

subtest 'the connection is cut' => sub {
    my $world = world();
    for my $after (0, 1, 14, 300, 2000, 5000) {
        my $proxy = Bridge::Proxy->new(to => $world->slapd->port, after => $after);
        $world->configure(
            source => { uri => [ 'ldap://127.0.0.1:' . $proxy->port ], classes => ['top'] });
        $world->forget;
        my $result = $world->sync;
        is($result->{exit}, 1, "after $after bytes: exit 1");
        like($result->{source}{problem}, qr/127\.0\.0\.1:${\$proxy->port}'?: .*\S/,
            "after $after bytes: the reason");
        is_deeply($world->accounts, \%all, "after $after bytes: nobody lost anything");
        is_deeply($world->writes, [], "after $after bytes: nothing was sent");
    }
    my $proxy = Bridge::Proxy->new(to => $world->slapd->port);
    $world->configure(source => { uri => [ 'ldap://127.0.0.1:' . $proxy->port ] });
    recovers($world);
};

# What did arrive is news all the same.
subtest 'a change in an answer that is cut' => sub {
    my $world = world();
    $world->slapd->delete($world->dn('p10'));
    $world->set('p11', title => 'Boss');
    $world->hire('new');
    $world->join_group('app', 'new');
    my $limited = twin($world, sizelimit => 24);
    $world->configure(source => { uri => [ $limited->uri ], classes => ['top'] });
    $world->forget;
    is($world->sync->{exit}, 1, 'not complete');
    is_deeply([ grep {/PATCH/} @{ $world->writes } ], ['PATCH /Users/p11'],
        'the change is sent, and no removal');
    is($app->user('p11')->{title}, 'Boss', 'it arrived');
    $world->configure;
    is($world->sync->{exit}, 0, 'the next good read: done');
    is_deeply($world->accounts, { %all, p10 => 'disabled', new => 'active' },
        'all is as in the directory');
};

# What arrived is not new to us any more when the rest of it is to be looked for.
subtest 'a container that moved in, in an answer that is cut' => sub {
    my $corp = 'ou=Corp,dc=example,dc=com';
    my $world = world(
        groups => { app => [ @people, "uid=gil,ou=Late,ou=People,$corp" ] },
        ldif => "dn: ou=Late,ou=Outside,dc=example,dc=com\nobjectClass: organizationalUnit\n\n"
            . person_ldif('gil', ou => 'ou=Late,ou=Outside,dc=example,dc=com')
    );
    $world->change("dn: ou=Late,ou=Outside,dc=example,dc=com\nchangetype: modrdn\n"
            . "newrdn: ou=Late\ndeleteoldrdn: 1\nnewsuperior: ou=People,$corp\n");
    my $limited = twin($world, sizelimit => 4 + @people + 2);
    $world->configure(source => { uri => [ $limited->uri ], full_every => '1ms' });
    my $result = $world->sync;
    is($result->{exit}, 1, 'not complete');
    is($result->{source}{added}, 1, 'the container is known now');
    is_deeply($world->accounts, \%all, 'and nobody beneath it');
    $world->configure;
    is($world->sync->{exit}, 0, 'the next good read: done');
    is_deeply($world->accounts, { %all, gil => 'active' }, 'who is beneath it is found');
};

subtest 'another directory, and cut' => sub {
    my $world = world();
    my $ldif = $world->slapd->dump =~ s/^(?:entryUUID|entryCSN|contextCSN): .*\n//gmr;
    my $other = Bridge::Slapd->new(ldif => $ldif, sizelimit => 9);
    $world->configure(source => { uri => [ $other->uri ] });
    not_believed($world, qr/none of the 20 known users was there.* another directory/,
        qr/nothing of it was taken over/, 'another directory');
    $world->configure;
    recovers($world);
};

subtest 'another base, where not all of them are' => sub {
    my $world = world();
    $world->configure(source => { base => 'ou=People,ou=Corp,dc=example,dc=com' });
    not_believed(
        $world,
        qr/0 of the known users and 1 of the groups were not there/,
        qr/put the setting back/,
        'a narrower base'
    );
    $world->configure;
    recovers($world);
};

subtest 'the database is empty' => sub {
    my $world = world();
    my $copy = $world->slapd->dump;
    $world->slapd->reset_database("dn: ou=Corp,dc=example,dc=com\n"
            . "objectClass: organizationalUnit\nou: Corp\n");
    not_believed($world, qr/none of the 20 known users was there/, qr/nobody was removed/, 'empty');
    $world->slapd->reset_database($copy);
    recovers($world);
};

subtest 'an empty database, and it is so' => sub {
    my $world = world();
    $world->slapd->delete(map { $world->dn($_) } @people);
    my $result = $world->sync;
    is($result->{exit}, 1, 'everybody deleted: not believed')
        or diag explain $result->{source};
    is_deeply($world->accounts, \%all, 'nobody lost anything');
    $world->configure(source => { allow_empty => 'true', max_drop => 100 });
    $result = $world->sync;
    is($result->{exit}, 4, 'allow_empty: believed, and held by the guard');
    is_deeply($result->{app}{planned}, { disable => 20 }, 'with twenty to disable');
};

done_testing;
