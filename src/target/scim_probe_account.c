/*
 * Making an account, and one just like it: what a service answers, and what it does.
 *
 * The account is asked for inactive. A service that refuses it is tried with what most often is in
 * the way, one thing less each time: booleans as text, "active", "externalId", and another content
 * type. What it then takes is what it wants.
 */
#include "base/json.h"
#include "core/resource.h"
#include "scim_probe_internal.h"
#include "target_internal.h"

typedef enum {
	AS_USUAL,
	AS_JSON,
	OTHER_BOOLEANS,
	WITHOUT_ACTIVE,
	WITHOUT_EXTERNAL,
	ATTEMPTS,
} Attempt;

static const char *const attempt_words[] = {
	[AS_USUAL] = "as configured",
	[AS_JSON] = "only as application/json",
	[OTHER_BOOLEANS] = "only with true and false sent otherwise",
	[WITHOUT_ACTIVE] = "only without \"active\"",
	[WITHOUT_EXTERNAL] = "only without \"active\" and externalId",
};

static ScimBoolean other_booleans(ScimBoolean booleans)
{
	return booleans == SCIM_BOOLEAN_TEXT ? SCIM_BOOLEAN_JSON : SCIM_BOOLEAN_TEXT;
}

/* What is sent from now on. */
static void take_attempt(ScimProbe *self, Attempt attempt)
{
	ScimBoolean usual = (ScimBoolean)self->target->conf->quirks.boolean;

	self->content_type = attempt == AS_JSON ? "application/json"
						: self->target->profile.content_type;
	self->booleans = attempt == OTHER_BOOLEANS ? other_booleans(usual) : usual;
	self->without_active = attempt >= WITHOUT_ACTIVE;
	self->without_external = attempt == WITHOUT_EXTERNAL;
}

static gboolean is_worth_another(const ScimProbeAnswer *answer, Attempt attempt)
{
	int status = answer->reply.status;

	if (attempt == AS_JSON)
		return status == 415;
	return status == 400 || status == 415 || status == 422;
}

static void tell_made(ScimProbe *self, Attempt attempt, const ScimProbeAnswer *answer)
{
	ScimProbeRow row = { .what = "an account",
			     .evidence = TARGET_TRIED,
			     .odd = attempt > AS_USUAL };

	if (attempt == AS_JSON) {
		row.setting = "content_type";
		row.value = "\"application/json\"";
	} else if (attempt == OTHER_BOOLEANS) {
		row.setting = "quirks.boolean";
		row.value = self->booleans == SCIM_BOOLEAN_TEXT ? "\"text\"" : "\"json\"";
	}
	if (!scim_probe_is_fine(answer)) {
		g_autofree char *words = scim_probe_words(answer);
		scim_probe_tell(self, &row,
				"is made, %s; it was found by its name, as the answer %s%s",
				attempt_words[attempt], answer->lost ? "was lost" : "was another: ",
				answer->lost ? "" : words);
		return;
	}
	scim_probe_tell(self, &row, "is made, %s; the answer is %d with %s", attempt_words[attempt],
			answer->reply.status,
			json_is_object(answer->reply.body) ? "the account"
			: answer->location                 ? "its address only"
							   : "neither account nor address");
}

/* TRUE: it came back as it was sent. */
static gboolean tell_kept(ScimProbe *self, const json_t *sent, const json_t *held)
{
	static const char *const paths[] = { "userName",        "externalId",
					     "displayName",     "name.givenName",
					     "name.familyName", "emails[type eq \"work\"].value" };
	GString *changed = g_string_new(NULL);

	for (guint i = 0; i < G_N_ELEMENTS(paths); i++) {
		g_autoptr(json_t) like = json_pack("{s:n}", paths[i]);
		g_autoptr(json_t) wanted = resource_project(sent, like);
		const json_t *value = json_object_get(wanted, paths[i]);
		if (value && !scim_probe_holds(held, paths[i], value))
			g_string_append_printf(changed, "%s%s", changed->len ? ", " : "", paths[i]);
	}
	gboolean kept = changed->len == 0;
	scim_probe_tell(self,
			&(ScimProbeRow){ .what = "what it was made with",
					 .evidence = TARGET_TRIED,
					 .odd = !kept },
			"%s%s", kept ? "is kept as it was sent" : "is not kept as it was sent: ",
			changed->str);
	g_string_free(changed, TRUE);
	return kept;
}

static void look_at_made(ScimProbe *self, const json_t *sent)
{
	int status = 0;
	g_autoptr(json_t) held = scim_probe_read(self, self->account, &status);

	if (!held) {
		scim_probe_tell(self,
				&(ScimProbeRow){ .what = "reading it back",
						 .evidence = TARGET_TRIED,
						 .odd = TRUE },
				"is answered %d: nothing is changed that cannot be read, so no "
				"more is tried with accounts",
				status);
		self->account = NULL;
		return;
	}
	tell_kept(self, sent, held);
	if (json_get_nocase(sent, "active"))
		scim_probe_tell(
			self, &(ScimProbeRow){ .what = "made inactive", .evidence = TARGET_TRIED },
			json_is_false(json_get_nocase(held, "active")) ? "stays inactive"
								       : "is active all the same");
}

/* A second account of the same name must be refused in words that we understand. */
static void make_again(ScimProbe *self, const json_t *body)
{
	g_auto(ScimProbeAnswer) answer = { 0 };
	ScimProbeThing *second = scim_probe_make(self, FALSE, body, &answer);
	gboolean refused = !second || answer.reply.outcome == TARGET_EXISTS;
	g_autofree char *words = scim_probe_words(&answer);

	scim_probe_tell(self,
			&(ScimProbeRow){ .what = "the same account once more",
					 .evidence = TARGET_TRIED,
					 .odd = answer.reply.outcome != TARGET_EXISTS },
			"%s%s%s", refused ? "is refused: " : "is made, or may be: ", words,
			!refused || answer.reply.outcome == TARGET_EXISTS
				? ""
				: "; this is not understood as \"exists already\": give a pattern "
				  "for its words to quirks.conflict");
	/* Some services answer with the account that is there. */
	if (second && g_strcmp0(second->id, self->account->id) == 0)
		second->gone = TRUE;
	else if (second)
		scim_probe_remove(self, second);
}

static void announce(ScimProbe *self)
{
	g_autofree char *who = g_strdup_printf(
		"throw-away accounts and groups are made at %s now, and removed again; all have "
		"\"dirbridge-probe-%s\" in their names",
		self->target->conf->url, self->token);

	if (self->how->say && !self->over)
		self->how->say(who, self->how->data);
}

void scim_probe_make_account(ScimProbe *self)
{
	g_auto(ScimProbeAnswer) answer = { 0 };
	g_autoptr(json_t) body = NULL;
	Attempt attempt = AS_USUAL;

	announce(self);
	for (; attempt < ATTEMPTS && !self->account; attempt++) {
		if (attempt > AS_USUAL && !is_worth_another(&answer, attempt))
			continue;
		json_decref(body);
		take_attempt(self, attempt);
		body = scim_probe_account_body(self);
		ScimProbeThing *made = scim_probe_make(self, FALSE, body, &answer);
		self->account = scim_probe_settle(self, made) ? made : NULL;
	}
	if (!self->account) {
		g_autofree char *words = scim_probe_words(&answer);
		self->not_made = TRUE;
		scim_probe_tell(self,
				&(ScimProbeRow){ .what = "an account",
						 .evidence = TARGET_TRIED,
						 .odd = TRUE },
				"cannot be made: %s; --attributes and --user-name say what the "
				"service wants",
				words);
		return;
	}
	tell_made(self, attempt - 1, &answer);
	look_at_made(self, body);
	if (self->account)
		make_again(self, body);
}
