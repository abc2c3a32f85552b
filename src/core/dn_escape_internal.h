/*
 * Escaping the value of an AVA.
 */
#pragma once
#include <glib.h>

/*
 * Appends a value as it stands in a DN (RFC 4514 §2.4): the characters that would end or change it
 * get a backslash, control characters become their two hex digits; no case is changed.
 */
void dn_escape_append(GString *out, const char *value, gsize length);
