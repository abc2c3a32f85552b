/*
 * Who is in a throw-away group, however the service lets that be seen.
 *
 *	full       the group shows its members
 *	on_user    an account shows its groups
 *	query      filter=id eq "G" and members eq "U"
 *	none       not at all: what is accepted is believed
 */
#include "base/json.h"
#include "scim_probe_internal.h"

static guint in_document(const ScimProbe *self, const json_t *group)
{
	guint in = 0;
	size_t i;
	json_t *member;

	json_array_foreach (json_get_nocase(group, "members"), i, member) {
		g_autofree char *id = scim_member_id(member);
		for (guint k = 0; id && k < SCIM_PROBE_MEMBERS; k++) {
			if (g_str_equal(id, self->members[k]->id))
				in |= 1U << k;
		}
	}
	return in;
}

static gboolean shows_group(ScimProbe *self, const ScimProbeThing *account)
{
	g_autoptr(json_t) document = scim_probe_read(self, account, NULL);
	size_t i;
	json_t *group;

	json_array_foreach (json_get_nocase(document, "groups"), i, group) {
		g_autofree char *id = scim_member_id(group);
		if (id && g_str_equal(id, self->group->id))
			return TRUE;
	}
	return FALSE;
}

/* The filter that some services have instead of a list of members. */
static gboolean is_found_in(ScimProbe *self, const char *member)
{
	g_autoptr(json_t) group = json_string(self->group->id);
	g_autoptr(json_t) who = json_string(member);
	g_autofree char *group_text = json_canonical(group);
	g_autofree char *who_text = json_canonical(who);
	g_autofree char *filter = g_strdup_printf("id eq %s and members eq %s", group_text,
						  who_text);
	g_autofree char *escaped = http_escape(filter);
	g_autofree char *path = g_strconcat("/Groups?filter=", escaped, NULL);
	g_auto(ScimProbeAnswer) answer = { 0 };

	scim_probe_get(self, path, &answer);
	return scim_is_list(&answer.reply) &&
	       json_array_size(json_get_nocase(answer.reply.body, "Resources")) > 0;
}

guint scim_probe_see_members(ScimProbe *self)
{
	guint in = 0;

	if (self->read == SCIM_READ_FULL) {
		g_autoptr(json_t) group = scim_probe_read(self, self->group, NULL);
		return in_document(self, group);
	}
	for (guint i = 0; i < SCIM_PROBE_MEMBERS; i++) {
		gboolean is = self->read == SCIM_READ_QUERY
				      ? is_found_in(self, self->members[i]->id)
				      : shows_group(self, self->members[i]);
		in |= is ? 1U << i : 0;
	}
	return in;
}

gboolean scim_probe_find_reading(ScimProbe *self)
{
	static const ScimRead ways[] = { SCIM_READ_FULL, SCIM_READ_ON_USER };

	for (guint i = 0; i < G_N_ELEMENTS(ways); i++) {
		self->read = (int)ways[i];
		if (scim_probe_see_members(self) != 0)
			return TRUE;
	}
	self->read = SCIM_READ_QUERY;
	/* Who cannot exist must not be found, or the filter says nothing. */
	if (is_found_in(self, self->members[0]->id) && !is_found_in(self, self->token))
		return TRUE;
	self->read = SCIM_READ_NONE;
	return FALSE;
}

void scim_probe_tell_reading(ScimProbe *self)
{
	static const char *const words[] = { "are shown", "are not shown", "are shown in part",
					     "are not shown; an account shows its groups",
					     "are not shown; a filter tells of one member" };
	static const char *const values[] = { "\"full\"", "\"none\"", "\"capped\"", "\"on_user\"",
					      "\"query\"" };
	/* Of three all may be shown where of many they are not: that disproves no cap. */
	gboolean capped = self->target->conf->quirks.groups.read == SCIM_READ_CAPPED &&
			  self->read == SCIM_READ_FULL;

	scim_probe_tell(self,
			&(ScimProbeRow){ .what = "the members of a group",
					 .evidence = TARGET_TRIED,
					 .setting = "quirks.groups.read",
					 .value = capped ? NULL : values[self->read] },
			"%s", words[self->read]);
}
