#!/usr/bin/perl
# The table of promises in tests/README.md is whole, and every test it names is there.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Process qw(read_file);
use Test::More;

my $tests = "$FindBin::Bin/..";
my ($table) = read_file("$tests/README.md") =~ /^## What the SCIM client promises\n(.*?)^## /ms;
my @rows = $table =~ /^\| (S\d.*) \|$/mg;

# What a test file calls its parts: subtests, rows of its tables, arguments, paths of unit tests.
sub names_in {
    my ($text) = @_;
    my @names = $text =~ /"((?:[^"\\\n]|\\.)+)"/g;
    push @names, $text =~ /'((?:[^'\\\n]|\\.)+)'/g, map {split} $text =~ /\bqw\(([^)]*)\)/g;
    return @names;
}

sub has_case {
    my ($file, $name) = @_;
    return -d "$tests/plan/$name" if $file eq 'plan/';
    return if !-f "$tests/$file";
    return grep { index($_, $name) == 0 } names_in(read_file("$tests/$file"));
}

# "`file` *one*, *two*; `file` *three*" as [file, one, two], ...
sub shown_by {
    my ($cell, $files) = @_;
    my @shown;
    for my $part (split /; /, $cell) {
        my ($file, $names) = $part =~ /^`([^`]+)`(.*)$/ or return;
        push @shown, [ $file, $names =~ /\*([^*]+)\*/g ];
    }
    return @shown;
}

is_deeply([ map {/^(\w+)/} @rows ], [ map {"S$_"} 1 .. 32 ], 'each promise has its row');
for my $row (@rows) {
    my ($number, $promise, $cell) = split / \| /, $row;
    next if $cell eq 'comes later';
    my @shown = shown_by($cell);
    ok(scalar @shown, "$number: tests are named");
    for my $shown (@shown) {
        my ($file, @names) = @$shown;
        ok(-e "$tests/$file", "$number: there is $file");
        is_deeply([ grep { !has_case($file, $_) } @names ], [], "$number: $file has what is named");
    }
}

done_testing;
