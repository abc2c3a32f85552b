/*
 * Decorators: targets over a target. Each takes ownership of the one beneath and closes it.
 */
#pragma once
#include "target/target.h"

/*
 * Lets reads through and answers every write with TARGET_REJECTED "dry run" without passing it
 * on: what plans with it cannot change anything, whatever the code above does.
 */
Target *target_dryrun(Target *beneath);

/*
 * Appends a JSON line per request and per answer to the file: verb, id, changes, outcome, status.
 * Never headers, never a credential. ERROR_CONFIG if the file cannot be opened (then 'beneath' is
 * still the caller's).
 */
Target *target_trace(Target *beneath, const char *path, const char *app, GError **error);

/*
 * Misbehaves on purpose, for rehearsals and tests. Rules "<verb> <nth> <fault>", "<nth>+" for all
 * from there on; fault one of
 *	lost    do it, answer TARGET_UNKNOWN
 *	cut     do not do it, answer TARGET_UNKNOWN
 *	later   do not do it, answer TARGET_LATER
 *	reject  do not do it, answer TARGET_REJECTED
 *	down    do not do it, answer TARGET_DOWN
 *	taken   do not do it, answer TARGET_EXISTS
 *	lingers do not do it, answer TARGET_UNKNOWN, perhaps done later
 * ERROR_CONFIG on a rule that is none (then 'beneath' is still the caller's).
 */
Target *target_fault(Target *beneath, const GPtrArray *rules, GError **error);
