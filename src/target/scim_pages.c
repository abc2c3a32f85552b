/*
 * The pages of what a search shows. Pure.
 *
 * An answer is hardly ever longer than a page. Where it is, the rest decides: a second one that
 * fits is a conflict of which nobody may see one half, and a service that ignores filters may show
 * the one that is wanted last. Such a service is read for some pages; then it is taken for one that
 * cannot search at all.
 *
 * The next page begins after what was received, whatever the answer says of its size, and a page
 * without anything new is the last.
 */
#include <string.h>

#include "base/json.h"
#include "scim_pages_internal.h"
#include "target_internal.h"

#define PAGES_MAX 10

void scim_pages_clear(ScimPages *self)
{
	g_clear_pointer(&self->rows, json_decref);
	g_clear_pointer(&self->seen, json_decref);
}

gboolean scim_place_is_first(const ScimPlace *self)
{
	return !self->cursor && self->start == 0;
}

void scim_place_append(const ScimPlace *self, gint64 page_size, GString *path)
{
	if (scim_place_is_first(self))
		return;
	if (self->cursor) {
		g_autofree char *cursor = http_escape(self->cursor);
		g_string_append_printf(path, "&cursor=%s", cursor);
	} else {
		g_string_append_printf(path, "&startIndex=%" G_GINT64_FORMAT, self->start);
	}
	g_string_append_printf(path, "&count=%" G_GINT64_FORMAT, page_size);
}

gboolean scim_is_plain(const char *text)
{
	for (; *text; text++) {
		if (!g_ascii_isalnum(*text) && !strchr("@._-", *text))
			return FALSE;
	}
	return TRUE;
}

/* Puts what was not on an earlier page to the rest; how many these are. */
static gsize take_rows(ScimPages *self, const json_t *resources)
{
	gsize fresh = 0;
	size_t i;
	json_t *row;

	if (!self->rows) {
		self->rows = json_array();
		self->seen = json_object();
	}
	json_array_foreach ((json_t *)resources, i, row) {
		const json_t *id = json_get_nocase(row, "id");
		g_autofree char *text = id ? json_scalar_text(id) : NULL;
		if (text && json_object_get(self->seen, text))
			continue;
		if (text)
			json_object_set_new(self->seen, text, json_true());
		json_array_append(self->rows, row);
		fresh++;
	}
	return fresh;
}

/* Where the next page is. FALSE: there is none. */
static gboolean next_place(const ScimPages *self, gint64 paging, const json_t *page, gsize fresh,
			   ScimPlace *place)
{
	const char *cursor = json_string_value(json_get_nocase(page, "nextCursor"));
	gint64 announced = 0;

	if (paging == SCIM_PAGE_NONE)
		return FALSE;
	if (cursor && *cursor && paging != SCIM_PAGE_INDEX) {
		*place = (ScimPlace){ .cursor = cursor };
		return TRUE;
	}
	if (paging == SCIM_PAGE_CURSOR || fresh == 0)
		return FALSE;
	scim_integer(json_get_nocase(page, "totalResults"), &announced);
	*place = (ScimPlace){ .start = (gint64)json_array_size(self->rows) + 1 };
	return announced >= place->start;
}

ScimPagesEnd scim_pages_take(ScimPages *self, const ScimProfile *profile, ScimReply *reply,
			     ScimPlace *place)
{
	const json_t *resources = json_get_nocase(reply->body, "Resources");

	if (!json_is_array(resources))
		return SCIM_PAGES_ALL;
	gsize fresh = take_rows(self, resources);
	gboolean more = next_place(self, profile->page.value, reply->body, fresh, place);
	if (more && ++self->count < PAGES_MAX)
		return SCIM_PAGES_MORE;
	if (more) {
		scim_reply_turn(reply, TARGET_REJECTED,
				"the service does not filter: it shows others, and has more of "
				"them");
		reply->status = SCIM_NO_SEARCH;
		return SCIM_PAGES_ENDLESS;
	}
	if (self->count > 0) {
		overlay_delete_nocase(reply->body, "Resources");
		json_object_set(reply->body, "Resources", self->rows);
	}
	return SCIM_PAGES_ALL;
}
