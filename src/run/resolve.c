/*
 * Resolve: which groups and which parts of the directory the rules of an app mean, in the view as
 * it is now.
 *
 * A rule whose group is not in the view makes the app unusable until it is mended: taking the
 * missing group for an empty one would take the app away from everybody in it. The same holds for
 * the OU of a rule: there must be something at that DN, or beneath it (the entry itself may be
 * outside of what the source reads). A rule of exclude that means nothing would let people in.
 *
 * So does an attribute that somebody's facts were read without, because the config did not name it
 * then: what was not asked for looks like what nobody has, and everybody would be out of scope, or
 * lose a value. A complete read mends that.
 */
#include <string.h>

#include "base/error.h"
#include "core/anchor.h"
#include "core/dn.h"
#include "resolve_internal.h"
#include "state/account.h"
#include "state/view.h"

/* An entry that is no group (any more) counts as not found: it has no members. */
static gboolean is_group(const Resolver *self, gint64 *id, GError **error)
{
	ViewEntry entry = { 0 };

	if (!*id)
		return TRUE;
	if (!view_load(self->state, *id, &entry, error))
		return FALSE;
	if (entry.kind != ENTRY_GROUP)
		*id = 0;
	view_entry_clear(&entry);
	return TRUE;
}

static gboolean find_group(const Resolver *self, gint64 source, const char *name, gint64 *id,
			   GError **error)
{
	char anchor[ANCHOR_LENGTH + 1];
	gboolean ok = anchor_from_text(name, anchor)
			      ? view_find_anchor(self->state, source, anchor, id, error)
			      : view_find_dn(self->state, source, name, id, error);

	return ok && is_group(self, id, error);
}

/*
 * Where the group of a rule stands now, if it had this DN when it last gave somebody the app. The
 * reasons kept with the assignments know its id. New string, or NULL.
 */
static gboolean find_renamed(const Resolver *self, const AppConfig *app, const AssignRule *rule,
			     char **dn, GError **error)
{
	g_autofree char *anchor = NULL;
	AppRow row = { 0 };
	gboolean ok = app_row_get(self->state, app->name, &row, error) &&
		      assignment_group(self->state, row.id, rule->group, &anchor, error);
	GHashTableIter iter;
	gpointer source;

	app_row_clear(&row);
	g_hash_table_iter_init(&iter, self->sources);
	while (ok && anchor && !*dn && g_hash_table_iter_next(&iter, &source, NULL)) {
		ViewEntry entry = { 0 };
		gint64 id = 0;

		ok = view_find_anchor(self->state, *(gint64 *)source, anchor, &id, error) &&
		     (!id || view_load(self->state, id, &entry, error));
		if (ok && entry.kind == ENTRY_GROUP && entry.entry)
			*dn = g_strdup(entry_dn(entry.entry));
		view_entry_clear(&entry);
	}
	return ok;
}

/* The source that was never read completely, of those that the rule may mean; or NULL. */
static const char *unseen_source(const Resolver *self, const AssignRule *rule)
{
	GHashTableIter iter;
	gpointer name;

	g_hash_table_iter_init(&iter, self->unseen);
	while (g_hash_table_iter_next(&iter, &name, NULL))
		if (!rule->source || strcmp(rule->source, name) == 0)
			return name;
	return NULL;
}

static char *words_for_unseen(const char *source)
{
	return g_strdup_printf(
		"source '%s' was never read completely: nothing is planned for this app", source);
}

/* Why a rule's group is not found; 'renamed' is where it stands now, or NULL. New string. */
static char *words_for_group(const AssignRule *rule, const char *renamed)
{
	if (renamed)
		return g_strdup_printf(
			"the rule at %s names the group '%s', and it was renamed to '%s'\n"
			"nothing is planned for this app until the rule is mended; with the "
			"permanent id in place of the DN, a rule outlives renaming",
			rule->place, rule->group, renamed);
	return g_strdup_printf(
		"the rule at %s names the group '%s', and the directory has no such group, or not "
		"where the source reads\n"
		"nothing is planned for this app until the rule is mended: an unknown group is not "
		"taken for an empty one",
		rule->place, rule->group);
}

static char *words_for_ou(const AssignRule *rule)
{
	return g_strdup_printf(
		"the rule at %s names the OU '%s', and the directory has nothing there, or not "
		"where the source reads\n"
		"nothing is planned for this app until the rule is mended: an unknown OU is not "
		"taken for an empty one; if it was renamed, write its new DN",
		rule->place, rule->ou);
}

static gboolean describe_group(const Resolver *self, AppRules *app, const AssignRule *rule,
			       GError **error)
{
	g_autofree char *renamed = NULL;
	const char *unseen = unseen_source(self, rule);

	if (!unseen && !find_renamed(self, app->config, rule, &renamed, error))
		return FALSE;
	app->problem = unseen ? words_for_unseen(unseen) : words_for_group(rule, renamed);
	return TRUE;
}

static gboolean may_be_in(const AssignRule *rule, const SourceConfig *source)
{
	return !rule->source || strcmp(rule->source, source->name) == 0;
}

static gboolean resolve_group(const Resolver *self, AppRules *app, ResolvedRule *resolved,
			      GError **error)
{
	const AssignRule *rule = resolved->rule;
	GHashTableIter iter;
	gpointer key, value;

	g_hash_table_iter_init(&iter, self->sources);
	while (!resolved->group && g_hash_table_iter_next(&iter, &key, &value)) {
		if (may_be_in(rule, value) &&
		    !find_group(self, *(gint64 *)key, rule->group, &resolved->group, error))
			return FALSE;
	}
	return resolved->group || app->problem || describe_group(self, app, rule, error);
}

static gboolean resolve_ou(const Resolver *self, AppRules *app, ResolvedRule *resolved,
			   GError **error)
{
	const AssignRule *rule = resolved->rule;
	const char *unseen;
	gboolean holds = FALSE;
	GHashTableIter iter;
	gpointer key, value;

	resolved->ou = dn_normalize(rule->ou, strlen(rule->ou));
	g_hash_table_iter_init(&iter, self->sources);
	while (resolved->ou && !holds && g_hash_table_iter_next(&iter, &key, &value)) {
		if (may_be_in(rule, value) &&
		    !view_holds(self->state, *(gint64 *)key, rule->ou, &holds, error))
			return FALSE;
	}
	if (holds || app->problem)
		return TRUE;
	unseen = unseen_source(self, rule);
	app->problem = unseen ? words_for_unseen(unseen) : words_for_ou(rule);
	return TRUE;
}

static gboolean resolve_rules(const Resolver *self, AppRules *app, const GPtrArray *rules,
			      GArray *into, GError **error)
{
	for (guint i = 0; i < rules->len; i++) {
		ResolvedRule resolved = { .rule = g_ptr_array_index(rules, i) };
		gboolean ok = (!resolved.rule->group ||
			       resolve_group(self, app, &resolved, error)) &&
			      (!resolved.rule->ou || resolve_ou(self, app, &resolved, error));

		g_array_append_val(into, resolved);
		if (!ok)
			return FALSE;
	}
	return TRUE;
}

static void resolved_rule_clear(gpointer data)
{
	g_free(((ResolvedRule *)data)->ou);
}

static GArray *resolved_rules_new(void)
{
	GArray *rules = g_array_new(FALSE, FALSE, sizeof(ResolvedRule));

	g_array_set_clear_func(rules, resolved_rule_clear);
	return rules;
}

gboolean resolve_app(const Resolver *self, const AppConfig *config, AppRules *app, GError **error)
{
	app->config = config;
	app->problem = g_strdup(self->unread);
	app->include = resolved_rules_new();
	app->exclude = resolved_rules_new();
	return resolve_rules(self, app, config->include, app->include, error) &&
	       resolve_rules(self, app, config->exclude, app->exclude, error);
}

void app_rules_clear(AppRules *app)
{
	g_clear_pointer(&app->include, g_array_unref);
	g_clear_pointer(&app->exclude, g_array_unref);
	g_clear_pointer(&app->problem, g_free);
}

static void check_attributes(Resolver *self, const SourceConfig *source, const ViewSource *row)
{
	for (guint i = 0; row->attributes && !self->unread && self->config->attributes[i]; i++) {
		const char *name = self->config->attributes[i];

		if (g_strv_contains((const char *const *)row->attributes, name))
			continue;
		self->unread = g_strdup_printf(
			"the config uses the attribute '%s', and source '%s' was not read "
			"completely since that was added\n"
			"nothing is planned until it was: an attribute that was not read is not "
			"taken for one that nobody has",
			name, source->name);
	}
}

gboolean resolve_sources(Resolver *self, GError **error)
{
	for (guint i = 0; i < self->config->sources->len; i++) {
		const SourceConfig *source = g_ptr_array_index(self->config->sources, i);
		ViewSource row = { 0 };

		if (!view_source_get(self->state, source->name, &row, error))
			return FALSE;
		check_attributes(self, source, &row);
		if (!row.pulled_at_us)
			g_hash_table_add(self->unseen, source->name);
		g_hash_table_insert(self->sources, g_memdup2(&row.id, sizeof row.id),
				    (gpointer)source);
		view_source_clear(&row);
	}
	return TRUE;
}

static void digest_rules(GString *text, char sign, const GArray *rules)
{
	for (guint i = 0; i < rules->len; i++) {
		const ResolvedRule *resolved = &g_array_index(rules, ResolvedRule, i);
		const AssignRule *rule = resolved->rule;

		g_string_append_printf(text,
				       " %c%" G_GINT64_FORMAT "%s|%s|%s|%s|%s:%" G_GINT64_FORMAT,
				       sign, resolved->group, rule->nested ? "" : "=",
				       resolved->ou ? resolved->ou : "",
				       rule->filter ? rule->filter : "",
				       rule->source ? rule->source : "",
				       rule->role ? rule->role : "", rule->priority);
	}
}

void resolve_digest(const Resolver *self, const AppRules *app, GString *text)
{
	const AppConfig *config = app->config;

	g_string_append(text, config->digest);
	digest_rules(text, '+', app->include);
	digest_rules(text, '-', app->exclude);
	g_string_append(text, config->one_role ? " one" : "");
	for (guint i = 0; config->precedence && i < config->precedence->len; i++)
		g_string_append_printf(text, " >%s",
				       (char *)g_ptr_array_index(config->precedence, i));
	/* Who is enabled is asked when a person is judged, and not when the entry is read. */
	for (guint i = 0; i < self->config->sources->len; i++) {
		const SourceConfig *source = g_ptr_array_index(self->config->sources, i);

		g_string_append_printf(text, " %s=%s|%s|%s", source->name, source->disabled_text,
				       source->locked_text, source->expires);
	}
}
