/*
 * Push, matching: is there a group already, and can the app do what was planned?
 *
 * A group is looked for by the driver's paths: by our externalId, then by its name; a path that the
 * service does not search by is passed over, unless it is the last one. A group that fits and is
 * nobody's is adopted; it is renamed only if its name is not the wanted one. Members that it has
 * and that we did not put there stay, unless the group is pushed as exclusive: then they are read
 * now, so that the first plan shows who would be removed.
 *
 * What the app can do is known only here, where it is open. A plan that was made blind and asks for
 * too much is made again: in smaller portions, without what cannot be done, without the members
 * whose account turned out to be nobody's.
 */
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "core/resource.h"
#include "push_internal.h"

#define BATCH 200

/* ---- asking ---- */

typedef struct {
	const PushQuery *query;
	TargetRequest request;
	char *anchor;
	guint next_path;
} Search;

typedef struct {
	AppRun *app;
	PushFindFn fn;
	void *data;
	GError *error;
} Finder;

static const char *value_at(const Search *search, const char *path)
{
	return g_ascii_strcasecmp(path, "externalId") == 0 ? search->anchor : search->query->name;
}

static gboolean ask_next(Finder *self, Search *search)
{
	Target *target = self->app->target;
	const char *const *paths = target->ops->group_match;

	while (paths && paths[search->next_path]) {
		const char *path = paths[search->next_path++];
		const char *value = value_at(search, path);

		if (!value || !*value)
			continue;
		search->request = (TargetRequest){
			.verb = TARGET_GROUP_LOOKUP,
			.match_path = path,
			.match_value = value,
			.tag = search,
		};
		target->ops->submit(target, &search->request);
		return TRUE;
	}
	return FALSE;
}

static void finish(Finder *self, Search *search, const PushAnswer *answer)
{
	if (!self->error)
		self->fn(search->query, answer, self->data, &self->error);
}

/* A server's filter is a hint: what does not have the value is not what was asked for. */
static gboolean fits(const Search *search, const json_t *document, const char *id)
{
	const char *path = search->request.match_path;
	g_autoptr(json_t) wanted = json_pack("{s:s}", path, search->request.match_value);

	if (search->query->id)
		return g_strcmp0(search->query->id, id) == 0;
	return resource_matches(wanted, document, path);
}

static void took_documents(Finder *self, Search *search, const TargetAnswer *answer)
{
	PushAnswer found = { .match = search->request.match_path, .status = answer->status };
	g_autofree char *first = NULL;
	size_t index;
	json_t *document;

	json_array_foreach (answer->documents, index, document) {
		g_autofree char *id = json_scalar_text(json_get_nocase(document, "id"));

		if (!id || !fits(search, document, id))
			continue;
		if (found.count++ > 0)
			continue;
		first = g_steal_pointer(&id);
		found.id = first;
		found.label = json_string_value(json_get_nocase(document, "displayName"));
	}
	if (found.count > 0 || !ask_next(self, search))
		finish(self, search, &found);
}

/* It is the search by this path that is refused, not the group. */
static gboolean is_no_search(const TargetAnswer *answer)
{
	return answer->outcome == TARGET_REJECTED &&
	       (answer->status == 400 || answer->status == 501);
}

static void answered(TargetRequest *request, const TargetAnswer *answer, void *data)
{
	Finder *self = data;
	Search *search = request->tag;
	PushAnswer other = {
		.failed = answer->outcome != TARGET_ABSENT,
		.why = answer->outcome,
		.detail = answer->detail,
		.status = answer->status,
	};

	self->app->result->calls += answer->calls;
	self->app->result->retries += answer->retries;
	if (answer->outcome == TARGET_OK)
		took_documents(self, search, answer);
	else if ((other.failed && !is_no_search(answer)) || !ask_next(self, search))
		finish(self, search, &other);
}

static void search_clear(Search *searches, guint n)
{
	for (guint i = 0; i < n; i++)
		g_free(searches[i].anchor);
	g_free(searches);
}

gboolean push_find(AppRun *app, const PushQuery *queries, guint n, PushFindFn fn, void *data,
		   GError **error)
{
	Finder self = { .app = app, .fn = fn, .data = data };
	Search *searches = g_new0(Search, n);
	Target *target = app->target;

	for (guint i = 0; i < n && !self.error; i++) {
		searches[i].query = &queries[i];
		if (view_anchor(app->run->state, queries[i].group, &searches[i].anchor,
				&self.error) &&
		    !ask_next(&self, &searches[i]))
			finish(&self, &searches[i], &(PushAnswer){ 0 });
	}
	while (target->ops->step(target, 1000, answered, &self) > 0)
		;
	search_clear(searches, n);
	if (!self.error)
		return TRUE;
	g_propagate_error(error, self.error);
	return FALSE;
}

/* ---- what is found ---- */

typedef struct {
	AppRun *app;
	gint64 plan;
} Matcher;

static gboolean adopt(Matcher *self, Op *op, const PushAnswer *found, GError **error)
{
	const char *name = json_get_string(op->resource, "displayName");
	gboolean rename = g_strcmp0(found->label, name) != 0 && found->label &&
			  (self->app->target->caps & TARGET_CAN_RENAME_GROUP);
	gboolean resting;

	op->kind = OP_ADOPT_GROUP;
	op->target_id = g_strdup(found->id);
	op->match = g_strdup(found->match);
	op->changes = rename ? json_pack("[{s:s, s:s, s:s}]", "path", "displayName", "old",
					 found->label, "new", name)
			     : json_array();
	if (!rename && found->label)
		json_object_set_new(op->resource, "displayName", json_string(found->label));
	return plan_replace(self->app->run->state, op, error) &&
	       park_forget_resting(self->app, op, &resting, error);
}

/* A group that exists: its real members matter now, if it is to have no others. */
static gboolean read_members(Matcher *self, const Op *op, GError **error)
{
	AppRun *app = self->app;
	g_autoptr(Pushed) pushed = NULL;

	if (!pushed_find(app->run->state, op->app, op->entry, &pushed, error))
		return FALSE;
	return !pushed || push_way(pushed).mode != PUSH_EXCLUSIVE ||
	       push_read(app, self->plan, op->entry, op->target_id, error);
}

static gboolean take(Matcher *self, Op *op, const PushAnswer *found, GError **error)
{
	gint64 owner = 0;

	if (!pushed_owner(self->app->run->state, op->app, found->id, &owner, error))
		return FALSE;
	if (owner && owner != op->entry)
		return push_park(
			self->app, self->plan, op->entry, PARK_CONFLICT,
			"the group there that fits is that of another pushed group already", error);
	return adopt(self, op, found, error);
}

static gboolean not_there(Matcher *self, const Op *op, GError **error)
{
	g_autofree char *why = NULL;

	if (self->app->target->caps & TARGET_CAN_CREATE_GROUP)
		return TRUE;
	why = g_strdup_printf(
		"groups cannot be made at this application by us\nmake the group '%s' "
		"there first; it is then adopted",
		op->label);
	return push_park(self->app, self->plan, op->entry, PARK_REFUSED, why, error);
}

static gboolean found(const PushQuery *query, const PushAnswer *answer, void *data, GError **error)
{
	Matcher *self = data;
	Op *op = query->tag;

	if (answer->failed && answer->why == TARGET_DOWN)
		return error_set(error, ERROR_DOWN, "could not look for existing groups: %s",
				 answer->detail);
	if (answer->failed)
		return push_park(self->app, self->plan, op->entry,
				 answer->why == TARGET_REJECTED ? PARK_REFUSED : PARK_WAITING,
				 answer->detail ? answer->detail : "groups cannot be looked for",
				 error);
	if (answer->count > 1)
		return push_park(self->app, self->plan, op->entry, PARK_CONFLICT,
				 "several groups there fit this one\nremove or rename all but one",
				 error);
	return answer->count ? take(self, op, answer, error) : not_there(self, op, error);
}

static gboolean match_batch(Matcher *self, GPtrArray *ops, GError **error)
{
	g_autofree PushQuery *queries = g_new0(PushQuery, ops->len);

	for (guint i = 0; i < ops->len; i++) {
		Op *op = g_ptr_array_index(ops, i);

		queries[i] = (PushQuery){ .group = op->entry, .name = op->label, .tag = op };
	}
	if (!push_find(self->app, queries, ops->len, found, self, error))
		return FALSE;
	for (guint i = 0; i < ops->len; i++) {
		const Op *op = g_ptr_array_index(ops, i);

		if (op->kind == OP_ADOPT_GROUP && !read_members(self, op, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean match_all(Matcher *self, GError **error)
{
	Op last = { .kind = OP_CREATE_GROUP };

	for (;;) {
		g_autoptr(GPtrArray) ops = op_array_new();

		if (!plan_ops_of_kind(self->app->run->state, self->plan, &last, 0, BATCH, ops,
				      error))
			return FALSE;
		if (ops->len == 0)
			return TRUE;
		last.id = ((Op *)g_ptr_array_index(ops, ops->len - 1))->id;
		if (!match_batch(self, ops, error))
			return FALSE;
	}
}

/* ---- what the app can do ---- */

static gboolean keeps_nested(const AppConfig *config)
{
	for (guint i = 0; config->push && i < config->push->len; i++)
		if (((PushRule *)g_ptr_array_index(config->push, i))->nested == PUSH_KEEP)
			return TRUE;
	return FALSE;
}

/*
 * Whether groups may be members decides who is wanted in which group, so it is known before that.
 */
static gboolean learn_nesting(AppRun *app, gboolean *again, GError **error)
{
	State *state = app->run->state;
	gboolean can = (app->target->caps & TARGET_CAN_NEST_GROUPS) != 0;
	guint known;

	if (!keeps_nested(app->config))
		return TRUE;
	if (!can)
		g_ptr_array_add(app->result->notes,
				g_strdup("this application takes no groups as members: the members "
					 "of nested groups are put into the group itself"));
	if (!pushed_nests(state, app->row.id, &known, error))
		return FALSE;
	if (known == (guint)can || (known == 2 && can))
		return TRUE;
	*again = TRUE;
	return pushed_set_nests(state, app->row.id, can, error) && push_touch_kept(app, error) &&
	       assign_touched(app->run, error);
}

static gboolean has_group_ops(AppRun *app, gint64 plan, gboolean *has, GError **error)
{
	Plan row = { 0 };

	*has = FALSE;
	if (!plan_load(app->run->state, plan, &row, error))
		return FALSE;
	for (guint kind = 0; kind < OP_KINDS; kind++)
		*has |= row.counts[kind] > 0 && op_is_of_group((OpKind)kind);
	plan_clear(&row);
	return TRUE;
}

/* There is a line in the result instead of a parked object for each group. */
static gboolean give_up(AppRun *app, gint64 plan, GError **error)
{
	g_ptr_array_add(app->result->notes,
			g_strdup("groups are configured to be pushed, and this application has "
				 "none that we could use: nothing was planned for them"));
	return push_forget(app, plan, error);
}

/* Was the plan made for an app that can do more than this one? */
static gboolean falls_short(const Target *target)
{
	guint all = TARGET_CAN_RENAME_GROUP | TARGET_CAN_DELETE_GROUP;

	return (target->caps & all) != all || target->add_batch < PUSH_MOST_MEMBERS ||
	       target->remove_batch < PUSH_MOST_MEMBERS;
}

static gboolean match_inside(AppRun *app, gint64 plan, GError **error)
{
	const Target *target = app->target;
	Matcher self = { .app = app, .plan = plan };
	gboolean again = app->blind && falls_short(target);

	if (!(target->caps & TARGET_CAN_GROUPS))
		return give_up(app, plan, error);
	if (!learn_nesting(app, &again, error))
		return FALSE;
	if (again && (!push_forget(app, plan, error) || !push_plan(app, plan, error)))
		return FALSE;
	return match_all(&self, error) && (!app->lost_members || push_prune(app, plan, error));
}

gboolean push_match(AppRun *app, gint64 plan, GError **error)
{
	State *state = app->run->state;
	gboolean has;

	if (!has_group_ops(app, plan, &has, error))
		return FALSE;
	if (!has)
		return TRUE;
	if (!state_begin(state, error))
		return FALSE;
	if (match_inside(app, plan, error))
		return state_commit(state, error);
	state_rollback(state);
	return FALSE;
}
