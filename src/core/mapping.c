/*
 * Mapping: rows of target path and expression, compiled and checked.
 *
 *	{ to = "name.givenName"; from = "[givenName]"; }
 *
 * Rows are kept in the order of the config, which is the order of the resource. Two rows must not
 * meet: neither the same path twice nor a path inside another's ("name" and "name.givenName"),
 * since one of them would win without a word. All that can be wrong is found when a row is added;
 * what is left to fail is the person's data, and then the message names row and reason.
 *
 * A row that is compared at each run must yield the same for the same person. Chance does not, and
 * is refused there; unless the row can look at what the target has (ImportedValue), as in
 * Coalesce(ImportedValue("x"), Guid()), which asks for chance once.
 *
 * What a row makes of a person is in mapping_apply.c; what that is beside what the target has,
 * in mapping_want.c.
 */
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "mapping_internal.h"

static void row_free(gpointer data)
{
	Row *row = data;

	path_free(row->path);
	expr_free(row->expr);
	g_free((char *)row->row.from);
	g_free((char *)row->row.fallback);
	g_free(row);
}

Mapping *mapping_new(void)
{
	Mapping *self = g_new0(Mapping, 1);

	self->rows = g_ptr_array_new_with_free_func(row_free);
	self->by_path = g_ptr_array_new();
	self->demanded = g_ptr_array_new_with_free_func((GDestroyNotify)path_free);
	self->constraints = constraints_new();
	return self;
}

void mapping_free(Mapping *self)
{
	if (!self)
		return;
	g_ptr_array_unref(self->by_path);
	g_ptr_array_unref(self->rows);
	g_ptr_array_unref(self->demanded);
	constraints_free(self->constraints);
	g_free(self);
}

/* ---- adding a row ---- */

static gboolean check_conflicts(const Mapping *self, const Path *path, GError **error)
{
	for (guint i = 0; i < self->rows->len; i++) {
		const Row *row = self->rows->pdata[i];

		if (path_equal(path, row->path))
			return error_set(error, ERROR_CONFIG, "\"%s\" is filled twice", path->text);
		if (path_conflicts(path, row->path))
			return error_set(error, ERROR_CONFIG,
					 "\"%s\" and \"%s\" exclude each other: one is part of the "
					 "other",
					 path->text, row->path->text);
	}
	return TRUE;
}

static gboolean check_settings(const Row *self, GError **error)
{
	const MappingRow *row = &self->row;
	gboolean list = row->all || (self->traits & EXPR_OBJECTS);

	if (row->reference && list)
		return error_set(error, ERROR_CONFIG,
				 "a reference is one value: 'reference' and values = \"all\" "
				 "exclude each other");
	if (row->reference && self->secret)
		return error_set(error, ERROR_CONFIG, "a reference cannot be secret");
	if (row->clear == MAPPING_CLEAR_EMPTY && list)
		return error_set(error, ERROR_CONFIG,
				 "an empty text is no list\nuse clear = \"remove\"");
	if (row->clear != MAPPING_CLEAR_REMOVE && row->when == MAPPING_CREATE)
		return error_set(error, ERROR_CONFIG,
				 "what is sent on create only is never cleared: 'clear' and when = "
				 "\"create\" exclude each other");
	return TRUE;
}

static gboolean check_traits(const Row *self, GError **error)
{
	const MappingRow *row = &self->row;

	if (row->when == MAPPING_ALWAYS && (self->traits & EXPR_RANDOM) &&
	    !(self->traits & EXPR_IMPORTED))
		return error_set(error, ERROR_CONFIG,
				 "Guid() and RandomString() yield a new value at each look, which "
				 "would be sent each time\nwhen = \"create\" sends it once");
	if (!(self->traits & EXPR_CHOOSES))
		return TRUE;
	if (row->when == MAPPING_ALWAYS)
		return error_set(error, ERROR_CONFIG,
				 "SelectUniqueValue() chooses once, when the account is made\n"
				 "add when = \"create\"");
	if (row->all || row->reference || self->secret)
		return error_set(error, ERROR_CONFIG,
				 "SelectUniqueValue() yields one text that is looked for at the "
				 "target: no list, no reference, no secret");
	return TRUE;
}

gboolean mapping_is_primary(const Path *path)
{
	return path->filter_name && path->sub && g_ascii_strcasecmp(path->sub, "primary") == 0;
}

/* Of constants it can be seen before there is anybody to fail. */
static gboolean claims_primary(const Row *self)
{
	g_autoptr(Arena) arena = arena_new();
	g_autoptr(Entry) nobody = entry_new("", "");
	ExprInput input = { .entry = nobody };
	const Value *value;

	if (!mapping_is_primary(self->path) || !expr_is_constant(self->expr))
		return FALSE;
	value = expr_eval(self->expr, &input, arena, NULL);
	return value && g_ascii_strcasecmp(value_text(arena, value), "true") == 0;
}

static gboolean check_primary(const Mapping *self, Row *row, GError **error)
{
	row->primary = claims_primary(row);
	for (guint i = 0; row->primary && i < self->rows->len; i++) {
		const Row *other = self->rows->pdata[i];

		if (other->primary && g_strcmp0(other->path->urn, row->path->urn) == 0 &&
		    g_ascii_strcasecmp(other->path->attribute, row->path->attribute) == 0)
			return error_set(error, ERROR_CONFIG,
					 "\"%s\" and \"%s\" are both true, but one value only can "
					 "be the primary one",
					 row->path->text, other->path->text);
	}
	return TRUE;
}

static gboolean is_password(const Path *path)
{
	const char *name = path->sub ? path->sub : path->attribute;
	const char *dot = strrchr(name, '.');

	return g_ascii_strcasecmp(dot ? dot + 1 : name, "password") == 0;
}

static Row *row_new(const MappingRow *row, Path *path, Expr *expr)
{
	Row *self = g_new0(Row, 1);

	self->row = *row;
	self->row.to = path->text;
	self->row.from = g_strdup(row->from);
	self->row.fallback = g_strdup(row->fallback);
	self->path = path;
	self->expr = expr;
	self->traits = expr_traits(expr);
	self->row.reference |= (self->traits & EXPR_REFERS) != 0;
	self->secret = is_password(path) || (self->traits & EXPR_SECRET) != 0;
	return self;
}

static int order_rows(gconstpointer a, gconstpointer b)
{
	const Row *left = *(Row *const *)a, *right = *(Row *const *)b;

	return strcmp(left->row.to, right->row.to);
}

gboolean mapping_add(Mapping *self, const MappingRow *row, guint *column, GError **error)
{
	guint at = 0;
	g_autoptr(Path) path = path_parse(row->to, error);
	Expr *expr = NULL;
	Row *added;

	if (path && check_conflicts(self, path, error))
		expr = expr_compile(row->from, &at, error);
	if (column)
		*column = at;
	if (!expr)
		return FALSE;
	if (column)
		*column = 0;
	added = row_new(row, g_steal_pointer(&path), expr);
	if (!check_settings(added, error) || !check_traits(added, error) ||
	    !check_primary(self, added, error)) {
		row_free(added);
		return FALSE;
	}
	self->secrets |= added->secret;
	self->adds |= (added->traits & EXPR_ADDS) != 0;
	self->primaries |= mapping_is_primary(added->path);
	added->position = self->rows->len;
	g_ptr_array_add(self->rows, added);
	g_ptr_array_add(self->by_path, added);
	g_ptr_array_sort(self->by_path, order_rows);
	return TRUE;
}

/* ---- what the target demands ---- */

static gboolean same_text(const char *a, const char *b)
{
	return a && b ? g_ascii_strcasecmp(a, b) == 0 : a == b;
}

gboolean mapping_covers(const Path *outer, const Path *inner)
{
	gsize length = outer->sub ? strlen(outer->sub) : 0;

	if (!same_text(outer->urn, inner->urn) || !same_text(outer->attribute, inner->attribute))
		return FALSE;
	if (outer->filter_name && (!same_text(outer->filter_name, inner->filter_name) ||
				   !same_text(outer->filter_value, inner->filter_value)))
		return FALSE;
	if (outer->index >= 0 && outer->index != inner->index)
		return FALSE;
	return !outer->sub ||
	       (inner->sub && g_ascii_strncasecmp(outer->sub, inner->sub, length) == 0 &&
		strchr(".[", inner->sub[length]) != NULL);
}

static const char *reason(const Constraint *constraint)
{
	return constraint->why ? constraint->why : "the target has it so";
}

/* A filter on another element of one attribute than the first one has. */
static gboolean check_single(const Mapping *self, const Constraint *constraint, const Path *path,
			     GError **error)
{
	const Row *first = NULL;

	for (guint i = 0; i < self->rows->len; i++) {
		const Row *row = self->rows->pdata[i];

		if (!row->path->filter_name || !mapping_covers(path, row->path))
			continue;
		if (!first)
			first = row;
		else if (!same_text(first->path->filter_name, row->path->filter_name) ||
			 !same_text(first->path->filter_value, row->path->filter_value))
			return error_set(
				error, ERROR_CONFIG,
				"\"%s\" and \"%s\" are two values, but the target takes one "
				"of \"%s\"\n%s",
				first->path->text, row->path->text, path->text, reason(constraint));
	}
	return TRUE;
}

static gboolean constrain_row(const Mapping *self, Row *row, const Constraint *constraint,
			      const Path *path, GError **error)
{
	if (constraint->forbidden)
		return error_set(error, ERROR_CONFIG, "\"%s\" must not be filled\n%s",
				 row->path->text, reason(constraint));
	row->immutable |= constraint->immutable;
	row->row.required |= constraint->required && path_equal(path, row->path);
	if (row->row.fallback) {
		g_autoptr(json_t) sent = mapping_fallback(self, row, error);

		if (!sent) {
			(*error)->code = ERROR_CONFIG;
			g_prefix_error(error, "the default of ");
			return FALSE;
		}
	}
	return TRUE;
}

/* Rows that fill parts of what is required: which of them has the value depends on the person. */
static gboolean demand(Mapping *self, const Constraint *constraint, Path **path, guint rows,
		       GError **error)
{
	if (rows == 0)
		return error_set(error, ERROR_CONFIG, "nothing is mapped to \"%s\"\n%s",
				 (*path)->text, reason(constraint));
	if (!mapping_spelling(self, (*path)->text))
		g_ptr_array_add(self->demanded, g_steal_pointer(path));
	return TRUE;
}

gboolean mapping_constrain(Mapping *self, const Constraint *constraint, GError **error)
{
	g_autoptr(Path) path = path_parse(constraint->path, error);
	g_autoptr(GError) problem = NULL;
	guint rows = 0;

	if (!path || !constraints_add(self->constraints, constraint, error))
		return FALSE;
	for (guint i = 0; i < self->rows->len; i++) {
		Row *row = self->rows->pdata[i];

		if (!mapping_covers(path, row->path))
			continue;
		rows++;
		if (!constrain_row(self, row, constraint, path, &problem)) {
			g_propagate_error(error, g_steal_pointer(&problem));
			return FALSE;
		}
	}
	if (constraint->single && !check_single(self, constraint, path, error))
		return FALSE;
	return !constraint->required || demand(self, constraint, &path, rows, error);
}

/* ---- what others ask ---- */

const char *mapping_spelling(const Mapping *self, const char *path)
{
	g_autoptr(Path) parsed = path_parse(path, NULL);

	for (guint i = 0; parsed && i < self->rows->len; i++) {
		const Row *row = self->rows->pdata[i];

		if (path_equal(parsed, row->path))
			return row->path->text;
	}
	return NULL;
}

void mapping_foreach(const Mapping *self, MappingRowFn fn, void *data)
{
	for (guint i = 0; i < self->rows->len; i++) {
		const Row *row = self->rows->pdata[i];

		fn(&row->row, row->expr, data);
	}
}

gboolean mapping_has_secret(const Mapping *self)
{
	return self->secrets;
}

gboolean mapping_is_secret(const Mapping *self, const char *path)
{
	for (guint i = 0; i < self->rows->len; i++) {
		const Row *row = self->rows->pdata[i];

		if (strcmp(row->row.to, path) == 0)
			return row->secret;
	}
	return FALSE;
}

void mapping_attributes(const Mapping *self, GHashTable *names)
{
	for (guint i = 0; i < self->rows->len; i++) {
		const Row *row = self->rows->pdata[i];

		expr_attributes(row->expr, names);
	}
}
