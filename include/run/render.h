/*
 * Render: the requests that an app would be sent for one person or group, exactly as they would go
 * out, without sending them. For whoever writes the definition of a custom API. Reads the state
 * only.
 */
#pragma once
#include <jansson.h>

#include "run/config.h"
#include "state/state.h"

typedef struct {
	const char *app;
	const char *operation; /* one that TargetOps.operations names; NULL: all, in their order */
	const char *user;      /* as of explain_person(); or NULL */
	const char *group;     /* name of a pushed group there, or its DN; or NULL */
	const char *member;    /* as 'user': who comes into the group, or leaves it; or NULL */
} RenderQuery;

/*
 * The document:
 *	{ "app", "person": DN, "group": name, "member": DN,   as far as they were asked for
 *	  "notes": [ sentences: what is shown otherwise than it would be done now ],
 *	  "requests": [ { "operation", "step", "method", "url", "headers", "body", "note" } ] }
 * as TargetOps.render() makes them. An operation for which nothing can be sent is one element with
 * "problem" in place of a request. Secrets are masked. Of all operations, those that need somebody
 * who was not named are left out, with a note. ERROR_CONFIG: the app's type has no such thing, the
 * operation is none of the app's or needs somebody else, nobody or several are called so.
 */
json_t *render_requests(const Config *config, State *state, const RenderQuery *query,
			GError **error);
