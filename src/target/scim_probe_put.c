/*
 * PUT of accounts, versions (If-Match), and switching accounts on and off.
 *
 * PUT is tried twice: with the whole account, and with a part of it. Whether what a PUT does not
 * name stays or vanishes decides how little may be sent. RFC 7644 §3.5.1, RFC 9110 §13.1.1.
 */
#include "base/json.h"
#include "scim_probe_internal.h"

static json_t *rename_changes(ScimProbe *self, json_t **name)
{
	g_autofree char *text = g_strdup_printf("Dirbridge-Probe-%s-%u", self->token,
						++self->number);

	*name = json_string(text);
	return json_pack("[{s:s, s:O}]", "path", "displayName", "new", *name);
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

static void tell_switch(ScimProbe *self, gboolean by_patch, gboolean by_put)
{
	int disable_by = self->target->conf->quirks.disable_by;
	gboolean gone = !self->accounts_stay;
	gboolean fits = (by_patch && disable_by == SCIM_DISABLE_PATCH) ||
			(by_put && disable_by == SCIM_DISABLE_PUT) ||
			(by_patch && disable_by == SCIM_DISABLE_AUTO) ||
			(gone && disable_by == SCIM_DISABLE_DELETE) ||
			disable_by == SCIM_DISABLE_NONE;
	const char *value = by_patch ? "\"patch\""
			    : by_put ? "\"put\""
			    : gone   ? "\"delete\""
				     : "\"none\"";

	scim_probe_tell(self,
			&(ScimProbeRow){ .what = "how accounts are disabled",
					 .evidence = TARGET_TRIED,
					 .setting = "quirks.disable_by",
					 .value = fits ? NULL : value },
			by_patch ? "PATCH disables and enables"
			: by_put ? "PUT disables and enables"
			: gone   ? "neither PATCH nor PUT does; DELETE is left"
				 : "nothing does");
}

void scim_probe_switch(ScimProbe *self)
{
	gboolean has_patch = self->by_path == SCIM_TRY_WORKS ||
			     self->without_path == SCIM_TRY_WORKS;

	if (!scim_probe_has_account(self))
		return;
	ScimTry patched = has_patch || !self->patch_is_known ? try_switch_by_patch(self)
							     : SCIM_TRY_REFUSED;
	gboolean by_patch = patched == SCIM_TRY_WORKS;
	if (patched == SCIM_TRY_NOT_TRIED)
		return;
	gboolean wants_put = self->target->conf->quirks.disable_by == SCIM_DISABLE_PUT;
	gboolean by_put = (!by_patch || wants_put) && switch_by_put(self, TRUE) == SCIM_TRY_WORKS &&
			  switch_by_put(self, FALSE) == SCIM_TRY_WORKS;
	tell_switch(self, by_patch, by_put);
	/* A probe that is killed from here on leaves accounts that nobody can use. */
	if (by_patch && !self->account->gone) {
		g_auto(ScimProbeChange) change = { 0 };
		switch_by_patch(self, FALSE, self->booleans, &change);
	}
}

/* PUT ------------------------------------------------------------------------------------------ */

static ScimTry try_whole(ScimProbe *self)
{
	g_autoptr(json_t) body = scim_probe_read(self, self->account, NULL);
	g_autoptr(json_t) name = NULL;
	g_autoptr(json_t) changes = rename_changes(self, &name);
	g_auto(ScimProbeChange) change = { 0 };

	if (!body)
		return SCIM_TRY_NOT_TRIED;
	scim_put_document(body, changes);
	scim_write_booleans(&(ScimQuirks){ .boolean = (int)self->booleans }, body);
	scim_probe_change(self, self->account, "PUT", body, NULL, &change);
	if (change.tried == SCIM_TRY_WORKS && !scim_probe_holds(change.after, "displayName", name))
		change.tried = SCIM_TRY_IGNORED;
	scim_probe_tell(self,
			&(ScimProbeRow){ .what = "PUT of the whole account",
					 .evidence = TARGET_TRIED },
			"%s%s%s", scim_probe_try_words(change.tried), change.words ? ": " : "",
			change.words ? change.words : "");
	return change.tried;
}

static void try_part(ScimProbe *self)
{
	g_autoptr(json_t) before = scim_probe_read(self, self->account, NULL);
	g_autoptr(json_t) name = NULL;
	g_autoptr(json_t) changes = rename_changes(self, &name);
	g_auto(ScimProbeChange) change = { 0 };

	if (!before || !json_get_nocase(before, "name"))
		return;
	g_autoptr(json_t) body = scim_partial_document(changes, NULL, before, self->account->id);
	scim_probe_change(self, self->account, "PUT", body, NULL, &change);
	scim_probe_tell(self,
			&(ScimProbeRow){ .what = "what a PUT does not name",
					 .evidence = TARGET_TRIED },
			"%s",
			!change.after                                         ? "could not be seen"
			: !json_get_nocase(change.after, "name")              ? "vanishes"
			: scim_probe_holds(change.after, "displayName", name) ? "stays"
									      : "stays, and so "
										"does what it "
										"names");
}

/* PUT is for services without PATCH; where there is neither, an account stays as it was made. */
static void tell_update(ScimProbe *self)
{
	gboolean patches = self->by_path == SCIM_TRY_WORKS || self->without_path == SCIM_TRY_WORKS;
	int update = self->target->conf->update;
	gboolean puts = self->put == SCIM_TRY_WORKS;
	const char *value = puts ? "\"put\"" : "\"create_only\"";

	if (self->put == SCIM_TRY_NOT_TRIED || (!patches && !self->patch_is_known))
		return;
	if (patches) {
		gboolean wrong = !puts &&
				 (update == SCIM_UPDATE_PUT || update == SCIM_UPDATE_PUT_PARTIAL);
		value = wrong ? "\"patch\"" : NULL;
	} else if (puts && update == SCIM_UPDATE_PUT_PARTIAL) {
		value = NULL;
	}
	scim_probe_tell(self,
			&(ScimProbeRow){ .what = "how accounts are updated",
					 .evidence = TARGET_TRIED,
					 .setting = "update",
					 .value = value },
			patches ? "PATCH works"
			: puts  ? "only PUT works"
				: "neither PATCH nor PUT works");
}

void scim_probe_put(ScimProbe *self)
{
	if (!scim_probe_has_account(self))
		return;
	self->put = try_whole(self);
	if (self->put == SCIM_TRY_WORKS)
		try_part(self);
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
	g_autoptr(json_t) name = NULL;
	g_autoptr(json_t) changes = rename_changes(self, &name);
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
