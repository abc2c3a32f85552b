/*
 * DirSync searches, [MS-ADTS] 3.1.1.3.4.1.3, round by round to their end.
 */
#pragma once
#include "ldap_page_internal.h"

typedef struct {
	LdapConn *conn;
	const char *context; /* DN of the root of a naming context */
	const char *filter;
	const char *const *attributes;
	gboolean object_security; /* as the account may see it; else the right to replicate */
	GBytes *cookie;           /* NULL: from the beginning */
	LdapPageFn fn;
	void *data;
} AdDirsync;

/* How the last round ended. Clear it. */
typedef struct {
	int code;
	char *text;
	GBytes *cookie; /* if code is success: where the next one goes on */
	guint64 entries;
} AdDirsyncEnd;

/* TRUE if the server ended the search, however; FALSE if the connection or 'fn' failed. */
gboolean ad_dirsync(const AdDirsync *self, AdDirsyncEnd *end, GError **error);

/* A search that finds nothing: is it permitted, and what does the server know? */
gboolean ad_dirsync_probe(LdapConn *conn, const char *context, gboolean object_security,
			  GBytes *cookie, AdDirsyncEnd *end, GError **error);

/* Frees what it holds and zeroes it. */
void ad_dirsync_end_clear(AdDirsyncEnd *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AdDirsyncEnd, ad_dirsync_end_clear)
