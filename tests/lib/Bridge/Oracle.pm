# Bridge::Oracle - other people's code judges what we sent: npm scim-patch and scim2-parse-filter.
#
#     is_deeply([ Bridge::Oracle->check($app) ], [], 'others read it as we meant it');
#
# $app is a Bridge::Misbehaving or Bridge::Scimmy. check takes the PATCH requests and searches that
# it was sent since the last check (forget and reset do not matter), and returns a sentence for
# each that does not hold:
#
#     every PATCH     is well-formed, in lower case, and not about what is read-only
#     ... that took effect: scim-patch, applying it to the resource of before, gets that of after
#     every filter    is encoded without "+", and read as "path eq value" terms joined by "and",
#                     with the values that we meant
#
# Options, for services that do not do what they are told:
#
#     ignoring => ['displayName']     attributes that are not compared
#     except => sub { ... }           true for a change ({method, path, body, status, before,
#                                     after}) that is left out
#     least => 5                      a complaint if there were fewer changes
#
# Bridge::Oracle->judge(@cases) judges cases as tests/servers/scimmy/oracle.js wants them. Each call
# is one node process.
package Bridge::Oracle;
use strict;
use warnings;
use Carp qw(croak);
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp;
use JSON::PP;

my $script = abs_path(dirname(__FILE__) . '/../../servers/scimmy/oracle.js');

sub judge {
    my ($class, @cases) = @_;
    return if !@cases;
    my $json = JSON::PP->new->utf8->canonical;
    my $file = File::Temp->new(SUFFIX => '.jsonl');
    print {$file} map { $json->encode($_) . "\n" } @cases;
    close $file or croak "cannot write the cases: $!";
    my $node = $ENV{NODE} // 'node';
    my $said = `'$node' '$script' < '$file' 2>&1`;
    croak "the oracle does not work: $said" if $?;
    utf8::decode($said);
    return split /\n/, $said;
}

sub check {
    my ($class, $app, %option) = @_;
    my @changes = $app->changes;
    my @complaints;
    my $least = $option{least} // 0;
    push @complaints, scalar(@changes) . " requests to judge, not $least" if @changes < $least;
    @changes = grep { !$option{except}->($_) } @changes if $option{except};
    $_->{ignoring} = $option{ignoring} // [] for @changes;
    return (@complaints, $class->judge(@changes));
}

1;
