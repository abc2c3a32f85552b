/*
 * Derived attributes: what an expression reads as [name] though no directory has it.
 *
 *	[accountEnabled]        neither disabled nor expired, by the rules of the source
 *	[lockedOut]             locked out for a while after wrong passwords
 *	[dn] [anchor]           where the entry is, and its permanent id; [objectId] as Entra says
 *	[IsSoftDeleted]         the reverse of [accountEnabled], as Entra says
 *	[appRoleAssignments]    names of the roles that assign rules give, most important first
 *
 * They hide attributes of the same name. A new one is a row.
 */
#include <string.h>

#include "expr_internal.h"

static const Value *derive_account_enabled(const ExprInput *input, Arena *arena)
{
	return value_bool(input->account_enabled);
}

static const Value *derive_soft_deleted(const ExprInput *input, Arena *arena)
{
	return value_bool(!input->account_enabled);
}

static const Value *derive_locked_out(const ExprInput *input, Arena *arena)
{
	return value_bool(input->locked_out);
}

static const Value *derive_dn(const ExprInput *input, Arena *arena)
{
	const char *dn = entry_dn(input->entry);

	return value_borrow(arena, dn, strlen(dn));
}

static const Value *derive_anchor(const ExprInput *input, Arena *arena)
{
	const char *anchor = entry_anchor(input->entry);

	return value_borrow(arena, anchor, strlen(anchor));
}

/* Entra's name for the permanent id; an entry that has an attribute of that name keeps it. */
static const Value *derive_object_id(const ExprInput *input, Arena *arena)
{
	guint count;
	const EntryValue *values = entry_values(input->entry, "objectid", &count);

	return count ? value_borrow(arena, values[0].data, values[0].length)
		     : derive_anchor(input, arena);
}

static const Value *derive_roles(const ExprInput *input, Arena *arena)
{
	const Value **names = arena_alloc(arena, input->role_count * sizeof(*names));

	for (guint i = 0; i < input->role_count; i++) {
		const char *name = input->roles[i].name;
		names[i] = value_borrow(arena, name, strlen(name));
	}
	return value_list(arena, names, input->role_count);
}

const Derived *expr_derived_find(const char *name)
{
	static const Derived rows[] = {
		{ "accountEnabled", derive_account_enabled, .sure = TRUE, .truth = TRUE },
		{ "lockedOut", derive_locked_out, .sure = TRUE, .truth = TRUE },
		{ "dn", derive_dn, .sure = TRUE },
		{ "anchor", derive_anchor, .sure = TRUE },
		{ "objectId", derive_object_id, .sure = TRUE },
		{ "IsSoftDeleted", derive_soft_deleted, .sure = TRUE, .truth = TRUE },
		{ DERIVED_ROLES, derive_roles },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		if (g_ascii_strcasecmp(rows[i].name, name) == 0)
			return &rows[i];
	}
	return NULL;
}
