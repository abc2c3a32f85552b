# Bridge::Dns - a DNS server that knows SRV records and nothing else.
#
#     my $dns = Bridge::Dns->new('127.0.0.9', '_ldap._tcp.dc._msdcs.up.test' => [
#         [ 0, 100, 389, 'dc1.up.test' ],             priority, weight, port, host
#     ], ...);
#     my $silent = Bridge::Dns->new('127.0.0.9');     without records: never answers
#
# Any other name does not exist (NXDOMAIN). UDP port 53, so it needs Bridge::Namespace; it is a
# process of its own and ends with the object or the test.
package Bridge::Dns;
use strict;
use warnings;
use Bridge::Namespace;
use Bridge::Free qw(wait_for);
use Bridge::Process qw(read_file);
use Carp qw(croak);
use File::Temp;
use IO::Socket::INET;
use JSON::PP;

use constant { TYPE_SRV => 33, CLASS_IN => 1, ANSWER => 0x8580, NXDOMAIN => 0x8583 };

sub new {
    my ($class, $address, %records) = @_;
    my $library = $INC{'Bridge/Dns.pm'} =~ s{/Bridge/Dns\.pm$}{}r;
    my $self = bless { out => File::Temp->new }, $class;
    $self->{process} = Bridge::Process->new(
        command => [
            $^X, "-I$library", '-MBridge::Dns', '-e', 'Bridge::Dns::serve(@ARGV)',
            $address, encode_json(\%records)
        ],
        out => $self->{out}->filename,
        err => $self->{out}->filename,
    );
    wait_for('a DNS server', 20, sub {
        croak read_file($self->{out}->filename) if !$self->{process}->running;
        read_file($self->{out}->filename) =~ /ready/;
    });
    return $self;
}

sub stop { return $_[0]{process}->stop }

sub _name { return join('', map { pack 'C/a*', $_ } split /\./, $_[0]) . "\0" }

# The name in a question, which is never compressed, and where it ends.
sub _question {
    my ($packet) = @_;
    my ($at, @labels) = (12);
    while (my $length = unpack "x$at C", $packet) {
        push @labels, substr $packet, $at + 1, $length;
        $at += $length + 1;
    }
    return (lc join('.', @labels), $at + 1);
}

sub _answer {
    my ($packet, $records) = @_;
    my ($name, $end) = _question($packet);
    my $found = $records->{$name} // [];
    my $answers = '';
    for my $record (@$found) {
        my ($priority, $weight, $port, $host) = @$record;
        $answers .= pack 'n n n N n/a*', 0xc00c, TYPE_SRV, CLASS_IN, 60,
            pack('n n n', $priority, $weight, $port) . _name($host);
    }
    my $flags = @$found ? ANSWER : NXDOMAIN;
    return pack('a2 n n n n n', $packet, $flags, 1, scalar @$found, 0, 0)
        . substr($packet, 12, $end + 4 - 12)
        . $answers;
}

sub serve {
    my ($address, $text) = @_;
    my $records = { map { lc $_ => decode_json($text)->{$_} } keys %{ decode_json($text) } };
    my $socket = IO::Socket::INET->new(Proto => 'udp', LocalAddr => $address, LocalPort => 53)
        or die "$address:53: $!\n";
    local $| = 1;
    print "ready\n";
    while (defined(my $peer = $socket->recv(my $packet, 4096))) {
        $socket->send(_answer($packet, $records), 0, $peer) if %$records;
    }
    return;
}

1;
