/*
 * The listings that a caller waits for: all accounts, all members of a group. Nothing else is under
 * way then.
 */
#include "base/clock.h"
#include "base/json.h"
#include "custom_seek_internal.h"

/* A walk, who is told, and the answer under way. */
typedef struct {
	const GPtrArray *ops;
	const CustomShape *shape;
	const TargetRequest *request;
	TargetListFn fn;
	void *data;
	CustomWalk *walk;
	CustomReply reply;
	gboolean ok;
	GError **error;
} Listing;

static void on_page(const HttpAnswer *http, void *listing_)
{
	Listing *self = listing_;

	self->ok = custom_walk_take(self->walk, &self->reply, http, self->fn, self->data,
				    self->error);
}

static void walk_all(CustomTarget *target, Listing *self)
{
	HttpRequest *request;

	self->ok = TRUE;
	while (self->ok && (request = custom_walk_next(self->walk))) {
		const CustomOp *op = custom_walk_op(self->walk);

		custom_call_and_wait(target, request, custom_walk_step(self->walk), op,
				     &self->reply, on_page, self);
		if (self->reply.outcome == TARGET_OK)
			custom_prove(target, op, self->reply.status);
		custom_reply_clear(&self->reply);
	}
}

static gboolean list(CustomTarget *target, Listing *self, gboolean *complete, char **why)
{
	g_autofree char *uuid = g_uuid_string_random();
	g_autoptr(json_t) outputs = json_object();
	const CustomScope scope = { .api = target->api,
				    .origin = target->origin,
				    .base_path = target->base_path,
				    .net = &target->conf->net,
				    .credential = target->credential,
				    .request = self->request,
				    .outputs = outputs,
				    .now_us = clock_now_us(),
				    .uuid = uuid };

	self->walk = custom_walk_new(target->api, self->ops, self->shape, &scope);
	walk_all(target, self);
	if (self->ok)
		*complete = custom_walk_is_complete(self->walk, why);
	custom_walk_free(self->walk);
	return self->ok;
}

gboolean custom_list(Target *base, TargetListFn fn, void *data, gboolean *complete, char **why,
		     GError **error)
{
	CustomTarget *self = (CustomTarget *)base;
	g_autoptr(GPtrArray) ops = custom_listings(self->api, FALSE);
	Listing listing = {
		.ops = ops, .shape = &self->api->account, .fn = fn, .data = data, .error = error
	};

	return list(self, &listing, complete, why);
}

typedef struct {
	TargetMemberFn fn;
	void *data;
} Members;

static gboolean on_member(const json_t *document, void *members_, GError **error)
{
	const Members *members = members_;
	return members->fn(json_get_string(document, "id"), members->data, error);
}

gboolean custom_members(Target *base, const char *id, TargetMemberFn fn, void *data,
			gboolean *complete, char **why, GError **error)
{
	CustomTarget *self = (CustomTarget *)base;
	const TargetRequest request = { .verb = TARGET_MEMBERS_ADD, .id = id };
	g_autoptr(GPtrArray) ops = custom_member_listing(self->api);
	Members members = { fn, data };
	Listing listing = { .ops = ops,
			    .shape = &self->api->member,
			    .request = &request,
			    .fn = on_member,
			    .data = &members,
			    .error = error };

	return list(self, &listing, complete, why);
}
