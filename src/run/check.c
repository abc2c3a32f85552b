/*
 * Check: opens each source and each app in turn, as a run would, and reports what they say of
 * themselves. Nothing is written anywhere.
 */
#include "run/check.h"

#include <string.h>

#include "base/error.h"
#include "base/json.h"

static json_t *row_json(const char *name, const char *type, const GError *problem,
			const GPtrArray *findings)
{
	json_t *list = json_array();

	for (guint i = 0; i < findings->len; i++) {
		const char *text = g_ptr_array_index(findings, i);

		json_array_append_new(list, json_lossy_string(text, strlen(text)));
	}
	return json_pack("{s:s, s:s, s:b, s:s?, s:o}", "name", name, "type", type, "ok",
			 problem == NULL, "problem", problem ? problem->message : NULL, "findings",
			 list);
}

static json_t *check_source(const Config *config, const SourceConfig *source, gboolean *ok)
{
	g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GError) problem = NULL;
	SourceSetup setup = {
		.name = source->name,
		.conf = source->conf,
		.attributes = (const char *const *)config->attributes,
		.changes = source->changes,
	};
	Source *driver = source->ops->open(&setup, &problem);

	if (driver)
		source->ops->test(driver, findings, &problem);
	source->ops->close(driver);
	*ok &= problem == NULL;
	return row_json(source->name, source->type, problem, findings);
}

static void heard(TargetRequest *request, const TargetAnswer *answer, void *data)
{
	GError **problem = data;

	if (answer->outcome != TARGET_ABSENT && answer->outcome != TARGET_OK)
		error_set(problem, ERROR_DOWN, "could not look up an account by '%s': %s",
			  request->match_path, answer->detail);
}

/*
 * Looks for an account that cannot exist. Discovery is often public: only this shows that the
 * credential works and that the service can filter by what accounts are matched by.
 */
static void try_lookup(const AppConfig *app, Target *target, GPtrArray *findings, GError **problem)
{
	g_autofree char *nobody = g_uuid_string_random();
	TargetRequest request = {
		.verb = TARGET_LOOKUP,
		.match_path = g_ptr_array_index(app->match, 0),
		.match_value = nobody,
	};

	if (!(target->caps & TARGET_CAN_LOOKUP))
		return;
	target->ops->submit(target, &request);
	while (target->ops->step(target, 1000, heard, problem) > 0)
		;
	if (!*problem)
		g_ptr_array_add(findings, g_strdup_printf("the credential works; accounts can be "
							  "looked up by '%s'",
							  request.match_path));
}

static json_t *check_app(const AppConfig *app, gboolean *ok)
{
	g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GError) problem = NULL;
	TargetSetup setup = { .app = app->name, .conf = app->conf };
	Target *target = app->ops->open(&setup, &problem);

	if (target && app->ops->findings)
		app->ops->findings(target, findings);
	if (target)
		try_lookup(app, target, findings, &problem);
	app->ops->close(target);
	*ok &= problem == NULL;
	return row_json(app->name, app->type, problem, findings);
}

json_t *check_connections(const Config *config, gboolean *ok)
{
	json_t *sources = json_array(), *apps = json_array();

	*ok = TRUE;
	for (guint i = 0; i < config->sources->len; i++)
		json_array_append_new(sources,
				      check_source(config, g_ptr_array_index(config->sources, i),
						   ok));
	for (guint i = 0; i < config->apps->len; i++)
		json_array_append_new(apps, check_app(g_ptr_array_index(config->apps, i), ok));
	return json_pack("{s:b, s:o, s:o}", "ok", *ok, "sources", sources, "apps", apps);
}
