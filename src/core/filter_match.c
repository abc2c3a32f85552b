/*
 * Evaluation of a filter on one entry, RFC 4511 §4.5.1.7.
 *
 *	and  true if all are, false if one is false, else Undefined    (&) is true, RFC 4526
 *	or   true if one is, false if all are, else Undefined          (|) is false
 *	not  turns true and false around and leaves Undefined
 *
 * An attribute that the entry does not have makes an item false, not Undefined, so that
 * "(!(mail=x))" holds for whoever has no mail, as on OpenLDAP and AD. Undefined is only what cannot
 * be compared: a number that is none, substrings of a DN.
 */
#include <string.h>

#include "dn_internal.h"
#include "filter_internal.h"

typedef struct {
	const Filter *filter;
	FilterResult result;
} Search;

static FilterResult either(FilterResult a, FilterResult b)
{
	if (a == FILTER_TRUE || b == FILTER_TRUE)
		return FILTER_TRUE;
	return a == FILTER_UNDEFINED ? a : b;
}

static FilterResult opposite(FilterResult a)
{
	if (a == FILTER_UNDEFINED)
		return a;
	return a == FILTER_TRUE ? FILTER_FALSE : FILTER_TRUE;
}

static FilterResult match_any(const Filter *self, const Entry *entry)
{
	FilterResult result = FILTER_FALSE;

	for (guint i = 0; i < self->children->len && result != FILTER_TRUE; i++)
		result = either(result, filter_match(g_ptr_array_index(self->children, i), entry));
	return result;
}

static FilterResult match_all(const Filter *self, const Entry *entry)
{
	FilterResult some_not = FILTER_FALSE;

	for (guint i = 0; i < self->children->len && some_not != FILTER_TRUE; i++) {
		const Filter *child = g_ptr_array_index(self->children, i);

		some_not = either(some_not, opposite(filter_match(child, entry)));
	}
	return opposite(some_not);
}

static void match_attribute(const char *name, const EntryValue *values, guint count, void *data)
{
	Search *search = data;

	if (match_rule_of(name) == match_assertion_rule(search->filter->assertion))
		search->result = either(search->result,
					match_values(search->filter->assertion, values, count));
}

static void match_ava(const char *type, const char *value, gsize length, void *data)
{
	Search *search = data;
	const char *wanted = search->filter->attribute;
	gboolean fits = wanted != NULL ? strcmp(type, dn_canonical_type(wanted)) == 0
				       : match_rule_of(type) ==
						 match_assertion_rule(search->filter->assertion);

	if (fits)
		search->result = either(search->result,
					match_value(search->filter->assertion, value, length));
}

static FilterResult match_assertion(const Filter *self, const Entry *entry)
{
	Search search = { self, FILTER_FALSE };
	const EntryValue *values;
	guint count;

	/* Whatever the entry holds: what is asserted is no value of this syntax. */
	if (!match_assertion_is_valid(self->assertion))
		return FILTER_UNDEFINED;
	if (self->attribute != NULL) {
		values = entry_values(entry, self->attribute, &count);
		search.result = match_values(self->assertion, values, count);
	} else {
		entry_foreach(entry, match_attribute, &search);
	}
	if (self->with_dn && search.result != FILTER_TRUE)
		dn_foreach_ava(entry_dn(entry), strlen(entry_dn(entry)), match_ava, &search);
	return search.result;
}

static FilterResult match_present(const Filter *self, const Entry *entry)
{
	guint count;

	entry_values(entry, self->attribute, &count);
	return count > 0 ? FILTER_TRUE : FILTER_FALSE;
}

FilterResult filter_match(const Filter *self, const Entry *entry)
{
	switch (self->node) {
	case FILTER_AND:
		return match_all(self, entry);
	case FILTER_OR:
		return match_any(self, entry);
	case FILTER_NOT:
		return opposite(filter_match(g_ptr_array_index(self->children, 0), entry));
	case FILTER_PRESENT:
		return match_present(self, entry);
	case FILTER_ASSERTION:
		break;
	}
	return match_assertion(self, entry);
}

void filter_attributes(const Filter *self, GHashTable *names)
{
	if (self->children != NULL)
		for (guint i = 0; i < self->children->len; i++)
			filter_attributes(g_ptr_array_index(self->children, i), names);
	if (self->attribute != NULL)
		g_hash_table_add(names, g_strndup(self->attribute, strcspn(self->attribute, ";")));
}
