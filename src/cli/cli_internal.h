/*
 * What the commands share: the parsed command line, output, and the table of commands.
 */
#pragma once
#include <jansson.h>

#include "base/log.h"
#include "run/config.h"
#include "run/result.h"
#include "state/state.h"

/* Exit codes, a contract with the users. */
enum {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_PARKED = 3,
	EXIT_HELD = 4,
	EXIT_CHANGES = 5,
};

typedef struct {
	const char *config_path;
	gboolean json;
	gboolean colour;    /* standard output is a terminal */
	LogLevel log_level; /* as the options ask */
} Cli;

typedef struct {
	const char *name;
	const char *arguments; /* "USER [--app A]" */
	guint words;           /* at most so many behind the command's name, options not counted */
	const char *summary;   /* one line for --help */
	/* Runs with the arguments behind the command's name; returns the exit code. */
	int (*run)(Cli *cli, int argc, char **argv);
} Command;

extern const Command command_check;
extern const Command command_plan;
extern const Command command_sync;
extern const Command command_run;
extern const Command command_status;
extern const Command command_approve;
extern const Command command_explain;
extern const Command command_eval;
extern const Command command_coverage;
extern const Command command_presets;
extern const Command command_render;
extern const Command command_probe;

/* All commands, ended by NULL. */
extern const Command *const commands[];

/* ---- cli.c ---- */

/*
 * Parses the options of a command; what is left are its arguments, and no more of them than the
 * command takes. FALSE: the problem was shown.
 */
gboolean cli_options(const Command *command, GOptionEntry *entries, int *argc, char ***argv);

/* Loads the config and shows its problems. NULL: exit with EXIT_USAGE. */
Config *cli_config(Cli *cli);

/* The same; the problems are appended to 'rows' as well. */
Config *cli_config_noting(Cli *cli, json_t *rows);

/*
 * Opens the state, for writing with some seconds of patience. NULL: the problem was shown; exit
 * with EXIT_FAILED.
 */
State *cli_state(const Config *config, StateMode mode);

/* Shows an error with its hints; returns the exit code that fits it. */
int cli_fail(const GError *error);

/* ---- report.c ---- */

/* Prints what a pass did and who is parked; returns the exit code that fits it. */
int report_show(const Cli *cli, const Config *config, State *state, const Result *result);

/* ---- print.c ---- */

/* A document as indented JSON, or as one line. */
void print_json(const json_t *document);
void print_json_line(const json_t *document);

/* A heading of the text output, bold on a terminal. */
void print_heading(const Cli *cli, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* One line of text, indented by 'indent'; newlines inside are indented further. */
void print_text(int indent, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* "" for one, else "s". */
const char *print_plural(gint64 count);

/* "3 create, 1 disable" from an object of counts; "nothing" if empty. New string. */
char *print_counts(const json_t *counts);

/* A JSON value as people read it: text in quotes, "(none)" for NULL. New string. */
char *print_value(const json_t *value);

/* Why somebody has or lost an app, from a stored reason: 'group "zoom" > "sales"'. New string. */
char *print_reason(const char *standing, const json_t *reason);

/* A parked object of a status report: whom, why, and when it is tried again. */
void print_parked(const char *heading, const json_t *parked);

/* The labels of members, the first ones and how many more; new string. */
char *print_names(const json_t *members);

/* Changes, one a line: path: old -> new. */
void print_changes(int indent, const json_t *changes);

/* A flat resource, one attribute a line. */
void print_resource(int indent, const json_t *resource);
