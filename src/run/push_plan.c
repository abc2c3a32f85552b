/*
 * Push, planning: what the rows of a pushed group want against what is there, as ops.
 *
 *	wanted, not there            create_group (an adoption, if push_match.c finds it)
 *	there under another name     rename_group
 *	members to be added          add_members, as many in one op as the app takes in one request
 *	members to be removed        remove_members, unless the mode is additive
 *	no rule fits any more        as 'gone' says: nothing, its members removed, or delete_group
 *
 * Members are read from the state in the portions that an op has, so no group is ever held in
 * memory. Who gets an account by the same plan is among them: an auditor sees who will be in a
 * group before the first request is sent. Who has none and gets none waits, without an op, until
 * the account wakes the group.
 *
 * A plan is made before the app is asked anything, and then as if the app could do everything. What
 * it cannot do shows when it is opened; the groups are then planned again.
 */
#include "base/error.h"
#include "base/json.h"
#include "push_internal.h"

#define BATCH 200

typedef struct {
	AppRun *app;
	gint64 plan;
	Pushed *pushed;
	PushWay way;
	guint caps;
	gboolean gone;    /* parked, because others deleted it there */
	GHashTable *kept; /* groups (gint64) that stay in the work without an op; or NULL */
	guint spared;     /* members whose accounts are protected */
} Planner;

static void keep(Planner *self, gint64 group)
{
	if (self->kept)
		g_hash_table_add(self->kept, g_memdup2(&group, sizeof group));
}

static State *state_of(const Planner *self)
{
	return self->app->run->state;
}

/* ---- ops ---- */

static gboolean add_op(Planner *self, Op *op, GError **error)
{
	static const char *const modes[] = { "managed", "additive", "exclusive" };
	g_autoptr(json_t) why = json_pack("{s:s, s:s, s:b}", "rule", "groups", "mode",
					  modes[self->way.mode], "pushed", self->pushed->wanted);
	g_autofree char *reason = json_canonical(why);
	Run *run = self->app->run;
	gboolean resting = FALSE, ok;

	op->plan = self->plan;
	op->app = self->pushed->app;
	op->entry = self->pushed->group;
	op->reason = reason;
	op->target_id = self->pushed->target_id;
	ok = plan_add(run->state, op, run->now_us, error) &&
	     park_forget_resting(self->app, op, &resting, error);
	g_clear_pointer(&op->digest, g_free);
	if (resting)
		keep(self, op->entry);
	return ok;
}

static gboolean plan_create(Planner *self, GError **error)
{
	g_autoptr(json_t) resource = json_pack("{s:s}", "displayName", self->pushed->name);
	Op op = { .kind = OP_CREATE_GROUP, .label = self->pushed->name, .resource = resource };

	return add_op(self, &op, error);
}

static gboolean plan_rename(Planner *self, GError **error)
{
	const Pushed *pushed = self->pushed;
	g_autoptr(json_t) resource = json_pack("{s:s}", "displayName", pushed->name);
	g_autoptr(json_t) changes = json_pack("[{s:s, s:s?, s:s}]", "path", "displayName", "old",
					      pushed->label, "new", pushed->name);
	Op op = {
		.kind = OP_RENAME_GROUP,
		.label = pushed->name,
		.resource = resource,
		.changes = changes,
	};

	return add_op(self, &op, error);
}

static gboolean plan_delete(Planner *self, GError **error)
{
	Op op = { .kind = OP_DELETE_GROUP, .label = self->pushed->label };

	return membership_count(state_of(self), self->pushed->app, self->pushed->group, &op.members,
				error) &&
	       add_op(self, &op, error);
}

/* ---- members ---- */

static guint batch(const Planner *self, OpKind kind)
{
	const Target *target = self->app->target;
	guint most = !target                  ? PUSH_MOST_MEMBERS
		     : kind == OP_ADD_MEMBERS ? target->add_batch
					      : target->remove_batch;

	if (self->pushed->portion)
		most = MIN(most, self->pushed->portion);
	return CLAMP(most, 1, PUSH_MOST_MEMBERS);
}

static const char *name_there(const Planner *self)
{
	return self->pushed->label ? self->pushed->label : self->pushed->name;
}

static gboolean add_members_op(Planner *self, OpKind kind, json_t *members, GError **error)
{
	Op op = {
		.kind = kind,
		.label = (char *)name_there(self),
		.changes = members,
		.members = json_array_size(members),
	};

	return add_op(self, &op, error);
}

static gint64 last_entry(const json_t *members)
{
	const json_t *last = json_array_get(members, json_array_size(members) - 1);

	return json_integer_value(json_object_get(last, "entry"));
}

/* All portions of one kind. */
static gboolean plan_members(Planner *self, OpKind kind, GError **error)
{
	MemberQuery query = {
		.app = self->pushed->app,
		.group = self->pushed->group,
		.plan = self->plan,
		.limit = batch(self, kind),
	};

	for (;;) {
		g_autoptr(json_t) members = NULL;

		if (!(kind == OP_ADD_MEMBERS
			      ? membership_to_add(state_of(self), &query, &members, error)
			      : membership_to_remove(state_of(self), &query, &members, error)))
			return FALSE;
		if (json_array_size(members) == 0)
			return TRUE;
		query.after = last_entry(members);
		if (!push_spare(self->app, members, &self->spared, error) ||
		    (json_array_size(members) > 0 && !add_members_op(self, kind, members, error)))
			return FALSE;
	}
}

/* Who is in an exclusive group there and is nobody we know. */
static gboolean plan_strangers(Planner *self, GError **error)
{
	g_autofree char *last = NULL;

	for (;;) {
		g_autoptr(json_t) members = NULL;
		const json_t *end;

		if (!stranger_next(state_of(self), self->pushed->app, self->pushed->group, last,
				   batch(self, OP_REMOVE_MEMBERS), &members, error))
			return FALSE;
		if (json_array_size(members) == 0)
			return TRUE;
		end = json_array_get(members, json_array_size(members) - 1);
		g_free(last);
		last = g_strdup(json_get_string(end, "id"));
		if (!add_members_op(self, OP_REMOVE_MEMBERS, members, error))
			return FALSE;
	}
}

/* ---- one group ---- */

static gboolean name_is_free(Planner *self, gboolean *free, GError **error)
{
	g_autofree char *why = NULL;
	ViewEntry other = { 0 };
	gint64 id;

	if (!pushed_namesake(state_of(self), self->pushed, &id, error))
		return FALSE;
	*free = id == 0;
	if (*free)
		return TRUE;
	if (!view_load(state_of(self), id, &other, error))
		return FALSE;
	why = g_strdup_printf(
		"the name '%s' is that of another pushed group too: %s\n"
		"rename one of them, or give them names of their own by the 'name' of "
		"their rule",
		self->pushed->name, other.entry ? entry_dn(other.entry) : "?");
	view_entry_clear(&other);
	keep(self, self->pushed->group);
	return park_entry(self->app, self->pushed->group,
			  &(Parking){ ERROR_OBJECT, why, NULL, 0, PARK_CONFLICT }, error);
}

/* The name is said once when it cannot be given. */
static gboolean tell_name(Planner *self, GError **error)
{
	Pushed *pushed = self->pushed;

	if (g_strcmp0(pushed->told, pushed->name) == 0)
		return TRUE;
	g_ptr_array_add(self->app->result->notes,
			g_strdup_printf("the group '%s' keeps this name there, because groups "
					"cannot be renamed at this application; it would be '%s'",
					pushed->label, pushed->name));
	g_free(pushed->told);
	pushed->told = g_strdup(pushed->name);
	return pushed_put(state_of(self), pushed, error);
}

static gboolean plan_name(Planner *self, GError **error)
{
	const Pushed *pushed = self->pushed;
	gboolean free;

	if (g_strcmp0(pushed->name, pushed->label) == 0)
		return TRUE;
	if (pushed->target_id && !(self->caps & TARGET_CAN_RENAME_GROUP))
		return tell_name(self, error);
	if (!name_is_free(self, &free, error))
		return FALSE;
	if (!free)
		return TRUE;
	return pushed->target_id ? plan_rename(self, error) : plan_create(self, error);
}

static gboolean plan_all_members(Planner *self, GError **error)
{
	if (self->way.mode == PUSH_EXCLUSIVE && !plan_strangers(self, error))
		return FALSE;
	return plan_members(self, OP_REMOVE_MEMBERS, error) &&
	       plan_members(self, OP_ADD_MEMBERS, error);
}

/* Is there such an op of this group in the plan? OP_KINDS: any. */
static gboolean has_op(Planner *self, gint64 group, OpKind wanted, gboolean *has, GError **error)
{
	*has = FALSE;
	for (guint kind = 0; !*has && kind < OP_KINDS; kind++) {
		g_autoptr(GPtrArray) ops = op_array_new();

		if (wanted == OP_KINDS ? !op_is_of_group((OpKind)kind) : kind != wanted)
			continue;
		if (!plan_ops_of_kind(state_of(self), self->plan, &(Op){ .kind = (OpKind)kind },
				      group, 1, ops, error))
			return FALSE;
		*has = ops->len > 0;
	}
	return TRUE;
}

static gboolean plan_wanted(Planner *self, GError **error)
{
	const Pushed *pushed = self->pushed;
	gboolean made = FALSE;

	if (!membership_forget(state_of(self), pushed->app, pushed->group,
			       self->way.mode == PUSH_ADDITIVE, error) ||
	    (!pushed->target_id && !has_op(self, pushed->group, OP_CREATE_GROUP, &made, error)))
		return FALSE;
	return (!pushed->target_id && !made) || plan_all_members(self, error);
}

/* No rule fits any more. Nothing that was never sent is worth a memory. */
static gboolean plan_leaving(Planner *self, GError **error)
{
	const Pushed *pushed = self->pushed;
	State *state = state_of(self);
	gboolean delete = self->way.gone == PUSH_GONE_DELETE && !pushed->adopted &&
			  (self->caps & TARGET_CAN_DELETE_GROUP);

	if (!pushed->target_id)
		return pushed_remove(state, pushed->app, pushed->group, error);
	if (!stranger_forget(state, pushed->app, pushed->group, error))
		return FALSE;
	if (delete)
		return plan_delete(self, error);
	return membership_forget(state, pushed->app, pushed->group,
				 self->way.gone == PUSH_GONE_KEEP ||
					 self->way.mode == PUSH_ADDITIVE,
				 error) &&
	       plan_members(self, OP_REMOVE_MEMBERS, error);
}

static Planner planner_for(AppRun *app, gint64 plan, Pushed *pushed)
{
	return (Planner){
		.app = app,
		.plan = plan,
		.pushed = pushed,
		.way = push_way(pushed),
		.caps = app->target ? app->target->caps : G_MAXUINT,
	};
}

gboolean push_plan_members(AppRun *app, gint64 plan, gint64 group, GError **error)
{
	g_autoptr(Pushed) pushed = NULL;
	Planner self;

	if (!pushed_find(app->run->state, app->row.id, group, &pushed, error))
		return FALSE;
	self = planner_for(app, plan, pushed);
	if (!plan_all_members(&self, error))
		return FALSE;
	push_note_spared(app, name_there(&self), self.spared);
	return TRUE;
}

/* What was put aside when it was planned, and is planned now, is not put aside any more. */
static gboolean unpark(Planner *self, gint64 group, GError **error)
{
	gint64 app = self->app->row.id;
	g_autoptr(Work) work = NULL;

	if (!work_find(state_of(self), app, group, &work, error))
		return FALSE;
	return !work || !work->parked || work->digest ||
	       (work_done(state_of(self), app, group, error) &&
		work_add(state_of(self), app, group, self->app->run->now_us, error));
}

static gboolean close_group(Planner *self, gint64 group, GError **error)
{
	gboolean has;

	if (self->kept && g_hash_table_contains(self->kept, &group))
		return TRUE;
	if (!has_op(self, group, OP_KINDS, &has, error))
		return FALSE;
	/* That nothing is left to send to it does not bring it back. */
	if (!has && self->gone)
		return TRUE;
	return has ? unpark(self, group, error)
		   : work_done(state_of(self), self->app->row.id, group, error);
}

/* First the groups themselves: one that is to be made can be a member of another one. */
static gboolean plan_group_name(Planner *self, GError **error)
{
	if (!self->pushed->wanted)
		return TRUE;
	if (self->pushed->name)
		return plan_name(self, error);
	keep(self, self->pushed->group); /* parked when none could be worked out */
	return TRUE;
}

static gboolean plan_group_members(Planner *self, GError **error)
{
	gint64 group = self->pushed->group;
	gboolean ok = self->pushed->wanted ? plan_wanted(self, error) : plan_leaving(self, error);

	push_note_spared(self->app, name_there(self), self->spared);
	return ok && close_group(self, group, error);
}

typedef gboolean (*PlanFn)(Planner *self, GError **error);

/* A group that others deleted is made again once that is wanted, changed or not. */
static gboolean notice_gone(AppRun *app, Pushed **pushed, gboolean *gone, GError **error)
{
	State *state = app->run->state;
	gint64 group = (*pushed)->group;

	if (!push_is_gone(state, *pushed, gone, error))
		return FALSE;
	if (!*gone || !app->config->recreate || !app->config->features.groups)
		return TRUE;
	*gone = FALSE;
	g_clear_pointer(pushed, pushed_free);
	return push_make_again(app, group, error) &&
	       pushed_find(state, app->row.id, group, pushed, error);
}

/* Nothing is planned for a group while it is not known what became of the last request. */
static gboolean plan_group(const Planner *all, gint64 group, PlanFn fn, GError **error)
{
	g_autoptr(GPtrArray) open = op_array_new();
	g_autoptr(Pushed) pushed = NULL;
	gboolean gone;
	Planner self;

	if (!plan_open_ops_of(state_of(all), all->app->row.id, group, open, error) ||
	    !pushed_find(state_of(all), all->app->row.id, group, &pushed, error))
		return FALSE;
	if (open->len > 0 || !pushed)
		return TRUE;
	if (!notice_gone(all->app, &pushed, &gone, error))
		return FALSE;
	self = planner_for(all->app, all->plan, pushed);
	self.gone = gone;
	self.kept = all->kept;
	return fn(&self, error);
}

/* ---- all of them ---- */

gboolean push_is_groups(const ViewEntry *entry, gboolean known, const Link *link)
{
	return entry->kind == ENTRY_GROUP && !known && !link;
}

/* Without groups an app keeps what it has: nothing is read, added, or taken away. */
static gboolean drop_work(Planner *self, GError **error)
{
	return work_done(state_of(self), self->app->row.id, self->pushed->group, error);
}

static gboolean for_each(const Planner *self, PlanFn fn, GError **error)
{
	gint64 last = 0;

	for (;;) {
		g_autoptr(GArray) groups = g_array_new(FALSE, FALSE, sizeof(gint64));

		if (!pushed_work(state_of(self), self->app->row.id, last, BATCH, groups, error))
			return FALSE;
		if (groups->len == 0)
			return TRUE;
		last = g_array_index(groups, gint64, groups->len - 1);
		for (guint i = 0; i < groups->len; i++)
			if (!plan_group(self, g_array_index(groups, gint64, i), fn, error))
				return FALSE;
	}
}

gboolean push_plan(AppRun *app, gint64 plan, GError **error)
{
	g_autoptr(GHashTable) kept = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free,
							   NULL);
	Planner self = { .app = app, .plan = plan, .kept = kept };

	if (app->only)
		return TRUE;
	if (!app->config->features.groups)
		return for_each(&self, drop_work, error);
	return membership_wake_planned(app->run->state, plan, app->run->now_us, error) &&
	       for_each(&self, plan_group_name, error) &&
	       for_each(&self, plan_group_members, error);
}

/* ---- what turned out not to be so ---- */

/* Has the member an account or a group there, or will it by this plan? */
static gboolean is_to_come(AppRun *app, gint64 plan, const json_t *member, gboolean *is,
			   GError **error)
{
	gint64 entry = json_integer_value(json_object_get(member, "entry"));
	g_autoptr(GPtrArray) ops = op_array_new();

	*is = json_object_get(member, "id") != NULL;
	if (*is)
		return TRUE;
	if (!plan_ops_of(app->run->state, app->row.id, entry, 8, ops, error))
		return FALSE;
	for (guint i = 0; i < ops->len; i++) {
		const Op *op = g_ptr_array_index(ops, i);

		*is |= op->plan == plan && op->state == OP_PLANNED &&
		       (op->kind == OP_CREATE || op->kind == OP_ADOPT ||
			op->kind == OP_CREATE_GROUP || op->kind == OP_ADOPT_GROUP);
	}
	return TRUE;
}

static gboolean replace_members(AppRun *app, Op *op, json_t *members, GError **error)
{
	State *state = app->run->state;
	gboolean resting;

	if (!plan_forget(state, op->id, error))
		return FALSE;
	if (json_array_size(members) == 0)
		return TRUE;
	json_decref(op->changes);
	op->changes = json_incref(members);
	op->members = json_array_size(members);
	return plan_add(state, op, app->run->now_us, error) &&
	       park_forget_resting(app, op, &resting, error);
}

static gboolean prune_op(AppRun *app, Op *op, GError **error)
{
	g_autoptr(json_t) members = json_array();
	size_t index;
	json_t *member;

	json_array_foreach (op->changes, index, member) {
		gboolean is;

		if (!is_to_come(app, op->plan, member, &is, error))
			return FALSE;
		if (is)
			json_array_append(members, member);
	}
	return json_array_size(members) == json_array_size(op->changes) ||
	       replace_members(app, op, members, error);
}

/* Nothing is left to do for it, unless it was put aside. */
static gboolean close_pruned(Planner *self, gint64 group, GError **error)
{
	g_autoptr(Work) work = NULL;
	gboolean has;

	if (!has_op(self, group, OP_KINDS, &has, error) ||
	    !work_find(state_of(self), self->app->row.id, group, &work, error))
		return FALSE;
	return has || !work || work->parked ||
	       work_done(state_of(self), self->app->row.id, group, error);
}

gboolean push_prune(AppRun *app, gint64 plan, GError **error)
{
	Op last = { .kind = OP_ADD_MEMBERS };
	Planner self = { .app = app, .plan = plan };
	gint64 until = G_MAXINT64;

	/* Ops that take the place of others come behind all that were there. */
	for (;;) {
		g_autoptr(GPtrArray) ops = op_array_new();

		if (!plan_ops_of_kind(app->run->state, plan, &last, 0, BATCH, ops, error))
			return FALSE;
		if (ops->len == 0)
			return TRUE;
		for (guint i = 0; i < ops->len; i++) {
			Op *op = g_ptr_array_index(ops, i);
			gint64 group = op->entry;

			last.id = op->id;
			if (last.id >= until)
				return TRUE;
			if (!prune_op(app, op, error) || !close_pruned(&self, group, error))
				return FALSE;
			if (op->id > last.id)
				until = MIN(until, op->id);
		}
	}
}

static gboolean forget_kind(AppRun *app, gint64 plan, gint64 group, OpKind kind, GError **error)
{
	for (;;) {
		g_autoptr(GPtrArray) ops = op_array_new();

		if (!plan_ops_of_kind(app->run->state, plan, &(Op){ .kind = kind }, group, BATCH,
				      ops, error))
			return FALSE;
		if (ops->len == 0)
			return TRUE;
		for (guint i = 0; i < ops->len; i++)
			if (!plan_forget(app->run->state, ((Op *)g_ptr_array_index(ops, i))->id,
					 error))
				return FALSE;
	}
}

static gboolean forget(AppRun *app, gint64 plan, gint64 group, GError **error)
{
	for (guint kind = 0; kind < OP_KINDS; kind++)
		if (op_is_of_group((OpKind)kind) &&
		    !forget_kind(app, plan, group, (OpKind)kind, error))
			return FALSE;
	return TRUE;
}

gboolean push_forget(AppRun *app, gint64 plan, GError **error)
{
	return forget(app, plan, 0, error);
}

gboolean push_forget_members(AppRun *app, gint64 plan, gint64 group, GError **error)
{
	return forget_kind(app, plan, group, OP_REMOVE_MEMBERS, error) &&
	       forget_kind(app, plan, group, OP_ADD_MEMBERS, error);
}

gboolean push_park(AppRun *app, gint64 plan, gint64 group, ParkClass klass, const char *why,
		   GError **error)
{
	app->lost_members = TRUE; /* it may be a member of another group */
	return forget(app, plan, group, error) &&
	       park_entry(app, group, &(Parking){ ERROR_OBJECT, why, NULL, 0, klass }, error);
}
