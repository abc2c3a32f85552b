/*
 * What a verb means at this service, and what 'check' says of it: sentences for people. Pure.
 *
 * "Disable" and "delete" swap their meaning between services: one deletes the membership when an
 * account is made inactive, another only deactivates on DELETE, a third makes either final. Presets
 * bring the words; where they do not, the words follow from the quirks, so that a plan never
 * promises a disabled account where a DELETE is sent.
 */
#include "scim_internal.h"

static const char *meaning_of_disable(const ScimProfile *self)
{
	const ScimQuirks *quirks = self->quirks;

	if (quirks->disable_by == SCIM_DISABLE_NONE)
		return SCIM_NO_DISABLE;
	if (quirks->disable_means)
		return quirks->disable_means;
	if (quirks->disable_by != SCIM_DISABLE_DELETE)
		return NULL;
	return quirks->delete_means ? quirks->delete_means
				    : "deletes the account: the service has no other way to "
				      "disable one";
}

const char *scim_profile_meaning(const ScimProfile *self, TargetVerb verb)
{
	const ScimQuirks *quirks = self->quirks;

	switch (verb) {
	case TARGET_CREATE:
		return quirks->create_means;
	case TARGET_UPDATE:
		return self->update == SCIM_UPDATE_CREATE_ONLY ? SCIM_NO_UPDATE : NULL;
	case TARGET_ENABLE:
		if (quirks->disable_by == SCIM_DISABLE_NONE)
			return SCIM_NO_DISABLE;
		return quirks->reactivate ? NULL : SCIM_NO_ENABLE;
	case TARGET_DISABLE:
		return meaning_of_disable(self);
	case TARGET_DELETE:
		return quirks->delete_accounts ? quirks->delete_means : SCIM_NO_DELETE;
	default:
		return NULL;
	}
}

/* Findings ------------------------------------------------------------------------------------- */

static const char *by_words(ScimBy by)
{
	static const char *const words[] = { "assumed", "as the service says",
					     "as the service showed", "as configured",
					     "learned from a refusal" };
	return words[by];
}

static const char *way_words(ScimWay way)
{
	static const char *const words[] = {
		[SCIM_WAY_PATCH] = "PATCH",
		[SCIM_WAY_MERGED] = "PATCH without paths",
		[SCIM_WAY_PUT] = "PUT of the merged account",
		[SCIM_WAY_PUT_PARTIAL] = "PUT of what changes",
		[SCIM_WAY_DELETE] = "DELETE",
		[SCIM_WAY_READ] = "nothing",
		[SCIM_WAY_NONE] = "nothing",
	};
	return words[way];
}

static void find_ways(const ScimProfile *self, GPtrArray *findings)
{
	gboolean learnt = self->patch.by == SCIM_BY_LEARNING || self->put.by == SCIM_BY_LEARNING;
	ScimBy by = learnt                             ? SCIM_BY_LEARNING
		    : self->update != SCIM_UPDATE_AUTO ? SCIM_BY_SETTING
						       : self->patch.by;
	ScimWay way = scim_profile_update_way(self), off = scim_profile_disable_way(self);

	if (way == SCIM_WAY_READ)
		g_ptr_array_add(findings, g_strdup(SCIM_NO_UPDATE));
	else
		g_ptr_array_add(findings, g_strdup_printf("updates are sent as %s (%s)",
							  way_words(way), by_words(by)));
	if (off == SCIM_WAY_NONE)
		g_ptr_array_add(findings, g_strdup("accounts cannot be disabled (as configured)"));
	else if (off != way)
		g_ptr_array_add(findings,
				g_strdup_printf("accounts are disabled by %s (%s)", way_words(off),
						by_words(self->quirks->disable_by ==
									 SCIM_DISABLE_AUTO
								 ? self->patch.by
								 : SCIM_BY_SETTING)));
	if (!self->quirks->reactivate)
		g_ptr_array_add(findings,
				g_strdup("disabled accounts cannot be enabled (as configured)"));
	if (!self->quirks->delete_accounts)
		g_ptr_array_add(findings, g_strdup("accounts are never deleted (as configured)"));
}

static void find_listing(const ScimProfile *self, GPtrArray *findings)
{
	static const char *const words[] = { "by index", "by index", "by cursor", "as a whole" };

	if (self->page.value == SCIM_PAGE_NONE)
		g_ptr_array_add(findings, g_strdup_printf("listings are read as a whole (%s)",
							  by_words(self->page.by)));
	else
		g_ptr_array_add(findings,
				g_strdup_printf("listings are read %" G_GINT64_FORMAT
						" accounts a page (%s), %s (%s)",
						self->page_size.value, by_words(self->page_size.by),
						words[self->page.value], by_words(self->page.by)));
}

static void find_search(const ScimProfile *self, GPtrArray *findings)
{
	const GPtrArray *filter = self->quirks->filter;

	if (filter && filter->len > 0) {
		GString *names = g_string_new(NULL);
		for (guint i = 0; i < filter->len; i++)
			g_string_append_printf(names, "%s%s", i > 0 ? ", " : "",
					       (const char *)filter->pdata[i]);
		g_ptr_array_add(findings, g_strdup_printf("accounts can be searched by %s "
							  "(as configured); by others they are "
							  "found in the listing",
							  names->str));
		g_string_free(names, TRUE);
	} else if (!self->filter.value) {
		g_ptr_array_add(findings,
				g_strdup("the service says it cannot filter; looking up is "
					 "tried all the same and checked"));
	}
}

void scim_profile_findings(const ScimProfile *self, GPtrArray *findings)
{
	if (self->note)
		g_ptr_array_add(findings, g_strdup(self->note));
	find_ways(self, findings);
	find_search(self, findings);
	find_listing(self, findings);
	if (self->etag.value)
		g_ptr_array_add(findings, g_strdup_printf("writes name the version they change "
							  "(%s)",
							  by_words(self->etag.by)));
	scim_memory_tell(&self->memory, FALSE, findings);
}
