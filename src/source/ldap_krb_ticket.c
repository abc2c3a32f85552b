/*
 * From a keytab to tickets in a cache that nobody else sees; or from the default cache.
 *
 *	keytab --AS--> ticket of ours --TGS--> ticket for ldap/<host>
 *	                    |                        |
 *	                    '---- MEMORY:<unique> ---'
 *
 * The tickets are fetched by the calls of krb5 rather than by GSSAPI (gss_acquire_cred_from() with
 * a client keytab does the same inside): GSSAPI gives most failures as one code with a text, krb5
 * says which it is. For the same reason the ticket for the server is fetched here, before Cyrus
 * SASL needs it and finds it in the cache: SASL has nothing but the text.
 *
 * A keytab is as good as a password: one that others can read is refused, as a password file is.
 */
#include <errno.h>
#include <krb5.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "ldap_krb_internal.h"

#define MODE_REFUSED (S_IRWXO | S_IWGRP)

struct LdapTicket {
	krb5_context context;
	krb5_ccache cache;
	krb5_principal client;
	char *who;
	gboolean own_cache; /* ours to destroy */
};

static gboolean fail(const LdapTicket *self, krb5_error_code code, const char *what, GError **error)
{
	const char *words = krb5_get_error_message(self->context, code);

	ldap_krb_error_set(error, code, what, words);
	krb5_free_error_message(self->context, words);
	return FALSE;
}

/* The keytab as a file ------------------------------------------------------------------------- */

/* A credential of the service, which is systemd's own and private to it. */
static gboolean is_credential(const char *path)
{
	const char *folder = g_getenv("CREDENTIALS_DIRECTORY");
	g_autofree char *parent = g_path_get_dirname(path);

	return folder && strcmp(parent, folder) == 0;
}

gboolean ldap_krb_check_keytab(const char *path, GError **error)
{
	struct stat status;

	if (stat(path, &status) != 0)
		return error_set(error, ERROR_CONFIG,
				 "cannot use the keytab '%s': %s\nname the file as bind.keytab",
				 path, g_strerror(errno));
	if (!S_ISREG(status.st_mode))
		return error_set(error, ERROR_CONFIG,
				 "cannot use the keytab '%s': it is not a regular file", path);
	if (!is_credential(path) && (status.st_mode & MODE_REFUSED))
		return error_set(error, ERROR_CONFIG,
				 "cannot use the keytab '%s': others can read or change it (mode "
				 "%04o)\nchmod 600 '%s'",
				 path, status.st_mode & 07777, path);
	if (access(path, R_OK) != 0)
		return error_set(error, ERROR_CONFIG,
				 "cannot use the keytab '%s': %s\n"
				 "let the user of dirbridge read it (chown), and nobody else",
				 path, g_strerror(errno));
	return TRUE;
}

/* Who we are ----------------------------------------------------------------------------------- */

static char *name_of(const LdapTicket *self, krb5_const_principal principal)
{
	char *name = NULL;

	if (krb5_unparse_name(self->context, principal, &name) != 0)
		return g_strdup("?");
	char *copy = g_strdup(name);
	krb5_free_unparsed_name(self->context, name);
	return copy;
}

static void note_name(GString *names, const char *name)
{
	/* One principal has a key of each encryption type, and they stand together. */
	g_autofree char *quoted = g_strdup_printf("'%s'", name);

	if (!g_str_has_suffix(names->str, quoted))
		g_string_append_printf(names, "%s%s", names->len ? ", " : "", quoted);
}

/* Looks for self->client among the entries, or takes the first where there is none. */
static krb5_error_code search_keytab(LdapTicket *self, krb5_keytab keytab, GString *names,
				     gboolean *found)
{
	krb5_kt_cursor cursor;
	krb5_keytab_entry entry;
	krb5_error_code code = krb5_kt_start_seq_get(self->context, keytab, &cursor);

	if (code)
		return code;
	while (!*found && !(code = krb5_kt_next_entry(self->context, keytab, &entry, &cursor))) {
		g_autofree char *name = name_of(self, entry.principal);

		note_name(names, name);
		if (!self->client)
			code = krb5_copy_principal(self->context, entry.principal, &self->client);
		*found = !code &&
			 krb5_principal_compare(self->context, self->client, entry.principal);
		krb5_free_keytab_entry_contents(self->context, &entry);
	}
	krb5_kt_end_seq_get(self->context, keytab, &cursor);
	return *found || (code == KRB5_KT_END && names->len) ? 0 : code;
}

static gboolean choose_client(LdapTicket *self, const LdapBind *bind, krb5_keytab keytab,
			      GError **error)
{
	g_autofree char *reading = g_strdup_printf("cannot use the keytab '%s'", bind->keytab);
	g_autoptr(GString) names = g_string_new(NULL);
	gboolean found = FALSE;
	krb5_error_code code = 0;

	if (bind->principal)
		code = krb5_parse_name(self->context, bind->principal, &self->client);
	if (code) {
		g_autofree char *what = g_strdup_printf("principal '%s'", bind->principal);

		return fail(self, code, what, error);
	}
	code = search_keytab(self, keytab, names, &found);
	if (code)
		return fail(self, code, reading, error);
	self->who = name_of(self, self->client);
	return found || error_set(error, ERROR_CONFIG,
				  "the keytab '%s' has no key of '%s'; it has those of %s\n"
				  "set bind.principal to one of them, in the same letters",
				  bind->keytab, self->who, names->str);
}

/* Tickets -------------------------------------------------------------------------------------- */

static krb5_error_code ask_kdc(LdapTicket *self, krb5_keytab keytab)
{
	krb5_get_init_creds_opt *options = NULL;
	krb5_creds creds = { 0 };
	krb5_error_code code = krb5_get_init_creds_opt_alloc(self->context, &options);

	if (code)
		return code;
	krb5_get_init_creds_opt_set_forwardable(options, 0);
	krb5_get_init_creds_opt_set_proxiable(options, 0);
	/* Into the cache by the library itself, which also notes the KDC's clock there. */
	code = krb5_get_init_creds_opt_set_out_ccache(self->context, options, self->cache);
	if (!code)
		code = krb5_get_init_creds_keytab(self->context, &creds, self->client, keytab, 0,
						  NULL, options);
	if (!code)
		krb5_free_cred_contents(self->context, &creds);
	krb5_get_init_creds_opt_free(self->context, options);
	return code;
}

static gboolean log_in(LdapTicket *self, krb5_keytab keytab, LdapKrbFault *fault, GError **error)
{
	krb5_error_code code = krb5_cc_new_unique(self->context, "MEMORY", NULL, &self->cache);

	self->own_cache = !code;
	if (!code)
		code = ask_kdc(self, keytab);
	if (!code)
		return TRUE;
	g_autofree char *what = g_strdup_printf("no Kerberos ticket for '%s'", self->who);
	if (ldap_krb_error_is_clock(code))
		*fault = LDAP_KRB_FAULT_CLOCK;
	return fail(self, code, what, error);
}

static gboolean use_keytab(LdapTicket *self, const LdapBind *bind, LdapKrbFault *fault,
			   GError **error)
{
	krb5_keytab keytab = NULL;

	if (!ldap_krb_check_keytab(bind->keytab, error))
		return FALSE;
	g_autofree char *name = g_strconcat("FILE:", bind->keytab, NULL);
	krb5_error_code code = krb5_kt_resolve(self->context, name, &keytab);
	if (code)
		return fail(self, code, "cannot use the keytab", error);
	gboolean ok = choose_client(self, bind, keytab, error) &&
		      log_in(self, keytab, fault, error);
	krb5_kt_close(self->context, keytab);
	return ok;
}

static gboolean use_default_cache(LdapTicket *self, GError **error)
{
	krb5_error_code code = krb5_cc_default(self->context, &self->cache);

	if (!code)
		code = krb5_cc_get_principal(self->context, self->cache, &self->client);
	if (code)
		return fail(self, code, "no Kerberos ticket", error);
	self->who = name_of(self, self->client);
	return TRUE;
}

/* The ticket for the server, left in the cache for whoever speaks with it. */
static gboolean introduce(LdapTicket *self, const char *host, LdapKrbFault *fault, GError **error)
{
	krb5_creds wanted = { .client = self->client };
	krb5_creds *got = NULL;
	krb5_error_code code = krb5_sname_to_principal(self->context, host, "ldap", KRB5_NT_SRV_HST,
						       &wanted.server);

	if (!code)
		code = krb5_get_credentials(self->context, 0, self->cache, &wanted, &got);
	g_autofree char *name = wanted.server ? name_of(self, wanted.server) : g_strdup(host);
	krb5_free_principal(self->context, wanted.server);
	krb5_free_creds(self->context, got);
	if (!code)
		return TRUE;
	*fault = ldap_krb_error_is_clock(code) ? LDAP_KRB_FAULT_CLOCK : LDAP_KRB_FAULT_SERVER;
	g_autofree char *what = g_strdup_printf("no Kerberos ticket for the server '%s'", name);
	return fail(self, code, what, error);
}

LdapTicket *ldap_ticket_open(const LdapBind *bind, const char *host, LdapKrbFault *fault,
			     GError **error)
{
	g_autoptr(LdapTicket) self = g_new0(LdapTicket, 1);
	krb5_error_code code = krb5_init_context(&self->context);

	*fault = LDAP_KRB_FAULT_SELF;
	if (code) {
		fail(self, code, "cannot use Kerberos", error);
		return NULL;
	}
	if (!(bind->keytab ? use_keytab(self, bind, fault, error)
			   : use_default_cache(self, error)) ||
	    !introduce(self, host, fault, error))
		return NULL;
	return g_steal_pointer(&self);
}

const char *ldap_ticket_who(const LdapTicket *self)
{
	return self->who;
}

char *ldap_ticket_cache(const LdapTicket *self)
{
	char *name = NULL;

	if (!self->own_cache || krb5_cc_get_full_name(self->context, self->cache, &name) != 0)
		return NULL;
	char *copy = g_strdup(name);
	krb5_free_string(self->context, name);
	return copy;
}

void ldap_ticket_free(LdapTicket *self)
{
	if (!self)
		return;
	if (self->cache && self->own_cache)
		krb5_cc_destroy(self->context, self->cache);
	else if (self->cache)
		krb5_cc_close(self->context, self->cache);
	if (self->client)
		krb5_free_principal(self->context, self->client);
	if (self->context)
		krb5_free_context(self->context);
	g_free(self->who);
	g_free(self);
}
