/*
 * Push: which groups of the directory are groups at an app, and who is in them.
 *
 * Worked out with everything else that was touched (assign.c), from the side of the member: the
 * groups above a person are known there anyhow, so one change in a group of a hundred thousand
 * costs one person's work, and nobody ever lists a group.
 *
 *	person --groups above--> those that a rule fits --compared with--> membership rows
 *
 * A group is touched when its own entry changes. If it then fits another rule than before, or none,
 * everybody beneath it is touched, and is looked at before this ends. Its members come and go
 * without it: they are touched themselves.
 *
 * Somebody is put into groups of an app that he has, or would have but for being disabled. Who
 * loses the app is put into no further group, and stays in those that the directory still says:
 * what becomes of the account is the lifecycle's decision, and a returner has them all.
 *
 * A rule that names its group by DN goes on meaning that group after it was renamed, until another
 * one has that DN: a renamed group must not look like one that is gone.
 */
#include <string.h>

#include "base/error.h"
#include "core/anchor.h"
#include "core/dn.h"
#include "push_internal.h"

typedef struct {
	const PushRule *rule;
	char anchor[ANCHOR_LENGTH + 1]; /* of the group it names, or "" */
	char *dn, *ou;                  /* normalised, or NULL */
	gint64 renamed;                 /* the group that had 'dn' when the rule fitted last; 0 */
} PushTest;

typedef struct {
	const AppConfig *config;
	gint64 id;
	gboolean active; /* there are rules, or groups of former ones */
	gboolean nests;
	GPtrArray *tests;   /* PushTest */
	GHashTable *fitted; /* group (gint64 *) -> PushRule or NULL */
} PushApp;

struct Push {
	const Run *run;
	const Rules *rules;
	PushApp *apps;
	guint count;
};

/* ---- rules ---- */

static void test_free(PushTest *test)
{
	g_free(test->dn);
	g_free(test->ou);
	g_free(test);
}

static char *normal(const char *dn)
{
	char *normalized = dn_normalize(dn, strlen(dn));

	return normalized ? normalized : g_strdup(dn);
}

/* Does some living entry have the DN or anchor now by which a rule names its group? */
static gboolean is_found(const Run *run, const PushRule *rule, gboolean *found, GError **error)
{
	char anchor[ANCHOR_LENGTH + 1];
	gboolean by_anchor = anchor_from_text(rule->group, anchor);

	*found = FALSE;
	for (guint i = 0; !*found && i < run->config->sources->len; i++) {
		const SourceConfig *source = g_ptr_array_index(run->config->sources, i);
		ViewSource row = { 0 };
		gint64 id = 0;

		if (rule->source && g_strcmp0(rule->source, source->name) != 0)
			continue;
		if (!view_source_get(run->state, source->name, &row, error))
			return FALSE;
		view_source_clear(&row);
		if (!(by_anchor ? view_find_anchor(run->state, row.id, anchor, &id, error)
				: view_find_dn(run->state, row.id, rule->group, &id, error)))
			return FALSE;
		*found = id != 0;
	}
	return TRUE;
}

static gboolean find_renamed(const Run *run, gint64 app, PushTest *test, GError **error)
{
	gboolean found;

	return is_found(run, test->rule, &found, error) &&
	       (found || pushed_by_name(run->state, app, test->rule->group, &test->renamed, error));
}

static gboolean add_test(const Run *run, PushApp *app, const PushRule *rule, GError **error)
{
	PushTest *test = g_new0(PushTest, 1);

	g_ptr_array_add(app->tests, test);
	test->rule = rule;
	test->ou = rule->ou ? normal(rule->ou) : NULL;
	if (!rule->group || anchor_from_text(rule->group, test->anchor))
		return TRUE;
	test->dn = normal(rule->group);
	return !app->id || find_renamed(run, app->id, test, error);
}

static gboolean set_up_app(const Run *run, PushApp *app, GError **error)
{
	const GPtrArray *rules = app->config->features.groups ? app->config->push : NULL;
	guint nests = 2;
	guint64 there;

	app->tests = g_ptr_array_new_with_free_func((GDestroyNotify)test_free);
	app->fitted = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	if (app->id && (!pushed_count(run->state, app->id, &there, &app->active, error) ||
			!pushed_nests(run->state, app->id, &nests, error)))
		return FALSE;
	app->active &= app->config->features.groups;
	app->active |= rules && rules->len > 0;
	app->nests = nests != 0; /* until the app says otherwise */
	for (guint i = 0; rules && i < rules->len; i++)
		if (!add_test(run, app, g_ptr_array_index(rules, i), error))
			return FALSE;
	return TRUE;
}

Push *push_new(const Run *run, const Rules *rules, const gint64 *app_ids, GError **error)
{
	g_autoptr(Push) self = g_new0(Push, 1);

	self->run = run;
	self->rules = rules;
	self->count = run->config->apps->len;
	self->apps = g_new0(PushApp, self->count);
	for (guint i = 0; i < self->count; i++) {
		self->apps[i].config = g_ptr_array_index(run->config->apps, i);
		self->apps[i].id = app_ids[i];
	}
	for (guint i = 0; i < self->count; i++)
		if (!set_up_app(run, &self->apps[i], error))
			return NULL;
	return g_steal_pointer(&self);
}

void push_free(Push *self)
{
	if (!self)
		return;
	for (guint i = 0; i < self->count; i++) {
		g_clear_pointer(&self->apps[i].tests, g_ptr_array_unref);
		g_clear_pointer(&self->apps[i].fitted, g_hash_table_unref);
	}
	g_free(self->apps);
	g_free(self);
}

/* The rule holds for the group that all it names fits. */
static gboolean test_fits(const Push *self, const PushTest *test, const ViewEntry *group,
			  const char *dn)
{
	const PushRule *rule = test->rule;

	if (rule->source && g_strcmp0(rule->source, rules_source(self->rules, group)) != 0)
		return FALSE;
	if (*test->anchor && g_strcmp0(test->anchor, entry_anchor(group->entry)) != 0)
		return FALSE;
	if (test->dn && g_strcmp0(test->dn, dn) != 0 && test->renamed != group->id)
		return FALSE;
	if (test->ou && !dn_is_within(dn, test->ou))
		return FALSE;
	return !rule->compiled || filter_match(rule->compiled, group->entry) == FILTER_TRUE;
}

static const PushRule *fitting(const Push *self, const PushApp *app, const ViewEntry *group)
{
	g_autofree char *dn = NULL;

	if (!group->entry || group->gone_at_us || group->kind != ENTRY_GROUP)
		return NULL;
	dn = normal(entry_dn(group->entry));
	for (guint i = 0; i < app->tests->len; i++) {
		const PushTest *test = g_ptr_array_index(app->tests, i);

		if (test_fits(self, test, group, dn))
			return test->rule;
	}
	return NULL;
}

gboolean push_rule(Push *self, guint index, gint64 group, const PushRule **rule, GError **error)
{
	PushApp *app = &self->apps[index];
	ViewEntry entry = { 0 };
	gpointer known;

	*rule = NULL;
	if (app->tests->len == 0)
		return TRUE;
	if (g_hash_table_lookup_extended(app->fitted, &group, NULL, &known)) {
		*rule = known;
		return TRUE;
	}
	if (!view_load(self->run->state, group, &entry, error))
		return FALSE;
	*rule = fitting(self, app, &entry);
	g_hash_table_insert(app->fitted, g_memdup2(&group, sizeof group), (gpointer)*rule);
	view_entry_clear(&entry);
	return TRUE;
}

/* ---- rules that name nobody ---- */

static gboolean note_rule(AppRun *app, const PushRule *rule, GError **error)
{
	State *state = app->run->state;
	ViewEntry entry = { 0 };
	gint64 before = 0;
	gboolean found;

	if (!is_found(app->run, rule, &found, error) ||
	    (!found && !pushed_by_name(state, app->row.id, rule->group, &before, error)) ||
	    (before && !view_load(state, before, &entry, error)))
		return FALSE;
	if (entry.entry && !entry.gone_at_us)
		g_ptr_array_add(app->result->notes,
				g_strdup_printf("the rule at %s names the group '%s', and it was "
						"renamed to '%s': it is pushed as before; with the "
						"permanent id in place of the DN, a rule outlives "
						"renaming",
						rule->place, rule->group, entry_dn(entry.entry)));
	else if (!found)
		g_ptr_array_add(
			app->result->notes,
			g_strdup_printf("the rule at %s names the group '%s', and the "
					"directory has no such group: nothing is pushed by it",
					rule->place, rule->group));
	view_entry_clear(&entry);
	return TRUE;
}

gboolean push_note_rules(AppRun *app, GError **error)
{
	const GPtrArray *rules = app->config->features.groups ? app->config->push : NULL;

	for (guint i = 0; rules && i < rules->len; i++) {
		const PushRule *rule = g_ptr_array_index(rules, i);

		if (rule->group && !note_rule(app, rule, error))
			return FALSE;
	}
	return TRUE;
}

/* ---- the group itself ---- */

static const char *const mode_words[] = { "managed", "additive", "exclusive" };
static const char *const nested_words[] = { "flatten", "direct", "keep" };
static const char *const gone_words[] = { "empty", "delete", "keep" };

static char *words_of(const PushRule *rule)
{
	return g_strdup_printf("%s %s %s", mode_words[rule->mode], nested_words[rule->nested],
			       gone_words[rule->gone]);
}

static guint word_index(const char *const *words, const char *word)
{
	for (guint i = 0; i < 3; i++)
		if (g_strcmp0(words[i], word) == 0)
			return i;
	return 0;
}

PushWay push_way(const Pushed *pushed)
{
	g_auto(GStrv) words = g_strsplit(pushed->rule, " ", 3);
	PushWay way = { 0 };

	if (g_strv_length(words) == 3) {
		way.mode = (PushMode)word_index(mode_words, words[0]);
		way.nested = (PushNested)word_index(nested_words, words[1]);
		way.gone = (PushGone)word_index(gone_words, words[2]);
	}
	return way;
}

/* New string; NULL and ERROR_OBJECT if there is none. */
static char *name_of(const Push *self, const PushRule *rule, const ViewEntry *group, GError **error)
{
	g_autoptr(Arena) arena = arena_new();
	ExprInput input = {
		.entry = group->entry,
		.account_enabled = TRUE,
		.now_us = self->run->now_us,
	};
	const Value *value = expr_eval(rule->name, &input, arena, error);
	char *name;

	if (!value)
		return NULL;
	name = g_strstrip(g_strdup(value_text(arena, value)));
	if (*name)
		return name;
	g_free(name);
	error_set(error, ERROR_OBJECT, "%s gives the group no name\nthe rule is at %s",
		  rule->name_text, rule->place);
	return NULL;
}

/* A group without a name is put aside at once; everything else about it is the plan's business. */
static gboolean park_nameless(const Push *self, const Pushed *pushed, const GError *problem,
			      GError **error)
{
	Work work = {
		.app = pushed->app,
		.entry = pushed->group,
		.parked = TRUE,
		.error = problem->message,
		.error_kind = (char *)error_kind_name(ERROR_OBJECT),
		.klass = PARK_MAPPING,
		.since_us = self->run->now_us,
	};

	return work_park(self->run->state, &work, error);
}

static gboolean is_same(const Pushed *before, const Pushed *now)
{
	return before->wanted == now->wanted && g_strcmp0(before->rule, now->rule) == 0 &&
	       g_strcmp0(before->name, now->name) == 0 && g_strcmp0(before->named, now->named) == 0;
}

/* Who is beneath has other groups now. */
static gboolean changes_members(const Pushed *before, const Pushed *now)
{
	if (!before || before->wanted != now->wanted)
		return TRUE;
	return push_way(before).nested != push_way(now).nested;
}

static gboolean store_group(const Push *self, const Pushed *before, const Pushed *now,
			    GError **error)
{
	State *state = self->run->state;

	if (before && is_same(before, now))
		return TRUE;
	return pushed_put(state, now, error) &&
	       work_add(state, now->app, now->group, self->run->now_us, error) &&
	       (!changes_members(before, now) || view_touch_beneath(state, now->group, error));
}

static gboolean push_group(const Push *self, const PushRule *rule, const ViewEntry *group,
			   const Pushed *before, Pushed *now, GError **error)
{
	g_autofree char *words = words_of(rule), *name = NULL;
	g_autoptr(GError) problem = NULL;

	name = name_of(self, rule, group, &problem);
	now->wanted = TRUE;
	now->rule = words;
	now->named = rule->group;
	now->name = name;
	if (rule->mode != PUSH_EXCLUSIVE)
		now->read_at_us = PUSHED_UNREAD;
	else if (now->read_at_us == PUSHED_UNREAD)
		now->read_at_us = 0;
	return store_group(self, before, now, error) &&
	       (!problem || park_nameless(self, now, problem, error));
}

static gboolean assign_group(Push *self, guint index, const ViewEntry *group, gboolean *is_pushed,
			     GError **error)
{
	const PushApp *app = &self->apps[index];
	const PushRule *rule = fitting(self, app, group);
	g_autoptr(Pushed) before = NULL;
	Pushed now = { .app = app->id, .group = group->id };

	*is_pushed = rule != NULL;
	if (!pushed_find(self->run->state, app->id, group->id, &before, error))
		return FALSE;
	if (!rule && (!before || !before->wanted))
		return TRUE;
	if (before)
		now = *before;
	else
		now.read_at_us = PUSHED_UNREAD;
	if (rule)
		return push_group(self, rule, group, before, &now, error);
	now.wanted = FALSE;
	return store_group(self, before, &now, error);
}

gboolean push_touch_kept(AppRun *app, GError **error)
{
	g_autoptr(GArray) groups = g_array_new(FALSE, FALSE, sizeof(gint64));
	State *state = app->run->state;

	if (!pushed_wanted(state, app->row.id, groups, error))
		return FALSE;
	for (guint i = 0; i < groups->len; i++) {
		gint64 group = g_array_index(groups, gint64, i);
		g_autoptr(Pushed) pushed = NULL;

		if (!pushed_find(state, app->row.id, group, &pushed, error))
			return FALSE;
		if (push_way(pushed).nested == PUSH_KEEP &&
		    !view_touch_beneath(state, group, error))
			return FALSE;
	}
	return TRUE;
}

/* ---- memberships ---- */

static gboolean takes(const PushApp *app, const PushRule *rule, gboolean direct)
{
	if (direct)
		return TRUE;
	return rule->nested == PUSH_FLATTEN || (rule->nested == PUSH_KEEP && !app->nests);
}

/* The pushed groups above the person that 'rules' has taken up. */
static gboolean groups_of_person(Push *self, guint index, GArray *wanted, GError **error)
{
	gboolean direct;
	gint64 group;

	for (guint i = 0; rules_above(self->rules, i, &group, &direct); i++) {
		const PushRule *rule;

		if (!push_rule(self, index, group, &rule, error))
			return FALSE;
		if (rule && takes(&self->apps[index], rule, direct))
			g_array_append_val(wanted, group);
	}
	return TRUE;
}

/* The pushed groups that take this group as a member. */
static gboolean groups_of_group(Push *self, guint index, gint64 member, GArray *wanted,
				GError **error)
{
	g_autoptr(GArray) above = g_array_new(FALSE, FALSE, sizeof(gint64));

	if (!self->apps[index].nests)
		return TRUE;
	if (!view_groups_of(self->run->state, member, above, error))
		return FALSE;
	for (guint i = 0; i < above->len; i++) {
		gint64 group = g_array_index(above, gint64, i);
		const PushRule *rule;

		if (!push_rule(self, index, group, &rule, error))
			return FALSE;
		if (rule && rule->nested == PUSH_KEEP && group != member)
			g_array_append_val(wanted, group);
	}
	return TRUE;
}

static gboolean put(const Push *self, gint64 app, gint64 group, gint64 member, gboolean wanted,
		    GError **error)
{
	State *state = self->run->state;

	return membership_want(state, app, group, member, wanted, error) &&
	       work_add(state, app, group, self->run->now_us, error);
}

static int compare_ids(const void *a, const void *b)
{
	gint64 left = *(const gint64 *)a, right = *(const gint64 *)b;

	return (left > right) - (left < right);
}

/* Both lists are in order of group. */
static gboolean compare(const Push *self, gint64 app, gint64 member, const GArray *wanted,
			gboolean may_come, GError **error)
{
	g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(Membership));
	gboolean ok = membership_of(self->run->state, app, member, rows, error);
	guint at = 0;

	for (guint i = 0; ok && i < rows->len; i++) {
		const Membership *row = &g_array_index(rows, Membership, i);
		gint64 next = 0;
		gboolean is;

		for (; ok && at < wanted->len; at++) {
			next = g_array_index(wanted, gint64, at);
			if (next >= row->group)
				break;
			ok = !may_come || put(self, app, next, member, TRUE, error);
		}
		is = at < wanted->len && next == row->group;
		at += is;
		is &= may_come || row->there != MEMBER_ABSENT;
		if (ok && is != row->wanted)
			ok = put(self, app, row->group, member, is, error);
	}
	for (; ok && may_come && at < wanted->len; at++)
		ok = put(self, app, g_array_index(wanted, gint64, at), member, TRUE, error);
	return ok;
}

gboolean push_assign(Push *self, guint index, const ViewEntry *entry, Standing standing,
		     GError **error)
{
	g_autoptr(GArray) wanted = NULL;
	const PushApp *app = &self->apps[index];
	gboolean is_pushed, is_person = entry->kind == ENTRY_USER && !entry->gone_at_us;

	if (!app->active || !app->id)
		return TRUE;
	wanted = g_array_new(FALSE, FALSE, sizeof(gint64));
	if (!assign_group(self, index, entry, &is_pushed, error))
		return FALSE;
	if (is_person && !groups_of_person(self, index, wanted, error))
		return FALSE;
	if (is_pushed && !groups_of_group(self, index, entry->id, wanted, error))
		return FALSE;
	g_array_sort(wanted, compare_ids);
	return compare(self, app->id, entry->id, wanted, is_pushed || standing <= STANDING_DISABLED,
		       error);
}
