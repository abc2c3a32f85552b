/* Shared by the files that load the config; see run/config.h. */
#pragma once
#include "run/config.h"

typedef struct {
	ConfProblems *problems;
	GHashTable *attributes; /* set of names that filters and mappings read */
} ConfigLoader;

/* Parses a filter setting and notes its attributes; NULL after adding a problem. */
Filter *config_filter(ConfigLoader *loader, const ConfNode *node, const char *text);

/* The word in 'type' of an element of sources or apps. NULL after adding a problem. */
const char *config_type(ConfigLoader *loader, const ConfNode *element, const char *what);

/* Reads one element of apps. NULL after adding a problem. */
AppConfig *config_app_load(ConfigLoader *loader, const ConfNode *group);

/* Frees it; NULL is fine. */
void config_app_free(AppConfig *app);

/* Releases what the option tables filled, and the struct. */
void config_driver_free(const Option *options, void *conf);
