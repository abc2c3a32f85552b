/*
 * Matching rules. A rule turns a value into a key, either a number or bytes, such that two values
 * are equal (or ordered) exactly if their keys are:
 *
 *	caseIgnore      "  Jane  DOE"                 bytes "jane doe"
 *	integer         "0512"                        number 512
 *	DN              "CN=Jane, DC=x"               bytes "cn=jane,dc=x"
 *	GUID            16 bytes, or text             bytes "6ba7b810-..."
 *	SID             bytes, or "S-1-5-32-544"      bytes
 *
 * The key of the assertion is made once, when the filter is parsed; if it cannot be made, the
 * assertion is Undefined (RFC 4511 §4.5.1.7). So is a value of which no key can be made.
 *
 * Which attribute has which rule is the table at the end: the attributes of RFC 4519, RFC 2798,
 * RFC 2307 and AD that differ from caseIgnoreMatch. The schema of the server is not read: a filter
 * must mean the same for an LDIF file. Ordering where the schema has no ordering rule orders keys.
 *
 * Substrings: a value is squeezed and trimmed, the pieces only at their outer ends, as OpenLDAP
 * does. "(cn=van *)" wants a space behind "van"; by the letter of RFC 4518 §2.6.1 it would also
 * hold for the name "van", which is not what anybody means who writes it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/timefmt.h"
#include "core/anchor.h"
#include "core/dn.h"
#include "fold_internal.h"
#include "matching_internal.h"

typedef struct {
	gint64 number;
	GString *text; /* NULL for rules of numbers */
} Key;

struct MatchAssertion {
	MatchRule rule;
	MatchOperator operator;
	gboolean valid;
	Key key;
	GPtrArray *pieces; /* of GString, for substrings; otherwise NULL */
};

static void key_clear(Key *self)
{
	if (self->text != NULL)
		g_string_free(self->text, TRUE);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Key, key_clear)

static gboolean parse_integer(const char *text, gint64 *number)
{
	/* INTEGER of RFC 4517 §3.3.16 has no plus sign and no spaces, g_ascii_string_to_signed()
	 * neither; leading zeros, which the RFC forbids, do no harm. */
	return g_ascii_string_to_signed(text, 10, G_MININT64, G_MAXINT64, number, NULL);
}

static gboolean parse_boolean(const char *text, gint64 *number)
{
	gboolean yes = g_ascii_strcasecmp(text, "TRUE") == 0;

	if (!yes && g_ascii_strcasecmp(text, "FALSE") != 0)
		return FALSE;
	*number = yes;
	return TRUE;
}

static gboolean make_number(MatchRule rule, const char *data, gsize length, gint64 *number)
{
	g_autofree char *text = NULL;

	if (memchr(data, '\0', length) != NULL)
		return FALSE;
	text = g_strndup(data, length);
	if (rule == MATCH_BOOLEAN)
		return parse_boolean(text, number);
	if (rule == MATCH_TIME)
		return timefmt_parse_generalized(text, number);
	return parse_integer(text, number);
}

static gboolean is_number_rule(MatchRule rule)
{
	return rule == MATCH_INTEGER || rule == MATCH_BOOLEAN || rule == MATCH_TIME;
}

/* True if values are text or bytes that can be searched for a piece. */
static gboolean has_substrings(MatchRule rule)
{
	return rule <= MATCH_OCTET;
}

static void make_without(GString *out, const char *data, gsize length, const char *ignored)
{
	for (gsize i = 0; i < length; i++)
		if (data[i] == '\0' || strchr(ignored, data[i]) == NULL)
			g_string_append_c(out, g_ascii_tolower(data[i]));
}

static gboolean make_uuid(MatchRule rule, const char *data, gsize length, GString *out)
{
	char anchor[ANCHOR_LENGTH + 1];
	g_autofree char *text = NULL;

	if (length == 16 && rule == MATCH_GUID) {
		anchor_from_guid((const guint8 *)data, anchor);
	} else if (length == 16) {
		anchor_from_uuid((const guint8 *)data, anchor);
	} else {
		text = g_strndup(data, length);
		if (!anchor_from_text(text, anchor))
			return FALSE;
	}
	g_string_append(out, anchor);
	return TRUE;
}

/* [MS-DTYP] 2.4.2.1 "S-1-5-21-..." to the packet of 2.4.2.2, which is what servers send. */
static gboolean sid_from_text(const char *text, GString *out)
{
	g_auto(GStrv) parts = g_strsplit(text, "-", -1);
	guint count = g_strv_length(parts);
	guint64 number;

	if (count < 4 || count > 18 || g_ascii_strcasecmp(parts[0], "S") != 0 ||
	    strcmp(parts[1], "1") != 0)
		return FALSE;
	g_string_append_c(out, 1);
	g_string_append_c(out, (char)(count - 3));
	if (!g_ascii_string_to_unsigned(parts[2], 10, 0, 0xffffffffffff, &number, NULL))
		return FALSE;
	for (int shift = 40; shift >= 0; shift -= 8)
		g_string_append_c(out, (char)(number >> shift));
	for (guint i = 3; i < count; i++) {
		if (!g_ascii_string_to_unsigned(parts[i], 10, 0, G_MAXUINT32, &number, NULL))
			return FALSE;
		for (int shift = 0; shift < 32; shift += 8)
			g_string_append_c(out, (char)(number >> shift));
	}
	return TRUE;
}

static gboolean make_sid(const char *data, gsize length, GString *out)
{
	g_autofree char *text = g_strndup(data, length);

	if (g_ascii_strncasecmp(text, "S-1-", 4) == 0)
		return sid_from_text(text, out);
	g_string_append_len(out, data, (gssize)length);
	return TRUE;
}

static gboolean make_dn(const char *data, gsize length, GString *out)
{
	g_autofree char *dn = dn_normalize(data, length);

	if (dn != NULL)
		g_string_append(out, dn);
	return dn != NULL;
}

/*
 * [MS-ADTS] 3.1.1.3.1.3.5: in "(objectCategory=person)" the name of a class stands for the
 * category of that class, a DN in the schema of which only the first RDN is the same everywhere.
 * Where category and class differ in name, it says so here.
 */
static const char *category_of_class(const char *class)
{
	static const struct {
		const char *class, *category;
	} names[] = {
		{ "user", "person" },
		{ "contact", "person" },
		{ "inetorgperson", "person" },
		{ "organizationalperson", "person" },
		{ "organizationalunit", "organizational-unit" },
		{ "domain", "domain-dns" },
		{ "domaindns", "domain-dns" },
		{ "builtindomain", "builtin-domain" },
		{ "foreignsecurityprincipal", "foreign-security-principal" },
		{ "printqueue", "print-queue" },
		{ "grouppolicycontainer", "group-policy-container" },
		{ "msds-groupmanagedserviceaccount", "ms-ds-group-managed-service-account" },
		{ "msds-managedserviceaccount", "ms-ds-managed-service-account" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(names); i++)
		if (strcmp(class, names[i].class) == 0)
			return names[i].category;
	return class;
}

/* The key of a class name is its category, of a DN the normal form. */
static gboolean make_category(const char *data, gsize length, GString *out)
{
	g_autoptr(GString) name = NULL;

	if (memchr(data, '=', length) != NULL)
		return make_dn(data, length, out);
	name = g_string_new(NULL);
	fold_append(name, data, length, FOLD_CASE | FOLD_TRIM);
	g_string_append(out, category_of_class(name->str));
	return TRUE;
}

/* Text rules, of a whole value or (with other flags) of a piece of one. */
static void make_text(MatchRule rule, const char *data, gsize length, FoldFlags trim, GString *out)
{
	switch (rule) {
	case MATCH_NUMERIC:
		make_without(out, data, length, " ");
		break;
	case MATCH_TELEPHONE:
		make_without(out, data, length, " -");
		break;
	case MATCH_OCTET:
		g_string_append_len(out, data, (gssize)length);
		break;
	case MATCH_CASE_EXACT:
		fold_append(out, data, length, trim);
		break;
	default:
		fold_append(out, data, length, trim | FOLD_CASE);
		break;
	}
}

static gboolean key_make(Key *self, MatchRule rule, const char *data, gsize length)
{
	if (is_number_rule(rule))
		return make_number(rule, data, length, &self->number);
	self->text = g_string_sized_new(length);
	switch (rule) {
	case MATCH_DN:
		return make_dn(data, length, self->text);
	case MATCH_UUID:
	case MATCH_GUID:
		return make_uuid(rule, data, length, self->text);
	case MATCH_SID:
		return make_sid(data, length, self->text);
	case MATCH_CATEGORY:
		return make_category(data, length, self->text);
	default:
		make_text(rule, data, length, FOLD_TRIM, self->text);
		return TRUE;
	}
}

static int bytes_compare(const GString *a, const GString *b)
{
	int order = memcmp(a->str, b->str, MIN(a->len, b->len));

	return order != 0 ? order : (a->len > b->len) - (a->len < b->len);
}

static int key_compare(const Key *a, const Key *b)
{
	if (a->text != NULL)
		return bytes_compare(a->text, b->text);
	return (a->number > b->number) - (a->number < b->number);
}

MatchAssertion *match_assertion_new(MatchRule rule, MatchOperator operator, const GString * value)
{
	MatchAssertion *self = g_new0(MatchAssertion, 1);

	self->rule = rule;
	self->operator= operator;
	self->valid = key_make(&self->key, rule, value->str, value->len);
	return self;
}

static void piece_free(void *piece)
{
	g_string_free(piece, TRUE);
}

MatchAssertion *match_substrings_new(MatchRule rule, GPtrArray *pieces)
{
	MatchAssertion *self = g_new0(MatchAssertion, 1);

	self->rule = rule;
	self->valid = has_substrings(rule);
	self->pieces = g_ptr_array_new_with_free_func(piece_free);
	for (guint i = 0; i < pieces->len; i++) {
		const GString *piece = g_ptr_array_index(pieces, i);
		FoldFlags trim = (i == 0 ? FOLD_TRIM_LEFT : 0) |
				 (i + 1 == pieces->len ? FOLD_TRIM_RIGHT : 0);
		GString *text = g_string_new(NULL);

		make_text(rule, piece->str, piece->len, trim, text);
		g_ptr_array_add(self->pieces, text);
	}
	return self;
}

void match_assertion_free(MatchAssertion *self)
{
	if (self == NULL)
		return;
	key_clear(&self->key);
	g_clear_pointer(&self->pieces, g_ptr_array_unref);
	g_free(self);
}

MatchRule match_assertion_rule(const MatchAssertion *self)
{
	return self->rule;
}

gboolean match_assertion_is_valid(const MatchAssertion *self)
{
	return self->valid;
}

static gboolean has_pieces(const GPtrArray *pieces, const GString *value)
{
	const GString *first = g_ptr_array_index(pieces, 0);
	const GString *last = g_ptr_array_index(pieces, pieces->len - 1);
	const char *at, *end;

	if (value->len < first->len + last->len ||
	    memcmp(value->str, first->str, first->len) != 0 ||
	    memcmp(value->str + value->len - last->len, last->str, last->len) != 0)
		return FALSE;
	/* Between the ends, the leftmost place for each piece leaves most room for the next. */
	at = value->str + first->len;
	end = value->str + value->len - last->len;
	for (guint i = 1; i + 1 < pieces->len; i++) {
		const GString *piece = g_ptr_array_index(pieces, i);

		at = memmem(at, (gsize)(end - at), piece->str, piece->len);
		if (at == NULL)
			return FALSE;
		at += piece->len;
	}
	return TRUE;
}

static gboolean has_category(const GString *asserted, const GString *value)
{
	gsize length = asserted->len;

	if (strchr(asserted->str, '=') != NULL || strchr(value->str, '=') == NULL)
		return g_string_equal(asserted, value);
	return g_str_has_prefix(value->str, "cn=") &&
	       strncmp(value->str + 3, asserted->str, length) == 0 &&
	       (value->str[3 + length] == ',' || value->str[3 + length] == '\0');
}

static gboolean holds(const MatchAssertion *self, const Key *value)
{
	int order;

	if (self->pieces != NULL)
		return has_pieces(self->pieces, value->text);
	if (self->rule == MATCH_CATEGORY)
		return has_category(self->key.text, value->text);
	order = key_compare(value, &self->key);
	switch (self->operator) {
	case MATCH_AT_LEAST:
		return order >= 0;
	case MATCH_AT_MOST:
		return order <= 0;
	case MATCH_LESS:
		return order < 0;
	case MATCH_BIT_AND:
		return (value->number & self->key.number) == self->key.number;
	case MATCH_BIT_OR:
		return (value->number & self->key.number) != 0;
	case MATCH_EQUAL:
		break;
	}
	return order == 0;
}

FilterResult match_value(const MatchAssertion *self, const char *data, gsize length)
{
	g_auto(Key) key = { 0, NULL };

	if (!self->valid || !key_make(&key, self->rule, data, length))
		return FILTER_UNDEFINED;
	return holds(self, &key) ? FILTER_TRUE : FILTER_FALSE;
}

FilterResult match_values(const MatchAssertion *self, const EntryValue *values, guint count)
{
	FilterResult result = FILTER_FALSE;

	for (guint i = 0; i < count; i++) {
		FilterResult one = match_value(self, values[i].data, values[i].length);

		if (one == FILTER_TRUE)
			return one;
		if (one == FILTER_UNDEFINED)
			result = one;
	}
	return result;
}

/* RFC 4517 §4.2 and RFC 4530 §2.2, then [MS-ADTS] 3.1.1.3.4.4. */
static const struct {
	const char *oid, *name;
	MatchRule rule;
	MatchOperator operator;
} rules[] = {
	{ "2.5.13.0", "objectIdentifierMatch", MATCH_OID, MATCH_EQUAL },
	{ "2.5.13.1", "distinguishedNameMatch", MATCH_DN, MATCH_EQUAL },
	{ "2.5.13.2", "caseIgnoreMatch", MATCH_CASE_IGNORE, MATCH_EQUAL },
	{ "2.5.13.3", "caseIgnoreOrderingMatch", MATCH_CASE_IGNORE, MATCH_LESS },
	{ "2.5.13.5", "caseExactMatch", MATCH_CASE_EXACT, MATCH_EQUAL },
	{ "2.5.13.6", "caseExactOrderingMatch", MATCH_CASE_EXACT, MATCH_LESS },
	{ "2.5.13.8", "numericStringMatch", MATCH_NUMERIC, MATCH_EQUAL },
	{ "2.5.13.9", "numericStringOrderingMatch", MATCH_NUMERIC, MATCH_LESS },
	{ "2.5.13.11", "caseIgnoreListMatch", MATCH_CASE_IGNORE, MATCH_EQUAL },
	{ "2.5.13.13", "booleanMatch", MATCH_BOOLEAN, MATCH_EQUAL },
	{ "2.5.13.14", "integerMatch", MATCH_INTEGER, MATCH_EQUAL },
	{ "2.5.13.15", "integerOrderingMatch", MATCH_INTEGER, MATCH_LESS },
	{ "2.5.13.17", "octetStringMatch", MATCH_OCTET, MATCH_EQUAL },
	{ "2.5.13.18", "octetStringOrderingMatch", MATCH_OCTET, MATCH_LESS },
	{ "2.5.13.20", "telephoneNumberMatch", MATCH_TELEPHONE, MATCH_EQUAL },
	{ "2.5.13.27", "generalizedTimeMatch", MATCH_TIME, MATCH_EQUAL },
	{ "2.5.13.28", "generalizedTimeOrderingMatch", MATCH_TIME, MATCH_LESS },
	{ "1.3.6.1.4.1.1466.109.114.1", "caseExactIA5Match", MATCH_CASE_EXACT, MATCH_EQUAL },
	{ "1.3.6.1.4.1.1466.109.114.2", "caseIgnoreIA5Match", MATCH_CASE_IGNORE, MATCH_EQUAL },
	{ "1.3.6.1.1.16.2", "UUIDMatch", MATCH_UUID, MATCH_EQUAL },
	{ "1.3.6.1.1.16.3", "UUIDOrderingMatch", MATCH_UUID, MATCH_LESS },
	{ "1.2.840.113556.1.4.803", "integerBitAndMatch", MATCH_INTEGER, MATCH_BIT_AND },
	{ "1.2.840.113556.1.4.804", "integerBitOrMatch", MATCH_INTEGER, MATCH_BIT_OR },
};

gboolean match_rule_parse(const char *name, MatchRule *rule, MatchOperator *operator)
{
	for (guint i = 0; i < G_N_ELEMENTS(rules); i++) {
		if (strcmp(name, rules[i].oid) != 0 && g_ascii_strcasecmp(name, rules[i].name) != 0)
			continue;
		*rule = rules[i].rule;
		*operator= rules[i].operator;
		return TRUE;
	}
	return FALSE;
}

typedef struct {
	const char *name;
	MatchRule rule;
} AttributeRule;

/*
 * Sorted by name. Left to caseIgnoreMatch on purpose: AD's telephone attributes beyond RFC 4519,
 * and pwdAccountLockedTime, whose usual value "000001010000Z" is a word and not a moment.
 */
static const AttributeRule attribute_rules[] = {
	{ "accountexpires", MATCH_INTEGER },
	{ "admincount", MATCH_INTEGER },
	{ "aliasedobjectname", MATCH_DN },
	{ "assistant", MATCH_DN },
	{ "audio", MATCH_OCTET },
	{ "badpasswordtime", MATCH_INTEGER },
	{ "badpwdcount", MATCH_INTEGER },
	{ "cacertificate", MATCH_OCTET },
	{ "codepage", MATCH_INTEGER },
	{ "countrycode", MATCH_INTEGER },
	{ "createtimestamp", MATCH_TIME },
	{ "creatorsname", MATCH_DN },
	{ "directreports", MATCH_DN },
	{ "distinguishedname", MATCH_DN },
	{ "documentauthor", MATCH_DN },
	{ "entrydn", MATCH_DN },
	{ "entryuuid", MATCH_UUID },
	{ "facsimiletelephonenumber", MATCH_TELEPHONE },
	{ "gecos", MATCH_CASE_EXACT },
	{ "gidnumber", MATCH_INTEGER },
	{ "grouptype", MATCH_INTEGER },
	{ "hassubordinates", MATCH_BOOLEAN },
	{ "homedirectory", MATCH_CASE_EXACT },
	{ "homephone", MATCH_TELEPHONE },
	{ "instancetype", MATCH_INTEGER },
	{ "internationalisdnnumber", MATCH_NUMERIC },
	{ "iscriticalsystemobject", MATCH_BOOLEAN },
	{ "isdeleted", MATCH_BOOLEAN },
	{ "ismemberof", MATCH_DN },
	{ "isrecycled", MATCH_BOOLEAN },
	{ "jpegphoto", MATCH_OCTET },
	{ "krblastpwdchange", MATCH_TIME },
	{ "krbpasswordexpiration", MATCH_TIME },
	{ "krbprincipalexpiration", MATCH_TIME },
	{ "labeleduri", MATCH_CASE_EXACT },
	{ "lastknownparent", MATCH_DN },
	{ "lastlogoff", MATCH_INTEGER },
	{ "lastlogon", MATCH_INTEGER },
	{ "lastlogontimestamp", MATCH_INTEGER },
	{ "lockouttime", MATCH_INTEGER },
	{ "loginshell", MATCH_CASE_EXACT },
	{ "logoncount", MATCH_INTEGER },
	{ "logonhours", MATCH_OCTET },
	{ "managedby", MATCH_DN },
	{ "managedobjects", MATCH_DN },
	{ "manager", MATCH_DN },
	{ "member", MATCH_DN },
	{ "memberof", MATCH_DN },
	{ "memberuid", MATCH_CASE_EXACT },
	{ "mobile", MATCH_TELEPHONE },
	{ "modifiersname", MATCH_DN },
	{ "modifytimestamp", MATCH_TIME },
	{ "ms-ds-consistencyguid", MATCH_OCTET },
	{ "msds-parentdistname", MATCH_DN },
	{ "msds-supportedencryptiontypes", MATCH_INTEGER },
	{ "msds-user-account-control-computed", MATCH_INTEGER },
	{ "msds-userpasswordexpirytimecomputed", MATCH_INTEGER },
	{ "msexchhidefromaddresslists", MATCH_BOOLEAN },
	{ "msexchrecipientdisplaytype", MATCH_INTEGER },
	{ "msexchrecipienttypedetails", MATCH_INTEGER },
	{ "nsaccountlock", MATCH_BOOLEAN },
	{ "nsrole", MATCH_DN },
	{ "nsroledn", MATCH_DN },
	{ "nsuniqueid", MATCH_UUID },
	{ "numsubordinates", MATCH_INTEGER },
	{ "objectcategory", MATCH_CATEGORY },
	{ "objectclass", MATCH_OID },
	{ "objectguid", MATCH_GUID },
	{ "objectsid", MATCH_SID },
	{ "owner", MATCH_DN },
	{ "pager", MATCH_TELEPHONE },
	{ "parentguid", MATCH_GUID },
	{ "passwordexpirationtime", MATCH_TIME },
	{ "photo", MATCH_OCTET },
	{ "primarygroupid", MATCH_INTEGER },
	{ "pwdchangedtime", MATCH_TIME },
	{ "pwdlastset", MATCH_INTEGER },
	{ "pwdreset", MATCH_BOOLEAN },
	{ "roleoccupant", MATCH_DN },
	{ "samaccounttype", MATCH_INTEGER },
	{ "secretary", MATCH_DN },
	{ "seealso", MATCH_DN },
	{ "shadowexpire", MATCH_INTEGER },
	{ "shadowflag", MATCH_INTEGER },
	{ "shadowinactive", MATCH_INTEGER },
	{ "shadowlastchange", MATCH_INTEGER },
	{ "shadowmax", MATCH_INTEGER },
	{ "shadowmin", MATCH_INTEGER },
	{ "shadowwarning", MATCH_INTEGER },
	{ "showinadvancedviewonly", MATCH_BOOLEAN },
	{ "sidhistory", MATCH_SID },
	{ "structuralobjectclass", MATCH_OID },
	{ "systemflags", MATCH_INTEGER },
	{ "telephonenumber", MATCH_TELEPHONE },
	{ "thumbnaillogo", MATCH_OCTET },
	{ "thumbnailphoto", MATCH_OCTET },
	{ "uidnumber", MATCH_INTEGER },
	{ "uniquemember", MATCH_DN },
	{ "unixhomedirectory", MATCH_CASE_EXACT },
	{ "useraccountcontrol", MATCH_INTEGER },
	{ "usercertificate", MATCH_OCTET },
	{ "userpassword", MATCH_OCTET },
	{ "usersmimecertificate", MATCH_OCTET },
	{ "usnchanged", MATCH_INTEGER },
	{ "usncreated", MATCH_INTEGER },
	{ "whenchanged", MATCH_TIME },
	{ "whencreated", MATCH_TIME },
	{ "x121address", MATCH_NUMERIC },
};

static int compare_attribute(const void *name, const void *row)
{
	return strcmp(name, ((const AttributeRule *)row)->name);
}

MatchRule match_rule_of(const char *attribute)
{
	const AttributeRule *row = bsearch(attribute, attribute_rules,
					   G_N_ELEMENTS(attribute_rules), sizeof *attribute_rules,
					   compare_attribute);

	return row != NULL ? row->rule : MATCH_CASE_IGNORE;
}
