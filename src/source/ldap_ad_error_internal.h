/*
 * What Active Directory (and Samba) mean by a refused bind.
 */
#pragma once
#include <glib.h>

#include "base/error.h"

typedef struct {
	const char *code; /* "52e", or words of the text */
	ErrorKind kind;
	const char *sentence;
	const char *hint;
} LdapAdError;

/* The row for the server's text with LDAP result 'result', or NULL if it is not one of AD's. */
const LdapAdError *ldap_ad_error_find(int result, const char *text);
