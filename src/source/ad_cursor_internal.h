/*
 * The cursor of the AD driver: where it stands in the changes, and everything that must still be
 * the same for that to mean anything.
 */
#pragma once
#include <glib.h>

/* How changes are followed. */
typedef enum {
	AD_WAY_DIRSYNC,        /* with the right to replicate */
	AD_WAY_DIRSYNC_OBJECT, /* with object security: no right is needed */
	AD_WAY_USN,
	AD_WAY_SCAN, /* everything, every time */
} AdWay;

typedef struct {
	AdWay way;
	char *base; /* normalised */
	char *filter;
	char *attributes; /* digest of the list, and of what says who is a user or a group */
	char *domain;     /* objectGUID of the domain */
	char *dsa;        /* objectGUID of the controller that was read last, or NULL */
	char *invocation; /* its invocationId then, or NULL */
	char *uri;        /* how it was reached, to be tried first */
	gint64 mark;    /* its highestCommittedUSN before that; 0: the next pull reads everything */
	GBytes *cookie; /* of DirSync; by USN it tells what a server knows; or NULL */
	char *seen;     /* newest change of each controller ever seen (ad_vector.c), or NULL */
	gint64 full_us; /* when everything was last read and believed; 0: never */
	gint64 pulled_us; /* when anything was last read and believed; 0: never */
	gboolean unsure;  /* until the next full read, absence from a listing means nothing */
} AdCursor;

/* As text for the store. New string. */
char *ad_cursor_format(const AdCursor *self);

/* The reverse; NULL if the text was damaged or is of another kind. */
AdCursor *ad_cursor_parse(const char *text);

/* True if both are about the same base, filter and attributes. */
gboolean ad_cursor_is_like(const AdCursor *self, const AdCursor *other);

/* True if the next pull can go on from it. */
gboolean ad_cursor_has_position(const AdCursor *self);

/* A copy. */
AdCursor *ad_cursor_copy(const AdCursor *self);

/* Frees it; NULL is fine. */
void ad_cursor_free(AdCursor *self);

/* "dirsync", "dirsync-object", "usn", "scan". */
const char *ad_way_name(AdWay way);

/* True for both ways of DirSync. */
gboolean ad_way_is_dirsync(AdWay way);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(AdCursor, ad_cursor_free)
