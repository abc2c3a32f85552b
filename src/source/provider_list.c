/*
 * A list becomes a table from provider to its newest item; all else follows from two tables.
 *
 * Why such lists are compared at all: a replica that lags behind answers "success" to a position
 * that is ahead of it. What it does not name does not exist for it yet, and believing that would
 * remove people who were hired a minute ago. So what is absent counts only if the answer is, for
 * every provider, at least as new as the newest that we ever saw.
 */
#include <string.h>

#include "provider_list_internal.h"

/* NULL if the list has what is no item. */
static GHashTable *table_new(const ProviderKind *kind, const char *list)
{
	g_autoptr(GHashTable) table = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
							    g_free);
	g_auto(GStrv) items = g_strsplit(list ? list : "", ";", -1);

	for (char **item = items; *item; item++) {
		if (!**item)
			continue;
		g_autofree char *provider = kind->provider(*item);
		if (!provider)
			return NULL;
		const char *known = g_hash_table_lookup(table, provider);
		if (!known || kind->compare(*item, known) > 0)
			g_hash_table_replace(table, g_steal_pointer(&provider), g_strdup(*item));
	}
	return g_steal_pointer(&table);
}

static GList *providers_in_order(GHashTable *table)
{
	return g_list_sort(g_hash_table_get_keys(table), (GCompareFunc)strcmp);
}

/* NULL for a table with nothing in it. */
static char *table_text(GHashTable *table)
{
	g_autoptr(GString) text = g_string_new(NULL);
	g_autoptr(GList) providers = providers_in_order(table);

	for (GList *provider = providers; provider; provider = provider->next)
		g_string_append_printf(text, "%s%s", text->len ? ";" : "",
				       (const char *)g_hash_table_lookup(table, provider->data));
	return text->len ? g_strdup(text->str) : NULL;
}

char *provider_list_normalize(const ProviderKind *kind, const char *list)
{
	g_autoptr(GHashTable) table = table_new(kind, list);

	return table ? table_text(table) : NULL;
}

char *provider_list_merge(const ProviderKind *kind, const char *a, const char *b)
{
	g_autofree char *left = provider_list_normalize(kind, a);
	g_autofree char *right = provider_list_normalize(kind, b);
	g_autofree char *both = g_strdup_printf("%s;%s", left ? left : "", right ? right : "");

	return provider_list_normalize(kind, both);
}

static gboolean is_behind(const ProviderKind *kind, GHashTable *now, GHashTable *seen,
			  const char *provider)
{
	const char *item = g_hash_table_lookup(now, provider);

	return !item || kind->compare(item, g_hash_table_lookup(seen, provider)) < 0;
}

char *provider_list_behind(const ProviderKind *kind, const char *now, const char *seen)
{
	g_autoptr(GHashTable) now_table = table_new(kind, now);
	g_autoptr(GHashTable) seen_table = table_new(kind, seen);

	if (!now_table || !seen_table)
		return NULL;
	g_autoptr(GList) providers = providers_in_order(seen_table);
	for (GList *provider = providers; provider; provider = provider->next)
		if (is_behind(kind, now_table, seen_table, provider->data))
			return g_strdup(provider->data);
	return NULL;
}

ProviderOrder provider_list_compare(const ProviderKind *kind, const char *now, const char *seen)
{
	g_autofree char *now_text = provider_list_normalize(kind, now);
	g_autofree char *seen_text = provider_list_normalize(kind, seen);

	if (!now_text || !seen_text)
		return PROVIDERS_UNKNOWN;
	g_autofree char *behind = provider_list_behind(kind, now_text, seen_text);
	if (behind)
		return PROVIDERS_OLDER;
	g_autofree char *ahead = provider_list_behind(kind, seen_text, now_text);
	return ahead ? PROVIDERS_NEWER : PROVIDERS_EQUAL;
}
