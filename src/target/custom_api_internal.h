/*
 * A custom API as its definition says it is: what custom_conf*.c compile from the settings of an
 * app, and what the driver's other files follow. Immutable once loaded.
 *
 *	custom_conf.c      the settings of an app, and what is wrong with them
 *	custom_conf_*.c    operations and steps; conditions; answers; what the places may name
 *
 * An operation is one call, or several steps in order; what one step finds in its answer
 * ("outputs") the later ones can use. A definition names no service: a peculiarity is a setting
 * that any can use.
 */
#pragma once
#include "body_internal.h"
#include "core/path.h"
#include "core/pattern.h"
#include "http_conf_internal.h"
#include "place_internal.h"
#include "target/target.h"
#include "template_internal.h"

typedef enum {
	CUSTOM_TEST,   /* is the address good, the credential accepted */
	CUSTOM_LOOKUP, /* the accounts with a value */
	CUSTOM_GET,    /* one account */
	CUSTOM_LIST,   /* all of them; CustomApi.lists */
	CUSTOM_CREATE,
	CUSTOM_UPDATE,
	CUSTOM_ENABLE,
	CUSTOM_DISABLE,
	CUSTOM_DELETE,
	CUSTOM_PASSWORD,
	CUSTOM_RESET_MAIL,
	CUSTOM_GROUP_LOOKUP,
	CUSTOM_GROUP_LIST,
	CUSTOM_GROUP_GET,
	CUSTOM_GROUP_CREATE,
	CUSTOM_GROUP_UPDATE, /* another name */
	CUSTOM_GROUP_DELETE,
	CUSTOM_MEMBER_ADD,
	CUSTOM_MEMBER_REMOVE,
	CUSTOM_MEMBER_LIST,
	CUSTOM_MEMBER_REPLACE, /* all at once; ADD and REMOVE by it where they are missing */
	CUSTOM_OPERATIONS,
} CustomOperation;

/* What an error of the service is, whatever its status. */
typedef enum {
	CUSTOM_UNCLASSIFIED,
	CUSTOM_IS_OK,
	CUSTOM_IS_EXISTS,
	CUSTOM_IS_NOT_FOUND,
	CUSTOM_IS_MEMBER,     /* somebody is in the group already: good */
	CUSTOM_IS_NOT_MEMBER, /* is not in it: good */
	CUSTOM_IS_STALE,
	CUSTOM_IS_THROTTLED,
	CUSTOM_IS_AUTH,    /* the credential is refused: nothing will work */
	CUSTOM_IS_RETRY,   /* certainly not done, may work later */
	CUSTOM_IS_UNKNOWN, /* perhaps done */
	CUSTOM_IS_FATAL,   /* this object is refused for good */
} CustomClass;

typedef struct {
	int low, high;
} CustomRange; /* of HTTP statuses, both included */

/* One row of 'errors': all that it names must fit. */
typedef struct {
	GArray *statuses; /* CustomRange; empty: any */
	GPtrArray *codes; /* texts (char *) that the error's code equals; empty: any */
	Pattern *message; /* found in the error's words or the whole body; or NULL */
	CustomClass class;
} CustomError;

typedef enum {
	CUSTOM_FIRST, /* the first value at the place must fit */
	CUSTOM_ALL,
	CUSTOM_ANY,
} CustomQuantity;

/* One row of 'success'; all rows must hold. */
typedef struct {
	Place *place;      /* or NULL: the status alone */
	GPtrArray *values; /* texts (char *); numbers and truth values by their text, any case of
			     * true and false */
	int quantity;      /* CustomQuantity */
	gboolean may_miss; /* nothing there is success */
	GArray *statuses;  /* CustomRange; empty: 200 to 299 */
} CustomSuccess;

/* Where the words of an error stand; the first place that has a text wins. */
typedef struct {
	GPtrArray *words, *codes; /* Place */
} CustomErrorPlaces;

/* One row of 'where': a record is meant whose value at the place has this text. */
typedef struct {
	Place *place;
	Template *value; /* TEMPLATE_PLAIN */
} CustomMatch;

/* A value taken from an answer. */
typedef struct {
	char *name;              /* of an output; NULL otherwise */
	Place *place;            /* in the body, or in the record that was chosen; or NULL */
	Place *items;            /* the records; or NULL: none is chosen */
	GPtrArray *where;        /* CustomMatch, for 'items'; all must fit */
	gboolean items_may_miss; /* nothing there is a list of none */
	char *header;            /* or of this header, in lower case; or NULL */
	Pattern *pattern; /* its first group, else what it matches, of the text; or NULL: all */
} CustomTake;

typedef enum {
	CUSTOM_WHEN_THERE, /* there, and no empty text, list or object, no false */
	CUSTOM_WHEN_EQUAL, /* its text is this one */
} CustomWhenKind;

typedef struct {
	char *name;
	CustomWhenKind kind;
	char *text;
	gboolean negated;
} CustomWhen;

typedef struct {
	char *name;
	Template *value;
} CustomPair; /* of a query, or of header lines */

/* The step is asked again until the answer says one of these. */
typedef struct {
	Place *place;
	GPtrArray *done, *failed; /* texts (char *); 'failed' empty: whatever else ends it */
	GPtrArray *pending;       /* texts; empty: all that is neither done nor failed */
	gint64 interval_us, deadline_us;
} CustomPoll;

/* One call. */
typedef struct {
	char *name;            /* "1", "2" where the config gives none */
	const char *method;    /* static */
	Template *path;        /* TEMPLATE_PATH; of the whole path at the origin */
	Template *query;       /* TEMPLATE_QUERY; what the url says behind "?"; or NULL */
	char *follow;          /* or: name of a value that is an address at the same origin */
	GPtrArray *parameters; /* CustomPair */
	GPtrArray *headers;    /* CustomPair */
	char *content_type;
	char *accept; /* or NULL: by what is expected */
	BodyKind kind, expects;
	gboolean answer_said; /* 'expects' is no guess from 'kind' */
	gboolean dotted;      /* names in a form */
	TemplateTree *body;   /* or NULL: none */
	GPtrArray *leave_out; /* target paths (char *) that are not in {resource}, {changes}, ... */
	GPtrArray *success;   /* CustomSuccess; empty: any 2xx */
	CustomErrorPlaces error;
	GPtrArray *errors;          /* CustomError; of the step, then of the app */
	guint own_errors;           /* how many are of the step */
	const GPtrArray *throttled; /* Pattern, the app's; or NULL */
	GPtrArray *outputs;         /* CustomTake */
	GPtrArray *when;            /* CustomWhen; all must hold */
	char *foreach;              /* name of a list, or NULL */
	guint chunk;                /* elements in one call, {items}; 1: {item} as well */
	CustomPoll *poll;           /* or NULL */
	gboolean repeatable;        /* may be sent again when its fate is not known */
	gboolean secret;            /* it names a password or a secret of the config */
	const ConfNode *node;
} CustomStep;

typedef enum {
	CUSTOM_PAGES_NONE,
	CUSTOM_PAGES_PAGE,   /* the number of the page */
	CUSTOM_PAGES_OFFSET, /* how many came before */
	CUSTOM_PAGES_CURSOR, /* what the last answer says, as a value */
	CUSTOM_PAGES_LINK,   /* the header Link, rel="next" (RFC 8288) */
	CUSTOM_PAGES_URL,    /* an address in the body */
} CustomPaging;

/*
 * How a listing goes on. {page.number}, {page.offset}, {page.cursor}, {page.size} may stand in
 * templates; 'parameter' and 'size_parameter' put them into the query without.
 */
typedef struct {
	int kind;        /* CustomPaging */
	char *parameter; /* of the number, the offset, the cursor; or NULL */
	char *size_parameter;
	gint64 size;           /* 0: not said; a shorter page is then no sign of the last one */
	gint64 start;          /* of the first page or offset */
	gint64 max;            /* pages, at most */
	Place *next;           /* the cursor, or the address */
	Place *more;           /* false, 0, or nothing there: this was the last page; or NULL */
	Place *total;          /* how many there are; or NULL */
	CustomStep *continues; /* how further pages are asked for where that is another call */
} CustomPages;

typedef struct {
	CustomOperation what;
	GPtrArray *steps; /* CustomStep, at least one */
	char *means;      /* sentence for plans, or NULL */
	char *off;        /* switched off: why; the operation is as good as missing; or NULL */
	guint batch;      /* MEMBER_ADD, _REMOVE: members in one request */
	GPtrArray
		*ids; /* CREATE, GROUP_CREATE: CustomTake, the first that finds one; may be empty */
	guint id_steps; /* of the first steps the last answer that has an id counts; 0: the first */
	gboolean id_by_lookup; /* else, or instead, the account is looked for after the create */
	Place *items; /* LIST, LOOKUP, ...: the records; GET: the record; create, update: the
			   * account as it is now, or NULL: not shown */
	gboolean items_may_miss; /* nothing there is a list of none */
	CustomPages pages;
	int active;           /* of all in this LIST: 1, 0; -1: as each says */
	gboolean reads_first; /* names {document} or {merged} */
	char *digest;         /* of its address, for what was proved of that */
	const ConfNode *node;
} CustomOp;

/* How the service shows an account, a group, a member. */
typedef struct {
	Place *id;                                  /* "id" by default */
	Place *active;                              /* or NULL */
	GPtrArray *active_values, *inactive_values; /* texts; both empty: truth values */
	GPtrArray *fields;                          /* CustomField */
} CustomShape;

typedef struct {
	Path *to;    /* target path */
	Place *from; /* where a listing or a GET shows it */
} CustomField;

typedef enum {
	CUSTOM_REMOVED_NULL,
	CUSTOM_REMOVED_EMPTY, /* "" */
	CUSTOM_REMOVED_OMIT,
} CustomRemoved;

typedef struct {
	char *origin;     /* "https://api.example"; NULL: only the token's answer knows */
	char *base_path;  /* what relative addresses stand behind; "" or "/v1" */
	char *base_from;  /* field of the token's answer that is the base address; or NULL */
	GPtrArray *hosts; /* names (char *) that the base from a token may have, or be beneath */
	CustomOp *operations[CUSTOM_OPERATIONS]; /* NULL: missing; LIST: the first of 'lists' */
	GPtrArray *lists;                        /* CustomOp: together they show all accounts */
	CustomShape account, group, member;
	json_t *parameters;                   /* {parameter.NAME} */
	GPtrArray *headers;                   /* CustomPair, of every call */
	int removed;                          /* CustomRemoved */
	GArray *rates;                        /* HttpRate */
	GPtrArray *rate_patterns, *throttled; /* Pattern */
	gboolean looks_up_by_list;            /* there is no LOOKUP or no GET, but a LIST */
	GPtrArray *match; /* paths (char *) by which the app finds accounts, in order; or NULL */
	char *identity;   /* which target it is; see TargetOps.identity */
} CustomApi;

/* An app's settings: filled from custom_options, then compiled. */
typedef struct {
	HttpConf net;
	char *url, *user_agent, *content_type, *accept, *base_from;
	GPtrArray *hosts;
	const ConfNode *parameters, *headers, *success, *error, *errors, *id, *account;
	const ConfNode *operations[CUSTOM_GROUP_LOOKUP]; /* of accounts, by CustomOperation */
	const ConfNode *group, *member;
	const ConfNode *rate;
	GPtrArray *throttled;
	int removed;
	CustomApi *api; /* NULL until loaded, and where that failed */
} CustomConf;

extern const Option custom_options[];

/* "create", "group_lookup", "member_add", ...: as render and messages call them. */
const char *custom_operation_name(CustomOperation operation);

/* True for the operations that change something at the service. */
gboolean custom_operation_writes(CustomOperation operation);

/* True for a step of such an operation that does not merely ask. */
gboolean custom_step_writes(CustomOperation operation, const CustomStep *step);

/* True if the call of a step has {id} in it. */
gboolean custom_step_names_id(const CustomStep *step);

/* The step that is about the object itself: the last one that writes, else the last one. */
const CustomStep *custom_op_main(const CustomOp *op);

/* TargetOps.load, unload, abilities, validate, identity, operations. */
void custom_load(void *conf, const TargetLoad *with);
void custom_unload(void *conf);
guint custom_abilities(const void *conf);
gboolean custom_validate(const void *conf, const char *app, GError **error);
char *custom_identity(const void *conf);
void custom_operations(const void *conf, GPtrArray *names);

/* The operation if it is there and not switched off, else NULL. */
const CustomOp *custom_op(const CustomApi *self, CustomOperation operation);

/* True if a disable is a delete: there is no operation for it, not even a switched off one. */
gboolean custom_disables_by_delete(const CustomApi *self);
