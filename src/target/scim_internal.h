/*
 * The SCIM driver's parts, as its files see each other.
 *
 *	scim_profile.c   what the service can do, and how we know
 *	scim_codec.c     what we send: documents, PATCH operations, filters (pure)
 *	scim_answer.c    what we read: the outcome, the documents, the ids (pure)
 *	scim_words.c     the words of a service, made fit for our sentences (pure)
 *	scim_list.c      walking a listing that may lie (pure)
 *	target_scim.c    the driver: which request comes next
 */
#pragma once
#include "target/http.h"
#include "target/target.h"

/* Settings and profile ------------------------------------------------------------------------- */

typedef enum {
	SCIM_AUTH_NONE,
	SCIM_AUTH_BEARER,
	SCIM_AUTH_BASIC,
} ScimAuthType;

typedef enum {
	SCIM_UPDATE_AUTO,
	SCIM_UPDATE_PATCH,
	SCIM_UPDATE_PUT,
} ScimUpdate;

typedef struct {
	int type; /* ScimAuthType */
	Secret *token;
	char *prefix;
	char *user;
	Secret *password;
} ScimAuth;

typedef struct {
	char *ca_file;
} ScimTls;

/* An app's settings, filled from scim_options. */
typedef struct {
	char *url;
	ScimAuth auth;
	ScimTls tls;
	gboolean insecure;
	gint64 concurrency;
	gint64 timeout_us, connect_timeout_us, max_wait_us;
	gint64 tries;
	gint64 page_size; /* 0: not set */
	int update;       /* ScimUpdate */
	char *content_type;
	gint64 max_body;
} ScimConf;

extern const Option scim_options[];

/* TargetOps.validate of the driver. */
gboolean scim_validate(const void *conf, const char *app, GError **error);

/* Who said so; a later one wins over an earlier. */
typedef enum {
	SCIM_BY_DEFAULT,
	SCIM_BY_DISCOVERY,
	SCIM_BY_SETTING,
	SCIM_BY_LEARNING, /* the service refused it during this run */
} ScimBy;

typedef struct {
	gint64 value;
	ScimBy by;
} ScimChoice;

/* How this service is to be spoken to. Presets will fill more of it. */
typedef struct {
	ScimChoice patch;  /* boolean; else GET, overlay, PUT */
	ScimChoice filter; /* boolean; what the service says, looked up in any case */
	ScimChoice page_size;
	const char *accept, *content_type;
	gboolean discovered; /* a ServiceProviderConfig was read */
	gboolean url_good;   /* something beneath /Users has answered like SCIM */
	char *note;          /* why there was no discovery, or NULL */
} ScimProfile;

#define SCIM_PAGE_SIZE 100
#define SCIM_ACCEPT "application/scim+json, application/json"

/* Defaults, then the settings. */
void scim_profile_init(ScimProfile *self, const ScimConf *conf);

/* Frees what it owns. */
void scim_profile_clear(ScimProfile *self);

/* Takes over what a ServiceProviderConfig says, member by member, where no setting says more. */
void scim_profile_discover(ScimProfile *self, const json_t *config);

/* Sets a choice unless a stronger source already did. */
void scim_choose(ScimChoice *choice, gint64 value, ScimBy by);

/* Sentences (char *) for 'check'. */
void scim_profile_findings(const ScimProfile *self, GPtrArray *findings);

/* Sending -------------------------------------------------------------------------------------- */

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

/* Changes that set 'active', for the PUT way. */
json_t *scim_active_changes(gboolean active);

/* Makes an account read from the service into the body of a PUT, in place. */
void scim_put_document(json_t *document, const json_t *changes);

/* "/Users?filter=..." that finds accounts by the value at a path. New string. */
char *scim_lookup_path(const char *match_path, const char *match_value);

/* "/Users/<id>", percent-encoded. New string. */
char *scim_account_path(const char *id);

/* Reading -------------------------------------------------------------------------------------- */

/* What an answer is read against. */
typedef struct {
	TargetVerb verb;
	gboolean url_good;    /* a 404 can mean the account, not the address */
	const Secret *secret; /* never to appear in a sentence, or NULL */
	int auth;             /* ScimAuthType, to name the setting when refused */
} ScimContext;

/* An answer understood. */
typedef struct {
	TargetOutcome outcome;
	int status;
	json_t *body;    /* parsed, or NULL */
	char *scim_type; /* "noTarget", ..., or NULL */
	char *detail;    /* sentence, or NULL when all is well */
} ScimReply;

/* Reads an answer: the one place where statuses become outcomes. */
void scim_reply_read(ScimReply *self, const ScimContext *context, const HttpAnswer *answer);

/* Frees what it owns and sets it to zero. */
void scim_reply_clear(ScimReply *self);

/* Replaces outcome and sentence; 'detail' is a format. */
void scim_reply_turn(ScimReply *self, TargetOutcome outcome, const char *detail, ...)
	G_GNUC_PRINTF(3, 4);

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

/* At most 200 characters of a service's text on one line, the secret blotted out. New string. */
char *scim_excerpt(const char *text, gssize length, const Secret *secret);

/* The service's own words in an error answer, and its scimType. New strings, or NULL. */
char *scim_error_words(const json_t *body, char **scim_type);

/* Listing -------------------------------------------------------------------------------------- */

typedef struct ScimWalk ScimWalk;

/* A walk over all accounts, 'page_size' at a time. */
ScimWalk *scim_walk_new(gint64 page_size);

/* Frees it; NULL is fine. */
void scim_walk_free(ScimWalk *self);

/* The address of the next page, or NULL when the walk is over. New string. */
char *scim_walk_next(const ScimWalk *self);

/* Takes a page and passes its new accounts on. FALSE when 'fn' said so. */
gboolean scim_walk_page(ScimWalk *self, const json_t *page, TargetListFn fn, void *data,
			GError **error);

/* Ends the walk early, for a reason outside of it (a page that could not be read). */
void scim_walk_break(ScimWalk *self, const char *why);

/* Whether all there is was seen; *why (new string) otherwise. */
gboolean scim_walk_is_complete(const ScimWalk *self, char **why);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ScimWalk, scim_walk_free)
