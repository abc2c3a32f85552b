/*
 * Match: before an account is created, is there one already?
 *
 * The planned creates of an app are held against the target's accounts by the match keys, in their
 * order. With many creates the target is listed once, into temporary storage; with few, or when
 * the listing was not whole, each is looked up. A target that refuses to search (RFC 7644 §3.4.2.2
 * makes filters optional) is listed after all; where that listing is not whole, it proves who is
 * there, and of nobody that they are not. An account that fits becomes an adoption, shown in
 * the plan with exactly what it would change; what people log in with stays as it is there, because
 * an adoption must not rewrite a login name, unless the account bears our own externalId. Two
 * accounts that fit, one that is somebody else's, or one that fits two people, park the person.
 *
 * One person whose account cannot be looked up now is parked; only an app that is down stops all.
 *
 * A service that can neither be searched nor listed is not asked: all creates go, and whether there
 * is such an account already, its answer to the create tells.
 */
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "core/resource.h"
#include "listing_internal.h"
#include "quarantine_internal.h"
#include "rival_internal.h"
#include "state/sighting.h"
#include "state/view.h"

#define BATCH 200
#define LIST_FROM 25 /* so many lookups cost more than a listing */

typedef struct {
	AppRun *app;
	gint64 plan;
	gboolean listed;   /* sightings hold all accounts of the target */
	gboolean may_list; /* a refused search is no verdict yet: listing may follow */
	gboolean refused;  /* there was one */
	char *gaps;        /* why a listing that was taken is not whole; or NULL */
	Rules **rules;     /* made when somebody's account may become another's */
	GError *error;     /* of the state, or the target's being down */
} Matcher;

/* ---- what a found account makes of the op ---- */

static gboolean park_op(Matcher *self, const Op *op, ParkClass klass, const char *why,
			GError **error)
{
	return park_instead(self->app, self->plan, op->entry,
			    &(Parking){ ERROR_OBJECT, why, NULL, 0, klass }, error);
}

/* Takes changes of login names away, unless the account is one that we made. */
static gboolean keep_logins(Matcher *self, const Op *op, const json_t *document, GError **error)
{
	const char *external = json_string_value(json_get_nocase(document, "externalId"));
	g_autofree char *anchor = NULL;

	if (!view_anchor(self->app->run->state, op->entry, &anchor, error))
		return FALSE;
	if (external && g_strcmp0(external, anchor) == 0)
		return TRUE;
	for (size_t i = json_array_size(op->changes); i-- > 0;) {
		const json_t *change = json_array_get(op->changes, i);

		if (config_is_login(self->app->config, json_get_string(change, "path")))
			json_array_remove(op->changes, i);
	}
	return TRUE;
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

/*
 * What the account there is to become, and how that differs. FALSE: 'problem' says why it cannot.
 */
static gboolean compare(const AppConfig *config, Op *op, const json_t *document, GError **problem)
{
	g_autoptr(json_t) like = mapping_steady(config->mapping, op->resource);
	g_autoptr(json_t) there = NULL;
	json_t *wanted;

	config_drop_active(config, like);
	there = resource_project(document, like);
	mapping_mask(config->mapping, there);
	wanted = mapping_adopt(config->mapping, op->resource, there, problem);
	if (!wanted)
		return FALSE;
	config_drop_active(config, wanted);
	json_decref(op->resource);
	op->resource = wanted;
	op->changes = mapping_diff(config->mapping, there, wanted);
	return TRUE;
}

static gboolean adopt(Matcher *self, Op *op, const FindAnswer *found, GError **error)
{
	const AppConfig *config = self->app->config;
	g_autoptr(GError) problem = NULL;
	gboolean resting;

	if (!compare(config, op, found->document, &problem))
		return park_op(self, op, PARK_MAPPING, problem->message, error);
	op->kind = OP_ADOPT;
	op->target_id = g_strdup(found->id);
	op->match = g_strdup(found->match);
	if (!keep_logins(self, op, found->document, error) ||
	    !plan_replace(self->app->run->state, op, error) ||
	    !park_forget_resting(self->app, op, &resting, error))
		return FALSE;
	return resting || find_is_active(config, found->document) || add_enable(self, op, error);
}

/* Two people whom different match keys lead to one account: neither gets it. */
static gboolean park_both(Matcher *self, const Op *op, gint64 other, GError **error)
{
	static const char why[] =
		"the account that fits also fits another person, by another match "
		"key\nlook at both with 'dirbridge explain'";

	return park_op(self, op, PARK_CONFLICT, why, error) &&
	       park_op(self, &(Op){ .entry = other }, PARK_CONFLICT, why, error);
}

/* Nobody's, this person's, or left behind by somebody whose account it inherits. */
static gboolean may_have(Matcher *self, const Op *op, gint64 owner, const char *match,
			 gboolean *may, GError **error)
{
	AppRun *app = self->app;
	g_autoptr(Arena) arena = arena_new();
	WantContext context = {
		.config = app->config,
		.state = app->run->state,
		.app = app->row.id,
		.now_us = app->run->now_us,
		.arena = arena,
	};

	*may = !owner || owner == op->entry;
	if (*may)
		return TRUE;
	if (!*self->rules)
		*self->rules = rules_new(app->run->config, app->run->state, app->run->now_us,
					 error);
	context.rules = *self->rules;
	return context.rules && rival_is_heir(&context, op, owner, match, may, error);
}

/* Whose is the account already, by a link or by this plan? */
static gboolean adopt_if_free(Matcher *self, Op *op, const FindAnswer *found, GError **error)
{
	State *state = self->app->run->state;
	gint64 owner = 0, other = 0;
	gboolean free;

	const ProtectRule *protection = protect_found(self->app->config, found->id,
						      found->document);

	if (protection) {
		g_autofree char *why = protect_words(protection);
		return park_op(self, op, PARK_PROTECTED, why, error);
	}
	if (!link_owner(state, op->app, found->id, &owner, error))
		return FALSE;
	if (!may_have(self, op, owner, found->match, &free, error))
		return FALSE;
	if (!free)
		return park_op(
			self, op, PARK_CONFLICT,
			"the account that fits belongs to another person already\nlook at both "
			"with 'dirbridge explain'",
			error);
	if (!sighting_claim(state, found->id, op->entry, &other, error))
		return FALSE;
	return other ? park_both(self, op, other, error) : adopt(self, op, found, error);
}

/* Neither a search nor the listing says that the person has no account. */
static gboolean park_unsure(Matcher *self, const Op *op, const char *refusal, GError **error)
{
	g_autofree char *first = g_strndup(refusal, strcspn(refusal, "\n"));
	g_autofree char *why = g_strdup_printf(
		"it cannot be known whether there is an account already: searching was refused "
		"(%s), and the listing of accounts is not whole (%s), so that there may be "
		"accounts that it does not show\nit goes on once the service can be "
		"searched, or shows all its accounts",
		first, self->gaps);

	return park_op(self, op, PARK_REFUSED, why, error);
}

/* No other account of the service has the same value there, shown or not. */
static gboolean is_unique_first(const AppConfig *config, const char *match)
{
	return g_str_equal(match, config->match->pdata[0]) &&
	       g_strv_contains(config->ops->default_match, match);
}

/*
 * The search was refused, and the listing has gaps. One that it shows is there; that it is the only
 * one is certain of what people log in with, and only if no other key goes first.
 */
static gboolean match_shown(Matcher *self, Op *op, const FindAnswer *refusal, GError **error)
{
	g_autoptr(json_t) found = NULL;
	FindAnswer shown;

	if (!listing_find(self->app, op->resource, &shown, &found, error))
		return FALSE;
	if (shown.outcome == FIND_MANY)
		return park_op(self, op, PARK_CONFLICT, shown.detail, error);
	if (shown.outcome == FIND_ONE && is_unique_first(self->app->config, shown.match))
		return adopt_if_free(self, op, &shown, error);
	return park_unsure(self, op, refusal->detail, error);
}

static gboolean failed(Matcher *self, Op *op, const FindAnswer *answer, GError **error)
{
	Parking parking = { ERROR_RETRY, answer->detail, op->digest, 0, PARK_WAITING };

	const char *hopeless = quarantine_heard(self->app, answer->why, answer->status,
						answer->detail);

	if (answer->why == TARGET_DOWN || hopeless)
		return error_set(error, ERROR_DOWN, "could not look for existing accounts: %s",
				 hopeless ? hopeless : answer->detail);
	if (self->may_list && find_is_no_search(answer)) {
		self->refused = TRUE;
		return TRUE;
	}
	if (self->gaps && find_is_no_search(answer))
		return match_shown(self, op, answer, error);
	if (answer->why == TARGET_REJECTED)
		return park_op(self, op, PARK_REFUSED, answer->detail, error);
	return park_instead(self->app, self->plan, op->entry, &parking, error);
}

static gboolean resolve(Matcher *self, Op *op, const FindAnswer *answer, GError **error)
{
	if (answer->outcome != FIND_FAILED)
		quarantine_heard(self->app, TARGET_OK, answer->status, NULL);
	switch (answer->outcome) {
	case FIND_NONE:
		return TRUE;
	case FIND_ONE:
		return adopt_if_free(self, op, answer, error);
	case FIND_MANY:
		return park_op(self, op, PARK_CONFLICT, answer->detail, error);
	case FIND_FAILED:
		break;
	}
	return failed(self, op, answer, error);
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
		      self, self->app->result);
	if (!self->error)
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&self->error));
	return FALSE;
}

/* ---- one listing for all ---- */

static gboolean match_listed(Matcher *self, Op *op, GError **error)
{
	g_autoptr(json_t) found = NULL;
	FindAnswer answer;

	return listing_find(self->app, op->resource, &answer, &found, error) &&
	       resolve(self, op, &answer, error);
}

/* ---- the whole ---- */

static gboolean match_batch(Matcher *self, GPtrArray *ops, GError **error)
{
	if (!self->listed)
		return look_up_batch(self, ops, error);
	for (guint i = 0; i < ops->len; i++)
		if (!match_listed(self, g_ptr_array_index(ops, i), error))
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
	return listing_take(self->app, &self->listed, &self->gaps, error) && match_all(self, error);
}

static gboolean match_inside(Matcher *self, guint64 creates, GError **error)
{
	AppRun *app = self->app;

	if (!find_is_possible(app->target)) {
		note_once(app, "cannot be found",
			  "accounts that exist already cannot be found at this application: they "
			  "can neither be looked up nor listed; the service must refuse a second "
			  "one");
		return TRUE;
	}
	if (!sighting_clear(app->run->state, error))
		return FALSE;
	self->may_list = (app->target->caps & TARGET_CAN_LIST) != 0;
	if (creates >= LIST_FROM && self->may_list &&
	    !listing_take(app, &self->listed, &self->gaps, error))
		return FALSE;
	self->may_list &= creates < LIST_FROM;
	if (!state_begin(app->run->state, error))
		return FALSE;
	if (match_all(self, error) && match_refused(self, error))
		return state_commit(app->run->state, error);
	state_rollback(app->run->state);
	return FALSE;
}

gboolean match_existing(AppRun *app, gint64 plan, GError **error)
{
	g_autoptr(Rules) rules = NULL;
	Matcher self = { .app = app, .plan = plan, .rules = &rules };
	Plan row = { 0 };
	guint64 creates;
	gboolean ok;

	if (!plan_load(app->run->state, plan, &row, error))
		return FALSE;
	creates = row.counts[OP_CREATE];
	plan_clear(&row);
	ok = creates == 0 || match_inside(&self, creates, error);
	g_free(self.gaps);
	return ok;
}
