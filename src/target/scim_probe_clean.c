/*
 * What a probe that was killed has left: found by walking all accounts and groups, known by the
 * mark, and read once more before it is removed.
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

	if (!scim_probe_is_ours(document, NULL))
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

static void tell_incomplete(ScimProbe *self, const Finder *finder, const ScimWalk *walk)
{
	g_autofree char *why = NULL;

	if (scim_walk_is_complete(walk, &why))
		return;
	scim_probe_tell(self,
			&(ScimProbeRow){ .what = finder->groups ? "listing groups"
								: "listing accounts",
					 .evidence = TARGET_TRIED,
					 .odd = TRUE },
			"is not complete, so there may be more: %s", why);
}

static void find_ours(ScimProbe *self, gboolean groups)
{
	const ScimProfile *profile = &self->target->profile;
	g_autoptr(ScimWalk) walk = scim_walk_new(profile->page_size.value,
						 (ScimPaging)profile->page.value);
	Finder finder = { .probe = self, .groups = groups };
	char *next;

	while (!self->over && (next = scim_walk_next(walk))) {
		g_auto(ScimProbeAnswer) answer = { 0 };
		g_autofree char *path = address_of(&finder, next);

		g_free(next);
		if (scim_probe_get(self, path, &answer) && scim_probe_is_fine(&answer) &&
		    json_is_object(answer.reply.body))
			scim_walk_page(walk, answer.reply.body, note_ours, &finder, NULL);
		else if (groups && answer.reply.status >= 400)
			return; /* there are no groups */
		else
			scim_walk_break(walk, answer.reply.detail ? answer.reply.detail
								  : "a page is empty");
	}
	tell_incomplete(self, &finder, walk);
}

void scim_probe_clean(ScimProbe *self)
{
	guint gone = 0;

	self->subject = "what a killed probe left";
	find_ours(self, FALSE);
	find_ours(self, TRUE);
	for (guint i = self->made->len; i > 0 && !self->over; i--) {
		scim_probe_remove(self, self->made->pdata[i - 1]);
		gone += ((ScimProbeThing *)self->made->pdata[i - 1])->gone;
	}
	scim_probe_tell(self, &(ScimProbeRow){ .what = "removed", .evidence = TARGET_TRIED },
			"%u of %u", gone, self->made->len);
}
