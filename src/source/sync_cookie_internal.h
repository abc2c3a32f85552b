/*
 * What is inside OpenLDAP's cookies: the newest change number of each provider.
 *
 *	rid=000,sid=001,csn=20261122081500.000001Z#000000#001#000000;20261122081700...#002#000000
 *
 * Everything else about a cookie is the server's secret. Cookies of other servers (389-ds) have no
 * such list: they compare as SYNC_COOKIE_UNKNOWN.
 */
#pragma once
#include "provider_list_internal.h"

typedef enum {
	SYNC_COOKIE_UNKNOWN = PROVIDERS_UNKNOWN, /* one of the two says nothing about that */
	SYNC_COOKIE_EQUAL = PROVIDERS_EQUAL,
	SYNC_COOKIE_NEWER = PROVIDERS_NEWER, /* none older, some newer or not known before */
	SYNC_COOKIE_OLDER = PROVIDERS_OLDER, /* at least one provider older or not known any more */
} SyncCookieOrder;

/* The csn list of a cookie as "csn;csn" in order of provider, or NULL if it has none. New. */
char *sync_cookie_csns(const char *cookie, gsize length);

/* How 'now' relates to 'seen', both as sync_cookie_csns() writes them; NULL is unknown. */
SyncCookieOrder sync_cookie_compare(const char *now, const char *seen);

/* The newest change number of each provider of both. New string, or NULL if both are NULL. */
char *sync_cookie_merge(const char *a, const char *b);
