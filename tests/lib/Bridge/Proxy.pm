# Bridge::Proxy - a TCP peer that is not what it seems: a proxy that cuts, or a server that says
# nothing.
#
#     my $proxy = Bridge::Proxy->new(to => $slapd->port, after => 4000);
#                                         passes everything on, and closes both sides after so many
#                                         bytes from the server; after => undef never does
#     my $silent = Bridge::Proxy->new;    accepts, and never answers
#     $proxy->port
#
# Each is a process of its own, and ends with the object or the test.
package Bridge::Proxy;
use strict;
use warnings;
use Bridge::Free qw(free_port wait_for_tcp);
use Bridge::Process;
use IO::Select;
use IO::Socket::INET;

sub new {
    my ($class, %option) = @_;
    my $self = bless { port => free_port() }, $class;
    my $library = $INC{'Bridge/Proxy.pm'} =~ s{/Bridge/Proxy\.pm$}{}r;
    $self->{process} = Bridge::Process->new(
        command => [
            $^X, "-I$library", '-MBridge::Proxy', '-e', 'Bridge::Proxy::serve(@ARGV)',
            $self->{port}, $option{to} // 0, $option{after} // -1
        ],
        err => '/dev/null'
    );
    wait_for_tcp($self->{port}, 20);
    return $self;
}

sub port { return $_[0]{port} }

# One byte less than everything is enough to cut an answer in two.
sub _pass {
    my ($client, $to, $after) = @_;
    my $server = IO::Socket::INET->new("127.0.0.1:$to") or return;
    my $select = IO::Select->new($client, $server);
    while (1) {
        for my $from ($select->can_read) {
            sysread($from, my $bytes, 65536) or return;
            my $is_answer = $from == $server;
            $bytes = substr $bytes, 0, $after if $is_answer && $after >= 0;
            syswrite $is_answer ? $client : $server, $bytes;
            next if !$is_answer || $after < 0;
            $after -= length $bytes;
            return if $after <= 0;
        }
    }
    return;
}

sub serve {
    my ($port, $to, $after) = @_;
    local $SIG{PIPE} = 'IGNORE';
    local $SIG{CHLD} = 'IGNORE';
    my $listener =
        IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $port, Listen => 20,
            ReuseAddr => 1)
        or die "port $port: $!";
    my @kept;
    while (my $client = $listener->accept) {
        push @kept, $client and next if !$to;
        next if fork;
        _pass($client, $to, $after);
        exit 0;
    }
    return;
}

1;
