/*
 * Assign: who has which app, and why; worked out for the people who were touched, and for nobody
 * else. The pull touches whoever changed, whoever stands beneath a group that changed, and whoever
 * is gone; a changed rule, mapping or policy touches everybody. Time touches too: whose account
 * ends by itself is noted with that moment, and looked at again when it has come.
 *
 * The standing with its reason is stored, a change of it goes to the audit, and the person becomes
 * work for the app: whether anything must be sent is the plan's question, not ours. Results and
 * the forgetting of "touched" are one transaction, so that a crash repeats and never skips.
 */
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "push_internal.h"
#include "rules_internal.h"
#include "run_internal.h"
#include "state/history.h"
#include "state/reference.h"

#define BATCH 500

typedef struct {
	Run *run;
	Rules *rules;
	Push *push;
	gint64 *app_ids;   /* by index in config->apps */
	gboolean dangling; /* some account refers to somebody who is not in the view */
} Assign;

static gboolean audit_standing(const Assign *self, guint app, gint64 entry, Standing standing,
			       const json_t *reason, GError **error)
{
	g_autofree char *event = g_strdelimit(g_strdup(standing_name(standing)), " ", '_');
	AuditRow row = {
		.run = self->run->id,
		.app = self->app_ids[app],
		.entry = entry,
		.at_us = self->run->now_us,
		.event = event,
		.detail = reason,
	};

	return audit_add(self->run->state, &row, error);
}

/*
 * The reason to keep: the rules', or, for somebody who lost the app, what it was before:
 * { "was": reason }. New reference or NULL.
 */
static json_t *reason_to_keep(const RulesVerdict *verdict, json_t *before)
{
	if (verdict->reason)
		return json_incref(verdict->reason);
	if (!before || json_object_get(before, "was"))
		return json_incref(before);
	return json_pack("{s:O}", "was", before);
}

/* What is stored of a person at an app. */
typedef struct {
	guint app; /* index in config->apps */
	gint64 entry;
	gboolean known;
	Standing standing;
	json_t *reason;
} Before;

/* Someone who never had anything to do with the app leaves no row. */
static gboolean is_news(const Before *before, Standing standing, const json_t *reason)
{
	if (!before->known)
		return standing <= STANDING_DISABLED;
	return before->standing != standing || !json_equal(before->reason, reason);
}

static gboolean store_standing(const Assign *self, const Before *before, Standing standing,
			       const json_t *reason, GError **error)
{
	State *state = self->run->state;
	gint64 id = self->app_ids[before->app], entry = before->entry, now = self->run->now_us;
	gboolean news = is_news(before, standing, reason);

	if (!news && !before->known)
		return TRUE;
	if (news && !assignment_put(state, id, entry, standing, reason, now, error))
		return FALSE;
	if (!work_add(state, id, entry, now, error))
		return FALSE;
	if (before->known && before->standing == standing)
		return TRUE;
	return audit_standing(self, before->app, entry, standing, reason, error);
}

static gboolean store_verdict(const Assign *self, guint app, gint64 entry,
			      const RulesVerdict *verdict, GError **error)
{
	Before before = { .app = app, .entry = entry, .standing = STANDING_UNASSIGNED };
	json_t *reason;
	gboolean ok;

	if (!assignment_get(self->run->state, self->app_ids[app], entry, &before.known,
			    &before.standing, &before.reason, error))
		return FALSE;
	reason = reason_to_keep(verdict, before.reason);
	ok = store_standing(self, &before, verdict->standing, reason, error);
	json_decref(reason);
	json_decref(before.reason);
	return ok;
}

/* When this person must be looked at again although nothing changes in the directory. */
static gboolean note_due(const Assign *self, const ViewEntry *person, GError **error)
{
	gint64 due = 0;

	if (person->entry && person->kind == ENTRY_USER && !person->gone_at_us)
		due = rules_status(self->rules, person).due_us;
	return view_due_put(self->run->state, person->id, due, error);
}

/* Accounts may wait for this one, because they name it as their manager. */
static gboolean wake_waiting(const Assign *self, const ViewEntry *person, GError **error)
{
	if (!self->dangling || !person->entry || person->gone_at_us)
		return TRUE;
	return reference_wake_dangling(self->run->state, entry_anchor(person->entry),
				       entry_dn(person->entry), self->run->now_us, error);
}

/* Who names somebody who is gone may mean another one by that name, now or later. */
static gboolean wake_bereft(const Assign *self, const ViewEntry *person, GError **error)
{
	gboolean ok = TRUE;

	for (guint app = 0; ok && person->gone_at_us && app < self->run->config->apps->len; app++)
		ok = reference_wake(self->run->state, self->app_ids[app], person->id,
				    self->run->now_us, NULL, error);
	return ok;
}

static gboolean assign_one(const Assign *self, gint64 entry, GError **error)
{
	ViewEntry person = { 0 };
	gboolean ok = view_load(self->run->state, entry, &person, error) &&
		      wake_waiting(self, &person, error) && wake_bereft(self, &person, error) &&
		      (!person.entry || (rules_person(self->rules, &person, error) &&
					 note_due(self, &person, error)));

	for (guint app = 0; ok && person.entry && app < self->run->config->apps->len; app++) {
		RulesVerdict verdict;

		if (rules_problem(self->rules, app))
			continue;
		ok = rules_judge(self->rules, app, &verdict, error);
		if (!ok)
			break;
		ok = store_verdict(self, app, entry, &verdict, error) &&
		     push_assign(self->push, app, &person, verdict.standing, error);
		json_decref(verdict.reason);
	}
	view_entry_clear(&person);
	return ok && view_untouch(self->run->state, entry, error);
}

static gboolean assign_all_touched(const Assign *self, GError **error)
{
	g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint64));
	guint64 looked_at = 0;

	/*
	 * A group that is pushed by another rule touches who is beneath it, so again from the
	 * start.
	 */
	do {
		g_array_set_size(ids, 0);
		if (!view_touched(self->run->state, 0, BATCH, ids, error))
			return FALSE;
		for (guint i = 0; i < ids->len; i++)
			if (!assign_one(self, g_array_index(ids, gint64, i), error))
				return FALSE;
		looked_at += ids->len;
	} while (ids->len > 0);
	if (looked_at)
		log_info("looked at %" G_GUINT64_FORMAT " people and groups", looked_at);
	return TRUE;
}

static char *make_stamp(const Assign *self, guint index)
{
	const AppConfig *config = g_ptr_array_index(self->run->config->apps, index);
	g_autofree char *digest = rules_digest(self->rules, index);

	return g_strjoin(" ", digest, config->manner, config->settings, NULL);
}

/* The words of a stamp: rules, manner, settings. */
typedef enum {
	STAMP_RULES,
	STAMP_MANNER,
	STAMP_SETTINGS,
} StampWord;

/* What was stored before there was such a word says nothing about it. */
static gboolean is_alike(const char *stamp, const char *before, StampWord word)
{
	g_auto(GStrv) now = g_strsplit(stamp, " ", -1);
	g_auto(GStrv) then = g_strsplit(before ? before : "", " ", -1);

	return before &&
	       (g_strv_length(then) <= (guint)word || g_strcmp0(now[word], then[word]) == 0);
}

/*
 * The app is configured otherwise than when it was last assigned by. Who is put aside there is
 * tried at once: the setting that was to blame may have been mended.
 */
static gboolean take_stamp(Assign *self, gint64 app, const char *stamp, const char *before,
			   GError **error)
{
	State *state = self->run->state;
	gboolean settings = is_alike(stamp, before, STAMP_SETTINGS);
	gboolean manner = is_alike(stamp, before, STAMP_MANNER);
	gboolean rules = is_alike(stamp, before, STAMP_RULES);

	return (settings || work_end_pauses(state, app, error)) &&
	       (manner || echo_forget(state, app, error)) &&
	       ((manner && rules) || membership_wake_all(state, app, self->run->now_us, error));
}

/*
 * Compares an app's rules with those it was last assigned by. An app whose rules cannot be used
 * forgets its digest, so that everybody is looked at once they are mended.
 */
static gboolean notice_new_rules(Assign *self, guint index, gboolean *everybody, GError **error)
{
	const AppConfig *config = g_ptr_array_index(self->run->config->apps, index);
	g_autofree char *digest = NULL;
	AppRow row = { 0 };
	gboolean ok;

	if (!app_row_get(self->run->state, config->name, &row, error))
		return FALSE;
	self->app_ids[index] = row.id;
	if (!rules_problem(self->rules, index))
		digest = make_stamp(self, index);
	*everybody |= digest && !(is_alike(digest, row.rules_digest, STAMP_RULES) &&
				  is_alike(digest, row.rules_digest, STAMP_MANNER));
	ok = TRUE;
	if (g_strcmp0(digest, row.rules_digest) != 0) {
		ok = digest ? take_stamp(self, row.id, digest, row.rules_digest, error)
			    : membership_wake_all(self->run->state, row.id, self->run->now_us,
						  error);
		g_free(row.rules_digest);
		row.rules_digest = g_steal_pointer(&digest);
		ok = ok && app_row_put(self->run->state, &row, error);
	}
	app_row_clear(&row);
	return ok;
}

/*
 * "Touched" is used up for all apps at once, so what happens while the config does not name an app
 * passes it by. Such an app forgets its digest: should it come back, everybody is looked at.
 */
static gboolean forget_absent(const Assign *self, GError **error)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	State *state = self->run->state;
	gboolean ok = app_names(state, names, error);

	for (guint i = 0; ok && i < names->len; i++) {
		const char *name = g_ptr_array_index(names, i);
		AppRow row = { 0 };

		if (config_app(self->run->config, name))
			continue;
		ok = app_row_get(state, name, &row, error);
		if (ok && row.rules_digest) {
			g_clear_pointer(&row.rules_digest, g_free);
			ok = app_row_put(state, &row, error);
		}
		app_row_clear(&row);
	}
	return ok;
}

static gboolean look_at_touched(Assign *self, GError **error)
{
	g_autoptr(Push) push = push_new(self->run, self->rules, self->app_ids, error);

	self->push = push;
	return push && reference_any_dangling(self->run->state, &self->dangling, error) &&
	       assign_all_touched(self, error);
}

static gboolean assign_inside(Assign *self, GError **error)
{
	gboolean everybody = FALSE;

	if (!forget_absent(self, error))
		return FALSE;
	for (guint i = 0; i < self->run->config->apps->len; i++)
		if (!notice_new_rules(self, i, &everybody, error))
			return FALSE;
	if (everybody && !view_touch_all(self->run->state, error))
		return FALSE;
	return look_at_touched(self, error);
}

gboolean assign_touched(Run *run, GError **error)
{
	g_autoptr(Rules) rules = rules_new(run->config, run->state, run->now_us, error);
	g_autofree gint64 *app_ids = g_new0(gint64, run->config->apps->len);
	Assign self = { .run = run, .rules = rules, .app_ids = app_ids };

	if (!rules || !state_begin(run->state, error))
		return FALSE;
	if (assign_inside(&self, error))
		return state_commit(run->state, error);
	state_rollback(run->state);
	return FALSE;
}
