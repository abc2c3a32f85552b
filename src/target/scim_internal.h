/*
 * The SCIM driver's parts, as its files see each other.
 *
 *	scim_profile.c   what the service can do, and how we know
 *	scim_memory.c    what it has shown of that, from run to run (pure)
 *	scim_meaning.c   what a verb means there, in sentences (pure)
 *	scim_codec.c     what we send: documents, PATCH operations, filters (pure)
 *	scim_merged.c    the same for services that take attributes as a whole (pure)
 *	scim_answer.c    what we read: the outcome, the documents, the ids (pure)
 *	scim_list.c      walking a listing that may lie (pure)
 *
 * The settings are in scim_conf_internal.h, the driver at work is in scim_driver_internal.h; a
 * service's words are made fit for our sentences by words_internal.h.
 */
#pragma once
#include "scim_conf_internal.h"
#include "scim_memory_internal.h"
#include "target/http.h"
#include "target/target.h"

/* Profile -------------------------------------------------------------------------------------- */

/* Who said so; a later one wins over an earlier. */
typedef enum {
	SCIM_BY_DEFAULT,
	SCIM_BY_DISCOVERY,
	SCIM_BY_MEMORY, /* the service showed it in an earlier run */
	SCIM_BY_SETTING,
	SCIM_BY_LEARNING, /* the service refused it during this run */
} ScimBy;

typedef struct {
	gint64 value;
	ScimBy by;
} ScimChoice;

/* How this service is to be spoken to. */
typedef struct {
	const ScimQuirks *quirks;
	int update;        /* ScimUpdate, as configured */
	ScimChoice patch;  /* boolean; else GET, overlay, PUT */
	ScimChoice put;    /* boolean; else PATCH, whatever 'update' says */
	ScimChoice filter; /* boolean; what the service says, looked up in any case */
	ScimChoice etag;   /* boolean; writes carry If-Match */
	ScimChoice page;   /* ScimPaging */
	ScimChoice page_size;
	ScimChoice group_patch, group_put; /* booleans, the same for groups */
	ScimMemory memory;
	ScimLearnt unproved[SCIM_FACTS]; /* refused, and the other method has not worked since */
	GPtrArray *conflict; /* Pattern, or NULL: words of a 400 that mean "exists already" */
	const char *accept, *content_type;
	gboolean discovered; /* a ServiceProviderConfig was read */
	gboolean url_good;   /* something beneath /Users has answered like SCIM */
	char *note;          /* why there was no discovery, or NULL */
} ScimProfile;

#define SCIM_PAGE_SIZE 100
#define SCIM_ACCEPT "application/scim+json, application/json"

/* Defaults, then the settings; 'kept' is of an earlier run, or NULL. */
void scim_profile_init(ScimProfile *self, const ScimConf *conf, const json_t *kept);

/* Frees what it owns. */
void scim_profile_clear(ScimProfile *self);

/* Takes over what a ServiceProviderConfig says, member by member, where no setting says more. */
void scim_profile_discover(ScimProfile *self, const json_t *config);

/* Sets a choice unless a stronger source already did. */
void scim_choose(ScimChoice *choice, gint64 value, ScimBy by);

/* Takes over what earlier runs learnt, once the service was asked what it can do. */
void scim_profile_recall(ScimProfile *self);

/* The service has shown something, by an answer with this status (0: otherwise). */
void scim_profile_learn(ScimProfile *self, ScimFact fact, gint64 value, int status);

/*
 * A method (SCIM_FACT_PATCH, ...) is not spoken: it is not used any more. It is learnt only when
 * the other one works, for a service, or what stands before it, may refuse everything for a while.
 */
void scim_profile_refused(ScimProfile *self, ScimFact method, int status);

/* A method works: what the other one was refused with is learnt. */
void scim_profile_worked(ScimProfile *self, ScimFact method);

/* TRUE if a method may be used. One that is known as refused is forgiven: it is the last hope. */
gboolean scim_profile_may_try(ScimProfile *self, ScimFact method);

/* Digest of the settings that what is learnt depends on. New string. */
char *scim_settings_digest(const ScimConf *conf);

/* Sentences (char *) for 'check': what is known, and who said so. */
void scim_profile_findings(const ScimProfile *self, GPtrArray *findings);

/* How an account is changed; see scim_job.c. */
typedef enum {
	SCIM_WAY_PATCH,
	SCIM_WAY_MERGED,
	SCIM_WAY_PUT,
	SCIM_WAY_PUT_PARTIAL,
	SCIM_WAY_DELETE,
	SCIM_WAY_READ,
	SCIM_WAY_NONE,
} ScimWay;

/* The way in which the verb goes now, with what was learned. */
ScimWay scim_profile_update_way(const ScimProfile *self);
ScimWay scim_profile_enable_way(const ScimProfile *self);
ScimWay scim_profile_disable_way(const ScimProfile *self);

/* TARGET_CAN_* of accounts. */
guint scim_profile_caps(const ScimProfile *self);

/* TargetOps.meaning of the verbs about accounts: a sentence, or NULL. */
const char *scim_profile_meaning(const ScimProfile *self, TargetVerb verb);

/* Why something is not sent, for answers and plans. */
#define SCIM_NO_UPDATE                                                                      \
	"changes of the profile are not sent: this service takes it only when the account " \
	"is created"
#define SCIM_NO_ENABLE                                                              \
	"not sent: this service cannot enable an account again that was disabled\n" \
	"enable it there, or delete it and let it be created anew"
#define SCIM_NO_DISABLE "not sent: this service cannot disable accounts"
#define SCIM_NO_DELETE "not sent: accounts are never deleted at this service"
#define SCIM_NO_NEW_ID                                                                       \
	"not sent: at this service the externalId is the account's id; with another one it " \
	"would be another account"

/* Quirks of what is sent and read -------------------------------------------------------------- */

/* True if accounts may be searched by this path. */
gboolean scim_may_filter(const ScimQuirks *quirks, const char *path);

/* The path by which to search for accounts with a value at 'match_path'. Borrowed from either. */
const char *scim_lookup_by(const ScimQuirks *quirks, const char *match_path);

/* Turns the booleans of a body into text, in place, where the service wants that. */
void scim_write_booleans(const ScimQuirks *quirks, json_t *body);

/* Takes back the mark of an only e-mail unless the flat 'resource' itself says something of it. */
void scim_unmark_email(json_t *document, const json_t *resource);

/* Gives accounts (an array, or NULL) that do not show an externalId their id for it. */
void scim_show_external(json_t *documents);

/* True if changes touch the externalId. */
gboolean scim_changes_external(const json_t *changes);

/* True if a text can be sent as the value of a header; so can NULL. */
gboolean scim_is_header_value(const char *text);

/* Sending -------------------------------------------------------------------------------------- */

/* TargetOps.reserved. */
extern const char *const scim_reserved[];

/* The body of a POST: the resource nested, with schemas and externalId. New reference. */
json_t *scim_create_document(const json_t *resource, const char *anchor);

/* The PatchOp message for resource_diff() changes; 'resource' is the whole wanted one. */
json_t *scim_patch_changes(const json_t *changes, const json_t *resource);

/*
 * The same, once the service said noTarget: 'document' is what it holds, so typed elements that
 * it lacks are added whole and removals of what is gone are left out. NULL if nothing is left.
 */
json_t *scim_patch_against(const json_t *changes, const json_t *resource, const json_t *document);

/* The PatchOp message that sets 'active' and nothing else. */
json_t *scim_patch_active(gboolean active);

/* The PatchOp message of operations, which it takes over. */
json_t *scim_patch_message(json_t *operations);

/* Takes the first 'max' (0: all) out of *operations. New reference. */
json_t *scim_take_operations(json_t **operations, size_t max);

/*
 * The PatchOp message without paths. 'document' is what the service holds; it may be NULL unless
 * scim_changes_lists().
 */
json_t *scim_patch_merged(const json_t *changes, const json_t *resource, const json_t *document);

/*
 * The body of a PUT that has what changes, and who it is. 'resource' is the flat wanted one or
 * NULL, 'document' what the service holds or NULL; a userName is in one of them.
 */
json_t *scim_partial_document(const json_t *changes, const json_t *resource, const json_t *document,
			      const char *id);

/*
 * True if changes reach into lists that can only be sent as a whole: typed elements and, with
 * 'additions', lists that are added to.
 */
gboolean scim_changes_lists(const json_t *changes, gboolean additions);

/* "schemas" of a user document with what extensions it has. New reference. */
json_t *scim_schemas_of(const json_t *document);

/* A value as its path wants it: a boolean where a mapping yielded its text. New reference. */
json_t *scim_typed_value(const char *attribute, json_t *value);

/* Changes that set 'active', for the PUT way. */
json_t *scim_active_changes(gboolean active);

/* Makes an account read from the service into the body of a PUT, in place. */
void scim_put_document(json_t *document, const json_t *changes);

/* The filter that finds accounts by the value at a path. New string. */
char *scim_lookup_filter(const char *match_path, const char *match_value);

/* "/Users?filter=..." that finds accounts by the value at a path. New string. */
char *scim_lookup_path(const char *match_path, const char *match_value);

/* "/Users/<id>", percent-encoded. New string. */
char *scim_account_path(const char *id);

/* Reading -------------------------------------------------------------------------------------- */

/* What an answer is read against. */
typedef struct {
	TargetVerb verb;
	gboolean url_good;            /* a 404 can mean the account, not the address */
	const Credential *credential; /* never to appear in a sentence; or NULL */
	const CredentialConf *auth;   /* to name the setting when refused; or NULL: none */
	const GPtrArray *conflict; /* Pattern: words of a 400 to a create that mean 409; or NULL */
} ScimContext;

/* An answer understood. */
typedef struct {
	TargetOutcome outcome;
	int status;
	json_t *body;    /* parsed, or NULL */
	char *scim_type; /* "noTarget", ..., or NULL */
	char *etag;      /* of the header, or NULL */
	char *detail;    /* sentence, or NULL when all is well */
	gboolean vague;  /* a DISABLE or DELETE answered with success that does not show it */
} ScimReply;

/* Reads an answer: the one place where statuses become outcomes. */
void scim_reply_read(ScimReply *self, const ScimContext *context, const HttpAnswer *answer);

/* Frees what it owns and sets it to zero. */
void scim_reply_clear(ScimReply *self);

/* Replaces outcome and sentence; 'detail' is a format. */
void scim_reply_turn(ScimReply *self, TargetOutcome outcome, const char *detail, ...)
	G_GNUC_PRINTF(3, 4);

/* The version of what an answer shows, for If-Match; NULL if it does not say. Borrowed. */
const char *scim_reply_version(const ScimReply *self);

/* Whether an answer is a list of accounts, however empty: what only a SCIM service says. */
gboolean scim_is_list(const ScimReply *reply);

/* The new account's id, from the body, else the last segment of Location; NULL if neither has. */
char *scim_created_id(const ScimReply *self, const char *location);

/*
 * The accounts of a LOOKUP answer whose value at 'path' is 'value' (or that do not show it).
 * NULL after scim_reply_turn() to ABSENT, or to REJECTED if the answer makes no sense.
 */
json_t *scim_found_documents(ScimReply *self, const char *path, const char *value);

/* The account of a READ answer. NULL after scim_reply_turn() if it is not account 'id'. */
json_t *scim_read_document(ScimReply *self, const char *id);

/* Makes "id" a string member of exactly that name, "active" a boolean. FALSE without an id. */
gboolean scim_normalise(json_t *document);

/* A whole number given as number or digits; FALSE if it is none. */
gboolean scim_integer(const json_t *value, gint64 *number);

/* Listing -------------------------------------------------------------------------------------- */

typedef struct ScimWalk ScimWalk;

/* A walk over all accounts, 'page_size' at a time. */
ScimWalk *scim_walk_new(gint64 page_size, ScimPaging paging);

/* Frees it; NULL is fine. */
void scim_walk_free(ScimWalk *self);

/* The address of the next page, or NULL when the walk is over. New string. */
char *scim_walk_next(const ScimWalk *self);

/* Takes a page and passes its new accounts on. FALSE when 'fn' said so. */
gboolean scim_walk_page(ScimWalk *self, const json_t *page, TargetListFn fn, void *data,
			GError **error);

/* Begins anew, once, when the service has forgotten the cursor. FALSE if that was tried before. */
gboolean scim_walk_restart(ScimWalk *self);

/* Ends the walk early, for a reason outside of it (a page that could not be read). */
void scim_walk_break(ScimWalk *self, const char *why);

/* Whether all there is was seen; *why (new string) otherwise. */
gboolean scim_walk_is_complete(const ScimWalk *self, char **why);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ScimWalk, scim_walk_free)
