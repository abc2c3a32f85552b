/*
 * Work: entries whose account at an app may differ from what is wanted. Due now, or parked with
 * the reason; what is known of a parked one stays until it is in step again.
 */
#include <string.h>

#include "state/account.h"
#include "state_internal.h"

gboolean work_add(State *state, gint64 app, gint64 entry, gint64 now_us, GError **error)
{
	g_auto(Query) query = query_new(state,
					"INSERT INTO work (app, entry, parked, since_us)"
					" VALUES (?, ?, 0, ?) ON CONFLICT (app, entry) DO NOTHING");

	query_int(&query, app);
	query_int(&query, entry);
	query_int(&query, now_us);
	return query_run(&query, error);
}

gboolean work_next(State *state, gint64 app, gint64 after, guint limit, GArray *entries,
		   GError **error)
{
	g_auto(Query) query = query_new(state, "SELECT entry FROM work WHERE app = ? AND entry > ?"
					       " ORDER BY entry LIMIT ?");

	query_int(&query, app);
	query_int(&query, after);
	query_int(&query, limit);
	return query_list(&query, entries, error);
}

static Work *read_work(const Query *query)
{
	Work *work = g_new0(Work, 1);

	work->app = query_get_int(query, 0);
	work->entry = query_get_int(query, 1);
	work->parked = query_get_int(query, 2) != 0;
	work->error = query_get_text(query, 3);
	work->error_kind = query_get_text(query, 4);
	work->digest = query_get_text(query, 5);
	work->tries = (guint)query_get_int(query, 6);
	work->retry_at_us = query_get_int(query, 7);
	work->since_us = query_get_int(query, 8);
	work->klass = park_class_parse(query_peek_text(query, 9));
	return work;
}

gboolean work_find(State *state, gint64 app, gint64 entry, Work **work, GError **error)
{
	g_auto(Query) query =
		query_new(state, "SELECT app, entry, parked, error, error_kind, digest, tries,"
				 " retry_at_us, since_us, class FROM work"
				 " WHERE app = ? AND entry = ?");
	gboolean row;

	query_int(&query, app);
	query_int(&query, entry);
	if (!query_next(&query, &row, error))
		return FALSE;
	*work = row ? read_work(&query) : NULL;
	return TRUE;
}

gboolean work_park(State *state, const Work *work, GError **error)
{
	g_auto(Query) query =
		query_new(state,
			  "INSERT INTO work (app, entry, parked, error, error_kind, digest, tries,"
			  " retry_at_us, since_us, class) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
			  " ON CONFLICT (app, entry) DO UPDATE SET parked = excluded.parked,"
			  " error = excluded.error, error_kind = excluded.error_kind,"
			  " digest = excluded.digest, tries = excluded.tries,"
			  " retry_at_us = excluded.retry_at_us, since_us = excluded.since_us,"
			  " class = excluded.class");

	query_int(&query, work->app);
	query_int(&query, work->entry);
	query_int(&query, work->parked != FALSE);
	query_text(&query, work->error);
	query_text(&query, work->error_kind);
	query_text(&query, work->digest);
	query_int(&query, work->tries);
	query_int(&query, work->retry_at_us);
	query_int(&query, work->since_us);
	query_text(&query, work->klass ? park_class_name(work->klass) : NULL);
	return query_run(&query, error);
}

gboolean work_end_pauses(State *state, gint64 app, GError **error)
{
	g_auto(Query) query = query_new(state, "UPDATE work SET digest = NULL, retry_at_us = 0"
					       " WHERE app = ? AND parked = 1"
					       " AND digest IS NOT NULL");

	query_int(&query, app);
	return query_run(&query, error);
}

gboolean work_done(State *state, gint64 app, gint64 entry, GError **error)
{
	g_auto(Query) query = query_new(state, "DELETE FROM work WHERE app = ? AND entry = ?");

	query_int(&query, app);
	query_int(&query, entry);
	return query_run(&query, error);
}

gboolean work_count(State *state, gint64 app, guint64 *all, guint64 *parked, GError **error)
{
	g_auto(Query) total = query_new(state, "SELECT count(*) FROM work WHERE app = ?");
	g_auto(Query) waiting = query_new(state,
					  "SELECT count(*) FROM work WHERE app = ? AND parked = 1");
	gint64 count, count_parked;

	query_int(&total, app);
	query_int(&waiting, app);
	if (!query_value(&total, &count, error) || !query_value(&waiting, &count_parked, error))
		return FALSE;
	*all = (guint64)count;
	*parked = (guint64)count_parked;
	return TRUE;
}

gboolean work_count_parked(State *state, gint64 app, guint64 by_class[PARK_CLASSES], GError **error)
{
	g_auto(Query) query = query_new(state, "SELECT class, count(*) FROM work"
					       " WHERE app = ? AND parked = 1 GROUP BY class");
	gboolean row;

	memset(by_class, 0, PARK_CLASSES * sizeof *by_class);
	query_int(&query, app);
	for (;;) {
		if (!query_next(&query, &row, error))
			return FALSE;
		if (!row)
			return TRUE;
		by_class[park_class_parse(query_peek_text(&query, 0))] +=
			(guint64)query_get_int(&query, 1);
	}
}

gboolean work_parked(State *state, gint64 app, guint limit, WorkFn fn, void *data, GError **error)
{
	g_auto(Query) query =
		query_new(state, "SELECT app, entry, parked, error, error_kind, digest, tries,"
				 " retry_at_us, since_us, class FROM work"
				 " WHERE app = ? AND parked = 1 ORDER BY entry LIMIT ?");
	gboolean row;

	query_int(&query, app);
	query_int(&query, limit);
	for (;;) {
		if (!query_next(&query, &row, error))
			return FALSE;
		if (!row)
			return TRUE;
		g_autoptr(Work) work = read_work(&query);
		fn(work, data);
	}
}

void work_free(Work *work)
{
	if (!work)
		return;
	g_free(work->error);
	g_free(work->error_kind);
	g_free(work->digest);
	g_free(work);
}
