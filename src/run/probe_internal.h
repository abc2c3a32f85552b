/*
 * What throw-away accounts are made with besides their names.
 */
#pragma once
#include <jansson.h>

#include "core/mapping.h"

/*
 * Nested members: what the map gives everybody (constants, random passwords), and over it those
 * that the caller demands (or NULL). New reference.
 */
json_t *probe_attributes(const Mapping *mapping, const json_t *demanded);
