# Bridge::MockAd - a Windows domain controller as far as reading goes: what Samba does not do, and
# what goes wrong with real ones.
#
#     my $ad = Bridge::MockAd->new;           # DC=mock,DC=test: OU=People, OU=Groups, OU=Outside
#     $ad->source(changes => 'usn', ...)      the source for Bridge::Run's write_config
#     $ad->uri, ldaps_uri, ca_file, base_dn
#     $ad->user('ann', title => 'x', ...)     in OU=People; in => 'OU=Outside' puts it elsewhere
#     $ad->group('app', 'ann', 'bob')         in OU=Groups
#     $ad->add($relative_dn, class => ..., attributes => {...}, members => [...])
#     $ad->fill(2000, group => 'app')         user1, user2, ..., all of them members
#     $ad->set('ann', title => 'y', mail => undef)
#     $ad->join('app', 'ann'), leave, primary('ann', 'app')
#     $ad->move('ann', rdn => 'CN=anna', parent => 'OU=Outside'), remove('ann'), restore('ann'),
#     recycle('ann')
#     $ad->dn('ann'), guid('ann'), usn
#     $ad->settings(maxPageSize => 5, ...)    see server.js
#     $ad->faults({ fault => 'cut', match => { page => 2 } }, ...)      see faults.js
#     $ad->fired                              how often each rule fired, in order
#     $ad->log, searches(kind => 'usn', ...)  what came over the wire: [{kind, base, scope, filter,
#                                             attributes, controls => {oid => critical}, result,
#                                             entries, bytes, ...}]
#     $ad->forget                             empties the log
#     $ad->hangup                             closes its connections
#     my $copy = $ad->copy                    a backup
#     $ad->roll_back($copy)                   the same server as it was then: lower USNs
#     $ad->restore_backup($copy)              the same with a new invocationId
#     $ad->join_domain($copy)                 another server of the domain, with USNs of its own
#     $ad->receive($copy)                     replication
#
# Things are named as they were when made, whatever they are called now; or by a DN relative to the
# domain. Options of new: settings, tls => 1, plus those of Bridge::Node.
package Bridge::MockAd;
use strict;
use warnings;
use parent 'Bridge::Node';
use Bridge::Free qw(free_port);
use Bridge::Process qw(read_file);
use Bridge::Run;
use Carp qw(croak);
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use JSON::PP;

my $folder = abs_path(dirname(__FILE__) . '/../../servers/mockad');

sub new {
    my ($class, %option) = @_;
    croak "mockad is not installed: run 'npm ci' in tests/servers/mockad"
        if !-d "$folder/node_modules/asn1";
    my %port = (LDAP_PORT => free_port());
    my $tls;
    if ($option{tls}) {
        $port{LDAPS_PORT} = free_port();
        $tls = tempdir('dirbridge-XXXXXX', TMPDIR => 1, CLEANUP => 1);
        _make_certificate($tls);
    }
    my $self = $class->SUPER::new(
        script => 'mockad/server.js',
        env => { %port, TLS => $tls, HOST_NAME => $option{host} },
    );
    @$self{ 'ldap_port', 'ldaps_port', 'tls_dir' } = (@port{qw(LDAP_PORT LDAPS_PORT)}, $tls);
    $self->{guid} = { %{ $option{guid} // {} } };
    $self->add("OU=$_", class => 'organizationalUnit') for qw(People Groups Outside);
    $self->settings(%{ $option{settings} }) if $option{settings};
    return $self;
}

sub _make_certificate {
    my ($dir) = @_;
    my $log = "$dir/openssl.log";
    for my $command (
        [
            qw(req -x509 -newkey rsa:2048 -nodes -days 2 -subj), '/CN=mock CA', '-keyout',
            "$dir/ca.key", '-out', "$dir/ca.pem"
        ],
        [
            qw(req -newkey rsa:2048 -nodes -subj /CN=dc1.mock.test -addext),
            'subjectAltName=IP:127.0.0.1', '-keyout', "$dir/key.pem", '-out', "$dir/cert.csr"
        ],
        [
            qw(x509 -req -days 2 -copy_extensions copy -CAcreateserial -in), "$dir/cert.csr",
            '-CA', "$dir/ca.pem", '-CAkey', "$dir/ca.key", '-out', "$dir/cert.pem"
        ]
        )
    {
        my $process =
            Bridge::Process->new(command => [ 'openssl', @$command ], out => $log, err => $log);
        $process->wait;
        croak 'openssl: ' . read_file($log) if $process->status;
    }
    return;
}

sub base_dn { return 'DC=mock,DC=test' }
sub uri { return "ldap://127.0.0.1:$_[0]{ldap_port}" }
sub ldaps_uri { return "ldaps://127.0.0.1:$_[0]{ldaps_port}" }
sub ca_file { return "$_[0]{tls_dir}/ca.pem" }

sub source {
    my ($self, %more) = @_;
    return {
        name => 'corp',
        type => 'ad',
        uri => [ $self->uri ],
        base => $self->base_dn,
        bind => {
            method => 'simple',
            dn => 'bridge@mock.test',
            password_file => Bridge::Run::secret('bridge-secret')
        },
        insecure => 'true',
        timeout => '5s',
        connect_timeout => '3s',
        %more,
    };
}

sub _control {
    my ($self, $method, $path, $body) = @_;
    my $answer = $self->_send($method, "$self->{url}/$path", $body, {});
    croak "$method /$path: $answer->{status} $answer->{content}" if $answer->{status} != 200;
    return $answer->{json} // decode_json($answer->{content});
}

sub _call {
    my ($self, @call) = @_;
    return $self->_control('POST', 'call', [ \@call ])->[0];
}

# What the server finds a thing by.
sub _id {
    my ($self, $name) = @_;
    return $self->{guid}{ lc $name } // ($name =~ /=/ ? $self->_full($name) : croak "no '$name'");
}

sub _full {
    my ($self, $dn) = @_;
    return $dn =~ /DC=/ ? $dn : "$dn," . $self->base_dn;
}

sub add {
    my ($self, $dn, %more) = @_;
    $more{members} = [ map { $self->_id($_) } @{ $more{members} } ] if $more{members};
    my $made = $self->_call('create', { dn => $self->_full($dn), %more });
    my ($name) = $dn =~ /^\w+=([^,]*)/;
    $self->{guid}{ lc $name } = $made->{guid};
    return $made->{guid};
}

sub user {
    my ($self, $name, %attributes) = @_;
    my $in = delete $attributes{in} // 'OU=People';
    my %usual = (
        displayName => "\u$name Example",
        givenName => "\u$name",
        sn => 'Example',
        mail => "$name\@mock.test",
        userPrincipalName => "$name\@mock.test",
        title => 'Clerk',
    );
    return $self->add("CN=$name,$in", attributes => { %usual, %attributes });
}

sub group {
    my ($self, $name, @members) = @_;
    return $self->add("CN=$name,OU=Groups", class => 'group', members => \@members);
}

sub fill {
    my ($self, $count, %more) = @_;
    my $group = delete $more{group};
    $more{group} = $self->_id($group) if defined $group;
    my $first = $more{first} // 1;
    my $guids =
        $self->_call('fill', { count => $count, parent => $self->_full('OU=People'), %more });
    $self->{guid}{ ($more{prefix} // 'user') . ($first + $_) } = $guids->[$_] for 0 .. $#$guids;
    return;
}

sub set { my ($self, $name, %new) = @_; return $self->_call('set', $self->_id($name), \%new) }

sub join {    ## no critic: what it does
    my ($self, $group, @names) = @_;
    return $self->_call('join', $self->_id($group), [ map { $self->_id($_) } @names ]);
}

sub leave {
    my ($self, $group, @names) = @_;
    return $self->_call('leave', $self->_id($group), [ map { $self->_id($_) } @names ]);
}

sub primary {
    my ($self, @names) = @_;
    return $self->_call('primary', map { $self->_id($_) } @names);
}

sub remove { my ($self, $name) = @_; return $self->_call('remove', $self->_id($name)) }
sub recycle { my ($self, $name) = @_; return $self->_call('recycle', $self->_id($name)) }

sub move {
    my ($self, $name, %to) = @_;
    $to{parent} = $self->_id($to{parent}) if $to{parent};
    return $self->_call('move', $self->_id($name), \%to);
}

sub restore {
    my ($self, $name, %more) = @_;
    return $self->_call('restore', $self->_id($name), \%more);
}

sub dn { my ($self, $name) = @_; return $self->_call('find', $self->_id($name))->{dn} }
sub guid { my ($self, $name) = @_; return $self->_id($name) }
sub usn { return $_[0]->_control('GET', 'settings')->{usn} }

# How many connections there are, and the other numbers of GET /settings.
sub state { return $_[0]->_control('GET', 'settings') }    ## no critic: what it is

sub settings {
    my ($self, %new) = @_;
    $new{$_} = $new{$_} ? JSON::PP::true : JSON::PP::false
        for grep { exists $new{$_} } qw(tombstones dirsync signing idleNotice recycleBin);
    return $self->_control('POST', 'settings', \%new);
}

sub faults { my ($self, @rules) = @_; $self->_control('POST', 'faults', \@rules); return }
sub fired { return map { $_->{fired} } @{ $_[0]->_control('GET', 'faults') } }
sub log { return @{ $_[0]->_control('GET', 'log') } }    ## no critic: what it is
sub forget { $_[0]->_control('POST', 'forget', {}); return }
sub hangup { $_[0]->_control('POST', 'hangup', {}); return }

sub searches {
    my ($self, %like) = @_;
    return grep {
        my $entry = $_;
        $entry->{operation} eq 'search'
            && !grep { ($entry->{$_} // '') ne $like{$_} } keys %like
    } $self->log;
}

sub copy { return $_[0]->_control('GET', 'copy') }

sub _transform {
    my ($self, $how, $document, %more) = @_;
    return $self->_control('POST', 'copy', { how => $how, document => $document, %more });
}

sub roll_back { my ($self, $copy) = @_; return $self->_transform('load', $copy) }
sub restore_backup { my ($self, $copy) = @_; return $self->_transform('restore', $copy) }
sub receive { my ($self, $copy) = @_; return $self->_transform('receive', $copy) }

sub join_domain {
    my ($self, $copy, %more) = @_;
    return $self->_transform('join', $copy, usn => 9000, %more);
}

1;
