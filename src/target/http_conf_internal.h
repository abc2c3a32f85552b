/*
 * Settings of every driver that speaks HTTP: who we are to the service, how it is reached, how much
 * of us it gets. They stand in the app's group itself, so a driver puts the rows into its own
 * table:
 *
 *	const Option scim_options[] = { HTTP_CONF_OPTIONS(ScimConf, net), OPTION(...), OPTION_END };
 */
#pragma once
#include "conf/conf.h"
#include "target/credential.h"

typedef struct {
	char *ca_file, *cert_file, *key_file;
	Secret *key_password;
	int min_version; /* HttpTlsVersion */
} HttpTlsConf;

typedef struct {
	char *url, *user;
	Secret *password;
} HttpProxyConf;

typedef struct {
	CredentialConf auth;
	HttpTlsConf tls;
	HttpProxyConf proxy;
	int version; /* HttpVersion */
	gboolean insecure;
	gint64 concurrency;
	gint64 timeout_us, connect_timeout_us, max_wait_us;
	gint64 tries;
	gint64 max_body;
} HttpConf;

extern const Option http_tls_options[], http_proxy_options[];
extern const char *const http_version_names[];

#define HTTP_CONF_OPTIONS(holder, member)                                                        \
	OPTION(GROUP, holder, member.auth, "auth", 0, .table = credential_options),              \
		OPTION(GROUP, holder, member.tls, "tls", 0, .table = http_tls_options),          \
		OPTION(GROUP, holder, member.proxy, "proxy", 0, .table = http_proxy_options),    \
		OPTION(ENUM, holder, member.version, "http", 0, .names = http_version_names,     \
		       .fallback = "auto"),                                                      \
		OPTION(BOOL, holder, member.insecure, "insecure", 0, .fallback = "false"),       \
		OPTION(INT, holder, member.concurrency, "concurrency", 0, .min = 1, .max = 256,  \
		       .fallback = "8"),                                                         \
		OPTION(DURATION, holder, member.timeout_us, "timeout", 0, .fallback = "60s"),    \
		OPTION(DURATION, holder, member.connect_timeout_us, "connect_timeout", 0,        \
		       .fallback = "10s"),                                                       \
		OPTION(DURATION, holder, member.max_wait_us, "max_wait", 0, .fallback = "60s"),  \
		OPTION(INT, holder, member.tries, "tries", 0, .min = 1, .max = 100,              \
		       .fallback = "5"),                                                         \
		OPTION(INT, holder, member.max_body, "max_body", 0, .min = 4096, .max = 1 << 30, \
		       .fallback = "8388608")

/* The part of an engine's setup that the settings say; all else is zero. Borrowed from 'self'. */
HttpSetup http_conf_setup(const HttpConf *self);

/* How the credential's own requests go. 'user_agent' may be NULL. */
CredentialPeer http_conf_peer(const HttpConf *self, const char *app, const char *folder,
			      const char *user_agent);

/*
 * Checks an address with these settings: it is one, and no credential crosses a network in clear
 * text; and the credential itself. ERROR_CONFIG with the fix.
 */
gboolean http_conf_validate(const HttpConf *self, const char *url, const char *app, GError **error);

/*
 * Reads a list of rates, the setting 'name': { what, of, calls, per, burst, match }. 'of' picks one
 * of 'paths' by 'path_names' (NULL-terminated; NULL: there is no 'of'). Patterns of 'match' are
 * added to 'patterns' (Pattern), which outlives the rates. ERROR_CONFIG for what is none.
 */
gboolean http_conf_rates(const ConfNode *list, const char *name, const char *const *path_names,
			 const char *const *paths, GArray *rates, GPtrArray *patterns,
			 GError **error);

/*
 * Compiles texts (char *) into patterns (Pattern) without regard to case, with the words that every
 * service is known to use for "not now" if 'throttled'. NULL: ERROR_CONFIG.
 */
GPtrArray *http_conf_patterns(const GPtrArray *texts, gboolean throttled, GError **error);
