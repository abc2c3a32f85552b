# Bridge::Node - what the two node servers have in common: start, stop, HTTP requests from the test.
#
# Not used by tests directly: see Bridge::Scimmy and Bridge::Misbehaving.
package Bridge::Node;
use strict;
use warnings;
use Bridge::Free qw(free_port wait_for);
use Bridge::Process qw(read_file);
use Bridge::Run;
use Carp qw(croak);
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use HTTP::Tiny;
use JSON::PP;

my $servers = abs_path(dirname(__FILE__) . '/../../servers');

# %option: script (below tests/servers), env, token, basic.
sub new {
    my ($class, %option) = @_;
    my $dir = tempdir('dirbridge-XXXXXX', TMPDIR => 1, CLEANUP => 1);
    my $self = bless { token => 'test-token', %option, dir => $dir, port => free_port() }, $class;
    $self->start;
    return $self;
}

sub url { return $_[0]{url} }
sub token { return $_[0]{token} }
sub basic { return $_[0]{basic} }
sub port { return $_[0]{port} }
sub pid { return $_[0]{process} && $_[0]{process}->pid }
sub messages { return read_file("$_[0]{dir}/out") }

# Starts it on its port again; what is kept is the server's affair.
sub start {
    my ($self) = @_;
    my $out = "$self->{dir}/out";
    unlink $out;
    $self->{process} = Bridge::Process->new(
        command => [ $ENV{NODE} // 'node', "$servers/$self->{script}" ],
        env => {
            PORT => $self->{port},
            SCIM_TOKEN => $self->{token},
            SCIM_BASIC => $self->{basic},
            %{ $self->{env} // {} }
        },
        out => $out,
        err => $out,
    );
    wait_for(
        "$self->{script} to start",
        20,
        sub {
            return $self->{url} = $1 if read_file($out) =~ /^listening on (\S+)\n/m;
            croak "$self->{script} ended at once: " . read_file($out) if !$self->{process}->running;
            return 0;
        }
    );
    return;
}

sub stop { $_[0]{process}->stop('TERM'); return }
sub kill9 { $_[0]{process}->kill9; return }
sub pause { $_[0]{process}->signal('STOP'); return }
sub resume { $_[0]{process}->signal('CONT'); return }

my $enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

# What most tests map; title and department are there to be changed.
my @map = map { { to => $_->[0], from => $_->[1] } } (
    [ 'userName', '[uid]' ],
    [ 'displayName', '[displayName]' ],
    [ 'name.givenName', '[givenName]' ],
    [ 'name.familyName', '[sn]' ],
    [ 'emails[type eq "work"].value', '[mail]' ],
    [ 'title', '[title]' ],
    [ "$enterprise:department", '[departmentNumber]' ],
);

# The app as Bridge::Run's write_config takes it; `assign` is for the test to add.
sub app {
    my ($self, %more) = @_;
    return {
        name => 'app',
        type => 'scim',
        url => $self->url,
        auth => { type => 'bearer', token_file => Bridge::Run::secret($self->token) },
        insecure => 'true',
        match => ['userName'],
        map => [@map],
        %more,
    };
}

# One SCIM request with the token, as another client would send it: {status, headers, content,
# json}.
sub request {
    my ($self, $method, $path, $body, %headers) = @_;
    return $self->_send(
        $method,
        $self->{url} . $path,
        $body,
        {
            Authorization => "Bearer $self->{token}",
            'Content-Type' => 'application/scim+json',
            %headers
        }
    );
}

sub _send {
    my ($self, $method, $url, $body, $headers) = @_;
    $self->{http} //= HTTP::Tiny->new(timeout => 20, max_redirect => 0, keep_alive => 0);
    my $content = ref $body ? JSON::PP->new->utf8->canonical->encode($body) : $body;
    my $answer = $self->{http}->request($method, $url,
        { headers => $headers, defined $content ? (content => $content) : () });
    # JSON::PP takes seconds for the very large answers some faults give.
    $answer->{json} = eval { decode_json($answer->{content}) }
        if length($answer->{content} //= "") < 1 << 20;
    return $answer;
}

1;
