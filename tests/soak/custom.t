#!/usr/bin/perl
# The same as flaky.t at an application with an API of its own, where one verb is several calls and
# a listing is three. CHANGES and SEED say how much and which.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Soak;
use Test::More;

Bridge::Soak::play(
    changes => $ENV{CHANGES} // 3000,
    seed => $ENV{SEED} // time,
    at => 'Bridge::Soak::Custom'
);
done_testing;
