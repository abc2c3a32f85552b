/*
 * Tokens at hand: how long they last, how often one may be fetched, and what came along with them.
 * Pure.
 *
 *	fetched        due              expires
 *	   |------------|-----------------|
 *
 * "Due" is a tenth of the life before its end, at least ten seconds, at most five minutes, and
 * never before half of it is over.
 *
 * Some answers say more than the token: where the service is ("instance_url", "api_domain"), or an
 * id that requests want elsewhere. What is kept of it is kept by its name, with the token; what was
 * looked for and not there as well, or a run would ask again for what it never gets.
 *
 * However wrong a service is about the life of its tokens, no more than ten are fetched in ten
 * minutes, which is what the strictest services give out.
 */
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/timefmt.h"
#include "credential_internal.h"

#define FIELD_MAX 2048 /* bytes */
#define PACE_SPAN_US (10 * CLOCK_MINUTE)

void credential_tokens_clear(CredentialTokens *self)
{
	secret_free(self->access);
	secret_free(self->refresh);
	json_decref(self->fields);
	*self = (CredentialTokens){ 0 };
}

gboolean credential_tokens_hold(const CredentialTokens *self)
{
	return self->access && clock_now_us() < self->expires_us;
}

gint64 credential_tokens_due_us(const CredentialTokens *self)
{
	gint64 life = self->expires_us - self->fetched_us;
	gint64 margin = CLAMP(life / 10, 10 * CLOCK_SECOND, 5 * CLOCK_MINUTE);

	return self->expires_us - MIN(margin, life / 2);
}

char *credential_tokens_describe(const CredentialTokens *self, const char *problem,
				 const char *note)
{
	g_autofree char *until = timefmt_rfc3339(self->expires_us);
	GString *text = g_string_new(NULL);

	if (credential_tokens_hold(self))
		g_string_printf(text, "the token holds until %s", until);
	else
		g_string_append(text, problem ? problem : "no token was fetched yet");
	if (note)
		g_string_append_printf(text, "; %s", note);
	return g_string_free(text, FALSE);
}

/* Fields --------------------------------------------------------------------------------------- */

static const char *const always[] = { "api_domain", "instance_url", NULL };

static void take_field(json_t *fields, const char *name, const json_t *first, const json_t *body)
{
	const json_t *value = json_get_nocase(first, name);
	g_autofree char *text = json_scalar_text(value ? value : json_get_nocase(body, name));

	if (text && strlen(text) <= FIELD_MAX)
		json_object_set_new(fields, name, json_lossy_string(text, strlen(text)));
	else
		json_object_set_new(fields, name, json_null());
}

json_t *credential_fields_of(const CredentialConf *conf, const json_t *first, const json_t *body)
{
	json_t *fields = json_object();

	for (gsize i = 0; always[i]; i++)
		take_field(fields, always[i], first, body);
	for (guint i = 0; conf->keep && i < conf->keep->len; i++)
		take_field(fields, conf->keep->pdata[i], first, body);
	return fields;
}

gboolean credential_fields_suffice(const CredentialConf *conf, const json_t *fields)
{
	for (guint i = 0; conf->keep && i < conf->keep->len; i++) {
		if (!json_object_get(fields, conf->keep->pdata[i]))
			return FALSE;
	}
	return TRUE;
}

void credential_fields_hide(Credential *owner, const json_t *fields)
{
	const char *name;
	json_t *value;

	json_object_foreach ((json_t *)fields, name, value) {
		const char *text = json_string_value(value);
		/* An address is where we say that we went. */
		if (text && !g_str_has_prefix(text, "https://") &&
		    !g_str_has_prefix(text, "http://") && !g_strv_contains(always, name))
			credential_hide(owner, text);
	}
}

/* Pace ----------------------------------------------------------------------------------------- */

gint64 credential_pace_wait_us(const CredentialPace *self, gint64 now_us)
{
	gint64 oldest = self->at_us[self->count % CREDENTIAL_PACE_MOST];

	if (self->count < CREDENTIAL_PACE_MOST)
		return 0;
	return MAX(oldest + PACE_SPAN_US - now_us, 0);
}

void credential_pace_count(CredentialPace *self, gint64 now_us)
{
	self->at_us[self->count++ % CREDENTIAL_PACE_MOST] = now_us;
}

char *credential_pace_problem(gint64 wait_us)
{
	g_autofree char *span = timefmt_span(wait_us);

	return g_strdup_printf("cannot get an access token: %d were fetched within ten minutes, as "
			       "many as the strictest services give out; the next one in %s\n"
			       "look at the service why its tokens do not last",
			       CREDENTIAL_PACE_MOST, span);
}
