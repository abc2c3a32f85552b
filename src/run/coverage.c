/*
 * Coverage: how the directory fills an app's mappings.
 *
 * Every row is evaluated on every living person, and counted twice: for everybody, and for those
 * who have the app. The first column tells what would come if more people got it. Match keys are
 * compared among those who have the app, in temporary storage, so that memory does not grow with
 * the directory; also of people of whom another row fails, who would be found to be duplicates only
 * when that is mended.
 */
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "run/eval.h"
#include "state/sighting.h"
#include "want_internal.h"

#define BATCH 500

typedef struct {
	guint64 filled, null, empty, failed;
	char *example; /* why it failed for somebody, or NULL */
} Tally;

typedef struct {
	const MappingRow *row;
	const Expr *expr;
	Tally all, with_app;
} RowTally;

typedef struct {
	guint64 duplicates;
	char *example;
} KeyTally;

typedef struct {
	WantContext context;
	GArray *rows; /* RowTally */
	GArray *keys; /* KeyTally, by position in config->match */
	guint64 people, with_app;
} Coverage;

static void add_row(const MappingRow *row, const Expr *expr, void *data)
{
	RowTally tally = { .row = row, .expr = expr };

	g_array_append_val((GArray *)data, tally);
}

static void count(Tally *tally, const Value *value, const GError *problem)
{
	if (!value) {
		tally->failed++;
		if (!tally->example)
			tally->example = g_strdup(problem->message);
	} else if (value_count(value) == 0) {
		tally->null++;
	} else if (value_is_blank(value)) {
		tally->empty++;
	} else {
		tally->filled++;
	}
}

static void count_row(Coverage *self, RowTally *tally, const Want *want)
{
	g_autoptr(GError) problem = NULL;
	const Value *value = want_eval(&self->context, want, tally->expr, &problem);

	count(&tally->all, value, problem);
	if (want->standing == STANDING_ASSIGNED && want->known)
		count(&tally->with_app, value, problem);
}

/* The first with a value that others share is noticed only with the second: both count then. */
static gboolean count_shared(Coverage *self, KeyTally *tally, const char *key, gint64 person,
			     const char *text, GError **error)
{
	g_autofree char *shared = g_strconcat(key, " is shared", NULL);
	gint64 before = 0;

	if (!sighting_claim(self->context.state, shared, person, &before, error))
		return FALSE;
	tally->duplicates += before ? 1 : 2;
	if (!tally->example)
		tally->example = g_strdup(text);
	return TRUE;
}

static gboolean count_key(Coverage *self, guint position, const Want *want, GError **error)
{
	const char *path = g_ptr_array_index(self->context.config->match, position);
	KeyTally *tally = &g_array_index(self->keys, KeyTally, position);
	g_autofree char *text = want_row_text(&self->context, want, path);
	g_autofree char *folded = text && *text ? g_utf8_casefold(text, -1) : NULL;
	g_autofree char *key = folded ? g_strdup_printf("%u:%s", position, folded) : NULL;
	gint64 other = 0;

	if (!key)
		return TRUE;
	if (!sighting_claim(self->context.state, key, want->person.id, &other, error))
		return FALSE;
	if (!other || other == want->person.id)
		return TRUE;
	return count_shared(self, tally, key, want->person.id, text, error);
}

static gboolean count_person(Coverage *self, gint64 entry, GError **error)
{
	gboolean ok = TRUE, has_app;
	Want want;

	if (!want_load(&self->context, entry, &want, error))
		return FALSE;
	self->people++;
	has_app = want.known && want.standing == STANDING_ASSIGNED;
	self->with_app += has_app;
	for (guint i = 0; i < self->rows->len; i++)
		count_row(self, &g_array_index(self->rows, RowTally, i), &want);
	for (guint i = 0; ok && has_app && i < self->keys->len; i++)
		ok = count_key(self, i, &want, error);
	want_clear(&want);
	return ok;
}

static gboolean count_everybody(Coverage *self, GError **error)
{
	g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint64));
	gint64 last = 0;

	if (!sighting_clear(self->context.state, error))
		return FALSE;
	do {
		g_array_set_size(ids, 0);
		if (!view_users(self->context.state, last, BATCH, ids, error))
			return FALSE;
		for (guint i = 0; i < ids->len; i++) {
			last = g_array_index(ids, gint64, i);
			if (!count_person(self, last, error))
				return FALSE;
		}
	} while (ids->len > 0);
	return TRUE;
}

/* ---- the document ---- */

static json_t *tally_json(const Tally *tally)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:s*}", "filled", (json_int_t)tally->filled, "null",
			 (json_int_t)tally->null, "empty", (json_int_t)tally->empty, "failed",
			 (json_int_t)tally->failed, "example", tally->example);
}

static json_t *coverage_json(const Coverage *self)
{
	json_t *rows = json_array(), *keys = json_array();

	for (guint i = 0; i < self->rows->len; i++) {
		const RowTally *tally = &g_array_index(self->rows, RowTally, i);

		json_array_append_new(rows, json_pack("{s:s, s:s, s:b, s:o, s:o}", "to",
						      tally->row->to, "from", tally->row->from,
						      "required", tally->row->required, "all",
						      tally_json(&tally->all), "with_app",
						      tally_json(&tally->with_app)));
	}
	for (guint i = 0; i < self->keys->len; i++) {
		const KeyTally *tally = &g_array_index(self->keys, KeyTally, i);

		json_array_append_new(keys,
				      json_pack("{s:s, s:I, s:s*}", "path",
						g_ptr_array_index(self->context.config->match, i),
						"duplicates", (json_int_t)tally->duplicates,
						"example", tally->example));
	}
	return json_pack("{s:s, s:I, s:I, s:o, s:o}", "app", self->context.config->name, "people",
			 (json_int_t)self->people, "with_app", (json_int_t)self->with_app, "rows",
			 rows, "match", keys);
}

static void clear(Coverage *self)
{
	for (guint i = 0; i < self->rows->len; i++) {
		g_free(g_array_index(self->rows, RowTally, i).all.example);
		g_free(g_array_index(self->rows, RowTally, i).with_app.example);
	}
	for (guint i = 0; i < self->keys->len; i++)
		g_free(g_array_index(self->keys, KeyTally, i).example);
	g_array_unref(self->rows);
	g_array_unref(self->keys);
}

static json_t *cover(const Config *config, State *state, const AppConfig *app, gint64 app_id,
		     GError **error)
{
	gint64 now_us = clock_now_us();
	g_autoptr(Arena) arena = arena_new();
	g_autoptr(Rules) rules = rules_new(config, state, now_us, error);
	Coverage self = { .context = { app, state, app_id, now_us, arena, rules } };
	json_t *document = NULL;

	if (!rules)
		return NULL;
	self.rows = g_array_new(FALSE, FALSE, sizeof(RowTally));
	self.keys = g_array_new(FALSE, TRUE, sizeof(KeyTally));
	g_array_set_size(self.keys, app->match->len);
	mapping_foreach(app->mapping, add_row, self.rows);
	if (count_everybody(&self, error))
		document = coverage_json(&self);
	clear(&self);
	return document;
}

json_t *coverage_of(const Config *config, State *state, const char *name, GError **error)
{
	const AppConfig *app = config_app(config, name);
	AppRow row = { 0 };
	json_t *document;

	if (!app) {
		config_no_app(config, name, error);
		return NULL;
	}
	if (!app_row_get(state, name, &row, error))
		return NULL;
	document = cover(config, state, app, row.id, error);
	app_row_clear(&row);
	return document;
}
