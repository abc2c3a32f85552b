# Tour - how a tour tells its story: headings, paragraphs, commands with what they really said.
#
#     use Tour;
#     Tour::start($bridge, 'demo.cfg');   a Bridge::Run, and the config that its commands take
#     heading('Is everything in order?'); note('A paragraph ...');
#     my $said = dirbridge(['plan'], exit => 0, first => 24, last => 3);
#     must($said =~ /maria/, 'the plan lacks maria');     what does not hold ends the tour with 1
#     run_shown([qw(ldapmodify ...)], stdin => undef);    any other command
package Tour;
use strict;
use warnings;
use utf8;
use Bridge::Process qw(read_file);
use Encode qw(decode);
use Exporter qw(import);

our @EXPORT = qw(paint heading note fail must show row dirbridge run_shown);

my $colour = -t STDOUT && !length($ENV{NO_COLOR} // '') && ($ENV{TERM} // 'dumb') ne 'dumb';
my $step = 0;
my ($bridge, $config);
$| = 1;
$SIG{PIPE} = sub { exit 1 };    # a reader that has seen enough; what we started ends all the same
binmode STDOUT, ':encoding(UTF-8)';

# ---- what the tour is told with ----

sub paint {
    my ($code, $text) = @_;
    return $colour ? "\e[${code}m$text\e[0m" : $text;
}

sub heading {
    my ($text) = @_;
    $step++;
    print "\n", paint('1', "$step. $text"), "\n\n";
    return;
}

# A paragraph, broken into lines.
sub note {
    my ($text) = @_;
    my ($line, @lines) = ('');
    for my $word (split ' ', $text) {
        if (length("$line $word") > 96) {
            push @lines, $line;
            $line = $word;
        } else {
            $line .= length $line ? " $word" : $word;
        }
    }
    print "$_\n" for @lines, $line;
    print "\n";
    return;
}

sub fail {
    my ($text) = @_;
    print "\n", paint('1;31', "The tour ends here: $text"), "\n";
    exit 1;
}

# With a prototype, because a match in a list would vanish when it fails, and the text be true.
sub must($$) {    ## no critic: see above
    my ($holds, $text) = @_;
    fail($text) if !$holds;
    return;
}

# Prints lines; of a long output the first and the last ones.
sub show {
    my ($text, $first, $last) = @_;
    my @lines = split /\n/, decode('UTF-8', $text);
    my $left_out = $first ? @lines - $first - ($last // 0) : 0;
    if ($left_out > 3) {
        my @end = $last ? @lines[ -$last .. -1 ] : ();
        @lines = (@lines[ 0 .. $first - 1 ],
            paint('2', "    [... $left_out more lines, left out by the tour ...]"), @end);
    }
    print "$_\n" for @lines;
    print "\n";
    return;
}

sub start {
    ($bridge, $config) = @_;
    chdir $bridge->dir or fail("cannot enter " . $bridge->dir . ": $!");
    return;
}

# Runs dirbridge, shows it, checks the exit code. %option: exit, first and last lines to show.
sub dirbridge {
    my ($args, %option) = @_;
    print paint('1;36', "\$ dirbridge -c $config " . join ' ', @$args), "\n";
    my $result = $bridge->run(@$args, { config => $config });
    show($result->{out} . $result->{err}, @option{qw(first last)});
    my $exit = $result->{exit} // "none, signal $result->{signal}";
    must($exit eq ($option{exit} // 0),
        "the exit code of '@$args' is $exit and not " . ($option{exit} // 0));
    print "(exit code $exit)\n\n" if $exit;
    return decode('UTF-8', $result->{out} . $result->{err});
}

# Runs a command that is not ours, shows what it said; it must succeed. %env is added to its
# environment.
sub run_shown {
    my ($command, %env) = @_;
    my $out = $bridge->dir . '/out';
    print paint('1;36', "\$ @$command"), "\n";
    my $process = Bridge::Process->new(
        command => $command,
        env => { LDAPNOINIT => 1, %env },
        out => $out,
        err => $out
    );
    $process->wait;
    show(read_file($out) =~ s/\n+\z/\n/r =~ s/\n\n/\n/gr);
    unlink $out;
    must($process->status == 0, "'$command->[0]' failed");
    return;
}

# One line of the table; wide characters count for two, marks for none.
sub row {
    my @cells = @_;
    my @width = (24, 26, 13);
    for my $i (0 .. $#width) {
        my $wide = () = $cells[$i] =~ /[\p{East_Asian_Width=W}\p{East_Asian_Width=F}]/g;
        my $none = () = $cells[$i] =~ /\p{Mn}/g;
        my $blanks = $width[$i] - length($cells[$i]) - $wide + $none;
        $cells[$i] .= ' ' x $blanks if $blanks > 0;
    }
    print '  ', join(' ', @cells), "\n";
    return;
}

# The temporary folders cannot go while we stand in one.
END { chdir '/' }

1;
