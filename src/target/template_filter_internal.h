/*
 * Filters: what is done to a value of a template before it is written.
 */
#pragma once
#include <glib.h>
#include <jansson.h>

typedef struct {
	guint what; /* row of the table in template_filter.c */
	char *text; /* of "or" */
} TemplateFilter;

/*
 * Reads one filter from *at on, which is behind "|", up to the next "|" or "}". NULL, or what is
 * wrong with it: new string, *at is where.
 */
char *template_filter_read(TemplateFilter *self, const char **at);

void template_filter_clear(void *self);

/* True if one of these says what stands there without a value. */
gboolean template_filters_fall_back(const GArray *filters);

/*
 * Takes 'value' (NULL: not there) through all of them. New reference; NULL without 'error': there
 * is none; with ERROR_OBJECT: a filter cannot take it. What is made on the way is wiped.
 */
json_t *template_filters_apply(const GArray *filters, json_t *value, GError **error);
