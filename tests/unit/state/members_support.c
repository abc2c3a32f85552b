#include "members_support.h"

#include <string.h>

static gint64 source_id(State *state, const char *name)
{
	ViewSource source;

	g_assert_true(view_source_get(state, name, &source, NULL));
	gint64 id = source.id;
	view_source_clear(&source);
	return id;
}

void sources_open(Sources *self)
{
	*self = (Sources){ 0 };
	store_open(&self->store, NULL);
	self->sources[0] = source_id(self->store.state, "corp");
	self->sources[1] = source_id(self->store.state, "branch");
}

void sources_close(Sources *self)
{
	store_close(&self->store, NULL);
}

char *anchor_text(guint anchor)
{
	return g_strdup_printf("00000000-0000-4000-8000-%012u", anchor);
}

gint64 sources_row(const Sources *self, guint source, guint anchor)
{
	g_autofree char *text = anchor_text(anchor);
	gint64 id;

	g_assert_true(view_find_anchor(self->store.state, self->sources[source], text, &id, NULL));
	return id;
}

void add_text(Entry *entry, const char *name, const char *text)
{
	entry_add(entry, name, text, strlen(text));
}

void add_by_anchor(Entry *entry, guint anchor, gboolean left)
{
	g_autofree char *text = anchor_text(anchor);

	entry_add_member_by_anchor(entry, text, "cn=whatever", 11, left);
}

void put(ViewPull *pull, const Entry *entry, EntryKind kind)
{
	g_autoptr(GError) error = NULL;

	view_pull_put(pull, entry, kind, NULL, NULL, &error);
	g_assert_no_error(error);
}

void retract(ViewPull *pull, guint anchor, gboolean left)
{
	g_autofree char *text = anchor_text(anchor);
	g_autoptr(GError) error = NULL;

	view_pull_retract(pull, text, left, &error);
	g_assert_no_error(error);
}

void renew(ViewPull *pull, guint anchor)
{
	g_autofree char *text = anchor_text(anchor);
	g_autoptr(GError) error = NULL;

	view_pull_renew(pull, text, &error);
	g_assert_no_error(error);
}
