# Bridge::Tour - runs a tour of packaging/demo as "make" does, and looks at what it left behind.
#
#     my $tour = Bridge::Tour->new('run');
#     my ($status, $text) = $tour->run($program, 110);    must end within so many seconds
#     $tour->left                         what is still in its folder for temporary files
package Bridge::Tour;
use strict;
use warnings;
use Bridge::Process qw(read_file);
use Carp qw(croak);
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use Test::More;

my $folder = abs_path(dirname(__FILE__) . '/../../../packaging/demo');

sub new {
    my ($class, $name) = @_;
    my $dir = tempdir('dirbridge-XXXXXX', TMPDIR => 1, CLEANUP => 1);
    mkdir "$dir/tmp" or croak "$dir/tmp: $!";
    return bless { script => "$folder/$name", dir => $dir }, $class;
}

sub run {
    my ($self, $program, $seconds) = @_;
    my $out = "$self->{dir}/out";
    unlink $out;
    my $process = Bridge::Process->new(
        command => [ $^X, $self->{script} ],
        env => { DIRBRIDGE => $program, TMPDIR => "$self->{dir}/tmp" },
        out => $out,
        err => $out
    );
    ok($process->wait($seconds), "the tour ends within $seconds s");
    return ($process->status // -1, read_file($out));
}

sub left { return [ glob "$_[0]{dir}/tmp/*" ] }

1;
