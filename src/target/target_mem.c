/*
 * The mem driver: an application in a file, for tests, rehearsals and demonstrations.
 *
 *	{"document":{"externalId":"5f0c…","id":"m1","userName":"jane"},"id":"m1"}
 *	{"document":{"active":false,"externalId":"5f0c…","id":"m1","userName":"jane"},"id":"m1"}
 *	{"deleted":true,"id":"m1"}
 *
 * A line per effect, appended and flushed to the disk before the answer is given; the state is
 * the replay, the last line of an id wins. So the file is also the record of what an application
 * was really made to do, which is what crash tests compare.
 *
 * The lines of groups are in the head of mem_group.c.
 *
 * It behaves like a decent SCIM service: user names are unique without regard to case
 * (RFC 7643 §4.1.1), ids are given by it, updates touch what they name. Its work is done in step,
 * a few requests at a time, so that several are really under way for those who watch.
 *
 * It has all abilities but to mail people; 'lacks' takes some away, to see what becomes of accounts
 * and groups at a service that has not got them. Of a password is kept that there was one:
 *
 *	{"document":{"id":"m1","passwordSet":true,"userName":"jane"},"id":"m1"}
 *
 * Memory grows with the accounts; it is no store for production.
 */
#include "base/crash.h"
#include "base/error.h"
#include "base/json.h"
#include "core/path.h"
#include "mem_internal.h"
#include "scim_internal.h"
#include "target_internal.h"

#define MEM_CONCURRENCY 4

typedef struct {
	char *file;
	gint64 batch;     /* members in a request */
	GPtrArray *lacks; /* names of 'abilities' */
} MemConf;

typedef struct {
	Target base;
	guint able; /* caps, and CAN_READ */
	MemLog *log;
	guint64 last_id;
	json_t *accounts;    /* id to document, in order of creation */
	GHashTable *by_name; /* folded userName to id */
	MemGroups *groups;
	GQueue queue;
} MemTarget;

static const Option mem_options[] = { OPTION(STRING, MemConf, file, "file", OPTION_REQUIRED),
				      OPTION(INT, MemConf, batch, "batch", 0, .min = 1,
					     .max = 1000000, .fallback = "100"),
				      OPTION(STRINGS, MemConf, lacks, "lacks", 0), OPTION_END };

/* A READ has no bit of its own: a driver that cannot read says so when it is asked to. */
#define CAN_READ (1u << 31)
#define CAN_KEEP (1u << 30)    /* a disabled account; else a disable deletes it */
#define CAN_AT_ONCE (1u << 29) /* do all of a disable; else it is as if there were more to it */

static const struct {
	const char *name;
	guint caps;
} abilities[] = {
	{ "groups", TARGET_CAN_GROUPS | TARGET_CAN_CREATE_GROUP | TARGET_CAN_RENAME_GROUP |
			    TARGET_CAN_DELETE_GROUP | TARGET_CAN_READ_MEMBERS |
			    TARGET_CAN_NEST_GROUPS },
	{ "group_create", TARGET_CAN_CREATE_GROUP },
	{ "group_rename", TARGET_CAN_RENAME_GROUP },
	{ "group_delete", TARGET_CAN_DELETE_GROUP },
	{ "read_members", TARGET_CAN_READ_MEMBERS },
	{ "nested_groups", TARGET_CAN_NEST_GROUPS },
	{ "lookup", TARGET_CAN_LOOKUP },
	{ "list", TARGET_CAN_LIST },
	{ "read", CAN_READ },
	{ "create", TARGET_CAN_CREATE },
	{ "enable", TARGET_CAN_ENABLE },
	{ "disabled", CAN_KEEP | TARGET_CAN_ENABLE },
	{ "disable_at_once", CAN_AT_ONCE },
	{ "password", TARGET_CAN_PASSWORD },
};

/* The accounts --------------------------------------------------------------------------------- */

static char *folded_name(const json_t *document)
{
	const char *name = json_string_value(json_get_nocase(document, "userName"));
	return name ? g_utf8_casefold(name, -1) : NULL;
}

static void forget_name(MemTarget *self, const char *id)
{
	g_autofree char *name = folded_name(json_object_get(self->accounts, id));

	if (name && g_strcmp0(g_hash_table_lookup(self->by_name, name), id) == 0)
		g_hash_table_remove(self->by_name, name);
}

/* Takes an effect into memory; 'document' NULL for a deletion. */
static void remember(MemTarget *self, const char *id, json_t *document)
{
	guint64 number;

	forget_name(self, id);
	if (!document) {
		json_object_del(self->accounts, id);
		mem_groups_forget(self->groups, id);
	} else {
		char *name = folded_name(document);
		json_object_set(self->accounts, id, document);
		if (name)
			g_hash_table_replace(self->by_name, name, g_strdup(id));
	}
	if (id[0] == 'm' && g_ascii_string_to_unsigned(id + 1, 10, 1, G_MAXUINT64, &number, NULL))
		self->last_id = MAX(self->last_id, number);
}

static gboolean is_name_taken(MemTarget *self, const json_t *document, const char *own_id)
{
	g_autofree char *name = folded_name(document);
	const char *owner = name ? g_hash_table_lookup(self->by_name, name) : NULL;

	return owner && g_strcmp0(owner, own_id) != 0;
}

/* Makes an effect true in memory; FALSE if it is none. */
static gboolean take(const json_t *effect, void *self_)
{
	MemTarget *self = self_;
	const char *id = json_get_string(effect, "id");
	json_t *document = json_object_get(effect, "document");

	if (!id)
		return FALSE;
	if (!json_is_object(document) && !json_is_true(json_object_get(effect, "deleted")))
		return mem_groups_take(self->groups, effect);
	remember(self, id, document);
	return TRUE;
}

/* Verbs ---------------------------------------------------------------------------------------- */

static void answer_with(TargetAnswer *answer, TargetOutcome outcome, int status, const char *detail)
{
	answer->outcome = outcome;
	answer->status = status;
	answer->detail = detail;
}

/* Makes an effect durable, then true. */
static void commit(MemTarget *self, const json_t *effect, TargetAnswer *answer)
{
	if (!mem_log_append(self->log, effect)) {
		answer_with(answer, TARGET_DOWN, 0, "could not write the file of the mem target");
		return;
	}
	take(effect, self);
	crash_point("mem: effect written, answer not given");
	answer_with(answer, TARGET_OK, json_object_get(effect, "deleted") ? 204 : 200, NULL);
}

/* 'document' NULL: a deletion. */
static void commit_account(MemTarget *self, const char *id, json_t *document, TargetAnswer *answer)
{
	g_autoptr(json_t) effect = json_object();

	json_object_set_new(effect, "id", json_string(id));
	if (document)
		json_object_set(effect, "document", document);
	else
		json_object_set_new(effect, "deleted", json_true());
	commit(self, effect, answer);
}

static void mem_create(MemTarget *self, const TargetRequest *request, TargetAnswer *answer,
		       char **id)
{
	g_autoptr(json_t) document = scim_create_document(request->resource, request->anchor);

	if (is_name_taken(self, document, NULL)) {
		answer_with(answer, TARGET_EXISTS, 409, "an account with this userName exists");
		return;
	}
	*id = g_strdup_printf("m%" G_GUINT64_FORMAT, self->last_id + 1);
	json_object_set_new(document, "id", json_string(*id));
	commit_account(self, *id, document, answer);
	answer->id = answer->outcome == TARGET_OK ? *id : NULL;
}

static void mem_change(MemTarget *self, const TargetRequest *request, const json_t *changes,
		       TargetAnswer *answer)
{
	g_autoptr(json_t) document = json_deep_copy(json_object_get(self->accounts, request->id));

	overlay_changes(document, changes);
	if (is_name_taken(self, document, request->id))
		answer_with(answer, TARGET_REJECTED, 409, "another account has this userName");
	else
		commit_account(self, request->id, document, answer);
}

static gboolean holds(const json_t *document, const Path *path, const char *value)
{
	json_t *held = path_get(path, document);
	g_autofree char *text = held ? json_scalar_text(held) : NULL;

	if (!text)
		return FALSE;
	if (g_ascii_strcasecmp(path->text, "externalId") == 0)
		return g_str_equal(text, value);
	g_autofree char *a = g_utf8_casefold(text, -1);
	g_autofree char *b = g_utf8_casefold(value, -1);
	return g_str_equal(a, b);
}

static void find_by_name(MemTarget *self, const char *value, json_t *found)
{
	g_autofree char *name = g_utf8_casefold(value, -1);
	const char *id = g_hash_table_lookup(self->by_name, name);

	if (id)
		json_array_append(found, json_object_get(self->accounts, id));
}

static void find_by_path(MemTarget *self, const Path *path, const char *value, json_t *found)
{
	const char *id;
	json_t *document;

	json_object_foreach (self->accounts, id, document) {
		if (holds(document, path, value))
			json_array_append(found, document);
	}
}

static json_t *mem_lookup(MemTarget *self, const TargetRequest *request)
{
	g_autoptr(Path) path = path_parse(request->match_path, NULL);
	json_t *found = json_array();

	if (path && g_ascii_strcasecmp(path->text, "userName") == 0)
		find_by_name(self, request->match_value, found);
	else if (path)
		find_by_path(self, path, request->match_value, found);
	return found;
}

static void mem_password(MemTarget *self, const TargetRequest *request, TargetAnswer *answer)
{
	g_autoptr(json_t) document = json_deep_copy(json_object_get(self->accounts, request->id));

	json_object_set_new(document, "passwordSet", json_true());
	commit_account(self, request->id, document, answer);
}

static void mem_write(MemTarget *self, const TargetRequest *request, TargetAnswer *answer)
{
	g_autoptr(json_t) changes = NULL;

	switch (request->verb) {
	case TARGET_UPDATE:
		mem_change(self, request, request->changes, answer);
		break;
	case TARGET_DISABLE:
		if (!(self->able & CAN_KEEP)) {
			commit_account(self, request->id, NULL, answer);
			break;
		}
		G_GNUC_FALLTHROUGH;
	case TARGET_ENABLE:
		changes = scim_active_changes(request->verb == TARGET_ENABLE);
		mem_change(self, request, changes, answer);
		break;
	case TARGET_DELETE:
		commit_account(self, request->id, NULL, answer);
		break;
	case TARGET_PASSWORD:
		mem_password(self, request, answer);
		break;
	default:
		g_assert_not_reached();
	}
}

static void mem_write_group(MemTarget *self, const TargetRequest *request, TargetAnswer *answer,
			    char **id)
{
	g_autoptr(json_t) effect = mem_groups_effect(self->groups, &self->base, self->accounts,
						     request, answer);
	if (!effect)
		return;
	commit(self, effect, answer);
	if (request->verb == TARGET_GROUP_CREATE && answer->outcome == TARGET_OK)
		answer->id = *id = g_strdup(json_get_string(effect, "id"));
}

/* What an account's verb takes. */
static guint ability_for(TargetVerb verb)
{
	switch (verb) {
	case TARGET_LOOKUP:
		return TARGET_CAN_LOOKUP;
	case TARGET_READ:
		return CAN_READ;
	case TARGET_CREATE:
		return TARGET_CAN_CREATE;
	case TARGET_ENABLE:
		return TARGET_CAN_ENABLE;
	case TARGET_PASSWORD:
		return TARGET_CAN_PASSWORD;
	case TARGET_RESET_MAIL:
		return TARGET_CAN_RESET_MAIL;
	default:
		return 0;
	}
}

static gboolean is_able(const MemTarget *self, TargetVerb verb, TargetAnswer *answer)
{
	guint needed = ability_for(verb);

	if ((self->able & needed) == needed)
		return TRUE;
	answer_with(answer, TARGET_REJECTED, 501, "not possible here");
	answer->calls = 0;
	answer->unasked = verb == TARGET_LOOKUP || verb == TARGET_READ;
	return FALSE;
}

static void perform(MemTarget *self, TargetRequest *request, TargetDoneFn done, void *data)
{
	TargetAnswer answer = { .outcome = TARGET_OK, .status = 200, .calls = 1 };
	g_autoptr(json_t) found = NULL;
	g_autofree char *id = NULL;

	if (!is_able(self, request->verb, &answer)) {
		done(request, &answer, data);
		return;
	}
	if (request->verb == TARGET_LOOKUP) {
		found = mem_lookup(self, request);
		if (json_array_size(found) == 0)
			answer_with(&answer, TARGET_ABSENT, 200, "no such account");
	} else if (request->verb == TARGET_GROUP_LOOKUP) {
		found = mem_groups_find(self->groups, request->match_path, request->match_value);
		if (json_array_size(found) == 0)
			answer_with(&answer, TARGET_ABSENT, 200, "no such group");
	} else if (target_verb_is_of_group(request->verb)) {
		mem_write_group(self, request, &answer, &id);
	} else if (request->verb == TARGET_CREATE) {
		mem_create(self, request, &answer, &id);
	} else if (!json_object_get(self->accounts, request->id)) {
		answer_with(&answer, TARGET_ABSENT, 404, "no account has this id");
	} else if (request->verb == TARGET_READ) {
		found = json_pack("[O]", json_object_get(self->accounts, request->id));
	} else {
		mem_write(self, request, &answer);
	}
	answer.documents = answer.outcome == TARGET_OK ? found : NULL;
	done(request, &answer, data);
}

/* The contract --------------------------------------------------------------------------------- */

static void mem_close(Target *base)
{
	MemTarget *self = (MemTarget *)base;

	if (!self)
		return;
	g_queue_clear(&self->queue);
	g_hash_table_unref(self->by_name);
	mem_groups_free(self->groups);
	json_decref(self->accounts);
	mem_log_close(self->log);
	g_free(self);
}

static gboolean find_ability(const char *name, guint *caps)
{
	for (gsize i = 0; i < G_N_ELEMENTS(abilities); i++) {
		*caps = abilities[i].caps;
		if (g_str_equal(abilities[i].name, name))
			return TRUE;
	}
	return FALSE;
}

static gboolean mem_validate(const void *conf_, const char *app, GError **error)
{
	const MemConf *conf = conf_;
	guint caps;

	for (guint i = 0; i < conf->lacks->len; i++) {
		if (!find_ability(conf->lacks->pdata[i], &caps))
			return error_set(error, ERROR_CONFIG,
					 "app '%s': lacks: '%s' is no ability\n"
					 "there are groups, group_create, group_rename, "
					 "group_delete, read_members, nested_groups, lookup, list, "
					 "read, create, enable, disabled, disable_at_once "
					 "and password",
					 app, (const char *)conf->lacks->pdata[i]);
	}
	return TRUE;
}

static guint able_of(const MemConf *conf)
{
	guint caps = TARGET_CAN_LIST | TARGET_CAN_LOOKUP | TARGET_CAN_UPDATE | TARGET_CAN_DISABLE |
		     TARGET_CAN_DELETE | TARGET_CAN_CREATE | TARGET_CAN_ENABLE |
		     TARGET_CAN_PASSWORD | CAN_READ | CAN_KEEP | CAN_AT_ONCE | abilities[0].caps;
	guint lacking;

	for (guint i = 0; i < conf->lacks->len; i++) {
		if (find_ability(conf->lacks->pdata[i], &lacking))
			caps &= ~lacking;
	}
	if (!(caps & CAN_KEEP))
		caps |= TARGET_DISABLE_DELETES;
	if (!(caps & CAN_AT_ONCE))
		caps |= TARGET_DISABLES_IN_STEPS;
	return caps;
}

static Target *mem_open(const TargetSetup *setup, GError **error)
{
	const MemConf *conf = setup->conf;
	MemTarget *self = g_new0(MemTarget, 1);

	self->base.ops = &target_mem;
	self->base.concurrency = MEM_CONCURRENCY;
	self->able = able_of(conf);
	self->base.caps = self->able & ~(CAN_READ | CAN_KEEP | CAN_AT_ONCE);
	self->base.add_batch = self->base.remove_batch = (guint)conf->batch;
	self->accounts = json_object();
	self->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	self->groups = mem_groups_new();
	self->log = mem_log_open(conf->file, take, self, error);
	if (self->log)
		return &self->base;
	mem_close(&self->base);
	return NULL;
}

static gboolean mem_list(Target *base, TargetListFn fn, void *data, gboolean *complete, char **why,
			 GError **error)
{
	MemTarget *self = (MemTarget *)base;
	const char *id;
	json_t *document;

	json_object_foreach (self->accounts, id, document) {
		if (!fn(document, data, error))
			return FALSE;
	}
	*complete = TRUE;
	*why = NULL;
	return TRUE;
}

static gboolean mem_members(Target *base, const char *id, TargetMemberFn fn, void *data,
			    gboolean *complete, char **why, GError **error)
{
	json_t *members = mem_groups_members(((MemTarget *)base)->groups, id);
	const char *member;
	json_t *value;

	json_object_foreach (members, member, value) {
		if (!fn(member, data, error))
			return FALSE;
	}
	*complete = members != NULL;
	*why = members ? NULL : g_strdup("no group has this id");
	return TRUE;
}

static void mem_submit(Target *base, TargetRequest *request)
{
	g_queue_push_tail(&((MemTarget *)base)->queue, request);
}

static guint mem_step(Target *base, guint timeout_ms, TargetDoneFn done, void *data)
{
	MemTarget *self = (MemTarget *)base;

	for (guint n = MIN(self->queue.length, MEM_CONCURRENCY); n > 0; n--)
		perform(self, g_queue_pop_head(&self->queue), done, data);
	return self->queue.length;
}

static char *mem_identity(const void *conf)
{
	return g_canonicalize_filename(((const MemConf *)conf)->file, NULL);
}

static const char *const match_by_default[] = { "userName", NULL };
static const char *const match_groups_by[] = { "externalId", "displayName", NULL };

const TargetOps target_mem = {
	.name = "mem",
	.options = mem_options,
	.conf_size = sizeof(MemConf),
	.active_path = "active",
	.reserved = scim_reserved,
	.group_match = match_groups_by,
	.default_match = match_by_default,
	.validate = mem_validate,
	.identity = mem_identity,
	.open = mem_open,
	.list = mem_list,
	.members = mem_members,
	.submit = mem_submit,
	.step = mem_step,
	.close = mem_close,
};
