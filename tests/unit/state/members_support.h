/*
 * A state with two sources, "corp" and "branch", and entries in few words.
 */
#pragma once
#include "state/view.h"
#include "state_support.h"

#define BASE "dc=example,dc=org"
#define SOURCES 2

typedef struct {
	Store store;
	gint64 sources[SOURCES];
} Sources;

void sources_open(Sources *self);
void sources_close(Sources *self);

/* The anchor of a number. New string. */
char *anchor_text(guint anchor);

/* Row id of a living entry; 0 if there is none. */
gint64 sources_row(const Sources *self, guint source, guint anchor);

void add_text(Entry *entry, const char *name, const char *text);

/* A member that was added, or left. */
void add_by_anchor(Entry *entry, guint anchor, gboolean left);

void put(ViewPull *pull, const Entry *entry, EntryKind kind);
void retract(ViewPull *pull, guint anchor, gboolean left);
void renew(ViewPull *pull, guint anchor);
