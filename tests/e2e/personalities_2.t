#!/usr/bin/perl
# A small company lives at more services that each do something otherwise than the RFCs.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Personality;
use Test::More;

life($_)
    for qw(gitlab zoom salesforce miro github google-nopage okta-only sloppy strict-nameless);

done_testing;
