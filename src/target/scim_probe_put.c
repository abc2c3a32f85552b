/*
 * PUT of accounts, versions (If-Match), and switching accounts on and off.
 *
 * PUT is tried twice: with the whole account, and with a part of it. It works if any of several
 * attributes changes: some services keep names as they were made. Whether what a PUT does not
 * name stays or vanishes decides how little may be sent. RFC 7644 §3.5.1, RFC 9110 §13.1.1.
 */
#include "base/json.h"
#include "core/resource.h"
#include "scim_probe_internal.h"

/* Changes to new values, of one attribute or of all that are tried (NULL). */
static json_t *fresh_changes(ScimProbe *self, const char *only)
{
	json_t *changes = json_array();

	for (guint i = 0; i < SCIM_PROBE_ATTRIBUTES; i++) {
		const char *attribute = scim_probe_attributes[i];
		g_autofree char *text = g_strdup_printf("Dirbridge-Probe-%s-%u", self->token,
							++self->number);
		if (!only || g_str_equal(only, attribute))
			json_array_append_new(changes, json_pack("{s:s, s:s}", "path", attribute,
								 "new", text));
	}
	return changes;
}

/* Whether one of the changes is to be seen. */
static gboolean shows_any(const json_t *document, const json_t *changes)
{
	size_t i;
	json_t *change;

	json_array_foreach ((json_t *)changes, i, change) {
		if (scim_probe_holds(document, json_get_string(change, "path"),
				     json_object_get(change, "new")))
			return TRUE;
	}
	return FALSE;
}

/* Switching ------------------------------------------------------------------------------------ */

static const char *switch_value(const ScimProbe *self, ScimBoolean booleans)
{
	return booleans == SCIM_BOOLEAN_TEXT ? "\"text\"" : "\"json\"";
}

static json_t *switched(gboolean active, ScimBoolean booleans)
{
	return booleans == SCIM_BOOLEAN_TEXT ? json_string(active ? "true" : "false")
					     : json_boolean(active);
}

static gboolean is_active(const json_t *document)
{
	return !json_is_false(json_get_nocase(document, "active"));
}

static ScimTry switch_by_patch(ScimProbe *self, gboolean active, ScimBoolean booleans,
			       ScimProbeChange *change)
{
	gboolean pathless = self->by_path != SCIM_TRY_WORKS && self->without_path == SCIM_TRY_WORKS;
	json_t *value = switched(active, booleans);
	json_t *operation = pathless ? json_pack("{s:s, s:{s:o}}", "op", "replace", "value",
						 "active", value)
				     : json_pack("{s:s, s:s, s:o}", "op", "replace", "path",
						 "active", "value", value);
	g_autoptr(json_t) body = scim_patch_message(json_pack("[o]", operation));

	scim_probe_change(self, self->account, "PATCH", body, NULL, change);
	if (change->tried == SCIM_TRY_WORKS && is_active(change->after) != active)
		change->tried = SCIM_TRY_IGNORED;
	return change->tried;
}

static ScimTry switch_by_put(ScimProbe *self, gboolean active)
{
	g_autoptr(json_t) body = scim_probe_read(self, self->account, NULL);
	g_autoptr(json_t) changes = scim_active_changes(active);
	g_auto(ScimProbeChange) change = { 0 };

	if (!body)
		return SCIM_TRY_NOT_TRIED;
	scim_put_document(body, changes);
	scim_write_booleans(&(ScimQuirks){ .boolean = (int)self->booleans }, body);
	scim_probe_change(self, self->account, "PUT", body, NULL, &change);
	if (change.tried == SCIM_TRY_WORKS && is_active(change.after) != active)
		change.tried = SCIM_TRY_IGNORED;
	return change.tried;
}

/* It does disable, in its way. */
static ScimTry tell_removed(ScimProbe *self)
{
	scim_probe_tell(self,
			&(ScimProbeRow){ .what = "switching off by PATCH",
					 .evidence = TARGET_TRIED,
					 .setting = "quirks.disable_means",
					 .value = "\"removes the account\"",
					 .odd = TRUE },
			"removes the account");
	return SCIM_TRY_WORKS;
}

/* The service's booleans are those that switch, if only one of both spellings does. */
static ScimTry try_switch_by_patch(ScimProbe *self)
{
	g_auto(ScimProbeChange) change = { 0 };
	g_autoptr(json_t) before = scim_probe_read(self, self->account, NULL);
	ScimBoolean other = self->booleans == SCIM_BOOLEAN_TEXT ? SCIM_BOOLEAN_JSON
								: SCIM_BOOLEAN_TEXT;
	gboolean active = !is_active(before);
	ScimTry tried = switch_by_patch(self, active, self->booleans, &change);

	if (tried == SCIM_TRY_HARMS)
		return tell_removed(self);
	if (tried == SCIM_TRY_WORKS || tried == SCIM_TRY_UNSEEN) {
		tried = switch_by_patch(self, !active, self->booleans, &change);
	} else if (switch_by_patch(self, active, other, &change) == SCIM_TRY_WORKS) {
		self->booleans = other;
		tried = switch_by_patch(self, !active, self->booleans, &change);
	}
	if (tried == SCIM_TRY_HARMS)
		return tell_removed(self);
	gboolean works = tried == SCIM_TRY_WORKS;
	scim_probe_tell(self,
			&(ScimProbeRow){ .what = "switching on and off by PATCH",
					 .evidence = TARGET_TRIED,
					 .setting = "quirks.boolean",
					 .value = works ? switch_value(self, self->booleans)
							: NULL },
			"%s%s%s", scim_probe_try_words(tried), change.words && !works ? ": " : "",
			change.words && !works ? change.words : "");
	return tried;
}

/* Whether it is PUT that disables, as configured. */
static gboolean wants_put(const ScimProbe *self)
{
	const ScimConf *conf = self->target->conf;

	return conf->quirks.disable_by == SCIM_DISABLE_PUT ||
	       (conf->quirks.disable_by == SCIM_DISABLE_AUTO && conf->update == SCIM_UPDATE_PUT);
}

static gboolean tell_lost(ScimProbe *self, const char *what, const char *setting)
{
	if (self->over || !scim_probe_is_lost(self, self->account))
		return FALSE;
	scim_probe_tell(self,
			&(ScimProbeRow){ .what = what,
					 .evidence = TARGET_TRIED,
					 .setting = setting,
					 .odd = TRUE },
			"could not be seen: " SCIM_PROBE_LOST);
	return TRUE;
}

static void tell_switch(ScimProbe *self, gboolean by_patch, gboolean by_put)
{
	int disable_by = self->target->conf->quirks.disable_by;
	gboolean gone = !self->accounts_stay;
	gboolean any = by_patch || by_put;
	gboolean is_put = wants_put(self);
	gboolean is_patch = disable_by == SCIM_DISABLE_PATCH ||
			    (disable_by == SCIM_DISABLE_AUTO && !is_put);
	gboolean fits = (by_patch && is_patch) || (by_put && is_put) ||
			(gone && disable_by == SCIM_DISABLE_DELETE) ||
			disable_by == SCIM_DISABLE_NONE;
	/* That nothing was seen to work is no reason to give up what somebody has chosen. */
	gboolean keeps = !any && disable_by != SCIM_DISABLE_AUTO;
	const char *value = by_patch ? "\"patch\""
			    : by_put ? "\"put\""
			    : gone   ? "\"delete\""
				     : "\"none\"";

	scim_probe_tell(self,
			&(ScimProbeRow){ .what = "how accounts are disabled",
					 .evidence = TARGET_TRIED,
					 .setting = "quirks.disable_by",
					 .value = fits || keeps ? NULL : value,
					 .odd = !fits && keeps },
			by_patch ? "PATCH disables and enables"
			: by_put ? "PUT disables and enables"
			: gone   ? "neither PATCH nor PUT does; DELETE is left"
				 : "nothing does");
}

void scim_probe_switch(ScimProbe *self)
{
	if (!scim_probe_has_account(self))
		return;
	ScimTry patched = try_switch_by_patch(self);
	gboolean by_patch = patched == SCIM_TRY_WORKS;
	if (patched == SCIM_TRY_NOT_TRIED)
		return;
	gboolean by_put = (!by_patch || wants_put(self)) &&
			  switch_by_put(self, TRUE) == SCIM_TRY_WORKS &&
			  switch_by_put(self, FALSE) == SCIM_TRY_WORKS;
	if (!by_patch && !by_put &&
	    tell_lost(self, "how accounts are disabled", "quirks.disable_by"))
		return;
	tell_switch(self, by_patch, by_put);
	/* A probe that is killed from here on leaves accounts that nobody can use. */
	if (by_patch && !self->account->gone) {
		g_auto(ScimProbeChange) change = { 0 };
		switch_by_patch(self, FALSE, self->booleans, &change);
	}
}

/* PUT ------------------------------------------------------------------------------------------ */

static gboolean is_no_method(int status)
{
	return status == 405 || status == 501;
}

/* *status is that of the answer. */
static ScimTry try_whole(ScimProbe *self, int *status)
{
	g_autoptr(json_t) body = scim_probe_read(self, self->account, NULL);
	g_autoptr(json_t) changes = fresh_changes(self, NULL);
	g_auto(ScimProbeChange) change = { 0 };

	if (!body)
		return SCIM_TRY_NOT_TRIED;
	scim_put_document(body, changes);
	scim_write_booleans(&(ScimQuirks){ .boolean = (int)self->booleans }, body);
	scim_probe_change(self, self->account, "PUT", body, NULL, &change);
	if (change.tried == SCIM_TRY_WORKS && !shows_any(change.after, changes))
		change.tried = SCIM_TRY_IGNORED;
	*status = change.status;
	scim_probe_tell(self,
			&(ScimProbeRow){ .what = "PUT of the whole account",
					 .evidence = TARGET_TRIED },
			"%s%s%s", scim_probe_try_words(change.tried), change.words ? ": " : "",
			change.words ? change.words : "");
	return change.tried;
}

static gboolean lost_something(const json_t *before, const json_t *after)
{
	static const char *const others[] = { "emails", "userName" };

	for (guint i = 0; i < G_N_ELEMENTS(others); i++) {
		if (json_get_nocase(before, others[i]) && !json_get_nocase(after, others[i]))
			return TRUE;
	}
	return FALSE;
}

/* A PUT of a part; what it does not name stays, or vanishes. */
static ScimTry try_part(ScimProbe *self)
{
	g_autoptr(json_t) before = scim_probe_read(self, self->account, NULL);
	g_autoptr(json_t) changes = fresh_changes(self, NULL);
	g_auto(ScimProbeChange) change = { 0 };

	if (!before)
		return SCIM_TRY_NOT_TRIED;
	/* What a name must have besides stands beside what changes in it. */
	g_autoptr(json_t) names = json_pack("{s:n, s:n, s:n}", "userName", "name.givenName",
					    "name.familyName");
	g_autoptr(json_t) held = resource_project(before, names);
	g_autoptr(json_t) wanted = resource_apply(held, changes);
	g_autoptr(json_t) body = scim_partial_document(changes, wanted, before, self->account->id);
	scim_probe_change(self, self->account, "PUT", body, NULL, &change);
	gboolean shows = shows_any(change.after, changes);
	gboolean vanishes = change.after && lost_something(before, change.after);
	scim_probe_tell(self,
			&(ScimProbeRow){ .what = "what a PUT does not name",
					 .evidence = TARGET_TRIED },
			"%s%s",
			change.words    ? "could not be seen: "
			: !change.after ? "could not be seen"
			: vanishes      ? "vanishes"
			: shows         ? "stays"
					: "stays, and so does what it names",
			change.words ? change.words : "");
	if (change.tried == SCIM_TRY_WORKS && vanishes)
		return SCIM_TRY_HARMS;
	return change.tried == SCIM_TRY_WORKS && !shows ? SCIM_TRY_IGNORED : change.tried;
}

/* What 'update' should be, or NULL: as it is. */
static const char *update_for(const ScimProbe *self, gboolean patches)
{
	int update = self->target->conf->update;
	gboolean whole = self->put == SCIM_TRY_WORKS, part = self->put_part == SCIM_TRY_WORKS;

	if (patches)
		return (update == SCIM_UPDATE_PUT && !whole) ||
				       (update == SCIM_UPDATE_PUT_PARTIAL && !whole && !part)
			       ? "\"patch\""
			       : NULL;
	if (whole || part)
		return update == SCIM_UPDATE_PUT_PARTIAL ? NULL
		       : whole                           ? "\"put\""
							 : "\"put_partial\"";
	/* That nothing was seen to work is no reason to give up what somebody has chosen. */
	return update == SCIM_UPDATE_AUTO ? "\"create_only\"" : NULL;
}

/* PUT is for services without PATCH; where there is neither, an account stays as it was made. */
static void tell_update(ScimProbe *self)
{
	int update = self->target->conf->update;
	gboolean patches = self->by_path == SCIM_TRY_WORKS || self->without_path == SCIM_TRY_WORKS;
	gboolean puts = self->put == SCIM_TRY_WORKS || self->put_part == SCIM_TRY_WORKS;

	if (self->put == SCIM_TRY_NOT_TRIED || (!patches && !self->patch_is_known) ||
	    (!patches && !puts && tell_lost(self, "how accounts are updated", "update")))
		return;
	scim_probe_tell(self,
			&(ScimProbeRow){ .what = "how accounts are updated",
					 .evidence = TARGET_TRIED,
					 .setting = "update",
					 .value = update_for(self, patches),
					 .odd = !patches && !puts &&
						update != SCIM_UPDATE_CREATE_ONLY },
			patches ? "PATCH works"
			: puts  ? "only PUT works"
				: "neither PATCH nor PUT changed anything of what was tried");
}

void scim_probe_put(ScimProbe *self)
{
	int status = 0;

	if (!scim_probe_has_account(self))
		return;
	self->put = try_whole(self, &status);
	if (self->put != SCIM_TRY_NOT_TRIED && !is_no_method(status) && !self->account->gone)
		self->put_part = try_part(self);
	tell_update(self);
}

/* Versions ------------------------------------------------------------------------------------- */

static const char *words_for_stale(const ScimProbeChange *change)
{
	if (change->status == 412 || change->status == 409)
		return "of another version is refused";
	return change->tried == SCIM_TRY_REFUSED ? "is refused in another way" : "is ignored";
}

void scim_probe_version(ScimProbe *self)
{
	gboolean has_account = scim_probe_has_account(self);
	g_autoptr(json_t) before = has_account ? scim_probe_read(self, self->account, NULL) : NULL;
	const json_t *meta = json_get_nocase(before, "meta");
	gboolean shown = json_is_string(json_get_nocase(meta, "version"));
	gboolean puts = self->by_path != SCIM_TRY_WORKS && self->without_path != SCIM_TRY_WORKS;
	g_autoptr(json_t) changes = fresh_changes(self, self->attribute);
	g_auto(ScimProbeChange) change = { 0 };

	if (!before || (puts && self->put != SCIM_TRY_WORKS))
		return;
	g_autoptr(json_t) body = puts ? json_incref(before)
				 : self->by_path == SCIM_TRY_WORKS
					 ? scim_patch_changes(changes, NULL)
					 : scim_patch_merged(changes, NULL, before);
	if (puts)
		scim_put_document(body, changes);
	scim_probe_change(self, self->account, puts ? "PUT" : "PATCH", body, "W/\"dirbridge\"",
			  &change);
	scim_probe_tell(self,
			&(ScimProbeRow){ .what = "If-Match",
					 .evidence = TARGET_TRIED,
					 .setting = "quirks.etag",
					 .value = self->wants_version ? "true" : NULL },
			"%s; versions are %s%s", words_for_stale(&change),
			shown ? "shown" : "not shown",
			self->wants_version ? "; writes without it are refused (428)" : "");
}
