/*
 * Writing XML, with libxml2's writer.
 *
 *	{ "r": { "@id": 7, "user": [ { "mail": "a&b" }, null ], "#text": "x" } }
 *	<?xml version="1.0" encoding="UTF-8"?>
 *	<r id="7"><user><mail>a&amp;b</mail></user><user/>x</r>
 *
 * The writer escapes what is markup; what XML 1.0 cannot have at all, escaped or not (most control
 * characters, §2.2), is refused, since a service would refuse the whole document. Names are the
 * administrator's; one with a prefix (soap:Envelope) is fine if an "@xmlns:soap" stands with it.
 */
#include <libxml/tree.h>
#include <libxml/xmlwriter.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/secret.h"
#include "body_parts_internal.h"

static const xmlChar *xml(const char *text)
{
	return (const xmlChar *)text;
}

/* ---- what can be written ---- */

static gboolean check_name(const char *name, GError **error)
{
	return xmlValidateQName(xml(name), 0) == 0 ||
	       error_set(error, ERROR_OBJECT, "'%s' is no name that XML has", name);
}

/* XML 1.0 §2.2 */
static gboolean is_char(gunichar c)
{
	return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c <= 0xD7FF) ||
	       (c >= 0xE000 && c <= 0xFFFD) || (c >= 0x10000 && c <= 0x10FFFF);
}

static gboolean is_writable(const char *text, gsize length)
{
	const char *end = text + length;

	if (!g_utf8_validate_len(text, length, NULL))
		return FALSE;
	for (; text < end; text = g_utf8_next_char(text)) {
		if (!is_char(g_utf8_get_char(text)))
			return FALSE;
	}
	return TRUE;
}

/* The text of a value, to be wiped; null is empty. */
static char *text_of(const char *name, const json_t *value, GError **error)
{
	if (json_is_null(value))
		return g_strdup("");
	if (json_is_string(value) &&
	    !is_writable(json_string_value(value), json_string_length(value))) {
		error_set(error, ERROR_OBJECT, "the value of '%s' has a character that XML cannot",
			  name);
		return NULL;
	}
	if (json_is_object(value) || json_is_array(value)) {
		error_set(error, ERROR_OBJECT, "'%s' is a single value in XML", name);
		return NULL;
	}
	return json_scalar_text(value);
}

static void wipe_free(char *text)
{
	secret_wipe(text, strlen(text));
	g_free(text);
}

/* ---- writing ---- */

static gboolean write_element(xmlTextWriterPtr writer, const char *name, const json_t *value,
			      guint depth, GError **error);

static gboolean write_attribute(xmlTextWriterPtr writer, const char *key, const json_t *value,
				GError **error)
{
	const char *name = key + 1;
	char *text;

	if (json_is_null(value))
		return TRUE;
	if (!check_name(name, error))
		return FALSE;
	text = text_of(key, value, error);
	if (!text)
		return FALSE;
	xmlTextWriterWriteAttribute(writer, xml(name), xml(text));
	wipe_free(text);
	return TRUE;
}

static gboolean write_text(xmlTextWriterPtr writer, const char *key, const json_t *value,
			   GError **error)
{
	char *text = text_of(key, value, error);

	if (!text)
		return FALSE;
	/* An empty text would make <a></a> of <a/>. */
	if (*text)
		xmlTextWriterWriteString(writer, xml(text));
	wipe_free(text);
	return TRUE;
}

static gboolean write_elements(xmlTextWriterPtr writer, const char *name, const json_t *list,
			       guint depth, GError **error)
{
	size_t i;
	json_t *value;

	json_array_foreach (list, i, value) {
		if (json_is_array(value))
			return error_set(error, ERROR_OBJECT,
					 "'%s' is a list of lists, which XML cannot have", name);
		if (!write_element(writer, name, value, depth, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean write_member(xmlTextWriterPtr writer, const char *key, const json_t *value,
			     guint depth, GError **error)
{
	if (strcmp(key, "#text") == 0)
		return write_text(writer, key, value, error);
	if (json_is_array(value))
		return write_elements(writer, key, value, depth + 1, error);
	return write_element(writer, key, value, depth + 1, error);
}

/* Attributes first, wherever they stand. */
static gboolean write_members(xmlTextWriterPtr writer, const json_t *object, guint depth,
			      GError **error)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)object, key, value) {
		if (*key == '@' && !write_attribute(writer, key, value, error))
			return FALSE;
	}
	json_object_foreach ((json_t *)object, key, value) {
		if (*key != '@' && !write_member(writer, key, value, depth, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean write_element(xmlTextWriterPtr writer, const char *name, const json_t *value,
			      guint depth, GError **error)
{
	gboolean is_good;

	if (depth > BODY_DEPTH_MAX)
		return error_set(error, ERROR_OBJECT, "the XML is nested too deep");
	if (!check_name(name, error))
		return FALSE;
	xmlTextWriterStartElement(writer, xml(name));
	is_good = json_is_object(value) ? write_members(writer, value, depth, error)
					: write_text(writer, name, value, error);
	xmlTextWriterEndElement(writer);
	return is_good;
}

static gboolean write_document(xmlTextWriterPtr writer, const json_t *tree, GError **error)
{
	const char *name = json_object_iter_key(json_object_iter((json_t *)tree));

	if (json_object_size(tree) != 1 || json_is_array(json_object_get(tree, name)))
		return error_set(error, ERROR_OBJECT,
				 "an XML document has one root: an object with one member");
	xmlTextWriterStartDocument(writer, NULL, "UTF-8", NULL);
	return write_element(writer, name, json_object_get(tree, name), 1, error) &&
	       (xmlTextWriterEndDocument(writer) >= 0 ||
		error_set(error, ERROR_OBJECT, "the XML could not be written"));
}

char *body_xml_write(const json_t *tree, gsize *length, GError **error)
{
	/* Names stand there twice, and what is escaped takes more: mostly it need not grow. */
	xmlBufferPtr buffer = xmlBufferCreateSize(3 * body_size(tree) + 256);
	xmlTextWriterPtr writer = xmlNewTextWriterMemory(buffer, 0);
	gboolean is_good = write_document(writer, tree, error);
	char *text = NULL;

	xmlFreeTextWriter(writer);
	if (is_good) {
		*length = (gsize)xmlBufferLength(buffer);
		text = g_strndup((const char *)xmlBufferContent(buffer), *length);
	}
	secret_wipe((void *)xmlBufferContent(buffer), (gsize)xmlBufferLength(buffer));
	xmlBufferFree(buffer);
	return text;
}
