/*
 * Config: everything the config file says, checked and compiled: filters parsed, mappings
 * compiled, drivers chosen. Immutable after loading.
 */
#pragma once
#include "conf/conf.h"
#include "core/filter.h"
#include "core/guard.h"
#include "core/lifecycle.h"
#include "core/mapping.h"
#include "core/pattern.h"
#include "source/source.h"
#include "target/target.h"

typedef struct {
	char *name, *type, *changes;
	const SourceOps *ops;
	void *conf; /* the driver's struct */
	char *users_text, *groups_text, *disabled_text, *locked_text;
	Filter *users, *groups, *disabled; /* who is a user, a group, a disabled user */
	Filter *locked;                    /* locked out, which passes; NULL: nobody */
	char *expires;   /* attribute with the moment when an account ends; lower case, "": none */
	gint64 max_drop; /* percent of the users that one full read may lose */
	gboolean allow_empty; /* a full read without users is believed */
	GPtrArray *canaries;  /* DNs (char *) that every full read must have seen */
} SourceConfig;

/* One row of assign or exclude: it holds for whom all that it names holds; it names something. */
typedef struct {
	char *group;  /* member of it: DN or anchor; or NULL */
	char *filter; /* the entry matches; or NULL */
	Filter *compiled;
	char *ou;        /* the entry is this one or beneath: DN; or NULL */
	char *source;    /* name; NULL: any that has the group, and any that has the person */
	char *role;      /* or NULL */
	gint64 priority; /* of the role; the larger one is the more important */
	gboolean nested;
	char *place; /* "file:line", for messages */
} AssignRule;

typedef enum {
	PUSH_MANAGED,   /* what we put there is also removed */
	PUSH_ADDITIVE,  /* members are only added */
	PUSH_EXCLUSIVE, /* the members are exactly the source's: others are removed */
} PushMode;

typedef enum {
	PUSH_FLATTEN, /* members of nested groups become members */
	PUSH_DIRECT,  /* nested groups are left out */
	PUSH_KEEP,    /* nested groups that are pushed too become members as groups */
} PushNested;

typedef enum {
	PUSH_GONE_EMPTY,  /* members that we put there are removed, the group stays */
	PUSH_GONE_DELETE, /* the group is deleted, if we made it; else as above */
	PUSH_GONE_KEEP,   /* nothing is done */
} PushGone;

/* One row of groups: which source groups are pushed, and how. The first that fits a group wins. */
typedef struct {
	char *group;  /* DN or anchor; or NULL */
	char *filter; /* the group's entry matches; or NULL */
	Filter *compiled;
	char *ou;     /* the group is beneath: DN; or NULL */
	char *source; /* or NULL */
	char *name_text;
	Expr *name; /* the group's name at the target; default [cn] */
	PushMode mode;
	PushNested nested;
	PushGone gone; /* what becomes of it when the source group goes, or no rule fits any more */
	char *place;
} PushRule;

/* Whose accounts at the target are never changed by us. */
typedef struct {
	char *path;    /* target path, or "id" */
	char *value;   /* the value, without regard to case; or NULL */
	char *pattern; /* or a pattern that matches somewhere in the value; or NULL */
	Pattern *compiled;
} ProtectRule;

/* What a preset says of itself; see mappings/README.md. */
typedef struct {
	char *name, *title;
	char *type;             /* of the apps that it is for */
	char *file;             /* where it was read from */
	GPtrArray *notes;       /* char *: what an administrator must know, a sentence each */
	GPtrArray *unconfirmed; /* char *: "setting: why", recalled and not read in documents */
	GPtrArray *needs;       /* char *: "setting: what to put there", to be supplied */
} PresetConfig;

typedef struct {
	gboolean create, update, disable, delete, groups;
	gboolean password; /* the target's ways to set and reset passwords may be used */
	gboolean import;   /* never TRUE in a config that was loaded */
} AppFeatures;

typedef struct {
	char *name, *type;
	const TargetOps *ops;
	void *conf; /* the driver's struct */
	Mapping *mapping;
	GPtrArray *match; /* target paths (char *), in order, spelled as in the mapping */
	char *active;     /* path that says enabled, spelled as in the mapping; NULL: none */
	gboolean assign_all;
	GPtrArray *include;    /* AssignRule */
	GPtrArray *exclude;    /* AssignRule */
	gboolean one_role;     /* roles of equal priority are a conflict, not a choice */
	GPtrArray *precedence; /* names of sources (char *), first first: the same match key is the
				* same person, and the first source's entry is followed */
	GPtrArray *protect;    /* ProtectRule */
	GPtrArray *push;       /* PushRule */
	PresetConfig *preset;  /* or NULL */
	char *scope_text;
	Filter *scope; /* or NULL */
	LifecyclePolicy policy;
	GuardLimits limits;
	gint64 window_us;  /* over which removals of earlier runs count */
	gboolean recreate; /* an account that vanished at the target is made again */
	gboolean rehire;   /* the account of somebody deleted goes to who is made anew and fits */
	AppFeatures features;
	char *trace;        /* file for the trace decorator, or NULL */
	GPtrArray *fault;   /* rules for the fault decorator */
	char *digest;       /* of all that decides who has an account and what it looks like */
	char *settings;     /* digest of the whole group, without secrets */
	char *manner;       /* digest of how the service is spoken to */
	gint64 max_rest_us; /* longest pause after it failed as a whole; 0: it never rests */
} AppConfig;

typedef struct {
	char *state_path;
	char *token_folder; /* where drivers keep what they fetched; may not exist yet */
	GPtrArray *sources; /* SourceConfig */
	GPtrArray *apps;    /* AppConfig */
	char **attributes;  /* that sources must read: lower case, sorted, NULL-terminated */
	gint64 interval_us; /* 'run': between passes when nothing happens */
	gint64 debounce_us; /* 'run': from the first news to the pass */
	gint64 slice_us;    /* so long an app is sent to before leavers are looked for again */
	Conf *file;         /* keeps the nodes alive */
} Config;

/* Reads and checks; adds all problems to 'problems'. NULL if there is one that is no warning. */
Config *config_load(const char *path, ConfProblems *problems);

/* Frees it; NULL is fine. */
void config_free(Config *self);

/*
 * Takes the value that says enabled out of a flat resource: it belongs to the lifecycle, which
 * sends it alone, and to the guard, which counts it.
 */
void config_drop_active(const AppConfig *app, json_t *resource);

/* True for a path that people log in with: a match key, or one by which the driver matches. */
gboolean config_is_login(const AppConfig *app, const char *path);

/* By name, or NULL. */
const SourceConfig *config_source(const Config *self, const char *name);
const AppConfig *config_app(const Config *self, const char *name);

/* ERROR_CONFIG with the names that there are. Always FALSE. */
gboolean config_no_app(const Config *self, const char *name, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Config, config_free)
