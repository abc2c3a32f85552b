/*
 * Bodies: a tree as bytes, and back, in the formats that services speak. Pure.
 *
 *	JSON   as it is
 *	form   application/x-www-form-urlencoded; what is nested is a[b], elements a[0]; or a.b, a.0
 *	XML    an object's members are elements, an array is the element again and again, a member
 *	       "@name" an attribute, "#text" the text beside attributes; the tree has one member,
 *	       which is the root. Read with libxml2, which resolves no entity beyond the five of
 *	       XML itself, loads nothing from anywhere, and refuses a document type declaration.
 *	text   a tree that is one text
 *
 * Read: an element with text alone is a text, one that repeats an array, namespaces' prefixes are
 * dropped. Form and text answers: an object of texts, one text.
 */
#pragma once
#include <glib.h>
#include <jansson.h>

typedef enum {
	BODY_JSON,
	BODY_FORM,
	BODY_XML,
	BODY_TEXT,
} BodyKind;

/* By a media type ("application/vnd.api+json; charset=utf-8"). FALSE: none that we know. */
gboolean body_kind(const char *content_type, BodyKind *kind);

/* "JSON", ... for messages. */
const char *body_kind_name(BodyKind kind);

/*
 * Writes a tree. 'dotted': nested names of a form are a.b. New string of *length bytes, NUL behind.
 * NULL and ERROR_OBJECT: the tree cannot be written so (two roots, a name that XML does not have, a
 * character that it cannot have, an array as a form).
 */
char *body_write(BodyKind kind, const json_t *tree, gboolean dotted, gsize *length, GError **error);

/*
 * Reads a body as what its Content-Type says it is, as 'expected' where that says nothing we know.
 * *is_page (may be NULL): it is an HTML page, which is never an answer. Nothing (an empty body) is
 * NULL without 'error'. NULL and ERROR_OBJECT: it cannot be read, or is a page; the message says
 * what was expected. Depth and size are bounded.
 */
json_t *body_read(BodyKind expected, const char *content_type, const char *body, gsize length,
		  gboolean *is_page, GError **error);

/* Overwrites the texts of a tree that held a password. */
void body_wipe(json_t *tree);
