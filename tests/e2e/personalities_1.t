#!/usr/bin/perl
# A small company lives at services that each do something otherwise than the RFCs.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Personality;
use Test::More;

life($_) for qw(strict-rfc aws entra-server sentry slack);

done_testing;
