/*
 * One DirSync search is as many requests as the server wants: while its control says that there is
 * more, the next one carries the cookie of the last. Windows sends about a megabyte a round; Samba
 * sends everything in one.
 *
 * The cookie of a round that is not the last is never given out: it stands in the middle of the
 * changes, and a pull that stored it would skip nothing, but one that failed later could not tell
 * how far its facts reach. Going on from the old cookie costs one repetition, and facts repeat
 * without harm.
 *
 * The probe asks for a class that does not exist. What comes back is a cookie that stands at this
 * moment and holds what the server knows of every other one (ad_vector.c). So a full read can be
 * the same paged search for every way of following changes: first the cookie, then the read, and
 * the next delta begins at the cookie.
 */
#include "ad_control_internal.h"
#include "ad_dirsync_internal.h"
#include "ldap_error_internal.h"

enum {
	OBJECT_SECURITY = 0x1,
	MAX_BYTES = 1 << 20, /* what Microsoft's own clients ask for */
};
/* LDAP_DIRSYNC_INCREMENTAL_VALUES, the sign bit. */
#define INCREMENTAL_VALUES G_MININT32

#define NOTHING "(objectClass=dirbridgeKnowsNoSuchClass)"

typedef struct {
	const AdDirsync *setup;
	AdDirsyncEnd *end;
	GBytes *cookie; /* of the last round */
	int more;       /* the server has more to say */
} Rounds;

static GBytes *take_cookie(struct berval *value)
{
	GBytes *bytes = g_bytes_new(value->bv_val, value->bv_len);

	ber_memfree(value->bv_val);
	return bytes;
}

static gboolean take_end(Rounds *rounds, LDAPMessage *message, GError **error)
{
	LdapConn *conn = rounds->setup->conn;
	g_auto(LdapResult) result = { 0 };
	struct berval cookie = { 0 };

	if (!ldap_conn_result(conn, message, &result, error))
		return FALSE;
	rounds->more = FALSE;
	rounds->end->code = result.code;
	g_free(rounds->end->text);
	rounds->end->text = g_steal_pointer(&result.text);
	if (result.code != LDAP_SUCCESS)
		return TRUE;
	LDAPControl *control = ldap_control_find(LDAP_CONTROL_X_DIRSYNC, result.controls, NULL);
	if (!control ||
	    ldap_parse_dirsync_control(conn->ld, control, &rounds->more, &cookie) != LDAP_SUCCESS)
		return ldap_error_set(error, LDAP_DECODING_ERROR, NULL, conn->uri);
	g_clear_pointer(&rounds->cookie, g_bytes_unref);
	rounds->cookie = take_cookie(&cookie);
	return TRUE;
}

/* Takes one message; *going tells whether the round goes on. */
static gboolean take(Rounds *rounds, LDAPMessage *message, gboolean *going, GError **error)
{
	const AdDirsync *setup = rounds->setup;

	switch (ldap_msgtype(message)) {
	case LDAP_RES_SEARCH_ENTRY:
		rounds->end->entries++;
		return !setup->fn || setup->fn(setup->conn, message, setup->data, error);
	case LDAP_RES_SEARCH_REFERENCE:
	case LDAP_RES_INTERMEDIATE:
		return TRUE;
	default:
		*going = FALSE;
		return take_end(rounds, message, error);
	}
}

static gboolean round_messages(Rounds *rounds, int msgid, GError **error)
{
	LdapConn *conn = rounds->setup->conn;
	gboolean going = TRUE, ok = TRUE;

	while (going && ok) {
		LDAPMessage *message = NULL;

		ok = ldap_conn_next(conn, msgid, &message, error) &&
		     take(rounds, message, &going, error);
		ldap_msgfree(message);
	}
	if (!ok)
		ldap_abandon_ext(conn->ld, msgid, NULL, NULL);
	return ok;
}

static gboolean round_run(Rounds *rounds, GError **error)
{
	const AdDirsync *setup = rounds->setup;
	struct berval cookie = { 0 };
	LDAPControl *control = NULL;
	int msgid;
	int flags = INCREMENTAL_VALUES | (setup->object_security ? OBJECT_SECURITY : 0);

	if (rounds->cookie)
		cookie.bv_val = (char *)g_bytes_get_data(rounds->cookie, &cookie.bv_len);
	int code = ldap_create_dirsync_control(setup->conn->ld, flags, MAX_BYTES, &cookie,
					       &control);
	if (code != LDAP_SUCCESS)
		return ldap_error_set(error, code, NULL, setup->conn->uri);
	LDAPControl *controls[] = { control, (LDAPControl *)&ad_control_extended_dn, NULL };
	const LdapSearch search = { .base = setup->context,
				    .scope = LDAP_SCOPE_SUBTREE,
				    .filter = setup->filter,
				    .attributes = setup->attributes,
				    .controls = controls };
	gboolean ok = ldap_conn_search(setup->conn, &search, &msgid, error);
	ldap_control_free(control);
	return ok && round_messages(rounds, msgid, error);
}

gboolean ad_dirsync(const AdDirsync *self, AdDirsyncEnd *end, GError **error)
{
	Rounds rounds = { .setup = self, .end = end };
	gboolean ok;

	rounds.cookie = self->cookie ? g_bytes_ref(self->cookie) : NULL;
	do {
		g_autoptr(GBytes) before = rounds.cookie ? g_bytes_ref(rounds.cookie) : NULL;
		guint64 entries = end->entries;

		ok = round_run(&rounds, error);
		/* More, but neither a change nor a step: it would go on for ever. */
		if (ok && rounds.more && end->entries == entries && before &&
		    g_bytes_equal(before, rounds.cookie))
			ok = ldap_error_set(error, LDAP_OTHER, "DirSync does not get on",
					    self->conn->uri);
	} while (ok && rounds.more);
	if (ok && end->code == LDAP_SUCCESS)
		end->cookie = g_steal_pointer(&rounds.cookie);
	g_clear_pointer(&rounds.cookie, g_bytes_unref);
	return ok;
}

gboolean ad_dirsync_probe(LdapConn *conn, const char *context, gboolean object_security,
			  GBytes *cookie, AdDirsyncEnd *end, GError **error)
{
	static const char *const attributes[] = { "objectGUID", NULL };
	const AdDirsync setup = { .conn = conn,
				  .context = context,
				  .filter = NOTHING,
				  .attributes = attributes,
				  .object_security = object_security,
				  .cookie = cookie };

	return ad_dirsync(&setup, end, error);
}

void ad_dirsync_end_clear(AdDirsyncEnd *self)
{
	g_free(self->text);
	g_clear_pointer(&self->cookie, g_bytes_unref);
	*self = (AdDirsyncEnd){ 0 };
}
