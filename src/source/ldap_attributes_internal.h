/*
 * The list of attributes that a search asks for.
 */
#pragma once
#include <glib.h>

/*
 * A NULL-terminated list of char * (owned by the array): 'extra', which the driver itself needs,
 * then 'wanted', which the config reads; either may be NULL, and both end with NULL. Nothing is in
 * it twice, whatever the case of its letters. Attributes that hold passwords or keys are left out
 * of 'wanted', with a sentence (char *) for each in 'remarks', which may be NULL.
 */
GPtrArray *ldap_attributes_build(const char *const *wanted, const char *const *extra,
				 GPtrArray *remarks);

/* True for attributes that hold passwords or keys: they are never asked for. */
gboolean ldap_attributes_is_secret(const char *name);
