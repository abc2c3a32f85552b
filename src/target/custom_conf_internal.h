/*
 * Compiling the definition of a custom API, as the files that do it see each other.
 *
 *	custom_conf.c          the settings of an app, and what they become
 *	custom_conf_op.c       operations, and what each of them is for
 *	custom_conf_group.c    those of groups and members; what settings need
 *	custom_conf_pages.c    how a listing goes on
 *	custom_conf_step.c     one call
 *	custom_conf_when.c     conditions, and whether they can ever hold
 *	custom_conf_body.c     what is sent
 *	custom_conf_parameter.c    what the user of a definition fills in
 *	custom_conf_url.c      addresses: one origin, and no value before the path
 *	custom_conf_answer.c   success, errors
 *	custom_conf_take.c     what is taken from answers
 *	custom_conf_shape.c    how accounts, groups, members are shown
 *	custom_conf_names.c    which values are there where
 *	custom_conf_text.c     what all of them need
 *
 * Whatever is wrong is a problem with its place, and compiling goes on: one reading shows all.
 */
#pragma once
#include "custom_api_internal.h"

/* A value that a step takes from its answer, for those after it. */
typedef struct {
	const char *name;
	const ConfNode *node;
	gboolean used;
} CustomOutput;

/* What was named in the templates and conditions of an operation. */
enum {
	CUSTOM_NAMED_WHOM = 1 << 0, /* something that says which account or group it is about */
	CUSTOM_NAMED_MEMBER = 1 << 1,
	CUSTOM_NAMED_PASSWORD = 1 << 2,
	CUSTOM_NAMED_DOCUMENT = 1 << 3,
	CUSTOM_NAMED_PAGE = 1 << 4, /* number, offset or cursor */
	CUSTOM_NAMED_SECRET = 1 << 5,
	CUSTOM_NAMED_GROUP = 1 << 6,  /* its name */
	CUSTOM_NAMED_MAPPED = 1 << 7, /* something of what the map says */
};

/* Where we are: what is there to be named. */
typedef struct {
	CustomOperation operation; /* CUSTOM_OPERATIONS: in what every call has */
	guint batch;
	gboolean paged;
	gboolean id_known; /* a create's later steps know it */
	GArray *outputs;   /* CustomOutput of the steps before */
	gboolean foreach;
	guint chunk;
	gboolean each;   /* within a body that makes elements */
	gboolean bodied; /* a body, or none, is said by a call or by the operation */
	guint named;     /* CUSTOM_NAMED_*; of the operation so far */
	guint problems;  /* there were so many before it */
} CustomAt;

typedef struct {
	CustomConf *conf;
	CustomApi *api;
	const char *app;
	const ConfNode *group;
	ConfProblems *problems;
	GPtrArray *mapped; /* Path, of the rows of the map; NULL: not known */
	json_t *choices;   /* parameters with one_of: their allowed values */
	json_t *addressed; /* parameters that stand in addresses */
	/* What is so in every call that says nothing else. */
	GPtrArray *success, *errors, *ids;
	CustomErrorPlaces error;
	gboolean id_by_lookup;
	guint named_everywhere;
	BodyKind kind;                 /* of what is sent */
	const ConfNode *ids_by_lookup; /* the first one that needs a look-up, or NULL */
	CustomAt at;
} CustomBuild;

/* ---- custom_conf_text.c ---- */

/* A problem at a node, "what: message", and frees the error. */
void custom_conf_report(const CustomBuild *self, const ConfNode *node, const char *what,
			GError *error);

/* The node of a setting, or its group where it is not there: for the places of messages. */
const ConfNode *custom_conf_at(const ConfNode *group, const char *name);

/* Text of a text, a number or a truth value. New, or NULL. */
char *custom_conf_scalar(const ConfNode *node);

/* One such value or a list of them. New array; never NULL. */
GPtrArray *custom_conf_texts(const CustomBuild *self, const ConfNode *node, const char *name);

/* A place in an answer; NULL for NULL, and where there was a problem. */
Place *custom_conf_place(const CustomBuild *self, const ConfNode *group, const char *name,
			 const char *text);

/* A pattern; likewise. */
Pattern *custom_conf_pattern(const CustomBuild *self, const ConfNode *group, const char *name,
			     const char *text);

/* FALSE and a problem: a header cannot have this text. NULL is fine. */
gboolean custom_conf_is_line(const CustomBuild *self, const ConfNode *group, const char *name,
			     const char *text);

/* Names and values, a group or a list of { name, value }. New array of CustomPair. */
GPtrArray *custom_conf_pairs(CustomBuild *self, const ConfNode *node, const char *name,
			     TemplateContext context);

/* A group, or each of a list of groups. */
guint custom_conf_groups(const ConfNode *node);
const ConfNode *custom_conf_group(const ConfNode *node, guint i);

/* ---- custom_conf_names.c ---- */

/* Reports a name that is not there; notes what it is used for. */
void custom_conf_name(CustomBuild *self, const ConfNode *node, const char *name,
		      gboolean is_needed);

/* Parses a template and checks its names. NULL: a problem was added. */
Template *custom_conf_template(CustomBuild *self, const ConfNode *node, const char *text,
			       TemplateContext context);

/* ---- custom_conf_parameter.c ---- */

void custom_conf_parameters(CustomBuild *self);

/* ---- custom_conf_url.c ---- */

/* url, base_from, hosts. */
void custom_conf_base(CustomBuild *self);

/* Whether the settings of 'auth' fetch a token, whose answer has fields. */
gboolean custom_conf_fetches(const CustomBuild *self);

/* The address of a step. */
void custom_conf_address(CustomBuild *self, const ConfNode *node, const char *url,
			 CustomStep *step);

/* Which target it is; see TargetOps.identity. New string. */
char *custom_conf_identity(const CustomBuild *self);

/* ---- custom_conf_body.c ---- */

void custom_conf_body(CustomBuild *self, const ConfNode *node, CustomStep *step);

/* A body that nobody wrote: a place, "{resource}". */
void custom_conf_default_body(CustomBuild *self, const ConfNode *node, const char *text,
			      CustomStep *step);

/* ---- custom_conf_answer.c ---- */

GPtrArray *custom_conf_success(CustomBuild *self, const ConfNode *node);
CustomErrorPlaces custom_conf_error(CustomBuild *self, const ConfNode *node);

/* The rows of 'node', then those of 'more' (may be NULL). */
GPtrArray *custom_conf_errors(CustomBuild *self, const ConfNode *node, const GPtrArray *more);

/* ---- custom_conf_take.c ---- */

/* Where the id of what was made is found. *by_lookup: it may have to be looked for. */
GPtrArray *custom_conf_ids(CustomBuild *self, const ConfNode *node, gboolean *by_lookup);
GPtrArray *custom_conf_outputs(CustomBuild *self, const ConfNode *node);

/* "{ path = "x"; ... }" of poll: CustomPoll, or NULL. */
CustomPoll *custom_conf_poll(CustomBuild *self, const ConfNode *node);

/* ---- custom_conf_shape.c ---- */

void custom_conf_account(CustomBuild *self, const ConfNode *node);
void custom_conf_group_shape(CustomBuild *self, const ConfNode *node, const char *id,
			     const char *name);
void custom_conf_member_shape(CustomBuild *self, const ConfNode *node, const char *id);

/* ---- custom_conf_when.c ---- */

GPtrArray *custom_conf_when(CustomBuild *self, const ConfNode *node, const GPtrArray *texts);

/* ---- custom_conf_step.c ---- */

typedef struct {
	char *name, *method, *url, *follow, *content_type, *accept, *foreach;
	const ConfNode *query, *headers, *body, *success, *error, *errors, *outputs, *poll, *repeat;
	int answer, form;
	GPtrArray *leave_out, *when;
	gint64 chunk;
} CustomStepConf;

extern const Option custom_step_options[];

/* Which call of an operation it is. */
typedef struct {
	guint position;           /* from 0 */
	const char *method;       /* of the first one where it says none; NULL: by its body */
	const char *default_body; /* of the first one with a method that takes one; or NULL */
	gboolean writes;          /* the operation changes something */
	gboolean makes;           /* done twice it would make two */
} CustomStepRole;

CustomStep *custom_conf_step(CustomBuild *self, const ConfNode *node, const CustomStepConf *conf,
			     const CustomStepRole *role);

/* The kind of a group's content type; a problem, and JSON, for one that we do not write. */
BodyKind custom_conf_kind(const CustomBuild *self, const ConfNode *group, const char *content_type);

/* POST, PUT, PATCH. */
gboolean custom_conf_is_of_bodies(const char *method);

/* The same of a group that holds nothing but the step. */
CustomStep *custom_conf_step_of(CustomBuild *self, const ConfNode *node,
				const CustomStepRole *role);

/* ---- custom_conf_pages.c ---- */

/* Reads 'node', which may be NULL, once the steps are compiled. */
void custom_conf_pages(CustomBuild *self, const ConfNode *node, CustomOp *op);

/* ---- custom_conf_op.c ---- */

void custom_conf_operations(CustomBuild *self);

/* One of them; 'node' may be NULL. */
void custom_conf_operation(CustomBuild *self, CustomOperation what, const ConfNode *node);

/* ---- custom_conf_group.c ---- */

void custom_conf_groups_of(CustomBuild *self);

/* What cannot work without an operation that is missing. */
void custom_conf_needs(CustomBuild *self);

/* ---- custom_api.c ---- */

void custom_api_free(CustomApi *self);
void custom_op_free(void *op);
void custom_step_free(void *step);
void custom_pair_free(void *pair);
void custom_match_free(void *match);
void custom_take_free(void *take);
void custom_error_places_clear(CustomErrorPlaces *self);
