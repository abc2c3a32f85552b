#!/usr/bin/perl
# Every folder beside this file: what would be sent is what was expected, planning changes nothing,
# and when all was sent the application holds what it should, and nothing is left to do.
#
# UPDATE=1 writes the expectations anew; CASE=name plays one folder.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Case qw(case_folders);
use Test::More;

my $update = $ENV{UPDATE};

sub expect {
    my ($case, $name, $got, $what) = @_;
    $case->record($name, $got) if $update;
    is($got, $case->text($name), $what);
    return;
}

sub play_step {
    my ($case, $step) = @_;
    $case->prepare($step);
    my $before = $case->written;
    my $plan = $case->transcript($case->plan);
    expect($case, "$step.plan", $plan, "step $step: the plan is the expected one");
    is($case->transcript($case->plan), $plan, "step $step: planning again gives the same");
    is($case->written, $before, "step $step: planning sent nothing");
    my $sync = $case->sync;
    my $wanted = $case->has("$step.exit") ? $case->text("$step.exit") + 0 : 0;
    is($sync->{exit}, $wanted, "step $step: sync exits with $wanted") or diag explain $sync;
    expect($case, "$step.sync", $case->transcript($sync), "step $step: sync said so")
        if $case->has("$step.sync");
    return $sync;
}

# After the last step: nothing to send, whatever the last run said about itself.
sub nothing_left {
    my ($case, $last) = @_;
    my %check = (1 => 1, 4 => 5);
    my $expected = $check{ $last->{exit} } // 0;
    $expected = $case->text('end.exit') + 0 if $case->has('end.exit');
    my $plan = $case->plan('--check');
    is($plan->{exit}, $expected, "plan --check exits with $expected") or diag $plan->{out};
    my $before = $case->written;
    my $again = $case->sync;
    is($again->{exit}, $last->{exit}, 'another sync ends like the one before')
        or diag $again->{out};
    is($case->written, $before, 'and sends nothing');
    return;
}

my @names = $ENV{CASE} ? split(/,/, $ENV{CASE}) : ();
for my $folder (case_folders(@names)) {
    my $case = Bridge::Case->new($folder);
    subtest $case->name => sub {
        my $last;
        $last = play_step($case, $_) for $case->steps;
        expect($case, 'end.json', $case->accounts, 'the application holds what it should');
        is_deeply([ $case->duplicates ], [], 'and nobody twice') if !$case->has('duplicates');
        nothing_left($case, $last);
    };
}
done_testing;
