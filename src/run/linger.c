/*
 * Linger: creates that may show only later.
 *
 *	answered 2xx without saying which account, or before the work was done
 *	sent, and not answered in time                                          --> 2xx at the op
 *
 * Such a service may still be at it, or its listing lags behind. That the account is not there now
 * proves nothing, and a second create made of that would be a second account. So for a while the op
 * stays open and its person waits; each run looks once. After that time what is not there is taken
 * for not made, and planned again.
 *
 * An account that is found proves its making, and nothing of the steps that may belong to a create
 * at this service: that is said.
 *
 * A connection that was cut is another matter: who hangs up has ended, and what is there is there.
 */
#include <string.h>

#include "base/clock.h"
#include "run_internal.h"

#define LINGER_US (2 * CLOCK_MINUTE) /* from the answer on, or from when it was given up */
#define LINGER_WORDS "2 minutes"
#define ACCEPTED 202 /* RFC 9110 §15.3.3: taken, and not yet done */

static gboolean is_2xx(int status)
{
	return status >= 200 && status < 300;
}

int linger_status(int status)
{
	return is_2xx(status) ? status : ACCEPTED;
}

/* Measured by the clock of now, as a run may be long; a clock that was set is no reason to wait. */
gboolean linger_holds(const Op *op)
{
	gint64 age = clock_now_us() - op->changed_us;

	return op->kind == OP_CREATE && op->state == OP_UNKNOWN && is_2xx(op->status) &&
	       age > -LINGER_US && age < LINGER_US;
}

void linger_note_steps(AppRun *app, const Op *op)
{
	if (op->kind != OP_CREATE || !(app->target->caps & TARGET_CREATES_IN_STEPS))
		return;
	note_once(
		app, op->label,
		"the account of '%s' was made by a create that broke off: what follows its making "
		"may be undone",
		op->label);
}

gboolean linger_park(AppRun *app, const Op *op, GError **error)
{
	const char *words = op->error ? op->error : "nobody knows what became of the create";
	g_autofree char *why = g_strdup_printf(
		"%.*s; the application may still be at it, as the account is not there yet\n"
		"each run looks for it; what is not there " LINGER_WORDS
		" after the create is made again",
		(int)strcspn(words, "\n"), words);

	return park_entry(app, op->entry, &(Parking){ ERROR_RETRY, why, NULL, 0, PARK_WAITING },
			  error);
}
