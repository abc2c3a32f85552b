#!/usr/bin/perl
# The checks of "make lint", each fed small trees: the bad ones must be refused with the place and
# the reason, the good ones accepted.
use strict;
use warnings;
use File::Basename;
use File::Path qw(make_path);
use File::Temp qw(tempdir);
use FindBin;
use Test::More;

my $head = "/* A file. */\n";

# Writes files { path => text } to a new folder and runs one check over it: (status, output).
sub lint {
    my ($check, %files) = @_;
    my $root = tempdir(CLEANUP => 1);
    for my $path (keys %files) {
        make_path(dirname("$root/$path"));
        open my $out, '>', "$root/$path" or die "cannot write '$path': $!";
        print $out $files{$path};
        close $out or die "cannot write '$path': $!";
        chmod 0755, "$root/$path" if $files{$path} =~ /^#!/;
    }
    my $output = `"$FindBin::Bin/check-$check" "$root" 2>&1`;
    return ($? >> 8, $output);
}

sub refuses {
    my ($check, $files, $expected, $what) = @_;
    my ($status, $output) = lint($check, %$files);
    subtest "$check refuses $what" => sub {
        is $status, 1, 'status';
        like $output, $expected, 'says where and why';
    };
    return;
}

sub accepts {
    my ($check, $files, $what) = @_;
    my ($status, $output) = lint($check, %$files);
    is "$status $output", '0 ', "$check accepts $what";
    return;
}

# Whether a program that "make lint" needs is here; "make check" does not install them.
sub have {
    my ($tool) = @_;
    return grep { -x "$_/$tool" } split /:/, $ENV{PATH};
}

# layers
refuses('layers', { 'src/core/a.c' => "$head#include \"state/store.h\"\n" },
    qr{^src/core/a\.c:2: core \(rank 2\) includes 'state/store\.h'}, 'an include upwards');
refuses('layers', { 'include/target/a.h' => "$head#include \"source/sink.h\"\n" },
    qr{^include/target/a\.h:2: .*sibling}, 'an include sideways');
refuses('layers', { 'src/core/a.c' => "$head#include \"conf/conf.h\"\n" },
    qr{core is pure}, 'conf in core');
refuses('layers', { 'src/run/a.c' => "$head#include \"../state/b_internal.h\"\n" },
    qr{internal header}, 'an internal header of another folder');
refuses('layers', { 'include/run/a.h' => "$head#include \"b_internal.h\"\n" },
    qr{internal header}, 'an internal header in a public one');
refuses('layers', { 'src/core/a.c' => "$head#include \"dn.h\"\n" },
    qr{folder/header}, 'a header without its folder');
refuses('layers', { 'src/extra/a.c' => $head }, qr{no known folder}, 'an unknown folder');
accepts('layers', {
    'src/run/a.c' => "$head#include \"run/a.h\"\n#include \"state/b.h\"\n#include \"base/c.h\"\n"
        . "#include <glib.h>\n/*\n#include \"cli/x.h\"\n*/\n",
    'src/state/b.c' => "$head#include \"state_internal.h\"\n",
    'src/state/state_internal.h' => $head,
}, 'includes downwards');

# homes
for my $case (['ldap.h', 'src/run/a.c'], ['curl/curl.h', 'src/target/target_scim.c'],
    ['sqlite3.h', 'src/run/a.c'], ['libconfig.h', 'include/conf/conf.h'],
    ['lber.h', 'include/source/a.h'])
{
    my ($header, $path) = @$case;
    refuses('homes', { $path => "$head#include <$header>\n" },
        qr{^\Q$path\E:2: <\Q$header\E> lives}, "$header in $path");
}
accepts('homes', {
    'src/source/ldap_handle.c' => "$head#include <ldap.h>\n",
    'src/target/http.c' => "$head#include <curl/curl.h>\n",
    'src/target/http_internal.h' => "$head#include <curl/curl.h>\n",
    'src/state/store.c' => "$head#include <sqlite3.h>\n",
    'src/conf/conf.c' => "$head#include <libconfig.h>\n",
}, 'libraries at home');

# banned
for my $call ('strcpy(a, b)', 'sprintf(a, "x")', 'strtok(a, b)', 'atoi(a)', 'system("x")',
    'malloc(1)', 'strdup(a)', 'free(a)', 'printf("x")', 'fputs("x", stdout)', 'g_print("x")',
    'time(NULL)', 'g_get_real_time()', 'ldap_sync_init(a, b)', 'setjmp(a)', 'goto again')
{
    refuses('banned', { 'src/run/a.c' => "${head}static void f(void)\n{\n\t$call;\n}\n" },
        qr{^src/run/a\.c:4: }, $call);
}
accepts('banned', {
    'src/run/a.c' => "${head}static void f(void)\n{\n\tg_free(a);\n\tops->free(a);\n"
        . "\t/* lint: free */\n\tfree(b);\n\tg_strdup_printf(\"printf(1)\");\n\tx.time(NULL);\n"
        . "\t/* strcpy(a, b) */\n\tgoto out;\nout:\n\tfprintf(stderr, \"x\");\n}\n",
    'src/cli/a.c' => "${head}static void f(void)\n{\n\tprintf(\"x\");\n}\n",
    'src/base/clock.c' => "${head}static void f(void)\n{\n\tclock_gettime(0, &t);\n}\n",
}, 'what only looks like one, and what is allowed in its place');

# purity
refuses('purity', { 'src/core/a.c' => "$head#include <stdio.h>\n" }, qr{:2: core includes},
    'stdio in core');
refuses('purity', { 'include/core/a.h' => "$head#include \"base/clock.h\"\n" },
    qr{:2: core includes}, 'the clock in core');
for my $call ('g_getenv("X")', 'clock_now_us()', 'g_random_int()', 'g_warning("x")', 'open("x", 0)')
{
    refuses('purity', { 'src/core/a.c' => "${head}static void f(void)\n{\n\t$call;\n}\n" },
        qr{:4: core calls}, "$call in core");
}
accepts('purity', {
    'src/core/a.c' => "$head#include \"base/json.h\"\nstatic void f(void)\n{\n\tx->open(1);\n}\n",
    'src/run/a.c' => "${head}static void f(void)\n{\n\tclock_now_us();\n}\n",
}, 'a pure core and an impure run');

# drivers
my $driver = "static bool f(void)\n{\n\treturn true;\n}\n\n"
    . "const SourceOps source_x = {\n\t.open = f,\n};\n";
refuses('drivers', { 'src/source/source_x.c' => "$head$driver\nbool g(void)\n{\n\treturn 1;\n}\n" },
    qr{^src/source/source_x\.c:\d+: .*source_x, g: make 'g' static}, 'a second symbol');
refuses('drivers', { 'src/target/target_x.c' => "${head}static int x;\n" }, qr{exports none},
    'no symbol');
accepts('drivers', { 'src/source/source_x.c' => "${head}static bool f(void);\n$driver" },
    'one symbol');

# globals
for my $variable ('static int counter;', 'int counter = 1;', 'static const char *n[] = { "a" };',
    'static __thread GString *context;', 'static void (*hook)(void);')
{
    refuses('globals', { 'src/run/a.c' => "$head$variable\n" }, qr{^src/run/a\.c:2: }, $variable);
}
refuses('globals',
    { 'src/run/a.c' => "${head}static void f(void)\n{\n\tstatic gsize once = 0;\n}\n" },
    qr{^src/run/a\.c:4: 'once'}, 'a static local');
accepts('globals', { 'src/run/a.c' => $head . <<'END' }, 'constants, types and explained state');
static const int n = 1;
static const char *const names[] = {
	"a",
};
extern const SourceOps source_x;
const SourceOps *const all[] = { &source_x, NULL };
/* lint: state: the countdown of a test */
static int countdown;
typedef struct {
	int x;
} Thing;
struct Other {
	int y;
};
typedef void (*Fn)(int);
static int f(int a);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Thing, thing_free)
static const struct {
	int a;
} table[] = {
	{ 1 },
};
enum { A, B };
static int f(int a)
{
	static const int b[] = { 1 };
	return b[a];
}
END

# budgets
refuses('budgets', { 'src/run/a.c' => "${head}void f(void)\n{\n" . "\tg();\n" x 118 . "}\n" },
    qr{^src/run/a\.c:2: 'f' has 121 lines}, 'a long function');
refuses('budgets', { 'src/run/a.c' => $head . "\n" x 1000 }, qr{:1001: 1001 lines}, 'a long file');
refuses('budgets', { 'include/run/a.h' => $head . "\n" x 250 }, qr{:251: 251 lines},
    'a long header');
my $inner = "if (a) {\n" x 5 . "}\n" x 5;
refuses('budgets', { 'src/run/a.c' => "${head}void f(void)\n{\n$inner}\n" },
    qr{'f' nests 6 deep}, 'deep nesting');
my $long = join "\n", map { "void f$_(void)\n{\n" . "\tg();\n" x 20 . "}\n" } 1 .. 10;
refuses('budgets', { 'src/run/a.c' => "$head$long" }, qr{median 23 lines}, 'a high median');
accepts('budgets', {
    'src/run/a.c' => "${head}void f(void)\n{\n\tThing x = { { { { { 1 } } } } };\n"
        . "\tg();\n" x 116 . "}\n",
}, 'what is within bounds');

# docs
refuses('docs', { 'include/run/a.h' => "$head#pragma once\n\nvoid f(int a);\n" },
    qr{^include/run/a\.h:4: 'f' has no comment}, 'a prototype without a contract');
refuses('docs', { 'src/run/a.c' => "#include <glib.h>\n" }, qr{:1: .*say what it is for},
    'a file without a head');
accepts('docs', { 'include/run/a.h' => $head . <<'END' }, 'contracts before and behind');
#pragma once

/* F and g. */
void f(int a,
       int b);
int *g(void);

int h(void); /* H. */
typedef struct A A;
typedef int (*Fn)(void);
extern const A all;
END

# text
refuses('text', { 'a.c' => "int a; \n" }, qr{^a\.c:1: blanks at the end}, 'trailing blanks');
refuses('text', { 'a.c' => "\t" x 12 . "a = 1;\n" }, qr{102 columns}, 'a long line');
refuses('text', { 'a.md' => "no end" }, qr{no newline}, 'a missing newline');
refuses('text', { 'a.sh' => "a\r\n" }, qr{carriage return}, 'a carriage return');
accepts('text', { 'a.c' => '/* ' . "\xc3\xa4" x 94 . " */\n", 'b.md' => 'a' x 200 . "\n",
    'node_modules/a.c' => "a \n" }, 'characters of several bytes, long prose, foreign files');

# scripts
refuses('scripts', { 'tests/a.t' => "#!/usr/bin/perl\nuse strict;\n\$x = 1;\n" },
    qr{^tests/a\.t:3: .*\$x}, 'perl that does not compile');
SKIP: {
    skip 'no shellcheck here', 2 if !have('shellcheck');
    refuses('scripts', { 'packaging/a' => "#!/bin/sh\nx=1\necho \$1 [ \$x ]\n" },
        qr{^packaging/a:3: .*SC2086}, 'careless shell');
    accepts('scripts', { 'packaging/a' => "#!/bin/sh\necho \"\$1\"\n",
        'tests/a.t' => "#!/usr/bin/perl\nuse strict;\n", 'tests/A.pm' => "package A;\n1;\n" },
        'careful scripts');
}

# format
SKIP: {
    skip 'no clang-format here', 2 if !have('clang-format');
    my $style = do {
        local (@ARGV, $/) = ("$FindBin::Bin/../../.clang-format");
        <>;
    };
    refuses('format', { '.clang-format' => $style, 'src/run/a.c' => "int  a;\n" },
        qr{^src/run/a\.c:1:\d+: not formatted}, 'another style');
    accepts('format', { '.clang-format' => $style, 'src/run/a.c' => "int a;\n" }, 'our style');
}

# The runner adds them up.
my $empty = tempdir(CLEANUP => 1);
my $output = `"$FindBin::Bin/run" "$empty" 2>&1`;
my $passed = $? == 0 || !have('clang-format') || !have('shellcheck');
ok $passed, 'the runner accepts an empty tree' or diag $output;
make_path("$empty/src/extra");
open my $out, '>', "$empty/src/extra/a.c" or die;
close $out;
$output = `"$FindBin::Bin/run" "$empty" 2>&1`;
is $? >> 8, 1, 'the runner fails when a check fails';
like $output, qr{^layers\s+FAILED\n\s+src/extra/a\.c:1: }m, 'and shows the finding';

done_testing;
