/*
 * Matching: the matching rules of the schema, RFC 4517 §4 and [MS-ADTS] 3.1.1.3.4.4, as filters
 * need them: an assertion is prepared once and held against many values.
 */
#pragma once
#include "core/entry.h"
#include "core/filter.h"

typedef enum {
	MATCH_CASE_IGNORE,
	MATCH_CASE_EXACT,
	MATCH_NUMERIC,   /* digits, spaces do not count */
	MATCH_TELEPHONE, /* neither spaces nor hyphens count */
	MATCH_OCTET,
	MATCH_OID, /* names of classes */
	MATCH_INTEGER,
	MATCH_BOOLEAN,
	MATCH_TIME,
	MATCH_DN,
	MATCH_UUID, /* 16 bytes in network order, or text */
	MATCH_GUID, /* 16 bytes of an objectGUID, or text */
	MATCH_SID,  /* bytes of a SID, or "S-1-..." */
	MATCH_CATEGORY,
} MatchRule;

typedef enum {
	MATCH_EQUAL,
	MATCH_AT_LEAST,
	MATCH_AT_MOST,
	MATCH_LESS,
	MATCH_BIT_AND,
	MATCH_BIT_OR,
} MatchOperator;

typedef struct MatchAssertion MatchAssertion;

/* The rule of an attribute, name in lower case; MATCH_CASE_IGNORE for unknown ones. */
MatchRule match_rule_of(const char *attribute);

/* A rule by OID or name, as in "(attr:rule:=value)"; FALSE if we do not have it. */
gboolean match_rule_parse(const char *name, MatchRule *rule, MatchOperator *operator);

/* 'value' compared with values by 'operator'. */
MatchAssertion *match_assertion_new(MatchRule rule, MatchOperator operator, const GString * value);

/* 'pieces' (of GString) are what stands between the stars; the first and last may be empty. */
MatchAssertion *match_substrings_new(MatchRule rule, GPtrArray *pieces);

/* Frees it; NULL is fine. */
void match_assertion_free(MatchAssertion *self);

/* The rule it was made for. */
MatchRule match_assertion_rule(const MatchAssertion *self);

/* False if the value asserted is none of the rule's syntax, so that the result is Undefined. */
gboolean match_assertion_is_valid(const MatchAssertion *self);

/* One value. */
FilterResult match_value(const MatchAssertion *self, const char *data, gsize length);

/* A set of values: true if one is, else Undefined if one is, else false. */
FilterResult match_values(const MatchAssertion *self, const EntryValue *values, guint count);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(MatchAssertion, match_assertion_free)
