/*
 * A folder with a config and a state for one test of run/.
 */
#pragma once
#include "run/config.h"
#include "state/state.h"

typedef struct {
	char *folder;
	ConfProblems *problems; /* of the last bench_load() */
} Bench;

/* An empty temporary folder. */
Bench *bench_new(void);

/* Removes the folder with its files. */
void bench_free(Bench *self);

/* Where a file of the folder is. New string. */
char *bench_path(const Bench *self, const char *name);

/* Writes "main.cfg", "@DIR@" standing for the folder, and loads it; NULL if it has problems. */
Config *bench_load(Bench *self, const char *text);

/* Checks all problems of the last load, one per line: "main.cfg:3: message". */
void bench_assert_problems(const Bench *self, const char *expected);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Bench, bench_free)
