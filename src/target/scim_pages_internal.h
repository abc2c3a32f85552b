/*
 * The pages of what a search shows, for accounts and for groups.
 */
#pragma once
#include "scim_internal.h"

/* What the pages so far held. Zero: none yet. */
typedef struct {
	json_t *rows, *seen; /* what was on them, and the ids of that; or NULL */
	guint count;
} ScimPages;

/* What a page is asked for by. */
typedef struct {
	const char *cursor; /* borrowed from the page before, or NULL */
	gint64 start;       /* 0: the first page */
} ScimPlace;

typedef enum {
	SCIM_PAGES_ALL,     /* the reply holds what all pages held */
	SCIM_PAGES_MORE,    /* there is another one */
	SCIM_PAGES_ENDLESS, /* so many that it cannot be a search; the reply says so */
} ScimPagesEnd;

/* Takes an answer that is well. With MORE, *place is where to go on. */
ScimPagesEnd scim_pages_take(ScimPages *self, const ScimProfile *profile, ScimReply *reply,
			     ScimPlace *place);

/* Frees what it owns. */
void scim_pages_clear(ScimPages *self);

/* True for the first page, which nothing is said about. */
gboolean scim_place_is_first(const ScimPlace *self);

/* Appends "&startIndex=…&count=…", or by cursor; nothing for the first page. */
void scim_place_append(const ScimPlace *self, gint64 page_size, GString *path);

/* The status of an answer by which a service says that it cannot be searched. */
#define SCIM_NO_SEARCH 501

/* A value without anything that a service could stumble over. */
gboolean scim_is_plain(const char *text);
