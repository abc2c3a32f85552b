/*
 * What nothing was found out about: what will be assumed of it, or is configured.
 */
#include "scim_probe_internal.h"

static const struct {
	const char *what, *setting;
} assumptions[] = {
	{ "how accounts are updated", "update" },
	{ "PATCH with a path for each attribute", "quirks.patch_path" },
	{ "operations in one PATCH (0: any)", "quirks.patch_ops_max" },
	{ "how true and false are sent", "quirks.boolean" },
	{ "how accounts are disabled", "quirks.disable_by" },
	{ "If-Match is wanted", "quirks.etag" },
	{ "accounts may be deleted", "quirks.delete" },
	{ "groups may be made", "quirks.groups.create" },
	{ "groups may be renamed", "quirks.groups.rename" },
	{ "groups may be deleted", "quirks.groups.delete" },
	{ "groups may be sent by PUT", "quirks.groups.put" },
	{ "what a group's name becomes", "quirks.groups.name" },
	{ "how members are added", "quirks.groups.add" },
	{ "members added in one request", "quirks.groups.add_max" },
	{ "how members are removed", "quirks.groups.remove" },
	{ "members removed in one request", "quirks.groups.remove_max" },
	{ "what is shown of a group's members", "quirks.groups.read" },
	{ "a group may be a member", "quirks.groups.nested" },
};

static gboolean was_told(const ScimProbe *self, const char *setting)
{
	for (guint i = 0; i < self->rows->len; i++) {
		const TargetFinding *finding = self->rows->pdata[i];
		if (g_strcmp0(finding->setting, setting) == 0)
			return TRUE;
	}
	return FALSE;
}

void scim_probe_assume(ScimProbe *self)
{
	self->subject = "not tried";
	for (guint i = 0; i < G_N_ELEMENTS(assumptions); i++) {
		const char *setting = assumptions[i].setting;
		gboolean is_default;
		g_autofree char *text = scim_probe_configured(self->target->conf, setting,
							      &is_default);
		gboolean of_groups = g_str_has_prefix(setting, "quirks.groups.");

		if (was_told(self, setting) || (of_groups && !self->has_groups))
			continue;
		scim_probe_tell(self,
				&(ScimProbeRow){ .what = assumptions[i].what,
						 .evidence = is_default ? TARGET_ASSUMED
									: TARGET_SET,
						 .setting = setting },
				"%s", text ? text : "nothing");
	}
}
