# Sink - an nginx that says yes to whatever a SCIM client writes, for the benches.
#
#     my $sink = Sink->new($dir);          nginx.conf.in, in a folder that is there
#     $sink->url
#     my @rows = $sink->requests;          since the last call: [time, method, request bytes, body
#                                          bytes, status]
#     $sink->stop;
package Sink;
use strict;
use warnings;
use FindBin;
use Bridge::Free qw(free_port wait_for_tcp);
use Bridge::Process qw(read_file);
use Time::HiRes qw(sleep);

sub new {
    my ($class, $dir) = @_;
    my $port = free_port();
    my $text = read_file("$FindBin::Bin/nginx.conf.in");
    $text =~ s/\@DIR\@/$dir/g;
    $text =~ s/\@PORT\@/$port/g;
    open my $out, '>', "$dir/nginx.conf" or die "$dir/nginx.conf: $!\n";
    print {$out} $text;
    close $out or die "$dir/nginx.conf: $!\n";
    my $process = Bridge::Process->new(
        command => [ 'nginx', '-p', $dir, '-c', "$dir/nginx.conf", '-e', "$dir/nginx.err" ],
        err => "$dir/nginx.err"
    );
    eval { wait_for_tcp($port, 10); 1 } or die 'nginx: ' . read_file("$dir/nginx.err");
    return bless {
        process => $process,
        url => "http://127.0.0.1:$port/scim/v2",
        log => "$dir/access",
        position => 0
    }, $class;
}

sub url { return $_[0]{url} }

sub requests {
    my ($self) = @_;
    sleep 0.3;    # nginx keeps its log back for a tenth of a second
    open my $in, '<', $self->{log} or return;
    seek $in, $self->{position}, 0;
    my @rows = map { [split] } <$in>;
    $self->{position} = tell $in;
    return @rows;
}

sub stop {
    my ($self) = @_;
    $self->{process}->stop;
    unlink $self->{log};
    return;
}

1;
