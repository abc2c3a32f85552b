/*
 * Change sequence numbers: GeneralizedTime with microseconds, count, provider (SID), modification,
 * in fixed width: "20261122081500.000001Z#000000#001#000000". So they compare as bytes.
 *
 * Why they are compared: a replica that lags behind answers "success" to a cookie that is ahead of
 * it; only for its own SID does OpenLDAP say "consumer state is newer". Its list of what exists
 * lacks what it has not heard of yet, and believing that would remove people who were hired a
 * minute ago. So what is absent counts only if the answer is, for every provider, at least as new
 * as the newest we ever saw.
 */
#include <string.h>

#include "sync_cookie_internal.h"

enum {
	CSN_LENGTH = 40
};

static const char csn_shape[] = "dddddddddddddd.ddddddZ#xxxxxx#xxx#xxxxxx";

static gboolean is_csn(const char *text, gsize length)
{
	if (length != CSN_LENGTH)
		return FALSE;
	for (gsize i = 0; i < CSN_LENGTH; i++) {
		char shape = csn_shape[i];
		gboolean ok = shape == 'd'   ? g_ascii_isdigit(text[i])
			      : shape == 'x' ? g_ascii_isxdigit(text[i])
					     : text[i] == shape;

		if (!ok)
			return FALSE;
	}
	return TRUE;
}

static char *sid_of(const char *csn)
{
	return g_ascii_strdown(csn + 30, 3);
}

/* Adds a list to a table from SID to CSN, keeping the newer one. FALSE if something is no CSN. */
static gboolean table_add(GHashTable *table, const char *list)
{
	g_auto(GStrv) csns = g_strsplit(list, ";", -1);

	for (char **csn = csns; *csn; csn++) {
		if (!**csn)
			continue;
		if (!is_csn(*csn, strlen(*csn)))
			return FALSE;
		g_autofree char *sid = sid_of(*csn);
		const char *known = g_hash_table_lookup(table, sid);

		if (!known || strcmp(*csn, known) > 0)
			g_hash_table_replace(table, g_steal_pointer(&sid), g_strdup(*csn));
	}
	return TRUE;
}

static GHashTable *table_new(void)
{
	return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

static char *table_text(GHashTable *table)
{
	GString *text = g_string_new(NULL);
	GList *sids = g_list_sort(g_hash_table_get_keys(table), (GCompareFunc)strcmp);

	for (GList *sid = sids; sid; sid = sid->next)
		g_string_append_printf(text, "%s%s", text->len ? ";" : "",
				       (const char *)g_hash_table_lookup(table, sid->data));
	g_list_free(sids);
	return g_string_free(text, FALSE);
}

char *sync_cookie_csns(const char *cookie, gsize length)
{
	g_autoptr(GHashTable) table = table_new();
	g_autofree char *text = g_strndup(cookie, length);
	g_auto(GStrv) parts = g_strsplit(text, ",", -1);

	/* A NUL inside would hide what follows it from the string functions. */
	if (strlen(text) != length)
		return NULL;
	for (char **part = parts; *part; part++)
		if (g_str_has_prefix(*part, "csn=") && !table_add(table, *part + 4))
			return NULL;
	return g_hash_table_size(table) ? table_text(table) : NULL;
}

SyncCookieOrder sync_cookie_compare(const char *now, const char *seen)
{
	g_autoptr(GHashTable) new_table = table_new();
	g_autoptr(GHashTable) old_table = table_new();
	SyncCookieOrder order;
	GHashTableIter iter;
	void *sid, *old;

	if (!now || !seen || !table_add(new_table, now) || !table_add(old_table, seen))
		return SYNC_COOKIE_UNKNOWN;
	order = g_hash_table_size(new_table) > g_hash_table_size(old_table) ? SYNC_COOKIE_NEWER
									    : SYNC_COOKIE_EQUAL;
	g_hash_table_iter_init(&iter, old_table);
	while (g_hash_table_iter_next(&iter, &sid, &old)) {
		const char *csn = g_hash_table_lookup(new_table, sid);

		if (!csn || strcmp(csn, old) < 0)
			return SYNC_COOKIE_OLDER;
		if (strcmp(csn, old) > 0)
			order = SYNC_COOKIE_NEWER;
	}
	return order;
}

char *sync_cookie_merge(const char *a, const char *b)
{
	g_autoptr(GHashTable) table = table_new();

	if (a)
		table_add(table, a);
	if (b)
		table_add(table, b);
	return g_hash_table_size(table) ? table_text(table) : NULL;
}
