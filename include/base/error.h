/*
 * Error kinds: what can be done about a failure, not where it came from.
 *
 * Every function that can fail returns bool (or NULL) and takes a GError ** last. Errors of
 * foreign libraries are mapped to these kinds once, at the edge, in one function per library.
 * Context is added on the way up with g_prefix_error(). The message is a sentence for an
 * operator: lower case, no full stop, names quoted, the reason always given; a hint stands on a
 * line of its own ("\n" in the message) and says what to do.
 */
#pragma once
#include <glib.h>

typedef enum {
	ERROR_OBJECT, /* this object cannot be handled: park it, report it, go on with the others */
	ERROR_STALE,  /* the world moved (409, 412, cookie refused): read again, plan again */
	ERROR_RETRY,  /* the same call may work later: back off */
	ERROR_DOWN,   /* this endpoint is unusable: stop it, keep the others */
	ERROR_REFUSED, /* our own guard said no: a human decides */
	ERROR_CONFIG,  /* the operator's mistake: refuse to start, or keep the old config */
	ERROR_FATAL,   /* our own state cannot be trusted or written: stop at once */
} ErrorKind;

#define BRIDGE_ERROR (bridge_error_quark())

/* The one error domain of dirbridge; GError.code is an ErrorKind. */
GQuark bridge_error_quark(void);

/* The kind of an error. A GError of a foreign domain counts as ERROR_FATAL. */
ErrorKind error_kind(const GError *error);

/* True if 'error' is set and of 'kind'. */
gboolean error_is(const GError *error, ErrorKind kind);

/* "object", "stale", ...; for --json and the audit. Never NULL. */
const char *error_kind_name(ErrorKind kind);

/* g_set_error() in our domain; always returns FALSE, so that 'return error_set(...)' reads well. */
gboolean error_set(GError **error, ErrorKind kind, const char *format, ...) G_GNUC_PRINTF(3, 4);
