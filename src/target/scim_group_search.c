/*
 * Looking groups up: the search itself, and the further pages of its answer. RFC 7644 §3.4.2.
 *
 *	GET /Groups?filter=…&excludedAttributes=members --200, announces more--> next page ...
 *
 * A refusal ends the search by this path, and whoever asks goes on with the next one: many services
 * search groups by their names only. That is remembered where there is a next one. The last one is
 * asked for each time, as nothing could take its place; but a service that shows all its groups
 * whatever is asked for is not read again for each of them.
 */
#include <string.h>

#include "base/clock.h"
#include "scim_group_internal.h"

static void send_search(ScimGroups *self, ScimGroupJob *job, const ScimPlace *place)
{
	const TargetRequest *request = job->request;
	g_autofree char *first = scim_group_lookup_path(self->quirks, request->match_path,
							request->match_value);
	g_autoptr(GString) path = g_string_new(first);

	scim_place_append(place, self->peer.profile->page_size.value, path);
	job->step = SCIM_GROUP_SEARCH;
	scim_group_send(self, job, "GET", path->str, NULL);
}

void scim_group_search_start(ScimGroups *self, ScimGroupJob *job)
{
	const char *by = job->request->match_path;

	if (!scim_memory_is_unsearchable(&self->peer.profile->memory, SCIM_KIND_GROUP, by)) {
		send_search(self, job, &(ScimPlace){ 0 });
		return;
	}
	g_autofree char *detail =
		g_strdup_printf("groups cannot be looked up by '%s' at this service", by);
	job->held.status = SCIM_NO_SEARCH;
	scim_group_ready(self, job, TARGET_REJECTED, detail);
}

/* Groups are looked for by another path, too, after this one. */
static gboolean has_next(const ScimGroups *self, const char *path)
{
	const char *const *paths = self->peer.base->ops->group_match;

	while (*paths && g_ascii_strcasecmp(*paths, path) != 0)
		paths++;
	return *paths && paths[1];
}

/* That the search is refused, and not the value. */
static gboolean is_refused(const ScimReply *reply)
{
	if (reply->outcome != TARGET_REJECTED)
		return FALSE;
	return reply->status == SCIM_NO_SEARCH ||
	       (reply->status == 400 &&
		(!reply->scim_type || g_str_equal(reply->scim_type, "invalidFilter")));
}

static void note_unsearchable(ScimGroups *self, const ScimGroupJob *job, int status)
{
	scim_memory_unsearchable(&self->peer.profile->memory, SCIM_KIND_GROUP,
				 job->request->match_path, status, clock_now_us());
}

gboolean scim_group_search_continues(ScimGroups *self, ScimGroupJob *job, ScimReply *reply)
{
	const TargetRequest *request = job->request;
	ScimPlace place;

	if (is_refused(reply) && scim_is_plain(request->match_value) &&
	    has_next(self, request->match_path))
		note_unsearchable(self, job, reply->status);
	if (reply->outcome != TARGET_OK)
		return FALSE;
	switch (scim_pages_take(&job->pages, self->peer.profile, reply, &place)) {
	case SCIM_PAGES_MORE:
		send_search(self, job, &place);
		return TRUE;
	case SCIM_PAGES_ENDLESS:
		note_unsearchable(self, job, 0);
		break;
	case SCIM_PAGES_ALL:
		break;
	}
	return FALSE;
}
