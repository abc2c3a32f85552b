/*
 * The schema of a server, RFC 4512 §4.2 and §4.4: the root DSE names the subschema entry, and that
 * entry has an attributeTypes value for each type.
 *
 *	( 2.5.4.4 NAME ( 'sn' 'surname' ) DESC '...' SUP name )
 *
 * AD calls it CN=Aggregate,CN=Schema,...; there, and everywhere else, definitions are read as
 * leniently as libldap can: a vendor's extension is none of our business. What cannot be read at
 * all is left out, so a name that is missing is a hint for people and never a reason to stop.
 */
#include <ldap_schema.h>
#include <string.h>

#include "ldap_schema_internal.h"

static void add_type(GHashTable *names, const char *definition)
{
	const char *where;
	int code;
	LDAPAttributeType *type = ldap_str2attributetype(definition, &code, &where,
							 LDAP_SCHEMA_ALLOW_ALL);

	if (!type)
		return;
	for (char **name = type->at_names; name && *name; name++)
		g_hash_table_add(names, g_ascii_strdown(*name, -1));
	if (type->at_oid)
		g_hash_table_add(names, g_strdup(type->at_oid));
	ldap_attributetype_free(type);
}

static gboolean read_names(LdapConn *conn, GHashTable *names, GError **error)
{
	static const char *const of_root[] = { "subschemaSubentry", NULL };
	static const char *const of_schema[] = { "attributeTypes", NULL };
	g_autoptr(Entry) root = ldap_conn_read(conn, "", of_root, error);
	const char *dn = root ? entry_text(root, "subschemasubentry") : NULL;
	g_autoptr(Entry) schema = NULL;
	const EntryValue *values;
	guint count;

	if (!root || !dn)
		return root != NULL;
	schema = ldap_conn_read(conn, dn, of_schema, error);
	if (!schema)
		return FALSE;
	values = entry_values(schema, "attributetypes", &count);
	for (guint i = 0; i < count; i++)
		if (strlen(values[i].data) == values[i].length)
			add_type(names, values[i].data);
	return TRUE;
}

gboolean ldap_schema_names(const LdapConf *conf, GHashTable *names, GError **error)
{
	g_autoptr(LdapConn) conn = ldap_conn_open(conf, error);

	return conn && read_names(conn, names, error);
}
