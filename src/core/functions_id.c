/*
 * Functions about ids: GUIDs, SIDs, the parts of a DN, and ids made by chance.
 *
 *	StringFromGuid([objectGUID])               "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
 *	CGuid("{6BA7B810-9DAD-11D1-80B4-00C04FD430C8}")      its 16 bytes
 *	StringFromSid([objectSid])                 "S-1-5-21-1004336348-1177238915-682003330-512"
 *	DNComponent([dn], 1)                       "Joe" of cn=Joe,ou=US,dc=contoso,dc=com
 *	DNComponentRev([dn], 1, "DC")              "US"
 *	EscapeDNComponent("cn=Doe, Jane")          "cn=Doe\, Jane"
 *	Guid()                                     a random one (RFC 4122 §4.4)
 *	RandomString(10, 2, 2, 2, 1, "?,")         "k4@!A2aZ9s"
 *
 * The bytes of a GUID are in the order of Active Directory and .NET, the first three fields with
 * their last byte first ([MS-DTYP] 2.3.4.2). Text that is a GUID or a SID already comes back in its
 * canonical form, because other directories have texts where Active Directory has bytes.
 *
 * A component of a DN is an RDN, its value without escapes and of several AVAs the first one; one
 * that the DN does not have is null. "DC" counts from the end without the dc= components.
 *
 * The rules of random strings are in random_string.c; where chance comes from, in chance.c.
 */
#include <string.h>

#include "base/error.h"
#include "chance_internal.h"
#include "core/anchor.h"
#include "core/dn.h"
#include "core/sid.h"
#include "dn_escape_internal.h"
#include "dn_internal.h"
#include "functions_value_internal.h"
#include "random_string_internal.h"

#define GUID_BYTES 16

/* Positions of RandomString. */
enum {
	RANDOM_LENGTH,
	RANDOM_FIRST_KIND,
	RANDOM_AVOID = RANDOM_FIRST_KIND + RANDOM_KINDS,
};

static const Value *refuse_guid(const Value *value, GError **error)
{
	return argument_refuse(value, "GUID", error);
}

static const Value *guid(const FunctionContext *context, const Value *const *args, guint count,
			 GError **error)
{
	char text[ANCHOR_LENGTH + 1];
	guint8 bytes[GUID_BYTES];
	Chance chance;

	chance_begin(&chance, context);
	chance_take(&chance, bytes, sizeof(bytes));
	bytes[6] = (bytes[6] & 0x0f) | 0x40;
	bytes[8] = (bytes[8] & 0x3f) | 0x80;
	anchor_from_uuid(bytes, text);
	return result_text(context, text, ANCHOR_LENGTH, error);
}

/* The two documented spellings; nsUniqueId, which anchor.h also knows, is none of them. */
static gboolean read_guid(const Value *value, char text[ANCHOR_LENGTH + 1])
{
	const gsize last_hyphen = strlen("6ba7b810-9dad-11d1-80b4");

	if (value->type != VALUE_STRING || !anchor_from_text(value->string.data, text))
		return FALSE;
	return value->string.data[0] == '{' || value->string.data[last_hyphen] == '-';
}

static const Value *cguid(const FunctionContext *context, const Value *const *args, guint count,
			  GError **error)
{
	/* Where byte i of a GUID stands among the bytes of its text. */
	static const guint8 order[GUID_BYTES] = { 3, 2, 1,  0,  5,  4,  7,  6,
						  8, 9, 10, 11, 12, 13, 14, 15 };
	char text[ANCHOR_LENGTH + 1];
	guint8 bytes[GUID_BYTES];
	const char *at = text;

	if (argument_is_missing(args[0]))
		return value_null();
	if (!read_guid(args[0], text))
		return refuse_guid(args[0], error);
	for (guint i = 0; i < GUID_BYTES; i++, at += 2) {
		at += *at == '-';
		bytes[order[i]] = (guint8)(g_ascii_xdigit_value(at[0]) << 4 |
					   g_ascii_xdigit_value(at[1]));
	}
	return result_bytes(context, bytes, sizeof(bytes), error);
}

static const Value *is_guid(const FunctionContext *context, const Value *const *args, guint count,
			    GError **error)
{
	char text[ANCHOR_LENGTH + 1];

	return value_bool(args[0] && read_guid(args[0], text));
}

static const Value *string_from_guid(const FunctionContext *context, const Value *const *args,
				     guint count, GError **error)
{
	char text[ANCHOR_LENGTH + 1];

	if (argument_is_missing(args[0]))
		return value_null();
	/* Sixteen bytes may look like text. */
	if ((args[0]->type == VALUE_BYTES || args[0]->type == VALUE_STRING) &&
	    args[0]->string.length == GUID_BYTES)
		anchor_from_guid((const guint8 *)args[0]->string.data, text);
	else if (!read_guid(args[0], text))
		return argument_refuse(args[0], "GUID, of 16 bytes or as text", error);
	return result_text(context, text, ANCHOR_LENGTH, error);
}

/* [MS-DTYP] 2.4.2.1, as far as it tells a SID from other texts. */
static gboolean is_sid_text(const char *text)
{
	if (strlen(text) > SID_LENGTH)
		return FALSE;

	g_auto(GStrv) parts = g_strsplit(text, "-", -1);
	guint count = g_strv_length(parts);
	guint64 number;

	if (count < 3 || count > 3 + 15 || g_ascii_strcasecmp(parts[0], "S") != 0 ||
	    strcmp(parts[1], "1") != 0)
		return FALSE;
	for (guint i = 2; i < count; i++) {
		gboolean hex = i == 2 && g_ascii_strncasecmp(parts[i], "0x", 2) == 0;
		if (!g_ascii_string_to_unsigned(parts[i] + (hex ? 2 : 0), hex ? 16 : 10, 0,
						i == 2 ? (G_GUINT64_CONSTANT(1) << 48) - 1
						       : G_MAXUINT32,
						&number, NULL))
			return FALSE;
	}
	return TRUE;
}

static const Value *string_from_sid(const FunctionContext *context, const Value *const *args,
				    guint count, GError **error)
{
	char text[SID_LENGTH + 1];

	if (argument_is_missing(args[0]))
		return value_null();
	if (args[0]->type == VALUE_STRING && is_sid_text(args[0]->string.data))
		return args[0];
	if ((args[0]->type != VALUE_BYTES && args[0]->type != VALUE_STRING) ||
	    !sid_from_bytes(args[0]->string.data, args[0]->string.length, text))
		return argument_refuse(args[0], "SID", error);
	return result_text(context, text, strlen(text), error);
}

static const Value *random_string(const FunctionContext *context, const Value *const *args,
				  guint count, GError **error)
{
	const Value *avoid = count > RANDOM_AVOID ? args[RANDOM_AVOID] : NULL;
	RandomRules rules = { 0 };
	Chance chance;

	for (guint i = RANDOM_LENGTH; i < RANDOM_AVOID; i++) {
		gint64 *number = i == RANDOM_LENGTH ? &rules.length
						    : &rules.least[i - RANDOM_FIRST_KIND];
		if (argument_is_missing(args[i]))
			return value_null();
		if (!argument_number(args[i], number))
			return argument_refuse(args[i], "whole number", error);
	}
	const char *fault = random_rules_fault(&rules);
	if (!fault)
		fault = random_rules_avoid(&rules, avoid ? value_text(context->arena, avoid) : "");
	if (fault) {
		error_set(error, ERROR_OBJECT, "%s", fault);
		return NULL;
	}
	char *text = function_text(context, (gsize)rules.length, error);
	if (!text)
		return NULL;
	chance_begin(&chance, context);
	random_string_make(&rules, &chance, text);
	return value_borrow(context->arena, text, (gsize)rules.length);
}

static gboolean check_random(const FunctionCall *call, guint *arg, GError **error)
{
	RandomRules rules = { 0 };

	for (guint i = RANDOM_LENGTH; i < RANDOM_AVOID; i++) {
		const Value *literal = function_literal(call, i);
		*arg = i;
		if (!function_given(call, i))
			return error_set(error, ERROR_CONFIG,
					 "a number is missing\nwrite 0 for a "
					 "kind of character that need not be");
		if (!literal)
			return TRUE;
		if (!argument_number(literal, i == RANDOM_LENGTH
						      ? &rules.length
						      : &rules.least[i - RANDOM_FIRST_KIND]))
			return error_set(error, ERROR_CONFIG, "this is no whole number");
	}
	const char *fault = random_rules_fault(&rules);
	*arg = RANDOM_LENGTH;
	return !fault || error_set(error, ERROR_CONFIG, "%s", fault);
}

static void note_type(const char *type, const char *value, gsize length, void *data)
{
	if (strcmp(type, "dc") == 0)
		*(gboolean *)data = TRUE;
}

static gboolean is_dc(const char *rdn)
{
	gboolean found = FALSE;

	dn_foreach_ava(rdn, dn_rdn_length(rdn), note_type, &found);
	return found;
}

/* The RDNs of a DN that count, left to right, each the rest of the DN from there on. New array. */
static GPtrArray *split_dn(const char *dn, gboolean skip_dc)
{
	GPtrArray *rdns = g_ptr_array_new();

	for (const char *at = dn; *at; at = dn_parent(at)) {
		if (!skip_dc || !is_dc(at))
			g_ptr_array_add(rdns, (gpointer)at);
	}
	return rdns;
}

static void ignore_ava(const char *type, const char *value, gsize length, void *data)
{
}

static const Value *component(const FunctionContext *context, const Value *const *args,
			      gboolean from_end, gboolean skip_dc, GError **error)
{
	gint64 number;

	if (argument_is_missing(args[0]) || argument_is_missing(args[1]))
		return value_null();
	if (args[0]->type != VALUE_STRING ||
	    !dn_foreach_ava(args[0]->string.data, args[0]->string.length, ignore_ava, NULL))
		return argument_refuse(args[0], "DN", error);
	if (!argument_number(args[1], &number) || number < 1)
		return argument_refuse(args[1], "number of a component: the first one is 1", error);

	g_autoptr(GPtrArray) rdns = split_dn(args[0]->string.data, skip_dc);
	if (number > rdns->len)
		return value_null();
	guint index = (guint)(from_end ? rdns->len - number : number - 1);
	char *value = dn_rdn_value(g_ptr_array_index(rdns, index));
	return value ? result_taken(context, value, error) : argument_refuse(args[0], "DN", error);
}

static const Value *dn_component(const FunctionContext *context, const Value *const *args,
				 guint count, GError **error)
{
	return component(context, args, FALSE, FALSE, error);
}

static const Value *dn_component_rev(const FunctionContext *context, const Value *const *args,
				     guint count, GError **error)
{
	const Value *option = count > 2 && !argument_is_missing(args[2]) ? args[2] : NULL;

	if (option && g_ascii_strcasecmp(value_text(context->arena, option), "DC") != 0)
		return argument_refuse(option, "option: the only one is \"DC\"", error);
	return component(context, args, TRUE, option != NULL, error);
}

/* Length of "cn=" at the beginning of a component; 0 if it has no type (RFC 4512 §1.4). */
static gsize type_length(const char *text)
{
	gsize length = 0;

	while (g_ascii_isalnum(text[length]) ||
	       (length > 0 && strchr("-.", text[length]) && text[length] != '\0'))
		length++;
	return length > 0 && text[length] == '=' ? length + 1 : 0;
}

static const Value *escape_dn_component(const FunctionContext *context, const Value *const *args,
					guint count, GError **error)
{
	if (!args[0] || value_count(args[0]) == 0)
		return value_null();

	const Value *source = value_to_string(context->arena, args[0]);
	gsize type = type_length(source->string.data);
	g_autoptr(GString) out = g_string_new_len(source->string.data, (gssize)type);

	dn_escape_append(out, source->string.data + type, source->string.length - type);
	return result_text(context, out->str, out->len, error);
}

const Function functions_id[] = {
	{ "Guid", 0, 0, guid, "Guid()", .traits = EXPR_RANDOM, .sure = TRUE },
	{ "CGuid", 1, 1, cguid, "CGuid(text)", .lists = LISTS_EACH },
	{ "IsGuid", 1, 1, is_guid, "IsGuid(source)", .bytes = TRUE, .sure = TRUE },
	{ "StringFromGuid", 1, 1, string_from_guid, "StringFromGuid(source)", .lists = LISTS_EACH,
	  .bytes = TRUE },
	{ "StringFromSid", 1, 1, string_from_sid, "StringFromSid(source)", .lists = LISTS_EACH,
	  .bytes = TRUE },
	{ "RandomString", 5, 6, random_string,
	  "RandomString(length, digits, special, upper, lower, avoid?)", .check = check_random,
	  .traits = EXPR_RANDOM },
	{ "DNComponent", 2, 2, dn_component, "DNComponent(dn, number)", .lists = LISTS_EACH },
	{ "DNComponentRev", 2, 3, dn_component_rev, "DNComponentRev(dn, number, \"DC\"?)",
	  .lists = LISTS_EACH },
	{ "EscapeDNComponent", 1, 1, escape_dn_component, "EscapeDNComponent(source)",
	  .lists = LISTS_EACH },
	{ 0 },
};
