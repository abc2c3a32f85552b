/*
 * Account status: may somebody log in by the directory's own account, and until when? The half that
 * the directory switches (a filter of the config) and the half that time switches (an attribute
 * with the moment when the account ends).
 */
#pragma once
#include "core/filter.h"

typedef struct {
	gboolean enabled;
	gboolean unknown;       /* the filter is undefined for the entry: nobody can tell */
	gint64 expired_us;      /* the account ended at this moment; 0: it has not ended */
	gint64 due_us;          /* 'enabled' changes at this moment by time alone; 0: never */
	const char *unreadable; /* the value that is no moment, borrowed from the entry; or NULL */
} AccountStatus;

/*
 * 'expires' is the attribute's name in lower case, "" for none. A value that cannot be read leaves
 * 'enabled' to the filter, and a filter that is undefined leaves it TRUE: it is for the caller not
 * to go on as if nothing were.
 */
AccountStatus account_status(const Entry *entry, const Filter *disabled, const char *expires,
			     gint64 now_us);
