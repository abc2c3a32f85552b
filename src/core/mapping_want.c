/*
 * What a person's rows yield, beside what the target has: the wanted resource.
 *
 * Of an account to be created every row counts, and a default fills in. Of an account that exists:
 *
 *	the row has     target has nothing     target has x
 *	a value         the value              the value; in a row that adds, x and what is new
 *	nothing         nothing                as 'clear' says; with a default, or in a row that
 *	                                       adds: x
 *	$keep           nothing                x
 *	$clear          nothing                as 'clear' says, "omit" as "remove"
 *
 * and where the target allows no change, x, or nothing. "The target has" is what we last made
 * true there, or what was found when the account was adopted. A row that is sent on create only
 * leaves whatever is there, so a row that becomes one takes nothing away.
 *
 * A $reference that nobody put an id in the place of is as good as $keep: it is completed when
 * the account it refers to is there.
 */
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "core/resource.h"
#include "mapping_internal.h"
#include "walk_internal.h"

typedef enum {
	GIVEN_NOTHING,
	GIVEN_KEEP,
	GIVEN_CLEAR,
	GIVEN_VALUE,
} Given;

static Given given(const json_t *value)
{
	if (!value || json_is_null(value))
		return GIVEN_NOTHING;
	if (!json_is_object(value))
		return GIVEN_VALUE;
	if (mapping_marker(value, "$keep") || mapping_marker(value, "$reference"))
		return GIVEN_KEEP;
	return mapping_marker(value, "$clear") ? GIVEN_CLEAR : GIVEN_VALUE;
}

/* ---- one value only is the primary one ---- */

static gboolean is_true(const json_t *value)
{
	const char *text = json_string_value(value);

	return json_is_true(value) || (text && g_ascii_strcasecmp(text, "true") == 0);
}

static guint count_primary(const json_t *list)
{
	guint count = 0;
	json_t *element;
	size_t i;

	json_array_foreach (list, i, element)
		count += is_true(json_get_nocase(element, "primary"));
	return count;
}

static gboolean same_attribute(const Path *a, const Path *b)
{
	return g_ascii_strcasecmp(a->attribute, b->attribute) == 0 &&
	       (a->urn && b->urn ? g_ascii_strcasecmp(a->urn, b->urn) == 0 : a->urn == b->urn);
}

static gboolean check_primary(const Mapping *self, const json_t *wanted, guint position,
			      GError **error)
{
	const Row *row = self->rows->pdata[position];
	const json_t *value = json_object_get(wanted, row->row.to);

	if (json_is_array(value) && count_primary(value) > 1)
		return error_set(error, ERROR_OBJECT,
				 "two values of \"%s\" claim to be the primary one",
				 row->path->text);
	if (!mapping_is_primary(row->path) || !is_true(value))
		return TRUE;
	for (guint i = 0; i < position; i++) {
		const Row *other = self->rows->pdata[i];

		if (mapping_is_primary(other->path) && same_attribute(row->path, other->path) &&
		    is_true(json_object_get(wanted, other->row.to)))
			return error_set(error, ERROR_OBJECT,
					 "\"%s\" and \"%s\" are both true, but one value only can "
					 "be the primary one",
					 other->path->text, row->path->text);
	}
	return TRUE;
}

static gboolean has_list(const json_t *wanted)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)wanted, key, value) {
		if (json_is_array(value))
			return TRUE;
	}
	return FALSE;
}

static gboolean check_primaries(const Mapping *self, const json_t *wanted, GError **error)
{
	if (!self->primaries && !has_list(wanted))
		return TRUE;
	for (guint i = 0; i < self->rows->len; i++) {
		if (!check_primary(self, wanted, i, error))
			return FALSE;
	}
	return TRUE;
}

/* ---- an account to be created ---- */

/* The default of a secret is one too; without digits, since it is the same for everybody. */
static json_t *shown_fallback(const Mapping *self, const Row *row, GError **error)
{
	return row->secret ? json_string(MAPPING_REDACTED) : mapping_fallback(self, row, error);
}

static gboolean create_row(const Mapping *self, const Row *row, const json_t *mapped,
			   json_t *wanted, GError **error)
{
	json_t *value = json_object_get(mapped, row->row.to);
	Given what = given(value);

	if (what == GIVEN_VALUE) {
		json_object_set_nocheck(wanted, row->row.to, value);
	} else if (what == GIVEN_NOTHING && row->row.fallback) {
		json_t *fallback = shown_fallback(self, row, error);

		if (!fallback)
			return FALSE;
		json_object_set_new_nocheck(wanted, row->row.to, fallback);
	} else if (what == GIVEN_KEEP && row->row.required) {
		return error_set(error, ERROR_OBJECT,
				 "\"%s\" is required, but who it refers to has no account yet",
				 row->path->text);
	}
	return TRUE;
}

json_t *mapping_create(const Mapping *self, const json_t *mapped, GError **error)
{
	g_autoptr(json_t) wanted = json_object();

	for (guint i = 0; i < self->rows->len; i++) {
		if (!create_row(self, self->rows->pdata[i], mapped, wanted, error))
			return NULL;
	}
	return check_primaries(self, wanted, error) ? g_steal_pointer(&wanted) : NULL;
}

/* ---- an account that exists ---- */

/* What the target has at a row's path, and how that was spelled when it was sent. */
typedef struct {
	const char *key;
	json_t *value; /* NULL: nothing */
} There;

static There find_there(Walk *shadow, const char *path)
{
	There there = { .key = path, .value = walk_find(shadow, path) };
	const char *key;
	json_t *value;

	if (there.value)
		return there;
	json_object_foreach (shadow->object, key, value) {
		if (g_ascii_strcasecmp(key, path) == 0)
			return (There){ .key = key, .value = value };
	}
	return there;
}

/* Objects are told apart by what they stand for: a service adds members of its own. */
static gboolean same_element(const json_t *a, const json_t *b)
{
	const json_t *value_a = json_get_nocase(a, "value");
	const json_t *value_b = json_get_nocase(b, "value");

	return value_a && value_b ? json_equal(value_a, value_b) : json_equal(a, b);
}

static gboolean has_element(const json_t *list, const json_t *wanted)
{
	json_t *element;
	size_t i;

	json_array_foreach (list, i, element) {
		if (same_element(element, wanted))
			return TRUE;
	}
	return FALSE;
}

/* New reference. */
static json_t *unite(json_t *there, json_t *value)
{
	json_t *united, *element;
	size_t i;

	if (!json_is_array(there) || !json_is_array(value))
		return json_incref(value);
	united = json_copy(there);
	json_array_foreach (value, i, element) {
		if (!has_element(united, element))
			json_array_append(united, element);
	}
	return united;
}

/* What stands in the place of a value that is gone, or NULL: nothing. New reference. */
static json_t *cleared(const Row *row, const There *there, gboolean explicit)
{
	if (!there->value)
		return NULL;
	switch (row->row.clear) {
	case MAPPING_CLEAR_OMIT:
		return explicit ? NULL : json_incref(there->value);
	case MAPPING_CLEAR_NULL:
		return json_null();
	case MAPPING_CLEAR_EMPTY:
		return json_string("");
	case MAPPING_CLEAR_REMOVE:
		break;
	}
	return NULL;
}

/* New reference, or NULL: nothing. */
static json_t *updated(const Row *row, json_t *value, const There *there)
{
	gboolean adds = (row->traits & EXPR_ADDS) != 0;
	Given what = given(value);

	if (row->row.when == MAPPING_CREATE || what == GIVEN_KEEP)
		return json_incref(there->value);
	if (what == GIVEN_VALUE)
		return adds ? unite(there->value, value) : json_incref(value);
	if (what == GIVEN_NOTHING && (adds || row->row.fallback))
		return json_incref(there->value);
	return cleared(row, there, what == GIVEN_CLEAR);
}

static gboolean differs(const json_t *a, const json_t *b)
{
	gboolean none_a = !a || json_is_null(a), none_b = !b || json_is_null(b);

	return none_a || none_b ? none_a != none_b : !json_equal(a, b);
}

/* A row on its way: what it yields, then what is wanted of it. */
typedef struct {
	const char *key;
	json_t *value; /* NULL: nothing */
} Cell;

/* Turns what the row yields into what is wanted, a new reference. TRUE: it is as it was. */
static gboolean update_cell(const Row *row, Walk *shadow, Cell *cell, GPtrArray *kept)
{
	There there = find_there(shadow, row->row.to);
	json_t *value = updated(row, cell->value, &there);
	gboolean stays = value && value == there.value;

	if (row->immutable && differs(value, there.value)) {
		json_decref(value);
		value = json_incref(there.value);
		stays = TRUE;
		if (kept)
			g_ptr_array_add(kept, g_strdup(row->row.to));
	}
	*cell = (Cell){ .key = stays ? there.key : row->row.to, .value = value };
	if (!value || !there.value)
		return value == there.value;
	return stays || (there.key == row->row.to && json_equal(value, there.value));
}

/* What the rows yield, by position; freed by the caller. */
static Cell *cells_of(const Mapping *self, const json_t *mapped)
{
	Cell *cells = g_new0(Cell, self->rows->len);
	Walk walk = walk_begin(mapped);

	for (guint i = 0; i < self->rows->len; i++)
		cells[i].value = walk_find(&walk, ((Row *)self->rows->pdata[i])->row.to);
	return cells;
}

/* New reference. */
static json_t *object_of(const Cell *cells, guint count)
{
	json_t *object = json_object();

	for (guint i = 0; i < count; i++) {
		if (cells[i].value)
			json_object_set_nocheck(object, cells[i].key, cells[i].value);
	}
	return object;
}

json_t *mapping_update(const Mapping *self, const json_t *mapped, const json_t *shadow,
		       GPtrArray *kept, GError **error)
{
	g_autoptr(json_t) wanted = NULL;
	g_autofree Cell *cells = cells_of(self, mapped);
	Walk walk = walk_begin(shadow);
	gboolean same = json_is_object(shadow);
	gsize count = 0;

	/* In the order of the shadow, which is that of its text in the state. */
	for (guint i = 0; i < self->by_path->len; i++) {
		const Row *row = self->by_path->pdata[i];

		same &= update_cell(row, &walk, &cells[row->position], kept);
		count += cells[row->position].value != NULL;
	}
	/* That is so for nearly everybody, and making another object of it is most of the work. */
	same &= count == json_object_size(shadow);
	wanted = same ? json_incref((json_t *)shadow) : object_of(cells, self->rows->len);
	for (guint i = 0; i < self->rows->len; i++)
		json_decref(cells[i].value);
	return check_primaries(self, wanted, error) ? g_steal_pointer(&wanted) : NULL;
}

json_t *mapping_steady(const Mapping *self, const json_t *resource)
{
	json_t *steady = json_copy((json_t *)resource);

	for (guint i = 0; i < self->rows->len; i++) {
		const Row *row = self->rows->pdata[i];

		if (row->row.when == MAPPING_CREATE)
			json_object_del(steady, row->row.to);
	}
	return steady;
}

json_t *mapping_adopt(const Mapping *self, const json_t *resource, const json_t *found,
		      GError **error)
{
	g_autoptr(json_t) mapped = json_copy((json_t *)resource);

	for (guint i = 0; i < self->rows->len; i++) {
		const Row *row = self->rows->pdata[i];
		g_autoptr(json_t) fallback = row->row.fallback ? mapping_fallback(self, row, NULL)
							       : NULL;

		if (fallback && json_object_get(found, row->row.to) &&
		    json_equal(fallback, json_object_get(mapped, row->row.to)))
			json_object_del(mapped, row->row.to);
	}
	return mapping_update(self, mapped, found, NULL, error);
}

void mapping_mask(const Mapping *self, json_t *found)
{
	const char *path;
	json_t *value;

	for (guint i = 0; self->secrets && i < self->rows->len; i++) {
		const Row *row = self->rows->pdata[i];

		json_object_foreach (found, path, value) {
			if (row->secret && !json_is_null(value) &&
			    g_ascii_strcasecmp(path, row->row.to) == 0)
				json_object_set_new_nocheck(found, path,
							    json_string(MAPPING_REDACTED));
		}
	}
}

/* An account that is adopted may tell what nobody is to be shown. */
static void hide_old(json_t *changes, const char *path)
{
	json_t *change;
	size_t i;

	json_array_foreach (changes, i, change) {
		const char *changed = json_get_string(change, "path");
		const json_t *old = json_object_get(change, "old");
		const char *text = json_string_value(old);

		if (!old || !changed || strcmp(changed, path) != 0 ||
		    (text && g_str_has_prefix(text, MAPPING_REDACTED)))
			continue;
		json_object_set_new_nocheck(change, "old", json_string(MAPPING_REDACTED));
	}
}

json_t *mapping_diff(const Mapping *self, const json_t *shadow, const json_t *wanted)
{
	json_t *changes = resource_diff(shadow, wanted);

	for (guint i = 0; (self->adds || self->secrets) && i < self->rows->len; i++) {
		const Row *row = self->rows->pdata[i];

		if (row->traits & EXPR_ADDS)
			resource_mark_added(changes, row->row.to);
		if (row->secret)
			hide_old(changes, row->row.to);
	}
	return changes;
}
