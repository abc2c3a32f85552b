/*
 * A sink that keeps a view in memory, the way the contract of source/sink.h wants it, so that a
 * test can ask what a driver's facts would have made of it.
 */
#pragma once
#include "source/source.h"

typedef struct {
	Sink sink;
	GHashTable *view;  /* anchor to "DN" text as committed */
	GHashTable *facts; /* anchor to encoded attributes and members as committed */
	GHashTable *puts, *put_facts, *presents, *removes; /* of the pull under way */
	GPtrArray *notes;                                  /* char *, of the last pull */
	char *cursor;                                      /* as committed; NULL at first */
	char *reason;                                      /* of the last commit, or NULL */
	char *coverage;                                    /* of the last commit, or NULL */
	gboolean complete, absence, whole;                 /* of the last commit */
	gboolean disbelieves; /* complete reads are doubted: nobody goes, the cursor is 'doubted' */
	guint put_count, present_count, remove_count; /* of the last pull */
	guint gone; /* how many the last commit took out of the view */
	guint begins, commits, aborts;
	guint fail_put_at; /* the put with this number fails; 0: none */
} MemorySink;

/* An empty view. */
MemorySink *memory_sink_new(void);

/* Frees it. */
void memory_sink_free(MemorySink *self);

/* The anchor of the entry with this DN in the view, or NULL. */
const char *memory_sink_find(const MemorySink *self, const char *dn);

/* What is known of it: "attribute=value|...|>member|" in the order of the entry; or NULL. */
const char *memory_sink_facts(const MemorySink *self, const char *dn);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(MemorySink, memory_sink_free)
