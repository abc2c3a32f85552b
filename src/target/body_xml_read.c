/*
 * Reading XML, with libxml2's SAX2 interface: the tree is built as the elements come by.
 *
 *	<r xmlns:x="u"><user id="7"><x:mail>a@x</x:mail></user><user><mail/></user></r>
 *	{ "r": { "user": [ { "@id": "7", "mail": "a@x" }, { "mail": "" } ] } }
 *
 * Blanks around a text are layout and dropped; a text beside attributes or elements is "#text".
 *
 * An answer comes from outside and may mean harm. What XML has been abused for all begins with a
 * document type declaration: entities that expand to gigabytes, entities that are files or
 * addresses, parameter entities, external subsets. No service of today sends one, so the first
 * sight of it ends the reading, before any declaration in it is looked at. XML_PARSE_NOENT looks
 * wrong beside that, but without it libxml2 leaves "&#38;" in attributes where "&amp;" stood; there
 * is nothing else left that it could expand. XInclude is a step of its own in libxml2, which nobody
 * takes here: such an element is an element.
 *
 * Bounded are the depth, the number of elements, and (by libxml2, as XML_PARSE_HUGE is not set)
 * the length of names and attributes. Its global state is made at the first use and stays until
 * the end. Messages go to the context's own handler; the decoder of character sets knows none, and
 * would print: for the time of reading its messages go there, too.
 */
#include <libxml/parser.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/plain.h"
#include "body_parts_internal.h"

#define ELEMENTS_MAX 1000000
#define SENTENCE_MAX 120

typedef struct {
	char *name;
	json_t *members;
	GString *text;
} Frame;

typedef struct {
	xmlParserCtxtPtr context;
	GPtrArray *open; /* Frame; the first is the document itself */
	guint elements;
	char *problem; /* or NULL */
} Reader;

static void frame_free(void *data)
{
	Frame *self = data;

	g_free(self->name);
	json_decref(self->members);
	g_string_free(self->text, TRUE);
	g_free(self);
}

static Frame *frame_new(const char *name)
{
	Frame *self = g_new0(Frame, 1);

	self->name = g_strdup(name);
	self->members = json_object();
	self->text = g_string_new(NULL);
	return self;
}

static Frame *top(const Reader *self)
{
	return self->open->pdata[self->open->len - 1];
}

/* The first problem is the one that is told. */
static void stop(Reader *self, const char *problem)
{
	if (!self->problem)
		self->problem = g_strdup(problem);
	xmlStopParser(self->context);
}

/* A member; where there is one of that name already, they are an array. Takes 'value'. */
static void add_member(json_t *members, const char *name, json_t *value)
{
	json_t *there = json_object_get(members, name);

	if (json_is_array(there))
		json_array_append_new(there, value);
	else if (there)
		json_object_set_new_nocheck(members, name, json_pack("[O, o]", there, value));
	else
		json_object_set_new_nocheck(members, name, value);
}

/* ---- what libxml2 calls ---- */

/* name, prefix, namespace, first byte of the value, the one behind its last */
#define FIELDS 5

static void on_start(void *reader, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
		     int namespaces, const xmlChar **declared, int count, int defaulted,
		     const xmlChar **attributes)
{
	Reader *self = reader;
	Frame *frame;

	if (self->problem)
		return;
	if (self->open->len > BODY_DEPTH_MAX) {
		stop(self, "it is nested too deep");
		return;
	}
	if (++self->elements > ELEMENTS_MAX) {
		stop(self, "it has too many elements");
		return;
	}
	frame = frame_new((const char *)name);
	g_ptr_array_add(self->open, frame);
	for (int i = 0; i < count; i++) {
		const xmlChar **fields = attributes + (gsize)i * FIELDS;
		g_autofree char *member = g_strconcat("@", (const char *)fields[0], NULL);

		add_member(frame->members, member,
			   json_lossy_string((const char *)fields[3],
					     (gsize)(fields[4] - fields[3])));
	}
}

static void on_end(void *reader, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	Reader *self = reader;
	Frame *frame = top(self);
	char *text = g_strstrip(frame->text->str);
	gboolean is_text = json_object_size(frame->members) == 0;
	json_t *value;

	if (self->problem)
		return;
	value = is_text ? json_lossy_string(text, strlen(text)) : json_incref(frame->members);
	if (!is_text && *text)
		json_object_set_new_nocheck(value, "#text", json_lossy_string(text, strlen(text)));
	add_member(((Frame *)self->open->pdata[self->open->len - 2])->members, frame->name, value);
	g_ptr_array_remove_index(self->open, self->open->len - 1);
}

static void on_text(void *reader, const xmlChar *text, int length)
{
	g_string_append_len(top(reader)->text, (const char *)text, length);
}

static void on_doctype(void *reader, const xmlChar *name, const xmlChar *external,
		       const xmlChar *system)
{
	stop(reader, "it has a document type declaration, which is not read");
}

static void on_problem(void *reader, xmlErrorPtr error)
{
	Reader *self = reader;
	g_autofree char *said = NULL;

	/* A warning, or a namespace that is not declared, is no reason to know less. */
	if (self->problem || error->level == XML_ERR_WARNING || error->domain == XML_FROM_NAMESPACE)
		return;
	said = plain_line(error->message ? error->message : "it is not well-formed", SENTENCE_MAX);
	self->problem = g_strdup_printf("line %d: %s", error->line, said);
}

static const xmlSAXHandler handler = {
	.initialized = XML_SAX2_MAGIC,
	.internalSubset = on_doctype,
	.startElementNs = on_start,
	.endElementNs = on_end,
	.characters = on_text,
	.ignorableWhitespace = on_text,
	.cdataBlock = on_text,
	.serror = on_problem,
};

/* ---- reading ---- */

static void run(Reader *self, const char *body, gsize length, const char *charset)
{
	xmlDocPtr none;

	self->context = xmlNewParserCtxt();
	*self->context->sax = handler;
	self->context->userData = self;
	none = xmlCtxtReadMemory(self->context, body, (int)length, NULL, charset,
				 XML_PARSE_NONET | XML_PARSE_NOENT | XML_PARSE_NOCDATA);
	xmlFreeDoc(none);
}

static gboolean parse(Reader *self, const char *body, gsize length, const char *charset)
{
	xmlStructuredErrorFunc before = xmlStructuredError;
	void *before_data = xmlStructuredErrorContext;

	xmlSetStructuredErrorFunc(self, on_problem);
	run(self, body, length, charset);
	xmlSetStructuredErrorFunc(before_data, before);
	xmlResetLastError();
	return self->context->wellFormed && !self->problem;
}

json_t *body_xml_read(const char *body, gsize length, const char *charset, GError **error)
{
	Reader self = { .open = g_ptr_array_new_with_free_func(frame_free) };
	json_t *tree = NULL;

	g_ptr_array_add(self.open, frame_new(""));
	if (parse(&self, body, length, charset))
		tree = json_incref(top(&self)->members);
	else
		error_set(error, ERROR_OBJECT, "the XML cannot be read: %s",
			  self.problem ? self.problem : "it is not well-formed");
	xmlFreeParserCtxt(self.context);
	g_ptr_array_unref(self.open);
	g_free(self.problem);
	return tree;
}
