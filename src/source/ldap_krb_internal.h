/*
 * A Kerberos ticket for one bind, and the errors of Kerberos.
 */
#pragma once
#include <glib.h>

#include "ldap_conf_internal.h"

typedef struct LdapKrb LdapKrb;

/* What went wrong, where the caller can do something about it. */
typedef enum {
	LDAP_KRB_FAULT_SELF,   /* who we are: another server would not help */
	LDAP_KRB_FAULT_SERVER, /* the ticket for this server */
	LDAP_KRB_FAULT_CLOCK,  /* the clocks differ too much */
} LdapKrbFault;

typedef struct {
	const char *host; /* the full name of the LDAP server */
	gint64 limit_us;  /* for all that is asked of KDCs together */
} LdapKrbSetup;

/*
 * Gets a ticket from bind->keytab, or from the default cache without one, and with it a ticket
 * for the LDAP server. Until it is freed, GSSAPI in this thread uses these tickets. NULL and DOWN,
 * or CONFIG for a keytab that cannot be used.
 */
LdapKrb *ldap_krb_open(const LdapBind *bind, const LdapKrbSetup *setup, LdapKrbFault *fault,
		       GError **error);

/* As whom: "svc-bridge@CORP.EXAMPLE". */
const char *ldap_krb_who(const LdapKrb *self);

/* Forgets the tickets; what a connection was bound with them stays. NULL is fine. */
void ldap_krb_free(LdapKrb *self);

/* The tickets alone, without a time limit. May be made in one thread and used in another. */
typedef struct LdapTicket LdapTicket;

/* As ldap_krb_open(), but GSSAPI is told nothing, and it takes as long as it takes. */
LdapTicket *ldap_ticket_open(const LdapBind *bind, const char *host, LdapKrbFault *fault,
			     GError **error);

/* As whom. */
const char *ldap_ticket_who(const LdapTicket *self);

/* The name of the cache they are in; NULL if that is the default one. New string. */
char *ldap_ticket_cache(const LdapTicket *self);

/* Destroys the cache, unless it is the default one; NULL is fine. */
void ldap_ticket_free(LdapTicket *self);

/*
 * Sets the error for a code of the krb5 library. 'what' is what could not be done, 'words' the
 * library's own. Always returns FALSE. Pure.
 */
gboolean ldap_krb_error_set(GError **error, gint32 code, const char *what, const char *words);

/* True for the codes that say that clocks differ too much. */
gboolean ldap_krb_error_is_clock(gint32 code);

/* Whether a keytab may be used: CONFIG if it is not there, or others can read or change it. */
gboolean ldap_krb_check_keytab(const char *path, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(LdapKrb, ldap_krb_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LdapTicket, ldap_ticket_free)
