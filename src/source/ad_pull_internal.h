/*
 * One pull of the AD driver.
 */
#pragma once
#include "ad_session_internal.h"
#include "source/sink.h"

/* Pulls from 'cursor' (NULL: from nothing) into the sink, as SourceOps.pull says. */
gboolean ad_pull(const AdSetup *setup, const char *cursor, Sink *sink, GError **error);
