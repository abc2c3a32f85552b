/*
 * What a read of Active Directory left open, to be read afterwards.
 */
#pragma once
#include "core/entry.h"
#include "ldap_conn_internal.h"

typedef struct AdFollow AdFollow;
struct AdReader;

/*
 * An empty list. 'bounded', for a read of changes: beyond some hundreds of objects
 * ad_follow_is_too_much() is true, and nothing more is kept. Else, for a read of everything, what
 * is noted is kept, except for comers: their groups are read anyway.
 */
AdFollow *ad_follow_new(gboolean bounded);

/* An object must be read whole, with everything beneath it. */
void ad_follow_object(AdFollow *self, const char *anchor);

/* An object must be read by itself: a group whose members did not come, or not all of them. */
void ad_follow_group(AdFollow *self, const char *anchor);

/* Somebody is new to the view: the groups that have it as a member must be found. */
void ad_follow_comer(AdFollow *self, const Entry *entry);

/* True if something was noted since the list was made. */
gboolean ad_follow_is_due(const AdFollow *self);

/* True if reading everything costs less. */
gboolean ad_follow_is_too_much(const AdFollow *self);

/* Reads all that through 'reader', which owns the list. */
gboolean ad_follow_run(AdFollow *self, struct AdReader *reader, GError **error);

/* Frees it; NULL is fine. */
void ad_follow_free(AdFollow *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(AdFollow, ad_follow_free)
