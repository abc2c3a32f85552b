/*
 * A token that is fetched: when, how often, and by whom.
 *
 *	           +-------------------------- renewal is due, or the token was refused ----+
 *	           v                                                                        |
 *	NONE --> LOCKING --(one is kept and good)-----------------------------------------> HELD
 *	           |                                                                        ^
 *	           +--> ASKING --(token)--> kept on disk ------------------------------------+
 *	                   |                   '--(cannot be kept, and is the only one)-> UNKEPT
 *	                   '--(refused, unreachable)--> FAILED, or HELD while the old one lasts;
 *	                         a refresh token that came all the same is kept on disk first
 *
 * None of these is durable; what is durable is in the file of credential_store.c, whose lock is
 * held from LOCKING until HELD or FAILED, so that two processes never use the same refresh token:
 * where it rotates, a service takes the second use for theft and locks everybody out. Whoever
 * waited for the lock finds what the other one fetched, and asks for nothing.
 *
 * What a crash leaves behind: before the request, the old token, unused; after the file is renamed,
 * the new one. Between the two the service has used the old one up and nobody has the new one, for
 * as long as the answer travels and a file is renamed. Services that let an old one be used again
 * for some seconds close this gap; with others an administrator has to. Nothing on our side can,
 * and so nothing else is done in it; and who stops us by a signal that can wait is made to wait
 * (credential_hold.c), unless the disk fails, for that may take for ever.
 *
 * A token is renewed some time before it ends. One that the service refuses is renewed at once,
 * but not more often than once a minute, across runs: a scope that is missing is missing from the
 * next token too, and token services count. What is refused while a renewal is under way waits for
 * its end: some services end the old token with it, and all requests that carry it are refused.
 */
#include <string.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/error.h"
#include "base/json.h"
#include "base/timefmt.h"
#include "credential_internal.h"

#define RENEWAL_GAP_US CLOCK_MINUTE
#define AFTER_FAILURE_US (30 * CLOCK_SECOND)
#define AFTER_UNKEPT_US (CLOCK_SECOND / 2)
#define LOCK_PATIENCE_US (2 * CLOCK_MINUTE)
#define LOCK_POLL_MS 20

typedef enum {
	TOKEN_NONE,    /* nothing was tried yet */
	TOKEN_LOCKING, /* another process may be at it */
	TOKEN_ASKING,  /* the request is under way, the lock held */
	TOKEN_HELD,
	TOKEN_UNKEPT, /* there is one, and the disk does not take it; the lock held */
	TOKEN_FAILED,
} TokenState;

struct CredentialToken {
	Credential *owner;
	const CredentialConf *conf;
	CredentialFetch *fetch;
	CredentialStore *store; /* NULL: nothing is kept */
	TokenState state;
	CredentialTokens tokens;
	Secret *refused;     /* a token that the service does not take, or NULL */
	char *line;          /* what requests carry; NULL without a token */
	char *problem;       /* FAILED, UNKEPT: the sentence */
	char *note;          /* something odd that people should know, or NULL */
	char *damage;        /* why a token of an earlier run is missing, or NULL */
	char *refusal;       /* what is to be said once a refresh token is kept, or NULL */
	gint64 pause_us;     /* after that */
	gboolean is_holding; /* signals */
	gint64 again_us;     /* monotonic: nothing is tried before */
	gint64 since_us;     /* monotonic: LOCKING began */
	gint64 longest_us;   /* how long another process may take */
	CredentialPace pace;
};

/* States --------------------------------------------------------------------------------------- */

static void set_problem(CredentialToken *self, char *problem)
{
	g_free(self->problem);
	self->problem = problem;
}

static void set_note(CredentialToken *self, char *note)
{
	g_free(self->note);
	self->note = note;
}

static void drop_line(CredentialToken *self)
{
	credential_wipe(g_steal_pointer(&self->line));
}

static void unlock(CredentialToken *self)
{
	if (self->store)
		credential_store_unlock(self->store);
}

static void enter_held(CredentialToken *self)
{
	drop_line(self);
	self->line = credential_line(self->conf, secret_peek(self->tokens.access));
	self->state = TOKEN_HELD;
	set_problem(self, NULL);
	unlock(self);
	credential_release_signals(&self->is_holding);
}

/* Takes the sentence. An old token that lasts is better than none. */
static void fail(CredentialToken *self, char *problem, gint64 pause_us)
{
	self->again_us = clock_monotonic_us() + MAX(pause_us, AFTER_FAILURE_US);
	if (credential_tokens_hold(&self->tokens)) {
		enter_held(self);
		set_note(self, problem);
		return;
	}
	drop_line(self);
	self->state = TOKEN_FAILED;
	if (self->damage) {
		set_problem(self, g_strconcat(problem, "\n", self->damage, NULL));
		g_free(problem);
	} else {
		set_problem(self, problem);
	}
	unlock(self);
	credential_release_signals(&self->is_holding);
}

static void fail_with(CredentialToken *self, const GError *error)
{
	fail(self, g_strdup_printf("cannot get an access token: %s", error->message), 0);
}

/* Answers -------------------------------------------------------------------------------------- */

static void replace(Secret **held, Secret *by)
{
	secret_free(*held);
	*held = by;
}

/* What came is as safe as it can be. */
static void go_on(CredentialToken *self)
{
	if (self->refusal)
		fail(self, g_steal_pointer(&self->refusal), self->pause_us);
	else
		enter_held(self);
}

/* The only copy of a refresh token that will be taken must be on disk before anything goes on. */
static void keep(CredentialToken *self)
{
	g_autoptr(GError) error = NULL;

	crash_point("token fetched, not kept");
	if (!self->store || credential_store_write(self->store, &self->tokens, &error)) {
		crash_point("token kept");
		go_on(self);
		return;
	}
	if (!self->tokens.refresh) {
		enter_held(self);
		set_note(self, g_strdup_printf("the token is not kept for the next run: %s",
					       error->message));
		return;
	}
	self->state = TOKEN_UNKEPT;
	self->again_us = clock_monotonic_us() + AFTER_UNKEPT_US;
	set_problem(self,
		    g_strdup_printf("the new refresh token cannot be kept, and the old one is "
				    "used up: %s\nmake room there, or get a new one from the "
				    "service and put it into auth.refresh_token",
				    error->message));
	credential_release_signals(&self->is_holding);
}

static void take_fields(CredentialToken *self, json_t *fields)
{
	credential_fields_hide(self->owner, fields);
	json_decref(self->tokens.fields);
	self->tokens.fields = json_incref(fields);
}

static void take_token(CredentialToken *self, CredentialAnswer *answer)
{
	gint64 now = clock_now_us();
	gint64 life = answer->lifetime_us ? answer->lifetime_us : self->conf->token_lifetime_us;

	replace(&self->tokens.access, g_steal_pointer(&answer->access));
	take_fields(self, answer->fields);
	self->tokens.fetched_us = now;
	self->tokens.expires_us = now + life;
	if (self->refused)
		self->tokens.renewed_us = now;
	replace(&self->refused, NULL);
	set_note(self, NULL);
	g_clear_pointer(&self->damage, g_free);
}

static void take_answer(CredentialToken *self, CredentialFetched *fetched)
{
	CredentialAnswer *answer = &fetched->answer;
	gboolean is_refresh = answer->refresh && self->conf->type == CREDENTIAL_REFRESH_TOKEN;

	if (fetched->problem && !is_refresh) {
		fail(self, g_steal_pointer(&fetched->problem), fetched->pause_us);
		return;
	}
	if (is_refresh)
		replace(&self->tokens.refresh, g_steal_pointer(&answer->refresh));
	if (fetched->problem) {
		self->refusal = g_steal_pointer(&fetched->problem);
		self->pause_us = fetched->pause_us;
	} else {
		take_token(self, answer);
	}
	keep(self);
}

/* Asking --------------------------------------------------------------------------------------- */

static const char *refresh_token(const CredentialToken *self)
{
	if (self->conf->type != CREDENTIAL_REFRESH_TOKEN)
		return NULL;
	return secret_peek(self->tokens.refresh ? self->tokens.refresh : self->conf->refresh_token);
}

/* A refresh token may be used up by the request, so the room for its successor comes first. */
static gboolean reserve(CredentialToken *self, GError **error)
{
	const char *old = refresh_token(self);

	return !self->store || !old ||
	       credential_store_reserve(self->store, 2 * (CREDENTIAL_ANSWER_MAX + strlen(old)),
					error);
}

/* Whatever a service says of its tokens, they are not fetched without end. */
static gboolean is_too_often(CredentialToken *self)
{
	gint64 wait = credential_pace_wait_us(&self->pace, clock_monotonic_us());

	if (wait > 0)
		fail(self, credential_pace_problem(wait), wait);
	return wait > 0;
}

static void ask(CredentialToken *self)
{
	g_autoptr(GError) error = NULL;

	if (is_too_often(self))
		return;
	if (!reserve(self, &error)) {
		fail_with(self, error);
		return;
	}
	if (self->conf->type == CREDENTIAL_REFRESH_TOKEN)
		credential_hold_signals(&self->is_holding);
	if (!credential_fetch_begin(self->fetch, refresh_token(self), &error)) {
		fail_with(self, error);
		return;
	}
	crash_point("token request made");
	credential_pace_count(&self->pace, clock_monotonic_us());
	self->state = TOKEN_ASKING;
}

/* Locking -------------------------------------------------------------------------------------- */

static gboolean is_refused(const CredentialToken *self, const Secret *access)
{
	return self->refused && g_str_equal(secret_peek(self->refused), secret_peek(access));
}

/* What another run has left, if it is worth more than what we have. */
static void take_kept(CredentialToken *self, CredentialTokens *kept)
{
	if (kept->refresh) {
		credential_hide(self->owner, secret_peek(kept->refresh));
		replace(&self->tokens.refresh, g_steal_pointer(&kept->refresh));
	}
	if (!kept->access)
		return;
	credential_hide(self->owner, secret_peek(kept->access));
	self->tokens.renewed_us = MAX(self->tokens.renewed_us, kept->renewed_us);
	if (is_refused(self, kept->access) || !credential_fields_suffice(self->conf, kept->fields))
		return;
	replace(&self->tokens.access, g_steal_pointer(&kept->access));
	self->tokens.fetched_us = kept->fetched_us;
	self->tokens.expires_us = kept->expires_us;
	take_fields(self, kept->fields);
}

static void look_and_ask(CredentialToken *self)
{
	g_auto(CredentialTokens) kept = { 0 };
	g_autoptr(GError) error = NULL;
	char *note = NULL;

	if (self->store && !credential_store_read(self->store, &kept, &note, &error)) {
		fail_with(self, error);
		return;
	}
	if (note) {
		set_note(self, note);
		g_free(self->damage);
		self->damage = g_strdup(note);
	}
	take_kept(self, &kept);
	if (self->tokens.access && clock_now_us() < credential_tokens_due_us(&self->tokens)) {
		replace(&self->refused, NULL);
		enter_held(self);
		return;
	}
	ask(self);
}

static void try_lock(CredentialToken *self, guint timeout_ms)
{
	g_autoptr(GError) error = NULL;
	gboolean got = TRUE;

	if (self->store && !credential_store_lock(self->store, &got, &error))
		fail_with(self, error);
	else if (got)
		look_and_ask(self);
	else if (clock_monotonic_us() - self->since_us > self->longest_us)
		fail(self,
		     g_strdup("cannot get an access token: another process is fetching one and "
			      "does not come to an end\nlook for a dirbridge that hangs"),
		     0);
	else
		clock_sleep_ms(MIN(timeout_ms, LOCK_POLL_MS));
}

static void wait_for_answer(CredentialToken *self, guint timeout_ms)
{
	g_auto(CredentialFetched) fetched = { 0 };

	if (!credential_fetch_step(self->fetch, timeout_ms, &fetched))
		return;
	take_answer(self, &fetched);
}

/* Progress ------------------------------------------------------------------------------------- */

static void begin(CredentialToken *self)
{
	self->state = TOKEN_LOCKING;
	self->since_us = clock_monotonic_us();
}

static gboolean may_try(const CredentialToken *self)
{
	return clock_monotonic_us() >= self->again_us;
}

/* One step; waits at most so long. */
static void advance(CredentialToken *self, guint timeout_ms)
{
	switch (self->state) {
	case TOKEN_HELD:
		if (may_try(self) && clock_now_us() >= credential_tokens_due_us(&self->tokens))
			begin(self);
		else if (!credential_tokens_hold(&self->tokens))
			begin(self);
		break;
	case TOKEN_NONE:
		begin(self);
		break;
	case TOKEN_FAILED:
		if (may_try(self))
			begin(self);
		break;
	case TOKEN_UNKEPT:
		if (may_try(self))
			keep(self);
		break;
	case TOKEN_LOCKING:
		try_lock(self, timeout_ms);
		break;
	case TOKEN_ASKING:
		wait_for_answer(self, timeout_ms);
		break;
	}
}

static HttpCredentialState outcome(const CredentialToken *self, const char **header,
				   const char **problem)
{
	switch (self->state) {
	case TOKEN_HELD:
		*header = self->line;
		return HTTP_CREDENTIAL_READY;
	case TOKEN_FAILED:
	case TOKEN_UNKEPT:
		*problem = self->problem;
		return HTTP_CREDENTIAL_FAILED;
	default:
		return HTTP_CREDENTIAL_PENDING;
	}
}

HttpCredentialState credential_token_get(CredentialToken *self, guint timeout_ms,
					 const char **header, const char **problem)
{
	gint64 until = clock_monotonic_us() + (gint64)timeout_ms * 1000;
	HttpCredentialState state;
	gint64 left;

	do {
		left = MAX(until - clock_monotonic_us(), 0);
		advance(self, (guint)(left / 1000));
		state = outcome(self, header, problem);
	} while (state == HTTP_CREDENTIAL_PENDING && left > 0);
	return state;
}

gboolean credential_token_refused(CredentialToken *self, const char *header)
{
	gint64 since = clock_now_us() - self->tokens.renewed_us;

	if (self->state == TOKEN_FAILED || self->state == TOKEN_UNKEPT)
		return FALSE;
	if (self->state == TOKEN_LOCKING || self->state == TOKEN_ASKING)
		return TRUE; /* a renewal is on its way */
	if (g_strcmp0(header, self->line) != 0)
		return TRUE; /* the answer to an older one; there is a newer, or will be */
	if (since >= 0 && since < RENEWAL_GAP_US)
		return FALSE;
	replace(&self->refused, g_steal_pointer(&self->tokens.access));
	drop_line(self);
	self->again_us = 0;
	self->state = TOKEN_NONE;
	return TRUE;
}

/* Life ----------------------------------------------------------------------------------------- */

static gint64 calls_of(const CredentialConf *conf)
{
	return conf->type == CREDENTIAL_LOGIN ? conf_length(conf->login) : 1;
}

CredentialToken *credential_token_new(Credential *owner, const CredentialPeer *peer, GError **error)
{
	CredentialToken *self = g_new0(CredentialToken, 1);

	self->owner = owner;
	self->conf = owner->conf;
	self->longest_us = LOCK_PATIENCE_US + 3 * calls_of(self->conf) * peer->request_timeout_us;
	if (peer->folder)
		self->store = credential_store_new(self->conf, peer->folder, peer->app);
	self->fetch = credential_fetch_new(owner, peer, error);
	if (self->fetch)
		return self;
	credential_token_free(self);
	return NULL;
}

void credential_token_free(CredentialToken *self)
{
	if (!self)
		return;
	credential_fetch_free(self->fetch);
	/* The last chance for what cannot be got again. */
	if (self->state == TOKEN_UNKEPT)
		credential_store_write(self->store, &self->tokens, NULL);
	credential_store_free(self->store);
	credential_tokens_clear(&self->tokens);
	credential_release_signals(&self->is_holding);
	secret_free(self->refused);
	credential_wipe(self->line);
	g_free(self->problem);
	g_free(self->note);
	g_free(self->damage);
	g_free(self->refusal);
	g_free(self);
}

const char *credential_token_field(const CredentialToken *self, const char *name)
{
	return json_string_value(json_object_get(self->tokens.fields, name));
}

char *credential_token_describe(const CredentialToken *self)
{
	return credential_tokens_describe(&self->tokens, self->problem, self->note);
}
