/*
 * What a service says of itself: ServiceProviderConfig, ResourceTypes, Schemas (RFC 7643 §5 to §7).
 *
 * All three are optional in the field, and believed only as far as nothing better is known: here
 * they are told, the other steps look what is true of it.
 */
#include "base/json.h"
#include "scim_probe_internal.h"
#include "words_internal.h"

static void tell_feature(ScimProbe *self, const json_t *config, const char *feature)
{
	const json_t *group = json_get_nocase(config, feature);
	const json_t *supported = json_get_nocase(group, "supported");
	g_autofree char *text = supported ? json_scalar_text(supported) : NULL;

	scim_probe_tell(self,
			&(ScimProbeRow){ .what = feature,
					 .evidence = text ? TARGET_ANNOUNCED : TARGET_ASSUMED },
			"%s",
			!text                                   ? "nothing is said"
			: g_ascii_strcasecmp(text, "true") == 0 ? "supported"
								: "not supported");
}

static void tell_pages(ScimProbe *self, const json_t *config)
{
	const json_t *pagination = json_get_nocase(config, "pagination");
	gint64 limit;

	if (scim_integer(json_get_nocase(json_get_nocase(config, "filter"), "maxResults"), &limit))
		scim_probe_tell(self,
				&(ScimProbeRow){ .what = "largest answer",
						 .evidence = TARGET_ANNOUNCED },
				"%" G_GINT64_FORMAT " (filter.maxResults)", limit);
	if (!json_is_object(pagination))
		return;
	g_autofree char *text = json_canonical(pagination);
	g_autofree char *words = words_excerpt(text, -1, self->target->credential);
	scim_probe_tell(self, &(ScimProbeRow){ .what = "pages", .evidence = TARGET_ANNOUNCED },
			"%s", words);
}

/* Reads the config at a path. FALSE if it is not there; *unknown if that is not certain. */
static gboolean read_config(ScimProbe *self, const char *path, gboolean *unknown)
{
	const char *configured = self->target->conf->quirks.discovery_path;
	g_auto(ScimProbeAnswer) answer = { 0 };
	g_autofree char *quoted = scim_probe_quoted(path);

	if (!scim_probe_get(self, path, &answer) || !scim_probe_is_fine(&answer) ||
	    !json_is_object(answer.reply.body)) {
		*unknown |= !scim_probe_is_fine(&answer) && !scim_probe_is_refusal(&answer);
		return FALSE;
	}
	scim_probe_tell(self,
			&(ScimProbeRow){ .what = "ServiceProviderConfig",
					 .evidence = TARGET_TRIED,
					 .setting = "quirks.discovery_path",
					 .value = g_str_equal(path, configured) ? NULL : quoted },
			"at %s", path);
	tell_feature(self, answer.reply.body, "patch");
	tell_feature(self, answer.reply.body, "filter");
	tell_feature(self, answer.reply.body, "etag");
	tell_pages(self, answer.reply.body);
	return TRUE;
}

static void read_any_config(ScimProbe *self)
{
	const char *configured = self->target->conf->quirks.discovery_path;
	static const char *const others[] = { "/ServiceProviderConfig", "/ServiceProviderConfigs" };

	gboolean unknown = FALSE;

	if (read_config(self, configured, &unknown))
		return;
	for (guint i = 0; i < G_N_ELEMENTS(others); i++) {
		if (!g_str_equal(others[i], configured) && read_config(self, others[i], &unknown))
			return;
	}
	scim_probe_tell(self,
			&(ScimProbeRow){ .what = "ServiceProviderConfig",
					 .evidence = TARGET_TRIED,
					 .setting = "quirks.discovery",
					 .value = unknown ? NULL : "false" },
			unknown ? "could not be read" : "is not there: it need not be asked for");
}

/* "User, Group": what the elements of a list are called. New string, or NULL. */
static char *names_in(const ScimReply *reply, const char *member)
{
	const json_t *list = json_is_array(reply->body) ? reply->body
							: json_get_nocase(reply->body, "Resources");
	GString *names = g_string_new(NULL);
	size_t i;
	json_t *element;

	json_array_foreach ((json_t *)list, i, element) {
		const char *name = json_string_value(json_get_nocase(element, member));
		if (name && names->len < 400)
			g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "", name);
	}
	return g_string_free(names, names->len == 0);
}

static void read_names(ScimProbe *self, const char *path, const char *what, const char *member)
{
	g_auto(ScimProbeAnswer) answer = { 0 };

	if (!scim_probe_get(self, path, &answer) && self->over)
		return;
	g_autofree char *names = scim_probe_is_fine(&answer) ? names_in(&answer.reply, member)
							     : NULL;
	g_autofree char *said = names ? words_excerpt(names, -1, self->target->credential)
				      : scim_probe_words(&answer);
	scim_probe_tell(self,
			&(ScimProbeRow){ .what = what,
					 .evidence = names ? TARGET_ANNOUNCED : TARGET_TRIED },
			"%s%s", names ? "" : "none: ", said);
}

void scim_probe_discovery(ScimProbe *self)
{
	read_any_config(self);
	read_names(self, "/ResourceTypes", "types", "name");
	read_names(self, "/Schemas", "schemas", "id");
}
