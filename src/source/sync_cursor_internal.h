/*
 * The cursor of the syncrepl driver: the server's cookie with everything that must still be the
 * same for it to mean anything.
 */
#pragma once
#include <glib.h>

typedef struct {
	char *base; /* normalised */
	char *filter;
	char *attributes; /* digest of the list, and of what says who is a user or a group */
	char *vendor;     /* "openldap", "389-ds" */
	char *database;   /* entryUUID of the base entry, or "" */
	GBytes *cookie;   /* or NULL: the next pull reads everything */
	char *seen;       /* newest change number of each provider ever seen, or NULL */
	gint64 full_us;   /* when everything was last read and believed; 0: never */
	gboolean owed;    /* an absence could not be believed: compare when the server caught up */
} SyncCursor;

/* As text for the store. New string. */
char *sync_cursor_format(const SyncCursor *self);

/* The reverse; NULL if the text was damaged or is of another kind. */
SyncCursor *sync_cursor_parse(const char *text);

/* True if both are about the same base, filter, attributes and database. */
gboolean sync_cursor_is_like(const SyncCursor *self, const SyncCursor *other);

/* True if both are about the same base and database, whatever is read of it. */
gboolean sync_cursor_is_same_database(const SyncCursor *self, const SyncCursor *other);

/* Frees it; NULL is fine. */
void sync_cursor_free(SyncCursor *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SyncCursor, sync_cursor_free)
