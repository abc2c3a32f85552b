/*
 * Random strings that keep rules: how many of each kind of character, and which ones never.
 */
#pragma once
#include "chance_internal.h"

#define RANDOM_MAX_LENGTH 256
#define RANDOM_KINDS 4 /* digits, special characters, capitals, small letters */
#define RANDOM_LONGEST_KIND 32

typedef struct {
	gint64 length;
	gint64 least[RANDOM_KINDS];
	char allowed[RANDOM_KINDS][RANDOM_LONGEST_KIND + 1];  /* without those to be avoided */
	char filling[RANDOM_KINDS * RANDOM_LONGEST_KIND + 1]; /* what the rest is made of */
} RandomRules;

/* What is wrong with the length and the least numbers (a literal); NULL if nothing. */
const char *random_rules_fault(const RandomRules *rules);

/*
 * Works out which characters may be used; 'avoid' may be empty. What is wrong (a literal), or NULL.
 * To be called once, on rules without fault.
 */
const char *random_rules_avoid(RandomRules *rules, const char *avoid);

/* Writes rules->length characters to 'out', without a NUL. */
void random_string_make(const RandomRules *rules, Chance *chance, char *out);
