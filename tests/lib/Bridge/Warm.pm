# Bridge::Warm - runs the program without loading it each time, for tests that run it thousands of
# times.
#
#     my $process = Bridge::Warm->new(command => [program(), ...], env => {...}, out => $file,
#         err => $file) // Bridge::Process->new(...);
#
# The same as a Bridge::Process of that command, in a tenth of the time: see tests/lib/warm.c. There
# is one server for each test, and one run at a time. Without one, because the program is
# a script, or has a sanitizer that wants to be loaded first, new returns undef.
package Bridge::Warm;
use strict;
use warnings;
use parent qw(Bridge::Process);
use Bridge::Process qw(read_file);
use Bridge::Template;
use Carp qw(croak);
use Fcntl qw(F_SETFD);
use File::Basename qw(dirname);
use Socket;
use Time::HiRes qw(time);

my $source = dirname(__FILE__) . '/../warm.c';
my %server;    # program => {process, socket}, or 0: there can be none

sub new {
    my ($class, %option) = @_;
    my ($program) = @{ $option{command} };
    my $server = $server{$program} //= _serve($program) or return;
    my $socket = $server->{socket};
    my %env = %{ $option{env} // {} };
    my @changes = map { defined $env{$_} ? "$_=$env{$_}" : $_ } sort keys %env;
    my $request = join '', map {"$_\0"} $option{out}, $option{err}, scalar @changes, @changes,
        @{ $option{command} };
    utf8::encode($request) if utf8::is_utf8($request);
    syswrite $socket, pack('L', length $request) . $request or croak "cannot start: $!";
    my $self = bless { owner => $$, command => $option{command}, socket => $socket }, $class;
    $self->{pid} = $self->_number(10) // croak "$program did not start";
    return $self;
}

sub _serve {
    my ($program) = @_;
    my $text = read_file($program);
    return 0 if $text !~ /\A\x7fELF/ || $text =~ /__[atm]san_init/;
    socketpair my $ours, my $theirs, AF_UNIX, SOCK_STREAM, PF_UNSPEC or croak "socketpair: $!";
    fcntl $theirs, F_SETFD, 0 or croak "fcntl: $!";
    my $process = Bridge::Process->new(
        command => [$program],
        unguarded => 1,
        env => { LD_PRELOAD => _library() . '/warm.so', WARM_SOCKET => fileno $theirs },
    );
    close $theirs;
    return { process => $process, socket => $ours };
}

sub _library {
    my $make = sub {
        system('cc', qw(-O1 -shared -fPIC -o), "$_[0]/warm.so", $source, '-ldl') == 0
            or croak "cannot compile $source";
    };
    return Bridge::Template::get('warm', $make, read_file($source));
}

# The next number from the server, undef if there is none in time.
sub _number {
    my ($self, $seconds) = @_;
    vec(my $bits = '', fileno $self->{socket}, 1) = 1;
    return if !select $bits, undef, undef, $seconds;
    my $got = sysread $self->{socket}, my $bytes, 4;
    croak "$self->{command}[0] is gone" if !$got;
    return unpack 'l', $bytes;
}

# Hears what became of it, if that is known within so many seconds.
sub _hear {
    my ($self, $seconds) = @_;
    return if defined $self->{status} || $self->{paused};
    my $status = $self->_number($seconds) // return;
    if (($status & 0xff) == 0x7f) {
        $self->{paused} = 1;
        return;
    }
    $self->{status} = $status;
    return;
}

sub running {
    my ($self) = @_;
    $self->_hear(0);
    return defined $self->{status} ? 0 : 1;
}

sub wait {    ## no critic: named like the system call
    my ($self, $seconds) = @_;
    my $end = defined $seconds ? time + $seconds : undef;
    while (!defined $self->{status}) {
        my $left = defined $end ? $end - time : undef;
        return 0 if defined $left && $left <= 0;
        $self->_hear($left);
        $self->go_on if $self->{paused};
    }
    return 1;
}

sub paused {
    my ($self, $seconds) = @_;
    $self->_hear($seconds);
    return $self->{paused};
}

sub go_on {
    my ($self) = @_;
    $self->{paused} = 0;
    syswrite $self->{socket}, 'c' or croak "cannot go on: $!";
    return;
}

sub signal {
    my ($self, $name) = @_;
    my $sent = $self->running && kill $name, $self->{pid};
    $self->go_on if $sent && $self->{paused};
    return $sent;
}

1;
