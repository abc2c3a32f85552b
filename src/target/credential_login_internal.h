/*
 * A login's calls, as the files of credential_login*.c see each other.
 */
#pragma once
#include "body_internal.h"
#include "core/pattern.h"
#include "credential_internal.h"
#include "place_internal.h"
#include "template_internal.h"

typedef struct {
	char *name;
	Template *value;
} LoginPair; /* of a query, or of header lines */

/* What is taken of an answer, for the calls after it. */
typedef struct {
	char *name;
	Place *place;     /* in the body; or NULL */
	char *header;     /* or of this header, in lower case; or NULL */
	Pattern *pattern; /* its first group, else what it matches; or NULL: all */
} LoginTake;

typedef struct {
	char *name;    /* "1", "2" where the config gives none */
	char *service; /* its address without a query string, for messages */
	char *origin;
	const char *method;              /* static */
	Template *path, *query;          /* 'query': what the url says behind "?"; or NULL */
	GPtrArray *parameters, *headers; /* LoginPair */
	char *content_type, *accept;
	BodyKind kind, expects;
	gboolean dotted;
	TemplateTree *body; /* or NULL */
	Template *text;     /* or NULL */
	GPtrArray *outputs; /* LoginTake */
} LoginCall;

struct CredentialLogin {
	const CredentialConf *conf;
	GPtrArray *calls;       /* LoginCall */
	Place *token, *expires; /* or NULL */
};

/* credential_login_call.c */

/* One call. 'outputs' are the names (char *) that those before it take. NULL: ERROR_CONFIG. */
LoginCall *login_call_new(const CredentialConf *conf, const ConfNode *node, guint position,
			  gboolean insecure, const GPtrArray *outputs, GError **error);
void login_call_free(void *self);
