/*
 * The guard's arithmetic, and its sentence.
 *
 * What counts is removals of this plan plus those of earlier runs within the window, so that a
 * search that comes back a little short every hour does not wipe an app in small bites. A plan
 * without removals passes however full the window is: holding it back would protect nobody.
 *
 * Memberships are counted apart from accounts, by the same limits: two hundred who change their
 * team are no reason to let eleven accounts go, nor the other way round.
 *
 * A nonsensical limit (negative) allows nothing, and sums that do not fit count as the largest
 * number: every doubt is decided against sending.
 */
#include "core/guard.h"

#include <string.h>

static guint64 sum(guint64 a, guint64 b)
{
	guint64 result;

	return g_uint64_checked_add(&result, a, b) ? result : G_MAXUINT64;
}

/* a * percent / 100, rounded down, without overflow for any 'a' and percent up to 100. */
static guint64 share(guint64 a, guint64 percent)
{
	return a / 100 * percent + a % 100 * percent / 100;
}

guint64 guard_allowed(const GuardLimits *limits, guint64 managed)
{
	guint64 objects = (guint64)MAX(limits->removals, 0);
	guint64 percent = (guint64)CLAMP(limits->removals_percent, 0, 100);

	return MAX(objects, share(managed, percent));
}

/* What is removed of what: accounts, or memberships. */
typedef struct {
	guint64 managed, removals, window;
	const char *what; /* "removal" */
	const char *of;   /* "managed account" */
} Taken;

static Taken accounts_of(const GuardCounts *counts)
{
	return (Taken){ counts->managed, counts->removals, counts->removals_window, "removal",
			"managed account" };
}

static Taken memberships_of(const GuardCounts *counts)
{
	return (Taken){ counts->memberships, counts->memberships_removed,
			counts->memberships_window, "removal of memberships",
			"managed membership" };
}

static gboolean is_too_much(const GuardLimits *limits, const Taken *taken)
{
	return taken->removals > 0 &&
	       sum(taken->removals, taken->window) > guard_allowed(limits, taken->managed);
}

static char *why_removals(const GuardLimits *limits, const Taken *taken)
{
	g_autofree char *earlier = taken->window > 0 ? g_strdup_printf(" after %" G_GUINT64_FORMAT
								       " in earlier runs",
								       taken->window)
						     : g_strdup("");
	gsize word = strlen("removal");

	return g_strdup_printf("%" G_GUINT64_FORMAT " removal%s%s planned%s, %" G_GUINT64_FORMAT
			       " allowed (%" G_GINT64_FORMAT " %% of %" G_GUINT64_FORMAT
			       " %s%s, at least %" G_GINT64_FORMAT ")",
			       taken->removals, taken->removals == 1 ? "" : "s", taken->what + word,
			       earlier, guard_allowed(limits, taken->managed),
			       CLAMP(limits->removals_percent, 0, 100), taken->managed, taken->of,
			       taken->managed == 1 ? "" : "s", MAX(limits->removals, 0));
}

static char *why_first_run(const GuardCounts *counts)
{
	return g_strdup_printf("this is the first plan for the app, with %" G_GUINT64_FORMAT
			       " change%s, and waits for approval",
			       counts->ops, counts->ops == 1 ? "" : "s");
}

GuardVerdict guard_check(const GuardLimits *limits, const GuardCounts *counts, char **why)
{
	const Taken taken[] = { accounts_of(counts), memberships_of(counts) };
	const Taken *most = is_too_much(limits, &taken[0])   ? &taken[0]
			    : is_too_much(limits, &taken[1]) ? &taken[1]
							     : NULL;
	GuardVerdict verdict = GUARD_PASS;
	char *reason = NULL;

	/* Removals first: of two reasons, a human should read the alarming one. */
	if (most) {
		verdict = GUARD_REMOVALS;
		reason = why_removals(limits, most);
	} else if (limits->hold_first_run && counts->first_run && counts->ops > 0) {
		verdict = GUARD_FIRST_RUN;
		reason = why_first_run(counts);
	}
	if (why != NULL)
		*why = reason;
	else
		g_free(reason);
	return verdict;
}
