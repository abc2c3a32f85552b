/*
 * Resolve: the rules of an app with the groups and OUs that they name, as they are in the view now.
 */
#pragma once
#include "run/config.h"
#include "state/state.h"

typedef struct {
	const AssignRule *rule;
	gint64 group; /* row id in the view; 0: not found, or it names none */
	char *ou;     /* normalised; NULL: it names none */
} ResolvedRule;

typedef struct {
	const AppConfig *config;
	GArray *include, *exclude; /* ResolvedRule */
	char *problem;             /* why the rules cannot be used, or NULL */
} AppRules;

typedef struct {
	const Config *config;
	State *state;
	char *unread;        /* why no app can be planned: facts without an attribute; or NULL */
	GHashTable *unseen;  /* set of names of sources that were never read completely */
	GHashTable *sources; /* source id (gint64 *) -> const SourceConfig */
} Resolver;

/* Fills 'unread', 'unseen' and 'sources', which must be there, empty. */
gboolean resolve_sources(Resolver *self, GError **error);

/* Looks up what the rules of an app name. FALSE only if the state failed. */
gboolean resolve_app(const Resolver *self, const AppConfig *config, AppRules *app, GError **error);

/* Frees what it holds. */
void app_rules_clear(AppRules *app);

/* Appends all that decides whom the rules of an app hold for, and with which roles. */
void resolve_digest(const Resolver *self, const AppRules *app, GString *text);
