/*
 * Check: opens each source and each app in turn, as a run would, and reports what they say of
 * themselves, and what earlier runs have learnt of them. Nothing is written anywhere.
 */
#include "run/check.h"

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "find_internal.h"
#include "state/account.h"

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

/* ---- what the schema does not know ---- */

static void add_names(const MappingRow *row, const Expr *expr, void *names)
{
	expr_attributes(expr, names);
}

static void add_rules(const GPtrArray *rules, GHashTable *names)
{
	for (guint i = 0; i < rules->len; i++) {
		const AssignRule *rule = g_ptr_array_index(rules, i);

		if (rule->compiled)
			filter_attributes(rule->compiled, names);
	}
}

static void add_push(const PushRule *rule, GHashTable *names)
{
	if (rule->compiled)
		filter_attributes(rule->compiled, names);
	if (rule->name)
		expr_attributes(rule->name, names);
}

/* All that mappings, rules and scopes read of an entry. */
static GHashTable *attributes_read(const Config *config)
{
	GHashTable *names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	for (guint i = 0; i < config->apps->len; i++) {
		const AppConfig *app = g_ptr_array_index(config->apps, i);

		mapping_foreach(app->mapping, add_names, names);
		if (app->scope)
			filter_attributes(app->scope, names);
		add_rules(app->include, names);
		add_rules(app->exclude, names);
		for (guint k = 0; app->push && k < app->push->len; k++)
			add_push(g_ptr_array_index(app->push, k), names);
	}
	return names;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static GPtrArray *keys_in_order(GHashTable *set)
{
	GPtrArray *keys = g_ptr_array_new();
	GHashTableIter iter;
	gpointer key;

	g_hash_table_iter_init(&iter, set);
	while (g_hash_table_iter_next(&iter, &key, NULL))
		g_ptr_array_add(keys, key);
	g_ptr_array_sort(keys, compare_names);
	return keys;
}

static char *words_for_unknown(const GPtrArray *read, GHashTable *known)
{
	g_autoptr(GPtrArray) vocabulary = keys_in_order(known);
	g_autoptr(GString) list = g_string_new(NULL);

	for (guint i = 0; i < read->len; i++) {
		const char *name = g_ptr_array_index(read, i), *near;

		if (g_hash_table_contains(known, name))
			continue;
		near = conf_suggest(name, vocabulary);
		g_string_append_printf(list, "%s[%s]", list->len ? ", " : "", name);
		if (near)
			g_string_append_printf(list, " (did you mean [%s]?)", near);
	}
	return list->len ? g_strdup_printf("its schema does not know %s; expressions that read "
					   "that see no value in this source",
					   list->str)
			 : NULL;
}

/*
 * A schema that cannot be read is no problem of the source: people's access is not needed for it.
 */
static void check_schema(const Config *config, const SourceConfig *source, Source *driver,
			 GPtrArray *findings)
{
	g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(GHashTable) read = attributes_read(config);
	g_autoptr(GPtrArray) names = keys_in_order(read);
	char *words;

	if (!source->ops->schema || !source->ops->schema(driver, known, NULL) ||
	    g_hash_table_size(known) == 0)
		return;
	words = words_for_unknown(names, known);
	if (words)
		g_ptr_array_add(findings, words);
}

/* ---- sources and apps ---- */

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

	if (driver && source->ops->test(driver, findings, &problem))
		check_schema(config, source, driver, findings);
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

	if (!find_is_possible(target))
		g_ptr_array_add(
			findings,
			g_strdup("accounts can neither be looked up nor listed: those that "
				 "exist already are not found, a create without an answer "
				 "waits until somebody has looked, and whether the credential "
				 "works shows when something is sent"));
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

typedef struct {
	Target *target;
	GPtrArray *findings;
} Choices;

static void is_refused(TargetRequest *request, const TargetAnswer *answer, void *refused)
{
	FindAnswer refusal = { .why = answer->outcome, .status = answer->status };

	*(gboolean *)refused = find_is_no_search(&refusal);
}

/* SelectUniqueValue() works better where the service can be asked for the value. */
static void try_choice(const MappingRow *row, const Expr *expr, void *data)
{
	Choices *self = data;
	g_autofree char *nobody = g_uuid_string_random();
	TargetRequest request = { .verb = TARGET_LOOKUP,
				  .match_path = row->to,
				  .match_value = nobody };
	gboolean refused = !(self->target->caps & TARGET_CAN_LOOKUP);

	if (!(expr_traits(expr) & EXPR_CHOOSES))
		return;
	if (!refused) {
		self->target->ops->submit(self->target, &request);
		while (self->target->ops->step(self->target, 1000, is_refused, &refused) > 0)
			;
	}
	if (refused)
		g_ptr_array_add(
			self->findings,
			g_strdup_printf("accounts cannot be searched by '%s': of the values "
					"that SelectUniqueValue() chooses among, only our "
					"own accounts are compared",
					row->to));
}

/* What earlier runs learnt of the service. NULL where there was none, or it cannot be read now. */
static json_t *memory_of(const Config *config, const AppConfig *app)
{
	g_autoptr(State) state = g_file_test(config->state_path, G_FILE_TEST_EXISTS)
					 ? state_open(config->state_path, STATE_READ, NULL)
					 : NULL;
	g_autofree char *identity = app->ops->identity(app->conf);
	AppRow row = { 0 };
	json_t *memory = NULL;

	if (state && app_row_get(state, app->name, &row, NULL) &&
	    g_strcmp0(row.target, identity) == 0)
		memory = json_incref(row.memory);
	app_row_clear(&row);
	return memory;
}

static json_t *check_app(const Config *config, const AppConfig *app, gboolean *ok)
{
	g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GError) problem = NULL;
	g_autoptr(json_t) memory = memory_of(config, app);
	TargetSetup setup = { .app = app->name,
			      .conf = app->conf,
			      .groups = app->push && app->push->len > 0,
			      .folder = config->token_folder,
			      .memory = memory };
	Target *target = app->ops->open(&setup, &problem);

	if (target && app->ops->findings)
		app->ops->findings(target, findings);
	for (guint i = 0; app->preset && i < app->preset->unconfirmed->len; i++)
		g_ptr_array_add(findings,
				g_strdup_printf("to be confirmed by you, preset '%s' has it from "
						"memory: %s",
						app->preset->name,
						(char *)g_ptr_array_index(app->preset->unconfirmed,
									  i)));
	if (target)
		try_lookup(app, target, findings, &problem);
	if (target && !problem)
		mapping_foreach(app->mapping, try_choice,
				&(Choices){ .target = target, .findings = findings });
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
		json_array_append_new(apps,
				      check_app(config, g_ptr_array_index(config->apps, i), ok));
	return json_pack("{s:b, s:o, s:o}", "ok", *ok, "sources", sources, "apps", apps);
}
