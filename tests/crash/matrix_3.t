#!/usr/bin/perl
# Every plan case stopped at every crash point and resumed: one quarter of the cases.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";

require "$FindBin::Bin/matrix.pl";
matrix(3, 4);
