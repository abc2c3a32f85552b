/*
 * What the files of this folder share: the drivers, and changes applied to a nested document.
 */
#pragma once
#include "target/target.h"

extern const TargetOps target_scim;
extern const TargetOps target_mem;
extern const TargetOps target_custom;

/*
 * Applies resource_diff() changes to an account's nested document, in place: what PUT sends and
 * what mem keeps. All else in the document stays as it is.
 */
void overlay_changes(json_t *document, const json_t *changes);

/* Removes what a path names; a typed element left with nothing but its type goes too. */
void overlay_remove(json_t *document, const char *path);

/* Deletes a member without regard to ASCII case. */
void overlay_delete_nocase(json_t *object, const char *key);
