/*
 * The driver for custom APIs at work, as its files see each other.
 *
 *	target_custom.c    the contract: open, list, submit, step
 *	custom_call.c      one request, waited for
 *	custom_job.c       which step comes next: conditions, portions, polling
 *	custom_verb.c      which operation a verb is, and what it needs to be read first
 *	custom_scope.c     what the names in templates stand for (pure)
 *	custom_request.c   a step and its values as a request (pure)
 *	custom_verdict.c   what an answer means (pure)
 *	custom_whole.c     what several steps come to (pure)
 *	custom_success.c   whether it is a success (pure)
 *	custom_text.c      values of an answer as texts (pure)
 *	custom_take.c      ids and outputs taken from an answer (pure)
 *	custom_poll.c      work that the service does later
 *	custom_shown.c     an account, a group as the service shows it, for the caller (pure)
 *	custom_pages.c     the pages of a listing (pure)
 *	custom_link.c      the header that names the next page (pure)
 *	custom_walk.c      walking all listings, one after the other (pure)
 *	custom_stroll.c    such a walk beside the other requests
 *	custom_list.c      such a walk, waited for
 *	custom_seek.c      looking somebody up in a listing, many at once
 *	custom_doubt.c     whether a 404 may be believed
 *	custom_group.c     groups: which operation a verb is
 *	custom_member.c    their members, where all are sent at once
 *	custom_portion.c   members of one request in portions: one of many is refused
 *	custom_memory.c    which addresses have proved good, from run to run (pure)
 *	custom_meaning.c   what a verb comes to there, in sentences (pure)
 *	custom_render.c    what would be sent, without sending
 *
 * The definition is in custom_api_internal.h.
 */
#pragma once
#include "custom_api_internal.h"
#include "target/http.h"

/* ---- what names stand for ---- */

/*
 * Everything that a template of an operation may name; borrowed. A name is
 *
 *	id  anchor  now  uuid
 *	resource, resource.PATH     the wanted account, nested; a value of it by target path
 *	changes, changes.PATH       what an update changes, nested; removed ones as 'removed' says
 *	old.PATH                    what a changed value was before
 *	document, document.PLACE    the account as it was read; merged: with the changes in it
 *	match.path  match.value     of a lookup
 *	group.name                  of a group that is made, renamed or looked for
 *	members  member.id          those of a request (ids); the only one
 *	item, item.PLACE, items     of a foreach
 *	page.number|offset|cursor|size
 *	parameter.NAME  auth.NAME  token.NAME
 *	step.NAME                   an output
 *	password  must_change
 */
typedef struct {
	const CustomApi *api;
	const char *origin;           /* of the API now; NULL: the api's */
	const char *base_path;        /* of the address from a token, before each path; or NULL */
	const HttpConf *net;          /* auth.NAME */
	const Credential *credential; /* token.NAME; NULL: not known here */
	const TargetRequest *request; /* or NULL */
	const char *id;               /* that a create found meanwhile; NULL: the request's */
	const json_t *document;       /* or NULL */
	const json_t *outputs;        /* object by name; never NULL */
	const json_t *items;          /* the portion of a foreach, or NULL */
	const json_t *page;           /* { number, offset, cursor, size }, or NULL */
	const char *match_path, *match_value; /* of a search; NULL: the request's */
	const json_t *members; /* ids: what {members} is where all are sent; NULL: the request's */
	const GPtrArray *leave_out; /* of the step */
	gint64 now_us;
	const char *uuid;   /* the same for all of a job */
	gboolean pretended; /* render: what is not known is "<name>" */
} CustomScope;

/* TemplateScope.get with a CustomScope. */
json_t *custom_scope_get(const char *name, void *scope);

/* True if all conditions hold. */
gboolean custom_when_holds(const GPtrArray *when, const CustomScope *scope);

/*
 * The request of a step. NULL and ERROR_OBJECT: it cannot be sent for this one, and the message
 * says which value is missing or bad. 'url' of a listing's further page replaces the step's own; it
 * has been checked. May be NULL.
 */
HttpRequest *custom_request_new(const CustomStep *step, const CustomScope *scope, const char *url,
				GError **error);

/*
 * The path and query of an address in an answer, if it is one at the origin: absolute, or a path.
 * NULL and ERROR_OBJECT that names both hosts. New string.
 */
char *custom_same_origin(const char *origin, const char *address, GError **error);

/* ---- what an answer means ---- */

typedef struct {
	TargetOutcome outcome;
	CustomClass class;
	gboolean by_own_row; /* of the step, not of the app */
	int status;
	json_t *body;      /* as a tree, or NULL */
	char *detail;      /* sentence, or NULL */
	char *unread;      /* why a success has no 'body' although it came with one; or NULL */
	json_t *documents; /* what the caller is shown (array); NULL: what the body has of it */
	gint64 retry_after_us;
} CustomReply;

void custom_reply_clear(CustomReply *self);

/*
 * Reads an answer. 'writes': a lost answer means "perhaps done". 'is_proven': an address of this
 * operation has answered well before, so a 404 is about the object (else REJECTED, with a hint).
 */
void custom_reply_read(CustomReply *self, const CustomStep *step, CustomOperation operation,
		       gboolean writes, gboolean is_proven, const Credential *credential,
		       const CredentialConf *auth, const HttpAnswer *answer);

/* A 404 (410) that no row of 'errors' speaks of. */
gboolean custom_reply_is_unclear(const CustomReply *self);

typedef enum {
	CUSTOM_SUCCESS_HOLDS,  /* a rule read a value that is one */
	CUSTOM_SUCCESS_UNSAID, /* nothing was read, and the status is good */
	CUSTOM_SUCCESS_OTHER_STATUS,
	CUSTOM_SUCCESS_OTHER_VALUE,
	CUSTOM_SUCCESS_NO_VALUE, /* nothing there, or no value but a list, an object */
} CustomSuccessState;

/* Whether an answer is one by the step's rules; *broken is the first that does not hold. */
CustomSuccessState custom_success_judge(const CustomStep *step, const CustomReply *reply,
					const CustomSuccess **broken);

/* Whether a status is in one of the ranges (CustomRange). */
gboolean custom_in_ranges(const GArray *ranges, int status);

/* Another outcome; 'detail' is a format. */
void custom_reply_turn(CustomReply *self, TargetOutcome outcome, const char *detail, ...)
	G_GNUC_PRINTF(3, 4);

/*
 * An answer whose state says that the work it is about has failed: what that is by the rows of
 * 'errors', else REJECTED; with the service's words.
 */
void custom_reply_failed(CustomReply *self, const CustomStep *step, CustomOperation operation,
			 gboolean writes, const Credential *credential, const char *state);

/* Text of a text, a number, a truth value; 201.0 is "201". New string; NULL: it is none. */
char *custom_text_of(const json_t *value);

/*
 * Whether a text can be the id of something: not blank, no dots alone, no control characters, not
 * longer than any id is, UTF-8.
 */
gboolean custom_is_id(const char *text);

/* Whether a value is one of these texts (char *); true and false in any case. */
gboolean custom_is_one_of(const json_t *value, const GPtrArray *texts);

/* The text at the first of these places (Place) that has one, or NULL. New string. */
char *custom_first_text(const GPtrArray *places, const json_t *body);

/* Whether a value has this text; true and false in any case. */
gboolean custom_is_text(const json_t *value, const char *text);

/* ---- what is taken from an answer ---- */

/*
 * The records at a place, which may be a list or one; of a place that is NULL, the body itself. New
 * array; NULL: nothing is there.
 */
json_t *custom_records_at(const Place *items, const json_t *body);

/* The id that a take finds in an answer; NULL: none, or what cannot be one. New string. */
char *custom_take_text(const CustomTake *take, const json_t *body, const HttpAnswer *answer,
		       const CustomScope *scope);

/*
 * Adds to 'outputs' what these takes (CustomTake) find, with its type. NULL, or why the answer
 * cannot be believed (new string): it does not prove whether the record that is meant is in its
 * list.
 */
char *custom_take_outputs(const GPtrArray *takes, const json_t *body, const HttpAnswer *answer,
			  const CustomScope *scope, json_t *outputs);

/* ---- what is shown ---- */

/*
 * A record as callers know accounts: what the service shows, with "id" (a text), "active" (a truth
 * value, if known) and the fields at their target paths. 'active' as of CustomOp. NULL: it is no
 * record, or has no id. New reference.
 */
json_t *custom_shown(const CustomShape *shape, const json_t *record, int active);

/* What a record says itself: 1 active, 0 not, -1 nothing that is known. */
int custom_shown_word(const CustomShape *shape, const json_t *record);

/* ---- listings ---- */

typedef struct CustomWalk CustomWalk;

/* A walk through the listings 'ops' (CustomOp), each with all its pages. */
CustomWalk *custom_walk_new(const CustomApi *api, const GPtrArray *ops, const CustomShape *shape,
			    const CustomScope *scope);
void custom_walk_free(CustomWalk *self);

/* The next request, to be sent and answered before the next one; NULL: it is over. */
HttpRequest *custom_walk_next(CustomWalk *self);

/* The step and operation that the last request belongs to. */
const CustomStep *custom_walk_step(const CustomWalk *self);
const CustomOp *custom_walk_op(const CustomWalk *self);

/* Takes its answer, and tells of each record (custom_shown()). FALSE: 'fn' said so. */
gboolean custom_walk_take(CustomWalk *self, const CustomReply *reply, const HttpAnswer *answer,
			  TargetListFn fn, void *data, GError **error);

/* The record that is being told of, as the service shows it; for 'fn'. Borrowed. */
const json_t *custom_walk_record(const CustomWalk *self);

/* Whether it is active is only what its listing says of all: others may contradict; for 'fn'. */
gboolean custom_walk_is_by_listing(const CustomWalk *self);

/* Whether all was seen; *why says why not (new string, or NULL). */
gboolean custom_walk_is_complete(const CustomWalk *self, char **why);

/* What the first thing that was wrong came from, for who has to answer for it; OK: none was. */
TargetOutcome custom_walk_trouble(const CustomWalk *self);

/* ---- the driver ---- */

typedef struct CustomJob CustomJob;
typedef struct CustomSeek CustomSeek;

/* The question whether this API answers at all, put once in a session if need be. */
typedef enum {
	CUSTOM_NOT_ASKED,
	CUSTOM_ASKING,
	CUSTOM_ASKED,
} CustomAsked;

typedef struct {
	Target base;
	const CustomConf *conf;
	const CustomApi *api;
	char *origin;    /* of the API now: from the settings, or from the token's answer */
	char *base_path; /* CustomScope.base_path */
	Credential *credential;
	Http *http;
	GQueue answered;  /* CustomJob, answered without the wire; delivered by the next step */
	GHashTable *sent; /* CustomJob that have a request on its way */
	GQueue timed;     /* CustomJob that wait for their time (polling) */
	CustomSeek *seek; /* who is looked for in a listing, or NULL */
	json_t *proven;   /* digests of operations that answered well: { digest: true } */
	gboolean proved;  /* one more during this run */
	gboolean good;    /* something answered well in this session */
	CustomAsked asked;
	char *silence;           /* why nothing of the API is believed to answer; or NULL */
	TargetOutcome silent_as; /* what a 404 comes to then */
	GQueue doubted;          /* CustomJob that wait for the answer; 'held' is a 404 */
	guint64 finished;        /* jobs so far */
} CustomTarget;

typedef struct {
	CustomTarget *target;
	TargetDoneFn done;
	void *data;
} CustomDelivery;

/* What was looked for in a listing; both arrays, in the same order. */
typedef struct {
	const json_t *documents; /* custom_shown() */
	const json_t *records;   /* the same as the service shows them */
} CustomFound;

/* Goes on with a job; 'found' has something if the reply is OK. The job is the function's then. */
typedef void (*CustomSoughtFn)(CustomTarget *self, CustomJob *job, CustomReply *reply,
			       const CustomFound *found, const CustomDelivery *to);

/* A verb of a caller on its way; custom_job.c. */
struct CustomJob {
	TargetRequest *request;
	TargetRequest
		part; /* what goes into the call: the request, with the members of a portion */
	const CustomOp *op;   /* what is done now; may be a GET before the operation itself */
	const CustomOp *then; /* the operation that follows, or NULL */
	guint step;           /* position in op->steps */
	guint at;             /* foreach: elements done */
	guint chunk;          /* foreach: elements in one call, where that is fewer; or 0 */
	json_t *list;         /* foreach: the whole list, or NULL */
	json_t *items;        /* the portion under way */
	json_t *outputs;
	json_t *document; /* the account as it was read, or NULL */
	char *id;         /* that a create found, or NULL */
	json_t *members;  /* CustomScope.members, or NULL */
	char uuid[40];
	gint64 due_us, deadline_us; /* monotonic; of a poll, or 0 */
	guint wrote;       /* writing steps that were done: "not done" is no answer for the whole */
	gboolean doubtful; /* a writing step was perhaps done */
	gboolean lingers;  /* TargetAnswer.lingers, if nobody knows */
	gboolean failed;   /* the service says so of the work that the one writing step began */
	guint calls, retries;
	json_t *record;   /* that the last answer shows, or NULL */
	const char *note; /* what the caller is told beside OK; constant, or NULL */
	guint first;      /* of the members; the ones before are through */
	guint portion;    /* members in one operation; 0: all */
	json_t *refused;  /* ids of members, as the names of an object, or NULL */
	char *problem;    /* what was said of the first of these, or NULL */
	gboolean is_seen; /* the group was found when a 404 spoke of somebody */
	gboolean unasked; /* TargetAnswer.unasked */
	CustomReply held; /* answered without the wire */

	/* Looked for in a listing: by this value, else by the request's of a LOOKUP, else by id. */
	char *seek_path, *seek_value; /* or NULL */
	CustomSoughtFn sought;        /* what follows; NULL: it is the answer to the caller */
};

/* Without an operation yet. */
CustomJob *custom_job_new(TargetRequest *request);

/* Takes up a verb: which operation, what is read first. */
void custom_verb_start(CustomTarget *self, TargetRequest *request);

/*
 * The operation of a job is through. TRUE: another one follows, or something is looked for first;
 * the reply may turn. FALSE: it is the answer to the caller.
 */
gboolean custom_verb_continues(CustomTarget *self, CustomJob *job, CustomReply *reply);

/* Has the account read in the listing, then what follows a read. FALSE: there is no listing. */
gboolean custom_verb_reads_list(CustomTarget *self, CustomJob *job);

/* TRUE: the account that was made is looked for first, as the next step names its id. */
gboolean custom_verb_needs_id(CustomTarget *self, CustomJob *job);

/* What the last answer shows of the account, for the caller; the reply may turn. New, or NULL. */
json_t *custom_verb_shows(const CustomTarget *self, const CustomJob *job, CustomReply *reply);

/*
 * An account that was made, as far as the answer shows it: one that has none of the keys that were
 * sent is somebody else's, and nobody knows what was made.
 */
void custom_verb_check_made(const CustomTarget *self, CustomJob *job, CustomReply *reply);

/* Why a verb has no operation: that it is switched off, or missing. New string. */
char *custom_verb_lacks(const CustomApi *api, CustomOperation operation);

/* The operation of a verb about an account, or NULL: there is none. */
const CustomOp *custom_verb_op(const CustomApi *api, TargetVerb verb);

/* ---- several steps as a whole ---- */

/* What the answer to the last request comes to, behind what was done before. */
TargetOutcome custom_whole_outcome(const CustomJob *job, TargetOutcome last);

/* TargetAnswer.unfinished: what of a create failed behind the account. New string, or NULL. */
char *custom_whole_unfinished(const CustomJob *job, const CustomReply *last);

/* TargetAnswer.lingers, of a create of which nobody knows. */
gboolean custom_whole_lingers(const CustomJob *job, const CustomReply *last);

/* A 404 to a step that is not the one about the account: the reply turns. */
void custom_whole_judge_404(const CustomJob *job, const CustomScope *scope, CustomReply *reply);

/* ---- the next step ---- */

/* Sends the step of a job, once more. */
void custom_job_send(CustomTarget *self, CustomJob *job);

/* From its operation's first step, with nothing that an earlier pass found. */
void custom_job_rewind(CustomJob *job);

/* Behind the portion of a foreach that is through; the step too, if it was the last one. */
void custom_job_next_portion(CustomJob *job, const CustomStep *step);

/* The members of a request that come now, into the job's 'part'. */
void custom_portion_begin(CustomJob *job);

/*
 * To be asked of an answer that is good. TRUE: it may be about one of several members; fewer are
 * sent. FALSE: it is believed, or has turned.
 */
gboolean custom_portion_doubts(CustomTarget *self, CustomJob *job, CustomReply *reply);

/*
 * The operation is over, or refused. TRUE: more members are sent, or fewer again. FALSE: the reply,
 * which may have turned, is the answer.
 */
gboolean custom_portion_continues(CustomTarget *self, CustomJob *job, CustomReply *reply);

/* Ids of the members who are done although the request as a whole is refused. New array. */
json_t *custom_portion_done(const CustomJob *job);

/* Has a job wait for the next poll. FALSE: it has taken too long. */
gboolean custom_poll_waits(CustomTarget *self, CustomJob *job, const CustomPoll *poll);

/* An answer to a poll. TRUE: the job waits; FALSE: it goes on, or ends as the reply says. */
gboolean custom_poll_goes_on(CustomTarget *self, CustomJob *job, const CustomStep *step,
			     CustomReply *reply);

/* Polls whose time has come; how long the others wait, at most 'timeout_ms'. */
void custom_jobs_wake(CustomTarget *self);
guint custom_jobs_patience(const CustomTarget *self, guint timeout_ms);

/* Delivers what was answered without the wire before. */
void custom_deliver_answered(const CustomDelivery *to);

/* Begins the operation of a job, or goes on with it, by sending the next step. */
void custom_job_go(CustomTarget *self, CustomJob *job);

/* Has a job answered by the next step. 'detail' is a format, or NULL. */
void custom_job_answer(CustomTarget *self, CustomJob *job, TargetOutcome outcome,
		       const char *detail, ...) G_GNUC_PRINTF(4, 5);

/* The reply is the answer, unless a verb of a group goes on with it. */
void custom_job_end(CustomTarget *self, CustomJob *job, CustomReply *reply,
		    const CustomDelivery *to);

/*
 * To be asked of an answer that is not good. TRUE: it is a 404, and whether that may be believed is
 * found out first; the reply is empty then. FALSE: it is the answer; it may have turned.
 */
gboolean custom_job_doubts(CustomTarget *self, CustomJob *job, CustomReply *reply);

/* Answers the caller and frees the job; documents and id from the reply. */
void custom_job_finish(CustomJob *job, CustomReply *reply, const CustomDelivery *to);

void custom_job_free(void *job);

/* What the templates of a job's step may name. Borrowed from both. */
CustomScope custom_job_scope(const CustomTarget *self, const CustomJob *job);

/* HttpDoneFn with a CustomDelivery. */
void custom_on_answer(HttpRequest *request, const HttpAnswer *http, void *delivery);

/* ---- looking up in a listing ---- */

/*
 * Looks for what a job needs in the listing of all accounts, or of all groups for a verb of those:
 * the next walk tells all who wait. For whatever there is no call of its own.
 */
void custom_seek_add(CustomTarget *self, CustomJob *job);

/* The same with a walk of its own through the pages of 'op', its call for it. */
void custom_seek_alone(CustomTarget *self, CustomJob *job, const CustomOp *op);

/* Sends what is to be sent for those who wait. To be called by each step, before http_step(). */
void custom_seek_step(CustomTarget *self, const CustomDelivery *to);

/* TRUE if the request is one of a walk, whose answer was taken; jobs may have ended with it. */
gboolean custom_seek_answered(CustomTarget *self, HttpRequest *request, const HttpAnswer *http,
			      const CustomDelivery *to);

/* How many jobs wait; zero without a seek. */
guint custom_seek_length(const CustomSeek *self);
void custom_seek_free(CustomSeek *self);

/* ---- groups ---- */

/* How many members one request has: into the target. */
void custom_group_batches(CustomTarget *self);

/* Takes up a verb of a group. */
void custom_group_start(CustomTarget *self, TargetRequest *request);

/*
 * To be asked before the answer to a verb of a group is given. TRUE: the job goes on. A 404 to
 * members may be about one of them: the group is looked for before it is called gone.
 */
gboolean custom_group_continues(CustomTarget *self, CustomJob *job, CustomReply *reply);

/* TargetOps.list. */
gboolean custom_list(Target *self, TargetListFn fn, void *data, gboolean *complete, char **why,
		     GError **error);

/* TargetOps.members. */
gboolean custom_members(Target *self, const char *id, TargetMemberFn fn, void *data,
			gboolean *complete, char **why, GError **error);

/*
 * One request, waited for; for listings while nothing else is under way. 'with' is told once the
 * reply is read, and may be NULL.
 */
void custom_call_and_wait(CustomTarget *self, HttpRequest *request, const CustomStep *step,
			  const CustomOp *op, CustomReply *reply,
			  void (*with)(const HttpAnswer *http, void *data), void *data);

/* ---- what was proved, what a verb means ---- */

gboolean custom_is_proven(const CustomTarget *self, const CustomOp *op);

/* Proven, and something of the API has answered well in this session: a 404 is believed. */
gboolean custom_believes(const CustomTarget *self, const CustomOp *op);

/* An answer was good; only a status of success proves anything. */
void custom_prove(CustomTarget *self, const CustomOp *op, int status);

/* Begins with what an earlier run remembered; 'memory' may be anything. */
void custom_recall(CustomTarget *self, const json_t *memory);

/* TargetOps.remember, meaning, findings. */
json_t *custom_remember(Target *self);
const char *custom_meaning(Target *self, TargetVerb verb);
void custom_findings(Target *self, GPtrArray *findings);

/* TargetOps.render. */
gboolean custom_render(const void *conf, const char *operation, const TargetRequest *request,
		       json_t *requests, GError **error);
