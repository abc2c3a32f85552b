/*
 * Functions about what becomes of the target's value, and about roles.
 *
 *	IgnoreFlowIfNullOrEmpty([x])      without x the target keeps what it has
 *	Redact([x])                       it flows, and nobody is shown it
 *	SelectUniqueValue(a, b, ...)      the first of these that nobody has at the target
 *	ImportedValue("title")            what we last made true there
 *	CRef([manager])                   a DN as a reference to somebody
 *	Error("no e-mail")                fails the person with these words
 *
 * Roles are those that assign rules give; [appRoleAssignments] has their names, and only it can be
 * asked for them:
 *
 *	SingleAppRoleAssignment           the most important one; two of equal importance fail the
 *	                                  person where the app asks for one role
 *	AppRoleAssignmentsComplex         all, as objects; at the target they are only added to
 *	AssertiveAppRoleAssignmentsComplex    all, as objects, and no others
 *
 * The objects have the members, and the type, that Entra sends: applications were made for them.
 *
 * What an error says about the argument of Redact would show it, so it is not said.
 */
#include <string.h>

#include "base/error.h"
#include "core/path.h"
#include "expr_internal.h"
#include "functions_value_internal.h"

#define MAX_CANDIDATES 50  /* of SelectUniqueValue(), which compares each with each */
#define MAX_ERROR_TEXT 200 /* characters of what Error() says */
#define ROLE_TYPE "WindowsAzureActiveDirectoryRole"

static const Value *ignore_flow(const FunctionContext *context, const FunctionCall *call,
				GError **error)
{
	const Value *value = function_arg(context, call, 0, error);

	return value && value_is_blank(value) ? value_ignored() : value;
}

static const Value *redact(const FunctionContext *context, const FunctionCall *call, GError **error)
{
	const Value *value = function_arg(context, call, 0, NULL);

	if (!value)
		error_set(error, ERROR_OBJECT,
			  "what is inside of Redact cannot be worked out, and the reason is not "
			  "shown\ntry it without Redact");
	return value;
}

static gboolean has_text(const Value *const *items, guint count, const Value *text)
{
	for (guint i = 0; i < count; i++) {
		if (strcmp(items[i]->string.data, text->string.data) == 0)
			return TRUE;
	}
	return FALSE;
}

static const Value *select_unique(const FunctionContext *context, const Value *const *args,
				  guint count, GError **error)
{
	const Value **items = arena_alloc(context->arena, count * sizeof(*items));
	guint kept = 0;

	for (guint i = 0; i < count; i++) {
		if (argument_is_missing(args[i]))
			continue;
		const Value *text = value_to_string(context->arena, args[i]);
		if (!has_text(items, kept, text))
			items[kept++] = text;
	}
	return kept > 0 ? value_choice(context->arena, items, kept) : value_null();
}

/* Whatever stands in the directory must not break the line that reports it. */
static const Value *fail_with(const FunctionContext *context, const Value *const *args, guint count,
			      GError **error)
{
	g_autoptr(GString) words = g_string_new(NULL);
	const char *at = argument_is_missing(args[0]) ? "Error() without a text"
						      : value_text(context->arena, args[0]);

	for (guint i = 0; *at && i < MAX_ERROR_TEXT; i++, at = g_utf8_next_char(at)) {
		gunichar character = g_utf8_get_char(at);
		g_string_append_unichar(words, g_unichar_isprint(character) ? character : ' ');
	}
	error_set(error, ERROR_OBJECT, "%s", words->str);
	return NULL;
}

static const Value *reference(const FunctionContext *context, const Value *const *args, guint count,
			      GError **error)
{
	return argument_is_missing(args[0]) ? value_null()
					    : value_to_string(context->arena, args[0]);
}

static gboolean check_path(const FunctionCall *call, guint *arg, GError **error)
{
	const Value *literal = function_literal(call, 0);

	*arg = 0;
	if (!literal || literal->type != VALUE_STRING)
		return error_set(error, ERROR_CONFIG,
				 "ImportedValue takes the path of a row, in quotes\n"
				 "as in ImportedValue(\"name.givenName\")");
	g_autoptr(Path) path = path_parse(literal->string.data, error);
	return path != NULL;
}

/* The path as it is spelt in resources. New string. */
static gpointer prepare_path(const FunctionCall *call)
{
	g_autoptr(Path) path = path_parse(function_literal(call, 0)->string.data, NULL);

	return g_strdup(path->text);
}

/* Attribute names at a target have no case; RFC 7643 §2.1. */
static const json_t *find_path(const json_t *resource, const char *path)
{
	const json_t *exact = json_object_get(resource, path);
	const char *key;
	json_t *value;

	if (exact)
		return exact;
	json_object_foreach ((json_t *)resource, key, value) {
		if (g_ascii_strcasecmp(key, path) == 0)
			return value;
	}
	return NULL;
}

/* A value of a resource; an object stands for its "value", RFC 7643 §2.4. */
static const Value *import_scalar(const FunctionContext *context, const json_t *json,
				  GError **error)
{
	char number[G_ASCII_DTOSTR_BUF_SIZE];

	if (json_is_object(json))
		json = json_object_get(json, "value");
	switch (json ? json_typeof(json) : JSON_NULL) {
	case JSON_STRING:
		return result_text(context, json_string_value(json), json_string_length(json),
				   error);
	case JSON_INTEGER:
		return value_number(context->arena, json_integer_value(json));
	case JSON_REAL:
		g_ascii_dtostr(number, sizeof(number), json_real_value(json));
		return result_text(context, number, strlen(number), error);
	case JSON_TRUE:
	case JSON_FALSE:
		return value_bool(json_is_true(json));
	default:
		return value_null();
	}
}

static const Value *import_array(const FunctionContext *context, const json_t *array,
				 GError **error)
{
	gsize size = json_array_size(array);

	if (!function_spend(context, size * (sizeof(Value) + sizeof(Value *)), error))
		return NULL;
	const Value **items = arena_alloc(context->arena, size * sizeof(*items));
	for (gsize i = 0; i < size; i++) {
		items[i] = import_scalar(context, json_array_get(array, i), error);
		if (!items[i])
			return NULL;
	}
	return expr_flatten(context, items, (guint)size, error);
}

static const Value *imported(const FunctionContext *context, const Value *const *args, guint count,
			     GError **error)
{
	const json_t *shadow = context->input->shadow;
	const json_t *json = shadow ? find_path(shadow, context->prepared) : NULL;

	return json_is_array(json) ? import_array(context, json, error)
				   : import_scalar(context, json, error);
}

static gboolean check_roles(const FunctionCall *call, guint *arg, GError **error)
{
	const Node *node = call->args[0];

	*arg = 0;
	if (node && node->type == NODE_DERIVED && strcmp(node->derived->name, DERIVED_ROLES) == 0)
		return TRUE;
	return error_set(error, ERROR_CONFIG,
			 "%s knows the roles of assign rules only\nwrite %s([" DERIVED_ROLES "])",
			 call->function->name, call->function->name);
}

static const Value *single_role(const FunctionContext *context, const Value *const *args,
				guint count, GError **error)
{
	const ExprInput *input = context->input;
	const ExprRole *roles = input->roles;

	if (input->one_role && input->role_count > 1 && roles[0].priority == roles[1].priority) {
		error_set(error, ERROR_OBJECT,
			  "the roles \"%s\" and \"%s\" are equally important, and only one can "
			  "be given\ngive their rules different priorities",
			  roles[0].name, roles[1].name);
		return NULL;
	}
	return value_item(args[0], 0);
}

static const Value *role_object(const FunctionContext *context, const Value *role)
{
	static const char *const names[] = { "primary", "type", "display", "value" };
	const Value *const items[] = {
		value_bool(FALSE),
		value_borrow(context->arena, ROLE_TYPE, strlen(ROLE_TYPE)),
		role,
		role,
	};

	return value_object(context->arena, names, items, G_N_ELEMENTS(items));
}

static const Value *complex_roles(const FunctionContext *context, const Value *const *args,
				  guint count, GError **error)
{
	guint roles = value_count(args[0]);
	const Value **items = arena_alloc(context->arena, roles * sizeof(*items));

	for (guint i = 0; i < roles; i++)
		items[i] = role_object(context, value_item(args[0], i));
	return value_list(context->arena, items, roles);
}

const Function functions_flow[] = {
	{ "IgnoreFlowIfNullOrEmpty", 1, 1, NULL, "IgnoreFlowIfNullOrEmpty(source)",
	  .lazy = ignore_flow },
	{ "Redact", 1, 1, NULL, "Redact(source)", .lazy = redact, .traits = EXPR_SECRET },
	{ "SelectUniqueValue", 2, MAX_CANDIDATES, select_unique,
	  "SelectUniqueValue(candidate1, candidate2, ...)", .traits = EXPR_CHOOSES, .top = TRUE },
	{ "Error", 1, 1, fail_with, "Error(text)" },
	{ "ImportedValue", 1, 1, imported, "ImportedValue(path)", .traits = EXPR_IMPORTED,
	  .check = check_path, .prepare = prepare_path, .forget = g_free },
	{ "CRef", 1, 1, reference, "CRef(dn)", .lists = LISTS_EACH, .traits = EXPR_REFERS },
	{ "SingleAppRoleAssignment", 1, 1, single_role,
	  "SingleAppRoleAssignment([" DERIVED_ROLES "])", .lists = LISTS_FIRST,
	  .check = check_roles },
	{ "AppRoleAssignmentsComplex", 1, 1, complex_roles,
	  "AppRoleAssignmentsComplex([" DERIVED_ROLES "])", .lists = LISTS_FIRST,
	  .check = check_roles, .traits = EXPR_OBJECTS | EXPR_ADDS, .top = TRUE },
	{ "AssertiveAppRoleAssignmentsComplex", 1, 1, complex_roles,
	  "AssertiveAppRoleAssignmentsComplex([" DERIVED_ROLES "])", .lists = LISTS_FIRST,
	  .check = check_roles, .traits = EXPR_OBJECTS, .top = TRUE },
	{ 0 },
};
