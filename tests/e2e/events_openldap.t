#!/usr/bin/perl
# Whatever happens in an OpenLDAP directory, each way of following it ends in the same: with and
# without a session log, by scanning, and from an export.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Namespace;
use Bridge::Events;
use Bridge::Events::Ldap;
use Bridge::Run;
use Bridge::Slapd;
use Test::More;

sub play {
    my ($slapd, %ways) = @_;
    Bridge::Events::play(directory => Bridge::Events::Ldap->new($slapd), ways => \%ways);
    return;
}

subtest 'with a session log' => sub {
    my $slapd = Bridge::Slapd->new(refint => 1, sessionlog => 1000);
    my $folder = Bridge::Run->new;
    my %export = (
        name => 'corp',
        type => 'ldif',
        file => $folder->dir . '/export.ldif',
        base => 'ou=Corp,' . $slapd->base_dn,
        users => { disabled => '(employeeType=disabled)' },
    );
    play(
        $slapd,
        syncrepl => {},
        scan => { changes => 'scan' },
        ldif => {
            source => \%export,
            before => sub { $folder->write_file('export.ldif', $slapd->dump) }
        },
    );
};
subtest 'without' => sub { play(Bridge::Slapd->new(refint => 1), syncrepl => {}) };
done_testing;
