#!/usr/bin/perl
# Seeds: every file in tests/fuzz/seeds/<name>/ through the fuzzer fuzz_<name>, and every fuzzer has
# seeds. In a build without libFuzzer the fuzzers replay the files they are given (replay.c).
use strict;
use warnings;
use File::Basename qw(basename);
use FindBin;
use Test::More;

my $build = $ENV{BUILD} or plan skip_all => 'BUILD does not say where the fuzzers are';

for my $source (sort glob "$FindBin::Bin/fuzz_*.c") {
    my ($name) = basename($source) =~ /^fuzz_(\w+)\.c$/;
    my @seeds = grep { -f } sort glob "$FindBin::Bin/seeds/$name/*";
    cmp_ok(scalar @seeds, '>=', 5, "$name has seeds");
    # Libfuzzer's own main takes files as well, and runs each of them once.
    my $output = qx{'$build/fuzz/fuzz_$name' @{[map { "'$_'" } @seeds]} 2>&1};
    is($?, 0, "$name survives its @{[scalar @seeds]} seeds") or diag $output;
}
done_testing();
