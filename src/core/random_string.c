/*
 * Random strings.
 *
 * A random string has at least as many digits, special characters (ASCII punctuation, what Windows
 * counts as such in passwords), capitals and small letters as is asked for. What is left of its
 * length is filled with the kinds that were asked for at all, or with digits and letters if none
 * was: a service that does not bear special characters gets none when their number is 0. Each
 * character is equally likely within its kind, and so is each order.
 */
#include <string.h>

#include "random_string_internal.h"

/* The characters of a kind: digits, special ones, capitals, small letters. */
static const char *const kinds[RANDOM_KINDS] = {
	"0123456789",
	"~!@#$%^&*_-+=`|\\(){}[]:;\"'<>,.?/",
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ",
	"abcdefghijklmnopqrstuvwxyz",
};
#define SPECIAL 1

const char *random_rules_fault(const RandomRules *rules)
{
	gint64 sum = 0;

	if (rules->length < 1 || rules->length > RANDOM_MAX_LENGTH)
		return "the length of a random string is a number from 1 to 256";
	for (guint i = 0; i < RANDOM_KINDS; i++) {
		if (rules->least[i] < 0 || rules->least[i] > RANDOM_MAX_LENGTH)
			return "each least number of a random string is a number from 0 to its "
			       "length";
		sum += rules->least[i];
	}
	return sum > rules->length ? "the least numbers of a random string exceed its length"
				   : NULL;
}

const char *random_rules_avoid(RandomRules *rules, const char *avoid)
{
	gboolean asked = FALSE;

	for (guint i = 0; i < RANDOM_KINDS; i++) {
		gsize kept = 0;
		for (const char *at = kinds[i]; *at; at++) {
			if (!strchr(avoid, *at))
				rules->allowed[i][kept++] = *at;
		}
		asked = asked || rules->least[i] > 0;
		if (rules->least[i] > 0 && kept == 0)
			return "no character of a kind that a random string needs is left";
	}
	for (guint i = 0; i < RANDOM_KINDS; i++) {
		if (asked ? rules->least[i] > 0 : i != SPECIAL)
			g_strlcat(rules->filling, rules->allowed[i], sizeof(rules->filling));
	}
	return rules->filling[0] ? NULL : "no character is left for a random string";
}

static char draw(Chance *chance, const char *characters)
{
	return characters[chance_below(chance, (guint)strlen(characters))];
}

void random_string_make(const RandomRules *rules, Chance *chance, char *out)
{
	guint length = (guint)rules->length, at = 0;

	for (guint i = 0; i < RANDOM_KINDS; i++) {
		for (gint64 k = 0; k < rules->least[i]; k++)
			out[at++] = draw(chance, rules->allowed[i]);
	}
	while (at < length)
		out[at++] = draw(chance, rules->filling);
	/* Fisher and Yates: every order is equally likely. */
	for (guint left = length; left > 1; left--) {
		guint chosen = chance_below(chance, left);
		char last = out[left - 1];
		out[left - 1] = out[chosen];
		out[chosen] = last;
	}
}
