/*
 * Header lines of requests: made once for a credential and a combination of types, used by all
 * requests that go out with them, and wiped when the last of these is over.
 *
 * A credential changes while requests are on the wire: a token is about to expire, or was refused.
 * Those keep the lines that they went out with.
 */
#include <string.h>

#include "http_engine_internal.h"

typedef struct {
	const char *content_type, *accept;
	struct curl_slist *list;
} HeaderSet;

static void line_add(struct curl_slist **list, const char *name, const char *value)
{
	g_autofree char *line = g_strconcat(name, value, NULL);
	*list = curl_slist_append(*list, line);
}

struct curl_slist *http_headers_make(const HttpHeaders *self, const HttpRequest *request)
{
	struct curl_slist *list = NULL;

	if (self->credential)
		list = curl_slist_append(list, self->credential);
	if (request->content_type)
		line_add(&list, "Content-Type: ", request->content_type);
	if (request->accept)
		line_add(&list, "Accept: ", request->accept);
	if (request->if_match)
		line_add(&list, "If-Match: ", request->if_match);
	/* Waiting for "100 Continue" costs a second at services that never send it. */
	line_add(&list, "Expect:", "");
	return list;
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

HttpHeaders *http_headers_new(const char *credential)
{
	HttpHeaders *self = g_new0(HttpHeaders, 1);

	self->users = 1;
	self->credential = g_strdup(credential);
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
