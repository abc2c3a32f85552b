/*
 * Lifecycle: what a person's standing in the directory means for the account at one app.
 * A decision table as a pure function; the causes and actions are those of the config.
 */
#pragma once
#include <glib.h>

/* Where the person stands, most severe last. */
typedef enum {
	STANDING_ASSIGNED,
	STANDING_DISABLED,     /* assigned, but the directory account is disabled */
	STANDING_OUT_OF_SCOPE, /* a rule holds, the app's scope filter does not match */
	STANDING_UNASSIGNED,   /* no include rule holds, or an exclude rule does */
	STANDING_DELETED,      /* the entry is gone from the directory */
} Standing;

/* What we know of the account at the target. */
typedef enum {
	ACCOUNT_NONE, /* no link */
	ACCOUNT_ACTIVE,
	ACCOUNT_DISABLED,
	ACCOUNT_DELETED, /* deleted by us; the link is kept as memory */
} AccountState;

typedef enum {
	DEPROVISION_DISABLE,
	DEPROVISION_DELETE,
	DEPROVISION_KEEP,
} Deprovision;

typedef struct {
	Deprovision disabled, unassigned, deleted, out_of_scope;
	gint64 delete_after_us; /* 0: never; counted from when we disabled the account */
} LifecyclePolicy;

typedef struct {
	Standing standing;
	AccountState account;
	gboolean disabled_by_us;
	gint64 disabled_at_us;
	gint64 now_us;
} LifecycleInput;

typedef enum {
	LIFECYCLE_NOTHING,
	LIFECYCLE_PROVISION, /* no account yet: adopt a match or create */
	LIFECYCLE_UPDATE,    /* keep the account equal to the mapping */
	LIFECYCLE_ENABLE,    /* a returner: enable, then as LIFECYCLE_UPDATE */
	LIFECYCLE_DISABLE,
	LIFECYCLE_DELETE,
} LifecycleVerdict;

/* The decision. */
LifecycleVerdict lifecycle_decide(const LifecyclePolicy *policy, const LifecycleInput *input);

/* When the decision changes by time alone (delete_after), or 0. */
gint64 lifecycle_due_us(const LifecyclePolicy *policy, const LifecycleInput *input);

/* "assigned", "disabled", "out of scope", ... */
const char *standing_name(Standing standing);

/* "none", "active", "disabled", "deleted"; also the form in the store. */
const char *account_state_name(AccountState state);

/* The reverse of account_state_name(); ACCOUNT_NONE for unknown text. */
AccountState account_state_parse(const char *name);
