/*
 * Which credential requests go out with, and what becomes of them where there is none.
 *
 *	ready     the line that all requests carry from now on
 *	pending   nothing is sent; asked again at the next step
 *	failed    whatever would be sent now is answered: denied
 *
 * A request that was sent before and whose answer was lost stays one that is perhaps done.
 */
#include "http_engine_internal.h"

static void take_credential(Http *self, const char *line)
{
	if (g_strcmp0(line, self->headers->credential) == 0)
		return;
	http_headers_unref(self->headers);
	self->headers = http_headers_new(line, self->credentials.in_query);
}

/* Answers all that would be sent now. */
static void deny_all(Http *self, const char *problem, gint64 now, HttpDelivery *to)
{
	HttpAnswer answer = { .fate = HTTP_DENIED, .problem = problem };

	http_turn_back(self, &answer, now, to);
}

gboolean http_has_credential(Http *self, gint64 now, HttpDelivery *to)
{
	const HttpCredentials *credentials = &self->credentials;
	const char *line = NULL, *problem = NULL;
	HttpCredentialState state = HTTP_CREDENTIAL_READY;

	if (credentials->get)
		state = credentials->get(credentials->self, 0, &line, &problem);
	self->is_pending = state == HTTP_CREDENTIAL_PENDING;
	if (state == HTTP_CREDENTIAL_READY)
		take_credential(self, line);
	else if (state == HTTP_CREDENTIAL_FAILED)
		deny_all(self, problem, now, to);
	return state == HTTP_CREDENTIAL_READY;
}
