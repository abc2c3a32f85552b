/*
 * JSON, for siblings only.
 */
#pragma once
#include "base/json.h"

/*
 * Reads compact JSON without anything that is rare: its depth is at most 64, and no string has a
 * zero byte. NULL: it is not such JSON, and may be good all the same. New reference.
 */
json_t *json_read_plain(const char *text, gsize length);
