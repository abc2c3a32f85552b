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
	self->headers = http_headers_new(line);
}

static void deny_queue(GQueue *queue, const char *problem, HttpDelivery *to)
{
	/* Only those there are now: what a callback submits is for the next step. */
	for (guint n = queue->length; n > 0; n--)
		http_deny(g_queue_pop_head(queue), problem, to);
}

/* Answers all that would be sent now. */
static void deny_all(Http *self, const char *problem, gint64 now, HttpDelivery *to)
{
	for (guint i = 0; i < self->slots->len && self->n_waiting > 0; i++) {
		HttpSlot *slot = self->slots->pdata[i];
		if (!http_slot_is_due(slot, now))
			continue;
		self->n_waiting--;
		http_slot_deny(slot, problem, to);
	}
	deny_queue(&self->urgent, problem, to);
	deny_queue(&self->queue, problem, to);
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
