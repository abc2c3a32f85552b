#!/usr/bin/perl
# At an application that can neither be searched nor listed somebody has to look what became of a
# create without an answer, and says so with 'approve'. What was said wrongly is refused, and
# nothing changes by it.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Bridge::Process qw(read_file);
use Bridge::Run;
use Bridge::World qw(person_ldif group_ldif);
use JSON::PP;
use Test::More;

my $bridge = Bridge::Run->new;
my $dir = $bridge->dir;
my $group = 'cn=app,ou=Groups,ou=Corp,dc=example,dc=com';

# The first two creates are done, and nobody hears of it; or all is well.
sub configure {
    my (@faults) = @_;
    my $faults = join ', ', map {"\"$_\""} @faults;
    $bridge->write_text(<<"END");
state = "$dir/state.db";
sources = ( { name = "corp"; type = "ldif"; file = "$dir/corp.ldif"; } );
apps = ( { name = "desk"; type = "mem"; file = "$dir/desk.jsonl"; first_run = "apply";
  lacks = [ "lookup", "list", "read" ]; fault = [ $faults ];
  assign = ( { group = "$group"; } );
  map = ( { to = "userName"; from = "[uid]"; }, { to = "title"; from = "[title]"; } ); } );
END
    return;
}

sub vouch { return $bridge->run('approve', '--app', 'desk', '--user', @_) }

sub refused {
    my ($words, @arguments) = @_;
    my $result = vouch(@arguments);
    is($result->{exit}, 2, "refused: @arguments");
    like($result->{err}, $words, 'and it is said why');
    return;
}

# An entry with a permanent id.
sub known {
    my ($number, $ldif) = @_;
    return $ldif =~ s/\n\n\z//r . "\nentryUUID: 00000000-0000-0000-0000-00000000000$number\n\n";
}

my @uids = qw(ann bob cid);
my @people = map { known($_, person_ldif($uids[ $_ - 1 ])) } 1 .. 3;
$bridge->write_file('corp.ldif', join '', known(0, group_ldif('app', @uids)), @people);
configure('create 1 lost', 'create 2 cut');
is($bridge->run('sync')->{exit}, 3, 'two of three creates have no answer');
is($bridge->run('sync')->{exit}, 3, 'nor in the next run');

my $parked = $bridge->run('explain', 'ann')->{out};
like($parked, qr/approve --app desk --user ann --made ID/, 'the way out is said');

subtest 'what is refused' => sub {
    refused(qr/no app named 'disk'/, 'ann', '--app', 'disk', '--not-made');
    refused(qr/called 'zoe'/, 'zoe', '--not-made');
    refused(qr/no create of 'cid' waits/, 'cid', '--not-made');
    refused(qr/is another person's/, 'ann', '--made', 'm2');
    refused(qr/--made ID/, 'ann');
    refused(qr/--made ID/, 'ann', '--made', 'm1', '--not-made');
    refused(qr/--made ID/, 'ann', '--made', 'm1', '7');
    is($bridge->run('approve', '--not-made')->{exit}, 2, 'nobody is named');
    like($bridge->run('explain', 'ann')->{out}, qr/approve --app desk/, 'ann still waits');
};

subtest 'what somebody saw' => sub {
    configure();
    my $made = vouch('ann', '--made', 'm1', '--json');
    is_deeply($made->{json}, { app => 'desk', user => 'ann', made => JSON::PP::true, id => 'm1' },
        'made');
    like(vouch('bob', '--not-made')->{out}, qr/no account of bob was made.*next sync/, 'not made');
    refused(qr/no create of 'ann' waits/, 'ann', '--made', 'm1');
    is($bridge->run('sync')->{exit}, 0, 'all is well');
    my @made = map {/"userName":"(\w+)"/} split /\n/, read_file("$dir/desk.jsonl");
    is_deeply([ sort @made ], [qw(ann bob cid)], 'everybody has one account');
    is($bridge->run('plan', '--check')->{exit}, 0, 'and nothing is left to do');
};

done_testing;
