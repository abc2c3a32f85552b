/*
 * Standing of one person at one app, worked out from groups and rules. Used by assign.c for
 * everybody who was touched and by explain.c for one.
 */
#pragma once
#include <jansson.h>

#include "core/account_status.h"
#include "run/config.h"
#include "state/state.h"
#include "state/view.h"

typedef struct Rules Rules;

/* What the rules of one app say about one person. */
typedef struct {
	gboolean included; /* some include rule holds, whatever else does */
	Standing standing; /* UNASSIGNED if not included */
	json_t *reason;    /* see src/state/README.md; NULL if nothing is known to say */
} RulesVerdict;

/* Makes the rules of all apps ready, to judge as of 'now_us': groups are looked up. */
Rules *rules_new(const Config *config, State *state, gint64 now_us, GError **error);

/* Frees it; NULL is fine. */
void rules_free(Rules *self);

/*
 * Why the rules of the app (index in config->apps) cannot be used, or NULL: a group is missing, or
 * an attribute was not read of everybody yet.
 */
const char *rules_problem(const Rules *self, guint app);

/* Digest of an app's rules, the groups that they resolved to, and who is disabled. New string. */
char *rules_digest(const Rules *self, guint app);

/* Takes up a person: finds all groups above it, direct and nested. */
gboolean rules_person(Rules *self, const ViewEntry *person, GError **error);

/* The verdict of one app on the person taken up. 'out' is the caller's to release (reason). */
gboolean rules_judge(Rules *self, guint app, RulesVerdict *out, GError **error);

/*
 * The groups above the person taken up, nearest first: the one at 'index', and whether the person
 * is its member directly. FALSE: there are no more.
 */
gboolean rules_above(const Rules *self, guint index, gint64 *group, gboolean *direct);

/* Whether a person's account is enabled by its source's rules, and until when. */
AccountStatus rules_status(const Rules *self, const ViewEntry *person);

/* [lockedOut] of a person by its source's rules. */
gboolean rules_locked_out(const Rules *self, const ViewEntry *person);

/* The name of an entry's source, "?" if the config does not have it. */
const char *rules_source(const Rules *self, const ViewEntry *entry);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Rules, rules_free)
