/*
 * A step of a custom API and the values for it, as a request. Pure.
 *
 *	https://api.example  /v1/users/{id}        ?notify={parameter.notify} &q={match.value}
 *	the engine's origin  path, base and all    of the url                 'query', name by name
 *
 * No value reaches further than its place: the path is filled by segments, a query by values, a
 * header by its line (template.c), a body by the encoder of its format. The origin is never filled.
 * An address that an answer names is followed at this origin only.
 *
 * What is not there leaves out its parameter, its header line, its member of the body; in a path it
 * is an error, because /users/ is another address than /users/7.
 */
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/plain.h"
#include "custom_internal.h"
#include "http_internal.h"

/* Addresses ------------------------------------------------------------------------------------ */

#define SHOWN_CHARS 120

static gboolean refuse_address(const char *address, const char *why, GError **error)
{
	g_autofree char *valid = g_utf8_make_valid(address, -1);
	g_autofree char *shown = plain_line(valid, SHOWN_CHARS);

	return error_set(error, ERROR_OBJECT, "the address '%s' %s", shown, why);
}

/* A port said or meant. */
static int port_of(GUri *uri)
{
	int port = g_uri_get_port(uri);

	if (port > 0)
		return port;
	return g_str_equal(g_uri_get_scheme(uri), "https") ? 443 : 80;
}

static gboolean is_same_origin(GUri *a, GUri *b)
{
	const char *host = g_uri_get_host(a), *other = g_uri_get_host(b);

	return g_str_equal(g_uri_get_scheme(a), g_uri_get_scheme(b)) && host && other &&
	       g_ascii_strcasecmp(host, other) == 0 && port_of(a) == port_of(b) &&
	       !g_uri_get_userinfo(a);
}

/* For people. New string. */
static char *origin_of(GUri *uri)
{
	const char *host = g_uri_get_host(uri);
	g_autofree char *text = g_strdup_printf("%s://%s%s:%d", g_uri_get_scheme(uri),
						g_uri_get_userinfo(uri) ? "...@" : "",
						host ? host : "", port_of(uri));
	g_autofree char *valid = g_utf8_make_valid(text, -1);

	return plain_line(valid, SHOWN_CHARS);
}

/* What an address may not have on the wire is encoded; what it may have stays as it came. */
static char *encoded(const char *text)
{
	GString *out = g_string_new(NULL);

	for (; *text; text++) {
		if ((guchar)*text > 0x20 && (guchar)*text < 0x7f && !strchr("\"<>\\^`{|}", *text))
			g_string_append_c(out, *text);
		else
			g_string_append_printf(out, "%%%02X", (guchar)*text);
	}
	return g_string_free(out, FALSE);
}

static gboolean has_control(const char *text)
{
	for (; *text; text++) {
		if (g_ascii_iscntrl(*text))
			return TRUE;
	}
	return FALSE;
}

/* The path and query of an address. New string. */
static char *path_and_query(GUri *uri)
{
	const char *path = g_uri_get_path(uri), *query = g_uri_get_query(uri);
	g_autofree char *whole = g_strconcat(*path ? path : "/", query ? "?" : NULL, query, NULL);

	return encoded(whole);
}

char *custom_same_origin(const char *origin, const char *address, GError **error)
{
	g_autoptr(GUri) ours = http_uri_parse(origin);
	g_autoptr(GUri) theirs = NULL;
	g_autofree char *other = NULL;

	if (has_control(address)) {
		refuse_address(address, "has control characters", error);
		return NULL;
	}
	if (!ours || (!strstr(address, "://") && *address != '/')) {
		refuse_address(address, "is none, and no path either", error);
		return NULL;
	}
	theirs = http_uri_resolve(ours, address);
	if (!theirs) {
		refuse_address(address, "cannot be read", error);
		return NULL;
	}
	if (is_same_origin(theirs, ours))
		return path_and_query(theirs);
	other = origin_of(theirs);
	error_set(error, ERROR_OBJECT, "an address in the answer is at '%s': only %s is asked",
		  other, origin);
	return NULL;
}

/* Filling -------------------------------------------------------------------------------------- */

static gboolean refuse_missing(const CustomStep *step, const char *missing, GError **error)
{
	return error_set(error, ERROR_OBJECT,
			 "the address of step '%s' needs '%s', which is not there", step->name,
			 missing ? missing : "a value");
}

/* A part of the address that must be whole. New string. */
static char *fill_address(const Template *template, const CustomStep *step,
			  const TemplateScope *scope, GError **error)
{
	g_autoptr(GError) bad = NULL;
	g_autofree char *missing = NULL;
	char *text = template_fill(template, scope, &missing, &bad);

	if (bad)
		g_propagate_prefixed_error(error, g_steal_pointer(&bad),
					   "the address of step '%s': ", step->name);
	else if (!text)
		refuse_missing(step, missing, error);
	return text;
}

/* TRUE with *text NULL: a value is not there, and it is left out. */
static gboolean fill_pair(const CustomPair *pair, const TemplateScope *scope, char **text,
			  GError **error)
{
	g_autoptr(GError) bad = NULL;

	*text = template_fill(pair->value, scope, NULL, &bad);
	if (!bad)
		return TRUE;
	g_propagate_prefixed_error(error, g_steal_pointer(&bad), "'%s': ", pair->name);
	return FALSE;
}

static gboolean append_parameters(GString *path, const GPtrArray *parameters,
				  const TemplateScope *scope, GError **error)
{
	for (guint i = 0; parameters && i < parameters->len; i++) {
		const CustomPair *pair = parameters->pdata[i];
		g_autofree char *name = http_escape(pair->name);
		g_autofree char *value = NULL;

		if (!fill_pair(pair, scope, &value, error))
			return FALSE;
		if (value)
			g_string_append_printf(path, "%c%s=%s", strchr(path->str, '?') ? '&' : '?',
					       name, value);
	}
	return TRUE;
}

/* The address that a value of an earlier answer is. New string. */
static char *followed(const CustomStep *step, const CustomScope *scope, GError **error)
{
	const char *origin = scope->origin ? scope->origin : scope->api->origin;
	g_autoptr(json_t) value = custom_scope_get(step->follow, (void *)scope);

	if (!json_is_string(value)) {
		refuse_missing(step, step->follow, error);
		return NULL;
	}
	if (scope->pretended)
		return g_strconcat("/", json_string_value(value), NULL);
	return custom_same_origin(origin ? origin : "", json_string_value(value), error);
}

/* Path and query of the step's own address, without 'query'. */
static gboolean append_address(GString *path, const CustomStep *step, const CustomScope *scope,
			       const TemplateScope *fill, GError **error)
{
	g_autofree char *own = NULL, *query = NULL;

	if (step->follow) {
		own = followed(step, scope, error);
		g_string_append(path, own ? own : "");
		return own != NULL;
	}
	own = fill_address(step->path, step, fill, error);
	query = own && step->query ? fill_address(step->query, step, fill, error) : NULL;
	if (!own || (step->query && !query))
		return FALSE;
	g_string_append_printf(path, "%s%s%s%s", scope->base_path ? scope->base_path : "", own,
			       query ? "?" : "", query ? query : "");
	return TRUE;
}

/* The whole of it. New string, or NULL. */
static char *address_of(const CustomStep *step, const CustomScope *scope, const TemplateScope *fill,
			const char *url, GError **error)
{
	GString *path = g_string_new(NULL);
	gboolean ok = TRUE;

	if (url)
		g_string_append(path, url);
	else
		ok = append_address(path, step, scope, fill, error) &&
		     append_parameters(path, step->parameters, fill, error);
	if (ok && path->str[0] != '/')
		g_string_prepend_c(path, '/');
	return g_string_free(path, !ok);
}

/* Header lines --------------------------------------------------------------------------------- */

static gboolean has_name(const GPtrArray *pairs, const char *name)
{
	for (guint i = 0; pairs && i < pairs->len; i++) {
		if (g_ascii_strcasecmp(((const CustomPair *)pairs->pdata[i])->name, name) == 0)
			return TRUE;
	}
	return FALSE;
}

/* Those of 'pairs' that 'instead' has no line of the same name for. */
static gboolean add_lines(GPtrArray *lines, const GPtrArray *pairs, const GPtrArray *instead,
			  const TemplateScope *scope, GError **error)
{
	for (guint i = 0; pairs && i < pairs->len; i++) {
		const CustomPair *pair = pairs->pdata[i];
		g_autofree char *value = NULL;

		if (has_name(instead, pair->name))
			continue;
		if (!fill_pair(pair, scope, &value, error))
			return FALSE;
		if (value)
			g_ptr_array_add(lines, g_strconcat(pair->name, ": ", value, NULL));
	}
	return TRUE;
}

static gboolean add_headers(HttpRequest *request, const CustomStep *step, const CustomScope *scope,
			    const TemplateScope *fill, GError **error)
{
	request->headers = g_ptr_array_new_with_free_func(g_free);
	return add_lines(request->headers, scope->api->headers, step->headers, fill, error) &&
	       add_lines(request->headers, step->headers, NULL, fill, error);
}

/* Bodies --------------------------------------------------------------------------------------- */

static gboolean add_body(HttpRequest *request, const CustomStep *step, const TemplateScope *scope,
			 GError **error)
{
	g_autoptr(json_t) tree = NULL;

	if (!step->body)
		return TRUE;
	tree = template_tree_fill(step->body, scope, error);
	if (tree)
		request->body = body_write(step->kind, tree, step->dotted, &request->body_length,
					   error);
	if (tree && step->secret)
		body_wipe(tree);
	request->content_type = step->content_type;
	if (request->body)
		return TRUE;
	g_prefix_error(error, "the body of step '%s': ", step->name);
	return FALSE;
}

static const char *accept_of(const CustomStep *step)
{
	static const char *const types[] = { [BODY_JSON] = "application/json",
					     [BODY_FORM] = "application/x-www-form-urlencoded",
					     [BODY_XML] = "application/xml, text/xml",
					     [BODY_TEXT] = "text/plain, */*;q=0.5" };
	/* Who takes a form or a text hardly ever answers with one. */
	gboolean is_guess = !step->answer_said &&
			    (step->expects == BODY_FORM || step->expects == BODY_TEXT);

	if (step->accept)
		return step->accept;
	return is_guess ? "application/json, */*;q=0.5" : types[step->expects];
}

/* What is wiped afterwards must not be the caller's own. */
static json_t *copied(const char *name, void *scope)
{
	g_autoptr(json_t) value = custom_scope_get(name, scope);
	return value ? json_deep_copy(value) : NULL;
}

HttpRequest *custom_request_new(const CustomStep *step, const CustomScope *scope, const char *url,
				GError **error)
{
	CustomScope own = *scope;
	TemplateScope fill = { .get = step->secret ? copied : custom_scope_get, .data = &own };
	g_autofree char *path = NULL;
	HttpRequest *request;

	own.leave_out = step->leave_out;
	path = address_of(step, &own, &fill, url, error);
	if (!path)
		return NULL;
	request = http_request_new(step->method, path);
	request->accept = accept_of(step);
	request->repeatable = step->repeatable;
	request->wants_headers = TRUE;
	request->secret = step->secret;
	if (step->secret)
		secret_wipe(path, strlen(path));
	if (add_headers(request, step, &own, &fill, error) && add_body(request, step, &fill, error))
		return request;
	http_request_free(request);
	return NULL;
}
