/*
 * The controls of RFC 4533 as bytes and structs. Pure: no connection, no state.
 */
#pragma once
#include <ldap.h>

#include "core/anchor.h"

/* Sync State Value, RFC 4533 §2.3. */
typedef enum {
	SYNC_PRESENT,
	SYNC_ADD,
	SYNC_MODIFY,
	SYNC_DELETE,
} SyncState;

/* Sync Info Value, RFC 4533 §2.5. */
typedef enum {
	SYNC_INFO_COOKIE,
	SYNC_INFO_REFRESH_DELETE,
	SYNC_INFO_REFRESH_PRESENT,
	SYNC_INFO_ID_SET,
} SyncInfoKind;

typedef struct {
	SyncInfoKind kind;
	gboolean refresh_done;    /* REFRESH_DELETE, REFRESH_PRESENT; default TRUE */
	gboolean refresh_deletes; /* ID_SET; default FALSE */
	GPtrArray *anchors;       /* ID_SET: char *, canonical; else NULL */
} SyncInfo;

typedef struct {
	GBytes *cookie; /* or NULL */
	gboolean refresh_deletes;
} SyncDone;

/* The value of the Sync Request Control for refreshOnly; cookie NULL asks for everything. */
GBytes *sync_value_request(GBytes *cookie);

/* The same for refreshAndPersist. */
GBytes *sync_value_request_persist(GBytes *cookie);

/* The Sync State Control of an entry. 'anchor' holds ANCHOR_LENGTH + 1. FALSE if it is none. */
gboolean sync_value_parse_state(const struct berval *value, SyncState *state, char *anchor);

/* The Sync Info Message. FALSE if it is none; else clear it. */
gboolean sync_value_parse_info(const struct berval *value, SyncInfo *info);

/* Frees what parse_info made. */
void sync_value_info_clear(SyncInfo *info);

/* The Sync Done Control. FALSE if it is none; else clear it. */
gboolean sync_value_parse_done(const struct berval *value, SyncDone *done);

/* Frees what parse_done made. */
void sync_value_done_clear(SyncDone *done);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SyncInfo, sync_value_info_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SyncDone, sync_value_done_clear)
