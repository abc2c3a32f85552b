/*
 * Push, sparing: protected accounts are in the groups that others put them in.
 *
 * Being in a group can be what makes an account one of an administrator, so 'protect' covers it:
 * such an account is neither added by us nor removed, not even from an exclusive group.
 *
 *	who                              is asked by
 *	an account that we know          its id and our own resource of it
 *	a stranger in an exclusive group its id; if a rule names another path, what the target shows
 *
 * A stranger who cannot be read stays: nobody knows whether it is protected. A config may come to
 * protect one between the reading of the group and the removal, which may wait for a human; so who
 * is still to be removed is asked about again before each plan.
 */
#include "base/json.h"
#include "find_internal.h"
#include "push_internal.h"

#define BATCH 200

typedef struct {
	AppRun *app;
	gint64 group;
	guint protected, unread;
	GError *error; /* of the state */
} Sparing;

static gboolean protects(const AppConfig *config)
{
	return config->protect && config->protect->len > 0;
}

/* ---- members that we know ---- */

static gboolean is_protected(AppRun *app, gint64 entry, gboolean *is, GError **error)
{
	g_autoptr(Link) link = NULL;

	if (!link_find(app->run->state, app->row.id, entry, &link, error))
		return FALSE;
	*is = link && link->state != ACCOUNT_DELETED &&
	      protect_known(app->config, link->target_id, link->shadow);
	return TRUE;
}

gboolean push_spare(AppRun *app, json_t *members, guint *spared, GError **error)
{
	if (!protects(app->config))
		return TRUE;
	for (size_t i = json_array_size(members); i-- > 0;) {
		const json_t *member = json_array_get(members, i);
		gboolean is;

		if (!is_protected(app, json_integer_value(json_object_get(member, "entry")), &is,
				  error))
			return FALSE;
		if (!is)
			continue;
		json_array_remove(members, i);
		++*spared;
	}
	return TRUE;
}

void push_note_spared(AppRun *app, const char *name, guint spared)
{
	g_autofree char *key = g_strdup_printf("spared in %s", name);

	if (spared)
		note_once(app, key,
			  "memberships of protected accounts in the group '%s' that are left as "
			  "they are: %u",
			  name, spared);
}

/* ---- strangers ---- */

static gboolean spare(Sparing *self, const char *id, guint *count, GError **error)
{
	++*count;
	return stranger_remove(self->app->run->state, self->app->row.id, self->group, id, error);
}

/* By the id, or because it is the account of somebody whom we know. */
static gboolean is_known(Sparing *self, const char *id, gboolean *is, GError **error)
{
	AppRun *app = self->app;
	gint64 owner = 0;

	*is = protect_known(app->config, id, NULL) != NULL;
	if (*is)
		return TRUE;
	return link_owner(app->run->state, app->row.id, id, &owner, error) &&
	       (!owner || is_protected(app, owner, is, error));
}

/* Who has no account there is a group or a remnant, and no rule is about those. */
static void shown(const FindQuery *query, const FindAnswer *answer, void *data)
{
	Sparing *self = data;

	if (self->error || answer->outcome == FIND_NONE)
		return;
	if (answer->outcome != FIND_ONE)
		spare(self, query->id, &self->unread, &self->error);
	else if (protect_found(self->app->config, query->id, answer->document))
		spare(self, query->id, &self->protected, &self->error);
}

/* Those of the batch whom the target has to be asked about; the ids stay the batch's. */
static gboolean spare_known(Sparing *self, const json_t *batch, GArray *asked, GError **error)
{
	size_t index;
	json_t *member;

	json_array_foreach ((json_t *)batch, index, member) {
		FindQuery query = { .id = json_get_string(member, "id") };
		gboolean is = FALSE;

		if (!is_known(self, query.id, &is, error))
			return FALSE;
		if (!is)
			g_array_append_val(asked, query);
		else if (!spare(self, query.id, &self->protected, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean spare_batch(Sparing *self, const json_t *batch, GError **error)
{
	g_autoptr(GArray) asked = g_array_new(FALSE, FALSE, sizeof(FindQuery));
	AppRun *app = self->app;

	if (!spare_known(self, batch, asked, error))
		return FALSE;
	if (asked->len == 0 || !protect_needs_account(app->config))
		return TRUE;
	find_accounts(app->target, app->config->match, (const FindQuery *)(void *)asked->data,
		      asked->len, shown, self, app->result);
	if (!self->error)
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&self->error));
	return FALSE;
}

static void tell(AppRun *app, const Sparing *self, const char *name)
{
	g_autofree char *protected = g_strdup_printf("protected in %s", name);
	g_autofree char *unread = g_strdup_printf("unread in %s", name);

	if (self->protected)
		note_once(app, protected,
			  "members of the group '%s' there that are protected by the config, and "
			  "stay: %u",
			  name, self->protected);
	if (self->unread)
		note_once(app, unread,
			  "members of the group '%s' there that stay, because their accounts could "
			  "not be read to see whether the config protects them: %u",
			  name, self->unread);
}

gboolean push_spare_strangers(AppRun *app, gint64 group, const char *name, GError **error)
{
	State *state = app->run->state;
	Sparing self = { .app = app, .group = group };
	g_autofree char *last = NULL;

	while (protects(app->config)) {
		g_autoptr(json_t) batch = NULL;
		const json_t *end;

		if (!stranger_next(state, app->row.id, group, last, BATCH, &batch, error))
			return FALSE;
		if (json_array_size(batch) == 0)
			break;
		end = json_array_get(batch, json_array_size(batch) - 1);
		g_free(last);
		last = g_strdup(json_get_string(end, "id"));
		if (!spare_batch(&self, batch, error))
			return FALSE;
	}
	tell(app, &self, name);
	return TRUE;
}

gboolean push_spare_due(AppRun *app, GArray *groups, GError **error)
{
	return !protects(app->config) ||
	       stranger_groups(app->run->state, app->row.id, groups, error);
}
