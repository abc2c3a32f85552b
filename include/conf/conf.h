/*
 * The config file: libconfig syntax, read as a tree of nodes that know their file and line.
 *
 * All problems are collected, not only the first: ConfProblems is passed down the whole walk and
 * printed at the end. Reading goes on after a problem with the fallback value, so that one run
 * shows everything that is wrong. conf knows no driver: who owns a group passes its option tables.
 */
#pragma once
#include "conf/option.h"

typedef struct Conf Conf;
typedef struct ConfNode ConfNode; /* borrowed from its Conf; valid until conf_free() */

typedef enum {
	CONF_ADVICE, /* allowed, and hardly meant: for whoever asks for it */
	CONF_WARNING,
	CONF_PROBLEM,
} ConfSeverity;

typedef struct {
	ConfSeverity severity;
	char *file;    /* "" if there is none */
	guint line;    /* 0 for the file as a whole */
	char *message; /* never holds a secret; hints after a newline */
} ConfProblem;

typedef struct ConfProblems ConfProblems;

/* An empty list of problems. */
ConfProblems *conf_problems_new(void);

/* Frees the list and what is in it. */
void conf_problems_free(ConfProblems *self);

/* Adds one; 'node' gives file and line and may be NULL. */
void conf_problem(ConfProblems *self, ConfSeverity severity, const ConfNode *node,
		  const char *format, ...) G_GNUC_PRINTF(4, 5);

/* Adds one with a place of its own, such as a column inside an expression's text. */
void conf_problem_at(ConfProblems *self, ConfSeverity severity, const char *file, guint line,
		     const char *message);

/* How many there are of CONF_PROBLEM (not warnings). */
guint conf_problems_count(const ConfProblems *self);

/* All of them in order of file and line; ConfProblem, borrowed. */
const GPtrArray *conf_problems_list(const ConfProblems *self);

/*
 * Reads 'path' with its @include files. A relative one is looked for beside the file that includes
 * it, then in the folder of the presets (DIRBRIDGE_MAPPINGS_DIR in the environment, or what was
 * compiled in). What a group says itself, before or behind an include, wins over what it includes;
 * nested groups are merged member by member, lists taken as a whole. NULL: problems were added.
 */
Conf *conf_read(const char *path, ConfProblems *problems);

/* The folder of the presets, and the names of the files in it (char *), in order. */
const char *conf_presets(GPtrArray *names);

/* Frees the tree and its nodes. */
void conf_free(Conf *self);

/* The top group. */
const ConfNode *conf_root(const Conf *self);

typedef struct {
	const Option *table;
	void *into;
} OptionSet;

/*
 * Fills structs from one group; what the members held before is overwritten, not freed. A member
 * whose setting is absent or wrong gets its fallback, so the struct is whole whatever was wrong.
 * With group NULL everything gets its fallback, and nothing is reported as missing.
 *
 * Several sets may share a group (the common part of an app and that of its driver): a key is
 * unknown only if no set knows it. Keys in 'also' (NULL-terminated, may be NULL) are known but left
 * to the caller. Relative paths of secrets: $CREDENTIALS_DIRECTORY of systemd first, then the
 * folder of the config file.
 */
void conf_fill(const ConfNode *group, const OptionSet *sets, gsize n_sets, const char *const *also,
	       ConfProblems *problems);

/* A member of a group, or NULL. */
const ConfNode *conf_member(const ConfNode *group, const char *name);

/* Number of elements of a list, array or group; 0 for a scalar or NULL. */
guint conf_length(const ConfNode *node);

/* Element by position; NULL past the end. */
const ConfNode *conf_element(const ConfNode *node, guint index);

/* True for "{ ... }". */
gboolean conf_is_group(const ConfNode *node);

/* True for "( ... )" or "[ ... ]". */
gboolean conf_is_list(const ConfNode *node);

/* The text of a string value, or NULL if it is none. Borrowed. */
const char *conf_string(const ConfNode *node);

/* A truth value, a whole number. FALSE, and the out-parameter untouched, if it is none. */
gboolean conf_boolean(const ConfNode *node, gboolean *truth);
gboolean conf_number(const ConfNode *node, gint64 *number);

/* Appends the node and all beneath it as text; equal text means equal settings. For digests. */
void conf_append_text(const ConfNode *node, GString *text);

/* Key of this node in its group; NULL for list elements. */
const char *conf_name(const ConfNode *node);

/* Where it stands. */
const char *conf_file(const ConfNode *node);

/* Line in conf_file(), from 1. */
guint conf_line(const ConfNode *node);

/* Parses "30s", "5m", "12h", "30d", "250ms" or plain seconds. FALSE if it is none of these. */
gboolean conf_parse_duration(const char *text, gint64 *us);

/* The nearest of 'known' (char *) to a mistyped word, or NULL if none is near. Borrowed. */
const char *conf_suggest(const char *word, const GPtrArray *known);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Conf, conf_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ConfProblems, conf_problems_free)
