/*
 * What the files of conf/ share: the assembled text, the tree over it, and small helpers.
 *
 * A ConfNode is a config_setting_t by another name; nobody outside this folder sees libconfig.
 */
#pragma once
#include <libconfig.h>

#include "base/secret.h"
#include "conf/conf.h"

/* What the name of the group begins with that holds a file included inside of a group. */
#define CONF_LAYER "*include"

/* Where a line of the assembled text comes from. */
typedef struct {
	const char *file;
	guint line;
	gsize offset; /* of the line in the assembled text */
} ConfPlace;

/* The config file with its includes put in, and for each line its place. */
typedef struct {
	GString *text;
	GPtrArray *files; /* char *, each once for each time it was read */
	GArray *places;   /* ConfPlace for line 1, 2, ... of the text */
} ConfText;

struct Conf {
	config_t config; /* first: a node finds its Conf through config_setting_t.config */
	ConfText *text;
	char *folder;      /* of the config file */
	const Option *top; /* the table by which the top level was filled last, or NULL */
};

/* Reads 'path' and what it includes. NULL: problems were added (and all of them). */
ConfText *conf_text_read(const char *path, ConfProblems *problems);

/* Frees text and places. */
void conf_text_free(ConfText *self);

/* Where a line of the text comes from; lines out of range give the nearest one. */
ConfPlace conf_text_place(const ConfText *self, guint line);

/* The line of a text in a list; libconfig's 'line' for it is that of the token behind it. */
guint conf_text_element_line(const ConfText *self, guint line);

/* The file that '@include "name"' in the file 'including' means, there or not. New string. */
char *conf_include_find(const char *name, const char *including);

/* The preset that may be meant by the name of a file that is not there. New string, or NULL. */
char *conf_include_hint(const char *name);

/* Puts what groups include beneath what they say themselves; see layer.c. */
void conf_merge_layers(Conf *self, ConfProblems *problems);

/* What is probably wrong where libconfig stopped at 'line' of the text. New string, or NULL. */
char *conf_hint(const ConfText *text, guint line);

/*
 * The file that a setting means by 'name': itself if that is absolute, else systemd's credential of
 * this name (*is_credential, may be NULL), else the file beside the config. New string.
 */
char *conf_locate(const ConfNode *node, const char *name, gboolean *is_credential);

/* The Conf that a node belongs to. */
const Conf *conf_of(const ConfNode *node);

/* Keeps the table of the top level with the file. */
void conf_note_top(const ConfNode *root, const Option *table);

/* libconfig's view of a node. */
const config_setting_t *conf_setting(const ConfNode *node);

/* The tables of a group that is being filled, and of those around it that are too. */
typedef struct ConfLevel ConfLevel;
struct ConfLevel {
	const OptionSet *sets;
	gsize n_sets;
	const ConfLevel *around; /* or NULL */
};

/* Where a setting that the group does not know is known: a remark. New string, or NULL. */
char *conf_elsewhere(const ConfNode *group, const ConfLevel *level, const char *name);

/* "text in quotes", "a whole number", ...: what a node is. Never its value: it may be a secret. */
const char *conf_kind(const ConfNode *node);

/* Reads a secret given as <name>, <name>_file or <name>_env in 'group'; NULL if there is none. */
Secret *conf_secret(const ConfNode *group, const Option *option, ConfProblems *problems);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ConfText, conf_text_free)
