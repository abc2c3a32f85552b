/*
 * Looking accounts up: the search itself, and the further pages of its answer. RFC 7644 §3.4.2.
 *
 *	GET /Users?filter=… --.--200, all of it----------------------------------> answer
 *	        |             '--200, announces more--> next page ... no new one--> answer
 *	        '--403 sensitive--> POST /Users/.search, from now on      RFC 7644 §3.4.3, §7.5.2
 *
 * What is looked for is there once; how the pages of an answer are taken is scim_pages.c's. To a
 * service that ignores filters it is answered as by one that cannot search at all, and whoever asks
 * lists the accounts instead, once for everybody.
 *
 * A refusal may be about the value: quotes and backslashes are too much for some. Only where the
 * value cannot be what is wrong it is taken to be about the attribute, and remembered.
 */
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "scim_driver_internal.h"

#define URN_SEARCH "urn:ietf:params:scim:api:messages:2.0:SearchRequest"

/* Sending -------------------------------------------------------------------------------------- */

static const char *searched_by(const ScimTarget *self, const ScimJob *job)
{
	return scim_lookup_by(self->profile.quirks, job->request->match_path);
}

static json_t *search_body(const ScimTarget *self, const char *filter, const ScimPlace *place)
{
	json_t *body = json_pack("{s:[s]}", "schemas", URN_SEARCH);

	json_object_set_new(body, "filter", json_string(filter));
	if (place->cursor)
		json_object_set_new(body, "cursor", json_string(place->cursor));
	else if (place->start > 0)
		json_object_set_new(body, "startIndex", json_integer(place->start));
	if (!scim_place_is_first(place))
		json_object_set_new(body, "count", json_integer(self->profile.page_size.value));
	return body;
}

/* The address, without a body. New string. */
static char *search_path(const ScimTarget *self, const char *filter, const ScimPlace *place)
{
	g_autofree char *escaped = http_escape(filter);
	GString *path = g_string_new("/Users?filter=");

	g_string_append(path, escaped);
	scim_place_append(place, self->profile.page_size.value, path);
	return g_string_free(path, FALSE);
}

static void send_search(ScimTarget *self, ScimJob *job, const ScimPlace *place)
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
	    scim_memory_is_unsearchable(&self->profile.memory, SCIM_KIND_ACCOUNT, by))
		scim_job_answer(self, job, TARGET_REJECTED, SCIM_NO_SEARCH,
				"accounts cannot be looked up by '%s' at this service",
				job->request->match_path);
	else
		send_search(self, job, &(ScimPlace){ 0 });
}

/* Learning ------------------------------------------------------------------------------------- */

static void learn_refusal(ScimTarget *self, const ScimJob *job, const ScimReply *reply)
{
	gboolean refused = reply->status == SCIM_NO_SEARCH ||
			   (reply->status == 400 &&
			    g_strcmp0(reply->scim_type, "invalidFilter") == 0);

	if (reply->outcome == TARGET_REJECTED && refused &&
	    scim_is_plain(job->request->match_value))
		scim_memory_unsearchable(&self->profile.memory, SCIM_KIND_ACCOUNT,
					 searched_by(self, job), reply->status, clock_now_us());
}

/* Pages ---------------------------------------------------------------------------------------- */

/* TRUE if the next page was asked for. */
static gboolean take_page(ScimTarget *self, ScimJob *job, ScimReply *reply)
{
	ScimPlace place;

	switch (scim_pages_take(&job->pages, &self->profile, reply, &place)) {
	case SCIM_PAGES_MORE:
		send_search(self, job, &place);
		return TRUE;
	case SCIM_PAGES_ENDLESS:
		scim_memory_unsearchable(&self->profile.memory, SCIM_KIND_ACCOUNT,
					 searched_by(self, job), 0, clock_now_us());
		break;
	case SCIM_PAGES_ALL:
		break;
	}
	return FALSE;
}

gboolean scim_search_continues(ScimTarget *self, ScimJob *job, ScimReply *reply)
{
	gboolean sensitive = reply->status == 403 && g_strcmp0(reply->scim_type, "sensitive") == 0;

	if (sensitive && !self->search_by_post) {
		self->search_by_post = TRUE;
		send_search(self, job, &(ScimPlace){ 0 });
		return TRUE;
	}
	learn_refusal(self, job, reply);
	return reply->outcome == TARGET_OK && take_page(self, job, reply);
}
