/*
 * Plain text: what a terminal, a log or a page does not misread.
 *
 *	"no\r\n  such user"           "no such user"
 *	"a\033[2Jb", "a\u009b2Jb"     "a [2Jb", "a 2Jb"    both begin commands of terminals
 *	"a\u202etxt.exe"              "atxt.exe"          shown, it would read backwards
 */
#include "base/plain.h"

static void append(GString *out, gunichar c)
{
	if (g_unichar_type(c) == G_UNICODE_FORMAT)
		return;
	if (!g_unichar_iscntrl(c) && !g_unichar_isspace(c) && g_unichar_isdefined(c))
		g_string_append_unichar(out, c);
	else if (out->len > 0 && out->str[out->len - 1] != ' ')
		g_string_append_c(out, ' ');
}

char *plain_line(const char *text, guint max_chars)
{
	GString *out = g_string_new(NULL);
	guint n = 0;

	for (; *text && n < max_chars; text = g_utf8_next_char(text), n++)
		append(out, g_utf8_get_char(text));
	if (*text)
		g_string_append(out, "…");
	return g_strchomp(g_string_free(out, FALSE));
}
