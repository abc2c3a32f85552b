/*
 * The members of a group of a custom API: read, and sent all at once where they cannot be sent one
 * by one.
 *
 *	MEMBERS_ADD     members() --all of them--> those and the new ones --> member.replace
 *	MEMBERS_REMOVE  members() --all of them--> those without these -----> member.replace
 *
 * Whoever sends a list as a whole throws out whom he did not see. So a list that may be short is
 * never sent back: a page that is missing, a member without an id, a total that was not reached
 * refuse the request. What changes nothing is not sent.
 */
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "custom_seek_internal.h"

/* For a request of members --------------------------------------------------------------------- */

typedef struct {
	CustomJob *job;
	json_t *ids;
} Reading;

static void reading_free(void *reading_)
{
	Reading *self = reading_;

	if (self->job)
		custom_job_free(self->job);
	json_decref(self->ids);
	g_free(self);
}

static gboolean on_member(const json_t *document, void *reading, GError **error)
{
	json_array_append(((Reading *)reading)->ids, json_object_get(document, "id"));
	return TRUE;
}

static gboolean is_named(const TargetRequest *request, const char *id)
{
	for (guint i = 0; i < request->member_count; i++)
		if (strcmp(request->members[i].id, id) == 0)
			return TRUE;
	return FALSE;
}

/* The list as it is to be; *changed: it is another one. New reference. */
static json_t *members_after(const TargetRequest *request, const json_t *ids, gboolean *changed)
{
	g_autoptr(GHashTable) there = g_hash_table_new(g_str_hash, g_str_equal);
	json_t *after = json_array();
	size_t i;
	json_t *id;

	json_array_foreach ((json_t *)ids, i, id) {
		gboolean named = is_named(request, json_string_value(id));

		g_hash_table_add(there, (void *)json_string_value(id));
		if (!named || request->verb == TARGET_MEMBERS_ADD)
			json_array_append(after, id);
	}
	for (guint m = 0; request->verb == TARGET_MEMBERS_ADD && m < request->member_count; m++)
		if (g_hash_table_add(there, (void *)request->members[m].id))
			json_array_append_new(after, json_string(request->members[m].id));
	*changed = json_array_size(after) != json_array_size(ids);
	return after;
}

static void refuse(CustomTarget *self, CustomJob *job, const CustomStrollEnd *end)
{
	gboolean later = end->trouble == TARGET_LATER || end->trouble == TARGET_UNKNOWN;

	if (end->trouble == TARGET_DOWN || end->trouble == TARGET_ABSENT)
		custom_job_answer(self, job, end->trouble, "%s", end->why);
	else
		custom_job_answer(self, job, later ? TARGET_LATER : TARGET_REJECTED,
				  "the group could only be sent with all its members: %s",
				  end->why);
}

static void on_members_read(CustomTarget *self, const CustomStrollEnd *end, void *reading_,
			    const CustomDelivery *to)
{
	Reading *reading = reading_;
	CustomJob *job = g_steal_pointer(&reading->job);
	gboolean changed;

	self->seek->jobs--;
	job->calls += end->calls;
	job->retries += end->retries;
	if (!end->complete) {
		refuse(self, job, end);
		return;
	}
	json_decref(job->members);
	job->members = members_after(job->request, reading->ids, &changed);
	if (!changed) {
		custom_job_answer(self, job, TARGET_OK, NULL);
		return;
	}
	job->op = custom_op(self->api, CUSTOM_MEMBER_REPLACE);
	custom_job_go(self, job);
}

GPtrArray *custom_member_listing(const CustomApi *api)
{
	GPtrArray *ops = g_ptr_array_new();
	const CustomOp *op = custom_op(api, CUSTOM_MEMBER_LIST);

	if (op)
		g_ptr_array_add(ops, (void *)op);
	return ops;
}

void custom_member_replace(CustomTarget *self, CustomJob *job)
{
	g_autoptr(GPtrArray) ops = custom_member_listing(self->api);
	Reading *reading = g_new0(Reading, 1);
	const CustomStrollFns fns = {
		.fn = on_member, .end = on_members_read, .data = reading, .free_data = reading_free
	};

	reading->job = job;
	reading->ids = json_array();
	custom_seek_of(self)->jobs++;
	custom_stroll_begin(self, job, ops, &self->api->member, &fns);
}
