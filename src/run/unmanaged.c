/*
 * Unmanaged: apps of which we have active accounts and which the config does not name (any more).
 *
 * Taking an app out of the config is no way to take access away: nothing is sent to it, and who
 * leaves meanwhile keeps the account. That is somebody's decision or somebody's mistake; it is said
 * in every run.
 */
#include "state/account.h"
#include "unmanaged_internal.h"

static gboolean add_app(State *state, const char *name, json_t *list, GError **error)
{
	AppRow row = { 0 };
	guint64 active = 0;
	gboolean ok = app_row_get(state, name, &row, error) &&
		      link_count_alone(state, row.id, &active, error);

	app_row_clear(&row);
	if (ok && active)
		json_array_append_new(list, json_pack("{s:s, s:I}", "name", name, "active",
						      (json_int_t)active));
	return ok;
}

json_t *unmanaged_apps(const Config *config, State *state, GError **error)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(json_t) list = json_array();

	if (!app_names(state, names, error))
		return NULL;
	for (guint i = 0; i < names->len; i++) {
		const char *name = g_ptr_array_index(names, i);

		if (!config_app(config, name) && !add_app(state, name, list, error))
			return NULL;
	}
	return g_steal_pointer(&list);
}

gboolean unmanaged_note(Run *run, GError **error)
{
	g_autoptr(json_t) list = unmanaged_apps(run->config, run->state, error);
	size_t index;
	json_t *row;

	json_array_foreach (list, index, row)
		g_ptr_array_add(
			run->result->notes,
			g_strdup_printf("the config names no app '%s', which has active accounts "
					"(%" JSON_INTEGER_FORMAT "): nobody manages them\n"
					"put the app back, or see to the accounts by hand",
					json_string_value(json_object_get(row, "name")),
					json_integer_value(json_object_get(row, "active"))));
	return list != NULL;
}
