/*
 * A folder of config files for one test, and the problems that reading them gives.
 */
#pragma once
#include "conf/conf.h"

typedef struct {
	char *folder;
	ConfProblems *problems;
	Conf *conf;
} Files;

/* An empty temporary folder. */
Files *files_new(void);

/* Removes the folder with its files. */
void files_free(Files *self);

/* Where a file of the folder is. New string. */
char *files_path(const Files *self, const char *name);

/* Writes a file into the folder, readable by the owner only. */
void files_put(const Files *self, const char *name, const char *content);

/* Puts "main.cfg" and reads it; what a test read before is given back. */
void files_read(Files *self, const char *content);

/* Checks all problems, one per line: "main.cfg:3: message" or "main.cfg:3: warning: message". */
void files_assert_problems(Files *self, const char *expected);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Files, files_free)
