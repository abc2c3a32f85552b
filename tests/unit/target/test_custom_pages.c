/*
 * The pages of a listing: each way of paging, where it ends, and what makes it unbelievable.
 */
#include <string.h>

#include "../../../src/target/custom_pages_internal.h"
#include "base/json.h"

#define ORIGIN "https://api.example"

typedef struct {
	CustomPages pages;
	CustomPager pager;
	GPtrArray *headers;
	const char *path;
} Listing;

static Place *place(const char *text)
{
	Place *parsed = place_parse(text, NULL);

	g_assert_nonnull(parsed);
	return parsed;
}

static void begin(Listing *self, CustomPages pages)
{
	*self = (Listing){ .pages = pages, .path = "/v1/users?page=1" };
	if (self->pages.max == 0)
		self->pages.max = 100;
	self->headers = g_ptr_array_new();
	custom_pager_init(&self->pager, &self->pages, ORIGIN);
}

static void finish(Listing *self)
{
	custom_pager_clear(&self->pager);
	place_free(self->pages.next);
	place_free(self->pages.more);
	place_free(self->pages.total);
	g_ptr_array_unref(self->headers);
}

static void take(Listing *self, gsize received, gsize fresh, const char *body)
{
	g_autoptr(json_t) tree = json_loads(body, JSON_DECODE_ANY, NULL);

	g_assert_nonnull(tree);
	g_assert_false(self->pager.over);
	custom_pager_take(&self->pager, &(CustomPageEnd){ .body = tree,
							  .headers = self->headers,
							  .path = self->path,
							  .received = received,
							  .fresh = fresh });
}

static void assert_query(const Listing *self, const char *expected)
{
	g_autofree char *query = custom_pager_query(&self->pager);
	g_assert_cmpstr(query, ==, expected);
}

static void assert_whole(Listing *self)
{
	g_assert_true(self->pager.over);
	g_assert_cmpstr(self->pager.flaw, ==, NULL);
	finish(self);
}

static void assert_flaw(Listing *self, const char *words)
{
	g_assert_true(self->pager.over);
	g_assert_nonnull(self->pager.flaw);
	if (!strstr(self->pager.flaw, words))
		g_error("'%s' is not in '%s'", words, self->pager.flaw);
	finish(self);
}

/* Counting ------------------------------------------------------------------------------------- */

static void test_none(void)
{
	Listing listing;

	begin(&listing, (CustomPages){ .kind = CUSTOM_PAGES_NONE, .parameter = (char *)"page" });
	assert_query(&listing, NULL);
	take(&listing, 3, 3, "{}");
	assert_whole(&listing);
}

static void test_none_but_more(void)
{
	Listing listing;

	begin(&listing, (CustomPages){ .kind = CUSTOM_PAGES_NONE, .more = place("more") });
	take(&listing, 3, 3, "{\"more\": true}");
	assert_flaw(&listing, "there are more");
}

static void test_page_ends_on_short(void)
{
	Listing listing;

	begin(&listing, (CustomPages){ .kind = CUSTOM_PAGES_PAGE,
				       .parameter = (char *)"page",
				       .size_parameter = (char *)"per page",
				       .size = 2,
				       .start = 1 });
	assert_query(&listing, "page=1&per%20page=2");
	take(&listing, 2, 2, "{}");
	assert_query(&listing, "page=2&per%20page=2");
	take(&listing, 1, 1, "{}");
	assert_whole(&listing);
}

static void test_page_without_size_ends_on_empty(void)
{
	Listing listing;

	begin(&listing,
	      (CustomPages){ .kind = CUSTOM_PAGES_PAGE, .parameter = (char *)"p", .start = 0 });
	assert_query(&listing, "p=0");
	take(&listing, 2, 2, "{}");
	take(&listing, 1, 1, "{}");
	assert_query(&listing, "p=2");
	take(&listing, 0, 0, "{}");
	assert_whole(&listing);
}

static void test_page_repeats(void)
{
	Listing listing;

	begin(&listing,
	      (CustomPages){ .kind = CUSTOM_PAGES_PAGE, .parameter = (char *)"p", .start = 1 });
	take(&listing, 2, 2, "{}");
	take(&listing, 2, 0, "{}");
	assert_flaw(&listing, "nothing new");
}

static void test_page_never_ends(void)
{
	Listing listing;

	begin(&listing, (CustomPages){ .kind = CUSTOM_PAGES_PAGE, .start = 1, .max = 3 });
	take(&listing, 2, 2, "{}");
	take(&listing, 2, 2, "{}");
	take(&listing, 2, 2, "{}");
	assert_flaw(&listing, "3 pages");
}

static void test_more_decides(void)
{
	static const char *const no[] = { "{\"info\":{\"more\":false}}", "{\"info\":{\"more\":0}}",
					  "{\"info\":{\"more\":\"False\"}}",
					  "{\"info\":{\"more\":null}}", "{}" };

	for (guint i = 0; i < G_N_ELEMENTS(no); i++) {
		Listing listing;

		begin(&listing, (CustomPages){ .kind = CUSTOM_PAGES_PAGE,
					       .size = 10,
					       .start = 1,
					       .more = place("info.more") });
		take(&listing, 2, 2, "{\"info\":{\"more\":true}}"); /* short, and not the last */
		take(&listing, 10, 10, no[i]);                      /* full, and the last */
		assert_whole(&listing);
	}
}

static void test_more_and_nothing(void)
{
	Listing listing;

	begin(&listing, (CustomPages){ .kind = CUSTOM_PAGES_OFFSET, .more = place("more") });
	take(&listing, 2, 2, "{\"more\": 1}");
	take(&listing, 0, 0, "{\"more\": 1}");
	assert_flaw(&listing, "shows none");
}

static void test_offset_advances_by_what_came(void)
{
	Listing listing;

	begin(&listing, (CustomPages){ .kind = CUSTOM_PAGES_OFFSET,
				       .parameter = (char *)"offset",
				       .size = 100,
				       .total = place("total") });
	assert_query(&listing, "offset=0");
	take(&listing, 50, 50, "{\"total\": \"120\"}"); /* it gives fewer than it was asked for */
	assert_query(&listing, "offset=50");
	take(&listing, 50, 50, "{\"total\": 120.0}");
	take(&listing, 20, 20, "{\"total\": 120}");
	assert_whole(&listing);
}

static void test_fewer_than_announced(void)
{
	Listing listing;

	begin(&listing, (CustomPages){ .kind = CUSTOM_PAGES_OFFSET, .total = place("total") });
	take(&listing, 2, 2, "{\"total\": 4}");
	take(&listing, 2, 1, "{\"total\": 4}");
	take(&listing, 0, 0, "{\"total\": 4}");
	assert_flaw(&listing, "announced 4 and showed 3");
}

/* A total that is the size of the page hides all other pages. */
static void test_total_of_page(void)
{
	Listing listing;

	begin(&listing,
	      (CustomPages){ .kind = CUSTOM_PAGES_PAGE, .size = 2, .total = place("total") });
	take(&listing, 2, 2, "{\"total\": 2}");
	g_assert_false(listing.pager.over);
	take(&listing, 0, 0, "{\"total\": 0}");
	assert_whole(&listing);
}

/* What the answer says ------------------------------------------------------------------------- */

static void test_cursor(void)
{
	Listing listing;
	json_t *values;

	begin(&listing, (CustomPages){ .kind = CUSTOM_PAGES_CURSOR,
				       .parameter = (char *)"pageToken",
				       .size_parameter = (char *)"max",
				       .size = 5,
				       .next = place("next") });
	assert_query(&listing, "max=5");
	take(&listing, 2, 2, "{\"next\": \"a/b&c\"}");
	assert_query(&listing, "pageToken=a%2Fb%26c&max=5");
	values = custom_pager_values(&listing.pager);
	g_assert_cmpstr(json_get_string(values, "cursor"), ==, "a/b&c");
	g_assert_cmpint(json_integer_value(json_object_get(values, "size")), ==, 5);
	json_decref(values);
	take(&listing, 0, 0, "{\"next\": 17}"); /* empty, and not the last */
	assert_query(&listing, "pageToken=17&max=5");
	take(&listing, 1, 1, "{\"next\": \"\"}");
	assert_whole(&listing);
}

static void test_cursor_circles(void)
{
	Listing listing;

	begin(&listing, (CustomPages){ .kind = CUSTOM_PAGES_CURSOR, .next = place("next") });
	take(&listing, 2, 2, "{\"next\": \"x\"}");
	take(&listing, 2, 2, "{\"next\": \"x\"}");
	assert_flaw(&listing, "circle");
}

static void test_cursor_never_shows(void)
{
	Listing listing;
	guint i;

	begin(&listing,
	      (CustomPages){ .kind = CUSTOM_PAGES_CURSOR, .max = 10000, .next = place("next") });
	for (i = 0; !listing.pager.over && i < 1000; i++) {
		g_autofree char *body = g_strdup_printf("{\"next\": \"%u\"}", i);
		take(&listing, 0, 0, body);
	}
	g_assert_cmpuint(i, <=, 100);
	assert_flaw(&listing, "circle");
}

static void test_more_without_cursor(void)
{
	Listing listing;

	begin(&listing, (CustomPages){ .kind = CUSTOM_PAGES_CURSOR,
				       .next = place("next"),
				       .more = place("has_more") });
	take(&listing, 2, 2, "{\"next\": \"x\", \"has_more\": true}");
	take(&listing, 2, 2, "{\"has_more\": true}");
	assert_flaw(&listing, "not where");
}

/* A name that is not right must not make the first page the whole. */
static void test_more_that_is_not_there(void)
{
	const CustomPaging kinds[] = { CUSTOM_PAGES_NONE, CUSTOM_PAGES_PAGE, CUSTOM_PAGES_OFFSET,
				       CUSTOM_PAGES_CURSOR };
	Listing listing;

	for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
		begin(&listing,
		      (CustomPages){ .kind = kinds[i], .size = 5, .more = place("hasMore") });
		take(&listing, 2, 2, "{\"has_more\": true}");
		assert_flaw(&listing, "'hasMore'");
	}
	begin(&listing, (CustomPages){ .kind = CUSTOM_PAGES_CURSOR,
				       .next = place("next"),
				       .more = place("hasMore") });
	take(&listing, 0, 0, "{\"next\": \"x\"}");
	assert_flaw(&listing, "'hasMore'");
	begin(&listing, (CustomPages){ .kind = CUSTOM_PAGES_CURSOR,
				       .next = place("next"),
				       .more = place("hasMore") });
	take(&listing, 0, 0, "{}"); /* nobody is there */
	assert_whole(&listing);
	begin(&listing, (CustomPages){ .kind = CUSTOM_PAGES_CURSOR,
				       .next = place("next"),
				       .more = place("hasMore") });
	take(&listing, 2, 2, "{\"next\": \"x\", \"hasMore\": true}");
	take(&listing, 2, 2, "{}"); /* left out on the last page */
	assert_whole(&listing);
}

/* Only null, "", false and nothing are the end. */
static void test_next_that_is_no_text(void)
{
	static const char *const bad[] = { "{\"href\": \"/users?p=2\"}", "{}", "[]", "[\"x\"]",
					   "true" };
	static const char *const good[] = { "null", "\"\"", "false" };
	const CustomPaging kinds[] = { CUSTOM_PAGES_CURSOR, CUSTOM_PAGES_URL };
	Listing listing;

	for (gsize i = 0; i < G_N_ELEMENTS(bad) * 2; i++) {
		g_autofree char *body = g_strdup_printf("{\"next\": %s}", bad[i / 2]);

		begin(&listing, (CustomPages){ .kind = kinds[i % 2], .next = place("next") });
		take(&listing, 2, 2, body);
		assert_flaw(&listing, "'next'");
	}
	for (gsize i = 0; i < G_N_ELEMENTS(good) * 2; i++) {
		g_autofree char *body = g_strdup_printf("{\"next\": %s}", good[i / 2]);

		begin(&listing, (CustomPages){ .kind = kinds[i % 2], .next = place("next") });
		take(&listing, 2, 2, body);
		assert_whole(&listing);
	}
}

static void test_total_that_is_none(void)
{
	static const char *const bad[] = { "{}", "-1", "[5]", "true", "\"many\"", "\"\"" };
	Listing listing;

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autofree char *body = g_strdup_printf("{\"total\": %s}", bad[i]);

		begin(&listing, (CustomPages){ .kind = CUSTOM_PAGES_PAGE,
					       .size = 5,
					       .total = place("total") });
		take(&listing, 2, 2, body);
		assert_flaw(&listing, "'total'");
	}
}

static void test_more_ends_before_cursor(void)
{
	Listing listing;

	begin(&listing, (CustomPages){ .kind = CUSTOM_PAGES_CURSOR,
				       .next = place("next"),
				       .more = place("has_more") });
	take(&listing, 2, 2, "{\"next\": \"x\", \"has_more\": false}");
	assert_whole(&listing);
}

static void test_address(void)
{
	Listing listing;

	begin(&listing, (CustomPages){ .kind = CUSTOM_PAGES_URL,
				       .size_parameter = (char *)"$top",
				       .size = 5,
				       .next = place("'@odata.nextLink'") });
	assert_query(&listing, "%24top=5");
	take(&listing, 2, 2,
	     "{\"@odata.nextLink\": \"https://API.example:443/v1/users?$skiptoken=a%2Fb\"}");
	g_assert_cmpstr(listing.pager.address, ==, "/v1/users?$skiptoken=a%2Fb");
	assert_query(&listing, NULL);
	take(&listing, 1, 1, "{}");
	assert_whole(&listing);
}

static void test_address_elsewhere(void)
{
	static const char *const bad[] = { "https://evil.example/v1/users?page=2",
					   "http://api.example/v1/users?page=2",
					   "https://api.example:8443/v1/users?page=2",
					   "https://api.example@evil.example/users",
					   "//evil.example/users",
					   "https://user@api.example/users",
					   "file:///etc/passwd" };

	for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autofree char *body = g_strdup_printf("{\"next\": \"%s\"}", bad[i]);
		Listing listing;

		begin(&listing, (CustomPages){ .kind = CUSTOM_PAGES_URL, .next = place("next") });
		take(&listing, 2, 2, body);
		g_assert_null(listing.pager.address);
		assert_flaw(&listing, i < 5 && i != 1 && i != 2 ? "evil.example" : "refused");
	}
}

static void test_address_relative(void)
{
	static const struct {
		const char *said, *meant;
	} cases[] = {
		{ "?page=2", "/v1/users?page=2" },
		{ "people?page=2", "/v1/people?page=2" },
		{ "/v2/users", "/v2/users" },
		{ "../users?a=b", "/users?a=b" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *body = g_strdup_printf("{\"next\": \"%s\"}", cases[i].said);
		Listing listing;

		begin(&listing, (CustomPages){ .kind = CUSTOM_PAGES_URL, .next = place("next") });
		take(&listing, 2, 2, body);
		g_assert_cmpstr(listing.pager.address, ==, cases[i].meant);
		finish(&listing);
	}
}

static void test_link(void)
{
	Listing listing;

	begin(&listing, (CustomPages){ .kind = CUSTOM_PAGES_LINK });
	g_ptr_array_add(listing.headers, (char *)"content-type: application/json");
	g_ptr_array_add(listing.headers,
			(char *)"link: <https://api.example/v1/users?after=7>; rel=\"next\"");
	take(&listing, 2, 2, "[]");
	g_assert_cmpstr(listing.pager.address, ==, "/v1/users?after=7");
	g_ptr_array_set_size(listing.headers, 1);
	take(&listing, 1, 1, "[]");
	assert_whole(&listing);
}

static void test_link_lines(void)
{
	static const struct {
		const char *line, *next;
	} cases[] = {
		{ "link: <a>; rel=next", "a" },
		{ "link: <a>;rel=\"prev\", <b?x=1,2;3>; rel=\"next\"", "b?x=1,2;3" },
		{ "link: <a>; title=\"x, <b>; rel=\\\"next\\\"\"; rel=last,<c>; REL=NEXT", "c" },
		{ "link: <a>; rel=\"last next\"", "a" },
		{ "link: <a>; rel=last; rel=next", NULL },
		{ "link: <a>; anchor=\"#b\"; rel=next", NULL },
		{ "link: <a>; crossorigin; rel=next", "a" },
		{ "link: ,, <a> ; rel = next", "a" },
		{ "link: <a; rel=next", NULL },
		{ "link: a; rel=next", NULL },
		{ "link:", NULL },
		{ "x-link: <a>; rel=next", NULL },
		{ "link: <a>; rel=\"next", "a" },
		{ "link: <a>; nextrel=next", NULL },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GPtrArray) headers = g_ptr_array_new();
		g_ptr_array_add(headers, (char *)cases[i].line);
		g_autofree char *next = custom_link_next(headers);
		g_test_message("%s", cases[i].line);
		g_assert_cmpstr(next, ==, cases[i].next);
	}
	g_assert_null(custom_link_next(NULL));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/pages/none", test_none);
	g_test_add_func("/pages/none/more", test_none_but_more);
	g_test_add_func("/pages/page/short", test_page_ends_on_short);
	g_test_add_func("/pages/page/empty", test_page_without_size_ends_on_empty);
	g_test_add_func("/pages/page/repeats", test_page_repeats);
	g_test_add_func("/pages/page/endless", test_page_never_ends);
	g_test_add_func("/pages/more", test_more_decides);
	g_test_add_func("/pages/more/nothing", test_more_and_nothing);
	g_test_add_func("/pages/offset", test_offset_advances_by_what_came);
	g_test_add_func("/pages/total/fewer", test_fewer_than_announced);
	g_test_add_func("/pages/total/of-page", test_total_of_page);
	g_test_add_func("/pages/cursor", test_cursor);
	g_test_add_func("/pages/cursor/circle", test_cursor_circles);
	g_test_add_func("/pages/cursor/barren", test_cursor_never_shows);
	g_test_add_func("/pages/cursor/lost", test_more_without_cursor);
	g_test_add_func("/pages/more/missing", test_more_that_is_not_there);
	g_test_add_func("/pages/next/no-text", test_next_that_is_no_text);
	g_test_add_func("/pages/total/none", test_total_that_is_none);
	g_test_add_func("/pages/cursor/more", test_more_ends_before_cursor);
	g_test_add_func("/pages/url", test_address);
	g_test_add_func("/pages/url/elsewhere", test_address_elsewhere);
	g_test_add_func("/pages/url/relative", test_address_relative);
	g_test_add_func("/pages/link", test_link);
	g_test_add_func("/pages/link/lines", test_link_lines);
	return g_test_run();
}
