/*
 * Report: what a pass did, for people and as JSON. Shared by 'sync' and 'run'.
 */
#include "base/json.h"
#include "base/timefmt.h"
#include "cli_internal.h"
#include "run/status.h"

#define PARKED_SHOWN 20

static void print_source(const Cli *cli, const SourceResult *row)
{
	if (row->problem)
		print_heading(cli, "source %s: not read completely", row->name);
	else
		print_heading(cli,
			      "source %s: %" G_GUINT64_FORMAT " new, %" G_GUINT64_FORMAT
			      " changed, %" G_GUINT64_FORMAT " gone",
			      row->name, row->stats.added, row->stats.changed + row->stats.renamed,
			      row->stats.removed);
	if (row->problem)
		print_text(2, "%s", row->problem);
	for (guint i = 0; i < row->notes->len; i++)
		print_text(2, "note: %s", (char *)g_ptr_array_index(row->notes, i));
}

static char *counts_text(const guint64 counts[OP_KINDS])
{
	json_t *object = json_object();
	char *text;

	for (int kind = 0; kind < OP_KINDS; kind++)
		if (counts[kind])
			json_object_set_new(object, op_kind_name((OpKind)kind),
					    json_integer((json_int_t)counts[kind]));
	text = print_counts(object);
	json_decref(object);
	return text;
}

/* Who came into groups, and who left them. */
static void print_members(const AppResult *row)
{
	if (row->members_added)
		print_text(2, "%" G_GUINT64_FORMAT " membership%s added", row->members_added,
			   print_plural((gint64)row->members_added));
	if (row->members_removed)
		print_text(2, "%" G_GUINT64_FORMAT " membership%s removed", row->members_removed,
			   print_plural((gint64)row->members_removed));
	if (row->members_waiting)
		print_text(2, "%" G_GUINT64_FORMAT " membership%s for an account",
			   row->members_waiting, row->members_waiting == 1 ? " waits" : "s wait");
}

/* What it took. */
static void print_effort(const AppResult *row)
{
	if (row->retries)
		print_text(2,
			   "%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
			   " requests %s on account of a failure",
			   row->retries, row->calls,
			   row->retries == 1 ? "was a repeat" : "were repeats");
	if (row->waited_us >= G_USEC_PER_SEC)
		print_text(2, "requests waited %" G_GINT64_FORMAT " s for the service's limits",
			   row->waited_us / G_USEC_PER_SEC);
}

/* Who needs a human, sorted by what to do about it. */
static void print_parked_count(const AppResult *row)
{
	json_t *by_class;
	g_autofree char *text = NULL;

	if (!row->parked)
		return;
	by_class = result_parked_json(row->parked_by);
	text = print_counts(by_class);
	json_decref(by_class);
	print_text(2, "parked: %s", text);
}

static void print_app(const Cli *cli, const AppResult *row)
{
	g_autofree char *done = counts_text(row->done);
	g_autofree char *planned = counts_text(row->planned);

	if (row->held)
		print_heading(cli, "app %s: HELD, %s was sent (%s planned)", row->name, done,
			      planned);
	else
		print_heading(cli,
			      row->rests     ? "app %s: RESTS, sent: %s"
			      : row->problem ? "app %s: FAILED, sent: %s"
					     : "app %s: %s",
			      row->name, done);
	if (row->held)
		print_text(2,
			   "%s\n"
			   "see it with 'dirbridge plan', release it with "
			   "'dirbridge approve %" G_GINT64_FORMAT "'",
			   row->held_why, row->plan);
	if (row->problem)
		print_text(2, "%s", row->problem);
	for (guint i = 0; i < row->notes->len; i++)
		print_text(2, "note: %s", (char *)g_ptr_array_index(row->notes, i));
	print_members(row);
	print_effort(row);
	print_parked_count(row);
	if (row->settled)
		print_text(2,
			   "%" G_GUINT64_FORMAT
			   " request%s without an answer %s settled by asking the application",
			   row->settled, print_plural((gint64)row->settled),
			   row->settled == 1 ? "was" : "were");
	if (row->unsettled)
		print_text(2,
			   "%" G_GUINT64_FORMAT
			   " request%s without an answer %s still open; the next sync asks first",
			   row->unsettled, print_plural((gint64)row->unsettled),
			   row->unsettled == 1 ? "is" : "are");
}

static void print_all_parked(const json_t *status)
{
	size_t index, i;
	json_t *app, *row;

	json_array_foreach (json_object_get(status, "apps"), index, app) {
		const json_t *parked = json_object_get(app, "parked");
		json_int_t all = json_integer_value(json_object_get(app, "parked_count"));
		g_autofree char *heading = g_strdup_printf("parked at %s",
							   json_get_string(app, "name"));

		json_array_foreach (parked, i, row)
			print_parked(heading, row);
		if (all > (json_int_t)json_array_size(parked))
			print_text(2, "and %" JSON_INTEGER_FORMAT " more parked at %s",
				   all - (json_int_t)json_array_size(parked),
				   json_get_string(app, "name"));
	}
}

int report_show(const Cli *cli, const Config *config, State *state, const Result *result)
{
	g_autoptr(json_t) status = status_report(config, state, PARKED_SHOWN, NULL);

	if (cli->json) {
		g_autoptr(json_t) document = result_json(result);

		json_object_set(document, "status", status ? status : json_null());
		print_json(document);
		return result_exit_code(result);
	}
	for (guint i = 0; i < result->sources->len; i++)
		print_source(cli, g_ptr_array_index(result->sources, i));
	for (guint i = 0; i < result->apps->len; i++)
		print_app(cli, g_ptr_array_index(result->apps, i));
	for (guint i = 0; i < result->notes->len; i++)
		print_text(0, "note: %s", (char *)g_ptr_array_index(result->notes, i));
	if (result->due_us) {
		g_autofree char *due = timefmt_rfc3339(result->due_us);

		print_text(0, "next change by time: %s", due);
	}
	print_all_parked(status);
	return result_exit_code(result);
}
