/*
 * Patterns: the one home of PCRE2.
 *
 * Administrators bring their patterns along from Entra, which means from .NET. Where Perl and .NET
 * differ and PCRE2 lets us choose, it is .NET: \d \w \s know all of Unicode, groups may share a
 * name, and a group that is called by number has .NET's: first those without a name, then those
 * with one. (In the pattern itself \2 counts as Perl does; that differs only where both kinds are
 * mixed.) Not to be had: balancing groups, subtraction in classes, \p{IsGreek}, lookbehinds whose
 * length varies.
 *
 * No pattern may hang a run, whatever the directory holds. PCRE2's own match limit starts again at
 * every position of the text and does not see how far a single repeat runs, so a pattern such as
 * x*x*y stays below it for hours. Therefore a callout stands before every item of the pattern and
 * counts for one operation, which may be many matches, what it costs: one for the item, and one
 * for each byte gone forwards or back since the last. The bound grows with the text, so that
 * honest work on a megabyte is possible. Depth and memory are PCRE2's limits.
 *
 * There is no JIT: the service runs where no memory may be both written and executed, and a limit
 * has to bite at the same place on every machine.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <string.h>

#include "base/error.h"
#include "pattern_internal.h"

#define MAX_PATTERN 4000 /* bytes; the callouts need room, too */
#define MAX_NESTED 100
#define MAX_STEPS 2000000 /* and for each byte of the text: */
#define STEPS_PER_BYTE 32
#define MAX_MATCH 10000000 /* PCRE2's count, for each position */
#define MAX_DEPTH 200000
#define MAX_HEAP_KIB 16384

/* What an operation may cost, and still may; where it was when it last paid. */
typedef struct {
	gsize granted, left, at;
} Steps;

struct Pattern {
	pcre2_code *code;
	pcre2_match_context *limits;
	pcre2_match_data *found; /* of the last match; used again for the next */
	Steps *steps;
	guint *numbers; /* PCRE2's number of a group by .NET's number */
	guint groups;   /* the highest number */
	const guint8 *names;
	guint name_count, name_size; /* of 'names': two bytes of number, the name, NUL */
};

static void *take(PCRE2_SIZE size, void *data)
{
	return g_malloc(size);
}

static void give_back(void *memory, void *data)
{
	g_free(memory);
}

static int count_step(pcre2_callout_block *block, void *data)
{
	Steps *steps = data;
	gsize at = block->current_position;
	gsize cost = 1 + (at > steps->at ? at - steps->at : steps->at - at);

	steps->at = at;
	if (cost > steps->left)
		return PCRE2_ERROR_MATCHLIMIT;
	steps->left -= cost;
	return 0;
}

/* The only place that knows what PCRE2's numbers mean. */
static gboolean fail_match(int code, GError **error)
{
	PCRE2_UCHAR words[256];

	switch (code) {
	case PCRE2_ERROR_MATCHLIMIT:
		return error_set(error, ERROR_OBJECT,
				 "the regular expression takes too many steps on this value\n"
				 "avoid a repeat within a repeat, such as (a+)+");
	case PCRE2_ERROR_DEPTHLIMIT:
	case PCRE2_ERROR_HEAPLIMIT:
	case PCRE2_ERROR_RECURSELOOP:
		return error_set(error, ERROR_OBJECT,
				 "the regular expression needs too much memory on this value\n"
				 "avoid a repeated group, such as (.)*");
	default:
		pcre2_get_error_message(code, words, sizeof(words));
		return error_set(error, ERROR_OBJECT,
				 "the regular expression cannot be used on this value: %s",
				 (const char *)words);
	}
}

static pcre2_code *compile(const char *text, gsize length, int *code, gsize *at,
			   pcre2_general_context *memory)
{
	pcre2_compile_context *limits = pcre2_compile_context_create(memory);

	pcre2_set_max_pattern_length(limits, MAX_PATTERN);
	pcre2_set_parens_nest_limit(limits, MAX_NESTED);
	pcre2_set_newline(limits, PCRE2_NEWLINE_LF);
	pcre2_code *compiled = pcre2_compile((PCRE2_SPTR)text, length,
					     PCRE2_UTF | PCRE2_UCP | PCRE2_DUPNAMES |
						     PCRE2_AUTO_CALLOUT | PCRE2_NEVER_BACKSLASH_C,
					     code, at, limits);
	pcre2_compile_context_free(limits);
	return compiled;
}

static void read_names(Pattern *self)
{
	uint32_t groups = 0, count = 0, size = 0;
	PCRE2_SPTR names = NULL;

	pcre2_pattern_info(self->code, PCRE2_INFO_CAPTURECOUNT, &groups);
	pcre2_pattern_info(self->code, PCRE2_INFO_NAMECOUNT, &count);
	pcre2_pattern_info(self->code, PCRE2_INFO_NAMEENTRYSIZE, &size);
	pcre2_pattern_info(self->code, PCRE2_INFO_NAMETABLE, &names);
	self->groups = groups;
	self->names = names;
	self->name_count = count;
	self->name_size = size;
}

static guint number_of(const guint8 *entry)
{
	return (guint)entry[0] << 8 | entry[1];
}

/* .NET counts the groups that have no name before those that have one. */
static void number_groups(Pattern *self)
{
	g_autofree gboolean *named = g_new0(gboolean, self->groups + 1);
	guint next = 1;

	for (guint i = 0; i < self->name_count; i++)
		named[number_of(self->names + i * self->name_size)] = TRUE;
	self->numbers = g_new0(guint, self->groups + 1);
	for (gboolean pass = FALSE; pass <= TRUE; pass++) {
		for (guint i = 1; i <= self->groups; i++) {
			if (named[i] == pass)
				self->numbers[next++] = i;
		}
	}
}

static pcre2_match_context *limits_new(Steps *steps, pcre2_general_context *memory)
{
	pcre2_match_context *limits = pcre2_match_context_create(memory);

	pcre2_set_match_limit(limits, MAX_MATCH);
	pcre2_set_depth_limit(limits, MAX_DEPTH);
	pcre2_set_heap_limit(limits, MAX_HEAP_KIB);
	pcre2_set_callout(limits, count_step, steps);
	return limits;
}

static Pattern *pattern_new(pcre2_code *code, pcre2_general_context *memory)
{
	Pattern *self = g_new0(Pattern, 1);

	self->code = code;
	self->steps = g_new0(Steps, 1);
	self->limits = limits_new(self->steps, memory);
	self->found = pcre2_match_data_create_from_pattern(code, memory);
	read_names(self);
	number_groups(self);
	return self;
}

static void fail_compile(int code, const char *text, gsize at, guint *offset, GError **error)
{
	PCRE2_UCHAR words[256];
	const char *valid;

	/* It stops at the first byte that is no UTF-8, which may be the mistake. */
	g_utf8_validate_len(text, at, &valid);
	guint character = (guint)g_utf8_strlen(text, valid - text);
	pcre2_get_error_message(code, words, sizeof(words));
	if (offset)
		*offset = character;
	error_set(error, ERROR_CONFIG, "the regular expression is wrong at its character %u: %s",
		  character + 1, (const char *)words);
}

Pattern *pattern_compile(const char *text, gsize length, guint *offset, GError **error)
{
	pcre2_general_context *memory = pcre2_general_context_create(take, give_back, NULL);
	Pattern *self = NULL;
	gsize at = 0;
	int code = 0;

	pcre2_code *compiled = compile(text, length, &code, &at, memory);
	if (compiled)
		self = pattern_new(compiled, memory);
	else
		fail_compile(code, text, MIN(at, length), offset, error);
	pcre2_general_context_free(memory);
	return self;
}

void pattern_free(Pattern *self)
{
	if (!self)
		return;
	pcre2_match_data_free(self->found);
	pcre2_match_context_free(self->limits);
	pcre2_code_free(self->code);
	g_free(self->steps);
	g_free(self->numbers);
	g_free(self);
}

void pattern_begin(const Pattern *self, gsize length)
{
	gsize granted = MAX_STEPS + STEPS_PER_BYTE * length;

	*self->steps = (Steps){ .granted = granted, .left = granted };
}

gsize pattern_cost(const Pattern *self)
{
	return self->steps->granted - self->steps->left;
}

PatternResult pattern_run(const Pattern *self, const char *text, gsize length, gsize from,
			  GError **error)
{
	int code = pcre2_match(self->code, (PCRE2_SPTR)text, length, from, PCRE2_NO_UTF_CHECK,
			       self->found, self->limits);

	if (code >= 0)
		return PATTERN_YES;
	if (code == PCRE2_ERROR_NOMATCH)
		return PATTERN_NO;
	fail_match(code, error);
	return PATTERN_FAILED;
}

gboolean pattern_pay(const Pattern *self, gsize cost, GError **error)
{
	if (cost > self->steps->left)
		return fail_match(PCRE2_ERROR_MATCHLIMIT, error);
	self->steps->left -= cost;
	return TRUE;
}

guint pattern_groups(const Pattern *self)
{
	return self->groups;
}

PatternResult pattern_match(const Pattern *self, const char *text, gsize length, GError **error)
{
	pattern_begin(self, length);
	return pattern_run(self, text, length, 0, error);
}

static gboolean find_number(const Pattern *self, const char *digits, gsize length,
			    PatternGroup *group)
{
	guint number = 0;

	for (gsize i = 0; i < length; i++) {
		if (!g_ascii_isdigit(digits[i]))
			return FALSE;
		number = number * 10 + (guint)(digits[i] - '0');
		if (number > self->groups)
			return FALSE;
	}
	*group = (PatternGroup){ .number = self->numbers[number] };
	return length > 0;
}

gboolean pattern_group(const Pattern *self, const char *name, gsize length, PatternGroup *group)
{
	*group = (PatternGroup){ 0 };
	/* Names are ordered: those that are alike stand next to each other. */
	for (guint i = 0; i < self->name_count; i++) {
		const guint8 *entry = self->names + i * self->name_size;
		const char *known = (const char *)entry + 2;

		if (strlen(known) != length || memcmp(known, name, length) != 0)
			continue;
		if (group->count++ == 0)
			group->names = entry;
	}
	return length == 0 || group->count > 0 || find_number(self, name, length, group);
}

static gboolean number_span(const Pattern *self, guint number, gsize *from, gsize *to)
{
	const PCRE2_SIZE *spans = pcre2_get_ovector_pointer(self->found);

	if (spans[2 * number] == PCRE2_UNSET)
		return FALSE;
	*from = spans[2 * number];
	*to = spans[2 * number + 1];
	return TRUE;
}

gboolean pattern_span(const Pattern *self, const PatternGroup *group, gsize *from, gsize *to)
{
	if (!group->names)
		return number_span(self, group->number, from, to);
	for (guint i = 0; i < group->count; i++) {
		if (number_span(self, number_of(group->names + i * self->name_size), from, to))
			return TRUE;
	}
	return FALSE;
}

PatternResult pattern_find(const Pattern *self, const char *group, const char *text, gsize length,
			   gsize *start, gsize *end, GError **error)
{
	gsize from, to;
	PatternGroup found;

	if (!pattern_group(self, group ? group : "", group ? strlen(group) : 0, &found))
		return PATTERN_NO;
	PatternResult result = pattern_match(self, text, length, error);
	if (result != PATTERN_YES)
		return result;
	if (!pattern_span(self, &found, &from, &to))
		return PATTERN_NO;
	*start = from;
	*end = to;
	return PATTERN_YES;
}

gboolean pattern_has(const Pattern *self, const char *group)
{
	PatternGroup found;

	return *group && pattern_group(self, group, strlen(group), &found);
}
