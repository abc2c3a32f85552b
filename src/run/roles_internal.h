/*
 * Roles: what the assign rules that hold for a person say about the role at the app.
 */
#pragma once
#include <jansson.h>

#include "core/expr.h"
#include "run/config.h"

/*
 * The member "roles" of a reason, from the rules (const AssignRule *, in order) that hold and have
 * a role: { "role", "priority", and "group", "ou" or "filter" of the rule }, each role once, the
 * most important first. NULL if there is none. New reference.
 */
json_t *roles_json(GPtrArray *rules);

/* The roles of a stored reason (may be NULL), for ExprInput; texts are the reason's. New array. */
ExprRole *roles_of_reason(const json_t *reason, guint *count);

/*
 * If two roles of the reason are the most important and 'problem' (not NULL) speaks of both, the
 * rules that give them are added to it.
 */
void roles_name_rules(const json_t *reason, GError *problem);
