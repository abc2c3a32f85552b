/*
 * Target paths: where a mapped value goes in the target's document.
 *
 *	userName
 *	name.givenName
 *	emails[type eq "work"].value            a bare emails[type eq "work"] means its .value
 *	urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department
 *	urn:...:User:manager.value
 *
 *	profile.address.city                    a JSON path, for services that are no SCIM
 *	emails[0].email_id, phones[1], a.b[2]   likewise, an element of an array, 0 to 99
 *
 * RFC 7644 §3.10 and figure 7; the value filter is one 'attribute eq "text"', which is what can
 * also be created. Attribute names are compared without regard to case (RFC 7643 §2.1). The core
 * schema's URN in front of an attribute means nothing and is dropped. SCIM has no indexes.
 */
#pragma once
#include <glib.h>
#include <jansson.h>

typedef struct {
	char *text;         /* the canonical spelling, used as key of a resource */
	char *urn;          /* extension schema, or NULL */
	char *attribute;    /* first name */
	char *filter_name;  /* "type", or NULL */
	char *filter_value; /* "work", or NULL */
	int index;          /* of the attribute's element, or -1 */
	char *sub;          /* "givenName", "value", "address.city", "b[2].c", or NULL */
} Path;

/* Parses; NULL and ERROR_CONFIG with the column in the message. */
Path *path_parse(const char *text, GError **error);

/* Frees it; NULL is fine. */
void path_free(Path *self);

/* True if an element is named by its index in it. */
gboolean path_has_index(const Path *self);

/* True if both name the same place. */
gboolean path_equal(const Path *a, const Path *b);

/*
 * True if one document cannot hold values at both: "name" and "name.givenName"; an element by its
 * index, and one by a filter or without either.
 */
gboolean path_conflicts(const Path *a, const Path *b);

/*
 * Where a path stands among others, as strcmp() says it: without regard to case first, so that two
 * spellings of a path are neighbours; elements by number, emails[2] in front of emails[10], which
 * is the order in which they can be put into an array.
 */
int path_order(const char *a, const char *b);

/*
 * Puts a value into a document (an object), which takes a reference of its own. Objects, arrays and
 * typed elements are made on the way; what stands in the way and is none is replaced. Holes are not
 * made: an index behind the last element adds one there, so lower indexes are to be set first.
 */
void path_set(const Path *self, json_t *document, json_t *value);

/*
 * The value at the path in a document, or NULL; null counts as absent (RFC 7643 §2.5). Borrowed.
 * Without a filter an array stands for its first element, and a bare scalar for its own "value".
 */
json_t *path_get(const Path *self, const json_t *document);

/*
 * Takes the first name off a sub-attribute: "b[2].c" is "b" with index 2, and "c" is what is left.
 * Without an index -1; NULL: it was the last one. *name is a new string.
 */
const char *path_next(const char *sub, char **name, int *index);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Path, path_free)
