/*
 * Walk: see walk_internal.h.
 *
 * Looking its members up costs more than anything else that is done with a resource: each time a
 * long path is hashed. Asked in order, the next member is the right one, and a comparison tells.
 * After a member that nobody asked for, one is looked up, and the walk goes on behind it.
 */
#include <string.h>

#include "walk_internal.h"

Walk walk_begin(const json_t *object)
{
	return (Walk){ .object = (json_t *)object, .at = json_object_iter((json_t *)object) };
}

json_t *walk_find(Walk *self, const char *key)
{
	void *at = self->at;

	if (!at || strcmp(json_object_iter_key(at), key) != 0)
		at = json_object_iter_at(self->object, key);
	if (!at)
		return NULL;
	self->at = json_object_iter_next(self->object, at);
	return json_object_iter_value(at);
}
