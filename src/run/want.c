/*
 * Want: entry, standing and link of one person come in from the state; the pure functions of core
 * turn them into a verdict and a wanted resource.
 *
 * The attribute that says "active" belongs to the lifecycle, not to the mapping: it is taken out
 * of the resource here and set by enable and disable alone, in requests of their own.
 */
#include <unistd.h>

#include "base/error.h"
#include "base/json.h"
#include "core/dn.h"
#include "core/resource.h"
#include "roles_internal.h"
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

/*
 * The same person at the same app gets the same chance again, so that two plans are alike; who does
 * not have the state cannot work it out.
 */
static void make_seed(const WantContext *context, const Want *self, guint8 seed[EXPR_SEED])
{
	GHmac *hmac = g_hmac_new(G_CHECKSUM_SHA256, state_key(context->state), STATE_KEY);
	gsize length = EXPR_SEED;

	g_hmac_update(hmac, (const guchar *)context->config->name, -1);
	g_hmac_update(hmac, (const guchar *)"\n", 1);
	g_hmac_update(hmac, (const guchar *)entry_anchor(self->person.entry), -1);
	g_hmac_get_digest(hmac, seed, &length);
	g_hmac_unref(hmac);
}

/* What expressions may look at of a person; 'roles' and 'seed' are the caller's to keep. */
static ExprInput make_input(const WantContext *context, const Want *self, const ExprRole *roles,
			    guint role_count, const guint8 *seed)
{
	AccountStatus status = rules_status(context->rules, &self->person);

	return (ExprInput){
		.entry = self->person.entry,
		.account_enabled = status.enabled,
		.locked_out = rules_locked_out(context->rules, &self->person),
		.now_us = context->now_us,
		.roles = roles,
		.role_count = role_count,
		.one_role = context->config->one_role,
		.seed = seed,
		.shadow = self->link ? self->link->shadow : NULL,
	};
}

/* What the rows yield, beside what the account has, or what is to be created. */
static void make_wanted(const WantContext *context, Want *self, const json_t *mapped)
{
	const Mapping *mapping = context->config->mapping;

	self->resource = mapping_create(mapping, mapped, &self->problem);
	if (!self->resource)
		return;
	config_drop_active(context->config, self->resource);
	self->kept = g_ptr_array_new_with_free_func(g_free);
	self->steady = self->link ? mapping_update(mapping, mapped, self->link->shadow, self->kept,
						   &self->problem)
				  : mapping_steady(mapping, self->resource);
	if (self->steady)
		config_drop_active(context->config, self->steady);
	else
		g_clear_pointer(&self->resource, json_decref);
}

/* FALSE only if the state failed; what is wrong with the person goes into self->problem. */
static gboolean map_person(const WantContext *context, Want *self, GError **error)
{
	AccountStatus status = rules_status(context->rules, &self->person);
	g_autoptr(json_t) mapped = NULL;
	guint8 seed[EXPR_SEED];
	guint role_count = 0;
	g_autofree ExprRole *roles = roles_of_reason(self->reason, &role_count);

	if (!check_status(context, self, &status))
		return TRUE;
	make_seed(context, self, seed);
	ExprInput input = make_input(context, self, roles, role_count, seed);
	arena_reset(context->arena);
	mapped = mapping_apply(context->config->mapping, &input, context->arena, &self->problem);
	if (!mapped) {
		roles_name_rules(self->reason, self->problem);
		return TRUE;
	}
	if (!refer_resolve(context, self, mapped, error))
		return FALSE;
	make_wanted(context, self, mapped);
	return TRUE;
}

static gboolean wants_resource(LifecycleVerdict verdict)
{
	return verdict == LIFECYCLE_PROVISION || verdict == LIFECYCLE_UPDATE ||
	       verdict == LIFECYCLE_ENABLE;
}

void want_decide(const WantContext *context, Want *self)
{
	LifecycleInput input = {
		.now_us = context->now_us,
		.standing = self->known ? self->standing : STANDING_UNASSIGNED,
	};

	if (self->link) {
		input.account = self->link->state;
		input.disabled_by_us = self->link->disabled_by_us;
		input.disabled_at_us = self->link->disabled_at_us;
	}
	self->verdict = lifecycle_decide(&context->config->policy, &input);
}

gboolean want_load(const WantContext *context, gint64 entry, Want *out, GError **error)
{
	*out = (Want){ .standing = STANDING_UNASSIGNED };
	if (!view_load(context->state, entry, &out->person, error) ||
	    !assignment_get(context->state, context->app, entry, &out->known, &out->standing,
			    &out->reason, error) ||
	    !link_find(context->state, context->app, entry, &out->link, error)) {
		want_clear(out);
		return FALSE;
	}
	want_decide(context, out);
	if (out->person.entry && wants_resource(out->verdict) && !map_person(context, out, error)) {
		want_clear(out);
		return FALSE;
	}
	return TRUE;
}

gboolean want_map(const WantContext *context, Want *self, GError **error)
{
	gboolean is_mapped = self->resource || self->problem;

	return is_mapped || !self->person.entry || map_person(context, self, error);
}

json_t *want_reveal(const WantContext *context, gint64 entry, const json_t *resource,
		    GError **error)
{
	guint8 seed[EXPR_SEED];
	guint role_count = 0;
	json_t *revealed = NULL;
	Want want;

	/* What is random and secret is new each time, and known to nobody afterwards. */
	if (getentropy(seed, sizeof(seed)) != 0) {
		error_set(error, ERROR_RETRY, "the system gives no random numbers");
		return NULL;
	}
	if (!want_load(context, entry, &want, error))
		return NULL;
	g_autofree ExprRole *roles = roles_of_reason(want.reason, &role_count);
	if (!want.person.entry) {
		error_set(error, ERROR_OBJECT, "the person is gone from the view");
	} else {
		ExprInput input = make_input(context, &want, roles, role_count, seed);
		revealed = mapping_reveal(context->config->mapping, resource, &input,
					  context->arena, error);
	}
	want_clear(&want);
	return revealed;
}

const Value *want_eval(const WantContext *context, const Want *want, const Expr *expr,
		       GError **error)
{
	guint8 seed[EXPR_SEED];
	guint role_count = 0;
	g_autofree ExprRole *roles = roles_of_reason(want->reason, &role_count);

	make_seed(context, want, seed);
	ExprInput input = make_input(context, want, roles, role_count, seed);
	arena_reset(context->arena);
	return expr_eval(expr, &input, context->arena, error);
}

char *want_row_text(const WantContext *context, const Want *want, const char *path)
{
	guint8 seed[EXPR_SEED];
	guint role_count = 0;
	g_autofree ExprRole *roles = roles_of_reason(want->reason, &role_count);
	g_autoptr(json_t) value = NULL;

	make_seed(context, want, seed);
	ExprInput input = make_input(context, want, roles, role_count, seed);
	arena_reset(context->arena);
	value = mapping_apply_row(context->config->mapping, path, &input, context->arena, NULL);
	return json_scalar_text(value);
}

void want_clear(Want *self)
{
	view_entry_clear(&self->person);
	g_clear_pointer(&self->reason, json_decref);
	g_clear_pointer(&self->link, link_free);
	g_clear_pointer(&self->resource, json_decref);
	g_clear_pointer(&self->steady, json_decref);
	g_clear_pointer(&self->references, g_ptr_array_unref);
	g_clear_pointer(&self->kept, g_ptr_array_unref);
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
