/*
 * Elsewhere: a setting that is right by its name, but stands in the wrong group.
 *
 *	disable_by = "put";  in an app        did you mean 'quirks.disable_by'?
 *	update = "put";      in its quirks    it belongs into the group around 'quirks'
 *	slice = "1m";        in an app        it belongs to the top of the file
 *
 * What a group may hold is known from the tables that are being filled: its own with the groups
 * inside, and those of the groups around it. An app is filled apart from the top level, whose table
 * is therefore kept with the file.
 */
#include <string.h>

#include "conf_internal.h"

static gboolean is_called(const Option *option, const char *name)
{
	gsize length = strlen(option->name);

	if (strncmp(option->name, name, length) != 0)
		return FALSE;
	return !name[length] ||
	       (option->type == OPTION_TYPE_SECRET &&
		(g_str_equal(name + length, "_file") || g_str_equal(name + length, "_env")));
}

static gboolean has_name(const Option *table, const char *name)
{
	for (const Option *o = table; o && o->type != OPTION_TYPE_END; o++)
		if (is_called(o, name))
			return TRUE;
	return FALSE;
}

/* "quirks.disable_by", or NULL. New string. */
static char *find_inside(const Option *table, const char *name)
{
	for (const Option *o = table; o->type != OPTION_TYPE_END; o++) {
		g_autofree char *deeper = NULL;

		if (o->type != OPTION_TYPE_GROUP)
			continue;
		if (has_name(o->table, name))
			return g_strconcat(o->name, ".", name, NULL);
		deeper = find_inside(o->table, name);
		if (deeper)
			return g_strconcat(o->name, ".", deeper, NULL);
	}
	return NULL;
}

static gboolean is_in_level(const ConfLevel *level, const char *name)
{
	for (gsize i = 0; i < level->n_sets; i++)
		if (has_name(level->sets[i].table, name))
			return TRUE;
	return FALSE;
}

char *conf_elsewhere(const ConfNode *group, const ConfLevel *level, const char *name)
{
	for (gsize i = 0; i < level->n_sets; i++) {
		g_autofree char *path = find_inside(level->sets[i].table, name);

		if (path)
			return g_strdup_printf("did you mean '%s'?", path);
	}
	for (const ConfLevel *around = level->around; around; around = around->around)
		if (is_in_level(around, name))
			return g_strdup_printf("it belongs into the group around '%s'",
					       conf_name(group));
	if (has_name(conf_of(group)->top, name))
		return g_strdup("it belongs to the top of the file, outside of all groups");
	return NULL;
}
