/*
 * Find: the question "whose account is this" asked of a target for many people at once.
 *
 * A server's filter is a hint, not an answer: some ignore the attribute that was named, some
 * compare in their own way. Every candidate is compared again here, and more than one that fits is
 * a conflict for a human, never a choice.
 */
#include "base/json.h"
#include "core/path.h"
#include "core/resource.h"
#include "find_internal.h"

typedef struct {
	const FindQuery *query;
	TargetRequest request;
	guint next_path; /* index into the match keys */
} Search;

typedef struct {
	Target *target;
	const GPtrArray *match;
	FindFn fn;
	void *data;
	AppResult *result;
} Finder;

void find_confirm(const json_t *candidates, const json_t *resource, const char *path,
		  FindAnswer *out)
{
	size_t index;
	json_t *candidate;
	guint fitting = 0;

	json_array_foreach (candidates, index, candidate) {
		json_t *document = json_object_get(candidate, "document");

		if (!resource_matches(resource, document, path))
			continue;
		fitting++;
		out->id = json_get_string(candidate, "id");
		out->document = document;
	}
	out->match = path;
	out->outcome = fitting == 0 ? FIND_NONE : fitting == 1 ? FIND_ONE : FIND_MANY;
	if (fitting > 1)
		out->detail =
			"several accounts there fit this person\nremove or rename all but one";
}

gboolean find_is_no_search(const FindAnswer *answer)
{
	return answer->why == TARGET_REJECTED && (answer->status == 400 || answer->status == 501);
}

gboolean find_is_possible(const Target *target)
{
	return (target->caps & (TARGET_CAN_LOOKUP | TARGET_CAN_LIST)) != 0;
}

gboolean find_is_active(const AppConfig *config, const json_t *document)
{
	g_autoptr(Path) path = config->ops->active_path ? path_parse(config->ops->active_path, NULL)
							: NULL;
	json_t *value = path ? path_get(path, document) : NULL;

	if (json_is_string(value))
		return g_ascii_strcasecmp(json_string_value(value), "false") != 0;
	return !json_is_false(value);
}

static json_t *as_candidates(const json_t *documents)
{
	json_t *candidates = json_array();
	size_t index;
	json_t *document;

	json_array_foreach (documents, index, document) {
		g_autofree char *id = json_scalar_text(json_get_nocase(document, "id"));

		if (id)
			json_array_append_new(candidates, json_pack("{s:s, s:O}", "id", id,
								    "document", document));
	}
	return candidates;
}

/* The next question of a search; FALSE if there is none left. */
static gboolean next_question(const Finder *self, Search *search)
{
	while (search->next_path < self->match->len) {
		const char *path = g_ptr_array_index(self->match, search->next_path++);
		const char *value = json_string_value(
			json_object_get(search->query->resource, path));

		if (!value || !*value)
			continue;
		search->request = (TargetRequest){
			.verb = TARGET_LOOKUP,
			.match_path = path,
			.match_value = value,
			.tag = search,
		};
		return TRUE;
	}
	return FALSE;
}

static void finish(Finder *self, Search *search, const FindAnswer *answer)
{
	self->fn(search->query, answer, self->data);
}

static void ask_on(Finder *self, Search *search)
{
	FindAnswer none = { .outcome = FIND_NONE };
	FindAnswer unable = { .outcome = FIND_FAILED,
			      .why = TARGET_REJECTED,
			      .detail = "accounts cannot be looked up at this application",
			      .status = 501,
			      .unasked = TRUE };

	if (!next_question(self, search))
		finish(self, search, &none);
	else if (self->target->caps & TARGET_CAN_LOOKUP)
		self->target->ops->submit(self->target, &search->request);
	else
		finish(self, search, &unable);
}

static void took_documents(Finder *self, Search *search, const TargetAnswer *answer)
{
	json_t *candidates = as_candidates(answer->documents);
	FindAnswer found = { .status = answer->status };

	if (search->request.verb == TARGET_READ) {
		found.outcome = FIND_ONE;
		found.id = search->request.id;
		found.document = json_array_get(answer->documents, 0);
	} else {
		find_confirm(candidates, search->query->resource, search->request.match_path,
			     &found);
	}
	if (found.outcome == FIND_NONE)
		ask_on(self, search);
	else
		finish(self, search, &found);
	json_decref(candidates);
}

static void answered(TargetRequest *request, const TargetAnswer *answer, void *data)
{
	Finder *self = data;
	Search *search = request->tag;

	self->result->calls += answer->calls;
	self->result->retries += answer->retries;
	if (answer->outcome == TARGET_OK) {
		took_documents(self, search, answer);
	} else if (answer->outcome == TARGET_ABSENT) {
		ask_on(self, search);
	} else {
		FindAnswer failed = {
			.outcome = FIND_FAILED,
			.why = answer->outcome,
			.detail = answer->detail,
			.status = answer->status,
			.unasked = answer->unasked,
		};

		finish(self, search, &failed);
	}
}

void find_accounts(Target *target, const GPtrArray *match, const FindQuery *queries, guint n,
		   FindFn fn, void *data, AppResult *result)
{
	Finder self = { target, match, fn, data, result };
	g_autofree Search *searches = g_new0(Search, n);

	for (guint i = 0; i < n; i++) {
		Search *search = &searches[i];

		search->query = &queries[i];
		if (!queries[i].id) {
			ask_on(&self, search);
			continue;
		}
		search->request = (TargetRequest){
			.verb = TARGET_READ,
			.id = queries[i].id,
			.tag = search,
		};
		target->ops->submit(target, &search->request);
	}
	while (target->ops->step(target, 1000, answered, &self) > 0)
		;
}
