/*
 * Values taken from an answer: the id of what was made, and what later calls need. Pure.
 *
 *	{ path = "data.id"; }                     at a place
 *	{ header = "Location"; }                  in a header: of an address its last segment,
 *	                                          unless it is the one that was asked
 *	{ items = "entries"; path = "id";         of one record of a list: the first one that
 *	  where = { path = "group.id"; value = "{id}"; }; }        has this value there
 *
 * That no record fits is a fact on which later calls are skipped, and a removal is done without
 * one. So the answer must prove it. A list that is not there, and a record that does not show what
 * it is chosen by, prove nothing: that is a flaw of the answer, and no value that is missing.
 *
 * Only the records of this answer are looked at, not those of further pages.
 */
#include <string.h>

#include "base/json.h"
#include "custom_internal.h"

/* Records -------------------------------------------------------------------------------------- */

static void spread(json_t *records, json_t *value)
{
	size_t i;
	json_t *record;

	if (!json_is_array(value)) {
		/* An XML element without any within is an empty text. */
		if (!json_is_string(value) || json_string_length(value) > 0)
			json_array_append(records, value);
		return;
	}
	json_array_foreach (value, i, record)
		json_array_append(records, record);
}

json_t *custom_records_at(const Place *items, const json_t *body)
{
	g_autoptr(json_t) values = body && items ? place_all(items, body) : json_array();
	json_t *records, *value;
	size_t i;

	if (body && !items)
		json_array_append(values, (json_t *)body);
	if (json_array_size(values) == 0)
		return NULL;
	records = json_array();
	json_array_foreach (values, i, value)
		spread(records, value);
	return records;
}

typedef enum {
	FIT_YES,
	FIT_NO,
	FIT_UNSAID, /* what would tell is not there */
} Fit;

static Fit fit_of(const CustomTake *take, const GPtrArray *wanted, const json_t *record)
{
	Fit fit = FIT_YES;

	for (guint i = 0; i < wanted->len; i++) {
		const CustomMatch *row = take->where->pdata[i];
		const json_t *value = place_get(row->place, record);
		g_autofree char *text = custom_text_of(value);
		if (!text)
			fit = FIT_UNSAID;
		else if (!custom_is_text(value, wanted->pdata[i]))
			return FIT_NO;
	}
	return fit;
}

/* The texts that a record must have, row by row; NULL and *flaw: one of them is not known. */
static GPtrArray *wanted_texts(const CustomTake *take, const CustomScope *scope, char **flaw)
{
	const TemplateScope fill = { custom_scope_get, (void *)scope };
	g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; i < take->where->len; i++) {
		const CustomMatch *row = take->where->pdata[i];
		g_autofree char *missing = NULL;
		g_autoptr(GError) error = NULL;
		char *text = template_fill(row->value, &fill, &missing, &error);

		if (text) {
			g_ptr_array_add(texts, text);
			continue;
		}
		*flaw = error ? g_strdup(error->message)
			      : g_strdup_printf("{%s} has no value to choose a record by", missing);
		return NULL;
	}
	return g_steal_pointer(&texts);
}

/* The record that fits. Borrowed from 'body'; NULL, and *flaw if that is not proved. */
static const json_t *chosen(const CustomTake *take, const json_t *body, const CustomScope *scope,
			    char **flaw)
{
	g_autoptr(GPtrArray) wanted = wanted_texts(take, scope, flaw);
	g_autoptr(json_t) records = wanted ? custom_records_at(take->items, body) : NULL;
	gboolean unsaid = FALSE;
	json_t *record;
	size_t i;

	if (!records) {
		if (wanted && !take->items_may_miss)
			*flaw = g_strdup_printf("the answer shows no list at '%s' ('items')",
						place_text(take->items));
		return NULL;
	}
	json_array_foreach (records, i, record) {
		Fit fit = fit_of(take, wanted, record);
		if (fit == FIT_YES)
			return record;
		unsaid |= fit == FIT_UNSAID;
	}
	if (unsaid)
		*flaw = g_strdup_printf("something in the list at '%s' does not show what it is "
					"chosen by ('where')",
					place_text(take->items));
	return NULL;
}

/* The value in the body. Borrowed; NULL, and *flaw if it should be there. */
static json_t *value_in_body(const CustomTake *take, const json_t *body, const CustomScope *scope,
			     char **flaw)
{
	const json_t *record = take->items ? chosen(take, body, scope, flaw) : body;
	json_t *value = record ? place_get(take->place, record) : NULL;

	if (take->items && record && !value)
		*flaw = g_strdup_printf("the record in the list at '%s' shows nothing at '%s'",
					place_text(take->items), place_text(take->place));
	return value;
}

/* Texts ---------------------------------------------------------------------------------------- */

/* The value of a header line by its name in lower case, or NULL. Borrowed. */
static const char *header_value(const HttpAnswer *answer, const char *name)
{
	gsize length = strlen(name);

	for (guint i = 0; answer->headers && i < answer->headers->len; i++) {
		const char *line = answer->headers->pdata[i];
		if (g_ascii_strncasecmp(line, name, length) == 0 && line[length] == ':')
			return line + length + 1 + strspn(line + length + 1, " \t");
	}
	return g_str_equal(name, "location") ? answer->location : NULL;
}

/* What an address ends with, decoded; NULL: it is no address, or of nothing in particular. */
static char *last_segment(const char *address)
{
	g_autofree char *path = g_strndup(address, strcspn(address, "?#"));
	const char *slash;

	while (g_str_has_suffix(path, "/"))
		path[strlen(path) - 1] = '\0';
	slash = strrchr(path, '/');
	if (!slash || slash[1] == '\0')
		return NULL;
	return g_uri_unescape_string(slash + 1, NULL);
}

/* The path of an address up to slashes at its end. */
static gsize path_length(const char *path)
{
	gsize length = strcspn(path, "?#");

	while (length > 0 && path[length - 1] == '/')
		length--;
	return length;
}

/* "/users/" as the answer to /users is the place of all of them, and of nobody in particular. */
static gboolean is_asked(const HttpAnswer *answer, const char *address)
{
	const char *scheme = strstr(address, "://");
	const char *path = scheme ? strchr(scheme + strlen("://"), '/') : address;
	gsize length = path ? path_length(path) : 0;

	return answer->asked && path && path_length(answer->asked) == length &&
	       strncmp(answer->asked, path, length) == 0;
}

/* What the pattern takes out of a text. New string, or NULL. */
static char *taken(const Pattern *pattern, const char *text)
{
	gsize start, end;
	const char *group = pattern_has(pattern, "1") ? "1" : NULL;

	if (pattern_find(pattern, group, text, strlen(text), &start, &end, NULL) != PATTERN_YES)
		return NULL;
	return g_strndup(text + start, end - start);
}

static char *of_header(const CustomTake *take, const HttpAnswer *answer)
{
	const char *value = header_value(answer, take->header);
	g_autofree char *valid = value ? g_utf8_make_valid(value, -1) : NULL;

	/* A mended id would be somebody else's. */
	if (!valid || (!take->name && !g_str_equal(valid, value)))
		return NULL;
	if (take->pattern) {
		g_autofree char *part = taken(take->pattern, valid);
		/* An id goes into addresses again, where it is encoded. */
		return part && !take->name ? g_uri_unescape_string(part, NULL)
					   : g_steal_pointer(&part);
	}
	if (!take->name && strchr(valid, '/'))
		return is_asked(answer, valid) ? NULL : last_segment(valid);
	return g_steal_pointer(&valid);
}

static char *of_value(const CustomTake *take, const json_t *value)
{
	g_autofree char *whole = custom_text_of(value);

	return whole && take->pattern ? taken(take->pattern, whole) : g_steal_pointer(&whole);
}

/* An id is kept, written and shown; what we sent to prove who we are is not. */
static gboolean holds_credential(const CustomScope *scope, const char *text)
{
	g_autofree char *blotted = scope->credential ? credential_blot(scope->credential, text)
						     : NULL;
	return blotted && !g_str_equal(blotted, text);
}

char *custom_take_text(const CustomTake *take, const json_t *body, const HttpAnswer *answer,
		       const CustomScope *scope)
{
	g_autofree char *flaw = NULL;
	const json_t *value = take->header ? NULL : value_in_body(take, body, scope, &flaw);
	g_autofree char *text = take->header ? of_header(take, answer) : of_value(take, value);

	if (!text || json_is_boolean(value) || !custom_is_id(text) || holds_credential(scope, text))
		return NULL;
	return g_steal_pointer(&text);
}

/* Outputs -------------------------------------------------------------------------------------- */

/* An output keeps its type; out of a header, or by a pattern, it is a text. New, or NULL. */
static json_t *output_of(const CustomTake *take, const json_t *body, const HttpAnswer *answer,
			 const CustomScope *scope, char **flaw)
{
	json_t *value = take->place ? value_in_body(take, body, scope, flaw) : NULL;
	g_autofree char *text = NULL;

	if (take->place && !take->pattern)
		return json_incref(value);
	text = take->header ? of_header(take, answer) : of_value(take, value);
	return text && *text ? json_lossy_string(text, strlen(text)) : NULL;
}

char *custom_take_outputs(const GPtrArray *takes, const json_t *body, const HttpAnswer *answer,
			  const CustomScope *scope, json_t *outputs)
{
	for (guint i = 0; takes && i < takes->len; i++) {
		const CustomTake *take = takes->pdata[i];
		g_autofree char *flaw = NULL;
		json_t *value = output_of(take, body, answer, scope, &flaw);

		if (value)
			json_object_set_new(outputs, take->name, value);
		if (flaw)
			return g_strdup_printf("output '%s': %s", take->name, flaw);
	}
	return NULL;
}
