/*
 * How a service lists accounts, as reading alone tells.
 *
 * A listing is judged by what it does, not by what it says: whether "count" is obeyed shows when
 * there is more than one account, whether "startIndex" is when the second page begins with
 * somebody else. RFC 7644 §3.4.2.4, RFC 9865.
 */
#include <string.h>

#include "base/json.h"
#include "scim_probe_internal.h"

#define BIG_PAGE 1000

/* RFC 9110 §12.5.1: what is asked for is not to be had. */
void scim_probe_accept(ScimProbe *self)
{
	static const char *const accepts[] = { "application/json", "application/scim+json" };
	g_autofree char *path = scim_smallest_list(&self->target->profile);
	g_auto(ScimProbeAnswer) answer = { 0 };

	scim_probe_get(self, path, &answer);
	for (guint i = 0; answer.reply.status == 406 && i < G_N_ELEMENTS(accepts); i++) {
		g_autofree char *value = scim_probe_quoted(accepts[i]);
		self->accept = accepts[i];
		scim_probe_get(self, path, &answer);
		if (scim_probe_is_fine(&answer))
			scim_probe_tell(self,
					&(ScimProbeRow){ .what = "answers",
							 .evidence = TARGET_TRIED,
							 .setting = "quirks.accept",
							 .value = value },
					"only as %s", accepts[i]);
	}
}

/* A page of a listing. */
typedef struct {
	gboolean is_list;
	gint64 total; /* -1: not said */
	size_t shown;
	char *first;     /* id of the first one, or NULL */
	gboolean cursor; /* one for the next page was handed out */
} Page;

static void page_clear(Page *page)
{
	g_free(page->first);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Page, page_clear)

static Page read_page(ScimProbe *self, const char *path, ScimProbeAnswer *answer)
{
	Page page = { .total = -1 };
	const char *next;

	scim_probe_get(self, path, answer);
	page.is_list = scim_is_list(&answer->reply);
	if (!page.is_list)
		return page;
	const json_t *list = json_get_nocase(answer->reply.body, "Resources");
	const json_t *id = json_get_nocase(json_array_get(list, 0), "id");
	next = json_string_value(json_get_nocase(answer->reply.body, "nextCursor"));
	scim_integer(json_get_nocase(answer->reply.body, "totalResults"), &page.total);
	page.shown = json_array_size(list);
	page.first = id ? json_scalar_text(id) : NULL;
	page.cursor = next && *next;
	return page;
}

/* 403 is another thing than 401: we are known, and not let in. */
static void end_without_list(ScimProbe *self, const ScimProbeAnswer *answer)
{
	int status = answer->reply.status;

	scim_probe_end(self, "%s%s",
		       answer->reply.detail ? answer->reply.detail : "/Users is no list",
		       status == 403   ? "\nthe credential is known, but may not read accounts: "
					 "look at its rights or scope"
		       : status == 404 ? "\nis the url right? /Users is not there"
				       : "");
}

static void tell_shape(ScimProbe *self, const Page *page, const ScimProbeAnswer *answer)
{
	const json_t *first = json_array_get(json_get_nocase(answer->reply.body, "Resources"), 0);
	const json_t *id = json_get_nocase(first, "id");
	gboolean usual = !page->shown || json_object_get(answer->reply.body, "Resources");

	scim_probe_tell(self, &(ScimProbeRow){ .what = "a list", .evidence = TARGET_TRIED },
			"%s, %s%s", answer->type ? answer->type : "without a content type",
			usual ? "spelled as in RFC 7644" : "in another spelling of names",
			page->total < 0 ? ", without totalResults" : "");
	if (page->total >= 0)
		scim_probe_tell(self,
				&(ScimProbeRow){ .what = "accounts", .evidence = TARGET_ANNOUNCED },
				"%" G_GINT64_FORMAT, page->total);
	if (id)
		scim_probe_tell(self, &(ScimProbeRow){ .what = "ids", .evidence = TARGET_TRIED },
				json_is_string(id) ? "texts" : "numbers, used as texts");
	if (first)
		scim_probe_tell(self,
				&(ScimProbeRow){ .what = "versions of accounts",
						 .evidence = TARGET_TRIED },
				json_get_nocase(json_get_nocase(first, "meta"), "version")
					? "are shown"
					: "are not shown in a list");
}

static void tell_paging(ScimProbe *self, ScimPaging paging, const char *found)
{
	static const char *const values[] = { "\"auto\"", "\"index\"", "\"cursor\"", "\"none\"" };
	int configured = self->target->conf->quirks.page;
	/* Auto begins by index, and follows a cursor that is handed out. */
	gboolean covered = configured == SCIM_PAGE_AUTO && paging == SCIM_PAGE_INDEX;

	self->paging = paging;
	scim_probe_tell(self,
			&(ScimProbeRow){ .what = "pages",
					 .evidence = TARGET_TRIED,
					 .setting = "quirks.page",
					 .value = covered ? NULL : values[paging] },
			"%s", found);
}

static gboolean by_cursor(ScimProbe *self)
{
	g_auto(ScimProbeAnswer) answer = { 0 };
	g_auto(Page) page = read_page(self, "/Users?cursor=&count=1", &answer);

	return page.is_list && page.cursor;
}

/* Whoever is on the second page by index is somebody else than on the first. */
static gboolean obeys_index(ScimProbe *self, const Page *first)
{
	g_auto(ScimProbeAnswer) answer = { 0 };
	g_auto(Page) page = read_page(self, "/Users?startIndex=2&count=1", &answer);

	return page.is_list && page.shown > 0 && g_strcmp0(page.first, first->first) != 0;
}

static void judge_index(ScimProbe *self, const Page *page)
{
	gboolean obeyed = page->shown > 0 && (page->total > 1 || page->cursor) &&
			  obeys_index(self, page);
	gboolean whole = page->shown > 1 && (gint64)page->shown == page->total;

	if (obeyed)
		tell_paging(self, SCIM_PAGE_INDEX,
			    page->shown > 1 ? "by index; count is not obeyed" : "by index");
	else if (page->total <= 1 && !page->cursor && page->shown <= 1)
		scim_probe_tell(self, &(ScimProbeRow){ .what = "pages" },
				"there are too few accounts to tell");
	else if (by_cursor(self))
		tell_paging(self, SCIM_PAGE_CURSOR, "by cursor; startIndex is not obeyed");
	else if (whole)
		tell_paging(self, SCIM_PAGE_NONE, "none: all accounts come at once");
	else
		scim_probe_tell(self,
				&(ScimProbeRow){
					.what = "pages", .evidence = TARGET_TRIED, .odd = TRUE },
				"neither startIndex nor cursor is obeyed: a listing stays "
				"incomplete, and nobody is found in it beyond the first page");
}

/* How many come when very many are asked for. */
static void find_largest_page(ScimProbe *self, gint64 total)
{
	g_auto(ScimProbeAnswer) answer = { 0 };
	g_autofree char *path = g_strdup_printf("/Users?%s&count=%d",
						self->paging == SCIM_PAGE_CURSOR ? "cursor="
										 : "startIndex=1",
						BIG_PAGE);
	g_auto(Page) page = read_page(self, path, &answer);
	g_autofree char *value = g_strdup_printf("%zu", page.shown);
	gint64 size = self->target->profile.page_size.value;

	if (page.is_list && (gint64)page.shown < MIN(total < 0 ? BIG_PAGE : total, BIG_PAGE)) {
		gboolean small = (gint64)page.shown < size && page.shown > 0 &&
				 page.cursor == FALSE;
		scim_probe_tell(self,
				&(ScimProbeRow){ .what = "largest page",
						 .evidence = TARGET_TRIED,
						 .setting = "page_size",
						 .value = small ? value : NULL },
				"%zu accounts, of %d that were asked for", page.shown, BIG_PAGE);
	}
}

/* Index paging was refused: what else is there? */
static void list_without_index(ScimProbe *self, ScimProbeAnswer *refusal)
{
	g_auto(ScimProbeAnswer) answer = { 0 };
	g_auto(Page) page = read_page(self, "/Users?cursor=&count=1", &answer);

	if (page.is_list) {
		tell_shape(self, &page, &answer);
		tell_paging(self, SCIM_PAGE_CURSOR, "by cursor only");
		find_largest_page(self, page.total);
		return;
	}
	g_clear_pointer(&page.first, g_free);
	page = read_page(self, "/Users", &answer);
	if (!page.is_list) {
		end_without_list(self, refusal);
		return;
	}
	tell_shape(self, &page, &answer);
	tell_paging(self, SCIM_PAGE_NONE, "none: startIndex and count are refused");
}

static void tell_credential(ScimProbe *self)
{
	g_autofree char *words = credential_describe(self->target->credential);

	scim_probe_tell(self, &(ScimProbeRow){ .what = "the credential", .evidence = TARGET_TRIED },
			"works: %s", words);
}

void scim_probe_listing(ScimProbe *self)
{
	g_auto(ScimProbeAnswer) answer = { 0 };
	g_auto(Page) page = read_page(self, "/Users?startIndex=1&count=1", &answer);
	int status = answer.reply.status;

	if (status == 401 || status == 403 || status == 404)
		end_without_list(self, &answer);
	if (self->over)
		return;
	if (!page.is_list) {
		tell_credential(self);
		list_without_index(self, &answer);
		return;
	}
	tell_credential(self);
	tell_shape(self, &page, &answer);
	judge_index(self, &page);
	if (page.total > (gint64)page.shown)
		find_largest_page(self, page.total);
}
