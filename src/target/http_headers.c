/*
 * Header lines of requests: made once for a credential and a combination of types, used by all
 * requests that go out with them, and wiped when the last of these is over.
 *
 * A credential changes while requests are on the wire: a token is about to expire, or was refused.
 * Those keep the lines that they went out with. A credential of addresses is no line at all.
 *
 * Lines that a request brings along stand in place of our usual ones, but never in place of the
 * credential, nor of those that say where a request ends and whom it is for: these are the engine's
 * to get right. Of several with one name the last one counts.
 */
#include <string.h>

#include "http_engine_internal.h"

typedef struct {
	const char *content_type, *accept;
	struct curl_slist *list;
} HeaderSet;

/* Whether two lines have one name; "Name" alone is a line as well. */
static gboolean is_same(const char *line, const char *other)
{
	gsize length = strcspn(line, ":");

	return length == strcspn(other, ":") && g_ascii_strncasecmp(line, other, length) == 0;
}

/* Whether a request brings a line of this name, from this one of its lines on. */
static gboolean brings(const HttpRequest *request, guint from, const char *line)
{
	const GPtrArray *own = request->headers;

	for (guint i = from; own && i < own->len; i++) {
		if (is_same(own->pdata[i], line))
			return TRUE;
	}
	return FALSE;
}

/* One of ours, if there is a value and the request has none of its own. */
static void line_add(struct curl_slist **list, const HttpRequest *request, const char *name,
		     const char *value)
{
	if (!value || brings(request, 0, name))
		return;
	g_autofree char *line = g_strconcat(name, ": ", value, NULL);
	*list = curl_slist_append(*list, line);
}

static gboolean is_of_engine(const HttpHeaders *self, const char *line)
{
	static const char *const names[] = { "Host",       "Content-Length", "Transfer-Encoding",
					     "Connection", "Expect",         NULL };

	if (self->credential && !self->in_query && is_same(line, self->credential))
		return TRUE;
	for (const char *const *name = names; *name; name++) {
		if (is_same(line, *name))
			return TRUE;
	}
	return FALSE;
}

/* In libcurl's words: a name without a value ends with a semicolon. */
static void own_line_add(struct curl_slist **list, const char *line)
{
	char *copy = g_strdup(line);

	/* Nothing may end a line before its end. */
	g_strstrip(g_strdelimit(copy, "\r\n", ' '));
	if (g_str_has_suffix(copy, ":"))
		copy[strlen(copy) - 1] = ';';
	*list = curl_slist_append(*list, copy);
	secret_wipe(copy, strlen(copy));
	g_free(copy);
}

struct curl_slist *http_headers_make(const HttpHeaders *self, const HttpRequest *request)
{
	struct curl_slist *list = NULL;
	const GPtrArray *own = request->headers;

	if (self->credential && !self->in_query)
		list = curl_slist_append(list, self->credential);
	line_add(&list, request, "Content-Type", request->content_type);
	line_add(&list, request, "Accept", request->accept);
	line_add(&list, request, "If-Match", request->if_match);
	for (guint i = 0; own && i < own->len; i++) {
		if (!is_of_engine(self, own->pdata[i]) && !brings(request, i + 1, own->pdata[i]))
			own_line_add(&list, own->pdata[i]);
	}
	/* Waiting for "100 Continue" costs a second at services that never send it. */
	return curl_slist_append(list, "Expect:");
}

struct curl_slist *http_headers_for(HttpHeaders *self, const HttpRequest *request)
{
	for (guint i = 0; i < self->sets->len; i++) {
		HeaderSet *set = &g_array_index(self->sets, HeaderSet, i);
		if (g_strcmp0(set->content_type, request->content_type) == 0 &&
		    g_strcmp0(set->accept, request->accept) == 0)
			return set->list;
	}

	HeaderSet set = { .content_type = request->content_type, .accept = request->accept };
	set.list = http_headers_make(self, request);
	g_array_append_val(self->sets, set);
	return set.list;
}

void http_headers_drop(struct curl_slist *list)
{
	for (struct curl_slist *node = list; node; node = node->next)
		secret_wipe(node->data, strlen(node->data));
	curl_slist_free_all(list);
}

static void header_set_clear(void *set)
{
	http_headers_drop(((HeaderSet *)set)->list);
}

HttpHeaders *http_headers_new(const char *credential, gboolean in_query)
{
	HttpHeaders *self = g_new0(HttpHeaders, 1);

	self->users = 1;
	self->credential = g_strdup(credential);
	self->in_query = in_query;
	self->sets = g_array_new(FALSE, FALSE, sizeof(HeaderSet));
	g_array_set_clear_func(self->sets, header_set_clear);
	return self;
}

HttpHeaders *http_headers_ref(HttpHeaders *self)
{
	self->users++;
	return self;
}

void http_headers_unref(HttpHeaders *self)
{
	if (!self || --self->users > 0)
		return;
	if (self->credential)
		secret_wipe(self->credential, strlen(self->credential));
	g_free(self->credential);
	g_array_unref(self->sets);
	g_free(self);
}
