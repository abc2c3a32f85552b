/*
 * A walk through listings beside the other requests: one page under way at a time.
 *
 *	begin --> page --answer--> page --answer--> ... --> end
 *
 * A request belongs to a walk if its tag is one of those that are under way. What ends does so in
 * a step, never in the call that began it: also a walk whose first request cannot be made.
 */
#include "base/clock.h"
#include "base/json.h"
#include "custom_seek_internal.h"

struct CustomStroll {
	CustomWalk *walk;
	CustomStrollFns fns;
	char *uuid;
	json_t *outputs; /* none, where no job has any */
	gboolean asked;  /* a page is under way */
	CustomStrollEnd end;
};

static void stroll_free(void *stroll_)
{
	CustomStroll *self = stroll_;

	custom_walk_free(self->walk);
	json_decref(self->outputs);
	if (self->fns.free_data)
		self->fns.free_data(self->fns.data);
	g_free(self->uuid);
	g_free(self);
}

CustomSeek *custom_seek_of(CustomTarget *self)
{
	if (!self->seek) {
		self->seek = g_new0(CustomSeek, 1);
		self->seek->strolls = g_ptr_array_new_with_free_func(stroll_free);
	}
	return self->seek;
}

GPtrArray *custom_listings(const CustomApi *api, gboolean of_groups)
{
	GPtrArray *ops = g_ptr_array_new();
	const CustomOp *groups = custom_op(api, CUSTOM_GROUP_LIST);

	if (of_groups && groups)
		g_ptr_array_add(ops, (void *)groups);
	for (guint i = 0; !of_groups && api->lists && i < api->lists->len; i++) {
		CustomOp *op = g_ptr_array_index(api->lists, i);
		if (!op->off)
			g_ptr_array_add(ops, op);
	}
	return ops;
}

/* TRUE if a page is under way afterwards. */
static gboolean ask(CustomTarget *self, CustomStroll *stroll)
{
	HttpRequest *request = stroll->asked ? NULL : custom_walk_next(stroll->walk);

	if (request) {
		request->tag = stroll;
		stroll->asked = TRUE;
		http_submit(self->http, request);
	}
	return stroll->asked;
}

const CustomWalk *custom_stroll_walk(const CustomStroll *self)
{
	return self->walk;
}

const json_t *custom_stroll_record(const CustomStroll *self)
{
	return custom_walk_record(self->walk);
}

CustomStroll *custom_stroll_begin(CustomTarget *self, CustomJob *job, const GPtrArray *ops,
				  const CustomShape *shape, const CustomStrollFns *fns)
{
	CustomStroll *stroll = g_new0(CustomStroll, 1);
	CustomScope scope;

	stroll->fns = *fns;
	stroll->outputs = json_object();
	stroll->uuid = g_uuid_string_random();
	if (job)
		scope = custom_job_scope(self, job);
	else
		scope = (CustomScope){ .api = self->api,
				       .origin = self->origin,
				       .base_path = self->base_path,
				       .net = &self->conf->net,
				       .credential = self->credential,
				       .outputs = stroll->outputs,
				       .now_us = clock_now_us(),
				       .uuid = stroll->uuid };
	stroll->walk = custom_walk_new(self->api, ops, shape, &scope);
	g_ptr_array_add(custom_seek_of(self)->strolls, stroll);
	ask(self, stroll);
	return stroll;
}

static void end(CustomTarget *self, CustomStroll *stroll, const CustomDelivery *to)
{
	g_autofree char *why = NULL;
	guint index;

	if (g_ptr_array_find(self->seek->strolls, stroll, &index))
		g_ptr_array_steal_index_fast(self->seek->strolls, index);
	if (!stroll->end.why) {
		stroll->end.complete = custom_walk_is_complete(stroll->walk, &why);
		stroll->end.trouble = custom_walk_trouble(stroll->walk);
		stroll->end.why = why;
	}
	stroll->fns.end(self, &stroll->end, stroll->fns.data, to);
	stroll_free(stroll);
}

void custom_strolls_step(CustomTarget *self, const CustomDelivery *to)
{
	/* Who is told may begin others; what ends is taken out. */
	for (guint i = 0; self->seek && i < self->seek->strolls->len;) {
		CustomStroll *stroll = g_ptr_array_index(self->seek->strolls, i);

		if (ask(self, stroll)) {
			i++;
			continue;
		}
		end(self, stroll, to);
		i = 0;
	}
}

static void take(CustomTarget *self, CustomStroll *stroll, const HttpAnswer *http,
		 const CustomDelivery *to)
{
	const CustomOp *op = custom_walk_op(stroll->walk);
	g_autoptr(GError) error = NULL;
	CustomReply reply = { 0 };

	custom_reply_read(&reply, custom_walk_step(stroll->walk), op->what, FALSE,
			  custom_believes(self, op), self->credential, &self->conf->net.auth, http);
	stroll->end.calls += http->calls;
	stroll->end.retries += http->retries;
	stroll->end.retry_after_us = MAX(stroll->end.retry_after_us, reply.retry_after_us);
	stroll->end.unclear = custom_reply_is_unclear(&reply);
	TargetOutcome before = custom_walk_trouble(stroll->walk);
	gboolean goes_on = custom_walk_take(stroll->walk, &reply, http, stroll->fns.fn,
					    stroll->fns.data, &error);
	/* What is no listing after all proves nothing. */
	if (reply.outcome == TARGET_OK &&
	    (before != TARGET_OK || custom_walk_trouble(stroll->walk) == TARGET_OK))
		custom_prove(self, op, reply.status);
	custom_reply_clear(&reply);
	if (goes_on && ask(self, stroll))
		return;
	if (!goes_on) {
		stroll->end.trouble = error ? TARGET_DOWN : TARGET_OK;
		stroll->end.why = error ? error->message : "enough was seen";
	}
	end(self, stroll, to);
}

gboolean custom_seek_answered(CustomTarget *self, HttpRequest *request, const HttpAnswer *http,
			      const CustomDelivery *to)
{
	CustomStroll *stroll = request->tag;

	if (!self->seek || !g_ptr_array_find(self->seek->strolls, stroll, NULL))
		return FALSE;
	stroll->asked = FALSE;
	take(self, stroll, http, to);
	return TRUE;
}
