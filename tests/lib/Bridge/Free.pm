# Bridge::Free - finds ports on 127.0.0.1 that no other test has, and waits for what will be there.
#
#     use Bridge::Free qw(free_port wait_for wait_for_tcp);
#     my $port = free_port();
#     wait_for_tcp($port, 5);                 # dies after 5 s
#     wait_for('the log to fill', 5, sub { -s $log });
#
# A port stays ours until the test ends, even while the server on it is stopped: ports come from
# below the range the kernel gives to outgoing connections, and each is claimed by an abstract UNIX
# socket, which needs no file and goes with the process. So tests run in parallel and servers
# restart on their port.
package Bridge::Free;
use strict;
use warnings;
use Carp qw(croak);
use Exporter qw(import);
use IO::Socket::INET;
use IO::Socket::UNIX;
use Time::HiRes qw(sleep time);

our @EXPORT_OK = qw(free_port wait_for wait_for_tcp);

use constant { LOWEST => 20000, RANGE => 12000 };

my @claims;

sub free_port {
    for (1 .. 200) {
        my $port = LOWEST + int(rand(RANGE));
        my $claim = IO::Socket::UNIX->new(Local => "\0dirbridge-test-port-$port", Listen => 1)
            or next;
        IO::Socket::INET->new(
            LocalAddr => '127.0.0.1',
            LocalPort => $port,
            Listen => 1,
            ReuseAddr => 1
        ) or next;
        push @claims, $claim;
        return $port;
    }
    croak 'cannot find a free port';
}

# Calls $ready until it is true, and returns what it returned. Dies after $seconds.
sub wait_for {
    my ($what, $seconds, $ready) = @_;
    my $end = time + $seconds;
    while (1) {
        my $result = $ready->();
        return $result if $result;
        croak "waited $seconds s in vain for $what" if time > $end;
        sleep 0.01;
    }
}

sub wait_for_tcp {
    my ($port, $seconds) = @_;
    return wait_for("port $port", $seconds, sub { IO::Socket::INET->new("127.0.0.1:$port") });
}

1;
