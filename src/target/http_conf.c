/*
 * Settings of every driver that speaks HTTP, and what is wrong with them: http_conf_internal.h.
 *
 *	rate = ( { what = "write"; calls = 600; per = "1m"; burst = 180; },
 *	         { match = "^POST /users\\b"; calls = 10; per = "1s"; } );
 *	throttled = [ "API rate limit exceeded" ];
 *
 * Rates and patterns are read again whenever a target is opened: they are few, and a struct that
 * option tables fill holds no compiled ones.
 */
#include <string.h>

#include "base/error.h"
#include "http_conf_internal.h"

static const char *const tls_versions[] = { "1.2", "1.3", NULL };
const char *const http_version_names[] = { "auto", "1.1", "2", NULL };
static const char *const rate_names[] = {
	"all", "read", "write", "create", "update", "delete", NULL
};

const Option http_tls_options[] = { OPTION(STRING, HttpTlsConf, ca_file, "ca_file", OPTION_PATH),
				    OPTION(STRING, HttpTlsConf, cert_file, "cert_file",
					   OPTION_PATH),
				    OPTION(STRING, HttpTlsConf, key_file, "key_file", OPTION_PATH),
				    OPTION(SECRET, HttpTlsConf, key_password, "key_password", 0),
				    OPTION(ENUM, HttpTlsConf, min_version, "min_version", 0,
					   .names = tls_versions, .fallback = "1.2"),
				    OPTION_END };

const Option http_proxy_options[] = { OPTION(STRING, HttpProxyConf, url, "url", 0),
				      OPTION(STRING, HttpProxyConf, user, "user", 0),
				      OPTION(SECRET, HttpProxyConf, password, "password", 0),
				      OPTION_END };

static HttpTls tls_of(const HttpConf *self)
{
	return (HttpTls){ .ca_file = self->tls.ca_file,
			  .cert_file = self->tls.cert_file,
			  .key_file = self->tls.key_file,
			  .key_password = self->tls.key_password,
			  .min_version = self->tls.min_version };
}

static HttpProxy proxy_of(const HttpConf *self)
{
	return (HttpProxy){ .url = self->proxy.url,
			    .user = self->proxy.user,
			    .password = self->proxy.password };
}

HttpSetup http_conf_setup(const HttpConf *self)
{
	return (HttpSetup){
		.tls = tls_of(self),
		.proxy = proxy_of(self),
		.version = self->version,
		.concurrency = (guint)self->concurrency,
		.connect_timeout_us = self->connect_timeout_us,
		.request_timeout_us = self->timeout_us,
		.max_body = (gsize)self->max_body,
		.max_tries = (guint)self->tries,
		.longest_wait_us = self->max_wait_us,
	};
}

CredentialPeer http_conf_peer(const HttpConf *self, const char *app, const char *folder,
			      const char *user_agent)
{
	return (CredentialPeer){ .app = app,
				 .folder = folder,
				 .tls = tls_of(self),
				 .proxy = proxy_of(self),
				 .connect_timeout_us = self->connect_timeout_us,
				 .request_timeout_us = self->timeout_us,
				 .user_agent = user_agent };
}

gboolean http_conf_validate(const HttpConf *self, const char *url, const char *app, GError **error)
{
	gboolean clear_text;

	if (!http_url_check(url, &clear_text, error)) {
		g_prefix_error(error, "app '%s': ", app);
		return FALSE;
	}
	if (clear_text && credential_is_secret(&self->auth) && !self->insecure)
		return error_set(error, ERROR_CONFIG,
				 "app '%s': the credential would cross the network unencrypted\n"
				 "use https, or say insecure = true",
				 app);
	return credential_validate(&self->auth, self->insecure, app, error);
}

/* Rates ---------------------------------------------------------------------------------------- */

typedef struct {
	HttpRate rate;
	char *match;
	int of; /* index into the paths */
} RateConf;

static const Option rate_options[] = {
	OPTION(ENUM, RateConf, rate.what, "what", 0, .names = rate_names, .fallback = "all"),
	OPTION(INT, RateConf, rate.calls, "calls", OPTION_REQUIRED, .min = 1, .max = 1000000),
	OPTION(DURATION, RateConf, rate.per_us, "per", 0, .fallback = "1m"),
	OPTION(INT, RateConf, rate.burst, "burst", 0, .min = 1, .max = 1000000),
	OPTION(STRING, RateConf, match, "match", 0),
	OPTION_END
};

static gboolean fill_rate(const ConfNode *node, const char *name, const char *const *path_names,
			  RateConf *conf, GError **error)
{
	const Option of_options[] = { OPTION(ENUM, RateConf, of, "of", 0, .names = path_names,
					     .fallback = "all"),
				      OPTION_END };
	const OptionSet sets[] = { { rate_options, conf }, { of_options, conf } };
	g_autoptr(ConfProblems) problems = conf_problems_new();
	const GPtrArray *list;

	conf_fill(node, sets, path_names ? 2 : 1, NULL, problems);
	list = conf_problems_list(problems);
	for (guint i = 0; i < list->len; i++) {
		const ConfProblem *problem = g_ptr_array_index(list, i);
		if (problem->severity == CONF_PROBLEM)
			return error_set(error, ERROR_CONFIG, "%s, line %u: %s", name,
					 problem->line, problem->message);
	}
	return conf->rate.per_us > 0 ||
	       error_set(error, ERROR_CONFIG, "%s, line %u: 'per' must be more than none", name,
			 conf_line(node));
}

static gboolean compile_match(const ConfNode *node, const char *name, RateConf *conf,
			      GPtrArray *patterns, GError **error)
{
	Pattern *pattern;

	if (!conf->match)
		return TRUE;
	pattern = pattern_compile(conf->match, strlen(conf->match), NULL, error);
	if (!pattern) {
		g_prefix_error(error, "%s, line %u: match: ", name, conf_line(node));
		return FALSE;
	}
	g_ptr_array_add(patterns, pattern);
	conf->rate.pattern = pattern;
	return TRUE;
}

gboolean http_conf_rates(const ConfNode *list, const char *name, const char *const *path_names,
			 const char *const *paths, GArray *rates, GPtrArray *patterns,
			 GError **error)
{
	if (list && !conf_is_list(list))
		return error_set(error, ERROR_CONFIG,
				 "%s must be a list of groups: ( { calls = 600; }, ... )", name);
	for (guint i = 0; i < conf_length(list); i++) {
		const ConfNode *node = conf_element(list, i);
		RateConf conf = { 0 };
		gboolean ok = fill_rate(node, name, path_names, &conf, error) &&
			      compile_match(node, name, &conf, patterns, error);
		if (ok && path_names)
			conf.rate.path = paths[conf.of];
		if (ok)
			g_array_append_val(rates, conf.rate);
		option_clear(rate_options, &conf);
		if (!ok)
			return FALSE;
	}
	return TRUE;
}

/* Patterns ------------------------------------------------------------------------------------- */

/* Reasons of a 403 or 400 that say "not now", at services that have no 429 for it. */
static const char *const throttled_words[] = {
	"\\b(userRateLimit|rateLimit|quota|dailyLimit)Exceeded\\b", "\\bThrottlingException\\b",
	NULL
};

static gboolean add_pattern(GPtrArray *patterns, const char *text, GError **error)
{
	g_autofree char *caseless = g_strconcat("(?i)", text, NULL);
	Pattern *pattern = pattern_compile(caseless, strlen(caseless), NULL, error);

	if (pattern)
		g_ptr_array_add(patterns, pattern);
	return pattern != NULL;
}

GPtrArray *http_conf_patterns(const GPtrArray *texts, gboolean throttled, GError **error)
{
	g_autoptr(GPtrArray) patterns = g_ptr_array_new_with_free_func(
		(GDestroyNotify)pattern_free);

	for (guint i = 0; throttled && throttled_words[i]; i++) {
		if (!add_pattern(patterns, throttled_words[i], error))
			return NULL;
	}
	for (guint i = 0; texts && i < texts->len; i++) {
		if (!add_pattern(patterns, texts->pdata[i], error))
			return NULL;
	}
	return g_steal_pointer(&patterns);
}
