/*
 * Blot: secrets taken out of what others say. Services echo what they were sent, and not always as
 * it was sent:
 *
 *	s3 cret&/        as it is
 *	s3%20cret%26%2F  in an address or a form, in either case of the digits; s3+cret%26%2F
 *	s3 cret&amp;/    in a page: with names, with numbers, with more or fewer characters of them
 *	s3 cret&\/       in JSON that nobody has read
 *	czMgY3JldCYv     in base64 of both alphabets, with its padding or without
 *	it''s s3         as a filter of a template makes it of another one, in all forms as well
 *	eyJhbGciOiJS...  shortened: its beginning, if that is long enough to be no chance
 *
 * Letters are compared in either case. What any of these forms covers is marked first and replaced
 * then, so that it does not matter which secret is part of which, or overlaps it.
 */
#include <string.h>

#include "credential_internal.h"

#define BLOT "[hidden]"
#define SHORT_SECRET 3    /* up to this length blotting would only spoil the sentence */
#define LONG_BEGINNING 12 /* so many characters of a secret are told from other words */
#define FIRSTS 256
#define SPELLED 8
#define LONGEST_SPELLING 6

typedef struct {
	char from;
	const char *to;
} Spelling;

static const Spelling spellings[][SPELLED] = {
	/* Pages. */
	{ { '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" }, { '"', "&quot;" } },
	{ { '&', "&amp;" },
	  { '<', "&lt;" },
	  { '>', "&gt;" },
	  { '"', "&quot;" },
	  { '\'', "&#39;" } },
	{ { '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" }, { '"', "&#34;" }, { '\'', "&#39;" } },
	{ { '&', "&amp;" },
	  { '<', "&lt;" },
	  { '>', "&gt;" },
	  { '"', "&quot;" },
	  { '\'', "&apos;" } },
	{ { '&', "&amp;" },
	  { '<', "&lt;" },
	  { '>', "&gt;" },
	  { '"', "&quot;" },
	  { '\'', "&#x27;" } },
	{ { '&', "&amp;" },
	  { '<', "&lt;" },
	  { '>', "&gt;" },
	  { '"', "&quot;" },
	  { '\'', "&#39;" },
	  { '/', "&#x2F;" },
	  { '=', "&#x3D;" },
	  { '`', "&#x60;" } },
	/* JSON. */
	{ { '"', "\\\"" }, { '\\', "\\\\" }, { '\n', "\\n" }, { '\r', "\\r" } },
	{ { '"', "\\\"" }, { '\\', "\\\\" }, { '/', "\\/" }, { '\n', "\\n" }, { '\r', "\\r" } },
};

/* What filters of templates do with a text: odata, soql, scim. */
static const Spelling filters[][SPELLED] = {
	{ { '\'', "''" } },
	{ { '\'', "\\'" }, { '\\', "\\\\" } },
	{ { '"', "\\\"" }, { '\\', "\\\\" } },
};

/*
 * Forms ------------------------------------------------------------------------------------------
 */

/* By their first character in lower case. */
typedef struct {
	GPtrArray *by_first[FIRSTS]; /* char *, wiped when freed; NULL: none */
} Forms;

static guint first_of(char c)
{
	return (guchar)g_ascii_tolower(c);
}

static void wipe(void *form)
{
	credential_wipe(form);
}

/* Takes the form. */
static void add(Forms *self, char *form)
{
	GPtrArray **list = &self->by_first[first_of(*form)];

	if (!*list)
		*list = g_ptr_array_new_with_free_func(wipe);
	if (g_ptr_array_find_with_equal_func(*list, form, g_str_equal, NULL))
		credential_wipe(form);
	else
		g_ptr_array_add(*list, form);
}

static const Spelling *find_spelling(const Spelling *spelling, char c)
{
	for (gsize i = 0; i < SPELLED && spelling[i].to; i++) {
		if (spelling[i].from == c)
			return &spelling[i];
	}
	return NULL;
}

static gboolean changes(const char *text, const Spelling *spelling)
{
	for (; *text; text++) {
		if (find_spelling(spelling, *text))
			return TRUE;
	}
	return FALSE;
}

static char *spell(const char *text, const Spelling *spelling)
{
	/* Large enough that it is not moved about, which would leave copies. */
	GString *out = g_string_sized_new(strlen(text) * LONGEST_SPELLING + 1);

	for (; *text; text++) {
		const Spelling *found = find_spelling(spelling, *text);
		if (found)
			g_string_append(out, found->to);
		else
			g_string_append_c(out, *text);
	}
	return g_string_free(out, FALSE);
}

static void add_spellings(Forms *self, const char *secret)
{
	for (gsize i = 0; i < G_N_ELEMENTS(spellings); i++) {
		if (changes(secret, spellings[i]))
			add(self, spell(secret, spellings[i]));
	}
}

static void add_escaped(Forms *self, const char *secret, const char *unescaped)
{
	char *escaped = g_uri_escape_string(secret, unescaped, FALSE);
	GString *of_form = g_string_new(escaped);

	g_string_replace(of_form, "%20", "+", 0);
	add(self, g_string_free(of_form, FALSE));
	add(self, escaped);
}

static void add_base64(Forms *self, const char *secret)
{
	char *plain = g_base64_encode((const guchar *)secret, strlen(secret));
	char *of_urls = g_strdelimit(g_strdelimit(g_strdup(plain), "+", '-'), "/", '_');

	add(self, g_strndup(plain, strcspn(plain, "=")));
	add(self, g_strndup(of_urls, strcspn(of_urls, "=")));
	add(self, plain);
	add(self, of_urls);
}

static void add_forms(Forms *self, const char *text)
{
	add(self, g_strdup(text));
	add_spellings(self, text);
	add_escaped(self, text, NULL);
	/* What a browser leaves as it is. */
	add_escaped(self, text, "!*'()");
	add_base64(self, text);
}

/* Takes the text. */
static void add_filtered(Forms *self, char *text)
{
	add_forms(self, text);
	credential_wipe(text);
}

static void add_secret(Forms *self, const Secret *secret)
{
	const char *text = secret ? secret_peek(secret) : "";

	if (strlen(text) <= SHORT_SECRET)
		return;
	add_forms(self, text);
	for (gsize i = 0; i < G_N_ELEMENTS(filters); i++) {
		if (changes(text, filters[i]))
			add_filtered(self, spell(text, filters[i]));
	}
	if (!g_utf8_validate(text, -1, NULL))
		return;
	add_filtered(self, g_utf8_strup(text, -1));
	add_filtered(self, g_utf8_strdown(text, -1));
}

static Forms *forms_of(const Credential *credential)
{
	const CredentialConf *conf = credential->conf;
	Forms *self = g_new0(Forms, 1);

	add_secret(self, conf->token);
	add_secret(self, conf->password);
	add_secret(self, conf->value);
	add_secret(self, conf->client_secret);
	add_secret(self, conf->refresh_token);
	add_secret(self, conf->key);
	for (guint i = 0; i < credential->hidden->len; i++)
		add_secret(self, credential->hidden->pdata[i]);
	return self;
}

static void forms_free(Forms *self)
{
	for (guint i = 0; i < FIRSTS; i++)
		g_clear_pointer(&self->by_first[i], g_ptr_array_unref);
	g_free(self);
}

/*
 * Marks ------------------------------------------------------------------------------------------
 */

/* How many bytes of 'text' are the form, or a beginning of it that gives it away; or 0. */
static gsize covered(const char *text, const char *form)
{
	gsize n = 0;

	while (form[n] && g_ascii_tolower(text[n]) == g_ascii_tolower(form[n]))
		n++;
	return !form[n] || n >= LONG_BEGINNING ? n : 0;
}

static gsize longest(const Forms *forms, const char *text)
{
	const GPtrArray *list = forms->by_first[first_of(*text)];
	gsize most = 0;

	for (guint i = 0; list && i < list->len; i++)
		most = MAX(most, covered(text, list->pdata[i]));
	return most;
}

char *credential_blot(const Credential *self, const char *text)
{
	Forms *forms = forms_of(self);
	GString *out = g_string_new(NULL);
	gsize end = 0; /* what is covered ends here */

	for (gsize at = 0; text[at]; at++) {
		gsize length = longest(forms, text + at);
		gboolean within = at < end;
		end = MAX(end, at + length);
		/* Half a character is none. */
		while (at < end && ((guchar)text[end] & 0xc0) == 0x80)
			end++;
		if (at >= end)
			g_string_append_c(out, text[at]);
		else if (!within)
			g_string_append(out, BLOT);
	}
	forms_free(forms);
	return g_string_free(out, FALSE);
}
