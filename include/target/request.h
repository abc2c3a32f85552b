/*
 * Requests: what is asked of a target, one person or group at a time, and what came of it.
 */
#pragma once
#include <jansson.h>

#include "base/secret.h"

typedef enum {
	TARGET_LOOKUP,       /* accounts whose value at match_path equals match_value */
	TARGET_READ,         /* the account with this id */
	TARGET_GROUP_LOOKUP, /* groups whose value at match_path equals match_value */
	TARGET_CREATE,
	TARGET_UPDATE,
	TARGET_ENABLE,
	TARGET_DISABLE,
	TARGET_DELETE,
	TARGET_GROUP_CREATE, /* an empty group, 'resource' has its displayName */
	TARGET_GROUP_RENAME, /* to what 'resource' has */
	TARGET_GROUP_DELETE,
	TARGET_MEMBERS_ADD,    /* 'members' to the group 'id'; who is in it already stays */
	TARGET_MEMBERS_REMOVE, /* 'members' out of it; who is not in it does not matter */
	TARGET_PASSWORD,       /* 'password' becomes the account's */
	TARGET_RESET_MAIL,     /* the service mails the person a way to a new password */
} TargetVerb;
#define TARGET_VERBS (TARGET_RESET_MAIL + 1)

typedef struct {
	const char *id;    /* at the target */
	gboolean is_group; /* a group within the group */
} TargetMember;

/*
 * What a verb comes to can differ from service to service; TargetOps.meaning has the words.
 *
 *	A verb without its TARGET_CAN_* is answered REJECTED with the reason; nothing is sent.
 *	UPDATE without TARGET_CAN_UPDATE is answered OK, with the reason as 'detail' and, unless the
 *	account is gone, what the service holds as 'documents': nothing was changed.
 *	DISABLE may delete the account (OK), which TARGET_DISABLE_DELETES says: it is gone then,
 *	and who comes back gets a new one.
 *	ENABLE is REJECTED, with the reason, where a disabled account stays so for ever.
 *
 * Owned by the caller and unchanged until its answer came.
 */
typedef struct {
	TargetVerb verb;
	const char *id;         /* all but the LOOKUPs and the CREATEs; of groups the group's */
	const char *anchor;     /* CREATEs: sent as externalId where the mapping gives none */
	const json_t *resource; /* CREATEs: flat resource to make; UPDATE: the whole wanted one */
	const json_t *changes;  /* UPDATE: resource_diff() */
	const json_t *resource_shown; /* what may be written down of it; NULL: all */
	const json_t *changes_shown;  /* likewise */
	const char *match_path;       /* LOOKUPs */
	const char *match_value;      /* LOOKUPs */
	const TargetMember *members;  /* MEMBERS_*; at most Target.add_batch, remove_batch */
	guint member_count;
	const Secret *password; /* PASSWORD: in memory only; no driver writes it down or shows it */
	gboolean must_change; /* PASSWORD: the person has to choose another one at the next login */
	void *tag;            /* the caller's */
} TargetRequest;

/* What came of a request; the driver has already retried what may be retried blindly. */
typedef enum {
	TARGET_OK,       /* done; LOOKUP: 'documents' has one or more */
	TARGET_ABSENT,   /* LOOKUP: no such account; others: the id does not exist (404) */
	TARGET_EXISTS,   /* CREATE: refused because a like account exists (409) */
	TARGET_STALE,    /* the account changed since (409, 412): read again */
	TARGET_REJECTED, /* this object is refused (400, 403 on one object, a nonsense answer) */
	TARGET_LATER,    /* certainly not done; may work later (429, 503, retries exhausted) */
	TARGET_UNKNOWN,  /* a write, perhaps done: an answer was lost, unreadable or a 5xx */
	TARGET_DOWN,     /* nothing will work: wrong credential, unreachable, no such service */
} TargetOutcome;

/* Borrowed during the callback. */
typedef struct {
	TargetOutcome outcome;
	const char *id;          /* CREATE: the new account's id */
	const json_t *documents; /* array; LOOKUPs and READ: what was found, READ with one; CREATE,
				  * UPDATE: the account as the service shows it now, if it does */
	const json_t *members_done; /* MEMBERS_*, REJECTED: ids (array) of those who are done all
				     * the same; NULL: not known of any */
	const char *unfinished; /* CREATE: OK, but not all of it: which part, and why; or NULL */
	int status;             /* HTTP status of the last answer, or 0 */
	const char *detail;     /* sentence for people: the service's words, bounded, no secrets */
	gint64 retry_after_us;  /* LATER, DOWN: what the service asked for, or 0 */
	guint calls;            /* requests on the wire that it took */
	guint retries;          /* of these, repeated on account of a failure */
	gboolean unasked;       /* LOOKUPs, READ: REJECTED, as the service has no way to be asked */
	gboolean lingers;       /* UNKNOWN to a CREATE: the service may still be at it, or does not
				  * show yet what it made; not there now is no proof */
} TargetAnswer;

/* "create", ... */
const char *target_verb_name(TargetVerb verb);

/* "ok", "absent", ... */
const char *target_outcome_name(TargetOutcome outcome);

/* 'text' without what the request sends and does not show. New string; NULL for NULL. */
char *target_blot(const TargetRequest *request, const char *text);

/* True for the verbs that are about a group. */
gboolean target_verb_is_of_group(TargetVerb verb);

/* True for verbs that change something at the target. */
gboolean target_verb_writes(TargetVerb verb);
