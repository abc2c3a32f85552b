/*
 * What a verb comes to at a custom API, and what 'check' says of it: sentences for people. Pure.
 *
 * The definition's own words ("means") come first. Without them a plan says only what one would not
 * expect: that a disable deletes, that an operation is switched off or missing.
 */
#include "custom_internal.h"

/* Why nothing is sent for a verb. Constant, or the definition's. */
static const char *missing(const CustomApi *api, TargetVerb verb, CustomOperation operation)
{
	static const char *const words[TARGET_VERBS] = {
		[TARGET_CREATE] = "not sent: the API has no operation 'create'",
		[TARGET_UPDATE] = "the API has no operation 'update'",
		[TARGET_ENABLE] = "not sent: the API has no operation 'enable'",
		[TARGET_DISABLE] = "not sent: the API has no operation 'disable', and no 'delete'",
		[TARGET_DELETE] = "not sent: the API has no operation 'delete'",
		[TARGET_PASSWORD] = "not sent: the API has no operation 'password'",
		[TARGET_RESET_MAIL] = "not sent: the API has no operation 'reset_mail'",
	};
	static const char *const off[TARGET_VERBS] = {
		[TARGET_CREATE] = "not sent: operation 'create' is switched off",
		[TARGET_UPDATE] = "operation 'update' is switched off",
		[TARGET_ENABLE] = "not sent: operation 'enable' is switched off",
		[TARGET_DISABLE] = "not sent: operation 'disable' is switched off",
		[TARGET_DELETE] = "not sent: operation 'delete' is switched off",
		[TARGET_PASSWORD] = "not sent: operation 'password' is switched off",
		[TARGET_RESET_MAIL] = "not sent: operation 'reset_mail' is switched off",
	};
	return api->operations[operation] ? off[verb] : words[verb];
}

static const char *meaning_of(const CustomApi *api, TargetVerb verb, CustomOperation operation)
{
	const CustomOp *op = custom_verb_op(api, verb);

	if (!op)
		return missing(api, verb, operation);
	if (op->means || op->what == operation)
		return op->means;
	return "deletes the account: the API has no other way to disable one";
}

const char *custom_meaning(Target *base, TargetVerb verb)
{
	const CustomApi *api = ((const CustomTarget *)base)->api;

	switch (verb) {
	case TARGET_CREATE:
		return meaning_of(api, verb, CUSTOM_CREATE);
	case TARGET_UPDATE:
		return meaning_of(api, verb, CUSTOM_UPDATE);
	case TARGET_ENABLE:
		return meaning_of(api, verb, CUSTOM_ENABLE);
	case TARGET_DISABLE:
		return meaning_of(api, verb, CUSTOM_DISABLE);
	case TARGET_DELETE:
		return meaning_of(api, verb, CUSTOM_DELETE);
	case TARGET_PASSWORD:
		return meaning_of(api, verb, CUSTOM_PASSWORD);
	case TARGET_RESET_MAIL:
		return meaning_of(api, verb, CUSTOM_RESET_MAIL);
	default:
		return NULL;
	}
}

/* Findings ------------------------------------------------------------------------------------- */

static void find_operations(const CustomApi *api, GPtrArray *findings)
{
	GString *names = g_string_new(NULL);

	for (guint i = 0; i < CUSTOM_OPERATIONS; i++) {
		if (custom_op(api, i))
			g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "",
					       custom_operation_name(i));
	}
	g_ptr_array_add(findings,
			g_strdup_printf("operations: %s", names->len > 0 ? names->str : "none"));
	g_string_free(names, TRUE);
	for (guint i = 0; i < CUSTOM_OPERATIONS; i++) {
		const CustomOp *op = api->operations[i];
		if (op && op->off)
			g_ptr_array_add(findings,
					g_strdup_printf("operation '%s' is switched off: %s",
							custom_operation_name(i), op->off));
	}
}

static void find_search(const CustomApi *api, GPtrArray *findings)
{
	const char *words = "accounts cannot be looked up: no operation 'lookup', no 'list'";
	guint lists = 0;

	for (guint i = 0; api->lists && i < api->lists->len; i++)
		lists += ((const CustomOp *)api->lists->pdata[i])->off == NULL;
	if (custom_op(api, CUSTOM_LOOKUP)) {
		words = "accounts are looked up by operation 'lookup'";
	} else if (lists > 1) {
		g_ptr_array_add(findings, g_strdup_printf("accounts are looked up in %u listings, "
							  "read as a whole",
							  lists));
		return;
	} else if (lists == 1) {
		words = "accounts are looked up in the listing, read as a whole";
	}
	g_ptr_array_add(findings, g_strdup(words));
}

static void find_changes(const CustomApi *api, GPtrArray *findings)
{
	if (!custom_op(api, CUSTOM_CREATE))
		g_ptr_array_add(findings, g_strdup("accounts cannot be made: there is no operation "
						   "'create'"));
	if (!custom_op(api, CUSTOM_UPDATE))
		g_ptr_array_add(findings,
				g_strdup("accounts cannot be changed: what differs from the "
					 "directory stays as it is, for there is no operation "
					 "'update'"));
}

static void find_disable(const CustomApi *api, GPtrArray *findings)
{
	const CustomOp *op = custom_verb_op(api, TARGET_DISABLE);

	if (!op)
		g_ptr_array_add(findings, g_strdup("accounts cannot be disabled"));
	else if (op->what == CUSTOM_DELETE)
		g_ptr_array_add(findings, g_strdup("accounts are disabled by operation 'delete': "
						   "they are gone then"));
	if (op && op->what == CUSTOM_DISABLE && !custom_op(api, CUSTOM_ENABLE))
		g_ptr_array_add(findings, g_strdup("disabled accounts cannot be enabled"));
}

void custom_findings(Target *base, GPtrArray *findings)
{
	const CustomTarget *self = (const CustomTarget *)base;

	g_ptr_array_add(findings,
			self->api->base_from
				? g_strdup_printf("base address: %s%s, as '%s' of the token's "
						  "answer says",
						  self->origin, self->base_path,
						  self->api->base_from)
				: g_strdup_printf("base address: %s%s", self->origin,
						  self->api->base_path ? self->api->base_path
								       : ""));
	find_operations(self->api, findings);
	find_search(self->api, findings);
	find_changes(self->api, findings);
	find_disable(self->api, findings);
	g_autofree char *credential = credential_describe(self->credential);
	g_ptr_array_add(findings, g_strdup_printf("credential: %s", credential));
}
