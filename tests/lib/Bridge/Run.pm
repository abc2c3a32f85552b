# Bridge::Run - writes a configuration and runs the shipped program with it.
#
#     my $bridge = Bridge::Run->new;                      # in a temporary folder of its own
#     $bridge->write_config(
#         sources => [ $slapd->source ],
#         apps => [ $app->app(map => [ { to => 'userName', from => '[uid]' } ]) ],
#     );
#     my $r = $bridge->run('sync', '--json');
#     my $r = $bridge->run('sync', { crash_at => 7 });
#     my $r = $bridge->visit(sub { copy_files() }, 'sync');
#                                         the program stands still at each of its crash points
#                                         while the code is run
#
# A result is {exit, signal, killed, timeout, out, err, json, seconds}: exit is undef after
# a signal, killed is true after SIGKILL, json is the document, or a list of them if there is one
# a line.
#
# Options of run, a hash in last place:
#
#     env           variables; undef removes one (all DIRBRIDGE_* are removed to begin with)
#     timeout       seconds, 60 unless given; then it is killed, and `timeout` is true
#     crash_at      k: the program kills itself at its k-th crash point (DIRBRIDGE_CRASH_AT)
#     kill_after    seconds until SIGKILL from outside
#     wrap          a command in front: ['strace', '-f', ...]
#     config        another file than the one written
#
# new(warm => 1) is for tests that run the program thousands of times: see Bridge::Warm.
#
# start takes the same and does not wait: a Bridge::Process, to be given to result when it ended.
# The program is $DIRBRIDGE, else build/dirbridge. The state is state_file unless the config says
# otherwise.
#
# write_config turns Perl data into libconfig: a hash becomes a group, a list of plain values an
# array, any other list a list; digits become a number, true and false booleans, a reference to
# a string always a string, secret('text') the name of a file with that text and mode 0600. The key
# _raw holds lines that are copied. For a config that is wrong on purpose: write_text($text).
package Bridge::Run;
use strict;
use warnings;
use Bridge::Process qw(read_file);
use Bridge::Warm;
use Carp qw(croak);
use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use JSON::PP;
use Time::HiRes qw(time);

our @EXPORT_OK = qw(secret program);

my $root = abs_path(dirname(__FILE__) . '/../../..');

sub program { return $ENV{DIRBRIDGE} // "$root/build/dirbridge" }

sub secret {
    my ($text) = @_;
    return bless { text => $text }, 'Bridge::Run::Secret';
}

sub new {
    my ($class, %option) = @_;
    my $dir = tempdir('dirbridge-XXXXXX', TMPDIR => 1, CLEANUP => 1);
    return bless { %option, dir => $dir, config => "$dir/dirbridge.cfg", files => 0 }, $class;
}

sub dir { return $_[0]{dir} }
sub config { return $_[0]{config} }
sub state_file { return "$_[0]{dir}/state.db" }

# Writes a file into the folder and returns its path.
sub write_file {
    my ($self, $name, $text, $mode) = @_;
    my $path = "$self->{dir}/$name";
    unlink $path;
    open my $file, '>', $path or croak "$path: $!";
    chmod $mode // 0644, $path;
    utf8::encode($text) if utf8::is_utf8($text);
    print {$file} $text;
    close $file or croak "$path: $!";
    return $path;
}

sub write_text {
    my ($self, $text) = @_;
    return $self->write_file('dirbridge.cfg', $text);
}

sub write_config {
    my ($self, %parts) = @_;
    $self->{files} = 0;
    return $self->write_text($self->_settings({ state => $self->state_file, %parts }, ''));
}

# The keys people read first come first.
my %rank = (
    state => 1,
    name => 2,
    type => 3,
    uri => 4,
    url => 4,
    base => 5,
    to => 6,
    from => 7,
    apps => 90
);

sub _settings {
    my ($self, $group, $indent) = @_;
    my @keys = sort { ($rank{$a} // 50) <=> ($rank{$b} // 50) || $a cmp $b }
        grep { $_ ne '_raw' } keys %$group;
    my $text = join '', map { "$indent$_ = " . $self->_value($group->{$_}, $indent) . ";\n" }
        grep { defined $group->{$_} } @keys;
    return $text . join '', map {"$indent$_\n"} split /\n/, $group->{_raw} // '';
}

sub _value {
    my ($self, $value, $indent) = @_;
    my $inner = "$indent  ";
    if (ref $value eq 'Bridge::Run::Secret') {
        return _string($self->write_file('secret-' . ++$self->{files}, "$value->{text}\n", 0600));
    }
    return "{\n" . $self->_settings($value, $inner) . "$indent}" if ref $value eq 'HASH';
    if (ref $value eq 'ARRAY') {
        my ($open, $close) =
            (@$value && !grep { ref && ref ne 'SCALAR' } @$value) ? qw([ ]) : qw/( )/;
        return "$open " . join(', ', map { $self->_value($_, $inner) } @$value) . " $close";
    }
    return $value ? 'true' : 'false' if ref $value eq 'JSON::PP::Boolean';
    return _string($$value) if ref $value eq 'SCALAR';
    return $value if $value =~ /\A(?:-?\d{1,9}|true|false)\z/;
    return _string($value);
}

sub _string {
    my ($text) = @_;
    $text =~ s/(["\\])/\\$1/g;
    $text =~ s/\n/\\n/g;
    return qq("$text");
}

# Starts the program without waiting: a Bridge::Process, whose output goes to files result() reads.
sub start {
    my ($self, @args) = @_;
    my %option = ref $args[-1] eq 'HASH' ? %{ pop @args } : ();
    my $number = ++$self->{runs};
    my ($out, $err) = map {"$self->{dir}/$_-$number"} qw(out err);
    my %clean = map { $_ => undef } grep {/^DIRBRIDGE_/} keys %ENV;
    my %process = (
        command => [
            @{ $option{wrap} // [] }, program(), '-c', $option{config} // $self->{config}, @args
        ],
        env => { %clean, DIRBRIDGE_CRASH_AT => $option{crash_at}, %{ $option{env} // {} } },
        out => $out,
        err => $err,
    );
    my $process = $self->{warm} && Bridge::Warm->new(%process) || Bridge::Process->new(%process);
    @$process{qw(out err began)} = ($out, $err, time);
    return $process;
}

sub result {
    my ($self, $process) = @_;
    my $status = $process->status;
    my $out = read_file($process->{out});
    my %result = (
        exit => $status & 127 ? undef : $status >> 8,
        signal => $status & 127,
        killed => ($status & 127) == 9 ? 1 : 0,
        out => $out,
        err => read_file($process->{err}),
        json => scalar _json($out),
        seconds => time - $process->{began},
    );
    unlink $process->{out}, $process->{err};
    return \%result;
}

sub _json {
    my ($text) = @_;
    return if $text !~ /\A\s*[\[{]/;
    my $one = eval { decode_json($text) };
    return $one if $one;
    return eval { [ map { decode_json($_) } grep {/\S/} split /\n/, $text ] };
}

sub run {
    my ($self, @args) = @_;
    my %option = ref $args[-1] eq 'HASH' ? %{ $args[-1] } : ();
    my $process = $self->start(@args);
    my $limit = $option{kill_after} // $option{timeout} // 60;
    my $late = !$process->wait($limit);
    $process->kill9 if $late;
    my $result = $self->result($process);
    $result->{timeout} = $late && !defined $option{kill_after} ? 1 : 0;
    return $result;
}

sub visit {
    my ($self, $code, @args) = @_;
    my $process = $self->start(@args, { crash_at => 'each' });
    while ($process->paused(60)) {
        $code->();
        $process->go_on;
    }
    my $late = $process->running;
    $process->kill9;
    return { %{ $self->result($process) }, timeout => $late ? 1 : 0 };
}

1;
