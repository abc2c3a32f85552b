/*
 * What nothing was found out about: what will be assumed of it, or is configured.
 */
#include "scim_probe_internal.h"

static const struct {
	const char *what, *setting;
	const char *besides; /* a setting whose row says as much, or NULL */
} assumptions[] = {
	{ "how accounts are updated", "update", NULL },
	{ "PATCH with a path for each attribute", "quirks.patch_path", NULL },
	{ "operations in one PATCH (0: any)", "quirks.patch_ops_max", NULL },
	{ "how true and false are sent", "quirks.boolean", NULL },
	{ "how accounts are disabled", "quirks.disable_by", NULL },
	{ "If-Match is wanted", "quirks.etag", NULL },
	{ "accounts may be deleted", "quirks.delete", "quirks.delete_means" },
	{ "groups may be made", "quirks.groups.create", NULL },
	{ "groups may be renamed", "quirks.groups.rename", NULL },
	{ "groups may be deleted", "quirks.groups.delete", NULL },
	{ "groups may be sent by PUT", "quirks.groups.put", NULL },
	{ "what a group's name becomes", "quirks.groups.name", NULL },
	{ "how members are added", "quirks.groups.add", NULL },
	{ "members added in one request", "quirks.groups.add_max", NULL },
	{ "how members are removed", "quirks.groups.remove", NULL },
	{ "members removed in one request", "quirks.groups.remove_max", NULL },
	{ "what is shown of a group's members", "quirks.groups.read", NULL },
	{ "a group may be a member", "quirks.groups.nested", NULL },
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

		if (was_told(self, setting) ||
		    (assumptions[i].besides && was_told(self, assumptions[i].besides)) ||
		    (of_groups && !self->has_groups))
			continue;
		scim_probe_tell(self,
				&(ScimProbeRow){ .what = assumptions[i].what,
						 .evidence = is_default ? TARGET_ASSUMED
									: TARGET_SET,
						 .setting = setting },
				"%s", text ? text : "nothing");
	}
}
