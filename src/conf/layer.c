/*
 * Layers: what an app includes, beneath what it says itself.
 *
 *	{ name = "zoom";                       { name = "zoom";
 *	  limits = { removals = 3; };            limits = { removals = 3; window = "1h"; };
 *	  @include "zoom.cfg"           --->     match = ["userName"];
 *	};                                     };
 *	        zoom.cfg:   limits = { removals = 9; window = "1h"; };
 *	                    match = ["userName"];
 *
 * A preset is of use only if each of its settings can be said otherwise, in the same words, before
 * or behind the include. To libconfig that is the same setting twice, an error. So text.c puts a
 * file that is included inside of a group into a group of its own, with a name that nobody writes,
 * and here its settings go over into the group around it, where they are not set. Groups are
 * merged member by member; a list is a value, and taken as a whole.
 *
 * It is done once, in the tree, so that nobody who reads a setting has to know of it. A setting
 * that went over keeps its line of the assembled text, and by that its file. Of two includes in one
 * group the later one wins, and that is said. Includes in included files come first: what a file
 * says wins over what it includes.
 *
 * Outside of groups (sources and apps in files of their own) an include is its text.
 */
#include <string.h>

#include "conf_internal.h"

typedef struct {
	ConfProblems *problems;
	GHashTable *included; /* settings that came from an include of this group */
} Merge;

static gboolean is_layer(const config_setting_t *setting)
{
	return setting->name && g_str_has_prefix(setting->name, CONF_LAYER);
}

static guint length_of(const config_setting_t *setting)
{
	return config_setting_is_aggregate(setting) ? (guint)config_setting_length(setting) : 0;
}

static void copy_value(config_setting_t *copy, const config_setting_t *setting)
{
	switch (config_setting_type(setting)) {
	case CONFIG_TYPE_INT:
		config_setting_set_int(copy, config_setting_get_int(setting));
		break;
	case CONFIG_TYPE_INT64:
		config_setting_set_int64(copy, config_setting_get_int64(setting));
		break;
	case CONFIG_TYPE_FLOAT:
		config_setting_set_float(copy, config_setting_get_float(setting));
		break;
	case CONFIG_TYPE_BOOL:
		config_setting_set_bool(copy, config_setting_get_bool(setting));
		break;
	case CONFIG_TYPE_STRING:
		config_setting_set_string(copy, config_setting_get_string(setting));
		break;
	default:
		break;
	}
}

static void copy_into(Merge *self, config_setting_t *parent, const config_setting_t *setting)
{
	config_setting_t *copy = config_setting_add(parent, setting->name,
						    config_setting_type(setting));

	g_assert(copy);
	copy->line = setting->line;
	g_hash_table_add(self->included, copy);
	copy_value(copy, setting);
	for (guint i = 0; i < length_of(setting); i++)
		copy_into(self, copy, config_setting_get_elem(setting, i));
}

/* Two includes say different things, and no line of the group says which is meant. */
static void report(Merge *self, const config_setting_t *loser, const config_setting_t *winner)
{
	const ConfNode *node = (const ConfNode *)winner;

	conf_problem(self->problems, CONF_WARNING, (const ConfNode *)loser,
		     "'%s' is set again at %s:%u, which counts: of two files that a group includes "
		     "the later one wins",
		     loser->name, conf_file(node), conf_line(node));
}

static void merge(Merge *self, config_setting_t *group, const config_setting_t *layer)
{
	for (guint i = 0; i < length_of(layer); i++) {
		const config_setting_t *member = config_setting_get_elem(layer, i);
		config_setting_t *own = config_setting_get_member(group, member->name);

		if (!own)
			copy_into(self, group, member);
		else if (config_setting_is_group(own) && config_setting_is_group(member))
			merge(self, own, member);
		else if (g_hash_table_contains(self->included, own))
			report(self, member, own);
	}
}

static void merge_all(config_setting_t *setting, ConfProblems *problems)
{
	g_autoptr(GHashTable) included = g_hash_table_new(NULL, NULL);
	Merge self = { .problems = problems, .included = included };

	for (guint i = 0; i < length_of(setting); i++)
		merge_all(config_setting_get_elem(setting, i), problems);
	if (!config_setting_is_group(setting))
		return;
	/* Backwards: what goes over is added at the end, and the later include wins. */
	for (guint i = length_of(setting); i-- > 0;) {
		config_setting_t *member = config_setting_get_elem(setting, i);

		if (!is_layer(member))
			continue;
		merge(&self, setting, member);
		config_setting_remove_elem(setting, i);
	}
}

void conf_merge_layers(Conf *self, ConfProblems *problems)
{
	merge_all(config_root_setting(&self->config), problems);
}
