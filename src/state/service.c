/*
 * Service: the one process that comes back to a state again and again.
 *
 *	"<state>.service"   locked by the service all the time, with its pid as text; never removed
 *	"<state>.lock"      taken for each pass, and given back: others write in between
 *
 * What another command wrote (an approval, a sync by hand) may give the service something to do.
 * It hears of it by the kernel's word, inotify(7), that somebody closed "<state>.service" after
 * having opened it for writing. A writer opens it before its first commit and closes it after
 * giving the lock back (state.c); nothing is written in it. So no word is lost: not when the writer
 * dies behind its commit, for the kernel closes the file then, and not when it writes during our
 * own pass, for the word waits in the queue. Our own commits say nothing.
 *
 * Signals would need the right to send them and the pid of the right namespace; looking every few
 * seconds would wake an idle machine for what happens a few times a year.
 */
#include <errno.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/error.h"
#include "state_internal.h"

struct StateService {
	char *path;
	int lock; /* of "<state>.service" */
	int bell; /* of inotify */
};

static gboolean hang_bell(StateService *self, GError **error)
{
	g_autofree char *name = g_strconcat(self->path, ".service", NULL);

	self->bell = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (self->bell >= 0 && inotify_add_watch(self->bell, name, IN_CLOSE_WRITE) >= 0)
		return TRUE;
	return error_set(error, ERROR_FATAL,
			 "cannot watch the file '%s': %s\n"
			 "the limit of inotify(7) may be too low: fs.inotify.max_user_instances",
			 name, g_strerror(errno));
}

StateService *state_service_new(const char *path, GError **error)
{
	g_autoptr(StateService) self = g_new0(StateService, 1);

	self->path = g_strdup(path);
	self->bell = self->lock = -1;
	if (!lock_serve(path, &self->lock, error) || !hang_bell(self, error))
		return NULL;
	return g_steal_pointer(&self);
}

void state_service_free(StateService *self)
{
	if (!self)
		return;
	if (self->bell >= 0)
		close(self->bell);
	lock_release(self->lock, TRUE);
	g_free(self->path);
	g_free(self);
}

State *state_service_open(StateService *self, GError **error)
{
	return state_open_way(self->path, &(StateWay){ .mode = STATE_WRITE, .silent = TRUE },
			      error);
}

int state_service_fd(const StateService *self)
{
	return self->bell;
}

gboolean state_service_rung(StateService *self)
{
	char events[4096] G_GNUC_UNUSED;
	gboolean rung = FALSE;

	while (read(self->bell, events, sizeof events) > 0)
		rung = TRUE;
	return rung;
}
