/*
 * Target: one contract for whatever an application speaks. Requests are submitted, a step makes
 * progress on all of them, answers come back through a callback; how many are under way at once,
 * pacing and retry are the driver's and its HTTP engine's business.
 *
 * dryrun, trace and fault are decorators: they implement this contract over another target.
 */
#pragma once
#include <jansson.h>

#include "conf/conf.h"
#include "core/mapping.h"
#include "target/probe.h"
#include "target/request.h"

typedef void (*TargetDoneFn)(TargetRequest *request, const TargetAnswer *answer, void *data);

/* One account of a listing, 'document' borrowed. FALSE stops the listing with 'error'. */
typedef gboolean (*TargetListFn)(const json_t *document, void *data, GError **error);

/* One member of a group. FALSE stops the listing with 'error'. */
typedef gboolean (*TargetMemberFn)(const char *id, void *data, GError **error);

enum {
	TARGET_CAN_LIST = 1 << 0,
	TARGET_CAN_LOOKUP = 1 << 1,
	TARGET_CAN_UPDATE = 1 << 2,
	TARGET_CAN_DISABLE = 1 << 3,
	TARGET_CAN_DELETE = 1 << 4,
	TARGET_CAN_GROUPS = 1 << 5, /* groups and their members; what of it, the bits below say */
	TARGET_CAN_CREATE_GROUP = 1 << 6,
	TARGET_CAN_RENAME_GROUP = 1 << 7,
	TARGET_CAN_DELETE_GROUP = 1 << 8,
	TARGET_CAN_READ_MEMBERS = 1 << 9, /* members(), all of them */
	TARGET_CAN_NEST_GROUPS = 1 << 10, /* a member may be a group */
	TARGET_CAN_CREATE = 1 << 11,
	TARGET_CAN_ENABLE = 1 << 12,
	TARGET_CAN_PASSWORD = 1 << 13,
	TARGET_CAN_RESET_MAIL = 1 << 14,
	TARGET_DISABLE_DELETES = 1 << 15,   /* a DISABLE takes the account away */
	TARGET_DISABLES_IN_STEPS = 1 << 16, /* disabled there is no proof that all of it was done */
	TARGET_CREATES_IN_STEPS = 1 << 17,  /* nor is an account that is there */
};

typedef struct TargetOps TargetOps;

/* Base of every driver's own struct. */
typedef struct {
	const TargetOps *ops;
	guint caps;                    /* TARGET_CAN_*; valid after open */
	guint concurrency;             /* requests worth having under way; at least 1 */
	guint add_batch, remove_batch; /* most members in one MEMBERS_ request, at least 1; may
					* shrink when the service takes less */
	gint64 waited_us; /* so far nothing was sent for so long, to spare the service; by step */
	gint64 away_until_us; /* the service wants to be left alone until then (time of day), which
			       * is longer than may be waited for: all is LATER; or 0 */
} Target;

typedef struct {
	const char *app;      /* name in the config, for messages */
	const void *conf;     /* the driver's struct, filled from its option table */
	gboolean groups;      /* groups will be asked for: find out whether there are any */
	const char *folder;   /* for tokens that are fetched; may not exist yet; NULL: nowhere */
	const json_t *memory; /* remember() of an earlier run at the same target, or NULL */
} TargetSetup;

/* What a driver's settings are read with. */
typedef struct {
	const char *app;
	const ConfNode *group;  /* the app's, for the places of messages */
	const Mapping *mapping; /* what the app maps; rows that were wrong are missing */
	ConfProblems *problems;
} TargetLoad;

struct TargetOps {
	const char *name;            /* "scim" */
	const Option *options;       /* the driver's settings inside an app group */
	gsize conf_size;             /* bytes of the struct that 'options' fills, and 'load' */
	const char *active_path;     /* target path that says enabled ("active"), or NULL */
	gboolean active_if_mapped;   /* a CREATE says it only where the map has it */
	const char *const *reserved; /* first names of paths besides "id" that nothing can be
				      * mapped to, NULL-terminated; or NULL */
	gboolean no_indexes; /* "emails[0]" is no place there, and nothing can be mapped to it */
	const char *const
		*group_match; /* paths by which groups are found, NULL-terminated; NULL: none;
			       * an open target's own ops may say otherwise than the driver's */
	const char *const
		*default_match; /* match keys when the config names none; NULL-terminated */

	/*
	 * Settings that say how the service is spoken to, NULL-terminated: when one of them
	 * changes, what it did not take may be tried again.
	 */
	const char *const *manner;

	/*
	 * Compiles into 'conf' what no table can fill, once 'options' filled it, and reports all
	 * that is wrong with file and line. 'unload' frees it, before the options are cleared;
	 * also of a struct that was never loaded. No I/O. Both may be NULL.
	 */
	void (*load)(void *conf, const TargetLoad *with);
	void (*unload)(void *conf);

	/* TARGET_CAN_* that the settings alone allow, of a sound 'conf'. May be NULL: all. */
	guint (*abilities)(const void *conf);

	/*
	 * Appends to 'requests' what would be sent for one operation, without sending: objects of
	 * "step", "method", "url", "headers" (an object), "body" (a text), "note"; all but method
	 * and url may be missing. 'operation' is one of operations(), or NULL for the one of
	 * request->verb. Secrets are masked; what only an answer could tell stands there as
	 * "<name>". ERROR_OBJECT: nothing can be sent for this one. May be NULL.
	 */
	gboolean (*render)(const void *conf, const char *operation, const TargetRequest *request,
			   json_t *requests, GError **error);

	/* Names (static char *) of the operations that render() knows and the settings have. */
	void (*operations)(const void *conf, GPtrArray *names);

	/* Checks settings that a table cannot. ERROR_CONFIG with the fix. No I/O. May be NULL. */
	gboolean (*validate)(const void *conf, const char *app, GError **error);

	/*
	 * Which target the settings mean: equal text, equal accounts and ids. Credentials, limits
	 * and whatever else may change while it stays the same service are not part of it, nothing
	 * secret either. New string. No I/O.
	 */
	char *(*identity)(const void *conf);

	/*
	 * Makes a target and discovers what the service can do; missing discovery is no failure.
	 * DOWN if it cannot be reached or the credential is refused. Strings of 'setup' outlive it.
	 */
	Target *(*open)(const TargetSetup *setup, GError **error);

	/*
	 * Walks all accounts, inactive ones too. *complete tells whether the listing was whole
	 * (every page read, as many different ids as announced); *why says why not (new string, or
	 * NULL). An incomplete listing must not be taken as proof of absence. Not while requests
	 * are under way.
	 */
	gboolean (*list)(Target *self, TargetListFn fn, void *data, gboolean *complete, char **why,
			 GError **error);

	/*
	 * Walks all members of the group 'id'; otherwise as list(). A group that is not there, or
	 * not shown, is incomplete. May be NULL without TARGET_CAN_READ_MEMBERS.
	 */
	gboolean (*members)(Target *self, const char *id, TargetMemberFn fn, void *data,
			    gboolean *complete, char **why, GError **error);

	/* Takes a request. Never completes it inside the call and never blocks. */
	void (*submit)(Target *self, TargetRequest *request);

	/*
	 * Makes progress, waits at most 'timeout_ms' for some, calls 'done' for what completed
	 * (which may submit more). Returns the number still under way.
	 */
	guint (*step)(Target *self, guint timeout_ms, TargetDoneFn done, void *data);

	/* What the verb really does here ("only deactivates"), or NULL: what one expects. */
	const char *(*meaning)(Target *self, TargetVerb verb);

	/* For 'check': sentences (char *) about what was discovered or is assumed. May be NULL. */
	void (*findings)(Target *self, GPtrArray *findings);

	/*
	 * What the next run should know of this service: downgrades and limits that were learnt,
	 * how much of a rate is used up. A small object of the driver's own; it may be lost, and
	 * must be readable by every later version. NULL: nothing. New reference. May be NULL.
	 */
	json_t *(*remember)(Target *self);

	/*
	 * Sentences (char *) about what was learnt since it was opened that people should hear
	 * of once: what will be done otherwise from now on, and until when. May be NULL.
	 */
	void (*news)(Target *self, GPtrArray *sentences);

	/*
	 * Finds out how the service does things and appends rows (TargetFinding): by reading alone,
	 * unless 'how' says more. What could not be removed again is a row that says so. FALSE:
	 * could not go on; what was found until then is told, what was made is removed. May be
	 * NULL. No requests may be under way.
	 */
	gboolean (*probe)(Target *self, const TargetProbe *how, GPtrArray *rows, GError **error);

	/* Drops what is under way without callbacks, and frees; NULL is fine. */
	void (*close)(Target *self);
};

/* The driver for a config's type, or NULL. */
const TargetOps *target_find(const char *type);

/* The types that exist, NULL-terminated, for messages. */
const char *const *target_types(void);
