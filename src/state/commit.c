/*
 * Commit: the outermost commit, beside what its caller has to do meanwhile.
 *
 *	caller   begin, write rows, state_commit_start() | requests and answers | state_commit_end()
 *	thread                                           | log written, synced  |
 *
 * A disk takes milliseconds to say that something is on it, and a fast application answers some
 * hundred requests in that time. Only the waiting is moved: the thread lives for one commit, the
 * state is its alone for so long, and nothing that depends on the commit is done before its end is
 * known. That is why there is no lock here: between start and end nobody else uses the state.
 */
#include "state_internal.h"

struct StateCommit {
	State *state;
	GThread *thread;
	GError *error;
	gint ended; /* atomic */
};

/* The thread; its result is state_commit()'s. */
static gpointer commit(gpointer data)
{
	StateCommit *self = data;
	gboolean ok = state_commit(self->state, &self->error);

	g_atomic_int_set(&self->ended, TRUE);
	return GINT_TO_POINTER(ok);
}

StateCommit *state_commit_start(State *state)
{
	StateCommit *self = g_new0(StateCommit, 1);

	self->state = state;
	self->thread = g_thread_new("commit", commit, self);
	return self;
}

gboolean state_commit_has_ended(StateCommit *self)
{
	return g_atomic_int_get(&self->ended);
}

gboolean state_commit_end(StateCommit *self, GError **error)
{
	gboolean ok = GPOINTER_TO_INT(g_thread_join(self->thread));

	if (!ok)
		g_propagate_error(error, self->error);
	g_free(self);
	return ok;
}
