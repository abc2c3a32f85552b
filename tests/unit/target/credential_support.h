/*
 * Settings of credentials as an administrator writes them, and keys to sign with.
 */
#pragma once
#include "target/credential.h"

typedef struct {
	char *folder; /* of its own, mode 0700; goes with all that is in it */
	Conf *file;
	ConfProblems *problems;
	CredentialConf conf;
} Settings;

/* Reads "type = ...; ..." of a group 'auth'. Secrets may stand in it. */
Settings *settings_new(const char *text);

void settings_free(Settings *self);

/* A private key in PEM, of openssl: "rsa:2048", "ec:P-256", ... New string. */
char *settings_key(const char *kind);

/* Its public half. New string. */
char *settings_public_key(const char *key);

/* Runs a command with 'input', which must succeed; its output. New string. */
char *settings_command(const char *const *command, const char *input);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Settings, settings_free)
