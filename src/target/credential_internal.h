/*
 * Credentials, as their files see each other.
 *
 *	credential.c         settings, and the line that requests carry
 */
#pragma once
#include "target/credential.h"

struct Credential {
	const CredentialConf *conf;
	char *line; /* what requests carry now, or NULL; wiped when freed */
};

/* "<name>: <prefix> <token>" with the configured prefix, else the usual one. New; wipe it. */
char *credential_line(const CredentialConf *conf, const char *usual_prefix, const char *token);
