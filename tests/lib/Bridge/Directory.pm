# Bridge::Directory - what the test directories have in common: changing and reading them by the
# tools of OpenLDAP, and a folder that goes with them.
#
#     $server->modify("dn: ...\nchangetype: modify\nreplace: sn\nsn: x\n")
#                                         as root; dies if it is refused; without any changetype
#                                         the entries are added
#     $server->delete($dn, ...)
#     $server->modrdn($dn, 'ou=New', $parent)    the new parent may be left out
#     $server->set($dn, title => 'x', 'y')       replaces; without values removes
#     $server->search('(uid=bob)', 'mail', '+')
#                                         a list of {dn => ..., mail => [...]}, names in lower
#                                         case; (base => ..., scope => ...) may come first
#
# A server inherits from this, keeps its files in $self->{dir} and says in _as_root with which
# switches the tools reach it as an administrator, in _tool_env in which environment. It may turn
# a binary value into text in _decode.
package Bridge::Directory;
use strict;
use warnings;
use Bridge::Process qw(read_file);
use Carp qw(croak);
use File::Path qw(remove_tree);
use MIME::Base64 qw(decode_base64 encode_base64);

# Settings of this machine must not reach the tools.
sub _tool_env { return (LDAPNOINIT => 1) }

sub modify {
    my ($self, $ldif, @switches) = @_;
    my $file = "$self->{dir}/change.ldif";
    $self->_write($file, $ldif);
    my @add = $ldif =~ /^changetype:/mi ? () : '-a';
    $self->_tool('ldapmodify', @add, $self->_as_root, @switches, '-f', $file);
    return;
}

sub delete {    ## no critic: what it does
    my ($self, @dns) = @_;
    $self->_tool('ldapdelete', $self->_as_root, @dns);
    return;
}

sub modrdn {
    my ($self, $dn, $rdn, $parent) = @_;
    $self->modify(_line(dn => $dn)
            . "changetype: modrdn\n"
            . _line(newrdn => $rdn)
            . "deleteoldrdn: 1\n"
            . (defined $parent ? _line(newsuperior => $parent) : ''));
    return;
}

sub set {
    my ($self, $dn, $name, @values) = @_;
    $self->change($dn, 'replace', $name, @values);
    return;
}

# One change of one attribute: 'add', 'delete' or 'replace'.
sub change {
    my ($self, $dn, $verb, $name, @values) = @_;
    $self->modify(_line(dn => $dn)
            . "changetype: modify\n$verb: $name\n"
            . join('', map { _line($name => $_) } @values));
    return;
}

# A line of LDIF; what LDIF cannot say in clear text in base64.
sub _line {
    my ($name, $value) = @_;
    utf8::encode($value) if utf8::is_utf8($value);
    return "$name: $value\n" if $value =~ /\A[!-9;=-~][!-~]*(?: [!-~]+)*\z/;
    return "${name}:: " . encode_base64($value, '') . "\n";
}

# ([base => $dn, scope => 'sub'|'one'|'base',] filter, attributes...)
sub search {
    my ($self, @args) = @_;
    my %where = (base => $self->base_dn, scope => 'sub', switches => []);
    %where = (%where, splice @args, 0, 2) while @args && exists $where{ $args[0] };
    my $text = $self->_tool(
        'ldapsearch', '-LLL', '-o', 'ldif_wrap=no',
        $self->_as_root, @{ $where{switches} },
        '-b', $where{base}, '-s', $where{scope}, @args
    );
    return map { $self->_entry($_) } grep {/^dn:/m} split /\n\n+/, $text;
}

# The entry itself.
sub entry {
    my ($self, $dn, @attributes) = @_;
    my ($entry) = $self->search(base => $dn, scope => 'base', '(objectClass=*)', @attributes);
    return $entry;
}

sub _entry {
    my ($self, $text) = @_;
    my %entry;
    while ($text =~ /^([^:\n#][^:\n]*)(::?) ?(.*)$/mg) {
        my ($name, $value) = (lc $1, $2 eq '::' ? decode_base64($3) : $3);
        push @{ $entry{$name} }, $self->_decode($name, $value);
    }
    $entry{dn} = $entry{dn}[0];
    return \%entry;
}

sub _decode {
    my ($self, $name, $value) = @_;
    utf8::decode($value);
    return $value;
}

# Runs a tool and returns its stdout; dies with what it said.
sub _tool {
    my ($self, @command) = @_;
    my ($out, $err) = map {"$self->{dir}/tool.$_"} qw(out err);
    unlink $out, $err;
    my $process = Bridge::Process->new(
        command => \@command,
        out => $out,
        err => $err,
        env => { $self->_tool_env }
    );
    $process->wait;
    my $said = read_file($out);
    croak "$command[0] failed: " . read_file($err) . $said if $process->status != 0;
    return $said;
}

sub _write {
    my ($self, $path, $text) = @_;
    utf8::encode($text) if utf8::is_utf8($text);
    open my $file, '>', $path or croak "$path: $!";
    print {$file} $text;
    close $file or croak "$path: $!";
    return;
}

sub pid { return $_[0]{process} && $_[0]{process}->pid }
sub stop { $_[0]{process}->stop('TERM'); return }
sub kill9 { $_[0]{process}->kill9; return }
sub pause { $_[0]{process}->signal('STOP'); return }
sub resume { $_[0]{process}->signal('CONT'); return }
sub log_text { return read_file("$_[0]{dir}/log") }

sub DESTROY {
    my ($self) = @_;
    return if $self->{owner} != $$;
    local ($?, $!, $@);
    $self->kill9 if $self->{process};
    delete $self->{process};
    remove_tree($self->{dir}) if $self->{dir} && -d $self->{dir};
    return;
}

1;
