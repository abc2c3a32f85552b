/*
 * The parser of search filters, RFC 4515, with the complaints a human can use.
 *
 *	filter      = "(" content ")"                     white space may stand between brackets
 *	content     = "&" *filter / "|" *filter / "!" filter / item
 *	item        = attr "=*"                           present
 *	            / attr ( "=" / "~=" / ">=" / "<=" ) value
 *	            / attr "=" [value] *( "*" [value] )   substrings
 *	            / attr [":dn"] [":" rule] ":=" value  extensible
 *	            / [":dn"] ":" rule ":=" value
 *	value       = characters, "\" and two hex digits for ( ) * \ and NUL
 *
 * "~=" is read as "=". Attribute names of RFC 4514 §3 in their long form or as OIDs become the
 * short ones ("commonName" is "cn"), because that is the name under which servers return them.
 *
 * Refused although RFC 4511 would have them evaluate to Undefined: matching rules that we do not
 * have, and bit rules with something that is no number. Such a filter can never hold, and the day
 * the config is loaded is the day to hear about it, not the day everybody is out of scope. AD's
 * "in chain" rule is refused because it asks for other entries than the one at hand.
 */
#include <string.h>

#include "base/error.h"
#include "dn_internal.h"
#include "filter_internal.h"

#define DEEPEST 100
#define RULE_IN_CHAIN "1.2.840.113556.1.4.1941"

typedef struct {
	const char *text, *at;
	guint depth;
	GError **error;
} Parser;

static Filter *parse_filter(Parser *parser);

/* In characters, from 1. */
static guint column_of(const Parser *parser, const char *at)
{
	guint column = 1;

	for (const char *byte = parser->text; byte < at; byte++)
		column += ((guchar)*byte & 0xc0) != 0x80;
	return column;
}

/* Always NULL. 'hint' says what to do. */
static G_GNUC_PRINTF(4, 5) void *fail(const Parser *parser, const char *at, const char *hint,
				      const char *format, ...)
{
	g_autofree char *message = NULL;
	va_list args;

	va_start(args, format);
	message = g_strdup_vprintf(format, args);
	va_end(args);
	error_set(parser->error, ERROR_CONFIG, "cannot read the filter at column %u: %s\n%s",
		  column_of(parser, at), message, hint);
	return NULL;
}

static Filter *filter_new(FilterNode node)
{
	Filter *self = g_new0(Filter, 1);

	self->node = node;
	return self;
}

static void child_free(void *child)
{
	filter_free(child);
}

void filter_free(Filter *self)
{
	if (self == NULL)
		return;
	g_clear_pointer(&self->children, g_ptr_array_unref);
	g_free(self->attribute);
	match_assertion_free(self->assertion);
	g_free(self);
}

static void skip_space(Parser *parser)
{
	while (g_ascii_isspace(*parser->at))
		parser->at++;
}

static gboolean skip(Parser *parser, const char *token)
{
	if (!g_str_has_prefix(parser->at, token))
		return FALSE;
	parser->at += strlen(token);
	return TRUE;
}

static gboolean is_name_char(char c)
{
	return g_ascii_isalnum(c) || c == '-' || c == '.' || c == ';' || c == '_';
}

/* An attribute or rule; lower case. NULL without error if there is none. */
static char *parse_name(Parser *parser)
{
	const char *start = parser->at;

	while (is_name_char(*parser->at))
		parser->at++;
	if (parser->at == start)
		return NULL;
	return g_ascii_strdown(start, parser->at - start);
}

static gboolean parse_escape(Parser *parser, GString *piece)
{
	const char *at = parser->at;

	if (!g_ascii_isxdigit(at[1]) || !g_ascii_isxdigit(at[2])) {
		fail(parser, at,
		     "write \\2a for '*', \\28 for '(', \\29 for ')' and \\5c for '\\' itself",
		     "two hex digits expected behind '\\'");
		return FALSE;
	}
	g_string_append_c(piece,
			  (char)(g_ascii_xdigit_value(at[1]) << 4 | g_ascii_xdigit_value(at[2])));
	parser->at += 3;
	return TRUE;
}

static void piece_free(void *piece)
{
	g_string_free(piece, TRUE);
}

/* What stands between the stars up to the closing bracket: one piece more than stars. */
static GPtrArray *parse_pieces(Parser *parser)
{
	g_autoptr(GPtrArray) pieces = g_ptr_array_new_with_free_func(piece_free);
	GString *piece = g_string_new(NULL);

	g_ptr_array_add(pieces, piece);
	while (*parser->at != '\0' && *parser->at != ')') {
		switch (*parser->at) {
		case '(':
			return fail(parser, parser->at,
				    "close the condition with ')', or write \\28 for a bracket",
				    "'(' inside a value");
		case '\\':
			if (!parse_escape(parser, piece))
				return NULL;
			break;
		case '*':
			piece = g_string_new(NULL);
			g_ptr_array_add(pieces, piece);
			parser->at++;
			break;
		default:
			g_string_append_c(piece, *parser->at++);
		}
	}
	return g_steal_pointer(&pieces);
}

static Filter *parse_equality(Parser *parser, const char *attribute)
{
	g_autoptr(GPtrArray) pieces = parse_pieces(parser);
	MatchRule rule = match_rule_of(attribute);
	Filter *self;

	if (pieces == NULL)
		return NULL;
	self = filter_new(FILTER_ASSERTION);
	if (pieces->len == 1) {
		self->assertion = match_assertion_new(rule, MATCH_EQUAL,
						      g_ptr_array_index(pieces, 0));
	} else if (pieces->len == 2 && ((GString *)g_ptr_array_index(pieces, 0))->len == 0 &&
		   ((GString *)g_ptr_array_index(pieces, 1))->len == 0) {
		self->node = FILTER_PRESENT;
	} else {
		self->assertion = match_substrings_new(rule, pieces);
	}
	return self;
}

/* A value that is compared as a whole. */
static Filter *parse_whole(Parser *parser, MatchRule rule, MatchOperator operator)
{
	const char *start = parser->at;
	g_autoptr(GPtrArray) pieces = parse_pieces(parser);
	g_autoptr(Filter) self = NULL;

	if (pieces == NULL)
		return NULL;
	if (pieces->len > 1)
		return fail(parser, start, "use '=' for a pattern, or write \\2a for a star",
			    "'*' in a value that is compared as a whole");
	self = filter_new(FILTER_ASSERTION);
	self->assertion = match_assertion_new(rule, operator, g_ptr_array_index(pieces, 0));
	if ((operator== MATCH_BIT_AND || operator== MATCH_BIT_OR) &&
	    !match_assertion_is_valid(self->assertion))
		return fail(parser, start, "the bits to test are written as a decimal number: 2",
			    "a bit rule needs a whole number");
	return g_steal_pointer(&self);
}

static void *fail_rule(const Parser *parser, const char *at, const char *name)
{
	if (strcmp(name, RULE_IN_CHAIN) == 0)
		return fail(parser, at, "use an assign rule: nested groups are followed",
			    "the rule '%s' (in chain) looks at more than one entry", name);
	return fail(parser, at,
		    "known are the rules of RFC 4517 by name or OID, 1.2.840.113556.1.4.803 (bit "
		    "and) and 1.2.840.113556.1.4.804 (bit or)",
		    "unknown matching rule '%s'", name);
}

/* From the first colon on; 'attribute' may be NULL. */
static Filter *parse_extensible(Parser *parser, const char *attribute)
{
	MatchRule rule = attribute != NULL ? match_rule_of(attribute) : MATCH_CASE_IGNORE;
	MatchOperator operator= MATCH_EQUAL;
	gboolean with_dn = FALSE, has_rule = FALSE;
	Filter *self;

	while (!skip(parser, ":=")) {
		const char *start = parser->at + 1;
		g_autofree char *name = NULL;

		if (!skip(parser, ":") || has_rule || (name = parse_name(parser)) == NULL)
			return fail(parser, parser->at, "write attribute:rule:=value",
				    "':=' expected");
		if (strcmp(name, "dn") == 0 && !with_dn) {
			with_dn = TRUE;
			continue;
		}
		if (!match_rule_parse(name, &rule, &operator))
			return fail_rule(parser, start, name);
		has_rule = TRUE;
	}
	if (attribute == NULL && !has_rule)
		return fail(parser, parser->at, "write attribute:rule:=value",
			    "neither an attribute nor a rule is named");
	self = parse_whole(parser, rule, operator);
	if (self != NULL)
		self->with_dn = with_dn;
	return self;
}

static Filter *parse_condition(Parser *parser, const char *attribute)
{
	MatchRule rule = match_rule_of(attribute);

	if (*parser->at == ':')
		return parse_extensible(parser, attribute);
	if (skip(parser, "~="))
		return parse_whole(parser, rule, MATCH_EQUAL);
	if (skip(parser, ">="))
		return parse_whole(parser, rule, MATCH_AT_LEAST);
	if (skip(parser, "<="))
		return parse_whole(parser, rule, MATCH_AT_MOST);
	if (skip(parser, "="))
		return parse_equality(parser, attribute);
	if (*parser->at == '<' || *parser->at == '>')
		return fail(parser, parser->at,
			    "write '<=' or '>=', and (!(...)) around it to exclude",
			    "filters have no '%c'", *parser->at);
	return fail(parser, parser->at, "a condition looks like (mail=*@example.org)",
		    "'=' expected behind '%s'", attribute);
}

static Filter *parse_item(Parser *parser)
{
	g_autofree char *name = parse_name(parser);
	const char *attribute;
	Filter *self;

	if (name == NULL && *parser->at == ':')
		return parse_extensible(parser, NULL);
	if (name == NULL)
		return fail(parser, parser->at, "a condition looks like (mail=*@example.org)",
			    "name of an attribute expected");
	attribute = dn_canonical_type(name);
	self = parse_condition(parser, attribute);
	if (self != NULL)
		self->attribute = g_strdup(attribute);
	return self;
}

static Filter *parse_list(Parser *parser, FilterNode node)
{
	g_autoptr(Filter) self = filter_new(node);

	self->children = g_ptr_array_new_with_free_func(child_free);
	parser->at++;
	for (skip_space(parser); *parser->at == '('; skip_space(parser)) {
		Filter *child = parse_filter(parser);

		if (child == NULL)
			return NULL;
		g_ptr_array_add(self->children, child);
	}
	if (node == FILTER_NOT && self->children->len != 1)
		return fail(parser, parser->at, "write (!(condition)) or (!(|(one)(other)))",
			    "'!' takes one filter and has %u", self->children->len);
	return g_steal_pointer(&self);
}

static Filter *parse_content(Parser *parser)
{
	skip_space(parser);
	switch (*parser->at) {
	case '&':
		return parse_list(parser, FILTER_AND);
	case '|':
		return parse_list(parser, FILTER_OR);
	case '!':
		return parse_list(parser, FILTER_NOT);
	default:
		return parse_item(parser);
	}
}

/* At an opening bracket. */
static Filter *parse_filter(Parser *parser)
{
	const char *start = parser->at++;
	g_autoptr(Filter) self = NULL;

	if (parser->depth == DEEPEST)
		return fail(parser, start, "simplify it", "brackets deeper than %d", DEEPEST);
	parser->depth++;
	self = parse_content(parser);
	parser->depth--;
	if (self == NULL)
		return NULL;
	if (*parser->at == '\0')
		return fail(parser, parser->at, "add ')' at the end or where the condition ends",
			    "the bracket opened at column %u is not closed",
			    column_of(parser, start));
	if (!skip(parser, ")"))
		return fail(parser, parser->at,
			    "put every condition in brackets of its own: (&(a=b)(c=d))",
			    "'(' or ')' expected");
	return g_steal_pointer(&self);
}

Filter *filter_parse(const char *text, GError **error)
{
	Parser parser = { .text = text, .at = text, .error = error };
	g_autoptr(Filter) self = NULL;

	skip_space(&parser);
	if (*parser.at == '\0')
		return fail(&parser, parser.at, "(objectClass=*) matches every entry",
			    "the filter is empty");
	self = *parser.at == '(' ? parse_filter(&parser) : parse_content(&parser);
	if (self == NULL)
		return NULL;
	skip_space(&parser);
	if (*parser.at != '\0')
		return fail(&parser, parser.at,
			    "join several conditions with (&...) for all or (|...) for any",
			    "the filter ends before this");
	return g_steal_pointer(&self);
}
