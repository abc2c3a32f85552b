/*
 * Rules: which groups a person is in, directly or through others, and what an app's assign rules
 * make of that.
 *
 * One breadth-first walk upwards from the person finds every group above it by the shortest chain;
 * each group is visited once, so cycles and diamonds end by themselves and depth does not matter.
 * The cost is that of the person's own groups: the directory's size does not enter. Edges above
 * groups are remembered between persons (a hundred thousand groups are a few megabytes), edges
 * above persons are not.
 *
 * A rule whose group is not in the view makes the app unusable until it is mended: taking the
 * missing group for an empty one would take the app away from everybody in it.
 *
 * So does an attribute that somebody's facts were read without, because the config did not name it
 * then: what was not asked for looks like what nobody has, and everybody would be out of scope, or
 * lose a value. A complete read mends that.
 *
 * Reasons are JSON:
 *	{ "rule": "group", "group": DN, "chain": [anchor, ...], "names": [name, ...], "role": r }
 *	{ "rule": "all" }   plus "disabled": true, or "excluded": {...}, or "scope": filter
 * and beside "disabled" stands "expired": time, if that is the reason
 * where chain goes from the rule's group down to the group that has the person as direct member.
 */
#include <string.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/timefmt.h"
#include "core/anchor.h"
#include "core/dn.h"
#include "rules_internal.h"
#include "state/account.h"

typedef struct {
	const AssignRule *rule;
	gint64 group; /* row id in the view; 0: not found */
} ResolvedRule;

typedef struct {
	const AppConfig *config;
	GArray *include, *exclude; /* ResolvedRule */
	char *problem;
} AppRules;

struct Rules {
	const Config *config;
	State *state;
	gint64 now_us;
	AppRules *apps;
	char *unread;        /* why no app can be planned: facts without an attribute; or NULL */
	GHashTable *unseen;  /* set of names of sources that were never read completely */
	GHashTable *sources; /* source id (gint64 *) -> const SourceConfig */
	GHashTable *above;   /* group id (gint64 *) -> GArray of the groups that contain it */

	const ViewEntry *person;
	AccountStatus status;
	GHashTable *reached; /* group id (gint64 *, in 'queue') -> position + 1 in 'queue' */
	GArray *queue;       /* Reached, in order of discovery */
};

typedef struct {
	gint64 group;
	guint below; /* position in the queue of the group beneath, or G_MAXUINT: the person */
} Reached;

static gint64 *id_copy(gint64 id)
{
	gint64 *copy = g_new(gint64, 1);

	*copy = id;
	return copy;
}

/* An entry that is no group (any more) counts as not found: it has no members. */
static gboolean is_group(Rules *self, gint64 *id, GError **error)
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

static gboolean find_group(Rules *self, gint64 source, const char *name, gint64 *id, GError **error)
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
static gboolean find_renamed(const Rules *self, const AppConfig *app, const AssignRule *rule,
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

/* Why a rule's group is not found; 'renamed' is where it stands now, or NULL. New string. */
static char *words_for_missing(const Rules *self, const AssignRule *rule, const char *renamed)
{
	GHashTableIter iter;
	gpointer name;

	g_hash_table_iter_init(&iter, self->unseen);
	while (g_hash_table_iter_next(&iter, &name, NULL))
		if (!rule->source || strcmp(rule->source, name) == 0)
			return g_strdup_printf("source '%s' was never read completely: nothing is "
					       "planned for this app",
					       (char *)name);
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

static gboolean describe_missing(const Rules *self, AppRules *app, const AssignRule *rule,
				 GError **error)
{
	g_autofree char *renamed = NULL;

	if (!find_renamed(self, app->config, rule, &renamed, error))
		return FALSE;
	app->problem = words_for_missing(self, rule, renamed);
	return TRUE;
}

static gboolean resolve_rule(Rules *self, AppRules *app, const AssignRule *rule, GArray *into,
			     GError **error)
{
	ResolvedRule resolved = { rule, 0 };
	GHashTableIter iter;
	gpointer key, value;

	g_hash_table_iter_init(&iter, self->sources);
	while (!resolved.group && g_hash_table_iter_next(&iter, &key, &value)) {
		const SourceConfig *source = value;

		if (rule->source && strcmp(rule->source, source->name) != 0)
			continue;
		if (!find_group(self, *(gint64 *)key, rule->group, &resolved.group, error))
			return FALSE;
	}
	g_array_append_val(into, resolved);
	return resolved.group || app->problem || describe_missing(self, app, rule, error);
}

static gboolean resolve_app(Rules *self, AppRules *app, const AppConfig *config, GError **error)
{
	app->config = config;
	app->problem = g_strdup(self->unread);
	app->include = g_array_new(FALSE, FALSE, sizeof(ResolvedRule));
	app->exclude = g_array_new(FALSE, FALSE, sizeof(ResolvedRule));
	for (guint i = 0; i < config->include->len; i++)
		if (!resolve_rule(self, app, g_ptr_array_index(config->include, i), app->include,
				  error))
			return FALSE;
	for (guint i = 0; i < config->exclude->len; i++)
		if (!resolve_rule(self, app, g_ptr_array_index(config->exclude, i), app->exclude,
				  error))
			return FALSE;
	return TRUE;
}

static void check_attributes(Rules *self, const SourceConfig *source, const ViewSource *row)
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

static gboolean load_sources(Rules *self, GError **error)
{
	for (guint i = 0; i < self->config->sources->len; i++) {
		const SourceConfig *source = g_ptr_array_index(self->config->sources, i);
		ViewSource row = { 0 };

		if (!view_source_get(self->state, source->name, &row, error))
			return FALSE;
		check_attributes(self, source, &row);
		if (!row.pulled_at_us)
			g_hash_table_add(self->unseen, source->name);
		g_hash_table_insert(self->sources, id_copy(row.id), (gpointer)source);
		view_source_clear(&row);
	}
	return TRUE;
}

Rules *rules_new(const Config *config, State *state, gint64 now_us, GError **error)
{
	g_autoptr(Rules) self = g_new0(Rules, 1);

	self->config = config;
	self->state = state;
	self->now_us = now_us;
	self->apps = g_new0(AppRules, config->apps->len);
	self->sources = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	self->unseen = g_hash_table_new(g_str_hash, g_str_equal);
	self->above = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free,
					    (GDestroyNotify)g_array_unref);
	self->reached = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	self->queue = g_array_new(FALSE, FALSE, sizeof(Reached));
	if (!load_sources(self, error))
		return NULL;
	for (guint i = 0; i < config->apps->len; i++)
		if (!resolve_app(self, &self->apps[i], g_ptr_array_index(config->apps, i), error))
			return NULL;
	return g_steal_pointer(&self);
}

void rules_free(Rules *self)
{
	if (!self)
		return;
	for (guint i = 0; i < self->config->apps->len; i++) {
		g_clear_pointer(&self->apps[i].include, g_array_unref);
		g_clear_pointer(&self->apps[i].exclude, g_array_unref);
		g_free(self->apps[i].problem);
	}
	g_free(self->apps);
	g_free(self->unread);
	g_hash_table_unref(self->unseen);
	g_hash_table_unref(self->sources);
	g_hash_table_unref(self->above);
	g_hash_table_unref(self->reached);
	g_array_unref(self->queue);
	g_free(self);
}

const char *rules_problem(const Rules *self, guint app)
{
	return self->apps[app].problem;
}

char *rules_digest(const Rules *self, guint app)
{
	const AppRules *rules = &self->apps[app];
	g_autoptr(GString) text = g_string_new(rules->config->digest);

	for (guint i = 0; i < rules->include->len; i++)
		g_string_append_printf(text, " +%" G_GINT64_FORMAT,
				       g_array_index(rules->include, ResolvedRule, i).group);
	for (guint i = 0; i < rules->exclude->len; i++)
		g_string_append_printf(text, " -%" G_GINT64_FORMAT,
				       g_array_index(rules->exclude, ResolvedRule, i).group);
	/* Who is enabled is asked when a person is judged, and not when the entry is read. */
	for (guint i = 0; i < self->config->sources->len; i++) {
		const SourceConfig *source = g_ptr_array_index(self->config->sources, i);

		g_string_append_printf(text, " %s=%s|%s|%s", source->name, source->disabled_text,
				       source->locked_text, source->expires);
	}
	return digest_bytes(text->str, text->len);
}

/* ---- the walk upwards ---- */

static gboolean groups_above(Rules *self, gint64 group, GArray **above, GError **error)
{
	*above = g_hash_table_lookup(self->above, &group);
	if (*above)
		return TRUE;
	*above = g_array_new(FALSE, FALSE, sizeof(gint64));
	g_hash_table_insert(self->above, id_copy(group), *above);
	return view_groups_of(self->state, group, *above, error);
}

static void reach(Rules *self, const GArray *groups, guint below)
{
	for (guint i = 0; i < groups->len; i++) {
		Reached reached = { g_array_index(groups, gint64, i), below };

		if (g_hash_table_contains(self->reached, &reached.group))
			continue;
		g_array_append_val(self->queue, reached);
		g_hash_table_insert(self->reached, id_copy(reached.group),
				    GUINT_TO_POINTER(self->queue->len));
	}
}

gboolean rules_person(Rules *self, const ViewEntry *person, GError **error)
{
	g_autoptr(GArray) direct = g_array_new(FALSE, FALSE, sizeof(gint64));

	self->person = person;
	self->status = rules_status(self, person);
	g_hash_table_remove_all(self->reached);
	g_array_set_size(self->queue, 0);
	if (person->gone_at_us || person->kind != ENTRY_USER)
		return TRUE;
	if (!view_groups_of(self->state, person->id, direct, error))
		return FALSE;
	reach(self, direct, G_MAXUINT);
	for (guint i = 0; i < self->queue->len; i++) {
		GArray *above;

		if (!groups_above(self, g_array_index(self->queue, Reached, i).group, &above,
				  error))
			return FALSE;
		reach(self, above, i);
	}
	return TRUE;
}

AccountStatus rules_status(const Rules *self, const ViewEntry *person)
{
	const SourceConfig *source = g_hash_table_lookup(self->sources, &person->source);

	if (!source)
		return (AccountStatus){ .enabled = TRUE };
	return account_status(person->entry, source->disabled, source->expires, self->now_us);
}

gboolean rules_locked_out(const Rules *self, const ViewEntry *person)
{
	const SourceConfig *source = g_hash_table_lookup(self->sources, &person->source);

	return source && source->locked &&
	       filter_match(source->locked, person->entry) == FILTER_TRUE;
}

const char *rules_source(const Rules *self, const ViewEntry *entry)
{
	const SourceConfig *source = g_hash_table_lookup(self->sources, &entry->source);

	return source ? source->name : "?";
}

/* ---- judging ---- */

/* Position + 1 in the queue if the rule holds, else 0. */
static guint rule_holds(const Rules *self, const ResolvedRule *rule)
{
	guint position = GPOINTER_TO_UINT(g_hash_table_lookup(self->reached, &rule->group));

	if (!position)
		return 0;
	if (!rule->rule->nested &&
	    g_array_index(self->queue, Reached, position - 1).below != G_MAXUINT)
		return 0;
	return position;
}

static gboolean append_link(const Rules *self, gint64 group, json_t *chain, json_t *names,
			    GError **error)
{
	ViewEntry entry = { 0 };
	g_autofree char *name = NULL;

	if (!view_load(self->state, group, &entry, error))
		return FALSE;
	if (entry.entry) {
		name = dn_rdn_value(entry_dn(entry.entry));
		json_array_append_new(chain, json_string(entry_anchor(entry.entry)));
		json_array_append_new(names, json_string(name ? name : entry_dn(entry.entry)));
	}
	view_entry_clear(&entry);
	return TRUE;
}

static json_t *rule_reason(const Rules *self, const ResolvedRule *rule, guint position,
			   GError **error)
{
	json_t *chain = json_array(), *names = json_array();
	json_t *reason = json_pack("{s:s, s:s, s:o, s:o}", "rule", "group", "group",
				   rule->rule->group, "chain", chain, "names", names);

	if (rule->rule->role)
		json_object_set_new(reason, "role", json_string(rule->rule->role));
	for (guint at = position - 1; at != G_MAXUINT;) {
		const Reached *reached = &g_array_index(self->queue, Reached, at);

		if (!append_link(self, reached->group, chain, names, error)) {
			json_decref(reason);
			return NULL;
		}
		at = reached->below;
	}
	return reason;
}

/* The first rule of the list that holds gives the reason. *reason NULL: none holds. */
static gboolean first_that_holds(const Rules *self, const GArray *rules, json_t **reason,
				 GError **error)
{
	*reason = NULL;
	for (guint i = 0; i < rules->len; i++) {
		const ResolvedRule *rule = &g_array_index(rules, ResolvedRule, i);
		guint position = rule_holds(self, rule);

		if (!position)
			continue;
		*reason = rule_reason(self, rule, position, error);
		return *reason != NULL;
	}
	return TRUE;
}

static void add_disabled(const Rules *self, json_t *reason)
{
	g_autofree char *since = self->status.expired_us ? timefmt_rfc3339(self->status.expired_us)
							 : NULL;

	json_object_set_new(reason, "disabled", json_true());
	if (since)
		json_object_set_new(reason, "expired", json_string(since));
}

static gboolean judge_living(Rules *self, const AppRules *app, RulesVerdict *out, GError **error)
{
	json_t *excluded = NULL;

	if (app->config->assign_all)
		out->reason = json_pack("{s:s}", "rule", "all");
	else if (!first_that_holds(self, app->include, &out->reason, error))
		return FALSE;
	out->included = out->reason != NULL;
	if (!out->included)
		return TRUE;
	if (!first_that_holds(self, app->exclude, &excluded, error))
		return FALSE;
	if (excluded) {
		json_object_set_new(out->reason, "excluded", excluded);
		return TRUE;
	}
	if (app->config->scope &&
	    filter_match(app->config->scope, self->person->entry) != FILTER_TRUE) {
		json_object_set_new(out->reason, "scope", json_string(app->config->scope_text));
		out->standing = STANDING_OUT_OF_SCOPE;
		return TRUE;
	}
	out->standing = STANDING_ASSIGNED;
	if (!self->status.enabled) {
		add_disabled(self, out->reason);
		out->standing = STANDING_DISABLED;
	}
	return TRUE;
}

gboolean rules_judge(Rules *self, guint app, RulesVerdict *out, GError **error)
{
	*out = (RulesVerdict){ .standing = STANDING_UNASSIGNED };
	if (self->person->gone_at_us) {
		out->standing = STANDING_DELETED;
		return TRUE;
	}
	if (self->person->kind != ENTRY_USER) {
		out->standing = STANDING_OUT_OF_SCOPE;
		return TRUE;
	}
	if (judge_living(self, &self->apps[app], out, error))
		return TRUE;
	g_clear_pointer(&out->reason, json_decref);
	return FALSE;
}
