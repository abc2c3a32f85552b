/*
 * Approve: a human releases a held plan, or some of its ops, once; or says what became of a create
 * that nobody else can ask about.
 */
#pragma once
#include <jansson.h>

#include "run/config.h"
#include "state/state.h"

/*
 * 'plan' 0 means the only held plan. 'ops' (gint64; NULL: all) must belong to it. The next sync
 * sends exactly these ops without asking the guard again, if they are then still what is wanted.
 * Returns { "plan", "app", "ops" }; ERROR_CONFIG if there is no such held plan or op.
 */
json_t *approve_plan(const Config *config, State *state, gint64 plan, const GArray *ops,
		     GError **error);

/* What somebody saw at an application that can neither be searched nor listed. */
typedef struct {
	const char *app, *user;
	const char *id; /* of the account that was made; NULL: none was */
} Vouched;

/*
 * Ends the create of 'user' whose outcome is not known. Returns { "app", "user", "made", "id" };
 * ERROR_CONFIG if there is none, or the account is somebody else's.
 */
json_t *approve_vouched(const Config *config, State *state, const Vouched *what, GError **error);
