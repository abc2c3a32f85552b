#!/usr/bin/perl
# The first seconds of "make soak": random changes, SIGKILL, an application that is often wrong; in
# the end it holds what the directory says. Once at an application that speaks SCIM, once at one
# with an API of its own.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Soak;
use Test::More;

for my $at (qw(Scim Custom)) {
    subtest $at => sub {
        Bridge::Soak::play(
            changes => $ENV{CHANGES} // 60,
            seed => $ENV{SEED} // 20261122,
            at => "Bridge::Soak::$at"
        );
    };
}
done_testing;
