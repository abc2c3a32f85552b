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

static char *item_provider(const char *item)
{
	return is_csn(item, strlen(item)) ? sid_of(item) : NULL;
}

static const ProviderKind csn_items = { .provider = item_provider, .compare = strcmp };

char *sync_cookie_csns(const char *cookie, gsize length)
{
	g_autoptr(GString) list = g_string_new(NULL);
	g_autofree char *text = g_strndup(cookie, length);
	g_auto(GStrv) parts = g_strsplit(text, ",", -1);

	/* A NUL inside would hide what follows it from the string functions. */
	if (strlen(text) != length)
		return NULL;
	for (char **part = parts; *part; part++)
		if (g_str_has_prefix(*part, "csn="))
			g_string_append_printf(list, "%s;", *part + 4);
	return provider_list_normalize(&csn_items, list->str);
}

SyncCookieOrder sync_cookie_compare(const char *now, const char *seen)
{
	return (SyncCookieOrder)provider_list_compare(&csn_items, now, seen);
}

char *sync_cookie_merge(const char *a, const char *b)
{
	return provider_list_merge(&csn_items, a, b);
}
