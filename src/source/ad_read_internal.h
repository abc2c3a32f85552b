/*
 * The reads of the AD driver: everything, or what changed by one of two ways. Each puts its facts
 * into the sink; what the end of it means is for the caller to judge.
 */
#pragma once
#include "ad_dirsync_internal.h"
#include "ad_entry_internal.h"
#include "ad_follow_internal.h"
#include "ad_server_internal.h"
#include "source/sink.h"

/* What all reads of one pull share; borrowed, but for what is counted. */
typedef struct AdReader {
	LdapConn *conn;
	const AdServer *server;
	Sink *sink;
	const char *base;   /* as in the config */
	const char *within; /* the same, normalised */
	const char *filter;
	const char *const *attributes; /* to ask for, without member */
	const char *const *kept;       /* those that the sink gets */
	AdFollow *follow;              /* what a read could not tell; run it afterwards */
	guint64 entries;               /* messages with an entry */
	guint unreadable;              /* those that could not be understood */
	guint curtailed;               /* users that came without what every user has */
	char *curtailed_dn;            /* the first of them: owned */
	const char *curtailed_name;    /* the attribute that it lacks */
} AdReader;

/* Everything at and beneath the base, with members. */
gboolean ad_read_all(AdReader *self, GError **error);

/* The same beneath another entry, given by its anchor; nothing if it is gone. */
gboolean ad_read_beneath(AdReader *self, const char *anchor, GError **error);

/* What has a higher uSNChanged than 'mark', anywhere in the domain. */
gboolean ad_read_usn(AdReader *self, gint64 mark, GError **error);

/* What DirSync tells since 'cookie'. TRUE also if the server refused: see end->code. */
gboolean ad_read_dirsync(AdReader *self, gboolean object_security, GBytes *cookie,
			 AdDirsyncEnd *end, GError **error);

/* Names everything at and beneath the base, so that the sink sees what is not there. */
gboolean ad_read_names(AdReader *self, GError **error);

/* Frees what it owns: not the list. */
void ad_read_clear(AdReader *self);

/* Puts a whole entry, or removes it if it stands outside of the base; follows what is new. */
gboolean ad_read_put(AdReader *self, const Entry *entry, SinkVerdict *verdict, GError **error);

/* True if the entry stands at or beneath the base. */
gboolean ad_read_is_within(const AdReader *self, const Entry *entry);

/* True for a user or a group: nothing of ours stands beneath it. */
gboolean ad_read_is_leaf(const Entry *entry);
