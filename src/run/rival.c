/*
 * Rivals: two people who claim one account are never merged by accident.
 *
 * They may stand in one directory (a mail address typed twice) or in two (one person with an
 * account in each domain of a forest): either is for a human to mend, and the sentence names both
 * entries, and both sources where they differ. That those in two are one person can be said in the
 * config (precedence.c).
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
#include "push_internal.h"
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
		"'%s' is claimed by %s of source '%s' and by %s of source '%s'%s\n%s; if they are "
		"one person, name the sources in 'precedence', the one to be followed first",
		value, entry_dn(want->person.entry), here, dn, there, others ? ", and others" : "",
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

/* The plan must not send anything for who loses the account by it. */
static gboolean is_planned(const WantContext *context, const Op *op, gint64 owner, gboolean *is,
			   GError **error)
{
	g_autoptr(GPtrArray) ops = op_array_new();

	*is = FALSE;
	if (!plan_ops_of(context->state, op->app, owner, 4, ops, error))
		return FALSE;
	for (guint i = 0; i < ops->len; i++) {
		const Op *other = g_ptr_array_index(ops, i);

		*is |= other->plan == op->plan && other->state == OP_PLANNED;
	}
	return TRUE;
}

static gboolean same_person_takes(const WantContext *context, const Op *op, gint64 owner,
				  gboolean *takes, GError **error)
{
	gboolean planned;

	if (!precedence_may_take(context, op->entry, owner, takes, error))
		return FALSE;
	if (!*takes)
		return TRUE;
	if (!is_planned(context, op, owner, &planned, error))
		return FALSE;
	*takes = !planned;
	return TRUE;
}

gboolean rival_is_heir(const WantContext *context, const Op *op, gint64 owner, const char *match,
		       gboolean *heir, GError **error)
{
	const char *first = g_ptr_array_index(context->config->match, 0);
	Want leaver;

	*heir = FALSE;
	if (g_strcmp0(match, first) != 0)
		return TRUE;
	if (!same_person_takes(context, op, owner, heir, error))
		return FALSE;
	if (*heir || !context->config->rehire)
		return TRUE;
	if (!want_load(context, owner, &leaver, error))
		return FALSE;
	*heir = is_left(&leaver);
	want_clear(&leaver);
	return TRUE;
}

char *rival_two_accounts(const char *value)
{
	return g_strdup_printf(
		"'%s' is the account of another entry of the same person, and this one has an "
		"account too\ntwo accounts are not made one: give this one another value, or let "
		"one of the accounts be deleted",
		value);
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

/*
 * What is left of who had the account: an entry that has the app keeps its claim, so that it is
 * found when the one that is followed leaves.
 */
static gboolean leave_nothing(AppRun *app, gint64 owner, gint64 heir, GError **error)
{
	State *state = app->run->state;
	Standing standing = STANDING_UNASSIGNED;
	gint64 id = app->row.id;
	gboolean known;

	if (!assignment_get(state, id, owner, &known, &standing, NULL, error) ||
	    !push_hand_over(app, owner, heir, error) || !refer_remove_link(app, owner, error) ||
	    !work_done(state, id, owner, error))
		return FALSE;
	if (known && standing == STANDING_ASSIGNED)
		return TRUE;
	return matchkey_put(state, id, owner, NULL, error) &&
	       (standing == STANDING_DISABLED || assignment_remove(state, id, owner, error));
}

/* Match.c has judged the claim; here only the config and the owner are looked at again. */
gboolean rival_inherit(AppRun *app, const Op *adopt, GError **error)
{
	const GPtrArray *precedence = app->config->precedence;
	gboolean merges = precedence && precedence->len > 0, passes;
	ViewEntry leaver = { 0 };
	gint64 owner = 0;

	if ((!app->config->rehire && !merges) || adopt->kind != OP_ADOPT)
		return TRUE;
	if (!link_owner(app->run->state, adopt->app, adopt->target_id, &owner, error))
		return FALSE;
	if (!owner || owner == adopt->entry)
		return TRUE;
	if (!view_load(app->run->state, owner, &leaver, error))
		return FALSE;
	passes = merges || leaver.gone_at_us;
	view_entry_clear(&leaver);
	return !passes || (leave_nothing(app, owner, adopt->entry, error) &&
			   note_heir(app, adopt, owner, error));
}
