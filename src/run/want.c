/*
 * Want: entry, standing and link of one person come in from the state; the pure functions of core
 * turn them into a verdict and a wanted resource.
 *
 * The attribute that says "active" belongs to the lifecycle, not to the mapping: it is taken out
 * of the resource here and set by enable and disable alone, in requests of their own.
 */
#include "base/error.h"
#include "core/dn.h"
#include "core/resource.h"
#include "want_internal.h"

/* A value that the filter cannot be applied to: neither yes nor no. */
static gboolean check_known(const char *source, Want *self, const AccountStatus *status)
{
	return !status->unknown ||
	       error_set(
		       &self->problem, ERROR_OBJECT,
		       "nobody can tell whether the account is disabled: users.disabled of source "
		       "'%s' is undefined for it\nmend the value that the filter asks for, or the "
		       "filter",
		       source);
}

/* Somebody whose end cannot be read must neither get nor keep an account as if it were none. */
static gboolean check_status(const WantContext *context, Want *self, const AccountStatus *status)
{
	const char *source = rules_source(context->rules, &self->person);

	if (!check_known(source, self, status))
		return FALSE;
	return !status->unreadable ||
	       error_set(&self->problem, ERROR_OBJECT,
			 "'%s' is no moment at which an account ends: neither a FILETIME nor a "
			 "GeneralizedTime\nmend the value, or the setting 'expires' of source '%s'",
			 status->unreadable, source);
}

static void map_person(const WantContext *context, Want *self)
{
	AccountStatus status = rules_status(context->rules, &self->person);
	ExprInput input = {
		.entry = self->person.entry,
		.account_enabled = status.enabled,
		.locked_out = rules_locked_out(context->rules, &self->person),
		.now_us = context->now_us,
	};

	if (!check_status(context, self, &status))
		return;
	arena_reset(context->arena);
	self->resource = mapping_apply(context->config->mapping, &input, context->arena,
				       &self->problem);
	if (!self->resource)
		return;
	config_drop_active(context->config, self->resource);
	self->steady = mapping_steady(context->config->mapping, self->resource);
}

static gboolean wants_resource(LifecycleVerdict verdict)
{
	return verdict == LIFECYCLE_PROVISION || verdict == LIFECYCLE_UPDATE ||
	       verdict == LIFECYCLE_ENABLE;
}

gboolean want_load(const WantContext *context, gint64 entry, Want *out, GError **error)
{
	LifecycleInput input = { .now_us = context->now_us };

	*out = (Want){ .standing = STANDING_UNASSIGNED };
	if (!view_load(context->state, entry, &out->person, error) ||
	    !assignment_get(context->state, context->app, entry, &out->known, &out->standing,
			    &out->reason, error) ||
	    !link_find(context->state, context->app, entry, &out->link, error)) {
		want_clear(out);
		return FALSE;
	}
	input.standing = out->known ? out->standing : STANDING_UNASSIGNED;
	if (out->link) {
		input.account = out->link->state;
		input.disabled_by_us = out->link->disabled_by_us;
		input.disabled_at_us = out->link->disabled_at_us;
	}
	out->verdict = lifecycle_decide(&context->config->policy, &input);
	if (out->person.entry && wants_resource(out->verdict))
		map_person(context, out);
	return TRUE;
}

void want_clear(Want *self)
{
	view_entry_clear(&self->person);
	g_clear_pointer(&self->reason, json_decref);
	g_clear_pointer(&self->link, link_free);
	g_clear_pointer(&self->resource, json_decref);
	g_clear_pointer(&self->steady, json_decref);
	g_clear_error(&self->problem);
}

const char *want_match_value(const AppConfig *config, const json_t *resource)
{
	return json_string_value(json_object_get(resource, g_ptr_array_index(config->match, 0)));
}

char *want_label(const AppConfig *config, const Want *self)
{
	const char *value = want_match_value(config, self->resource);
	char *name;

	if (value)
		return g_strdup(value);
	if (self->link && self->link->label)
		return g_strdup(self->link->label);
	if (!self->person.entry)
		return g_strdup("(unknown)");
	name = dn_rdn_value(entry_dn(self->person.entry));
	return name ? name : g_strdup(entry_dn(self->person.entry));
}
