/*
 * The names of the park classes. They stand in the store and in documents that others read, so a
 * name is never changed, only added.
 */
#include "core/park_class.h"

static const char *const names[PARK_CLASSES] = {
	[PARK_UNCLASSIFIED] = "unclassified", [PARK_MAPPING] = "mapping",
	[PARK_CONFLICT] = "conflict",         [PARK_PROTECTED] = "protected",
	[PARK_REFUSED] = "refused",           [PARK_GONE] = "gone",
	[PARK_WAITING] = "waiting",           [PARK_UNKNOWN] = "unknown",
};

const char *park_class_name(ParkClass klass)
{
	return names[klass];
}

ParkClass park_class_parse(const char *name)
{
	for (guint i = 0; i < PARK_CLASSES; i++)
		if (g_strcmp0(names[i], name) == 0)
			return (ParkClass)i;
	return PARK_UNCLASSIFIED;
}
