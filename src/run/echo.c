/*
 * Echo: what a service makes of the values that it is sent.
 *
 *	sent   userName "Jane.Doe@x.org"       shown   "jane.doe@x.org"
 *	sent   displayName "Jane D."           shown   "Jane Doe"         it was ignored
 *
 * The shadow stays what was sent, so the difference causes no request: the next one goes out when
 * the directory's value changes. But an administrator must hear of it, once for each account and
 * value, because the mapping probably wants a change. What the service does not show is no
 * difference: many leave attributes out of their answers.
 *
 * How a value is sent can be the reason that it did not arrive. So when the settings that say how
 * the service is spoken to change, each is tried once more.
 */
#include <string.h>

#include "base/json.h"
#include "core/path.h"
#include "core/resource.h"
#include "run_internal.h"

#define BATCH 500
#define PATHS_NOTED 8 /* beyond that, the administrator knows that something is wrong */

static gboolean is_scalar(const json_t *value)
{
	return value && !json_is_object(value) && !json_is_array(value) && !json_is_null(value);
}

/* A service may write true as "True" and 7 as "7". */
static gboolean says_the_same(const json_t *sent, const json_t *shown)
{
	g_autofree char *ours = json_scalar_text(sent);
	g_autofree char *theirs = json_scalar_text(shown);

	if (json_is_boolean(sent) || json_is_boolean(shown))
		return ours && theirs && g_ascii_strcasecmp(ours, theirs) == 0;
	return g_strcmp0(ours, theirs) == 0;
}

static gboolean is_told(const json_t *sent)
{
	const char *text = json_string_value(sent);

	return is_scalar(sent) && !(text && g_str_has_prefix(text, MAPPING_REDACTED));
}

/* A create sends all; others what has changed, and an adoption no login name. */
static gboolean was_sent(const Op *op, const char *path)
{
	json_t *change;
	size_t i;

	if (op->kind == OP_CREATE)
		return TRUE;
	json_array_foreach (op->changes, i, change) {
		if (g_strcmp0(json_get_string(change, "path"), path) == 0)
			return TRUE;
	}
	return FALSE;
}

/* Many services answer with little: then there is nothing to walk to. */
static gboolean may_show(const json_t *shown, const char *path)
{
	const char *name;
	json_t *value;

	if (g_ascii_strncasecmp(path, "urn:", 4) == 0)
		return TRUE;
	json_object_foreach ((json_t *)shown, name, value) {
		gsize length = strlen(name);

		if (g_ascii_strncasecmp(name, path, length) == 0 && !g_ascii_isalnum(path[length]))
			return TRUE;
	}
	return FALSE;
}

/*
 * Path to what is shown, of the values that differ; NULL if none does. What differed when it was
 * sent ('before') still counts. New reference.
 */
static json_t *differences(const Op *op, const json_t *shown, const json_t *before)
{
	json_t *result = NULL, *value;
	const char *key;

	json_object_foreach (op->resource, key, value) {
		if (!may_show(shown, key) || (!was_sent(op, key) && !json_object_get(before, key)))
			continue;
		g_autoptr(Path) path = is_told(value) ? path_parse(key, NULL) : NULL;
		json_t *theirs = path ? path_get(path, shown) : NULL;

		if (!is_scalar(theirs) || says_the_same(value, theirs))
			continue;
		if (!result)
			result = json_object();
		json_object_set(result, key, theirs);
	}
	return result;
}

static void note_news(AppRun *app, const Op *op, const json_t *before, const json_t *echo)
{
	const char *path;
	json_t *theirs;

	json_object_foreach ((json_t *)echo, path, theirs) {
		g_autofree char *key = g_strconcat("echo ", path, NULL);
		g_autofree char *sent = NULL, *shown = NULL;

		if (before && json_equal(json_object_get(before, path), theirs))
			continue;
		app->result->not_sticky++;
		if (app->noted && g_hash_table_size(app->noted) >= PATHS_NOTED)
			continue;
		sent = json_canonical(json_object_get(op->resource, path));
		shown = json_canonical(theirs);
		note_once(app, key,
			  "the service keeps another \"%s\" than it is sent, %s instead of %s for "
			  "'%s'; it is not sent again until the directory's value changes",
			  path, shown, sent, op->label);
	}
}

void echo_instead(const AppConfig *config, const json_t *changes, const json_t *shown,
		  json_t *shadow)
{
	g_autoptr(json_t) like = json_object();
	g_autoptr(json_t) theirs = NULL;
	const char *path;
	json_t *change;
	size_t i;

	json_array_foreach ((json_t *)changes, i, change) {
		path = json_get_string(change, "path");
		if (path)
			json_object_set_new(like, path, json_null());
	}
	theirs = resource_project(shown, like);
	mapping_mask(config->mapping, theirs);
	json_object_foreach (like, path, change)
		json_object_del(shadow, path);
	json_object_update(shadow, theirs);
}

/* ---- another way of speaking to the service ---- */

/* What it showed counts as what was made true, so that the next plan sees the difference. */
static gboolean forget_one(State *state, gint64 app, gint64 entry, GError **error)
{
	g_autoptr(Link) link = NULL;

	if (!link_find(state, app, entry, &link, error))
		return FALSE;
	json_object_update(link->shadow, link->echo);
	g_clear_pointer(&link->echo, json_decref);
	return link_put(state, link, error);
}

gboolean echo_forget(State *state, gint64 app, GError **error)
{
	g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(gint64));
	gint64 last = 0;

	do {
		g_array_set_size(entries, 0);
		if (!link_with_echo(state, app, last, BATCH, entries, error))
			return FALSE;
		for (guint i = 0; i < entries->len; i++) {
			last = g_array_index(entries, gint64, i);
			if (!forget_one(state, app, last, error))
				return FALSE;
		}
	} while (entries->len > 0);
	return TRUE;
}

void echo_note(AppRun *app, const Op *op, const json_t *shown, Link *link)
{
	json_t *echo;

	if (!shown || !op->resource)
		return;
	echo = differences(op, shown, link->echo);
	note_news(app, op, link->echo, echo);
	json_decref(link->echo);
	link->echo = echo;
}
