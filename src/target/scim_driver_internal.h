/*
 * The SCIM driver at work, as its files see each other.
 *
 *	target_scim.c    the contract: open, list, submit, step
 *	scim_job.c       which request comes next
 *	scim_search.c    the same for looking accounts up
 *	scim_parts.c     the same for a PATCH in several requests
 *	scim_seen.c      the same for a success that does not show what was done
 *	scim_deliver.c   what an answer becomes, and who is told
 *	scim_users.c     whether a 404 may be believed
 */
#pragma once
#include "scim_group_internal.h"
#include "scim_internal.h"
#include "scim_pages_internal.h"

#define SCIM_STEP_MS 1000

/* What we know of /Users where nothing beneath it has answered well: asked once a session. */
typedef enum {
	SCIM_USERS_NOT_ASKED,
	SCIM_USERS_ASKED,
	SCIM_USERS_MISSING,
} ScimUsersCheck;

typedef struct {
	Target base;
	const ScimConf *conf;
	ScimProfile profile;
	Credential *credential;
	Http *http;
	GPtrArray *rate_patterns; /* Pattern, of the engine's rates */
	GQueue answered; /* ScimJob, answered without the wire; delivered by the next step */
	gboolean search_by_post; /* what is searched for must not stand in an address */
	ScimUsersCheck users;
	GQueue waiting;      /* ScimJob, answered 404, for the answer of the check */
	char *users_problem; /* why the check failed, or NULL */
	ScimGroups *groups;
	TargetOps ops; /* its own where a setting changes what it says */
} ScimTarget;

typedef enum {
	SCIM_STEP_ONLY, /* whatever is answered is the answer */
	SCIM_STEP_SEARCH,
	SCIM_STEP_GET, /* the account is read for what follows */
	SCIM_STEP_PATCH,
	SCIM_STEP_PUT,
	SCIM_STEP_DELETE,
	SCIM_STEP_LOOK, /* the account is read to see what became of it */
} ScimStep;

/* A request of the caller on its way. */
typedef struct {
	TargetRequest *request;
	ScimStep step;
	gboolean against;       /* PATCH is made against what the service holds */
	json_t *ops;            /* PATCH operations that wait for their turn, or NULL */
	json_t *part;           /* those that were sent last, or NULL */
	gboolean singly, taken; /* each alone; one was accepted */
	guint refused;          /* one after the other */
	char *refusal;          /* of the first one that was refused alone, or NULL */
	int refusal_status;
	ScimPages pages;       /* accounts found on earlier ones */
	char *version;         /* of the account as it was read, for If-Match; or NULL */
	gboolean told_version; /* that a version is wanted was answered, and acted upon */
	guint spurned;         /* methods (bits of ScimFact) that were not spoken */
	int claimed;           /* status of a success that showed nothing */
	gboolean absurd;       /* it was no answer of a SCIM service */
	gboolean unseen;       /* nothing else makes the job doubtful */
	gboolean doubtful; /* something was written, perhaps or in part; "not done" is no answer */
	gboolean lingers;  /* TargetAnswer.lingers, if nobody knows */
	guint calls, retries;
	ScimReply held; /* answered without the wire: the answer; waiting: the 404 as it reads if
			 * /Users is there */
} ScimJob;

/* Where answers go during a step. */
typedef struct {
	ScimTarget *target;
	TargetDoneFn done;
	void *data;
} ScimDelivery;

/* Sends the first request of a job, or has it answered by the next step. */
void scim_job_start(ScimTarget *self, ScimJob *job);

/* Sends what follows an answer. FALSE if the answer is the last one. */
gboolean scim_job_continues(ScimTarget *self, ScimJob *job, ScimReply *reply);

/* Sends one request of a job. 'body' may be NULL. */
void scim_job_send(ScimTarget *self, ScimJob *job, ScimStep step, const char *method,
		   const char *path, const json_t *body);

/* The same at the address of the job's account. */
void scim_job_send_to_account(ScimTarget *self, ScimJob *job, ScimStep step, const char *method,
			      const json_t *body);

/* Takes the version of the account from an answer that shows it. */
void scim_job_read_version(const ScimTarget *self, ScimJob *job, const ScimReply *reply);

/* Sends a LOOKUP, or has it answered by the next step. */
void scim_search_start(ScimTarget *self, ScimJob *job);

/* Takes its answer. FALSE if it is the last one. */
gboolean scim_search_continues(ScimTarget *self, ScimJob *job, ScimReply *reply);

/* Sends the first of the operations that wait, as many as the service takes at once. */
void scim_parts_send(ScimTarget *self, ScimJob *job);

/* The operations are made anew: those that wait are void. */
void scim_parts_forget(ScimJob *job);

/* A part was accepted, or refused. FALSE if that is the answer of the whole. */
gboolean scim_parts_done(ScimTarget *self, ScimJob *job, ScimReply *reply);
gboolean scim_parts_refused(ScimTarget *self, ScimJob *job, ScimReply *reply);

/* Reads the account if a success does not show that it was taken away. */
gboolean scim_seen_asks(ScimTarget *self, ScimJob *job, const ScimReply *reply);

/* Takes what the account shows: the answer of the whole. */
void scim_seen_answered(ScimJob *job, ScimReply *reply);

/* Has a job answered by the next step; 'detail' is a format, or NULL when all is well. */
void scim_job_answer(ScimTarget *self, ScimJob *job, TargetOutcome outcome, int status,
		     const char *detail, ...) G_GNUC_PRINTF(5, 6);

/* Frees a job, a void * for queues. */
void scim_job_free(void *job);

/* What an answer is read against. */
ScimContext scim_context(const ScimTarget *self, TargetVerb verb);

/* HttpDoneFn with a ScimDelivery: reads an answer and goes on with its job, or ends it. */
void scim_on_answer(HttpRequest *request, const HttpAnswer *http, void *delivery);

/* Tells the caller of the jobs that were answered without the wire. */
void scim_deliver_answered(const ScimDelivery *to);

/* Answers the caller and frees the job. */
void scim_job_finish(ScimJob *job, ScimReply *reply, const HttpAnswer *http,
		     const ScimDelivery *to);

/*
 * TRUE if the answer is a 404 that cannot be believed yet: the job waits. Once the check has
 * failed there is nothing to wait for, and the reply becomes DOWN.
 */
gboolean scim_job_waits(ScimTarget *self, ScimJob *job, const HttpAnswer *http, ScimReply *reply);

/* The verb whose meaning an answer has: a GET on the way to a PUT is read as a READ. */
TargetVerb scim_job_verb(const ScimJob *job);

/* Takes the answer of the search that scim_job_waits() sent, and ends the jobs that wait. */
void scim_users_answered(ScimTarget *self, const HttpAnswer *http, const ScimDelivery *to);

/* The smallest search whose answer only a SCIM service gives. New string. */
char *scim_smallest_list(const ScimProfile *profile);
