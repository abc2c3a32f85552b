/*
 * Dynamic groups: their members are whoever an LDAP URL of the group finds.
 */
#pragma once
#include "sync_reread_internal.h"

/* True for an entry whose members are found by searching. */
gboolean url_group_is(const Entry *entry);

/*
 * Reads the dynamic groups of the setup's scope, finds the members of each at the server, and puts
 * it with them. Nothing else may put a dynamic group: 'setup->held' holds the anchors of those that
 * a driver came across and held back. A group whose members cannot be found stays as it was; if
 * that is for the moment only, FALSE: the pull is not complete.
 */
gboolean url_groups_run(const RereadSetup *setup, GError **error);

/* Instead of that, when the answers are not to be trusted: the held groups stay as they were. */
gboolean url_groups_keep(const RereadSetup *setup, GError **error);
