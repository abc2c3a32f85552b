# Bridge::Manual - the literal blocks of a manual page, as the reader sees them.
#
#     my %example = examples($page);          behind a line '.\" Example: NAME.': NAME => text
#     my @blocks = blocks($page, 'Results');  behind each line '.\" Results.'
#     my $text = unescape($line);             one line of mdoc(7) without its escapes
package Bridge::Manual;
use strict;
use warnings;
use utf8;
use Exporter qw(import);

our @EXPORT_OK = qw(examples blocks unescape);

my %character = (
    '(aq' => q('),
    '(dq' => q("),
    '(ha' => '^',
    '(ti' => '~',
    '(:a' => 'ä',
    '(:e' => 'ë',
    '(:o' => 'ö',
    '(:u' => 'ü',
    '(:U' => 'Ü',
    '(ss' => 'ß',
    'e' => q(\\),
    '&' => '',
    '-' => '-'
);

# An escape that is not in the table would be read as something else: better none at all.
sub unescape {
    my ($text) = @_;
    $text =~ s/\\(\(..|.)/$character{$1} \/\/ die "unknown escape \\$1 in a manual page\n"/ge;
    return $text;
}

sub blocks {
    my ($page, $mark) = @_;
    return map { unescape($_) } $page =~ /^\.\\" $mark\..*?\n\.Bd -literal[^\n]*\n(.*?)^\.Ed$/msg;
}

sub examples {
    my ($page) = @_;
    my %example;
    for my $name ($page =~ /^\.\\" Example: (\w+)\./mg) {
        ($example{$name}) = blocks($page, "Example: $name");
    }
    return %example;
}

1;
