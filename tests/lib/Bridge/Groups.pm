# Bridge::Groups - what was sent about groups, and what an application holds of them, in words.
#
#     members_of($app, 'sales')       userNames and names of groups, in order, each once (scimmy
#                                     keeps one twice that was added twice); undef: no such group
#     group_of($app, 'sales')         the resource with that displayName, or undef
#     group_writes($app)              since forget, a text for each request that writes:
#         'create sales'                  POST /Groups; ' with members' if it has some
#         'sales + ann bob'               a PATCH that adds them, in one operation
#         'sales - ann - bob'             one that removes them, each by a filter
#         'sales -- ann bob'              ... by a list of values
#         'sales -- (nested) ann'         ... by an object with that list
#         'sales all ann bob'             the whole list is sent, by PATCH or PUT
#         'rename vendors'                to this name
#         'delete sales'
#         'POST /Users'                   what is not about groups
#
# $app is a Bridge::Scimmy or Bridge::Misbehaving. Ids of what is not there any more are 'gone'.
package Bridge::Groups;
use strict;
use warnings;
use Exporter qw(import);
use List::Util qw(uniq);

our @EXPORT = qw(members_of group_of group_writes);

sub _names {
    my ($app) = @_;
    return { map { $_->{id} => $_->{userName} // $_->{displayName} } $app->users, $app->groups };
}

sub group_of {
    my ($app, $name) = @_;
    my ($group) = grep { $_->{displayName} eq $name } $app->groups;
    return $group;
}

sub members_of {
    my ($app, $name) = @_;
    my $group = group_of($app, $name) or return;
    my $names = _names($app);
    return [ sort { $a cmp $b } uniq map { $names->{ $_->{value} } // 'gone' }
            @{ $group->{members} // [] } ];
}

sub _listed {
    my ($names, $list) = @_;
    return join ' ', sort map { $names->{ $_->{value} } // 'gone' } @$list;
}

sub _operation {
    my ($names, $operation) = @_;
    my ($op, $path, $value) = @$operation{qw(op path value)};
    my $nested = ref $value eq 'HASH' ? $value->{members} : undef;
    my $sign = { add => '+', remove => '--', replace => 'all' }->{ lc $op };
    return "rename $value" if ($path // '') eq 'displayName';
    return '- ' . ($names->{$1} // 'gone') if $path =~ /^members\[value eq "(.*)"\]$/;
    return "$sign (nested) " . _listed($names, $nested) if $nested;
    return "$sign " . _listed($names, $value // []);
}

sub _group_request {
    my ($names, $request) = @_;
    my $body = $request->{body};
    return "create $body->{displayName}" . ($body->{members} ? ' with members' : '')
        if $request->{method} eq 'POST';
    my ($id) = $request->{path} =~ m{/Groups/([^/?]+)};
    my $group = $names->{$id} // 'gone';
    return "delete $group" if $request->{method} eq 'DELETE';
    return "$group all " . _listed($names, $body->{members} // []) if $request->{method} eq 'PUT';
    my $text = join ' ', map { _operation($names, $_) } @{ $body->{Operations} };
    return $text =~ /^rename/ ? $text : "$group $text";
}

sub group_writes {
    my ($app) = @_;
    my $names = _names($app);
    my @texts;
    for my $request (@{ $app->writes }) {
        my $path = $request->{path} =~ s{^/scim/v2}{}r =~ s{(/Users/)([^/?]+)}{$1 .
            ($names->{$2} // 'gone')}er;
        push @texts, $path =~ m{^/Groups} ? _group_request($names, $request)
            : "$request->{method} $path";
    }
    return \@texts;
}

1;
