# Bridge::Scimmy - starts the real SCIM 2.0 application (npm scimmy) and lets a test look inside.
#
#     my $app = Bridge::Scimmy->new;          # options: token, basic => 'user:password', log => 0
#     $app->url, token                        for the config, or whole:
#     $app->app(name => 'zoom', ...)          the app for Bridge::Run's write_config
#     $app->users, groups                     resources in order of creation
#     $app->user('bob')                       one by userName, or undef
#     $app->requests                          [{time, method, path, status, body}, ...]
#     $app->writes                            those that are not GET
#     $app->changes                           PATCH requests and searches, for Bridge::Oracle
#     $app->forget                            forgets the requests, not the data
#     $app->stop, start, kill9                the data survives each of them
#     $app->request('POST', '/Users', {...})  as another client: {status, headers, content, json}
#
# users, groups and requests read the server's files: they are no requests themselves, and work
# while it is stopped.
package Bridge::Scimmy;
use strict;
use warnings;
use parent 'Bridge::Node';
use Carp qw(croak);
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use JSON::PP;

my $folder = abs_path(dirname(__FILE__) . '/../../servers/scimmy');

sub new {
    my ($class, %option) = @_;
    croak "scimmy is not installed: run 'npm ci' in tests/servers/scimmy"
        if !-d "$folder/node_modules/scimmy";
    return $class->SUPER::new(log => 1, %option, script => 'scimmy/server.js');
}

sub start {
    my ($self) = @_;
    $self->{env} = {
        SCIM_STATE => "$self->{dir}/state",
        SCIM_LOG => $self->{log} ? "$self->{dir}/log" : undef,
        SCIM_LOG_BODIES => 1,
        SCIM_CHANGES => "$self->{dir}/changes",
    };
    $self->SUPER::start;
    return;
}

sub _lines {
    my ($path) = @_;
    open my $file, '<', $path or return;
    return map { decode_json($_) } grep {/\n\z/} <$file>;
}

sub _resources {
    my ($self, $type) = @_;
    my (%resource, @order);
    for my $change (grep { $_->{type} eq $type } _lines("$self->{dir}/state")) {
        my $id = $change->{id};
        push @order, $id if !exists $resource{$id};
        $resource{$id} = $change->{resource};
    }
    return grep {$_} map { $resource{$_} } @order;
}

sub users { return $_[0]->_resources('User') }
sub groups { return $_[0]->_resources('Group') }

sub user {
    my ($self, $name) = @_;
    my ($user) = grep { lc $_->{userName} eq lc $name } $self->users;
    return $user;
}

sub requests {
    my ($self) = @_;
    return [ _lines("$self->{dir}/log") ];
}

sub changes {
    my ($self) = @_;
    my @changes = _lines("$self->{dir}/changes");
    truncate "$self->{dir}/changes", 0;
    return @changes;
}

sub writes {
    my ($self) = @_;
    return [ grep { $_->{method} ne 'GET' } @{ $self->requests } ];
}

sub forget {
    my ($self) = @_;
    truncate "$self->{dir}/log", 0;
    return;
}

1;
