# Bridge::Process - runs a child process that never outlives its test.
#
#     my $p = Bridge::Process->new(command => [...], env => {...}, out => $file, err => $file);
#     $p->pid, running, signal('STOP')
#     $p->wait(5)             true when it ended within 5 s; then status is its wait status
#     $p->stop('INT')         signal, wait, SIGKILL after 10 s
#     $p->kill9
#     $p->paused(5)           waits until it stops itself (true) or ends; false after 5 s, too
#     $p->go_on               after that
#     read_file($file)        its contents, empty if there is none
#
# A child is killed by its pid when the object goes, when the test ends or dies, when the test gets
# a signal, and (through setpriv, where it exists) when the test itself is killed. A process that
# forked from the test does not touch its parent's children.
package Bridge::Process;
use strict;
use warnings;
use Carp qw(croak);
use Exporter qw(import);
use POSIX qw(WIFSTOPPED WNOHANG WUNTRACED);
use Scalar::Util qw(weaken);
use Time::HiRes qw(sleep time);

our @EXPORT_OK = qw(read_file);

my %alive;    # pid => object, all of them started by this process

# END blocks do not run on a signal: turn the usual ones into an exit.
for my $name (qw(INT TERM HUP)) {
    $SIG{$name} //= sub { exit 1 };
}

my ($setpriv) = grep {-x} map {"$_/setpriv"} split /:/, $ENV{PATH} // '';

sub new {
    my ($class, %option) = @_;
    my $self = bless { owner => $$, command => $option{command} }, $class;
    my $pid = fork // croak "cannot fork: $!";
    _exec(%option) if !$pid;
    $self->{pid} = $pid;
    $alive{$pid} = $self;
    weaken $alive{$pid};
    return $self;
}

# In the child; never returns, and never runs the test's END blocks.
sub _exec {
    my (%option) = @_;
    $SIG{$_} = 'DEFAULT' for qw(INT TERM HUP PIPE);
    my $env = $option{env} // {};
    for my $name (keys %$env) {
        my $value = $env->{$name};
        utf8::encode($value) if utf8::is_utf8($value);
        defined $value ? ($ENV{$name} = $value) : delete $ENV{$name};
    }
    open STDIN, '<', '/dev/null' or POSIX::_exit(126);
    open STDOUT, '>>', $option{out} // '/dev/null' or POSIX::_exit(126);
    open STDERR, '>>', $option{err} // '/dev/null' or POSIX::_exit(126);
    my @guard = $setpriv && !$option{unguarded} ? ($setpriv, '--pdeathsig', 'KILL', '--') : ();
    no warnings 'exec';
    exec { ($guard[0] // $option{command}[0]) } @guard, @{ $option{command} };
    print STDERR "cannot run $option{command}[0]: $!\n";
    POSIX::_exit(127);
}

sub read_file {
    my ($path) = @_;
    open my $file, '<', $path or return '';
    local $/;
    return <$file> // '';
}

sub pid { return $_[0]{pid} }
sub status { return $_[0]{status} }

sub running {
    my ($self) = @_;
    return 0 if defined $self->{status} || $self->{owner} != $$;
    return 1 if waitpid($self->{pid}, WNOHANG) != $self->{pid};
    $self->_ended($?);
    return 0;
}

sub _ended {
    my ($self, $status) = @_;
    $self->{status} = $status;
    delete $alive{ $self->{pid} };
    return;
}

sub signal {
    my ($self, $name) = @_;
    return $self->running && kill $name, $self->{pid};
}

sub wait {    ## no critic: named like the system call
    my ($self, $seconds) = @_;
    if (!defined $seconds) {
        return 1 if !$self->running;
        waitpid $self->{pid}, 0;
        $self->_ended($?);
        return 1;
    }
    my $end = time + $seconds;
    my $nap = 0.001;
    while ($self->running) {
        return 0 if time > $end;
        sleep $nap;
        $nap *= 1.5 if $nap < 0.02;
    }
    return 1;
}

sub paused {
    my ($self, $seconds) = @_;
    my $end = time + $seconds;
    while (!defined $self->{status} && time < $end) {
        my $heard = waitpid($self->{pid}, WNOHANG | WUNTRACED) == $self->{pid};
        return 1 if $heard && WIFSTOPPED($?);
        $heard ? $self->_ended($?) : sleep 0.0005;
    }
    return 0;
}

sub go_on { $_[0]->signal('CONT'); return }

sub stop {
    my ($self, $name) = @_;
    return if !$self->running;
    $self->signal('CONT');
    $self->signal($name // 'TERM');
    return if $self->wait(10);
    $self->signal('KILL');
    $self->wait;
    return;
}

sub kill9 {
    my ($self) = @_;
    $self->wait if $self->signal('KILL');
    return;
}

sub DESTROY {
    my ($self) = @_;
    local ($?, $!, $@);
    $self->kill9 if $self->{pid} && $self->{owner} == $$;
    return;
}

END {
    my $status = $?;
    for my $process (grep { $_ && $_->{owner} == $$ } values %alive) {
        $process->kill9;
    }
    $? = $status;    ## no critic: the test's own exit status
}

1;
