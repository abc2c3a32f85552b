# Bridge::Case - plays a folder of tests/plan: a directory, an application, what happens to them.
#
#     my $case = Bridge::Case->new('tests/plan/leaver');
#     for my $step ($case->steps) {
#         $case->prepare($step);              # the directory, the config, others' doings
#         my $r = $case->sync;                # or plan, or run(any command)
#     }
#     $case->accounts                         # what every application holds, as text to compare
#     $case->written                          # the applications' own record of all effects
#     my $before = $case->save; ... $case->restore($before);
#     for ($case->crashes('sync')) { my ($k, $saved) = @$_; ... }
#                             what a SIGKILL at the k-th crash point of this run leaves
#
# tests/plan/README.md says what the files of a folder mean. save and restore copy the files of the
# program and of the applications, so that a step can be played again and again in one folder.
# They are in a folder in memory: what the file system has in its cache survives a SIGKILL. crashes
# leaves out a point at which the files are the same, byte for byte, as at the one before.
package Bridge::Case;
use strict;
use warnings;
use Bridge::Process qw(read_file);
use Bridge::Run;
use Carp qw(croak);
use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(basename dirname);
use JSON::PP;
use POSIX qw(strftime);
use Time::HiRes qw(sleep);

our @EXPORT_OK = qw(case_folders);

$ENV{TMPDIR} //= '/dev/shm' if -d '/dev/shm' && -w _;

my $cases = abs_path(dirname(__FILE__) . '/../../plan');

# All folders with a bridge.cfg, sorted; or those whose names are given.
sub case_folders {
    my (@names) = @_;
    return map {"$cases/$_"} @names if @names;
    return map { dirname($_) } sort glob "$cases/*/bridge.cfg";
}

sub new {
    my ($class, $folder) = @_;
    my $self = bless { folder => $folder, name => basename($folder) }, $class;
    my %step = map { m{/(\d+)\.\w[^/]*$} ? ($1 => 1) : () } glob "$folder/*";
    $self->{steps} = [ sort { $a <=> $b } keys %step ];
    $self->{steps}[0] // croak "$folder has no step: write 1.ldif";
    $self->begin;
    return $self;
}

sub name { return $_[0]{name} }
sub steps { return @{ $_[0]{steps} } }
sub dir { return $_[0]{bridge}->dir }

# Starts from nothing, in a folder of its own.
sub begin {
    my ($self) = @_;
    $self->{bridge} = Bridge::Run->new(warm => 1);
    $self->_config('bridge.cfg');
    $self->_put('app.jsonl', $self->text('target.jsonl'));
    return;
}

# A file of the case, '' if it is not there.
sub text {
    my ($self, $name) = @_;
    return read_file("$self->{folder}/$name");
}

sub has { return -e "$_[0]{folder}/$_[1]" }

# Writes a file of the case (an expectation).
sub record {
    my ($self, $name, $text) = @_;
    open my $file, '>', "$self->{folder}/$name" or croak "$name: $!";
    print {$file} $text;
    close $file or croak "$name: $!";
    return;
}

sub _put {
    my ($self, $name, $text) = @_;
    my $path = $self->dir . "/$name";
    open my $file, '>', "$path.new" or croak "$path: $!";
    print {$file} $text;
    close $file or croak "$path: $!";
    rename "$path.new", $path or croak "$path: $!";
    return;
}

# What stands for something in configs and directories.
sub _expand {
    my ($self, $text) = @_;
    my $dir = $self->dir;
    $text =~ s/\@DIR\@/$dir/g;
    $text =~ s/\@REPEAT (\d+) (.+?)\@/$2 x $1/ge;
    return $text;
}

sub _config {
    my ($self, $name) = @_;
    for my $common (glob "$cases/common/*.cfg") {
        $self->_put(basename($common), $self->_expand(read_file($common)));
    }
    $self->{bridge}->write_text($self->_expand($self->text($name)));
    return;
}

sub _append {
    my ($self, $name, $text) = @_;
    open my $file, '>>', $self->dir . "/$name" or croak "$name: $!";
    print {$file} $text;
    close $file or croak "$name: $!";
    return;
}

# The directory and the config as they stand at a step: its own, or those of the last step that had
# any.
sub scene {
    my ($self, $step) = @_;
    my ($config) = grep { $self->has("$_.cfg") } reverse grep { $_ <= $step } $self->steps;
    my ($directory) = grep { $self->has("$_.ldif") } reverse grep { $_ <= $step } $self->steps;
    $self->_config($config ? "$config.cfg" : 'bridge.cfg');
    $self->_put('directory.ldif', $self->_expand($self->text("$directory.ldif")));
    return;
}

# Everything that happens before the sync of a step; but for the approval if it is to come later.
sub prepare {
    my ($self, $step, %option) = @_;
    $self->scene($step);
    $self->_append('app.jsonl', $self->text("$step.target.jsonl"));
    sleep $self->text("$step.wait") if $self->has("$step.wait");
    $self->approve($step) if $self->has("$step.approve") && !$option{unapproved};
    return;
}

# The words behind 'approve' for this step: those of the file if it begins with an option, or the
# held ops whose "kind label" it names.
sub approval {
    my ($self, $step) = @_;
    my @words = split ' ', $self->text("$step.approve");
    return @words if @words && $words[0] =~ /^--/;
    my %wanted = map { $_ => 1 } grep {/\S/} split /\n/, $self->text("$step.approve");
    return if !%wanted;
    my ($held) = grep {$_} map { $_->{held} } @{ $self->run('status', '--json')->{json}{apps} };
    my @ops = grep { delete $wanted{"$_->{kind} $_->{label}"} } @{ $held->{list} // [] };
    croak "$self->{name}: not held: ", join ', ', keys %wanted if %wanted;
    return ($held->{plan}, map { $_->{op} } @ops);
}

sub approve {
    my ($self, $step, @options) = @_;
    my $result = $self->run('approve', $self->approval($step), @options);
    croak "$self->{name}: approve failed: $result->{err}"
        if !$result->{killed} && $result->{exit};
    return $result;
}

sub run {
    my ($self, @words) = @_;
    return $self->{bridge}->run(@words);
}

sub plan { my ($self, @words) = @_; return $self->run('plan', @words) }
sub sync { my ($self, @words) = @_; return $self->run('sync', @words) }

# A result as it is compared: what was printed, then complaints, then the exit code.
sub transcript {
    my ($self, $result) = @_;
    my $dir = $self->dir;
    my $text = $result->{out};
    $text .= "! $_\n" for split /\n/, $result->{err};
    $text .= "killed by signal $result->{signal}\n" if $result->{signal};
    $text .= "exit $result->{exit}\n" if $result->{exit};
    $text =~ s/\Q$dir\E/\@DIR\@/g;
    $text =~ s/(\d{4}-\d\d-\d\d)T\d\d:\d\d:\d\dZ/_is_near($1) ? '@TIME@' : $&/ge;
    return $text;
}

# A date around today is of this run; others stand in the case.
sub _is_near {
    my ($date) = @_;
    return grep { $date eq strftime('%Y-%m-%d', gmtime(time + $_ * 86400)) } -1 .. 2;
}

# The applications' files: name => lines.
sub _targets {
    my ($self) = @_;
    return map { (basename($_) =~ s/\.jsonl$//r) => read_file($_) } glob $self->dir . '/*.jsonl';
}

sub written {
    my ($self) = @_;
    my %target = $self->_targets;
    return join '', map {"$_:\n$target{$_}"} grep { length $target{$_} } sort keys %target;
}

# An effect on a group; a group's members are a set while effects are replayed.
sub _change_group {
    my ($group, $effect) = @_;
    $group->{members}{$_} = 1 for @{ $effect->{add} // [] };
    delete @{ $group->{members} }{ @{ $effect->{remove} // [] } };
    @$group{ keys %{ $effect->{set} // {} } } = values %{ $effect->{set} // {} };
    return;
}

# The accounts and the groups, each by id.
sub _replay {
    my ($lines) = @_;
    my (%account, %group);
    for my $line (split /\n/, $lines) {
        my $effect = JSON::PP->new->utf8->decode($line);
        my $id = $effect->{id};
        if ($effect->{deleted}) {
            delete $_->{$id} for \%account, \%group, map { $_->{members} } values %group;
        }
        elsif ($effect->{document}) {
            $account{$id} = $effect->{document};
        }
        elsif (my $whole = $effect->{group}) {
            my %member = map { $_->{value} => 1 } @{ $whole->{members} // [] };
            $group{$id} = { %$whole, members => \%member };
        }
        else {
            _change_group($group{$id}, $effect);
        }
    }
    $_->{members} = [ sort keys %{ $_->{members} } ] for values %group;
    return (\%account, \%group);
}

sub _sorted {
    my ($key, $things) = @_;
    return sort { lc $a->{$key} cmp lc $b->{$key} || $a->{id} cmp $b->{id} } values %$things;
}

# The crash tests ask thousands of times and mostly find the same, so the last answer is kept. What
# each application holds, {name => [account, ..., group, ...]}, sorted, members too; "schemas"
# says nothing and is left away.
sub holds {
    my ($self) = @_;
    my %target = $self->_targets;
    my $written = join "\0", map { $_, $target{$_} } sort keys %target;
    return $self->{holds} if ($self->{holds_of} // '') eq $written;
    my %holds;
    for my $name (keys %target) {
        my ($accounts, $groups) = _replay($target{$name});
        delete $_->{schemas} for values %$accounts, values %$groups;
        $holds{$name} = [ _sorted(userName => $accounts), _sorted(displayName => $groups) ];
    }
    @$self{qw(holds holds_of accounts)} = (\%holds, $written, undef);
    return \%holds;
}

sub accounts {
    my ($self) = @_;
    my $holds = $self->holds;
    return $self->{accounts} if defined $self->{accounts};
    my $text = JSON::PP->new->utf8->pretty->canonical->indent_length(2)->encode($holds);
    $text =~ s/("[^"\n]{100})[^"\n]*("|$)/$1...$2/g;    # a megabyte is no reading matter
    return $self->{accounts} = $text;
}

# Those of a list that have the same value at a key, as sentences.
sub _alike {
    my ($name, $kind, $key, @things) = @_;
    my %seen;
    return map {"$name has two $kind with $key $_->{$key}"}
        grep { $seen{ lc $_->{$key} }++ } grep { defined $_->{$key} } @things;
}

# Sentences about effects that happened twice: two accounts of one name or one person, two groups
# of one name or one source group.
sub duplicates {
    my ($self) = @_;
    my $holds = $self->holds;
    my @found;
    for my $name (keys %$holds) {
        my @groups = grep { $_->{members} } @{ $holds->{$name} };
        my @accounts = grep { !$_->{members} } @{ $holds->{$name} };
        push @found, map { _alike($name, accounts => $_, @accounts) } qw(userName externalId);
        push @found, map { _alike($name, groups => $_, @groups) } qw(displayName externalId);
    }
    return @found;
}

# The files that carry the world from one run to the next.
sub _carried {
    my ($self) = @_;
    return grep { -f && !/\.(?:cfg|ldif|new)$/ && !m{/(?:out|err)-\d+$} } glob $self->dir . '/*';
}

sub save {
    my ($self) = @_;
    return { map { $_ => read_file($_) } $self->_carried };
}

# The index of SQLite's log is made anew by whoever opens the database first after a crash.
sub _same_files {
    my ($some, $others) = @_;
    my ($names, $other_names) = map { join ' ', sort grep { !/-shm$/ } keys %$_ } $some, $others;
    return $names eq $other_names && !grep { $some->{$_} ne $others->{$_} } split / /, $names;
}

# What did not change since is kept only once.
sub _save_after {
    my ($self, $last) = @_;
    my $saved = $self->save;
    for my $name (keys %$saved) {
        $saved->{$name} = $last->{$name}
            if defined $last->{$name} && $last->{$name} eq $saved->{$name};
    }
    return $saved;
}

sub crashes {
    my ($self, @words) = @_;
    my ($point, $last, @crashes) = (0, {});
    my $visit = sub {
        $point++;
        my $saved = $self->_save_after($last);
        push @crashes, [ $point, $saved ] if !_same_files($saved, $last);
        $last = $saved;
    };
    my $result = $self->{bridge}->visit($visit, @words);
    croak "$self->{name}: the run does not end" if $result->{timeout};
    return @crashes;
}

sub restore {
    my ($self, $saved) = @_;
    unlink $self->_carried;
    $self->_put(basename($_), $saved->{$_}) for keys %$saved;
    return;
}

1;
