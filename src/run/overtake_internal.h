/*
 * Removals that do not wait for an older request without an answer: overtake.c.
 */
#pragma once
#include "run_internal.h"

/* Whether a removal may be sent while these ops of one entry are open: its account is known. */
gboolean overtake_may(const GPtrArray *open);

/* With an open enable among them, the account that we disabled may be active. */
void overtake_suppose_enabled(const GPtrArray *open, Link *link);

/* What was approved of the open removals holds for the one that is sent now. */
gboolean overtake_give_back(State *state, const GPtrArray *open, GError **error);

/*
 * The op was answered; 'done' FALSE: nobody knows how. Ends the older open ones of its account that
 * it has made matter no more. app->overtakes FALSE: the plan has no such op.
 */
gboolean overtake_older(AppRun *app, const Op *op, gboolean done, GError **error);

/*
 * The link's shadow such that all that overtaken updates were about differs from 'wanted'. New
 * reference; NULL only if the state failed.
 */
json_t *overtake_shadow(State *state, const Link *link, const json_t *wanted, GError **error);
