/*
 * Expressions in tests: tables of expression and result, and the person they are about.
 *
 *	mail        jane@example.com            title      "" (a careless import)
 *	sn          O'Neil                      logonCount 42
 *	proxy       b@x, a@x, c@x               flag       TRUE
 *	twice       x, y, x                     street     Stra(sharp s)e
 *	photo       bytes                       mixed      text, bytes
 *	ends never  FILETIME numbers            dates      two of them
 *	missing     -
 *
 * The person's account is enabled, the time is 2026-11-22T08:15:00Z.
 */
#pragma once
#include "core/expr.h"

typedef struct {
	const char *expr;
	const char *result; /* canonical JSON; "-": null; "!clear", "!keep"; "! message" */
} ExprCase;

Entry *expr_person_new(void);

/* Ends the test if it does not compile. */
Expr *expr_must_compile(const char *text);

/* The result as in ExprCase. New string. */
char *expr_result_with(const char *text, const ExprInput *input);

/* The same for an entry and the input above. */
char *expr_result_on(const char *text, const Entry *entry);

/* Each case about the person. */
void expr_run_cases(const ExprCase *cases, gsize count);

#define RUN(cases) expr_run_cases(cases, G_N_ELEMENTS(cases))

typedef struct {
	const char *expr;
	guint column;
	const char *message; /* must occur in the error's */
} ExprMistake;

/* None of them compiles, and the error is as said. */
void expr_run_mistakes(const ExprMistake *cases, gsize count);

#define RUN_MISTAKES(cases) expr_run_mistakes(cases, G_N_ELEMENTS(cases))
