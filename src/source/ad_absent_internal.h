/*
 * Who a read of Active Directory did not show: gone, or hidden?
 */
#pragma once
#include "ad_read_internal.h"

/* What is known of the absent ones. Clear it. */
typedef struct {
	guint64 count;  /* of them all */
	guint64 hidden; /* of those that were asked after: not known to be gone */
	char *example;  /* DN of one of the hidden; NULL if there is none */
} AdAbsent;

/* Asks the sink who is absent, and the server after each of them, up to a thousand. */
gboolean ad_absent_judge(AdReader *reader, AdAbsent *out, GError **error);

/* Frees what it holds and zeroes it. */
void ad_absent_clear(AdAbsent *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AdAbsent, ad_absent_clear)
