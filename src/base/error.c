/*
 * Error kinds over GError.
 *
 * A caller never asks where an error came from, only what can be done about it: park the object,
 * read again, back off, stop the endpoint, ask a human, refuse to start, stop at once. There is
 * therefore one domain, and the code is the reaction (ErrorKind).
 *
 * Errors of other domains can still turn up: GLib's own functions make them (a file that cannot
 * be read), and somebody may have forgotten to map one at the edge. Those count as FATAL. That is
 * the careful reading: an error nobody has thought about must not be retried a thousand times,
 * nor be taken for news about a person.
 */
#include "base/error.h"

static const char *const kind_names[] = {
	[ERROR_OBJECT] = "object", [ERROR_STALE] = "stale",     [ERROR_RETRY] = "retry",
	[ERROR_DOWN] = "down",     [ERROR_REFUSED] = "refused", [ERROR_CONFIG] = "config",
	[ERROR_FATAL] = "fatal",
};

G_DEFINE_QUARK(dirbridge - error, bridge_error)

ErrorKind error_kind(const GError *error)
{
	if (error->domain != BRIDGE_ERROR || (guint)error->code >= G_N_ELEMENTS(kind_names))
		return ERROR_FATAL;
	return (ErrorKind)error->code;
}

gboolean error_is(const GError *error, ErrorKind kind)
{
	return error && error_kind(error) == kind;
}

const char *error_kind_name(ErrorKind kind)
{
	if ((guint)kind >= G_N_ELEMENTS(kind_names))
		return kind_names[ERROR_FATAL];
	return kind_names[kind];
}

gboolean error_set(GError **error, ErrorKind kind, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	GError *made = g_error_new_valist(BRIDGE_ERROR, (int)kind, format, args);
	va_end(args);
	g_propagate_error(error, made);
	return FALSE;
}
