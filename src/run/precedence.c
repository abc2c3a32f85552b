/*
 * Precedence: one person with an entry in each of several sources, said by the administrator.
 *
 * Two people who claim one account are never merged by accident (rival.c). With
 *
 *	precedence = [ "corp", "hr" ];
 *
 * the config says that entries of these sources with the same match key are the same person. Of
 * those who have the app (assigned, and nothing else), the entry whose source goes first is
 * *followed*: its mapping fills the account and its standing decides. The others have no account of
 * their own and need none; they keep their claim, so that one of them is found when the followed
 * one leaves.
 *
 *	corp's entry   hr's entry   the account
 *	------------   ----------   -----------------------------------------------------
 *	assigned       assigned     corp's
 *	assigned       not          corp's
 *	not            assigned     hr's; what corp's had is handed over, not disabled
 *	not            not          stays with who had it, and is treated as that one's policy says
 *
 * The account changes hands by an adoption: the one to be followed has none, so its account is
 * planned, match.c finds the one that is there, and the link moves with the outcome (rival.c).
 * Until then the former one keeps link and work, and nothing is sent for it. So a crash anywhere
 * leaves one owner, and the next plan says the same. Every decision here is made of the stored
 * standings, claims and links, and of the order in the config: it does not depend on who is looked
 * at first.
 *
 * A value that refers to one of the entries, such as a manager's, means the one account.
 *
 * Two entries of one source, or one of a source that is not listed, are rivals as ever, and so is
 * everybody who claims that account with them. With rehire = "adopt" somebody gone from the
 * directory is no second entry of the source: it is the same person as who was made anew there.
 */
#include <string.h>

#include "base/error.h"
#include "precedence_internal.h"

#define CLAIMANTS 32 /* more claims than this on one account are a mistake in the mapping */

typedef struct {
	gint64 entry;
	int rank; /* place of its source in the list; -1: not there */
	gboolean gone;
	gboolean has_app, has_account;
} Claimant;

static gboolean is_on(const WantContext *context)
{
	return context->config->precedence && context->config->precedence->len > 0;
}

static int rank_of(const WantContext *context, const ViewEntry *entry)
{
	const GPtrArray *sources = context->config->precedence;
	const char *name = rules_source(context->rules, entry);

	for (guint i = 0; i < sources->len; i++)
		if (strcmp(g_ptr_array_index(sources, i), name) == 0)
			return (int)i;
	return -1;
}

static gboolean is_live(const Link *link)
{
	return link && link->state != ACCOUNT_DELETED;
}

static Claimant claimant_of(const WantContext *context, const Want *want)
{
	return (Claimant){
		.entry = want->person.id,
		.rank = rank_of(context, &want->person),
		.gone = want->person.gone_at_us != 0,
		.has_app = want->known && want->standing == STANDING_ASSIGNED,
		.has_account = is_live(want->link),
	};
}

/* Only what is stored: nothing is mapped for the others. */
static gboolean load_claimant(const WantContext *context, gint64 entry, Claimant *out,
			      GError **error)
{
	Want want = { .standing = STANDING_UNASSIGNED };
	gboolean ok = view_load(context->state, entry, &want.person, error) &&
		      assignment_get(context->state, context->app, entry, &want.known,
				     &want.standing, NULL, error) &&
		      link_find(context->state, context->app, entry, &want.link, error);

	if (ok)
		*out = claimant_of(context, &want);
	want_clear(&want);
	return ok;
}

/* Two of one source are two people, unless one of them is gone and was hired again. */
static gboolean may_be_same(const WantContext *context, const Claimant *a, const Claimant *b)
{
	if (a->rank < 0 || b->rank < 0)
		return FALSE;
	return a->rank != b->rank || (context->config->rehire && (a->gone || b->gone));
}

static gboolean are_one(const WantContext *context, const GArray *claimants)
{
	for (guint i = 0; i < claimants->len; i++)
		for (guint j = 0; j < i; j++)
			if (!may_be_same(context, &g_array_index(claimants, Claimant, i),
					 &g_array_index(claimants, Claimant, j)))
				return FALSE;
	return claimants->len > 1;
}

/* 'want' first, then all others who claim the value and have the app or an account. */
static gboolean load_claimants(const WantContext *context, const Want *want, const char *value,
			       GArray *claimants, GError **error)
{
	g_autoptr(GArray) rivals = g_array_new(FALSE, FALSE, sizeof(gint64));
	Claimant claimant = claimant_of(context, want);

	g_array_append_val(claimants, claimant);
	if (!matchkey_rivals(context->state, context->app, want->person.id, value, CLAIMANTS,
			     rivals, error))
		return FALSE;
	for (guint i = 0; i < rivals->len; i++) {
		if (!load_claimant(context, g_array_index(rivals, gint64, i), &claimant, error))
			return FALSE;
		if (claimant.has_app || claimant.has_account)
			g_array_append_val(claimants, claimant);
	}
	return TRUE;
}

static void choose(const GArray *claimants, Person *out)
{
	const Claimant *followed = NULL;

	for (guint i = 0; i < claimants->len; i++) {
		const Claimant *claimant = &g_array_index(claimants, Claimant, i);

		out->others_have |= i > 0 && claimant->has_account;
		if (claimant->has_app && (!followed || claimant->rank < followed->rank))
			followed = claimant;
	}
	if (!followed)
		return;
	out->followed = followed->entry;
	out->followed_has = followed->has_account;
}

/* As precedence_person(), for a precedence that is on. */
static gboolean find_person(const WantContext *context, const Want *want, const char *value,
			    GArray *others, Person *out, GError **error)
{
	g_autoptr(GArray) claimants = g_array_new(FALSE, FALSE, sizeof(Claimant));

	*out = (Person){ 0 };
	if (!load_claimants(context, want, value, claimants, error))
		return FALSE;
	out->same = are_one(context, claimants);
	if (out->same)
		choose(claimants, out);
	for (guint i = 1; others && i < claimants->len; i++)
		g_array_append_val(others, g_array_index(claimants, Claimant, i).entry);
	return TRUE;
}

gboolean precedence_person(const WantContext *context, const Want *want, const char *value,
			   GArray *others, Person *out, GError **error)
{
	*out = (Person){ 0 };
	return !is_on(context) || find_person(context, want, value, others, out, error);
}

gboolean precedence_heir(const WantContext *context, const Want *want, gint64 *heir, GError **error)
{
	const char *value;
	Person person;

	*heir = 0;
	if (!is_on(context) || !context->config->features.create || !is_live(want->link) ||
	    (want->known && want->standing == STANDING_ASSIGNED))
		return TRUE;
	value = want_match_value(context->config, want->link->shadow);
	if (!value || !*value)
		return TRUE;
	if (!find_person(context, want, value, NULL, &person, error))
		return FALSE;
	if (person.same && !person.followed_has)
		*heir = person.followed;
	return TRUE;
}

static gint64 choose_meant(const GArray *claimants)
{
	Person person = { 0 };

	for (guint i = 1; i < claimants->len; i++)
		if (g_array_index(claimants, Claimant, i).has_account)
			return g_array_index(claimants, Claimant, i).entry;
	choose(claimants, &person);
	return person.followed;
}

/* The entry may have nothing to do with the app, so its claim is worked out if none is noted. */
static gboolean find_meant(const WantContext *context, const Want *want, gint64 *meant,
			   GError **error)
{
	g_autoptr(GArray) claimants = g_array_new(FALSE, FALSE, sizeof(Claimant));
	g_autofree char *value = NULL;
	gint64 found = 0;

	if (!matchkey_get(context->state, context->app, want->person.id, &value, error))
		return FALSE;
	if (!value && want->person.entry)
		value = want_row_text(context, want, context->config->match->pdata[0]);
	if (!value || !*value)
		return TRUE;
	if (!load_claimants(context, want, value, claimants, error))
		return FALSE;
	if (are_one(context, claimants))
		found = choose_meant(claimants);
	if (found)
		*meant = found;
	return TRUE;
}

gboolean precedence_meant(const WantContext *context, gint64 entry, gint64 *meant, GError **error)
{
	Want want = { .standing = STANDING_UNASSIGNED };
	gboolean ok;

	*meant = entry;
	if (!is_on(context))
		return TRUE;
	/* want_load() would map the person, and so resolve what that one refers to, and so on. */
	ok = view_load(context->state, entry, &want.person, error) &&
	     assignment_get(context->state, context->app, entry, &want.known, &want.standing,
			    &want.reason, error) &&
	     link_find(context->state, context->app, entry, &want.link, error) &&
	     (is_live(want.link) || find_meant(context, &want, meant, error));
	want_clear(&want);
	return ok;
}

gboolean precedence_may_take(const WantContext *context, gint64 entry, gint64 owner, gboolean *may,
			     GError **error)
{
	Claimant taker, giver;

	*may = FALSE;
	if (!is_on(context))
		return TRUE;
	if (!load_claimant(context, entry, &taker, error) ||
	    !load_claimant(context, owner, &giver, error))
		return FALSE;
	*may = may_be_same(context, &taker, &giver) && taker.has_app &&
	       (!giver.has_app || taker.rank < giver.rank);
	return TRUE;
}

gboolean precedence_claim(const WantContext *context, const Want *want, const char *value,
			  GArray *freed, GError **error)
{
	State *state = context->state;
	gint64 app = context->app, entry = want->person.id;
	g_autofree char *before = NULL, *now = NULL;
	guint first = freed->len;

	/* The name of an account is free when the account has another: claim.c. */
	if (!is_on(context) || is_live(want->link))
		return matchkey_put(state, app, entry, value, error);
	if (!matchkey_get(state, app, entry, &before, error) ||
	    !matchkey_put(state, app, entry, value, error) ||
	    !matchkey_get(state, app, entry, &now, error))
		return FALSE;
	if (!before || g_strcmp0(before, now) == 0)
		return TRUE;
	if (!matchkey_rivals(state, app, entry, before, CLAIMANTS, freed, error))
		return FALSE;
	for (guint i = first; i < freed->len; i++)
		if (!work_add(state, app, g_array_index(freed, gint64, i), context->now_us, error))
			return FALSE;
	return TRUE;
}

static gboolean describe(const WantContext *context, gint64 entry, const char *form, char **words,
			 json_t **other, GError **error)
{
	ViewEntry followed = { 0 };

	if (!view_load(context->state, entry, &followed, error))
		return FALSE;
	if (followed.entry) {
		const char *dn = entry_dn(followed.entry);
		const char *source = rules_source(context->rules, &followed);

		*words = g_strdup_printf("the same person as %s of source '%s', %s", dn, source,
					 form);
		*other = json_pack("{s:s, s:s, s:s}", "dn", dn, "source", source, "anchor",
				   entry_anchor(followed.entry));
	}
	view_entry_clear(&followed);
	return TRUE;
}

gboolean precedence_explain(const WantContext *context, const Want *want, char **words,
			    json_t **other, GError **error)
{
	gboolean has_account = is_live(want->link);
	const json_t *named = want->resource ? want->resource
			      : has_account  ? want->link->shadow
					     : NULL;
	const char *value = want_match_value(context->config, named);
	Person person;

	*words = NULL;
	*other = NULL;
	if (!is_on(context) || !value || !*value)
		return TRUE;
	if (!find_person(context, want, value, NULL, &person, error))
		return FALSE;
	if (!person.same || !person.followed || person.followed == want->person.id)
		return TRUE;
	if (has_account && person.followed_has)
		return TRUE;
	return describe(context, person.followed,
			has_account ? "to which the account is handed over"
				    : "which goes before: no account of its own",
			words, other, error);
}
