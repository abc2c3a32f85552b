/*
 * ldap_get_dn_ber() and ldap_get_attribute_ber() hand out pointers into the message; the only
 * copy of a value is the one that the Entry keeps.
 *
 * Options: "cn;lang-de" and "userCertificate;binary" are read as "cn" and "usercertificate". A
 * mapping that says [cn] means the name, whichever language the server tagged it with.
 */
#include <string.h>

#include "ldap_anchor_internal.h"
#include "ldap_entry_internal.h"

/* nameAndOptionalUID, RFC 4517 §3.3.21: the DN ends where "#'0101'B" begins. */
static gsize without_uid(const char *data, gsize length)
{
	if (length < 4 || data[length - 1] != 'B' || data[length - 2] != '\'')
		return length;
	for (gsize i = length - 2; i > 1; i--) {
		if (data[i - 1] == '\'' && data[i - 2] == '#')
			return i - 2;
		if (data[i - 1] != '0' && data[i - 1] != '1')
			break;
	}
	return length;
}

void ldap_entry_add(Entry *entry, const char *name, gsize name_length, const char *data,
		    gsize length)
{
	const char *option = memchr(name, ';', name_length);
	g_autofree char *lower = g_ascii_strdown(name, option ? (gssize)(option - name)
							      : (gssize)name_length);

	if (strcmp(lower, "member") == 0)
		entry_add_member(entry, data, length);
	else if (strcmp(lower, "uniquemember") == 0)
		entry_add_member(entry, data, without_uid(data, length));
	else
		entry_add(entry, lower, data, length);
}

static gboolean is_named(const struct berval *name, const char *wanted)
{
	return wanted && name->bv_len == strlen(wanted) &&
	       g_ascii_strncasecmp(name->bv_val, wanted, name->bv_len) == 0;
}

typedef struct {
	LDAP *ld;
	LDAPMessage *message;
	BerElement *ber;
} Reader;

/* The DN, and the reader standing before the first attribute. */
static char *reader_begin(Reader *reader)
{
	struct berval dn;

	if (ldap_get_dn_ber(reader->ld, reader->message, &reader->ber, &dn) != LDAP_SUCCESS)
		return NULL;
	return g_strndup(dn.bv_val, dn.bv_len);
}

/* The next attribute; *values to be freed with ber_memfree(). */
static gboolean reader_next(Reader *reader, struct berval *name, struct berval **values)
{
	*values = NULL;
	return ldap_get_attribute_ber(reader->ld, reader->message, reader->ber, name, values) ==
		       LDAP_SUCCESS &&
	       name->bv_val;
}

static void reader_end(Reader *reader)
{
	if (reader->ber)
		ber_free(reader->ber, 0);
	reader->ber = NULL;
}

gboolean ldap_entry_anchor(LDAP *ld, LDAPMessage *message, const char *attribute, char *anchor)
{
	struct berval **values = ldap_get_values_len(ld, message, attribute);
	gboolean found = FALSE;

	if (values && values[0])
		found = ldap_anchor_read(attribute, values[0], anchor);
	ldap_value_free_len(values);
	return found;
}

static gboolean is_hidden(const LdapEntryShape *shape, const struct berval *name)
{
	const char *const *hidden = shape->hidden;

	if (!shape->keep_uuid && is_named(name, shape->uuid_attribute))
		return TRUE;
	while (hidden && *hidden && !is_named(name, *hidden))
		hidden++;
	return hidden && *hidden;
}

static void add_values(Entry *entry, const struct berval *name, const struct berval *values)
{
	for (; values && values->bv_val; values++)
		ldap_entry_add(entry, name->bv_val, name->bv_len, values->bv_val, values->bv_len);
}

Entry *ldap_entry_read(LDAP *ld, LDAPMessage *message, const LdapEntryShape *shape)
{
	Reader reader = { .ld = ld, .message = message };
	char found[ANCHOR_LENGTH + 1];
	struct berval name, *values;

	if (!shape->anchor && !ldap_entry_anchor(ld, message, shape->uuid_attribute, found))
		return NULL;
	g_autofree char *dn = reader_begin(&reader);
	if (!dn) {
		reader_end(&reader);
		return NULL;
	}
	Entry *entry = entry_new(shape->anchor ? shape->anchor : found, dn);
	while (reader_next(&reader, &name, &values)) {
		if (!is_hidden(shape, &name))
			add_values(entry, &name, values);
		ber_memfree(values);
	}
	reader_end(&reader);
	return entry;
}
