/*
 * Filling structs from groups, by option tables.
 *
 * For each option the slot first gets its fallback, then the setting's value if it is there and
 * fits. So a struct is complete after conf_fill() whatever was wrong, the walk goes on, and one
 * run shows all problems. An option table that is wrong itself (a fallback that does not parse)
 * is a programmer's mistake and asserts.
 *
 *	setting present, fits     value
 *	setting present, does not fallback, and a problem at the setting
 *	absent, OPTION_REQUIRED   fallback, and a problem at the group
 *	absent                    fallback
 *	nested group absent       the fallbacks of its members; its required members are not missed
 *
 * Afterwards the group's keys are gone through: one that no set knows is a problem.
 */
#include <string.h>

#include "conf_internal.h"

typedef struct {
	const ConfNode *node;
	const Option *option;
	void *slot;
	const ConfLevel *level; /* of the group that the option is in */
	ConfProblems *problems;
} Filling;

static void fill_level(const ConfNode *group, const ConfLevel *level, const char *const *also,
		       ConfProblems *problems);

static void wrong_type(const Filling *self, const char *expected)
{
	conf_problem(self->problems, CONF_PROBLEM, self->node, "'%s' needs %s, found %s",
		     self->option->name, expected, conf_kind(self->node));
}

/* The value of a whole number. FALSE if the node is none. */
static gboolean node_integer(const ConfNode *node, gint64 *value)
{
	short type = config_setting_type(conf_setting(node));

	if (type != CONFIG_TYPE_INT && type != CONFIG_TYPE_INT64)
		return FALSE;
	*value = config_setting_get_int64(conf_setting(node));
	return TRUE;
}

static int enum_index(const Option *option, const char *word)
{
	for (int i = 0; option->names[i]; i++) {
		if (g_str_equal(option->names[i], word))
			return i;
	}
	return -1;
}

static void fill_string(const Filling *self)
{
	const char *text = conf_string(self->node);

	if (!text) {
		wrong_type(self, "text in double quotes");
		return;
	}
	g_free(*(char **)self->slot);
	*(char **)self->slot = *text && (self->option->flags & OPTION_PATH)
				       ? conf_locate(self->node, text, NULL)
				       : g_strdup(text);
}

static void fill_bool(const Filling *self)
{
	const config_setting_t *setting = conf_setting(self->node);

	if (config_setting_type(setting) == CONFIG_TYPE_BOOL)
		*(gboolean *)self->slot = config_setting_get_bool(setting) != 0;
	else
		wrong_type(self, "true or false without quotes");
}

static void fill_int(const Filling *self)
{
	const Option *option = self->option;
	gint64 value;

	if (!node_integer(self->node, &value))
		wrong_type(self, "a whole number");
	else if ((option->min || option->max) && (value < option->min || value > option->max))
		conf_problem(self->problems, CONF_PROBLEM, self->node,
			     "'%s' must be from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT
			     ", found %" G_GINT64_FORMAT,
			     option->name, option->min, option->max, value);
	else
		*(gint64 *)self->slot = value;
}

static void fill_duration(const Filling *self)
{
	const char *text = conf_string(self->node);
	g_autofree char *number = NULL;
	gint64 seconds;

	if (node_integer(self->node, &seconds))
		text = number = g_strdup_printf("%" G_GINT64_FORMAT, seconds);
	if (!text)
		wrong_type(self, "a time span such as \"30s\", \"5m\", \"12h\" or \"30d\"");
	else if (!conf_parse_duration(text, self->slot))
		conf_problem(self->problems, CONF_PROBLEM, self->node,
			     "'%s' needs a time span such as \"30s\", \"5m\", \"12h\" or \"30d\", "
			     "found \"%s\"",
			     self->option->name, text);
}

/* "one, two"; the empty word with its quotes, or nobody would see it. New string. */
static char *enum_words(const Option *option)
{
	GString *words = g_string_new(NULL);

	for (guint i = 0; option->names[i]; i++)
		g_string_append_printf(words, "%s%s", i ? ", " : "",
				       *option->names[i] ? option->names[i] : "\"\"");
	return g_string_free(words, FALSE);
}

/* " (did you mean ...?)", or nothing. New string. */
static char *enum_hint(const Option *option, const char *word)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	const char *near;

	for (guint i = 0; option->names[i]; i++)
		g_ptr_array_add(names, (char *)option->names[i]);
	near = conf_suggest(word, names);
	return near ? g_strdup_printf(" (did you mean \"%s\"?)", near) : g_strdup("");
}

static void fill_enum(const Filling *self)
{
	const char *word = conf_string(self->node);
	int index = word ? enum_index(self->option, word) : -1;

	if (index >= 0) {
		*(int *)self->slot = index;
		return;
	}
	g_autofree char *allowed = enum_words(self->option);
	g_autofree char *found = word ? g_strdup_printf("\"%s\"", word)
				      : g_strdup(conf_kind(self->node));
	g_autofree char *hint = word ? enum_hint(self->option, word) : g_strdup("");
	conf_problem(self->problems, CONF_PROBLEM, self->node, "'%s' must be one of %s; found %s%s",
		     self->option->name, allowed, found, hint);
}

static void fill_strings(const Filling *self)
{
	GPtrArray *strings = *(GPtrArray **)self->slot;
	gboolean single = conf_string(self->node) != NULL;

	if (!single && !conf_is_list(self->node)) {
		wrong_type(self, "text in double quotes or a list of such texts");
		return;
	}
	g_ptr_array_set_size(strings, 0);
	for (guint i = 0; i < (single ? 1 : conf_length(self->node)); i++) {
		const ConfNode *element = single ? self->node : conf_element(self->node, i);
		if (conf_string(element))
			g_ptr_array_add(strings, g_strdup(conf_string(element)));
		else
			conf_problem(self->problems, CONF_PROBLEM, element,
				     "element %u of '%s' needs text in double quotes, found %s",
				     i + 1, self->option->name, conf_kind(element));
	}
}

static void fill_group(const Filling *self)
{
	/* The fallbacks are in place already; do not lose what they own. */
	option_clear(self->option->table, self->slot);
	fill_level(self->node,
		   &(ConfLevel){ &(OptionSet){ self->option->table, self->slot }, 1, self->level },
		   NULL, self->problems);
}

static void fill_node(const Filling *self)
{
	*(const ConfNode **)self->slot = self->node;
}

static void (*const fillers[])(const Filling *self) = {
	[OPTION_TYPE_STRING] = fill_string, [OPTION_TYPE_BOOL] = fill_bool,
	[OPTION_TYPE_INT] = fill_int,       [OPTION_TYPE_DURATION] = fill_duration,
	[OPTION_TYPE_ENUM] = fill_enum,     [OPTION_TYPE_STRINGS] = fill_strings,
	[OPTION_TYPE_GROUP] = fill_group,   [OPTION_TYPE_NODE] = fill_node,
};

/* The texts of a fallback: one text, or several in the syntax of a list. */
static GPtrArray *fallback_strings(const char *fallback)
{
	GPtrArray *strings = g_ptr_array_new_with_free_func(g_free);
	config_t config;

	if (!fallback || !strchr("[(", *fallback)) {
		if (fallback)
			g_ptr_array_add(strings, g_strdup(fallback));
		return strings;
	}
	g_autofree char *text = g_strdup_printf("list = %s;", fallback);
	config_init(&config);
	g_assert(config_read_string(&config, text));
	const config_setting_t *list = config_lookup(&config, "list");
	for (int i = 0; i < config_setting_length(list); i++)
		g_ptr_array_add(strings, g_strdup(config_setting_get_string_elem(list, i)));
	config_destroy(&config);
	return strings;
}

static void set_fallback(const Option *option, void *slot)
{
	const char *fallback = option->fallback;

	switch (option->type) {
	case OPTION_TYPE_STRING:
		*(char **)slot = g_strdup(fallback);
		break;
	case OPTION_TYPE_BOOL:
		*(gboolean *)slot = g_strcmp0(fallback, "true") == 0;
		break;
	case OPTION_TYPE_INT:
		*(gint64 *)slot = fallback ? g_ascii_strtoll(fallback, NULL, 0) : 0;
		break;
	case OPTION_TYPE_DURATION:
		*(gint64 *)slot = 0;
		g_assert(!fallback || conf_parse_duration(fallback, slot));
		break;
	case OPTION_TYPE_ENUM:
		*(int *)slot = fallback ? enum_index(option, fallback) : 0;
		g_assert(*(int *)slot >= 0);
		break;
	case OPTION_TYPE_STRINGS:
		*(GPtrArray **)slot = fallback_strings(fallback);
		break;
	case OPTION_TYPE_GROUP:
		for (const Option *inner = option->table; inner->type != OPTION_TYPE_END; inner++)
			set_fallback(inner, G_STRUCT_MEMBER_P(slot, inner->offset));
		break;
	case OPTION_TYPE_SECRET:
	case OPTION_TYPE_NODE:
		*(void **)slot = NULL;
		break;
	case OPTION_TYPE_END:
		break;
	}
}

/* "bind", or for an element of a list the name of the list; NULL at the top. */
static const char *group_label(const ConfNode *group)
{
	const config_setting_t *setting = conf_setting(group);

	while (!setting->name && setting->parent)
		setting = setting->parent;
	return setting->name;
}

static void report_missing(const ConfNode *group, const Option *option, ConfProblems *problems)
{
	const char *label = group_label(group);

	if (label)
		conf_problem(problems, CONF_PROBLEM, group, "missing setting '%s' in '%s'",
			     option->name, label);
	else
		conf_problem(problems, CONF_PROBLEM, group, "missing setting '%s'", option->name);
}

static void fill_one(const ConfNode *group, const Option *option, void *slot,
		     const ConfLevel *level, ConfProblems *problems)
{
	set_fallback(option, slot);
	if (!group)
		return;
	if (option->type == OPTION_TYPE_SECRET) {
		*(Secret **)slot = conf_secret(group, option, problems);
		return;
	}

	const ConfNode *node = conf_member(group, option->name);
	if (node)
		fillers[option->type](&(Filling){ node, option, slot, level, problems });
	else if (option->flags & OPTION_REQUIRED)
		report_missing(group, option, problems);
}

/* Every name that is allowed in the group. */
static GPtrArray *known_names(const OptionSet *sets, gsize n_sets, const char *const *also)
{
	GPtrArray *known = g_ptr_array_new_with_free_func(g_free);

	for (gsize i = 0; i < n_sets; i++) {
		for (const Option *o = sets[i].table; o->type != OPTION_TYPE_END; o++) {
			g_ptr_array_add(known, g_strdup(o->name));
			if (o->type != OPTION_TYPE_SECRET)
				continue;
			g_ptr_array_add(known, g_strconcat(o->name, "_file", NULL));
			g_ptr_array_add(known, g_strconcat(o->name, "_env", NULL));
		}
	}
	for (; also && *also; also++)
		g_ptr_array_add(known, g_strdup(*also));
	return known;
}

static void report_unknown(const ConfNode *group, const GPtrArray *known, const ConfLevel *level,
			   ConfProblems *problems)
{
	for (guint i = 0; i < conf_length(group); i++) {
		const ConfNode *member = conf_element(group, i);
		const char *name = conf_name(member);
		g_autofree char *hint = NULL;

		if (g_ptr_array_find_with_equal_func((GPtrArray *)known, name, g_str_equal, NULL))
			continue;
		hint = conf_elsewhere(group, level, name);
		const char *near = hint ? NULL : conf_suggest(name, known);
		if (near)
			hint = g_strdup_printf("did you mean '%s'?", near);
		if (hint)
			conf_problem(problems, CONF_PROBLEM, member, "unknown setting '%s' (%s)",
				     name, hint);
		else
			conf_problem(problems, CONF_PROBLEM, member, "unknown setting '%s'", name);
	}
}

static void fill_level(const ConfNode *group, const ConfLevel *level, const char *const *also,
		       ConfProblems *problems)
{
	const OptionSet *sets = level->sets;
	g_autoptr(GPtrArray) known = known_names(sets, level->n_sets, also);

	if (group && !conf_is_group(group)) {
		const char *label = group_label(group);
		conf_problem(problems, CONF_PROBLEM, group, "'%s' needs a group { ... }, found %s",
			     label ? label : "", conf_kind(group));
		group = NULL;
	}
	for (gsize i = 0; i < level->n_sets; i++) {
		for (const Option *o = sets[i].table; o->type != OPTION_TYPE_END; o++)
			fill_one(group, o, G_STRUCT_MEMBER_P(sets[i].into, o->offset), level,
				 problems);
	}
	report_unknown(group, known, level, problems);
}

void conf_fill(const ConfNode *group, const OptionSet *sets, gsize n_sets, const char *const *also,
	       ConfProblems *problems)
{
	if (group && config_setting_is_root(conf_setting(group)))
		conf_note_top(group, sets[0].table);
	fill_level(group, &(ConfLevel){ sets, n_sets, NULL }, also, problems);
}
