#!/usr/bin/perl
# dirbridge-mapping(7) is true: it has every function of the program, with its usage; each of its
# examples gives what stands behind the arrow, for the person on the page; what it has for Entra's
# operators and Okta's functions can be used; and the mapping table that it carries over from Entra
# makes of that person what Entra's would.
use strict;
use warnings;
use Encode qw(encode);
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Manual qw(blocks examples unescape);
use Bridge::Process qw(read_file);
use Bridge::Run;
use JSON::PP;
use MIME::Base64;
use Test::More;

my $top = "$FindBin::Bin/../..";
my $page = read_file("$top/packaging/man/dirbridge-mapping.7");
my $json = JSON::PP->new->canonical->allow_nonref;

# ---- the functions -------------------------------------------------------------------------------

# Name to usage, of all tables in the source.
sub table_usages {
    my %usage;
    for my $path (glob "$top/src/core/functions_*.c") {
        my $code = read_file($path) =~ s/\bDERIVED_ROLES\b/"appRoleAssignments"/gr;
        while ($code =~ /\{ "(\w+)", \d+, [^"{}]*?((?:"(?:[^"\\]|\\.)*"\s*)+)/g) {
            my ($name, $parts) = ($1, $2);
            $usage{$name} = join '', map { s/\\(.)/$1/gr } $parts =~ /"((?:[^"\\]|\\.)*)"/g;
        }
        $usage{$_} = "$_(certificate)" for $code =~ /^\tCERT_ROW\("(\w+)"/mg;
    }
    return %usage;
}

my %usage = table_usages();
cmp_ok(scalar keys %usage, '>', 80, 'the tables of functions were found');
is_deeply(
    [ sort map { unescape($_) } $page =~ /^\.It Ic "(.*)"$/mg ],
    [ sort values %usage ],
    'the page has every function as the program has it'
);

# ---- the examples --------------------------------------------------------------------------------

# Pairs of an expression and what it gives: "EXPR -> RESULT", where blanks begin what goes on.
sub results {
    my @results;
    for my $block (blocks($page, 'Results')) {
        $block =~ s/\n +/ /g;
        for my $line (split /\n/, $block) {
            my ($expression, $result) = $line =~ /^(.*?) +-> (.*)$/;
            fail("'$line' is an example") if !defined $result;
            push @results, [ $expression, $result ] if defined $result;
        }
    }
    return @results;
}

my @results = results();
cmp_ok(scalar @results, '>', 120, 'the examples were found');
for my $name (sort keys %usage) {
    ok((grep { $_->[0] =~ /\b$name\(/ } @results), "$name has an example");
}

my $bridge = Bridge::Run->new;
my $dir = $bridge->dir;

sub certificate {
    my $command = join ' ',
        'openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 100',
        '-sha256 -set_serial 0x00c0ffee01 -keyout /dev/null -outform DER',
        q(-subj '/C=DE/O=Corp/CN=Jane Doe' -config),
        $bridge->write_file('openssl.cnf', <<'CNF'), '2>/dev/null | base64 -w0';
[req]
distinguished_name = name
x509_extensions = extensions
[name]
[extensions]
basicConstraints = critical, CA:false
CNF
    return scalar `$command`;
}

my $max = <<'LDIF';
dn: CN=Max Boss,OU=Sales,DC=corp,DC=example
objectClass: person
objectClass: user
objectGUID:: AQIDBAUGBwgJCgsMDQ4PEA==
cn: Max Boss
sn: Boss
userPrincipalName: max@corp.example
mail: max@corp.example
department: Board
userAccountControl: 514

LDIF
my ($jane) = blocks($page, 'Person');

# As LDIF has what is not ASCII.
sub ldif {
    return encode('UTF-8', $_[0]) =~
        s/^(\w+): (.*[^\x00-\x7f].*)$/"$1:: " . encode_base64($2, '')/gemr;
}

sub write_people {
    my ($more) = @_;
    return $bridge->write_file('people.ldif',
        "version: 1\n\n" . ldif($jane) . 'userCertificate:: ' . certificate() . "\n\n$max$more");
}

# The map names all that the examples read: what no row names is not read of anybody.
sub write_examples_config {
    my %read = map { lc $_ => 1 } map { $_->[0] =~ /(?<!")\[(\w+)\]/g } @results;
    delete @read{qw(accountenabled lockedout dn anchor approleassignments)};
    my @rows = map { "{ to = \"x.$_\"; from = \"[$_]\"; values = \"all\"; }" } sort keys %read;
    my $people = write_people('');
    return $bridge->write_text(<<"CFG");
state = "$dir/examples.db";
sources = ( { name = "corp"; type = "ldif"; file = "$people"; } );
apps = ( {
  name = "paper"; type = "mem"; file = "$dir/paper"; first_run = "apply";
  assign = ( { filter = "(department=Sales)"; role = "User"; },
             { filter = "(mail=*)"; role = "Agent"; priority = 10; } );
  map = ( { to = "userName"; from = "[mail]"; },
          @{[ join ",\n          ", grep {!/usercertificate/} @rows ]},
          { to = "cert"; from = "CertSubject([userCertificate])"; } );
} );
CFG
}

sub evaluated {
    my ($expression) = @_;
    my $result = $bridge->run('--json', 'eval', $expression, '--user', 'jane.doe@corp.example');
    my $document = $result->{json};
    return "does not load: $result->{err}" if !$document;
    is_deeply($document->{unread}, [], "'$expression' asks for nothing that was not read");
    return 'fails' if $document->{problem};
    return $json->encode($document->{value});
}

write_examples_config();
my $sync = $bridge->run('sync');
is($sync->{exit}, 0, 'the person of the page has an account') or diag $sync->{out}, $sync->{err};
for my $result (@results) {
    my ($expression, $expected) = @$result;
    my $wanted = $expected eq 'fails' ? $expected : $json->encode($json->decode($expected));
    is(evaluated(encode('UTF-8', $expression)), $wanted, encode('UTF-8', $expression));
}

# ---- the tables of Entra's operators and Okta's functions ----------------------------------------

# The right-hand cells of a section, as the reader sees them.
sub cells {
    my ($section) = @_;
    my ($text) = $page =~ /^\.S[hs] $section\n(.*?)^\.S[hs] /ms;
    return map { s/^Li "(.*)"$/$1/r } map { unescape($_) } $text =~ /^\.It .*? Ta (.*)$/mg;
}

my $text = read_file($bridge->config);
my @filters = map { grep {!/\.\.\./} /(\((?:[^()]++|(?1))*\))/g } cells('Scoping filters');
cmp_ok(scalar @filters, '>=', 10, 'the filters were found');
for my $filter (@filters) {
    $bridge->write_text($text =~ s/assign = /scope = "$filter";\n  assign = /r);
    my $loaded = $bridge->run('status');
    is($loaded->{exit}, 0, "$filter is a filter") or diag $loaded->{err};
}
$bridge->write_text($text);

# Whatever the letters of the table stand for, texts will do.
my %letter = (s => '[mail]', a => '[proxyAddresses]', n => '[pwdLastSet]', c => '[mail] = "x"');
my @calls = map {/([A-Z]\w+(\((?:[^()]++|(?2))*\)))/g} cells('FROM OKTA');
@calls = grep {/^[A-Z]/} @calls;
cmp_ok(scalar @calls, '>=', 15, 'the calls were found');
for my $call (@calls) {
    my $expression = $call =~ s/(?<![\w\$"])([a-z])(?![\w"])/$letter{$1} \/\/ '"x"'/ger;
    unlike(evaluated($expression), qr/does not load/, "$call compiles");
}

# ---- the worked example --------------------------------------------------------------------------

my %example = examples($page);
my $config = $example{entra};
my $groups = join '', map {
    my ($group, $guid, @members) = @$_;
    "dn: CN=$group,OU=Groups,DC=corp,DC=example\nobjectClass: group\ncn: $group\n"
        . "objectGUID:: $guid\n"
        . join('', map {"member: CN=$_,OU=Sales,DC=corp,DC=example\n"} @members) . "\n"
    } (
    [ 'Zoom-Admins', 'AQIDBAUGBwgJCgsMDQ4PEQ==', 'Jane Doe' ],
    [ 'Zoom-Users', 'AQIDBAUGBwgJCgsMDQ4PEg==', 'Jane Doe', 'Max Boss' ]
    );
my $people = write_people($groups);
my $enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

# On paper: another source, another application, the same everything else.
sub rehearse {
    $config =~ s{^sources = .*?^\} \);\n}{sources = ( {
      name = "corp"; type = "ldif"; file = "$people";
    } );\n}ms or die 'the example has no sources';
    $config =~ s{type *= "scim";.*?auth .*?\n}{type = "mem"; file = "$dir/zoom";\n}s
        or die 'the example has no app';
    $config =~ s{/var/lib/dirbridge/state}{$dir/worked};
    $bridge->write_text($config);
    return { map { $_->{label} => $_ } grep { $_->{type} eq 'op' } @{ planned() } };
}

sub planned {
    my $result = $bridge->run('--json', 'plan');
    is($result->{exit}, 0, 'the example is planned') or diag $result->{err};
    return ref $result->{json} eq 'ARRAY' ? $result->{json} : [];
}

my $ops = rehearse();
is_deeply([ sort keys %$ops ], ['Jane.Doe@corp.example'], 'who is disabled gets no account');
my $op = $ops->{'Jane.Doe@corp.example'};
is($op->{kind}, 'create', 'the other one does');
is_deeply(
    $op->{resource},
    {
        'active' => JSON::PP::true,
        'userName' => 'Jane.Doe@corp.example',
        'displayName' => 'Doe, Jane',
        'title' => 'Head of Sales',
        'emails[type eq "work"].value' => 'jane.doe@corp.example',
        'preferredLanguage' => 'en-US',
        'name.givenName' => 'Jane',
        'name.familyName' => 'Doe',
        'name.formatted' => 'Jane Doe',
        'addresses[type eq "work"].locality' => "M\x{fc}nchen",
        'addresses[type eq "work"].country' => 'DE',
        'phoneNumbers[type eq "work"].value' => '+49895550100',
        'externalId' => '6ba7b810-9dad-11d1-80b4-00c04fd430c8',
        'userType' => 'Employee',
        'roles[primary eq "True"].value' => 'Admin',
        "$enterprise:department" => 'Sales'
    },
    'with what the table says'
);
is_deeply(
    $op->{waits},
    [
        {
            path => "$enterprise:manager.value",
            for => 'CN=Max Boss,OU=Sales,DC=corp,DC=example'
        }
    ],
    'and the manager follows when there is an account'
);

# The manager's account appears, and the reference is completed without a change of the person.
$max =~ s/514/512/;
write_people($groups);
$config =~ s/(name *= "zoom";)/$1 first_run = "apply";/;
$bridge->write_text($config);
$bridge->run('sync') for 1 .. 2;
my @last = grep {/"userName":"Jane\.Doe/} split /\n/, read_file("$dir/zoom");
like($last[-1] // '', qr/"manager":\{"value":"m\d+"\}/, 'the id of that account is filled in');
like($last[-1] // '', qr/"active":true/, 'the account is active, though no row says so');

done_testing;
