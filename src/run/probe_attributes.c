/*
 * What throw-away accounts are made with besides their names: values of the app's map that are
 * about nobody, so that a service that demands a password or a kind of account gets one.
 *
 *	password   RandomString(20, 2, 2, 2, 2)    taken
 *	userType   "Basic"                         taken
 *	title      [title]                         not taken: it takes a person
 *	active     true                            not taken: the probe has its own
 *
 * Who an account is, and whether it is active, is the probe's matter. What else a service demands
 * only the administrator can say.
 */
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/json.h"
#include "core/resource.h"
#include "probe_internal.h"

typedef struct {
	const Mapping *mapping;
	const ExprInput *input;
	Arena *arena;
	json_t *resource; /* flat */
} Taking;

static gboolean is_of_the_probe(const char *path)
{
	static const char *const ours[] = { "userName",    "externalId", "id",     "schemas",
					    "displayName", "name",       "emails", "active" };
	gsize length = strcspn(path, ".[");

	for (guint i = 0; i < G_N_ELEMENTS(ours); i++) {
		if (strlen(ours[i]) == length && g_ascii_strncasecmp(ours[i], path, length) == 0)
			return TRUE;
	}
	return FALSE;
}

static void take_row(const MappingRow *row, const Expr *expr, void *taking_)
{
	const Taking *taking = taking_;
	guint foreign = EXPR_IMPORTED | EXPR_REFERS | EXPR_CHOOSES;

	if (is_of_the_probe(row->to) || row->reference || !expr_is_constant(expr) ||
	    (expr_traits(expr) & foreign))
		return;
	/* What cannot be had is left out: the service says whether it misses it. */
	g_autoptr(json_t) value = mapping_apply_row(taking->mapping, row->to, taking->input,
						    taking->arena, NULL);
	if (value && !json_is_null(value) && !json_is_object(value))
		json_object_set(taking->resource, row->to, value);
}

static json_t *values_for_everybody(const Mapping *mapping)
{
	g_autoptr(Entry) nobody = entry_new("probe", "");
	g_autoptr(Arena) arena = arena_new();
	guint8 seed[EXPR_SEED] = { 0 };
	ExprInput input = { .entry = nobody, .now_us = clock_now_us(), .seed = seed };
	g_autoptr(json_t) resource = json_object();
	Taking taking = { mapping, &input, arena, resource };

	/* Cannot fail for so few bytes once the system is up; getrandom(2). */
	if (getrandom(seed, sizeof(seed), 0) != (gssize)sizeof(seed))
		return json_object();
	mapping_foreach(mapping, take_row, &taking);
	g_autoptr(json_t) revealed = mapping_reveal(mapping, resource, &input, arena, NULL);
	return revealed ? resource_document(revealed) : json_object();
}

json_t *probe_attributes(const Mapping *mapping, const json_t *demanded)
{
	json_t *attributes = values_for_everybody(mapping);

	json_object_update_recursive(attributes, (json_t *)demanded);
	return attributes;
}
