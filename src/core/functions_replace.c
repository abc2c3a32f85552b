/*
 * Functions that replace: Replace and ReplaceChars.
 *
 * Replace always has seven positions, and which of them are filled in decides what it does:
 *
 *	1  oldValue, replacementValue     every oldValue in source becomes replacementValue
 *	2  oldValue, template             every oldValue in template becomes source
 *	3  regexPattern, replacementValue
 *	                                  every match in source is replaced; ${name}
 *	4  regexPattern, regexGroupName, replacementValue
 *	                                  of every match, only what the group caught is replaced
 *	5  regexPattern, regexGroupName, replacementAttributeName
 *	                                  source, if it has a value; else what the group catches in
 *	                                  the first match in replacementAttributeName, and null if
 *	                                  there is none
 *
 * An empty replacementValue is one, it deletes; elsewhere an empty text is as good as nothing. A
 * position that is filled by an attribute counts by what the person has there, except the sixth:
 * whoever writes it means the fifth way. Letters match with their case. Patterns are those of
 * core/pattern.h, replacements those of .NET. A constant pattern is compiled with the expression;
 * any other one at every evaluation, and a mistake in it fails that object.
 *
 * What ReplaceChars reads stands in char_list_internal.h.
 */
#include <string.h>

#include "base/error.h"
#include "char_list_internal.h"
#include "core/pattern.h"
#include "functions_text_internal.h"
#include "functions_value_internal.h"

#define STEP_WORK 32 /* bytes that could be looked at in the time of one step */

/* Positions of Replace. */
enum {
	REPLACE_SOURCE,
	REPLACE_OLD,
	REPLACE_PATTERN,
	REPLACE_GROUP,
	REPLACE_NEW,
	REPLACE_NEW_ATTRIBUTE,
	REPLACE_TEMPLATE,
	REPLACE_COUNT,
};

static gsize count_found(const Value *in, const Value *old)
{
	const char *at = in->string.data, *end = at + in->string.length;
	gsize found = 0;

	while ((at = memmem(at, (gsize)(end - at), old->string.data, old->string.length))) {
		at += old->string.length;
		found++;
	}
	return found;
}

/* Every 'old' in 'in' becomes 'new'. */
static const Value *substitute(const FunctionContext *context, const Value *in, const Value *old,
			       const Value *new, GError **error)
{
	gsize found = old->string.length > 0 ? count_found(in, old) : 0;

	if (found == 0)
		return in;
	/* At most 2^20 finds in a text of 1 MiB, so the product stays far within 64 bits. */
	gsize length = in->string.length - found * old->string.length + found * new->string.length;
	char *text = function_text(context, length, error);
	if (!text)
		return NULL;

	const char *from = in->string.data, *end = from + in->string.length, *hit;
	char *to = text;
	while ((hit = memmem(from, (gsize)(end - from), old->string.data, old->string.length))) {
		memcpy(to, from, (gsize)(hit - from));
		to = text_put(to + (hit - from), new);
		from = hit + old->string.length;
	}
	memcpy(to, from, (gsize)(end - from));
	return value_borrow(context->arena, text, length);
}

/* Each pattern has its limits; this is for many values, each of them just below. */
static gboolean pay(const FunctionContext *context, gsize cost, GError **error)
{
	if (cost > *context->work / STEP_WORK)
		return error_set(error, ERROR_OBJECT,
				 "regular expressions take too many steps for this object");
	*context->work -= cost * STEP_WORK;
	return TRUE;
}

static const Value *replace_matches(const FunctionContext *context, const Pattern *pattern,
				    const Value *const *all, GError **error)
{
	const Value *source = all[REPLACE_SOURCE];
	gsize length = 0;
	g_autofree char *text = pattern_replace(pattern, all[REPLACE_GROUP]->string.data,
						source->string.data, source->string.length,
						all[REPLACE_NEW]->string.data, *context->left,
						&length, error);

	if (!text || !pay(context, pattern_cost(pattern), error))
		return NULL;
	return result_text(context, text, length, error);
}

/* The fifth way, for a source without value. */
static const Value *extract(const FunctionContext *context, const Pattern *pattern,
			    const Value *const *all, GError **error)
{
	const Value *from = all[REPLACE_NEW_ATTRIBUTE];
	const char *text = from->string.data;
	gsize start, end;

	PatternResult result = pattern_find(pattern, all[REPLACE_GROUP]->string.data, text,
					    from->string.length, &start, &end, error);
	if (result == PATTERN_FAILED || !pay(context, pattern_cost(pattern), error))
		return NULL;
	if (result == PATTERN_NO)
		return value_null();
	return text_part(context, from, text + start, text + end, error);
}

/* What is known of a call of Replace before there is a person. */
typedef struct {
	Pattern *pattern;  /* NULL if it is not constant */
	gboolean fallback; /* the fifth way */
} Prepared;

static gboolean check_group(const Pattern *pattern, const char *group, ErrorKind kind,
			    GError **error)
{
	if (!*group || pattern_has(pattern, group))
		return TRUE;
	return error_set(error, kind,
			 "the regular expression has no group \"%s\"\nname it (?<%s>...)", group,
			 group);
}

/* A pattern that is not constant; its mistakes are the object's. */
static Pattern *compile_value(const FunctionContext *context, const Value *text, GError **error)
{
	g_autoptr(GError) mistake = NULL;

	if (!pay(context, text->string.length, error))
		return NULL;
	Pattern *pattern = pattern_compile(text->string.data, text->string.length, NULL, &mistake);

	if (!pattern)
		error_set(error, ERROR_OBJECT, "%s", mistake->message);
	return pattern;
}

typedef const Value *(*PatternFn)(const FunctionContext *context, const Pattern *pattern,
				  const Value *const *all, GError **error);

static const Value *with_pattern(const FunctionContext *context, const Value *const *all,
				 PatternFn fn, GError **error)
{
	const Prepared *prepared = context->prepared;
	const Pattern *pattern = prepared->pattern;
	g_autoptr(Pattern) own = NULL;

	if (!pattern)
		pattern = own = compile_value(context, all[REPLACE_PATTERN], error);
	if (!pattern || !check_group(pattern, all[REPLACE_GROUP]->string.data, ERROR_OBJECT, error))
		return NULL;
	return fn(context, pattern, all, error);
}

/* Two positions that exclude each other. */
static const struct {
	guint one, other;
	const char *message;
} exclusive[] = {
	{ REPLACE_OLD, REPLACE_PATTERN, "oldValue and regexPattern exclude each other" },
	{ REPLACE_PATTERN, REPLACE_TEMPLATE, "regexPattern and template exclude each other" },
	{ REPLACE_NEW, REPLACE_NEW_ATTRIBUTE,
	  "replacementValue and replacementAttributeName exclude each other" },
	{ REPLACE_NEW, REPLACE_TEMPLATE, "replacementValue and template exclude each other" },
};

/* A position that means nothing without another one. */
static const struct {
	guint one, needed;
	const char *message;
} dependent[] = {
	{ REPLACE_GROUP, REPLACE_PATTERN, "a regexGroupName needs a regexPattern" },
	{ REPLACE_NEW_ATTRIBUTE, REPLACE_PATTERN,
	  "a replacementAttributeName needs a regexPattern" },
	{ REPLACE_NEW_ATTRIBUTE, REPLACE_GROUP,
	  "a replacementAttributeName needs a regexGroupName" },
	{ REPLACE_TEMPLATE, REPLACE_OLD, "a template needs an oldValue to look for in it" },
};

/* What only the person's data can show. */
static gboolean check_values(const Value *const *all, GError **error)
{
	for (gsize i = 0; i < G_N_ELEMENTS(exclusive); i++) {
		if (!value_is_blank(all[exclusive[i].one]) &&
		    !value_is_blank(all[exclusive[i].other]))
			return error_set(error, ERROR_OBJECT, "%s in Replace",
					 exclusive[i].message);
	}
	return TRUE;
}

static const Value *replace_all(const FunctionContext *context, const Value *const *all,
				GError **error)
{
	if (!value_is_blank(all[REPLACE_PATTERN]))
		return with_pattern(context, all, replace_matches, error);
	if (!value_is_blank(all[REPLACE_TEMPLATE]))
		return substitute(context, all[REPLACE_TEMPLATE], all[REPLACE_OLD],
				  all[REPLACE_SOURCE], error);
	return substitute(context, all[REPLACE_SOURCE], all[REPLACE_OLD], all[REPLACE_NEW], error);
}

static const Value *replace(const FunctionContext *context, const Value *const *args, guint count,
			    GError **error)
{
	const Prepared *prepared = context->prepared;
	const Value *all[REPLACE_COUNT];

	for (guint i = 0; i < REPLACE_COUNT; i++)
		all[i] = text_argument(context, args, count, i);
	if (!check_values(all, error))
		return NULL;
	if (!prepared->fallback)
		return args[REPLACE_SOURCE] && args[REPLACE_SOURCE]->type != VALUE_NULL
			       ? replace_all(context, all, error)
			       : value_null();
	if (!value_is_blank(all[REPLACE_SOURCE]))
		return all[REPLACE_SOURCE];
	if (value_is_blank(all[REPLACE_PATTERN]))
		return value_null();
	return with_pattern(context, all, extract, error);
}

/* True unless it is left empty, or is the constant "", which Entra treats as left empty. */
static gboolean may_be_filled(const FunctionCall *call, guint index)
{
	const Value *literal = function_literal(call, index);

	return literal ? !value_is_blank(literal) : function_given(call, index);
}

static gboolean is_filled(const FunctionCall *call, guint index)
{
	return may_be_filled(call, index) &&
	       (index == REPLACE_NEW_ATTRIBUTE || function_literal(call, index));
}

static gboolean check_positions(const FunctionCall *call, guint *arg, GError **error)
{
	for (gsize i = 0; i < G_N_ELEMENTS(exclusive); i++) {
		*arg = exclusive[i].other;
		if (is_filled(call, exclusive[i].one) && is_filled(call, *arg))
			return error_set(error, ERROR_CONFIG, "%s\nleave one of them empty",
					 exclusive[i].message);
	}
	for (gsize i = 0; i < G_N_ELEMENTS(dependent); i++) {
		*arg = dependent[i].one;
		if (is_filled(call, *arg) && !may_be_filled(call, dependent[i].needed))
			return error_set(error, ERROR_CONFIG, "%s", dependent[i].message);
	}
	*arg = REPLACE_OLD;
	if (may_be_filled(call, REPLACE_OLD) || may_be_filled(call, REPLACE_PATTERN))
		return TRUE;
	return error_set(error, ERROR_CONFIG,
			 "Replace needs an oldValue or a regexPattern to look for");
}

/* The pattern if it is constant, and no mistake; NULL without error if it is not constant. */
static Pattern *compile_literal(const FunctionCall *call, GError **error)
{
	const Value *text = function_literal(call, REPLACE_PATTERN);

	if (!text || text->type != VALUE_STRING || value_is_blank(text))
		return NULL;
	return pattern_compile(text->string.data, text->string.length, NULL, error);
}

static gboolean check_replace(const FunctionCall *call, guint *arg, GError **error)
{
	GError *mistake = NULL;

	if (!check_positions(call, arg, error))
		return FALSE;
	*arg = REPLACE_PATTERN;
	g_autoptr(Pattern) pattern = compile_literal(call, &mistake);
	if (mistake) {
		g_propagate_error(error, mistake);
		return FALSE;
	}
	const Value *group = function_literal(call, REPLACE_GROUP);
	*arg = REPLACE_GROUP;
	return !pattern || !group || group->type != VALUE_STRING ||
	       check_group(pattern, group->string.data, ERROR_CONFIG, error);
}

static gpointer prepare_replace(const FunctionCall *call)
{
	Prepared *prepared = g_new0(Prepared, 1);

	prepared->pattern = compile_literal(call, NULL);
	prepared->fallback = may_be_filled(call, REPLACE_NEW_ATTRIBUTE);
	return prepared;
}

static void forget_replace(gpointer data)
{
	Prepared *prepared = data;

	pattern_free(prepared->pattern);
	g_free(prepared);
}

static void forget_chars(gpointer list)
{
	char_list_free(list);
}

static const Value *replace_chars(const FunctionContext *context, const Value *const *args,
				  guint count, GError **error)
{
	const Value *source = text_argument(context, args, count, 0);
	const CharList *list = context->prepared;
	g_autoptr(CharList) own = NULL;

	if (!list)
		list = own = char_list_read(text_argument(context, args, count, 1)->string.data,
					    ERROR_OBJECT, error);
	if (!list)
		return NULL;
	gsize length = char_list_replace(list, source->string.data, source->string.length, NULL);
	char *text = function_text(context, length, error);
	if (!text)
		return NULL;
	char_list_replace(list, source->string.data, source->string.length, text);
	return value_borrow(context->arena, text, length);
}

static gboolean check_chars(const FunctionCall *call, guint *arg, GError **error)
{
	const Value *text = function_literal(call, 1);

	*arg = 1;
	if (!function_given(call, 1) || (text && text->type != VALUE_STRING))
		return error_set(
			error, ERROR_CONFIG,
			"the list of ReplaceChars is a text\nwrite one such as \"a:b,c:\"");
	g_autoptr(CharList) list = text ? char_list_read(text->string.data, ERROR_CONFIG, error)
					: NULL;
	return !text || list;
}

static gpointer prepare_chars(const FunctionCall *call)
{
	const Value *text = function_literal(call, 1);

	return text ? char_list_read(text->string.data, ERROR_CONFIG, NULL) : NULL;
}

const Function functions_replace[] = {
	{ "Replace", 5, 7, replace,
	  "Replace(source, oldValue, regexPattern, regexGroupName, replacementValue, "
	  "replacementAttributeName, template)",
	  .check = check_replace, .prepare = prepare_replace, .forget = forget_replace,
	  .lists = LISTS_EACH, .nulls = TRUE },
	{ "ReplaceChars", 2, 2, replace_chars, "ReplaceChars(source, \"a:b,c:d\")",
	  .check = check_chars, .prepare = prepare_chars, .forget = forget_chars,
	  .lists = LISTS_EACH },
	{ 0 },
};
