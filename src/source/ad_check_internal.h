/*
 * What "check" says about an Active Directory.
 */
#pragma once
#include "ad_session_internal.h"

/* Looks at the first server that can be used and appends sentences, as SourceOps.test says. */
gboolean ad_check(const AdSetup *setup, GPtrArray *findings, GError **error);
