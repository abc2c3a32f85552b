/*
 * Throw-away objects: made, known again, changed, removed.
 *
 *	userName      dirbridge-probe-3f9c01d2a4be-1@example.com
 *	displayName   Dirbridge-Probe-3f9c01d2a4be-1
 *	externalId    dirbridge-probe-3f9c01d2a4be-1
 *
 * No request changes an object without its having been read just before, with the token of this run
 * in it. What cannot be read is not touched. A create whose fate is open is looked for by what
 * nobody else has, and in the end all there is is looked through for what no answer spoke of.
 */
#include <string.h>

#include "base/json.h"
#include "core/resource.h"
#include "scim_probe_internal.h"
#include "target_internal.h"

#define USUAL_NAME "%s@example.com"

void scim_probe_thing_free(void *thing_)
{
	ScimProbeThing *thing = thing_;

	g_free(thing->id);
	g_free(thing->name);
	g_free(thing->external);
	g_free(thing);
}

char *scim_probe_path(const ScimProbeThing *thing)
{
	return thing->is_group ? scim_group_path(thing->id) : scim_account_path(thing->id);
}

/* Making --------------------------------------------------------------------------------------- */

static char *text_at(const json_t *body, const char *member)
{
	return g_strdup(json_string_value(json_get_nocase(body, member)));
}

static char *user_name(const ScimProbe *self, const char *mark)
{
	const char *pattern = self->how->user_name ? self->how->user_name : USUAL_NAME;
	g_auto(GStrv) parts = g_strsplit(pattern, "%s", 2);

	return g_strjoinv(mark, parts);
}

/* What a service requires besides, whatever it is; who it is stays ours. */
static void add_attributes(json_t *body, const json_t *attributes)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)attributes, key, value) {
		if (g_ascii_strcasecmp(key, "userName") == 0 ||
		    g_ascii_strcasecmp(key, "externalId") == 0)
			continue;
		overlay_delete_nocase(body, key);
		json_object_set_new(body, key, json_deep_copy(value));
	}
	if (!json_object_get(attributes, "schemas")) {
		json_object_del(body, "schemas");
		json_object_set_new(body, "schemas", scim_schemas_of(body));
	}
}

json_t *scim_probe_account_body(ScimProbe *self)
{
	const ScimQuirks *quirks = &self->target->conf->quirks;
	g_autofree char *mark = g_strdup_printf("dirbridge-probe-%s-%u", self->token,
						++self->number);
	g_autofree char *shown = g_strdup_printf("Dirbridge-Probe-%s-%u", self->token,
						 self->number);
	g_autofree char *name = user_name(self, mark);
	g_autofree char *mail = strchr(name, '@') ? g_strdup(name)
						  : g_strdup_printf(USUAL_NAME, mark);
	g_autoptr(json_t) resource = json_pack("{s:s, s:s, s:s, s:s, s:s, s:b}", "userName", name,
					       "displayName", shown, "name.givenName", "Dirbridge",
					       "name.familyName", "Probe",
					       "emails[type eq \"work\"].value", mail, "active",
					       FALSE);
	json_t *body = scim_create_document(resource, mark);

	if (!quirks->email_primary)
		scim_unmark_email(body, resource);
	add_attributes(body, self->how->attributes);
	if (self->without_active)
		overlay_delete_nocase(body, "active");
	if (self->without_external)
		overlay_delete_nocase(body, "externalId");
	scim_write_booleans(&(ScimQuirks){ .boolean = (int)self->booleans }, body);
	return body;
}

static json_t *group_body(ScimProbe *self)
{
	g_autofree char *mark = g_strdup_printf("dirbridge-probe-%s-%u", self->token,
						++self->number);
	g_autofree char *name = g_strdup_printf("Dirbridge-Probe-%s-%u", self->token, self->number);
	g_autoptr(json_t) resource = json_pack("{s:s}", "displayName", name);

	return scim_group_document(&self->target->conf->quirks.groups, resource, mark);
}

/*
 * An answer that was lost, cut or a 5xx leaves open whether the object is there. So does a refusal
 * of what was sent again: the name that "exists already" may be that of the first try.
 */
static gboolean may_be_there(const ScimProbeAnswer *answer)
{
	return answer->reply.outcome == TARGET_OK || answer->reply.outcome == TARGET_UNKNOWN ||
	       answer->reply.outcome == TARGET_LATER || answer->repeated;
}

ScimProbeThing *scim_probe_make(ScimProbe *self, gboolean is_group, const json_t *body,
				ScimProbeAnswer *answer)
{
	ScimProbeThing *thing;

	scim_probe_ask(self, "POST", is_group ? "/Groups" : "/Users", body, NULL, answer);
	if (!may_be_there(answer))
		return NULL;
	thing = g_new0(ScimProbeThing, 1);
	thing->is_group = is_group;
	thing->name = text_at(body, is_group ? "displayName" : "userName");
	thing->external = text_at(body, "externalId");
	if (answer->reply.outcome == TARGET_OK)
		thing->id = scim_created_id(&answer->reply, answer->location);
	if (thing->id && g_ascii_strcasecmp(thing->id, "Groups") == 0)
		g_clear_pointer(&thing->id, g_free);
	g_ptr_array_add(self->made, thing);
	return thing;
}

ScimProbeThing *scim_probe_make_another(ScimProbe *self, gboolean is_group)
{
	g_autoptr(json_t) body = is_group ? group_body(self) : scim_probe_account_body(self);
	g_auto(ScimProbeAnswer) answer = { 0 };

	if (is_group ? self->groups_stay : self->accounts_stay)
		return NULL;
	ScimProbeThing *thing = scim_probe_make(self, is_group, body, &answer);
	return scim_probe_settle(self, thing) ? thing : NULL;
}

/* Reading -------------------------------------------------------------------------------------- */

json_t *scim_probe_read(ScimProbe *self, const ScimProbeThing *thing, int *status)
{
	g_auto(ScimProbeAnswer) answer = { 0 };
	g_autofree char *path = scim_probe_path(thing);
	const char *token = self->how->clean ? NULL : self->token;

	scim_probe_get(self, path, &answer);
	if (status)
		*status = answer.reply.status;
	if (!scim_probe_is_fine(&answer) || !json_is_object(answer.reply.body) ||
	    !scim_normalise(answer.reply.body) ||
	    !g_str_equal(json_get_string(answer.reply.body, "id"), thing->id) ||
	    !scim_probe_is_ours(answer.reply.body, token))
		return NULL;
	if (answer.etag && !json_get_nocase(json_get_nocase(answer.reply.body, "meta"), "version"))
		json_object_set_new(answer.reply.body, "meta",
				    json_pack("{s:s}", "version", answer.etag));
	return json_incref(answer.reply.body);
}

gboolean scim_probe_is_lost(ScimProbe *self, const ScimProbeThing *thing)
{
	g_autoptr(json_t) document = scim_probe_read(self, thing, NULL);

	return !document;
}

/* Changing ------------------------------------------------------------------------------------- */

void scim_probe_change_clear(ScimProbeChange *change)
{
	g_free(change->words);
	json_decref(change->after);
	*change = (ScimProbeChange){ 0 };
}

const char *scim_probe_version_of(const json_t *document)
{
	return json_string_value(json_get_nocase(json_get_nocase(document, "meta"), "version"));
}

void scim_probe_send(ScimProbe *self, const char *method, const char *path, const json_t *body,
		     const char *version, ScimProbeAnswer *answer)
{
	scim_probe_ask(self, method, path, body, self->wants_version ? version : NULL, answer);
	if (answer->reply.status != 428 || self->wants_version || !version)
		return;
	self->wants_version = TRUE;
	scim_probe_ask(self, method, path, body, version, answer);
}

void scim_probe_change(ScimProbe *self, ScimProbeThing *thing, const char *method,
		       const json_t *body, const char *version, ScimProbeChange *change)
{
	g_autoptr(json_t) before = scim_probe_read(self, thing, NULL);
	g_autofree char *path = scim_probe_path(thing);
	g_auto(ScimProbeAnswer) answer = { 0 };
	int status = 0;

	scim_probe_change_clear(change);
	if (!before) {
		change->words = g_strdup("the object cannot be read any more");
		return;
	}
	if (version)
		scim_probe_ask(self, method, path, body, version, &answer);
	else
		scim_probe_send(self, method, path, body, scim_probe_version_of(before), &answer);
	change->status = answer.reply.status;
	if (!scim_probe_is_fine(&answer)) {
		change->words = scim_probe_words(&answer);
		change->tried = scim_probe_is_refusal(&answer) ? SCIM_TRY_REFUSED
							       : SCIM_TRY_NOT_TRIED;
		return;
	}
	change->after = scim_probe_read(self, thing, &status);
	change->tried = change->after ? SCIM_TRY_WORKS : SCIM_TRY_UNSEEN;
	thing->gone = !change->after && (status == 404 || status == 410);
	if (!thing->gone)
		return;
	change->tried = SCIM_TRY_HARMS;
	change->words = g_strdup("the object is gone");
}

/* Some services take "inactive" for "to be removed", and be it with the next change. */
gboolean scim_probe_has_account(ScimProbe *self)
{
	if (self->account && self->account->gone) {
		self->without_active = TRUE;
		self->account = scim_probe_make_another(self, FALSE);
	}
	return self->account != NULL;
}

static json_t *operation_for(const ScimProbe *self, const char *attribute, json_t *value)
{
	if (self->by_path == SCIM_TRY_WORKS || self->by_path == SCIM_TRY_NOT_TRIED)
		return json_pack("[{s:s, s:s, s:o}]", "op", "replace", "path", attribute, "value",
				 value);
	return json_pack("[{s:s, s:{s:o}}]", "op", "replace", "value", attribute, value);
}

gboolean scim_probe_set(ScimProbe *self, ScimProbeThing *thing, const char *attribute,
			json_t *value)
{
	g_auto(ScimProbeChange) change = { 0 };
	gboolean by_put = self->by_path != SCIM_TRY_WORKS && self->without_path != SCIM_TRY_WORKS &&
			  self->by_path != SCIM_TRY_NOT_TRIED;
	g_autoptr(json_t) body = NULL;

	if (by_put) {
		g_autoptr(json_t) changes = json_pack("[{s:s, s:O}]", "path", attribute, "new",
						      value);
		body = scim_probe_read(self, thing, NULL);
		if (!body)
			return FALSE;
		scim_put_document(body, changes);
	} else {
		body = scim_patch_message(operation_for(self, attribute, json_incref(value)));
	}
	scim_probe_change(self, thing, by_put ? "PUT" : "PATCH", body, NULL, &change);
	return change.after && scim_probe_holds(change.after, attribute, value);
}
