/*
 * plan: what a sync would send now, and why; sends nothing, changes nothing.
 *
 * With --json one object a line, so that a plan of a million ops needs no more memory than one of
 * ten: {"type":"op",...}, {"type":"parked",...}, and at the end {"type":"result",...}.
 */
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "cli_internal.h"
#include "run/cycle.h"
#include "state/account.h"
#include "state/plan.h"
#include "state/view.h"

#define BATCH 200

typedef struct {
	const Cli *cli;
	State *state;
	const AppConfig *app;
	gint64 plan;
	gboolean changes;
	GError *error; /* met inside a callback that cannot fail */
} PlanPrinter;

/* Values that refer to others who have no account yet. New reference, or NULL. */
static json_t *waits_of(const Op *op)
{
	g_autoptr(json_t) reason =
		op->reason ? json_parse_bounded(op->reason, strlen(op->reason), NULL) : NULL;

	return json_incref(json_object_get(reason, "waits"));
}

/* Of a group: no standing, and its members as they are called and known there. */
static json_t *group_op_json(const PlanPrinter *self, const Op *op, const char *anchor)
{
	json_t *object = json_pack("{s:s, s:s, s:I, s:s, s:s?, s:s?}", "type", "op", "app",
				   self->app->name, "op", (json_int_t)op->id, "kind",
				   op_kind_name(op->kind), "label", op->label, "anchor", anchor);
	gboolean members = op->kind == OP_ADD_MEMBERS || op->kind == OP_REMOVE_MEMBERS;
	size_t index;
	json_t *member;

	if (op->target_id)
		json_object_set_new(object, "id", json_string(op->target_id));
	if (op->reason)
		json_object_set_new(object, "reason", json_loads(op->reason, 0, NULL));
	if (op->match)
		json_object_set_new(object, "match", json_string(op->match));
	if (op->members)
		json_object_set_new(object, "count", json_integer((json_int_t)op->members));
	if (op->changes)
		json_object_set(object, members ? "members" : "changes", op->changes);
	json_array_foreach (json_object_get(object, "members"), index, member)
		json_object_del(member, "entry");
	return object;
}

static json_t *op_json(const PlanPrinter *self, const Op *op, const char *anchor,
		       const char *standing, const json_t *reason)
{
	json_t *object = json_pack("{s:s, s:s, s:I, s:s, s:s?, s:s?, s:s}", "type", "op", "app",
				   self->app->name, "op", (json_int_t)op->id, "kind",
				   op_kind_name(op->kind), "label", op->label, "anchor", anchor,
				   "standing", standing);

	if (op->target_id)
		json_object_set_new(object, "id", json_string(op->target_id));
	if (reason)
		json_object_set(object, "reason", (json_t *)reason);
	if (op->changes)
		json_object_set(object, "changes", op->changes);
	else if (op->resource)
		json_object_set(object, "resource", op->resource);
	json_t *waits = waits_of(op);
	if (waits)
		json_object_set_new(object, "waits", waits);
	if (op->match)
		json_object_set_new(object, "match", json_string(op->match));
	return object;
}

static void print_waits(const Op *op)
{
	g_autoptr(json_t) waits = waits_of(op);
	size_t index;
	json_t *wait;

	json_array_foreach (waits, index, wait)
		print_text(11, "%s is filled when %s has an account", json_get_string(wait, "path"),
			   json_get_string(wait, "for"));
}

static void print_op(const Op *op, const char *standing, const json_t *why)
{
	g_autofree char *reason = print_reason(standing, why);

	print_text(2, "%-8s %s", op_kind_name(op->kind), op->label);
	print_text(11, "because %s", reason);
	if (op->kind == OP_ADOPT)
		print_text(11, "an account with this %s exists%s", op->match,
			   json_array_size(op->changes) ? "" : " and already is as wanted");
	if (op->changes)
		print_changes(11, op->changes);
	else if (op->kind == OP_CREATE)
		print_resource(11, op->resource);
	print_waits(op);
}

/* Of a group; its name is in the label, and what moves is its members. */
static void print_group_op(const Op *op, const char *dn)
{
	g_autofree char *names = print_names(op->changes);
	gulong count = (gulong)op->members;

	if (op->kind == OP_ADD_MEMBERS) {
		print_text(2, "+ add %lu member%s to group '%s': %s", count, count == 1 ? "" : "s",
			   op->label, names);
		return;
	}
	if (op->kind == OP_REMOVE_MEMBERS) {
		print_text(2, "- remove %lu member%s from group '%s': %s", count,
			   count == 1 ? "" : "s", op->label, names);
		return;
	}
	print_text(2, "%-8s %s", op_kind_name(op->kind), op->label);
	if (op->kind == OP_DELETE_GROUP)
		print_text(11, "because %s is no longer pushed; %lu member%s lose%s it", dn, count,
			   count == 1 ? "" : "s", count == 1 ? "s" : "");
	else
		print_text(11, "because %s is pushed", dn);
	if (op->kind == OP_ADOPT_GROUP)
		print_text(11, "a group with this %s exists%s", op->match,
			   json_array_size(op->changes) ? "" : " and is called so already");
	if (op->kind != OP_CREATE_GROUP)
		print_changes(11, op->changes);
}

static gboolean show_op(PlanPrinter *self, const Op *op, GError **error)
{
	ViewEntry person = { 0 };
	Standing standing = STANDING_UNASSIGNED;
	g_autoptr(json_t) reason = NULL;
	gboolean found;

	if (!view_load(self->state, op->entry, &person, error) ||
	    !assignment_get(self->state, op->app, op->entry, &found, &standing, &reason, error)) {
		view_entry_clear(&person);
		return FALSE;
	}
	if (self->cli->json && op_is_of_group(op->kind)) {
		g_autoptr(json_t) object = group_op_json(self, op, entry_anchor(person.entry));

		print_json_line(object);
	} else if (self->cli->json) {
		g_autoptr(json_t) object = op_json(self, op, entry_anchor(person.entry),
						   standing_name(standing), reason);

		print_json_line(object);
	} else if (op_is_of_group(op->kind)) {
		print_group_op(op, person.entry ? entry_dn(person.entry) : "");
	} else {
		print_op(op, standing_name(standing), reason);
	}
	view_entry_clear(&person);
	return TRUE;
}

static gboolean show_ops(PlanPrinter *self, gint64 plan, OpState op_state, GError **error)
{
	g_autoptr(GPtrArray) ops = op_array_new();
	Op last = { 0 };

	do {
		g_ptr_array_set_size(ops, 0);
		if (!plan_ops(self->state, plan, op_state, last.id ? &last : NULL, BATCH, ops,
			      error))
			return FALSE;
		for (guint i = 0; i < ops->len; i++) {
			const Op *op = g_ptr_array_index(ops, i);

			last = (Op){ .id = op->id, .kind = op->kind };
			if (!show_op(self, op, error))
				return FALSE;
		}
	} while (ops->len > 0);
	return TRUE;
}

/* Somebody who was parked and has an op in this plan is parked no longer, if the plan is sent. */
static gboolean is_planned(PlanPrinter *self, const Work *work)
{
	g_autoptr(GPtrArray) ops = op_array_new();

	if (!plan_ops_of(self->state, work->app, work->entry, 1, ops, &self->error))
		return FALSE;
	return self->plan && ops->len > 0 &&
	       ((const Op *)g_ptr_array_index(ops, 0))->plan == self->plan;
}

static void show_parked(const Work *work, void *data)
{
	PlanPrinter *self = data;
	ViewEntry person = { 0 };
	const char *dn;

	if (self->error || is_planned(self, work) ||
	    !view_load(self->state, work->entry, &person, &self->error))
		return;
	dn = person.entry ? entry_dn(person.entry) : "";
	if (self->cli->json) {
		g_autoptr(json_t) object =
			json_pack("{s:s, s:s, s:s, s:s?, s:s?}", "type", "parked", "app",
				  self->app->name, "dn", dn, "anchor",
				  person.entry ? entry_anchor(person.entry) : NULL, "problem",
				  work->error);

		print_json_line(object);
	} else {
		print_text(2, "%-8s %s", "parked", dn);
		print_text(11, "%s", work->error);
	}
	view_entry_clear(&person);
}

static void show_summary(const PlanPrinter *self, const AppResult *result)
{
	json_t *counts = json_object();
	g_autofree char *text = NULL;

	for (int kind = 0; kind < OP_KINDS; kind++)
		if (result->planned[kind])
			json_object_set_new(counts, op_kind_name((OpKind)kind),
					    json_integer((json_int_t)result->planned[kind]));
	text = print_counts(counts);
	json_decref(counts);
	print_heading(self->cli, "app %s: %s", self->app->name, text);
	for (guint i = 0; i < result->notes->len; i++)
		print_text(2, "note: %s", (char *)g_ptr_array_index(result->notes, i));
	if (result->held)
		print_text(2, "a sync would hold this plan: %s", result->held_why);
}

static gboolean show_app(State *state, const AppConfig *app, gint64 app_id, gint64 plan,
			 const AppResult *result, void *data, GError **error)
{
	PlanPrinter *self = data;

	self->state = state;
	self->app = app;
	self->plan = plan;
	self->changes |= plan != 0;
	if (!self->cli->json)
		show_summary(self, result);
	if (plan && !show_ops(self, plan, result->held ? OP_HELD : OP_PLANNED, error))
		return FALSE;
	if (!work_parked(state, app_id, G_MAXUINT, show_parked, self, error))
		return FALSE;
	if (!self->error)
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&self->error));
	return FALSE;
}

/* Parked objects and guards are the sync's business; a plan that could be made is done. */
static int exit_code(const Result *result, const PlanPrinter *printer, gboolean check)
{
	if (result_exit_code(result) == EXIT_FAILED)
		return EXIT_FAILED;
	return check && printer->changes ? EXIT_CHANGES : EXIT_DONE;
}

/* What a plan may lack, and why. */
static void show_problems(const Cli *cli, const Result *result)
{
	for (guint i = 0; i < result->sources->len; i++) {
		const SourceResult *row = g_ptr_array_index(result->sources, i);

		if (!row->problem)
			continue;
		print_heading(cli, "source %s: not read completely", row->name);
		print_text(2, "%s", row->problem);
	}
	for (guint i = 0; i < result->apps->len; i++) {
		const AppResult *row = g_ptr_array_index(result->apps, i);

		if (!row->problem)
			continue;
		print_heading(cli, "app %s: not planned", row->name);
		print_text(2, "%s", row->problem);
	}
	for (guint i = 0; i < result->notes->len; i++)
		print_text(0, "note: %s", (char *)g_ptr_array_index(result->notes, i));
}

static int make_plan(Cli *cli, const Config *config, const CycleOptions *options, gboolean check)
{
	g_autoptr(State) state = cli_state(config, STATE_WRITE);
	g_autoptr(Result) result = result_new();
	g_autoptr(GError) error = NULL;
	PlanPrinter printer = { .cli = cli };

	if (!state)
		return EXIT_FAILED;
	if (!cycle_plan(config, state, options, show_app, &printer, result, &error))
		return cli_fail(error);
	if (cli->json) {
		g_autoptr(json_t) document = result_json(result);

		json_object_set_new(document, "type", json_string("result"));
		print_json_line(document);
	} else {
		show_problems(cli, result);
		print_text(0, "nothing was sent");
	}
	return exit_code(result, &printer, check);
}

static int run_plan(Cli *cli, int argc, char **argv)
{
	g_autofree char *app = NULL, *user = NULL;
	gboolean check = FALSE;
	GOptionEntry entries[] = {
		{ "app", 0, 0, G_OPTION_ARG_STRING, &app, "only this app", "A" },
		{ "user", 0, 0, G_OPTION_ARG_STRING, &user, "only this person", "U" },
		{ "check", 0, 0, G_OPTION_ARG_NONE, &check, "exit 5 if there are changes", NULL },
		{ NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL },
	};
	g_autoptr(Config) config = NULL;

	if (!cli_options(&command_plan, entries, &argc, &argv))
		return EXIT_USAGE;
	config = cli_config(cli);
	if (!config)
		return EXIT_USAGE;
	return make_plan(cli, config, &(CycleOptions){ .app = app, .user = user }, check);
}

const Command command_plan = { "plan", "[--app A] [--user U] [--check]", 0,
			       "show what would be sent, with reasons; sends nothing", run_plan };
