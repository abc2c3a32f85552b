/*
 * The message loop of a refreshOnly search (RFC 4533 §3.3).
 *
 *	SearchResultEntry + Sync State      present, add, modify: it exists; delete: it is gone
 *	IntermediateResponse, Sync Info     syncIdSet: many anchors, gone or present; end of a phase
 *	SearchResultReference               counted: what stands there was not read
 *	anything else                       the end, whatever its type
 *
 * The last line is from experience: a server that does not know the control may answer the search
 * with an ExtendedResponse, and a loop waiting for a SearchResultDone would wait for ever.
 *
 * Nothing is decided here. Anchors may be named as gone that we never had, and an entry moved out
 * and back is first named as gone and then sent; the sink takes the final state of the pull.
 */
#include <string.h>

#include "base/error.h"
#include "ldap_entry_internal.h"
#include "ldap_error_internal.h"
#include "ldap_sync_internal.h"
#include "sync_refresh_internal.h"
#include "url_group_internal.h"

typedef struct {
	const RefreshSetup *setup;
	Refresh *refresh;
	gboolean done;
} Loop;

void sync_refresh_clear(Refresh *refresh)
{
	g_free(refresh->text);
	g_free(refresh->broken);
	g_clear_pointer(&refresh->cookie, g_bytes_unref);
	memset(refresh, 0, sizeof(*refresh));
}

gboolean sync_refresh_has_read(const Refresh *refresh)
{
	return refresh->entries > 0 || refresh->anchors > 0;
}

static gboolean state_of(LDAP *ld, LDAPMessage *message, SyncState *state, char *anchor)
{
	LDAPControl **controls = NULL;
	gboolean ok = FALSE;

	if (ldap_get_entry_controls(ld, message, &controls) == LDAP_SUCCESS && controls) {
		LDAPControl *control = ldap_control_find(LDAP_CONTROL_SYNC_STATE, controls, NULL);

		ok = control && sync_value_parse_state(&control->ldctl_value, state, anchor);
	}
	ldap_controls_free(controls);
	return ok;
}

static gboolean put_entry(Loop *loop, LDAPMessage *message, const char *anchor, GError **error)
{
	const RefreshSetup *setup = loop->setup;

	if (setup->names_only) {
		reread_note_anchor(setup->reread, anchor);
		return TRUE;
	}
	const LdapEntryShape shape = { .anchor = anchor };
	g_autoptr(Entry) entry = ldap_entry_read(setup->conn->ld, message, &shape);
	SinkVerdict verdict = SINK_SAME;

	if (!entry) {
		loop->refresh->unreadable++;
		return TRUE;
	}
	if (setup->held && url_group_is(entry)) {
		g_hash_table_add(setup->held, g_strdup(anchor));
		return TRUE;
	}
	if (!setup->sink->ops->put(setup->sink, entry, &verdict, error))
		return FALSE;
	if (setup->reread)
		reread_note(setup->reread, entry, verdict);
	return TRUE;
}

/*
 * QUIRK(OpenLDAP): dynlist configured behind syncprov adds dynamic groups to every answer, as
 * entries without the control, 2.5.13, 2026-11. Those are read by a search of their own anyway.
 */
static gboolean is_stray(Loop *loop, LDAPMessage *message)
{
	const LdapEntryShape shape = { .anchor = "" };
	g_autoptr(Entry) entry = ldap_entry_read(loop->setup->conn->ld, message, &shape);

	return loop->setup->held && entry && url_group_is(entry);
}

static gboolean take_entry(Loop *loop, LDAPMessage *message, GError **error)
{
	Sink *sink = loop->setup->sink;
	char anchor[ANCHOR_LENGTH + 1];
	SyncState state;

	if (!state_of(loop->setup->conn->ld, message, &state, anchor)) {
		loop->refresh->unreadable += !is_stray(loop, message);
		return TRUE;
	}
	loop->refresh->entries++;
	switch (state) {
	case SYNC_PRESENT:
		return sink->ops->present(sink, anchor, error);
	case SYNC_DELETE:
		return sink->ops->remove(sink, anchor, error);
	default:
		return put_entry(loop, message, anchor, error);
	}
}

static gboolean take_id_set(Loop *loop, const SyncInfo *info, GError **error)
{
	Sink *sink = loop->setup->sink;

	for (guint i = 0; i < info->anchors->len; i++) {
		const char *anchor = g_ptr_array_index(info->anchors, i);
		gboolean ok = info->refresh_deletes ? sink->ops->remove(sink, anchor, error)
						    : sink->ops->present(sink, anchor, error);

		if (!ok)
			return FALSE;
		loop->refresh->anchors++;
	}
	return TRUE;
}

static gboolean take_intermediate(Loop *loop, LDAPMessage *message, GError **error)
{
	struct berval *value = NULL;
	char *oid = NULL;
	gboolean ok = TRUE;

	if (ldap_parse_intermediate(loop->setup->conn->ld, message, &oid, &value, NULL, 0) ==
		    LDAP_SUCCESS &&
	    oid && strcmp(oid, LDAP_SYNC_INFO) == 0) {
		g_auto(SyncInfo) info = { 0 };

		if (!sync_value_parse_info(value, &info))
			loop->refresh->unreadable++;
		else if (info.kind == SYNC_INFO_ID_SET)
			ok = take_id_set(loop, &info, error);
		else if (info.kind == SYNC_INFO_REFRESH_PRESENT)
			loop->refresh->present_phase = TRUE;
	}
	ldap_memfree(oid);
	ber_bvfree(value);
	return ok;
}

static gboolean take_end(Loop *loop, LDAPMessage *message, GError **error)
{
	g_auto(LdapResult) result = { 0 };
	Refresh *refresh = loop->refresh;
	SyncDone done;

	loop->done = TRUE;
	if (!ldap_conn_result(loop->setup->conn, message, &result, error))
		return FALSE;
	refresh->code = result.code;
	refresh->text = g_steal_pointer(&result.text);
	if (refresh->code != LDAP_SUCCESS)
		return TRUE;
	LDAPControl *control = ldap_control_find(LDAP_CONTROL_SYNC_DONE, result.controls, NULL);
	if (!control || !sync_value_parse_done(&control->ldctl_value, &done)) {
		refresh->broken = g_strdup_printf(
			"'%s' ended its answer without the sync done control\n"
			"connect to the directory server itself, not through a proxy",
			loop->setup->conn->uri);
		return TRUE;
	}
	refresh->cookie = done.cookie;
	refresh->refresh_deletes = done.refresh_deletes;
	return TRUE;
}

static gboolean take(Loop *loop, LDAPMessage *message, GError **error)
{
	switch (ldap_msgtype(message)) {
	case LDAP_RES_SEARCH_ENTRY:
		return take_entry(loop, message, error);
	case LDAP_RES_INTERMEDIATE:
		return take_intermediate(loop, message, error);
	case LDAP_RES_SEARCH_REFERENCE:
		loop->refresh->references++;
		return TRUE;
	default:
		return take_end(loop, message, error);
	}
}

static gboolean send_request(const RefreshSetup *setup, int *msgid, GError **error)
{
	g_autoptr(GBytes) request = sync_value_request(setup->cookie);
	char oid[] = LDAP_CONTROL_SYNC;
	gsize length;
	const char *bytes = g_bytes_get_data(request, &length);
	LDAPControl control = { .ldctl_oid = oid,
				.ldctl_value = { .bv_val = (char *)bytes, .bv_len = length },
				.ldctl_iscritical = 1 };
	LDAPControl *controls[] = { &control, NULL };
	const LdapSearch search = { .base = setup->base,
				    .scope = LDAP_SCOPE_SUBTREE,
				    .filter = setup->filter,
				    .attributes = setup->attributes,
				    .controls = controls };

	return ldap_conn_search(setup->conn, &search, msgid, error);
}

/* A connection that broke after something was read is a short read, not a failure. */
static gboolean broke_off(Loop *loop, GError *problem, GError **error)
{
	if (!sync_refresh_has_read(loop->refresh)) {
		g_propagate_error(error, problem);
		return FALSE;
	}
	loop->refresh->broken = g_strdup(problem->message);
	g_error_free(problem);
	return TRUE;
}

gboolean sync_refresh(const RefreshSetup *setup, Refresh *refresh, GError **error)
{
	Loop loop = { .setup = setup, .refresh = refresh };
	int msgid;

	if (!send_request(setup, &msgid, error))
		return FALSE;
	while (!loop.done) {
		GError *problem = NULL;
		LDAPMessage *message = NULL;

		if (!ldap_conn_next(setup->conn, msgid, &message, &problem))
			return broke_off(&loop, problem, error);
		gboolean ok = take(&loop, message, error);
		ldap_msgfree(message);
		if (ok)
			continue;
		ldap_abandon_ext(setup->conn->ld, msgid, NULL, NULL);
		return FALSE;
	}
	return TRUE;
}
