/*
 * Numbers of changes (USNs) mean something on one domain controller only, and there only as long as
 * its database is the one that counted. A DirSync cookie holds a vector of such numbers, and every
 * controller can tell from it what we lack. So:
 *
 *	the server that answers is                              by DirSync      by USN
 *	the same, its counter not behind what was seen          changes         changes
 *	the same, its counter behind: put back to an old        all, anew       all, anew
 *	  state in a way that no rule permits (USN rollback)
 *	the same machine with a new invocationId: restored      all, anew       all, anew
 *	  properly
 *	another one of the domain                               changes         all
 *	one of another domain                                   all, anew       all, anew
 *
 * and everything is read, too, if there is no cursor, if settings changed, if the last full read
 * left no position, and when full_every is over. The rows are tried in the order of the code: a
 * rollback counts before everything else, because it also spoils what was seen.
 *
 * "All" means that the server must know what was seen: one that lags would have the newest people
 * look deleted and old memberships return. "Anew" means that this cannot be asked: the numbers that
 * were seen are those of a history that does not exist any more. What is missing then is judged by
 * the guards behind the sink.
 *
 * A server that lags is not waited for without end: the changes that it lacks may have been lost
 * with the controller that made them.
 */
#include <string.h>

#include "ad_decide_internal.h"
#include "ad_vector_internal.h"
#include "cursor_text_internal.h"

gint64 ad_seen_of(const char *vector, const char *invocation)
{
	const char *place = vector && invocation ? strstr(vector, invocation) : NULL;

	if (!place || place[strlen(invocation)] != '=')
		return 0;
	return g_ascii_strtoll(place + strlen(invocation) + 1, NULL, 10);
}

static gboolean same(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

static gboolean is_rolled_back(const AdCursor *old, const AdCursor *now)
{
	gint64 seen = ad_seen_of(old->seen, now->invocation);

	if (same(old->invocation, now->invocation))
		seen = MAX(seen, old->mark);
	return now->invocation && seen > now->mark;
}

static AdReason find_reason(const AdQuestion *question)
{
	const AdCursor *old = question->old, *now = question->now;

	if (!old)
		return AD_REASON_FIRST;
	if (!same(old->domain, now->domain))
		return AD_REASON_OTHER_DOMAIN;
	if (is_rolled_back(old, now))
		return AD_REASON_ROLLBACK;
	if (same(old->dsa, now->dsa) && !same(old->invocation, now->invocation))
		return AD_REASON_RESTORED;
	if (!ad_cursor_is_like(old, now) || !question->way_allowed)
		return AD_REASON_SETTINGS;
	if (!ad_cursor_has_position(old) || !now->invocation || now->mark <= 0)
		return AD_REASON_NO_POSITION;
	if (!same(old->invocation, now->invocation) && !ad_way_is_dirsync(old->way))
		return AD_REASON_OTHER_SERVER;
	return cursor_full_is_due(old->full_us, question->full_every_us, question->now_us)
		       ? AD_REASON_DUE
		       : AD_REASON_GOES_ON;
}

AdDecision ad_decide(const AdQuestion *question, AdReason *reason)
{
	*reason = find_reason(question);
	switch (*reason) {
	case AD_REASON_GOES_ON:
		return AD_READ_CHANGES;
	case AD_REASON_FIRST:
	case AD_REASON_OTHER_DOMAIN:
	case AD_REASON_ROLLBACK:
	case AD_REASON_RESTORED:
		return AD_READ_ALL_ANEW;
	default:
		return AD_READ_ALL;
	}
}

char *ad_settings_text(const AdQuestion *question)
{
	const AdCursor *old = question->old, *now = question->now;
	const struct {
		gboolean differs;
		const char *name;
	} rows[] = {
		{ g_strcmp0(old->base, now->base) != 0, "base" },
		{ g_strcmp0(old->filter, now->filter) != 0, "classes" },
		{ g_strcmp0(old->attributes, now->attributes) != 0, "attributes or filters" },
		{ !question->way_allowed, "way of following changes" },
	};
	g_autoptr(GString) names = g_string_new(NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
		if (rows[i].differs)
			g_string_append_printf(names, "%s%s", names->len ? ", " : "", rows[i].name);
	return g_strdup_printf("not the same as at the last pull: %s; everything is read",
			       names->str);
}

const char *ad_reason_text(AdReason reason)
{
	static const char *const texts[] = {
		[AD_REASON_OTHER_DOMAIN] =
			"the domain is not the one of the last pull; everything is read",
		[AD_REASON_ROLLBACK] =
			"the domain controller was put back to an older state without being told "
			"(USN rollback): changes that it gave before may be lost, and other "
			"controllers do not repeat them; everything is compared\n"
			"restore domain controllers from a backup made for that, never from a "
			"snapshot; see event 2095 in its directory service log",
		[AD_REASON_RESTORED] =
			"the domain controller was restored from a backup; everything is compared",
		[AD_REASON_OTHER_SERVER] =
			"another domain controller answers, and by USN only the one of the last "
			"pull can tell what changed; everything is compared",
	};

	return (gsize)reason < G_N_ELEMENTS(texts) ? texts[reason] : NULL;
}

AdLag ad_judge_lag(const char *knows, const char *seen, gint64 since_us, gint64 limit_us,
		   gint64 now_us)
{
	AdVectorOrder order;

	if (!seen)
		return AD_LAG_NONE;
	order = ad_vector_compare(knows, seen);
	if (order == AD_VECTOR_EQUAL || order == AD_VECTOR_NEWER)
		return AD_LAG_NONE;
	return now_us - since_us >= limit_us ? AD_LAG_OVER : AD_LAG_WAIT;
}
