/*
 * The decisions of the AD driver about its cursor, as pure functions.
 */
#pragma once
#include "ad_cursor_internal.h"

/* What is asked: the cursor of the last pull, and the server that answers now. */
typedef struct {
	const AdCursor *old;  /* NULL: none that is sound */
	const AdCursor *now;  /* the settings, and the server's names and numbers */
	gboolean way_allowed; /* the config still permits the way of 'old' */
	gint64 full_every_us; /* 0: a full read is never due by time alone */
	gint64 now_us;
} AdQuestion;

typedef enum {
	AD_READ_CHANGES,
	AD_READ_ALL,      /* if the server knows all that was seen */
	AD_READ_ALL_ANEW, /* whatever it knows: what was seen of it is no measure any more */
} AdDecision;

/* Why; what is to be told about it is ad_reason_text(). */
typedef enum {
	AD_REASON_GOES_ON,
	AD_REASON_FIRST,
	AD_REASON_OTHER_DOMAIN,
	AD_REASON_ROLLBACK,
	AD_REASON_RESTORED,
	AD_REASON_SETTINGS,
	AD_REASON_NO_POSITION,
	AD_REASON_OTHER_SERVER,
	AD_REASON_DUE,
} AdReason;

/* How to read. */
AdDecision ad_decide(const AdQuestion *question, AdReason *reason);

/* A sentence for the operator, or NULL if there is nothing to tell. */
const char *ad_reason_text(AdReason reason);

/* The same for AD_REASON_SETTINGS: which of them. New string. */
char *ad_settings_text(const AdQuestion *question);

/* May a full read of a server that lacks changes be taken over? */
typedef enum {
	AD_LAG_NONE, /* it lacks none */
	AD_LAG_WAIT, /* not yet: it will catch up, or another server knows more */
	AD_LAG_OVER, /* yes: it had time enough, so what it lacks is lost */
} AdLag;

/*
 * 'knows' is the server's vector, 'seen' everything ever seen; 'since_us' is when we could have
 * read everything first, 'limit_us' how long we wait from then on.
 */
AdLag ad_judge_lag(const char *knows, const char *seen, gint64 since_us, gint64 limit_us,
		   gint64 now_us);

/* The number of the newest change made on a controller in a vector; 0 if it is not in it. */
gint64 ad_seen_of(const char *vector, const char *invocation);
