/*
 * Rivals: two people who claim one account are never merged by accident.
 *
 * They may stand in one directory (a mail address typed twice) or in two (one person with an
 * account in each domain of a forest): either is for a human to mend, and the sentence names both
 * entries, and both sources where they differ.
 *
 * One rival is special: somebody whose entry is gone. The account, disabled, still is that
 * person's. A new entry with the same name (another permanent id) may be the same person, hired
 * again; or a stranger who was given an address that was free. Nothing in the directory tells them
 * apart, so the default is to ask. With rehire = "adopt" the administrator has answered: what the
 * leaver had goes to the newcomer, as an adoption that the plan shows. That happens only when there
 * is nothing left to do about the leaver; an account is not disabled for the one and handed to the
 * other in the same plan.
 */
#include "base/json.h"
#include "base/timefmt.h"
#include "rival_internal.h"
#include "state/history.h"

static char *both_words(const WantContext *context, const Want *want, const ViewEntry *rival,
			const char *value, gboolean others)
{
	const char *here = rules_source(context->rules, &want->person);
	const char *there = rules_source(context->rules, rival);
	const char *dn = rival->entry ? entry_dn(rival->entry) : "another entry";
	const char *advice = "two people cannot have one account: give one of them another value, "
			     "or take one out of the app";

	if (want->person.source == rival->source)
		return g_strdup_printf("'%s' is also claimed by %s%s\n%s", value, dn,
				       others ? " and others" : "", advice);
	return g_strdup_printf(
		"'%s' is claimed by %s of source '%s' and by %s of source '%s'%s\n%s", value,
		entry_dn(want->person.entry), here, dn, there, others ? ", and others" : "",
		advice);
}

static char *gone_words(const ViewEntry *rival, const char *value)
{
	g_autofree char *since = timefmt_rfc3339(rival->gone_at_us);

	return g_strdup_printf(
		"'%s' is the account of the former %s, gone from the directory since %s\n"
		"if this is the same person, hired again, set rehire = \"adopt\" for the app; if "
		"not, give this one another value",
		value, entry_dn(rival->entry), since);
}

/* Who has an account of the own wants the name of somebody who is gone. */
static char *renamed_words(const ViewEntry *rival, const char *value)
{
	g_autofree char *since = timefmt_rfc3339(rival->gone_at_us);

	return g_strdup_printf(
		"'%s' is the account of the former %s, gone from the directory since %s, and this "
		"one has another account already\n"
		"two accounts are not made one: give this one another value, or let the old "
		"account be deleted",
		value, entry_dn(rival->entry), since);
}

static char *busy_words(const ViewEntry *rival, const char *value)
{
	return g_strdup_printf(
		"'%s' is still the account of the former %s, gone from the directory\n"
		"once that is dealt with, the next sync hands it over",
		value, entry_dn(rival->entry));
}

/* Nothing is to be done about the account any more, by which it could be lost or switched. */
static gboolean is_left(const Want *leaver)
{
	return leaver->person.gone_at_us && leaver->verdict == LIFECYCLE_NOTHING;
}

static gboolean has_account(const Want *want)
{
	return want->link && want->link->state != ACCOUNT_DELETED;
}

gboolean rival_judge(const WantContext *context, const Want *want, const char *value,
		     const GArray *rivals, char **why, GError **error)
{
	Want rival;

	*why = NULL;
	if (!want_load(context, g_array_index(rivals, gint64, 0), &rival, error))
		return FALSE;
	if (rivals->len == 1 && rival.person.gone_at_us && has_account(want))
		*why = renamed_words(&rival.person, value);
	else if (rivals->len > 1 || !rival.person.gone_at_us)
		*why = both_words(context, want, &rival.person, value, rivals->len > 1);
	else if (!context->config->rehire)
		*why = gone_words(&rival.person, value);
	else if (!is_left(&rival))
		*why = busy_words(&rival.person, value);
	want_clear(&rival);
	return TRUE;
}

gboolean rival_is_heir(const WantContext *context, gint64 owner, const char *match, gboolean *heir,
		       GError **error)
{
	const char *first = g_ptr_array_index(context->config->match, 0);
	Want leaver;

	*heir = FALSE;
	if (!context->config->rehire || g_strcmp0(match, first) != 0)
		return TRUE;
	if (!want_load(context, owner, &leaver, error))
		return FALSE;
	*heir = is_left(&leaver);
	want_clear(&leaver);
	return TRUE;
}

/* Who leaves whom what: the audit of the leaver shows where the account went. */
static gboolean note_heir(AppRun *app, const Op *adopt, gint64 owner, GError **error)
{
	g_autofree char *anchor = NULL;
	g_autoptr(json_t) detail = NULL;
	AuditRow row = {
		.run = app->run->id,
		.app = adopt->app,
		.entry = owner,
		.at_us = app->run->now_us,
		.event = "handed_over",
	};

	if (!view_anchor(app->run->state, adopt->entry, &anchor, error))
		return FALSE;
	detail = json_pack("{s:I, s:s?, s:s?, s:s?}", "op", (json_int_t)adopt->id, "label",
			   adopt->label, "id", adopt->target_id, "to", anchor);
	row.detail = detail;
	return audit_add(app->run->state, &row, error);
}

gboolean rival_inherit(AppRun *app, const Op *adopt, GError **error)
{
	State *state = app->run->state;
	ViewEntry leaver = { 0 };
	gint64 owner = 0;
	gboolean gone;

	if (!app->config->rehire || adopt->kind != OP_ADOPT)
		return TRUE;
	if (!link_owner(state, adopt->app, adopt->target_id, &owner, error))
		return FALSE;
	if (!owner || owner == adopt->entry)
		return TRUE;
	if (!view_load(state, owner, &leaver, error))
		return FALSE;
	gone = leaver.gone_at_us != 0;
	view_entry_clear(&leaver);
	return !gone ||
	       (link_remove(state, adopt->app, owner, error) &&
		matchkey_put(state, adopt->app, owner, NULL, error) &&
		assignment_remove(state, adopt->app, owner, error) &&
		work_done(state, adopt->app, owner, error) && note_heir(app, adopt, owner, error));
}
