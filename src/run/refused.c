/*
 * Refused: a conflict that is a verdict.
 *
 * Services say 409 of two things: the account has changed since we last saw it, or what we want is
 * another account's already, such as a login name. The account itself tells them apart. Where all
 * that the update was about is as it was when we last knew it, nobody has changed anything of it.
 * The request is sent once more, because some services say 409 when they are busy with the account;
 * the second such answer is a verdict, unless the name that is wanted became free meanwhile.
 */
#include "base/json.h"
#include "core/resource.h"
#include "run_internal.h"

#define CONFLICT 409

static gboolean is_same(const json_t *one, const json_t *other)
{
	if (!one || json_is_null(one))
		return !other || json_is_null(other);
	return other && json_equal(one, other);
}

/* As we made it true there, or as the service shows what we made (echo.c). */
static gboolean is_as_before(const Link *link, const json_t *there, const char *path)
{
	const json_t *value = json_object_get(there, path);
	const json_t *echo = json_object_get(link->echo, path);

	return is_same(value, json_object_get(link->shadow, path)) ||
	       (echo && is_same(value, echo));
}

/* Somebody gave up the name in this run, perhaps after we had asked for it. */
static gboolean has_hope(AppRun *app, const Op *op)
{
	const char *path = g_ptr_array_index(app->config->match, 0);
	const char *name = json_string_value(json_object_get(op->resource, path));

	return name && claim_was_freed(app, name);
}

gboolean refused_for_good(AppRun *app, const Op *op, gboolean *is, GError **error)
{
	g_autoptr(GPtrArray) ops = op_array_new();

	*is = FALSE;
	if (!plan_ops_of(app->run->state, op->app, op->entry, 2, ops, error))
		return FALSE;
	for (guint i = 0; i < ops->len; i++) {
		const Op *before = g_ptr_array_index(ops, i);

		*is |= before->id < op->id && before->state == OP_SETTLED &&
		       before->status == CONFLICT && g_strcmp0(before->digest, op->digest) == 0;
	}
	*is = *is && !has_hope(app, op);
	return TRUE;
}

gboolean refused_in_vain(const Op *op, const Link *link, const json_t *document)
{
	gboolean before = json_array_size(op->changes) > 0;
	json_t *change;
	size_t index;

	if (op->kind != OP_UPDATE || op->state != OP_UNKNOWN || op->status != CONFLICT || !link)
		return FALSE;
	json_array_foreach (op->changes, index, change) {
		const char *path = json_get_string(change, "path");
		g_autoptr(json_t) like = json_pack("{s:n}", path ? path : "");
		g_autoptr(json_t) there = resource_project(document, like);

		before &= path && is_as_before(link, there, path);
	}
	return before;
}
