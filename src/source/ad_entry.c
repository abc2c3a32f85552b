/*
 * Like ldap_entry.c, values are copied once, from the message into the Entry. What is particular:
 *
 * objectGUID is the anchor, sixteen bytes of which three fields are little-endian. A message
 * without it is of no use, except that an extended DN names the same GUID.
 *
 * DNs come with ids in front where the extended DN control was sent (ad_value.c): the entry's own,
 * the members', and every other DN-valued attribute's, manager and the like. Which attributes are
 * DN-valued is the schema's business and every forest extends it, so each value that begins like
 * an extended DN is shortened to its DN. No text that people write begins with "<GUID=" and goes on
 * so.
 *
 * Members are named by GUID, so it does not matter how their DN is written, or that it changes.
 *
 *	whole   member                    all values
 *	        member (0 values),        the first 1500, and the rest must be asked for
 *	        member;range=0-1499
 *	        member;range=0-*          all values
 *	delta   member;range=1-1          values that were added
 *	        member;range=0-0          values that were removed
 *	        member                    values that were added, in a listing
 *
 * The ranges of a delta are those of [MS-ADTS] 3.1.1.3.4.1.3 with LDAP_DIRSYNC_INCREMENTAL_VALUES.
 * DirSync without that flag sends all members as "member": not to be used here.
 *
 * That flag makes changes of every linked attribute, also of those with one value: a new manager
 * comes as manager;range=1-1, the old one as manager;range=0-0. Exactly one value added is the new
 * value of an attribute that has one at most; which ones those are is a table. Of all others a
 * delta cannot say what the values are now.
 *
 * SIDs become text by a table of names: their syntax cannot be seen in the bytes.
 *
 * What a user always has and a message does not bring, the account may not read: taken as it came,
 * everybody would be enabled. A delta that says such a thing was removed is not believed either.
 *
 * DirSync adds attributes that nobody asked for: instanceType, and for administrators the names of
 * those that hold passwords. They are not kept.
 */
#include <string.h>

#include "ad_entry_internal.h"
#include "ad_value_internal.h"
#include "core/anchor.h"
#include "core/sid.h"
#include "ldap_attributes_internal.h"

enum {
	GUID_LENGTH = 16
};

static const char *const sid_attributes[] = {
	"objectSid",
	"sIDHistory",
	"securityIdentifier",
	"tokenGroups",
	"tokenGroupsGlobalAndUniversal",
	"tokenGroupsNoGCAcceptable",
	"mS-DS-CreatorSID",
	"msExchMasterAccountSid",
	NULL,
};

/* Linked attributes with one value at most, of those that matter for people and groups. */
static const char *const single_links[] = {
	"manager",
	"managedBy",
	"assistant",
	"homeMDB",
	"msDS-AssignedAuthNPolicy",
	"msDS-AssignedAuthNPolicySilo",
	NULL,
};

/* What every user has from the moment he is made; the last can be taken away, but seldom is. */
static const char *const user_attributes[] = { "userAccountControl", "primaryGroupID", "objectSid",
					       "sAMAccountName",     "accountExpires", NULL };

typedef struct {
	const char *name; /* with options, NUL-terminated */
	gsize length;     /* of the name without options */
	gboolean ranged;
	gint64 first, last; /* of the range */
	struct berval *values;
} Field;

typedef struct {
	LDAP *ld;
	LDAPMessage *message;
	AdEntryForm form;
	const char *const *wanted;
	AdEntry *out;
} Reading;

typedef void (*FieldFn)(const Field *field, void *data);

static gboolean field_is(const Field *field, const char *name)
{
	return strlen(name) == field->length &&
	       g_ascii_strncasecmp(field->name, name, field->length) == 0;
}

static gboolean field_is_one_of(const Field *field, const char *const *names)
{
	for (; *names; names++)
		if (field_is(field, *names))
			return TRUE;
	return FALSE;
}

static void field_describe(Field *field, const struct berval *name)
{
	field->name = name->bv_val;
	field->length = strcspn(name->bv_val, ";");
	field->ranged = ad_range_parse(name->bv_val, name->bv_len, &field->first, &field->last);
}

/* Calls 'fn' for the DN (a nameless field with one value), then for every attribute. */
static gboolean foreach_field(LDAP *ld, LDAPMessage *message, FieldFn fn, void *data)
{
	BerElement *ber = NULL;
	struct berval name, dn[2] = { { 0 }, { 0 } };
	Field field = { .name = "", .values = dn };

	if (ldap_get_dn_ber(ld, message, &ber, &dn[0]) != LDAP_SUCCESS) {
		ber_free(ber, 0);
		return FALSE;
	}
	fn(&field, data);
	while (ldap_get_attribute_ber(ld, message, ber, &name, &field.values) == LDAP_SUCCESS &&
	       name.bv_val) {
		field_describe(&field, &name);
		fn(&field, data);
		ber_memfree(field.values);
		field.values = NULL;
	}
	ber_free(ber, 0);
	return TRUE;
}

/* What must be known before the entry can be made. */
typedef struct {
	char anchor[ANCHOR_LENGTH + 1];
	char *dn;
	gboolean deleted, undeleted;
} Identity;

static void identify(const Field *field, void *data)
{
	Identity *self = data;
	const struct berval *value = field->values;
	AdDn dn;

	if (field->length == 0) {
		ad_dn_parse(value->bv_val, value->bv_len, &dn);
		self->dn = g_strndup(dn.dn, dn.length);
		if (!self->anchor[0])
			g_strlcpy(self->anchor, dn.anchor, sizeof self->anchor);
	} else if (!value || !value->bv_val) {
		self->undeleted |= field_is(field, "isDeleted");
	} else if (field_is(field, "objectGUID") && value->bv_len == GUID_LENGTH) {
		anchor_from_guid((const guint8 *)value->bv_val, self->anchor);
	} else if (field_is(field, "isDeleted")) {
		self->deleted = value->bv_len == 4 &&
				g_ascii_strncasecmp(value->bv_val, "TRUE", 4) == 0;
	}
}

/* FALSE if a member that left is not named by its id: that cannot be said in an entry. */
static gboolean add_members(Entry *entry, const Field *field, gboolean left)
{
	gboolean ok = TRUE;
	AdDn dn;

	for (const struct berval *value = field->values; value && value->bv_val; value++) {
		ad_dn_parse(value->bv_val, value->bv_len, &dn);
		if (dn.anchor[0])
			entry_add_member_by_anchor(entry, dn.anchor, dn.dn, dn.length, left);
		else if (!left)
			entry_add_member(entry, dn.dn, dn.length);
		else
			ok = FALSE;
	}
	return ok;
}

/* A range that does not begin at the beginning was not asked for, and what it lacks is unknown. */
static void read_members(Reading *self, const Field *field)
{
	AdEntry *out = self->out;

	if (self->form == AD_ENTRY_BARE)
		return;
	if (self->form == AD_ENTRY_DELTA) {
		if (!add_members(out->entry, field, field->ranged && field->first == 0))
			out->cut = TRUE;
		return;
	}
	if (field->ranged && field->first != 0) {
		out->range_next = -1;
		return;
	}
	if (field->ranged && field->last >= 0)
		out->range_next = field->last + 1;
	add_members(out->entry, field, FALSE);
}

static void add_value(Entry *entry, const char *name, gboolean is_sid, const struct berval *value)
{
	char sid[SID_LENGTH + 1];
	AdDn dn;

	if (is_sid && sid_from_bytes(value->bv_val, value->bv_len, sid)) {
		entry_add(entry, name, sid, strlen(sid));
		return;
	}
	ad_dn_parse(value->bv_val, value->bv_len, &dn);
	entry_add(entry, name, dn.dn, dn.length);
}

static gboolean is_kept(const Reading *self, const Field *field)
{
	g_autofree char *name = g_strndup(field->name, field->length);

	return !ldap_attributes_is_secret(name) &&
	       (!self->wanted || field_is_one_of(field, self->wanted));
}

/* True if what the message says of a linked attribute in a delta is all there is to know. */
static gboolean delta_is_clear(Reading *self, const Field *field)
{
	guint count = 0;

	while (field->values && field->values[count].bv_val)
		count++;
	if (field_is_one_of(field, single_links) && count <= 1)
		return TRUE;
	self->out->cut = self->out->cut || count > 0;
	return FALSE;
}

static void read_attribute(Reading *self, const Field *field)
{
	Entry *entry = self->out->entry;
	const struct berval *value = field->values;
	gboolean is_sid = field_is_one_of(field, sid_attributes);

	if (!is_kept(self, field))
		return;
	if (self->form == AD_ENTRY_DELTA) {
		if (field->ranged && !delta_is_clear(self, field))
			return;
		if (!(value && value->bv_val) && field_is_one_of(field, user_attributes)) {
			self->out->cut = TRUE;
			return;
		}
		entry_clear(entry, field->name);
		if (field->ranged && field->first == 0)
			return;
	} else if (field->ranged && (field->first != 0 || field->last >= 0)) {
		self->out->cut = TRUE;
	}
	for (; value && value->bv_val; value++)
		add_value(entry, field->name, is_sid, value);
}

static void read_field(const Field *field, void *data)
{
	Reading *self = data;

	if (field->length == 0 || field_is(field, "objectGUID"))
		return;
	if (field_is(field, "member"))
		read_members(self, field);
	else
		read_attribute(self, field);
}

static Entry *make_entry(AdEntryForm form, const Identity *identity)
{
	Entry *entry = form == AD_ENTRY_DELTA ? entry_new_delta(identity->anchor, identity->dn)
					      : entry_new(identity->anchor, identity->dn);

	if (form == AD_ENTRY_BARE)
		entry_expect_member_changes(entry);
	entry_add(entry, "objectguid", identity->anchor, ANCHOR_LENGTH);
	return entry;
}

void ad_entry_read(LDAP *ld, LDAPMessage *message, AdEntryForm form, const char *const *wanted,
		   AdEntry *out)
{
	Reading self = { .ld = ld, .message = message, .form = form, .wanted = wanted, .out = out };
	Identity identity = { 0 };

	*out = (AdEntry){ 0 };
	if (foreach_field(ld, message, identify, &identity) && identity.anchor[0]) {
		out->entry = make_entry(form, &identity);
		out->deleted = identity.deleted;
		out->restored = form == AD_ENTRY_DELTA && identity.undeleted;
		foreach_field(ld, message, read_field, &self);
	}
	if (out->range_next < 0)
		ad_entry_clear(out);
	g_free(identity.dn);
}

const char *ad_entry_lacks(const Entry *entry)
{
	guint count;

	if (!entry_has(entry, "objectclass", "user"))
		return NULL;
	for (const char *const *name = user_attributes; *name; name++) {
		g_autofree char *lower = g_ascii_strdown(*name, -1);

		if (strcmp(lower, "accountexpires") != 0 && !entry_values(entry, lower, &count))
			return *name;
	}
	return NULL;
}

typedef struct {
	Entry *into;
	gboolean found;
	gint64 first, last;
} Range;

static void read_range(const Field *field, void *data)
{
	Range *self = data;

	if (self->found || !field->ranged || !field_is(field, "member"))
		return;
	self->found = TRUE;
	self->first = field->first;
	self->last = field->last;
	add_members(self->into, field, FALSE);
}

gboolean ad_entry_read_range(LDAP *ld, LDAPMessage *message, Entry *into, gint64 *first,
			     gint64 *last)
{
	Range range = { .into = into };

	if (!foreach_field(ld, message, read_range, &range) || !range.found)
		return FALSE;
	*first = range.first;
	*last = range.last;
	return TRUE;
}

void ad_entry_clear(AdEntry *self)
{
	entry_free(self->entry);
	*self = (AdEntry){ 0 };
}
