/*
 * Settings: a digest of all that an app's group says, so that one who mends a setting need not wait
 * until a rest of the app is over.
 *
 * Secrets are left out: a digest of a short password could be guessed from. Another password in the
 * same place is therefore not seen here, another file or variable to read it from is.
 */
#include "base/digest.h"
#include "config_internal.h"

static const Option *find_option(const OptionSet *sets, gsize n_sets, const char *name)
{
	for (gsize i = 0; i < n_sets; i++)
		for (const Option *option = sets[i].table; option->type != OPTION_TYPE_END;
		     option++)
			if (g_strcmp0(option->name, name) == 0)
				return option;
	return NULL;
}

static void append_group(const ConfNode *group, const OptionSet *sets, gsize n_sets, GString *text)
{
	for (guint i = 0; i < conf_length(group); i++) {
		const ConfNode *member = conf_element(group, i);
		const Option *option = find_option(sets, n_sets, conf_name(member));

		if (option && option->type == OPTION_TYPE_SECRET)
			continue;
		if (!option || option->type != OPTION_TYPE_GROUP || !conf_is_group(member)) {
			conf_append_text(member, text);
			continue;
		}
		g_string_append_printf(text, "%s{", option->name);
		append_group(member, &(OptionSet){ option->table, NULL }, 1, text);
		g_string_append_c(text, '}');
	}
}

char *config_settings_digest(const ConfNode *group, const OptionSet *sets, gsize n_sets)
{
	g_autoptr(GString) text = g_string_new(NULL);

	append_group(group, sets, n_sets, text);
	return digest_bytes(text->str, text->len);
}

char *config_manner_digest(const ConfNode *group, const char *const *names)
{
	g_autoptr(GString) text = g_string_new(NULL);

	for (; names && *names; names++) {
		const ConfNode *member = conf_member(group, *names);

		if (member)
			conf_append_text(member, text);
	}
	return digest_bytes(text->str, text->len);
}
