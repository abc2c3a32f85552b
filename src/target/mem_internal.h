/*
 * The mem driver's parts:
 *
 *	target_mem.c   the accounts, and the contract
 *	mem_group.c    the groups
 *	mem_log.c      the file
 */
#pragma once
#include "target/target.h"

typedef struct MemLog MemLog;

/* Takes an effect into memory. FALSE if it is none. */
typedef gboolean (*MemTakeFn)(const json_t *effect, void *data);

/* Opens or makes the file and replays it. ERROR_DOWN with the line that is no effect. */
MemLog *mem_log_open(const char *path, MemTakeFn take, void *data, GError **error);

/* Closes it; NULL is fine. */
void mem_log_close(MemLog *self);

/* Makes an effect durable. After the first FALSE it takes no more. */
gboolean mem_log_append(MemLog *self, const json_t *effect);

typedef struct MemGroups MemGroups;

/* No groups. */
MemGroups *mem_groups_new(void);

/* Frees it; NULL is fine. */
void mem_groups_free(MemGroups *self);

/* Takes an effect about a group into memory. FALSE if it is none. */
gboolean mem_groups_take(MemGroups *self, const json_t *effect);

/* The account or group with this id is no more: the group goes, and the member out of all. */
void mem_groups_forget(MemGroups *self, const char *id);

/* The members of a group, an object whose names are their ids; NULL: no such group. Borrowed. */
json_t *mem_groups_members(const MemGroups *self, const char *id);

/* The groups, without members, whose value at 'path' is 'value': an array. New reference. */
json_t *mem_groups_find(const MemGroups *self, const char *path, const char *value);

/*
 * Judges a request that changes a group. Returns the effect that is to be written, new reference;
 * or NULL with the answer, whose 'detail' is constant, in *answer. 'accounts' has the ids of all
 * accounts as names; 'caps' and the batches are those of 'target'.
 */
json_t *mem_groups_effect(const MemGroups *self, const Target *target, const json_t *accounts,
			  const TargetRequest *request, TargetAnswer *answer);
