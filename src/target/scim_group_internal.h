/*
 * The SCIM driver's groups, as its files see each other.
 *
 *	scim_group_quirks.c   the settings 'quirks.groups', and what the service says of groups
 *	scim_group_codec.c    what is sent: documents, member operations, searches (pure)
 *	scim_chunks.c         members in portions: which is next, and what an answer means (pure)
 *	scim_group_job.c      which request comes next
 *	scim_group_search.c   the same for looking groups up
 *	scim_group_whole.c    the same for a group that is sent as a whole
 *	scim_group_proof.c    whether a removal takes out whom it names, and nobody else
 *	scim_group.c          what an answer becomes; whether a 404 is believed; reading members
 */
#pragma once
#include "scim_internal.h"
#include "scim_pages_internal.h"

/* Settings ------------------------------------------------------------------------------------- */

/* The part of scim_validate() that is about groups. */
gboolean scim_group_validate(const ScimGroupQuirks *quirks, const char *app, GError **error);

/* TARGET_CAN_* about groups that the settings allow. */
guint scim_group_caps(const ScimGroupQuirks *quirks);

/* Whether a /ResourceTypes answer says that there are no groups; FALSE where it is unclear. */
gboolean scim_has_no_groups(const json_t *resource_types);

/* Sentences (char *) for 'check'. */
void scim_group_findings(const ScimGroupQuirks *quirks, const Target *target, GPtrArray *findings);

/* Sending -------------------------------------------------------------------------------------- */

/* A group's name as the service keeps it. New string. */
char *scim_group_name(const ScimGroupQuirks *quirks, const char *name);

/* The body of a POST: the flat resource nested, with schemas and externalId, without members. */
json_t *scim_group_document(const ScimGroupQuirks *quirks, const json_t *resource,
			    const char *anchor);

/* The PatchOp message that makes a group what the flat resource says; one operation each. */
json_t *scim_group_patch(const ScimGroupQuirks *quirks, const json_t *resource, gboolean with_path);

/* Makes a group read from the service into the body of a PUT; 'resource' may be NULL. */
void scim_group_overlay(const ScimGroupQuirks *quirks, json_t *document, const json_t *resource);

/* The PatchOp message for 'count' members of a MEMBERS_ request, from 'first' on. */
json_t *scim_members_patch(const ScimGroupQuirks *quirks, const TargetRequest *request, guint first,
			   guint count);

/* The PatchOp message that replaces the members. */
json_t *scim_members_replace(const json_t *members);

/* True if a MEMBERS_ verb is done by sending the whole list, which must be read first. */
gboolean scim_members_are_whole(const ScimGroupQuirks *quirks, TargetVerb verb);

/*
 * The members as they must be after a MEMBERS_ request, from the group that was read: an array of
 * { "value", "type" }. NULL if the list has something that is no member. *changed tells whether
 * there is anything to do.
 */
json_t *scim_members_after(const json_t *document, const TargetRequest *request, gboolean *changed);

/*
 * Whether a group that was read shows all its members; *why is a constant sentence otherwise, or
 * NULL.
 */
gboolean scim_members_are_all(const ScimGroupQuirks *quirks, const json_t *document,
			      const char **why);

/* The id of a member as it stands in a group. New string, or NULL if it is none. */
char *scim_member_id(const json_t *member);

/* "/Groups?filter=...&excludedAttributes=members". New string. */
char *scim_group_lookup_path(const ScimGroupQuirks *quirks, const char *match_path,
			     const char *match_value);

/* "/Groups/<id>", percent-encoded. New string. */
char *scim_group_path(const char *id);

/* Makes what was found comparable: names as the service keeps them, and no members. In place. */
void scim_group_mend(const ScimGroupQuirks *quirks, json_t *body);

/* Members in portions -------------------------------------------------------------------------- */

/* A MEMBERS_ request on its way. */
typedef struct {
	const ScimGroupQuirks *quirks;
	const TargetRequest *request;
	guint first, count;   /* the portion under way */
	guint limit, largest; /* members a portion: now, and at most */
	guint done, refused;
	int shrunk_by;     /* status that said so of a portion, or of somebody in it; 0: none */
	gboolean singular; /* it was somebody: the size says nothing */
	char *problem;     /* why the first one was refused, or NULL */
} ScimChunks;

/* Begins with the first member. */
void scim_chunks_init(ScimChunks *self, const ScimGroupQuirks *quirks, const TargetRequest *request,
		      guint largest);

/* Frees what it owns. */
void scim_chunks_clear(ScimChunks *self);

/* The body of the next request. NULL when all members were dealt with. New reference. */
json_t *scim_chunks_next(ScimChunks *self);

/* Takes the answer. TRUE: go on with scim_chunks_next(). FALSE: it is the answer of the whole. */
gboolean scim_chunks_answered(ScimChunks *self, const ScimReply *reply);

/* True for a 404 that says of a member, not of the group, that it is not there. */
gboolean scim_chunks_no_target(const ScimChunks *self, const ScimReply *reply);

/* When all were dealt with: turns the last reply into that of the whole. */
void scim_chunks_conclude(const ScimChunks *self, ScimReply *reply);

/* The portion that the service takes, if that was found out, else 0. */
guint scim_chunks_learned(const ScimChunks *self);

/* At work -------------------------------------------------------------------------------------- */

/* What groups have from the driver; all outlives them. */
typedef struct {
	Target *base; /* whose caps and batches are set */
	Http *http;
	const ScimConf *conf;
	ScimProfile *profile; /* takes note of what is learnt */
	ScimContext context;  /* 'verb' and 'url_good' are set anew */
	/* Asks and waits; not while requests are under way. */
	void (*get)(void *driver, const char *path, ScimReply *reply);
	void *driver;
} ScimGroupPeer;

/* What we know of /Groups where nothing beneath it has answered well. */
typedef enum {
	SCIM_GROUPS_NOT_ASKED,
	SCIM_GROUPS_ASKED,
	SCIM_GROUPS_MISSING,
} ScimGroupsCheck;

typedef struct {
	ScimGroupPeer peer;
	const ScimGroupQuirks *quirks;
	gboolean wanted;
	gboolean missing; /* the service names no such type of resource */
	gboolean good;    /* something beneath /Groups has answered like SCIM */
	ScimGroupsCheck check;
	char *problem;         /* why the check failed, or NULL */
	TargetOutcome without; /* what a request comes to then */
	const char **match;    /* paths of the settings, NULL-terminated; NULL: none are set */
	GHashTable *jobs;      /* ScimGroupJob under way, to free */
	GQueue ready;          /* ScimGroupJob, answered without the wire */
	GQueue waiting;        /* ScimGroupJob, answered 404 */
} ScimGroups;

typedef enum {
	SCIM_GROUP_ONLY, /* whatever is answered is the answer */
	SCIM_GROUP_SEARCH,
	SCIM_GROUP_CHUNK,
	SCIM_GROUP_LOOK,   /* is it the group that a 404 speaks of? */
	SCIM_GROUP_BEFORE, /* who is in it, before and after a removal that is to be proved */
	SCIM_GROUP_AFTER,
	SCIM_GROUP_READ, /* the group is read for what follows */
	SCIM_GROUP_WHOLE,
} ScimGroupStep;

/* A request of the caller on its way. */
typedef struct {
	TargetRequest *request;
	ScimGroupStep step;
	gboolean by_put;       /* how the whole group was sent */
	char *version;         /* of the group as it was read, or NULL */
	gboolean told_version; /* that one is wanted was answered, and acted upon */
	guint spurned;         /* methods that were refused to this job, 1 << ScimFact */
	ScimChunks chunks;
	ScimPages pages; /* groups found on earlier ones */
	guint calls, retries;
	gboolean doubtful;     /* something was written, perhaps, by a request without an answer */
	json_t *others;        /* who must stay after a removal that is to be proved, or NULL */
	TargetRequest rescue;  /* puts them back */
	TargetMember *rescued; /* its members; NULL while there is nothing to put back */
	ScimReply held; /* in 'ready': the answer; looking: the 404 in question; in 'waiting':
			    * the 404 as it reads if /Groups is there */
} ScimGroupJob;

/* Sends the first request of a job, or has it answered by scim_groups_deliver(). */
void scim_group_job_start(ScimGroups *self, ScimGroupJob *job);

/* Sends what follows an answer. FALSE: the reply is the answer of the job. */
gboolean scim_group_job_continues(ScimGroups *self, ScimGroupJob *job, ScimReply *reply);

/* Has a job answered by the next step, without the wire. */
void scim_group_ready(ScimGroups *self, ScimGroupJob *job, TargetOutcome outcome,
		      const char *detail);

/* Sends a GROUP_LOOKUP, or has it answered by the next step. */
void scim_group_search_start(ScimGroups *self, ScimGroupJob *job);

/* Takes its answer. FALSE if it is the last one. */
gboolean scim_group_search_continues(ScimGroups *self, ScimGroupJob *job, ScimReply *reply);

/* What a removal has shown. */
typedef enum {
	SCIM_PROOF_GIVEN,
	SCIM_PROOF_EMPTIED, /* the others are gone */
	SCIM_PROOF_REFUSED, /* it does not work; the reply says so */
} ScimProof;

/* True if this verb must be looked at before and after. */
gboolean scim_proof_is_wanted(const ScimGroups *self, TargetVerb verb);

/* Takes the group as it was read before. FALSE if there is nothing to remove, or it is unclear. */
gboolean scim_proof_before(const ScimGroups *self, ScimGroupJob *job, ScimReply *reply);

/* Takes the group as it was read after the first portion. */
ScimProof scim_proof_after(ScimGroups *self, ScimGroupJob *job, ScimReply *reply);

/* Makes the job's portions those that put the others back. */
void scim_proof_rescue(const ScimGroups *self, ScimGroupJob *job);

/* Turns the reply that ended the putting back into the answer. */
void scim_proof_tell(const ScimGroupJob *job, ScimReply *reply);

/* Sends one request; 'body' may be NULL. */
void scim_group_send(ScimGroups *self, void *tag, const char *method, const char *path,
		     const json_t *body);

/* Sends one request of a job at the address of its group. 'body' may be NULL. */
void scim_group_send_to(ScimGroups *self, ScimGroupJob *job, ScimGroupStep step, const char *method,
			const json_t *body);

/* The group was read: sends what was to follow. FALSE: the reply is the answer of the job. */
gboolean scim_group_send_whole(ScimGroups *self, ScimGroupJob *job, ScimReply *reply);

/* True if groups are changed by PATCH, as far as we know. */
gboolean scim_group_is_patched(const ScimGroups *self);

/*
 * Begins; sets caps and batches of the target. 'wanted': groups will be asked for, so the service
 * is asked whether it has any.
 */
ScimGroups *scim_groups_new(const ScimGroupPeer *peer, gboolean wanted);

/* Frees it and what is under way; NULL is fine. */
void scim_groups_free(ScimGroups *self);

/* The paths to find groups by, as they are set; NULL if not. Borrowed. */
const char *const *scim_groups_match(const ScimGroups *self);

/* Takes a request about a group. */
void scim_groups_submit(ScimGroups *self, TargetRequest *request);

/* FALSE if the HTTP request is not one of ours. */
gboolean scim_groups_answered(ScimGroups *self, const HttpRequest *request, const HttpAnswer *http,
			      TargetDoneFn done, void *data);

/* Answers what needed no request; returns how many there were. */
guint scim_groups_deliver(ScimGroups *self, TargetDoneFn done, void *data);

/* How many wait for scim_groups_deliver(). */
guint scim_groups_ready(const ScimGroups *self);

/* TargetOps.members of the driver. */
gboolean scim_groups_members(ScimGroups *self, const char *id, TargetMemberFn fn, void *data,
			     gboolean *complete, char **why, GError **error);

/* Sentences (char *) for 'check'. */
void scim_groups_findings(const ScimGroups *self, GPtrArray *findings);
