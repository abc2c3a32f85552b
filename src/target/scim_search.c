/*
 * Looking accounts up: the search itself, and the further pages of its answer. RFC 7644 §3.4.2.
 *
 *	GET /Users?filter=… --.--200, all of it----------------------------------> answer
 *	        |             '--200, announces more--> next page ... no new one--> answer
 *	        '--403 sensitive--> POST /Users/.search, from now on      RFC 7644 §3.4.3, §7.5.2
 *
 * What is looked for is there once, and an answer is hardly ever longer than a page. Where it is,
 * the rest decides: a second account that fits is a conflict of which nobody may see one half, and
 * a service that ignores filters may show the one that is wanted last. Such a service is read for
 * some pages; then the search is answered as by one that cannot search at all, and whoever asks
 * lists the accounts instead, once for everybody.
 *
 * A refusal may be about the value: quotes and backslashes are too much for some. Only where the
 * value cannot be what is wrong it is taken to be about the attribute, and remembered.
 */
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "scim_driver_internal.h"
#include "target_internal.h"

#define PAGES_MAX 10
#define NO_SEARCH 501 /* as a service says that has none */
#define URN_SEARCH "urn:ietf:params:scim:api:messages:2.0:SearchRequest"

/* Sending -------------------------------------------------------------------------------------- */

static const char *searched_by(const ScimTarget *self, const ScimJob *job)
{
	return scim_lookup_by(self->profile.quirks, job->request->match_path);
}

/* What the next page is asked for by. */
typedef struct {
	const char *cursor; /* or NULL */
	gint64 start;       /* 0: the first page */
} Place;

static json_t *search_body(const ScimTarget *self, const char *filter, const Place *place)
{
	json_t *body = json_pack("{s:[s]}", "schemas", URN_SEARCH);

	json_object_set_new(body, "filter", json_string(filter));
	if (place->cursor)
		json_object_set_new(body, "cursor", json_string(place->cursor));
	else if (place->start > 0)
		json_object_set_new(body, "startIndex", json_integer(place->start));
	if (place->cursor || place->start > 0)
		json_object_set_new(body, "count", json_integer(self->profile.page_size.value));
	return body;
}

/* The address, without a body. New string. */
static char *search_path(const ScimTarget *self, const char *filter, const Place *place)
{
	g_autofree char *escaped = http_escape(filter);
	GString *path = g_string_new("/Users?filter=");

	g_string_append(path, escaped);
	if (place->cursor) {
		g_autofree char *cursor = http_escape(place->cursor);
		g_string_append_printf(path, "&cursor=%s", cursor);
	} else if (place->start > 0) {
		g_string_append_printf(path, "&startIndex=%" G_GINT64_FORMAT, place->start);
	}
	if (place->cursor || place->start > 0)
		g_string_append_printf(path, "&count=%" G_GINT64_FORMAT,
				       self->profile.page_size.value);
	return g_string_free(path, FALSE);
}

static void send_search(ScimTarget *self, ScimJob *job, const Place *place)
{
	g_autofree char *filter = scim_lookup_filter(searched_by(self, job),
						     job->request->match_value);
	g_autofree char *path = self->search_by_post ? g_strdup("/Users/.search")
						     : search_path(self, filter, place);
	g_autoptr(json_t) body = self->search_by_post ? search_body(self, filter, place) : NULL;
	HttpRequest *request = http_request_new(body ? "POST" : "GET", path);

	job->step = SCIM_STEP_SEARCH;
	request->accept = self->profile.accept;
	request->repeatable = TRUE;
	request->tag = job;
	if (body) {
		request->body = json_canonical(body);
		request->body_length = strlen(request->body);
		request->content_type = self->profile.content_type;
	}
	http_submit(self->http, request);
}

void scim_search_start(ScimTarget *self, ScimJob *job)
{
	const char *by = searched_by(self, job);

	/* The status of a service that says so by itself: its accounts can still be listed. */
	if (!scim_may_filter(self->profile.quirks, by) ||
	    scim_memory_is_unsearchable(&self->profile.memory, by))
		scim_job_answer(self, job, TARGET_REJECTED, NO_SEARCH,
				"accounts cannot be looked up by '%s' at this service",
				job->request->match_path);
	else
		send_search(self, job, &(Place){ 0 });
}

/* Learning ------------------------------------------------------------------------------------- */

/* A value without anything that a service could stumble over. */
static gboolean is_plain(const char *text)
{
	for (; *text; text++) {
		if (!g_ascii_isalnum(*text) && !strchr("@._-", *text))
			return FALSE;
	}
	return TRUE;
}

static void learn_refusal(ScimTarget *self, const ScimJob *job, const ScimReply *reply)
{
	gboolean refused = reply->status == NO_SEARCH ||
			   (reply->status == 400 &&
			    g_strcmp0(reply->scim_type, "invalidFilter") == 0);

	if (reply->outcome == TARGET_REJECTED && refused && is_plain(job->request->match_value))
		scim_memory_unsearchable(&self->profile.memory, searched_by(self, job),
					 reply->status, clock_now_us());
}

/* Pages ---------------------------------------------------------------------------------------- */

/* Puts the accounts that were not on an earlier page to the others; how many these are. */
static gsize take_rows(ScimJob *job, const json_t *resources)
{
	gsize fresh = 0;
	size_t i;
	json_t *row;

	if (!job->rows) {
		job->rows = json_array();
		job->seen = json_object();
	}
	json_array_foreach ((json_t *)resources, i, row) {
		const json_t *id = json_get_nocase(row, "id");
		g_autofree char *text = id ? json_scalar_text(id) : NULL;
		if (text && json_object_get(job->seen, text))
			continue;
		if (text)
			json_object_set_new(job->seen, text, json_true());
		json_array_append(job->rows, row);
		fresh++;
	}
	return fresh;
}

/* Where the next page is. FALSE: there is none. */
static gboolean next_place(const ScimTarget *self, const ScimJob *job, const json_t *page,
			   gsize fresh, Place *place)
{
	const char *cursor = json_string_value(json_get_nocase(page, "nextCursor"));
	gint64 announced = 0;

	if (self->profile.page.value == SCIM_PAGE_NONE)
		return FALSE;
	if (cursor && *cursor && self->profile.page.value != SCIM_PAGE_INDEX) {
		*place = (Place){ .cursor = cursor };
		return TRUE;
	}
	if (self->profile.page.value == SCIM_PAGE_CURSOR || fresh == 0)
		return FALSE;
	scim_integer(json_get_nocase(page, "totalResults"), &announced);
	*place = (Place){ .start = (gint64)json_array_size(job->rows) + 1 };
	return announced >= place->start;
}

static void does_not_filter(ScimTarget *self, const ScimJob *job, ScimReply *reply)
{
	scim_memory_unsearchable(&self->profile.memory, searched_by(self, job), 0, clock_now_us());
	scim_reply_turn(reply, TARGET_REJECTED,
			"the service does not filter: it shows other accounts, and has more of "
			"them");
	reply->status = NO_SEARCH;
}

/* TRUE if the next page was asked for. */
static gboolean take_page(ScimTarget *self, ScimJob *job, ScimReply *reply)
{
	const json_t *resources = json_get_nocase(reply->body, "Resources");
	Place place;

	if (!json_is_array(resources))
		return FALSE;
	gsize fresh = take_rows(job, resources);
	gboolean more = next_place(self, job, reply->body, fresh, &place);
	if (more && ++job->pages < PAGES_MAX) {
		send_search(self, job, &place);
		return TRUE;
	}
	if (more) {
		does_not_filter(self, job, reply);
	} else if (job->pages > 0) {
		overlay_delete_nocase(reply->body, "Resources");
		json_object_set(reply->body, "Resources", job->rows);
	}
	return FALSE;
}

gboolean scim_search_continues(ScimTarget *self, ScimJob *job, ScimReply *reply)
{
	gboolean sensitive = reply->status == 403 && g_strcmp0(reply->scim_type, "sensitive") == 0;

	if (sensitive && !self->search_by_post) {
		self->search_by_post = TRUE;
		send_search(self, job, &(Place){ 0 });
		return TRUE;
	}
	learn_refusal(self, job, reply);
	return reply->outcome == TARGET_OK && take_page(self, job, reply);
}
