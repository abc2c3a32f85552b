/*
 * Runs a function in a child process and keeps what it wrote to standard error and how it ended:
 * crash points end the process, and the log looks at its stream once.
 */
#pragma once
#include <glib.h>

typedef struct {
	int status; /* as from waitpid() */
	char *output;
} ChildResult;

/* Runs 'run' with standard error going into a pipe, or into a terminal of its own. */
ChildResult child_run(void (*run)(void), gboolean on_terminal);

/* Frees the output. */
void child_result_clear(ChildResult *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ChildResult, child_result_clear)
