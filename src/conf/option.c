/*
 * Releasing what option tables filled.
 *
 * The mirror of fill.c: what that allocates for a type, this frees for the same type. Types not
 * listed own nothing.
 */
#include "conf/option.h"

#include "base/secret.h"

static void clear_one(const Option *option, void *slot)
{
	switch (option->type) {
	case OPTION_TYPE_STRING:
		g_clear_pointer((char **)slot, g_free);
		break;
	case OPTION_TYPE_STRINGS:
		g_clear_pointer((GPtrArray **)slot, g_ptr_array_unref);
		break;
	case OPTION_TYPE_SECRET:
		g_clear_pointer((Secret **)slot, secret_free);
		break;
	case OPTION_TYPE_GROUP:
		option_clear(option->table, slot);
		break;
	case OPTION_TYPE_BOOL:
		*(gboolean *)slot = FALSE;
		break;
	case OPTION_TYPE_INT:
	case OPTION_TYPE_DURATION:
		*(gint64 *)slot = 0;
		break;
	case OPTION_TYPE_ENUM:
		*(int *)slot = 0;
		break;
	case OPTION_TYPE_NODE:
		*(void **)slot = NULL;
		break;
	case OPTION_TYPE_END:
		break;
	}
}

void option_clear(const Option *table, void *into)
{
	for (const Option *option = table; option->type != OPTION_TYPE_END; option++)
		clear_one(option, G_STRUCT_MEMBER_P(into, option->offset));
}
