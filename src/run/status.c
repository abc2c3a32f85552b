/*
 * Status: numbers and sentences out of the state, for 'dirbridge status' and for monitoring.
 */
#include "run/status.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/timefmt.h"
#include "core/dn.h"
#include "due_internal.h"
#include "push_internal.h"
#include "quarantine_internal.h"
#include "state/account.h"
#include "state/history.h"
#include "state/plan.h"
#include "state/view.h"
#include "unmanaged_internal.h"

#define RUNS_SHOWN 5
#define RUNS_SEARCHED 50 /* for the latest one of an app */
#define BATCH 200

static void set_time(json_t *object, const char *key, gint64 us)
{
	g_autofree char *text = us ? timefmt_rfc3339(us) : NULL;

	json_object_set_new(object, key, text ? json_string(text) : json_null());
}

static json_t *source_status(State *state, const SourceConfig *source, GError **error)
{
	ViewSource row = { 0 };
	json_t *object;

	if (!view_source_get(state, source->name, &row, error))
		return NULL;
	object = json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:b, s:s?, s:s?}", "name", source->name,
			   "type", source->type, "changes", source->changes, "users",
			   (json_int_t)row.users, "groups", (json_int_t)row.groups, "containers",
			   (json_int_t)row.containers, "cursor", row.cursor != NULL, "server",
			   row.server, "problem", row.problem);
	set_time(object, "read", row.pulled_at_us);
	set_time(object, "tried", row.tried_at_us);
	view_source_clear(&row);
	return object;
}

typedef struct {
	State *state;
	json_t *list;
} ParkedList;

static void add_parked(const Work *work, void *data)
{
	ParkedList *parked = data;
	ViewEntry person = { 0 };
	json_t *object = json_pack("{s:s?, s:s?, s:s, s:i}", "problem", work->error, "kind",
				   work->error_kind, "class", park_class_name(work->klass), "tries",
				   (int)work->tries + 1);

	if (view_load(parked->state, work->entry, &person, NULL) && person.entry) {
		json_object_set_new(object, "anchor", json_string(entry_anchor(person.entry)));
		json_object_set_new(object, "dn", json_string(entry_dn(person.entry)));
	}
	view_entry_clear(&person);
	set_time(object, "since", work->since_us);
	if (work->retry_at_us)
		set_time(object, "again", work->retry_at_us);
	json_array_append_new(parked->list, object);
}

static json_t *counts_json(const Plan *plan)
{
	json_t *object = json_object();

	for (int kind = 0; kind < OP_KINDS; kind++)
		if (plan->counts[kind])
			json_object_set_new(object, op_kind_name((OpKind)kind),
					    json_integer((json_int_t)plan->counts[kind]));
	return object;
}

/* The held ops with the numbers that 'approve' takes. */
static gboolean held_list(State *state, gint64 plan, guint limit, json_t *list, GError **error)
{
	g_autoptr(GPtrArray) ops = op_array_new();
	Op last = { 0 };

	do {
		g_ptr_array_set_size(ops, 0);
		if (!plan_ops(state, plan, OP_HELD, last.id ? &last : NULL,
			      MIN(limit - (guint)json_array_size(list), BATCH), ops, error))
			return FALSE;
		for (guint i = 0; i < ops->len; i++) {
			const Op *op = g_ptr_array_index(ops, i);

			last = (Op){ .id = op->id, .kind = op->kind };
			json_array_append_new(list, json_pack("{s:I, s:s, s:s?}", "op",
							      (json_int_t)op->id, "kind",
							      op_kind_name(op->kind), "label",
							      op->label));
		}
	} while (ops->len > 0 && json_array_size(list) < limit);
	return TRUE;
}

/* One person's plan says whose it is. */
static gboolean add_person(State *state, gint64 entry, json_t *held, GError **error)
{
	ViewEntry person = { 0 };

	if (entry && !view_load(state, entry, &person, error))
		return FALSE;
	if (person.entry)
		json_object_set_new(held, "person", json_string(entry_dn(person.entry)));
	view_entry_clear(&person);
	return TRUE;
}

static gboolean add_plan(State *state, gint64 id, guint limit, json_t *all, GError **error)
{
	Plan plan = { 0 };
	json_t *list = json_array(), *held;
	gboolean ok = plan_load(state, id, &plan, error);

	held = json_pack("{s:I, s:s?, s:o, s:o}", "plan", (json_int_t)plan.id, "why", plan.why,
			 "ops", counts_json(&plan), "list", list);
	set_time(held, "since", plan.created_us);
	json_array_append_new(all, held);
	ok = ok && add_person(state, plan.person, held, error) &&
	     held_list(state, id, limit, list, error);
	plan_clear(&plan);
	return ok;
}

/* The latest, and what else is held: plans for one person do not take the place of others. */
static gboolean add_held(State *state, gint64 app, guint limit, json_t *object, GError **error)
{
	g_autoptr(GArray) plans = g_array_new(FALSE, FALSE, sizeof(gint64));
	g_autoptr(json_t) all = json_array();

	if (!plan_list_held(state, app, plans, error))
		return FALSE;
	for (guint i = plans->len; i > 0; i--)
		if (!add_plan(state, g_array_index(plans, gint64, i - 1), limit, all, error))
			return FALSE;
	if (plans->len > 0) {
		json_object_set(object, "held", json_array_get(all, 0));
		json_array_remove(all, 0);
	}
	if (plans->len > 1)
		json_object_set(object, "held_too", all);
	return TRUE;
}

static gboolean fill_app(State *state, gint64 app, guint limit, json_t *object, GError **error)
{
	guint64 assigned = 0, active = 0, disabled = 0, work = 0, parked = 0;
	guint64 by_class[PARK_CLASSES];
	ParkedList list = { state, json_array() };

	json_object_set_new(object, "parked", list.list);
	if (!assignment_count(state, app, &assigned, error) ||
	    !link_count(state, app, &active, &disabled, error) ||
	    !work_count(state, app, &work, &parked, error) ||
	    !work_count_parked(state, app, by_class, error) ||
	    !work_parked(state, app, limit, add_parked, &list, error) ||
	    !add_held(state, app, limit, object, error))
		return FALSE;
	if (!push_status(state, app, object, error))
		return FALSE;
	json_object_set_new(object, "assigned", json_integer((json_int_t)assigned));
	json_object_set_new(object, "active", json_integer((json_int_t)active));
	json_object_set_new(object, "disabled", json_integer((json_int_t)disabled));
	json_object_set_new(object, "waiting", json_integer((json_int_t)(work - parked)));
	json_object_set_new(object, "parked_count", json_integer((json_int_t)parked));
	json_object_set_new(object, "parked_by", result_parked_json(by_class));
	return TRUE;
}

/* How often it failed, and until when it rests. */
static void add_rest(const AppConfig *app, const AppRow *row, json_t *object)
{
	g_autofree char *words = quarantine_words(app, row, clock_now_us());

	if (row->failures == 0)
		return;
	json_object_set_new(object, "failures", json_integer(row->failures));
	set_time(object, "failing_since", row->failing_since_us);
	json_object_set_new(object, "trouble", json_string(row->trouble ? row->trouble : ""));
	if (!words)
		return;
	set_time(object, "rests_until", row->rests_until_us);
	json_object_set_new(object, "problem", json_string(words));
}

static json_t *app_status(State *state, const AppConfig *app, guint limit, GError **error)
{
	json_t *object = json_pack("{s:s, s:s}", "name", app->name, "type", app->type);
	AppRow row = { 0 };
	gboolean ok = app_row_get(state, app->name, &row, error);

	if (ok) {
		json_object_set_new(object, "released", json_boolean(row.released));
		add_rest(app, &row, object);
		ok = fill_app(state, row.id, limit, object, error);
	}
	app_row_clear(&row);
	if (ok)
		return object;
	json_decref(object);
	return NULL;
}

/* The app's row of a result document, or NULL. */
static const json_t *find_app(const json_t *apps, const char *name)
{
	size_t index;
	json_t *row;

	json_array_foreach (apps, index, row)
		if (g_strcmp0(json_get_string(row, "name"), name) == 0)
			return row;
	return NULL;
}

/* How the latest run ended in which each app took part; called with the newest run first. */
static void add_outcome(const RunRow *run, void *data)
{
	const json_t *results = json_object_get(run->result, "apps");
	size_t index;
	json_t *app;

	json_array_foreach (data, index, app) {
		const json_t *row = find_app(results, json_get_string(app, "name"));

		if (!row || json_object_get(app, "last_run"))
			continue;
		set_time(app, "last_run", run->ended_us);
		if (json_get_string(row, "problem") && !json_object_get(app, "problem"))
			json_object_set(app, "problem", json_object_get(row, "problem"));
	}
}

static void add_run(const RunRow *run, void *data)
{
	json_t *object = json_pack("{s:I, s:s?}", "run", (json_int_t)run->id, "command",
				   run->command);

	set_time(object, "started", run->started_us);
	set_time(object, "ended", run->ended_us);
	if (run->ended_us)
		json_object_set_new(object, "exit", json_integer(run->exit_code));
	json_array_append_new(data, object);
}

json_t *status_report(const Config *config, State *state, guint limit, GError **error)
{
	json_t *sources = json_array(), *apps = json_array(), *runs = json_array(), *unmanaged;
	g_autoptr(json_t) report = json_pack("{s:o, s:o, s:o}", "sources", sources, "apps", apps,
					     "runs", runs);
	gint64 due_us = 0;

	for (guint i = 0; i < config->sources->len; i++) {
		json_t *row = source_status(state, g_ptr_array_index(config->sources, i), error);

		if (!row)
			return NULL;
		json_array_append_new(sources, row);
	}
	for (guint i = 0; i < config->apps->len; i++) {
		json_t *row = app_status(state, g_ptr_array_index(config->apps, i), limit, error);

		if (!row)
			return NULL;
		json_array_append_new(apps, row);
	}
	if (!due_next(config, state, clock_now_us(), &due_us, error))
		return NULL;
	set_time(report, "next_change", due_us);
	unmanaged = unmanaged_apps(config, state, error);
	if (!unmanaged)
		return NULL;
	json_object_set_new(report, "unmanaged", unmanaged);
	if (!run_latest(state, RUNS_SHOWN, add_run, runs, error) ||
	    !run_latest(state, RUNS_SEARCHED, add_outcome, apps, error))
		return NULL;
	return g_steal_pointer(&report);
}
