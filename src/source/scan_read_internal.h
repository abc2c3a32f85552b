/*
 * The reads of the scan driver: everything whole, or a list of what there is and what changed.
 */
#pragma once
#include "sync_reread_internal.h"

/* The attribute that the server itself dates changes with. */
#define SCAN_STAMP "modifyTimestamp"

/* What a read saw. */
typedef struct {
	guint64 entries;
	guint references, unreadable;
	guint undated;     /* entries without any date; whole reads only */
	guint future;      /* entries dated later than is possible */
	guint modified;    /* entries that show when they were last modified */
	gint64 newest_us;  /* the newest date; 0: none */
	gboolean too_much; /* reading everything whole is cheaper; nothing is missing otherwise */
} ScanAnswer;

/*
 * Reads everything and puts it. 'setup' names the attributes and in 'shape' what of them not to
 * keep. FALSE if the server or the sink failed; the answer says whether anything was read before.
 */
gboolean scan_read_whole(const RereadSetup *setup, ScanAnswer *answer, GError **error);

/*
 * Lists all that there is, puts every DN, and then reads whole what is new to the view or was
 * modified at 'mark_us' or later. 'reread' hears of new and renamed ones. FALSE as above.
 */
gboolean scan_read_changes(const RereadSetup *setup, gint64 mark_us, Reread *reread,
			   ScanAnswer *answer, GError **error);

/* Only lists, without any sink: for "check". */
gboolean scan_read_list(const RereadSetup *setup, ScanAnswer *answer, GError **error);

/* True if the server finds entries by their date: asks for those of 'mark_us' or later. */
gboolean scan_read_finds(const RereadSetup *setup, gint64 mark_us, gboolean *finds, GError **error);
