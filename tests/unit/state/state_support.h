/*
 * An open state in a folder of its own, for one test.
 */
#pragma once
#include "state/state.h"

typedef struct {
	char *folder;
	char *path; /* of the database in it */
	State *state;
} Store;

/* Set-up for g_test_add(): an empty state, open for writing. */
void store_open(Store *self, gconstpointer unused);

/* Tear-down: closes it and removes the folder, which asserts that nothing was left behind. */
void store_close(Store *self, gconstpointer unused);
