/*
 * The formats of bodies, each in a file of its own; body.c chooses. What they return is as
 * body_write() and body_read() say.
 */
#pragma once
#include <glib.h>
#include <jansson.h>

#define BODY_DEPTH_MAX 64

char *body_form_write(const json_t *tree, gboolean dotted, gsize *length, GError **error);
json_t *body_form_read(const char *body, gsize length, GError **error);

char *body_xml_write(const json_t *tree, gsize *length, GError **error);

/* 'charset' is that of the Content-Type, or NULL: the document says it. */
json_t *body_xml_read(const char *body, gsize length, const char *charset, GError **error);

/* About how many bytes a tree is when it is written, so that memory need not move. */
gsize body_size(const json_t *tree);
