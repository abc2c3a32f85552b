/*
 * Quirks: what one service does otherwise than the RFCs and most other services, as settings.
 *
 *	quirks = {
 *	  disable_by   = "delete";
 *	  delete_means = "removes the person from the organisation";
 *	  filter       = [ "userName", "id" ];
 *	  rate         = ( { what = "write"; calls = 600; per = "1m"; burst = 180; } );
 *	};
 *
 * They are filled by preset files more than by administrators. A quirk without a value is what a
 * service by the book does, so an app without any is spoken to as RFC 7644 says. What a quirk
 * makes of a request is in scim_codec.c (what is sent) and scim_job.c (which request it is); what
 * it means for a person who reads a plan is scim_meaning.c's.
 */
#include <string.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/json.h"
#include "core/path.h"
#include "core/pattern.h"
#include "scim_internal.h"
#include "target_internal.h"

static const char *const page_names[] = { "auto", "index", "cursor", "none", NULL };
static const char *const disable_names[] = { "auto", "patch", "put", "delete", "none", NULL };
static const char *const boolean_names[] = { "json", "text", NULL };
static const char *const of_names[] = { "all", "users", "groups", NULL };

const Option scim_quirks_options[] = {
	OPTION(BOOL, ScimQuirks, discovery, "discovery", 0, .fallback = "true"),
	OPTION(STRING, ScimQuirks, discovery_path, "discovery_path", 0,
	       .fallback = "/ServiceProviderConfig"),
	OPTION(STRING, ScimQuirks, accept, "accept", 0),
	OPTION(STRING, ScimQuirks, user_agent, "user_agent", 0),
	OPTION(ENUM, ScimQuirks, page, "page", 0, .names = page_names, .fallback = "auto"),
	OPTION(STRINGS, ScimQuirks, filter, "filter", 0),
	OPTION(ENUM, ScimQuirks, disable_by, "disable_by", 0, .names = disable_names,
	       .fallback = "auto"),
	OPTION(BOOL, ScimQuirks, reactivate, "reactivate", 0, .fallback = "true"),
	OPTION(BOOL, ScimQuirks, delete_accounts, "delete", 0, .fallback = "true"),
	OPTION(STRING, ScimQuirks, create_means, "create_means", 0),
	OPTION(STRING, ScimQuirks, disable_means, "disable_means", 0),
	OPTION(STRING, ScimQuirks, delete_means, "delete_means", 0),
	OPTION(INT, ScimQuirks, patch_ops_max, "patch_ops_max", 0, .min = 0, .max = 100000,
	       .fallback = "0"),
	OPTION(BOOL, ScimQuirks, patch_path, "patch_path", 0, .fallback = "true"),
	OPTION(ENUM, ScimQuirks, boolean, "boolean", 0, .names = boolean_names, .fallback = "json"),
	OPTION(BOOL, ScimQuirks, id_is_external, "id_is_external", 0, .fallback = "false"),
	OPTION(BOOL, ScimQuirks, email_primary, "email_primary", 0, .fallback = "true"),
	OPTION(STRINGS, ScimQuirks, conflict, "conflict", 0),
	OPTION(STRINGS, ScimQuirks, throttled, "throttled", 0),
	OPTION(BOOL, ScimQuirks, etag, "etag", 0, .fallback = "false"),
	OPTION(NODE, ScimQuirks, rate, "rate", 0),
	OPTION(GROUP, ScimQuirks, groups, "groups", 0, .table = scim_group_options),
	OPTION_END
};

gboolean scim_rates(const ScimQuirks *quirks, GArray *rates, GPtrArray *patterns, GError **error)
{
	static const char *const paths[] = { NULL, "/Users", "/Groups" };

	return http_conf_rates(quirks->rate, "quirks.rate", of_names, paths, rates, patterns,
			       error);
}

GPtrArray *scim_conflicts(const ScimQuirks *quirks, GError **error)
{
	return http_conf_patterns(quirks->conflict, FALSE, error);
}

GPtrArray *scim_throttled(const ScimQuirks *quirks, GError **error)
{
	return http_conf_patterns(quirks->throttled, TRUE, error);
}

static void add_texts(GString *text, const GPtrArray *list)
{
	for (guint i = 0; list && i < list->len; i++)
		g_string_append_printf(text, "%s,", (const char *)list->pdata[i]);
	g_string_append_c(text, ';');
}

char *scim_settings_digest(const ScimConf *conf)
{
	const ScimQuirks *quirks = &conf->quirks;
	const ScimGroupQuirks *groups = &quirks->groups;
	const gint64 numbers[] = {
		conf->update,    conf->page_size,       quirks->discovery,
		quirks->page,    quirks->disable_by,    quirks->patch_path,
		quirks->boolean, quirks->patch_ops_max, quirks->id_is_external,
		quirks->etag,    groups->add,           groups->remove,
		groups->add_max, groups->remove_max,    groups->payload_max,
		groups->read,    groups->read_max,      groups->put,
		groups->nested,  groups->offered,
	};
	GString *text = g_string_new(NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
		g_string_append_printf(text, "%" G_GINT64_FORMAT ";", numbers[i]);
	add_texts(text, quirks->filter);
	g_autofree char *all = g_string_free(text, FALSE);
	return digest_strings(all, quirks->discovery_path ? quirks->discovery_path : "",
			      quirks->accept ? quirks->accept : "",
			      conf->content_type ? conf->content_type : "", NULL);
}

gboolean scim_is_header_value(const char *text)
{
	for (; text && *text; text++) {
		if (g_ascii_iscntrl(*text))
			return FALSE;
	}
	return TRUE;
}

gboolean scim_quirks_validate(const ScimConf *conf, const char *app, GError **error)
{
	const ScimQuirks *quirks = &conf->quirks;
	g_autoptr(GArray) rates = g_array_new(FALSE, FALSE, sizeof(HttpRate));
	g_autoptr(GPtrArray) patterns = g_ptr_array_new_with_free_func(
		(GDestroyNotify)pattern_free);
	g_autoptr(GPtrArray) conflicts = scim_conflicts(quirks, error);

	if (!conflicts) {
		g_prefix_error(error, "app '%s': quirks.conflict: ", app);
		return FALSE;
	}
	g_autoptr(GPtrArray) throttled = scim_throttled(quirks, error);

	if (!throttled) {
		g_prefix_error(error, "app '%s': quirks.throttled: ", app);
		return FALSE;
	}
	if (!quirks->delete_accounts && quirks->disable_by == SCIM_DISABLE_DELETE)
		return error_set(
			error, ERROR_CONFIG,
			"app '%s': quirks.disable_by is delete, but quirks.delete is false", app);
	if (quirks->discovery && *quirks->discovery_path != '/')
		return error_set(error, ERROR_CONFIG,
				 "app '%s': quirks.discovery_path must begin with a slash", app);
	if (!scim_is_header_value(quirks->accept) || !scim_is_header_value(quirks->user_agent) ||
	    !scim_is_header_value(conf->content_type))
		return error_set(error, ERROR_CONFIG,
				 "app '%s': accept, user_agent and content_type must be one line",
				 app);
	if (!scim_rates(quirks, rates, patterns, error)) {
		g_prefix_error(error, "app '%s': ", app);
		return FALSE;
	}
	return TRUE;
}

/* Searching ------------------------------------------------------------------------------------ */

/* True if a path is an attribute, or a part of it: emails[type eq "work"].value is of "emails". */
static gboolean is_of(const Path *path, const char *attribute)
{
	g_autofree char *whole = path->urn ? g_strconcat(path->urn, ":", path->attribute, NULL)
					   : g_strdup(path->attribute);
	g_autofree char *plain = g_strconcat(whole, path->sub ? "." : "", path->sub, NULL);

	return g_ascii_strcasecmp(path->text, attribute) == 0 ||
	       g_ascii_strcasecmp(whole, attribute) == 0 ||
	       g_ascii_strcasecmp(plain, attribute) == 0;
}

gboolean scim_may_filter(const ScimQuirks *quirks, const char *path_text)
{
	const GPtrArray *filter = quirks->filter;
	g_autoptr(Path) path = path_parse(path_text, NULL);

	if (!filter || filter->len == 0)
		return TRUE;
	for (guint i = 0; path && i < filter->len; i++) {
		if (is_of(path, filter->pdata[i]))
			return TRUE;
	}
	return FALSE;
}

const char *scim_lookup_by(const ScimQuirks *quirks, const char *match_path)
{
	return quirks->id_is_external && g_ascii_strcasecmp(match_path, "externalId") == 0
		       ? "id"
		       : match_path;
}

/* What is sent and read ------------------------------------------------------------------------ */

static json_t *with_text(json_t *value)
{
	const char *key;
	json_t *member;
	size_t i;

	if (json_is_boolean(value))
		return json_string(json_is_true(value) ? "true" : "false");
	json_object_foreach (value, key, member)
		json_object_set_new(value, key, with_text(member));
	json_array_foreach (value, i, member)
		json_array_set_new(value, i, with_text(member));
	return json_incref(value);
}

void scim_write_booleans(const ScimQuirks *quirks, json_t *body)
{
	if (quirks->boolean == SCIM_BOOLEAN_TEXT)
		json_decref(with_text(body));
}

/* True if the flat resource itself says which e-mail is the primary one. */
static gboolean is_email_marked(const json_t *resource)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)resource, key, value) {
		g_autoptr(Path) path = path_parse(key, NULL);
		if (path && !path->urn && g_ascii_strcasecmp(path->attribute, "emails") == 0 &&
		    (!path->sub || g_ascii_strcasecmp(path->sub, "primary") == 0))
			return TRUE;
	}
	return FALSE;
}

void scim_unmark_email(json_t *document, const json_t *resource)
{
	json_t *emails = json_get_nocase(document, "emails");

	if (json_array_size(emails) == 1 && !is_email_marked(resource))
		overlay_delete_nocase(json_array_get(emails, 0), "primary");
}

void scim_show_external(json_t *documents)
{
	size_t i;
	json_t *document;

	json_array_foreach (documents, i, document) {
		if (!json_get_nocase(document, "externalId"))
			json_object_set(document, "externalId", json_get_nocase(document, "id"));
	}
}

gboolean scim_changes_external(const json_t *changes)
{
	size_t i;
	json_t *change;

	json_array_foreach ((json_t *)changes, i, change) {
		const char *path = json_get_string(change, "path");
		if (path && g_ascii_strcasecmp(path, "externalId") == 0)
			return TRUE;
	}
	return FALSE;
}
