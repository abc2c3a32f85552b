/*
 * The probe of the SCIM driver, as its files see each other.
 *
 *	scim_probe.c            the steps in order, one request at a time, and the rows
 *	scim_probe_discovery.c  what the service says of itself
 *	scim_probe_read.c       how accounts are listed
 *	scim_probe_search.c     by what accounts are found
 *	scim_probe_thing.c      throw-away objects: made, known again, changed
 *	scim_probe_remove.c     removed again
 *	scim_probe_account.c    making an account, and a second one alike
 *	scim_probe_delete.c     what a DELETE of an account does
 *	scim_probe_patch.c      forms of PATCH for accounts
 *	scim_probe_put.c        PUT, versions, and switching accounts on and off
 *	scim_probe_group.c      groups: made, renamed, read
 *	scim_probe_inside.c     who is in a group
 *	scim_probe_member.c     spellings of members
 *	scim_probe_caps.c       how many of them in a request
 *	scim_probe_assume.c     what nothing was found out about
 *	scim_probe_clean.c      what a killed probe left
 *	scim_probe_judge.c      what answers and settings come to (pure)
 */
#pragma once
#include "scim_driver_internal.h"

/* An answer with what a probe looks at besides. */
typedef struct {
	ScimReply reply;   /* outcome DOWN and status 0 where nothing was sent any more */
	gboolean lost;     /* no answer that could be read */
	gboolean repeated; /* it answers a second or later try */
	char *location, *etag, *type;
} ScimProbeAnswer;

/* Something that this probe made. */
typedef struct {
	gboolean is_group;
	char *id;       /* NULL: the answer was lost; it may be there */
	char *name;     /* userName, displayName */
	char *external; /* externalId as sent, or NULL */
	gboolean gone;
	gboolean told;    /* that it could not be removed */
	gboolean unclear; /* whether it could be, the service did not say */
} ScimProbeThing;

/* What a service does when somebody is searched for. */
typedef enum {
	SCIM_SEARCH_NOT_TRIED,
	SCIM_SEARCH_WORKS,
	SCIM_SEARCH_REFUSED,
	SCIM_SEARCH_IGNORED, /* shows everybody */
	SCIM_SEARCH_BLIND,   /* does not find who is there */
} ScimSearch;

/* What came of a change, or of a spelling. */
typedef enum {
	SCIM_TRY_NOT_TRIED,
	SCIM_TRY_WORKS,
	SCIM_TRY_UNSEEN,  /* accepted; what it did cannot be read */
	SCIM_TRY_IGNORED, /* accepted, and nothing happened */
	SCIM_TRY_HARMS,   /* did something else: members went that were not named */
	SCIM_TRY_REFUSED,
} ScimTry;

#define SCIM_PROBE_SEARCHES 4
#define SCIM_PROBE_ATTRIBUTES 3
#define SCIM_PROBE_MEMBERS 3
#define SCIM_PROBE_EVERYBODY ((1U << SCIM_PROBE_MEMBERS) - 1)

typedef struct {
	ScimTarget *target;
	const TargetProbe *how;
	GPtrArray *rows;
	const char *subject; /* of the rows that are told now */
	gboolean over;       /* nothing is tried any more */
	gboolean cleaning;   /* what was made is removed, over or not */
	GError *error;       /* why it is over, if not because it is done */
	char *token;         /* in the names of all that it makes, and of nothing else */
	GPtrArray *made;     /* ScimProbeThing */
	guint number;
	/* found out */
	const char *accept, *content_type;
	ScimSearch searches[SCIM_PROBE_SEARCHES]; /* by scim_probe_searched_by */
	int paging;                               /* ScimPaging */
	gboolean has_groups;
	gboolean wants_version; /* 428 was answered */
	ScimBoolean booleans;
	gboolean without_active, without_external; /* accounts are made so */
	gboolean accounts_stay, groups_stay; /* what was made cannot be removed: make no more */
	gboolean not_made;                   /* no account could be made at all */
	const char *attribute;               /* one that changes, of scim_probe_attributes */
	ScimTry by_path, without_path, put, put_part;
	gboolean patch_is_known; /* neither of both was lost or cut */
	ScimProbeThing *account, *group;
	ScimProbeThing *members[SCIM_PROBE_MEMBERS];
	int read; /* ScimRead, how it is seen who is in a group */
	int add;  /* ScimAdd that works, or -1 */
	int remove;
	guint portion;            /* members that were added in one request */
	gboolean members_unknown; /* a spelling could not be tried, so others prove nothing */
} ScimProbe;

/* The plumbing --------------------------------------------------------------------------------- */

/* A request, waited for. FALSE if there was no answer. The answer is to be cleared in any case. */
gboolean scim_probe_ask(ScimProbe *self, const char *method, const char *path, const json_t *body,
			const char *version, ScimProbeAnswer *answer);
gboolean scim_probe_get(ScimProbe *self, const char *path, ScimProbeAnswer *answer);

void scim_probe_answer_clear(ScimProbeAnswer *answer);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ScimProbeAnswer, scim_probe_answer_clear)

/* 2xx, and nothing else to be said. */
gboolean scim_probe_is_fine(const ScimProbeAnswer *answer);

/* A refusal that says something of the service, not of this moment (429, 5xx). */
gboolean scim_probe_is_refusal(const ScimProbeAnswer *answer);

/* The first line of what a service said. New string. */
char *scim_probe_words(const ScimProbeAnswer *answer);

/* Ends the probe: nothing more is tried. */
void scim_probe_end(ScimProbe *self, const char *format, ...) G_GNUC_PRINTF(2, 3);

typedef struct {
	const char *what;
	TargetEvidence evidence;
	const char *setting, *value; /* as in TargetFinding; odd where the config says otherwise */
	gboolean odd, left;
} ScimProbeRow;

/* Appends a row of the subject, unless the probe is over. */
void scim_probe_tell(ScimProbe *self, const ScimProbeRow *row, const char *format, ...)
	G_GNUC_PRINTF(3, 4);

/* Steps ---------------------------------------------------------------------------------------- */

/* Each does nothing once the probe is over, or where what it needs was not to be had. */
void scim_probe_accept(ScimProbe *self);
void scim_probe_discovery(ScimProbe *self);
void scim_probe_listing(ScimProbe *self);
void scim_probe_search(ScimProbe *self);
void scim_probe_read_groups(ScimProbe *self);
void scim_probe_make_account(ScimProbe *self);
void scim_probe_find_account(ScimProbe *self);
void scim_probe_patch(ScimProbe *self);
void scim_probe_switch(ScimProbe *self);
void scim_probe_put(ScimProbe *self);
void scim_probe_version(ScimProbe *self);
void scim_probe_group(ScimProbe *self);
void scim_probe_members(ScimProbe *self);
void scim_probe_caps(ScimProbe *self);
void scim_probe_nested(ScimProbe *self);
void scim_probe_delete_account(ScimProbe *self);

/* Tells what is assumed where nothing was found out. */
void scim_probe_assume(ScimProbe *self);

/* Tells by what accounts can be searched, from all that was seen. */
void scim_probe_tell_search(ScimProbe *self);

/* What is changed to see whether anything is: some services keep names as they were made. */
extern const char *const scim_probe_attributes[SCIM_PROBE_ATTRIBUTES];

/* What accounts are searched by. */
extern const char *const scim_probe_searched_by[SCIM_PROBE_SEARCHES];

/* Searches for who cannot exist. */
ScimSearch scim_probe_search_nobody(ScimProbe *self, const char *path, const char *value);

/* Which of the throw-away members are in the group, bit by bit. */
guint scim_probe_see_members(ScimProbe *self);

/* How members are seen, once some of them should be there. TRUE if they are. */
gboolean scim_probe_find_reading(ScimProbe *self);
void scim_probe_tell_reading(ScimProbe *self);

/* Removes what killed probes left. */
void scim_probe_clean(ScimProbe *self);

/* Looks once more for what this probe made, by walking all there is, and removes what it finds. */
void scim_probe_look_last(ScimProbe *self);

/* Throw-away objects --------------------------------------------------------------------------- */

void scim_probe_thing_free(void *thing);

/* The body of an account that nobody has, as the service takes it. New reference. */
json_t *scim_probe_account_body(ScimProbe *self);

/*
 * POSTs an object. NULL if it was refused; the answer says why. What it returns is owned by the
 * probe, and removed in the end; without an id it only may be there.
 */
ScimProbeThing *scim_probe_make(ScimProbe *self, gboolean is_group, const json_t *body,
				ScimProbeAnswer *answer);

/* TRUE if it has the id of something that this probe made, and that is not gone. */
gboolean scim_probe_is_known(const ScimProbe *self, gboolean is_group, const char *id);

/* TRUE if an object is there and its id known; where the answer left that open it is looked for. */
gboolean scim_probe_settle(ScimProbe *self, ScimProbeThing *thing);

/* Why nothing is concluded then. */
#define SCIM_PROBE_LOST                                                                       \
	"the service no longer shows what it made for this probe, so it is not to be relied " \
	"on, and this says nothing"

/* TRUE if an object that should be there is not, or is not shown: what was tried proves nothing. */
gboolean scim_probe_is_lost(ScimProbe *self, const ScimProbeThing *thing);

/* A throw-away account or group as the ones that could be made. NULL: could not. */
ScimProbeThing *scim_probe_make_another(ScimProbe *self, gboolean is_group);

/* "/Users/<id>" or "/Groups/<id>". New string. */
char *scim_probe_path(const ScimProbeThing *thing);

/* The object as it is now, if it is ours beyond doubt. NULL: it is not, or cannot be read. */
json_t *scim_probe_read(ScimProbe *self, const ScimProbeThing *thing, int *status);

/* A change, of what is made sure to be ours. */
typedef struct {
	ScimTry tried; /* REFUSED, UNSEEN, or WORKS for "accepted": look at 'after' */
	int status;
	char *words;   /* why it was refused, or NULL */
	json_t *after; /* the object behind it, or NULL */
} ScimProbeChange;

/* Sends a change, with the version where one is wanted; a 428 tells that it is. */
void scim_probe_send(ScimProbe *self, const char *method, const char *path, const json_t *body,
		     const char *version, ScimProbeAnswer *answer);

/* meta.version, or NULL. Borrowed. */
const char *scim_probe_version_of(const json_t *document);

void scim_probe_change_clear(ScimProbeChange *change);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ScimProbeChange, scim_probe_change_clear)

/* Sends PATCH or PUT with a body. 'version' NULL: the current one where the service wants it. */
void scim_probe_change(ScimProbe *self, ScimProbeThing *thing, const char *method,
		       const json_t *body, const char *version, ScimProbeChange *change);

/* TRUE if there is an account to try things on; one that is gone is replaced by an active one. */
gboolean scim_probe_has_account(ScimProbe *self);

/* Sets displayName or another attribute in whatever way works. */
gboolean scim_probe_set(ScimProbe *self, ScimProbeThing *thing, const char *attribute,
			json_t *value);

/* Tells that it is still there, or may be, once. */
void scim_probe_tell_left(ScimProbe *self, ScimProbeThing *thing, const char *why);

/* Removes it; tells what is left if it cannot be. What may be there stays for the last look. */
void scim_probe_remove(ScimProbe *self, ScimProbeThing *thing);

/* Removes all that was made, in reverse order. */
void scim_probe_remove_all(ScimProbe *self);

/* Judging, pure -------------------------------------------------------------------------------- */

/* An id of at least one object of this run, or of any probe (token NULL), is in a document. */
gboolean scim_probe_is_ours(const json_t *document, const char *token);

/* A setting as it stands in a config file; *is_default where it is the usual one. New, or NULL. */
char *scim_probe_configured(const ScimConf *conf, const char *setting, gboolean *is_default);

/* A text as it stands in a config file. New string. */
char *scim_probe_quoted(const char *text);

/* The names, each quoted, in brackets. New string. */
char *scim_probe_list(const GPtrArray *names);

/* The attributes that may be searched by, to be configured; NULL: as it is. New string. */
char *scim_probe_filter_value(const ScimQuirks *quirks, const ScimSearch *searches);

/* What a search for nobody shows. */
ScimSearch scim_probe_judge_search(const ScimReply *reply);

/* True if the value at a path is 'wanted'; NULL: there is none, or an empty one. */
gboolean scim_probe_holds(const json_t *document, const char *path, const json_t *wanted);

/* Which of the members were there is bit by bit; what a removal of the first one came to. */
ScimTry scim_probe_judge_removal(guint before, guint after);

/* "works", "is refused", ... */
const char *scim_probe_try_words(ScimTry tried);

/* TargetOps.probe of the driver. */
gboolean scim_probe(Target *base, const TargetProbe *how, GPtrArray *rows, GError **error);
