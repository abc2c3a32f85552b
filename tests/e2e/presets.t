#!/usr/bin/perl
# Every preset loads, says what it must say of itself, and makes of four sample people (one as
# Active Directory has them, with everything; one with letters of other alphabets; one of an LDAP
# directory; one with next to nothing) what stands in presets/NAME.json. UPDATE=1 PRESET=NAME writes
# that.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Free qw(free_port);
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

sub config {
    my ($name, $more) = @_;
    return <<"END";
state = "$dir/$name.db";
sources = ( { name = "corp"; type = "ldif"; file = "$golden/people.ldif"; } );
apps = ( {
    name = "app";
    type = "scim";
    \@include "$name.cfg"
    url = "http://127.0.0.1:$nobody/scim/v2";
    insecure = true;
    connect_timeout = "1s";
    tries = 1;
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

my @presets = map { m{([^/]+)\.cfg$} } sort glob "$top/mappings/*.cfg";
my @promised = qw(generic-scim2 zoom slack github-emu gitlab atlassian aws-iam-identity-center
    entra-id-scim google-workspace-scim salesforce snowflake databricks sentry miro webex
    zoho-one-scim 1password dropbox servicenow box);
my %there = map { $_ => 1 } @presets;
is_deeply([ grep { !$there{$_} } @promised ], [], 'the services that people ask for are there');

my $list = decode_json(run('--json', 'presets')->{out});
is_deeply([ map { $_->{name} } @$list ], \@presets, "'presets' lists all of them");
is_deeply([ grep { $_->{problem} || !$_->{title} } @$list ], [], 'each can be read');

for my $name (grep { !$ENV{PRESET} || $_ eq $ENV{PRESET} } @presets) {
    my $shown = decode_json(run('--json', 'presets', 'show', $name)->{out});
    my $about = $shown->{settings}{preset};
    is($about->{name}, $name, "$name: is called like its file");
    ok(@{ $about->{needs} // [] }, "$name: says what the administrator supplies");
    ok($shown->{settings}{quirks}{disable_means} || $name =~ /^generic/,
        "$name: says what disabling does there");
    my $words = run('presets', 'show', $name)->{out};
    like($words, qr/\Q$about->{title}\E/, "$name: is explained in words");
    like($words, qr/\Q$_\E/, "$name: and says what is not confirmed")
        for @{ $about->{unconfirmed} };

    my $made = planned($name);
    my $file = "$golden/$name.json";
    if ($ENV{UPDATE}) {
        open my $out, '>', $file or die "$file: $!";
        print {$out} $json->encode($made);
        close $out;
    }
    is_deeply($made, -e $file ? decode_json(read_file($file)) : undef,
        "$name: makes of the people what is expected")
        or diag $json->encode($made);
}

my $missing = run('presets', 'show', 'slakc');
is($missing->{exit}, 2, 'a preset that does not exist is wrong usage');
like($missing->{err}, qr/did you mean 'slack'/, 'and the nearest is named');

$bridge->write_text(config('slack') =~ s/slack\.cfg/slakc.cfg/r);
like(run('check')->{err}, qr/slakc\.cfg.*did you mean 'slack\.cfg'/s,
    'so it is in a config');

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
