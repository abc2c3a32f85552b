/*
 * Looking for accounts and groups in listings.
 *
 * An API that cannot be searched is read as a whole: once for all who wait, however many these are.
 * Who comes while a walk is under way waits for the next one, because the page that shows what he
 * looks for may have been read already.
 *
 *	waiting: a b c     --walk 1-->  a: found   b: found twice   c: not there
 *	waiting: d e       --walk 2-->  ...
 *
 * Each record is compared with each who waits at the cost of one look into a table, by what stands
 * at the paths that are asked for; what fits there is compared again as everywhere
 * (resource_matches()). A call that looks for one alone is walked the same way: services show more
 * than they were asked for, and on more pages than one.
 *
 * A call for one alone that is answered 404, and no row says what that means, is followed by the
 * listing, if there is one.
 *
 * A walk that is not complete proves presence, never absence: who is not found then is not told
 * "not there".
 */
#include <string.h>

#include "base/json.h"
#include "core/resource.h"
#include "custom_seek_internal.h"

/* One who looks for something. */
typedef struct {
	CustomJob *job;
	char *path;          /* NULL: by id */
	const char *spelled; /* the path as the round has it */
	char *value;
	json_t *wanted; /* { path: value }, or NULL */
	json_t *documents, *records;
} Wanted;

typedef struct {
	CustomStroll *stroll;
	CustomQueue *queue;  /* whose jobs these are; NULL: a walk for one alone */
	GPtrArray *wanted;   /* Wanted */
	GPtrArray *paths;    /* Path, each once */
	GHashTable *by_key;  /* "path\nfolded value", "\nid" -> GPtrArray of Wanted */
	GHashTable *shown;   /* of 'paths', those at which something was shown */
	guint records;       /* that were shown */
	guint missing;       /* ids that were not shown yet */
	gboolean by_path;    /* somebody looks by value: there may always be another one */
	gboolean by_listing; /* who is active was said by a listing of all in it */
} Round;

/* Who looks for what --------------------------------------------------------------------------- */

static void wanted_free(void *wanted_)
{
	Wanted *self = wanted_;

	if (self->job)
		custom_job_free(self->job);
	json_decref(self->wanted);
	json_decref(self->documents);
	json_decref(self->records);
	g_free(self->path);
	g_free(self->value);
	g_free(self);
}

static gboolean is_lookup(const CustomJob *job)
{
	return job->request->verb == TARGET_LOOKUP || job->request->verb == TARGET_GROUP_LOOKUP;
}

static Wanted *wanted_new(CustomJob *job)
{
	Wanted *self = g_new0(Wanted, 1);
	const TargetRequest *request = job->request;
	gboolean own = job->seek_path != NULL;

	self->job = job;
	self->documents = json_array();
	self->records = json_array();
	if (own || is_lookup(job)) {
		self->path = g_strdup(own ? job->seek_path : request->match_path);
		self->value = g_strdup(own ? job->seek_value : request->match_value);
		self->wanted = json_pack("{s:s}", self->path, self->value);
	} else {
		self->value = g_strdup(request->id);
	}
	return self;
}

static char *key_new(const char *path, const char *value)
{
	g_autofree char *folded = *path ? g_utf8_casefold(value, -1) : g_strdup(value);
	return g_strconcat(path, "\n", folded, NULL);
}

/* The path as all spell it; one that is none is looked for in vain. */
static const char *add_path(Round *self, const char *text)
{
	Path *path = path_parse(text, NULL);

	for (guint i = 0; path && i < self->paths->len; i++) {
		const Path *known = g_ptr_array_index(self->paths, i);
		if (!path_equal(known, path))
			continue;
		path_free(path);
		return known->text;
	}
	if (path)
		g_ptr_array_add(self->paths, path);
	return path ? path->text : text;
}

static void add_wanted(Round *self, CustomJob *job)
{
	Wanted *wanted = wanted_new(job);
	const char *path = wanted->path ? add_path(self, wanted->path) : "";
	g_autofree char *key = key_new(path, wanted->value);
	GPtrArray *others = g_hash_table_lookup(self->by_key, key);

	if (!others) {
		others = g_ptr_array_new();
		g_hash_table_insert(self->by_key, g_steal_pointer(&key), others);
	}
	g_ptr_array_add(others, wanted);
	wanted->spelled = path;
	g_ptr_array_add(self->wanted, wanted);
	self->by_path |= wanted->path != NULL;
	self->missing += wanted->path == NULL;
}

static Round *round_new(CustomQueue *queue)
{
	Round *self = g_new0(Round, 1);

	self->queue = queue;
	self->wanted = g_ptr_array_new_with_free_func(wanted_free);
	self->paths = g_ptr_array_new_with_free_func((GDestroyNotify)path_free);
	self->shown = g_hash_table_new(g_str_hash, g_str_equal);
	self->by_key = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
					     (GDestroyNotify)g_ptr_array_unref);
	return self;
}

static void round_free(void *round_)
{
	Round *self = round_;

	g_hash_table_unref(self->by_key);
	g_hash_table_unref(self->shown);
	g_ptr_array_unref(self->wanted);
	g_ptr_array_unref(self->paths);
	g_free(self);
}

/* What is shown -------------------------------------------------------------------------------- */

static void compare(Round *self, const char *path, const char *value, const json_t *document,
		    const json_t *record)
{
	g_autofree char *key = key_new(path, value);
	const GPtrArray *candidates = g_hash_table_lookup(self->by_key, key);

	for (guint i = 0; candidates && i < candidates->len; i++) {
		Wanted *wanted = g_ptr_array_index(candidates, i);

		if (wanted->path &&
		    (!wanted->wanted || !resource_matches(wanted->wanted, document, wanted->path)))
			continue;
		if (!wanted->path && json_array_size(wanted->documents) == 0)
			self->missing--;
		json_array_append(wanted->documents, (json_t *)document);
		json_array_append(wanted->records, (json_t *)record);
	}
}

static gboolean on_record(const json_t *document, void *round, GError **error)
{
	Round *self = round;
	const json_t *record = custom_stroll_record(self->stroll);

	self->records++;
	self->by_listing |= custom_walk_is_by_listing(custom_stroll_walk(self->stroll));
	compare(self, "", json_get_string(document, "id"), document, record);
	for (guint i = 0; i < self->paths->len; i++) {
		const Path *path = g_ptr_array_index(self->paths, i);
		const json_t *there = path_get(path, document);
		g_autofree char *value = there ? json_scalar_text(there) : NULL;

		if (!value)
			continue;
		g_hash_table_add(self->shown, path->text);
		compare(self, path->text, value, document, record);
	}
	return self->by_path || self->by_listing || self->missing > 0;
}

/* Telling -------------------------------------------------------------------------------------- */

static void answer(CustomTarget *self, CustomJob *job, CustomReply *reply, const CustomFound *found,
		   gint64 retry_after_us, const CustomDelivery *to)
{
	reply->retry_after_us = retry_after_us;
	if (job->sought) {
		job->sought(self, job, reply, found, to);
		return;
	}
	if (reply->outcome == TARGET_OK)
		reply->documents = json_incref((json_t *)found->documents);
	custom_job_finish(job, reply, to);
}

/* A page that may come later, and one that never will. */
static TargetOutcome outcome_without(TargetOutcome trouble)
{
	switch (trouble) {
	case TARGET_DOWN:
		return TARGET_DOWN;
	case TARGET_LATER:
	case TARGET_UNKNOWN:
		return TARGET_LATER;
	default:
		return TARGET_REJECTED;
	}
}

/* All that is shown says nothing at the path, so it may be any of them. */
static gboolean is_hidden(const Round *round, const Wanted *wanted)
{
	return wanted->path && round->records > 0 &&
	       !g_hash_table_contains(round->shown, wanted->spelled);
}

static void conclude(const Round *round, const Wanted *wanted, const CustomStrollEnd *end,
		     CustomReply *reply)
{
	if (json_array_size(wanted->documents) > 0)
		reply->outcome = TARGET_OK;
	else if (end->complete && is_hidden(round, wanted))
		custom_reply_turn(reply, TARGET_REJECTED,
				  "the service shows '%s' of nobody, so nobody is found by it: say "
				  "where it stands in 'fields'",
				  wanted->path);
	else if (end->complete)
		reply->outcome = TARGET_ABSENT;
	else if (end->trouble == TARGET_DOWN)
		custom_reply_turn(reply, TARGET_DOWN, "%s", end->why);
	else
		custom_reply_turn(reply, outcome_without(end->trouble),
				  "not found, and not all is shown: %s", end->why);
}

/* A search that was answered 404: whether that means nobody, the listing knows. */
static gboolean goes_to_list(CustomTarget *self, const Round *round, const CustomStrollEnd *end,
			     CustomJob *job, const CustomReply *reply)
{
	gboolean of_groups = target_verb_is_of_group(job->request->verb);
	CustomOperation list = of_groups ? CUSTOM_GROUP_LIST : CUSTOM_LIST;

	if (round->queue || !end->unclear || reply->outcome != TARGET_REJECTED ||
	    !custom_op(self->api, list))
		return FALSE;
	custom_seek_add(self, job);
	return TRUE;
}

/* The listing itself is not there, nor has anything else of the API answered in this session. */
static void check_silence(const CustomTarget *self, const Round *round, const CustomStrollEnd *end,
			  CustomReply *reply)
{
	if (round->queue && end->unclear && !self->good && reply->outcome == TARGET_REJECTED)
		custom_reply_turn(
			reply, TARGET_DOWN,
			"nothing of this API answers well: %s\nare the urls right, and is "
			"the service in order?",
			end->why);
}

/* A listing that was not read may say the opposite: nobody is disabled by half of them. */
static void forget_active(const CustomTarget *self, const Wanted *wanted)
{
	size_t i;
	json_t *document;

	json_array_foreach (wanted->documents, i, document) {
		if (custom_shown_word(&self->api->account, json_array_get(wanted->records, i)) < 0)
			json_object_del(document, "active");
	}
}

static void on_end(CustomTarget *self, const CustomStrollEnd *end, void *round_,
		   const CustomDelivery *to)
{
	Round *round = round_;
	guint calls = end->calls, retries = end->retries;

	if (round->queue)
		round->queue->busy = FALSE;
	self->seek->jobs -= round->wanted->len;
	for (guint i = 0; i < round->wanted->len; i++) {
		Wanted *wanted = g_ptr_array_index(round->wanted, i);
		CustomJob *job = g_steal_pointer(&wanted->job);
		CustomFound found = { wanted->documents, wanted->records };
		CustomReply reply = { 0 };

		if (round->by_listing && !end->complete)
			forget_active(self, wanted);
		conclude(round, wanted, end, &reply);
		check_silence(self, round, end, &reply);
		job->calls += calls;
		job->retries += retries;
		calls = retries = 0;
		if (!goes_to_list(self, round, end, job, &reply))
			answer(self, job, &reply, &found, end->retry_after_us, to);
		custom_reply_clear(&reply);
	}
}

/* Walking -------------------------------------------------------------------------------------- */

static void walk(CustomTarget *self, Round *round, CustomJob *alone, const GPtrArray *ops,
		 gboolean of_groups)
{
	const CustomStrollFns fns = {
		.fn = on_record, .end = on_end, .data = round, .free_data = round_free
	};
	const CustomShape *shape = of_groups ? &self->api->group : &self->api->account;

	custom_seek_of(self)->jobs += round->wanted->len;
	round->stroll = custom_stroll_begin(self, alone, ops, shape, &fns);
}

static void walk_for_all(CustomTarget *self, CustomQueue *queue, gboolean of_groups)
{
	g_autoptr(GPtrArray) ops = NULL;
	CustomJob *job;

	if (queue->busy || queue->waiting.length == 0)
		return;
	Round *round = round_new(queue);
	ops = custom_listings(self->api, of_groups);
	queue->busy = TRUE;
	while ((job = g_queue_pop_head(&queue->waiting)))
		add_wanted(round, job);
	walk(self, round, NULL, ops, of_groups);
}

void custom_seek_add(CustomTarget *self, CustomJob *job)
{
	CustomSeek *seek = custom_seek_of(self);
	gboolean of_groups = target_verb_is_of_group(job->request->verb);

	g_queue_push_tail(&(of_groups ? &seek->groups : &seek->accounts)->waiting, job);
}

void custom_seek_alone(CustomTarget *self, CustomJob *job, const CustomOp *op)
{
	g_autoptr(GPtrArray) ops = g_ptr_array_new();
	Round *round = round_new(NULL);

	g_ptr_array_add(ops, (void *)op);
	add_wanted(round, job);
	walk(self, round, job, ops, target_verb_is_of_group(job->request->verb));
}

void custom_seek_step(CustomTarget *self, const CustomDelivery *to)
{
	if (!self->seek)
		return;
	walk_for_all(self, &self->seek->accounts, FALSE);
	walk_for_all(self, &self->seek->groups, TRUE);
	custom_strolls_step(self, to);
}

guint custom_seek_length(const CustomSeek *self)
{
	if (!self)
		return 0;
	return self->accounts.waiting.length + self->groups.waiting.length + self->jobs;
}

void custom_seek_free(CustomSeek *self)
{
	if (!self)
		return;
	g_queue_clear_full(&self->accounts.waiting, custom_job_free);
	g_queue_clear_full(&self->groups.waiting, custom_job_free);
	g_ptr_array_unref(self->strolls);
	g_free(self);
}
