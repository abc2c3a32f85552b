/*
 * Groups of a service: made, renamed by PATCH and PUT, deleted; and a group within a group.
 *
 * Where the config says that groups are never deleted nothing is made: it would stay.
 */
#include <string.h>

#include "base/json.h"
#include "scim_probe_internal.h"

/* Making --------------------------------------------------------------------------------------- */

static void tell_name(ScimProbe *self, const char *sent, const char *held)
{
	ScimGroupQuirks quirks = { .name = SCIM_NAME_SLUG };
	g_autofree char *slug = scim_group_name(&quirks, sent);
	gboolean exact = g_strcmp0(sent, held) == 0, slugged = g_strcmp0(slug, held) == 0;

	scim_probe_tell(self,
			&(ScimProbeRow){ .what = "what a group's name becomes",
					 .evidence = TARGET_TRIED,
					 .setting = "quirks.groups.name",
					 .value = exact     ? "\"exact\""
						  : slugged ? "\"slug\""
							    : NULL,
					 .odd = !exact && !slugged },
			exact     ? "is kept as it was sent"
			: slugged ? "is made a slug"
				  : "is changed in a way that we do not know");
}

/* The first group, whose answer is told. */
static void make_group(ScimProbe *self)
{
	g_autofree char *mark = g_strdup_printf("dirbridge-probe-%s-%u", self->token,
						++self->number);
	g_autofree char *name = g_strdup_printf("Dirbridge-Probe-%s %u", self->token, self->number);
	g_autoptr(json_t) resource = json_pack("{s:s}", "displayName", name);
	g_autoptr(json_t) body = scim_group_document(&(ScimGroupQuirks){ 0 }, resource, mark);
	g_auto(ScimProbeAnswer) answer = { 0 };
	ScimProbeThing *group = scim_probe_make(self, TRUE, body, &answer);
	g_autofree char *words = scim_probe_words(&answer);
	gboolean usable = scim_probe_settle(self, group);

	scim_probe_tell(self,
			&(ScimProbeRow){ .what = "a group",
					 .evidence = TARGET_TRIED,
					 .setting = "quirks.groups.create",
					 .value = usable ? "true"
						  : !group && scim_probe_is_refusal(&answer)
							  ? "false"
							  : NULL },
			usable ? "is made: %s" : "cannot be made: %s", words);
	g_autoptr(json_t) held = usable ? scim_probe_read(self, group, NULL) : NULL;
	if (!held)
		return;
	self->group = group;
	tell_name(self, name, json_string_value(json_get_nocase(held, "displayName")));
}

/* Renaming ------------------------------------------------------------------------------------- */

typedef enum {
	BY_PATH,
	WITHOUT_PATH,
	BY_PUT,
} RenameWay;

static gboolean bears(const json_t *group, const char *name)
{
	const char *held = json_string_value(json_get_nocase(group, "displayName"));
	g_autofree char *slug = scim_group_name(&(ScimGroupQuirks){ .name = SCIM_NAME_SLUG }, name);

	return held && (g_str_equal(held, name) || g_str_equal(held, slug));
}

static ScimTry try_rename(ScimProbe *self, RenameWay way, ScimProbeChange *change)
{
	const ScimGroupQuirks quirks = { 0 };
	g_autofree char *name = g_strdup_printf("Dirbridge-Probe-%s %u", self->token,
						++self->number);
	g_autoptr(json_t) resource = json_pack("{s:s}", "displayName", name);
	g_autoptr(json_t) body = way == BY_PUT
					 ? scim_probe_read(self, self->group, NULL)
					 : scim_group_patch(&quirks, resource, way == BY_PATH);

	if (!body)
		return SCIM_TRY_NOT_TRIED;
	if (way == BY_PUT)
		scim_group_overlay(&quirks, body, resource);
	scim_probe_change(self, self->group, way == BY_PUT ? "PUT" : "PATCH", body, NULL, change);
	if (change->tried == SCIM_TRY_WORKS && !bears(change->after, name))
		change->tried = SCIM_TRY_IGNORED;
	return change->tried;
}

static ScimTry tell_rename(ScimProbe *self, RenameWay way)
{
	static const char *const words[] = { "renaming a group by PATCH",
					     "renaming a group by PATCH without a path",
					     "renaming a group by PUT" };
	g_auto(ScimProbeChange) change = { 0 };
	ScimTry tried = try_rename(self, way, &change);
	gboolean no_put = way == BY_PUT &&
			  (change.status == 405 || change.status == 501 || change.status == 404);

	scim_probe_tell(self,
			&(ScimProbeRow){ .what = words[way],
					 .evidence = TARGET_TRIED,
					 .setting = way == BY_PUT ? "quirks.groups.put" : NULL,
					 .value = way != BY_PUT || tried == SCIM_TRY_NOT_TRIED
							  ? NULL
						  : no_put ? "false"
							   : NULL },
			"%s%s%s", scim_probe_try_words(tried), change.words ? ": " : "",
			change.words ? change.words : "");
	return tried;
}

static void rename_group(ScimProbe *self)
{
	gboolean any = FALSE, known = TRUE;

	for (int way = BY_PATH; way <= BY_PUT; way++) {
		ScimTry tried = tell_rename(self, (RenameWay)way);
		any |= tried == SCIM_TRY_WORKS;
		known &= tried != SCIM_TRY_NOT_TRIED;
	}
	scim_probe_tell(self,
			&(ScimProbeRow){ .what = "groups may be renamed",
					 .evidence = TARGET_TRIED,
					 .setting = "quirks.groups.rename",
					 .value = any     ? "true"
						  : known ? "false"
							  : NULL },
			any     ? "yes"
			: known ? "no"
				: "could not be seen");
}

/* Where the first group cannot be removed it is the last that is made. */
static void delete_group(ScimProbe *self)
{
	scim_probe_remove(self, self->group);
	self->groups_stay = !self->group->gone;
	scim_probe_tell(self,
			&(ScimProbeRow){ .what = "groups may be deleted",
					 .evidence = TARGET_TRIED,
					 .setting = "quirks.groups.delete",
					 .value = self->group->gone      ? "true"
						  : self->group->unclear ? NULL
									 : "false" },
			self->group->gone      ? "yes"
			: self->group->unclear ? "could not be seen"
					       : "no");
	if (self->group->gone)
		self->group = scim_probe_make_another(self, TRUE);
}

void scim_probe_group(ScimProbe *self)
{
	const ScimGroupQuirks *quirks = &self->target->conf->quirks.groups;

	if (!self->has_groups || self->over)
		return;
	if (!quirks->can_delete) {
		scim_probe_tell(self, &(ScimProbeRow){ .what = "groups", .evidence = TARGET_SET },
				"are not tried: quirks.groups.delete is false, so a throw-away "
				"group would stay for ever");
		return;
	}
	make_group(self);
	if (self->group)
		delete_group(self);
	if (self->group)
		rename_group(self);
}

/* A group within a group ----------------------------------------------------------------------- */

static gboolean has_member(const json_t *group, const char *id)
{
	size_t i;
	json_t *member;

	json_array_foreach (json_get_nocase(group, "members"), i, member) {
		g_autofree char *held = scim_member_id(member);
		if (held && g_str_equal(held, id))
			return TRUE;
	}
	return FALSE;
}

void scim_probe_nested(ScimProbe *self)
{
	ScimProbeThing *inner = self->group && self->add >= 0 ? scim_probe_make_another(self, TRUE)
							      : NULL;
	ScimGroupQuirks quirks = { .add = self->add };
	g_auto(ScimProbeChange) change = { 0 };

	if (!inner || self->add == SCIM_ADD_REPLACE || self->add == SCIM_ADD_PUT)
		return;
	TargetMember member = { .id = inner->id, .is_group = TRUE };
	TargetRequest request = { .verb = TARGET_MEMBERS_ADD,
				  .members = &member,
				  .member_count = 1 };
	g_autoptr(json_t) body = scim_members_patch(&quirks, &request, 0, 1);
	scim_probe_change(self, self->group, "PATCH", body, NULL, &change);
	if (change.tried == SCIM_TRY_WORKS && self->read != SCIM_READ_FULL)
		change.tried = SCIM_TRY_UNSEEN;
	else if (change.tried == SCIM_TRY_WORKS && !has_member(change.after, inner->id))
		change.tried = SCIM_TRY_IGNORED;
	gboolean refused = change.tried == SCIM_TRY_REFUSED || change.tried == SCIM_TRY_IGNORED;
	/* What is possible need not be wanted: only what does not work is to be changed. */
	scim_probe_tell(self,
			&(ScimProbeRow){ .what = "a group may be a member",
					 .evidence = TARGET_TRIED,
					 .setting = "quirks.groups.nested",
					 .value = refused ? "false" : NULL },
			"%s%s%s", scim_probe_try_words(change.tried), change.words ? ": " : "",
			change.words ? change.words : "");
}
