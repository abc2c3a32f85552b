#!/usr/bin/perl
# The tour of "make demo" does what it tells, without colour when nobody watches, and says so with
# its exit code; with a program that does not keep its promises it ends with 1.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Run;
use Bridge::Tour;
use Test::More;

my $tour = Bridge::Tour->new('run');
my ($status, $text) = $tour->run(Bridge::Run::program(), 110);
is($status, 0, 'the tour succeeds') or diag substr $text, -2000;
unlike($text, qr/\e/, 'without colour');
ok($text =~ /break\.glass.*\byes\n/, 'and shows what the application holds');
like($text, qr/\+ add 1 member to group 'Support': ani\.sargsyan\n/, 'a pushed group is followed');
like($text, qr/a group, Support, with \d\d members.*account\s+Maria\.Silva/s,
    'and a manager is an account there');
like($text, qr/app wiki: 1 disable, 1 create\n.*disable at this service: deletes the account/s,
    'an application with an API of its own is followed, too');
like($text, qr/The wiki: \d\d accounts; Անի Սարգսյան has number \d\d/, 'and shows what it holds');
is_deeply($tour->left, [], 'nothing is left behind');

($status, $text) = $tour->run('/bin/true', 60);
is($status >> 8, 1, 'a program that does nothing fails the tour');
like($text, qr/^The tour ends here: the plan lacks/m, 'which says why');
is_deeply($tour->left, [], 'nothing is left behind then either');

done_testing;
