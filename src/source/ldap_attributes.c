/*
 * What a search asks for: the attributes that the mapping reads and those that the driver needs.
 *
 * Passwords and keys are not among them, whatever a mapping says: no application needs a hash, and
 * what was never read cannot end in a log, a trace or a state database. Servers hide most of these
 * anyway, from all but administrators, and a bind account may be one.
 */
#include "ldap_attributes_internal.h"

static const char *const secret_attributes[] = {
	"userpassword",
	"unicodepwd",
	"dbcspwd",
	"ntpwdhistory",
	"lmpwdhistory",
	"supplementalcredentials",
	"authpassword",
	"sambantpassword",
	"sambalmpassword",
	"sambapasswordhistory",
	"pwdhistory",
	"krbprincipalkey",
	"krbpwdhistory",
	"krbmkey",
	"ipanthash",
	"passwordhistory",
	"nsds5replicacredentials",
	"ms-mcs-admpwd",
	"mslaps-password",
};

gboolean ldap_attributes_is_secret(const char *name)
{
	for (gsize i = 0; i < G_N_ELEMENTS(secret_attributes); i++)
		if (g_ascii_strcasecmp(name, secret_attributes[i]) == 0)
			return TRUE;
	return FALSE;
}

static void add(GPtrArray *list, const char *name)
{
	for (guint i = 0; i < list->len; i++)
		if (g_ascii_strcasecmp(g_ptr_array_index(list, i), name) == 0)
			return;
	g_ptr_array_add(list, g_strdup(name));
}

GPtrArray *ldap_attributes_build(const char *const *wanted, const char *const *extra,
				 GPtrArray *remarks)
{
	GPtrArray *list = g_ptr_array_new_with_free_func(g_free);

	for (; extra && *extra; extra++)
		add(list, *extra);
	for (; wanted && *wanted; wanted++) {
		if (!ldap_attributes_is_secret(*wanted))
			add(list, *wanted);
		else if (remarks)
			g_ptr_array_add(remarks, g_strdup_printf("attribute '%s' holds secrets "
								 "and is never read",
								 *wanted));
	}
	g_ptr_array_add(list, NULL);
	return list;
}
