/*
 * Probe: what is found out about a service, and what may be done for it. TargetOps.probe does it.
 */
#pragma once
#include <glib.h>
#include <jansson.h>

/* How we know something about a service. */
typedef enum {
	TARGET_ASSUMED,   /* nobody said otherwise */
	TARGET_SET,       /* the config (or its preset) says so */
	TARGET_ANNOUNCED, /* the service says so */
	TARGET_TRIED,     /* it was seen */
} TargetEvidence;

/* One thing that probing found out. All strings owned. */
typedef struct {
	char *subject; /* "members of groups"; rows of one subject stand together */
	char *what;    /* "removing a member" */
	char *found;   /* a sentence without a full stop: "by filter" */
	int evidence;  /* TargetEvidence */
	char *setting; /* path of the setting that says so, "quirks.groups.remove"; NULL: none */
	char *value;   /* as it stands in a config file: "\"filter\"", "100", "true"; or NULL */
	gboolean odd;  /* differs from what is configured or usual: worth a look */
	gboolean left; /* a throw-away object that is still there, or may be */
} TargetFinding;

/* What a probe may do. */
typedef struct {
	gboolean write;           /* on throw-away objects, which are removed again */
	gboolean clean;           /* only removes those of a probe that was killed */
	const char *user_name;    /* of throw-away accounts, with one "%s"; NULL: the usual one */
	const json_t *attributes; /* nested members that accounts must have, or NULL */
	guint members;            /* try so many members in one request; 0: not tried */
	gboolean (*stopped)(void *data);                  /* TRUE: end, tidy up; or NULL */
	void (*say)(const char *sentence, void *data);    /* what is about to be done; or NULL */
	void (*section)(const char *subject, void *data); /* what it is at now; or NULL */
	void *data;
} TargetProbe;

/* An empty array that frees its rows (TargetFinding). */
GPtrArray *target_findings_new(void);
