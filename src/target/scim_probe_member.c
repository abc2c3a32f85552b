/*
 * How members go into a group and out of it, on a throw-away group with three throw-away accounts.
 *
 * Some spellings of a removal empty the whole group at services that do not know them. So each is
 * sent to remove one of three, and it is looked whether the two others stayed. What they lost is
 * put back before the next one. No other group is ever touched. The spellings are in
 * scim_group_codec.c.
 */
#include "base/json.h"
#include "scim_probe_internal.h"

static const char *const add_words[] = { "list", "single", "nested", "replace", "put" };
static const char *const remove_words[] = { "filter", "value", "nested", "replace", "put" };

/* Sending -------------------------------------------------------------------------------------- */

static json_t *whole_body(ScimProbe *self, const TargetRequest *request, gboolean by_put)
{
	g_autoptr(json_t) group = scim_probe_read(self, self->group, NULL);
	gboolean changed;
	g_autoptr(json_t) members = group ? scim_members_after(group, request, &changed) : NULL;

	if (!members)
		return NULL;
	if (!by_put)
		return scim_members_replace(members);
	scim_group_overlay(&(ScimGroupQuirks){ 0 }, group, NULL);
	json_object_set(group, "members", members);
	return json_incref(group);
}

/* Sends one spelling, for 'count' members from 'first' on. FALSE: it cannot be tried. */
static gboolean send_members(ScimProbe *self, const ScimGroupQuirks *quirks, TargetVerb verb,
			     guint first, guint count, ScimProbeChange *change)
{
	TargetMember members[SCIM_PROBE_MEMBERS];
	TargetRequest request = { .verb = verb, .members = members, .member_count = count };
	gboolean by_put = verb == TARGET_MEMBERS_ADD ? quirks->add == SCIM_ADD_PUT
						     : quirks->remove == SCIM_REMOVE_PUT;
	gboolean whole = scim_members_are_whole(quirks, verb);

	for (guint i = 0; i < count; i++)
		members[i] = (TargetMember){ .id = self->members[first + i]->id };
	g_autoptr(json_t) body = whole ? whole_body(self, &request, by_put)
				       : scim_members_patch(quirks, &request, 0, count);
	if (!body)
		return FALSE;
	scim_probe_change(self, self->group, by_put ? "PUT" : "PATCH", body, NULL, change);
	return TRUE;
}

/* Adding --------------------------------------------------------------------------------------- */

/* All three, so many in a request. */
static ScimTry send_all(ScimProbe *self, int add, guint size, ScimProbeChange *change)
{
	const ScimGroupQuirks quirks = { .add = add };

	for (guint i = 0; i < SCIM_PROBE_MEMBERS; i += size) {
		guint count = MIN(size, SCIM_PROBE_MEMBERS - i);
		if (!send_members(self, &quirks, TARGET_MEMBERS_ADD, i, count, change))
			return SCIM_TRY_NOT_TRIED;
		if (change->tried != SCIM_TRY_WORKS && change->tried != SCIM_TRY_UNSEEN)
			return change->tried;
	}
	return SCIM_TRY_WORKS;
}

static ScimTry try_add(ScimProbe *self, int add, guint size, ScimProbeChange *change)
{
	const ScimGroupQuirks quirks = { .add = add };
	ScimTry tried = send_all(self, add, size, change);

	if (tried != SCIM_TRY_WORKS)
		return tried;
	if (!scim_probe_find_reading(self))
		return SCIM_TRY_UNSEEN;
	/* Who sends the whole list must have read the whole list. */
	if (scim_members_are_whole(&quirks, TARGET_MEMBERS_ADD) && self->read != SCIM_READ_FULL)
		return SCIM_TRY_HARMS;
	return scim_probe_see_members(self) == SCIM_PROBE_EVERYBODY ? SCIM_TRY_WORKS
								    : SCIM_TRY_IGNORED;
}

static void tell_spelling(ScimProbe *self, const char *what, ScimTry tried,
			  const ScimProbeChange *change)
{
	scim_probe_tell(self, &(ScimProbeRow){ .what = what, .evidence = TARGET_TRIED }, "%s%s%s",
			tried == SCIM_TRY_HARMS ? "takes others out of the group as well"
						: scim_probe_try_words(tried),
			change->words ? ": " : "", change->words ? change->words : "");
}

static void add_by(ScimProbe *self, int add, guint size, int *unseen)
{
	g_auto(ScimProbeChange) change = { 0 };
	g_autofree char *what = g_strdup_printf("adding members, %u in a request: %s", size,
						add_words[add]);

	if (self->add >= 0 || self->over)
		return;
	ScimTry tried = try_add(self, add, size, &change);
	tell_spelling(self, what, tried, &change);
	if (tried == SCIM_TRY_WORKS) {
		self->add = add;
		self->portion = size;
	} else if (tried == SCIM_TRY_UNSEEN && *unseen < 0) {
		*unseen = add;
	} else if (tried == SCIM_TRY_NOT_TRIED) {
		self->members_unknown = TRUE;
	}
}

/*
 * What is configured comes first, then the others, then less in a request, then the whole list.
 * What is accepted and cannot be seen is good only if nothing that can be seen is.
 */
static void find_add(ScimProbe *self)
{
	int configured = self->target->conf->quirks.groups.add, unseen = -1;

	for (guint size = SCIM_PROBE_MEMBERS; size > 0 && unseen < 0; size--) {
		if (size == SCIM_PROBE_MEMBERS || configured < SCIM_ADD_REPLACE)
			add_by(self, configured, size, &unseen);
		for (int add = SCIM_ADD_LIST; add < SCIM_ADD_REPLACE; add++) {
			if (add != configured)
				add_by(self, add, size, &unseen);
		}
	}
	for (int add = SCIM_ADD_REPLACE; add <= SCIM_ADD_PUT && unseen < 0; add++) {
		if (add != configured)
			add_by(self, add, SCIM_PROBE_MEMBERS, &unseen);
	}
	if (self->add >= 0 || unseen < 0)
		return;
	self->add = unseen;
	self->portion = SCIM_PROBE_MEMBERS;
}

/* The service takes fewer than three: that is no matter of how many were tried. */
static void tell_portion(ScimProbe *self)
{
	g_autofree char *value = g_strdup_printf("%u", self->portion);
	gint64 configured = self->target->conf->quirks.groups.add_max;

	if (self->portion < SCIM_PROBE_MEMBERS && !self->members_unknown)
		scim_probe_tell(self,
				&(ScimProbeRow){ .what = "members added in one request",
						 .evidence = TARGET_TRIED,
						 .setting = "quirks.groups.add_max",
						 .value = configured > self->portion ? value
										     : NULL },
				"%u, and not %d", self->portion, SCIM_PROBE_MEMBERS);
}

/* Removing ------------------------------------------------------------------------------------- */

static gboolean fill_again(ScimProbe *self)
{
	g_auto(ScimProbeChange) change = { 0 };

	if (scim_probe_see_members(self) == SCIM_PROBE_EVERYBODY)
		return TRUE;
	send_all(self, self->add, self->portion, &change);
	return scim_probe_see_members(self) == SCIM_PROBE_EVERYBODY;
}

static ScimTry try_remove(ScimProbe *self, int remove, ScimProbeChange *change)
{
	ScimGroupQuirks quirks = { .remove = remove };

	if (!send_members(self, &quirks, TARGET_MEMBERS_REMOVE, 0, 1, change))
		return SCIM_TRY_NOT_TRIED;
	if (change->tried == SCIM_TRY_REFUSED || change->tried == SCIM_TRY_NOT_TRIED)
		return change->tried;
	return scim_probe_judge_removal(SCIM_PROBE_EVERYBODY, scim_probe_see_members(self));
}

/* Who sends the whole list must have read the whole list. */
static gboolean may_remove_by(const ScimProbe *self, int remove)
{
	const ScimGroupQuirks quirks = { .remove = remove };

	return self->read == SCIM_READ_FULL ||
	       !scim_members_are_whole(&quirks, TARGET_MEMBERS_REMOVE);
}

static void find_removal(ScimProbe *self)
{
	for (int i = 0; i < (int)G_N_ELEMENTS(remove_words) && !self->over; i++) {
		g_auto(ScimProbeChange) change = { 0 };
		g_autofree char *what = g_strconcat("removing a member: ", remove_words[i], NULL);
		gboolean is_configured = i == self->target->conf->quirks.groups.remove;

		if (!may_remove_by(self, i)) {
			self->members_unknown |= is_configured;
			continue;
		}
		if (!fill_again(self))
			return;
		ScimTry tried = try_remove(self, i, &change);
		tell_spelling(self, what, tried, &change);
		if (tried == SCIM_TRY_WORKS && (self->remove < 0 || is_configured))
			self->remove = i;
		/* Where nothing was said of it, nothing is said against it. */
		self->members_unknown |= tried == SCIM_TRY_NOT_TRIED && is_configured;
	}
}

static gboolean is_anything_lost(ScimProbe *self)
{
	gboolean lost = scim_probe_is_lost(self, self->group);

	for (guint i = 0; i < SCIM_PROBE_MEMBERS && !lost; i++)
		lost = scim_probe_is_lost(self, self->members[i]);
	return lost && !self->over;
}

static void tell_choice(ScimProbe *self, const char *what, const char *setting, const char *word)
{
	g_autofree char *value = word && !self->members_unknown ? scim_probe_quoted(word) : NULL;

	scim_probe_tell(self,
			&(ScimProbeRow){ .what = what,
					 .evidence = TARGET_TRIED,
					 .setting = setting,
					 .value = value,
					 .odd = !word },
			"%s",
			word                     ? word
			: is_anything_lost(self) ? "could not be seen: " SCIM_PROBE_LOST
						 : "nothing that was tried works");
}

static gboolean make_members(ScimProbe *self)
{
	self->members[0] = self->account;
	for (guint i = 1; i < SCIM_PROBE_MEMBERS; i++) {
		self->members[i] = self->members[i] ? self->members[i]
						    : scim_probe_make_another(self, FALSE);
		if (!self->members[i])
			return FALSE;
	}
	return TRUE;
}

void scim_probe_members(ScimProbe *self)
{
	if (!self->group || !scim_probe_has_account(self) || self->over)
		return;
	if (!make_members(self)) {
		scim_probe_tell(self, &(ScimProbeRow){ .what = "members" },
				"are not tried: it takes three accounts, which can be made and "
				"removed");
		return;
	}
	find_add(self);
	/* What is accepted and cannot be seen may have been done to what is no longer there. */
	if (self->read == SCIM_READ_NONE && is_anything_lost(self))
		self->add = -1;
	tell_choice(self, "how members are added", "quirks.groups.add",
		    self->add < 0 ? NULL : add_words[self->add]);
	if (self->add < 0)
		return;
	tell_portion(self);
	scim_probe_tell_reading(self);
	if (self->read == SCIM_READ_NONE) {
		scim_probe_tell(self, &(ScimProbeRow){ .what = "removing a member" },
				"is not tried: whether others stay could not be seen");
		return;
	}
	find_removal(self);
	tell_choice(self, "how members are removed", "quirks.groups.remove",
		    self->remove < 0 ? NULL : remove_words[self->remove]);
}
