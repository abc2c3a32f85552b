/*
 * A thread that lives for one piece of work. To make one costs some microseconds, work that is
 * worth a thread takes milliseconds; so none is kept.
 */
#include "base/aside.h"

struct Aside {
	AsideFn fn;
	void *data;
	GThread *thread;
	GError *error;
	gint ended; /* atomic */
};

static gpointer work(gpointer self_)
{
	Aside *self = self_;
	gboolean ok = self->fn(self->data, &self->error);

	g_atomic_int_set(&self->ended, TRUE);
	return GINT_TO_POINTER(ok);
}

Aside *aside_start(AsideFn fn, void *data)
{
	Aside *self = g_new0(Aside, 1);

	self->fn = fn;
	self->data = data;
	self->thread = g_thread_new("aside", work, self);
	return self;
}

gboolean aside_has_ended(Aside *self)
{
	return g_atomic_int_get(&self->ended);
}

gboolean aside_end(Aside *self, GError **error)
{
	gboolean ok = GPOINTER_TO_INT(g_thread_join(self->thread));

	if (!ok)
		g_propagate_error(error, self->error);
	g_free(self);
	return ok;
}
