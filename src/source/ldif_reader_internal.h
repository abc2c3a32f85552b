/*
 * LDIF content records (RFC 2849) one at a time, from a file of any size.
 */
#pragma once
#include <glib.h>

typedef struct {
	char *name; /* as written, with options */
	char *data; /* NUL-terminated beyond 'length' */
	gsize length;
	guint line; /* where it stands, from 1 */
} LdifValue;

typedef enum {
	LDIF_RECORD, /* 'values' is one record, in order */
	LDIF_BAD,    /* 'problem' says why this record cannot be used; reading can go on */
	LDIF_END,
} LdifStatus;

/* The caller reads the members; they are valid until the next ldif_reader_next(). */
typedef struct {
	GPtrArray *values; /* LdifValue * */
	char *problem;     /* "FILE:LINE: reason" */
	guint line;        /* of the record's first line */
	gboolean cut;      /* at the end: the last line has no end, the file was cut off */
	GChecksum *digest; /* SHA-256 of what was read so far */
} LdifReader;

/* Opens a file. NULL and ERROR_CONFIG if it cannot be read. */
LdifReader *ldif_reader_open(const char *path, GError **error);

/* Closes and frees; NULL is fine. */
void ldif_reader_close(LdifReader *self);

/* Reads the next record. Comments and the version line are skipped. */
LdifStatus ldif_reader_next(LdifReader *self);

/* The first value with this name in the current record, or NULL. */
const LdifValue *ldif_reader_find(const LdifReader *self, const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(LdifReader, ldif_reader_close)
