/*
 * Push, executing: members go out in portions, one request at a time for each group.
 *
 * Two requests that change one group at the same time lose changes at services that read, change
 * and write the whole list; so every group is a lane in which the next op waits for the answer of
 * the one before. Many groups go out side by side.
 *
 * Who a member is there is looked up when the op is taken: accounts and groups that the same run
 * made have their ids by then. Who has none still waits for the next plan. What is sent is written
 * into the op with its intent, and in the memberships as "perhaps there".
 */
#include "base/error.h"
#include "base/json.h"
#include "push_internal.h"

/* Members in requests under way: those of 32 large requests, or of a thousand small ones. */
#define MEMBERS_UNDER_WAY 3200

struct PushLanes {
	AppRun *app;
	gint64 plan;
	OpKind kind;
	GQueue ready;    /* groups (gint64 *) of which the next op may go */
	guint busy;      /* groups with a request under way */
	guint64 members; /* in those requests */
};

gboolean push_has_members(AppRun *app, gint64 plan, gboolean *has, GError **error)
{
	Plan row = { 0 };

	if (!plan_load(app->run->state, plan, &row, error))
		return FALSE;
	*has = row.counts[OP_ADD_MEMBERS] + row.counts[OP_REMOVE_MEMBERS] > 0;
	plan_clear(&row);
	return TRUE;
}

PushLanes *push_lanes_new(AppRun *app, gint64 plan, OpKind kind, GError **error)
{
	g_autoptr(GArray) groups = g_array_new(FALSE, FALSE, sizeof(gint64));
	PushLanes *self;

	if (!plan_entries(app->run->state, plan, kind, groups, error))
		return NULL;
	self = g_new0(PushLanes, 1);
	self->app = app;
	self->plan = plan;
	self->kind = kind;
	for (guint i = 0; i < groups->len; i++)
		g_queue_push_tail(&self->ready,
				  g_memdup2(&g_array_index(groups, gint64, i), sizeof(gint64)));
	return self;
}

void push_lanes_free(PushLanes *self)
{
	if (!self)
		return;
	g_queue_clear_full(&self->ready, g_free);
	g_free(self);
}

gboolean push_lanes_empty(const PushLanes *self)
{
	return self->ready.length == 0;
}

/* ---- taking ---- */

/* The member with its id as of now, new reference; NULL: it has none. */
static gboolean resolve_member(PushLanes *self, const json_t *member, json_t **resolved,
			       GError **error)
{
	gint64 entry = json_integer_value(json_object_get(member, "entry"));
	g_autofree char *id = NULL;
	gboolean is_group;

	*resolved = NULL;
	if (!entry) { /* a stranger: its id is all that is known of it */
		*resolved = json_deep_copy(member);
		return TRUE;
	}
	if (!membership_target(self->app->run->state, self->app->row.id, entry, &id, &is_group,
			       error))
		return FALSE;
	if (!id)
		return TRUE;
	*resolved = json_copy((json_t *)member);
	json_object_set_new(*resolved, "id", json_string(id));
	if (is_group)
		json_object_set_new(*resolved, "group", json_true());
	return TRUE;
}

static gboolean mark_asked(PushLanes *self, const Op *op, const json_t *member, GError **error)
{
	gint64 entry = json_integer_value(json_object_get(member, "entry"));

	return op->kind != OP_ADD_MEMBERS ||
	       membership_note(self->app->run->state, op->app, op->entry, entry, MEMBER_PERHAPS,
			       error);
}

static gboolean resolve_members(PushLanes *self, Op *op, GError **error)
{
	g_autoptr(json_t) resolved = json_array();
	size_t index;
	json_t *member;

	json_array_foreach (op->changes, index, member) {
		json_t *now;

		if (!resolve_member(self, member, &now, error))
			return FALSE;
		if (!now)
			continue;
		json_array_append_new(resolved, now);
		if (!mark_asked(self, op, now, error))
			return FALSE;
	}
	json_decref(op->changes);
	op->changes = json_incref(resolved);
	op->members = json_array_size(resolved);
	return TRUE;
}

/* Nothing was refused: the next request may be as large as any. */
static gboolean allow_all(AppRun *app, gint64 group, GError **error)
{
	g_autoptr(Pushed) pushed = NULL;

	if (!pushed_find(app->run->state, app->row.id, group, &pushed, error))
		return FALSE;
	if (!pushed || !pushed->portion)
		return TRUE;
	pushed->portion = 0;
	return pushed_put(app->run->state, pushed, error);
}

/* In step, unless something else of its plan is open, or it was put aside when it was planned. */
static gboolean close_work(AppRun *app, const Op *op, GError **error)
{
	State *state = app->run->state;
	g_autoptr(Work) work = NULL;
	gboolean all;

	if (!plan_all_done(state, op, &all, error) ||
	    !work_find(state, op->app, op->entry, &work, error))
		return FALSE;
	if (!all || (work && work->parked && !work->digest))
		return TRUE;
	return work_done(state, op->app, op->entry, error) && allow_all(app, op->entry, error);
}

static gboolean drop(PushLanes *self, Op *op, const char *why, GError **error)
{
	Run *run = self->app->run;

	return op_move(run->state, op, OP_DROPPED, 0, why, run->now_us, error) &&
	       close_work(self->app, op, error);
}

/* *go FALSE: the op was dropped. */
static gboolean prepare(PushLanes *self, const Pushed *pushed, Op *op, gboolean *go, GError **error)
{
	*go = FALSE;
	if (!pushed || !pushed->target_id)
		return drop(self, op, "the group is not there", error);
	if (!resolve_members(self, op, error))
		return FALSE;
	if (op->members == 0)
		return drop(self, op, "none of them has an account there", error);
	g_free(op->target_id);
	op->target_id = g_strdup(pushed->target_id);
	*go = TRUE;
	return op_resolve(self->app->run->state, op, error);
}

/* The next op of a group that can go; *op NULL: there is none (now). */
static gboolean take_next(PushLanes *self, gint64 group, gboolean last, Op **op, GError **error)
{
	State *state = self->app->run->state;
	g_autoptr(Pushed) pushed = NULL;

	*op = NULL;
	if (!pushed_find(state, self->app->row.id, group, &pushed, error))
		return FALSE;
	if (!last && (!pushed || !pushed->target_id))
		return TRUE;
	for (;;) {
		g_autoptr(GPtrArray) ops = op_array_new();
		gboolean go;

		if (!plan_ops_of_kind(state, self->plan, &(Op){ .kind = self->kind }, group, 1, ops,
				      error))
			return FALSE;
		if (ops->len == 0)
			return TRUE;
		if (!prepare(self, pushed, g_ptr_array_index(ops, 0), &go, error))
			return FALSE;
		if (!go)
			continue;
		*op = g_ptr_array_steal_index(ops, 0);
		return TRUE;
	}
}

gboolean push_take(PushLanes *self, gboolean last, guint limit, GPtrArray *ops, gboolean *left,
		   GError **error)
{
	while (ops->len < limit && self->members < MEMBERS_UNDER_WAY && self->ready.length > 0) {
		g_autofree gint64 *group = g_queue_pop_head(&self->ready);
		Op *op;

		if (!take_next(self, *group, last, &op, error))
			return FALSE;
		if (!op)
			continue;
		g_ptr_array_add(ops, op);
		self->busy++;
		self->members += op->members;
	}
	*left = self->busy > 0 || self->ready.length > 0;
	return TRUE;
}

void push_landed(PushLanes *self, const Op *op)
{
	g_queue_push_tail(&self->ready, g_memdup2(&op->entry, sizeof op->entry));
	self->busy--;
	self->members -= op->members;
}

TargetMember *push_members(const Op *op, guint *count)
{
	TargetMember *members = g_new0(TargetMember, json_array_size(op->changes));
	size_t index;
	json_t *member;

	*count = (guint)json_array_size(op->changes);
	json_array_foreach (op->changes, index, member) {
		members[index].id = json_get_string(member, "id");
		members[index].is_group = json_is_true(json_object_get(member, "group"));
	}
	return members;
}

/* ---- landing ---- */

static gboolean names(const json_t *ids, const char *id)
{
	size_t i;
	json_t *one;

	json_array_foreach ((json_t *)ids, i, one)
		if (g_strcmp0(json_string_value(one), id) == 0)
			return TRUE;
	return FALSE;
}

/* All of them; with 'done' only those whose ids it has. */
static gboolean note_members(AppRun *app, const Op *op, const json_t *done, GError **error)
{
	State *state = app->run->state;
	guint count = 0;
	size_t index;
	json_t *member;

	json_array_foreach (op->changes, index, member) {
		if (done && !names(done, json_get_string(member, "id")))
			continue;
		count++;
		gint64 entry = json_integer_value(json_object_get(member, "entry"));
		gboolean ok = entry ? membership_note(state, op->app, op->entry, entry,
						      op->kind == OP_ADD_MEMBERS ? MEMBER_THERE
										 : MEMBER_ABSENT,
						      error)
				    : stranger_remove(state, op->app, op->entry,
						      json_get_string(member, "id"), error);

		if (!ok)
			return FALSE;
	}
	*(op->kind == OP_ADD_MEMBERS ? &app->result->members_added
				     : &app->result->members_removed) += count;
	return TRUE;
}

static gboolean note_group(AppRun *app, const Op *op, const char *id, Pushed *pushed,
			   GError **error)
{
	Pushed now = *pushed;

	now.label = (char *)json_get_string(op->resource, "displayName");
	now.told = NULL;
	if (op->kind != OP_RENAME_GROUP) {
		now.target_id = (char *)id;
		now.adopted = op->kind == OP_ADOPT_GROUP;
		now.match = op->match;
		now.linked_at_us = app->run->now_us;
		/* A group that we made has no members but those that we put there. */
		if (op->kind == OP_CREATE_GROUP && now.read_at_us != PUSHED_UNREAD)
			now.read_at_us = app->run->now_us;
	}
	return pushed_put(app->run->state, &now, error) &&
	       membership_wake(app->run->state, op->app, op->entry, app->run->now_us, error);
}

/* Deleted by us, or by others before us. */
static gboolean note_deleted(AppRun *app, const Op *op, const Pushed *pushed, GError **error)
{
	State *state = app->run->state;

	return membership_lost(state, op->app, op->entry, app->run->now_us, error) &&
	       (pushed->wanted ? pushed_unlink(state, op->app, op->entry, error)
			       : pushed_remove(state, op->app, op->entry, error));
}

gboolean push_done(AppRun *app, const Op *op, const char *id, GError **error)
{
	g_autoptr(Pushed) pushed = NULL;
	gboolean ok;

	if (!pushed_find(app->run->state, op->app, op->entry, &pushed, error))
		return FALSE;
	if (!pushed)
		return error_set(error, ERROR_FATAL,
				 "op %" G_GINT64_FORMAT " is about a group that nobody pushes",
				 op->id);
	if (op->kind == OP_ADD_MEMBERS || op->kind == OP_REMOVE_MEMBERS)
		ok = note_members(app, op, NULL, error);
	else if (op->kind == OP_DELETE_GROUP)
		ok = note_deleted(app, op, pushed, error);
	else
		ok = note_group(app, op, op->kind == OP_CREATE_GROUP ? id : op->target_id, pushed,
				error);
	return ok && close_work(app, op, error);
}

gboolean push_refused(AppRun *app, const Op *op, const json_t *done, GError **error)
{
	g_autoptr(Pushed) pushed = NULL;
	guint left;

	if (op->members < 2 || (op->kind != OP_ADD_MEMBERS && op->kind != OP_REMOVE_MEMBERS))
		return TRUE;
	if (!pushed_find(app->run->state, op->app, op->entry, &pushed, error))
		return FALSE;
	if (!pushed)
		return TRUE;
	if (done && !note_members(app, op, done, error))
		return FALSE;
	left = (guint)op->members - (guint)MIN(op->members, json_array_size(done));
	pushed->portion = MAX((left + 1) / 2, 1);
	return pushed_put(app->run->state, pushed, error);
}

char *push_words(const Op *op, const char *said)
{
	gboolean adds = op->kind == OP_ADD_MEMBERS;
	const char *reason = said ? said : "the application does not say why";

	if (!adds && op->kind != OP_REMOVE_MEMBERS)
		return NULL;
	if (op->members != 1)
		return g_strdup_printf("%s %" G_GUINT64_FORMAT " members was refused: %s",
				       adds ? "adding" : "removing", op->members, reason);
	return g_strdup_printf("%s '%s' was refused: %s", adds ? "adding" : "removing",
			       json_get_string(json_array_get(op->changes, 0), "label"), reason);
}

static const char gone_words[] =
	"the group is gone at the application: it was removed there, not by us\n"
	"set recreate = true to make such groups again";

gboolean push_is_gone(State *state, const Pushed *pushed, gboolean *gone, GError **error)
{
	g_autoptr(Work) work = NULL;

	*gone = FALSE;
	if (!pushed->wanted || !pushed->target_id)
		return TRUE;
	if (!work_find(state, pushed->app, pushed->group, &work, error))
		return FALSE;
	*gone = work && work->parked && g_strcmp0(work->error, gone_words) == 0;
	return TRUE;
}

gboolean push_make_again(AppRun *app, gint64 group, GError **error)
{
	State *state = app->run->state;

	return membership_lost(state, app->row.id, group, app->run->now_us, error) &&
	       pushed_unlink(state, app->row.id, group, error) &&
	       work_add(state, app->row.id, group, app->run->now_us, error);
}

gboolean push_gone(AppRun *app, const Op *op, gboolean *parked, GError **error)
{
	State *state = app->run->state;
	g_autoptr(Pushed) pushed = NULL;

	*parked = FALSE;
	if (!pushed_find(state, op->app, op->entry, &pushed, error))
		return FALSE;
	if (!pushed)
		return TRUE;
	if (!pushed->wanted)
		return note_deleted(app, op, pushed, error) &&
		       work_done(state, op->app, op->entry, error);
	if (app->config->recreate)
		return push_make_again(app, op->entry, error);
	*parked = TRUE;
	return park_entry(app, op->entry,
			  &(Parking){ ERROR_OBJECT, gone_words, op->digest, 0, PARK_GONE }, error);
}

gboolean push_account_new(AppRun *app, gint64 entry, GError **error)
{
	return membership_wake(app->run->state, app->row.id, entry, app->run->now_us, error);
}

gboolean push_account_gone(AppRun *app, gint64 entry, GError **error)
{
	return membership_lost(app->run->state, app->row.id, entry, app->run->now_us, error);
}

gboolean push_hand_over(AppRun *app, gint64 from, gint64 to, GError **error)
{
	return membership_hand_over(app->run->state, app->row.id, from, to, error) &&
	       membership_wake(app->run->state, app->row.id, to, app->run->now_us, error);
}
