#!/usr/bin/perl
# The first seconds of "make soak": random changes, SIGKILL, an application that is often wrong; in
# the end it holds what the directory says.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Soak;
use Test::More;

Bridge::Soak::play(changes => $ENV{CHANGES} // 60, seed => $ENV{SEED} // 20261122);
done_testing;
