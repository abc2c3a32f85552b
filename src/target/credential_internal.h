/*
 * Credentials, as their files see each other.
 *
 *	credential.c         the promises of the header
 *	credential_blot.c    what nobody sees (pure)
 *	credential_conf.c    settings, and what is wrong with them (pure)
 *	credential_token.c   when a token is fetched, renewed and dropped
 *	credential_hold.c    signals, while a token could be lost
 *	credential_fetch.c   one request to the token service, or the calls of a login
 *	credential_login.c   what a login asks, and what it is answered (pure)
 *	credential_login_call.c   its calls as they are written (pure)
 *	credential_grant.c   what is asked of a token service (pure)
 *	credential_answer.c  what it answers (pure)
 *	credential_jwt.c     signed assertions
 *	credential_tokens.c  tokens at hand, and what came along with them (pure)
 *	credential_store.c   tokens of an earlier run
 *	credential_file.c    the file that these are in
 */
#pragma once
#include "target/credential.h"

typedef struct CredentialToken CredentialToken;

struct Credential {
	const CredentialConf *conf;
	char *line;             /* of a credential that never changes, or NULL; wiped when freed */
	CredentialToken *token; /* of one that is fetched, or NULL */
	GPtrArray *hidden;      /* Secret: what else must not be shown, the newest last */
};

/* The names of the types, by CredentialType. */
extern const char *const credential_type_names[];

/* Whether a setting of this name has an effect with the type. */
gboolean credential_uses(const CredentialConf *conf, const char *name);

/* Whether tokens are fetched. */
gboolean credential_is_fetched(const CredentialConf *conf);

/*
 * The header line of a token or value (of basic: the pair): "<name>: <prefix> <token>" with the
 * configured prefix, else the type's usual one. New; wipe it. NULL: the type sends no such line.
 */
char *credential_line(const CredentialConf *conf, const char *token);

/* "user:password" in base64. New; wipe it. */
char *credential_pair(const char *user, const char *password);

/* Wipes and frees; NULL is fine. */
void credential_wipe(char *text);

/* From now on 'text' is not shown; NULL is fine. */
void credential_hide(Credential *self, const char *text);

/* Asking for a token --------------------------------------------------------------------------- */

/* What proves who we are beyond the settings. Borrowed. */
typedef struct {
	const char *refresh_token;    /* with that type */
	const char *assertion;        /* with jwt_bearer */
	const char *client_assertion; /* with private_key_jwt */
} CredentialProof;

/* How the client says who it is: 'auto' resolved. */
CredentialClientAuth credential_client_auth(const CredentialConf *conf);

/* Parameters of the token request, encoded as a form. New; wipe it. */
char *credential_grant_form(const CredentialConf *conf, const CredentialProof *proof);

/* The header "Authorization: Basic ..." of the token request, or NULL. New; wipe it. */
char *credential_grant_basic(const CredentialConf *conf);

/* Where the form goes beneath the base URL: what of token_url is not in that. New string. */
char *credential_grant_path(const CredentialConf *conf);

/* What an assertion says: the client's own, or the grant. New reference. */
json_t *credential_grant_claims(const CredentialConf *conf, gboolean of_client, gint64 now_us,
				const char *id);

/* The token service as it is shown: no query string, which may hold what nobody should see. */
char *credential_grant_service(const CredentialConf *conf);

/*
 * A compact JWT, RS256 or ES256 as the key says (RFC 7515 §3.1); 'head' (may be NULL) are further
 * members of its header. NULL: ERROR_CONFIG. Wipe it.
 */
char *credential_jwt_sign(const json_t *claims, const json_t *head, const Secret *key,
			  GError **error);

/*
 * What a JWT's header says of the key: "kid", and of the certificate "x5t" and "x5t#S256" (RFC 7515
 * §4.1.7, §4.1.8). Either may be NULL. Reads the file. NULL: ERROR_CONFIG. New reference.
 */
json_t *credential_jwt_head(const char *key_id, const char *certificate_file, GError **error);

/* What came back. Owned; cleared by credential_answer_clear(). */
typedef struct {
	Secret *access;
	Secret *refresh;    /* NULL: the old one stays good */
	gint64 lifetime_us; /* 0: not said */
	json_t *fields;     /* credential_fields_of() */
	char *code, *words; /* why not; either may be NULL */
} CredentialAnswer;

/*
 * Reads an answer. FALSE: there is no token in it that we can use. There may be a refresh token all
 * the same, whose predecessor is used up.
 */
gboolean credential_answer_read(CredentialAnswer *self, const CredentialConf *conf, int status,
				const char *body, gsize length);

void credential_answer_clear(CredentialAnswer *self);

/* The code and the words of a refusal, wherever they stand in an answer. */
void credential_answer_refusal(CredentialAnswer *self, const json_t *body);

/* Takes a token that a header can hold; else says why not. */
gboolean credential_answer_token(CredentialAnswer *self, Secret *access);

/* What to do about a refusal, by its code. Constant. */
const char *credential_answer_hint(const CredentialConf *conf, const char *code, int status);

/* Logins --------------------------------------------------------------------------------------- */

typedef struct CredentialLogin CredentialLogin;

#define CREDENTIAL_LOGIN_MOST 10 /* calls */

/* Compiles auth.login. 'conf' outlives it. ERROR_CONFIG. */
CredentialLogin *credential_login_new(const CredentialConf *conf, gboolean insecure,
				      GError **error);
void credential_login_free(CredentialLogin *self);

/* How many calls there are; the origin of one, and its address as it is shown. Borrowed. */
guint credential_login_length(const CredentialLogin *self);
const char *credential_login_origin(const CredentialLogin *self, guint n);
const char *credential_login_service(const CredentialLogin *self, guint n);

/* A call with what those before it took. NULL and ERROR_OBJECT: a value cannot stand there. */
HttpRequest *credential_login_request(const CredentialLogin *self, guint n, const json_t *outputs,
				      GError **error);

/*
 * Takes the answer to a call: into 'outputs', and of the last one the token into 'answer'. FALSE:
 * it is no answer to go on with, and code and words in 'answer' say why, as far as it does.
 */
gboolean credential_login_read(const CredentialLogin *self, guint n, const HttpAnswer *http,
			       json_t *outputs, CredentialAnswer *answer);

/* What a request came to: a token, or a sentence why not, perhaps with a refresh token. Owned. */
typedef struct {
	CredentialAnswer answer;
	char *problem;
	gint64 pause_us; /* what the token service asked for, or 0 */
} CredentialFetched;

void credential_fetched_clear(CredentialFetched *self);

#define CREDENTIAL_ANSWER_MAX ((gsize)64 * 1024)

typedef struct CredentialFetch CredentialFetch;

/* 'owner' outlives it. ERROR_CONFIG. */
CredentialFetch *credential_fetch_new(Credential *owner, const CredentialPeer *peer,
				      GError **error);

/* Drops what is under way; NULL is fine. */
void credential_fetch_free(CredentialFetch *self);

/* Takes up a request, not before the last one is over. ERROR_CONFIG: nothing can be signed. */
gboolean credential_fetch_begin(CredentialFetch *self, const char *refresh_token, GError **error);

/* Makes progress, waits at most so long. TRUE: it is over, and this is what came of it. */
gboolean credential_fetch_step(CredentialFetch *self, guint timeout_ms, CredentialFetched *fetched);

/* Tokens that are kept ------------------------------------------------------------------------- */

/* All owned, each NULL or 0 if there is none. */
typedef struct {
	Secret *access, *refresh;
	gint64 fetched_us, expires_us; /* of 'access' */
	gint64 renewed_us;             /* when it was last fetched because one was refused */
	json_t *fields;                /* what came with 'access' */
} CredentialTokens;

void credential_tokens_clear(CredentialTokens *self);

/* Whether there is an access token that has not ended. */
gboolean credential_tokens_hold(const CredentialTokens *self);

/* "the token holds until ...", or the problem; and what is odd (or NULL). New string. */
char *credential_tokens_describe(const CredentialTokens *self, const char *problem,
				 const char *note);

/* When it is to be renewed. */
gint64 credential_tokens_due_us(const CredentialTokens *self);

/*
 * What is kept of an answer: an object of texts by name, null for what was not there. Either
 * object may be NULL; what the first one says counts. New reference.
 */
json_t *credential_fields_of(const CredentialConf *conf, const json_t *first, const json_t *body);

/* Whether all was looked for that is to be kept. */
gboolean credential_fields_suffice(const CredentialConf *conf, const json_t *fields);

/* Nobody knows what they are, so nobody sees them; addresses may be seen. */
void credential_fields_hide(Credential *owner, const json_t *fields);

#define CREDENTIAL_PACE_MOST 10

/* How often this process has asked for a token lately; zero to begin with. */
typedef struct {
	gint64 at_us[CREDENTIAL_PACE_MOST]; /* monotonic */
	guint count;
} CredentialPace;

/* How long to wait before the next one; 0: not at all. */
gint64 credential_pace_wait_us(const CredentialPace *self, gint64 now_us);
void credential_pace_count(CredentialPace *self, gint64 now_us);

/* The sentence for it. New string. */
char *credential_pace_problem(gint64 wait_us);

typedef struct CredentialStore CredentialStore;

/*
 * The name of the files, without what follows the dot: that of the app; with a refresh token one of
 * that token, since all apps that begin with it must get to the same successor. New string.
 */
char *credential_store_name(const CredentialConf *conf, const char *app);

/* Nothing is touched yet. 'conf' outlives it. */
CredentialStore *credential_store_new(const CredentialConf *conf, const char *folder,
				      const char *app);

/* Gives the lock up, and frees; NULL is fine. */
void credential_store_free(CredentialStore *self);

/*
 * The lock that makes reading, refreshing and writing one step among processes. Does not wait: *got
 * says whether we have it. ERROR_CONFIG for a folder that cannot be trusted, ERROR_DOWN.
 */
gboolean credential_store_lock(CredentialStore *self, gboolean *got, GError **error);

void credential_store_unlock(CredentialStore *self);

/*
 * What is there that fits the settings, with the lock held. Nothing is no failure, and neither is
 * damage: *note says so then (new string, or NULL).
 */
gboolean credential_store_read(CredentialStore *self, CredentialTokens *tokens, char **note,
			       GError **error);

/* Sees to it that a write of 'bytes' will find its space. With the lock held. */
gboolean credential_store_reserve(CredentialStore *self, gsize bytes, GError **error);

/* Durable and whole, or as before. With the lock held. */
gboolean credential_store_write(CredentialStore *self, const CredentialTokens *tokens,
				GError **error);

typedef struct CredentialFile CredentialFile;

/* A private file in a private folder, both made when needed; see credential_file.c. */
CredentialFile *credential_file_new(const char *folder, const char *name);
void credential_file_free(CredentialFile *self);
gboolean credential_file_lock(CredentialFile *self, gboolean *got, GError **error);
void credential_file_unlock(CredentialFile *self);

/* All of it: new string, or NULL if there is no file. Wipe it. */
gboolean credential_file_read(CredentialFile *self, char **text, gsize *length, GError **error);
gboolean credential_file_reserve(CredentialFile *self, gsize bytes, GError **error);
gboolean credential_file_write(CredentialFile *self, const char *text, gsize length,
			       GError **error);

/* For messages. Borrowed. */
const char *credential_file_path(const CredentialFile *self);

/* Signals -------------------------------------------------------------------------------------- */

/*
 * From now on SIGINT, SIGTERM and SIGHUP wait until all who called this have called the other one.
 * *is_holding is the caller's memory of that: either may be called twice. Any thread.
 */
void credential_hold_signals(gboolean *is_holding);
void credential_release_signals(gboolean *is_holding);

/* The token ------------------------------------------------------------------------------------ */

/* 'owner' outlives it. ERROR_CONFIG. */
CredentialToken *credential_token_new(Credential *owner, const CredentialPeer *peer,
				      GError **error);

/* NULL is fine. */
void credential_token_free(CredentialToken *self);

/* As in HttpCredentials. */
HttpCredentialState credential_token_get(CredentialToken *self, guint timeout_ms,
					 const char **header, const char **problem);
gboolean credential_token_refused(CredentialToken *self, const char *header);

/* A field that came with the token, or NULL. Borrowed until the next token. */
const char *credential_token_field(const CredentialToken *self, const char *name);

/* "the token holds until ...", and what is odd. New string. */
char *credential_token_describe(const CredentialToken *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CredentialAnswer, credential_answer_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CredentialFetched, credential_fetched_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CredentialTokens, credential_tokens_clear)

/* The text of a member, in any case, as a secret; the object forgets it. NULL: it has none. */
Secret *credential_take_secret(const json_t *object, const char *name);
