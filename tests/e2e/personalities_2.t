#!/usr/bin/perl
# A small company lives at more services that each do something otherwise than the RFCs.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Personality;
use Test::More;

life($_) for qw(gitlab zoom salesforce miro github google-nopage okta-only sloppy);

# A typed value that is not there yet is a refusal without a name at such a service.
Test::More->builder->todo_start('only noTarget is understood');
life('strict-nameless');
Test::More->builder->todo_end;

done_testing;
