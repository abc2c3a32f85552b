/* Shared by the files that load the config; see run/config.h. */
#pragma once
#include "run/config.h"

typedef struct {
	ConfProblems *problems;
	GHashTable *attributes;   /* set of names that filters and mappings read */
	const GPtrArray *sources; /* SourceConfig; complete before the first app is read */
} ConfigLoader;

/* ---- what the readers share: config_read.c ---- */

/* Parses a filter setting and notes its attributes; NULL after adding a problem. */
Filter *config_filter(ConfigLoader *loader, const ConfNode *node, const char *text);

/* The word in 'type' of an element of sources or apps. NULL after adding a problem. */
const char *config_type(ConfigLoader *loader, const ConfNode *element, const char *what);

/* A problem with the word 'node', with the one of 'known' (char *) that may be meant, and all. */
void config_refuse_word(ConfigLoader *loader, const ConfNode *node, const char *sentence,
			GPtrArray *known);

/* True for a list. FALSE for none, and after adding a problem for what is no list. */
gboolean config_list(ConfigLoader *loader, const ConfNode *node, const char *form);

/* True for a group. FALSE after adding a problem: "'what' is a group", and how to write it. */
gboolean config_is_group(ConfigLoader *loader, const ConfNode *node, const char *what,
			 const char *form);

/* Something about a column of 'text', which is shown with a caret; column 0 is about all of it. */
typedef struct {
	ConfSeverity severity;
	const char *what; /* "mapping of 'title'" */
	const char *text;
	guint column; /* in characters, from 1 */
} ConfigColumn;

void config_column(ConfigLoader *loader, const ConfNode *node, const ConfigColumn *column,
		   const char *message);

/* Adds what expr_warnings() finds as warnings. */
void config_warnings(ConfigLoader *loader, const ConfNode *node, const char *what, const char *text,
		     const Expr *expr);

/* Compiles; NULL after adding a problem. */
Pattern *config_pattern(ConfigLoader *loader, const ConfNode *node, const char *what,
			const char *text);

/* Adds a problem if there is no such source. */
void config_check_source(ConfigLoader *loader, const ConfNode *node, const char *name);

/* Adds a problem if 'text' is neither a DN nor a permanent id. */
void config_check_group(ConfigLoader *loader, const ConfNode *node, const char *text);

/* Adds a problem if 'text' is no DN. */
void config_check_ou(ConfigLoader *loader, const ConfNode *node, const char *text);

/* ---- the parts of an app, each from its settings in the app's group ---- */

/* map, map_override, constraints, match: config_map.c, config_override.c */
void config_map_load(ConfigLoader *loader, AppConfig *app, const ConfNode *group);
void config_match_load(ConfigLoader *loader, AppConfig *app, const ConfNode *group);

/* assign, exclude, scope, precedence: config_assign.c */
void config_assign_load(ConfigLoader *loader, AppConfig *app, const ConfNode *group);
void config_assign_clear(AppConfig *app);

/* groups: config_push.c */
void config_push_load(ConfigLoader *loader, AppConfig *app, const ConfNode *group);
void config_push_clear(AppConfig *app);

/* protect and preset: config_preset.c; 'preset' was filled by the table, and is emptied */
extern const Option config_preset_options[];
void config_protect_load(ConfigLoader *loader, AppConfig *app, const ConfNode *group);
/* FALSE, with a problem: the preset that the app includes is for apps of another type. */
gboolean config_preset_fits(ConfigLoader *loader, const ConfNode *group, const char *type);

void config_preset_take(ConfigLoader *loader, AppConfig *app, PresetConfig *preset,
			const ConfNode *group);
void config_preset_clear(AppConfig *app);

/* Of all settings of a group but its secrets: config_settings.c. New string. */
char *config_settings_digest(const ConfNode *group, const OptionSet *sets, gsize n_sets);

/* Of those named, which say how the service is spoken to (NULL: none). New string. */
char *config_manner_digest(const ConfNode *group, const char *const *names);

/* What is switched on, and the target cannot do by its settings: config_able.c */
void config_able_check(ConfigLoader *loader, const AppConfig *app, const ConfNode *group);

/* Reads one element of apps. NULL after adding a problem. */
AppConfig *config_app_load(ConfigLoader *loader, const ConfNode *group);

/* Frees it; NULL is fine. */
void config_app_free(AppConfig *app);

/* Releases what the option tables filled, and the struct. */
void config_driver_free(const Option *options, void *conf);
