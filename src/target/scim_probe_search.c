/*
 * By what accounts can be found: asked for somebody who cannot exist, then for somebody who does.
 *
 *	200, nobody       works
 *	404               works; some services say it so
 *	200, people       the filter is ignored: everybody is shown
 *	400, 403, 501     refused
 *
 * Reading alone cannot tell a search that works from one that never finds anybody; with a
 * throw-away account that is seen too.
 */
#include "base/json.h"
#include "scim_probe_internal.h"

const char *const scim_probe_searched_by[SCIM_PROBE_SEARCHES] = { "userName", "externalId",
								  "emails.value", "id" };

static const char *const search_words[] = {
	[SCIM_SEARCH_NOT_TRIED] = "not tried",
	[SCIM_SEARCH_WORKS] = "works",
	[SCIM_SEARCH_REFUSED] = "refused",
	[SCIM_SEARCH_IGNORED] = "is ignored: it shows people who do not match",
	[SCIM_SEARCH_BLIND] = "does not find who is there",
};

ScimSearch scim_probe_search_nobody(ScimProbe *self, const char *path, const char *value)
{
	g_auto(ScimProbeAnswer) answer = { 0 };
	g_autofree char *address = scim_lookup_path(path, value);

	if (!scim_probe_get(self, address, &answer))
		return SCIM_SEARCH_NOT_TRIED;
	return scim_probe_judge_search(&answer.reply);
}

static void search_for_signs(ScimProbe *self)
{
	g_autofree char *value = g_strdup_printf("%s\"\\", self->token);
	ScimSearch search = scim_probe_search_nobody(self, "userName", value);

	if (self->searches[0] == SCIM_SEARCH_WORKS)
		scim_probe_tell(self,
				&(ScimProbeRow){ .what = "a quote or backslash in what is searched",
						 .evidence = TARGET_TRIED },
				"%s", search_words[search]);
}

void scim_probe_search(ScimProbe *self)
{
	for (guint i = 0; i < SCIM_PROBE_SEARCHES && !self->over; i++)
		self->searches[i] = scim_probe_search_nobody(self, scim_probe_searched_by[i],
							     self->token);
	search_for_signs(self);
}

/* Somebody who is there ------------------------------------------------------------------------ */

/* Whether a search by 'path' shows our account. */
static gboolean finds(ScimProbe *self, const char *path, const char *value)
{
	g_auto(ScimProbeAnswer) answer = { 0 };
	g_autofree char *address = scim_lookup_path(path, value);
	size_t i;
	json_t *found;

	scim_probe_get(self, address, &answer);
	json_array_foreach (json_get_nocase(answer.reply.body, "Resources"), i, found) {
		if (scim_normalise(found) &&
		    g_str_equal(json_get_string(found, "id"), self->account->id))
			return TRUE;
	}
	return FALSE;
}

/* What our account has there as the service shows it. New string, or NULL. */
static char *shown_value(const json_t *document, const char *path)
{
	const json_t *holder = document;

	if (g_str_equal(path, "emails.value")) {
		holder = json_array_get(json_get_nocase(document, "emails"), 0);
		path = "value";
	}
	const json_t *value = json_get_nocase(holder, path);
	return value ? json_scalar_text(value) : NULL;
}

static void find_in_other_case(ScimProbe *self, const char *name)
{
	g_autofree char *other = g_ascii_strup(name, -1);
	gboolean found = finds(self, "userName", other);

	scim_probe_tell(self,
			&(ScimProbeRow){ .what = "userName in another case",
					 .evidence = TARGET_TRIED },
			found ? "is found" : "is not found");
}

void scim_probe_find_account(ScimProbe *self)
{
	if (!scim_probe_has_account(self))
		return;
	g_autoptr(json_t) document = scim_probe_read(self, self->account, NULL);
	for (guint i = 0; i < SCIM_PROBE_SEARCHES && document; i++) {
		const char *path = scim_probe_searched_by[i];
		g_autofree char *value = shown_value(document, path);

		if (self->searches[i] == SCIM_SEARCH_WORKS && value && !finds(self, path, value))
			self->searches[i] = SCIM_SEARCH_BLIND;
	}
	g_autofree char *name = document ? shown_value(document, "userName") : NULL;
	if (name && self->searches[0] == SCIM_SEARCH_WORKS)
		find_in_other_case(self, name);
}

void scim_probe_tell_search(ScimProbe *self)
{
	g_autofree char *value = scim_probe_filter_value(&self->target->conf->quirks,
							 self->searches);

	for (guint i = 0; i < SCIM_PROBE_SEARCHES; i++) {
		g_autofree char *what = g_strconcat("by ", scim_probe_searched_by[i], NULL);
		scim_probe_tell(self, &(ScimProbeRow){ .what = what, .evidence = TARGET_TRIED },
				"%s", search_words[self->searches[i]]);
	}
	if (value)
		scim_probe_tell(self,
				&(ScimProbeRow){ .what = "what accounts are searched by",
						 .evidence = TARGET_TRIED,
						 .setting = "quirks.filter",
						 .value = value },
				"not by all of these; others are found in the listing");
}

/* Groups --------------------------------------------------------------------------------------- */

static void look_at_group(ScimProbe *self, const json_t *listed)
{
	const json_t *id = json_get_nocase(listed, "id");
	g_autofree char *text = id ? json_scalar_text(id) : NULL;
	g_autofree char *path = text ? scim_group_path(text) : NULL;
	g_autofree char *without = path ? g_strconcat(path, "?excludedAttributes=members", NULL)
					: NULL;
	g_auto(ScimProbeAnswer) whole = { 0 }, rest = { 0 };

	if (!path || !scim_probe_get(self, path, &whole) || !scim_probe_is_fine(&whole))
		return;
	size_t shown = json_array_size(json_get_nocase(whole.reply.body, "members"));
	scim_probe_tell(self,
			&(ScimProbeRow){ .what = "members of a group that is there",
					 .evidence = TARGET_TRIED },
			shown > 0 ? "%zu are shown" : "none are shown (%zu)", shown);
	if (shown == 0 || !scim_probe_get(self, without, &rest) || !scim_probe_is_fine(&rest))
		return;
	scim_probe_tell(self,
			&(ScimProbeRow){ .what = "excludedAttributes=members",
					 .evidence = TARGET_TRIED },
			json_get_nocase(rest.reply.body, "members") ? "is ignored" : "is obeyed");
}

void scim_probe_read_groups(ScimProbe *self)
{
	static const char *const paths[] = { "/Groups?startIndex=1&count=1",
					     "/Groups?startIndex=1&count=1",
					     "/Groups?cursor=&count=1", "/Groups" };
	g_auto(ScimProbeAnswer) answer = { 0 };

	if (!scim_probe_get(self, paths[self->paging], &answer))
		return;
	gboolean none = scim_probe_is_refusal(&answer);
	self->has_groups = scim_is_list(&answer.reply);
	g_autofree char *words = scim_probe_words(&answer);
	if (!self->has_groups) {
		scim_probe_tell(self,
				&(ScimProbeRow){ .what = "/Groups",
						 .evidence = TARGET_TRIED,
						 .setting = "quirks.groups.offered",
						 .value = none ? "false" : NULL },
				none ? "there are none: %s" : "could not be read: %s", words);
		return;
	}
	/* They may be there, and not be ours to use. */
	gboolean used = self->target->conf->quirks.groups.offered;
	self->has_groups = used;
	scim_probe_tell(self,
			&(ScimProbeRow){ .what = "/Groups",
					 .evidence = TARGET_TRIED,
					 .setting = "quirks.groups.offered" },
			"are there%s", used ? "" : ", and not used as configured");
	if (!used)
		return;
	look_at_group(self, json_array_get(json_get_nocase(answer.reply.body, "Resources"), 0));
}
