/*
 * Precedence: entries of several sources that the config takes for one person at an app.
 */
#pragma once
#include "want_internal.h"

typedef struct {
	gboolean same;         /* several claim one account, and they are one person */
	gint64 followed;       /* of those who have the app, whose source goes first; 0: none has */
	gboolean followed_has; /* it has the account already */
	gboolean others_have;  /* somebody but the one asked about has an account */
} Person;

/*
 * Who else is the person of 'want', by those who claim the account named 'value'? out->same FALSE:
 * nobody, or the claims contradict each other. Appends the others' entries to 'others' (gint64).
 */
gboolean precedence_person(const WantContext *context, const Want *want, const char *value,
			   GArray *others, Person *out, GError **error);

/*
 * The entry to which the account of 'want' goes, because this one has the app no more and another
 * entry of the person has. *heir 0: none, the account is to be treated like any other.
 */
gboolean precedence_heir(const WantContext *context, const Want *want, gint64 *heir,
			 GError **error);

/*
 * Whose account somebody means who refers to 'entry': its own if it has one, else that of the entry
 * of the same person that has one, or is to have one. *meant is 'entry' if there is none such.
 */
gboolean precedence_meant(const WantContext *context, gint64 entry, gint64 *meant, GError **error);

/* May 'entry' take the account of 'owner'? */
gboolean precedence_may_take(const WantContext *context, gint64 entry, gint64 owner, gboolean *may,
			     GError **error);

/*
 * Notes what an entry claims (matchkey_put()). Those who claimed its former value with it may need
 * an account of their own now: they become work, and are appended to 'freed' (gint64).
 */
gboolean precedence_claim(const WantContext *context, const Want *want, const char *value,
			  GArray *freed, GError **error);

/*
 * Why 'want' has no account, or soon has none, although it has the app, or keeps none of its own:
 * a clause, and { "dn", "source", "anchor" } of the entry that is followed. NULL: nothing to say.
 */
gboolean precedence_explain(const WantContext *context, const Want *want, char **words,
			    json_t **other, GError **error);
