/*
 * Removing what a probe made: backwards, groups before the accounts in them, and on after every
 * failure. What stays is told, and made inactive if that is possible.
 *
 * An object is read before its DELETE and must be ours, and read again behind it: what a service
 * says of a DELETE is not always what it did. What only may be there is searched by its names; what
 * a search does not settle the walk of scim_probe_clean.c does.
 */
#include <string.h>

#include "base/json.h"
#include "scim_probe_internal.h"

/* The same account once more, or one of the same name, has an id of its own if it was made. */
gboolean scim_probe_is_known(const ScimProbe *self, gboolean is_group, const char *id)
{
	for (guint i = 0; i < self->made->len; i++) {
		const ScimProbeThing *thing = self->made->pdata[i];
		if (!thing->gone && thing->is_group == is_group && g_strcmp0(thing->id, id) == 0)
			return TRUE;
	}
	return FALSE;
}

/* FALSE: the search says nothing. Whether it was found is whether there is an id. */
static gboolean search_by(ScimProbe *self, ScimProbeThing *thing, const char *by, const char *value)
{
	g_autofree char *path = thing->is_group
					? scim_group_lookup_path(&self->target->conf->quirks.groups,
								 by, value)
					: scim_lookup_path(by, value);
	g_auto(ScimProbeAnswer) answer = { 0 };
	gboolean obeyed = FALSE;
	size_t i;
	json_t *found;

	scim_probe_get(self, path, &answer);
	json_array_foreach (json_get_nocase(answer.reply.body, "Resources"), i, found) {
		if (!scim_normalise(found) || !scim_probe_is_ours(found, self->token))
			continue;
		obeyed = TRUE;
		if (scim_probe_is_known(self, thing->is_group, json_get_string(found, "id")))
			continue;
		thing->id = g_strdup(json_get_string(found, "id"));
		return TRUE;
	}
	return obeyed || scim_probe_judge_search(&answer.reply) == SCIM_SEARCH_WORKS;
}

/* FALSE: whether it is there is still open. */
static gboolean find_again(ScimProbe *self, ScimProbeThing *thing)
{
	const char *by = thing->is_group ? "displayName" : "userName";
	gboolean settled = thing->name && search_by(self, thing, by, thing->name);

	if (!thing->id && thing->external && self->searches[1] == SCIM_SEARCH_WORKS)
		settled |= search_by(self, thing, "externalId", thing->external);
	return settled;
}

gboolean scim_probe_settle(ScimProbe *self, ScimProbeThing *thing)
{
	if (thing && !thing->id)
		find_again(self, thing);
	return thing && thing->id;
}

void scim_probe_tell_left(ScimProbe *self, ScimProbeThing *thing, const char *why)
{
	const char *subject = self->subject;
	g_autofree char *what = g_strdup_printf("%s %s", thing->is_group ? "group" : "account",
						thing->id ? thing->id : "(id not known)");

	if (thing->told)
		return;
	thing->told = TRUE;
	self->subject = "left behind";
	scim_probe_tell(self,
			&(ScimProbeRow){ .what = what, .evidence = TARGET_TRIED, .left = TRUE },
			"\"%s\" %s", thing->name, why);
	self->subject = subject;
}

static void delete_thing(ScimProbe *self, ScimProbeThing *thing, const json_t *before)
{
	g_autofree char *path = scim_probe_path(thing);
	g_auto(ScimProbeAnswer) answer = { 0 };
	g_autofree char *why = NULL;
	int status = 0;

	scim_probe_send(self, "DELETE", path, NULL, scim_probe_version_of(before), &answer);
	g_autofree char *words = scim_probe_words(&answer);
	g_autoptr(json_t) after = scim_probe_read(self, thing, &status);
	thing->gone = !after && (status == 404 || status == 410);
	thing->unclear = !scim_probe_is_fine(&answer) && !scim_probe_is_refusal(&answer);
	if (thing->gone)
		return;
	if (!scim_probe_is_fine(&answer))
		why = g_strdup_printf("could not be deleted: %s", words);
	else if (after && json_is_false(json_get_nocase(after, "active")))
		why = g_strdup("is inactive after its DELETE, and still there");
	else
		why = g_strdup_printf("is still there after its DELETE (a GET is answered %d)",
				      status);
	scim_probe_tell_left(self, thing, why);
	if (after && !thing->is_group && !json_is_false(json_get_nocase(after, "active"))) {
		g_autoptr(json_t) off = json_false();
		scim_probe_set(self, thing, "active", off);
	}
}

void scim_probe_remove(ScimProbe *self, ScimProbeThing *thing)
{
	int status = 0;

	if (!thing->gone && !thing->id)
		thing->gone = find_again(self, thing) && !thing->id;
	if (thing->gone || !thing->id)
		return;
	g_autoptr(json_t) before = scim_probe_read(self, thing, &status);
	thing->gone = !before && (status == 404 || status == 410);
	if (before)
		delete_thing(self, thing, before);
	else if (!thing->gone)
		scim_probe_tell_left(self, thing,
				     "could not be read before deleting it, so it was not touched");
}

void scim_probe_remove_all(ScimProbe *self)
{
	self->cleaning = TRUE;
	for (guint i = self->made->len; i > 0; i--)
		scim_probe_remove(self, self->made->pdata[i - 1]);
	self->cleaning = FALSE;
}
