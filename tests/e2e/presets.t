#!/usr/bin/perl
# Every preset loads, says what it must say of itself, and makes of four sample people (one as
# Active Directory has them, with everything; one with letters of other alphabets; one of an LDAP
# directory; one with next to nothing) what stands in presets/NAME.json. One for a custom API sends
# for one of them and one group the requests of presets/NAME.requests.json, which are to be read
# beside the service's documents: the account, the group and the member have ids that no address can
# take as they are. UPDATE=1 PRESET=NAME writes both.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Free qw(free_port);
use Bridge::Presets qw(supplied);
use Bridge::Process qw(read_file);
use Bridge::Run;
use JSON::PP;
use Test::More;

my $top = "$FindBin::Bin/../..";
my $golden = "$FindBin::Bin/presets";
my $json = JSON::PP->new->canonical->pretty->utf8;
my $bridge = Bridge::Run->new;
my $dir = $bridge->dir;
my $nobody = free_port();

sub run {
    return $bridge->run(@_, { env => { DIRBRIDGE_MAPPINGS_DIR => "$top/mappings" } });
}

my $key = "$dir/key.pem";
my %custom = %{ supplied($key) };

# Where an app is: with 'real', which asks nobody, where the service is.
sub place {
    my ($custom, $real) = @_;
    my $auth = $custom->{auth} // '';
    my $url = $real ? $custom->{url} : "http://127.0.0.1:$nobody/scim/v2";
    $auth .= 'token_url = "' . ($real ? $custom->{token_url} : "http://127.0.0.1:$nobody/t") . '";'
        if $custom->{token_url};
    return join "\n    ", $url ? "url = \"$url\";" : (), $real ? () : 'insecure = true;',
        $auth ? "auth = { $auth };" : (), $custom->{more} // ();
}

sub pushes_groups {
    my ($name) = @_;
    return $custom{$name} && read_file("$top/mappings/$name.cfg") =~ /^member = /m;
}

sub config {
    my ($name, $more, $real) = @_;
    my $custom = $custom{$name};
    my $type = $custom ? 'custom' : 'scim';
    my $groups = pushes_groups($name)
        ? 'groups = ( { group = "CN=Apps,OU=Groups,DC=corp,DC=example"; } );' : '';
    return <<"END";
state = "$dir/$name.db";
sources = ( { name = "corp"; type = "ldif"; file = "$golden/people.ldif"; } );
apps = ( {
    name = "app";
    type = "$type";
    \@include "$name.cfg"
    @{[ place($custom // {}, $real) ]}
    connect_timeout = "1s";
    tries = 1;
    $groups
    @{[ $more // '' ]}
    assign = ( { group = "CN=Apps,OU=Groups,DC=corp,DC=example"; role = "agent"; } );
} );
END
}

# What 'plan' would make of the people: label to resource, and who is parked, with the first line.
sub planned {
    my ($name) = @_;
    $bridge->write_text(config($name));
    my $result = run('--json', 'plan');
    is($result->{exit}, 0, "$name: a plan is made") or diag $result->{err}, $result->{out};
    unlike($result->{err}, qr/\.cfg:\d+: (?!warning)/, "$name: nothing is complained about");
    my (%made, %parked);
    for my $line (split /\n/, $result->{out}) {
        my $row = decode_json($line);
        $made{ $row->{label} } = $row->{resource} if ($row->{kind} // '') eq 'create';
        $parked{ $row->{dn} // $row->{label} } = (split /\n/, $row->{error} // $row->{problem})[0]
            if $row->{type} eq 'parked';
    }
    return { create => \%made, parked => \%parked };
}

# Somebody and the group have been made there, with ids that have to be written otherwise in an
# address; nobody is asked for it.
my $odd_user = q{u/1?x=#"é};
my $odd_group = q{g 2/..&};
my $odd_member = q{m%2F'3};

sub link_all {
    my ($name) = @_;
    my @links = map {
        my ($id, $anchor) = @$_;
        "INSERT INTO link (app, entry, target_id, state, adopted, label, shadow, disabled_by_us, "
            . "disabled_at_us, linked_at_us) SELECT app.id, entry.id, '$id', 'active', 0, 'x', "
            . "'{}', 0, 0, 1 FROM app, entry WHERE entry.anchor = '$anchor';"
    } [ $odd_user, '04030201-0605-0807-090a-0b0c0d0e0f10' ],
        [ $odd_member =~ s/'/''/gr, '0a0b0c0d-0000-4000-8000-000000000001' ];
    $bridge->write_file('links.sql',
        join "\n", @links, "UPDATE pushed SET target_id = '$odd_group', label = 'Old';", '');
    my $process = Bridge::Process->new(
        command => [ 'sqlite3', '-bail', "$dir/$name.db", ".read $dir/links.sql" ]);
    $process->wait;
    is($process->status, 0, "$name: there are accounts and a group") or diag $process->err;
}

# What 'render' shows of every operation.
sub rendered {
    my ($name) = @_;
    $bridge->write_text(config($name));
    run('sync');
    link_all($name);
    $bridge->write_text(config($name, undef, 1));
    my $result = run('--json', 'render', 'app', '--user', 'jdoe',
        pushes_groups($name) ? ('--group', 'Apps', '--member', 'olga') : ());
    is($result->{exit}, 0, "$name: every operation can be sent") or diag $result->{err};
    unlike($result->{out}, qr/s3cret/, "$name: no secret is shown");
    return decode_json($result->{out} || '[]');
}

sub is_golden {
    my ($got, $file, $what) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    if ($ENV{UPDATE}) {
        open my $out, '>', $file or die "$file: $!";
        print {$out} $json->encode($got);
        close $out;
    }
    is_deeply($got, -e $file ? decode_json(read_file($file)) : undef, $what)
        or diag $json->encode($got);
}

# Of a custom API: what is switched off says why, what takes something away says what.
sub check_operations {
    my ($name, $settings) = @_;
    my @off = grep { ref $settings->{$_} eq 'HASH' && $settings->{$_}{off} }
        qw(test lookup get list create update enable disable delete password reset_mail);
    my $unconfirmed = join "\n", @{ $settings->{preset}{unconfirmed} // [] };
    like($unconfirmed, qr/\b\Q$_\E\b/, "$name: says that '$_' is not confirmed") for @off;
    for my $verb (grep { $settings->{$_} && !$settings->{$_}{off} } qw(disable delete)) {
        ok($settings->{$verb}{means}, "$name: says what $verb does there");
    }
}

system("openssl genrsa -out $key 2048 2>$dir/openssl.log") == 0
    or die read_file("$dir/openssl.log");
chmod 0600, $key;

my @presets = map { m{([^/]+)\.cfg$} } sort glob "$top/mappings/*.cfg";
my @promised = qw(generic-scim2 zoom slack github-emu gitlab atlassian aws-iam-identity-center
    entra-id-scim google-workspace-scim salesforce snowflake databricks sentry miro webex
    zoho-one-scim 1password dropbox servicenow box zoho-one zoho-crm zoom-rest google-workspace
    microsoft-graph slack-admin okta-users dropbox-business zendesk box-rest salesforce-rest
    servicenow-table gitlab-rest plain-form);
my %there = map { $_ => 1 } @presets;
is_deeply([ grep { !$there{$_} } @promised ], [], 'the services that people ask for are there');

my $list = decode_json(run('--json', 'presets')->{out});
is_deeply([ map { $_->{name} } @$list ], \@presets, "'presets' lists all of them");
is_deeply([ grep { $_->{problem} || !$_->{title} } @$list ], [], 'each can be read');
is_deeply([ map { $_->{name} } grep { $_->{type} eq 'custom' } @$list ], [ sort keys %custom ],
    'those for custom APIs are known');

for my $name (grep { !$ENV{PRESET} || $_ eq $ENV{PRESET} } @presets) {
    my $shown = decode_json(run('--json', 'presets', 'show', $name)->{out});
    my $about = $shown->{settings}{preset};
    is($about->{name}, $name, "$name: is called like its file");
    ok(@{ $about->{needs} // [] }, "$name: says what the administrator supplies");
    if ($custom{$name}) {
        check_operations($name, $shown->{settings});
    } else {
        ok($shown->{settings}{quirks}{disable_means} || $name =~ /^generic/,
            "$name: says what disabling does there");
    }
    my $words = run('presets', 'show', $name)->{out};
    like($words, qr/\Q$about->{title}\E/, "$name: is explained in words");
    like($words, qr/\Q$_\E/, "$name: and says what is not confirmed")
        for @{ $about->{unconfirmed} };

    is_golden(planned($name), "$golden/$name.json", "$name: makes of the people what is expected");
    is_golden(rendered($name), "$golden/$name.requests.json", "$name: asks what is expected")
        if $custom{$name};
}

my $missing = run('presets', 'show', 'slakc');
is($missing->{exit}, 2, 'a preset that does not exist is wrong usage');
like($missing->{err}, qr/did you mean 'slack'/, 'and the nearest is named');

$bridge->write_text(config('slack') =~ s/slack\.cfg/slakc.cfg/r);
like(run('check')->{err}, qr/slakc\.cfg.*did you mean 'slack\.cfg'/s,
    'so it is in a config');

$bridge->write_text(config('zoom') =~ s/type = "scim"/type = "custom"/r);
my $wrong = run('check');
is($wrong->{exit}, 2, 'a preset for apps of another type is a mistake');
like($wrong->{err}, qr{zoom\.cfg:\d+: the preset 'zoom' is for apps of type 'scim', and this},
    'and said with its file and line');
is(scalar(() = $wrong->{err} =~ /zoom\.cfg:\d+: /g), 1, 'alone: nothing else of it is looked at');

# The administrator's own settings win over those of the preset.
$bridge->write_text(
    config('zoom', 'map_override = ( { to = "userType"; from = "\"Basic\""; },
        { to = "displayName"; drop = true; } ); match = [ "externalId" ];')
);
my ($jane) = grep { ($_->{kind} // '') eq 'create' }
    map { decode_json($_) } split /\n/, run('--json', 'plan')->{out};
is($jane->{resource}{userType}, 'Basic', 'a row is added to a preset');
ok(!exists $jane->{resource}{displayName}, 'and another is taken away');

done_testing;
