/*
 * Values of an answer as texts. Pure.
 *
 * A verdict is a number in one answer and a text in the next, and one service writes True where its
 * page says true. So values are compared by their text: 200 is "200", 201.0 is "201", true is
 * "true" in any case. Objects and lists have no text, and equal none.
 *
 * A reply keeps such texts until it is cleared.
 */
#include <string.h>

#include "base/json.h"
#include "custom_internal.h"

#define ID_LONGEST 1024

char *custom_text_of(const json_t *value)
{
	double number = json_real_value(value);

	if (json_is_real(value) && number > -9e15 && number < 9e15 &&
	    (double)(gint64)number == number)
		return g_strdup_printf("%" G_GINT64_FORMAT, (gint64)number);
	return value ? json_scalar_text(value) : NULL;
}

gboolean custom_is_id(const char *text)
{
	gsize length = strlen(text);

	if (length == strspn(text, " ") || length > ID_LONGEST || !g_utf8_validate(text, -1, NULL))
		return FALSE;
	for (const char *at = text; *at; at = g_utf8_next_char(at)) {
		if (g_unichar_iscntrl(g_utf8_get_char(at)))
			return FALSE;
	}
	return !g_str_equal(text, ".") && !g_str_equal(text, "..");
}

static gboolean is_truth(const char *text)
{
	return g_ascii_strcasecmp(text, "true") == 0 || g_ascii_strcasecmp(text, "false") == 0;
}

gboolean custom_is_text(const json_t *value, const char *text)
{
	g_autofree char *own = custom_text_of(value);

	return own &&
	       (g_str_equal(own, text) || (is_truth(own) && g_ascii_strcasecmp(own, text) == 0));
}

gboolean custom_is_one_of(const json_t *value, const GPtrArray *texts)
{
	for (guint i = 0; texts && i < texts->len; i++) {
		if (custom_is_text(value, texts->pdata[i]))
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
