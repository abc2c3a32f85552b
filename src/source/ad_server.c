/*
 * Getting to know a domain controller, at every connect: the list of servers may have led us to
 * another one, and the same one may have been restored since.
 *
 *	root DSE                  host, naming contexts, highestCommittedUSN, clock
 *	entry of dsServiceName    invocationId: whose numbers those are; objectGUID: which machine
 *	root of the context       objectGUID: which domain this is
 *	the base                  does it exist?
 *	CN=Deleted Objects        may we read it?
 *
 * The last one needs care. An account without that right gets success and no deleted object, and so
 * would believe that nobody was ever deleted. Asked for the container itself, by its well-known
 * GUID, the server returns the entry with or without the right; only the value of isDeleted tells.
 */
#include <string.h>

#include "ad_control_internal.h"
#include "ad_server_internal.h"
#include "base/error.h"
#include "base/timefmt.h"
#include "core/anchor.h"
#include "core/dn.h"
#include "ldap_error_internal.h"

#define CAPABILITY_AD "1.2.840.113556.1.4.800"
/* [MS-ADTS] 6.1.1.4.2: GUID_DELETED_OBJECTS_CONTAINER_W. */
#define DELETED_OBJECTS "18E2EA80684F11D2B9AA00C04F79F805"

static char *guid_of(const Entry *entry, const char *name)
{
	char anchor[ANCHOR_LENGTH + 1];
	guint count;
	const EntryValue *values = entry_values(entry, name, &count);

	if (count != 1 || values[0].length != 16)
		return NULL;
	anchor_from_guid((const guint8 *)values[0].data, anchor);
	return g_strdup(anchor);
}

/* The longest naming context that holds the base; NULL if there is none. */
static const char *find_context(const Entry *root, const char *base)
{
	g_autofree char *wanted = dn_normalize(base, strlen(base));
	const char *found = NULL;
	gsize longest = 0;
	guint count;
	const EntryValue *values = entry_values(root, "namingcontexts", &count);

	for (guint i = 0; wanted && i < count; i++) {
		g_autofree char *context = dn_normalize(values[i].data, values[i].length);

		if (!context || !*context || strlen(context) <= longest ||
		    !dn_is_within(wanted, context))
			continue;
		longest = strlen(context);
		found = values[i].data;
	}
	return found;
}

static gboolean refuse_product(const LdapConn *conn, const Entry *root, GError **error)
{
	const char *vendor = entry_text(root, "vendorname");
	gboolean openldap = entry_has(root, "objectclass", "OpenLDAProotDSE");
	const char *type = openldap                                    ? "openldap"
			   : vendor && g_str_has_prefix(vendor, "389") ? "389ds"
								       : "ldap";

	if (!vendor)
		vendor = openldap ? "OpenLDAP" : "not told";
	return error_set(error, ERROR_CONFIG,
			 "'%s' is no Active Directory (its vendor: %s)\nset type = \"%s\"",
			 conn->uri, vendor, type);
}

static gboolean take_root(const LdapConn *conn, const Entry *root, const char *base, AdServer *out,
			  GError **error)
{
	const char *host = entry_text(root, "dnshostname");
	const char *highest = entry_text(root, "highestcommittedusn");
	const char *time = entry_text(root, "currenttime");
	const char *context = find_context(root, base);

	if (!entry_has(root, "supportedcapabilities", CAPABILITY_AD))
		return refuse_product(conn, root, error);
	if (!context) {
		const char *held = entry_text(root, "defaultnamingcontext");

		return error_set(error, ERROR_CONFIG,
				 "'%s' does not hold the base '%s'; its domain is '%s'\n"
				 "check \"base\"; each domain is a source of its own",
				 conn->uri, base, held ? held : "not told");
	}
	out->host = g_strdup(host ? host : conn->uri);
	out->context = g_strdup(context);
	out->highest = highest ? g_ascii_strtoll(highest, NULL, 10) : -1;
	if (time)
		timefmt_parse_generalized(time, &out->clock_us);
	return TRUE;
}

/* Who it is. A server that does not tell (a proxy) can be read, but there are no numbers. */
static gboolean read_identity(LdapConn *conn, const Entry *root, AdServer *out, GError **error)
{
	static const char *const dsa_attributes[] = { "objectGUID", "invocationId", NULL };
	static const char *const domain_attributes[] = { "objectGUID", NULL };
	const char *name = entry_text(root, "dsservicename");
	g_autoptr(GError) problem = NULL;
	g_autoptr(Entry) dsa = name ? ldap_conn_read(conn, name, dsa_attributes, &problem) : NULL;

	if (error_is(problem, ERROR_DOWN)) {
		g_propagate_error(error, g_steal_pointer(&problem));
		return FALSE;
	}
	if (dsa) {
		out->dsa = guid_of(dsa, "objectguid");
		out->invocation = guid_of(dsa, "invocationid");
	}
	g_autoptr(Entry) domain = ldap_conn_read(conn, out->context, domain_attributes, error);
	if (!domain)
		return FALSE;
	out->domain = guid_of(domain, "objectguid");
	return out->domain || error_set(error, ERROR_CONFIG,
					"'%s': the objectGUID of '%s' cannot be read\n"
					"give the bind account the right to read the domain",
					conn->uri, out->context);
}

static gboolean read_base(LdapConn *conn, const char *base, GError **error)
{
	static const char *const none[] = { LDAP_NO_ATTRS, NULL };
	g_autoptr(Entry) entry = ldap_conn_read(conn, base, none, error);

	if (!entry)
		g_prefix_error(error, "base '%s': ", base);
	return entry != NULL;
}

/* Takes the messages of the probe until the final one. */
static gboolean probe_messages(LdapConn *conn, int msgid, AdServer *out, GError **error)
{
	gboolean more = TRUE;

	while (more) {
		LDAPMessage *message = NULL;
		struct berval **values = NULL;

		if (!ldap_conn_next(conn, msgid, &message, error))
			return FALSE;
		if (ldap_msgtype(message) == LDAP_RES_SEARCH_ENTRY)
			values = ldap_get_values_len(conn->ld, message, "isDeleted");
		else if (ldap_msgtype(message) != LDAP_RES_SEARCH_REFERENCE)
			more = FALSE;
		if (values && values[0] && g_ascii_strcasecmp(values[0]->bv_val, "TRUE") == 0)
			out->tombstones = TRUE;
		ldap_value_free_len(values);
		ldap_msgfree(message);
	}
	return TRUE;
}

static gboolean probe_tombstones(LdapConn *conn, AdServer *out, GError **error)
{
	static const char *const attributes[] = { "isDeleted", NULL };
	g_autofree char *dn = g_strdup_printf("<WKGUID=" DELETED_OBJECTS ",%s>", out->context);
	LDAPControl *controls[] = { (LDAPControl *)&ad_control_show_deleted, NULL };
	const LdapSearch search = { .base = dn,
				    .scope = LDAP_SCOPE_BASE,
				    .filter = "(objectClass=*)",
				    .attributes = attributes,
				    .controls = controls };
	int msgid;

	return ldap_conn_search(conn, &search, &msgid, error) &&
	       probe_messages(conn, msgid, out, error);
}

gboolean ad_server_identify(LdapConn *conn, const char *base, AdServer *out, GError **error)
{
	static const char *const root_attributes[] = {
		"dnsHostName",           "namingContexts",
		"defaultNamingContext",  "highestCommittedUSN",
		"dsServiceName",         "currentTime",
		"supportedCapabilities", "vendorName",
		"objectClass",           NULL,
	};
	g_autoptr(Entry) root = ldap_conn_read(conn, "", root_attributes, error);

	return root && take_root(conn, root, base, out, error) &&
	       read_identity(conn, root, out, error) && read_base(conn, base, error) &&
	       probe_tombstones(conn, out, error);
}

void ad_server_clear(AdServer *self)
{
	g_free(self->host);
	g_free(self->context);
	g_free(self->domain);
	g_free(self->dsa);
	g_free(self->invocation);
	*self = (AdServer){ 0 };
}

char *ad_server_tombstone_fix(const AdServer *self)
{
	return g_strdup_printf("on Windows: dsacls \"CN=Deleted Objects,%s\" /takeownership, then "
			       "dsacls \"CN=Deleted Objects,%s\" /G \"<account>:LCRP\"; on Samba: "
			       "(A;CI;RPLC;;;<SID of the account>) on that container",
			       self->context, self->context);
}

char *ad_server_dirsync_fix(const AdServer *self)
{
	return g_strdup_printf("on Windows: dsacls \"%s\" /G \"<account>:CA;Replicating Directory "
			       "Changes\"; on Samba: samba-tool dsacl set --objectdn=\"%s\" --sddl="
			       "\"(OA;;CR;1131f6aa-9c07-11d1-f79f-00c04fc2dcd2;;<SID of the "
			       "account>)\"",
			       self->context, self->context);
}
