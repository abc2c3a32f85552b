/*
 * Rules: which groups a person is in, directly or through others, and what an app's assign rules
 * make of that, and of the entry itself.
 *
 * One breadth-first walk upwards from the person finds every group above it by the shortest chain;
 * each group is visited once, so cycles and diamonds end by themselves and depth does not matter.
 * The cost is that of the person's own groups: the directory's size does not enter. Edges above
 * groups are remembered between persons (a hundred thousand groups are a few megabytes), edges
 * above persons are not.
 *
 * A rule holds for whom all that it names holds: the group, the filter (true, and not undefined),
 * the OU. The first include rule that holds gives the reason; all that hold give their roles
 * (roles.c). Rules that cannot be used make the app unusable until they are mended (resolve.c).
 *
 * Reasons are JSON:
 *	{ "rule": "group", "group": DN, "chain": [anchor, ...], "names": [name, ...] }
 *	{ "rule": "ou", "ou": DN }
 *	{ "rule": "filter", "filter": text }
 *	{ "rule": "all" }
 * where chain goes from the rule's group down to the group that has the person as direct member. A
 * rule that names several has the members of all, and the first of them above as its "rule". Beside
 * them stand "role" of that rule, and "roles" of all rules, if there are any, the most important
 * first; "disabled": true, or "excluded": {...}, or "scope": filter; and beside "disabled" stands
 * "expired": time, if that is the reason.
 */
#include <string.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/json.h"
#include "base/timefmt.h"
#include "core/dn.h"
#include "resolve_internal.h"
#include "roles_internal.h"
#include "rules_internal.h"

struct Rules {
	Resolver resolver;
	gint64 now_us;
	AppRules *apps;
	GHashTable *above; /* group id (gint64 *) -> GArray of the groups that contain it */

	const ViewEntry *person;
	char *dn; /* of the person, normalised; NULL if nobody asked yet */
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

Rules *rules_new(const Config *config, State *state, gint64 now_us, GError **error)
{
	g_autoptr(Rules) self = g_new0(Rules, 1);

	self->resolver = (Resolver){
		.config = config,
		.state = state,
		.unseen = g_hash_table_new(g_str_hash, g_str_equal),
		.sources = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL),
	};
	self->now_us = now_us;
	self->apps = g_new0(AppRules, config->apps->len);
	self->above = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free,
					    (GDestroyNotify)g_array_unref);
	self->reached = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	self->queue = g_array_new(FALSE, FALSE, sizeof(Reached));
	if (!resolve_sources(&self->resolver, error))
		return NULL;
	for (guint i = 0; i < config->apps->len; i++)
		if (!resolve_app(&self->resolver, g_ptr_array_index(config->apps, i),
				 &self->apps[i], error))
			return NULL;
	return g_steal_pointer(&self);
}

void rules_free(Rules *self)
{
	if (!self)
		return;
	for (guint i = 0; i < self->resolver.config->apps->len; i++)
		app_rules_clear(&self->apps[i]);
	g_free(self->apps);
	g_free(self->resolver.unread);
	g_hash_table_unref(self->resolver.unseen);
	g_hash_table_unref(self->resolver.sources);
	g_hash_table_unref(self->above);
	g_hash_table_unref(self->reached);
	g_array_unref(self->queue);
	g_free(self->dn);
	g_free(self);
}

const char *rules_problem(const Rules *self, guint app)
{
	return self->apps[app].problem;
}

char *rules_digest(const Rules *self, guint app)
{
	g_autoptr(GString) text = g_string_new(NULL);

	resolve_digest(&self->resolver, &self->apps[app], text);
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
	return view_groups_of(self->resolver.state, group, *above, error);
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
	g_clear_pointer(&self->dn, g_free);
	self->status = rules_status(self, person);
	g_hash_table_remove_all(self->reached);
	g_array_set_size(self->queue, 0);
	if (person->gone_at_us || person->kind != ENTRY_USER)
		return TRUE;
	if (!view_groups_of(self->resolver.state, person->id, direct, error))
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

gboolean rules_above(const Rules *self, guint index, gint64 *group, gboolean *direct)
{
	const Reached *reached;

	if (index >= self->queue->len)
		return FALSE;
	reached = &g_array_index(self->queue, Reached, index);
	*group = reached->group;
	*direct = reached->below == G_MAXUINT;
	return TRUE;
}

AccountStatus rules_status(const Rules *self, const ViewEntry *person)
{
	const SourceConfig *source = g_hash_table_lookup(self->resolver.sources, &person->source);

	if (!source)
		return (AccountStatus){ .enabled = TRUE };
	return account_status(person->entry, source->disabled, source->expires, self->now_us);
}

gboolean rules_locked_out(const Rules *self, const ViewEntry *person)
{
	const SourceConfig *source = g_hash_table_lookup(self->resolver.sources, &person->source);

	return source && source->locked &&
	       filter_match(source->locked, person->entry) == FILTER_TRUE;
}

const char *rules_source(const Rules *self, const ViewEntry *entry)
{
	const SourceConfig *source = g_hash_table_lookup(self->resolver.sources, &entry->source);

	return source ? source->name : "?";
}

/* ---- judging ---- */

/* Position + 1 in the queue if the person is in the rule's group, else 0. */
static guint group_position(const Rules *self, const ResolvedRule *rule)
{
	guint position = GPOINTER_TO_UINT(g_hash_table_lookup(self->reached, &rule->group));

	if (!position)
		return 0;
	if (!rule->rule->nested &&
	    g_array_index(self->queue, Reached, position - 1).below != G_MAXUINT)
		return 0;
	return position;
}

static gboolean is_within(Rules *self, const char *ou)
{
	const char *dn = entry_dn(self->person->entry);

	if (!self->dn)
		self->dn = dn_normalize(dn, strlen(dn));
	return self->dn && dn_is_within(self->dn, ou);
}

/* What a rule says of the entry itself; of which source a group's members are does not matter. */
static gboolean entry_fits(Rules *self, const ResolvedRule *resolved)
{
	const AssignRule *rule = resolved->rule;

	if (!rule->filter && !rule->ou)
		return TRUE;
	if (rule->source && strcmp(rule->source, rules_source(self, self->person)) != 0)
		return FALSE;
	if (rule->ou && !(resolved->ou && is_within(self, resolved->ou)))
		return FALSE;
	return !rule->filter || filter_match(rule->compiled, self->person->entry) == FILTER_TRUE;
}

/* *position is that of the rule's group, 0 if it names none. */
static gboolean rule_holds(Rules *self, const ResolvedRule *rule, guint *position)
{
	*position = rule->rule->group ? group_position(self, rule) : 0;
	return (!rule->rule->group || *position) && entry_fits(self, rule);
}

static gboolean append_link(const Rules *self, gint64 group, json_t *chain, json_t *names,
			    GError **error)
{
	ViewEntry entry = { 0 };
	g_autofree char *name = NULL;

	if (!view_load(self->resolver.state, group, &entry, error))
		return FALSE;
	if (entry.entry) {
		name = dn_rdn_value(entry_dn(entry.entry));
		json_array_append_new(chain, json_string(entry_anchor(entry.entry)));
		json_array_append_new(names, json_string(name ? name : entry_dn(entry.entry)));
	}
	view_entry_clear(&entry);
	return TRUE;
}

static gboolean append_chain(const Rules *self, guint position, json_t *reason, GError **error)
{
	json_t *chain = json_array(), *names = json_array();

	json_object_set_new(reason, "chain", chain);
	json_object_set_new(reason, "names", names);
	for (guint at = position - 1; at != G_MAXUINT;) {
		const Reached *reached = &g_array_index(self->queue, Reached, at);

		if (!append_link(self, reached->group, chain, names, error))
			return FALSE;
		at = reached->below;
	}
	return TRUE;
}

static void set_text(json_t *object, const char *key, const char *text)
{
	if (text)
		json_object_set_new(object, key, json_string(text));
}

static json_t *rule_reason(const Rules *self, const AssignRule *rule, guint position,
			   GError **error)
{
	g_autoptr(json_t) reason = json_object();

	set_text(reason, "rule", rule->group ? "group" : rule->ou ? "ou" : "filter");
	set_text(reason, "group", rule->group);
	set_text(reason, "ou", rule->ou);
	set_text(reason, "filter", rule->filter);
	set_text(reason, "role", rule->role);
	if (position && !append_chain(self, position, reason, error))
		return NULL;
	return g_steal_pointer(&reason);
}

/* The first rule of the list that holds gives the reason. *reason NULL: none holds. */
static gboolean first_that_holds(Rules *self, const GArray *rules, json_t **reason, GError **error)
{
	*reason = NULL;
	for (guint i = 0; i < rules->len; i++) {
		const ResolvedRule *rule = &g_array_index(rules, ResolvedRule, i);
		guint position;

		if (!rule_holds(self, rule, &position))
			continue;
		*reason = rule_reason(self, rule->rule, position, error);
		return *reason != NULL;
	}
	return TRUE;
}

static void add_roles(Rules *self, const AppRules *app, json_t *reason)
{
	g_autoptr(GPtrArray) giving = g_ptr_array_new();
	json_t *roles;

	for (guint i = 0; i < app->include->len; i++) {
		const ResolvedRule *rule = &g_array_index(app->include, ResolvedRule, i);
		guint position;

		if (rule->rule->role && rule_holds(self, rule, &position))
			g_ptr_array_add(giving, (gpointer)rule->rule);
	}
	roles = roles_json(giving);
	if (roles)
		json_object_set_new(reason, "roles", roles);
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
	add_roles(self, app, out->reason);
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
