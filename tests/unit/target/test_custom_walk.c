/*
 * Walking the listings of a custom API, without a network: requests are answered from a script.
 *
 *	{ "/users?page=1", "{...}" }      a page
 *	{ "/users?page=2", NULL }         a failure
 */
#include <string.h>

#include "../../../src/target/custom_internal.h"
#include "base/error.h"
#include "base/json.h"

typedef struct {
	const char *path, *body;
	TargetOutcome failure; /* without a body */
	int status;            /* 0: 200 */
} Page;

typedef struct {
	CustomApi api;
	GPtrArray *ops;
	GString *told; /* ids, each with a blank behind */
	GString *asked;
	guint stop_at;
} Fixture;

static void step_free(void *step_)
{
	CustomStep *step = step_;

	template_free(step->path);
	if (step->outputs) {
		CustomTake *take = g_ptr_array_index(step->outputs, 0);
		place_free(take->place);
		g_free(take->name);
		g_free(take);
		g_ptr_array_unref(step->outputs);
	}
	g_free(step->name);
	g_free(step);
}

static void op_free(void *op_)
{
	CustomOp *op = op_;

	g_ptr_array_unref(op->steps);
	place_free(op->items);
	place_free(op->pages.next);
	place_free(op->pages.total);
	g_free(op);
}

static CustomStep *add_step(CustomOp *op, const char *path)
{
	CustomStep *step = g_new0(CustomStep, 1);

	step->name = g_strdup("1");
	step->method = "GET";
	step->path = template_parse(path, TEMPLATE_PATH, NULL);
	step->repeatable = TRUE;
	g_ptr_array_add(op->steps, step);
	return step;
}

static CustomOp *add_list(Fixture *self, const char *path, const char *items, CustomPages pages)
{
	CustomOp *op = g_new0(CustomOp, 1);

	op->what = CUSTOM_LIST;
	op->steps = g_ptr_array_new_with_free_func(step_free);
	op->items = items ? place_parse(items, NULL) : NULL;
	op->pages = pages;
	op->pages.max = 50;
	op->active = -1;
	if (path)
		add_step(op, path);
	g_ptr_array_add(self->ops, op);
	return op;
}

static void begin(Fixture *self)
{
	*self = (Fixture){ .api = { .origin = (char *)"https://api.example" } };
	self->api.account.id = place_parse("id", NULL);
	self->ops = g_ptr_array_new_with_free_func(op_free);
	self->told = g_string_new(NULL);
	self->asked = g_string_new(NULL);
}

static void finish(Fixture *self)
{
	place_free(self->api.account.id);
	g_ptr_array_unref(self->ops);
	g_string_free(self->told, TRUE);
	g_string_free(self->asked, TRUE);
}

static gboolean on_account(const json_t *document, void *fixture, GError **error)
{
	Fixture *self = fixture;

	g_string_append_printf(self->told, "%s ", json_get_string(document, "id"));
	if (self->stop_at && strlen(self->told->str) >= self->stop_at)
		return error_set(error, ERROR_FATAL, "enough");
	return TRUE;
}

static const Page *page_of(const Page *pages, const char *path)
{
	for (; pages->path; pages++)
		if (strcmp(pages->path, path) == 0)
			return pages;
	g_error("nobody should ask for %s", path);
}

static gboolean answer(Fixture *self, CustomWalk *walk, const Page *page, GError **error)
{
	CustomReply reply = { .outcome = page->body ? TARGET_OK : page->failure,
			      .status = page->status ? page->status : 200 };

	if (page->body)
		reply.body = json_loads(page->body, JSON_DECODE_ANY, NULL);
	else
		reply.detail = g_strdup("no\nhint");
	gboolean ok = custom_walk_take(walk, &reply, NULL, on_account, self, error);
	custom_reply_clear(&reply);
	return ok;
}

/* Walks; "complete", or why not. */
static void assert_walk(Fixture *self, const Page *pages, const char *told, const char *verdict)
{
	g_autoptr(json_t) outputs = json_object();
	const CustomScope scope = { .api = &self->api, .outputs = outputs };
	CustomWalk *walk = custom_walk_new(&self->api, self->ops, &self->api.account, &scope);
	g_autoptr(GError) error = NULL;
	g_autofree char *why = NULL;
	HttpRequest *request;

	while (!error && (request = custom_walk_next(walk))) {
		g_string_append_printf(self->asked, "%s ", request->path);
		answer(self, walk, page_of(pages, request->path), &error);
		http_request_free(request);
	}
	gboolean complete = !error && custom_walk_is_complete(walk, &why);
	g_assert_cmpstr(self->told->str, ==, told);
	if (strcmp(verdict, "complete") == 0)
		g_assert_cmpstr(why, ==, NULL);
	else
		g_assert_false(complete);
	const char *said = complete ? "complete" : error ? error->message : why;
	if (!strstr(said, verdict))
		g_error("'%s' is not in '%s'", verdict, said);
	custom_walk_free(walk);
	finish(self);
}

/* ---- */

#define BY_PAGE                                                                               \
	(CustomPages)                                                                         \
	{                                                                                     \
		.kind = CUSTOM_PAGES_PAGE, .parameter = (char *)"page", .size = 2, .start = 1 \
	}

static void test_pages(void)
{
	static const Page pages[] = { { "/users?page=1",
					"{\"users\":[{\"id\":1},{\"id\":\"b\"}]}" },
				      { "/users?page=2", "{\"users\":[{\"id\":3}]}" },
				      { NULL } };
	Fixture self;

	begin(&self);
	add_list(&self, "/users", "users", BY_PAGE);
	assert_walk(&self, pages, "1 b 3 ", "complete");
}

static void test_answer_is_array(void)
{
	static const Page pages[] = { { "/users", "[{\"id\":1},{\"id\":2},{\"id\":1}]" },
				      { NULL } };
	Fixture self;

	begin(&self);
	add_list(&self, "/users", NULL, (CustomPages){ 0 });
	assert_walk(&self, pages, "1 2 ", "complete");
}

static void test_no_list(void)
{
	static const struct {
		const char *items, *body;
	} cases[] = {
		{ NULL, "{\"id\":1}" },
		{ "users", "{\"people\":[{\"id\":1}]}" },
		{ "users", "{\"users\":null}" },
		{ "users", "[]" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		const Page pages[] = { { "/users", cases[i].body }, { NULL } };
		Fixture self;

		begin(&self);
		add_list(&self, "/users", cases[i].items, (CustomPages){ 0 });
		assert_walk(&self, pages, "", "no list");
	}
}

/* As XML gives it: one is no array, none is an empty text. */
static void test_only_one(void)
{
	static const struct {
		const char *body, *told;
	} cases[] = {
		{ "{\"r\":{\"user\":{\"id\":\"1\"}}}", "1 " },
		{ "{\"r\":{\"user\":\"\"}}", "" },
		{ "{\"r\":{\"user\":[]}}", "" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		const Page pages[] = { { "/users", cases[i].body }, { NULL } };
		Fixture self;

		begin(&self);
		add_list(&self, "/users", "r.user", (CustomPages){ 0 });
		assert_walk(&self, pages, cases[i].told, "complete");
	}
}

static void test_none_may_miss(void)
{
	static const Page pages[] = { { "/users", "{\"etag\":\"x\"}" }, { NULL } };
	Fixture self;

	begin(&self);
	add_list(&self, "/users", "members", (CustomPages){ 0 })->items_may_miss = TRUE;
	assert_walk(&self, pages, "", "complete");
}

/* Such a step would be asked once, and its answer taken for the listing. */
static void test_no_poll(void)
{
	static const Page pages[] = { { NULL } };
	CustomPoll poll = { 0 };
	Fixture self;

	begin(&self);
	CustomOp *op = add_list(&self, "/users", NULL, (CustomPages){ 0 });
	((CustomStep *)g_ptr_array_index(op->steps, 0))->poll = &poll;
	assert_walk(&self, pages, "", "'poll'");
}

static void test_nested(void)
{
	static const Page pages[] = {
		{ "/users", "{\"d\":[{\"u\":{\"id\":1}},{\"u\":{\"id\":2}}]}" }, { NULL }
	};
	Fixture self;

	begin(&self);
	add_list(&self, "/users", "d[*].u", (CustomPages){ 0 });
	assert_walk(&self, pages, "1 2 ", "complete");
}

static void test_without_id(void)
{
	static const Page pages[] = { { "/users", "[{\"id\":1},{\"name\":\"x\"},7,{\"id\":2}]" },
				      { NULL } };
	Fixture self;

	begin(&self);
	self.api.account.active = place_parse("active", NULL);
	add_list(&self, "/users", NULL, (CustomPages){ 0 });
	Place *active = self.api.account.active;
	assert_walk(&self, pages, "1 2 ", "without an id");
	place_free(active);
}

static void test_repeats(void)
{
	static const Page pages[] = { { "/users?page=1", "[{\"id\":1},{\"id\":2}]" },
				      { "/users?page=2", "[{\"id\":1},{\"id\":2}]" },
				      { NULL } };
	Fixture self;

	begin(&self);
	add_list(&self, "/users", NULL, BY_PAGE);
	assert_walk(&self, pages, "1 2 ", "nothing new");
}

static void test_endless(void)
{
	Page pages[60] = { 0 };
	Fixture self;
	GString *told = g_string_new(NULL);
	g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; i < 55; i++) {
		pages[i].path = g_strdup_printf("/users?page=%u", i + 1);
		pages[i].body = g_strdup_printf("[{\"id\":%u},{\"id\":%u}]", 2 * i, 2 * i + 1);
		g_ptr_array_add(texts, (char *)pages[i].path);
		g_ptr_array_add(texts, (char *)pages[i].body);
		if (i < 50)
			g_string_append_printf(told, "%u %u ", 2 * i, 2 * i + 1);
	}
	begin(&self);
	add_list(&self, "/users", NULL, BY_PAGE);
	assert_walk(&self, pages, told->str, "50 pages");
	g_string_free(told, TRUE);
}

static void test_total(void)
{
	static const Page pages[] = { { "/users", "{\"n\":3,\"u\":[{\"id\":1},{\"id\":2}]}" },
				      { NULL } };
	Fixture self;

	begin(&self);
	add_list(&self, "/users", "u", (CustomPages){ .total = place_parse("n", NULL) });
	assert_walk(&self, pages, "1 2 ", "announced 3 and showed 2");
}

/* "Partial Content" as the end of a list: only a count tells that nothing is missing. */
static void test_partial(void)
{
	static const Page pages[] = {
		{ "/users", "{\"n\":2,\"u\":[{\"id\":1},{\"id\":2}]}", 0, 206 }, { NULL }
	};
	static const Page paged[] = { { "/users?page=1", "[{\"id\":1},{\"id\":2}]", 0, 206 },
				      { "/users?page=2", "[]" },
				      { NULL } };
	Fixture self;

	begin(&self);
	add_list(&self, "/users", "u", (CustomPages){ .kind = CUSTOM_PAGES_NONE });
	assert_walk(&self, pages, "1 2 ", "206");
	begin(&self);
	add_list(&self, "/users", "u", (CustomPages){ .total = place_parse("n", NULL) });
	assert_walk(&self, pages, "1 2 ", "complete");
	begin(&self);
	add_list(&self, "/users", NULL, BY_PAGE);
	assert_walk(&self, paged, "1 2 ", "complete");
}

/* Each list has its own pages; who is in two of them is told of once. */
/* A service that ignores what its listings are asked for shows everybody in both. */
static void test_lists_contradict(void)
{
	static const Page pages[] = { { "/off", "[{\"id\":1}]" },
				      { "/on", "[{\"id\":1},{\"id\":2}]" },
				      { NULL } };
	Fixture self;

	begin(&self);
	add_list(&self, "/off", NULL, (CustomPages){ 0 })->active = 0;
	add_list(&self, "/on", NULL, (CustomPages){ 0 })->active = 1;
	assert_walk(&self, pages, "1 2 ", "'1' is in a listing of active accounts");
}

static void test_lists(void)
{
	static const Page pages[] = { { "/active?page=1", "[{\"id\":1},{\"id\":2}]" },
				      { "/active?page=2", "[]" },
				      { "/inactive?page=1", "[{\"id\":2},{\"id\":1}]" },
				      { "/inactive?page=2", "[{\"id\":3}]" },
				      { NULL } };
	Fixture self;

	begin(&self);
	add_list(&self, "/active", NULL, BY_PAGE);
	add_list(&self, "/inactive", NULL, BY_PAGE);
	assert_walk(&self, pages, "1 2 3 ", "complete");
}

static void test_two_of_three_fail(void)
{
	static const Page pages[] = { { "/a", NULL, TARGET_LATER },
				      { "/b", "[{\"id\":1}]" },
				      { "/c", NULL, TARGET_REJECTED },
				      { NULL } };
	Fixture self;

	begin(&self);
	add_list(&self, "/a", NULL, (CustomPages){ 0 });
	add_list(&self, "/b", NULL, (CustomPages){ 0 });
	add_list(&self, "/c", NULL, (CustomPages){ 0 });
	assert_walk(&self, pages, "1 ", "no");
}

static void test_down(void)
{
	static const Page pages[] = { { "/a", "[{\"id\":1}]" },
				      { "/b", NULL, TARGET_DOWN },
				      { NULL } };
	Fixture self;

	begin(&self);
	add_list(&self, "/a", NULL, (CustomPages){ 0 });
	add_list(&self, "/b", NULL, (CustomPages){ 0 });
	add_list(&self, "/c", NULL, (CustomPages){ 0 });
	assert_walk(&self, pages, "1 ", "no\nhint");
}

static void test_stopped(void)
{
	static const Page pages[] = { { "/a", "[{\"id\":1},{\"id\":2},{\"id\":3}]" }, { NULL } };
	Fixture self;

	begin(&self);
	self.stop_at = 4;
	add_list(&self, "/a", NULL, (CustomPages){ 0 });
	assert_walk(&self, pages, "1 2 ", "enough");
}

static void test_nothing_to_ask(void)
{
	static const Page pages[] = { { NULL } };
	Fixture self;

	begin(&self);
	assert_walk(&self, pages, "", "no operation");
}

static void test_next_elsewhere(void)
{
	static const Page pages[] = {
		{ "/users", "{\"u\":[{\"id\":1}],\"next\":\"https://evil.example/users?2\"}" },
		{ "/more", "[{\"id\":2}]" },
		{ NULL }
	};
	Fixture self;

	begin(&self);
	add_list(&self, "/users", "u",
		 (CustomPages){ .kind = CUSTOM_PAGES_URL, .next = place_parse("next", NULL) });
	add_list(&self, "/more", NULL, (CustomPages){ 0 });
	assert_walk(&self, pages, "1 2 ", "evil.example");
}

static void test_steps(void)
{
	static const Page pages[] = { { "/session", "{\"token\":\"a b\"}" },
				      { "/users/a%20b?page=1", "[{\"id\":1},{\"id\":2}]" },
				      { "/users/a%20b?page=2", "[]" },
				      { NULL } };
	Fixture self;
	CustomOp *op;
	CustomStep *first;
	CustomTake *take = g_new0(CustomTake, 1);

	begin(&self);
	op = add_list(&self, NULL, NULL, BY_PAGE);
	first = add_step(op, "/session");
	first->outputs = g_ptr_array_new();
	take->name = g_strdup("token");
	take->place = place_parse("token", NULL);
	g_ptr_array_add(first->outputs, take);
	add_step(op, "/users/{step.token}");
	assert_walk(&self, pages, "1 2 ", "complete");
}

/* What the first step did not find is needed by the second: that is no empty listing. */
static void test_step_without_output(void)
{
	static const Page pages[] = { { "/session", "{}" }, { NULL } };
	Fixture self;
	CustomOp *op;

	begin(&self);
	op = add_list(&self, NULL, NULL, BY_PAGE);
	add_step(op, "/session");
	add_step(op, "/users/{step.token}");
	assert_walk(&self, pages, "", "step.token");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/walk/pages", test_pages);
	g_test_add_func("/walk/array", test_answer_is_array);
	g_test_add_func("/walk/no-list", test_no_list);
	g_test_add_func("/walk/only-one", test_only_one);
	g_test_add_func("/walk/may-miss", test_none_may_miss);
	g_test_add_func("/walk/no-poll", test_no_poll);
	g_test_add_func("/walk/nested", test_nested);
	g_test_add_func("/walk/without-id", test_without_id);
	g_test_add_func("/walk/repeats", test_repeats);
	g_test_add_func("/walk/endless", test_endless);
	g_test_add_func("/walk/total", test_total);
	g_test_add_func("/walk/partial", test_partial);
	g_test_add_func("/walk/lists", test_lists);
	g_test_add_func("/walk/lists/contradict", test_lists_contradict);
	g_test_add_func("/walk/lists/fail", test_two_of_three_fail);
	g_test_add_func("/walk/down", test_down);
	g_test_add_func("/walk/stopped", test_stopped);
	g_test_add_func("/walk/nothing", test_nothing_to_ask);
	g_test_add_func("/walk/elsewhere", test_next_elsewhere);
	g_test_add_func("/walk/steps", test_steps);
	g_test_add_func("/walk/steps/output", test_step_without_output);
	return g_test_run();
}
