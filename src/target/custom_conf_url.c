/*
 * Addresses of a definition.
 *
 *	url        = "https://www.zohoapis.{parameter.region}/one/v1";
 *	parameters = { region = { value = "eu"; one_of = [ "com", "eu", "in" ]; }; };
 *	create     = { url = "/users?notify=no"; };
 *	delete     = { url = "https://www.zohoapis.{parameter.region}/one/v1/users/{id}"; };
 *
 * All addresses of an app have one origin, for the credential goes there. No value is ever filled
 * in before the path, except a parameter with 'one_of': the hosts that it leads to are written down
 * in the definition, every one of them. Where a token's answer tells the base address
 * ('base_from'), 'hosts' says which ones are believed.
 */
#include <string.h>

#include "base/json.h"
#include "custom_conf_internal.h"
#include "http_internal.h"

/* Origins -------------------------------------------------------------------------------------- */

static gboolean is_host_text(const char *text)
{
	for (const char *at = text; *at; at++) {
		if (!g_ascii_isalnum(*at) && *at != '.' && *at != '-')
			return FALSE;
	}
	return *text != '\0';
}

/* The value of a parameter that may stand in a host; NULL: a problem was added. */
static const char *host_part(const CustomBuild *self, const ConfNode *node, const char *name)
{
	const char *parameter = g_str_has_prefix(name, "parameter.") ? strchr(name, '.') + 1 : NULL;
	const json_t *choices = parameter ? json_object_get(self->choices, parameter) : NULL;
	const char *value = choices ? json_get_string(self->api->parameters, parameter) : NULL;
	size_t i;
	json_t *choice;

	if (!choices) {
		conf_problem(self->problems, CONF_PROBLEM, node,
			     "{%s} cannot stand before the path of an address%s%s%s", name,
			     parameter ? "\na parameter can if it lists its values: " : "",
			     parameter ? parameter : "",
			     parameter ? " = { value = \"eu\"; one_of = [ \"com\", \"eu\" ]; }"
				       : "");
		return NULL;
	}
	json_array_foreach ((json_t *)choices, i, choice) {
		if (is_host_text(json_string_value(choice)))
			continue;
		conf_problem(self->problems, CONF_PROBLEM, node,
			     "\"%s\", a value of parameter '%s', cannot be part of a host",
			     json_string_value(choice), parameter);
		return NULL;
	}
	return value;
}

/* Scheme, host and port with the parameters in them. New string; NULL: a problem was added. */
static char *expand(const CustomBuild *self, const ConfNode *node, const char *text, gsize length)
{
	g_autoptr(GString) result = g_string_new(NULL);

	for (gsize i = 0; i < length; i++) {
		const char *end = text[i] == '{' ? memchr(text + i, '}', length - i) : NULL;
		if (!end) {
			g_string_append_c(result, text[i]);
			continue;
		}
		g_autofree char *name = g_strndup(text + i + 1, (gsize)(end - text - i - 1));
		const char *value = host_part(self, node, name);
		if (!value)
			return NULL;
		g_string_append(result, value);
		i = (gsize)(end - text);
	}
	return g_strdup(result->str);
}

/* Where the path begins: behind scheme, host and port; places may hold slashes. */
static gsize authority_length(const char *url)
{
	const char *at = strstr(url, "://") + 3;
	gboolean inside = FALSE;

	for (; *at && (inside || !strchr("/?#", *at)); at++)
		inside = *at == '{' || (inside && *at != '}');
	return (gsize)(at - url);
}

/* The origin of an absolute address. New string; NULL: a problem was added. */
static char *origin_of(const CustomBuild *self, const ConfNode *node, const char *url)
{
	g_autofree char *text = expand(self, node, url, authority_length(url));
	HttpBase base = { 0 };
	GError *error = NULL;
	char *origin;

	if (!text)
		return NULL;
	if (!http_base_parse(&base, text, &error)) {
		custom_conf_report(self, node, "url", error);
		return NULL;
	}
	origin = g_strdup(base.origin);
	http_base_clear(&base);
	return origin;
}

static gboolean is_absolute(const char *url)
{
	gsize scheme = strcspn(url, ":/?#");

	return strncmp(url + scheme, "://", 3) == 0;
}

/* Notes the origin of an address, which must be the one of the others. */
static void take_origin(CustomBuild *self, const ConfNode *node, const char *url)
{
	g_autofree char *origin = origin_of(self, node, url);

	if (!origin)
		return;
	if (self->conf->base_from)
		conf_problem(self->problems, CONF_PROBLEM, node,
			     "the base address comes from the token ('base_from'): an address "
			     "must begin with / here");
	else if (!self->api->origin)
		self->api->origin = g_steal_pointer(&origin);
	else if (strcmp(origin, self->api->origin) != 0)
		conf_problem(self->problems, CONF_PROBLEM, node,
			     "%s is another origin than %s\nall addresses of an app must have "
			     "the same scheme, host and port, for the credential goes there",
			     origin, self->api->origin);
}

/* The base ------------------------------------------------------------------------------------- */

static void check_hosts(CustomBuild *self)
{
	const CustomConf *conf = self->conf;
	const ConfNode *node = custom_conf_at(self->group, "hosts");

	if (conf->base_from && conf->hosts->len == 0)
		conf_problem(self->problems, CONF_PROBLEM, custom_conf_at(self->group, "base_from"),
			     "'base_from' needs 'hosts': the names that a base address from a "
			     "token may have, or be beneath");
	if (!conf->base_from && conf->hosts->len > 0)
		conf_problem(self->problems, CONF_PROBLEM, node,
			     "'hosts' is without effect: it is for 'base_from'");
	for (guint i = 0; i < conf->hosts->len; i++) {
		const char *host = conf->hosts->pdata[i];
		if (!is_host_text(host) || *host == '.')
			conf_problem(self->problems, CONF_PROBLEM, node,
				     "'%s' is no name of a host: \"example.com\" is, and allows "
				     "what is beneath it",
				     host);
	}
}

gboolean custom_conf_fetches(const CustomBuild *self)
{
	return self->conf->net.auth.token_url || self->conf->net.auth.login;
}

void custom_conf_base(CustomBuild *self)
{
	CustomConf *conf = self->conf;
	const ConfNode *node = custom_conf_at(self->group, "url");
	g_autofree char *path = NULL;

	if (conf->base_from && custom_conf_fetches(self))
		credential_keep(&conf->net.auth, conf->base_from);
	else if (conf->base_from)
		conf_problem(self->problems, CONF_PROBLEM, custom_conf_at(self->group, "base_from"),
			     "'base_from' names a field of a token's answer, and these settings "
			     "of 'auth' fetch no token");
	self->api->base_from = g_strdup(conf->base_from);
	self->api->base_path = g_strdup("");
	self->api->hosts = g_ptr_array_new_with_free_func(g_free);
	for (guint i = 0; i < conf->hosts->len; i++)
		g_ptr_array_add(self->api->hosts, g_ascii_strdown(conf->hosts->pdata[i], -1));
	check_hosts(self);
	if (!conf->url)
		return;
	if (conf->base_from)
		conf_problem(self->problems, CONF_PROBLEM, node,
			     "'url' and 'base_from' cannot both be there");
	else if (!is_absolute(conf->url))
		conf_problem(self->problems, CONF_PROBLEM, node,
			     "the url '%s' is no address of the form https://host/path", conf->url);
	else if (strpbrk(conf->url, "?#"))
		conf_problem(self->problems, CONF_PROBLEM, node,
			     "the url of an app is what addresses begin with: without ? and #");
	else
		take_origin(self, node, conf->url);
	if (!self->api->origin)
		return;
	path = g_strdup(conf->url + authority_length(conf->url));
	while (g_str_has_suffix(path, "/"))
		path[strlen(path) - 1] = '\0';
	g_free(self->api->base_path);
	self->api->base_path = g_steal_pointer(&path);
}

/* Addresses of steps --------------------------------------------------------------------------- */

/* The first of these characters outside of places, or the end. */
static const char *find_outside(const char *text, const char *characters)
{
	gboolean inside = FALSE;

	for (; *text; text++) {
		if (!inside && strchr(characters, *text))
			return text;
		if (!inside && g_str_has_prefix(text, "{{"))
			text++;
		else
			inside = *text == '{' || (inside && *text != '}');
	}
	return text;
}

/* The path of an address, whole: with that of the base. New string; NULL: a problem was added. */
static char *whole_path(CustomBuild *self, const ConfNode *node, const char *url)
{
	if (is_absolute(url)) {
		take_origin(self, node, url);
		return g_strdup(url + authority_length(url));
	}
	if (*url == '{') {
		conf_problem(self->problems, CONF_PROBLEM, node,
			     "no value can stand before the path of an address: '%s' must begin "
			     "with / or https://",
			     url);
		return NULL;
	}
	if ((*url && !strchr("/?", *url)) || g_str_has_prefix(url, "//")) {
		conf_problem(self->problems, CONF_PROBLEM, node,
			     "the address '%s' must begin with / or https://", url);
		return NULL;
	}
	if (!self->conf->url && !self->conf->base_from) {
		conf_problem(self->problems, CONF_PROBLEM, node,
			     "the address '%s' stands behind the app's url, which is missing", url);
		return NULL;
	}
	return g_strconcat(self->api->base_path, url, NULL);
}

void custom_conf_address(CustomBuild *self, const ConfNode *node, const char *url, CustomStep *step)
{
	g_autofree char *whole = whole_path(self, node, url);
	g_autofree char *path = NULL;
	const char *query;

	if (!whole)
		return;
	query = find_outside(whole, "?#");
	if (*find_outside(whole, "#")) {
		conf_problem(self->problems, CONF_PROBLEM, node,
			     "the address '%s' has a '#' part, which is never sent", url);
		return;
	}
	path = g_strndup(whole, (gsize)(query - whole));
	step->path = custom_conf_template(self, node, *path ? path : "/", TEMPLATE_PATH);
	if (*query && query[1])
		step->query = custom_conf_template(self, node, query + 1, TEMPLATE_QUERY);
}

/* Identity ------------------------------------------------------------------------------------- */

char *custom_conf_identity(const CustomBuild *self)
{
	const CustomApi *api = self->api;
	GString *text = g_string_new(api->origin);

	for (guint i = 0; !api->origin && i < api->hosts->len; i++)
		g_string_append_printf(text, "%s%s", i ? "," : "*.", (char *)api->hosts->pdata[i]);
	g_string_append(text, api->base_path);
	if (json_object_size(self->addressed) > 0) {
		g_autofree char *parameters = json_canonical(self->addressed);
		g_string_append(text, parameters);
	}
	return g_string_free(text, FALSE);
}
