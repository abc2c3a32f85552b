/*
 * Up-to-dateness vectors: what one domain controller knows of the changes made on each.
 *
 *	0c8af8b4-..=4014;4432d9fb-..=4014		in order of the name of the DC
 *
 * The name is the invocationId: a controller that was restored from a backup has a new one.
 */
#pragma once
#include "provider_list_internal.h"

typedef enum {
	AD_VECTOR_UNKNOWN = PROVIDERS_UNKNOWN, /* one of the two says nothing */
	AD_VECTOR_EQUAL = PROVIDERS_EQUAL,
	AD_VECTOR_NEWER = PROVIDERS_NEWER, /* none older, some newer or not known before */
	AD_VECTOR_OLDER = PROVIDERS_OLDER, /* at least one controller older or not known any more */
} AdVectorOrder;

/* The vector in a DirSync cookie, its own controller included; NULL if there is none. New. */
char *ad_vector_from_cookie(const void *data, gsize length);

/* The newest change of each of both; what is no vector counts for nothing. New, or NULL. */
char *ad_vector_merge(const char *a, const char *b);

/* How 'now' relates to 'seen'; NULL is unknown. */
AdVectorOrder ad_vector_compare(const char *now, const char *seen);

/* The first controller of which 'now' lacks changes that 'seen' has; NULL if there is none. New. */
char *ad_vector_behind(const char *now, const char *seen);
