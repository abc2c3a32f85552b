#!/usr/bin/perl
# The examples that people copy load as they stand: those of dirbridge.cfg(5), dirbridge-mapping(7),
# dirbridge-custom(7) and README.md, and the configs of the tours. dirbridge.cfg(5) describes every
# setting that the program has, with its type and its default, and no other one, and so does
# dirbridge-custom(7) with what is in the groups of a definition; dirbridge(1) names every command
# and option. What else dirbridge-mapping(7) says is the matter of mapping_page.t.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Manual qw(examples blocks);
use Bridge::Process qw(read_file);
use Bridge::Run;
use Test::More;

my $top = "$FindBin::Bin/../..";
my $packaging = "$top/packaging";
my $bridge = Bridge::Run->new;
my $dir = $bridge->dir;

# Loads a config with a command that contacts nobody: with a sound config it stops at the state
# that does not exist (1), with another at the config (2).
sub load {
    my ($text) = @_;
    $text =~ s{/etc/dirbridge/|/var/lib/dirbridge/|/tmp/}{$dir/}g;
    $bridge->write_text($text);
    return $bridge->run('status',
        { env => { CORP_PASSWORD => 'x', DIRBRIDGE_MAPPINGS_DIR => "$top/mappings" } });
}

# The settings of the source in a config, with those for a password instead of Kerberos.
sub with_password {
    my ($text, $settings) = @_;
    return $text =~ s/^ *domain *=.*\n//mr =~ s/^ *bind *=.*\n/$settings/mr;
}

$bridge->write_file($_, "secret\n", 0600)
    for qw(corp.pw zoom.token slack.token intranet.key wiki.pw svc-bridge.keytab corp-ca.pem
    billing.key wiki.key);

my $manual = read_file("$packaging/man/dirbridge.cfg.5");
my %example = examples($manual);
is_deeply(
    [ sort keys %example ],
    [qw(directory full minimal password rehearsal)],
    'the manual has its examples'
);
$example{password} = with_password(@example{qw(directory password)});
my %mapping = examples(read_file("$packaging/man/dirbridge-mapping.7"));
is_deeply([ sort keys %mapping ], ['entra'], 'the page on mappings has its example');
%example = (%example, %mapping);

# What stands before the apps of an example, and an app around settings that need one.
my ($frame) = $example{minimal} =~ /^(.*?)^apps = /ms;
sub app_of {
    my ($settings) = @_;
    my $more = $settings =~ /^(?:url|base_from) *=/m ? '' : 'url = "https://api.example";';
    $more .= ' auth = { type = "bearer"; token_file = "/etc/dirbridge/zoom.token"; };'
        if $settings !~ /^auth *=/m;
    $more .= ' delete = { url = "/users/{id}"; };' if $settings !~ /^delete *=/m;
    $more .= ' create = { url = "/users"; };' if $settings !~ /^create *=/m;
    return <<"END";
apps = ( { name = "wiki"; type = "custom"; assign = "all"; match = [ "email" ];
  map = ( { to = "email"; from = "[mail]"; }, { to = "name.surname"; from = "[sn]"; } );
  $more
$settings
} );
END
}

my $custom = read_file("$packaging/man/dirbridge-custom.7");
my %definition = examples($custom);
is_deeply([ keys %definition ], ['plain'], 'the page on definitions has its example');
$example{"custom_$_"} = $frame . $definition{$_} for keys %definition;
my @fragments = blocks($custom, 'Fragment');
cmp_ok(scalar @fragments, '>', 8, 'and pieces of definitions');
$example{"custom_piece_$_"} = $frame . app_of($fragments[$_]) for keys @fragments;
my $readme = read_file("$top/README.md");
($example{readme}) = $readme =~ /^ *```\n( *state = .*?)^ *```$/ms;
my ($directory) = $readme =~ /^```\n(sources = .*?)^```$/ms;
my ($password) = $readme =~ /^```\n( *uri .*?)^```$/ms;
$example{readme_directory} = $example{readme} =~ s/^ *sources = .*?^ *\} \);\n/$directory/msr;
$example{readme_password} = with_password($example{readme_directory}, $password);
my ($preset) = $readme =~ /^```\n(apps = .*?)^```$/ms;
my ($groups) = $readme =~ /^```\n( *assign = .*?)^```$/ms;
$example{readme_preset} = $example{readme} =~ s/^ *apps = .*/$preset/msr;
my ($readme_custom) = $readme =~ /^```\n(apps = [^`]*type = "custom".*?)^```$/ms;
$example{readme_custom} = $example{readme} =~ s/^ *apps = .*/$readme_custom/msr;
$example{readme_groups} = $example{readme} =~ s/^ *assign = .*\n/$groups/mr;
my %word = (
    DIR => $dir,
    LDAP_URI => 'ldaps://ldap.example',
    SCIM_URL => 'https://zoom.example/scim2',
    WIKI_URL => 'https://wiki.example/api',
    FQDN => 'dc1.corp.example',
    BASE => 'DC=corp,DC=example'
);
my $words = join '|', keys %word;
for my $tour (qw(demo demo-ad)) {
    $example{$tour} = read_file("$packaging/demo/$tour.cfg.in") =~ s/\@($words)\@/$word{$1}/gr;
}

for my $name (sort keys %example) {
    my $result = load($example{$name});
    is($result->{exit}, 1, "'$name' loads") or diag $result->{err};
    unlike($result->{err}, qr/dirbridge\.cfg:\d+/, "and nothing in '$name' is complained about");
    my $broken = load($example{$name} =~ s/\bassign\b/asign/r);
    is($broken->{exit}, 2, "a mistyped key in '$name' would be noticed");
}
like($example{$_}, qr/type *= "ad"/, "'$_' is about Active Directory")
    for qw(directory password readme_directory readme_password demo-ad entra);
like($example{readme_preset}, qr/\@include/, 'the README has a preset');
like($example{readme_custom}, qr/status/, 'the README has an API of an application\'s own');
like($example{readme_groups}, qr/groups = /, 'the README has pushed groups');
like($example{$_}, qr/uri .*password_file/s, "'$_' has a password")
    for qw(password readme_password);

# What the option tables in these files say: "name type default". What a node is, its name tells.
sub table_settings {
    my ($files, %node) = @_;
    my %type = (ENUM => 'string', BOOL => 'boolean', INT => 'number');
    my %setting;
    for my $path (@$files) {
        my $code = read_file($path) =~ s/\\\n//gr;
        $setting{"$1 string disable"} = 1 while $code =~ /^.*\bDEPROVISION_OPTION\((\w+)\),/mg;
        while ($code =~ /\bOPTION\(([A-Z]+),\s*\w+,\s*[\w.\[\]]+,\s*"(\w+)",([^()]*)\)/g) {
            my ($kind, $name, $rest) = ($1, $2, $3);
            my $type = $kind eq 'NODE' ? $node{$name} // 'list' : $type{$kind} // lc $kind;
            my ($default) = $rest =~ /\.fallback\s*=\s*"(.*?)"/;
            $setting{ join ' ', $name, $type, $default // () } = 1;
        }
    }
    return sort keys %setting;
}

# What a page says, in the same form; a filter is a string to the tables.
sub manual_settings {
    my ($page) = @_;
    my %setting;
    while ($page =~ /^\.It (Cm \w+ .*\bAr .*)$/mg) {
        my ($line, $type) = ($1);
        my $default = $line =~ s/ Pq Cm (\S+)$// ? " $1" : '';
        for my $part (reverse split / , /, $line) {
            my ($name, $own) = $part =~ /^Cm (\w+)(?: Ar (\w+))?$/ or next;
            $type = $own // $type;
            $setting{ "$name " . ($type eq 'filter' ? 'string' : $type) . $default } = 1;
        }
    }
    return sort keys %setting;
}

# The groups within a definition have a page of their own. The calls of a login are like steps.
my @sources = glob "$top/src/{source,target,run}/*.[ch]";
my $inner = [ grep { /custom_conf_/ } @sources ];
my $login = [ grep { /credential_login_call\.c$/ } @sources ];
my $outer = [ grep { !/custom_conf_|credential_login_call\.c$/ } @sources ];
my %group = map { $_ => 'group' }
    qw(parameters claims success error id account test lookup get create update enable disable
    delete password reset_mail group member);
my %inside = (
    (map { $_ => 'group' } qw(query headers body success error poll pages continue id lookup list
        get create update delete add remove replace where)),
    (map { $_ => 'texts' } qw(values statuses status code done failed pending active_values
        inactive_values)),
    (map { $_ => 'boolean' } qw(active repeat)),
    value => 'text',
);
my @settings = table_settings($outer, %group);
cmp_ok(scalar @settings, '>', 60, 'the option tables were found');
is_deeply([ manual_settings($manual) ],
    \@settings, 'the manual has every setting, its type and default');
my @inner = table_settings($inner, %inside);
cmp_ok(scalar @inner, '>', 50, 'and those of definitions');
is_deeply([ manual_settings($custom) ], \@inner, 'so has the page on definitions');
my %known = map { $_ => 1 } @settings, @inner;
my @calls = table_settings($login, %inside);
cmp_ok(scalar @calls, '>', 5, 'and those of logins');
is_deeply([ grep { !$known{$_} } @calls ], [], 'which are described there, too');
my ($types) = read_file("$top/src/source/source.c") =~ /types\[\] = \{ (.*?), NULL/;
my @types = ($types =~ /"(\w+)"/g, qw(scim custom mem));
cmp_ok(scalar @types, '>', 5, 'the types were found');
like($manual, qr/^\.Ss Type $_$/m, "the manual has a part about type '$_'") for @types;

my $page = read_file("$packaging/man/dirbridge.1");
my $help = $bridge->run('--help')->{out};
my ($commands) = $help =~ /^commands:\n(.*?)\n\n/ms;
my @commands = $commands =~ /^  (\w+)/mg;
cmp_ok(scalar @commands, '>=', 6, 'the help lists the commands');
like($page, qr/^\.It Cm $_\b/m, "dirbridge(1) describes '$_'") for @commands;
for my $option ($help =~ /(--[a-z]+)/g) {
    my $written = $option =~ s/^--/Fl -/r;
    like($page, qr/\Q$written\E\b|\Q$option\E\b/, "dirbridge(1) knows '$option'");
}

done_testing;
