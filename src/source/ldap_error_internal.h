/*
 * LDAP result codes as error kinds, with sentences that an operator can act on.
 */
#pragma once
#include <glib.h>
#include <ldap.h>

/*
 * Sets the error for a result code of the protocol or of libldap. 'text' is what the server said
 * (or NULL), 'uri' who said it. Always returns FALSE.
 */
gboolean ldap_error_set(GError **error, int code, const char *text, const char *uri);
