/*
 * Key: 32 random bytes, made once for each state.
 *
 * What expressions draw by chance is made from it: the same at each look, so that an approved plan
 * is what is sent, and another at another state, so that nobody can work it out from a name.
 *
 * It is durable before the first plan is made: a rehearsal rolls back whatever it wrote, and the
 * sync after it must draw the same.
 */
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "state_internal.h"

static gboolean read_key(State *self, gboolean *there, GError **error)
{
	g_auto(Query) query = query_new(self, "SELECT bytes FROM chance WHERE id = 1");
	const void *bytes;
	gsize length = 0;

	if (!query_next(&query, there, error))
		return FALSE;
	if (!*there)
		return TRUE;
	bytes = query_peek_bytes(&query, 0, &length);
	if (length != STATE_KEY)
		return error_set(error, ERROR_FATAL, "the key in the state '%s' is damaged",
				 self->path);
	memcpy(self->key, bytes, STATE_KEY);
	return TRUE;
}

static gboolean write_key(State *self, GError **error)
{
	g_auto(Query) query = query_new(self, "INSERT INTO chance (id, bytes) VALUES (1, ?)");

	query_bytes(&query, self->key, STATE_KEY);
	return query_run(&query, error);
}

gboolean key_prepare(State *self, GError **error)
{
	gboolean there = FALSE;

	if (!read_key(self, &there, error))
		return FALSE;
	if (there)
		return TRUE;
	if (getentropy(self->key, STATE_KEY) != 0)
		return error_set(error, ERROR_RETRY, "the system gives no random numbers");
	return self->mode == STATE_READ || write_key(self, error);
}

const guint8 *state_key(const State *self)
{
	return self->key;
}
