/*
 * Trying again: which outcomes of a request may be repeated, and after which pause. Pure.
 *
 *	                      GET PUT PATCH DELETE       POST
 *	never reached         again                      again
 *	429, 503, throttled   again, as asked            again, as asked   (refused: not done)
 *	500, 502, 504, 408    again                      final             (perhaps done)
 *	answer lost           again                      final             (perhaps done)
 *	answer too large      final                      final
 *	bad certificate       final                      final
 *
 * Certainly not done is what every try was: a request whose first answer was lost, and which could
 * not be sent again, may have been done all the same.
 *
 * What is final for a POST is the caller's to settle, by asking the service what it holds; a POST
 * repeated blindly is how a person gets two accounts. A wait the service asks for counts only up
 * to the configured longest; beyond that it is not slept through but handed up.
 */
#include "http_internal.h"

static gboolean is_passing(int status)
{
	return status == 408 || status == 500 || status == 502 || status == 504;
}

static gboolean may_repeat(const HttpTry *self)
{
	switch (self->fate) {
	case HTTP_UNREACHABLE:
		return !self->hopeless;
	case HTTP_LOST:
		return self->repeatable;
	case HTTP_ANSWERED:
		return self->throttled || (self->repeatable && is_passing(self->status));
	case HTTP_TOO_LARGE:
	case HTTP_LATER:
	case HTTP_DENIED:
		break;
	}
	return FALSE;
}

gint64 http_try_pause_us(const HttpTry *self, const RetryPolicy *policy, gint64 longest_wait_us,
			 double chance)
{
	if (!may_repeat(self) || self->asked_us > longest_wait_us)
		return -1;
	return retry_pause_us(policy, self->tries, self->asked_us, chance);
}

gboolean http_is_safe(const char *method)
{
	return g_str_equal(method, "GET");
}

gboolean http_is_harmless(const HttpRequest *request)
{
	return http_is_safe(request->method) && request->repeatable;
}

gboolean http_try_is_doubtful(const HttpTry *self, const char *method)
{
	if (http_is_safe(method) && self->repeatable)
		return FALSE;
	return self->fate == HTTP_LOST || self->fate == HTTP_TOO_LARGE ||
	       (self->fate == HTTP_ANSWERED && !self->throttled && is_passing(self->status));
}

HttpHop http_hop(int status, const char *method)
{
	switch (status) {
	case 307:
	case 308:
		return HTTP_HOP_FOLLOW;
	case 301:
	case 302:
	case 303:
		if (g_str_equal(method, "GET"))
			return HTTP_HOP_FOLLOW;
		return g_str_equal(method, "POST") ? HTTP_HOP_DOUBTFUL : HTTP_HOP_REFUSED;
	default:
		return HTTP_HOP_NONE;
	}
}
