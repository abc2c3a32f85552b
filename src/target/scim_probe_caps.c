/*
 * How many members a request may be about: as many throw-away accounts as asked for are made, and
 * put into a group of their own at once. What is refused is tried with less, by halves, until the
 * most that is taken is known; then removing, with what it is about put back before each try.
 */
#include "base/json.h"
#include "scim_probe_internal.h"

/* Accounts for it, those that are there already included. Array of TargetMember. */
static GArray *make_many(ScimProbe *self)
{
	GArray *members = g_array_new(FALSE, TRUE, sizeof(TargetMember));

	for (guint i = 0; i < SCIM_PROBE_MEMBERS && self->members[i]; i++)
		g_array_append_val(members, ((TargetMember){ .id = self->members[i]->id }));
	while (members->len < self->how->members && !self->over) {
		const ScimProbeThing *thing = scim_probe_make_another(self, FALSE);
		if (!thing)
			break;
		g_array_append_val(members, ((TargetMember){ .id = thing->id }));
	}
	return members;
}

/* Puts those back in that a removal is tried with. */
static void fill(ScimProbe *self, ScimProbeThing *group, const TargetRequest *removal, guint count,
		 guint portion)
{
	const ScimGroupQuirks quirks = { .add = self->add };
	TargetRequest request = *removal;

	request.verb = TARGET_MEMBERS_ADD;
	for (guint i = 0; i < count; i += portion) {
		g_auto(ScimProbeChange) change = { 0 };
		g_autoptr(json_t) body = scim_members_patch(&quirks, &request, i,
							    MIN(portion, count - i));
		scim_probe_change(self, group, "PATCH", body, NULL, &change);
	}
}

static gboolean is_taken(ScimProbe *self, ScimProbeThing *group, const TargetRequest *request,
			 guint count)
{
	const ScimGroupQuirks quirks = { .add = self->add, .remove = MAX(self->remove, 0) };
	g_autoptr(json_t) body = scim_members_patch(&quirks, request, 0, count);
	g_auto(ScimProbeChange) change = { 0 };

	scim_probe_change(self, group, "PATCH", body, NULL, &change);
	return change.tried == SCIM_TRY_WORKS || change.tried == SCIM_TRY_UNSEEN;
}

/* How many go in one request, between 'least', which did, and all. 'portion' goes when adding. */
static guint find_cap(ScimProbe *self, ScimProbeThing *group, const TargetRequest *request,
		      guint least, guint portion)
{
	guint taken = least, refused = request->member_count + 1;

	for (guint count = request->member_count; taken + 1 < refused && !self->over;
	     count = (taken + refused) / 2) {
		if (request->verb == TARGET_MEMBERS_REMOVE)
			fill(self, group, request, count, portion);
		if (is_taken(self, group, request, count))
			taken = count;
		else
			refused = count;
	}
	return taken;
}

static void tell_cap(ScimProbe *self, const char *what, const char *setting, guint taken,
		     guint tried, gint64 configured)
{
	g_autofree char *value = g_strdup_printf("%u", taken);
	gboolean wrong = taken > 0 && taken < tried && configured > taken;

	scim_probe_tell(self,
			&(ScimProbeRow){ .what = what,
					 .evidence = TARGET_TRIED,
					 .setting = setting,
					 .value = wrong ? value : NULL },
			"%u are taken, of %u that were tried", taken, tried);
}

void scim_probe_caps(ScimProbe *self)
{
	const ScimGroupQuirks *quirks = &self->target->conf->quirks.groups;
	gboolean whole = self->add == SCIM_ADD_REPLACE || self->add == SCIM_ADD_PUT;
	ScimProbeThing *group;

	if (self->how->members == 0 || self->add < 0 || whole || self->portion < SCIM_PROBE_MEMBERS)
		return;
	group = scim_probe_make_another(self, TRUE);
	g_autoptr(GArray) members = make_many(self);
	if (!group || self->over || members->len <= SCIM_PROBE_MEMBERS)
		return;
	TargetRequest request = { .verb = TARGET_MEMBERS_ADD,
				  .members = (TargetMember *)(void *)members->data,
				  .member_count = members->len };
	guint added = find_cap(self, group, &request, self->portion, 0);
	tell_cap(self, "members added in one request", "quirks.groups.add_max", added, members->len,
		 quirks->add_max);
	if (self->remove < 0 || self->remove >= SCIM_REMOVE_REPLACE)
		return;
	request.verb = TARGET_MEMBERS_REMOVE;
	guint removed = find_cap(self, group, &request, 1, added);
	tell_cap(self, "members removed in one request", "quirks.groups.remove_max", removed,
		 members->len, quirks->remove_max);
}
