/*
 * What the SCIM driver learns of a service while it works, and keeps for the next run.
 */
#pragma once
#include <glib.h>
#include <jansson.h>

/* What a service can show; the values are in the table of scim_memory.c. */
typedef enum {
	SCIM_FACT_PATCH,       /* FALSE: accounts are not changed by PATCH */
	SCIM_FACT_PUT,         /* FALSE: nor by PUT */
	SCIM_FACT_ETAG,        /* TRUE: who writes must say which version is changed */
	SCIM_FACT_GROUP_PATCH, /* FALSE: groups are not changed by PATCH */
	SCIM_FACT_GROUP_PUT,
	SCIM_FACT_GROUP_ETAG, /* TRUE: as with accounts */
	SCIM_FACT_REMOVAL,    /* TRUE: takes out whom it names; FALSE: empties the group */
	SCIM_FACT_ADD_MAX,    /* members in one request, at most */
	SCIM_FACT_REMOVE_MAX,
} ScimFact;
#define SCIM_FACTS (SCIM_FACT_REMOVE_MAX + 1)

/* What is searched for. */
typedef enum {
	SCIM_KIND_ACCOUNT,
	SCIM_KIND_GROUP,
} ScimKind;
#define SCIM_KINDS (SCIM_KIND_GROUP + 1)

typedef struct {
	gboolean known;
	gboolean news;     /* learnt since the target was opened */
	gboolean insisted; /* the settings say otherwise: holds for this session only */
	gint64 value;
	int status; /* of the answer that showed it; 0: it was seen otherwise */
	gint64 at_us;
} ScimLearnt;

typedef struct {
	ScimLearnt facts[SCIM_FACTS];
	GHashTable *unsearchable[SCIM_KINDS]; /* path, in any case, to its ScimLearnt */
	char *settings; /* digest of what else decides how the service is spoken to */
	char *service;  /* digest of what the service says of itself; NULL: nothing yet */
} ScimMemory;

/*
 * Begins with what an earlier session kept: 'kept' may be NULL, damaged, or of another version.
 * What was learnt with other settings, too long ago, or in the future is forgotten.
 */
void scim_memory_init(ScimMemory *self, const json_t *kept, const char *settings, gint64 now_us);

/* Frees what it owns. */
void scim_memory_clear(ScimMemory *self);

/* What the service says of itself: if that is not what it said then, all is forgotten. */
void scim_memory_discovered(ScimMemory *self, const json_t *config);

/* Takes note; the same once more is no news. */
void scim_memory_learn(ScimMemory *self, ScimFact fact, const ScimLearnt *learnt);

/* Forgets it again. */
void scim_memory_forget(ScimMemory *self, ScimFact fact);

/* Takes note that accounts, or groups, cannot be searched by a path. */
void scim_memory_unsearchable(ScimMemory *self, ScimKind kind, const char *path, int status,
			      gint64 now_us);

/* Whether that was noted. */
gboolean scim_memory_is_unsearchable(const ScimMemory *self, ScimKind kind, const char *path);

/* For scim_memory_init() of the next session. NULL: nothing. New reference. */
json_t *scim_memory_json(const ScimMemory *self);

/* Appends sentences (char *): all that is known, or what is news. */
void scim_memory_tell(const ScimMemory *self, gboolean news_only, GPtrArray *sentences);
