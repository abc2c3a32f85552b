/*
 * Credential: who we are to a service. One group of settings, 'auth', for all drivers that speak
 * HTTP; kept secrets, tokens fetched for a while (OAuth 2.0), and a cache of these on disk.
 *
 * RFC 6749 (grants), RFC 6750 (bearer), RFC 7523 (signed assertions), RFC 7617 (basic).
 */
#pragma once
#include "conf/conf.h"
#include "conf/option.h"
#include "target/http.h"

typedef enum {
	CREDENTIAL_NONE,
	CREDENTIAL_BEARER,             /* a token that somebody put into a file */
	CREDENTIAL_BASIC,              /* RFC 7617 */
	CREDENTIAL_HEADER,             /* any header with any value */
	CREDENTIAL_QUERY,              /* a parameter of each address: name and value */
	CREDENTIAL_CLIENT_CREDENTIALS, /* RFC 6749 §4.4; 'grant' for services with another name */
	CREDENTIAL_REFRESH_TOKEN,      /* RFC 6749 §6, with rotation */
	CREDENTIAL_JWT_BEARER,         /* RFC 7523 §2.1 */
	CREDENTIAL_PASSWORD,           /* RFC 6749 §4.3: user and password for a token */
	CREDENTIAL_LOGIN,              /* calls of its own, the last of which shows a token */
} CredentialType;

typedef enum {
	CREDENTIAL_CLIENT_AUTO, /* basic with a secret, private_key_jwt with a key, else none */
	CREDENTIAL_CLIENT_BASIC,
	CREDENTIAL_CLIENT_BODY,
	CREDENTIAL_CLIENT_PRIVATE_KEY_JWT, /* RFC 7523 §2.2 */
	CREDENTIAL_CLIENT_NONE,
} CredentialClientAuth;

typedef enum {
	CREDENTIAL_SEND_FORM,  /* parameters of the token request in its body */
	CREDENTIAL_SEND_QUERY, /* in its address */
} CredentialSend;

typedef enum {
	CREDENTIAL_EXPIRES_SECONDS, /* from now on */
	CREDENTIAL_EXPIRES_EPOCH,   /* seconds since 1970; milliseconds where that is too many */
	CREDENTIAL_EXPIRES_DATE,    /* RFC 3339, or an HTTP date */
} CredentialExpires;

/* The group 'auth', filled from credential_options. */
typedef struct {
	int type; /* CredentialType */
	/* How it is presented: "<header>: <prefix> <token>"; "" for the bare token. */
	char *header, *prefix; /* prefix NULL: the usual one of the type */
	Secret *token;         /* bearer */
	char *user;            /* basic */
	Secret *password;
	Secret *value; /* header */
	/* Tokens that are fetched. */
	char *token_url;
	char *grant; /* grant_type, where it is none of the RFC's; or NULL */
	char *client_id;
	Secret *client_secret;
	int client_auth; /* CredentialClientAuth */
	int send;        /* CredentialSend */
	char *scope;
	const ConfNode *parameters;        /* further ones: names and texts; or NULL */
	Secret *refresh_token;             /* the first one; later ones are in the cache */
	Secret *key;                       /* PEM, RSA or EC P-256: RS256 or ES256 */
	char *key_id;                      /* "kid"; or NULL */
	char *certificate;                 /* file (PEM) of the key's one: "x5t"; or NULL */
	char *issuer, *subject, *audience; /* of a signed assertion; or NULL: the usual ones */
	const ConfNode *claims;            /* further ones of it: names and texts; or NULL */
	/*
	 * login: list of calls { name, method, url, query, headers, content_type, accept, answer,
	 * form, body, outputs }, each with the outputs of those before; or NULL
	 */
	const ConfNode *login;
	char *token_path;   /* login: where the last answer shows the token (place_internal.h) */
	char *expires_path; /* and when it ends; or NULL */
	int expires_as;     /* CredentialExpires */
	GPtrArray *keep;    /* fields (char *) of the token's answer that are kept with it */
	gint64 assertion_lifetime_us;
	gint64 token_lifetime_us; /* of a token that comes without one */
} CredentialConf;

extern const Option credential_options[];

/*
 * Takes out what an included file says for a credential of another type than the group 'app' has:
 * it was not written for this one. Once, when the tables have filled 'conf'.
 */
void credential_settle(CredentialConf *conf, const ConfNode *app);

/*
 * Checks what a table cannot. 'insecure': a secret may cross a network in clear text. ERROR_CONFIG
 * with the fix. No I/O.
 */
gboolean credential_validate(const CredentialConf *conf, gboolean insecure, const char *app,
			     GError **error);

/* True if something secret is sent to the service: it must not cross a network in clear text. */
gboolean credential_is_secret(const CredentialConf *conf);

/* What to look at when the service refuses us: "check auth.token: ...". Constant. */
const char *credential_hint(const CredentialConf *conf);

/* How the token service is reached; as the service itself is. Borrowed until credential_new(). */
typedef struct {
	const char *app;
	const char *folder; /* for the cache of tokens, made when needed; NULL: none is kept */
	HttpTls tls;
	HttpProxy proxy;
	gint64 connect_timeout_us, request_timeout_us;
	const char *user_agent;
} CredentialPeer;

typedef struct Credential Credential;

/* Nothing is fetched before the first request needs it. 'conf' outlives it. ERROR_CONFIG. */
Credential *credential_new(const CredentialConf *conf, const CredentialPeer *peer, GError **error);

/* Wipes and frees; NULL is fine. The engine that uses it goes first. */
void credential_free(Credential *self);

/* For HttpSetup. */
HttpCredentials credential_source(Credential *self);

/*
 * Fetches the token now if there is one to fetch, and waits for it. ERROR_DOWN with the sentence.
 */
gboolean credential_wait(Credential *self, GError **error);

/*
 * A field of the token's answer, or NULL: fields that 'keep' names and, whatever it names,
 * "api_domain" and "instance_url". Kept in the cache with the token. Borrowed until the next token.
 */
const char *credential_field(const Credential *self, const char *name);

/*
 * Adds a field to 'keep', for a driver whose settings name it. Before credential_new(): a token of
 * an earlier run that came without is then not used.
 */
void credential_keep(CredentialConf *conf, const char *name);

/*
 * A setting of 'auth' by its name, for requests that carry it elsewhere than in a header: user,
 * password, token, value, client_id, client_secret. NULL: not set, or no such. Borrowed.
 */
const char *credential_setting(const CredentialConf *conf, const char *name);

/* 'text' without any secret that we hold or got, each replaced by "[hidden]". New string. */
char *credential_blot(const Credential *self, const char *text);

/* Sentence for 'check' and 'probe': what is used, and until when a token holds. New string. */
char *credential_describe(const Credential *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Credential, credential_free)
