/*
 * One paged search at a time on a connection: OpenLDAP forgets the first when a second begins.
 *
 * Never together with the sync control: OpenLDAP then answers one page, success, and the current
 * cookie, and what was on the other pages is lost for good.
 *
 * A server that does not know the control refuses the search, because we call it critical: one that
 * ignored it would be taken to have answered a page. Such a server is asked for everything at once.
 */
#include "base/error.h"
#include "ldap_error_internal.h"
#include "ldap_page_internal.h"

typedef struct {
	LdapConn *conn;
	LdapPageFn fn;
	void *data;
	LdapPageCount *count;
	ber_int_t size;
	struct berval cookie; /* owned by liblber */
	gboolean again;       /* the same once more: the page was too large, or paging is unknown */
	gboolean unpaged;     /* the server does not page */
} Pager;

static gboolean page_end(Pager *pager, LDAPMessage *message, GError **error)
{
	g_auto(LdapResult) result = { 0 };
	ber_int_t estimate;

	if (!ldap_conn_result(pager->conn, message, &result, error))
		return FALSE;
	if (result.code == LDAP_NO_SUCH_OBJECT)
		return TRUE;
	if (result.code == LDAP_ADMINLIMIT_EXCEEDED && pager->size > 1 && !pager->count->entries) {
		pager->size /= 2;
		pager->again = TRUE;
		return TRUE;
	}
	if (result.code == LDAP_UNAVAILABLE_CRITICAL_EXTENSION && !pager->unpaged &&
	    !pager->count->entries) {
		pager->unpaged = pager->again = TRUE;
		return TRUE;
	}
	if (result.code != LDAP_SUCCESS)
		return ldap_error_set(error, result.code, result.text, pager->conn->uri);
	LDAPControl *control = ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, result.controls, NULL);
	/* Without the control the server does not page, and this was everything. */
	if (control && ldap_parse_pageresponse_control(pager->conn->ld, control, &estimate,
						       &pager->cookie) != LDAP_SUCCESS)
		return ldap_error_set(error, LDAP_DECODING_ERROR, NULL, pager->conn->uri);
	return TRUE;
}

/* Takes one message; *more tells whether the page goes on. */
static gboolean page_message(Pager *pager, LDAPMessage *message, gboolean *more, GError **error)
{
	switch (ldap_msgtype(message)) {
	case LDAP_RES_SEARCH_ENTRY:
		pager->count->entries++;
		return pager->fn(pager->conn, message, pager->data, error);
	case LDAP_RES_SEARCH_REFERENCE:
		pager->count->references++;
		return TRUE;
	case LDAP_RES_INTERMEDIATE:
		return TRUE;
	default:
		*more = FALSE;
		return page_end(pager, message, error);
	}
}

static gboolean page_read(Pager *pager, const LdapSearch *search, GError **error)
{
	gboolean more = TRUE, ok = TRUE;
	int msgid;

	if (!ldap_conn_search(pager->conn, search, &msgid, error))
		return FALSE;
	while (more && ok) {
		LDAPMessage *message = NULL;

		ok = ldap_conn_next(pager->conn, msgid, &message, error);
		if (ok)
			ok = page_message(pager, message, &more, error);
		ldap_msgfree(message);
	}
	if (!ok && more)
		ldap_abandon_ext(pager->conn->ld, msgid, NULL, NULL);
	return ok;
}

/* The search's own controls and one more; the list is new, what it points at is not. */
static LDAPControl **controls_with(LDAPControl **own, LDAPControl *control)
{
	guint count = 0;

	while (own && own[count])
		count++;
	LDAPControl **all = g_new0(LDAPControl *, count + 2);
	for (guint i = 0; i < count; i++)
		all[i] = own[i];
	all[count] = control;
	return all;
}

static gboolean page_next(Pager *pager, const LdapSearch *search, GError **error)
{
	LDAPControl *control = NULL;

	pager->again = FALSE;
	if (pager->unpaged)
		return page_read(pager, search, error);
	int code = ldap_create_page_control(pager->conn->ld, pager->size, &pager->cookie, 'T',
					    &control);
	ber_memfree(pager->cookie.bv_val);
	pager->cookie = (struct berval){ 0 };
	if (code != LDAP_SUCCESS)
		return ldap_error_set(error, code, NULL, pager->conn->uri);
	g_autofree LDAPControl **controls = controls_with(search->controls, control);
	LdapSearch paged = *search;
	paged.controls = controls;
	gboolean ok = page_read(pager, &paged, error);
	ldap_control_free(control);
	return ok;
}

gboolean ldap_page_search(LdapConn *conn, const LdapSearch *search, LdapPageFn fn, void *data,
			  LdapPageCount *count, GError **error)
{
	Pager pager = { .conn = conn,
			.fn = fn,
			.data = data,
			.count = count,
			.size = (ber_int_t)conn->conf->page_size };
	gboolean ok;

	do {
		ok = page_next(&pager, search, error);
	} while (ok && (pager.again || pager.cookie.bv_len));
	ber_memfree(pager.cookie.bv_val);
	return ok;
}
