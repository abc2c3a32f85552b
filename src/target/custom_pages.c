/*
 * The pages of one listing of a custom API. Pure: pages in, what is asked next out.
 *
 *	kind     the next page is               it is over
 *	none     nowhere                        at once
 *	page     the next number                on an empty page; when all that were announced were
 *	offset   behind what was received       seen; where no total is announced, on a short page
 *	cursor   what the answer says           where the answer names none
 *	link     what its header Link says
 *	url      the address in its body
 *
 * Where 'more' says that this was the last page, it was. Where it says that there is another one, a
 * short page is none the less not the last. A service may leave it out on the last page, but not
 * beside a next one, nor on all pages with anything on them: that is a name that is not right.
 *
 * A listing may lie, and who is missing in it may be taken for somebody who has no account. So
 * what does not end as it should has a flaw, and is not whole: a page that shows nothing new (the
 * parameter is ignored, or the service turns in a circle), fewer different records than were
 * announced, more pages than anybody has, a next page at another host, an object or a list where
 * the next page or a total should be: only null, "", false and nothing say that there is none. A
 * total that is the size of
 * a full first page is not believed before a second page was asked for: some count the page.
 * Empty pages do come before the end where a cursor says how it goes on; many in a row do not.
 */
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "custom_internal.h"
#include "custom_pages_internal.h"
#include "http_internal.h"

#define RECORDS_MAX 50000000
#define BARREN_MAX 100

void custom_pager_init(CustomPager *self, const CustomPages *pages, const char *origin)
{
	*self = (CustomPager){ .pages = pages, .origin = origin, .total = -1 };
	self->number = self->offset = pages->start;
}

void custom_pager_clear(CustomPager *self)
{
	g_clear_pointer(&self->cursor, g_free);
	g_clear_pointer(&self->address, g_free);
	g_clear_pointer(&self->flaw, g_free);
}

void custom_pager_flaw(CustomPager *self, const char *format, ...)
{
	va_list args;

	if (self->flaw)
		return;
	va_start(args, format);
	self->flaw = g_strdup_vprintf(format, args);
	va_end(args);
}

/* Asking --------------------------------------------------------------------------------------- */

gboolean custom_pager_continues(const CustomPager *self)
{
	return self->taken > 0 && self->pages->continues;
}

json_t *custom_pager_values(const CustomPager *self)
{
	json_t *values = json_object();

	if (self->pages->kind == CUSTOM_PAGES_PAGE)
		json_object_set_new(values, "number", json_integer(self->number));
	if (self->pages->kind == CUSTOM_PAGES_OFFSET)
		json_object_set_new(values, "offset", json_integer(self->offset));
	if (self->cursor)
		json_object_set_new(values, "cursor", json_string(self->cursor));
	if (self->pages->size > 0)
		json_object_set_new(values, "size", json_integer(self->pages->size));
	return values;
}

static void append(GString *query, const char *name, const char *value)
{
	g_autofree char *escaped_name = http_escape(name);
	g_autofree char *escaped = http_escape(value);

	g_string_append_printf(query, "%s%s=%s", query->len > 0 ? "&" : "", escaped_name, escaped);
}

/* The number, the offset or the cursor as a text; NULL: nothing is said of the first page. */
static char *position(const CustomPager *self)
{
	switch (self->pages->kind) {
	case CUSTOM_PAGES_PAGE:
		return g_strdup_printf("%" G_GINT64_FORMAT, self->number);
	case CUSTOM_PAGES_OFFSET:
		return g_strdup_printf("%" G_GINT64_FORMAT, self->offset);
	case CUSTOM_PAGES_CURSOR:
		return g_strdup(self->cursor);
	default:
		return NULL;
	}
}

char *custom_pager_query(const CustomPager *self)
{
	const CustomPages *pages = self->pages;
	g_autoptr(GString) query = g_string_new(NULL);
	g_autofree char *at = position(self);

	/* An address and a call of its own say all themselves. */
	if (self->address || custom_pager_continues(self))
		return NULL;
	if (pages->parameter && at)
		append(query, pages->parameter, at);
	if (pages->size_parameter && pages->size > 0) {
		g_autofree char *size = g_strdup_printf("%" G_GINT64_FORMAT, pages->size);
		append(query, pages->size_parameter, size);
	}
	return query->len > 0 ? g_string_free(g_steal_pointer(&query), FALSE) : NULL;
}

/* Taking --------------------------------------------------------------------------------------- */

static gboolean read_number(const json_t *value, gint64 *number)
{
	g_autofree char *text = value ? json_scalar_text(value) : NULL;
	char *end;

	if (!text || !g_ascii_isdigit(*text))
		return FALSE;
	double read = g_ascii_strtod(text, &end);
	if (*end || read >= 1e15)
		return FALSE;
	*number = (gint64)read;
	return TRUE;
}

/* Anything that is not a way to say no. */
static gboolean is_yes(const json_t *value)
{
	static const char *const no[] = { "", "false", "0", "0.0", "no", "n" };

	if (json_is_array(value) || json_is_object(value))
		return json_array_size(value) + json_object_size(value) > 0;
	g_autofree char *text = value ? json_scalar_text(value) : NULL;
	for (guint i = 0; text && i < G_N_ELEMENTS(no); i++)
		if (g_ascii_strcasecmp(text, no[i]) == 0)
			return FALSE;
	return text != NULL;
}

static void end(CustomPager *self)
{
	self->over = TRUE;
}

/* What an answer has where it should have a text; for sentences. */
static const char *kind_of(const json_t *value)
{
	if (json_is_object(value))
		return "an object";
	return json_is_array(value) ? "a list" : "not what it should be";
}

/* What the answer says of the next page; NULL: none, or a flaw. New string. */
static char *next_said(CustomPager *self, const CustomPageEnd *page)
{
	const Place *place = self->pages->next;
	const json_t *value;
	char *text;

	if (self->pages->kind == CUSTOM_PAGES_LINK)
		return custom_link_next(page->headers);
	value = place ? place_get(place, page->body) : NULL;
	if (!value || json_is_false(value))
		return NULL;
	text = json_is_true(value) ? NULL : json_scalar_text(value);
	if (!text)
		custom_pager_flaw(self,
				  "what is at '%s' ('pages.next') is %s, and says nothing of "
				  "the next page",
				  place_text(place), json_is_true(value) ? "true" : kind_of(value));
	if (text && *text)
		return text;
	g_free(text);
	return NULL;
}

/* The address that 'text' is, seen from the page that has it. RFC 3986 §5. NULL: none. */
static char *resolved(const CustomPager *self, const char *path, const char *text)
{
	g_autofree char *here = g_strconcat(self->origin, path, NULL);
	g_autoptr(GUri) base = http_uri_parse(here);
	g_autoptr(GUri) uri = base ? http_uri_resolve(base, text) : NULL;

	return uri ? g_uri_to_string(uri) : NULL;
}

static void follow_address(CustomPager *self, const char *path, const char *text)
{
	g_autofree char *whole = resolved(self, path, text);
	g_autoptr(GError) error = NULL;
	/* What cannot be read is refused with its text. */
	char *address = custom_same_origin(self->origin, whole ? whole : text, &error);

	if (!address)
		custom_pager_flaw(self, "the address of the next page is refused: %s",
				  error->message);
	else if (g_strcmp0(address, path) == 0)
		custom_pager_flaw(self, "the listing turns in a circle");
	g_free(self->address);
	self->address = address;
	if (self->flaw)
		end(self);
}

static void follow_cursor(CustomPager *self, const char *text)
{
	if (g_strcmp0(self->cursor, text) == 0) {
		custom_pager_flaw(self, "the listing turns in a circle");
		end(self);
	}
	g_free(self->cursor);
	self->cursor = g_strdup(text);
}

/* The answer itself says where the next page is. */
static void follow(CustomPager *self, const CustomPageEnd *page)
{
	g_autofree char *next = next_said(self, page);

	if (!next) {
		/* Of several things that are wrong the first is kept. */
		if (self->pages->more)
			custom_pager_flaw(self, "the service says that there are more, and not "
						"where");
		end(self);
		return;
	}
	self->barren = page->received > 0 ? 0 : self->barren + 1;
	if ((page->received > 0 && page->fresh == 0) || self->barren >= BARREN_MAX) {
		custom_pager_flaw(self, "the listing turns in a circle");
		end(self);
	} else if (self->pages->kind == CUSTOM_PAGES_CURSOR) {
		follow_cursor(self, next);
	} else {
		follow_address(self, page->path, next);
	}
}

/* A page that shows nothing new, where numbers count. */
static void run_dry(CustomPager *self, const CustomPageEnd *page)
{
	gboolean all = self->total >= 0 && self->seen >= self->total;

	end(self);
	if (self->pages->more)
		custom_pager_flaw(self, "the service says that there are more, and shows none");
	else if (page->received > 0 && !all)
		custom_pager_flaw(self, "a page of the listing shows nothing new");
}

/* The next page is known by counting. */
static void count_on(CustomPager *self, const CustomPageEnd *page)
{
	gint64 size = self->pages->size;
	gboolean is_full = size > 0 && (gint64)page->received >= size;

	if (page->fresh == 0)
		run_dry(self, page);
	else if (self->pages->more)
		return;
	else if (self->total >= 0)
		self->over = self->seen >= self->total && !(is_full && self->taken == 1);
	else
		self->over = size > 0 && !is_full;
}

/* 'more' is to say whether it goes on, and is not there. That may be the end, or a wrong name. */
static void miss_more(CustomPager *self, const CustomPageEnd *page)
{
	g_autofree char *next = next_said(self, page);

	if (next)
		custom_pager_flaw(self,
				  "the answer names a next page and shows nothing at '%s' "
				  "('pages.more')",
				  place_text(self->pages->more));
	else if (!self->knows_more && page->received > 0)
		custom_pager_flaw(self, "the answer shows nothing at '%s' ('pages.more')",
				  place_text(self->pages->more));
}

static void advance(CustomPager *self, const CustomPageEnd *page)
{
	const Place *place = self->pages->more;
	const json_t *said = place ? place_get(place, page->body) : NULL;
	gboolean more = is_yes(said);

	self->knows_more |= said != NULL;
	if (place && !said)
		miss_more(self, page);
	if (place && !more) {
		end(self);
		return;
	}
	switch (self->pages->kind) {
	case CUSTOM_PAGES_NONE:
		if (more)
			custom_pager_flaw(self, "the service says that there are more, and no way "
						"is set to ask for them ('pages')");
		end(self);
		break;
	case CUSTOM_PAGES_PAGE:
	case CUSTOM_PAGES_OFFSET:
		count_on(self, page);
		break;
	default:
		follow(self, page);
		break;
	}
}

static void take_total(CustomPager *self, const CustomPageEnd *page)
{
	const Place *place = self->pages->total;
	const json_t *said = place ? place_get(place, page->body) : NULL;

	if (said && !read_number(said, &self->total))
		custom_pager_flaw(self, "what is at '%s' ('pages.total') is no number of them",
				  place_text(place));
}

void custom_pager_take(CustomPager *self, const CustomPageEnd *page)
{
	self->taken++;
	self->number++;
	self->offset += (gint64)page->received;
	self->seen += (gint64)page->fresh;
	take_total(self, page);
	advance(self, page);
	if (self->over && self->total >= 0 && self->seen < self->total)
		custom_pager_flaw(self,
				  "the service announced %" G_GINT64_FORMAT
				  " and showed %" G_GINT64_FORMAT " different ones",
				  self->total, self->seen);
	if (!self->over && (self->taken >= self->pages->max || self->seen > RECORDS_MAX)) {
		custom_pager_flaw(self,
				  "the listing did not end after %" G_GINT64_FORMAT
				  " pages (pages.max)",
				  self->taken);
		end(self);
	}
}
