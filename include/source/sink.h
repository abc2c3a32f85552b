/*
 * Sink: where a source driver puts the facts that it read. The driver states what it saw; what
 * that means for the view, and whether it may be believed, is decided behind the sink.
 *
 *	begin   (put | present | remove | retract | renew | note)*   commit | abort
 *
 * Facts may come in any order; commit sees their final state: an anchor both removed and put
 * within one pull is put. Only retract and renew are about what was said before them, for servers
 * that tell what happened in the order in which it did. abort is always safe and leaves the view as
 * it was.
 *
 * A server that tells only what changed is passed on as it is: a put of a delta (core/entry.h) is
 * merged with what the view knows. Of an anchor that the view does not know a delta says too
 * little: nothing is stored, and the driver reads the entry whole.
 */
#pragma once
#include "core/entry.h"

/* What a put meant for the view, so that a driver can read more where its server keeps silent. */
typedef enum {
	SINK_SAME,    /* nothing changed */
	SINK_CHANGED, /* attributes or members changed */
	SINK_NEW,     /* the view did not have this anchor */
	SINK_RENAMED, /* the DN changed (and perhaps more) */
	/*
	 * A delta of an entry that the view does not have; or of a known one that becomes a group
	 * by it, whose members were not kept while it was none. Not stored: read it whole.
	 */
	SINK_UNKNOWN,
} SinkVerdict;

/* How the pull ended: the completeness certificate. Strings are borrowed during the call. */
typedef struct {
	gboolean complete;  /* every result code was success, every page and range read */
	const char *reason; /* why not complete, a sentence with the fix; NULL if complete */
	gboolean absence_means_gone; /* full content was read: what was not seen does not exist */
	/*
	 * Of the absent ones (see below) so many are not known to be gone: they are neither
	 * shown nor deleted. Nobody is removed by absence then, unless the config insists.
	 */
	guint64 hidden;
	const char *hidden_dn; /* one of them; NULL if there is none */
	gboolean whole;        /* all was asked for, and not changes only; however that ended */
	const char *cursor;    /* where the next pull continues; NULL keeps the old one */
	const char *doubted;   /* the same if the sink does not believe what was read */
	const char *coverage;  /* what part of the directory is read, for people; NULL: as ever */
	const char *server;    /* identity of the server that answered, for people; or NULL */
} PullEnd;

typedef struct Sink Sink;

typedef struct {
	/* Starts taking facts; a second begin without commit is abort and begin. */
	gboolean (*begin)(Sink *self, GError **error);

	/*
	 * One entry as it is now, or what changed in it. *verdict may be NULL if it is no delta.
	 * The sink copies what it keeps.
	 */
	gboolean (*put)(Sink *self, const Entry *entry, SinkVerdict *verdict, GError **error);

	/* This anchor exists unchanged (present phase, RFC 4533 §3.3.2); unknown: ignored. */
	gboolean (*present)(Sink *self, const char *anchor, GError **error);

	/*
	 * This anchor was deleted, or left what the driver reads. Unknown ones are ignored.
	 * Removing a container removes what stands beneath it, except what is put in the same pull.
	 */
	gboolean (*remove)(Sink *self, const char *anchor, GError **error);

	/*
	 * This anchor is gone, whatever was put of it so far in this pull; a later put counts
	 * again. Else as remove. 'left': it was not deleted but stands where the driver does not
	 * read: who has it as a member by its anchor has it still, wherever it turns up.
	 */
	gboolean (*retract)(Sink *self, const char *anchor, gboolean left, GError **error);

	/*
	 * This anchor was deleted since the last pull and is back: it is a member only of groups
	 * that are put with it from now on. Of an incomplete pull the view takes that back.
	 */
	gboolean (*renew)(Sink *self, const char *anchor, GError **error);

	/*
	 * For a read at whose end absence may mean gone: who of the known users and groups was
	 * neither put nor present nor removed so far. Appends entries (Entry *, owned by the array)
	 * that have an anchor and the last DN, and nothing else; 'limit' of them at most. *count is
	 * how many there are.
	 */
	gboolean (*absent)(Sink *self, guint limit, GPtrArray *entries, guint64 *count,
			   GError **error);

	/* A remark for the operator that stops nothing: an entry that cannot be used, and why. */
	void (*note)(Sink *self, const char *text);

	/*
	 * Ends the pull. Removals by absence happen only if 'end' is complete and says that absence
	 * means gone. The cursor moves in the same transaction as the facts. A pull that broke off
	 * is committed with complete = FALSE: it still adds and updates, and removes nobody.
	 *
	 * What was put stays even if the read had a problem. So after a whole read that had one, no
	 * cursor from before it may be left that could make the next pull find nothing to do.
	 */
	gboolean (*commit)(Sink *self, const PullEnd *end, GError **error);

	/* Forgets everything since begin. */
	void (*abort)(Sink *self);
} SinkOps;

struct Sink {
	const SinkOps *ops;
};
