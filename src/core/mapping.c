/*
 * Mapping: rows of target path and expression, compiled, and one person put through them.
 *
 *	{ to = "name.givenName"; from = "[givenName]"; }
 *
 * Rows are kept in the order of the config, which is the order of the resource. Two rows must not
 * meet: neither the same path twice nor a path inside another's ("name" and "name.givenName"),
 * since one of them would win without a word. All that can be wrong is found when a row is added;
 * what is left to fail is the person's data, and then the message names row and reason.
 *
 * Several values at a path that holds one: the first that the server sent. An LDAP attribute has
 * no order by the book, but servers keep the order in which values were added; sorting would let a
 * new alias with a small letter take the place of the address that was there all along.
 */
#include "core/mapping.h"

#include "base/error.h"
#include "base/json.h"
#include "core/path.h"

typedef struct {
	Path *path;
	Expr *expr;
	char *from;
	MappingWhen when;
	gboolean required;
} Row;

struct Mapping {
	GPtrArray *rows; /* Row */
};

static void row_free(gpointer data)
{
	Row *row = data;

	path_free(row->path);
	expr_free(row->expr);
	g_free(row->from);
	g_free(row);
}

Mapping *mapping_new(void)
{
	Mapping *self = g_new0(Mapping, 1);

	self->rows = g_ptr_array_new_with_free_func(row_free);
	return self;
}

void mapping_free(Mapping *self)
{
	if (!self)
		return;
	g_ptr_array_unref(self->rows);
	g_free(self);
}

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

gboolean mapping_add(Mapping *self, const MappingRow *row, guint *column, GError **error)
{
	guint at = 0;
	g_autoptr(Path) path = path_parse(row->to, error);
	Expr *expr = NULL;

	if (path && check_conflicts(self, path, error))
		expr = expr_compile(row->from, &at, error);
	if (!expr) {
		if (column)
			*column = at;
		return FALSE;
	}
	Row *added = g_new0(Row, 1);
	added->path = g_steal_pointer(&path);
	added->expr = expr;
	added->from = g_strdup(row->from);
	added->when = row->when;
	added->required = row->required;
	g_ptr_array_add(self->rows, added);
	return TRUE;
}

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

static gboolean row_apply(const Row *row, const ExprInput *input, Arena *arena, json_t *resource,
			  GError **error)
{
	const Value *value = expr_eval(row->expr, input, arena, error);

	if (!value) {
		g_prefix_error(error, "cannot fill \"%s\": ", row->path->text);
		return FALSE;
	}
	if (value->type == VALUE_LIST)
		value = value_item(value, 0);
	if (row->required && value_is_blank(value))
		return error_set(error, ERROR_OBJECT, "\"%s\" is required, but %s yields nothing",
				 row->path->text, row->from);
	if (value->type != VALUE_NULL)
		json_object_set_new_nocheck(resource, row->path->text, value_json(value));
	return TRUE;
}

json_t *mapping_apply(const Mapping *self, const ExprInput *input, Arena *arena, GError **error)
{
	g_autoptr(json_t) resource = json_object();

	for (guint i = 0; i < self->rows->len; i++) {
		if (!row_apply(self->rows->pdata[i], input, arena, resource, error))
			return NULL;
	}
	return g_steal_pointer(&resource);
}

json_t *mapping_steady(const Mapping *self, const json_t *resource)
{
	json_t *steady = json_copy((json_t *)resource);

	for (guint i = 0; i < self->rows->len; i++) {
		const Row *row = self->rows->pdata[i];
		if (row->when == MAPPING_CREATE)
			json_object_del(steady, row->path->text);
	}
	return steady;
}

void mapping_attributes(const Mapping *self, GHashTable *names)
{
	for (guint i = 0; i < self->rows->len; i++) {
		const Row *row = self->rows->pdata[i];
		expr_attributes(row->expr, names);
	}
}
