/*
 * Which forms of PATCH a service takes for accounts, and what each of them really does.
 *
 *	by path            { "op": "replace", "path": "displayName", "value": "x" }
 *	without a path     { "op": "replace", "value": { "displayName": "x" } }
 *	dotted names       { "op": "replace", "value": { "name.givenName": "x" } }
 *	several            two operations by path
 *	typed value        "path": "emails[type eq \"work\"].value", there and not there
 *
 * and how a value is taken away. Each is followed by a look at the account: a service that answers
 * 200 and does nothing is told from one that did it. A service may keep some attributes as they
 * were made; so a form works if any of several attributes changes. RFC 7644 §3.5.2.
 */
#include <string.h>

#include "base/json.h"
#include "scim_probe_internal.h"

#define WORK "emails[type eq \"work\"].value"
#define HOME "emails[type eq \"home\"].value"

/* A value that nobody has; an e-mail is in the domain of the account. New reference. */
static json_t *fresh_value(ScimProbe *self, gboolean mail)
{
	const char *domain = strchr(self->account->name, '@');
	g_autofree char *text = g_strdup_printf("Dirbridge-Probe-%s-%u%s", self->token,
						++self->number,
						!mail    ? ""
						: domain ? domain
							 : "@example.com");
	g_autofree char *lower = g_ascii_strdown(text, -1);

	return json_string(mail ? lower : text);
}

static json_t *one_operation(const char *op, const char *path, json_t *value)
{
	json_t *operation = json_object();

	json_object_set_new(operation, "op", json_string(op));
	if (path)
		json_object_set_new(operation, "path", json_string(path));
	if (value)
		json_object_set(operation, "value", value);
	return operation;
}

/* Sends operations, which it takes over; what came of it when 'path' should hold 'wanted'. */
static ScimTry try_operations(ScimProbe *self, json_t *operations, const char *path,
			      const json_t *wanted, ScimProbeChange *change)
{
	g_autoptr(json_t) body = scim_patch_message(operations);

	scim_probe_change(self, self->account, "PATCH", body, NULL, change);
	if (change->tried == SCIM_TRY_WORKS && !scim_probe_holds(change->after, path, wanted))
		change->tried = SCIM_TRY_IGNORED;
	return change->tried;
}

static void tell_try(ScimProbe *self, const char *what, const ScimProbeChange *change,
		     const char *setting, const char *value)
{
	scim_probe_tell(self,
			&(ScimProbeRow){ .what = what,
					 .evidence = TARGET_TRIED,
					 .setting = setting,
					 .value = value },
			"%s%s%s", scim_probe_try_words(change->tried), change->words ? ": " : "",
			change->words ? change->words : "");
}

/* Forms ---------------------------------------------------------------------------------------- */

const char *const scim_probe_attributes[SCIM_PROBE_ATTRIBUTES] = { "displayName", "name.givenName",
								   "title" };

static json_t *form_of(const char *attribute, json_t *value, gboolean by_path)
{
	if (by_path)
		return json_pack("[o]", one_operation("replace", attribute, value));
	g_autoptr(json_t) members = g_str_equal(attribute, "name.givenName")
					    ? json_pack("{s:{s:O}}", "name", "givenName", value)
					    : json_pack("{s:O}", attribute, value);
	return json_pack("[o]", one_operation("replace", NULL, members));
}

static void tell_form(ScimProbe *self, const char *what, const ScimProbeChange *first,
		      const char *instead, const char *value)
{
	g_autofree char *besides = instead ? g_strdup_printf("works for %s; %s ", instead,
							     scim_probe_attributes[0])
					   : NULL;

	scim_probe_tell(self,
			&(ScimProbeRow){ .what = what,
					 .evidence = TARGET_TRIED,
					 .setting = value ? "quirks.patch_path" : NULL,
					 .value = value },
			"%s%s%s%s", besides ? besides : "", scim_probe_try_words(first->tried),
			first->words ? ": " : "", first->words ? first->words : "");
}

static gboolean is_conclusive(const ScimProbeChange *change)
{
	gboolean no_such_method = change->status == 405 || change->status == 501;

	return no_such_method ||
	       (change->tried != SCIM_TRY_REFUSED && change->tried != SCIM_TRY_IGNORED);
}

/*
 * One form, for one attribute after the other until it works. *instead is the one it works for
 * where it does not for the first. 'first' is what came of that.
 */
static ScimTry try_form(ScimProbe *self, gboolean by_path, ScimProbeChange *first,
			const char **instead)
{
	*instead = NULL;
	for (guint i = 0; i < SCIM_PROBE_ATTRIBUTES && !self->over; i++) {
		const char *attribute = scim_probe_attributes[i];
		g_auto(ScimProbeChange) other = { 0 };
		ScimProbeChange *change = i == 0 ? first : &other;
		g_autoptr(json_t) value = fresh_value(self, FALSE);

		try_operations(self, form_of(attribute, value, by_path), attribute, value, change);
		if (i > 0 && change->tried == SCIM_TRY_WORKS) {
			*instead = attribute;
			return SCIM_TRY_WORKS;
		}
		if (is_conclusive(change))
			return i == 0 ? change->tried : first->tried;
	}
	return first->tried;
}

static void try_by_path(ScimProbe *self)
{
	g_auto(ScimProbeChange) change = { 0 };
	const char *instead;

	self->by_path = try_form(self, TRUE, &change, &instead);
	if (instead)
		self->attribute = instead;
	tell_form(self, "PATCH by path", &change, instead, NULL);
	if (change.status == 405 || change.status == 501)
		self->without_path = SCIM_TRY_REFUSED;
}

static void try_without_path(ScimProbe *self)
{
	g_auto(ScimProbeChange) change = { 0 };
	const char *instead;

	self->without_path = try_form(self, FALSE, &change, &instead);
	gboolean by_path = self->by_path == SCIM_TRY_WORKS;
	gboolean decides = by_path || (self->without_path == SCIM_TRY_WORKS &&
				       self->by_path != SCIM_TRY_NOT_TRIED);
	if (instead && !by_path)
		self->attribute = instead;
	tell_form(self, "PATCH without a path", &change, instead,
		  !decides  ? NULL
		  : by_path ? "true"
			    : "false");
}

static void try_dotted(ScimProbe *self)
{
	g_auto(ScimProbeChange) change = { 0 };
	g_autoptr(json_t) value = fresh_value(self, FALSE);
	g_autoptr(json_t) members = json_pack("{s:O}", "name.givenName", value);
	json_t *operations = json_pack("[o]", one_operation("replace", NULL, members));

	try_operations(self, operations, "name.givenName", value, &change);
	tell_try(self, "PATCH without a path, with dotted names", &change, NULL, NULL);
}

/* What a service keeps in any case says nothing of how many operations it takes. */
static gboolean changes_alone(ScimProbe *self, const char *attribute)
{
	g_auto(ScimProbeChange) change = { 0 };
	g_autoptr(json_t) value = fresh_value(self, FALSE);

	return try_operations(self, form_of(attribute, value, TRUE), attribute, value, &change) ==
	       SCIM_TRY_WORKS;
}

static void try_several(ScimProbe *self)
{
	const char *one = self->attribute;
	const char *other = g_str_equal(one, "name.givenName") ? "name.familyName"
							       : "name.givenName";
	g_auto(ScimProbeChange) change = { 0 };
	g_autoptr(json_t) first = fresh_value(self, FALSE);
	g_autoptr(json_t) second = fresh_value(self, FALSE);
	json_t *operations = json_pack("[o, o]", one_operation("replace", one, first),
				       one_operation("replace", other, second));

	try_operations(self, operations, one, first, &change);
	if (change.tried == SCIM_TRY_WORKS && !scim_probe_holds(change.after, other, second))
		change.tried = SCIM_TRY_HARMS;
	gboolean one_only = change.tried == SCIM_TRY_REFUSED || change.tried == SCIM_TRY_IGNORED ||
			    change.tried == SCIM_TRY_HARMS;
	one_only = one_only && changes_alone(self, other);
	tell_try(self, "several operations in one PATCH", &change, "quirks.patch_ops_max",
		 one_only ? "1" : NULL);
}

static void try_typed(ScimProbe *self, const char *path, const char *what)
{
	g_auto(ScimProbeChange) change = { 0 };
	g_autoptr(json_t) value = fresh_value(self, TRUE);
	json_t *operations = json_pack("[o]", one_operation("replace", path, value));

	try_operations(self, operations, path, value, &change);
	tell_try(self, what, &change, NULL, NULL);
}

/* Taking a value away -------------------------------------------------------------------------- */

static const struct {
	const char *what, *op;
	gboolean by_path;
	const char *value; /* JSON, or NULL */
} removals[] = {
	{ "taking a value away by \"remove\"", "remove", TRUE, NULL },
	{ "taking a value away by null", "replace", TRUE, "null" },
	{ "taking a value away by \"\"", "replace", TRUE, "\"\"" },
	{ "taking a value away by null without a path", "replace", FALSE, "null" },
};

static json_t *removal_operations(guint i)
{
	g_autoptr(json_t) value = removals[i].value
					  ? json_loads(removals[i].value, JSON_DECODE_ANY, NULL)
					  : NULL;
	g_autoptr(json_t) members = json_pack("{s:O?}", "title", value);

	return json_pack("[o]", one_operation(removals[i].op, removals[i].by_path ? "title" : NULL,
					      removals[i].by_path ? value : members));
}

static void try_removals(ScimProbe *self)
{
	g_autoptr(json_t) title = json_string("Probe");

	for (guint i = 0; i < G_N_ELEMENTS(removals) && !self->over; i++) {
		ScimTry form = removals[i].by_path ? self->by_path : self->without_path;
		g_auto(ScimProbeChange) change = { 0 };

		if (form != SCIM_TRY_WORKS)
			continue;
		if (!scim_probe_set(self, self->account, "title", title)) {
			scim_probe_tell(self,
					&(ScimProbeRow){ .what = "taking a value away",
							 .evidence = TARGET_TRIED },
					"could not be tried: the service does not keep a title");
			return;
		}
		try_operations(self, removal_operations(i), "title", NULL, &change);
		tell_try(self, removals[i].what, &change, NULL, NULL);
	}
}

/* What follows from it for 'update': only a wrong choice is to be changed. */
static void tell_update(ScimProbe *self)
{
	int update = self->target->conf->update;
	gboolean any = self->by_path == SCIM_TRY_WORKS || self->without_path == SCIM_TRY_WORKS;
	gboolean refused = self->by_path == SCIM_TRY_REFUSED &&
			   self->without_path == SCIM_TRY_REFUSED;
	const char *value = NULL;

	if (any && update == SCIM_UPDATE_PATCH_MERGED && self->without_path != SCIM_TRY_WORKS)
		value = "\"patch\"";
	if (value)
		scim_probe_tell(self,
				&(ScimProbeRow){ .what = "how accounts are updated",
						 .evidence = TARGET_TRIED,
						 .setting = "update",
						 .value = value },
				"by PATCH with a path for each attribute");
	if (refused)
		scim_probe_tell(self, &(ScimProbeRow){ .what = "PATCH", .evidence = TARGET_TRIED },
				"is refused for every attribute that was tried");
}

void scim_probe_patch(ScimProbe *self)
{
	if (!scim_probe_has_account(self))
		return;
	try_by_path(self);
	if (self->account->gone && scim_probe_has_account(self))
		try_by_path(self);
	if (self->without_path == SCIM_TRY_NOT_TRIED)
		try_without_path(self);
	self->patch_is_known = self->by_path != SCIM_TRY_NOT_TRIED &&
			       self->without_path != SCIM_TRY_NOT_TRIED;
	if (self->without_path == SCIM_TRY_WORKS)
		try_dotted(self);
	if (self->by_path == SCIM_TRY_WORKS) {
		try_several(self);
		try_typed(self, WORK, "PATCH of a typed value that is there");
		try_typed(self, HOME, "PATCH of a typed value that is not there");
	}
	try_removals(self);
	tell_update(self);
}
