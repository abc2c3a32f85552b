/*
 * One refresh of RFC 4533: from the request to the SyncDone, facts into the sink.
 */
#pragma once
#include "ldap_conn_internal.h"
#include "source/sink.h"
#include "sync_reread_internal.h"

typedef struct {
	LdapConn *conn;
	Sink *sink;
	const char *base;
	const char *filter;
	const char *const *attributes;
	GBytes *cookie;      /* or NULL: everything */
	Reread *reread;      /* or NULL; told the verdict of each put */
	gboolean names_only; /* entries are not put, but noted in 'reread' */
	GHashTable *held;    /* set of char *: dynamic groups, not put; NULL: they are put */
} RefreshSetup;

/* What came of it. Clear it. */
typedef struct {
	int code;     /* the result; LDAP_SUCCESS too when 'broken' */
	char *text;   /* the server's words, or NULL */
	char *broken; /* why the answer cannot be taken as whole; NULL if it can */
	GBytes *cookie;
	gboolean refresh_deletes;
	gboolean present_phase; /* a refreshPresent came */
	guint64 entries, anchors;
	guint references, unreadable;
} Refresh;

/*
 * Runs it. FALSE if the sink failed, or the connection before anything was read; a connection that
 * breaks later is 'broken'. A result code other than success is the caller's to judge.
 */
gboolean sync_refresh(const RefreshSetup *setup, Refresh *refresh, GError **error);

/* Frees what it holds and zeroes it. */
void sync_refresh_clear(Refresh *refresh);

/* True if anything at all was read. */
gboolean sync_refresh_has_read(const Refresh *refresh);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Refresh, sync_refresh_clear)
