/*
 * Explain: puts together, for one person, what every stage of the pipe has to say: the entry, the
 * rule and chain of groups, the account we know, what it should look like and how that differs, and
 * what was sent lately. The rules are judged afresh, so that a person without an app gets an answer
 * too.
 */
#include "run/explain.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/timefmt.h"
#include "core/resource.h"
#include "precedence_internal.h"
#include "push_internal.h"
#include "quarantine_internal.h"
#include "rules_internal.h"
#include "want_internal.h"

#define OPS_SHOWN 5

typedef struct {
	const Config *config;
	State *state;
	Rules *rules;
	Arena *arena;
	ViewEntry person;
	gint64 now_us;
} Explain;

static const char *const verdict_words[] = {
	[LIFECYCLE_NOTHING] = "nothing to do",
	[LIFECYCLE_PROVISION] = "create or adopt the account",
	[LIFECYCLE_UPDATE] = "keep the account equal to the mapping",
	[LIFECYCLE_ENABLE] = "enable the account again",
	[LIFECYCLE_DISABLE] = "disable the account",
	[LIFECYCLE_DELETE] = "delete the account",
};

static void set_time(json_t *object, const char *key, gint64 us)
{
	g_autofree char *text = us ? timefmt_rfc3339(us) : NULL;

	if (text)
		json_object_set_new(object, key, json_string(text));
}

static void add_attribute(const char *name, const EntryValue *values, guint count, void *data)
{
	json_t *list = json_array();

	for (guint i = 0; i < count && i < 20; i++)
		json_array_append_new(list, json_lossy_string(values[i].data,
							      MIN(values[i].length, 200)));
	json_object_set_new(data, name, list);
}

static json_t *person_json(const Explain *self)
{
	const Entry *entry = self->person.entry;
	AccountStatus status = rules_status(self->rules, &self->person);
	json_t *attributes = json_object();
	json_t *object = json_pack("{s:s, s:s, s:s, s:b, s:b, s:b}", "dn", entry_dn(entry),
				   "anchor", entry_anchor(entry), "source",
				   rules_source(self->rules, &self->person), "enabled",
				   status.enabled, "locked_out",
				   rules_locked_out(self->rules, &self->person), "gone",
				   self->person.gone_at_us != 0);

	set_time(object, "expired", status.expired_us);
	set_time(object, "expires", status.due_us);
	set_time(object, "gone_since", self->person.gone_at_us);
	entry_foreach(entry, add_attribute, attributes);
	json_object_set_new(object, "attributes", attributes);
	return object;
}

/* Like a difference: what was sent, and what the service made of it. */
static json_t *echo_json(const Link *link)
{
	json_t *list = json_array(), *theirs;
	const char *path;

	json_object_foreach (link->echo, path, theirs)
		json_array_append_new(list, json_pack("{s:s, s:O?, s:O}", "path", path, "old",
						      json_object_get(link->shadow, path), "new",
						      theirs));
	return list;
}

static json_t *link_json(const Link *link)
{
	json_t *object = json_pack("{s:s, s:s, s:s?, s:s, s:O}", "id", link->target_id, "state",
				   account_state_name(link->state), "label", link->label, "origin",
				   link->adopted ? "adopted" : "created by us", "shadow",
				   link->shadow);

	if (link->match)
		json_object_set_new(object, "matched_by", json_string(link->match));
	if (link->echo)
		json_object_set_new(object, "kept_otherwise", echo_json(link));
	set_time(object, "linked", link->linked_at_us);
	set_time(object, "disabled", link->disabled_at_us);
	return object;
}

static json_t *op_json(const Op *op)
{
	json_t *object = json_pack("{s:I, s:s, s:s}", "op", (json_int_t)op->id, "kind",
				   op_kind_name(op->kind), "state", op_state_name(op->state));

	set_time(object, "at", op->changed_us);
	if (op->status)
		json_object_set_new(object, "status", json_integer(op->status));
	if (op->error)
		json_object_set_new(object, "problem", json_string(op->error));
	if (op->changes)
		json_object_set(object, "changes", op->changes);
	return object;
}

static gboolean add_history(const Explain *self, gint64 app, json_t *object, GError **error)
{
	g_autoptr(GPtrArray) ops = op_array_new();
	g_autoptr(Work) work = NULL;
	json_t *list = json_array();

	json_object_set_new(object, "history", list);
	if (!plan_ops_of(self->state, app, self->person.id, OPS_SHOWN, ops, error) ||
	    !work_find(self->state, app, self->person.id, &work, error))
		return FALSE;
	for (guint i = 0; i < ops->len; i++)
		json_array_append_new(list, op_json(g_ptr_array_index(ops, i)));
	if (work && work->parked)
		json_object_set_new(object, "parked", json_string(work->error));
	return TRUE;
}

/* The verdict in words; an account that another entry of the person has is that one's affair. */
static gboolean add_verdict(const WantContext *context, const Want *want, json_t *object,
			    GError **error)
{
	g_autofree char *words = NULL;
	json_t *other = NULL;

	if (!precedence_explain(context, want, &words, &other, error))
		return FALSE;
	json_object_set_new(object, "verdict",
			    json_string(words ? words : verdict_words[want->verdict]));
	if (other)
		json_object_set_new(object, "same_person", other);
	return TRUE;
}

/*
 * What the mapping gives. A value that is chosen when the account is created was chosen long ago
 * for one that exists; for another, what it will be chosen from is shown.
 */
static json_t *shown_resource(const Want *want)
{
	json_t *shown = json_object(), *value;
	const char *path;

	json_object_foreach (want->resource, path, value) {
		json_t *choice = json_is_object(value) ? json_object_get(value, "$choose") : NULL;

		if (!choice)
			json_object_set(shown, path, value);
		else if (!want->link)
			json_object_set(shown, path, choice);
	}
	return shown;
}

static gboolean add_want(const Explain *self, const AppConfig *config, gint64 app, json_t *object,
			 GError **error)
{
	WantContext context = { config, self->state, app, self->now_us, self->arena, self->rules };
	Want want;
	gboolean ok;

	if (!want_load(&context, self->person.id, &want, error))
		return FALSE;
	ok = add_verdict(&context, &want, object, error);
	if (want.reason && !json_object_get(object, "reason"))
		json_object_set(object, "reason", want.reason);
	if (want.problem)
		json_object_set_new(object, "problem", json_string(want.problem->message));
	if (want.resource)
		json_object_set_new(object, "wanted", shown_resource(&want));
	if (want.link)
		json_object_set_new(object, "account", link_json(want.link));
	if (want.link && want.steady)
		json_object_set_new(object, "difference",
				    mapping_diff(config->mapping, want.link->shadow, want.steady));
	want_clear(&want);
	return ok;
}

/* Nothing but disables is sent meanwhile, whatever the verdict. */
static void add_rest(const Explain *self, const AppConfig *config, const AppRow *row,
		     json_t *object)
{
	g_autofree char *words = quarantine_words(config, row, self->now_us);

	if (!words)
		return;
	set_time(object, "rests_until", row->rests_until_us);
	json_object_set_new(object, "trouble", json_string(row->trouble ? row->trouble : ""));
}

static json_t *explain_app(const Explain *self, guint index, GError **error)
{
	const AppConfig *config = g_ptr_array_index(self->config->apps, index);
	const char *unusable = rules_problem(self->rules, index);
	g_autoptr(json_t) object = json_pack("{s:s}", "app", config->name);
	RulesVerdict verdict;
	AppRow row = { 0 };
	gboolean ok;

	if (!rules_judge(self->rules, index, &verdict, error))
		return NULL;
	json_object_set_new(object, "standing", json_string(standing_name(verdict.standing)));
	if (verdict.reason)
		json_object_set_new(object, "reason", verdict.reason);
	if (unusable)
		json_object_set_new(object, "problem", json_string(unusable));
	ok = app_row_get(self->state, config->name, &row, error);
	add_rest(self, config, &row, object);
	ok = ok && (!row.id || (add_want(self, config, row.id, object, error) &&
				add_history(self, row.id, object, error) &&
				push_explain(self->state, row.id, self->person.id, object, error)));
	app_row_clear(&row);
	return ok ? g_steal_pointer(&object) : NULL;
}

static json_t *explain_all(Explain *self, const char *app, GError **error)
{
	json_t *apps = json_array();
	g_autoptr(json_t) document = NULL;

	if (!rules_person(self->rules, &self->person, error)) {
		json_decref(apps);
		return NULL;
	}
	document = json_pack("{s:o, s:o}", "person", person_json(self), "apps", apps);
	for (guint i = 0; i < self->config->apps->len; i++) {
		const AppConfig *config = g_ptr_array_index(self->config->apps, i);
		json_t *row;

		if (app && g_strcmp0(app, config->name) != 0)
			continue;
		row = explain_app(self, i, error);
		if (!row)
			return NULL;
		json_array_append_new(apps, row);
	}
	return g_steal_pointer(&document);
}

/* Several people of one name are listed, so that the next call can name one. */
static gboolean one_person(Explain *self, const char *user, GError **error)
{
	g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint64));
	g_autoptr(GString) list = g_string_new(NULL);

	if (!view_search_users(self->state, user, ids, error))
		return FALSE;
	if (ids->len == 1)
		return view_load(self->state, g_array_index(ids, gint64, 0), &self->person, error);
	if (ids->len == 0)
		return error_set(
			error, ERROR_CONFIG,
			"nobody who was read from the directory is called '%s'\n"
			"a person can be named by the DN, the uid, sAMAccountName (also as "
			"DOMAIN\\name), userPrincipalName, the mail or the permanent id; "
			"'dirbridge status' tells when the directory was last read",
			user);
	for (guint i = 0; i < ids->len && i < 10; i++) {
		ViewEntry entry = { 0 };

		if (!view_load(self->state, g_array_index(ids, gint64, i), &entry, error))
			return FALSE;
		g_string_append_printf(list, "\n%s", entry_dn(entry.entry));
		view_entry_clear(&entry);
	}
	return error_set(error, ERROR_CONFIG, "%u people are called '%s': name one by the DN%s",
			 ids->len, user, list->str);
}

json_t *explain_person(const Config *config, State *state, const char *user, const char *app,
		       GError **error)
{
	g_autoptr(Rules) rules = NULL;
	g_autoptr(Arena) arena = arena_new();
	Explain self = { .config = config, .state = state, .arena = arena };
	json_t *document = NULL;

	self.now_us = clock_now_us();
	if (app && !config_app(config, app)) {
		config_no_app(config, app, error);
		return NULL;
	}
	rules = rules_new(config, state, self.now_us, error);
	self.rules = rules;
	if (rules && one_person(&self, user, error))
		document = explain_all(&self, app, error);
	view_entry_clear(&self.person);
	return document;
}
