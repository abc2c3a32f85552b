/*
 * What a delta keeps silent about, read again after it.
 */
#pragma once
#include "ldap_conn_internal.h"
#include "ldap_entry_internal.h"
#include "source/sink.h"

/* The search that a delta was; borrowed. */
typedef struct {
	LdapConn *conn;
	Sink *sink;
	const char *base;
	const char *filter;
	const char *const *attributes; /* with the uuid attribute */
	LdapEntryShape shape;
	GHashTable *held; /* set of char *, or NULL: see url_group_internal.h */
} RereadSetup;

typedef struct Reread Reread;

/* Nothing to read yet. */
Reread *reread_new(const RereadSetup *setup);

/* Frees it; NULL is fine. */
void reread_free(Reread *self);

/* Notes what a put of the delta meant. */
void reread_note(Reread *self, const Entry *entry, SinkVerdict verdict);

/* Notes somebody new or renamed whose place in the tree is known: only groups are looked for. */
void reread_note_name(Reread *self, const char *dn);

/* Notes an entry of which nothing but the anchor is known. */
void reread_note_anchor(Reread *self, const char *anchor);

/* True if anything waits to be read. */
gboolean reread_is_due(const Reread *self);

/* True if so much waits that reading everything is cheaper. */
gboolean reread_is_too_much(const Reread *self);

/*
 * Reads it and puts it into the sink. On failure the error says what could not be read; then the
 * next pull must read everything, because a second delta will not name these entries again.
 */
gboolean reread_run(Reread *self, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Reread, reread_free)
