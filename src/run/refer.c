/*
 * Refer: a value of one account that is the id of another one, such as the manager.
 *
 *	directory   manager: cn=boss,ou=people          a DN
 *	mapping     "...:manager.value" : { "$reference": "cn=boss,ou=people" }
 *	here        the boss's row in the view, the boss's account at this app, its id: "m17"
 *
 * Who is named and has no account yet leaves the value as it is; the reference is remembered, and
 * when that account appears (or gets another id, or an entry of that name comes into the view),
 * the person becomes work again. So the order in which people are created does not matter, and
 * two who name each other are no problem: both are made, then both are completed.
 *
 * Of one person with several entries (precedence.c) the account is that of another entry than the
 * one named. The reference then remembers the entry with the account. If none has it yet, and the
 * one named has not the app, nothing leads from a new account to who waits for it: those are all
 * looked at again with each plan that makes accounts (plan.c), and then remember whose it will be.
 */
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "core/path.h"
#include "precedence_internal.h"
#include "push_internal.h"
#include "state/reference.h"
#include "want_internal.h"

static void reference_free(gpointer data)
{
	WantReference *reference = data;

	g_free(reference->path);
	g_free(reference->name);
	g_free(reference);
}

/* The name in a marker, or NULL if the value is none. */
static const char *name_in(const json_t *value)
{
	return json_is_object(value) ? json_string_value(json_object_get(value, "$reference"))
				     : NULL;
}

static gboolean resolve_one(const WantContext *context, Want *self, const char *path,
			    const char *name, json_t **value, GError **error)
{
	WantReference *reference = g_new0(WantReference, 1);
	g_autofree char *id = NULL;

	reference->path = g_strdup(path);
	reference->name = g_strdup(name);
	g_ptr_array_add(self->references, reference);
	if (!reference_resolve(context->state, self->person.source, name, &reference->referred,
			       error))
		return FALSE;
	if (reference->referred &&
	    !precedence_meant(context, reference->referred, &reference->referred, error))
		return FALSE;
	if (reference->referred &&
	    !reference_target_id(context->state, context->app, reference->referred, &id, error))
		return FALSE;
	reference->pending = id == NULL;
	*value = id ? json_string(id) : json_pack("{s:b}", "$keep", TRUE);
	return TRUE;
}

gboolean refer_resolve(const WantContext *context, Want *self, json_t *mapped, GError **error)
{
	g_autoptr(json_t) resolved = json_object();
	const char *path;
	json_t *value, *id;

	self->references = g_ptr_array_new_with_free_func(reference_free);
	json_object_foreach (mapped, path, value) {
		const char *name = name_in(value);

		if (!name)
			continue;
		if (!resolve_one(context, self, path, name, &id, error))
			return FALSE;
		json_object_set_new(resolved, path, id);
	}
	json_object_update(mapped, resolved);
	return TRUE;
}

typedef struct {
	const WantContext *context;
	const Want *want;
	gboolean ok;
	GError **error;
} Noting;

static const WantReference *find_reference(const Want *want, const char *path)
{
	for (guint i = 0; i < want->references->len; i++) {
		const WantReference *reference = g_ptr_array_index(want->references, i);

		if (strcmp(reference->path, path) == 0)
			return reference;
	}
	return NULL;
}

static void note_row(const MappingRow *row, const Expr *expr, void *data)
{
	Noting *self = data;
	gint64 app = self->context->app, entry = self->want->person.id;

	if (!self->ok || !(row->reference || (expr_traits(expr) & EXPR_REFERS)))
		return;
	const WantReference *found = find_reference(self->want, row->to);
	if (!found) {
		self->ok = reference_remove(self->context->state, app, entry, row->to, self->error);
		return;
	}
	Reference reference = { app, entry, found->path, found->name, found->referred };
	self->ok = reference_put(self->context->state, &reference, self->error);
}

gboolean refer_note(const WantContext *context, const Want *self, GError **error)
{
	Noting noting = { context, self, TRUE, error };

	if (self->references)
		mapping_foreach(context->config->mapping, note_row, &noting);
	return noting.ok;
}

/* ---- when accounts come and go ---- */

static gboolean wake_if_changed(AppRun *app, gint64 entry, const char *before, const char *now,
				GError **error)
{
	if (g_strcmp0(before, now) == 0)
		return TRUE;
	return (before ? push_account_gone(app, entry, error)
		       : push_account_new(app, entry, error)) &&
	       reference_wake(app->run->state, app->row.id, entry, app->run->now_us, &app->woken,
			      error);
}

gboolean refer_put_link(AppRun *app, const Link *link, GError **error)
{
	const char *now = link->state != ACCOUNT_DELETED ? link->target_id : NULL;
	g_autofree char *before = NULL;

	return reference_target_id(app->run->state, link->app, link->entry, &before, error) &&
	       link_put(app->run->state, link, error) &&
	       wake_if_changed(app, link->entry, before, now, error);
}

gboolean refer_remove_link(AppRun *app, gint64 entry, GError **error)
{
	g_autofree char *before = NULL;

	return reference_target_id(app->run->state, app->row.id, entry, &before, error) &&
	       link_remove(app->run->state, app->row.id, entry, error) &&
	       wake_if_changed(app, entry, before, NULL, error);
}

typedef struct {
	const json_t *sent;
	gboolean complete;
} Comparison;

static void compare_target(const char *path, const char *target_id, void *data)
{
	Comparison *self = data;
	const char *sent = json_string_value(json_object_get(self->sent, path));

	self->complete &= g_strcmp0(sent, target_id) == 0;
}

/*
 * Two people made in one plan: when the second lands, the first is noted as done already and is
 * woken. When the first lands after the second, it is still work itself, so nothing wakes it.
 */
gboolean refer_is_complete(AppRun *app, const Op *op, gboolean *complete, GError **error)
{
	Comparison comparison = { op->resource, TRUE };

	*complete = TRUE;
	if (op->kind != OP_CREATE && op->kind != OP_ADOPT && op->kind != OP_UPDATE)
		return TRUE;
	if (!reference_targets(app->run->state, op->app, op->entry, compare_target, &comparison,
			       error))
		return FALSE;
	*complete = comparison.complete;
	app->woken |= !*complete;
	return TRUE;
}
