/*
 * The tree of a filter, between the parser and the evaluator.
 */
#pragma once
#include "core/filter.h"
#include "matching_internal.h"

typedef enum {
	FILTER_AND,
	FILTER_OR,
	FILTER_NOT,
	FILTER_PRESENT,
	FILTER_ASSERTION,
} FilterNode;

struct Filter {
	FilterNode node;
	GPtrArray *children;       /* of Filter, for and, or, not */
	char *attribute;           /* lower case; NULL: every attribute of the assertion's rule */
	gboolean with_dn;          /* also the parts of the entry's DN ("ou:dn:=People") */
	MatchAssertion *assertion; /* for FILTER_ASSERTION */
};
