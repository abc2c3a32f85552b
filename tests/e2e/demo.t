#!/usr/bin/perl
# The tour of "make demo" does what it tells, without colour when nobody watches, and says so with
# its exit code; with a program that does not keep its promises it ends with 1.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Process qw(read_file);
use Bridge::Run;
use File::Temp qw(tempdir);
use Test::More;

my $tour = "$FindBin::Bin/../../packaging/demo/run";
my $dir = tempdir('dirbridge-XXXXXX', TMPDIR => 1, CLEANUP => 1);
mkdir "$dir/tmp" or die "$dir/tmp: $!\n";

sub tour {
    my ($program, $seconds) = @_;
    unlink "$dir/out";
    my $process = Bridge::Process->new(
        command => [ $^X, $tour ],
        env => { DIRBRIDGE => $program, TMPDIR => "$dir/tmp" },
        out => "$dir/out",
        err => "$dir/out"
    );
    ok($process->wait($seconds), "the tour ends within $seconds s");
    return ($process->status // -1, read_file("$dir/out"));
}

my ($status, $text) = tour(Bridge::Run::program(), 110);
is($status, 0, 'the tour succeeds') or diag substr $text, -2000;
unlike($text, qr/\e/, 'without colour');
ok($text =~ /break\.glass.*\byes\n/, 'and shows what the application holds');
is_deeply([ glob "$dir/tmp/*" ], [], 'nothing is left behind');

($status, $text) = tour('/bin/true', 60);
is($status >> 8, 1, 'a program that does nothing fails the tour');
ok($text =~ /^The tour ends here: the plan lacks/m, 'which says why') or diag substr $text, -500;
is_deeply([ glob "$dir/tmp/*" ], [], 'nothing is left behind then either');

done_testing;
