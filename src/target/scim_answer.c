/*
 * What comes back from a SCIM service, and what it means. Pure.
 *
 *	                    LOOKUP     READ       CREATE     others
 *	2xx, makes sense    OK/ABSENT  OK         OK         OK
 *	2xx, nonsense       REJECTED   REJECTED   UNKNOWN    OK (the status is the answer)
 *	2xx, an HTML page   REJECTED   REJECTED   UNKNOWN    UNKNOWN
 *	2xx, not believable                                  UNKNOWN    (DISABLE, DELETE)
 *	401                 DOWN       DOWN       DOWN       DOWN
 *	404                 ABSENT     ABSENT     REJECTED   ABSENT     (DOWN: /Users never good)
 *	409                 STALE      STALE      EXISTS     STALE      (REJECTED: uniqueness)
 *	412, 428            STALE      STALE      STALE      STALE
 *	429, 503 throttled  LATER      LATER      LATER      LATER
 *	other 4xx, 501      REJECTED   REJECTED   REJECTED   REJECTED   ("already exists": EXISTS)
 *	other 5xx, lost     LATER      LATER      UNKNOWN    UNKNOWN
 *	too large           REJECTED   REJECTED   UNKNOWN    UNKNOWN
 *	never reached       DOWN       DOWN       DOWN       DOWN
 *
 * Three rules stand above the table. Nonsense is never ABSENT: an account that seems absent gets
 * created again. A 404 speaks of the account only once /Users has proved good, for a mistyped URL
 * answers 404 to everything, and so does a service whose accounts have moved. And a write without a
 * readable answer is UNKNOWN, whichever it is: an account that was enabled while we hold it for
 * disabled is one that no leaver's verdict touches any more.
 */
#include <string.h>

#include "base/json.h"
#include "core/path.h"
#include "core/pattern.h"
#include "scim_internal.h"
#include "words_internal.h"

#define IS_SUCCESS(status) ((status) >= 200 && (status) < 300)

void scim_reply_clear(ScimReply *self)
{
	json_decref(self->body);
	g_free(self->scim_type);
	g_free(self->etag);
	g_free(self->detail);
	*self = (ScimReply){ 0 };
}

void scim_reply_turn(ScimReply *self, TargetOutcome outcome, const char *detail, ...)
{
	va_list arguments;

	va_start(arguments, detail);
	g_free(self->detail);
	self->detail = g_strdup_vprintf(detail, arguments);
	self->outcome = outcome;
	va_end(arguments);
}

static gboolean contains_nocase(const char *text, const char *part)
{
	gsize length = strlen(part);

	for (; *text; text++) {
		if (g_ascii_strncasecmp(text, part, length) == 0)
			return TRUE;
	}
	return FALSE;
}

static gboolean contains_any(const char *text, const char *const *parts)
{
	for (; *parts; parts++) {
		if (contains_nocase(text, *parts))
			return TRUE;
	}
	return FALSE;
}

static gboolean is_html(const HttpAnswer *answer)
{
	const char *at = answer->body ? answer->body : "";

	while (g_ascii_isspace(*at))
		at++;
	return g_ascii_strncasecmp(at, "<!doctype html", 14) == 0 ||
	       g_ascii_strncasecmp(at, "<html", 5) == 0 ||
	       (*at == '<' && answer->content_type &&
		g_ascii_strncasecmp(answer->content_type, "text/html", 9) == 0);
}

/* Refusals ------------------------------------------------------------------------------------- */

static gboolean is_conflict(const ScimContext *context, const char *words)
{
	for (guint i = 0; context->conflict && i < context->conflict->len; i++) {
		if (pattern_match(context->conflict->pdata[i], words, strlen(words), NULL) ==
		    PATTERN_YES)
			return TRUE;
	}
	return FALSE;
}

static gboolean says_exists(const ScimReply *self, const ScimContext *context, const char *words)
{
	static const char *const phrases[] = { "already exist",  "already in use",
					       "already taken",  "already been taken",
					       "uniqueness",     "duplicate",
					       "must be unique", NULL };

	return g_strcmp0(self->scim_type, "uniqueness") == 0 || contains_any(words, phrases) ||
	       is_conflict(context, words);
}

static gboolean says_throttled(const char *words)
{
	static const char *const phrases[] = { "rate limit", "ratelimit", "quotaexceeded",
					       "too many requests", NULL };
	return contains_any(words, phrases);
}

static const char *refused_hint(const ScimContext *context)
{
	static const CredentialConf none = { 0 };
	return credential_hint(context->auth ? context->auth : &none);
}

static TargetOutcome outcome_of_404(const ScimContext *context, gboolean html)
{
	if (!context->url_good)
		return TARGET_DOWN;
	return context->verb == TARGET_CREATE || html ? TARGET_REJECTED : TARGET_ABSENT;
}

static TargetOutcome outcome_of_conflict(const ScimReply *self, const ScimContext *context)
{
	if (context->verb == TARGET_CREATE)
		return TARGET_EXISTS;
	/* Another account holds the value: reading this one again changes nothing. */
	return g_strcmp0(self->scim_type, "uniqueness") == 0 ? TARGET_REJECTED : TARGET_STALE;
}

static TargetOutcome outcome_of_status(const ScimReply *self, const ScimContext *context,
				       const char *words, gboolean html)
{
	switch (self->status) {
	case 401:
		return TARGET_DOWN;
	case 404:
	case 410:
		return outcome_of_404(context, html);
	case 409:
		return outcome_of_conflict(self, context);
	case 412:
	case 428:
		return TARGET_STALE;
	case 429:
	case 503:
		return TARGET_LATER;
	case 400:
	case 422:
		return context->verb == TARGET_CREATE && says_exists(self, context, words)
			       ? TARGET_EXISTS
			       : TARGET_REJECTED;
	case 403:
		return says_throttled(words) ||
				       says_throttled(self->scim_type ? self->scim_type : "")
			       ? TARGET_LATER
			       : TARGET_REJECTED;
	default:
		break;
	}
	if (self->status < 500 || self->status == 501)
		return TARGET_REJECTED;
	return target_verb_writes(context->verb) ? TARGET_UNKNOWN : TARGET_LATER;
}

static void describe_refusal(ScimReply *self, const ScimContext *context, const char *words)
{
	GString *text = g_string_new(NULL);

	g_string_printf(text, "the service answered %d", self->status);
	if (self->scim_type) {
		g_autofree char *type = words_excerpt(self->scim_type, -1, context->credential);
		g_string_append_printf(text, " %s", type);
	}
	if (self->status == 401)
		g_string_append(text, ", the credential is refused");
	if (*words)
		g_string_append_printf(text, ": %s", words);
	if (self->status == 401)
		g_string_append_printf(text, "\n%s", refused_hint(context));
	else if (self->status == 404 && self->outcome == TARGET_DOWN)
		g_string_append(text, "\nis the url right? nothing at /Users has answered yet");
	g_free(self->detail);
	self->detail = g_string_free(text, FALSE);
}

/* New string. */
static char *describe_html(const HttpAnswer *answer, const ScimContext *context)
{
	g_autofree char *text = words_of_page(answer->body);
	g_autofree char *excerpt = words_excerpt(text, -1, context->credential);

	return g_strdup_printf("an HTML page, not SCIM%s%s%s: is the url right?",
			       *excerpt ? " (\"" : "", excerpt, *excerpt ? "\")" : "");
}

static void read_refusal(ScimReply *self, const ScimContext *context, const HttpAnswer *answer)
{
	gboolean html = is_html(answer);
	g_autofree char *said = NULL;
	g_autofree char *words = NULL;

	if (self->body)
		said = words_of_error(self->body, &self->scim_type);
	else if (answer->body && !html)
		said = words_of_scraps(answer->body, &self->scim_type);
	if (html)
		words = describe_html(answer, context);
	else if (said)
		words = words_excerpt(said, -1, context->credential);
	else
		words = words_excerpt(answer->body ? answer->body : "", (gssize)answer->length,
				      context->credential);
	self->outcome = outcome_of_status(self, context, words, html);
	describe_refusal(self, context, words);
}

/* Answers -------------------------------------------------------------------------------------- */

static void read_no_answer(ScimReply *self, const ScimContext *context, const HttpAnswer *answer)
{
	gboolean writing = target_verb_writes(context->verb);
	TargetOutcome outcome = TARGET_LATER;

	switch (answer->fate) {
	case HTTP_UNREACHABLE:
	case HTTP_DENIED:
		outcome = TARGET_DOWN;
		break;
	case HTTP_LOST:
		outcome = writing ? TARGET_UNKNOWN : TARGET_LATER;
		break;
	case HTTP_TOO_LARGE:
		outcome = writing ? TARGET_UNKNOWN : TARGET_REJECTED;
		break;
	case HTTP_LATER:
	case HTTP_ANSWERED:
		break;
	}
	g_autofree char *said = NULL;
	if (answer->fate == HTTP_LATER && self->body)
		said = words_of_error(self->body, &self->scim_type);
	g_autofree char *words = said ? words_excerpt(said, -1, context->credential) : NULL;
	scim_reply_turn(self, outcome, "%s%s%s", answer->problem, words ? ": " : "",
			words ? words : "");
}

/* A success whose body is a SCIM error all the same has the error's status. */
static int status_within(const json_t *body, int status)
{
	const json_t *schemas = json_get_nocase(body, "schemas");
	const char *first = json_string_value(json_is_array(schemas) ? json_array_get(schemas, 0)
								     : schemas);
	gint64 claimed;

	if (first && g_str_has_suffix(first, ":Error") &&
	    scim_integer(json_get_nocase(body, "status"), &claimed) && claimed >= 400 &&
	    claimed < 600)
		return (int)claimed;
	return status;
}

/* A body, or the Content-Type in place of one, that no SCIM service sends. */
static gboolean is_foreign(const HttpAnswer *answer, const ScimReply *self)
{
	gboolean page = answer->content_type &&
			g_ascii_strncasecmp(answer->content_type, "text/html", 9) == 0;

	return answer->length > 0 ? !json_is_object(self->body) : page;
}

static gboolean shows_account(const json_t *body)
{
	return json_get_nocase(body, "id") || json_get_nocase(body, "active");
}

static gboolean shows_enabled(const json_t *body)
{
	const json_t *active = json_get_nocase(body, "active");
	const char *text = json_string_value(active);

	return json_is_true(active) || (text && g_ascii_strcasecmp(text, "true") == 0);
}

static void doubt_foreign(ScimReply *self, const HttpAnswer *answer)
{
	if (self->outcome == TARGET_OK && is_foreign(answer, self))
		scim_reply_turn(self, TARGET_UNKNOWN,
				"the service answered %d with something that is no SCIM",
				self->status);
}

/*
 * Proxies and login pages say 200 to everything: then the account is looked at. An object that was
 * cut off is an answer of the service.
 */
static void read_change(ScimReply *self, const HttpAnswer *answer)
{
	gsize blanks = answer->length > 0 ? strspn(answer->body, " \t\r\n") : 0;

	if (self->status == 204 && answer->length == 0)
		return;
	if (answer->length == 0 || answer->body[blanks] != '{')
		doubt_foreign(self, answer);
}

/* A success that takes an account away is believed if it is 204, or an answer that fits. */
static void read_removal(ScimReply *self, const ScimContext *context, const HttpAnswer *answer)
{
	if (self->status == 204 && answer->length == 0)
		return;
	self->vague = !json_is_object(self->body) ||
		      (context->verb == TARGET_DISABLE && !shows_account(self->body));
	doubt_foreign(self, answer);
	if (context->verb != TARGET_DISABLE || !shows_enabled(self->body))
		return;
	self->vague = TRUE;
	scim_reply_turn(self, TARGET_UNKNOWN,
			"the service answered %d and shows the account still enabled",
			self->status);
}

static void read_success(ScimReply *self, const ScimContext *context, const HttpAnswer *answer,
			 const GError *unreadable)
{
	gboolean creating = context->verb == TARGET_CREATE;
	gboolean reading = !target_verb_writes(context->verb);

	self->outcome = TARGET_OK;
	if (is_html(answer))
		scim_reply_turn(
			self, reading ? TARGET_REJECTED : TARGET_UNKNOWN,
			"the service answered with an HTML page, not SCIM: is the url right?");
	else if (unreadable && (creating || reading))
		scim_reply_turn(self, creating ? TARGET_UNKNOWN : TARGET_REJECTED,
				"the service answered %d with something that is not JSON: %s",
				self->status, unreadable->message);
	if (context->verb == TARGET_DISABLE || context->verb == TARGET_DELETE)
		read_removal(self, context, answer);
	else if (context->verb == TARGET_UPDATE || context->verb == TARGET_ENABLE)
		read_change(self, answer);
}

void scim_reply_read(ScimReply *self, const ScimContext *context, const HttpAnswer *answer)
{
	g_autoptr(GError) unreadable = NULL;

	*self = (ScimReply){ .status = answer->status, .etag = g_strdup(answer->etag) };
	if (answer->body && answer->length > 0)
		self->body = json_parse_bounded(answer->body, answer->length, &unreadable);
	if (answer->fate != HTTP_ANSWERED) {
		read_no_answer(self, context, answer);
		return;
	}
	if (self->body && IS_SUCCESS(self->status))
		self->status = status_within(self->body, self->status);
	if (IS_SUCCESS(self->status))
		read_success(self, context, answer, unreadable);
	else
		read_refusal(self, context, answer);
}

/* The header is second: some web servers put a digest of the text there, which is no version. */
const char *scim_reply_version(const ScimReply *self)
{
	const json_t *meta = json_get_nocase(self->body, "meta");
	const char *version = json_string_value(json_get_nocase(meta, "version"));

	if (!version || !*version)
		version = self->etag;
	return version && *version && scim_is_header_value(version) ? version : NULL;
}

/* Documents ------------------------------------------------------------------------------------ */

static void normalise_active(json_t *document)
{
	json_t *active = json_get_nocase(document, "active");
	const char *text = json_string_value(active);
	gboolean on = text && g_ascii_strcasecmp(text, "true") == 0;

	if (!active || (text && !on && g_ascii_strcasecmp(text, "false") != 0))
		return;
	json_t *value = text ? json_boolean(on) : json_incref(active);
	json_object_set_new(document, "active", value);
}

gboolean scim_normalise(json_t *document)
{
	const json_t *id = json_get_nocase(document, "id");
	g_autofree char *text = id && !json_is_boolean(id) ? json_scalar_text(id) : NULL;

	if (!text || *text == '\0')
		return FALSE;
	json_object_set_new(document, "id", json_string(text));
	normalise_active(document);
	return TRUE;
}

gboolean scim_is_list(const ScimReply *reply)
{
	gint64 total;

	return reply->outcome == TARGET_OK && json_is_object(reply->body) &&
	       (json_is_array(json_get_nocase(reply->body, "Resources")) ||
		scim_integer(json_get_nocase(reply->body, "totalResults"), &total));
}

char *scim_created_id(const ScimReply *self, const char *location)
{
	if (json_is_object(self->body) && scim_normalise(self->body))
		return g_strdup(json_get_string(self->body, "id"));
	if (!location)
		return NULL;

	g_autofree char *path = g_strndup(location, strcspn(location, "?#"));
	while (g_str_has_suffix(path, "/"))
		path[strlen(path) - 1] = '\0';
	const char *slash = strrchr(path, '/');
	/* The address of the collection itself names no account. */
	if (!slash || slash[1] == '\0' || g_ascii_strcasecmp(slash + 1, "Users") == 0)
		return NULL;
	return g_uri_unescape_string(slash + 1, NULL);
}

static gboolean is_value(const json_t *document, const Path *path, const char *value)
{
	json_t *held = path_get(path, document);
	g_autofree char *text = held ? json_scalar_text(held) : NULL;

	/* Not shown, or more than a plain value: the caller's comparison decides. */
	if (!text)
		return TRUE;
	if (g_ascii_strcasecmp(path->text, "externalId") == 0 ||
	    g_ascii_strcasecmp(path->text, "id") == 0)
		return g_str_equal(text, value);
	g_autofree char *a = g_utf8_casefold(text, -1);
	g_autofree char *b = g_utf8_casefold(value, -1);
	return g_str_equal(a, b);
}

/* Keeps those that fit. NULL if one is no account at all. */
static json_t *fitting(const json_t *resources, const Path *path, const char *value)
{
	g_autoptr(json_t) found = json_array();
	size_t i;
	json_t *document;

	json_array_foreach ((json_t *)resources, i, document) {
		if (!json_is_object(document) || !scim_normalise(document))
			return NULL;
		if (!path || is_value(document, path, value))
			json_array_append(found, document);
	}
	return g_steal_pointer(&found);
}

static json_t *found_none(ScimReply *self, gint64 announced, gsize received)
{
	/* A service that ignores filters shows everybody, by the page; this one may follow. */
	if (announced <= (gint64)received) {
		scim_reply_turn(self, TARGET_ABSENT, "no such account");
		return NULL;
	}
	scim_reply_turn(self, TARGET_REJECTED,
			received > 0 ? "the service does not filter: it shows other accounts, "
				       "and has more of them"
				     : "the service announces accounts and shows none");
	self->status = 501; /* who asks may list the accounts instead */
	return NULL;
}

json_t *scim_found_documents(ScimReply *self, const char *path_text, const char *value)
{
	const json_t *resources = json_get_nocase(self->body, "Resources");
	g_autoptr(Path) path = path_parse(path_text, NULL);
	gint64 announced = -1;

	scim_integer(json_get_nocase(self->body, "totalResults"), &announced);
	gboolean none = (!resources || json_is_null(resources)) && announced >= 0;
	g_autoptr(json_t) found = none || json_is_array(resources) ? fitting(resources, path, value)
								   : NULL;
	if (!found) {
		scim_reply_turn(
			self, TARGET_REJECTED,
			"the service answered a search with something that is no list of accounts");
		return NULL;
	}
	if (json_array_size(found) == 0)
		return found_none(self, announced, json_array_size(resources));
	return g_steal_pointer(&found);
}

json_t *scim_read_document(ScimReply *self, const char *id)
{
	if (!json_is_object(self->body) || !scim_normalise(self->body)) {
		scim_reply_turn(self, TARGET_REJECTED,
				"the service answered with something that is no account");
		return NULL;
	}
	if (!g_str_equal(json_get_string(self->body, "id"), id)) {
		scim_reply_turn(self, TARGET_REJECTED,
				"the service answered with another account than the one asked for");
		return NULL;
	}
	return json_incref(self->body);
}
