/*
 * The words of a service, made fit for our sentences: words.c. Pure.
 */
#pragma once
#include <glib.h>
#include <jansson.h>

#include "target/credential.h"

/* At most 200 characters of a service's text on one line, secrets blotted out. New string. */
char *words_excerpt(const char *text, gssize length, const Credential *credential);

/* The service's own words in an error answer, and its scimType or other code. New, or NULL. */
char *words_of_error(const json_t *body, char **code);

/* The same out of text that was meant to be JSON and is none. */
char *words_of_scraps(const char *text, char **code);

/* What a page of HTML says: its title, else its text; "" if nothing. New string. */
char *words_of_page(const char *html);
