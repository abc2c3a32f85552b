/*
 * Rival: two people who claim one account, and the one case in which the claim passes on.
 */
#pragma once
#include "precedence_internal.h"
#include "want_internal.h"

/*
 * Why 'want' may not have the account named 'value' that 'rivals' (gint64, at least one) claim too.
 * *why NULL: it may, because its only rival is gone from the directory and the config says that
 * accounts of such are handed over.
 */
gboolean rival_judge(const WantContext *context, const Want *want, const char *value,
		     const GArray *rivals, char **why, GError **error);

/*
 * May the account of entry 'owner', found by 'match', become that of the planned op's entry? *heir
 * is the answer.
 */
gboolean rival_is_heir(const WantContext *context, const Op *op, gint64 owner, const char *match,
		       gboolean *heir, GError **error);

/* Why an account is not renamed to the name of another that the same person has. New string. */
char *rival_two_accounts(const char *value);

/* An account was adopted: if it was that of somebody else, that one has none any more. */
gboolean rival_inherit(AppRun *app, const Op *adopt, GError **error);
