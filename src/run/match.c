/*
 * Match: before an account is created, is there one already?
 *
 * The planned creates of an app are held against the target's accounts by the match keys, in their
 * order. With many creates the target is listed once, into temporary storage; with few, or when
 * the listing was not whole, each is looked up. A target that refuses to search (RFC 7644 §3.4.2.2
 * makes filters optional) is listed after all. An account that fits becomes an adoption, shown in
 * the plan with exactly what it would change; the value by which it was found stays as it is there,
 * because an adoption must not rewrite a login name. Two accounts that fit, or one that is somebody
 * else's, park the person.
 */
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "core/path.h"
#include "core/resource.h"
#include "find_internal.h"
#include "run_internal.h"
#include "state/sighting.h"

#define BATCH 200
#define LIST_FROM 25 /* so many lookups cost more than a listing */

typedef struct {
	AppRun *app;
	gint64 plan;
	gboolean listed;   /* sightings hold all accounts of the target */
	gboolean may_list; /* a refused search is no verdict yet: listing may follow */
	gboolean refused;  /* there was one */
	GError *error;     /* of the state, or the target's being down */
} Matcher;

/* ---- what a found account makes of the op ---- */

static gboolean park_op(Matcher *self, const Op *op, const char *why, GError **error)
{
	return plan_forget(self->app->run->state, op->id, error) &&
	       park_entry(self->app, op->entry, &(Parking){ ERROR_OBJECT, why, NULL, 0 }, error);
}

static void keep_login(json_t *changes, const char *match)
{
	for (size_t i = json_array_size(changes); i-- > 0;)
		if (g_strcmp0(json_get_string(json_array_get(changes, i), "path"), match) == 0)
			json_array_remove(changes, i);
}

static gboolean add_enable(Matcher *self, const Op *adopt, GError **error)
{
	Op op = {
		.plan = self->plan,
		.app = adopt->app,
		.entry = adopt->entry,
		.kind = OP_ENABLE,
		.after = adopt->id,
		.target_id = adopt->target_id,
		.label = adopt->label,
		.reason = adopt->reason,
	};
	gboolean ok = plan_add(self->app->run->state, &op, self->app->run->now_us, error);

	g_free(op.digest);
	return ok;
}

static gboolean adopt(Matcher *self, Op *op, const FindAnswer *found, GError **error)
{
	const AppConfig *config = self->app->config;
	json_t *steady = mapping_steady(config->mapping, op->resource);
	json_t *there;
	gboolean resting;

	if (config->ops->active_path)
		json_object_del(steady, config->ops->active_path);
	there = resource_project(found->document, steady);
	json_decref(op->resource);
	op->resource = steady;
	op->changes = resource_diff(there, steady);
	keep_login(op->changes, found->match);
	json_decref(there);
	op->kind = OP_ADOPT;
	op->target_id = g_strdup(found->id);
	op->match = g_strdup(found->match);
	if (!plan_replace(self->app->run->state, op, error) ||
	    !park_forget_resting(self->app, op, &resting, error))
		return FALSE;
	return resting || find_is_active(config, found->document) || add_enable(self, op, error);
}

/* "invalidFilter", "not implemented": it is the search that is refused, not the person. */
static gboolean is_no_search(const FindAnswer *answer)
{
	return answer->why == TARGET_REJECTED && (answer->status == 400 || answer->status == 501);
}

static gboolean resolve(Matcher *self, Op *op, const FindAnswer *answer, GError **error)
{
	gint64 owner = 0;

	if (answer->outcome == FIND_NONE)
		return TRUE;
	if (answer->outcome == FIND_MANY)
		return park_op(self, op, answer->detail, error);
	if (answer->outcome == FIND_FAILED && self->may_list && is_no_search(answer)) {
		self->refused = TRUE;
		return TRUE;
	}
	if (answer->outcome == FIND_FAILED && answer->why == TARGET_REJECTED)
		return park_op(self, op, answer->detail, error);
	if (answer->outcome == FIND_FAILED)
		return error_set(error, ERROR_DOWN, "could not look for existing accounts: %s",
				 answer->detail);
	if (!link_owner(self->app->run->state, op->app, answer->id, &owner, error))
		return FALSE;
	if (owner && owner != op->entry)
		return park_op(
			self, op,
			"the account that fits belongs to another person already\nlook at both "
			"with 'dirbridge explain'",
			error);
	return adopt(self, op, answer, error);
}

/* ---- asking for each ---- */

static void looked_up(const FindQuery *query, const FindAnswer *answer, void *data)
{
	Matcher *self = data;

	if (!self->error)
		resolve(self, query->tag, answer, &self->error);
}

static gboolean look_up_batch(Matcher *self, GPtrArray *ops, GError **error)
{
	g_autofree FindQuery *queries = g_new0(FindQuery, ops->len);

	for (guint i = 0; i < ops->len; i++) {
		Op *op = g_ptr_array_index(ops, i);

		queries[i] = (FindQuery){ .resource = op->resource, .tag = op };
	}
	find_accounts(self->app->target, self->app->config->match, queries, ops->len, looked_up,
		      self, &self->app->result->calls);
	if (!self->error)
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&self->error));
	return FALSE;
}

/* ---- one listing for all ---- */

static gboolean sight(const json_t *document, void *data, GError **error)
{
	Matcher *self = data;
	const GPtrArray *match = self->app->config->match;
	g_autofree char *id = json_scalar_text(json_get_nocase(document, "id"));

	for (guint i = 0; id && i < match->len; i++) {
		const char *text = g_ptr_array_index(match, i);
		g_autoptr(Path) path = path_parse(text, NULL);
		g_autofree char *value = path ? json_scalar_text(path_get(path, document)) : NULL;

		if (value && !sighting_add(self->app->run->state, text, value, id, document, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean list_target(Matcher *self, GError **error)
{
	Target *target = self->app->target;
	g_autofree char *why = NULL;
	gboolean complete = FALSE;

	if (!sighting_clear(self->app->run->state, error) ||
	    !target->ops->list(target, sight, self, &complete, &why, error))
		return FALSE;
	if (!complete)
		log_warning(
			"the listing of accounts is not whole: %s\nlooking each account up instead",
			why ? why : "the service does not say why");
	self->listed = complete;
	return TRUE;
}

static gboolean match_sighted(Matcher *self, Op *op, GError **error)
{
	const GPtrArray *match = self->app->config->match;
	FindAnswer answer = { .outcome = FIND_NONE };

	for (guint i = 0; i < match->len; i++) {
		const char *path = g_ptr_array_index(match, i);
		const char *value = json_string_value(json_object_get(op->resource, path));
		g_autoptr(json_t) found = NULL;

		if (!value)
			continue;
		if (!sighting_find(self->app->run->state, path, value, &found, error))
			return FALSE;
		find_confirm(found, op->resource, path, &answer);
		if (answer.outcome != FIND_NONE)
			return resolve(self, op, &answer, error);
	}
	return TRUE;
}

/* ---- the whole ---- */

static gboolean match_batch(Matcher *self, GPtrArray *ops, GError **error)
{
	if (!self->listed)
		return look_up_batch(self, ops, error);
	for (guint i = 0; i < ops->len; i++)
		if (!match_sighted(self, g_ptr_array_index(ops, i), error))
			return FALSE;
	return TRUE;
}

static void keep_creates(GPtrArray *ops)
{
	for (guint i = ops->len; i-- > 0;)
		if (((Op *)g_ptr_array_index(ops, i))->kind != OP_CREATE)
			g_ptr_array_remove_index(ops, i);
}

static gboolean match_all(Matcher *self, GError **error)
{
	g_autoptr(GPtrArray) ops = op_array_new();
	g_autofree Op *last = NULL;

	for (;;) {
		g_ptr_array_set_size(ops, 0);
		if (!plan_ops(self->app->run->state, self->plan, OP_PLANNED, last, BATCH, ops,
			      error))
			return FALSE;
		if (ops->len == 0)
			return TRUE;
		g_free(last); /* only its place in the order matters: kind and id */
		last = g_memdup2(g_ptr_array_index(ops, ops->len - 1), sizeof(Op));
		keep_creates(ops);
		if (!match_batch(self, ops, error))
			return FALSE;
	}
}

/* The creates that were not searched for, by a listing now. */
static gboolean match_refused(Matcher *self, GError **error)
{
	if (!self->refused)
		return TRUE;
	self->may_list = FALSE;
	return list_target(self, error) && match_all(self, error);
}

gboolean match_existing(AppRun *app, gint64 plan, GError **error)
{
	Matcher self = { .app = app, .plan = plan };
	Plan row = { 0 };
	guint64 creates;

	if (!plan_load(app->run->state, plan, &row, error))
		return FALSE;
	creates = row.counts[OP_CREATE];
	plan_clear(&row);
	if (creates == 0)
		return TRUE;
	self.may_list = (app->target->caps & TARGET_CAN_LIST) != 0;
	if (creates >= LIST_FROM && self.may_list && !list_target(&self, error))
		return FALSE;
	self.may_list &= creates < LIST_FROM;
	if (!state_begin(app->run->state, error))
		return FALSE;
	if (match_all(&self, error) && match_refused(&self, error))
		return state_commit(app->run->state, error);
	state_rollback(app->run->state);
	return FALSE;
}
