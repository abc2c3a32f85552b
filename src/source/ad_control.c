/*
 * The values are constant, so they are written down as the BER they are instead of being built
 * and freed around each search:
 *
 *	ExtendedDNRequestValue ::= SEQUENCE { Flag INTEGER }       [MS-ADTS] 3.1.1.3.4.1.5
 *	flag 1: GUID and SID as text, flag 0: in hexadecimal
 *
 * The others have no value, and none is sent: the domain controller refuses an empty one.
 *
 * Critical is what the driver could not do without noticing: an answer without ids in its DNs, or
 * without tombstones, looks just like an answer to which there is nothing to add.
 */
#include "ad_control_internal.h"

static const char extended_dn_text[] = { 0x30, 0x03, 0x02, 0x01, 0x01 };

const LDAPControl ad_control_extended_dn = {
	.ldctl_oid = (char *)LDAP_CONTROL_X_EXTENDED_DN,
	.ldctl_value = { .bv_len = sizeof(extended_dn_text), .bv_val = (char *)extended_dn_text },
	.ldctl_iscritical = 1,
};

const LDAPControl ad_control_domain_scope = {
	.ldctl_oid = (char *)LDAP_CONTROL_X_DOMAIN_SCOPE,
};

const LDAPControl ad_control_show_deleted = {
	.ldctl_oid = (char *)LDAP_CONTROL_X_SHOW_DELETED,
	.ldctl_iscritical = 1,
};

const LDAPControl ad_control_notification = {
	.ldctl_oid = (char *)LDAP_CONTROL_X_SERVER_NOTIFICATION,
	.ldctl_iscritical = 1,
};
