/*
 * Render: puts together one request that has all an operation may ask for, and lets the driver
 * write it down.
 *
 * The person is mapped as for a create, whether or not the rules give it the app; an account that
 * is there already gives its id, and what an update would change. Without an account the changes
 * are everything, and the driver writes "<id>" where the id would stand.
 *
 * Nobody's secret is needed for it: secret values of the mapping stay the redacted texts that the
 * journal has, and there is no password.
 */
#include "run/render.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "core/resource.h"
#include "state/account.h"
#include "state/membership.h"
#include "want_internal.h"

#define GROUP_NAME "displayName"

typedef struct {
	const RenderQuery *query;
	const AppConfig *app;
	WantContext context;
	json_t *document, *requests, *notes;

	gboolean has_person, has_group, has_member;
	char *anchor, *id;         /* of the person */
	json_t *created, *updated; /* resource of a create; of everything else */
	json_t *changes;
	char *match;          /* value of the first match key; or NULL */
	char *group_id;       /* or NULL: it is not there yet */
	char *group_anchor;   /* or NULL */
	json_t *group, *name; /* resource of the group, what is changed of it */
	char *member_id;      /* or NULL: it has no account there */
} Render;

static void render_clear(Render *self)
{
	g_free(self->anchor);
	g_free(self->id);
	json_decref(self->created);
	json_decref(self->updated);
	json_decref(self->changes);
	g_free(self->match);
	g_free(self->group_id);
	g_free(self->group_anchor);
	json_decref(self->group);
	json_decref(self->name);
	g_free(self->member_id);
}

static void note(Render *self, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void note(Render *self, const char *format, ...)
{
	g_autofree char *text = NULL;
	va_list args;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	json_array_append_new(self->notes, json_string(text));
}

/* ---- whom it is about ---- */

static gboolean find_one(Render *self, const char *user, gint64 *id, GError **error)
{
	g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint64));

	if (!view_search_users(self->context.state, user, ids, error))
		return FALSE;
	if (ids->len != 1)
		return error_set(error, ERROR_CONFIG, "%s is called '%s'\n%s",
				 ids->len ? "more than one person" : "nobody", user,
				 ids->len ? "name one by the DN"
					  : "try the DN, the uid or the mail; before the first "
					    "'dirbridge sync' nobody is known");
	*id = g_array_index(ids, gint64, 0);
	return TRUE;
}

/* Of a value that is chosen when it is sent, the first choice; it is noted once, of a create. */
static json_t *first_choices(Render *self, const json_t *resource, gboolean notes)
{
	json_t *shown = json_object(), *value;
	const char *path;

	json_object_foreach ((json_t *)resource, path, value) {
		json_t *choice = json_is_object(value) ? json_object_get(value, "$choose") : NULL;

		json_object_set(shown, path, choice ? json_array_get(choice, 0) : value);
		if (choice && notes)
			note(self,
			     "'%s' is the first that nobody has there; shown is the first "
			     "choice",
			     path);
	}
	return shown;
}

static void note_standing(Render *self, const Want *want)
{
	if (!want->known || want->standing != STANDING_ASSIGNED)
		note(self, "this person does not have the app: shown is what would be sent if it "
			   "did");
	else if (!want->link)
		note(self, "this person has no account there yet: an update is shown as if all "
			   "were changed");
}

static json_t *make_changes(const Render *self, const Want *want)
{
	g_autoptr(json_t) nothing = json_object();

	if (want->link)
		return mapping_diff(self->app->mapping, want->link->shadow, self->updated);
	return resource_diff(nothing, self->updated);
}

static gboolean take_want(Render *self, const Want *want, GError **error)
{
	const char *active = self->app->active;

	if (want->problem)
		return error_set(error, ERROR_OBJECT, "%s", want->problem->message);
	if (!want->resource)
		return error_set(error, ERROR_OBJECT, "the person is gone from the directory");
	note_standing(self, want);
	self->created = first_choices(self, want->resource, TRUE);
	self->updated = first_choices(self, want->steady, FALSE);
	if (active)
		json_object_set_new(self->created, active, json_true());
	self->changes = make_changes(self, want);
	self->anchor = g_strdup(entry_anchor(want->person.entry));
	self->id = want->link ? g_strdup(want->link->target_id) : NULL;
	self->match = g_strdup(want_match_value(self->app, self->created));
	json_object_set_new(self->document, "person", json_string(entry_dn(want->person.entry)));
	return TRUE;
}

static gboolean load_person(Render *self, GError **error)
{
	gint64 id = 0;
	Want want;
	gboolean ok;

	if (!find_one(self, self->query->user, &id, error) ||
	    !want_load(&self->context, id, &want, error))
		return FALSE;
	ok = want_map(&self->context, &want, error) && take_want(self, &want, error);
	want_clear(&want);
	self->has_person = ok;
	return ok;
}

static gboolean is_called(Render *self, gint64 group, const Pushed *pushed, gboolean *is,
			  GError **error)
{
	const char *name = self->query->group;
	ViewEntry entry = { 0 };

	*is = pushed->name && g_ascii_strcasecmp(pushed->name, name) == 0;
	if (*is)
		return TRUE;
	if (!view_load(self->context.state, group, &entry, error))
		return FALSE;
	*is = entry.entry && g_ascii_strcasecmp(entry_dn(entry.entry), name) == 0;
	view_entry_clear(&entry);
	return TRUE;
}

static gboolean take_group(Render *self, gint64 group, const Pushed *pushed, GError **error)
{
	const char *name = pushed->name ? pushed->name : self->query->group;

	if (!view_anchor(self->context.state, group, &self->group_anchor, error))
		return FALSE;
	self->group_id = g_strdup(pushed->target_id);
	self->group = json_pack("{s:s}", GROUP_NAME, name);
	self->name = json_pack("[{s:s, s:s?, s:s}]", "path", GROUP_NAME, "old", pushed->label,
			       "new", name);
	json_object_set_new(self->document, "group", json_string(name));
	self->has_group = TRUE;
	return TRUE;
}

static gboolean load_group(Render *self, GError **error)
{
	State *state = self->context.state;
	g_autoptr(GArray) groups = g_array_new(FALSE, FALSE, sizeof(gint64));

	if (!pushed_wanted(state, self->context.app, groups, error))
		return FALSE;
	for (guint i = 0; i < groups->len; i++) {
		gint64 group = g_array_index(groups, gint64, i);
		g_autoptr(Pushed) pushed = NULL;
		gboolean is = FALSE;

		if (!pushed_find(state, self->context.app, group, &pushed, error) ||
		    (pushed && !is_called(self, group, pushed, &is, error)))
			return FALSE;
		if (is)
			return take_group(self, group, pushed, error);
	}
	return error_set(error, ERROR_CONFIG,
			 "no group that is pushed to app '%s' is called '%s'\nname it as it is "
			 "called there, or by its DN; before the first 'dirbridge sync' none is "
			 "known",
			 self->app->name, self->query->group);
}

static gboolean load_member(Render *self, GError **error)
{
	State *state = self->context.state;
	ViewEntry entry = { 0 };
	gboolean is_group;
	gint64 id = 0;

	if (!find_one(self, self->query->member, &id, error) ||
	    !membership_target(state, self->context.app, id, &self->member_id, &is_group, error) ||
	    !view_load(state, id, &entry, error))
		return FALSE;
	if (entry.entry)
		json_object_set_new(self->document, "member", json_string(entry_dn(entry.entry)));
	view_entry_clear(&entry);
	self->has_member = TRUE;
	return TRUE;
}

static gboolean load_all(Render *self, GError **error)
{
	const RenderQuery *query = self->query;

	return (!query->user || load_person(self, error)) &&
	       (!query->group || load_group(self, error)) &&
	       (!query->member || load_member(self, error));
}

/* ---- what is asked ---- */

/* Whom an operation is about, by its name; what none of the rows begins is about a person. */
typedef struct {
	const char *prefix;
	gboolean person, group, member;
	const char *options; /* for messages */
} Subject;

static const Subject subjects[] = {
	{ "test", FALSE, FALSE, FALSE, "" },
	{ "list", FALSE, FALSE, FALSE, "" },
	{ "group_list", FALSE, FALSE, FALSE, "" },
	{ "group_", FALSE, TRUE, FALSE, "--group NAME" },
	{ "member_list", FALSE, TRUE, FALSE, "--group NAME" },
	{ "member_", FALSE, TRUE, TRUE, "--group NAME and --member USER" },
	{ "", TRUE, FALSE, FALSE, "--user USER" },
};

static const Subject *subject_of(const char *operation)
{
	guint i = 0;

	while (!g_str_has_prefix(operation, subjects[i].prefix))
		i++;
	return &subjects[i];
}

static gboolean is_named(const Render *self, const Subject *subject)
{
	return (!subject->person || self->has_person) && (!subject->group || self->has_group) &&
	       (!subject->member || self->has_member);
}

static TargetRequest request_for(const Render *self, const char *operation, TargetMember *member)
{
	const Subject *subject = subject_of(operation);
	const json_t *account = strcmp(operation, "create") == 0 ? self->created : self->updated;
	const char *const *group_match = self->app->ops->group_match;
	gboolean of_group = subject->group;
	TargetRequest request = {
		.id = of_group ? self->group_id : self->id,
		.anchor = of_group ? self->group_anchor : self->anchor,
		.resource = of_group ? self->group : account,
		.changes = of_group ? self->name : self->changes,
		.match_path = of_group ? (group_match ? group_match[0] : GROUP_NAME)
				       : g_ptr_array_index(self->app->match, 0),
		.match_value = of_group ? json_get_string(self->group, GROUP_NAME) : self->match,
		.must_change = TRUE,
	};

	if (subject->member) {
		*member = (TargetMember){ .id = self->member_id ? self->member_id : "<member.id>" };
		request.members = member;
		request.member_count = 1;
	}
	return request;
}

/* What came of it goes into the document; a person who cannot be sent is no failure of ours. */
static void render_one(Render *self, const char *operation)
{
	TargetMember member;
	TargetRequest request = request_for(self, operation, &member);
	g_autoptr(json_t) requests = json_array();
	g_autoptr(GError) problem = NULL;
	size_t index;
	json_t *row;

	if (!self->app->ops->render(self->app->conf, operation, &request, requests, &problem)) {
		json_array_append_new(self->requests,
				      json_pack("{s:s, s:s}", "operation", operation, "problem",
						problem->message));
		return;
	}
	json_array_foreach (requests, index, row) {
		json_object_set_new(row, "operation", json_string(operation));
		json_array_append(self->requests, row);
	}
}

static void render_all(Render *self, const GPtrArray *names)
{
	g_autoptr(GString) left = g_string_new(NULL);

	for (guint i = 0; i < names->len; i++) {
		const char *name = g_ptr_array_index(names, i);

		if (is_named(self, subject_of(name)))
			render_one(self, name);
		else
			g_string_append_printf(left, "%s%s", left->len ? ", " : "", name);
	}
	if (left->len)
		note(self,
		     "left out, because nobody was named for them (--user, --group, "
		     "--member): %s",
		     left->str);
}

static gboolean has_operation(const Render *self, const GPtrArray *names, GError **error)
{
	const char *wanted = self->query->operation;
	g_autoptr(GString) list = g_string_new(NULL);
	const Subject *subject = subject_of(wanted);

	for (guint i = 0; i < names->len; i++) {
		const char *name = g_ptr_array_index(names, i);

		if (strcmp(name, wanted) == 0)
			return is_named(self, subject) ||
			       error_set(error, ERROR_CONFIG, "'%s' needs %s", wanted,
					 subject->options);
		g_string_append_printf(list, "%s%s", i ? ", " : "", name);
	}
	return error_set(error, ERROR_CONFIG,
			 "app '%s' has no operation '%s', or it is switched off\nit has: %s",
			 self->app->name, wanted, list->len ? list->str : "none");
}

static gboolean render(Render *self, GError **error)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();

	self->app->ops->operations(self->app->conf, names);
	if (!load_all(self, error))
		return FALSE;
	if (!self->query->operation)
		render_all(self, names);
	else if (has_operation(self, names, error))
		render_one(self, self->query->operation);
	else
		return FALSE;
	return TRUE;
}

static gboolean can_render(const Config *config, const RenderQuery *query, GError **error)
{
	const AppConfig *app = config_app(config, query->app);

	if (!app)
		return config_no_app(config, query->app, error);
	if (!app->ops->render || !app->ops->operations)
		return error_set(error, ERROR_CONFIG,
				 "app '%s' is of type %s: 'dirbridge plan -v' shows what would be "
				 "sent",
				 app->name, app->type);
	return TRUE;
}

json_t *render_requests(const Config *config, State *state, const RenderQuery *query,
			GError **error)
{
	g_autoptr(json_t) requests = json_array();
	g_autoptr(json_t) notes = json_array();
	g_autoptr(json_t) document = json_pack("{s:s, s:O, s:O}", "app", query->app, "notes", notes,
					       "requests", requests);
	g_autoptr(Arena) arena = arena_new();
	g_autoptr(Rules) rules = NULL;
	Render self = { .query = query, .document = document, .notes = notes };
	AppRow row = { 0 };
	gint64 now_us = clock_now_us();
	gboolean ok;

	if (!can_render(config, query, error) || !app_row_get(state, query->app, &row, error))
		return NULL;
	self.requests = requests;
	self.app = config_app(config, query->app);
	rules = rules_new(config, state, now_us, error);
	self.context = (WantContext){ self.app, state, row.id, now_us, arena, rules };
	ok = rules && render(&self, error);
	render_clear(&self);
	app_row_clear(&row);
	return ok ? g_steal_pointer(&document) : NULL;
}
