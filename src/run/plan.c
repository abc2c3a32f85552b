/*
 * Plan: turns the work of an app into ops, one decision a person, each with its reason.
 *
 * Work is read in small batches and ops are rows, so memory does not grow with the size of the
 * plan. A person whose account already is as wanted leaves the work without an op. A person who
 * cannot be planned is parked with the reason, and the others go on.
 *
 * Two people who claim the same account (the same match value) are never merged by accident: who
 * has no account yet is parked, both by name; who has one keeps it. rival.c has the words.
 */
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "core/resource.h"
#include "overtake_internal.h"
#include "push_internal.h"
#include "rival_internal.h"
#include "state/reference.h"

#define BATCH 500
#define RIVALS 2 /* one for the sentence, another for "and others" */

typedef struct {
	AppRun *app;
	WantContext context;
	gint64 plan;
	GHashTable *contested; /* entries (gint64) seen in a rivalry; planned again at the end */
	GHashTable *open;      /* entries (gint64) whose requests have no answer yet */
	gboolean makes;        /* somebody is to get an account */
} Planner;

/* What comes of a person's claim on an account. */
typedef struct {
	char *why;        /* not allowed: the person is parked */
	ParkClass klass;  /* likewise */
	gboolean settled; /* the account that it has bears the name already */
	gboolean yields;  /* another entry of the person has the account, or will */
} Claim;

static gint64 id_of(const Planner *self)
{
	return self->app->row.id;
}

/* ---- ops ---- */

/* The reason of the standing, and for which values the account has to wait. New string or NULL. */
static char *reason_text(const Want *want)
{
	g_autoptr(json_t) reason = want->reason ? json_copy(want->reason) : json_object();

	for (guint i = 0; want->references && i < want->references->len; i++) {
		const WantReference *reference = g_ptr_array_index(want->references, i);

		if (!reference->pending)
			continue;
		if (!json_object_get(reason, "waits"))
			json_object_set_new(reason, "waits", json_array());
		json_array_append_new(json_object_get(reason, "waits"),
				      json_pack("{s:s, s:s}", "path", reference->path, "for",
						reference->name));
	}
	return want->reason || json_object_size(reason) ? json_canonical(reason) : NULL;
}

static gboolean add_op(Planner *self, const Want *want, Op *op, gboolean *added, GError **error)
{
	g_autofree char *reason = reason_text(want);
	Run *run = self->app->run;
	gboolean resting = FALSE;

	op->plan = self->plan;
	op->app = id_of(self);
	op->reason = reason;
	if (!plan_add(run->state, op, run->now_us, error) ||
	    !park_forget_resting(self->app, op, &resting, error))
		return FALSE;
	*added = !resting;
	return TRUE;
}

static Op op_for(const Want *want, OpKind kind, char *label)
{
	return (Op){
		.entry = want->person.id,
		.kind = kind,
		.target_id = want->link ? want->link->target_id : NULL,
		.label = label,
	};
}

static gboolean plan_create(Planner *self, const Want *want, char *label, GError **error)
{
	const char *active = self->app->config->active;
	json_t *resource = json_copy(want->resource);
	Op op = op_for(want, OP_CREATE, label);
	gboolean added, ok;

	if (active)
		json_object_set_new(resource, active, json_true());
	op.target_id = NULL;
	op.resource = resource;
	ok = add_op(self, want, &op, &added, error);
	g_free(op.digest);
	json_decref(resource);
	return ok;
}

static gboolean plan_update(Planner *self, const Want *want, char *label, gint64 after,
			    GError **error)
{
	g_autoptr(json_t) shadow = overtake_shadow(self->app->run->state, want->link, want->steady,
						   error);
	Op op = op_for(want, OP_UPDATE, label);
	gboolean added, ok = TRUE;
	json_t *changes;

	if (!shadow)
		return FALSE;
	changes = mapping_diff(self->app->config->mapping, shadow, want->steady);
	if (json_array_size(changes) > 0) {
		op.after = after;
		op.resource = want->steady;
		op.changes = changes;
		ok = add_op(self, want, &op, &added, error);
		g_free(op.digest);
	} else if (!after) {
		ok = work_done(self->app->run->state, id_of(self), want->person.id, error);
	}
	json_decref(changes);
	return ok;
}

static gboolean plan_switch(Planner *self, const Want *want, OpKind kind, char *label,
			    gint64 *op_id, GError **error)
{
	Op op = op_for(want, kind, label);
	gboolean added, ok = add_op(self, want, &op, &added, error);

	*op_id = ok && added ? op.id : 0;
	g_free(op.digest);
	return ok;
}

/* A returner: the account is switched on alone and first; what changed meanwhile comes after. */
static gboolean plan_enable(Planner *self, const Want *want, char *label, GError **error)
{
	gint64 enable = 0;

	if (!plan_switch(self, want, OP_ENABLE, label, &enable, error))
		return FALSE;
	return !enable || !want->steady || plan_update(self, want, label, enable, error);
}

/* ---- one person ---- */

static void contest(Planner *self, gint64 entry)
{
	g_hash_table_add(self->contested, g_memdup2(&entry, sizeof entry));
}

static void contest_all(Planner *self, const GArray *entries)
{
	for (guint i = 0; i < entries->len; i++)
		contest(self, g_array_index(entries, gint64, i));
}

/* Notes what is claimed (value NULL: nothing), and looks at whom that concerns. */
static gboolean note_claim(Planner *self, const Want *want, const char *value, GError **error)
{
	g_autoptr(GArray) freed = g_array_new(FALSE, FALSE, sizeof(gint64));

	if (!precedence_claim(&self->context, want, value, freed, error))
		return FALSE;
	contest_all(self, freed);
	return TRUE;
}

static gboolean has_account(const Want *want)
{
	return want->link && want->link->state != ACCOUNT_DELETED;
}

/* One of several entries of one person: it is followed, or another one is. */
static gboolean claim_as_one(Planner *self, const Want *want, const Person *person, Claim *claim,
			     GError **error)
{
	if (has_account(want) && !claim->settled && person->others_have) {
		claim->why = rival_two_accounts(
			want_match_value(self->app->config, want->resource));
		return TRUE;
	}
	if (person->followed == want->person.id || (has_account(want) && person->followed_has))
		return TRUE;
	claim->yields = TRUE;
	return person->followed_has || work_add(self->app->run->state, id_of(self),
						person->followed, self->context.now_us, error);
}

/* Checks what must hold before a person may have an account. */
static gboolean check_claim(Planner *self, const Want *want, Claim *claim, GError **error)
{
	State *state = self->app->run->state;
	g_autoptr(GArray) rivals = g_array_new(FALSE, FALSE, sizeof(gint64));
	const char *path = g_ptr_array_index(self->app->config->match, 0);
	const char *value = want_match_value(self->app->config, want->resource);
	Person person;

	if (!value || !*value) {
		claim->why = g_strdup_printf(
			"'%s' has no value, and accounts are matched by it\nfill the "
			"attributes that its mapping reads",
			path);
		claim->klass = PARK_MAPPING;
		return note_claim(self, want, NULL, error);
	}
	claim->klass = PARK_CONFLICT;
	claim->settled = has_account(want) && json_equal(json_object_get(want->link->shadow, path),
							 json_object_get(want->resource, path));
	if (!note_claim(self, want, value, error) ||
	    !precedence_person(&self->context, want, value, rivals, &person, error))
		return FALSE;
	if (rivals->len > 0)
		contest(self, want->person.id);
	contest_all(self, rivals);
	if (person.same)
		return claim_as_one(self, want, &person, claim, error);
	if (claim->settled)
		return TRUE; /* who has the account keeps it */
	g_array_set_size(rivals, 0);
	if (!matchkey_rivals(state, id_of(self), want->person.id, value, RIVALS, rivals, error))
		return FALSE;
	if (rivals->len == 0)
		return TRUE;
	contest(self, want->person.id);
	contest(self, g_array_index(rivals, gint64, 0));
	return rival_judge(&self->context, want, value, rivals, &claim->why, error);
}

static gboolean feature_on(const AppConfig *config, LifecycleVerdict verdict)
{
	switch (verdict) {
	case LIFECYCLE_PROVISION:
		return config->features.create;
	case LIFECYCLE_UPDATE:
		return config->features.update;
	case LIFECYCLE_ENABLE:
	case LIFECYCLE_DISABLE:
		return config->features.disable;
	case LIFECYCLE_DELETE:
		return config->features.delete;
	case LIFECYCLE_NOTHING:
		break;
	}
	return TRUE;
}

static gboolean plan_verdict(Planner *self, const Want *want, char *label, GError **error)
{
	gint64 ignored;

	switch (want->verdict) {
	case LIFECYCLE_PROVISION:
		self->makes = TRUE;
		return plan_create(self, want, label, error);
	case LIFECYCLE_UPDATE:
		return plan_update(self, want, label, 0, error);
	case LIFECYCLE_ENABLE:
		return plan_enable(self, want, label, error);
	case LIFECYCLE_DISABLE:
		return plan_switch(self, want, OP_DISABLE, label, &ignored, error);
	case LIFECYCLE_DELETE:
		return plan_switch(self, want, OP_DELETE, label, &ignored, error);
	case LIFECYCLE_NOTHING:
		break;
	}
	return TRUE;
}

/*
 * Nothing to do for now: out of the work. A person without account claims none, and one who has
 * nothing more to do with the app is forgotten by it.
 */
static gboolean in_step(Planner *self, const Want *want, GError **error)
{
	State *state = self->app->run->state;
	gint64 entry = want->person.id;

	if (!has_account(want) && !note_claim(self, want, NULL, error))
		return FALSE;
	if (want->known && !want->link && want->standing > STANDING_DISABLED &&
	    (!assignment_remove(state, id_of(self), entry, error) ||
	     !choice_remove(state, id_of(self), entry, error)))
		return FALSE;
	return work_done(state, id_of(self), entry, error);
}

static gboolean park(Planner *self, gint64 entry, ParkClass klass, const char *why, GError **error)
{
	return park_entry(self->app, entry, &(Parking){ ERROR_OBJECT, why, NULL, 0, klass }, error);
}

/*
 * Another entry of the person has the app, this one no more: it keeps the account and its work
 * until the other one has taken it over.
 */
static gboolean leave_to_heir(Planner *self, const Want *want, gboolean *left, GError **error)
{
	gint64 heir;

	if (!precedence_heir(&self->context, want, &heir, error))
		return FALSE;
	*left = heir != 0;
	if (!heir)
		return TRUE;
	contest(self, want->person.id);
	contest(self, heir);
	return work_add(self->app->run->state, id_of(self), heir, self->context.now_us, error);
}

/* Who has an account keeps it, and the work, until the one that is followed has taken it over. */
static gboolean yield(Planner *self, const Want *want, GError **error)
{
	return has_account(want) ||
	       work_done(self->app->run->state, id_of(self), want->person.id, error);
}

/* What is wanted and cannot be had there is said, once for each attribute. */
static void note_kept(Planner *self, const Want *want)
{
	for (guint i = 0; want->kept && i < want->kept->len; i++) {
		const char *path = g_ptr_array_index(want->kept, i);
		g_autofree char *key = g_strconcat("kept ", path, NULL);
		g_autofree char *label = want_label(self->app->config, want);

		note_once(
			self->app, key,
			"\"%s\" of '%s' has another value in the directory, but cannot be changed "
			"at this service; it keeps the old one",
			path, label);
	}
}

/* What we made and could never take away again is not made. Who gets no account claims none. */
static gboolean refuse_protected(Planner *self, const Want *want, const ProtectRule *rule,
				 GError **error)
{
	g_autofree char *words = protect_words_for_new(rule);

	return note_claim(self, want, NULL, error) &&
	       park(self, want->person.id, PARK_PROTECTED, words, error);
}

/*
 * A protected account gets no op. Where it should be taken away that is a leaver with access, and
 * stays in sight; else it is in step.
 */
static gboolean spare_protected(Planner *self, const Want *want, const ProtectRule *rule,
				GError **error)
{
	g_autofree char *words = protect_words(rule);
	g_autofree char *label = want_label(self->app->config, want);

	if (want->verdict == LIFECYCLE_PROVISION)
		return refuse_protected(self, want, rule, error);
	if (want->verdict == LIFECYCLE_DISABLE || want->verdict == LIFECYCLE_DELETE)
		return park(self, want->person.id, PARK_PROTECTED, words, error);
	note_once(self->app, label, "'%s' is left alone: %s", label, words);
	return in_step(self, want, error);
}

/* Of the account that there is, or of the one that is to be made. */
static const ProtectRule *find_protection(const Planner *self, const Want *want)
{
	const AppConfig *config = self->app->config;

	if (has_account(want))
		return protect_known(config, want->link->target_id, want->link->shadow);
	return want->verdict == LIFECYCLE_PROVISION ? protect_known(config, NULL, want->resource)
						    : NULL;
}

static gboolean decide(Planner *self, const Want *want, GError **error)
{
	const ProtectRule *protection = find_protection(self, want);
	g_autofree char *label = NULL, *why = NULL;
	Claim claim = { 0 };
	gboolean left;

	if (!leave_to_heir(self, want, &left, error))
		return FALSE;
	if (left)
		return TRUE;
	if (want->verdict == LIFECYCLE_NOTHING || !feature_on(self->app->config, want->verdict))
		return in_step(self, want, error);
	if (protection)
		return spare_protected(self, want, protection, error);
	if (want->problem)
		return park(self, want->person.id, PARK_MAPPING, want->problem->message, error);
	if (want->resource && !check_claim(self, want, &claim, error))
		return FALSE;
	why = claim.why;
	if (why)
		return park(self, want->person.id, claim.klass, why, error);
	if (claim.yields)
		return yield(self, want, error);
	label = want_label(self->app->config, want);
	return plan_verdict(self, want, label, error);
}

/* Perhaps a leaver with an account of which nobody knows yet. */
static gboolean note_waiting_leaver(Planner *self, gint64 entry, GError **error)
{
	g_autoptr(json_t) reason = NULL;
	Standing standing;
	gboolean found;

	if (!assignment_get(self->context.state, id_of(self), entry, &found, &standing, &reason,
			    error))
		return FALSE;
	self->app->leaver_waits |= found && standing != STANDING_ASSIGNED;
	return TRUE;
}

/*
 * Nobody is planned for while it is not known what became of the last request, but for who has an
 * account that is to be taken away.
 */
static gboolean goes_all_the_same(Planner *self, const GPtrArray *open, Want *want)
{
	if (!overtake_may(open) || !want->link)
		return FALSE;
	overtake_suppose_enabled(open, want->link);
	want_decide(&self->context, want);
	return want->verdict == LIFECYCLE_DISABLE || want->verdict == LIFECYCLE_DELETE;
}

static gboolean plan_loaded(Planner *self, const GPtrArray *open, Want *want, GError **error)
{
	gint64 entry = want->person.id;

	if (open->len > 0) {
		if (!goes_all_the_same(self, open, want))
			return !self->app->leavers_only || note_waiting_leaver(self, entry, error);
		self->app->overtakes = TRUE;
		if (!overtake_give_back(self->context.state, open, error))
			return FALSE;
	}
	if (self->app->leavers_only && want->verdict != LIFECYCLE_DISABLE)
		return TRUE;
	note_kept(self, want);
	return push_is_groups(&want->person, want->known, want->link) ||
	       (refer_note(&self->context, want, error) && decide(self, want, error));
}

static gboolean plan_person(Planner *self, gint64 entry, GError **error)
{
	g_autoptr(GPtrArray) open = op_array_new();
	gboolean ok;
	Want want;

	if (g_hash_table_contains(self->open, &entry) &&
	    !plan_open_ops_of(self->context.state, id_of(self), entry, open, error))
		return FALSE;
	if (!want_load(&self->context, entry, &want, error))
		return FALSE;
	ok = plan_loaded(self, open, &want, error);
	want_clear(&want);
	return ok;
}

/* ---- the whole ---- */

/* Accounts that we disabled long enough ago become work by time alone. */
static gboolean add_overdue(Planner *self, GError **error)
{
	g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(gint64));
	Run *run = self->app->run;
	gint64 after = self->app->config->policy.delete_after_us;

	if (!after)
		return TRUE;
	if (!link_disabled_before(run->state, id_of(self), run->now_us - after, entries, error))
		return FALSE;
	for (guint i = 0; i < entries->len; i++)
		if (!work_add(run->state, id_of(self), g_array_index(entries, gint64, i),
			      run->now_us, error))
			return FALSE;
	return TRUE;
}

static gboolean plan_all(Planner *self, GError **error)
{
	g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(gint64));
	gint64 last = 0;

	if (self->app->only)
		return plan_person(self, self->app->only, error);
	do {
		g_array_set_size(entries, 0);
		if (!work_next(self->app->run->state, id_of(self), last, BATCH, entries, error))
			return FALSE;
		for (guint i = 0; i < entries->len; i++) {
			last = g_array_index(entries, gint64, i);
			if (!plan_person(self, last, error))
				return FALSE;
		}
	} while (entries->len > 0);
	return TRUE;
}

static int compare_entries(const void *a, const void *b)
{
	gint64 left = *(const gint64 *)a, right = *(const gint64 *)b;

	return (left > right) - (left < right);
}

static gboolean plan_again(Planner *self, gint64 entry, GError **error)
{
	g_autoptr(Work) work = NULL;

	if (self->app->only && entry != self->app->only)
		return TRUE;
	if (!work_find(self->context.state, id_of(self), entry, &work, error))
		return FALSE;
	return !work || (park_forget_ops(self->app, self->plan, entry, error) &&
			 plan_person(self, entry, error));
}

/*
 * The first of two rivals was planned before the second was seen, and a rival may have left the
 * app after the other was parked: both sides are looked at again with all claims known.
 */
static gboolean plan_contested(Planner *self, GError **error)
{
	g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(gint64));
	GHashTableIter iter;
	gpointer entry;

	g_hash_table_iter_init(&iter, self->contested);
	while (g_hash_table_iter_next(&iter, &entry, NULL))
		g_array_append_vals(entries, entry, 1);
	g_array_sort(entries, compare_entries);
	for (guint i = 0; i < entries->len; i++)
		if (!plan_again(self, g_array_index(entries, gint64, i), error))
			return FALSE;
	return TRUE;
}

/* There are no more of them than were under way when we were stopped. */
static gboolean note_open(Planner *self, GError **error)
{
	g_autoptr(GPtrArray) ops = op_array_new();

	if (!plan_open_ops(self->context.state, id_of(self), G_MAXINT, ops, error))
		return FALSE;
	for (guint i = 0; i < ops->len; i++)
		g_hash_table_add(self->open, g_memdup2(&((Op *)g_ptr_array_index(ops, i))->entry,
						       sizeof(gint64)));
	return TRUE;
}

gboolean plan_drop_empty(AppRun *app, gint64 *plan, GError **error)
{
	State *state = app->run->state;
	guint64 ops, unapproved, removals;
	gint64 empty = *plan;

	if (!plan_counts(state, empty, &ops, &unapproved, &removals, error))
		return FALSE;
	if (ops > 0)
		return TRUE;
	*plan = 0;
	return app->leavers_only ? plan_end_part(state, empty, error)
				 : plan_end(state, empty, error);
}

/* Is there work for the app? Asked about one person if only that one is to be planned for. */
static gboolean has_work(Planner *self, gboolean *has, GError **error)
{
	State *state = self->app->run->state;
	guint64 waiting, parked;
	g_autoptr(Work) work = NULL;

	if (self->app->only) {
		if (!work_find(state, id_of(self), self->app->only, &work, error))
			return FALSE;
		*has = work != NULL;
		return TRUE;
	}
	if (!work_count(state, id_of(self), &waiting, &parked, error))
		return FALSE;
	*has = waiting > 0;
	return TRUE;
}

static gboolean begin(Planner *self, GError **error)
{
	Run *run = self->app->run;
	Plan plan = { .app = id_of(self),
		      .run = run->id,
		      .person = self->app->only,
		      .created_us = run->now_us };

	if (!plan.person)
		return plan_new(run->state, plan.app, plan.run, plan.created_us, &self->plan,
				error);
	if (!plan_new_for_one(run->state, &plan, error))
		return FALSE;
	self->plan = plan.id;
	return TRUE;
}

/* Whose account is waited for by the name of another entry of that person: refer.c. */
static gboolean wake_waiting(Planner *self, GError **error)
{
	AppRun *app = self->app;

	app->looks_again = FALSE;
	if (!self->makes || app->config->precedence->len == 0)
		return TRUE;
	return reference_wake_waiting(self->context.state, id_of(self), self->context.now_us,
				      &app->looks_again, error);
}

/*
 * Where nobody has work, what was planned, held or approved before is no longer wanted. Where one
 * person has none, that says nothing about the others.
 */
static gboolean plan_inside(Planner *self, GError **error)
{
	State *state = self->app->run->state;
	gboolean has;

	if (!add_overdue(self, error) || !has_work(self, &has, error))
		return FALSE;
	if (!has)
		return self->app->only || self->app->leavers_only ||
		       plan_none(state, id_of(self), error);
	return note_open(self, error) && begin(self, error) && plan_all(self, error) &&
	       plan_contested(self, error) && wake_waiting(self, error) &&
	       (self->app->leavers_only || push_plan(self->app, self->plan, error)) &&
	       plan_drop_empty(self->app, &self->plan, error);
}

gboolean plan_make(AppRun *app, gint64 *plan, GError **error)
{
	g_autoptr(Arena) arena = arena_new();
	g_autoptr(Rules) rules = rules_new(app->run->config, app->run->state, app->run->now_us,
					   error);
	g_autoptr(GHashTable) contested = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free,
								NULL);
	g_autoptr(GHashTable) open = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free,
							   NULL);
	Planner self = {
		.app = app,
		.contested = contested,
		.open = open,
		.context = { app->config, app->run->state, app->row.id, app->run->now_us, arena,
			     rules },
	};

	app->blind = app->target == NULL;
	app->lost_members = FALSE;
	app->leaver_waits = FALSE;
	app->overtakes = FALSE;
	if (!rules || !state_begin(app->run->state, error))
		return FALSE;
	if (!plan_inside(&self, error)) {
		state_rollback(app->run->state);
		return FALSE;
	}
	*plan = self.plan;
	return state_commit(app->run->state, error);
}
