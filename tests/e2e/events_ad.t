#!/usr/bin/perl
# Whatever happens in a domain, DirSync and USN end in the same; also with a group of 5,001. For an
# account without these rights, and by reading everything each time: events_ad_poor.t.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Namespace;
use Bridge::Events;
use Bridge::Events::Ad;
use Bridge::Samba;
use Test::More;

my $dc = Bridge::Samba->new(dirsync => 1, tombstones => 1);
Bridge::Events::play(
    directory => Bridge::Events::Ad->new($dc),
    ways => { map { $_ => { changes => $_ } } qw(dirsync usn) },
);
done_testing;
