#!/usr/bin/perl
# A crash, and another crash at every point of the run that picks up the pieces.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Case qw(case_folders);
use Test::More;

require "$FindBin::Bin/matrix.pl";

for my $folder (case_folders(qw(create-lost re-enable adopt-inactive))) {
    my $case = Bridge::Case->new($folder);
    subtest $case->name => sub { crash_twice($case) };
}
done_testing;
