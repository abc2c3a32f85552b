#!/usr/bin/perl
# Whatever happens in a domain ends in the same also for an account that may neither replicate
# changes nor read deleted objects: by DirSync, by USN, and by reading everything each time.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Namespace;
use Bridge::Events;
use Bridge::Events::Ad;
use Bridge::Samba;
use Test::More;

# More than the 1,500 members that are given at once.
my $dc = Bridge::Samba->new;
Bridge::Events::play(
    directory => Bridge::Events::Ad->new($dc, crowd => 1600),
    ways => { map { $_ => { changes => $_ } } qw(dirsync usn scan) },
);
done_testing;
