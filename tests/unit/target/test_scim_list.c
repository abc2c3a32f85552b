/*
 * Walking a listing: honest services, and each way in which one was seen to lie.
 */
#include <string.h>

#include "../../../src/target/scim_internal.h"
#include "base/error.h"
#include "base/json.h"
#include "drive_support.h"

typedef struct {
	guint real;       /* accounts there are */
	gint64 announced; /* totalResults; -1: none */
	guint page_max;   /* most accounts it gives at once */
	guint overlap;    /* accounts of the page before that are shown again */
	gboolean ignores_start;
	gboolean as_text; /* numbers as strings, ids as numbers */
	guint empty_page; /* this page (from 1) is empty; 0: none */
	gboolean cursors;
} Service;

typedef struct {
	GHashTable *ids;
	guint passed, stop_at;
} Heard;

static gboolean on_account(const json_t *document, void *heard_, GError **error)
{
	Heard *heard = heard_;
	const char *id = json_string_value(json_object_get(document, "id"));

	g_assert_nonnull(id);
	g_assert_true(g_hash_table_add(heard->ids, g_strdup(id)));
	heard->passed++;
	if (heard->stop_at && heard->passed >= heard->stop_at)
		return error_set(error, ERROR_FATAL, "enough");
	return TRUE;
}

static gint64 parameter(const char *path, const char *name, gint64 fallback)
{
	const char *at = strstr(path, name);
	return at ? g_ascii_strtoll(at + strlen(name) + 1, NULL, 10) : fallback;
}

static json_t *number(const Service *service, gint64 value)
{
	g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT, value);
	return service->as_text ? json_string(text) : json_integer(value);
}

static json_t *account(const Service *service, gint64 i)
{
	g_autofree char *id = g_strdup_printf("%" G_GINT64_FORMAT, i);
	json_t *document = json_object();

	json_object_set_new(document, service->as_text ? "ID" : "id",
			    service->as_text ? json_integer(i) : json_string(id));
	return document;
}

static json_t *serve(const Service *service, const char *path, guint page_number)
{
	json_t *page = json_object();
	json_t *resources = json_array();
	gint64 count = MIN(parameter(path, "count", 100), (gint64)service->page_max);
	gint64 start = parameter(path, service->cursors ? "cursor" : "startIndex", 1);
	gint64 first = service->ignores_start ? 1 : MAX(1, start - (gint64)service->overlap);

	for (gint64 i = first; i < first + count && i <= (gint64)service->real; i++) {
		if (page_number != service->empty_page)
			json_array_append_new(resources, account(service, i));
	}
	if (service->announced >= 0)
		json_object_set_new(page, service->as_text ? "TOTALRESULTS" : "totalResults",
				    number(service, service->announced));
	if (service->cursors && first + count <= (gint64)service->real) {
		g_autofree char *next = g_strdup_printf("%" G_GINT64_FORMAT, first + count);
		json_object_set_new(page, "nextCursor", json_string(next));
	}
	json_object_set_new(page, service->as_text ? "resources" : "Resources", resources);
	return page;
}

/* Walks; returns how many were heard of. */
static guint walk_over(const Service *service, gint64 page_size, gboolean *complete, char **why)
{
	g_autoptr(ScimWalk) walk = scim_walk_new(page_size, SCIM_PAGE_AUTO);
	Heard heard = { .ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL) };
	char *path;

	for (guint n = 1; (path = scim_walk_next(walk)); n++) {
		g_autoptr(json_t) page = serve(service, path, n);
		g_autoptr(GError) error = NULL;
		g_assert_cmpuint(n, <, 10000);
		g_assert_true(scim_walk_page(walk, page, on_account, &heard, &error));
		g_free(path);
	}
	*complete = scim_walk_is_complete(walk, why);
	g_assert_cmpint(*complete, ==, *why == NULL);
	g_hash_table_unref(heard.ids);
	return heard.passed;
}

static void check(const Service *service, guint heard, gboolean whole)
{
	gboolean complete;
	g_autofree char *why = NULL;

	g_assert_cmpuint(walk_over(service, 10, &complete, &why), ==, heard);
	g_assert_cmpint(complete, ==, whole);
}

static void test_honest(void)
{
	static const guint sizes[] = { 0, 1, 9, 10, 11, 20, 25 };

	for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
		Service service = { .real = sizes[i], .announced = sizes[i], .page_max = 100 };
		check(&service, sizes[i], TRUE);
		service.page_max = 3;
		check(&service, sizes[i], TRUE);
		service.as_text = TRUE;
		check(&service, sizes[i], TRUE);
	}
}

static void test_liars(void)
{
	/* Announces too many or too few, or the size of the page. */
	check(&(Service){ .real = 25, .announced = 35, .page_max = 10 }, 25, FALSE);
	check(&(Service){ .real = 25, .announced = 15, .page_max = 10 }, 25, FALSE);
	check(&(Service){ .real = 25, .announced = 10, .page_max = 10 }, 25, FALSE);
	/* Says nothing about how many. */
	check(&(Service){ .real = 25, .announced = -1, .page_max = 10 }, 25, FALSE);
	/* Shows the first page for ever. */
	check(&(Service){ .real = 25, .announced = 25, .page_max = 10, .ignores_start = TRUE }, 10,
	      FALSE);
	/* Ignores paging and shows all: that is whole. */
	check(&(Service){ .real = 7, .announced = 7, .page_max = 100, .ignores_start = TRUE }, 7,
	      TRUE);
	/* Goes quiet in the middle. */
	check(&(Service){ .real = 25, .announced = 25, .page_max = 10, .empty_page = 2 }, 10,
	      FALSE);
	/* Shows some twice: each is passed on once. */
	check(&(Service){ .real = 25, .announced = 25, .page_max = 10, .overlap = 2 }, 25, TRUE);
}

static void test_cursors(void)
{
	check(&(Service){ .real = 25, .announced = -1, .page_max = 10, .cursors = TRUE }, 25, TRUE);
	check(&(Service){ .real = 25, .announced = 26, .page_max = 10, .cursors = TRUE }, 25,
	      FALSE);
}

static void test_nonsense(void)
{
	static const char *const pages[] = { "{}",
					     "{'Resources':{}}",
					     "{'totalResults':true}",
					     "{'totalResults':2,'Resources':[1,{'id':'a'}]}",
					     "{'totalResults':1,'Resources':[{'userName':'x'}]}",
					     "{'totalResults':1,'Resources':'x'}" };

	for (guint i = 0; i < G_N_ELEMENTS(pages); i++) {
		g_autoptr(ScimWalk) walk = scim_walk_new(10, SCIM_PAGE_AUTO);
		g_autoptr(json_t) page = json_of(pages[i]);
		g_autofree char *why = NULL;
		Heard heard = { .ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
							     NULL) };
		char *path;

		for (guint n = 0; (path = scim_walk_next(walk)) && n < 5; n++) {
			g_free(path);
			g_assert_true(scim_walk_page(walk, page, on_account, &heard, NULL));
		}
		g_assert_null(path);
		g_assert_false(scim_walk_is_complete(walk, &why));
		g_assert_nonnull(why);
		g_hash_table_unref(heard.ids);
	}
}

static void test_stopped(void)
{
	g_autoptr(ScimWalk) walk = scim_walk_new(10, SCIM_PAGE_AUTO);
	Service service = { .real = 5, .announced = 5, .page_max = 10 };
	Heard heard = { .ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
			.stop_at = 2 };
	g_autofree char *path = scim_walk_next(walk);
	g_autoptr(json_t) page = serve(&service, path, 1);
	g_autoptr(GError) error = NULL;
	g_autofree char *why = NULL;

	g_assert_false(scim_walk_page(walk, page, on_account, &heard, &error));
	g_assert_true(error_is(error, ERROR_FATAL));
	g_assert_false(scim_walk_is_complete(walk, &why));
	g_hash_table_unref(heard.ids);
}

/* Whatever a service does, the walk ends, and says "complete" only if all were really heard of. */
static void test_random_services(void)
{
	const guint32 seed = 20261122;
	g_autoptr(GRand) random = g_rand_new_with_seed(seed);

	g_test_message("seed %u", seed);
	for (guint i = 0; i < 3000; i++) {
		guint real = (guint)g_rand_int_range(random, 0, 60);
		Service service = {
			.real = real,
			.announced = g_rand_boolean(random) ? (gint64)real
							    : g_rand_int_range(random, -1, 60),
			.page_max = (guint)g_rand_int_range(random, 1, 30),
			.overlap = g_rand_boolean(random) ? 0
							  : (guint)g_rand_int_range(random, 0, 5),
			.ignores_start = g_rand_int_range(random, 0, 5) == 0,
			.as_text = g_rand_boolean(random),
			.empty_page = (guint)g_rand_int_range(random, 0, 6),
		};
		gboolean complete;
		g_autofree char *why = NULL;
		guint heard = walk_over(&service, 10, &complete, &why);

		g_assert_cmpuint(heard, <=, real);
		/* Only a total that is wrong and fits what was shown can deceive. */
		if (complete && service.announced == (gint64)real)
			g_assert_cmpuint(heard, ==, real);
		if (heard == real && service.announced >= 0 && service.announced != (gint64)real)
			g_assert_false(complete);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/scim-list/honest", test_honest);
	g_test_add_func("/scim-list/liars", test_liars);
	g_test_add_func("/scim-list/cursors", test_cursors);
	g_test_add_func("/scim-list/nonsense", test_nonsense);
	g_test_add_func("/scim-list/stopped", test_stopped);
	g_test_add_func("/scim-list/random-services", test_random_services);
	return g_test_run();
}
