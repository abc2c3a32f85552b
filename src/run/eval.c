/*
 * Eval: an expression on one person of the view.
 *
 * The view holds the attributes that the config's mappings and filters name. An expression that
 * asks for another one would see no value where the directory may have one; that is said beside the
 * result.
 */
#include "run/eval.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "want_internal.h"

static gboolean find_person(State *state, const char *user, gint64 *id, GError **error)
{
	g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint64));

	if (!view_search_users(state, user, ids, error))
		return FALSE;
	if (ids->len != 1)
		return error_set(error, ERROR_CONFIG, "%s is called '%s'\n%s",
				 ids->len ? "more than one person" : "nobody", user,
				 ids->len ? "name one by the DN"
					  : "try the DN, the uid or the mail; before the first "
					    "'dirbridge sync' nobody is known");
	*id = g_array_index(ids, gint64, 0);
	return TRUE;
}

static const AppConfig *choose_app(const Config *config, const char *name, GError **error)
{
	const AppConfig *app = name ? config_app(config, name) : g_ptr_array_index(config->apps, 0);

	if (!app)
		config_no_app(config, name, error);
	return app;
}

static Expr *compile(const char *text, GError **error)
{
	g_autoptr(GError) problem = NULL;
	guint column = 0;
	Expr *expr = expr_compile(text, &column, &problem);

	if (!expr)
		error_set(error, ERROR_CONFIG, "column %u: %s\n%s\n%*s", column, problem->message,
			  text, (int)column, "^");
	return expr;
}

static void add_warning(guint column, const char *sentence, void *data)
{
	g_autofree char *text = g_strdup_printf("column %u: %s", column, sentence);

	json_array_append_new(data, json_string(text));
}

/* Attributes of the expression that the person's source was not read with. */
static gboolean find_unread(State *state, const char *source, const Expr *expr, json_t *unread,
			    GError **error)
{
	g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	ViewSource row = { 0 };
	GHashTableIter iter;
	gpointer name;

	if (!view_source_get(state, source, &row, error))
		return FALSE;
	expr_attributes(expr, names);
	g_hash_table_iter_init(&iter, names);
	while (g_hash_table_iter_next(&iter, &name, NULL))
		if (row.attributes && !g_strv_contains((const char *const *)row.attributes, name))
			json_array_append_new(unread, json_string(name));
	view_source_clear(&row);
	return TRUE;
}

static json_t *evaluate(const WantContext *context, gint64 person, const Expr *expr,
			const char *text, GError **error)
{
	json_t *unread = json_array(), *warnings = json_array();
	g_autoptr(json_t) document = json_pack("{s:s, s:o, s:o}", "expression", text, "unread",
					       unread, "warnings", warnings);
	g_autoptr(GError) problem = NULL;
	const Value *value = NULL;
	Want want;

	if (!want_load(context, person, &want, error))
		return NULL;
	expr_warnings(expr, add_warning, warnings);
	json_object_set_new(document, "person", json_string(entry_dn(want.person.entry)));
	gboolean ok = find_unread(context->state, rules_source(context->rules, &want.person), expr,
				  unread, error);
	if (ok)
		value = want_eval(context, &want, expr, &problem);
	if (value) {
		gboolean secret = (expr_traits(expr) & EXPR_SECRET) && value_count(value) > 0;

		json_object_set_new(document, "type", json_string(value_type_name(value->type)));
		json_object_set_new(document, "value",
				    secret ? json_string(MAPPING_REDACTED) : value_json(value));
	} else if (problem) {
		json_object_set_new(document, "problem", json_string(problem->message));
	}
	want_clear(&want);
	return ok ? g_steal_pointer(&document) : NULL;
}

json_t *eval_expression(const Config *config, State *state, const char *expression,
			const char *user, const char *app, GError **error)
{
	const AppConfig *chosen = choose_app(config, app, error);
	g_autoptr(Expr) expr = chosen ? compile(expression, error) : NULL;
	g_autoptr(Arena) arena = arena_new();
	g_autoptr(Rules) rules = NULL;
	AppRow row = { 0 };
	json_t *document = NULL;
	gint64 person = 0, now_us = clock_now_us();

	if (!expr || !find_person(state, user, &person, error) ||
	    !app_row_get(state, chosen->name, &row, error))
		return NULL;
	rules = rules_new(config, state, now_us, error);
	if (rules) {
		WantContext context = { chosen, state, row.id, now_us, arena, rules };

		document = evaluate(&context, person, expr, expression, error);
	}
	app_row_clear(&row);
	return document;
}
