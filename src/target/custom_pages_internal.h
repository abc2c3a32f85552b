/*
 * The pages of one listing of a custom API: what is asked for next, until it is over. Pure.
 */
#pragma once
#include "custom_api_internal.h"
#include "target/http.h"

/* Where a listing stands. */
typedef struct {
	const CustomPages *pages;
	const char *origin;    /* where addresses of further pages may lead; outlives */
	gint64 number, offset; /* of the next page */
	char *cursor;          /* of the next page; NULL: the first one, or none is used */
	char *address;         /* path and query of the next page, from the last answer; or NULL */
	gint64 taken;          /* pages so far */
	gint64 seen;           /* different records so far */
	gint64 total;          /* as announced by the latest page; -1: not at all */
	guint barren;          /* pages in a row without a record, by cursor or address */
	gboolean knows_more;   /* a page has said whether there is more */
	gboolean over;
	char *flaw; /* why it cannot be believed to be whole, or NULL */
} CustomPager;

/* What came with a page. */
typedef struct {
	const json_t *body;
	const GPtrArray *headers; /* as HttpAnswer.headers, or NULL */
	const char *path;         /* that was asked for, with its query */
	gsize received, fresh;    /* records on it, and those that were on no earlier one */
} CustomPageEnd;

void custom_pager_init(CustomPager *self, const CustomPages *pages, const char *origin);

/* Frees what it owns. */
void custom_pager_clear(CustomPager *self);

/* Takes a page: where the next one is, or that it was the last. */
void custom_pager_take(CustomPager *self, const CustomPageEnd *page);

/* {page.NAME}: "number", "offset", "cursor", "size", as far as there are any. New reference. */
json_t *custom_pager_values(const CustomPager *self);

/* What is put into the query for it, encoded: "page=2&per_page=100"; or NULL. New string. */
char *custom_pager_query(const CustomPager *self);

/* True if the next page is asked for by 'continues'. */
gboolean custom_pager_continues(const CustomPager *self);

/* Notes the first thing that is wrong. */
void custom_pager_flaw(CustomPager *self, const char *format, ...) G_GNUC_PRINTF(2, 3);

/*
 * The target of the first link to the next page among header lines (RFC 8288), as it stands there.
 * NULL: there is none. New string.
 */
char *custom_link_next(const GPtrArray *headers);
