/*
 * Push, for people: what waits, and which groups somebody is in there.
 */
#include "base/json.h"
#include "push_internal.h"

gboolean push_note_rest(AppRun *app, GError **error)
{
	return membership_waiting(app->run->state, app->row.id, &app->result->members_waiting,
				  error);
}

gboolean push_status(State *state, gint64 app, json_t *object, GError **error)
{
	guint64 groups = 0, members = 0, waiting = 0;
	gboolean any = FALSE;

	if (app && (!pushed_count(state, app, &groups, &any, error) ||
		    (any && (!membership_count(state, app, 0, &members, error) ||
			     !membership_waiting(state, app, &waiting, error)))))
		return FALSE;
	if (any)
		json_object_set_new(object, "pushed",
				    json_pack("{s:I, s:I, s:I}", "groups", (json_int_t)groups,
					      "memberships", (json_int_t)members, "waiting",
					      (json_int_t)waiting));
	return TRUE;
}

static char *words_for(const Membership *membership, const Pushed *pushed, gboolean account)
{
	if (!membership->wanted)
		return g_strdup("to be removed");
	if (membership->there == MEMBER_THERE)
		return g_strdup("there");
	if (membership->there == MEMBER_PERHAPS)
		return g_strdup("asked for, not confirmed");
	if (!pushed->target_id)
		return g_strdup("waits for the group");
	return g_strdup(account ? "to be added" : "waits for an account");
}

static gboolean add_group(State *state, gint64 app, const Membership *membership, gboolean account,
			  json_t *list, GError **error)
{
	g_autoptr(Pushed) pushed = NULL;
	g_autofree char *words = NULL;
	ViewEntry entry = { 0 };
	const char *name;
	json_t *object;

	if (!pushed_find(state, app, membership->group, &pushed, error) ||
	    !view_load(state, membership->group, &entry, error))
		return FALSE;
	if (pushed) {
		name = pushed->label ? pushed->label : pushed->name;
		words = words_for(membership, pushed, account);
		object = json_pack("{s:s?, s:s, s:s}", "name", name, "state", words, "dn",
				   entry.entry ? entry_dn(entry.entry) : "");
		if (pushed->target_id)
			json_object_set_new(object, "id", json_string(pushed->target_id));
		json_array_append_new(list, object);
	}
	view_entry_clear(&entry);
	return TRUE;
}

gboolean push_explain(State *state, gint64 app, gint64 entry, json_t *object, GError **error)
{
	g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(Membership));
	g_autofree char *id = NULL;
	json_t *list = json_array();
	gboolean is_group;

	json_object_set_new(object, "groups", list);
	if (!membership_of(state, app, entry, rows, error) ||
	    !membership_target(state, app, entry, &id, &is_group, error))
		return FALSE;
	for (guint i = 0; i < rows->len; i++)
		if (!add_group(state, app, &g_array_index(rows, Membership, i), id != NULL, list,
			       error))
			return FALSE;
	return TRUE;
}
