/*
 * What answers and settings come to for a probe. Pure.
 *
 * Two questions are asked here over and over. Is this object ours, beyond doubt? It is if the mark
 * of a probe is in what people know it by: "dirbridge-probe-" at the beginning of its externalId,
 * or the token of this run, twelve random digits, in one of its names. And is what was found
 * another thing than what is configured? Both are compared as they stand in a config file.
 */
#include <string.h>

#include "base/json.h"
#include "core/path.h"
#include "scim_probe_internal.h"

#define MARK "dirbridge-probe-"

/* Whose is it ---------------------------------------------------------------------------------- */

static gboolean has_token(const json_t *document, const char *member, const char *token)
{
	const char *text = json_string_value(json_get_nocase(document, member));
	g_autofree char *lower = text ? g_ascii_strdown(text, -1) : NULL;

	return lower && strstr(lower, token);
}

/* dirbridge-probe-<twelve digits>-<number>, and what is behind that. */
static gboolean is_marked(const char *text)
{
	gsize mark = strlen(MARK);

	if (!text || g_ascii_strncasecmp(text, MARK, mark) != 0)
		return FALSE;
	text += mark;
	for (guint i = 0; i < 12; i++, text++) {
		if (!g_ascii_isxdigit(*text))
			return FALSE;
	}
	return text[0] == '-' && g_ascii_isdigit(text[1]);
}

gboolean scim_probe_is_ours(const json_t *document, const char *token)
{
	const char *external = json_string_value(json_get_nocase(document, "externalId"));

	if (token)
		return has_token(document, "externalId", token) ||
		       has_token(document, "userName", token) ||
		       has_token(document, "displayName", token) ||
		       has_token(document, "id", token);
	/* Whoever shows an externalId of somebody else's is somebody else's, whatever its name. */
	if (external && *external)
		return is_marked(external);
	return is_marked(json_string_value(json_get_nocase(document, "userName"))) ||
	       (!json_get_nocase(document, "userName") &&
		is_marked(json_string_value(json_get_nocase(document, "displayName"))));
}

/* Settings ------------------------------------------------------------------------------------- */

char *scim_probe_quoted(const char *text)
{
	GString *out = g_string_new("\"");

	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			g_string_append_c(out, '\\');
		g_string_append_c(out, g_ascii_iscntrl(*text) ? ' ' : *text);
	}
	return g_string_free(g_string_append_c(out, '"'), FALSE);
}

char *scim_probe_list(const GPtrArray *names)
{
	GString *out = g_string_new("[ ");

	for (guint i = 0; i < names->len; i++) {
		g_autofree char *quoted = scim_probe_quoted(names->pdata[i]);
		g_string_append_printf(out, "%s%s", i > 0 ? ", " : "", quoted);
	}
	return g_string_free(g_string_append(out, names->len > 0 ? " ]" : "]"), FALSE);
}

static char *text_of(const Option *option, const char *at)
{
	const GPtrArray *list;
	gint64 number;

	switch (option->type) {
	case OPTION_TYPE_STRING:
		return *(char *const *)at ? scim_probe_quoted(*(char *const *)at) : NULL;
	case OPTION_TYPE_BOOL:
		return g_strdup(*(const gboolean *)at ? "true" : "false");
	case OPTION_TYPE_INT:
		number = *(const gint64 *)at;
		return number != 0 || option->fallback
			       ? g_strdup_printf("%" G_GINT64_FORMAT, number)
			       : NULL;
	case OPTION_TYPE_ENUM:
		return scim_probe_quoted(option->names[*(const int *)at]);
	case OPTION_TYPE_STRINGS:
		list = *(GPtrArray *const *)at;
		return list && list->len > 0 ? scim_probe_list(list) : NULL;
	default:
		return NULL;
	}
}

static gboolean is_fallback(const Option *option, const char *text)
{
	g_autofree char *quoted = NULL;

	if (!option->fallback || !text)
		return !option->fallback == !text;
	quoted = scim_probe_quoted(option->fallback);
	return g_str_equal(text, option->fallback) || g_str_equal(text, quoted);
}

char *scim_probe_configured(const ScimConf *conf, const char *setting, gboolean *is_default)
{
	g_auto(GStrv) names = g_strsplit(setting, ".", -1);
	const Option *option = scim_options;
	const char *at = (const char *)conf;

	for (guint i = 0; names[i]; i++) {
		while (option->type != OPTION_TYPE_END && !g_str_equal(option->name, names[i]))
			option++;
		at += option->offset;
		if (option->type == OPTION_TYPE_GROUP)
			option = option->table;
	}
	char *text = text_of(option, at);
	*is_default = is_fallback(option, text);
	return text;
}

/* Searching ------------------------------------------------------------------------------------ */

ScimSearch scim_probe_judge_search(const ScimReply *reply)
{
	gint64 total = 0;

	if (reply->outcome == TARGET_LATER || reply->outcome == TARGET_DOWN)
		return SCIM_SEARCH_NOT_TRIED;
	if (reply->status == 404)
		return SCIM_SEARCH_WORKS;
	if (!scim_is_list(reply))
		return SCIM_SEARCH_REFUSED;
	scim_integer(json_get_nocase(reply->body, "totalResults"), &total);
	return total > 0 || json_array_size(json_get_nocase(reply->body, "Resources")) > 0
		       ? SCIM_SEARCH_IGNORED
		       : SCIM_SEARCH_WORKS;
}

static gboolean is_bad(ScimSearch search)
{
	return search == SCIM_SEARCH_REFUSED || search == SCIM_SEARCH_IGNORED ||
	       search == SCIM_SEARCH_BLIND;
}

/* Whether a configured attribute is one of those that were tried, and did not work. */
static gboolean was_bad(const char *attribute, const ScimSearch *searches)
{
	for (guint i = 0; i < SCIM_PROBE_SEARCHES; i++) {
		if (is_bad(searches[i]) &&
		    g_ascii_strcasecmp(attribute, scim_probe_searched_by[i]) == 0)
			return TRUE;
	}
	return FALSE;
}

static GPtrArray *good_ones(const ScimQuirks *quirks, const ScimSearch *searches, gboolean *bad)
{
	GPtrArray *names = g_ptr_array_new();

	*bad = FALSE;
	for (guint i = 0; quirks->filter && i < quirks->filter->len; i++) {
		gboolean is = was_bad(quirks->filter->pdata[i], searches);
		*bad |= is;
		if (!is)
			g_ptr_array_add(names, quirks->filter->pdata[i]);
	}
	for (guint i = 0; i < SCIM_PROBE_SEARCHES && (!quirks->filter || !quirks->filter->len);
	     i++) {
		/* Nobody is looked up by an id: what is refused there is no reason. */
		*bad |= is_bad(searches[i]) && !g_str_equal(scim_probe_searched_by[i], "id");
		if (searches[i] == SCIM_SEARCH_WORKS)
			g_ptr_array_add(names, (char *)scim_probe_searched_by[i]);
	}
	return names;
}

char *scim_probe_filter_value(const ScimQuirks *quirks, const ScimSearch *searches)
{
	gboolean bad;
	g_autoptr(GPtrArray) names = good_ones(quirks, searches, &bad);

	if (!bad)
		return NULL;
	/* An empty list means "by any": an id is what nobody is looked up by. */
	if (names->len == 0)
		g_ptr_array_add(names, (char *)"id");
	return scim_probe_list(names);
}

/* Changes -------------------------------------------------------------------------------------- */

static gboolean is_empty(const json_t *value)
{
	return !value || json_is_null(value) ||
	       (json_is_string(value) && json_string_length(value) == 0) ||
	       (json_is_array(value) && json_array_size(value) == 0);
}

gboolean scim_probe_holds(const json_t *document, const char *path_text, const json_t *wanted)
{
	g_autoptr(Path) path = path_parse(path_text, NULL);
	const json_t *held = path ? path_get(path, document) : NULL;

	return wanted ? held && json_equal(held, wanted) : is_empty(held);
}

ScimTry scim_probe_judge_removal(guint before, guint after)
{
	if (after == before)
		return SCIM_TRY_IGNORED;
	return after == (before & ~1U) ? SCIM_TRY_WORKS : SCIM_TRY_HARMS;
}

const char *scim_probe_try_words(ScimTry tried)
{
	static const char *const words[] = {
		[SCIM_TRY_NOT_TRIED] = "could not be seen",
		[SCIM_TRY_WORKS] = "works",
		[SCIM_TRY_UNSEEN] = "is accepted; what it does is not shown",
		[SCIM_TRY_IGNORED] = "is accepted and does nothing",
		[SCIM_TRY_HARMS] = "does something else",
		[SCIM_TRY_REFUSED] = "is refused",
	};
	return words[tried];
}
