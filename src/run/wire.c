/*
 * Wire: the form of an op that goes out.
 *
 * The journal holds no secret: where the mapping makes one (an initial password), the op says
 * "[Redact]". The value is made here, from the person's entry as it is now, just before the request
 * is built, and is forgotten with it. A random one is therefore known to the target alone; after a
 * lost answer nobody sends it again, because settle.c asks first whether the account is there.
 */
#include <string.h>

#include "base/error.h"
#include "state/view.h"
#include "want_internal.h"
#include "wire_internal.h"

void wire_clear(Wire *self)
{
	g_clear_pointer(&self->rules, rules_free);
	g_clear_pointer(&self->arena, arena_free);
}

void wire_form_clear(WireForm *form)
{
	g_free(form->anchor);
	json_decref(form->resource);
	json_decref(form->changes);
}

static gboolean reveal(Wire *self, const Op *op, WireForm *form, GError **error)
{
	AppRun *app = self->app;
	WantContext context = {
		.config = app->config,
		.state = app->run->state,
		.app = app->row.id,
		.now_us = app->run->now_us,
	};

	if (!self->arena)
		self->arena = arena_new();
	if (!self->rules)
		self->rules = rules_new(app->run->config, app->run->state, app->run->now_us, error);
	if (!self->rules)
		return FALSE;
	context.arena = self->arena;
	context.rules = self->rules;
	if (op->resource &&
	    !(form->resource = want_reveal(&context, op->entry, op->resource, error)))
		return FALSE;
	return !op->changes ||
	       (form->changes = want_reveal(&context, op->entry, op->changes, error)) != NULL;
}

gboolean wire_form(Wire *self, const Op *op, WireForm *form, GError **error)
{
	gboolean creates = op->kind == OP_CREATE || op->kind == OP_CREATE_GROUP;
	gboolean writes = op->kind == OP_CREATE || op->kind == OP_UPDATE || op->kind == OP_ADOPT;

	if (creates && !view_anchor(self->app->run->state, op->entry, &form->anchor, error))
		return FALSE;
	if (!writes || !mapping_has_secret(self->app->config->mapping))
		return TRUE;
	return reveal(self, op, form, error);
}
