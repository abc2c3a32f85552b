/*
 * Sources: one row each, with the cursor, how the last pull ended, and how many entries live.
 *
 * What may be asked of the facts depends on how they were read: an attribute that was not asked for
 * looks like one that nobody has. So the row has the attributes that every living entry was read
 * with, and the part of the directory that was read.
 *
 * The cursor is stored with a digest. A cursor that does not agree with it is no cursor: the next
 * pull reads everything, which is slow and right.
 */
#include "base/digest.h"
#include "view_internal.h"

static gboolean insert_source(State *state, const char *name, GError **error)
{
	g_auto(Query) query =
		query_new(state, "INSERT INTO source (name) VALUES (?) ON CONFLICT DO NOTHING");

	query_text(&query, name);
	return query_run(&query, error);
}

static char *read_cursor(const Query *query)
{
	g_autofree char *cursor = query_get_text(query, 1);
	g_autofree char *digest = cursor ? digest_strings(cursor, NULL) : NULL;

	return g_strcmp0(digest, query_peek_text(query, 2)) == 0 ? g_steal_pointer(&cursor) : NULL;
}

/* The list as stored: names with a space between. NULL: none was ever stored. */
static char **split_attributes(const char *text)
{
	return text ? g_strsplit(text, " ", -1) : NULL;
}

static void read_source(const Query *query, ViewSource *out)
{
	*out = (ViewSource){
		.id = query_get_int(query, 0),
		.cursor = read_cursor(query),
		.server = query_get_text(query, 3),
		.pulled_at_us = query_get_int(query, 4),
		.tried_at_us = query_get_int(query, 5),
		.problem = query_get_text(query, 6),
		.users = (guint64)query_get_int(query, 7),
		.groups = (guint64)query_get_int(query, 8),
		.containers = (guint64)query_get_int(query, 9),
		.attributes = split_attributes(query_peek_text(query, 10)),
		.coverage = query_get_text(query, 11),
	};
}

static gboolean find_source(State *state, const char *name, ViewSource *out, GError **error)
{
	g_auto(Query) query =
		query_new(state, "SELECT id, cursor, cursor_digest, server, pulled_at, tried_at,"
				 " problem, users, groups, containers, attributes, coverage"
				 " FROM source WHERE name = ?");
	gboolean row;

	query_text(&query, name);
	if (!query_next(&query, &row, error))
		return FALSE;
	*out = (ViewSource){ 0 };
	if (row)
		read_source(&query, out);
	return TRUE;
}

gboolean view_source_get(State *state, const char *name, ViewSource *out, GError **error)
{
	if (!find_source(state, name, out, error))
		return FALSE;
	if (out->id || state->mode == STATE_READ)
		return TRUE;
	return insert_source(state, name, error) && find_source(state, name, out, error);
}

void view_source_clear(ViewSource *source)
{
	g_clear_pointer(&source->cursor, g_free);
	g_clear_pointer(&source->server, g_free);
	g_clear_pointer(&source->problem, g_free);
	g_clear_pointer(&source->attributes, g_strfreev);
	g_clear_pointer(&source->coverage, g_free);
}

gboolean view_sources_with_users(State *state, GPtrArray *names, GError **error)
{
	g_auto(Query) query = query_new(state,
					"SELECT name FROM source WHERE users > 0 ORDER BY name");
	gboolean row;

	while (query_next(&query, &row, error)) {
		if (!row)
			return TRUE;
		g_ptr_array_add(names, query_get_text(&query, 0));
	}
	return FALSE;
}

gboolean view_source_failed(State *state, gint64 source, const char *problem, gint64 now_us,
			    GError **error)
{
	g_auto(Query) query = query_new(state,
					"UPDATE source SET problem = ?, tried_at = ? WHERE id = ?");

	query_text(&query, problem);
	query_int(&query, now_us);
	query_int(&query, source);
	return query_run(&query, error);
}

static gboolean store_cursor(State *state, gint64 source, const char *cursor, GError **error)
{
	g_autofree char *digest = digest_strings(cursor, NULL);
	g_auto(Query) query =
		query_new(state, "UPDATE source SET cursor = ?, cursor_digest = ? WHERE id = ?");

	query_text(&query, cursor);
	query_text(&query, digest);
	query_int(&query, source);
	return query_run(&query, error);
}

/* The names of both lists; 'before' NULL: all. New string. */
static char *common_attributes(const char *before, const char *const *now)
{
	g_auto(GStrv) old = split_attributes(before);
	GString *text = g_string_new(NULL);

	for (; *now; now++)
		if (!old || g_strv_contains((const char *const *)old, *now))
			g_string_append_printf(text, "%s%s", text->len ? " " : "", *now);
	return g_string_free(text, FALSE);
}

static gboolean stored_attributes(State *state, gint64 source, char **text, GError **error)
{
	g_auto(Query) query = query_new(state, "SELECT attributes FROM source WHERE id = ?");
	gboolean row;

	query_int(&query, source);
	if (!query_next(&query, &row, error))
		return FALSE;
	*text = row ? query_get_text(&query, 0) : NULL;
	return TRUE;
}

static gboolean store_reach(State *state, gint64 source, const ViewPullEnd *end, GError **error)
{
	g_autofree char *before = NULL;
	g_autofree char *attributes = NULL;
	g_auto(Query) query =
		query_new(state, end->absence ? "UPDATE source SET attributes = COALESCE(?,"
						" attributes), coverage = COALESCE(?, coverage)"
						" WHERE id = ?"
					      : "UPDATE source SET attributes = COALESCE(?,"
						" attributes), coverage = COALESCE(coverage, ?)"
						" WHERE id = ?");

	if (!end->absence && !stored_attributes(state, source, &before, error))
		return FALSE;
	if (end->attributes)
		attributes = common_attributes(before, end->attributes);
	query_text(&query, attributes);
	query_text(&query, end->coverage);
	query_int(&query, source);
	return query_run(&query, error);
}

gboolean view_source_commit(State *state, gint64 source, const ViewPullEnd *end,
			    const gint64 *counts, GError **error)
{
	g_auto(Query) query = query_new(
		state, "UPDATE source SET server = COALESCE(?, server), problem = ?, tried_at = ?,"
		       " pulled_at = COALESCE(?, pulled_at), users = users + ?,"
		       " groups = groups + ?, containers = containers + ? WHERE id = ?");

	if ((end->cursor && !store_cursor(state, source, end->cursor, error)) ||
	    !store_reach(state, source, end, error))
		return FALSE;
	query_text(&query, end->server);
	query_text(&query, end->problem);
	query_int(&query, end->now_us);
	query_id(&query, end->problem ? 0 : end->now_us);
	query_int(&query, counts[ENTRY_USER]);
	query_int(&query, counts[ENTRY_GROUP]);
	query_int(&query, counts[ENTRY_CONTAINER]);
	query_int(&query, source);
	return query_run(&query, error);
}
