/*
 * Lists of what was last heard of each provider of a directory, "item;item" in order of provider.
 * What an item looks like is said by those who have such lists: sync_cookie.c, ad_vector.c. Pure.
 */
#pragma once
#include <glib.h>

typedef enum {
	PROVIDERS_UNKNOWN, /* one of the two lists says nothing */
	PROVIDERS_EQUAL,
	PROVIDERS_NEWER, /* no provider older, some newer or known for the first time */
	PROVIDERS_OLDER, /* at least one provider older or not known any more */
} ProviderOrder;

typedef struct {
	/* Whose item it is, new string; NULL if it is none. */
	char *(*provider)(const char *item);
	/* Which of two items of one provider is newer, like strcmp(). */
	int (*compare)(const char *a, const char *b);
} ProviderKind;

/* The newest item of each provider, in order; NULL if there is none or anything is no item. New. */
char *provider_list_normalize(const ProviderKind *kind, const char *list);

/* The newest of both; a list with anything that is no item counts for nothing. New, or NULL. */
char *provider_list_merge(const ProviderKind *kind, const char *a, const char *b);

/* How 'now' relates to 'seen'; what is NULL or has what is no item is unknown. */
ProviderOrder provider_list_compare(const ProviderKind *kind, const char *now, const char *seen);

/* The first provider of which 'now' knows less than 'seen', or NULL. New string. */
char *provider_list_behind(const ProviderKind *kind, const char *now, const char *seen);
