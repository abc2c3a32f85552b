/*
 * BER of LDAP Content Synchronization, RFC 4533 §2.
 *
 *	syncRequestValue ::= SEQUENCE { mode ENUMERATED, cookie OCTET STRING OPTIONAL,
 *	                                reloadHint BOOLEAN DEFAULT FALSE }
 *	syncStateValue   ::= SEQUENCE { state ENUMERATED, entryUUID OCTET STRING,
 *	                                cookie OPTIONAL }
 *	syncDoneValue    ::= SEQUENCE { cookie OPTIONAL, refreshDeletes BOOLEAN DEFAULT FALSE }
 *	syncInfoValue    ::= CHOICE { newcookie [0] OCTET STRING,
 *		refreshDelete  [1] SEQUENCE { cookie OPTIONAL, refreshDone BOOLEAN DEFAULT TRUE },
 *		refreshPresent [2] SEQUENCE { the same },
 *		syncIdSet      [3] SEQUENCE { cookie OPTIONAL, refreshDeletes BOOLEAN DEFAULT FALSE,
 *		                              syncUUIDs SET OF OCTET STRING (16) } }
 *
 * libldap's ldap_sync_*() is not used: it cannot tell the end of a delete phase from the end of a
 * present phase, loses entries as soon as another operation runs on the handle, has no time limit,
 * and reports neither result codes nor most failures.
 *
 * Cookies inside state and info values are skipped: the position is the one of the SyncDone, and
 * it moves only when the whole refresh was taken in. What these parsers get was written by a
 * server; anything that is not exactly of the shape above is refused, and the refresh with it.
 */
#include <lber.h>
#include <string.h>

#include "ldap_sync_internal.h"

enum {
	UUID_LENGTH = 16,
	MODE_REFRESH_ONLY = 1,
	MODE_REFRESH_AND_PERSIST = 3,
	/* With reloadHint TRUE a server that cannot use the cookie sends everything at once. */
	RELOAD_HINT = 0,
};

static GBytes *request_value(int mode, GBytes *cookie)
{
	BerElement *ber = ber_alloc_t(LBER_USE_DER);
	struct berval value = { 0 };
	gsize length = 0;
	const char *bytes = cookie ? g_bytes_get_data(cookie, &length) : NULL;

	if (bytes && length)
		ber_printf(ber, "{eob}", mode, bytes, (ber_len_t)length, RELOAD_HINT);
	else
		ber_printf(ber, "{eb}", mode, RELOAD_HINT);
	if (ber_flatten2(ber, &value, 0) == -1)
		g_error("out of memory");
	GBytes *request = g_bytes_new(value.bv_val, value.bv_len);
	ber_free(ber, 1);
	return request;
}

GBytes *sync_value_request(GBytes *cookie)
{
	return request_value(MODE_REFRESH_ONLY, cookie);
}

GBytes *sync_value_request_persist(GBytes *cookie)
{
	return request_value(MODE_REFRESH_AND_PERSIST, cookie);
}

/* A BerElement over the bytes; liblber wants room it may write to, and only ever reads. */
static BerElement *reader_new(const struct berval *value)
{
	struct berval copy;

	if (!value || !value->bv_val || value->bv_len == 0)
		return NULL;
	copy = *value;
	return ber_init(&copy);
}

static gboolean next_is(BerElement *ber, ber_tag_t tag)
{
	ber_len_t length;

	return ber_peek_tag(ber, &length) == tag;
}

static gboolean at_end(BerElement *ber)
{
	return next_is(ber, LBER_DEFAULT);
}

/* An optional cookie; *cookie stays NULL where there is none. */
static gboolean read_cookie(BerElement *ber, GBytes **cookie)
{
	struct berval bytes;

	if (!next_is(ber, LDAP_TAG_SYNC_COOKIE))
		return TRUE;
	if (ber_scanf(ber, "m", &bytes) == LBER_ERROR)
		return FALSE;
	if (cookie && bytes.bv_len)
		*cookie = g_bytes_new(bytes.bv_val, bytes.bv_len);
	return TRUE;
}

/* An optional boolean; *flag keeps its default where there is none. */
static gboolean read_flag(BerElement *ber, gboolean *flag)
{
	ber_int_t raw;

	if (!next_is(ber, LBER_BOOLEAN))
		return TRUE;
	if (ber_scanf(ber, "b", &raw) == LBER_ERROR)
		return FALSE;
	*flag = raw != 0;
	return TRUE;
}

static gboolean read_state(BerElement *ber, SyncState *state, char *anchor)
{
	struct berval uuid;
	ber_int_t raw;

	if (ber_scanf(ber, "{em", &raw, &uuid) == LBER_ERROR || uuid.bv_len != UUID_LENGTH)
		return FALSE;
	if (raw < SYNC_PRESENT || raw > SYNC_DELETE || !read_cookie(ber, NULL) || !at_end(ber))
		return FALSE;
	*state = (SyncState)raw;
	anchor_from_uuid((const guint8 *)uuid.bv_val, anchor);
	return TRUE;
}

gboolean sync_value_parse_state(const struct berval *value, SyncState *state, char *anchor)
{
	BerElement *ber = reader_new(value);
	gboolean ok = ber && read_state(ber, state, anchor);

	ber_free(ber, 1);
	return ok;
}

static gboolean read_id_set(BerElement *ber, SyncInfo *info)
{
	BerVarray uuids = NULL;
	gboolean ok = TRUE;

	if (!read_cookie(ber, NULL) || !read_flag(ber, &info->refresh_deletes) ||
	    !next_is(ber, LBER_SET) || ber_scanf(ber, "[W]", &uuids) == LBER_ERROR)
		return FALSE;
	info->anchors = g_ptr_array_new_with_free_func(g_free);
	for (BerVarray uuid = uuids; uuid && uuid->bv_val && ok; uuid++) {
		char anchor[ANCHOR_LENGTH + 1];

		ok = uuid->bv_len == UUID_LENGTH;
		if (!ok)
			continue;
		anchor_from_uuid((const guint8 *)uuid->bv_val, anchor);
		g_ptr_array_add(info->anchors, g_strdup(anchor));
	}
	ber_bvarray_free(uuids);
	return ok;
}

static gboolean read_info(BerElement *ber, SyncInfo *info)
{
	ber_len_t length;
	ber_tag_t tag = ber_peek_tag(ber, &length);
	struct berval cookie;

	switch (tag) {
	case LDAP_TAG_SYNC_NEW_COOKIE:
		info->kind = SYNC_INFO_COOKIE;
		return ber_scanf(ber, "m", &cookie) != LBER_ERROR;
	case LDAP_TAG_SYNC_REFRESH_DELETE:
	case LDAP_TAG_SYNC_REFRESH_PRESENT:
		info->kind = tag == LDAP_TAG_SYNC_REFRESH_DELETE ? SYNC_INFO_REFRESH_DELETE
								 : SYNC_INFO_REFRESH_PRESENT;
		info->refresh_done = TRUE;
		return ber_scanf(ber, "{") != LBER_ERROR && read_cookie(ber, NULL) &&
		       read_flag(ber, &info->refresh_done);
	case LDAP_TAG_SYNC_ID_SET:
		info->kind = SYNC_INFO_ID_SET;
		return ber_scanf(ber, "{") != LBER_ERROR && read_id_set(ber, info);
	default:
		return FALSE;
	}
}

gboolean sync_value_parse_info(const struct berval *value, SyncInfo *info)
{
	BerElement *ber = reader_new(value);

	memset(info, 0, sizeof(*info));
	gboolean ok = ber && read_info(ber, info) && at_end(ber);
	ber_free(ber, 1);
	if (!ok)
		sync_value_info_clear(info);
	return ok;
}

void sync_value_info_clear(SyncInfo *info)
{
	g_clear_pointer(&info->anchors, g_ptr_array_unref);
}

gboolean sync_value_parse_done(const struct berval *value, SyncDone *done)
{
	BerElement *ber = reader_new(value);

	memset(done, 0, sizeof(*done));
	gboolean ok = ber && ber_scanf(ber, "{") != LBER_ERROR && read_cookie(ber, &done->cookie) &&
		      read_flag(ber, &done->refresh_deletes) && at_end(ber);
	ber_free(ber, 1);
	if (!ok)
		sync_value_done_clear(done);
	return ok;
}

void sync_value_done_clear(SyncDone *done)
{
	g_clear_pointer(&done->cookie, g_bytes_unref);
}
