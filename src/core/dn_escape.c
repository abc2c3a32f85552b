/*
 * Escaping for DNs that people and other programs will see: unlike in the normal form of dn.c,
 * letters keep their case and spaces inside stay.
 *
 *	Doe, Jane   Doe\, Jane        #7   \#7        " x "   "\ x\ "
 */
#include <string.h>

#include "dn_escape_internal.h"

static gboolean needs_escape(const char *value, gsize length, gsize i)
{
	if (value[i] != '\0' && strchr("\"+,;<>\\", value[i]))
		return TRUE;
	if (value[i] == '#')
		return i == 0;
	return value[i] == ' ' && (i == 0 || i == length - 1);
}

void dn_escape_append(GString *out, const char *value, gsize length)
{
	for (gsize i = 0; i < length; i++) {
		/* A line of LDIF, or of a log, ends at one of these. */
		if (g_ascii_iscntrl(value[i])) {
			g_string_append_printf(out, "\\%02X", (guint8)value[i]);
			continue;
		}
		if (needs_escape(value, length, i))
			g_string_append_c(out, '\\');
		g_string_append_c(out, value[i]);
	}
}
