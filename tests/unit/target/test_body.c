/*
 * Bodies: what is sent in each format, what is understood of answers, and what harmful ones do.
 */
#include <string.h>

#include "../../../src/target/body_internal.h"
#include "base/error.h"
#include "base/json.h"

static json_t *json(const char *text)
{
	g_autoptr(GError) error = NULL;
	json_t *value = json_parse_bounded(text, strlen(text), &error);

	g_assert_no_error(error);
	return value;
}

static void test_kinds(void)
{
	static const struct {
		const char *type;
		int kind; /* -1: none */
	} cases[] = {
		{ "application/json", BODY_JSON },
		{ " Application/JSON ; charset=utf-8", BODY_JSON },
		{ "application/vnd.api+json", BODY_JSON },
		{ "application/problem+json;x=y", BODY_JSON },
		{ "application/x-www-form-urlencoded", BODY_FORM },
		{ "text/xml; charset=iso-8859-1", BODY_XML },
		{ "application/soap+xml", BODY_XML },
		{ "text/plain", BODY_TEXT },
		{ "text/html", -1 },
		{ "application/xhtml+xml", -1 },
		{ "image/png", -1 },
		{ "json", -1 },
		{ "", -1 },
		{ NULL, -1 },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		BodyKind kind = BODY_TEXT;
		gboolean known = body_kind(cases[i].type, &kind);

		g_assert_cmpint(known ? (int)kind : -1, ==, cases[i].kind);
	}
	g_assert_cmpstr(body_kind_name(BODY_FORM), ==, "a form");
}

/* ---- writing ---- */

static void assert_written(BodyKind kind, gboolean dotted, const char *tree_text,
			   const char *expected)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(json_t) tree = json(tree_text);
	gsize length = 0;
	g_autofree char *text = body_write(kind, tree, dotted, &length, &error);

	g_assert_no_error(error);
	g_assert_cmpstr(text, ==, expected);
	g_assert_cmpuint(length, ==, strlen(expected));
}

static void assert_unwritable(BodyKind kind, json_t *tree, const char *because)
{
	g_autoptr(GError) error = NULL;
	gsize length = 4711;
	g_autofree char *text = body_write(kind, tree, FALSE, &length, &error);

	if (text)
		g_error("%s", text);
	g_assert_true(error_is(error, ERROR_OBJECT));
	g_assert_cmpuint(length, ==, 4711);
	if (!strstr(error->message, because))
		g_error("%s", error->message);
	json_decref(tree);
}

static void test_write_json(void)
{
	assert_written(BODY_JSON, FALSE, "{ \"b\": 1, \"a\": [ true, null, \"\\u00e9\\n\\\"\" ] }",
		       "{\"b\":1,\"a\":[true,null,\"é\\n\\\"\"]}");
	assert_written(BODY_JSON, FALSE, "[]", "[]");
	assert_written(BODY_JSON, FALSE, "null", "null");
	assert_written(BODY_JSON, FALSE, "9007199254740993", "9007199254740993");
	assert_written(BODY_JSON, FALSE, "\"x\"", "\"x\"");
	assert_unwritable(BODY_JSON, json_string_nocheck("\377"), "UTF-8");
}

static void test_write_form(void)
{
	const char *nested = "{\"user\":{\"mail\":\"a b@x\",\"roles\":[\"r\",{\"k\":2}]},"
			     "\"t\":true,\"n\":null,\"none\":[],\"o\":{}}";

	assert_written(BODY_FORM, FALSE, nested,
		       "user%5Bmail%5D=a+b%40x&user%5Broles%5D%5B0%5D=r&"
		       "user%5Broles%5D%5B1%5D%5Bk%5D=2&t=true&n=");
	assert_written(BODY_FORM, TRUE, nested,
		       "user.mail=a+b%40x&user.roles.0=r&user.roles.1.k=2&t=true&n=");
	assert_written(BODY_FORM, FALSE, "{\"a&b\":\"c=d&e\\n%41+é\"}",
		       "a%26b=c%3Dd%26e%0A%2541%2B%C3%A9");
	assert_written(BODY_FORM, FALSE, "{}", "");
	assert_unwritable(BODY_FORM, json("[1]"), "a list");
	assert_unwritable(BODY_FORM, json("\"x\""), "single value");
	assert_unwritable(BODY_FORM, json_pack("{s:o}", "a", json_stringn("x\0y", 3)), "'a'");
}

static void test_write_xml(void)
{
	const char *head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
	static const struct {
		const char *tree, *xml;
	} cases[] = {
		{ "{\"r\":{\"user\":[{\"mail\":\"a&b\"},null,5],\"@id\":7,\"#text\":\"<x>\"}}",
		  "<r id=\"7\"><user><mail>a&amp;b</mail></user><user/><user>5</user>"
		  "&lt;x&gt;</r>\n" },
		{ "{\"r\":{\"@q\":\"\\\"'<&\\n\",\"@none\":null,\"e\":\"]]>\",\"l\":[]}}",
		  "<r q=\"&quot;'&lt;&amp;&#10;\"><e>]]&gt;</e></r>\n" },
		{ "{\"soap:E\":{\"@xmlns:soap\":\"u\",\"soap:B\":\"é\\r\"}}",
		  "<soap:E xmlns:soap=\"u\"><soap:B>é&#13;</soap:B></soap:E>\n" },
		{ "{\"r\":true}", "<r>true</r>\n" },
		{ "{\"r\":{}}", "<r/>\n" },
		{ "{\"r\":\"</r><evil/>\"}", "<r>&lt;/r&gt;&lt;evil/&gt;</r>\n" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *whole = g_strconcat(head, cases[i].xml, NULL);

		assert_written(BODY_XML, FALSE, cases[i].tree, whole);
	}
}

static void test_unwritable_xml(void)
{
	json_t *deep = json_object();

	assert_unwritable(BODY_XML, json("{\"a\":1,\"b\":2}"), "one root");
	assert_unwritable(BODY_XML, json("{}"), "one root");
	assert_unwritable(BODY_XML, json("[1]"), "one root");
	assert_unwritable(BODY_XML, json("{\"a\":[1]}"), "one root");
	assert_unwritable(BODY_XML, json("{\"a b\":1}"), "'a b'");
	assert_unwritable(BODY_XML, json("{\"a><b\":1}"), "is no name");
	assert_unwritable(BODY_XML, json("{\"a\":{\"@x y\":1}}"), "'x y'");
	assert_unwritable(BODY_XML, json("{\"a\":{\"@x\":[]}}"), "'@x'");
	assert_unwritable(BODY_XML, json("{\"a\":{\"b\":[[1]]}}"), "list of lists");
	assert_unwritable(BODY_XML, json("{\"a\":\"\\u0001\"}"), "character");
	assert_unwritable(BODY_XML, json("{\"a\":\"\\uffff\"}"), "character");
	assert_unwritable(BODY_XML, json_pack("{s:o}", "a", json_stringn("x\0y", 3)), "character");
	for (int i = 0; i < 80; i++)
		deep = json_pack("{s:o}", "a", deep);
	assert_unwritable(BODY_XML, deep, "too deep");
}

static void test_write_text(void)
{
	assert_written(BODY_TEXT, FALSE, "\"a b\\n\"", "a b\n");
	assert_written(BODY_TEXT, FALSE, "12", "12");
	assert_unwritable(BODY_TEXT, json("{}"), "object");
}

/* ---- reading ---- */

/* 'expected' is canonical JSON; NULL: nothing. */
static void assert_read(BodyKind expects, const char *type, const char *body, const char *expected)
{
	g_autoptr(GError) error = NULL;
	gboolean is_page = TRUE;
	g_autoptr(json_t) tree = body_read(expects, type, body, strlen(body), &is_page, &error);
	g_autofree char *text = tree ? json_canonical(tree) : NULL;

	g_assert_no_error(error);
	g_assert_cmpstr(text, ==, expected);
	g_assert_false(is_page);
}

static void assert_unreadable(BodyKind expects, const char *type, const char *body, gsize length,
			      const char *because)
{
	g_autoptr(GError) error = NULL;
	gboolean is_page = TRUE;
	g_autoptr(json_t) tree = body_read(expects, type, body, length, &is_page, &error);

	if (tree)
		g_error("%.100s is read", body);
	g_assert_false(is_page);
	g_assert_true(error_is(error, ERROR_OBJECT));
	if (!strstr(error->message, because))
		g_error("%s", error->message);
}

static void test_read_json(void)
{
	assert_read(BODY_JSON, "application/json", "{\"a\":1}", "{\"a\":1}");
	assert_read(BODY_JSON, NULL, "[1]", "[1]");
	assert_read(BODY_JSON, "text/html", "{\"a\":1}", "{\"a\":1}");
	assert_read(BODY_JSON, "text/plain", "\xef\xbb\xbf{\"a\":1}", "{\"a\":1}");
	assert_read(BODY_JSON, "text/plain", "OK", "\"OK\"");
	assert_read(BODY_XML, "application/json", "\"x\"", "\"x\"");
	assert_read(BODY_JSON, "application/json", "9007199254740993", "9007199254740993");
	assert_read(BODY_JSON, "application/json", "", NULL);
	assert_read(BODY_JSON, "application/json", " \r\n", NULL);
	assert_unreadable(BODY_JSON, "application/json", "{", 1, "JSON was expected");
	assert_unreadable(BODY_JSON, NULL, "{\"a\":\"\\u0000\"}", 14, "JSON was expected");
	assert_unreadable(BODY_JSON, "application/json", "99999999999999999999999", 23, "JSON");
	assert_unreadable(BODY_JSON, "application/json", "1\0", 2, "zero byte");
}

static void test_read_form(void)
{
	assert_read(BODY_FORM, NULL, "a=1&b=x+y%26%C3%A9&c&=d&&e==",
		    "{\"\":\"d\",\"a\":\"1\",\"b\":\"x y&é\",\"c\":\"\",\"e\":\"=\"}");
	assert_read(BODY_JSON, "application/x-www-form-urlencoded; charset=utf-8",
		    "u%5Bmail%5D=m&u[0]=n&a=1&a=2\r\n",
		    "{\"a\":\"2\",\"u[0]\":\"n\",\"u[mail]\":\"m\"}");
	assert_read(BODY_FORM, NULL, "a=%zz%4&b=%ff", "{\"a\":\"%zz%4\",\"b\":\"\357\277\275\"}");
	assert_unreadable(BODY_FORM, NULL, "nonsense", 8, "no form");
	assert_unreadable(BODY_FORM, NULL, "a=%00b", 6, "zero byte");
	assert_unreadable(BODY_FORM, NULL, "%00=b", 5, "zero byte");
	assert_unreadable(BODY_FORM, NULL, "a=\0b", 4, "zero byte");
}

static void test_read_xml(void)
{
	assert_read(BODY_XML, NULL,
		    "<?xml version=\"1.0\"?><r xmlns:x=\"u\" xmlns=\"v\"><user id=\"7\" x:k=\"&amp;"
		    "&#38;lt;\"> <x:mail>\n a&amp;b </x:mail></user><!-- c --><user><mail/></user>"
		    "<?pi?></r>",
		    "{\"r\":{\"user\":[{\"@id\":\"7\",\"@k\":\"&&lt;\",\"mail\":\"a&b\"},"
		    "{\"mail\":\"\"}]}}");
	assert_read(BODY_XML, NULL, "<a><![CDATA[<b>&amp;]]></a>", "{\"a\":\"<b>&amp;\"}");
	assert_read(BODY_XML, NULL, "<a k=\"1\">t<b/>u</a>",
		    "{\"a\":{\"#text\":\"tu\",\"@k\":\"1\",\"b\":\"\"}}");
	assert_read(BODY_XML, NULL, "<a><b>1</b><b>2</b><b>3</b></a>",
		    "{\"a\":{\"b\":[\"1\",\"2\",\"3\"]}}");
	assert_read(BODY_XML, NULL, "<p:a><p:b>1</p:b></p:a>", "{\"a\":{\"b\":\"1\"}}");
	assert_read(BODY_JSON, "application/xml", "\xef\xbb\xbf<a>1</a>", "{\"a\":\"1\"}");
	assert_read(BODY_XML, "text/xml; charset=\"iso-8859-1\"", "<a>\xe9</a>", "{\"a\":\"é\"}");
	assert_read(BODY_XML, "text/xml; charset=utf-8", "\xef\xbb\xbf<a>é</a>", "{\"a\":\"é\"}");
	assert_read(BODY_XML, "text/xml; charset=klingon", "<a>é</a>", "{\"a\":\"é\"}");
	assert_read(BODY_XML, NULL, "<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe9</a>",
		    "{\"a\":\"é\"}");
	assert_read(BODY_XML, NULL,
		    "<a xmlns:xi=\"http://www.w3.org/2001/XInclude\"><xi:include "
		    "href=\"/etc/passwd\" parse=\"text\"/></a>",
		    "{\"a\":{\"include\":{\"@href\":\"/etc/passwd\",\"@parse\":\"text\"}}}");
}

/* What the decoder of a character set has to say is told, not printed. */
static void test_silence(void)
{
	if (g_test_subprocess()) {
		g_autoptr(GString) body = g_string_new("<?xml version='1.0' encoding='UTF-32'?>");

		g_string_append_len(body, "\0\0\0\xcd\xcd\xcd\xcd\xcd", 8);
		assert_unreadable(BODY_XML, "text/xml; charset=utf-16", body->str, body->len,
				  "XML was expected");
		assert_unreadable(BODY_XML, "text/xml; charset=euc-jp", "<a>\xff\xff\xcd", 6,
				  "XML was expected");
		assert_unreadable(BODY_XML, "text/xml; charset=utf-8", "<a>\xff</a>", 8,
				  "XML was expected");
		return;
	}
	g_test_trap_subprocess(NULL, 10 * G_USEC_PER_SEC, 0);
	g_test_trap_assert_passed();
	g_test_trap_assert_stderr("");
}

/* What was written is read again as it was. */
static void test_xml_there_and_back(void)
{
	const char *text = "{\"r\":{\"@a\":\"\\\"&<\\n\",\"u\":[{\"m\":\"x & y\"},\"]]>\"]}}";
	g_autoptr(json_t) tree = json(text);
	gsize length;
	g_autofree char *xml = body_write(BODY_XML, tree, FALSE, &length, NULL);
	g_autoptr(json_t) again = body_read(BODY_XML, NULL, xml, length, NULL, NULL);

	g_assert_true(json_equal(tree, again));
}

static void test_bad_xml(void)
{
	static const struct {
		const char *body, *because;
	} cases[] = {
		{ "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>",
		  "document type declaration" },
		{ "<!DOCTYPE lolz [<!ENTITY a \"lol\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">"
		  "<!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\"><!ENTITY d \"&c;&c;&c;&c;&c;&c;\">]>"
		  "<a b=\"&d;\">&d;</a>",
		  "document type declaration" },
		{ "<!DOCTYPE a [<!ENTITY % p SYSTEM \"http://127.0.0.1:9/p\"> %p;]><a/>",
		  "document type declaration" },
		{ "<!DOCTYPE a SYSTEM \"http://127.0.0.1:9/a.dtd\"><a/>",
		  "document type declaration" },
		{ "<!DOCTYPE a PUBLIC \"-//x//y\" \"file:///etc/passwd\"><a/>",
		  "document type declaration" },
		{ "<!-- x --><!DOCTYPE a><a/>", "document type declaration" },
		{ "<a>&nbsp;</a>", "line 1" },
		{ "<a b=\"&x;\"/>", "line 1" },
		{ "<a><b></a>", "line 1" },
		{ "<a/><b/>", "line 1" },
		{ "<a", "XML was expected" },
		{ "text", "XML was expected" },
		{ "<a>&#0;</a>", "line 1" },
		{ "<a>\x01</a>", "line 1" },
		{ "<a>\xff</a>", "XML was expected" },
		{ "<?xml version='1.0' encoding='none-such'?><a>\xe9</a>", "XML was expected" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
		assert_unreadable(BODY_XML, "application/xml", cases[i].body, strlen(cases[i].body),
				  cases[i].because);
	assert_unreadable(BODY_XML, NULL, "<a>\0</a>", 8, "XML was expected");
}

static void assert_deep(BodyKind kind, const char *open, const char *close, guint depth,
			gboolean is_read)
{
	g_autoptr(GString) body = g_string_new(NULL);

	for (guint i = 0; i < depth; i++)
		g_string_append(body, open);
	for (guint i = 0; i < depth; i++)
		g_string_append(body, close);
	if (is_read) {
		g_autoptr(json_t) tree = body_read(kind, NULL, body->str, body->len, NULL, NULL);
		g_assert_nonnull(tree);
		return;
	}
	assert_unreadable(kind, NULL, body->str, body->len, "nested");
}

static void test_depth(void)
{
	assert_deep(BODY_JSON, "[", "]", 64, TRUE);
	assert_deep(BODY_JSON, "[", "]", 65, FALSE);
	assert_deep(BODY_JSON, "[", "]", 1000000, FALSE);
	assert_deep(BODY_XML, "<a>", "</a>", 64, TRUE);
	assert_deep(BODY_XML, "<a>", "</a>", 65, FALSE);
	assert_deep(BODY_XML, "<a>", "</a>", 300000, FALSE);
}

/* A text of 10 MB is a text, in whatever it stands. */
static void test_size(void)
{
	const gsize size = 10 * 1024 * 1024;
	g_autofree char *long_text = g_strnfill(size, 'x');
	static const struct {
		BodyKind kind;
		const char *before, *behind;
	} cases[] = {
		{ BODY_JSON, "{\"a\":\"", "\"}" },
		{ BODY_XML, "<a>", "</a>" },
		{ BODY_FORM, "a=", "" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *body = g_strconcat(cases[i].before, long_text, cases[i].behind,
						    NULL);
		g_autoptr(json_t) tree = body_read(cases[i].kind, NULL, body, strlen(body), NULL,
						   NULL);

		g_assert_cmpuint(json_string_length(json_object_get(tree, "a")), ==, size);
	}
}

/* What is larger than any answer has reason to be is not read. */
static void test_too_large(void)
{
	const gsize huge = 64 * 1024 * 1024 + 1;
	g_autofree char *zeros = g_malloc0(huge);
	g_autoptr(GString) many = g_string_new("<a>");
	g_autoptr(GString) pairs = g_string_new("a=1");

	assert_unreadable(BODY_XML, NULL, zeros, huge, "too large");
	for (int i = 0; i < 1000001; i++)
		g_string_append(many, "<b/>");
	g_string_append(many, "</a>");
	assert_unreadable(BODY_XML, NULL, many->str, many->len, "too many elements");
	for (int i = 0; i < 10001; i++)
		g_string_append(pairs, "&a=1");
	assert_unreadable(BODY_FORM, NULL, pairs->str, pairs->len, "10000 pairs");
}

static void assert_page(const char *type, const char *body)
{
	g_autoptr(GError) error = NULL;
	gboolean is_page = FALSE;
	g_autoptr(json_t) tree = body_read(BODY_JSON, type, body, strlen(body), &is_page, &error);

	g_assert_null(tree);
	if (!is_page)
		g_error("no page: %s", body);
	g_assert_true(error_is(error, ERROR_OBJECT));
	g_assert_nonnull(
		strstr(error->message, "JSON was expected, but the answer is an HTML page"));
}

static void test_pages(void)
{
	assert_page("text/html; charset=utf-8", "\r\n <b>Sorry</b>");
	assert_page("application/json", "<!DOCTYPE html><html></html>");
	assert_page(NULL, "\xef\xbb\xbf<HTML lang=\"en\">");
	assert_page("text/plain", "<html>");
	assert_page("text/xml",
		    "<?xml version=\"1.0\"?>\n<!-- x -->\n<!DOCTYPE HTML PUBLIC \"-//W3C//\">");
	assert_page(NULL, "<!-- a --><!-- b --><html\n>");
	assert_page("application/xhtml+xml", "<x/>");
	assert_read(BODY_XML, NULL, "<html5>no</html5>", "{\"html5\":\"no\"}");
	assert_read(BODY_TEXT, "text/html", "done", "\"done\"");
	assert_read(BODY_TEXT, NULL, "<b>", "\"<b>\"");
	assert_read(BODY_JSON, "text/html", " ", NULL);
}

static void test_text(void)
{
	assert_read(BODY_TEXT, "text/plain", "a\nb\xff", "\"a\\nb\357\277\275\"");
	assert_unreadable(BODY_TEXT, NULL, "a\0b", 3, "zero byte");
}

static void test_wipe(void)
{
	g_autoptr(json_t) tree = json("{\"a\":[{\"b\":\"hush\"}],\"c\":1,\"d\":\"hush\"}");
	g_autofree char *text = NULL;

	body_wipe(tree);
	text = json_dumps(tree, JSON_COMPACT);
	g_assert_nonnull(strstr(text, "\"c\":1"));
	g_assert_null(strstr(text, "hush"));
	body_wipe(NULL);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/body/kinds", test_kinds);
	g_test_add_func("/body/write_json", test_write_json);
	g_test_add_func("/body/write_form", test_write_form);
	g_test_add_func("/body/write_xml", test_write_xml);
	g_test_add_func("/body/unwritable_xml", test_unwritable_xml);
	g_test_add_func("/body/write_text", test_write_text);
	g_test_add_func("/body/read_json", test_read_json);
	g_test_add_func("/body/read_form", test_read_form);
	g_test_add_func("/body/read_xml", test_read_xml);
	g_test_add_func("/body/silence", test_silence);
	g_test_add_func("/body/xml_there_and_back", test_xml_there_and_back);
	g_test_add_func("/body/bad_xml", test_bad_xml);
	g_test_add_func("/body/depth", test_depth);
	g_test_add_func("/body/size", test_size);
	g_test_add_func("/body/too_large", test_too_large);
	g_test_add_func("/body/pages", test_pages);
	g_test_add_func("/body/text", test_text);
	g_test_add_func("/body/wipe", test_wipe);
	return g_test_run();
}
