#!/usr/bin/perl
# The tables of promises in tests/README.md are whole, and every test they name is there.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Process qw(read_file);
use Test::More;

my $tests = "$FindBin::Bin/..";
my $readme = read_file("$tests/README.md");
my @tables = (
    { title => 'What the SCIM client promises', letter => 'S', last => 32 },
    { title => 'What the client of custom APIs promises', letter => 'C', last => 20 },
);

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

sub check_row {
    my ($number, $promise, $cell) = split / \| /, $_[0];
    return if $cell eq 'comes later';
    my @shown = shown_by($cell);
    ok(scalar @shown, "$number: tests are named");
    for my $shown (@shown) {
        my ($file, @names) = @$shown;
        ok(-e "$tests/$file", "$number: there is $file");
        is_deeply([ grep { !has_case($file, $_) } @names ], [], "$number: $file has what is named");
    }
    return;
}

for my $wanted (@tables) {
    my ($title, $letter, $last) = @$wanted{qw(title letter last)};
    my ($table) = $readme =~ /^## \Q$title\E\n(.*?)^## /ms;
    my @rows = ($table // '') =~ /^\| ($letter\d.*) \|$/mg;
    my @numbers = map {/^(\w+)/} @rows;
    is_deeply(\@numbers, [ map {"$letter$_"} 1 .. $last ], "$title: each promise has its row");
    check_row($_) for @rows;
}

done_testing;
