/*
 * Account status: see account_status.h.
 *
 *	filter holds   expires            enabled   due
 *	------------   ----------------   -------   -----------
 *	yes            any                no        -            the moment changes nothing
 *	no             never, or absent   yes       -
 *	no             in the future      yes       that moment
 *	no             now or before      no        -            only a new value brings it back
 *	no             unreadable         yes       -            and 'unreadable' says so
 *	undefined      as for "no"                               and 'unknown' says so
 *
 * Of several values the earliest counts: the schemas say single-valued, and where one does not,
 * access must not last longer than any of them allows.
 */
#include "core/account_status.h"

#include "core/moment.h"

/* 0: never. */
static gint64 earliest_end(const Entry *entry, const char *expires, const char **unreadable)
{
	guint count = 0;
	const EntryValue *values = *expires ? entry_values(entry, expires, &count) : NULL;
	gint64 earliest = 0;

	for (guint i = 0; i < count; i++) {
		gint64 at = 0;
		MomentKind kind = moment_of_value(values[i].data, &at);

		if (kind == MOMENT_NONE)
			*unreadable = values[i].data;
		else if (kind == MOMENT_AT && (!earliest || at < earliest))
			earliest = at;
	}
	return earliest;
}

AccountStatus account_status(const Entry *entry, const Filter *disabled, const char *expires,
			     gint64 now_us)
{
	FilterResult match = filter_match(disabled, entry);
	AccountStatus status = { .enabled = match != FILTER_TRUE,
				 .unknown = match == FILTER_UNDEFINED };
	gint64 end = earliest_end(entry, expires, &status.unreadable);

	if (end && end <= now_us)
		status.expired_us = end;
	else if (end && status.enabled)
		status.due_us = end;
	status.enabled &= !status.expired_us;
	return status;
}
