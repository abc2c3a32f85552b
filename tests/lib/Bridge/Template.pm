# Bridge::Template - folders that are made once per checkout and copied by every test.
#
#     my $folder = Bridge::Template::get('samba', \&make, [ $version, \%settings ]);
#     Bridge::Template::copy($folder, $to);
#
# Setting up a directory server takes seconds, a copy of one tenths. What $make puts into the folder
# it is called with is kept in build/<kind>-template under a name that stands for the third argument
# and for the user: when one of them changes, another one is made. That happens under a lock: of
# many tests that start together one works, the others wait. An unfinished one is begun again.
package Bridge::Template;
use strict;
use warnings;
use Bridge::Process qw(read_file);
use Carp qw(croak);
use Cwd qw(abs_path);
use Digest::SHA qw(sha1_hex);
use Fcntl qw(:flock);
use File::Basename qw(dirname);
use File::Path qw(make_path remove_tree);
use JSON::PP;

my $build = abs_path(dirname(__FILE__) . '/../../..') . '/build';

sub get {
    my ($kind, $make, $key) = @_;
    my $name = sha1_hex(JSON::PP->new->canonical->encode([ $key, _user() ]));
    my $folder = "$build/$kind-template/" . substr $name, 0, 16;
    return $folder if -e "$folder/complete";
    make_path("$build/$kind-template");
    open my $lock, '>>', "$folder.lock" or croak "$folder.lock: $!";
    flock $lock, LOCK_EX or croak "$folder.lock: $!";
    return $folder if -e "$folder/complete";
    remove_tree($folder);
    make_path($folder);
    $make->($folder);
    open my $mark, '>', "$folder/complete" or croak "$folder/complete: $!";
    close $mark or croak "$folder/complete: $!";
    return $folder;
}

# Whose files these are: another user cannot read them.
sub _user { return read_file('/proc/self/uid_map') =~ s/\s+/ /gr . $> }

# Database files are mostly holes.
sub copy {
    my ($folder, $to) = @_;
    make_path($to);
    system('cp', '-R', '--sparse=always', "$folder/.", $to) == 0 or croak "cannot copy $folder";
    unlink "$to/complete";
    return;
}

1;
