/*
 * Tables of expressions and what they yield, for the tests of function families.
 */
#pragma once
#include "core/expr.h"

/* A result is canonical JSON, "-" for null, "#" and hex digits for bytes, "! ..." for an error. */
typedef struct {
	const char *expr, *result;
} FunctionCase;

/* Evaluates each expression on 'input' and stops the test at one that yields something else. */
void function_cases_run(const FunctionCase *cases, gsize count, const ExprInput *input);

#define FUNCTION_CASES_RUN(cases, input) function_cases_run(cases, G_N_ELEMENTS(cases), input)

/* The result of one expression in the form of a FunctionCase. New string. */
char *function_result(const char *expr, const ExprInput *input);

/* Mistakes that show when compiling; the result is how "column: message" begins. */
void function_mistakes_run(const FunctionCase *cases, gsize count);

#define FUNCTION_MISTAKES_RUN(cases) function_mistakes_run(cases, G_N_ELEMENTS(cases))
