/*
 * Find: which account at the target is this person's? Asks by id where one is known, then by each
 * match key in order, and believes only answers that it has compared itself.
 */
#pragma once
#include "run/config.h"
#include "run/result.h"

typedef struct {
	const char *id;         /* read this account first; or NULL */
	const json_t *resource; /* has the match values */
	void *tag;              /* the caller's */
} FindQuery;

typedef enum {
	FIND_ONE,
	FIND_NONE,
	FIND_MANY,   /* several accounts fit: nobody may be chosen by us */
	FIND_FAILED, /* the target did not say */
} FindOutcome;

/* Borrowed during the callback. */
typedef struct {
	FindOutcome outcome;
	const char *id;
	const json_t *document;
	const char *match;  /* ONE: path by which it was found; NULL: by id */
	TargetOutcome why;  /* FAILED */
	const char *detail; /* FAILED, MANY: sentence */
	int status;         /* of the last answer */
	gboolean unasked;   /* FAILED: the target has no way to be asked this */
} FindAnswer;

typedef void (*FindFn)(const FindQuery *query, const FindAnswer *answer, void *data);

/* Asks for all queries, as many at once as the target likes; 'fn' is called once for each. */
void find_accounts(Target *target, const GPtrArray *match, const FindQuery *queries, guint n,
		   FindFn fn, void *data, AppResult *result);

/*
 * From an array of { "id", "document" } the one that 'resource' describes at 'path'. Fills
 * outcome, id, document, match of 'out' (borrowed from 'candidates').
 */
void find_confirm(const json_t *candidates, const json_t *resource, const char *path,
		  FindAnswer *out);

/* "invalidFilter", "not implemented": it is the search that is refused, not the person. */
gboolean find_is_no_search(const FindAnswer *answer);

/* FALSE: accounts can neither be looked up nor listed there, so nobody's is ever found. */
gboolean find_is_possible(const Target *target);

/* FALSE if the document says that the account is switched off. */
gboolean find_is_active(const AppConfig *config, const json_t *document);
