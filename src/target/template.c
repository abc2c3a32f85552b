/*
 * Templates: text with places in braces.
 *
 *	/users/{resource.mail|lower}/x        static "/users/", value, static "/x"
 *
 * A template is split once, when the config is read, and its own text is then written as its
 * context wants it; filling joins the pieces. What comes from a directory or from a service is
 * never looked at for braces, and never leaves its place:
 *
 *	path       every byte but letters, digits and -._~ as %XX (RFC 3986 §2.3); no empty value;
 *	           no segment of dots, also none that static text and a value make together, nor one
 *	           that a server would decode to it: "a/b" is a value like others, "../b" is none
 *	query      the same bytes; static text keeps what an address may have there, and & = + %41
 *	parameter  the same bytes, static text as well
 *	header     no control characters (a line break would begin a header of the value's own), no
 *	           blanks at the ends, which are dropped on the way
 *	plain      as it is; the body's encoder escapes it
 *
 * In braces stands a name up to "|" or "}". It begins with a letter; within quotes or brackets it
 * may have anything ({document.'a.b'}, {resource.emails[type eq "work"].value}). A brace that
 * begins no name is an error rather than text: the one who forgot to double it learns it at once.
 *
 * A value may be a password, so each piece is wiped and the whole is put together in one piece of
 * memory.
 */
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/secret.h"
#include "template_filter_internal.h"
#include "template_internal.h"

#define LONGEST 65536

/* What stands in a path or a query without being encoded, beside letters and digits. */
#define UNRESERVED "-._~"
#define OF_PATHS UNRESERVED "/:@!$&'()*+,;="
#define OF_QUERIES UNRESERVED "/?:@!$()*+,;&="

typedef struct {
	char *text;      /* as it is sent; or NULL: */
	char *name;      /* of a value */
	GArray *filters; /* TemplateFilter */
} Part;

struct Template {
	char *text;
	TemplateContext context;
	GArray *parts; /* Part */
};

typedef struct {
	const char *text; /* the whole */
	const char *at;   /* what is not read yet */
} Reader;

static gboolean fail(const Reader *reader, GError **error, const char *message)
{
	glong column = g_utf8_strlen(reader->text, reader->at - reader->text) + 1;

	return error_set(error, ERROR_CONFIG, "bad template at column %ld: %s", column, message);
}

static void wipe_free(char *text)
{
	if (text)
		secret_wipe(text, strlen(text));
	g_free(text);
}

/* ---- writing for a context ---- */

static gboolean is_encoded(const char *at)
{
	return *at == '%' && g_ascii_isxdigit(at[1]) && g_ascii_isxdigit(at[2]);
}

/* Percent-encoded but for letters, digits and 'keep'; with '%' in it, what is encoded stays. */
static char *encode(const char *text, const char *keep, gboolean keep_encoded)
{
	char *encoded = g_malloc(3 * strlen(text) + 1), *to = encoded;

	for (; *text; text++) {
		if (g_ascii_isalnum(*text) || strchr(keep, *text) ||
		    (keep_encoded && is_encoded(text))) {
			*to++ = *text;
			continue;
		}
		g_snprintf(to, 4, "%%%02X", (guint)(guchar)*text);
		to += 3;
	}
	*to = '\0';
	return encoded;
}

static gboolean has_control(const char *text)
{
	for (; *text; text++) {
		if ((guchar)*text < ' ' || *text == '\x7f')
			return TRUE;
	}
	return FALSE;
}

/* How long what stands at 'at' is, if a server may see the end of a segment in it; or 0. */
static gsize separator_length(const char *at)
{
	static const char *const encoded[] = { "%2f", "%5c", "%3b" };

	for (gsize i = 0; i < G_N_ELEMENTS(encoded); i++) {
		if (g_ascii_strncasecmp(at, encoded[i], 3) == 0)
			return 3;
	}
	return *at && strchr("/\\;", *at) ? 1 : 0;
}

/*
 * A segment that is "." or "..", also as a server would read it that decodes an address before it
 * takes it apart, or hands it on decoded, as a proxy does: %2e is a dot, %2F and %5C end a segment.
 * Some drop what is behind a semicolon.
 */
static gboolean has_dot_segment(const char *path)
{
	while (*path) {
		guint dots = 0;

		while (*path == '.' || g_ascii_strncasecmp(path, "%2e", 3) == 0) {
			path += *path == '.' ? 1 : 3;
			dots++;
		}
		if (dots >= 1 && dots <= 2 && (!*path || separator_length(path) > 0))
			return TRUE;
		while (*path && separator_length(path) == 0)
			path++;
		path += separator_length(path);
	}
	return FALSE;
}

static char *encode_static(TemplateContext context, const char *text)
{
	switch (context) {
	case TEMPLATE_PATH:
		return encode(text, OF_PATHS, TRUE);
	case TEMPLATE_QUERY:
		return encode(text, OF_QUERIES, TRUE);
	case TEMPLATE_PARAMETER:
		return encode(text, UNRESERVED, FALSE);
	case TEMPLATE_HEADER:
	case TEMPLATE_PLAIN:
	default:
		return g_strdup(text);
	}
}

static gboolean is_at_end(const char *text, char c)
{
	return *text && (*text == c || text[strlen(text) - 1] == c);
}

/* Why a value cannot stand there, or NULL. */
static const char *problem_of(TemplateContext context, const char *value)
{
	if (context == TEMPLATE_PATH && !*value)
		return "it is empty";
	if (context != TEMPLATE_HEADER)
		return NULL;
	if (has_control(value))
		return "it has a line break or another control character";
	return is_at_end(value, ' ') ? "it begins or ends with a blank" : NULL;
}

static char *encode_value(TemplateContext context, const char *value)
{
	if (context == TEMPLATE_HEADER || context == TEMPLATE_PLAIN)
		return g_strdup(value);
	return encode(value, UNRESERVED, FALSE);
}

static const char *place_name(TemplateContext context)
{
	switch (context) {
	case TEMPLATE_PATH:
		return "the path of an address";
	case TEMPLATE_QUERY:
	case TEMPLATE_PARAMETER:
		return "the query of an address";
	case TEMPLATE_HEADER:
		return "a header line";
	case TEMPLATE_PLAIN:
	default:
		return "a text";
	}
}

/* ---- parsing ---- */

/* The mark behind the name at 'at': "|" or "}" outside of quotes and brackets; NULL: there is none.
 */
static const char *find_mark(const char *at)
{
	guint brackets = 0;
	char quote = '\0';

	for (; *at; at++) {
		if (quote)
			quote = *at == quote ? '\0' : quote;
		else if (*at == '\'' || *at == '"')
			quote = *at;
		else if (*at == '[')
			brackets++;
		else if (*at == ']' && brackets > 0)
			brackets--;
		else if (brackets == 0 && (*at == '|' || *at == '}'))
			return at;
	}
	return NULL;
}

/* The first character that a name does not have, or NULL. */
static const char *find_bad(const char *name, const char *end)
{
	gboolean is_quoted = FALSE;

	if (!g_ascii_isalpha(*name))
		return name;
	for (; name < end; name++) {
		if (strchr("[]'\"", *name))
			is_quoted = TRUE;
		else if (!is_quoted && ((guchar)*name <= ' ' || *name == '{'))
			return name;
	}
	return NULL;
}

static gboolean read_name(Reader *reader, Part *part, GError **error)
{
	const char *end = find_mark(reader->at), *bad, *behind;

	reader->at += strspn(reader->at, " ");
	if (!g_ascii_isalpha(*reader->at))
		return fail(reader, error, "a name expected behind {\nwrite {{ for a brace");
	if (!end) {
		reader->at += strlen(reader->at);
		return fail(reader, error, "the brace is not closed\nwrite {{ for a brace");
	}
	behind = end;
	while (behind[-1] == ' ')
		behind--;
	bad = find_bad(reader->at, behind);
	if (bad) {
		reader->at = bad;
		return fail(reader, error, "a name has no such character\nwrite {{ for a brace");
	}
	part->name = g_strndup(reader->at, (gsize)(behind - reader->at));
	reader->at = end;
	return TRUE;
}

/* At the "|" or "}" behind the name. */
static gboolean read_filters(Reader *reader, Part *part, GError **error)
{
	while (*reader->at == '|') {
		TemplateFilter filter = { 0 };
		g_autofree char *problem = NULL;

		reader->at++;
		problem = template_filter_read(&filter, &reader->at);
		g_array_append_val(part->filters, filter);
		if (problem)
			return fail(reader, error, problem);
	}
	if (*reader->at != '}')
		return fail(reader, error, "the brace is not closed");
	reader->at++;
	return TRUE;
}

static gboolean read_value(Template *self, Reader *reader, GError **error)
{
	Part part = { .filters = g_array_new(FALSE, FALSE, sizeof(TemplateFilter)) };
	gboolean is_good;

	g_array_set_clear_func(part.filters, template_filter_clear);
	reader->at++;
	is_good = read_name(reader, &part, error) && read_filters(reader, &part, error);
	g_array_append_val(self->parts, part);
	return is_good;
}

/* Why static text cannot stand there, at *at; or NULL. */
static const char *static_problem(TemplateContext context, const char **at)
{
	gsize length = strcspn(*at, "?#");

	if (context == TEMPLATE_PATH && (*at)[length]) {
		*at += length;
		return "a path has no ? or #";
	}
	return context == TEMPLATE_HEADER && has_control(*at)
		       ? "a header line has no control characters"
		       : NULL;
}

/* Up to the next single brace. */
static gboolean read_static(Template *self, Reader *reader, GError **error)
{
	g_autoptr(GString) text = g_string_new(NULL);
	const char *problem, *at;
	Part part = { 0 };

	while (*reader->at && (*reader->at != '{' || reader->at[1] == '{')) {
		g_string_append_c(text, *reader->at);
		reader->at += *reader->at == '{' ? 2 : 1;
	}
	at = text->str;
	problem = static_problem(self->context, &at);
	if (problem)
		return fail(reader, error, problem);
	part.text = encode_static(self->context, text->str);
	g_array_append_val(self->parts, part);
	return TRUE;
}

static gboolean is_place(const char *at)
{
	return *at == '{' && at[1] != '{';
}

/* Dots that no value can mend are the administrator's mistake. */
static gboolean check_segments(const Template *self, const Reader *reader, GError **error)
{
	g_autoptr(GString) path = g_string_new(NULL);

	if (self->context != TEMPLATE_PATH)
		return TRUE;
	for (guint i = 0; i < self->parts->len; i++) {
		const Part *part = &g_array_index(self->parts, Part, i);
		g_string_append(path, part->text ? part->text : "x");
	}
	return !has_dot_segment(path->str) || fail(reader, error, "a segment of dots");
}

static gboolean read_parts(Template *self, Reader *reader, GError **error)
{
	while (*reader->at) {
		if (is_place(reader->at) ? !read_value(self, reader, error)
					 : !read_static(self, reader, error))
			return FALSE;
	}
	return check_segments(self, reader, error);
}

static void clear_part(void *data)
{
	Part *part = data;

	g_free(part->text);
	g_free(part->name);
	if (part->filters)
		g_array_unref(part->filters);
}

Template *template_parse(const char *text, TemplateContext context, GError **error)
{
	g_autoptr(Template) self = g_new0(Template, 1);
	Reader reader = { .text = text, .at = text };
	const char *bad;

	self->text = g_strdup(text);
	self->context = context;
	self->parts = g_array_new(FALSE, FALSE, sizeof(Part));
	g_array_set_clear_func(self->parts, clear_part);
	if (!g_utf8_validate(text, -1, &bad)) {
		reader.at = bad;
		fail(&reader, error, "this is not UTF-8");
		return NULL;
	}
	if (strlen(text) > LONGEST) {
		fail(&reader, error, "it is too long");
		return NULL;
	}
	return read_parts(self, &reader, error) ? g_steal_pointer(&self) : NULL;
}

void template_free(Template *self)
{
	if (!self)
		return;
	g_array_unref(self->parts);
	g_free(self->text);
	g_free(self);
}

const char *template_text(const Template *self)
{
	return self->text;
}

void template_names(const Template *self, TemplateNameFn fn, void *data)
{
	for (guint i = 0; i < self->parts->len; i++) {
		const Part *part = &g_array_index(self->parts, Part, i);

		if (part->name)
			fn(part->name, !template_filters_fall_back(part->filters), data);
	}
}

/* ---- filling ---- */

static json_t *part_value(const Part *part, const TemplateScope *scope, GError **error)
{
	g_autoptr(json_t) given = scope->get(part->name, scope->data);
	json_t *value = template_filters_apply(part->filters, given, error);

	if (error && *error)
		g_prefix_error(error, "{%s}: ", part->name);
	return value;
}

static gboolean refuse(const Template *self, const Part *part, GError **error, const char *why)
{
	return error_set(error, ERROR_OBJECT, "the value of {%s} cannot stand in %s: %s",
			 part->name, place_name(self->context), why);
}

/* The text of a value; NULL and an error: it is none. Wipe it. */
static char *text_of(const Template *self, const Part *part, const json_t *value, GError **error)
{
	char *text;

	if (json_is_string(value) &&
	    strlen(json_string_value(value)) != json_string_length(value)) {
		refuse(self, part, error, "it holds a zero byte");
		return NULL;
	}
	text = json_scalar_text(value);
	if (!text)
		refuse(self, part, error,
		       json_is_array(value) ? "it is a list\nwrite {NAME|first} or {NAME|json}"
					    : "it is an object\nwrite {NAME|json}");
	return text;
}

static char *write_value(const Template *self, const Part *part, const json_t *value,
			 GError **error)
{
	char *text = text_of(self, part, value, error), *written = NULL;
	const char *problem = text ? problem_of(self->context, text) : NULL;

	if (problem)
		refuse(self, part, error, problem);
	else if (text)
		written = encode_value(self->context, text);
	wipe_free(text);
	return written;
}

/* The value as it is sent, to be wiped; NULL: an error, or *is_missing. */
static char *fill_part(const Template *self, const Part *part, const TemplateScope *scope,
		       gboolean *is_missing, GError **error)
{
	g_autoptr(GError) problem = NULL;
	g_autoptr(json_t) value = part_value(part, scope, &problem);

	*is_missing = !value && !problem;
	if (problem)
		g_propagate_error(error, g_steal_pointer(&problem));
	return value ? write_value(self, part, value, error) : NULL;
}

static gboolean fill_parts(const Template *self, const TemplateScope *scope, GPtrArray *pieces,
			   char **missing, GError **error)
{
	for (guint i = 0; i < self->parts->len; i++) {
		const Part *part = &g_array_index(self->parts, Part, i);
		gboolean is_missing = FALSE;
		char *piece = part->text ? g_strdup(part->text)
					 : fill_part(self, part, scope, &is_missing, error);

		if (is_missing && missing)
			*missing = g_strdup(part->name);
		if (!piece)
			return FALSE;
		g_ptr_array_add(pieces, piece);
	}
	g_ptr_array_add(pieces, NULL);
	return TRUE;
}

static void wipe_piece(void *piece)
{
	wipe_free(piece);
}

char *template_fill(const Template *self, const TemplateScope *scope, char **missing,
		    GError **error)
{
	g_autoptr(GPtrArray) pieces = g_ptr_array_new_with_free_func(wipe_piece);
	char *filled;

	if (!fill_parts(self, scope, pieces, missing, error))
		return NULL;
	filled = g_strjoinv(NULL, (char **)pieces->pdata);
	if (self->context != TEMPLATE_PATH || !has_dot_segment(filled))
		return filled;
	error_set(error, ERROR_OBJECT,
		  "the values make a path of \"%s\" that leads elsewhere: a segment of dots",
		  self->text);
	g_free(filled);
	return NULL;
}

gboolean template_is_value(const Template *self)
{
	return self->parts->len == 1 && g_array_index(self->parts, Part, 0).name;
}

json_t *template_value(const Template *self, const TemplateScope *scope, GError **error)
{
	g_autoptr(GError) problem = NULL;
	json_t *value = part_value(&g_array_index(self->parts, Part, 0), scope, &problem);

	if (problem)
		g_propagate_error(error, g_steal_pointer(&problem));
	return value;
}
