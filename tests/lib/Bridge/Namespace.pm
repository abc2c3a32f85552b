# Bridge::Namespace - runs the whole test in a network and a file system view of its own.
#
#     use Bridge::Namespace;           # first of all modules; those that need it do this themselves
#     Bridge::Namespace::hosts('127.0.0.5 dc1.up.test');      # lines of /etc/hosts; the
#                                                           # last one with a name counts
#     Bridge::Namespace::nameserver('127.0.0.9');             # the only one of /etc/resolv.conf
#     Bridge::Namespace::address('10.99.0.1/24');             # one more on lo
#     Bridge::Namespace::empty_folder('/dev/shm');            # of memory, instead of everybody's
#     Bridge::Namespace::use_memory()                         # for temporary files from now on
#     Bridge::Namespace::has_real_root()                      # false if root here is a plain user
#
# A domain controller has fixed ports (88, 389, 636, 3268), and Kerberos and DNS want names. So the
# test is started once more, by unshare(1), where nothing but an empty loopback interface exists
# and a mount is seen by nobody else: every port is free, tests run in parallel, what is mounted
# goes with the test. All that the test starts lives there too. unshare becomes the test by exec:
# the process stays the same one, and with it output, exit status and signals.
#
# Root gets namespaces for network and mounts only, and keeps all its users. Anybody else gets one
# for users as well, in which he is root and owns what is his; there is no second user in it. Where
# the system refuses that, the test fails and says what to permit: nothing is skipped.
package Bridge::Namespace;
use strict;
use warnings;
use Carp qw(croak);
use File::Temp;

# The namespace we came from; set by us for the second start only.
use constant OUTER => 'BRIDGE_TEST_OUTER_NETWORK';

$ENV{PATH} .= ':/usr/sbin' if ($ENV{PATH} // '') !~ m{(?:^|:)/usr/sbin(?:$|:)};

my %cover;    # path => the File::Temp that is seen there
my @hosts;    # the lines of /etc/hosts
my $entered;

sub import {
    return if $^C || $entered;    # nothing runs under perl -c
    my $here = readlink '/proc/self/ns/net' or _fail('there is no /proc/self/ns');
    my $outer = $ENV{ +OUTER } // '';
    if ($outer eq '') {
        $ENV{ +OUTER } = $here;
        _enter();
    }
    _fail('the network is still the old one') if $outer eq $here;
    $entered = 1;
    _run(qw(ip link set lo up));
    return;
}

# Does not return. The command line is the kernel's copy, for -e and switches as well as for files.
sub _enter {
    my ($unshare, $reason) = _way();
    _fail($reason) if !$unshare;
    open my $file, '<', '/proc/self/cmdline' or _fail("/proc/self/cmdline: $!");
    my (undef, @arguments) = split /\0/, do { local $/; <$file> }, -1;
    close $file;
    pop @arguments;    # what follows the last \0
    exec { $unshare->[0] } @$unshare, '--', $^X, @arguments or _fail("$unshare->[0]: $!");
}

# The command that makes the namespaces, or nothing and why none can be made.
sub _way {
    my @ways = ($> == 0 ? [qw(unshare --net --mount)] : (),
        [qw(unshare --user --map-root-user --net --mount)]);
    my $said = '';
    for my $way (@ways) {
        $said = `@$way true 2>&1`;
        return $way if defined $said && $? == 0;
    }
    $said = defined $said ? $said =~ s/\s+/ /gr : "unshare(1), of util-linux, is missing: $!";
    return (undef, "$said(to permit it: sysctl kernel.unprivileged_userns_clone=1 "
            . 'user.max_user_namespaces=10000, or run the tests as root)');
}

# Nothing has been printed yet, so this is the whole TAP.
sub _fail {
    my ($reason) = @_;
    print "not ok 1 - this test needs a private network: $reason\n1..1\n";
    exit 1;
}

sub _run {
    my (@command) = @_;
    croak "@command: this would change the system's own network or files" if !$entered;
    my $said = `@command 2>&1`;
    croak "@command: " . ($said // $!) if $? != 0;
    return;
}

# In a user namespace of our own one user of the outer one is known, in the first one all are.
sub has_real_root {
    open my $file, '<', '/proc/self/uid_map' or return 0;
    my ($inside, $outside, $count) = split ' ', scalar <$file>;
    return $> == 0 && $outside == 0 && $count > 1;
}

sub address {
    my ($address) = @_;
    _run(qw(ip address add), $address, qw(dev lo));
    return;
}

sub empty_folder {
    my ($path) = @_;
    _run(qw(mount -t tmpfs -o mode=1777 tmpfs), $path) if !$cover{$path}++;
    return;
}

# Where flushing to the disk costs nothing; for tests whose subject it is not.
sub use_memory {
    empty_folder('/dev/shm');
    $ENV{TMPDIR} = '/dev/shm';
    return;
}

# A file of ours over $path, the same one each time.
sub _cover {
    my ($path, $text) = @_;
    my $new = !$cover{$path};
    my $name = ($cover{$path} //= File::Temp->new)->filename;
    open my $file, '>', $name or croak "$name: $!";
    print {$file} $text;
    close $file or croak "$name: $!";
    chmod 0644, $name;
    _run(qw(mount --bind), $name, $path) if $new;
    return;
}

sub hosts {
    my (@lines) = @_;
    if (!@hosts) {
        open my $file, '<', '/etc/hosts' or croak "/etc/hosts: $!";
        chomp(@hosts = <$file>);
    }
    # The resolver would return the addresses of all lines.
    for my $line (@lines) {
        my (undef, @names) = split ' ', $line;
        my $same = join '|', map {quotemeta} @names;
        @hosts = ((grep { !/\s(?:$same)(?:\s|$)/ } @hosts), $line);
    }
    _cover('/etc/hosts', join '', map {"$_\n"} @hosts);
    return;
}

sub nameserver {
    my ($address) = @_;
    _cover('/etc/resolv.conf', "nameserver $address\noptions timeout:1 attempts:1\n");
    return;
}

1;
