/*
 * Walking the listings of a custom API, one after the other, each with all its pages. Pure: answers
 * in; requests, accounts and a verdict out.
 *
 *	list 1: [step ...] page page page      what a page shows is told of, each account once
 *	list 2: page page
 *	list 3: 500                            the others go on: what is there is there
 *
 * A listing of several steps is paged in its last one; the earlier ones are asked once, for what
 * they put out. A look-up of one's own is walked like this as well, and so are the members of a
 * group, or one group alone.
 *
 * Two lists may show the same account, as a service that moves somebody from "pending" to "active"
 * in between does: the first counts. If all of one are active and all of the other are not, and the
 * account does not say itself which it is, nobody knows, and the walk is not complete: a service
 * that ignores what it is asked for shows everybody in both. Within one list nothing may come twice
 * without anything new (custom_pages.c).
 *
 * Complete means: every list ended by itself, every page could be read, everything on it had an
 * id, and no fewer were shown than announced; a last page that is a part of something (206) needs
 * the service's word that all was shown. Everything else is incomplete, with the reason, and
 * proves nothing about who is missing. Only an answer that ends all work (TARGET_DOWN) is an error.
 *
 * Memory grows with the number of accounts: one id each.
 */
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "custom_internal.h"
#include "custom_pages_internal.h"

struct CustomWalk {
	const CustomApi *api;
	GPtrArray *ops; /* CustomOp, borrowed */
	const CustomShape *shape;
	CustomScope scope;
	guint at;   /* the list under way */
	guint step; /* of it */
	gboolean begun;
	json_t *outputs; /* of its steps, beside those of the scope */
	CustomPager pager;
	const CustomStep *asked; /* that the last request belongs to */
	char *path;              /* of it */
	GHashTable *ids;         /* to the list that showed it last and what that said (SIGHT) */
	const json_t *record;
	int flag;   /* of this record: 1, 0 by its listing alone; -1 */
	char *flaw; /* the first thing that was wrong, or NULL */
	TargetOutcome trouble;
};

static const char *origin_of(const CustomWalk *self)
{
	return self->scope.origin ? self->scope.origin : self->api->origin;
}

CustomWalk *custom_walk_new(const CustomApi *api, const GPtrArray *ops, const CustomShape *shape,
			    const CustomScope *scope)
{
	CustomWalk *self = g_new0(CustomWalk, 1);

	self->api = api;
	self->ops = g_ptr_array_new();
	for (guint i = 0; ops && i < ops->len; i++)
		g_ptr_array_add(self->ops, g_ptr_array_index(ops, i));
	self->shape = shape;
	self->scope = *scope;
	self->ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	if (self->ops->len == 0) {
		self->flaw = g_strdup("the API has no operation that lists them");
		self->trouble = TARGET_REJECTED;
	}
	return self;
}

void custom_walk_free(CustomWalk *self)
{
	if (!self)
		return;
	custom_pager_clear(&self->pager);
	json_decref(self->outputs);
	g_hash_table_unref(self->ids);
	g_ptr_array_unref(self->ops);
	g_free(self->path);
	g_free(self->flaw);
	g_free(self);
}

static void note_flaw(CustomWalk *self, TargetOutcome trouble, const char *flaw)
{
	if (self->flaw)
		return;
	self->flaw = g_strndup(flaw, strcspn(flaw, "\n"));
	self->trouble = trouble;
}

const CustomOp *custom_walk_op(const CustomWalk *self)
{
	return self->at < self->ops->len ? g_ptr_array_index(self->ops, self->at) : NULL;
}

const CustomStep *custom_walk_step(const CustomWalk *self)
{
	return self->asked;
}

const json_t *custom_walk_record(const CustomWalk *self)
{
	return self->record;
}

/* Asking --------------------------------------------------------------------------------------- */

static void begin_list(CustomWalk *self, const CustomOp *op)
{
	self->begun = TRUE;
	self->step = 0;
	json_decref(self->outputs);
	self->outputs = self->scope.outputs ? json_copy((json_t *)self->scope.outputs)
					    : json_object();
	custom_pager_clear(&self->pager);
	custom_pager_init(&self->pager, &op->pages, origin_of(self));
}

static void end_list(CustomWalk *self)
{
	if (self->pager.flaw)
		note_flaw(self, TARGET_REJECTED, self->pager.flaw);
	self->begun = FALSE;
	self->at++;
}

static gboolean is_last_step(const CustomWalk *self, const CustomOp *op)
{
	return self->step + 1 >= op->steps->len;
}

static void append_query(HttpRequest *request, const char *query)
{
	char *path = request->path;

	request->path = g_strconcat(path, strchr(path, '?') ? "&" : "?", query, NULL);
	g_free(path);
}

static HttpRequest *ask_page(CustomWalk *self, const CustomStep *step, CustomScope *scope,
			     GError **error)
{
	g_autoptr(json_t) values = custom_pager_values(&self->pager);
	g_autofree char *query = custom_pager_query(&self->pager);
	HttpRequest *request;

	scope->page = values;
	request = custom_request_new(step, scope, self->pager.address, error);
	if (request && query)
		append_query(request, query);
	if (request && self->pager.pages->kind == CUSTOM_PAGES_LINK)
		request->wants_headers = TRUE;
	return request;
}

/* The next request of this list. NULL without 'error': a condition of the step does not hold. */
static HttpRequest *ask(CustomWalk *self, const CustomOp *op, GError **error)
{
	const CustomStep *step = g_ptr_array_index(op->steps, self->step);
	gboolean is_last = is_last_step(self, op);
	CustomScope scope = self->scope;

	if (is_last && custom_pager_continues(&self->pager))
		step = op->pages.continues;
	scope.outputs = self->outputs;
	if (!custom_when_holds(step->when, &scope))
		return NULL;
	if (step->poll || step->foreach) {
		error_set(error, ERROR_OBJECT, "a listing is not walked with 'poll' or 'foreach'");
		return NULL;
	}
	self->asked = step;
	return is_last ? ask_page(self, step, &scope, error)
		       : custom_request_new(step, &scope, NULL, error);
}

/* What comes after this step: the next one, or the next list. */
static void next_step(CustomWalk *self, const CustomOp *op)
{
	if (is_last_step(self, op))
		end_list(self);
	else
		self->step++;
}

HttpRequest *custom_walk_next(CustomWalk *self)
{
	const CustomOp *op;

	while ((op = custom_walk_op(self))) {
		g_autoptr(GError) error = NULL;

		if (!self->begun)
			begin_list(self, op);
		HttpRequest *request = ask(self, op, &error);
		if (request) {
			g_free(self->path);
			self->path = g_strdup(request->path);
			return request;
		}
		if (error) {
			note_flaw(self, TARGET_REJECTED, error->message);
			end_list(self);
		} else {
			next_step(self, op);
		}
	}
	return NULL;
}

/* Taking --------------------------------------------------------------------------------------- */

/* The answer as a whole is the record: it reads one thing. */
static gboolean shows_one(const CustomOp *op)
{
	return op->what != CUSTOM_LOOKUP && op->what != CUSTOM_LIST &&
	       op->what != CUSTOM_GROUP_LOOKUP && op->what != CUSTOM_GROUP_LIST &&
	       op->what != CUSTOM_MEMBER_LIST;
}

/* The records of a page; NULL: there is no list. New reference. */
static json_t *records_of(const CustomOp *op, const json_t *body)
{
	json_t *records = NULL;

	if (op->items || json_is_array(body) || shows_one(op))
		records = custom_records_at(op->items, body);
	return records || !op->items_may_miss ? records : json_array();
}

/* What 'ids' has: the number of the list, from 1, times this, and the flag + 1. */
#define SIGHT ((gsize)3)

static void note_torn(CustomWalk *self, const char *id)
{
	g_autofree char *flaw = g_strdup_printf(
		"'%s' is in a listing of active accounts and in one of others, and does not say "
		"itself what it is",
		id);

	note_flaw(self, TARGET_REJECTED, flaw);
}

/* TRUE if no page of this list has shown it before; *first if no list has. */
static gboolean note_id(CustomWalk *self, const char *id, gboolean *first)
{
	gsize number = self->at + 1;
	gsize before = GPOINTER_TO_SIZE(g_hash_table_lookup(self->ids, id));
	int flag = (int)(before % SIGHT) - 1;

	*first = before == 0;
	if (before / SIGHT == number)
		return FALSE;
	if (!*first && flag >= 0 && self->flag >= 0 && flag != self->flag)
		note_torn(self, id);
	g_hash_table_insert(self->ids, g_strdup(id),
			    GSIZE_TO_POINTER(number * SIGHT + (gsize)(self->flag + 1)));
	return TRUE;
}

/* Tells of what is new on a page; *fresh counts it. */
static gboolean tell(CustomWalk *self, const CustomOp *op, const json_t *records, gsize *fresh,
		     TargetListFn fn, void *data, GError **error)
{
	size_t i;
	json_t *record;

	json_array_foreach ((json_t *)records, i, record) {
		g_autoptr(json_t) shown = custom_shown(self->shape, record, op->active);
		gboolean first;

		if (!shown) {
			custom_pager_flaw(&self->pager,
					  "the listing holds something without an id");
			continue;
		}
		self->flag = custom_shown_word(self->shape, record) < 0 ? op->active : -1;
		if (!note_id(self, json_string_value(json_object_get(shown, "id")), &first))
			continue;
		(*fresh)++;
		self->record = record;
		gboolean goes_on = !first || fn(shown, data, error);
		self->record = NULL;
		if (!goes_on)
			return FALSE;
	}
	return TRUE;
}

/* As many were shown as the service says that there are. */
static gboolean is_counted(const CustomWalk *self)
{
	return self->pager.total >= 0 && self->pager.seen >= self->pager.total;
}

static gboolean take_page(CustomWalk *self, const CustomOp *op, const CustomReply *reply,
			  const HttpAnswer *answer, TargetListFn fn, void *data, GError **error)
{
	g_autoptr(json_t) records = records_of(op, reply->body);
	CustomPageEnd page = { .body = reply->body,
			       .headers = answer ? answer->headers : NULL,
			       .path = self->path,
			       .received = json_array_size(records) };

	if (!records) {
		custom_pager_flaw(&self->pager, "the answer shows no list at '%s' ('items')%s%s",
				  op->items ? place_text(op->items) : "", reply->unread ? ": " : "",
				  reply->unread ? reply->unread : "");
		end_list(self);
		return TRUE;
	}
	if (!tell(self, op, records, &page.fresh, fn, data, error))
		return FALSE;
	custom_pager_take(&self->pager, &page);
	if (self->pager.over && reply->status == 206 && !shows_one(op) && !is_counted(self))
		custom_pager_flaw(&self->pager, "the service answered 206: it shows a part of the "
						"list only");
	if (self->pager.over)
		end_list(self);
	return TRUE;
}

/* What a step found, for the later ones. FALSE: nothing can be told from its answer. */
static gboolean keep_outputs(CustomWalk *self, const CustomReply *reply, const HttpAnswer *answer)
{
	CustomScope scope = self->scope;
	g_autofree char *flaw = NULL;

	scope.outputs = self->outputs;
	flaw = custom_take_outputs(self->asked->outputs, reply->body, answer, &scope,
				   self->outputs);
	if (flaw)
		note_flaw(self, TARGET_REJECTED, flaw);
	return flaw == NULL;
}

/* Nobody has the value that was looked for: a list of none. */
static gboolean is_none(const CustomOp *op, const CustomReply *reply)
{
	return reply->outcome == TARGET_ABSENT &&
	       (op->what == CUSTOM_LOOKUP || op->what == CUSTOM_GROUP_LOOKUP);
}

gboolean custom_walk_take(CustomWalk *self, const CustomReply *reply, const HttpAnswer *answer,
			  TargetListFn fn, void *data, GError **error)
{
	const CustomOp *op = custom_walk_op(self);
	const char *detail = reply->detail ? reply->detail : "a page of the listing is missing";

	if (reply->outcome == TARGET_DOWN)
		return error_set(error, ERROR_DOWN, "%s", detail);
	if (reply->outcome != TARGET_OK) {
		if (!is_none(op, reply))
			note_flaw(self, reply->outcome, detail);
		end_list(self);
		return TRUE;
	}
	if (!keep_outputs(self, reply, answer)) {
		end_list(self);
		return TRUE;
	}
	if (is_last_step(self, op))
		return take_page(self, op, reply, answer, fn, data, error);
	self->step++;
	return TRUE;
}

gboolean custom_walk_is_by_listing(const CustomWalk *self)
{
	return self->flag >= 0 && self->ops->len > 1;
}

gboolean custom_walk_is_complete(const CustomWalk *self, char **why)
{
	const char *flaw = self->flaw;

	if (!flaw && custom_walk_op(self))
		flaw = "the listing was not read to its end";
	*why = g_strdup(flaw);
	return flaw == NULL;
}

TargetOutcome custom_walk_trouble(const CustomWalk *self)
{
	return self->trouble;
}
