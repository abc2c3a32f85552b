/*
 * An open state in a folder of its own, for one test.
 */
#include "state_support.h"

#include <glib/gstdio.h>

void store_open(Store *self, gconstpointer unused)
{
	g_autoptr(GError) error = NULL;

	(void)unused;
	self->folder = g_dir_make_tmp("dirbridge-state-XXXXXX", &error);
	g_assert_no_error(error);
	self->path = g_build_filename(self->folder, "state.db", NULL);
	self->state = state_open(self->path, STATE_WRITE, &error);
	g_assert_no_error(error);
}

void store_close(Store *self, gconstpointer unused)
{
	g_autofree char *lock = g_strconcat(self->path, ".lock", NULL);

	(void)unused;
	state_close(self->state);
	g_unlink(self->path);
	g_unlink(lock);
	g_assert_cmpint(g_rmdir(self->folder), ==, 0);
	g_free(self->path);
	g_free(self->folder);
}
