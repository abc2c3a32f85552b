#!/usr/bin/perl
# Thousands of changes of the directory, SIGKILL every few seconds, and an application at which one
# request in five goes wrong: in the end it holds what the directory says, and on the way nobody was
# touched who should not have been. CHANGES and SEED say how much and which.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Soak;
use Test::More;

Bridge::Soak::play(changes => $ENV{CHANGES} // 10_000, seed => $ENV{SEED} // time);
done_testing;
