/*
 * Protect: accounts at the target that are never changed by us, whatever the directory and the
 * rules say: administrators, break-glass accounts, those of machines.
 *
 * A rule speaks of the target's id or of the value at a path. Of an account that we know, our own
 * resource is asked (the config demands that the path is mapped); of one that was just found, what
 * the target shows; of one that is to be made, what it would have. The last kind is never made: we
 * could not take away what we made.
 */
#include <string.h>

#include "base/json.h"
#include "core/path.h"
#include "run_internal.h"

static gboolean is_id(const ProtectRule *rule)
{
	return g_ascii_strcasecmp(rule->path, "id") == 0;
}

static gboolean matches(const ProtectRule *rule, const char *text)
{
	if (!text)
		return FALSE;
	if (!rule->compiled) {
		g_autofree char *ours = g_utf8_casefold(rule->value, -1);
		g_autofree char *theirs = g_utf8_casefold(text, -1);

		return strcmp(ours, theirs) == 0;
	}
	/* A pattern that gives up protects: the doubt is decided against changing something. */
	return pattern_match(rule->compiled, text, strlen(text), NULL) != PATTERN_NO;
}

/* Of several values, and of the parts of one, any will do: in doubt the account is left alone. */
static gboolean matches_any(const ProtectRule *rule, const json_t *value)
{
	g_autofree char *text = json_scalar_text(value);
	const char *name;
	json_t *part;
	size_t i;

	json_array_foreach ((json_t *)value, i, part) {
		if (matches_any(rule, part))
			return TRUE;
	}
	json_object_foreach ((json_t *)value, name, part) {
		if (matches_any(rule, part))
			return TRUE;
	}
	return matches(rule, text);
}

static gboolean holds_known(const ProtectRule *rule, const char *id, const json_t *resource)
{
	if (is_id(rule))
		return matches(rule, id);
	return matches_any(rule, json_object_get(resource, rule->path));
}

static gboolean holds_found(const ProtectRule *rule, const char *id, const json_t *document)
{
	g_autoptr(Path) path = is_id(rule) ? NULL : path_parse(rule->path, NULL);

	if (is_id(rule))
		return matches(rule, id);
	return path && matches_any(rule, path_get(path, document));
}

const ProtectRule *protect_known(const AppConfig *config, const char *id, const json_t *resource)
{
	for (guint i = 0; config->protect && i < config->protect->len; i++) {
		const ProtectRule *rule = g_ptr_array_index(config->protect, i);

		if (holds_known(rule, id, resource))
			return rule;
	}
	return NULL;
}

const ProtectRule *protect_found(const AppConfig *config, const char *id, const json_t *document)
{
	for (guint i = 0; config->protect && i < config->protect->len; i++) {
		const ProtectRule *rule = g_ptr_array_index(config->protect, i);

		if (holds_found(rule, id, document))
			return rule;
	}
	return NULL;
}

gboolean protect_needs_account(const AppConfig *config)
{
	for (guint i = 0; config->protect && i < config->protect->len; i++)
		if (!is_id(g_ptr_array_index(config->protect, i)))
			return TRUE;
	return FALSE;
}

char *protect_words(const ProtectRule *rule)
{
	return g_strdup_printf(
		"the account is protected by the config (%s %s '%s'), so it is never "
		"changed",
		rule->path, rule->compiled ? "matches" : "is",
		rule->compiled ? rule->pattern : rule->value);
}

char *protect_words_for_new(const ProtectRule *rule)
{
	return g_strdup_printf(
		"this person's account would be protected by the config (%s %s '%s'), so none is "
		"made or taken over\nlet others make it by hand, or narrow 'protect'",
		rule->path, rule->compiled ? "matches" : "is",
		rule->compiled ? rule->pattern : rule->value);
}
