#!/usr/bin/perl
# The examples that people copy load as they stand: those of dirbridge.cfg(5) and README.md, and
# the config of the demo. And dirbridge(1) names every command and option that the program has.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Process qw(read_file);
use Bridge::Run;
use Test::More;

my $packaging = "$FindBin::Bin/../../packaging";
my $bridge = Bridge::Run->new;
my $dir = $bridge->dir;

# The literal blocks behind a line '.\" Example: NAME.', as the reader sees them.
sub examples {
    my ($page) = @_;
    my %example;
    while ($page =~ /^\.\\" Example: (\w+)\..*?\n\.Bd -literal\n(.*?)^\.Ed$/msg) {
        my ($name, $text) = ($1, $2);
        $text =~ s/^\\&//mg;
        $text =~ s/\\\(aq/'/g;
        $text =~ s/\\e/\\/g;
        $example{$name} = $text;
    }
    return %example;
}

# Loads a config with a command that contacts nobody: with a sound config it stops at the state
# that does not exist (1), with another at the config (2).
sub load {
    my ($text) = @_;
    $text =~ s{/etc/dirbridge/|/var/lib/dirbridge/|/tmp/}{$dir/}g;
    $bridge->write_text($text);
    return $bridge->run('status', { env => { CORP_PASSWORD => 'x' } });
}

$bridge->write_file($_, "secret\n", 0600) for qw(corp.pw zoom.token wiki.pw);

my %example = examples(read_file("$packaging/man/dirbridge.cfg.5"));
is_deeply([ sort keys %example ], [qw(full minimal rehearsal)], 'the manual has its examples');
my $readme = read_file("$FindBin::Bin/../../README.md");
($example{readme}) = $readme =~ /^ *```\n( *state = .*?)^ *```$/ms;
$example{demo} = read_file("$packaging/demo/demo.cfg.in");
$example{demo} =~ s/\@DIR\@/$dir/g;
$example{demo} =~ s{\@LDAP_URI\@}{ldaps://ldap.example};
$example{demo} =~ s{\@SCIM_URL\@}{https://zoom.example/scim2};

for my $name (sort keys %example) {
    my $result = load($example{$name});
    is($result->{exit}, 1, "'$name' loads") or diag $result->{err};
    unlike($result->{err}, qr/dirbridge\.cfg:\d+/, "and nothing in '$name' is complained about");
    my $broken = load($example{$name} =~ s/\bassign\b/asign/r);
    is($broken->{exit}, 2, "a mistyped key in '$name' would be noticed");
}

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
