/*
 * map_override: single rows of a map said otherwise.
 *
 * A preset's map is a list, and a list is taken as a whole. Who wants one row changed should not
 * have to copy the other twelve, which then no longer follow the preset. A row here takes the place
 * of the one with the same path, or comes behind the others; { to = "title"; drop = true; } takes
 * one away.
 */
#include "config_map_internal.h"
#include "core/path.h"

gboolean config_map_same(const char *a, const char *b)
{
	g_autoptr(Path) path_a = path_parse(a, NULL);
	g_autoptr(Path) path_b = path_parse(b, NULL);

	return path_a && path_b && path_equal(path_a, path_b);
}

static gboolean find_row(const GPtrArray *rows, const char *to, guint *position)
{
	for (guint i = 0; i < rows->len; i++) {
		const MapRow *row = rows->pdata[i];

		if (config_map_same(row->conf.to, to)) {
			*position = i;
			return TRUE;
		}
	}
	return FALSE;
}

static void report_nothing(ConfigLoader *loader, const GPtrArray *rows, const MapRow *override)
{
	g_autoptr(GPtrArray) known = g_ptr_array_new();
	const char *near;

	for (guint i = 0; i < rows->len; i++)
		g_ptr_array_add(known, ((MapRow *)rows->pdata[i])->conf.to);
	near = conf_suggest(override->conf.to, known);
	conf_problem(loader->problems, CONF_PROBLEM, override->node,
		     "nothing is mapped to '%s', so there is nothing to drop%s%s%s",
		     override->conf.to, near ? "\ndid you mean '" : "", near ? near : "",
		     near ? "'?" : "");
}

/* TRUE if the row went into 'rows'. */
static gboolean override_row(ConfigLoader *loader, GPtrArray *rows, MapRow *row)
{
	guint position = rows->len;
	gboolean found = find_row(rows, row->conf.to, &position);

	if (row->conf.drop && !found) {
		report_nothing(loader, rows, row);
	} else if (found && ((MapRow *)rows->pdata[position])->overrides) {
		conf_problem(loader->problems, CONF_PROBLEM, row->node,
			     "'%s' stands twice in 'map_override'", row->conf.to);
		return FALSE;
	} else if (found) {
		g_ptr_array_remove_index(rows, position);
	}
	if (row->conf.drop)
		return FALSE;
	row->overrides = TRUE;
	g_ptr_array_insert(rows, (int)position, row);
	return TRUE;
}

void config_map_override(ConfigLoader *loader, GPtrArray *rows, GPtrArray *overrides)
{
	for (guint i = 0; i < overrides->len;) {
		if (override_row(loader, rows, overrides->pdata[i]))
			g_ptr_array_steal_index(overrides, i);
		else
			i++;
	}
}
