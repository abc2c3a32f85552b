/*
 * What the answer of a custom API means. Pure.
 *
 * The definition comes first, the table below it where the definition is silent. In this order:
 *
 *	1  nothing came back                by the engine's verdict, below
 *	2  2xx, and it cannot be read       a page of HTML; what a rule or an output must read
 *	3  2xx, and 'success' was read      OK if it holds; a poll's state is read like it
 *	4  a row of 'errors' fits           what the row says; the step's rows before the app's
 *	5  2xx, in words of 'throttled'     LATER
 *	6  'success' holds (404 is listed)  OK; also where nothing of it was read
 *	7  2xx, and 'success' does not      REJECTED with the service's words; UNKNOWN if the key is
 *	                                    not there and the error's place has no words
 *	8  the rest                         by status
 *
 *	                    reading    creating   other writes
 *	2, unreadable       REJECTED   UNKNOWN    UNKNOWN
 *	7, other value      REJECTED   REJECTED   REJECTED
 *	7, no key           REJECTED   UNKNOWN    UNKNOWN    (status not listed: likewise)
 *	401                 DOWN       DOWN       DOWN
 *	404, 410            ABSENT     REJECTED   ABSENT     (REJECTED: address never good; a page;
 *	                                                     a search)
 *	409                 STALE      EXISTS     STALE
 *	412, 428            STALE      STALE      STALE
 *	429, 503            LATER      LATER      LATER
 *	other 4xx, 501      REJECTED   REJECTED   REJECTED
 *	other 5xx, lost     LATER      UNKNOWN    UNKNOWN
 *	too large           REJECTED   UNKNOWN    UNKNOWN
 *	never reached       DOWN       DOWN       DOWN
 *
 * A 404 that no row speaks of is about the object only where the address has proved good before: a
 * mistyped one answers 404 to everything, and an account that seems absent gets created again; even
 * so it is doubted once more (custom_doubt.c). A search may say "nobody" so, or that it is not
 * there itself. A row of 'errors' is the administrator's own word, and is believed without.
 *
 * Some services answer 200 to everything. So 4 and 5 come before a 2xx is believed, unless
 * 'success' was read. A record may hold any words, so a 2xx that no rule speaks of is searched for
 * them only where errors have theirs; in the whole body if the row names the status as well.
 *
 * The words of a service are bounded, on one line and without our credential (words.c).
 */
#include <string.h>

#include "base/json.h"
#include "custom_internal.h"
#include "words_internal.h"

#define MATCHED_BYTES ((gsize)64 * 1024) /* of a body, by patterns of 'errors' */

#define IS_SUCCESS(status) ((status) >= 200 && (status) < 300)

/* One answer, and all that it is judged by. */
typedef struct {
	CustomReply *reply;
	const CustomStep *step;
	CustomOperation operation;
	gboolean writes, is_proven, is_page;
	const Credential *credential;
	const CredentialConf *auth;
	char *words;            /* of the error, whole; or NULL */
	char *code;             /* of the error, or NULL */
	gboolean has_own_words; /* these stand where the definition says */
	char *usual_code;       /* a code where services usually have it, and none is placed */
	gboolean is_unsaid;     /* a 2xx of which no rule says anything */
	char *raw;              /* the body as text, for patterns; valid UTF-8 */
} Verdict;

/* The service's words -------------------------------------------------------------------------- */

/* The text at the first of these places that has one, or the words within what is there. */
static char *words_at(const GPtrArray *places, const json_t *body)
{
	for (guint i = 0; places && i < places->len; i++) {
		const json_t *value = place_get(places->pdata[i], body);
		g_autofree char *code = NULL;
		g_autofree char *text = custom_text_of(value);

		if (!text && (json_is_object(value) || json_is_array(value)))
			text = words_of_error(value, &code);
		if (text && *text)
			return g_steal_pointer(&text);
	}
	return NULL;
}

/* Where the definition says that they stand, else where services usually have them. */
static void find_words(Verdict *self)
{
	const CustomErrorPlaces *places = &self->step->error;
	const json_t *body = self->reply->body;
	g_autofree char *code = NULL;

	self->words = words_at(places->words, body);
	self->has_own_words = self->words != NULL;
	self->code = custom_first_text(places->codes, body);
	if (self->words && self->code)
		return;
	g_autofree char *words = json_is_object(body) || json_is_array(body)
					 ? words_of_error(body, &code)
					 : NULL;
	if (!self->words)
		self->words = g_steal_pointer(&words);
	/* What is called a code elsewhere may be the verdict's key here. */
	gboolean is_placed = places->codes && places->codes->len > 0;
	if (is_placed || self->code)
		return;
	if (IS_SUCCESS(self->reply->status))
		self->usual_code = json_is_object(body) ? g_steal_pointer(&code) : NULL;
	else
		self->code = g_steal_pointer(&code);
}

/* The words for a sentence. New string, "" if there are none. */
static char *fit_words(const Verdict *self)
{
	g_autofree char *page = NULL;

	if (self->words)
		return words_excerpt(self->words, -1, self->credential);
	if (self->is_page)
		page = words_of_page(self->raw);
	else if (self->reply->body && !json_is_string(self->reply->body))
		return g_strdup("");
	return words_excerpt(page ? page : self->raw, -1, self->credential);
}

static void describe(Verdict *self)
{
	const CustomReply *reply = self->reply;
	g_autofree char *words = fit_words(self);
	GString *text = g_string_new(NULL);

	g_string_printf(text, "the service answered %d", reply->status);
	if (self->code) {
		g_autofree char *code = words_excerpt(self->code, -1, self->credential);
		g_string_append_printf(text, " %s", code);
	}
	if (reply->outcome == TARGET_DOWN)
		g_string_append(text, ", the credential is refused");
	if (self->is_page)
		g_string_append_printf(text, ": an HTML page%s%s%s", *words ? " (\"" : "", words,
				       *words ? "\")" : "");
	else if (*words)
		g_string_append_printf(text, ": %s", words);
	if (reply->outcome == TARGET_DOWN && self->auth)
		g_string_append_printf(text, "\n%s", credential_hint(self->auth));
	g_free(self->reply->detail);
	self->reply->detail = g_string_free(text, FALSE);
}

/* Rows of 'errors' ----------------------------------------------------------------------------- */

static gboolean finds(const Pattern *pattern, const char *text)
{
	return text && pattern_match(pattern, text, strlen(text), NULL) == PATTERN_YES;
}

/* A body that has something where services put their errors. */
static gboolean is_error_shaped(const json_t *body)
{
	const json_t *error = json_get_nocase(body, "error");
	const json_t *errors = json_get_nocase(body, "errors");

	return json_is_object(error) || json_string_length(error) > 0 || json_is_object(errors) ||
	       json_array_size(errors) > 0;
}

/* Whether the words are an error's, not what a record happens to say. */
static gboolean has_error_words(const Verdict *self)
{
	return !self->is_unsaid || self->has_own_words || is_error_shaped(self->reply->body);
}

static gboolean fits_code(const Verdict *self, const GPtrArray *codes)
{
	const char *text = self->code ? self->code : self->usual_code;
	g_autoptr(json_t) code = text ? json_string(text) : NULL;

	return custom_is_one_of(code, codes);
}

static gboolean fits(const Verdict *self, const CustomError *row)
{
	gboolean names_status = row->statuses->len > 0;

	if (names_status && !custom_in_ranges(row->statuses, self->reply->status))
		return FALSE;
	if (row->codes->len > 0 && !fits_code(self, row->codes))
		return FALSE;
	if (!row->message || (has_error_words(self) && finds(row->message, self->words)))
		return TRUE;
	return (names_status || !self->is_unsaid) && finds(row->message, self->raw);
}

static CustomClass class_by_rows(const Verdict *self)
{
	const GPtrArray *rows = self->step->errors;

	for (guint i = 0; rows && i < rows->len; i++) {
		if (!fits(self, rows->pdata[i]))
			continue;
		self->reply->by_own_row = i < self->step->own_errors;
		return ((const CustomError *)rows->pdata[i])->class;
	}
	return CUSTOM_UNCLASSIFIED;
}

static gboolean makes(CustomOperation operation)
{
	return operation == CUSTOM_CREATE || operation == CUSTOM_GROUP_CREATE;
}

static TargetOutcome outcome_of_class(const Verdict *self, CustomClass class)
{
	CustomOperation operation = self->operation;

	switch (class) {
	case CUSTOM_IS_OK:
		return TARGET_OK;
	case CUSTOM_IS_EXISTS:
		return makes(operation) ? TARGET_EXISTS : TARGET_REJECTED;
	case CUSTOM_IS_NOT_FOUND:
		return makes(operation) ? TARGET_REJECTED : TARGET_ABSENT;
	case CUSTOM_IS_MEMBER:
		return operation == CUSTOM_MEMBER_ADD || operation == CUSTOM_MEMBER_REPLACE
			       ? TARGET_OK
			       : TARGET_REJECTED;
	case CUSTOM_IS_NOT_MEMBER:
		return operation == CUSTOM_MEMBER_REMOVE || operation == CUSTOM_MEMBER_REPLACE
			       ? TARGET_OK
			       : TARGET_REJECTED;
	case CUSTOM_IS_STALE:
		return TARGET_STALE;
	case CUSTOM_IS_THROTTLED:
	case CUSTOM_IS_RETRY:
		return TARGET_LATER;
	case CUSTOM_IS_AUTH:
		return TARGET_DOWN;
	case CUSTOM_IS_UNKNOWN:
		return self->writes ? TARGET_UNKNOWN : TARGET_LATER;
	case CUSTOM_UNCLASSIFIED:
	case CUSTOM_IS_FATAL:
		break;
	}
	return TARGET_REJECTED;
}

/* TRUE if a row fits, which is then the verdict. */
static gboolean judge_by_rows(Verdict *self)
{
	CustomClass class = class_by_rows(self);

	if (class == CUSTOM_UNCLASSIFIED)
		return FALSE;
	self->reply->class = class;
	self->reply->outcome = outcome_of_class(self, class);
	if (self->reply->outcome != TARGET_OK)
		describe(self);
	return TRUE;
}

/* TRUE if a 2xx says in its error's words or code that too much was asked. */
static gboolean judge_throttled(Verdict *self)
{
	const GPtrArray *patterns = self->step->throttled;
	const char *words = self->has_own_words || is_error_shaped(self->reply->body) ? self->words
										      : NULL;

	for (guint i = 0; patterns && i < patterns->len; i++) {
		if (!finds(patterns->pdata[i], words) && !finds(patterns->pdata[i], self->code))
			continue;
		self->reply->class = CUSTOM_IS_THROTTLED;
		self->reply->outcome = TARGET_LATER;
		describe(self);
		return TRUE;
	}
	return FALSE;
}

/* 'success' ------------------------------------------------------------------------------------ */

static void tell_other_value(Verdict *self, const CustomSuccess *rule)
{
	g_autofree char *value = custom_text_of(place_get(rule->place, self->reply->body));
	g_autofree char *said = words_excerpt(value ? value : "", -1, self->credential);
	g_autofree char *words = fit_words(self);

	custom_reply_turn(self->reply, TARGET_REJECTED,
			  "the service answered %d, and '%s' is %s%s%s%s%s", self->reply->status,
			  place_text(rule->place), value ? "'" : "no success", value ? said : "",
			  value ? "'" : "", *words ? ": " : "", words);
}

static void tell_no_value(Verdict *self, const CustomSuccess *rule)
{
	CustomReply *reply = self->reply;
	g_autofree char *words = self->has_own_words ? fit_words(self) : NULL;
	const char *name = place_text(rule->place);

	if (words)
		custom_reply_turn(reply, TARGET_REJECTED,
				  "the service answered %d without '%s': %s", reply->status, name,
				  words);
	else
		custom_reply_turn(
			reply, self->writes ? TARGET_UNKNOWN : TARGET_REJECTED,
			"the service answered %d, and the answer does not say '%s'\nif it "
			"never does here, set success.may_miss of operation '%s'",
			reply->status, name, custom_operation_name(self->operation));
}

static void tell_no_success(Verdict *self, CustomSuccessState success, const CustomSuccess *rule)
{
	if (success == CUSTOM_SUCCESS_OTHER_VALUE)
		tell_other_value(self, rule);
	else if (success == CUSTOM_SUCCESS_NO_VALUE)
		tell_no_value(self, rule);
	else
		custom_reply_turn(self->reply, self->writes ? TARGET_UNKNOWN : TARGET_REJECTED,
				  "the service answered %d, which 'success' does not name",
				  self->reply->status);
}

/* Whether something of the answer has to be read before it can be called good. */
static gboolean must_be_read(const Verdict *self)
{
	const CustomStep *step = self->step;

	for (guint i = 0; step->success && i < step->success->len; i++) {
		if (((const CustomSuccess *)step->success->pdata[i])->place)
			return TRUE;
	}
	for (guint i = 0; step->outputs && i < step->outputs->len; i++) {
		if (((const CustomTake *)step->outputs->pdata[i])->place)
			return TRUE;
	}
	return step->poll || (!self->writes && self->operation != CUSTOM_TEST);
}

/* TRUE if a 2xx cannot be believed for want of an answer to read. */
static gboolean is_unreadable(Verdict *self)
{
	CustomReply *reply = self->reply;
	TargetOutcome outcome = self->writes ? TARGET_UNKNOWN : TARGET_REJECTED;

	if (self->is_page) {
		custom_reply_turn(reply, outcome,
				  "the service answered %d with an HTML page, not %s: is the url "
				  "right?",
				  reply->status, body_kind_name(self->step->expects));
		return TRUE;
	}
	if (!reply->unread || !must_be_read(self))
		return FALSE;
	custom_reply_turn(reply, outcome, "the service answered %d: %s", reply->status,
			  reply->unread);
	return TRUE;
}

/* By status ------------------------------------------------------------------------------------ */

static gboolean is_of_object(CustomOperation operation)
{
	switch (operation) {
	case CUSTOM_TEST:
	case CUSTOM_LIST:
	case CUSTOM_CREATE:
	case CUSTOM_GROUP_LIST:
	case CUSTOM_GROUP_CREATE:
		return FALSE;
	default:
		return TRUE;
	}
}

static gboolean searches(CustomOperation operation)
{
	return operation == CUSTOM_LOOKUP || operation == CUSTOM_GROUP_LOOKUP;
}

static TargetOutcome outcome_of_404(const Verdict *self)
{
	gboolean of_object = is_of_object(self->operation) && !self->is_page;

	/* Whether a search says "nobody" by a 404, only a row can tell. */
	if (searches(self->operation))
		return TARGET_REJECTED;
	return of_object && self->is_proven ? TARGET_ABSENT : TARGET_REJECTED;
}

static TargetOutcome outcome_of_status(const Verdict *self)
{
	switch (self->reply->status) {
	case 401:
		return TARGET_DOWN;
	case 404:
	case 410:
		return outcome_of_404(self);
	case 409:
		return makes(self->operation) ? TARGET_EXISTS : TARGET_STALE;
	case 412:
	case 428:
		return TARGET_STALE;
	case 429:
	case 503:
		return TARGET_LATER;
	default:
		break;
	}
	if (self->reply->status < 500 || self->reply->status == 501)
		return TARGET_REJECTED;
	return self->writes ? TARGET_UNKNOWN : TARGET_LATER;
}

gboolean custom_reply_is_unclear(const CustomReply *self)
{
	return self->class == CUSTOM_UNCLASSIFIED && (self->status == 404 || self->status == 410);
}

static void add_hint(Verdict *self)
{
	CustomReply *reply = self->reply;
	CustomOperation operation = self->operation;
	const char *name = custom_operation_name(operation);
	g_autofree char *text = g_steal_pointer(&reply->detail);

	reply->detail = g_strdup_printf(
		searches(operation)
			? "%s (check url of operation '%s', or say in its errors that this is "
			  "\"not_found\")"
			: "%s\nnothing at this address has answered well yet: check url of "
			  "operation '%s'",
		text, name);
}

static void judge_by_status(Verdict *self)
{
	gboolean unproven = !self->is_proven || searches(self->operation);

	self->reply->outcome = outcome_of_status(self);
	describe(self);
	if (custom_reply_is_unclear(self->reply) && unproven &&
	    self->reply->outcome == TARGET_REJECTED)
		add_hint(self);
}

/* Answers -------------------------------------------------------------------------------------- */

static void judge_no_answer(Verdict *self, const HttpAnswer *answer)
{
	TargetOutcome outcome = TARGET_LATER;
	g_autofree char *words = NULL;

	switch (answer->fate) {
	case HTTP_UNREACHABLE:
	case HTTP_DENIED:
		outcome = TARGET_DOWN;
		break;
	case HTTP_LOST:
		outcome = self->writes ? TARGET_UNKNOWN : TARGET_LATER;
		break;
	case HTTP_TOO_LARGE:
		outcome = self->writes ? TARGET_UNKNOWN : TARGET_REJECTED;
		break;
	case HTTP_LATER:
		words = self->words ? words_excerpt(self->words, -1, self->credential) : NULL;
		break;
	case HTTP_ANSWERED:
		break;
	}
	custom_reply_turn(self->reply, outcome, "%s%s%s",
			  answer->problem ? answer->problem : "there is no answer",
			  words ? ": " : "", words ? words : "");
}

/* What a poll says of the work is for custom_poll.c. */
static gboolean has_state(const Verdict *self)
{
	return self->step->poll && place_get(self->step->poll->place, self->reply->body);
}

static void judge(Verdict *self)
{
	CustomReply *reply = self->reply;
	const CustomSuccess *broken = NULL;
	gboolean is_2xx = IS_SUCCESS(reply->status);
	CustomSuccessState success = custom_success_judge(self->step, reply, &broken);
	gboolean is_good = success == CUSTOM_SUCCESS_HOLDS || success == CUSTOM_SUCCESS_UNSAID;
	gboolean is_read = success == CUSTOM_SUCCESS_HOLDS || (is_good && has_state(self));

	reply->outcome = TARGET_OK;
	if (is_2xx && (is_unreadable(self) || is_read))
		return;
	self->is_unsaid = is_2xx && is_good;
	if (judge_by_rows(self) || (is_2xx && judge_throttled(self)) || is_good)
		return;
	if (is_2xx)
		tell_no_success(self, success, broken);
	else
		judge_by_status(self);
}

static void read_body(Verdict *self, const HttpAnswer *answer)
{
	CustomReply *reply = self->reply;
	g_autoptr(GError) unreadable = NULL;
	gsize length = answer->body ? answer->length : 0;

	self->raw = g_utf8_make_valid(answer->body ? answer->body : "",
				      (gssize)MIN(length, MATCHED_BYTES));
	if (length == 0)
		return;
	reply->body = body_read(self->step->expects, answer->content_type, answer->body, length,
				&self->is_page, &unreadable);
	if (unreadable)
		reply->unread = words_excerpt(unreadable->message, -1, self->credential);
}

static void verdict_clear(Verdict *self)
{
	g_free(self->words);
	g_free(self->code);
	g_free(self->usual_code);
	g_free(self->raw);
}

void custom_reply_read(CustomReply *self, const CustomStep *step, CustomOperation operation,
		       gboolean writes, gboolean is_proven, const Credential *credential,
		       const CredentialConf *auth, const HttpAnswer *answer)
{
	Verdict verdict = { .reply = self,
			    .step = step,
			    .operation = operation,
			    .writes = writes,
			    .is_proven = is_proven,
			    .credential = credential,
			    .auth = auth };

	*self = (CustomReply){ .status = answer->status, .retry_after_us = answer->retry_after_us };
	read_body(&verdict, answer);
	find_words(&verdict);
	if (answer->fate == HTTP_ANSWERED)
		judge(&verdict);
	else
		judge_no_answer(&verdict, answer);
	verdict_clear(&verdict);
}

void custom_reply_failed(CustomReply *self, const CustomStep *step, CustomOperation operation,
			 gboolean writes, const Credential *credential, const char *state)
{
	Verdict verdict = { .reply = self,
			    .step = step,
			    .operation = operation,
			    .writes = writes,
			    .credential = credential };

	verdict.raw = self->body ? json_canonical(self->body) : g_strdup("");
	find_words(&verdict);
	if (!judge_by_rows(&verdict)) {
		g_autofree char *words = fit_words(&verdict);
		g_autofree char *said = words_excerpt(state, -1, credential);
		custom_reply_turn(self, TARGET_REJECTED, "the service says '%s' of its work%s%s",
				  said, *words ? ": " : "", words);
	}
	verdict_clear(&verdict);
}
