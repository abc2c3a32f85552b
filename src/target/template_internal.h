/*
 * Templates: text with places for values, written by an administrator, filled by us.
 *
 *	/users/{id}
 *	userPrincipalName eq '{match.value|odata}'
 *	{resource.department|or none}
 *	{{ is a brace; a closing one needs nothing: }
 *
 * Where a value goes decides how it is written, and no value can leave its place: in an address it
 * is percent-encoded whole (a slash too; an empty one, and a segment of "." or "..", also behind an
 * encoded slash, are refused), in a header line it must be one line without blanks at its ends, and
 * in a body it is a text of a tree, which the encoder of the body escapes. A template never fills a
 * scheme, a host or a port.
 *
 * Behind "|" stands what is done to a value before, from left to right: odata doubles ', scim
 * escapes \ and ", soql \ and ', lower, upper, base64, json (the value written as JSON), first (of
 * a list), "or TEXT" (what stands there without one, or with an empty one; TEXT in quotes may hold
 * | and }, and be empty). Of a list the filters of text change each element. Numbers and truth
 * values are written as text ("12", "true").
 *
 * A value that is not there: in a tree the member that has it is left out, and so is what is nested
 * in it if nothing of it is left; in a query or a header list likewise; in a path it is an error
 * that names it. A text in a tree that is one place and nothing else takes the value with its type,
 * a whole object too. In a tree
 *
 *	{ "$each": "members", "$make": { "id": "{item}" } }
 *
 * becomes an array with one element for each of a list; {item} is that one, {item.name} its member.
 *
 *	{ "$merge": [ "{resource}", { "active": true } ] }
 *
 * becomes the members of these objects in one, the later ones laid over the earlier ones; a value
 * that is not there is an empty object.
 */
#pragma once
#include <glib.h>
#include <jansson.h>

typedef enum {
	TEMPLATE_PATH, /* path of an address */
	/*
	 * What stands behind "?" in an address. Values are encoded whole. The template's own text
	 * is an administrator's: & = + and %41 stay as they are, blanks, quotes and others that no
	 * address has come out encoded.
	 */
	TEMPLATE_QUERY,
	TEMPLATE_HEADER, /* value of a header line */
	TEMPLATE_PLAIN,  /* text of a tree, or of nothing: as it is */
	/* The value of one parameter: the template's own text is encoded whole as well. */
	TEMPLATE_PARAMETER,
} TemplateContext;

/* Where values come from: a new reference by the name in the braces, NULL: there is none. */
typedef struct {
	json_t *(*get)(const char *name, void *data);
	void *data;
} TemplateScope;

/*
 * Called for each place; 'is_needed': nothing else is said to stand there without a value. The
 * items of a "$make" are told too ("item", "item.name"), as not needed.
 */
typedef void (*TemplateNameFn)(const char *name, gboolean is_needed, void *data);

typedef struct Template Template;

/* Parses; NULL and ERROR_CONFIG with the column in the message. */
Template *template_parse(const char *text, TemplateContext context, GError **error);

/* Frees it; NULL is fine. */
void template_free(Template *self);

/* As it was written. Borrowed. */
const char *template_text(const Template *self);

void template_names(const Template *self, TemplateNameFn fn, void *data);

/*
 * Fills it. New string, which may be secret: the caller knows. NULL without 'error': a value is not
 * there, and *missing names it (new string; 'missing' may be NULL). NULL with ERROR_OBJECT: a value
 * cannot stand there (a list in a path, a line break in a header, ".." as a segment).
 */
char *template_fill(const Template *self, const TemplateScope *scope, char **missing,
		    GError **error);

/* True if it is one place and nothing else. */
gboolean template_is_value(const Template *self);

/*
 * The value of such a one with its type, behind its filters. New reference, shared with whoever
 * gave it. NULL without 'error': it is not there; with ERROR_OBJECT: a filter cannot take it.
 */
json_t *template_value(const Template *self, const TemplateScope *scope, GError **error);

/* A tree whose texts are templates. */
typedef struct TemplateTree TemplateTree;

/* Compiles; takes what it needs of 'model'. NULL and ERROR_CONFIG that names the member. */
TemplateTree *template_tree_parse(const json_t *model, GError **error);

void template_tree_free(TemplateTree *self);

void template_tree_names(const TemplateTree *self, TemplateNameFn fn, void *data);

/*
 * Fills it. New reference to a tree that shares nothing with the scope, so that it can be wiped.
 * NULL and ERROR_OBJECT: a value cannot stand there, or the whole tree is one that is not there.
 */
json_t *template_tree_fill(const TemplateTree *self, const TemplateScope *scope, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Template, template_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TemplateTree, template_tree_free)
