/*
 * What was learnt of a service, from one run to the next. Pure.
 *
 *	{ "settings": "9f86…", "service": "60303a…",
 *	  "learnt": { "patch": { "value": 0, "status": 501, "at_us": 1795600000000000 },
 *	              "search": { "externalId": { "value": 0, "status": 400, "at_us": … } } } }
 *
 * A refusal costs a request, and some cost more: that a spelling of a removal empties the group is
 * seen by emptying one. So what a service has shown holds for the next runs too. But services
 * mend their faults, so each thing is forgotten after 30 days and found out again; and at once when
 * the settings that it depends on change, or what the service says of itself.
 *
 *	assumed  <  what the service says  <  remembered  <  the settings  <  refused in this run
 *
 * What the settings insist on is tried again in each run, whatever was answered: an administrator
 * who writes update = "put" knows something. Such a thing is learnt for the session, and not kept.
 *
 * That a method is not spoken is kept once the other one has worked: a 501 may come from what
 * stands before the service, and be over in a minute. When the other one is refused after all, it
 * is forgotten and tried again at once (scim_job.c).
 *
 * It is a hint and no more. Whatever is damaged, of another version or dated in the future is as
 * good as nothing; the worst that a loss can do is to learn it once more. What may not be kept is
 * what a 404 means: that is about today.
 */
#include <string.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/json.h"
#include "base/timefmt.h"
#include "scim_internal.h"

#define KEPT_US (30 * CLOCK_DAY)
#define FUTURE_US CLOCK_DAY /* clocks differ a little; one that is set right again differs more */
#define PATHS_MAX 32
#define PATH_MAX_BYTES 512
#define DIGEST_LENGTH 64

static const struct {
	const char *name;
	gint64 least, most;
	const char *no, *yes; /* what it means; with one %, the value */
} facts[SCIM_FACTS] = {
	[SCIM_FACT_PATCH] = { "patch", 0, 0, "PATCH is not used for accounts", NULL },
	[SCIM_FACT_PUT] = { "put", 0, 0, "PUT is not used for accounts", NULL },
	[SCIM_FACT_ETAG] = { "etag", 1, 1, NULL, "writes name the version they change" },
	[SCIM_FACT_GROUP_PATCH] = { "group_patch", 0, 0, "PATCH is not used for groups", NULL },
	[SCIM_FACT_GROUP_PUT] = { "group_put", 0, 0, "PUT is not used for groups", NULL },
	[SCIM_FACT_GROUP_ETAG] = { "group_etag", 1, 1, NULL,
				   "writes to groups name the version they change" },
	[SCIM_FACT_REMOVAL] = { "removal", 0, 1, "members are not removed in the way that is set",
				"removals take out only whom they name" },
	[SCIM_FACT_ADD_MAX] = { "add_max", 1, G_MAXINT32, NULL, "members added at once, at most" },
	[SCIM_FACT_REMOVE_MAX] = { "remove_max", 1, G_MAXINT32, NULL,
				   "members removed at once, at most" },
};

static const struct {
	const char *name, *words;
} kinds[SCIM_KINDS] = {
	[SCIM_KIND_ACCOUNT] = { "search", "accounts" },
	[SCIM_KIND_GROUP] = { "group_search", "groups" },
};

static guint hash_nocase(gconstpointer key)
{
	g_autofree char *lower = g_ascii_strdown(key, -1);
	return g_str_hash(lower);
}

static gboolean equal_nocase(gconstpointer a, gconstpointer b)
{
	return g_ascii_strcasecmp(a, b) == 0;
}

/* Reading -------------------------------------------------------------------------------------- */

static gboolean read_learnt(const json_t *kept, gint64 least, gint64 most, gint64 now_us,
			    ScimLearnt *learnt)
{
	const json_t *value = json_object_get(kept, "value"), *at = json_object_get(kept, "at_us");
	json_int_t status = json_integer_value(json_object_get(kept, "status"));
	gint64 at_us = json_integer_value(at);

	if (!json_is_integer(value) || !json_is_integer(at) || json_integer_value(value) < least ||
	    json_integer_value(value) > most || at_us <= 0 || at_us > now_us + FUTURE_US ||
	    at_us < now_us - KEPT_US)
		return FALSE;
	*learnt = (ScimLearnt){ .known = TRUE,
				.value = json_integer_value(value),
				.status = status >= 100 && status < 600 ? (int)status : 0,
				.at_us = at_us };
	return TRUE;
}

static void read_paths(GHashTable *paths, const json_t *kept, gint64 now_us)
{
	const char *path;
	json_t *value;

	json_object_foreach ((json_t *)kept, path, value) {
		ScimLearnt learnt;
		if (strlen(path) <= PATH_MAX_BYTES && g_hash_table_size(paths) < PATHS_MAX &&
		    read_learnt(value, 0, 0, now_us, &learnt))
			g_hash_table_insert(paths, g_strdup(path),
					    g_memdup2(&learnt, sizeof(learnt)));
	}
}

static gboolean is_digest(const char *text)
{
	return text && strlen(text) == DIGEST_LENGTH &&
	       strspn(text, "0123456789abcdef") == DIGEST_LENGTH;
}

void scim_memory_init(ScimMemory *self, const json_t *kept, const char *settings, gint64 now_us)
{
	const json_t *learnt = json_object_get(kept, "learnt");
	const char *service = json_get_string(kept, "service");

	*self = (ScimMemory){ .settings = g_strdup(settings) };
	for (int i = 0; i < SCIM_KINDS; i++)
		self->unsearchable[i] = g_hash_table_new_full(hash_nocase, equal_nocase, g_free,
							      g_free);
	if (g_strcmp0(json_get_string(kept, "settings"), settings) != 0)
		return;
	if (is_digest(service))
		self->service = g_strdup(service);
	for (int i = 0; i < SCIM_FACTS; i++)
		read_learnt(json_object_get(learnt, facts[i].name), facts[i].least, facts[i].most,
			    now_us, &self->facts[i]);
	for (int i = 0; i < SCIM_KINDS; i++)
		read_paths(self->unsearchable[i], json_object_get(learnt, kinds[i].name), now_us);
}

void scim_memory_clear(ScimMemory *self)
{
	for (int i = 0; i < SCIM_KINDS; i++)
		g_clear_pointer(&self->unsearchable[i], g_hash_table_unref);
	g_clear_pointer(&self->settings, g_free);
	g_clear_pointer(&self->service, g_free);
}

/* Learning ------------------------------------------------------------------------------------- */

void scim_memory_discovered(ScimMemory *self, const json_t *config)
{
	static const char *const said[] = { "patch", "filter", "etag", "bulk", "pagination" };
	g_autoptr(json_t) relevant = json_object();
	g_autofree char *text = NULL;
	char *service;

	for (gsize i = 0; i < G_N_ELEMENTS(said); i++) {
		json_t *value = json_get_nocase(config, said[i]);
		if (value)
			json_object_set(relevant, said[i], value);
	}
	text = json_canonical(relevant);
	service = digest_bytes(text, strlen(text));
	if (self->service && !g_str_equal(self->service, service)) {
		memset(self->facts, 0, sizeof(self->facts));
		for (int i = 0; i < SCIM_KINDS; i++)
			g_hash_table_remove_all(self->unsearchable[i]);
	}
	g_free(self->service);
	self->service = service;
}

void scim_memory_learn(ScimMemory *self, ScimFact fact, const ScimLearnt *learnt)
{
	ScimLearnt *known = &self->facts[fact];

	if (known->known && known->value == learnt->value && known->insisted == learnt->insisted)
		return;
	*known = *learnt;
	known->known = known->news = TRUE;
}

void scim_memory_forget(ScimMemory *self, ScimFact fact)
{
	self->facts[fact] = (ScimLearnt){ 0 };
}

void scim_memory_unsearchable(ScimMemory *self, ScimKind kind, const char *path, int status,
			      gint64 now_us)
{
	GHashTable *paths = self->unsearchable[kind];
	const ScimLearnt learnt = {
		.known = TRUE, .news = TRUE, .status = status, .at_us = now_us
	};

	if (g_hash_table_size(paths) < PATHS_MAX && strlen(path) <= PATH_MAX_BYTES)
		g_hash_table_insert(paths, g_strdup(path), g_memdup2(&learnt, sizeof(learnt)));
}

gboolean scim_memory_is_unsearchable(const ScimMemory *self, ScimKind kind, const char *path)
{
	return g_hash_table_contains(self->unsearchable[kind], path);
}

/* Keeping -------------------------------------------------------------------------------------- */

static json_t *learnt_json(const ScimLearnt *learnt)
{
	json_t *object = json_object();

	json_object_set_new(object, "value", json_integer(learnt->value));
	json_object_set_new(object, "at_us", json_integer(learnt->at_us));
	if (learnt->status)
		json_object_set_new(object, "status", json_integer(learnt->status));
	return object;
}

static json_t *paths_json(GHashTable *paths)
{
	json_t *object = json_object();
	GHashTableIter iter;
	gpointer path, learnt;

	g_hash_table_iter_init(&iter, paths);
	while (g_hash_table_iter_next(&iter, &path, &learnt))
		json_object_set_new(object, path, learnt_json(learnt));
	return object;
}

json_t *scim_memory_json(const ScimMemory *self)
{
	g_autoptr(json_t) learnt = json_object();
	json_t *object;

	for (int i = 0; i < SCIM_FACTS; i++) {
		if (self->facts[i].known && !self->facts[i].insisted)
			json_object_set_new(learnt, facts[i].name, learnt_json(&self->facts[i]));
	}
	for (int i = 0; i < SCIM_KINDS; i++) {
		if (g_hash_table_size(self->unsearchable[i]) > 0)
			json_object_set_new(learnt, kinds[i].name,
					    paths_json(self->unsearchable[i]));
	}
	if (json_object_size(learnt) == 0)
		return NULL;
	object = json_object();
	json_object_set(object, "learnt", learnt);
	json_object_set_new(object, "settings", json_string(self->settings));
	if (self->service)
		json_object_set_new(object, "service", json_string(self->service));
	return object;
}

/* Telling -------------------------------------------------------------------------------------- */

/* "2026-11-20". New string. */
static char *day_of(gint64 us)
{
	char *text = timefmt_rfc3339(us);

	text[strcspn(text, "T")] = '\0';
	return text;
}

/* "PATCH is not used for accounts: the service answered 501 on 2026-11-20; …" New string. */
static char *sentence(const char *what, const ScimLearnt *learnt)
{
	g_autofree char *day = day_of(learnt->at_us);
	g_autofree char *again = day_of(learnt->at_us + KEPT_US);
	g_autofree char *why = learnt->status ? g_strdup_printf("the service answered %d on %s",
								learnt->status, day)
					      : g_strdup_printf("seen on %s", day);

	if (learnt->insisted)
		return g_strdup_printf("%s in this run: %s; the settings want it, so that each run "
				       "tries it again",
				       what, why);
	return g_strdup_printf("%s: %s; tried again after %s", what, why, again);
}

static char *fact_sentence(ScimFact fact, const ScimLearnt *learnt)
{
	const char *words = learnt->value && facts[fact].yes ? facts[fact].yes : facts[fact].no;
	gboolean counts = facts[fact].most > 1;
	g_autofree char *what = counts ? g_strdup_printf("%s %" G_GINT64_FORMAT, words,
							 learnt->value)
				       : g_strdup(words);
	return sentence(what, learnt);
}

static gint by_name(gconstpointer a, gconstpointer b)
{
	return strcmp(a, b);
}

static void tell_paths(const ScimMemory *self, ScimKind kind, gboolean news_only,
		       GPtrArray *sentences)
{
	GHashTable *unsearchable = self->unsearchable[kind];
	GList *paths = g_list_sort(g_hash_table_get_keys(unsearchable), by_name);

	for (const GList *at = paths; at; at = at->next) {
		const ScimLearnt *learnt = g_hash_table_lookup(unsearchable, at->data);
		g_autofree char *what = g_strdup_printf("%s are not searched by '%s'",
							kinds[kind].words, (const char *)at->data);
		if (!news_only || learnt->news)
			g_ptr_array_add(sentences, sentence(what, learnt));
	}
	g_list_free(paths);
}

void scim_memory_tell(const ScimMemory *self, gboolean news_only, GPtrArray *sentences)
{
	for (int i = 0; i < SCIM_FACTS; i++) {
		const ScimLearnt *learnt = &self->facts[i];
		/* That removals do what they should is no news to anybody. */
		gboolean dull = i == SCIM_FACT_REMOVAL && learnt->value;
		if (learnt->known && (!news_only || (learnt->news && !dull)))
			g_ptr_array_add(sentences, fact_sentence((ScimFact)i, learnt));
	}
	for (int i = 0; i < SCIM_KINDS; i++)
		tell_paths(self, (ScimKind)i, news_only, sentences);
}
