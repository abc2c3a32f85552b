/*
 * An account, a group or a member as callers know them, from what a service shows. Pure.
 *
 *	{ "user_id": 7, "status": "Suspended", "primary_email": "a@b.c" }
 *	{ "user_id": 7, "status": "Suspended", "primary_email": "a@b.c",
 *	  "id": "7", "active": false, "emails": [ { "email_id": "a@b.c" } ] }
 *
 * What the definition says of the record is added at the paths that the mapping uses; all else of
 * it stays, because most values stand there where they were sent. A value of 'active' that the
 * definition does not know says nothing, and then there is no "active" at all: to take it for
 * either would enable or disable somebody. Where it lists the values of one side only, all others
 * are the other side's. A record's own member of that name would be taken for ours, so it goes.
 *
 * What a record says itself wins over what its listing says of all: a service that does not know
 * "?status=inactive" answers with everybody.
 */
#include "base/json.h"
#include "custom_internal.h"

static gboolean has_text(const GPtrArray *texts, const char *text)
{
	for (guint i = 0; texts && i < texts->len; i++)
		if (g_ascii_strcasecmp(g_ptr_array_index(texts, i), text) == 0)
			return TRUE;
	return FALSE;
}

static guint length_of(const GPtrArray *texts)
{
	return texts ? texts->len : 0;
}

/* 1, 0; -1: not known. */
static int active_by_word(const CustomShape *shape, const char *word)
{
	gboolean plain = !length_of(shape->active_values) && !length_of(shape->inactive_values);

	if (has_text(shape->active_values, word) || (plain && !g_ascii_strcasecmp(word, "true")))
		return 1;
	if (has_text(shape->inactive_values, word) || (plain && !g_ascii_strcasecmp(word, "false")))
		return 0;
	/* One list alone: what is not in it is the other. */
	if (plain || (length_of(shape->active_values) && length_of(shape->inactive_values)))
		return -1;
	return length_of(shape->active_values) ? 0 : 1;
}

int custom_shown_word(const CustomShape *shape, const json_t *record)
{
	const json_t *value = shape->active ? place_get(shape->active, record) : NULL;
	g_autofree char *word = value ? custom_text_of(value) : NULL;

	return word ? active_by_word(shape, word) : -1;
}

static void show_active(const CustomShape *shape, const json_t *record, int active, json_t *shown)
{
	int own = custom_shown_word(shape, record);

	if (shape->active)
		json_object_del(shown, "active");
	if (own >= 0)
		active = own;
	if (active >= 0)
		json_object_set_new(shown, "active", json_boolean(active));
}

static void show_fields(const CustomShape *shape, const json_t *record, json_t *shown)
{
	for (guint i = 0; shape->fields && i < shape->fields->len; i++) {
		const CustomField *field = g_ptr_array_index(shape->fields, i);
		json_t *value = place_get(field->from, record);
		g_autoptr(json_t) copy = value ? json_deep_copy(value) : NULL;

		if (copy)
			path_set(field->to, shown, copy);
	}
}

/* A member of a group may be shown by its bare id. */
static char *bare_id(const CustomShape *shape, const json_t *record)
{
	if (shape->active || length_of(shape->fields) || json_is_boolean(record))
		return NULL;
	return json_scalar_text(record);
}

static char *own_id(const CustomShape *shape, const json_t *record)
{
	return json_is_boolean(place_get(shape->id, record)) ? NULL
							     : place_get_text(shape->id, record);
}

json_t *custom_shown(const CustomShape *shape, const json_t *record, int active)
{
	g_autofree char *id = json_is_object(record) ? own_id(shape, record)
						     : bare_id(shape, record);
	json_t *shown;

	if (!id || !custom_is_id(id))
		return NULL;
	shown = json_is_object(record) ? json_deep_copy(record) : json_object();
	show_fields(shape, record, shown);
	show_active(shape, record, active, shown);
	json_object_set_new(shown, "id", json_string(id));
	return shown;
}
