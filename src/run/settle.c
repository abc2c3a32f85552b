/*
 * Settle: what happened to a request whose answer never came?
 *
 * After a crash, or when a connection broke after the request was sent, an op stands as "intent" or
 * "unknown". Nobody guesses: the target is asked for the account, by id or by the match keys, and
 * what it holds becomes the shadow. The op is then settled, the person stays in the work, and the
 * next plan sends what is still missing, if anything. So a create that did happen is linked and
 * not repeated, and one that did not is planned again.
 *
 *	op           found                          not found
 *	create       link it, shadow = what it has  settled: planned again (or parked, if refused;
 *	                                            open a while, if it may show later: linger.c)
 *	  protected    parked, unless it is ours
 *	adopt        link it, shadow = what it has  settled: planned again
 *	update       shadow = what it has           gone: parked, or forgotten if 'recreate'
 *	  conflict     parked, if it is as before, twice (refused.c)
 *	en-/disable  state = what it says           disable: gone is gone; enable: as update
 *	  in steps   a disable is planned again
 *	delete       still there: settled           done
 *
 * What the target cannot say now, or says in two ways, stays open. Its person is parked, and only
 * what takes the account away is planned for it (overtake.c). Nothing that is not known is ever
 * called settled: an account that nobody remembers is one that nobody takes away.
 *
 * Some services cannot be asked at all. What is sent to an account by its id does no harm when it
 * is sent again, so it is. A create stays open, and its person is parked: whether it was done, a
 * human has to look (vouch.c), or the service becomes one that can be asked, and this file asks it.
 */
#include <string.h>

#include "base/crash.h"
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "core/resource.h"
#include "listing_internal.h"
#include "push_internal.h"
#include "quarantine_internal.h"
#include "rival_internal.h"
#include "state/history.h"
#include "state/reference.h"
#include "state/view.h"

#define BATCH 200

typedef struct {
	AppRun *app;
	gboolean may_list; /* a refused search is no verdict yet: listing may follow */
	gboolean refused;  /* there was one */
	guint64 settled;
	guint64 unread; /* of these, those that are sent again because nobody can be asked */
	GError *error;  /* of the state */
} Settler;

static gboolean note_settled(Settler *self, Op *op, const char *outcome, int status, GError **error)
{
	Run *run = self->app->run;
	g_autoptr(json_t) detail = json_pack("{s:s, s:I}", "found", outcome, "op",
					     (json_int_t)op->id);
	g_autofree char *words =
		op->error ? g_strdup_printf("%.*s; the account is %s",
					    (int)strcspn(op->error, "\n"), op->error, outcome)
			  : g_strdup_printf("no answer was noted; the account is %s", outcome);
	AuditRow row = {
		.run = run->id,
		.app = op->app,
		.entry = op->entry,
		.at_us = run->now_us,
		.event = op_kind_name(op->kind),
		.outcome = "settled",
		.detail = detail,
	};

	self->settled++;
	log_info("%s of '%s' had no answer; the account is %s", op_kind_name(op->kind), op->label,
		 outcome);
	return op_move(run->state, op, OP_SETTLED, status, words, run->now_us, error) &&
	       audit_add(run->state, &row, error);
}

/* The truth is known, and it is one that only a human or a changed input can mend. */
static gboolean park(Settler *self, Op *op, ParkClass klass, const char *why, int status,
		     GError **error)
{
	Run *run = self->app->run;
	Parking parking = { ERROR_OBJECT, why, op->digest, 0, klass };

	self->settled++;
	return park_entry(self->app, op->entry, &parking, error) &&
	       op_move(run->state, op, OP_SETTLED, status, why, run->now_us, error);
}

/* A first adoption rewrites no login: what is there counts as wanted (match.c). */
static void accept_logins(const AppConfig *config, const json_t *like, json_t *shadow)
{
	const char *path;
	json_t *value;

	json_object_foreach ((json_t *)like, path, value)
		if (config_is_login(config, path))
			json_object_set(shadow, path, value);
}

/*
 * What a find says, kept beside the op. 'document' is what the target holds. The login by which an
 * account was adopted counts as wanted however it is spelled there: it is never rewritten.
 */
static json_t *shadow_of(const Settler *self, const Op *op, const Link *link,
			 const json_t *document, const char *login)
{
	const AppConfig *config = self->app->config;
	json_t *like = op->resource ? mapping_steady(config->mapping, op->resource) : json_object();
	json_t *shadow;

	if (link)
		json_object_update_missing(like, link->shadow);
	config_drop_active(config, like);
	shadow = resource_project(document, like);
	mapping_mask(config->mapping, shadow);
	if (login && !link)
		accept_logins(config, like, shadow);
	else if (login && resource_matches(like, document, login))
		json_object_set(shadow, login, json_object_get(like, login));
	json_decref(like);
	return shadow;
}

static gboolean is_ours(Settler *self, const Op *op, const json_t *document, gboolean *ours,
			GError **error)
{
	const char *external = json_string_value(json_get_nocase(document, "externalId"));
	g_autofree char *anchor = NULL;

	if (!view_anchor(self->app->run->state, op->entry, &anchor, error))
		return FALSE;
	*ours = external && g_strcmp0(external, anchor) == 0;
	return TRUE;
}

/* The account has another name than we knew, or is gone: its old name may be wanted. */
static gboolean name_changed(Settler *self, const Op *op, const Link *old, const json_t *now,
			     GError **error)
{
	const char *path = g_ptr_array_index(self->app->config->match, 0);
	gboolean wanted;

	return !old || claim_release(self->app, op->entry, json_object_get(old->shadow, path),
				     json_object_get(now, path), &wanted, error);
}

/* A disable of several steps that broke off: what followed is still to be done, so all of it is. */
static gboolean seems_active(const Settler *self, const Op *op, const FindAnswer *found)
{
	gboolean in_steps = (self->app->target->caps & TARGET_DISABLES_IN_STEPS) != 0;

	return (in_steps && op->kind == OP_DISABLE) ||
	       find_is_active(self->app->config, found->document);
}

/* Notes what the target holds: a new link for a create, the truth for a known one. */
static gboolean take_over(Settler *self, Op *op, const FindAnswer *found, GError **error)
{
	State *state = self->app->run->state;
	g_autoptr(Link) old = NULL;
	g_autoptr(json_t) shadow = NULL;
	gboolean ours = FALSE, active = seems_active(self, op, found);
	Link link = { .app = op->app, .entry = op->entry, .linked_at_us = self->app->run->now_us };

	if (!link_find(state, op->app, op->entry, &old, error) ||
	    !is_ours(self, op, found->document, &ours, error))
		return FALSE;
	if (old)
		link = *old;
	else
		link.adopted = !ours;
	if (link.adopted && !old)
		link.match = found->match ? (char *)found->match : op->match;
	shadow = shadow_of(self, op, old, found->document, link.adopted ? link.match : NULL);
	link.target_id = (char *)found->id;
	link.label = op->label;
	link.shadow = shadow;
	link.state = active ? ACCOUNT_ACTIVE : ACCOUNT_DISABLED;
	link.disabled_by_us = !active && (op->kind == OP_DISABLE || op->kind == OP_ENABLE ||
					  op->kind == OP_CREATE || op->kind == OP_ADOPT ||
					  link.disabled_by_us);
	link.disabled_at_us = active                ? 0
			      : link.disabled_at_us ? link.disabled_at_us
						    : self->app->run->now_us;
	return name_changed(self, op, old, shadow, error) &&
	       refer_put_link(self->app, &link, error);
}

/*
 * The rule by which a found account is left to others. One that we made is ours whatever protects
 * it by now: disowned, nobody would ever hear that it outlives its person.
 */
static gboolean find_protection(Settler *self, const Op *op, const FindAnswer *found,
				const ProtectRule **protection, GError **error)
{
	gboolean ours;

	*protection = NULL;
	if (op->kind != OP_CREATE)
		return TRUE;
	if (!is_ours(self, op, found->document, &ours, error))
		return FALSE;
	if (!ours)
		*protection = protect_found(self->app->config, found->id, found->document);
	return TRUE;
}

/* The status is kept, so that the next one like it is known to be the second. */
static gboolean found_unchanged(Settler *self, Op *op, GError **error)
{
	gboolean refused;

	if (!refused_for_good(self->app, op, &refused, error))
		return FALSE;
	return refused ? park(self, op, PARK_REFUSED, op->error, op->status, error)
		       : note_settled(self, op, "as it was", op->status, error);
}

static gboolean found_one(Settler *self, Op *op, const FindAnswer *found, GError **error)
{
	const ProtectRule *protection;
	g_autoptr(Link) link = NULL;
	gint64 owner = 0;

	if (!find_protection(self, op, found, &protection, error))
		return FALSE;
	if (protection) {
		g_autofree char *why = protect_words(protection);
		return park(self, op, PARK_PROTECTED, why, found->status, error);
	}
	if (!rival_inherit(self->app, op, error) ||
	    !link_owner(self->app->run->state, op->app, found->id, &owner, error))
		return FALSE;
	if (owner && owner != op->entry)
		return park(self, op, PARK_CONFLICT,
			    "the account that fits belongs to another person already\nlook at both "
			    "with 'dirbridge explain'",
			    found->status, error);
	if (!link_find(self->app->run->state, op->app, op->entry, &link, error))
		return FALSE;
	if (refused_in_vain(op, link, found->document))
		return found_unchanged(self, op, error);
	linger_note_steps(self->app, op);
	return take_over(self, op, found, error) &&
	       note_settled(self, op, "there", found->status, error);
}

static gboolean account_gone(Settler *self, Op *op, GError **error)
{
	State *state = self->app->run->state;
	g_autoptr(Link) link = NULL;

	if (!link_find(state, op->app, op->entry, &link, error))
		return FALSE;
	if (op->kind == OP_DISABLE || op->kind == OP_DELETE) {
		if (link)
			link->state = ACCOUNT_DELETED;
		return (!link || refer_put_link(self->app, link, error)) &&
		       choice_remove(state, op->app, op->entry, error) &&
		       name_changed(self, op, link, NULL, error) &&
		       work_done(state, op->app, op->entry, error) &&
		       note_settled(self, op, "gone", 404, error);
	}
	if (self->app->config->recreate)
		return refer_remove_link(self->app, op->entry, error) &&
		       note_settled(self, op, "gone", 404, error);
	return park(self, op, PARK_GONE,
		    "the account is gone at the application: it was removed there, not by us\n"
		    "set recreate = true to make such accounts again",
		    404, error);
}

/* Most services say 409 of a like account, others 400 or 422; without an answer there is none. */
gboolean settle_was_refused(const Op *op)
{
	return op->status >= 400 && op->status < 500;
}

/*
 * A create that was refused because there is a like account, which the match keys do not find:
 * sent again it would be refused again.
 */
static gboolean taken_unseen(Settler *self, Op *op, GError **error)
{
	const char *words = op->error ? op->error : "a like account exists there already";
	g_autofree char *why =
		find_is_possible(self->app->target)
			? g_strdup_printf("%s\nno account there fits this person by '%s'\n"
					  "free the name there, or match by it",
					  words, (const char *)self->app->config->match->pdata[0])
			: g_strdup_printf("%s\nwhich account that is cannot be found: accounts can "
					  "neither be looked up nor listed at this application\n"
					  "free the name there, or give the app a way to look "
					  "accounts up",
					  words);

	return park(self, op, PARK_CONFLICT, why, op->status, error);
}

static gboolean found_none(Settler *self, Op *op, GError **error)
{
	if (op->kind == OP_CREATE && op->state == OP_UNKNOWN && settle_was_refused(op))
		return taken_unseen(self, op, error);
	if (linger_holds(op))
		return linger_park(self->app, op, error);
	if (op->kind == OP_CREATE || op->kind == OP_ADOPT)
		return note_settled(self, op, "not there", 0, error);
	return account_gone(self, op, error);
}

/*
 * What is not known stays open, and is said; but for a removal, nothing is planned for its person
 * until it is known. What is wrong with the whole app puts nobody aside.
 */
static gboolean stays_open(Settler *self, const Op *op, const FindAnswer *answer, GError **error)
{
	AppResult *result = self->app->result;
	gboolean failed = answer->outcome == FIND_FAILED;
	const char *hopeless = failed ? quarantine_heard(self->app, answer->why, answer->status,
							 answer->detail)
				      : NULL;
	g_autofree char *words = g_strdup_printf("could not learn what became of %s of '%s': %s",
						 op_kind_name(op->kind), op->label,
						 hopeless ? hopeless : answer->detail);

	if (result->problem && failed)
		return TRUE; /* it was said once, of the whole app */
	if (failed && (hopeless || answer->why == TARGET_DOWN)) {
		result->problem = g_steal_pointer(&words);
		return TRUE;
	}
	return park_open(self->app, op, words, error);
}

/* There is no way to ask about this one. */
static gboolean cannot_ask(Settler *self, Op *op, GError **error)
{
	if (op->kind == OP_CREATE && op->state == OP_UNKNOWN && settle_was_refused(op))
		return taken_unseen(self, op, error);
	if (op->kind == OP_CREATE)
		return park_for_human(self->app, op, error);
	if (op->kind != OP_ADOPT && op->status == 404)
		return account_gone(self, op, error);
	self->unread++;
	return note_settled(self, op, "unreadable here, so that it is sent again", op->status,
			    error);
}

static gboolean settle_one(Settler *self, Op *op, const FindAnswer *answer, GError **error)
{
	if (answer->outcome != FIND_FAILED)
		quarantine_heard(self->app, TARGET_OK, answer->status, NULL);
	switch (answer->outcome) {
	case FIND_ONE:
		return found_one(self, op, answer, error);
	case FIND_NONE:
		return found_none(self, op, error);
	case FIND_MANY:
		return stays_open(self, op, answer, error);
	case FIND_FAILED:
		break;
	}
	if (answer->unasked && (op->target_id || !self->may_list))
		return cannot_ask(self, op, error);
	if (!self->may_list || !find_is_no_search(answer))
		return stays_open(self, op, answer, error);
	self->refused = TRUE;
	return TRUE;
}

static void settled(const FindQuery *query, const FindAnswer *answer, void *data)
{
	Settler *self = data;

	if (!self->error)
		settle_one(self, query->tag, answer, &self->error);
}

static gboolean ask(Settler *self, GPtrArray *ops, GError **error)
{
	g_autofree FindQuery *queries = g_new0(FindQuery, ops->len);

	for (guint i = 0; i < ops->len; i++) {
		Op *op = g_ptr_array_index(ops, i);
		gboolean removal = op_is_removal(op->kind);

		queries[i] = (FindQuery){
			.id = op->target_id,
			.resource = removal ? NULL : op->resource,
			.tag = op,
		};
	}
	find_accounts(self->app->target, self->app->config->match, queries, ops->len, settled, self,
		      self->app->result);
	if (!self->error)
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&self->error));
	return FALSE;
}

static gboolean settle_listed(Settler *self, Op *op, GError **error)
{
	g_autoptr(json_t) found = NULL;
	FindAnswer answer;

	return listing_find(self->app, op->resource, &answer, &found, error) &&
	       settle_one(self, op, &answer, error);
}

/* A service that refuses to search is listed. Only a whole listing proves absence. */
static gboolean settle_by_listing(Settler *self, GPtrArray *ops, GError **error)
{
	gboolean whole;

	self->may_list = FALSE;
	if (!listing_take(self->app, &whole, NULL, error))
		return FALSE;
	for (guint i = 0; whole && i < ops->len; i++) {
		Op *op = g_ptr_array_index(ops, i);

		if (op->state != OP_SETTLED && !op->target_id && !settle_listed(self, op, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean settle_batch(Settler *self, GPtrArray *ops, GError **error)
{
	self->may_list = (self->app->target->caps & TARGET_CAN_LIST) != 0;
	self->refused = FALSE;
	if (!push_settle(self->app, ops, &self->settled, error))
		return FALSE;
	if (!ask(self, ops, error) || (self->refused && !settle_by_listing(self, ops, error)))
		return FALSE;
	crash_point("open requests asked about, nothing noted");
	return TRUE;
}

/* One batch at a time; ends when nothing is open or nothing more can be settled now. */
gboolean settle_open(AppRun *app, GError **error)
{
	State *state = app->run->state;
	Settler self = { .app = app };
	guint64 before;
	gboolean more;

	do {
		g_autoptr(GPtrArray) ops = op_array_new();

		before = self.settled;
		if (!plan_open_ops(state, app->row.id, BATCH, ops, error))
			return FALSE;
		more = ops->len > 0;
		if (!more)
			break;
		if (!state_begin(state, error))
			return FALSE;
		if (!settle_batch(&self, ops, error)) {
			state_rollback(state);
			return FALSE;
		}
		if (!state_commit(state, error))
			return FALSE;
		crash_point("open requests settled");
	} while (self.settled > before && !app->result->problem);
	app->result->settled += self.settled - self.unread;
	if (self.unread)
		note_once(app, "sent again",
			  "requests without an answer (%" G_GUINT64_FORMAT
			  ") are sent again if they "
			  "are still wanted: this application cannot be asked about its accounts",
			  self.unread);
	return TRUE;
}
