/*
 * Push, reading: who is in an exclusive group there, whoever put them there.
 *
 * Only a complete reading says anything (TargetOps.members); of an incomplete one nothing is kept.
 * A group is read when it is adopted, and then once a day: who adds members by hand sees them go
 * with the next reading, and nobody pays for reading a large group with every change in it.
 */
#include "base/error.h"
#include "push_internal.h"

#define DAY_US (G_GINT64_CONSTANT(24) * 3600 * G_USEC_PER_SEC)

static gboolean add_member(const char *id, void *data, GError **error)
{
	return reading_add(data, id, error);
}

static void tell(AppRun *app, const char *name, const char *why)
{
	g_ptr_array_add(app->result->notes,
			g_strdup_printf("the members of the group '%s' there could not be read "
					"completely, so nobody is removed for not being ours: %s",
					name, why ? why : "the application does not say"));
}

/*
 * *whole FALSE: it proves nothing, and a note says why. FALSE if the state failed, or all is
 * down.
 */
static gboolean walk(AppRun *app, const char *id, const char *name, gboolean *whole, GError **error)
{
	Target *target = app->target;
	g_autoptr(GError) problem = NULL;
	g_autofree char *why = NULL;

	*whole = FALSE;
	if (!(target->caps & TARGET_CAN_READ_MEMBERS) || !target->ops->members) {
		tell(app, name, "it does not tell the members of groups");
		return TRUE;
	}
	if (!target->ops->members(target, id, add_member, app->run->state, whole, &why, &problem)) {
		*whole = FALSE;
		if (error_is(problem, ERROR_FATAL)) {
			g_propagate_error(error, g_steal_pointer(&problem));
			return FALSE;
		}
		tell(app, name, problem->message);
		return TRUE;
	}
	if (!*whole)
		tell(app, name, why);
	return TRUE;
}

static gboolean read_members(AppRun *app, gint64 plan, gint64 group, const char *id, GError **error)
{
	State *state = app->run->state;
	g_autoptr(Pushed) pushed = NULL;
	const char *name;
	gboolean whole;

	if (!pushed_find(state, app->row.id, group, &pushed, error) || !reading_begin(state, error))
		return FALSE;
	name = pushed->label ? pushed->label : pushed->name;
	if (!walk(app, id, name, &whole, error))
		return FALSE;
	pushed->read_at_us = app->run->now_us;
	return (!whole || (reading_end(state, app->row.id, group, plan, error) &&
			   push_spare_strangers(app, group, name, error))) &&
	       pushed_put(state, pushed, error);
}

/* The members that were planned for it were so without knowing this. */
gboolean push_read(AppRun *app, gint64 plan, gint64 group, const char *id, GError **error)
{
	return read_members(app, plan, group, id, error) &&
	       push_forget_members(app, plan, group, error) &&
	       push_plan_members(app, plan, group, error);
}

static gboolean read_due(AppRun *app, gint64 group, GError **error)
{
	State *state = app->run->state;
	g_autoptr(Pushed) pushed = NULL;

	return pushed_find(state, app->row.id, group, &pushed, error) &&
	       read_members(app, 0, group, pushed->target_id, error) &&
	       work_add(state, app->row.id, group, app->run->now_us, error);
}

static gboolean spare_due(AppRun *app, gint64 group, GError **error)
{
	g_autoptr(Pushed) pushed = NULL;

	return pushed_find(app->run->state, app->row.id, group, &pushed, error) &&
	       (!pushed ||
		push_spare_strangers(app, group, pushed->label ? pushed->label : pushed->name,
				     error));
}

typedef gboolean (*GroupFn)(AppRun *app, gint64 group, GError **error);

static gboolean for_each(AppRun *app, const GArray *groups, GroupFn fn, GError **error)
{
	if (!state_begin(app->run->state, error))
		return FALSE;
	for (guint i = 0; i < groups->len; i++) {
		if (!fn(app, g_array_index(groups, gint64, i), error)) {
			state_rollback(app->run->state);
			return FALSE;
		}
	}
	return state_commit(app->run->state, error);
}

gboolean push_read_due(AppRun *app, gboolean (*open)(AppRun *app, GError **error), GError **error)
{
	g_autoptr(GArray) asked = g_array_new(FALSE, FALSE, sizeof(gint64));
	g_autoptr(GArray) unread = g_array_new(FALSE, FALSE, sizeof(gint64));

	if (!app->config->features.groups || app->only)
		return TRUE;
	if (!push_spare_due(app, asked, error) ||
	    !pushed_unread(app->run->state, app->row.id, app->run->now_us - DAY_US + 1, unread,
			   error))
		return FALSE;
	return asked->len + unread->len == 0 ||
	       (open(app, error) && for_each(app, asked, spare_due, error) &&
		for_each(app, unread, read_due, error));
}
