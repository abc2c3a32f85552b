/*
 * Distinguished names: reading every spelling in use, writing one.
 *
 *	CN=Doe\, Jane , OU=Sales+L=Köln,DC=x        RFC 4514, RFC 2253
 *	cn="Doe, Jane";ou=Sales;dc=x                RFC 1779: quotes and semicolons
 *	OID.2.5.4.3=#0C044A616E65,2.5.4.11=Sales    RFC 2253 §4, RFC 4514 §2.4 (BER in hex)
 *
 * Two ways lead to the normal form. Nearly all member values of a real directory are ASCII with no
 * escape but "\,"; those take one pass and one allocation (normalize_plain()), because a first pull
 * asks for a million of them. Whatever that does not understand goes to the parser, which
 * understands everything, and which alone decides that something is no DN.
 *
 * Details of the normal form that are choices:
 *  - A value is folded (fold.c) and then written with the escapes that RFC 4514 §2.4 demands and no
 *    others; control characters and bytes that are no UTF-8 are written as hex pairs, so a normal
 *    form is valid UTF-8 on one line.
 *  - An empty value and one of spaces only are equal (RFC 4518 §2.6.1) and written as nothing.
 *  - "#hex" that holds a BER string is that string. Other BER values stay hex, in lower case.
 *  - Types are known by their short names; OIDs and long names of the naming attributes of
 *    RFC 4514 §3 are translated. Not "streetAddress": AD has it as an attribute of its own.
 *  - An escape of a character that needs none ("\a" for 'a') is refused as the RFC does.
 */
#include "core/dn.h"

#include <string.h>

#include "dn_internal.h"
#include "fold_internal.h"

typedef struct {
	const char *at, *end;
} Cursor;

typedef struct {
	GString *type;
	GString *value;  /* without escapes */
	gboolean is_hex; /* 'value' is "#" and hex digits of BER that is no string */
} Ava;

static const struct {
	const char *other, *name;
} type_names[] = {
	{ "commonname", "cn" },
	{ "countryname", "c" },
	{ "domaincomponent", "dc" },
	{ "localityname", "l" },
	{ "organizationname", "o" },
	{ "organizationalunitname", "ou" },
	{ "stateorprovincename", "st" },
	{ "surname", "sn" },
	{ "userid", "uid" },
	{ "2.5.4.3", "cn" },
	{ "2.5.4.4", "sn" },
	{ "2.5.4.5", "serialnumber" },
	{ "2.5.4.6", "c" },
	{ "2.5.4.7", "l" },
	{ "2.5.4.8", "st" },
	{ "2.5.4.9", "street" },
	{ "2.5.4.10", "o" },
	{ "2.5.4.11", "ou" },
	{ "2.5.4.12", "title" },
	{ "2.5.4.42", "givenname" },
	{ "0.9.2342.19200300.100.1.1", "uid" },
	{ "0.9.2342.19200300.100.1.3", "mail" },
	{ "0.9.2342.19200300.100.1.25", "dc" },
};

#define SHORTEST_OTHER 6 /* "userid" */

const char *dn_canonical_type(const char *type)
{
	for (guint i = 0; i < G_N_ELEMENTS(type_names); i++)
		if (strcmp(type, type_names[i].other) == 0)
			return type_names[i].name;
	return type;
}

static void ava_clear(Ava *self)
{
	g_string_free(self->type, TRUE);
	g_string_free(self->value, TRUE);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Ava, ava_clear)

static void skip_spaces(Cursor *cursor)
{
	while (cursor->at < cursor->end && *cursor->at == ' ')
		cursor->at++;
}

static gboolean is_separator(char c)
{
	return c == ',' || c == ';' || c == '+';
}

static gboolean is_type_char(char c)
{
	return g_ascii_isalnum(c) || c == '-' || c == '.' || c == '_';
}

/* RFC 4512 §1.4: a name begins with a letter and has no dots; an OID is digits and dots. */
static gboolean is_type(const char *type)
{
	if (g_ascii_isalpha(type[0]))
		return strchr(type, '.') == NULL;
	if (strspn(type, "0123456789.") != strlen(type) || strstr(type, "..") != NULL)
		return FALSE;
	return g_ascii_isdigit(type[0]) && !g_str_has_suffix(type, ".");
}

static gboolean read_type(Cursor *cursor, GString *type)
{
	g_string_truncate(type, 0);
	skip_spaces(cursor);
	for (; cursor->at < cursor->end && is_type_char(*cursor->at); cursor->at++)
		g_string_append_c(type, g_ascii_tolower(*cursor->at));
	if (g_str_has_prefix(type->str, "oid.") && g_ascii_isdigit(type->str[4]))
		g_string_erase(type, 0, 4);
	skip_spaces(cursor);
	if (!is_type(type->str) || cursor->at == cursor->end || *cursor->at != '=')
		return FALSE;
	cursor->at++;
	g_string_assign(type, dn_canonical_type(type->str));
	return TRUE;
}

static gboolean read_hex_pair(Cursor *cursor, char *byte)
{
	if (cursor->end - cursor->at < 2 || !g_ascii_isxdigit(cursor->at[0]) ||
	    !g_ascii_isxdigit(cursor->at[1]))
		return FALSE;
	*byte = (char)(g_ascii_xdigit_value(cursor->at[0]) << 4 |
		       g_ascii_xdigit_value(cursor->at[1]));
	cursor->at += 2;
	return TRUE;
}

/* Behind the backslash. */
static gboolean read_escape(Cursor *cursor, GString *value)
{
	char c;

	if (!read_hex_pair(cursor, &c)) {
		if (cursor->at == cursor->end || *cursor->at == '\0' ||
		    strchr("\"+,;<>\\ #=", *cursor->at) == NULL)
			return FALSE;
		c = *cursor->at++;
	}
	g_string_append_c(value, c);
	return TRUE;
}

/* Length of the head of a BER string value that fills 'bytes' exactly, or 0. */
static gsize ber_string_head(const GString *bytes)
{
	/* OCTET STRING, UTF8String, NumericString, PrintableString, TeletexString, IA5String */
	static const guint8 string_tags[] = { 0x04, 0x0c, 0x12, 0x13, 0x14, 0x16 };
	const guint8 *data = (const guint8 *)bytes->str;
	gsize length, head = 2;

	if (bytes->len < 2 || memchr(string_tags, data[0], sizeof string_tags) == NULL)
		return 0;
	length = data[1];
	if (length >= 128) {
		head += length & 127;
		if (head > 6 || head > bytes->len)
			return 0;
		length = 0;
		for (gsize i = 2; i < head; i++)
			length = length << 8 | data[i];
	}
	return length == bytes->len - head ? head : 0;
}

static gboolean read_hex_value(Cursor *cursor, Ava *ava)
{
	g_autoptr(GString) bytes = g_string_new(NULL);
	gsize head;
	char byte;

	while (read_hex_pair(cursor, &byte))
		g_string_append_c(bytes, byte);
	if (bytes->len == 0)
		return FALSE;
	head = ber_string_head(bytes);
	if (head > 0) {
		g_string_append_len(ava->value, bytes->str + head, (gssize)(bytes->len - head));
		return TRUE;
	}
	ava->is_hex = TRUE;
	g_string_append_c(ava->value, '#');
	for (gsize i = 0; i < bytes->len; i++)
		g_string_append_printf(ava->value, "%02x", (guchar)bytes->str[i]);
	return TRUE;
}

static gboolean read_quoted_value(Cursor *cursor, GString *value)
{
	while (cursor->at < cursor->end) {
		char c = *cursor->at++;

		if (c == '"')
			return TRUE;
		if (c == '\0')
			return FALSE;
		if (c != '\\')
			g_string_append_c(value, c);
		else if (!read_escape(cursor, value))
			return FALSE;
	}
	return FALSE;
}

static gboolean read_plain_value(Cursor *cursor, GString *value)
{
	gsize keep = 0;

	while (cursor->at < cursor->end && !is_separator(*cursor->at)) {
		char c = *cursor->at++;

		if (c == '\\') {
			if (!read_escape(cursor, value))
				return FALSE;
		} else if (c == '\0' || strchr("\"<>", c) != NULL) {
			return FALSE;
		} else {
			g_string_append_c(value, c);
			if (c == ' ')
				continue;
		}
		keep = value->len;
	}
	g_string_truncate(value, keep);
	return TRUE;
}

static gboolean read_value(Cursor *cursor, Ava *ava)
{
	char first;

	g_string_truncate(ava->value, 0);
	ava->is_hex = FALSE;
	skip_spaces(cursor);
	first = cursor->at < cursor->end ? *cursor->at : '\0';
	if (first != '#' && first != '"')
		return read_plain_value(cursor, ava->value);
	cursor->at++;
	return first == '#' ? read_hex_value(cursor, ava) : read_quoted_value(cursor, ava->value);
}

/* Reads up to and over the separator, which is '\0' at the end. */
static gboolean read_ava(Cursor *cursor, Ava *ava, char *separator)
{
	if (!read_type(cursor, ava->type) || !read_value(cursor, ava))
		return FALSE;
	skip_spaces(cursor);
	if (cursor->at == cursor->end) {
		*separator = '\0';
		return TRUE;
	}
	*separator = *cursor->at++;
	return is_separator(*separator);
}

/*
 * What becomes of an ASCII character inside a value, indexed by the character: itself in lower
 * case, or NUL if it needs a closer look (space, separators, escapes, quotes, controls, no ASCII).
 */
static const char plain_form[256] = "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
				    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
				    "\0!\0#$%&'()*\0\0-./0123456789:\0\0=\0?"
				    "@abcdefghijklmnopqrstuvwxyz[\0]^_"
				    "`abcdefghijklmnopqrstuvwxyz{|}~";

/* Bytes that are written as they are. */
static gsize plain_length(const char *at, const char *end)
{
	const char *start = at;

	while (at < end && (plain_form[(guchar)*at] != '\0' || *at == ' '))
		at++;
	return (gsize)(at - start);
}

/* Bytes of the valid UTF-8 character at 'at', or 0. */
static gsize character_length(const char *at, const char *end)
{
	gunichar c = g_utf8_get_char_validated(at, end - at);

	return c >= (gunichar)-2 ? 0 : g_utf8_skip[(guchar)*at];
}

/* RFC 4514 §2.4 */
static void append_escaped(GString *out, const char *at, gsize length)
{
	const char *end = at + length;

	if (length > 0 && *at == '#')
		g_string_append_c(out, '\\');
	while (at < end) {
		gsize plain = plain_length(at, end);

		if (plain == 0 && (guchar)*at >= 128)
			plain = character_length(at, end);
		if (plain > 0)
			g_string_append_len(out, at, (gssize)plain);
		else if ((guchar)*at < ' ' || (guchar)*at >= 127)
			g_string_append_printf(out, "\\%02x", (guchar)*at);
		else
			g_string_append_printf(out, "\\%c", *at);
		at += MAX(plain, 1);
	}
}

static char *ava_text(const Ava *ava)
{
	g_autoptr(GString) folded = g_string_new(NULL);
	GString *text = g_string_new(ava->type->str);

	g_string_append_c(text, '=');
	if (ava->is_hex) {
		g_string_append(text, ava->value->str);
	} else {
		fold_append(folded, ava->value->str, ava->value->len, FOLD_CASE | FOLD_TRIM);
		append_escaped(text, folded->str, folded->len);
	}
	return g_string_free(text, FALSE);
}

static int compare_text(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void append_rdn(GString *out, GPtrArray *avas)
{
	/* X.501: an RDN is a set; the order of its AVAs says nothing. */
	g_ptr_array_sort(avas, compare_text);
	for (guint i = 0; i < avas->len; i++) {
		if (i > 0)
			g_string_append_c(out, '+');
		g_string_append(out, g_ptr_array_index(avas, i));
	}
	g_ptr_array_set_size(avas, 0);
}

static char *normalize_any(const char *dn, gsize length)
{
	Cursor cursor = { dn, dn + length };
	g_auto(Ava) ava = { g_string_new(NULL), g_string_new(NULL), FALSE };
	g_autoptr(GPtrArray) avas = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GString) out = g_string_sized_new(length + 16);
	char separator;

	skip_spaces(&cursor);
	if (cursor.at == cursor.end)
		return g_strdup("");
	do {
		if (!read_ava(&cursor, &ava, &separator))
			return NULL;
		g_ptr_array_add(avas, ava_text(&ava));
		if (separator == '+')
			continue;
		append_rdn(out, avas);
		if (separator != '\0')
			g_string_append_c(out, ',');
	} while (separator != '\0');
	return g_string_free(g_steal_pointer(&out), FALSE);
}

/* "Doe\, Jane" is how AD names people: escapes that are the least escaping already. */
static gboolean is_kept_escape(const char *at, const char *end)
{
	return at < end && *at != '\0' && strchr("\"+,;<>\\", *at) != NULL;
}

static inline char *plain_type(Cursor *cursor, char *out)
{
	const char *at = cursor->at, *end = cursor->end;
	char *start = out;

	while (at < end && *at == ' ')
		at++;
	for (; at < end && (g_ascii_isalnum(*at) || *at == '-'); at++)
		*out++ = plain_form[(guchar)*at];
	if (at == end || *at != '=' || out == start || !g_ascii_isalpha(*start))
		return NULL;
	*out = '\0';
	if (out - start >= SHORTEST_OTHER && dn_canonical_type(start) != start)
		return NULL;
	*out++ = '=';
	cursor->at = at + 1;
	return out;
}

static inline char *plain_value(Cursor *cursor, char *out)
{
	const char *at = cursor->at, *end = cursor->end, *start = out;

	while (at < end && *at == ' ')
		at++;
	if (at < end && *at == '#')
		return NULL;
	while (at < end && *at != ',') {
		if (plain_form[(guchar)*at] != '\0') {
			*out++ = plain_form[(guchar)*at++];
		} else if (*at == ' ') {
			*out++ = *at++;
			while (at < end && *at == ' ')
				at++;
		} else if (*at == '\\' && is_kept_escape(at + 1, end)) {
			*out++ = *at++;
			*out++ = *at++;
		} else {
			return NULL;
		}
	}
	if (out > start && out[-1] == ' ')
		out--;
	cursor->at = at;
	return out;
}

/* NULL for all that the parser must look at. The form is never longer than what was written. */
static char *normalize_plain(const char *dn, gsize length)
{
	Cursor cursor = { dn, dn + length };
	g_autofree char *form = g_malloc(length + 1);
	char *out = form;

	for (;;) {
		out = plain_type(&cursor, out);
		if (out != NULL)
			out = plain_value(&cursor, out);
		if (out == NULL)
			return NULL;
		if (cursor.at == cursor.end)
			break;
		cursor.at++;
		*out++ = ',';
	}
	*out = '\0';
	return g_steal_pointer(&form);
}

char *dn_normalize(const char *dn, gsize length)
{
	const char *text = length > 0 ? dn : ""; /* NULL of none */
	char *form = normalize_plain(text, length);

	return form != NULL ? form : normalize_any(text, length);
}

gboolean dn_foreach_ava(const char *dn, gsize length, DnAvaFn fn, void *data)
{
	Cursor cursor = { dn, dn + length };
	g_auto(Ava) ava = { g_string_new(NULL), g_string_new(NULL), FALSE };
	char separator;

	skip_spaces(&cursor);
	if (cursor.at == cursor.end)
		return TRUE;
	do {
		if (!read_ava(&cursor, &ava, &separator))
			return FALSE;
		fn(ava.type->str, ava.value->str, ava.value->len, data);
	} while (separator != '\0');
	return TRUE;
}

gsize dn_rdn_length(const char *dn)
{
	gboolean quoted = FALSE;
	gsize i;

	for (i = 0; dn[i] != '\0'; i++) {
		if (dn[i] == '\\' && dn[i + 1] != '\0')
			i++;
		else if (dn[i] == '"')
			quoted = !quoted;
		else if (!quoted && (dn[i] == ',' || dn[i] == ';'))
			break;
	}
	return i;
}

const char *dn_parent(const char *dn)
{
	const char *parent = dn + dn_rdn_length(dn);

	if (*parent != '\0')
		parent++;
	return parent + strspn(parent, " ");
}

gboolean dn_is_within(const char *dn, const char *base)
{
	gsize length = strlen(dn), base_length = strlen(base), slashes = 0;
	const char *comma;

	if (base_length == 0)
		return TRUE;
	if (length < base_length || strcmp(dn + length - base_length, base) != 0)
		return FALSE;
	if (length == base_length)
		return TRUE;
	comma = dn + length - base_length - 1;
	while (comma > dn + slashes && comma[-1 - (gssize)slashes] == '\\')
		slashes++;
	return *comma == ',' && slashes % 2 == 0;
}

char *dn_rdn_value(const char *dn)
{
	Cursor cursor = { dn, dn + strlen(dn) };
	g_auto(Ava) ava = { g_string_new(NULL), g_string_new(NULL), FALSE };
	char separator;

	if (!read_ava(&cursor, &ava, &separator))
		return NULL;
	return g_utf8_make_valid(ava.value->str, (gssize)ava.value->len);
}
