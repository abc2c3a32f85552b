/*
 * One person put through the rows: what the directory says, before the target is looked at.
 *
 *	expression yields      mapped resource
 *	null                   (left out)
 *	cleared, ignored       { "$clear": true }, { "$keep": true }
 *	a choice               { "$choose": [ ... ] }, without what the target would refuse
 *	a text, 'reference'    { "$reference": "the DN or anchor" }
 *	one value, a scalar    the value; in a row with values = "all" an array of it
 *	several values         the first; in such a row all of them, as an array
 *	objects (roles)        always an array
 *	anything secret        "[Redact] 0123456789abcdef", once the constraints were applied
 *
 * Several values at a path that holds one: the first that the server sent. An LDAP attribute has
 * no order by the book, but servers keep the order in which values were added; sorting would let a
 * new alias with a small letter take the place of the address that was there all along.
 *
 * The digits of a secret are 64 bits of a SHA-256 over anchor, path and value. They say that the
 * value changed; as the anchor takes part, not that two people have the same. A secret made by
 * chance has none: it is sent once, and would differ at the next look.
 */
#include <string.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/json.h"
#include "mapping_internal.h"

#define FINGERPRINT_LENGTH 16

typedef struct {
	const Mapping *mapping;
	const ExprInput *input;
	Arena *arena;
} Application;

static json_t *marker_new(const char *name, json_t *content)
{
	json_t *marker = json_object();

	json_object_set_new_nocheck(marker, name, content);
	return marker;
}

json_t *mapping_marker(const json_t *value, const char *name)
{
	return json_object_size(value) == 1 ? json_object_get(value, name) : NULL;
}

static gboolean is_redacted(const json_t *value)
{
	const char *text = json_string_value(value);

	return text && g_str_has_prefix(text, MAPPING_REDACTED);
}

/* ---- one value ---- */

/* NULL and the last error if the target would refuse all of them. */
static json_t *choice(const Application *self, const Row *row, const Value *value, GError **error)
{
	g_autoptr(json_t) texts = json_array();
	g_autoptr(GError) problem = NULL;

	for (guint i = 0; i < value->list.count; i++) {
		g_autoptr(json_t) text = json_string_nocheck(
			value_text(self->arena, value->list.items[i]));
		json_t *taken;

		g_clear_error(&problem);
		taken = constraints_apply(self->mapping->constraints, row->row.to, text, &problem);
		if (taken)
			json_array_append_new(texts, taken);
	}
	if (json_array_size(texts))
		return marker_new("$choose", g_steal_pointer(&texts));
	g_propagate_error(error, g_steal_pointer(&problem));
	return NULL;
}

static json_t *plain(const Application *self, const Row *row, const Value *value, GError **error)
{
	g_autoptr(json_t) json = NULL;

	if (row->row.all || (row->traits & EXPR_OBJECTS)) {
		json = json_array();
		for (guint i = 0; i < value_count(value); i++)
			json_array_append_new(json, value_json(value_item(value, i)));
	} else {
		json = value_json(value_item(value, 0));
	}
	/* What was imported of a secret is not the secret. */
	if ((row->traits & EXPR_IMPORTED) && is_redacted(json))
		return marker_new("$keep", json_true());
	return constraints_apply(self->mapping->constraints, row->row.to, json, error);
}

static gboolean is_missing(const Row *row, const Value *value)
{
	if (!row->row.required || !value_is_blank(value))
		return FALSE;
	return !(row->row.fallback && value->type == VALUE_NULL);
}

/* Two rows that ask for chance must not get the same: each has a seed of its own. */
static const Value *eval_row(const Application *self, const Row *row, GError **error)
{
	ExprInput input = *self->input;
	guint8 seed[EXPR_SEED];
	gsize length = EXPR_SEED;

	if (!(row->traits & EXPR_RANDOM) || !input.seed)
		return expr_eval(row->expr, self->input, self->arena, error);
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
	g_checksum_update(sum, input.seed, EXPR_SEED);
	g_checksum_update(sum, (const guchar *)row->path->text, -1);
	g_checksum_get_digest(sum, seed, &length);
	input.seed = seed;
	return expr_eval(row->expr, &input, self->arena, error);
}

/* The value of a row as it is sent, or a marker; *json is NULL if there is none. */
static gboolean evaluate(const Application *self, const Row *row, json_t **json, GError **error)
{
	const Value *value = eval_row(self, row, error);

	*json = NULL;
	if (!value) {
		g_prefix_error(error, "cannot fill \"%s\": ", row->path->text);
		return FALSE;
	}
	if (is_missing(row, value))
		return error_set(error, ERROR_OBJECT, "\"%s\" is required, but %s yields nothing",
				 row->path->text, row->row.from);
	if (value->type == VALUE_NULL)
		return TRUE;
	if (value->type == VALUE_CLEARED || value->type == VALUE_IGNORED)
		*json = marker_new(value->type == VALUE_CLEARED ? "$clear" : "$keep", json_true());
	else if (value->type == VALUE_CHOICE)
		*json = choice(self, row, value, error);
	else if (!row->row.reference)
		*json = plain(self, row, value, error);
	else if (value_is_blank(value_item(value, 0)))
		return TRUE;
	else
		*json = marker_new("$reference",
				   json_string_nocheck(value_text(self->arena, value)));
	return *json != NULL;
}

/* ---- secrets ---- */

static char *redact(const Application *self, const Row *row, const json_t *value)
{
	g_autofree char *text = json_canonical(value);
	g_autofree char *digest = digest_strings(entry_anchor(self->input->entry), row->path->text,
						 text, NULL);

	memset(text, 0, strlen(text));
	if (row->traits & EXPR_RANDOM)
		return g_strdup(MAPPING_REDACTED);
	return g_strdup_printf(MAPPING_REDACTED " %.*s", FINGERPRINT_LENGTH, digest);
}

static gboolean is_marked(const json_t *value)
{
	return mapping_marker(value, "$keep") || mapping_marker(value, "$clear");
}

static json_t *hide(const Application *self, const Row *row, json_t *value)
{
	g_autofree char *text = NULL;

	if (!row->secret || !value || is_marked(value))
		return value;
	text = redact(self, row, value);
	json_decref(value);
	return json_string_nocheck(text);
}

json_t *mapping_fallback(const Mapping *self, const Row *row, GError **error)
{
	g_autoptr(json_t) value = json_string_nocheck(row->row.fallback);

	if (row->row.all || (row->traits & EXPR_OBJECTS)) {
		json_t *list = json_array();

		json_array_append_new(list, g_steal_pointer(&value));
		value = list;
	}
	return constraints_apply(self->constraints, row->row.to, value, error);
}

/* The secret behind 'shown'. NULL and ERROR_STALE if the person has another one by now. */
static json_t *find_secret(const Application *self, const Row *row, const char *shown,
			   GError **error)
{
	g_autoptr(json_t) value = NULL;
	g_autofree char *now = NULL;

	if (!evaluate(self, row, &value, error))
		return NULL;
	if (!value && row->row.fallback)
		value = mapping_fallback(self->mapping, row, error);
	now = value && !is_marked(value) ? redact(self, row, value) : NULL;
	/* Without digits nothing can be compared: it was made by chance, or is the default. */
	if (now && (strcmp(shown, MAPPING_REDACTED) == 0 || strcmp(shown, now) == 0))
		return g_steal_pointer(&value);
	error_set(error, ERROR_STALE, "\"%s\" has changed since the plan was made",
		  row->path->text);
	return NULL;
}

static gboolean reveal_member(const Application *self, const Row *row, json_t *object,
			      const char *name, GError **error)
{
	json_t *shown = json_object_get(object, name);
	json_t *value;

	if (!is_redacted(shown))
		return TRUE;
	value = find_secret(self, row, json_string_value(shown), error);
	if (!value)
		return FALSE;
	json_object_set_new_nocheck(object, name, value);
	return TRUE;
}

static gboolean reveal_row(const Application *self, const Row *row, json_t *result, GError **error)
{
	json_t *change;
	size_t i;

	if (!json_is_array(result))
		return reveal_member(self, row, result, row->row.to, error);
	json_array_foreach (result, i, change) {
		const char *path = json_get_string(change, "path");

		if (path && strcmp(path, row->row.to) == 0 &&
		    !reveal_member(self, row, change, "new", error))
			return FALSE;
	}
	return TRUE;
}

json_t *mapping_reveal(const Mapping *self, const json_t *resource_or_changes,
		       const ExprInput *input, Arena *arena, GError **error)
{
	Application application = { .mapping = self, .input = input, .arena = arena };
	g_autoptr(json_t) result = json_deep_copy(resource_or_changes);

	for (guint i = 0; i < self->rows->len; i++) {
		const Row *row = self->rows->pdata[i];

		if (row->secret && !reveal_row(&application, row, result, error))
			return NULL;
	}
	return g_steal_pointer(&result);
}

/* ---- one row ---- */

json_t *mapping_apply_row(const Mapping *self, const char *path, const ExprInput *input,
			  Arena *arena, GError **error)
{
	Application application = { .mapping = self, .input = input, .arena = arena };

	for (guint i = 0; i < self->rows->len; i++) {
		const Row *row = self->rows->pdata[i];
		json_t *value;

		if (strcmp(row->row.to, path) != 0)
			continue;
		if (!evaluate(&application, row, &value, error))
			return NULL;
		if (!value && row->row.fallback)
			value = mapping_fallback(self, row, error);
		return hide(&application, row, value);
	}
	return NULL;
}

/* ---- the person ---- */

/* True if a row with a value of its own is part of what is required. */
static gboolean is_met(const Mapping *self, const Path *path, const json_t *resource)
{
	for (guint i = 0; i < self->rows->len; i++) {
		const Row *row = self->rows->pdata[i];
		const json_t *value = json_object_get(resource, row->row.to);
		const char *text = json_string_value(value);

		if (!mapping_covers(path, row->path) || mapping_is_primary(row->path))
			continue;
		if (row->row.fallback || (value && !is_marked(value) && !(text && !*text)))
			return TRUE;
	}
	return FALSE;
}

static gboolean check_demanded(const Mapping *self, const json_t *resource, GError **error)
{
	for (guint i = 0; i < self->demanded->len; i++) {
		const Path *path = self->demanded->pdata[i];

		if (!is_met(self, path, resource))
			return error_set(error, ERROR_OBJECT,
					 "\"%s\" is required, but no row yields a value of it",
					 path->text);
	}
	return TRUE;
}

json_t *mapping_apply(const Mapping *self, const ExprInput *input, Arena *arena, GError **error)
{
	Application application = { .mapping = self, .input = input, .arena = arena };
	g_autoptr(json_t) resource = json_object();

	for (guint i = 0; i < self->rows->len; i++) {
		const Row *row = self->rows->pdata[i];
		json_t *value;

		if (!evaluate(&application, row, &value, error))
			return NULL;
		if (value)
			json_object_set_new_nocheck(resource, row->row.to,
						    hide(&application, row, value));
	}
	return check_demanded(self, resource, error) ? g_steal_pointer(&resource) : NULL;
}
