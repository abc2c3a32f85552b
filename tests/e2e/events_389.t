#!/usr/bin/perl
# Whatever happens in a 389 Directory Server, as FreeIPA has one, each way of following it ends in
# the same: by content synchronisation, and by scanning.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Ds389;
use Bridge::Events;
use Bridge::Events::Ldap;
use Test::More;

my $ds = Bridge::Ds389->new;
Bridge::Events::play(
    directory => Bridge::Events::Ldap->new($ds, crowd => 600, restart => 1),
    ways => { syncrepl => {}, scan => { changes => 'scan' } },
);
done_testing;
