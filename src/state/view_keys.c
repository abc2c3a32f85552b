/*
 * Keys: what a user and a group must share so that the user is a member although the group does
 * not say so.
 *
 *	key                          a user has it by                  a group has it by
 *	sid:S-1-5-21-7-8-9-513       objectSid S-1-5-21-7-8-9-1104     objectSid
 *	                             and primaryGroupID 513
 *	uid:anna                     uid, being a posixAccount         memberUid, being a posixGroup
 *
 * The primary group is the last number of a SID of the user's own domain. Names of users are
 * compared byte for byte: memberUid is caseExactIA5Match (RFC 2307 §3), and a system that looks up
 * groups does it so; that uid itself ignores case makes "Anna" no member by "anna".
 *
 * The attributes are those of the stored facts. objectSid must be text; what is none gives no key.
 */
#include <string.h>

#include "view_internal.h"

static const char *sid_of(const Entry *entry)
{
	const char *sid = entry_text(entry, "objectsid");

	return sid && g_str_has_prefix(sid, "S-1-") ? sid : NULL;
}

static gboolean is_number(const char *text)
{
	return text && *text && text[strspn(text, "0123456789")] == '\0';
}

static void add_primary_group(GPtrArray *keys, const Entry *user)
{
	const char *sid = sid_of(user), *rid = entry_text(user, "primarygroupid");

	if (sid && is_number(rid))
		g_ptr_array_add(keys, g_strdup_printf("sid:%.*s-%s", (int)(strrchr(sid, '-') - sid),
						      sid, rid));
}

static void add_names(GPtrArray *keys, const Entry *entry, const char *class, const char *attribute)
{
	guint count;
	const EntryValue *values = entry_values(entry, attribute, &count);

	if (!entry_has(entry, "objectclass", class))
		return;
	for (guint i = 0; i < count; i++) {
		if (values[i].length > 0 && strlen(values[i].data) == values[i].length)
			g_ptr_array_add(keys, g_strconcat("uid:", values[i].data, NULL));
	}
}

static int compare_keys(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

GPtrArray *keys_of(EntryKind kind, const Entry *entry)
{
	GPtrArray *keys = g_ptr_array_new_with_free_func(g_free);

	if (!entry)
		return keys;
	if (kind == ENTRY_USER) {
		add_primary_group(keys, entry);
		add_names(keys, entry, "posixAccount", "uid");
	} else if (kind == ENTRY_GROUP) {
		if (sid_of(entry))
			g_ptr_array_add(keys, g_strconcat("sid:", sid_of(entry), NULL));
		add_names(keys, entry, "posixGroup", "memberuid");
	}
	g_ptr_array_sort(keys, compare_keys);
	return keys;
}
