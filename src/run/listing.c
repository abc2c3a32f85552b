/*
 * Listing: see listing_internal.h. Sightings are temporary tables, so that a million accounts need
 * no memory and leave no trace.
 */
#include "base/json.h"
#include "base/log.h"
#include "core/path.h"
#include "listing_internal.h"
#include "state/sighting.h"

static gboolean sight(const json_t *document, void *data, GError **error)
{
	AppRun *app = data;
	const GPtrArray *match = app->config->match;
	g_autofree char *id = json_scalar_text(json_get_nocase(document, "id"));

	for (guint i = 0; id && i < match->len; i++) {
		const char *text = g_ptr_array_index(match, i);
		g_autoptr(Path) path = path_parse(text, NULL);
		g_autofree char *value = path ? json_scalar_text(path_get(path, document)) : NULL;

		if (value && !sighting_add(app->run->state, text, value, id, document, error))
			return FALSE;
	}
	return TRUE;
}

gboolean listing_take(AppRun *app, gboolean *whole, char **why, GError **error)
{
	Target *target = app->target;
	g_autofree char *flaw = NULL;

	*whole = FALSE;
	if (!sighting_clear(app->run->state, error) ||
	    !target->ops->list(target, sight, app, whole, &flaw, error))
		return FALSE;
	if (*whole)
		return TRUE;
	if (!flaw)
		flaw = g_strdup("the service does not say why");
	log_warning("the listing of accounts is not whole: %s", flaw);
	if (why)
		*why = g_steal_pointer(&flaw);
	return TRUE;
}

gboolean listing_find(AppRun *app, const json_t *resource, FindAnswer *answer, json_t **found,
		      GError **error)
{
	const GPtrArray *match = app->config->match;

	*answer = (FindAnswer){ .outcome = FIND_NONE };
	*found = NULL;
	for (guint i = 0; i < match->len && answer->outcome == FIND_NONE; i++) {
		const char *path = g_ptr_array_index(match, i);
		const char *value = json_string_value(json_object_get(resource, path));

		if (!value)
			continue;
		g_clear_pointer(found, json_decref);
		if (!sighting_find(app->run->state, path, value, found, error))
			return FALSE;
		find_confirm(*found, resource, path, answer);
	}
	return TRUE;
}
