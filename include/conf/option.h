/*
 * Option tables: one row a setting. A table describes a group of the config file ("{ ... }") and
 * the struct that it fills; the walker in conf/conf.h does the rest, the same way everywhere:
 * unknown keys with "did you mean", wrong types, missing keys, bad values, each with file and line.
 *
 *	typedef struct { char *name; gboolean nested; gint64 delay_us; GPtrArray *uris; } Thing;
 *
 *	static const char *const colours[] = { "red", "green", NULL };
 *	static const Option thing_options[] = {
 *		OPTION(STRING,   Thing, name,     "name",   OPTION_REQUIRED),
 *		OPTION(BOOL,     Thing, nested,   "nested", 0, .fallback = "true"),
 *		OPTION(DURATION, Thing, delay_us, "delay",  0, .fallback = "30s"),
 *		OPTION(ENUM,     Thing, colour,   "colour", 0, .names = colours, .fallback = "red"),
 *		OPTION_END
 *	};
 *
 * Strings, string lists and secrets that a table filled are owned by the struct and released by
 * option_clear(). 'fallback' is the value as it would stand in the config file, a single text
 * without its quotes. Required settings of a nested group count only if the group is there.
 */
#pragma once
#include <glib.h>

typedef enum {
	OPTION_TYPE_END,
	OPTION_TYPE_STRING,   /* char *; fallback NULL leaves NULL */
	OPTION_TYPE_BOOL,     /* gboolean */
	OPTION_TYPE_INT,      /* gint64, within min..max */
	OPTION_TYPE_DURATION, /* gint64 microseconds; "30s", "5m", "12h", "30d", or seconds */
	OPTION_TYPE_ENUM,     /* int, index into .names */
	OPTION_TYPE_STRINGS,  /* GPtrArray of char *, never NULL; one string is a list of one */
	OPTION_TYPE_SECRET,   /* Secret *; also as <name>_file and <name>_env */
	OPTION_TYPE_GROUP,    /* an embedded struct described by .table */
	OPTION_TYPE_NODE,     /* const ConfNode *: the raw value, read by the owner with conf_*() */
} OptionType;

enum {
	OPTION_REQUIRED = 1 << 0,
	OPTION_PATH = 1 << 1, /* a file: a relative name is found as that of a secret is */
};

typedef struct Option Option;
struct Option {
	OptionType type;
	const char *name;
	gsize offset;
	guint flags;
	const char *fallback;
	gint64 min, max;          /* OPTION_TYPE_INT; both 0: any */
	const char *const *names; /* OPTION_TYPE_ENUM; NULL-terminated */
	const Option *table;      /* OPTION_TYPE_GROUP */
};

#define OPTION(kind, holder, member, key, option_flags, ...)                                      \
	{                                                                                         \
		.type = OPTION_TYPE_##kind, .name = (key),                                        \
		.offset = G_STRUCT_OFFSET(holder, member), .flags = (option_flags), ##__VA_ARGS__ \
	}
#define OPTION_END                      \
	{                               \
		.type = OPTION_TYPE_END \
	}

/* Releases what option tables filled into 'into' and sets it to zero. */
void option_clear(const Option *table, void *into);
