/*
 * mappings: how many people a second one processor maps and compares, for the benches.
 *
 *	mappings SECONDS
 *
 *	rows 12 floor 1800 apply 2000 update 3500 same 4300 changed 4700
 *
 * The rows are those of mappings/generic-scim2.cfg that nearly everybody fills. A thousand prepared
 * entries go round and round, without any I/O. The figures are nanoseconds of processor time a
 * person: for mapping_apply(); with mapping_update() against what was last made true; with
 * mapping_diff() of the two, where nothing is to be changed, as for nearly everybody in nearly
 * every run; and where each has another title. The floor is what jansson takes to make and free two
 * objects with the same members, which is the least that the form of a resource costs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/json.h"
#include "core/mapping.h"

#define URN "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:"
#define PEOPLE 1000

static const MappingRow rows[] = {
	{ .to = "userName", .from = "Coalesce([userPrincipalName], [mail])", .required = TRUE },
	{ .to = "externalId", .from = "[anchor]" },
	{ .to = "name.givenName", .from = "[givenName]", .required = TRUE },
	{ .to = "name.familyName", .from = "[sn]", .required = TRUE },
	{ .to = "displayName", .from = "Coalesce([displayName], [cn])" },
	{ .to = "emails[type eq \"work\"].value", .from = "[mail]", .required = TRUE },
	{ .to = "title", .from = "[title]" },
	{ .to = "phoneNumbers[type eq \"work\"].value", .from = "[telephoneNumber]" },
	{ .to = "preferredLanguage", .from = "[preferredLanguage]" },
	{ .to = URN "department", .from = "[department]" },
	{ .to = URN "organization", .from = "[company]" },
	{ .to = URN "employeeNumber", .from = "Coalesce([employeeID], [employeeNumber])" },
};

typedef struct {
	Mapping *mapping;
	Arena *arena;
	Entry *entries[PEOPLE];
	json_t *shadows[PEOPLE], *others[PEOPLE]; /* equal to the entries; with another title */
} Bench;

static void check(gboolean ok, const GError *error)
{
	if (ok)
		return;
	fprintf(stderr, "mappings: %s\n", error ? error->message : "not what was expected");
	exit(1);
}

/* Time of the processor, so that company on the machine does not count. */
static gint64 processor_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (gint64)now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

static void add(Entry *entry, const char *name, const char *text, guint number)
{
	g_autofree char *value = g_strdup_printf("%s%u", text, number);

	entry_add(entry, name, value, strlen(value));
}

/* As a pull of Active Directory leaves somebody in the view. */
static Entry *make_entry(guint number)
{
	g_autofree char *anchor = g_strdup_printf("6ba7b810-9dad-11d1-80b4-%012x", number);
	g_autofree char *dn = g_strdup_printf("CN=Person %u,OU=People,DC=corp,DC=example", number);
	Entry *entry = entry_new(anchor, dn);

	add(entry, "objectClass", "user", 0);
	add(entry, "userPrincipalName", "person@corp.example", number);
	add(entry, "mail", "Person@corp.example", number);
	add(entry, "givenName", "Given", number);
	add(entry, "sn", "Family", number);
	add(entry, "cn", "Person ", number);
	add(entry, "displayName", "Given Family ", number);
	add(entry, "title", "Engineer ", number);
	add(entry, "telephoneNumber", "+49 30 ", number);
	add(entry, "preferredLanguage", "de-DE", number);
	add(entry, "department", "Department ", number % 40);
	add(entry, "company", "Corp", 0);
	add(entry, "employeeID", "0000", number);
	add(entry, "userAccountControl", "51", 2);
	return entry;
}

/* As it comes back from the state. */
static json_t *as_stored(const json_t *resource)
{
	g_autofree char *text = json_canonical(resource);

	return json_loads(text, 0, NULL);
}

static void prepare(Bench *self)
{
	g_autoptr(GError) error = NULL;
	guint column;

	self->mapping = mapping_new();
	self->arena = arena_new();
	for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
		check(mapping_add(self->mapping, &rows[i], &column, &error), error);
	for (guint i = 0; i < PEOPLE; i++) {
		self->entries[i] = make_entry(i);
		ExprInput input = { .entry = self->entries[i], .account_enabled = TRUE };
		g_autoptr(json_t) mapped = mapping_apply(self->mapping, &input, self->arena,
							 &error);

		check(mapped != NULL, error);
		g_autoptr(json_t) made = mapping_create(self->mapping, mapped, &error);
		check(made != NULL, error);
		self->shadows[i] = as_stored(made);
		self->others[i] = json_copy(self->shadows[i]);
		json_object_set_new(self->others[i], "title", json_string("Apprentice"));
	}
}

static void clear(Bench *self)
{
	for (guint i = 0; i < PEOPLE; i++) {
		entry_free(self->entries[i]);
		json_decref(self->shadows[i]);
		json_decref(self->others[i]);
	}
	mapping_free(self->mapping);
	arena_free(self->arena);
}

typedef enum {
	STEP_FLOOR, /* no mapping: two objects like those that it makes */
	STEP_APPLY,
	STEP_UPDATE,
	STEP_DIFF,
} Step;

/* What jansson alone takes for the resources of one person. */
static void make_and_drop(const json_t *like)
{
	g_autoptr(json_t) mapped = json_object();
	g_autoptr(json_t) wanted = json_object();
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)like, key, value) {
		json_t *copy = json_string_nocheck(json_string_value(value));

		json_object_set_nocheck(wanted, key, copy);
		json_object_set_new_nocheck(mapped, key, copy);
	}
	check(json_equal(wanted, like), NULL);
}

/* One person up to a step; at the last one there must be so many changes. */
static void go(const Bench *self, const Entry *entry, const json_t *shadow, Step step,
	       size_t expected)
{
	g_autoptr(json_t) mapped = NULL;
	g_autoptr(json_t) wanted = NULL;
	g_autoptr(json_t) changes = NULL;
	g_autoptr(GError) error = NULL;
	ExprInput input = { .entry = entry, .account_enabled = TRUE, .shadow = shadow };

	if (step == STEP_FLOOR) {
		make_and_drop(shadow);
		return;
	}
	arena_reset(self->arena);
	mapped = mapping_apply(self->mapping, &input, self->arena, &error);
	check(mapped != NULL, error);
	if (step < STEP_UPDATE)
		return;
	wanted = mapping_update(self->mapping, mapped, shadow, NULL, &error);
	check(wanted != NULL, error);
	if (step < STEP_DIFF)
		return;
	changes = mapping_diff(self->mapping, shadow, wanted);
	check(json_array_size(changes) == expected, NULL);
}

/* Nanoseconds a person. */
static double cost(const Bench *self, json_t *const *shadows, Step step, size_t expected,
		   double seconds)
{
	gint64 begin = processor_us(), now = begin, end = begin + (gint64)(seconds * 1e6);
	guint64 people = 0;

	for (; now < end; now = processor_us()) {
		for (guint i = 0; i < PEOPLE; i++)
			go(self, self->entries[i], shadows[i], step, expected);
		people += PEOPLE;
	}
	return (double)(now - begin) * 1e3 / (double)people;
}

int main(int argc, char **argv)
{
	double seconds = argc == 2 ? g_ascii_strtod(argv[1], NULL) : 0;
	static Bench bench;
	double floor, apply, update, same, changed;

	if (seconds <= 0) {
		fprintf(stderr, "usage: mappings SECONDS\n");
		return 2;
	}
	prepare(&bench);
	floor = cost(&bench, bench.shadows, STEP_FLOOR, 0, seconds / 5);
	apply = cost(&bench, bench.shadows, STEP_APPLY, 0, seconds / 5);
	update = cost(&bench, bench.shadows, STEP_UPDATE, 0, seconds / 5);
	same = cost(&bench, bench.shadows, STEP_DIFF, 0, seconds / 5);
	changed = cost(&bench, bench.others, STEP_DIFF, 1, seconds / 5);
	printf("rows %u floor %.0f apply %.0f update %.0f same %.0f changed %.0f\n",
	       (guint)G_N_ELEMENTS(rows), floor, apply, update, same, changed);
	clear(&bench);
	return 0;
}
