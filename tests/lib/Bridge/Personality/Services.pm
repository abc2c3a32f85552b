# Bridge::Personality::Services - what the services of Bridge::Personality are known by.
#
#     service_of('aws')       its row, a hash
#     settings_of($row)       of an app, for Bridge::World: the preset, everybody in cn=app with an
#                             account, cn=Sales pushed as 'Sales Team'
#
# A row of %services:
#
#     preset      in mappings/
#     holds       fields of a person the service keeps, see %field
#     frozen      ... which stay as they were when the account was made
#     login       the field that userName comes from
#     groups      'made', 'there' (made by somebody at the service before) or undef
#     group_name  what becomes of a group's name
#     off         what a disabled account comes to: 'off' or 'gone'
#     deleted     what becomes of the account of somebody deleted: 'gone' or 'off'; with
#                 deprovision => 'disable' nothing is deleted, as the service could not
#     settings    more settings of the app
#     seeded      more attributes of an account that others made
#     crowd       so many more people, all of them in the group at first
#     patient     requests fail: several syncs may be needed, at most so many
#     harmless    the lie hides nobody
#     oracle      options of Bridge::Oracle's check
package Bridge::Personality::Services;
use strict;
use warnings;
use Bridge::World;
use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(dirname);

our @EXPORT = qw(service_of settings_of);

my $mappings = abs_path(dirname(__FILE__) . '/../../../../mappings');
my $entra = 'urn:ietf:params:scim:schemas:extension:Microsoft:Entra:2.0:User';

my @names = qw(given family display);
my @most = (@names, qw(mail title phone manager));
my %generic = (preset => 'generic-scim2', holds => \@most);
my %failing = (
    %generic,
    patient => 12,
    crowd => 9,
    settings => { timeout => '1s', max_wait => '2s', tries => 4 }
);
my %services = (
    (map { $_ => {%generic} } qw(strict-rfc strict-nameless sloppy okta-only)),
    aws => {
        preset => 'aws-iam-identity-center',
        holds => \@most,
        crowd => 101,
    },
    'entra-server' => {
        preset => 'entra-id-scim',
        holds => [ @names, qw(title manager) ],
        crowd => 22,
        groups => 'there',
        seeded => { password => 'from-before-1', $entra => { mailNickname => 'x' } },
    },
    sentry => {
        preset => 'sentry',
        holds => [],
        frozen => ['login'],
        group_name => { 'Sales Team' => 'sales-team', 'Vendors Team' => 'vendors-team' },
        off => 'gone',
    },
    slack => {
        preset => 'slack',
        login => 'uid',
        holds => \@most,
        deleted => 'off',
    },
    gitlab => {
        preset => 'gitlab',
        login => 'uid',
        holds => [ 'given', 'family', 'mail' ],
        frozen => [qw(login given family mail)],
        groups => undef,
        off => 'gone',
        seeded => { externalId => 'from-before' },
    },
    zoom => {
        preset => 'zoom',
        holds => [ @names, 'mail' ],
        frozen => [ 'login', 'display' ],
    },
    salesforce => {
        preset => 'salesforce',
        holds => [qw(given family mail title phone manager)],
        deleted => 'off',
        deprovision => 'disable',
        role => '00e000000000001',
        seeded => { entitlements => [ { value => '00e000000000001' } ] },
    },
    miro => {
        preset => 'miro',
        holds => [@names],
        groups => 'there',
        role => 'full',
        settings => { quirks => { rate => [] } },
    },
    github => {
        preset => 'github-emu',
        holds => [ @names, 'mail' ],
        deleted => 'off',
        deprovision => 'disable',
        role => 'user',
        seeded => { externalId => 'from-before' },
    },
    'google-nopage' => {
        preset => 'google-workspace-scim',
        holds => [ @names, qw(mail title phone) ],
    },
    (map { $_ => {%failing} } qw(flaky drops created-without-effect)),
    (map { ("liar-paging-$_" => { %generic, groups => undef, harmless => $_ == 5 }) } 1 .. 5),
);

sub service_of {
    my ($name) = @_;
    my $row = $services{$name} // die "there is no row for '$name'\n";
    return { groups => 'made', off => 'off', deleted => 'gone', frozen => [], %$row };
}

sub settings_of {
    my ($row) = @_;
    my ($app, $sales) = map { Bridge::World::group_dn(undef, $_) } qw(app Sales);
    my $groups = [ { group => $sales, name => 'Join(" ", [cn], "Team")' } ];
    return {
        map => undef,
        match => undef,
        assign => [ { group => $app, $row->{role} ? (role => $row->{role}) : () } ],
        groups => $row->{groups} ? $groups : undef,
        deprovision => { deleted => $row->{deprovision} // 'delete' },
        limits => { removals => 1000 },
        %{ $row->{settings} // {} },
        _raw => qq(\@include "$mappings/$row->{preset}.cfg"),
    };
}

1;
