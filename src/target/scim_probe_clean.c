/*
 * What a probe has left: found by walking all accounts and groups, known by the mark, and read once
 * more before it is removed. A probe that was killed leaves something; and one that was not, at a
 * service that answered a create with a refusal and made the object all the same.
 *
 * Removing while walking would move the pages under the walk, so all are found first.
 */
#include <string.h>

#include "base/json.h"
#include "scim_probe_internal.h"

typedef struct {
	ScimProbe *probe;
	gboolean groups;
} Finder;

static gboolean note_ours(const json_t *document, void *finder_, GError **error)
{
	const Finder *finder = finder_;
	ScimProbeThing *thing;

	const ScimProbe *probe = finder->probe;

	if (!scim_probe_is_ours(document, probe->how->clean ? NULL : probe->token) ||
	    scim_probe_is_known(probe, finder->groups, json_get_string(document, "id")))
		return TRUE;
	thing = g_new0(ScimProbeThing, 1);
	thing->is_group = finder->groups;
	thing->id = g_strdup(json_get_string(document, "id"));
	thing->name = g_strdup(json_string_value(
		json_get_nocase(document, finder->groups ? "displayName" : "userName")));
	g_ptr_array_add(finder->probe->made, thing);
	return TRUE;
}

/* The walk speaks of accounts; groups are listed in the same way. */
static char *address_of(const Finder *finder, const char *walked)
{
	return finder->groups ? g_strconcat("/Groups", walked + strlen("/Users"), NULL)
			      : g_strdup(walked);
}

static const char *what_is_listed(const Finder *finder)
{
	return finder->groups ? "listing groups" : "listing accounts";
}

/* FALSE: there may be more. */
static gboolean tell_incomplete(ScimProbe *self, const Finder *finder, const ScimWalk *walk)
{
	g_autofree char *why = NULL;

	if (scim_walk_is_complete(walk, &why))
		return TRUE;
	scim_probe_tell(self,
			&(ScimProbeRow){ .what = what_is_listed(finder),
					 .evidence = TARGET_TRIED,
					 .odd = TRUE },
			"is not complete, so there may be more: %s", why);
	return FALSE;
}

/* Something may have been made, and no answer and no search told whether it was. */
static gboolean is_unsettled(const ScimProbe *self)
{
	for (guint i = 0; i < self->made->len; i++) {
		const ScimProbeThing *thing = self->made->pdata[i];
		if (!thing->gone && !thing->id)
			return TRUE;
	}
	return FALSE;
}

/* Whoever stops a probe does not wait for a long walk without a reason. */
static gboolean goes_on(const ScimProbe *self)
{
	return !self->over || (self->cleaning && is_unsettled(self));
}

static gboolean find_ours(ScimProbe *self, gboolean groups)
{
	const ScimProfile *profile = &self->target->profile;
	g_autoptr(ScimWalk) walk = scim_walk_new(profile->page_size.value,
						 self->paging != SCIM_PAGE_AUTO
							 ? (ScimPaging)self->paging
							 : (ScimPaging)profile->page.value);
	Finder finder = { .probe = self, .groups = groups };
	char *next;

	while (goes_on(self) && (next = scim_walk_next(walk))) {
		g_auto(ScimProbeAnswer) answer = { 0 };
		g_autofree char *path = address_of(&finder, next);

		g_free(next);
		if (scim_probe_get(self, path, &answer) && scim_probe_is_fine(&answer) &&
		    json_is_object(answer.reply.body))
			scim_walk_page(walk, answer.reply.body, note_ours, &finder, NULL);
		else if (groups && scim_probe_is_refusal(&answer))
			return TRUE; /* there are no groups */
		else
			scim_walk_break(walk, answer.reply.detail ? answer.reply.detail
								  : "a page is empty");
	}
	return tell_incomplete(self, &finder, walk);
}

void scim_probe_clean(ScimProbe *self)
{
	guint gone = 0;

	find_ours(self, FALSE);
	find_ours(self, TRUE);
	for (guint i = self->made->len; i > 0 && !self->over; i--) {
		scim_probe_remove(self, self->made->pdata[i - 1]);
		gone += ((ScimProbeThing *)self->made->pdata[i - 1])->gone;
	}
	scim_probe_tell(self, &(ScimProbeRow){ .what = "removed", .evidence = TARGET_TRIED },
			"%u of %u", gone, self->made->len);
}

/* Removes what the walk found, behind the first 'known'. How many are gone. */
static guint remove_found(ScimProbe *self, guint known)
{
	guint gone = 0;

	for (guint i = self->made->len; i > known; i--) {
		ScimProbeThing *thing = self->made->pdata[i - 1];
		scim_probe_remove(self, thing);
		gone += thing->gone;
	}
	return gone;
}

static void settle_rest(ScimProbe *self, gboolean complete)
{
	for (guint i = 0; i < self->made->len; i++) {
		ScimProbeThing *thing = self->made->pdata[i];
		if (thing->gone || thing->id)
			continue;
		if (complete)
			thing->gone = TRUE;
		else
			scim_probe_tell_left(self, thing,
					     "may have been made; it could not be looked for");
	}
}

void scim_probe_look_last(ScimProbe *self)
{
	guint known = self->made->len;

	if (!goes_on(self) && !is_unsettled(self))
		return;
	self->cleaning = TRUE;
	gboolean complete = find_ours(self, FALSE);
	if (self->has_groups)
		complete &= find_ours(self, TRUE);
	guint found = self->made->len - known, gone = remove_found(self, known);
	settle_rest(self, complete);
	self->cleaning = FALSE;
	scim_probe_tell(self,
			&(ScimProbeRow){ .what = "a last look for what was made",
					 .evidence = TARGET_TRIED,
					 .odd = found > 0 },
			found > 0 ? "%u more were there, though no answer spoke of them; %u of "
				    "them are removed"
				  : "shows nothing else",
			found, gone);
}
