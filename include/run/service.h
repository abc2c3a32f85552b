/*
 * Service: the same pass again and again, whenever there is a reason for one.
 */
#pragma once
#include "base/log.h"
#include "run/config.h"
#include "run/result.h"
#include "state/state.h"

typedef struct {
	/* Loads the config anew (SIGHUP). NULL: its problems were shown, and the old one stays. */
	Config *(*load)(void *data);

	/* Shows what a pass did. 'news' FALSE: nothing that was not so after the last one. */
	void (*report)(const Config *config, State *state, const Result *result, gboolean news,
		       void *data);

	void *data;
	LogLevel level;      /* of what the service itself says */
	LogLevel pass_level; /* of what is said inside of a pass */
} ServiceHooks;

/*
 * Works until SIGTERM or SIGINT, which let a pass in hand end; takes the config, and frees it. The
 * state is held during passes only. FALSE if it failed (FATAL), does not fit the config (CONFIG),
 * or has a service already (REFUSED).
 */
gboolean service_run(Config *config, const ServiceHooks *hooks, GError **error);
