/*
 * The result of a run: rows that the stages fill, and their JSON.
 *
 * Counts come from what the stages did, never from a second calculation, so that the report can
 * not say "0 removed" when one was.
 */
#include "run/result.h"

#include <string.h>

#include "base/timefmt.h"

static void source_result_free(SourceResult *row)
{
	g_free(row->name);
	g_free(row->problem);
	g_ptr_array_unref(row->notes);
	g_free(row);
}

static void app_result_free(AppResult *row)
{
	g_free(row->name);
	g_free(row->problem);
	g_free(row->held_why);
	g_ptr_array_unref(row->notes);
	g_free(row);
}

Result *result_new(void)
{
	Result *self = g_new0(Result, 1);

	self->sources = g_ptr_array_new_with_free_func((GDestroyNotify)source_result_free);
	self->apps = g_ptr_array_new_with_free_func((GDestroyNotify)app_result_free);
	self->notes = g_ptr_array_new_with_free_func(g_free);
	return self;
}

void result_free(Result *self)
{
	if (!self)
		return;
	g_ptr_array_unref(self->sources);
	g_ptr_array_unref(self->apps);
	g_ptr_array_unref(self->notes);
	g_free(self);
}

SourceResult *result_add_source(Result *self, const char *name)
{
	SourceResult *row = g_new0(SourceResult, 1);

	row->name = g_strdup(name);
	row->notes = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_add(self->sources, row);
	return row;
}

AppResult *result_add_app(Result *self, const char *name)
{
	AppResult *row = g_new0(AppResult, 1);

	row->name = g_strdup(name);
	row->notes = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_add(self->apps, row);
	return row;
}

static SourceResult *find_source(const Result *self, const char *name)
{
	for (guint i = 0; i < self->sources->len; i++) {
		SourceResult *row = g_ptr_array_index(self->sources, i);

		if (strcmp(row->name, name) == 0)
			return row;
	}
	return NULL;
}

static void add_notes(GPtrArray *notes, const GPtrArray *more)
{
	for (guint i = 0; i < more->len; i++) {
		const char *note = g_ptr_array_index(more, i);

		if (!g_ptr_array_find_with_equal_func(notes, note, g_str_equal, NULL))
			g_ptr_array_add(notes, g_strdup(note));
	}
}

static void add_source(SourceResult *row, const SourceResult *later)
{
	row->stats.put += later->stats.put;
	row->stats.added += later->stats.added;
	row->stats.changed += later->stats.changed;
	row->stats.renamed += later->stats.renamed;
	row->stats.removed += later->stats.removed;
	row->complete = later->complete;
	row->refused = later->refused;
	g_free(row->problem);
	row->problem = g_strdup(later->problem);
	add_notes(row->notes, later->notes);
}

void result_add_sources(Result *self, const Result *later)
{
	for (guint i = 0; i < later->sources->len; i++) {
		const SourceResult *more = g_ptr_array_index(later->sources, i);
		SourceResult *row = find_source(self, more->name);

		if (row)
			add_source(row, more);
	}
	add_notes(self->notes, later->notes);
}

gboolean result_was_refused(const Result *self, const char *source)
{
	for (guint i = 0; i < self->sources->len; i++) {
		const SourceResult *row = g_ptr_array_index(self->sources, i);

		if (strcmp(row->name, source) == 0)
			return row->refused;
	}
	return FALSE;
}

int result_exit_code(const Result *self)
{
	gboolean failed = FALSE, held = FALSE, parked = FALSE;

	for (guint i = 0; i < self->sources->len; i++) {
		const SourceResult *row = g_ptr_array_index(self->sources, i);

		failed |= !row->complete;
	}
	for (guint i = 0; i < self->apps->len; i++) {
		const AppResult *row = g_ptr_array_index(self->apps, i);

		failed |= row->problem != NULL;
		held |= row->held;
		parked |= row->parked > 0 || row->unsettled > 0;
	}
	return failed ? 1 : held ? 4 : parked ? 3 : 0;
}

static json_t *strings_json(const GPtrArray *strings)
{
	json_t *array = json_array();

	for (guint i = 0; i < strings->len; i++)
		json_array_append_new(array, json_string(g_ptr_array_index(strings, i)));
	return array;
}

static json_t *counts_json(const guint64 counts[OP_KINDS])
{
	json_t *object = json_object();

	for (int kind = 0; kind < OP_KINDS; kind++)
		if (counts[kind])
			json_object_set_new(object, op_kind_name((OpKind)kind),
					    json_integer((json_int_t)counts[kind]));
	return object;
}

static json_t *source_json(const SourceResult *row)
{
	return json_pack("{s:s, s:b, s:s?, s:o, s:I, s:I, s:I, s:I}", "name", row->name, "complete",
			 row->complete, "problem", row->problem, "notes", strings_json(row->notes),
			 "read", (json_int_t)row->stats.put, "added", (json_int_t)row->stats.added,
			 "changed", (json_int_t)(row->stats.changed + row->stats.renamed),
			 "removed", (json_int_t)row->stats.removed);
}

/* Memberships of pushed groups; NULL if there is nothing to say. */
static json_t *members_json(const AppResult *row)
{
	if (!row->members_planned && !row->unmembers_planned && !row->members_added &&
	    !row->members_removed && !row->members_waiting)
		return NULL;
	return json_pack("{s:I, s:I, s:I, s:I, s:I}", "to_add", (json_int_t)row->members_planned,
			 "to_remove", (json_int_t)row->unmembers_planned, "added",
			 (json_int_t)row->members_added, "removed",
			 (json_int_t)row->members_removed, "waiting",
			 (json_int_t)row->members_waiting);
}

/* By class, those that there are. */
json_t *result_parked_json(const guint64 by_class[PARK_CLASSES])
{
	json_t *object = json_object();

	for (guint i = 0; i < PARK_CLASSES; i++)
		if (by_class[i])
			json_object_set_new(object, park_class_name((ParkClass)i),
					    json_integer((json_int_t)by_class[i]));
	return object;
}

static json_t *app_json(const AppResult *row)
{
	json_t *object = json_pack("{s:s, s:s?, s:o, s:o, s:o, s:I, s:I, s:I, s:I, s:I}", "name",
				   row->name, "problem", row->problem, "notes",
				   strings_json(row->notes), "planned", counts_json(row->planned),
				   "done", counts_json(row->done), "settled",
				   (json_int_t)row->settled, "unsettled",
				   (json_int_t)row->unsettled, "waiting", (json_int_t)row->waiting,
				   "parked", (json_int_t)row->parked, "calls",
				   (json_int_t)row->calls);
	json_t *members = members_json(row);

	json_object_set_new(object, "parked_by", result_parked_json(row->parked_by));
	json_object_set_new(object, "retries", json_integer((json_int_t)row->retries));
	if (row->rests)
		json_object_set_new(object, "rests", json_true());
	if (members)
		json_object_set_new(object, "members", members);
	if (row->waited_us)
		json_object_set_new(object, "waited_ms", json_integer(row->waited_us / 1000));
	if (row->not_sticky)
		json_object_set_new(object, "not_sticky",
				    json_integer((json_int_t)row->not_sticky));
	if (row->plan)
		json_object_set_new(object, "plan", json_integer(row->plan));
	if (row->held)
		json_object_set_new(object, "held", json_string(row->held_why));
	return object;
}

json_t *result_json(const Result *self)
{
	g_autofree char *due = self->due_us ? timefmt_rfc3339(self->due_us) : NULL;
	json_t *sources = json_array(), *apps = json_array(), *document;

	for (guint i = 0; i < self->sources->len; i++)
		json_array_append_new(sources, source_json(g_ptr_array_index(self->sources, i)));
	for (guint i = 0; i < self->apps->len; i++)
		json_array_append_new(apps, app_json(g_ptr_array_index(self->apps, i)));
	document = json_pack("{s:I, s:i, s:o, s:o, s:o}", "run", (json_int_t)self->run, "exit",
			     result_exit_code(self), "sources", sources, "apps", apps, "notes",
			     strings_json(self->notes));
	if (due)
		json_object_set_new(document, "next_change", json_string(due));
	return document;
}
