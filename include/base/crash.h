/*
 * Crash points: named places where the program can be stopped dead by a test.
 *
 * With DIRBRIDGE_CRASH_AT=k in the environment the k-th crash point that is passed (1, 2, 3, ...)
 * ends the process with SIGKILL: no handler, no flush, no atexit. Without it a crash point costs
 * one comparison. The crash tests walk k upwards until a run finishes, and so stop the shipped
 * binary at every step that matters. With DIRBRIDGE_CRASH_AT=each the process stops (SIGSTOP) at
 * every point until it is told to go on: its files are then what a SIGKILL there would leave, and
 * can be copied. DIRBRIDGE_CRASH_TRACE=1 writes each point that is passed to standard error as
 * "crash point 3: name".
 */
#pragma once

/* Passes a crash point. 'name' says what is durable here, for a reader of the code. */
void crash_point(const char *name);
