/*
 * The members of one request in portions: which is next, and what an answer means. Pure.
 *
 *	100 at once --400, 413--> 50 --400--> 25 --200--> 25 ... of the rest, and in this session
 *
 * A service refuses a portion because it is too much, or because of somebody in it, and hardly any
 * says which. So a refused portion is halved. When a single member is refused, it was that one:
 * the others go on, in portions that grow again, and what was found out about the size is void.
 * If nobody is taken, it is the group; that is not asked a hundred times.
 *
 * Members who are in the group already, or out of it, are done: by RFC 7644 §3.5.2.1 that is no
 * error, yet some services make it one.
 */
#include <string.h>

#include "base/json.h"
#include "scim_group_internal.h"

#define HOPELESS 5 /* refused one after the other, and nobody taken */

void scim_chunks_init(ScimChunks *self, const ScimGroupQuirks *quirks, const TargetRequest *request,
		      guint largest)
{
	*self = (ScimChunks){ .quirks = quirks,
			      .request = request,
			      .limit = MAX(1, largest),
			      .largest = MAX(1, largest) };
}

void scim_chunks_clear(ScimChunks *self)
{
	g_clear_pointer(&self->problem, g_free);
}

static gsize text_length(const json_t *body)
{
	g_autofree char *text = json_canonical(body);
	return strlen(text);
}

json_t *scim_chunks_next(ScimChunks *self)
{
	gint64 most = self->quirks->payload_max;

	self->count = MIN(self->limit, self->request->member_count - self->first);
	if (self->count == 0)
		return NULL;
	for (;;) {
		json_t *body = scim_members_patch(self->quirks, self->request, self->first,
						  self->count);
		if (most == 0 || self->count == 1 || text_length(body) <= (gsize)most)
			return body;
		json_decref(body);
		self->count /= 2;
	}
}

/* Somebody was dealt with, alone or in company. */
static void advance(ScimChunks *self)
{
	self->first += self->count;
	if (self->singular)
		self->limit = MIN(self->limit * 2, self->largest);
}

/*
 * Refused for what was asked, not for who asks or for the state of the service. A 404 that is
 * REJECTED is about a member: the group is there.
 */
static gboolean is_refused(const ScimReply *reply)
{
	return reply->status == 400 || reply->status == 409 || reply->status == 413 ||
	       reply->status == 422 || (reply->status == 404 && reply->outcome == TARGET_REJECTED);
}

static gboolean has_word(const ScimReply *reply, const char *const *words)
{
	g_autofree char *text = g_utf8_casefold(reply->detail ? reply->detail : "", -1);

	for (; *words; words++) {
		if (strstr(text, *words))
			return TRUE;
	}
	return FALSE;
}

/* What the service calls an error is what was wanted. */
static gboolean is_done_already(const ScimChunks *self, const ScimReply *reply)
{
	static const char *const in[] = { "already a member", "already member", "already exist",
					  "already in ",      "already added",  "already assigned",
					  "already belong",   "duplicate",      NULL };
	static const char *const out[] = { "not a member", "no such member", "not in the group",
					   "is not in group", NULL };
	gboolean no_target = g_strcmp0(reply->scim_type, "noTarget") == 0;

	if (self->request->verb == TARGET_MEMBERS_REMOVE)
		return (no_target && (reply->status == 400 || reply->status == 404)) ||
		       (is_refused(reply) && has_word(reply, out));
	return (reply->status == 409 && g_strcmp0(reply->scim_type, "uniqueness") == 0) ||
	       (is_refused(reply) && has_word(reply, in));
}

gboolean scim_chunks_no_target(const ScimChunks *self, const ScimReply *reply)
{
	return self->request->verb == TARGET_MEMBERS_REMOVE && reply->status == 404 &&
	       g_strcmp0(reply->scim_type, "noTarget") == 0;
}

static gboolean take_refusal(ScimChunks *self, const ScimReply *reply)
{
	const char *id = self->request->members[self->first].id;

	if (++self->refused >= HOPELESS && self->done == 0)
		return FALSE;
	if (!self->problem)
		self->problem = g_strdup_printf("member '%s': %s", id,
						reply->detail ? reply->detail : "refused");
	self->singular = TRUE;
	advance(self);
	return TRUE;
}

gboolean scim_chunks_answered(ScimChunks *self, const ScimReply *reply)
{
	if (reply->outcome == TARGET_OK) {
		self->done += self->count;
		advance(self);
		return TRUE;
	}
	if (!is_refused(reply) && !scim_chunks_no_target(self, reply))
		return FALSE;
	if (self->count > 1) {
		self->limit = self->count / 2;
		self->shrunk_by = reply->status;
		return TRUE;
	}
	if (is_done_already(self, reply)) {
		self->done++;
		self->singular = TRUE;
		advance(self);
		return TRUE;
	}
	return reply->outcome == TARGET_REJECTED && take_refusal(self, reply);
}

void scim_chunks_conclude(const ScimChunks *self, ScimReply *reply)
{
	if (self->refused == 0) {
		g_clear_pointer(&reply->detail, g_free);
		reply->outcome = TARGET_OK;
	} else if (self->refused == 1) {
		scim_reply_turn(reply, TARGET_REJECTED, "%s", self->problem);
	} else {
		scim_reply_turn(reply, TARGET_REJECTED, "%s\n%u of %u members were refused",
				self->problem, self->refused, self->request->member_count);
	}
}

guint scim_chunks_learned(const ScimChunks *self)
{
	return self->shrunk_by && !self->singular && self->done > 0 ? self->limit : 0;
}
