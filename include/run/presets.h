/*
 * Presets: what stands in mappings/, for people who choose one. See mappings/README.md.
 */
#pragma once
#include <jansson.h>

#include "conf/conf.h"

/*
 * All of them: [ { "name", "type", "title", "file", "unconfirmed": how many settings } ], "type"
 * being that of the apps they are for. A file that cannot be read has "problem" instead of type and
 * title. New reference; NULL and ERROR_CONFIG if there is no folder.
 */
json_t *presets_list(GError **error);

/*
 * One of them, whole: { "name", "type", "title", "file", "settings": the file as an object with
 * lists, numbers, texts }. ERROR_CONFIG if there is none of this name, with the nearest.
 */
json_t *presets_show(const char *name, GError **error);
