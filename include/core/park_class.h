/*
 * Park classes: who must do what about an object that was put aside. The sentence beside it says
 * what is wrong; the class sorts hundreds of such sentences.
 */
#pragma once
#include <glib.h>

typedef enum {
	PARK_UNCLASSIFIED, /* by a program that did not say it yet */
	PARK_MAPPING,      /* a value is missing or cannot be worked out: mend it, or the mapping */
	PARK_CONFLICT,     /* one account or name, and two who claim it: decide whose it is */
	PARK_PROTECTED,    /* 'protect' forbids it: see to the account by hand */
	PARK_REFUSED,      /* the application refuses this object, and says why */
	PARK_GONE,         /* others removed it there: make it again ('recreate'), or let it be */
	PARK_WAITING,      /* the application could not now: it is tried again by itself */
	PARK_UNKNOWN,      /* sent, and not so, or nobody can tell: ask the application's support */
} ParkClass;
#define PARK_CLASSES (PARK_UNKNOWN + 1)

/* "mapping", "conflict", ...; also the form in the store. */
const char *park_class_name(ParkClass klass);

/* The reverse; PARK_UNCLASSIFIED if it is none, or NULL. */
ParkClass park_class_parse(const char *name);
