# What the lint checks share: finding files, and reading C far enough to be of use.
#
# This is no C parser. It relies on what clang-format guarantees in this tree (and check-format
# holds): a definition begins in column 0, and its last brace stands in column 0.
#
#     my $file = Source->read('src/core/dn.c');
#     $file->{raw}       lines as written, index 0 is line 1
#     $file->{code}      the same lines with comments, strings and character constants blanked
#     $file->{items}     declarations and definitions at the top level, in order:
#                        { kind, line, end, name, head, body, static }
#                        kind: function prototype variable type macro; 'head' is the text up to
#                        the body or the semicolon, 'body' the text between the outer braces
package Source;
use strict;
use warnings;

my $failures = 0;

# Reports one finding; the text ends with what to do about it.
sub fail {
    my ($path, $line, $text) = @_;
    print "$path:$line: $text\n";
    $failures++;
    return;
}

# Ends a check: the exit status says whether something was found.
sub finish {
    exit($failures ? 1 : 0);
}

# Goes to the tree to be checked: the first argument, or the present folder.
sub enter {
    my $root = $ARGV[0] // '.';
    chdir $root or die "cannot enter '$root': $!\n";
    return;
}

# Files below the folders (or single files) that satisfy the test, sorted; never node_modules,
# build or .git.
sub files {
    my ($wanted, @folders) = @_;
    my @found;
    my @todo = grep { -e } @folders;
    while (defined(my $path = shift @todo)) {
        if (-d $path && !-l $path) {
            opendir my $dir, $path or die "cannot read '$path': $!\n";
            my @names = grep { !/^(?:\.\.?|\.git|node_modules|build)$/ } readdir $dir;
            push @todo, map { $path eq '.' ? $_ : "$path/$_" } @names;
        } elsif (-f $path && $wanted->($path)) {
            push @found, $path;
        }
    }
    return sort @found;
}

# C files of the program.
sub c_files {
    return files(sub { $_[0] =~ /\.[ch]$/ }, @_ ? @_ : ('include', 'src'));
}

# The interpreter that a script names in its first line ("bash", "perl"), or ''.
sub interpreter {
    my ($path) = @_;
    open my $in, '<', $path or return '';
    my $first = <$in> // '';
    return $first =~ m{^\#!\s*(?:\S*/env\s+)?(?:\S*/)?(\w+)} ? $1 : '';
}

# Lines without their newlines, blank ones at the end included.
sub lines {
    my @lines = split /\n/, $_[0], -1;
    pop @lines if @lines && $lines[-1] eq '';
    return \@lines;
}

sub read {
    my ($class, $path) = @_;
    open my $in, '<', $path or die "cannot read '$path': $!\n";
    local $/;
    my $text = <$in> // '';
    my $code = blank($text);
    my $self = bless { path => $path, raw => lines($text), code => lines($code) }, $class;
    $self->{items} = items($code);
    return $self;
}

# Whether a line, or the one before it, carries the note: /* lint: WORD ... */
sub noted {
    my ($self, $line, $word) = @_;
    for my $l ($line, $line - 1) {
        return 1 if $l > 0 && ($self->{raw}[$l - 1] // '') =~ m{/\*\s*lint:\s*$word\b};
    }
    return 0;
}

# Included names with their lines: [line, '<' or '"', name].
sub includes {
    my ($self) = @_;
    my @found;
    for my $i (0 .. $#{ $self->{raw} }) {
        # From the raw line, because the name is a string; a commented line has no '#' left in code.
        next if ($self->{code}[$i] // '') !~ /^\s*#\s*include\b/;
        push @found, [$i + 1, $1, $2] if $self->{raw}[$i] =~ /#\s*include\s*([<"])([^>"]+)[>"]/;
    }
    return @found;
}

# Replaces comments and the insides of string and character constants by blanks, keeping lines.
sub blank {
    my ($text) = @_;
    my $spaces = sub { my $t = $_[0]; $t =~ s/[^\n]/ /g; $t };
    $text =~ s{ (/\*.*?(?:\*/|\z)) | (//[^\n]*)
              | ("(?:\\.|[^"\\\n])*") | ('(?:\\.|[^'\\\n])*') }
              { defined $1 ? $spaces->($1) : defined $2 ? $spaces->($2)
                : substr($+, 0, 1) . $spaces->(substr($+, 1, -1)) . substr($+, -1) }gsex;
    return $text;
}

# Splits blanked code into top-level items.
sub items {
    my ($code) = @_;
    # Preprocessor lines and their continuations are no items.
    $code =~ s{^([ \t]*\#(?:[^\n]*\\\n)*[^\n]*)}{ my $t = $1; $t =~ s/[^\n]/ /g; $t }gmex;
    my @items;
    my ($line, $depth, $start, $head, $body, $had_body) = (1, 0, 0, '', '', 0);
    my $flush = sub {
        push @items, item($start, $line, $head, $had_body ? $body : undef) if $head =~ /\S/;
        ($start, $head, $body, $had_body) = (0, '', '', 0);
    };
    while ($code =~ /\G(\n|[{}]|;|[^\n{};]+)/gc) {
        my $token = $1;
        if ($token eq "\n") {
            $line++;
            if ($depth == 0) {
                # A macro that stands alone, as G_DEFINE_AUTOPTR_CLEANUP_FUNC(Thing, thing_free).
                if ($head =~ /^\s*[A-Z][A-Z0-9_]+\s*\(.*\)\s*$/s) {
                    $line--;
                    $flush->();
                    $line++;
                }
                $head .= ' ' if $head ne '';
            } else {
                $body .= "\n";
            }
        } elsif ($token eq '{') {
            $body .= $token if $depth++;
            $had_body = 1;
        } elsif ($token eq '}') {
            $depth-- if $depth;
            if ($depth) {
                $body .= $token;
            } elsif (is_function($head)) {
                $flush->();
            }
        } elsif ($depth) {
            $body .= $token;
        } elsif ($token eq ';') {
            $flush->();
        } else {
            $start ||= $line if $token =~ /\S/;
            # What follows the brace of a type or an initialiser belongs to the head too.
            $head .= ($had_body ? ' {} ' : '') . $token;
        }
    }
    $flush->();
    return \@items;
}

# Whether the text before a brace is a function's: ends with its parameters (or attributes).
sub is_function {
    my ($head) = @_;
    return $head !~ /=/ && $head =~ /\)\s*$/ && $head !~ /^\s*typedef\b/;
}

sub item {
    my ($start, $end, $head, $body) = @_;
    $head =~ s/\s+/ /g;
    $head =~ s/^ | $//g;
    my %item = (line => $start, end => $end, head => $head, body => $body);
    $item{static} = $head =~ /\bstatic\b/ ? 1 : 0;
    my $plain = $head;
    $plain =~ s/\b(?:G_GNUC_\w+|__attribute__)\s*(\((?:[^()]|(?1))*\))?//g;
    $plain =~ s/=.*//s;
    if ($head =~ /^[A-Z][A-Z0-9_]+\s*\(.*\)$/ && !defined $body) {
        $item{kind} = 'macro';
    } elsif ($plain =~ /^(?:extern )?typedef\b/) {
        $item{kind} = 'type';
    } elsif (defined $body && is_function($head)) {
        $item{kind} = 'function';
    } elsif ($plain =~ /^(?:struct|union|enum)\b[^()*=]*$/ && $plain =~ /^\w+(?: \w+)?$/) {
        $item{kind} = 'type';
    } elsif ($plain =~ /\w\s*\(/ && $plain !~ /\(\s*\*/ && $head !~ /=/) {
        $item{kind} = 'prototype';
    } elsif ($plain =~ /^[^(]*\b\w+\s*\([^*]/ && $head !~ /=/) {
        $item{kind} = 'prototype';
    } else {
        $item{kind} = 'variable';
    }
    if ($item{kind} eq 'function' || $item{kind} eq 'prototype') {
        ($item{name}) = $plain =~ /(\w+)\s*\(/;
    } elsif ($plain =~ /\(\s*\*\s*(?:const\s+)?(\w+)/) {
        $item{name} = $1;
    } else {
        my $declared = $plain;
        $declared =~ s/\[.*?\]//g;
        $declared =~ s/\{\}//g;
        ($item{name}) = $declared =~ /(\w+)\s*$/;
    }
    $item{name} //= '?';
    return \%item;
}

# What each function definition holds: [name, line, end].
sub functions {
    my ($self) = @_;
    return grep { $_->{kind} eq 'function' } @{ $self->{items} };
}

1;
