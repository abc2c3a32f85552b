/*
 * How a service's groups differ from those of others, as settings.
 *
 *	quirks = {
 *	  groups = { add_max = 20; remove_max = 1; read = "query"; put = false; };
 *	};
 *
 * What has no setting is what most services take: members are added as a list, and removed by a
 * filter each, which is the one spelling that RFC 7644 §3.5.2.2 has. "value" and "nested" are
 * what some services want instead, and empty the whole group at services that do not.
 *
 * A setting wins over what the service says of itself, that over what is assumed.
 */
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "core/path.h"
#include "scim_group_internal.h"

static const char *const add_names[] = { "list", "single", "nested", "replace", "put", NULL };
static const char *const remove_names[] = { "filter", "value", "nested", "replace", "put", NULL };
static const char *const read_names[] = { "full", "none", "capped", "on_user", "query", NULL };
static const char *const name_names[] = { "exact", "slug", NULL };

const Option scim_group_options[] = {
	OPTION(BOOL, ScimGroupQuirks, offered, "offered", 0, .fallback = "true"),
	OPTION(ENUM, ScimGroupQuirks, add, "add", 0, .names = add_names, .fallback = "list"),
	OPTION(ENUM, ScimGroupQuirks, remove, "remove", 0, .names = remove_names,
	       .fallback = "filter"),
	OPTION(INT, ScimGroupQuirks, add_max, "add_max", 0, .min = 1, .max = 1000000,
	       .fallback = "100"),
	OPTION(INT, ScimGroupQuirks, remove_max, "remove_max", 0, .min = 1, .max = 1000000,
	       .fallback = "100"),
	OPTION(INT, ScimGroupQuirks, payload_max, "payload_max", 0, .min = 0, .max = 1 << 30,
	       .fallback = "0"),
	OPTION(ENUM, ScimGroupQuirks, read, "read", 0, .names = read_names, .fallback = "full"),
	OPTION(INT, ScimGroupQuirks, read_max, "read_max", 0, .min = 1, .max = 10000000),
	OPTION(BOOL, ScimGroupQuirks, can_create, "create", 0, .fallback = "true"),
	OPTION(BOOL, ScimGroupQuirks, can_rename, "rename", 0, .fallback = "true"),
	OPTION(BOOL, ScimGroupQuirks, can_delete, "delete", 0, .fallback = "true"),
	OPTION(ENUM, ScimGroupQuirks, name, "name", 0, .names = name_names, .fallback = "exact"),
	OPTION(BOOL, ScimGroupQuirks, put, "put", 0, .fallback = "true"),
	OPTION(BOOL, ScimGroupQuirks, nested, "nested", 0, .fallback = "false"),
	OPTION(STRINGS, ScimGroupQuirks, match, "match", 0),
	OPTION_END
};

static gboolean reads_all(const ScimGroupQuirks *quirks)
{
	return quirks->read == SCIM_READ_FULL || quirks->read == SCIM_READ_CAPPED;
}

static gboolean validate_whole(const ScimGroupQuirks *quirks, const char *app, GError **error)
{
	gboolean puts = quirks->add == SCIM_ADD_PUT || quirks->remove == SCIM_REMOVE_PUT;
	gboolean whole = scim_members_are_whole(quirks, TARGET_MEMBERS_ADD) ||
			 scim_members_are_whole(quirks, TARGET_MEMBERS_REMOVE);

	if (puts && !quirks->put)
		return error_set(error, ERROR_CONFIG,
				 "app '%s': quirks.groups: members go by put, and put = false says "
				 "that there is none",
				 app);
	if (whole && !reads_all(quirks))
		return error_set(error, ERROR_CONFIG,
				 "app '%s': quirks.groups: the whole list of members is sent, "
				 "which needs it to be read, and read = \"%s\" says it is not\n"
				 "such a service must take members one by one",
				 app, read_names[quirks->read]);
	return TRUE;
}

gboolean scim_group_validate(const ScimGroupQuirks *quirks, const char *app, GError **error)
{
	if (quirks->read == SCIM_READ_CAPPED && quirks->read_max == 0)
		return error_set(error, ERROR_CONFIG,
				 "app '%s': quirks.groups: read = \"capped\" wants read_max", app);
	if (quirks->read != SCIM_READ_CAPPED && quirks->read_max > 0)
		return error_set(error, ERROR_CONFIG,
				 "app '%s': quirks.groups: read_max goes with read = \"capped\"",
				 app);
	for (guint i = 0; quirks->match && i < quirks->match->len; i++) {
		g_autoptr(Path) path = path_parse(quirks->match->pdata[i], error);
		if (!path) {
			g_prefix_error(error, "app '%s': quirks.groups.match: ", app);
			return FALSE;
		}
	}
	return validate_whole(quirks, app, error);
}

guint scim_group_caps(const ScimGroupQuirks *quirks)
{
	if (!quirks->offered)
		return 0;
	return TARGET_CAN_GROUPS | (quirks->can_create ? TARGET_CAN_CREATE_GROUP : 0) |
	       (quirks->can_rename ? TARGET_CAN_RENAME_GROUP : 0) |
	       (quirks->can_delete ? TARGET_CAN_DELETE_GROUP : 0) |
	       (reads_all(quirks) ? TARGET_CAN_READ_MEMBERS : 0) |
	       (quirks->nested ? TARGET_CAN_NEST_GROUPS : 0);
}

static gboolean is_group_type(const json_t *type)
{
	const char *name = json_string_value(json_get_nocase(type, "name"));
	const char *endpoint = json_string_value(json_get_nocase(type, "endpoint"));
	const char *last = endpoint ? strrchr(endpoint, '/') : NULL;

	return (name && g_ascii_strcasecmp(name, "Group") == 0) ||
	       (endpoint && g_ascii_strcasecmp(last ? last + 1 : endpoint, "Groups") == 0);
}

gboolean scim_has_no_groups(const json_t *resource_types)
{
	const json_t *list = json_is_array(resource_types)
				     ? resource_types
				     : json_get_nocase(resource_types, "Resources");
	gboolean readable = json_array_size(list) > 0;
	size_t i;
	json_t *type;

	json_array_foreach ((json_t *)list, i, type) {
		if (is_group_type(type))
			return FALSE;
		readable &= json_get_nocase(type, "name") || json_get_nocase(type, "endpoint");
	}
	return readable;
}

void scim_group_findings(const ScimGroupQuirks *quirks, const Target *target, GPtrArray *findings)
{
	static const char *const reading[] = { "read to compare", "not shown by the service",
					       "read as far as the service shows them",
					       "not shown by the service",
					       "not shown by the service" };

	g_ptr_array_add(findings, g_strdup_printf("members of groups are added as '%s', at most %u "
						  "at once, and removed as '%s', at most %u; "
						  "they are %s",
						  add_names[quirks->add], target->add_batch,
						  remove_names[quirks->remove],
						  target->remove_batch, reading[quirks->read]));
	if (!quirks->can_create || !quirks->can_rename || !quirks->can_delete)
		g_ptr_array_add(findings, g_strdup_printf("groups cannot be%s%s%s here",
							  quirks->can_create ? "" : " made,",
							  quirks->can_rename ? "" : " renamed,",
							  quirks->can_delete ? "" : " deleted,"));
}
