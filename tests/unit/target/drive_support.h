/*
 * One request to a target, waited for; the answer copied so that a test can look at it.
 */
#pragma once
#include "target/target.h"

typedef struct {
	TargetOutcome outcome;
	char *id, *detail, *unfinished;
	json_t *documents, *members_done;
	int status;
	guint calls;
	guint answers;
	gboolean unasked, lingers;
} Got;

/* Submits and steps until the answer came. Asserts that it came once. */
Got drive(Target *target, TargetRequest request);

/* A mem target that takes 'batch' members a request and lacks an ability, or NULL: none. */
Target *open_mem_target(char *file, gint64 batch, const char *lacks, GError **error);

/* Frees what it holds. */
void got_clear(Got *self);

/* JSON from text with ' for ". New reference. */
json_t *json_of(const char *text);

/* Asserts that a value is the JSON of a text with ' for ". */
void assert_json(const json_t *value, const char *text);

/* The members of a group, sorted, with commas; "(incomplete) " in front if not all. New string. */
char *members_text(Target *target, const char *group);
