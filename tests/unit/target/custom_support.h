/*
 * A definition of a custom API, compiled from the text of a config file.
 */
#pragma once
#include "../../../src/target/custom_internal.h"

typedef struct {
	Conf *file;
	ConfProblems *problems;
	CustomConf conf;
	Mapping *mapping;
} Definition;

/*
 * Compiles; what is mapped is email, title, name.givenName and name.familyName. Asserts that
 * nothing is wrong with it. ' stands for " in the text.
 */
Definition *definition_new(const char *text);

/*
 * What is wrong with it: "2: message" of each problem, one a line; "~2" of a warning. New string.
 */
char *definition_problems(const char *text);

/* The same as definition_new(), with "%s" in the text for an address. */
Definition *definition_at(const char *text, const char *url);

void definition_free(Definition *self);

/* The first step of an operation; asserts that it is there. */
const CustomStep *definition_step(const Definition *self, CustomOperation operation);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Definition, definition_free)
