/*
 * Values of an answer as texts. Pure.
 *
 * A verdict is a number in one answer and a text in the next, and one service writes True where its
 * page says true. So values are compared by their text: 200 is "200", 201.0 is "201", true is
 * "true" in any case. Objects and lists have no text, and equal none.
 *
 * An id may stand in a header: the last segment of an address, or what a pattern takes out. A reply
 * keeps such texts until it is cleared.
 */
#include <math.h>
#include <string.h>

#include "base/json.h"
#include "custom_internal.h"

char *custom_text_of(const json_t *value)
{
	double number = json_real_value(value);

	if (json_is_real(value) && fabs(number) < 9e15 && floor(number) == number)
		return g_strdup_printf("%" G_GINT64_FORMAT, (gint64)number);
	return value ? json_scalar_text(value) : NULL;
}

static gboolean is_truth(const char *text)
{
	return g_ascii_strcasecmp(text, "true") == 0 || g_ascii_strcasecmp(text, "false") == 0;
}

static gboolean is_same(const char *a, const char *b)
{
	return g_str_equal(a, b) || (is_truth(a) && g_ascii_strcasecmp(a, b) == 0);
}

gboolean custom_is_one_of(const json_t *value, const GPtrArray *texts)
{
	g_autofree char *text = custom_text_of(value);

	for (guint i = 0; text && texts && i < texts->len; i++) {
		if (is_same(text, texts->pdata[i]))
			return TRUE;
	}
	return FALSE;
}

char *custom_first_text(const GPtrArray *places, const json_t *body)
{
	for (guint i = 0; places && i < places->len; i++) {
		g_autofree char *text = custom_text_of(place_get(places->pdata[i], body));
		if (text && *text)
			return g_steal_pointer(&text);
	}
	return NULL;
}

/* Takes ---------------------------------------------------------------------------------------- */

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

	if (!valid)
		return NULL;
	if (take->pattern) {
		g_autofree char *part = taken(take->pattern, valid);
		/* An id goes into addresses again, where it is encoded. */
		return part && !take->name ? g_uri_unescape_string(part, NULL)
					   : g_steal_pointer(&part);
	}
	if (!take->name && strchr(valid, '/'))
		return last_segment(valid);
	return g_steal_pointer(&valid);
}

char *custom_take_text(const CustomTake *take, const json_t *body, const HttpAnswer *answer)
{
	g_autofree char *text = NULL;

	if (take->header) {
		text = of_header(take, answer);
	} else {
		g_autofree char *whole = custom_text_of(place_get(take->place, body));
		text = whole && take->pattern ? taken(take->pattern, whole)
					      : g_steal_pointer(&whole);
	}
	return text && *text ? g_steal_pointer(&text) : NULL;
}

/* Replies -------------------------------------------------------------------------------------- */

void custom_reply_clear(CustomReply *self)
{
	json_decref(self->body);
	json_decref(self->documents);
	g_free(self->detail);
	g_free(self->unread);
	*self = (CustomReply){ 0 };
}

void custom_reply_turn(CustomReply *self, TargetOutcome outcome, const char *detail, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, detail);
	text = g_strdup_vprintf(detail, arguments);
	va_end(arguments);
	g_free(self->detail);
	self->detail = text;
	self->outcome = outcome;
}
