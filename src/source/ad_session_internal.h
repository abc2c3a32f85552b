/*
 * One connection to a domain controller, with what must be known before anything is read: who it
 * is, and in which way it lets us follow changes.
 */
#pragma once
#include "ad_cursor_internal.h"
#include "ad_server_internal.h"

/* What the config allows. */
typedef enum {
	AD_CHANGES_AUTO,
	AD_CHANGES_DIRSYNC,
	AD_CHANGES_USN,
	AD_CHANGES_SCAN,
} AdChanges;

/* The settings of a source, as all its pulls need them. */
typedef struct {
	const LdapConf *ldap;
	AdChanges changes;
	gint64 full_every_us, max_lag_us;
	char *within; /* the base, normalised */
	char *filter;
	GPtrArray *asked; /* char *, NULL-terminated: to ask for, without member */
	GPtrArray *kept;  /* the same, what the sink gets */
	char *digest;     /* of 'kept', and of what says who is a user or a group */
	char *coverage;
	GPtrArray *remarks; /* char *: about the settings, noted in every pull */
} AdSetup;

typedef struct {
	const AdSetup *setup;
	LdapConn *conn;
	AdServer server;
	AdCursor *now; /* the settings and the server's names and numbers */
	/* After ad_session_choose(): */
	gboolean chosen;
	GBytes *start; /* a DirSync cookie of the moment before that; or NULL */
	char *knows;   /* what the server had heard of by then (ad_vector.c); or NULL */
	char *refused; /* why not DirSync, a sentence; or NULL */
} AdSession;

/* Looks at the server. Owns 'conn' from now on, also on failure. */
gboolean ad_session_open(AdSession *self, const AdSetup *setup, LdapConn *conn, GError **error);

/*
 * Finds the way of following changes, now->way, and what the server knows. 'cookie' of an earlier
 * pull, or NULL, spares the server work. CONFIG if the config wants a way that is not possible.
 */
gboolean ad_session_choose(AdSession *self, GBytes *cookie, GError **error);

/* True if the config permits this way. */
gboolean ad_session_allows(const AdSetup *setup, AdWay way);

/* "by DirSync, ...". */
const char *ad_session_way_text(AdWay way);

/* What is worse than it could be in this way, with the fix; NULL if nothing. New string. */
char *ad_session_way_remark(const AdSession *self, AdWay way);

/* The same about reading deleted objects. */
char *ad_session_tombstone_remark(const AdSession *self);

/* Disconnects and frees what it holds. */
void ad_session_clear(AdSession *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AdSession, ad_session_clear)
