# Measure - runs commands to their end with time and memory taken, and prints the table of a bench.
#
#     use Measure;
#     my $one = measure(0, @command);          {wall, user, sys, cpu, rss, status}; the exit code
#                                              must be the one given
#     my @walls = column('wall', @many);
#     title('First pull, against ldapsearch reading the same');
#     compare($name, '%.3f s', \@ours, \@floor, '4 or less');      ratios are made pair by pair
#     alone($name, '%.1f ms', \@ours, '20 ms or less');
package Measure;
use strict;
use warnings;
use FindBin;
use Bridge::Process qw(read_file);
use Exporter qw(import);
use File::Temp qw(tempdir);
use List::Util qw(min max);

our @EXPORT = qw(measure median column title compare alone);

my $build = $ENV{BUILD} // "$FindBin::Bin/../../build/gcc-release";
my $dir = tempdir('dirbridge-measure-XXXXXX', TMPDIR => 1, CLEANUP => 1);

# ---- measuring ----

# Runs a command to its end. $command[0] may be a hash of variables for its environment.
sub measure {
    my ($exit, @command) = @_;
    my %env = ref $command[0] ? %{ shift @command } : ();
    my $line = "$dir/measured";
    unlink $line;
    my $process = Bridge::Process->new(
        command => [ "$build/bench/measure", $line, @command ],
        env => { LDAPNOINIT => 1, %env },
        err => "$dir/err"
    );
    $process->wait;
    my %result = read_file($line) =~ /(\w+) ([\d.]+)/g;
    $result{cpu} = ($result{user} // 0) + ($result{sys} // 0);
    die "'@command' ended with " . ($result{status} // 'nothing') . ":\n" . read_file("$dir/err")
        if ($result{status} // -1) != $exit;
    unlink "$dir/err";
    return \%result;
}

sub median {
    my @sorted = sort { $a <=> $b } @_;
    my $half = int(@sorted / 2);
    return @sorted % 2 ? $sorted[$half] : ($sorted[ $half - 1 ] + $sorted[$half]) / 2;
}

sub column { my ($key, @rows) = @_; return map { $_->{$key} } @rows }

# ---- the table ----

my $layout = "%-34s %14s %14s %20s  %s\n";

sub title {
    my ($text) = @_;
    print "\n$text\n";
    printf $layout, '', 'dirbridge', 'floor', 'ratio', 'expected';
    return;
}

# A row from pairs of values; ratios are made pair by pair.
sub compare {
    my ($name, $format, $ours, $floor, $expected) = @_;
    my @ratio = map { $ours->[$_] / ($floor->[$_] || 1e-9) } 0 .. $#$ours;
    printf $layout, $name, sprintf($format, median(@$ours)), sprintf($format, median(@$floor)),
        sprintf('%.2f (%.2f-%.2f)', median(@ratio), min(@ratio), max(@ratio)), $expected // '';
    return;
}

sub alone {
    my ($name, $format, $ours, $expected) = @_;
    printf $layout, $name, sprintf($format, median(@$ours)), '', @$ours > 1
        ? sprintf("$format-$format", min(@$ours), max(@$ours)) =~ s/ +/ /gr : '', $expected // '';
    return;
}

1;
