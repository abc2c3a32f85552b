/*
 * Probe: opens an app as check does, and asks its driver to find out how the service does things.
 *
 * What comes back are rows. Those that name a setting, and a value other than the configured one,
 * become a fragment to paste into the app:
 *
 *	quirks.page           = "cursor"            quirks = {
 *	quirks.groups.remove  = "value"       -->     page = "cursor";
 *	                                              groups = {
 *	                                                remove = "value";
 *	                                              };
 *	                                            };
 */
#include "run/probe.h"

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "probe_internal.h"

/* The fragment --------------------------------------------------------------------------------- */

/* Of two rows about one setting the later one knows more. */
static gboolean is_last(const GPtrArray *rows, guint i)
{
	const TargetFinding *row = rows->pdata[i];

	for (guint k = i + 1; k < rows->len; k++) {
		const TargetFinding *later = rows->pdata[k];
		if (later->value && g_strcmp0(later->setting, row->setting) == 0)
			return FALSE;
	}
	return TRUE;
}

/* The name beneath 'prefix' of the setting that is to be changed by a row, or NULL. */
static const char *name_beneath(const GPtrArray *rows, guint i, const char *prefix)
{
	const TargetFinding *row = rows->pdata[i];

	if (!row->odd || !row->setting || !row->value || !g_str_has_prefix(row->setting, prefix) ||
	    !is_last(rows, i))
		return NULL;
	return row->setting + strlen(prefix);
}

static void write_values(GString *out, const GPtrArray *rows, const char *prefix, int indent)
{
	for (guint i = 0; i < rows->len; i++) {
		const TargetFinding *row = rows->pdata[i];
		const char *name = name_beneath(rows, i, prefix);
		if (name && !strchr(name, '.'))
			g_string_append_printf(out, "%*s%s = %s;\n", indent, "", name, row->value);
	}
}

static void write_level(GString *out, const GPtrArray *rows, const char *prefix, int indent)
{
	g_autoptr(GHashTable) done = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	write_values(out, rows, prefix, indent);
	for (guint i = 0; i < rows->len; i++) {
		const char *name = name_beneath(rows, i, prefix);
		const char *dot = name ? strchr(name, '.') : NULL;
		g_autofree char *group = dot ? g_strndup(name, (gsize)(dot - name)) : NULL;
		g_autofree char *deeper = group ? g_strconcat(prefix, group, ".", NULL) : NULL;

		if (!group || !g_hash_table_add(done, g_strdup(group)))
			continue;
		g_string_append_printf(out, "%*s%s = {\n", indent, "", group);
		write_level(out, rows, deeper, indent + 2);
		g_string_append_printf(out, "%*s};\n", indent, "");
	}
}

char *probe_fragment(const GPtrArray *rows)
{
	GString *out = g_string_new(NULL);

	write_level(out, rows, "", 0);
	return g_string_free(out, FALSE);
}

/* The document --------------------------------------------------------------------------------- */

static const char *evidence_name(int evidence)
{
	static const char *const names[] = {
		[TARGET_ASSUMED] = "assumed",
		[TARGET_SET] = "configured",
		[TARGET_ANNOUNCED] = "announced",
		[TARGET_TRIED] = "tried",
	};
	return names[evidence];
}

static json_t *row_json(const TargetFinding *row)
{
	return json_pack("{s:s, s:s, s:o, s:s, s:s?, s:s?, s:b, s:b}", "subject", row->subject,
			 "what", row->what, "found",
			 json_lossy_string(row->found, strlen(row->found)), "evidence",
			 evidence_name(row->evidence), "setting", row->setting, "value", row->value,
			 "odd", row->odd, "left", row->left);
}

static json_t *document_of(const AppConfig *app, const TargetProbe *how, const GPtrArray *rows,
			   const GError *problem)
{
	g_autofree char *fragment = probe_fragment(rows);
	json_t *findings = json_array();
	int left = 0;

	for (guint i = 0; i < rows->len; i++) {
		const TargetFinding *row = rows->pdata[i];
		left += row->left ? 1 : 0;
		json_array_append_new(findings, row_json(row));
	}
	return json_pack("{s:s, s:s, s:b, s:o, s:b, s:i, s:s, s:o}", "app", app->name, "type",
			 app->type, "ok", problem == NULL, "problem",
			 problem ? json_lossy_string(problem->message, strlen(problem->message))
				 : json_null(),
			 "write", how->write, "left", left, "fragment", fragment, "findings",
			 findings);
}

json_t *probe_app(const Config *config, const AppConfig *app, const TargetProbe *how,
		  GError **error)
{
	g_autoptr(GPtrArray) rows = target_findings_new();
	g_autoptr(GError) problem = NULL;
	g_autoptr(json_t) attributes = NULL;
	TargetProbe full = *how;
	TargetSetup setup = { .app = app->name, .conf = app->conf, .folder = config->token_folder };
	Target *target;

	if (!app->ops->probe) {
		error_set(error, ERROR_CONFIG,
			  "there is nothing to find out about app '%s': it is of type '%s'",
			  app->name, app->type);
		return NULL;
	}
	if (how->write)
		full.attributes = attributes = probe_attributes(app->mapping, how->attributes);
	target = app->ops->open(&setup, &problem);
	if (target)
		app->ops->probe(target, &full, rows, &problem);
	app->ops->close(target);
	return document_of(app, how, rows, problem);
}
