/*
 * Settings of a credential that somebody else wrote for another one.
 *
 *	auth = { type = "bearer"; token_file = "..."; };      the app
 *	@include "zoom.cfg"                                   type = "client_credentials"; token_url
 *	                                                      = "..."; grant = "..."; prefix = "..."
 *
 * The two are merged before anybody reads them. Who says another type than the preset has nothing
 * to do with what the preset's type needs, and could not take it out either: it counts as not
 * there. What stands in the app's own file, or beside the type, is for the type, and is complained
 * of.
 */
#include <string.h>

#include "credential_internal.h"

/* A word before the token is one of tokens, and nothing for what is given here itself. */
static gboolean has_use_for(const CredentialConf *conf, const char *name)
{
	if (strcmp(name, "prefix") == 0)
		return conf->type == CREDENTIAL_BEARER || credential_is_fetched(conf);
	if (strcmp(name, "keep") == 0)
		return credential_is_fetched(conf);
	return credential_uses(conf, name);
}

/* The node of a setting, in whichever of its forms it is there; or NULL. */
static const ConfNode *node_of(const ConfNode *auth, const Option *option)
{
	static const char *const forms[] = { "", "_file", "_env" };
	const ConfNode *node = NULL;

	for (gsize i = 0; i < G_N_ELEMENTS(forms) && !node; i++) {
		g_autofree char *name = g_strconcat(option->name, forms[i], NULL);
		node = conf_member(auth, name);
	}
	return node;
}

static gboolean is_in(const ConfNode *node, const char *file)
{
	return g_strcmp0(conf_file(node), file) == 0;
}

static void drop(CredentialConf *conf, const Option *option)
{
	void **member = (void **)((char *)conf + option->offset);

	if (option->type == OPTION_TYPE_STRING)
		g_clear_pointer((char **)member, g_free);
	else if (option->type == OPTION_TYPE_SECRET)
		g_clear_pointer((Secret **)member, secret_free);
	else if (option->type == OPTION_TYPE_STRINGS)
		g_ptr_array_set_size(*member, 0);
	else if (option->type == OPTION_TYPE_NODE)
		*member = NULL;
}

void credential_settle(CredentialConf *conf, const ConfNode *app)
{
	const ConfNode *auth = conf_is_group(app) ? conf_member(app, "auth") : NULL;
	const ConfNode *type = conf_is_group(auth) ? conf_member(auth, "type") : NULL;

	for (const Option *option = credential_options; type && option->type != OPTION_TYPE_END;
	     option++) {
		const ConfNode *node = node_of(auth, option);

		if (node && !is_in(node, conf_file(app)) && !is_in(node, conf_file(type)) &&
		    !has_use_for(conf, option->name))
			drop(conf, option);
	}
}
