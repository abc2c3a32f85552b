/*
 * Source: one contract, several drivers, each with its own truth about what it can see.
 * src/source/README.md says what each change-tracking method can and cannot see.
 */
#pragma once
#include "conf/option.h"
#include "source/sink.h"

typedef struct SourceOps SourceOps;

/* Base of every driver's own struct. */
typedef struct {
	const SourceOps *ops;
} Source;

typedef struct {
	const char *name; /* of the source in the config */
	const void *conf; /* the driver's struct, filled from its option table */
	const char *const
		*attributes; /* to read besides what the driver needs; lower case, sorted */
	/*
	 * Digest of the filters that say what is a user and what a group; or NULL. They are applied
	 * behind the sink, so a driver does not need them. But an entry is classified when it is
	 * put: the digest belongs to what a cursor depends on, like the attributes.
	 */
	const char *kinds;
	const char *changes; /* as in the config; for a driver that knows several ways */
} SourceSetup;

struct SourceOps {
	const char *name;      /* "syncrepl" */
	const Option *options; /* the driver's settings inside a source group */
	gsize conf_size;       /* bytes of the struct that 'options' fills */

	/*
	 * Checks settings that a table cannot (a password on a clear connection). 'name' as in the
	 * config. ERROR_CONFIG with the fix. No I/O. May be NULL.
	 */
	gboolean (*validate)(const void *conf, const char *name, GError **error);

	/* Makes a source; connects to nothing yet. Strings of 'setup' must outlive it. */
	Source *(*open)(const SourceSetup *setup, GError **error);

	/*
	 * For 'check': connects, authenticates, looks at the base and at the limits that would cut
	 * a pull short. Appends sentences (char *) to 'findings': what was found good or doubtful.
	 */
	gboolean (*test)(Source *self, GPtrArray *findings, GError **error);

	/*
	 * For 'check': adds the lower-case names of all attributes that the server's schema knows
	 * to 'names' (a set of strings that it owns); none if it shows no schema. NULL if the
	 * driver has no server to ask.
	 */
	gboolean (*schema)(Source *self, GHashTable *names, GError **error);

	/*
	 * One pull from 'cursor' (text that an earlier PullEnd gave; NULL: from nothing) into the
	 * sink, ended by the driver's commit. A cursor that the server refuses, or that belongs
	 * to another server, base, attribute list or 'kinds', is answered by a full read in the
	 * same call. On failure the driver has called abort or nothing; the kinds of error: DOWN
	 * (cannot connect, TLS), CONFIG (refused credentials, which must not be offered again
	 * before somebody mended them; base does not exist, no such control), RETRY (busy).
	 */
	gboolean (*pull)(Source *self, const char *cursor, Sink *sink, GError **error);

	/*
	 * For the service: asks the server to tell when something changes, over a connection that
	 * stays open until close(). That something changed is all that is learnt; what, is the next
	 * pull's business, by another Source. Notifications may be missed, so pulls go on without
	 * them too. Error kinds as of pull(). NULL if the driver has no such way.
	 */
	gboolean (*watch)(Source *self, GError **error);

	/* The descriptor to poll for reading while watching; it may change with each call. */
	int (*watch_fd)(Source *self);

	/*
	 * Takes what has arrived without waiting. *news TRUE: something changed. An error ends the
	 * watch; the caller closes, and may open and watch anew. To be called once before polling,
	 * when the descriptor is readable, and once a minute in any case: it is then that the
	 * driver asks whether a silent server still lives.
	 */
	gboolean (*watch_news)(Source *self, gboolean *news, GError **error);

	/* Disconnects and frees; NULL is fine. */
	void (*close)(Source *self);
};

/* The driver for a config's type and changes ("openldap", "auto"); NULL if there is none. */
const SourceOps *source_find(const char *type, const char *changes);

/* Appends what 'changes' may say for a type (char *, static), "auto" first. */
void source_changes(const char *type, GPtrArray *names);

/* The types that exist, NULL-terminated, for messages. */
const char *const *source_types(void);

/* The defaults of users.filter, groups.filter and so on for a type. Never NULL. */
typedef struct {
	const char *users, *groups;
	const char *disabled; /* filter: the account is disabled */
	const char *locked;   /* filter: locked out after wrong passwords, which passes */
	const char *expires;  /* attribute with the moment when the account ends; "": none */
} SourceDefaults;
const SourceDefaults *source_defaults(const char *type);
