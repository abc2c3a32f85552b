# The crash matrix: the cases of tests/plan, stopped dead at every crash point and resumed.
#
#     require "$FindBin::Bin/matrix.pl";
#     matrix(1, 4);          # the first quarter of the cases
#
# A case is played without interruption first. Then, for each of its steps, the program is run from
# the state before that step, and what its files hold at each of its crash points is kept: that is
# what a SIGKILL there leaves. From each of these an ordinary sync follows. Then the application
# must hold exactly what it held without the crash, nobody twice, and the next plan must be as
# empty; after every fifth the remaining steps are played on top, and the end must be the same too.
# A point with the same files as the one before says nothing new. CASE=name plays one folder.
#
# Real kills, at these points and anywhere, are the business of twice.t and of ../e2e/kill.t.
use strict;
use warnings;
use Bridge::Case qw(case_folders);
use JSON::PP;
use Test::More;

use constant {
    MOST_POINTS => 400,    # of one run; more means that it does not end
    PLAY_ON_EVERY => 5,    # points; playing on after each would double the time
};

# Cases in which a crash may well lead elsewhere for a while. Their last step must agree.
my %differs = map { $_ => 1 } (
    # The fault hits the nth request of a process, and after a crash that is another person's.
    qw(create-rejected create-later update-rejected disable-rejected enable-rejected down),
    qw(all-answers-lost down-at-match protected-create-lost rest-ends-with-leaver),
    qw(rest-nonsense unfindable-create-found-later update-taken update-taken-once),
    # The account cannot be read, so what the crash left open stays so until the last step.
    qw(leaver-behind-lost-update leaver-behind-cut-update leaver-behind-lost-enable),
    qw(leaver-behind-update-refused leaver-among-unanswered),
    # What the next run is for, the one after the crash does already.
    qw(rehire-adopted push-bad-member push-create-in-doubt),
);

# Cases of which nothing can be said while a fault is configured to the very end, because it hits
# again after the crash and its person then rests for longer than the case is played.
my %endless = map { $_ => 1 } qw(enable-rejected all-answers-lost);

# After a crash a create may wait there until somebody has looked, which here nobody does. All that
# can be said of the accounts is that nobody has two.
my %unasked = map { $_ => 1 } qw(
    unfindable unfindable-create-lost unfindable-create-cut unfindable-lost
);

# What a crash puts off in these, the next step forbids: nothing is played on top.
my %forbidden = map { $_ => 1 } qw(protected-create-lost);

# Of an account or of a group.
sub name_of { return $_[0]{userName} // $_[0]{displayName} // '' }

# The ids are given in order of creation, which such a case may change: they say nothing in it.
sub world {
    my ($case) = @_;
    my $accounts = $case->accounts;
    if ($differs{ $case->name }) {
        my $held = decode_json($accounts);
        for my $list (values %$held) {
            delete $_->{id} for @$list;
            $list = [ sort { name_of($a) cmp name_of($b) } @$list ];
        }
        $accounts = JSON::PP->new->canonical->pretty->encode($held);
    }
    return { accounts => $accounts, check => $case->plan('--check')->{exit} };
}

sub same {
    my ($case, $world, $expected, $what) = @_;
    my @wrong = $case->has('duplicates') ? () : $case->duplicates;
    push @wrong, "plan --check exits with $world->{check}, not $expected->{check}"
        if $world->{check} != $expected->{check};
    push @wrong, "the application holds\n$world->{accounts}instead of\n$expected->{accounts}"
        if $world->{accounts} ne $expected->{accounts};
    return 1 if !@wrong;
    fail("$what: the same as without");
    diag join "\n", @wrong;
    return 0;
}

# Plays a case to its end and keeps the world before and after each step.
sub rehearse {
    my ($case) = @_;
    my %played;
    for my $step ($case->steps) {
        $case->prepare($step, unapproved => 1);
        $played{$step}{unapproved} = $case->save;
        $case->approve($step) if $case->has("$step.approve");
        $played{$step}{before} = $case->save;
        $case->sync;
        $played{$step}{after} = world($case);
    }
    return \%played;
}

# The steps behind one, and whether the end is the expected one.
sub play_on {
    my ($case, $played, $step, $what) = @_;
    my @rest = grep { $_ > $step } $case->steps;
    return 1 if !@rest;
    for my $next (@rest) {
        $case->prepare($next);
        $case->sync;
    }
    my $agrees = same($case, world($case), $played->{ $rest[-1] }{after}, "$what, played on");
    $case->scene($step);
    return $agrees;
}

sub agrees_at {
    my ($case, $played, $step, $what) = @_;
    my $name = $case->name;
    my $last = ($case->steps)[-1] == $step;
    return is_deeply([ $case->duplicates ], [], "$what: nobody twice") if $unasked{$name};
    return 1 if $differs{$name} && (!$last || $endless{$name}) && !$case->duplicates;
    return same($case, world($case), $played->{$step}{after}, $what);
}

# Every crash point of one run. Returns how many differ, 0 if something was wrong.
sub crash_everywhere {
    my ($case, $played, $step) = @_;
    $case->restore($played->{$step}{before});
    my @crashes = $case->crashes('sync');
    for my $number (1 .. @crashes) {
        my ($k, $left) = @{ $crashes[ $number - 1 ] };
        my $what = $case->name . ", step $step, crash at $k";
        $case->restore($left);
        $case->sync;
        return 0 if !agrees_at($case, $played, $step, $what);
        next if $endless{ $case->name } || $forbidden{ $case->name } || $unasked{ $case->name };
        next if $number % PLAY_ON_EVERY;
        return 0 if !play_on($case, $played, $step, $what);
    }
    return scalar @crashes;
}

# The same for the approval before the step. A second approval after one that had happened is
# refused; that is no harm.
sub crash_approval {
    my ($case, $played, $step) = @_;
    $case->restore($played->{$step}{unapproved});
    my @words = $case->approval($step);
    my @crashes = $case->crashes('approve', @words);
    for my $crash (@crashes) {
        my ($k, $left) = @$crash;
        $case->restore($left);
        $case->run('approve', @words);
        $case->sync;
        my $what = $case->name . ", step $step, crash of approve at $k";
        return 0 if !same($case, world($case), $played->{$step}{after}, $what);
    }
    return scalar @crashes;
}

# Later waits make a matrix of minutes; such a step is played, but not interrupted.
sub is_quick {
    my ($case, $step) = @_;
    return !grep { $_ > $step && $case->has("$_.wait") } $case->steps;
}

# A config that is refused: the program ends before the first point at which it could be stopped.
sub is_refused {
    my ($case, $step) = @_;
    return $case->has("$step.exit") && $case->text("$step.exit") == 2;
}

# Most cases begin with a few plain creates. These say the same everywhere, so a few will do.
sub is_plain_start {
    my ($case, $step) = @_;
    return
           $step == 1
        && $case->steps > 1
        && $case->name !~ /^(?:update|leaver|returner|guard)$/
        && $case->text('1.plan') =~ /\A[^\n]*: \d+ create\n/
        && $case->text('bridge.cfg') !~ /fault/
        && !grep { $case->has($_) } qw(target.jsonl 1.exit);
}

sub crash_case {
    my ($case) = @_;
    my $played = rehearse($case);
    for my $step ($case->steps) {
        $case->scene($step);
        if ($case->has("$step.approve")) {
            cmp_ok(crash_approval($case, $played, $step), '>', 0, "step $step, the approval");
        }
        next if !is_quick($case, $step) || is_plain_start($case, $step);
        next if is_refused($case, $step);
        my $points = crash_everywhere($case, $played, $step);
        cmp_ok($points, '>', 0, "step $step: as if nothing had been, at $points points");
    }
    return;
}

# A crash, this time by a real SIGKILL, and another one while the next run picks up the pieces.
sub crash_twice {
    my ($case) = @_;
    my $played = rehearse($case);
    my $step = ($case->steps)[-1];
    my $points = 0;
    for my $k (1 .. MOST_POINTS) {
        $case->restore($played->{$step}{before});
        last if !$case->sync({ crash_at => $k })->{killed};
        for my $crash ($case->crashes('sync')) {
            my ($j, $left) = @$crash;
            $case->restore($left);
            $case->sync;
            $points++;
            my $what = $case->name . ", crash at $k and then at $j";
            return if !same($case, world($case), $played->{$step}{after}, $what);
        }
    }
    cmp_ok($points, '>', 0, "step $step: as if nothing had been, at $points pairs of points");
    return;
}

sub matrix {
    my ($part, $parts) = @_;
    my @folders = case_folders($ENV{CASE} ? split(/,/, $ENV{CASE}) : ());
    for my $i (grep { $_ % $parts == $part - 1 } 0 .. $#folders) {
        my $case = Bridge::Case->new($folders[$i]);
        subtest $case->name => sub { crash_case($case) };
    }
    plan skip_all => 'no case in this part' if !Test::More->builder->current_test;
    done_testing;
    return;
}

1;
