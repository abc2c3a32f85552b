/*
 * Choose: gives each new account the first of several values that nobody has.
 *
 *	mapping    SelectUniqueValue("jdoe", "jdoe2", "jane.doe")
 *	op         "userName": { "$choose": ["jdoe", "jdoe2", "jane.doe"] }
 *	here       is "jdoe" given to somebody by us? does an account there have it? ...
 *	op         "userName": "jdoe2"
 *
 * What was chosen is kept, so that the next plan of the same person says the same, a held one can
 * be approved, and two people of one plan never get one value. It is set free when the account is
 * deleted, and when somebody else wants it while its owner has no account and is not to get one.
 *
 * A service that cannot be searched by the attribute cannot be asked. Then only what we gave is
 * compared, and a note says so; whether the value is taken, its answer to the create tells.
 */
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "find_internal.h"
#include "quarantine_internal.h"
#include "run_internal.h"
#include "state/reference.h"

#define BATCH 200

typedef struct {
	AppRun *app;
	gint64 plan;
} Chooser;

typedef struct {
	gboolean known;      /* there was an answer that says so or so */
	gboolean searchable; /* no answer said that this cannot be asked */
	gboolean taken;
	char *detail;
} Question;

static void answered(TargetRequest *request, const TargetAnswer *answer, void *data)
{
	Question *question = request->tag;
	AppRun *app = data;
	FindAnswer refusal = { .why = answer->outcome, .status = answer->status };

	question->searchable = !find_is_no_search(&refusal);
	question->known = answer->outcome == TARGET_OK || answer->outcome == TARGET_ABSENT;
	question->taken = answer->outcome == TARGET_OK;
	question->detail = g_strdup(answer->detail);
	app->result->calls += answer->calls;
	app->result->retries += answer->retries;
	quarantine_heard(app, answer->outcome, answer->status, answer->detail);
}

static char *key_of_note(const char *path)
{
	return g_strconcat("not searchable by ", path, NULL);
}

/* What cannot be asked once is not asked again in this run. */
static gboolean may_ask(Chooser *self, const char *path)
{
	g_autofree char *key = key_of_note(path);

	return !self->app->noted || !g_hash_table_contains(self->app->noted, key);
}

static void note_unsearchable(Chooser *self, const char *path)
{
	g_autofree char *key = key_of_note(path);

	note_once(self->app, key,
		  "accounts cannot be searched by \"%s\" at this application: of the values that "
		  "SelectUniqueValue() chooses among, only our own accounts are compared",
		  path);
}

/* Does an account at the target have the value? ERROR_RETRY if it cannot be told now. */
static gboolean ask_target(Chooser *self, const char *path, const char *value, gboolean *taken,
			   GError **error)
{
	Target *target = self->app->target;
	Question question = { .searchable = TRUE };
	TargetRequest request = {
		.verb = TARGET_LOOKUP, .match_path = path, .match_value = value, .tag = &question
	};
	g_autofree char *detail = NULL;

	*taken = FALSE;
	if (!target || !may_ask(self, path))
		return TRUE;
	if (!(target->caps & TARGET_CAN_LOOKUP)) {
		note_unsearchable(self, path);
		return TRUE;
	}
	target->ops->submit(target, &request);
	while (target->ops->step(target, 1000, answered, self->app) > 0)
		continue;
	detail = question.detail;
	*taken = question.taken;
	if (!question.searchable)
		note_unsearchable(self, path);
	return question.known || !question.searchable ||
	       error_set(error, ERROR_RETRY, "could not look whether '%s' is taken: %s", value,
			 detail ? detail : "no answer");
}

/*
 * Somebody who has no account, and is not to get one any more: it never came, or was found to be
 * deleted when an open request was settled.
 */
static gboolean is_abandoned(Chooser *self, gint64 entry, gboolean *abandoned, GError **error)
{
	State *state = self->app->run->state;
	gint64 app = self->app->row.id;
	g_autoptr(json_t) reason = NULL;
	g_autoptr(Link) link = NULL;
	Standing standing = STANDING_UNASSIGNED;
	gboolean known;

	if (!assignment_get(state, app, entry, &known, &standing, &reason, error) ||
	    !link_find(state, app, entry, &link, error))
		return FALSE;
	*abandoned = (!link || link->state == ACCOUNT_DELETED) &&
		     (!known || standing != STANDING_ASSIGNED);
	return TRUE;
}

/* *owner becomes 0 if what it was given is set free. */
static gboolean free_abandoned(Chooser *self, gint64 *owner, GError **error)
{
	gboolean abandoned;

	if (!is_abandoned(self, *owner, &abandoned, error))
		return FALSE;
	if (!abandoned)
		return TRUE;
	if (!choice_remove(self->app->run->state, self->app->row.id, *owner, error))
		return FALSE;
	*owner = 0;
	return TRUE;
}

/* Free, taken by somebody, or this person's own already. */
static gboolean try_value(Chooser *self, const Op *op, const char *path, const char *value,
			  gboolean *good, GError **error)
{
	State *state = self->app->run->state;
	gboolean taken = FALSE;
	gint64 owner = 0;

	if (!choice_owner(state, op->app, path, value, &owner, error))
		return FALSE;
	*good = FALSE;
	if (owner && owner != op->entry && !free_abandoned(self, &owner, error))
		return FALSE;
	if (owner && owner != op->entry)
		return TRUE;
	if (!ask_target(self, path, value, &taken, error))
		return FALSE;
	*good = !taken;
	return taken || choice_put(state, op->app, op->entry, path, value, error);
}

static char *words_for_none(const char *path, const json_t *candidates)
{
	g_autofree char *list = json_canonical(candidates);

	return g_strdup_printf("every value for \"%s\" is taken: %s\ngive SelectUniqueValue one "
			       "more, such as one with a number",
			       path, list);
}

/* The first good one as a new string in *chosen; NULL: none is. */
static gboolean choose_one(Chooser *self, const Op *op, const char *path, const json_t *candidates,
			   char **chosen, GError **error)
{
	json_t *candidate;
	size_t i;

	*chosen = NULL;
	json_array_foreach (candidates, i, candidate) {
		const char *value = json_string_value(candidate);
		gboolean good;

		if (!value)
			continue;
		if (!try_value(self, op, path, value, &good, error))
			return FALSE;
		if (good) {
			*chosen = g_strdup(value);
			return TRUE;
		}
	}
	return TRUE;
}

static const json_t *candidates_in(const json_t *value)
{
	return json_is_object(value) ? json_object_get(value, "$choose") : NULL;
}

/* *why (new string): none of the values of a path is free. */
static gboolean choose_for(Chooser *self, const Op *op, json_t *resource, char **why,
			   gboolean *changed, GError **error)
{
	const char *path;
	json_t *value;

	*why = NULL;
	*changed = FALSE;
	json_object_foreach (op->resource, path, value) {
		const json_t *candidates = candidates_in(value);
		g_autofree char *chosen = NULL;

		if (!candidates)
			continue;
		if (!choose_one(self, op, path, candidates, &chosen, error))
			return FALSE;
		if (!chosen) {
			*why = words_for_none(path, candidates);
			return TRUE;
		}
		json_object_set_new(resource, path, json_string(chosen));
		*changed = TRUE;
	}
	return TRUE;
}

/* A question that the target does not answer now parks this person, and only a failed state all. */
static gboolean put_aside(Chooser *self, const Op *op, GError *problem, GError **error)
{
	Parking parking = { ERROR_RETRY, problem->message, op->digest, 0, PARK_WAITING };
	gboolean ok;

	if (self->app->hopeless) {
		g_error_free(problem);
		return error_set(error, ERROR_DOWN, "%s", self->app->hopeless);
	}
	if (!error_is(problem, ERROR_RETRY)) {
		g_propagate_error(error, problem);
		return FALSE;
	}
	ok = park_instead(self->app, self->plan, op->entry, &parking, error);
	g_error_free(problem);
	return ok;
}

static gboolean choose_op(Chooser *self, Op *op, GError **error)
{
	g_autoptr(json_t) resource = json_copy(op->resource);
	g_autofree char *why = NULL;
	GError *problem = NULL;
	gboolean changed, resting;

	if (!choose_for(self, op, resource, &why, &changed, &problem))
		return put_aside(self, op, problem, error);
	if (why)
		return park_instead(self->app, self->plan, op->entry,
				    &(Parking){ ERROR_OBJECT, why, NULL, 0, PARK_CONFLICT }, error);
	if (!changed)
		return TRUE;
	json_decref(op->resource);
	op->resource = g_steal_pointer(&resource);
	return plan_replace(self->app->run->state, op, error) &&
	       park_forget_resting(self->app, op, &resting, error);
}

static void note_choice(const MappingRow *row, const Expr *expr, void *data)
{
	*(gboolean *)data |= (expr_traits(expr) & EXPR_CHOOSES) != 0;
}

static gboolean has_choices(const AppConfig *config)
{
	gboolean any = FALSE;

	mapping_foreach(config->mapping, note_choice, &any);
	return any;
}

static gboolean choose_all(Chooser *self, GError **error)
{
	g_autoptr(GPtrArray) ops = op_array_new();
	Op last = { .kind = OP_CREATE };

	for (;;) {
		g_ptr_array_set_size(ops, 0);
		if (!plan_ops(self->app->run->state, self->plan, OP_PLANNED, &last, BATCH, ops,
			      error))
			return FALSE;
		for (guint i = 0; i < ops->len; i++) {
			Op *op = g_ptr_array_index(ops, i);

			last = (Op){ .id = op->id, .kind = op->kind };
			if (op->kind != OP_CREATE)
				return TRUE;
			if (!choose_op(self, op, error))
				return FALSE;
		}
		if (ops->len < BATCH)
			return TRUE;
	}
}

gboolean choose_values(AppRun *app, gint64 plan, GError **error)
{
	Chooser self = { app, plan };

	if (!plan || !has_choices(app->config))
		return TRUE;
	if (!state_begin(app->run->state, error))
		return FALSE;
	if (choose_all(&self, error))
		return state_commit(app->run->state, error);
	state_rollback(app->run->state);
	return FALSE;
}
