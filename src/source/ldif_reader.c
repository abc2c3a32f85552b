/*
 * RFC 2849, content records only.
 *
 *	# a comment, which may be
 *	  continued
 *	version: 1
 *
 *	dn: uid=ann,dc=ex                  plain text; UTF-8 is taken though the RFC wants base64
 *	description: a long va
 *	 lue                               a line that begins with one space continues the last one
 *	jpegPhoto:: /9j/4AAQ...            base64: exactly these bytes, NUL too
 *	photo:< file:///etc/shadow         refused: a data file must not make us read other files
 *
 * A record ends at an empty line. A line that cannot be understood spoils its record, not the
 * file: reading goes on after the next empty line.
 *
 * libldap's ldif_read_record() and ldif_parse_line2() are not used: they open what ":<" and
 * "include:" name, cut lines at a NUL byte, and report mistakes on standard error only.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "ldif_reader_internal.h"

/* One logical line; a value of a megabyte is 1.4 of them in base64. */
#define LINE_MAX_BYTES (64u << 20)

typedef struct {
	LdifReader public;
	char *path;
	FILE *file;
	GString *ahead; /* the raw line that was read but not used yet */
	gboolean has_ahead;
	guint ahead_line;
	guint raw_line; /* number of the last raw line */
	gboolean too_long;
} Reader;

static void value_free(void *data)
{
	LdifValue *value = data;

	g_free(value->name);
	g_free(value->data);
	g_free(value);
}

LdifReader *ldif_reader_open(const char *path, GError **error)
{
	FILE *file = fopen(path, "rbe");

	if (!file) {
		error_set(error, ERROR_CONFIG, "cannot read '%s': %s", path, g_strerror(errno));
		return NULL;
	}
	Reader *self = g_new0(Reader, 1);
	self->path = g_strdup(path);
	self->file = file;
	self->ahead = g_string_new(NULL);
	self->public.values = g_ptr_array_new_with_free_func(value_free);
	self->public.digest = g_checksum_new(G_CHECKSUM_SHA256);
	return &self->public;
}

void ldif_reader_close(LdifReader *public)
{
	Reader *self = (Reader *)public;

	if (!self)
		return;
	fclose(self->file);
	g_free(self->path);
	g_string_free(self->ahead, TRUE);
	g_ptr_array_unref(self->public.values);
	g_checksum_free(self->public.digest);
	g_free(self->public.problem);
	g_free(self);
}

/* Reads one raw line into 'ahead' without its end. FALSE at the end of the file. */
static gboolean read_raw(Reader *self)
{
	int c;

	g_string_truncate(self->ahead, 0);
	while ((c = getc_unlocked(self->file)) != EOF && c != '\n') {
		if (self->ahead->len < LINE_MAX_BYTES)
			g_string_append_c(self->ahead, (char)c);
		else
			self->too_long = TRUE;
	}
	if (c == EOF && self->ahead->len == 0)
		return FALSE;
	g_checksum_update(self->public.digest, (const guchar *)self->ahead->str,
			  (gssize)self->ahead->len);
	if (c == EOF)
		self->public.cut = TRUE;
	else
		g_checksum_update(self->public.digest, (const guchar *)"\n", 1);
	if (self->ahead->len && self->ahead->str[self->ahead->len - 1] == '\r')
		g_string_truncate(self->ahead, self->ahead->len - 1);
	self->ahead_line = ++self->raw_line;
	return TRUE;
}

static gboolean peek_raw(Reader *self)
{
	if (!self->has_ahead)
		self->has_ahead = read_raw(self);
	return self->has_ahead;
}

/*
 * The next logical line, unfolded, and where it begins. FALSE at the end of the file. A read error
 * counts as a file that was cut off.
 */
static gboolean read_logical(Reader *self, GString *line, guint *number)
{
	if (!peek_raw(self)) {
		self->public.cut |= ferror(self->file) != 0;
		return FALSE;
	}
	g_string_truncate(line, 0);
	g_string_append_len(line, self->ahead->str, (gssize)self->ahead->len);
	*number = self->ahead_line;
	self->has_ahead = FALSE;
	while (line->len && peek_raw(self) && self->ahead->len && self->ahead->str[0] == ' ') {
		if (line->len + self->ahead->len < LINE_MAX_BYTES)
			g_string_append_len(line, self->ahead->str + 1,
					    (gssize)self->ahead->len - 1);
		else
			self->too_long = TRUE;
		self->has_ahead = FALSE;
	}
	return TRUE;
}

static void spoil(Reader *self, guint line, const char *reason)
{
	if (!self->public.problem)
		self->public.problem = g_strdup_printf("%s:%u: %s", self->path, line, reason);
}

/* RFC 4512 §1.4 names and options, and the "_" that servers let through. */
static gboolean is_name(const char *text, gsize length)
{
	if (length == 0 || !g_ascii_isalnum(text[0]))
		return FALSE;
	for (gsize i = 0; i < length; i++)
		if (!g_ascii_isalnum(text[i]) && !strchr("-;._", text[i]))
			return FALSE;
	return TRUE;
}

static gboolean is_base64(const char *text, gsize length)
{
	gsize padding = 0;

	while (padding < 2 && padding < length && text[length - 1 - padding] == '=')
		padding++;
	for (gsize i = 0; i < length - padding; i++)
		if (!g_ascii_isalnum(text[i]) && text[i] != '+' && text[i] != '/')
			return FALSE;
	return length % 4 == 0;
}

static const char *skip_spaces(const char *text, const char *end)
{
	while (text < end && *text == ' ')
		text++;
	return text;
}

/* The value behind the colon; NULL and *reason if it is none. */
static char *read_value(const char *text, const char *end, gsize *length, const char **reason)
{
	if (text < end && *text == '<') {
		*reason = "a value is given as a URL, which is not followed";
		return NULL;
	}
	if (text >= end || *text != ':') {
		text = skip_spaces(text, end);
		*length = (gsize)(end - text);
		/* With the NUL of the line's string. */
		return g_memdup2(text, *length + 1);
	}
	text = skip_spaces(text + 1, end);
	while (end > text && end[-1] == ' ')
		end--;
	g_autofree char *coded = g_strndup(text, (gsize)(end - text));
	if (!is_base64(coded, (gsize)(end - text))) {
		*reason = "the base64 of a value is damaged";
		return NULL;
	}
	guchar *raw = g_base64_decode(coded, length);
	char *bytes = g_realloc(raw, *length + 1);
	bytes[*length] = '\0';
	return bytes;
}

static void take_line(Reader *self, const GString *line, guint number)
{
	const char *colon = memchr(line->str, ':', line->len);
	const char *reason = NULL;
	gsize length = 0;

	if (!colon || !is_name(line->str, (gsize)(colon - line->str))) {
		spoil(self, number, "this is no line of the form 'name: value'");
		return;
	}
	char *data = read_value(colon + 1, line->str + line->len, &length, &reason);
	if (!data) {
		spoil(self, number, reason);
		return;
	}
	LdifValue *value = g_new0(LdifValue, 1);
	value->name = g_strndup(line->str, (gsize)(colon - line->str));
	value->data = data;
	value->length = length;
	value->line = number;
	g_ptr_array_add(self->public.values, value);
}

static gboolean is_version(const Reader *self)
{
	const LdifValue *first = g_ptr_array_index(self->public.values, 0);

	return g_ascii_strcasecmp(first->name, "version") == 0;
}

const LdifValue *ldif_reader_find(const LdifReader *public, const char *name)
{
	for (guint i = 0; i < public->values->len; i++) {
		const LdifValue *value = g_ptr_array_index(public->values, i);

		if (g_ascii_strcasecmp(value->name, name) == 0)
			return value;
	}
	return NULL;
}

/* Reads lines up to the end of a record. FALSE if there was none. */
static gboolean read_record(Reader *self)
{
	g_autoptr(GString) line = g_string_new(NULL);
	guint number = 0;

	self->public.line = 0;
	while (read_logical(self, line, &number)) {
		gboolean started = self->public.line != 0;

		if (line->len == 0 && started)
			return TRUE;
		if (line->len == 0 || line->str[0] == '#')
			continue;
		if (!started)
			self->public.line = number;
		take_line(self, line, number);
		/* The version line may be followed by the first record without an empty line. */
		if (self->public.values->len == 1 && is_version(self)) {
			g_ptr_array_set_size(self->public.values, 0);
			self->public.line = 0;
		}
	}
	return self->public.line != 0;
}

LdifStatus ldif_reader_next(LdifReader *public)
{
	Reader *self = (Reader *)public;

	g_ptr_array_set_size(public->values, 0);
	g_clear_pointer(&public->problem, g_free);
	self->too_long = FALSE;
	if (!read_record(self))
		return LDIF_END;
	if (public->cut)
		spoil(self, public->line,
		      "the file ends in the middle of a line, and this record with it");
	if (self->too_long)
		spoil(self, public->line, "a line of this record is longer than 64 MiB");
	return public->problem ? LDIF_BAD : LDIF_RECORD;
}
