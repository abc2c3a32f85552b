/*
 * What a directory that is not AD is asked for: classes and attributes, the same for every driver.
 */
#pragma once
#include <glib.h>

/* Persons, groups, and everything that may stand above them; NULL-terminated. */
const char *const *ldap_generic_classes(void);

/* What kinds and memberships are made of, besides what the config reads; NULL-terminated. */
const char *const *ldap_generic_attributes(void);
