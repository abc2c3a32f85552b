/*
 * The request controls of Active Directory, [MS-ADTS] 3.1.1.3.4.1, one value each and the same
 * for every request. Point at them from an array of controls; they are never written to.
 */
#pragma once
#include <ldap.h>

/* LDAP_SERVER_EXTENDED_DN_OID: every DN begins with <GUID=..>;<SID=..>; critical. */
extern const LDAPControl ad_control_extended_dn;

/* LDAP_SERVER_DOMAIN_SCOPE_OID: no references to other domains. Not critical. */
extern const LDAPControl ad_control_domain_scope;

/* LDAP_SERVER_SHOW_DELETED_OID: tombstones too; critical. */
extern const LDAPControl ad_control_show_deleted;

/* LDAP_SERVER_NOTIFICATION_OID: the search stays open and answers with what changes; critical. */
extern const LDAPControl ad_control_notification;
