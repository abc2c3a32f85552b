/*
 * Eval: one expression on one person, to try a mapping before it is written down. Coverage: all
 * mappings of an app on everybody, to see how the directory fills them. Both read the state only.
 */
#pragma once
#include <jansson.h>

#include "run/config.h"
#include "state/state.h"

/*
 * 'user' as of explain_person(); 'app' gives the roles and the account that the expression may look
 * at, NULL: the only app, or none. The document:
 *	{ "expression", "person": DN, "type": value_type_name(), "value",
 *	  "problem"    it could not be evaluated for this person; then without type and value
 *	  "unread"     [ attributes that the source was not read with ],
 *	  "warnings"   [ sentences ] }
 * ERROR_CONFIG if the expression is wrong (with a caret), or nobody or several are called so.
 */
json_t *eval_expression(const Config *config, State *state, const char *expression,
			const char *user, const char *app, GError **error);

/*
 * The document:
 *	{ "app", "people": everybody living, "with_app": those who have the app,
 *	  "rows": [ { "to", "from", "required", "all": COUNTS, "with_app": COUNTS } ],
 *	  "match": [ { "path", "duplicates": people of those with the app who share a value,
 *	               "example": a value } ] }
 * COUNTS: { "filled", "null", "empty", "failed", "example": a reason why one failed }.
 */
json_t *coverage_of(const Config *config, State *state, const char *app, GError **error);
