/*
 * The SCIM driver's settings: target_scim.c's own, and scim_quirks.c's about what a service does
 * otherwise than most.
 */
#pragma once
#include <jansson.h>

#include "http_conf_internal.h"

typedef enum {
	SCIM_UPDATE_AUTO,
	SCIM_UPDATE_PATCH,
	SCIM_UPDATE_PUT,
	SCIM_UPDATE_PATCH_MERGED, /* one operation without a path, for all that changes */
	SCIM_UPDATE_PUT_PARTIAL,  /* what changes and who it is, no more */
	SCIM_UPDATE_CREATE_ONLY,  /* nothing: an account stays as it was made */
} ScimUpdate;

typedef enum {
	SCIM_PAGE_AUTO, /* by index, unless the service says or shows cursors */
	SCIM_PAGE_INDEX,
	SCIM_PAGE_CURSOR,
	SCIM_PAGE_NONE,
} ScimPaging;

typedef enum {
	SCIM_DISABLE_AUTO, /* as updates are sent; PATCH where those are not sent as a whole */
	SCIM_DISABLE_PATCH,
	SCIM_DISABLE_PUT,
	SCIM_DISABLE_DELETE,
	SCIM_DISABLE_NONE,
} ScimDisable;

typedef enum {
	SCIM_BOOLEAN_JSON,
	SCIM_BOOLEAN_TEXT,
} ScimBoolean;

typedef enum {
	SCIM_ADD_LIST,
	SCIM_ADD_SINGLE,
	SCIM_ADD_NESTED,
	SCIM_ADD_REPLACE,
	SCIM_ADD_PUT,
} ScimAdd;

typedef enum {
	SCIM_REMOVE_FILTER,
	SCIM_REMOVE_VALUE,
	SCIM_REMOVE_NESTED,
	SCIM_REMOVE_REPLACE,
	SCIM_REMOVE_PUT,
} ScimRemove;

/* What a GET of a group shows of its members. */
typedef enum {
	SCIM_READ_FULL,
	SCIM_READ_NONE,
	SCIM_READ_CAPPED,  /* at most read_max */
	SCIM_READ_ON_USER, /* nothing: an account shows its groups */
	SCIM_READ_QUERY,   /* nothing: a search tells of one member */
} ScimRead;

typedef enum {
	SCIM_NAME_EXACT,
	SCIM_NAME_SLUG,
} ScimName;

/* What a service does otherwise than most about groups: the group 'quirks.groups'. */
typedef struct {
	int add;                    /* ScimAdd */
	int remove;                 /* ScimRemove */
	gint64 add_max, remove_max; /* members in one request */
	gint64 payload_max;         /* bytes of a request about members; 0: any */
	int read;                   /* ScimRead */
	gint64 read_max;            /* with SCIM_READ_CAPPED */
	gboolean offered;           /* FALSE: there are none, or none that we may use */
	gboolean can_create, can_rename, can_delete;
	int name;         /* ScimName */
	gboolean put;     /* FALSE: groups are never sent by PUT */
	gboolean nested;  /* a member may be a group */
	GPtrArray *match; /* paths (char *) to find a group by; empty: the usual ones */
} ScimGroupQuirks;

extern const Option scim_group_options[];

/* What a service does otherwise than most: the group 'quirks' of its settings. */
typedef struct {
	gboolean discovery; /* FALSE: the service is not asked what it can do */
	char *discovery_path;
	char *accept, *user_agent; /* NULL: the usual ones */
	int page;                  /* ScimPaging */
	GPtrArray *filter;         /* attributes (char *) that may be searched by; empty: any */
	int disable_by;            /* ScimDisable */
	gboolean reactivate;       /* FALSE: a disabled account cannot be enabled again */
	gboolean delete_accounts;  /* FALSE: a DELETE is never sent */
	char *create_means, *disable_means, *delete_means; /* sentences for plans, or NULL */
	gint64 patch_ops_max;                              /* in one request; 0: any */
	gboolean patch_path;     /* FALSE: operations without a path only */
	int boolean;             /* ScimBoolean */
	gboolean id_is_external; /* an account's id is the externalId that we gave it */
	gboolean email_primary;  /* an only e-mail is marked as the primary one */
	GPtrArray *conflict;     /* patterns (char *): a 400 of such words means "exists already" */
	GPtrArray *throttled;    /* patterns (char *): a 403 or 400 of such words means 429 */
	gboolean etag;           /* writes carry If-Match */
	const ConfNode *rate;    /* list of rates, see scim_rates(); or NULL */
	ScimGroupQuirks groups;
} ScimQuirks;

/* An app's settings, filled from scim_options. */
typedef struct {
	char *url;
	HttpConf net;
	gint64 page_size; /* 0: not set */
	int update;       /* ScimUpdate */
	char *content_type;
	ScimQuirks quirks;
} ScimConf;

extern const Option scim_options[];
extern const Option scim_quirks_options[];

/*
 * Reads the rates (HttpRate) that the quirks name; their patterns are added to 'patterns'.
 * ERROR_CONFIG for what is none.
 */
gboolean scim_rates(const ScimQuirks *quirks, GArray *rates, GPtrArray *patterns, GError **error);

/* Compiles the patterns (Pattern) of 'conflict', without regard to case. NULL: ERROR_CONFIG. */
GPtrArray *scim_conflicts(const ScimQuirks *quirks, GError **error);

/* The same of 'throttled', with those that every service is known to use. */
GPtrArray *scim_throttled(const ScimQuirks *quirks, GError **error);

/* The part of scim_validate() that is about quirks. */
gboolean scim_quirks_validate(const ScimConf *conf, const char *app, GError **error);

/* TargetOps.validate of the driver. */
gboolean scim_validate(const void *conf, const char *app, GError **error);
