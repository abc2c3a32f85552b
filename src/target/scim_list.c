/*
 * Walking a listing that may lie. Pure: pages in, accounts and a verdict out. RFC 7644 §3.4.2.4.
 *
 * Every field of a page has been wrong at some service: itemsPerPage echoes the request,
 * startIndex is ignored, totalResults is the size of the page, pages overlap, an empty page comes
 * before the end. So:
 *
 *	- the walk advances by the number of accounts received, nothing else
 *	- accounts are known by id; each is passed on once
 *	- it ends on an empty page, on a page without a new id, or when as many different accounts
 *	  were seen as announced. If that coincides with a full page, one more page is asked for:
 *	  a total that is only the page's size is found out that way
 *	- a service that hands out cursors is followed by cursor (RFC 9865); its total is optional.
 *	  A cursor that was forgotten meanwhile (expiredCursor) costs one more walk from the start
 *	- a service that does not page at all is asked once, and believed if it says how many there
 *	  are and shows as many
 *
 * Complete means: ended by itself, nothing was unreadable, and exactly as many different accounts
 * as announced. Everything else is incomplete, with the reason; absence from an incomplete listing
 * proves nothing.
 *
 * Memory grows with the number of accounts: one id each. Listing is for imports and adoption, not
 * for the daily run.
 */
#include "base/error.h"
#include "base/json.h"
#include "scim_internal.h"

#define ACCOUNTS_MAX 50000000
#define BARREN_MAX 100 /* pages in a row by cursor without an account */

struct ScimWalk {
	gint64 page_size;
	gint64 start;     /* startIndex of the next page, from 1 */
	gint64 announced; /* totalResults of the latest page; -1: none */
	char *cursor;     /* of the next page, or NULL */
	gboolean over;
	gboolean by_cursor; /* a cursor was handed out */
	gboolean cut;       /* a full page by cursor that names neither a next one nor a total */
	ScimPaging paging;
	gsize round;     /* 1, and 2 after a restart */
	gint64 seen;     /* different accounts in this round */
	guint barren;    /* empty pages in a row */
	GHashTable *ids; /* to the round in which it was seen last */
	char *flaw;      /* the first thing that was wrong */
};

gboolean scim_integer(const json_t *value, gint64 *number)
{
	if (json_is_integer(value)) {
		*number = json_integer_value(value);
		return TRUE;
	}
	if (json_is_real(value) && json_real_value(value) >= 0 && json_real_value(value) < 1e15) {
		*number = (gint64)json_real_value(value);
		return TRUE;
	}
	return json_is_string(value) &&
	       g_ascii_string_to_signed(json_string_value(value), 10, 0, G_MAXINT64, number, NULL);
}

ScimWalk *scim_walk_new(gint64 page_size, ScimPaging paging)
{
	ScimWalk *self = g_new0(ScimWalk, 1);

	self->page_size = page_size;
	self->paging = paging;
	self->round = 1;
	self->start = 1;
	self->announced = -1;
	self->ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	return self;
}

void scim_walk_free(ScimWalk *self)
{
	if (!self)
		return;
	g_hash_table_unref(self->ids);
	g_free(self->cursor);
	g_free(self->flaw);
	g_free(self);
}

char *scim_walk_next(const ScimWalk *self)
{
	if (self->over)
		return NULL;
	if (self->paging == SCIM_PAGE_NONE)
		return g_strdup("/Users");
	if (self->cursor || self->paging == SCIM_PAGE_CURSOR) {
		g_autofree char *escaped = http_escape(self->cursor ? self->cursor : "");
		return g_strdup_printf("/Users?cursor=%s&count=%" G_GINT64_FORMAT, escaped,
				       self->page_size);
	}
	return g_strdup_printf("/Users?startIndex=%" G_GINT64_FORMAT "&count=%" G_GINT64_FORMAT,
			       self->start, self->page_size);
}

static void note_flaw(ScimWalk *self, const char *flaw)
{
	if (!self->flaw)
		self->flaw = g_strdup(flaw);
}

void scim_walk_break(ScimWalk *self, const char *why)
{
	note_flaw(self, why);
	self->over = TRUE;
}

gboolean scim_walk_restart(ScimWalk *self)
{
	if (self->round > 1 || !self->by_cursor)
		return FALSE;
	self->round++;
	self->start = 1;
	self->announced = -1;
	self->seen = 0;
	self->over = FALSE;
	g_clear_pointer(&self->cursor, g_free);
	return TRUE;
}

/* Notes an account of this round. TRUE if it is the first time in the whole walk. */
static gboolean note_seen(ScimWalk *self, const char *id, gsize *fresh)
{
	gsize before = GPOINTER_TO_SIZE(g_hash_table_lookup(self->ids, id));

	if (before == self->round)
		return FALSE;
	g_hash_table_insert(self->ids, g_strdup(id), GSIZE_TO_POINTER(self->round));
	self->seen++;
	(*fresh)++;
	return before == 0;
}

/* Passes on the accounts of a page that are new; *fresh counts them. */
static gboolean pass_on(ScimWalk *self, const json_t *resources, TargetListFn fn, void *data,
			gsize *fresh, GError **error)
{
	size_t i;
	json_t *document;

	json_array_foreach ((json_t *)resources, i, document) {
		if (!json_is_object(document) || !scim_normalise(document)) {
			note_flaw(self, "the listing holds something that is no account");
			continue;
		}
		if (!note_seen(self, json_get_string(document, "id"), fresh))
			continue;
		if (!fn(document, data, error))
			return FALSE;
	}
	return TRUE;
}

static void follow_cursor(ScimWalk *self, const json_t *page)
{
	const char *next = json_string_value(json_get_nocase(page, "nextCursor"));

	g_clear_pointer(&self->cursor, g_free);
	if (!next || !*next || self->paging == SCIM_PAGE_INDEX)
		return;
	if (self->paging == SCIM_PAGE_NONE) {
		note_flaw(self, "the service shows its accounts in pages, though it is set up as "
				"one that does not");
		return;
	}
	self->cursor = g_strdup(next);
	self->by_cursor = TRUE;
}

static void advance_by_cursor(ScimWalk *self, gsize received, gsize fresh)
{
	self->barren = received > 0 ? 0 : self->barren + 1;
	self->over = !self->cursor || (received > 0 && fresh == 0) || self->barren >= BARREN_MAX;
	if (self->cursor && self->over)
		note_flaw(self, "the listing turns in a circle");
	self->cut = !self->by_cursor && self->announced < 0 && (gint64)received >= self->page_size;
}

/* Decides whether there is another page to ask for. */
static void advance(ScimWalk *self, gsize received, gsize fresh)
{
	self->start += (gint64)received;
	if (self->by_cursor || self->paging == SCIM_PAGE_CURSOR) {
		advance_by_cursor(self, received, fresh);
		return;
	}
	if (self->paging == SCIM_PAGE_NONE) {
		self->over = TRUE;
		return;
	}
	gboolean all = self->announced >= 0 && self->seen >= self->announced;
	gboolean full = (gint64)received >= self->page_size && fresh > 0;

	self->over = received == 0 || fresh == 0 || (all && !full);
	if (self->seen > ACCOUNTS_MAX)
		scim_walk_break(self, "the listing does not end");
}

gboolean scim_walk_page(ScimWalk *self, const json_t *page, TargetListFn fn, void *data,
			GError **error)
{
	const json_t *resources = json_get_nocase(page, "Resources");
	gsize fresh = 0;

	if (!scim_integer(json_get_nocase(page, "totalResults"), &self->announced) &&
	    !json_is_array(resources)) {
		scim_walk_break(self,
				"the service answered with something that is no list of accounts");
		return TRUE;
	}
	if (resources && !json_is_array(resources) && !json_is_null(resources))
		note_flaw(self, "the listing holds something that is no account");
	follow_cursor(self, page);
	if (!pass_on(self, resources, fn, data, &fresh, error))
		return FALSE;
	advance(self, json_array_size(resources), fresh);
	return TRUE;
}

gboolean scim_walk_is_complete(const ScimWalk *self, char **why)
{
	*why = NULL;
	if (self->flaw)
		*why = g_strdup(self->flaw);
	else if (!self->over)
		*why = g_strdup("the listing was not read to its end");
	else if (self->announced < 0 &&
		 (self->cut || (!self->by_cursor && self->paging != SCIM_PAGE_CURSOR)))
		*why = g_strdup("the service does not say how many accounts there are");
	else if (self->announced >= 0 && self->seen != self->announced)
		*why = g_strdup_printf("the service announced %" G_GINT64_FORMAT
				       " accounts and showed %" G_GINT64_FORMAT " different ones",
				       self->announced, self->seen);
	return *why == NULL;
}
