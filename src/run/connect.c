/*
 * Connect: a target is opened when the first thing needs it, so that a run without work never
 * speaks to an app; around it go the decorators that the config or the rehearsal ask for.
 */
#include <stdarg.h>

#include "base/error.h"
#include "base/log.h"
#include "connect_internal.h"
#include "push_internal.h"
#include "rules_internal.h"
#include "target/decorators.h"

static Target *decorate(const AppConfig *config, Target *target, GError **error)
{
	Target *outer = target;

	if (config->fault && config->fault->len > 0) {
		outer = target_fault(target, config->fault, error);
		if (!outer) {
			target->ops->close(target);
			return NULL;
		}
	}
	target = outer;
	if (config->trace) {
		outer = target_trace(target, config->trace, config->name, error);
		if (!outer)
			target->ops->close(target);
	}
	return outer;
}

/* What is known of the service, and whether a setting, the service or an earlier run says so. */
static void log_findings(Target *target)
{
	g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func(g_free);

	if (target->ops->findings)
		target->ops->findings(target, findings);
	for (guint i = 0; i < findings->len; i++)
		log_info("%s", (char *)g_ptr_array_index(findings, i));
}

static Target *open_target(AppRun *app, GError **error)
{
	const AppConfig *config = app->config;
	TargetSetup setup = { .app = config->name,
			      .conf = config->conf,
			      .groups = config->push && config->push->len > 0,
			      .folder = app->run->config->token_folder,
			      .memory = app->row.memory };
	Target *target = config->ops->open(&setup, error);

	if (!target)
		return NULL;
	log_findings(target);
	return decorate(config, target, error);
}

gboolean connect_app(AppRun *app, GError **error)
{
	app->tried = TRUE;
	if (!app->target)
		app->target = open_target(app, error);
	return app->target != NULL;
}

gboolean connect_app_readonly(AppRun *app, GError **error)
{
	if (app->target)
		return TRUE;
	app->target = open_target(app, error);
	if (app->target)
		app->target = target_dryrun(app->target);
	return app->target != NULL;
}

/* No account is left behind at the old target: at the new one the app begins like any new app. */
static gboolean take_target(AppRun *app, char *identity, GError **error)
{
	gboolean moved = app->row.target != NULL;

	g_free(app->row.target);
	app->row.target = identity;
	g_clear_pointer(&app->row.memory, json_decref);
	app->row.released &= !moved;
	return (!moved || plan_none(app->run->state, app->row.id, error)) &&
	       app_row_put(app->run->state, &app->row, error);
}

/*
 * Ids mean nothing at another service: where the sandbox's id 7 is somebody who left, production's
 * may be the director.
 */
gboolean connect_check_target(AppRun *app, GError **error)
{
	g_autofree char *identity = app->config->ops->identity(app->config->conf);
	g_autoptr(GPtrArray) open = op_array_new();
	State *state = app->run->state;
	guint64 active, disabled, groups;
	gboolean any;

	if (g_strcmp0(identity, app->row.target) == 0)
		return TRUE;
	if (!link_count(state, app->row.id, &active, &disabled, error) ||
	    !pushed_count(state, app->row.id, &groups, &any, error) ||
	    !plan_open_ops(state, app->row.id, 1, open, error))
		return FALSE;
	if (!app->row.target || (active + disabled + groups == 0 && open->len == 0))
		return take_target(app, g_steal_pointer(&identity), error);
	app->result->problem = g_strdup_printf(
		"the config means another target than the one in which this app has its accounts "
		"(%" G_GUINT64_FORMAT "): '%s' now, '%s' before; nothing was sent\n"
		"put the old one back, or give the app a new name: its accounts are then matched "
		"anew",
		active + disabled, identity, app->row.target);
	log_info("%s", app->result->problem);
	return TRUE;
}

static void note_news(AppRun *app)
{
	g_autoptr(GPtrArray) news = g_ptr_array_new_with_free_func(g_free);

	if (app->target && app->target->ops->news)
		app->target->ops->news(app->target, news);
	for (guint i = 0; i < news->len; i++) {
		const char *text = g_ptr_array_index(news, i);
		note_once(app, text, "%s", text);
	}
}

/* A hint for the next run; what a crash loses is learnt again. */
static gboolean remember(AppRun *app, GError **error)
{
	const Target *target = app->target;
	json_t *memory;

	note_news(app);
	if (!target || !target->ops->remember)
		return TRUE;
	memory = target->ops->remember(app->target);
	if (json_equal(memory, app->row.memory) || (!memory && !app->row.memory)) {
		json_decref(memory);
		return TRUE;
	}
	json_decref(app->row.memory);
	app->row.memory = memory;
	return app_row_put(app->run->state, &app->row, error);
}

static void close_target(AppRun *app)
{
	if (app->target) {
		app->result->waited_us += app->target->waited_us;
		app->target->ops->close(app->target);
	}
	app->target = NULL;
}

/* What was learnt is not worth a failure here: it is learnt again. */
void connect_drop(AppRun *app)
{
	(void)remember(app, NULL);
	close_target(app);
}

void connect_close(AppRun *app)
{
	close_target(app);
	g_clear_pointer(&app->noted, g_hash_table_unref);
	g_clear_pointer(&app->freed, g_hash_table_unref);
	g_clear_pointer(&app->hopeless, g_free);
	app_row_clear(&app->row);
}

void note_once(AppRun *app, const char *key, const char *format, ...)
{
	va_list args;

	if (!app->noted)
		app->noted = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	if (!g_hash_table_add(app->noted, g_strdup(key)))
		return;
	va_start(args, format);
	g_ptr_array_add(app->result->notes, g_strdup_vprintf(format, args));
	va_end(args);
}

/* What disabling or deleting really is at this service, if it is not what one expects. */
static void note_meaning(AppRun *app, OpKind kind)
{
	const Target *target = app->target;
	const char *words = target && target->ops->meaning
				    ? target->ops->meaning(app->target, exec_verb(kind))
				    : NULL;

	if (words)
		note_once(app, op_kind_name(kind), "%s at this service: %s", op_kind_name(kind),
			  words);
}

gboolean connect_note_plan(AppRun *app, gint64 plan, GError **error)
{
	Plan row = { 0 };

	if (!plan_load(app->run->state, plan, &row, error))
		return FALSE;
	app->result->plan = plan;
	for (int kind = 0; kind < OP_KINDS; kind++) {
		app->result->planned[kind] += row.counts[kind];
		if (row.counts[kind] > 0)
			note_meaning(app, (OpKind)kind);
	}
	app->result->members_planned += row.members[OP_ADD_MEMBERS];
	app->result->unmembers_planned += row.members[OP_REMOVE_MEMBERS];
	plan_clear(&row);
	return TRUE;
}

gboolean connect_note_rest(AppRun *app, GError **error)
{
	g_autoptr(GPtrArray) open = op_array_new();
	guint64 all = 0, parked = 0;

	if (!app->row.id)
		return TRUE;
	if (!work_count(app->run->state, app->row.id, &all, &parked, error) ||
	    !work_count_parked(app->run->state, app->row.id, app->result->parked_by, error) ||
	    !plan_open_ops(app->run->state, app->row.id, 1000, open, error))
		return FALSE;
	app->result->parked = parked;
	app->result->waiting = all - parked;
	app->result->unsettled = open->len;
	return push_note_rest(app, error) && remember(app, error);
}

GPtrArray *connect_unusable_apps(Run *run, GError **error)
{
	g_autoptr(Rules) rules = rules_new(run->config, run->state, run->now_us, error);
	GPtrArray *problems;

	if (!rules)
		return NULL;
	problems = g_ptr_array_new_with_free_func(g_free);
	for (guint i = 0; i < run->config->apps->len; i++)
		g_ptr_array_add(problems, g_strdup(rules_problem(rules, i)));
	return problems;
}
