/*
 * Places: parsing them, and walking an answer along one.
 *
 *	users[0].details.'x.id'      name "users", element 0, name "details", name "x.id"
 *
 * What services answer is looser than what they document, and a place says what is meant. So a
 * name that is asked of an array is asked of its first element (Zoho CRM answers "users" as an
 * array of one, Zoho One as the object itself), and an index that is asked of something that is no
 * array finds that thing as its own element 0: an XML answer with one <user> is no array of users,
 * with two of them it is. Names are found as they are spelled, else without regard to case.
 *
 * Not supported, because a definition should be readable: conditions, slices, counting from the
 * end, a search at any depth.
 */
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "place_internal.h"

#define LONGEST 512
#define STEPS_MAX 32
#define INDEX_DIGITS_MAX 6

#define ALL -1

typedef struct {
	char *name; /* or NULL: an element */
	int index;  /* or ALL */
} Step;

struct Place {
	char *text;
	GArray *steps; /* Step */
};

typedef struct {
	const char *text; /* the whole */
	const char *at;   /* what is not read yet */
} Reader;

static gboolean fail(const Reader *reader, GError **error, const char *message)
{
	glong column = g_utf8_strlen(reader->text, reader->at - reader->text) + 1;

	return error_set(error, ERROR_CONFIG, "bad place at column %ld: %s", column, message);
}

static gboolean is_name_char(char c)
{
	return (guchar)c > ' ' && c != '\x7f' && !strchr(".[]'\"{}|", c);
}

/* A name in quotes: all up to the next quote of the same kind. */
static char *read_quoted(Reader *reader, GError **error)
{
	const char *end = strchr(reader->at + 1, *reader->at);
	char *name;

	if (!end || end == reader->at + 1) {
		fail(reader, error, end ? "the name is empty" : "the quotes are not closed");
		return NULL;
	}
	name = g_strndup(reader->at + 1, (gsize)(end - reader->at - 1));
	reader->at = end + 1;
	return name;
}

static char *read_name(Reader *reader, GError **error)
{
	const char *from = reader->at;

	if (*from == '\'' || *from == '"')
		return read_quoted(reader, error);
	while (*reader->at && is_name_char(*reader->at))
		reader->at++;
	if (reader->at > from)
		return g_strndup(from, (gsize)(reader->at - from));
	fail(reader, error, "a name is missing\nput one with other characters in quotes");
	return NULL;
}

/* "[0]" or "[*]" */
static gboolean read_index(Reader *reader, Step *step, GError **error)
{
	gsize digits = strspn(++reader->at, "0123456789");

	if (*reader->at == '*') {
		step->index = ALL;
		digits = 1;
	} else if (digits > 0 && digits <= INDEX_DIGITS_MAX) {
		step->index = (int)g_ascii_strtoll(reader->at, NULL, 10);
	} else {
		return fail(reader, error, "the number of an element expected, or *");
	}
	reader->at += digits;
	if (*reader->at != ']')
		return fail(reader, error, "] expected");
	reader->at++;
	return TRUE;
}

static gboolean read_step(Place *self, Reader *reader, GError **error)
{
	Step step = { 0 };

	if (self->steps->len == STEPS_MAX)
		return fail(reader, error, "it is too long");
	if (*reader->at == '[') {
		if (!read_index(reader, &step, error))
			return FALSE;
	} else {
		if (self->steps->len > 0 && *reader->at++ != '.') {
			reader->at--;
			return fail(reader, error, "a dot expected");
		}
		step.name = read_name(reader, error);
		if (!step.name)
			return FALSE;
	}
	g_array_append_val(self->steps, step);
	return TRUE;
}

static void clear_step(void *step)
{
	g_free(((Step *)step)->name);
}

Place *place_parse(const char *text, GError **error)
{
	g_autoptr(Place) self = g_new0(Place, 1);
	Reader reader = { .text = text, .at = text };
	const char *bad;

	self->text = g_strdup(text);
	self->steps = g_array_new(FALSE, FALSE, sizeof(Step));
	g_array_set_clear_func(self->steps, clear_step);
	if (!g_utf8_validate(text, -1, &bad)) {
		reader.at = bad;
		fail(&reader, error, "this is not UTF-8");
		return NULL;
	}
	if (strlen(text) > LONGEST) {
		fail(&reader, error, "it is too long");
		return NULL;
	}
	if (g_str_has_prefix(text, "$.") || g_str_has_prefix(text, "$[")) {
		fail(&reader, error, "a place begins at the answer itself: leave out '$.'");
		return NULL;
	}
	while (*reader.at) {
		if (!read_step(self, &reader, error))
			return NULL;
	}
	return g_steal_pointer(&self);
}

void place_free(Place *self)
{
	if (!self)
		return;
	g_array_unref(self->steps);
	g_free(self->text);
	g_free(self);
}

const char *place_text(const Place *self)
{
	return self->text;
}

/* Called for a value; TRUE: that was enough. */
typedef gboolean (*Found)(json_t *value, void *data);

static gboolean visit(const Place *self, guint at, json_t *value, Found fn, void *data);

static gboolean visit_element(const Place *self, guint at, json_t *value, Found fn, void *data)
{
	int index = g_array_index(self->steps, Step, at).index;
	size_t i;
	json_t *element;

	if (!json_is_array(value))
		return index <= 0 && visit(self, at + 1, value, fn, data);
	if (index != ALL)
		return visit(self, at + 1, json_array_get(value, (size_t)index), fn, data);
	json_array_foreach (value, i, element) {
		if (visit(self, at + 1, element, fn, data))
			return TRUE;
	}
	return FALSE;
}

static gboolean visit(const Place *self, guint at, json_t *value, Found fn, void *data)
{
	const char *name;

	if (!value || json_is_null(value))
		return FALSE;
	if (at == self->steps->len)
		return fn(value, data);
	name = g_array_index(self->steps, Step, at).name;
	if (!name)
		return visit_element(self, at, value, fn, data);
	while (json_is_array(value))
		value = json_array_get(value, 0);
	return visit(self, at + 1, json_get_nocase(value, name), fn, data);
}

static gboolean keep_first(json_t *value, void *found)
{
	*(json_t **)found = value;
	return TRUE;
}

json_t *place_get(const Place *self, const json_t *tree)
{
	json_t *found = NULL;

	visit(self, 0, (json_t *)tree, keep_first, &found);
	return found;
}

static gboolean append(json_t *value, void *array)
{
	json_array_append(array, value);
	return FALSE;
}

json_t *place_all(const Place *self, const json_t *tree)
{
	json_t *array = json_array();

	visit(self, 0, (json_t *)tree, append, array);
	return array;
}

char *place_get_text(const Place *self, const json_t *tree)
{
	const json_t *value = place_get(self, tree);

	return value ? json_scalar_text(value) : NULL;
}
