# Bridge::PresetWorld - one person, and a service that answers by a table, asked by a preset.
#
#     my $world = Bridge::PresetWorld->new;
#     $world->begin('box-rest', title => 'Chief');
#                                     an app with this preset and no state; Ann has this title, and
#                                     what else is said: mail, department, phone
#     $world->ann(title => 'Boss', in => 0);
#                                     from now on; without 'in' she is no member of the app's group
#     my ($result, @taken) = $world->sync([ '^GET /users', 200, [] ], ...);
#                                     what came of it, and what was asked: "GET /users?x=1 BODY"
#     $world->custom                  what an administrator supplies, by preset
#     why($result, @taken)            why somebody is parked
#
# Tokens are given to everybody. The title is in all of her names.
package Bridge::PresetWorld;
use strict;
use warnings;
use Bridge::Answers;
use Bridge::Presets qw(supplied);
use Bridge::Process qw(read_file);
use Bridge::Run;
use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(dirname);

our @EXPORT_OK = qw(why);

my $mappings = abs_path(dirname(__FILE__) . '/../../../mappings');
my @token = ('^POST /token ', 200, { access_token => 't0ken', expires_in => 3600 });

sub new {
    my ($class) = @_;
    my $bridge = Bridge::Run->new;
    my $key = $bridge->dir . '/key.pem';
    system("openssl genrsa -out $key 2048 2>$key.log") == 0 or die read_file("$key.log");
    chmod 0600, $key;
    return bless { bridge => $bridge, service => Bridge::Answers->new, custom => supplied($key) },
        $class;
}

sub custom { return $_[0]{custom} }

sub ann {
    my ($self, %is) = @_;
    my %ann = (title => 'Junior', mail => 'ann@corp.example', in => 1, %is);
    my $member = $ann{in} ? "member: CN=Ann,DC=corp,DC=example\n" : '';
    my $more = join '', map {"$_->[0]: $_->[1]\n"} grep { defined $_->[1] }
        [ department => $ann{department} ], [ telephoneNumber => $ann{phone} ];
    $self->{bridge}->write_file('people.ldif', <<"END");
dn: CN=Ann,DC=corp,DC=example
objectClass: person
objectClass: user
objectGUID:: AQIDBAUGBwgJCgsMDQ4PEA==
cn: Ann
displayName: Ann $ann{title}
givenName: Ann
sn: O'Neil $ann{title}
mail: $ann{mail}
userPrincipalName: $ann{mail}
sAMAccountName: ann
$more
dn: CN=Apps,DC=corp,DC=example
objectClass: group
objectGUID:: AQIDBAUGBwgJCgsMDQ4PEQ==
cn: Apps
$member
END
    return;
}

sub begin {
    my ($self, $name, %ann) = @_;
    my $dir = $self->{bridge}->dir;
    my $url = $self->{service}->url;
    my $about = $self->{custom}{$name};
    my $fetched = $about->{token_url} || read_file("$mappings/$name.cfg") =~ /^\ttoken_url/m;
    my $token = $fetched ? "token_url = \"$url/token\";" : '';
    unlink glob "$dir/state.db*";
    $self->ann(%ann);
    $self->{bridge}->write_text(<<"END");
state = "$dir/state.db";
sources = ( { name = "corp"; type = "ldif"; file = "$dir/people.ldif"; } );
apps = ( {
    name = "app";
    type = "custom";
    \@include "$name.cfg"
    url = "$url";
    insecure = true;
    tries = 1;
    recreate = true;
    first_run = "apply";
    limits = { removals = 100; };
    auth = { $about->{auth} $token };
    @{[ $about->{more} // '' ]}
    assign = ( { group = "CN=Apps,DC=corp,DC=example"; } );
} );
END
    return;
}

sub sync {
    my ($self, @rows) = @_;
    $self->{service}->answer(\@token, @rows);
    $self->{service}->taken;
    my $result = $self->{bridge}->run('--json', 'sync',
        { env => { DIRBRIDGE_MAPPINGS_DIR => $mappings } });
    return ($result, grep { !m{ /token } } $self->{service}->taken);
}

sub why {
    my ($result, @taken) = @_;
    my @parked = map { map { $_->{problem} } @{ $_->{parked} } }
        @{ $result->{json}{status}{apps} // [] };
    my @notes = map { $_->{problem} // (), @{ $_->{notes} } } @{ $result->{json}{apps} // [] };
    my $said = join "\n", grep { !/warning: .* stands in the config/ } split /\n/, $result->{err};
    return join "\n", $said, @parked, @notes, @taken;
}

1;
