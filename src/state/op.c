/*
 * Ops: one row for each decision, from the plan to the outcome.
 *
 * The digest says what an op would do, and is how an approval finds the op again in a later plan:
 *
 *	SHA-256 of app, entry, kind, target id, resource, changes (each as text, ended by NUL)
 *
 * Whatever differs, a person, a value, a kind, makes another digest, and the approval does not
 * hold for it. The reason is not part of it: who lost access through one group or through two
 * loses the same access.
 *
 * A change of state is checked twice: the picture in core/op.h must have the arrow, and the row
 * must still be in the state that the caller believes.
 */
#include <string.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/json.h"
#include "plan_internal.h"

#define COLUMNS                                                                                    \
	"id, plan, app, entry, needs, kind, state, approved, target_id, label, resource, changes," \
	" reason, match_path, digest, error, status, changed_us, members"

/* Members in the ops of one read: they are what ops of groups weigh, some hundred bytes each. */
#define READ_MEMBERS 2000

/* The JSON of an op as text, made once for the digest and for the row. */
typedef struct {
	char *resource, *changes; /* or NULL */
	char *digest;
} OpText;

static OpText text_of(const Op *op)
{
	g_autofree char *app = g_strdup_printf("%" G_GINT64_FORMAT, op->app);
	g_autofree char *entry = g_strdup_printf("%" G_GINT64_FORMAT, op->entry);
	OpText text = {
		.resource = op->resource ? json_canonical(op->resource) : NULL,
		.changes = op->changes ? json_canonical(op->changes) : NULL,
	};

	text.digest = digest_strings(app, entry, op_kind_name(op->kind),
				     op->target_id ? op->target_id : "",
				     text.resource ? text.resource : "",
				     text.changes ? text.changes : "", NULL);
	return text;
}

static void text_clear(OpText *text)
{
	g_free(text->resource);
	g_free(text->changes);
	g_free(text->digest);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(OpText, text_clear)

/* ---- approvals ---- */

/* An unused approval for the digest is taken for this op; *approval 0 if there is none. */
static gboolean take_approval(State *state, const Op *op, const char *digest, gint64 *approval,
			      GError **error)
{
	g_auto(Query) find = query_new(state, "SELECT op FROM approval WHERE app = ? AND digest = ?"
					      " AND used_by = 0 ORDER BY op LIMIT 1");
	g_auto(Query) use = query_new(state, "UPDATE approval SET used_by = ? WHERE op = ?");

	query_int(&find, op->app);
	query_text(&find, digest);
	if (!query_value(&find, approval, error))
		return FALSE;
	if (!*approval)
		return TRUE;
	query_int(&use, op->id);
	query_int(&use, *approval);
	return query_run(&use, error);
}

gboolean plan_give_back(State *state, gint64 op, GError **error)
{
	g_auto(Query) query = query_new(state, "UPDATE approval SET used_by = 0 WHERE used_by = ?");

	query_int(&query, op);
	return query_run(&query, error);
}

static gboolean mark_approved(State *state, gint64 op, GError **error)
{
	g_auto(Query) query = query_new(state, "UPDATE op SET approved = 1 WHERE id = ?");

	query_int(&query, op);
	return query_run(&query, error);
}

/* ---- planning ---- */

static gboolean insert_op(State *state, const Op *op, const OpText *text, gint64 now_us, gint64 *id,
			  GError **error)
{
	g_auto(Query) query = query_new(
		state, "INSERT INTO op (plan, app, entry, needs, kind, state, approved, target_id,"
		       " label, resource, changes, reason, match_path, digest, changed_us,"
		       " members)"
		       " VALUES (?, ?, ?, ?, ?, 'planned', 0, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
		       " RETURNING id");

	query_int(&query, op->plan);
	query_int(&query, op->app);
	query_int(&query, op->entry);
	query_int(&query, op->after);
	query_text(&query, op_kind_name(op->kind));
	query_text(&query, op->target_id);
	query_text(&query, op->label);
	query_text(&query, text->resource);
	query_text(&query, text->changes);
	query_text(&query, op->reason);
	query_text(&query, op->match);
	query_text(&query, text->digest);
	query_int(&query, now_us);
	query_int(&query, (gint64)op->members);
	return query_value(&query, id, error);
}

gboolean plan_add(State *state, Op *op, gint64 now_us, GError **error)
{
	g_auto(OpText) text = text_of(op);
	gint64 approval;

	if (!insert_op(state, op, &text, now_us, &op->id, error) ||
	    !take_approval(state, op, text.digest, &approval, error) ||
	    (approval && !mark_approved(state, op->id, error)))
		return FALSE;
	op->state = OP_PLANNED;
	op->approved = approval != 0;
	op->changed_us = now_us;
	g_free(op->digest);
	op->digest = g_steal_pointer(&text.digest);
	return TRUE;
}

static gboolean update_op(State *state, const Op *op, const OpText *text, GError **error)
{
	g_auto(Query) query =
		query_new(state, "UPDATE op SET kind = ?, target_id = ?, resource = ?, changes = ?,"
				 " match_path = ?, digest = ?, approved = ?"
				 " WHERE id = ? AND state = 'planned'");

	query_text(&query, op_kind_name(op->kind));
	query_text(&query, op->target_id);
	query_text(&query, text->resource);
	query_text(&query, text->changes);
	query_text(&query, op->match);
	query_text(&query, op->digest);
	query_int(&query, op->approved != FALSE);
	query_int(&query, op->id);
	if (!query_run(&query, error))
		return FALSE;
	if (sql_changes(state) != 1)
		return error_set(error, ERROR_FATAL,
				 "op %" G_GINT64_FORMAT " is not planned (any more)", op->id);
	return TRUE;
}

gboolean plan_replace(State *state, Op *op, GError **error)
{
	g_auto(OpText) text = text_of(op);
	gint64 approval = 0;

	if (g_strcmp0(text.digest, op->digest) != 0) {
		if (!plan_give_back(state, op->id, error) ||
		    !take_approval(state, op, text.digest, &approval, error))
			return FALSE;
		op->approved = approval != 0;
		g_free(op->digest);
		op->digest = g_steal_pointer(&text.digest);
	}
	return update_op(state, op, &text, error);
}

gboolean op_resolve(State *state, const Op *op, GError **error)
{
	g_auto(Query) query = query_new(state, "UPDATE op SET target_id = ?, changes = ?,"
					       " members = ? WHERE id = ? AND state = 'planned'");

	query_text(&query, op->target_id);
	query_json(&query, op->changes);
	query_int(&query, (gint64)op->members);
	query_int(&query, op->id);
	return query_run(&query, error);
}

gboolean plan_forget(State *state, gint64 op, GError **error)
{
	g_auto(Query) release =
		query_new(state,
			  "UPDATE op SET needs = 0 WHERE needs = ?1 AND needs <> 0 AND plan ="
			  " (SELECT plan FROM op WHERE id = ?1)");
	g_auto(Query) remove = query_new(state,
					 "DELETE FROM op WHERE id = ? AND state = 'planned'");

	query_int(&release, op);
	query_int(&remove, op);
	return query_run(&release, error) && query_run(&remove, error) &&
	       plan_give_back(state, op, error);
}

/* ---- reading ---- */

static gboolean read_json(const Query *query, Op *op, GError **error)
{
	return query_get_json(query, 10, &op->resource, error) &&
	       query_get_json(query, 11, &op->changes, error);
}

static gboolean read_op(const Query *query, Op *op, GError **error)
{
	if (!op_kind_parse(query_peek_text(query, 5), &op->kind) ||
	    !op_state_parse(query_peek_text(query, 6), &op->state))
		return sql_fail(query->state, SQLITE_CORRUPT, error);
	op->id = query_get_int(query, 0);
	op->plan = query_get_int(query, 1);
	op->app = query_get_int(query, 2);
	op->entry = query_get_int(query, 3);
	op->after = query_get_int(query, 4);
	op->approved = query_get_int(query, 7) != 0;
	op->target_id = query_get_text(query, 8);
	op->label = query_get_text(query, 9);
	op->reason = query_get_text(query, 12);
	op->match = query_get_text(query, 13);
	op->digest = query_get_text(query, 14);
	op->error = query_get_text(query, 15);
	op->status = (int)query_get_int(query, 16);
	op->changed_us = query_get_int(query, 17);
	op->members = (guint64)query_get_int(query, 18);
	return read_json(query, op, error);
}

/*
 * All rows of a query over COLUMNS; with 'members', until the lists of members that were read have
 * so many together: it is counted on.
 */
static gboolean read_until(Query *query, GPtrArray *ops, size_t *members, GError **error)
{
	gboolean row;

	while (!members || *members < READ_MEMBERS) {
		if (!query_next(query, &row, error))
			return FALSE;
		if (!row)
			return TRUE;
		Op *op = g_new0(Op, 1);
		if (!read_op(query, op, error)) {
			op_free(op);
			return FALSE;
		}
		g_ptr_array_add(ops, op);
		if (members && (op->kind == OP_ADD_MEMBERS || op->kind == OP_REMOVE_MEMBERS))
			*members += json_array_size(op->changes);
	}
	return TRUE;
}

static gboolean read_ops(Query *query, GPtrArray *ops, GError **error)
{
	return read_until(query, ops, NULL, error);
}

static gboolean read_kind(State *state, gint64 plan, const Op *from, guint limit, GPtrArray *ops,
			  size_t *members, GError **error)
{
	g_auto(Query) query = query_new(state,
					"SELECT " COLUMNS " FROM op WHERE plan = ? AND state = ?"
					" AND kind = ? AND id > ? ORDER BY id LIMIT ?");

	query_int(&query, plan);
	query_text(&query, op_state_name(from->state));
	query_text(&query, op_kind_name(from->kind));
	query_int(&query, from->id);
	query_int(&query, limit);
	return read_until(&query, ops, members, error);
}

gboolean plan_ops(State *state, gint64 plan, OpState op_state, const Op *last, guint limit,
		  GPtrArray *ops, GError **error)
{
	guint wanted = ops->len + limit;
	size_t members = 0;
	Op from = { .state = op_state,
		    .kind = last ? last->kind : OP_DISABLE,
		    .id = last ? last->id : 0 };

	for (guint kind = from.kind; kind < OP_KINDS && ops->len < wanted && members < READ_MEMBERS;
	     kind++) {
		from.kind = (OpKind)kind;
		if (!read_kind(state, plan, &from, wanted - ops->len, ops, &members, error))
			return FALSE;
		from.id = 0;
	}
	return TRUE;
}

gboolean plan_ops_of_kind(State *state, gint64 plan, const Op *last, gint64 entry, guint limit,
			  GPtrArray *ops, GError **error)
{
	g_auto(Query) of_entry = query_new(state,
					   "SELECT " COLUMNS " FROM op WHERE entry = ? AND plan = ?"
					   " AND " OP_OF_GROUP
					   " AND state = 'planned' AND kind = ? AND id > ?"
					   " ORDER BY id LIMIT ?");
	size_t members = 0;

	if (!entry)
		return read_kind(state, plan, last, limit, ops, &members, error);
	query_int(&of_entry, entry);
	query_int(&of_entry, plan);
	query_text(&of_entry, op_kind_name(last->kind));
	query_int(&of_entry, last->id);
	query_int(&of_entry, limit);
	return read_until(&of_entry, ops, &members, error);
}

gboolean plan_entries(State *state, gint64 plan, OpKind kind, GArray *entries, GError **error)
{
	g_auto(Query) query = query_new(state,
					"SELECT DISTINCT entry FROM op WHERE plan = ?"
					" AND state = 'planned' AND kind = ? ORDER BY entry");

	query_int(&query, plan);
	query_text(&query, op_kind_name(kind));
	return query_list(&query, entries, error);
}

gboolean plan_all_done(State *state, const Op *op, gboolean *all, GError **error)
{
	g_auto(Query) query =
		query_new(state,
			  "SELECT EXISTS (SELECT 1 FROM op WHERE entry = ? AND plan = ? AND app = ?"
			  " AND " OP_OF_GROUP " AND state NOT IN ('done', 'dropped') AND id <> ?)");
	gint64 other;

	query_int(&query, op->entry);
	query_int(&query, op->plan);
	query_int(&query, op->app);
	query_int(&query, op->id);
	if (!query_value(&query, &other, error))
		return FALSE;
	*all = other == 0;
	return TRUE;
}

gboolean plan_open_ops(State *state, gint64 app, guint limit, GPtrArray *ops, GError **error)
{
	g_auto(Query) query = query_new(state,
					"SELECT " COLUMNS " FROM op WHERE app = ?"
					" AND state IN ('intent', 'unknown') ORDER BY id LIMIT ?");

	query_int(&query, app);
	query_int(&query, limit);
	return read_ops(&query, ops, error);
}

/* The open ones are few, those of an entry may be many: the index of the former is meant. */
gboolean plan_open_ops_of(State *state, gint64 app, gint64 entry, GPtrArray *ops, GError **error)
{
	g_auto(Query) query = query_new(state,
					"SELECT " COLUMNS " FROM op WHERE app = ? AND entry + 0 = ?"
					" AND state IN ('intent', 'unknown') ORDER BY id");

	query_int(&query, app);
	query_int(&query, entry);
	return read_ops(&query, ops, error);
}

gboolean plan_doubts_of(State *state, gint64 app, gint64 entry, GPtrArray *ops, GError **error)
{
	g_auto(Query) query =
		query_new(state, "SELECT " COLUMNS " FROM op WHERE entry = ?1 AND app = ?2"
				 " AND kind = 'update' AND state = 'overtaken' AND id >"
				 " COALESCE((SELECT max(id) FROM op WHERE entry = ?1 AND app = ?2"
				 " AND kind IN ('create', 'adopt', 'update') AND state = 'done'),"
				 " 0) ORDER BY id");

	query_int(&query, entry);
	query_int(&query, app);
	return read_ops(&query, ops, error);
}

gboolean plan_ops_of(State *state, gint64 app, gint64 entry, guint limit, GPtrArray *ops,
		     GError **error)
{
	g_auto(Query) query = query_new(state,
					"SELECT " COLUMNS " FROM op WHERE entry = ?1"
					" AND (?2 = 0 OR app = ?2) ORDER BY id DESC LIMIT ?3");

	query_int(&query, entry);
	query_int(&query, app);
	query_int(&query, limit);
	return read_ops(&query, ops, error);
}

/* ---- journal ---- */

typedef struct {
	OpState to;
	int status;
	const char *problem;
	gint64 now_us;
} OpMove;

static gboolean store_move(State *state, const Op *op, const OpMove *move, GError **error)
{
	g_auto(Query) query =
		query_new(state, "UPDATE op SET state = ?, status = ?, error = ?, changed_us = ?"
				 " WHERE id = ? AND state = ?");

	query_text(&query, op_state_name(move->to));
	query_int(&query, move->status);
	query_text(&query, move->problem);
	query_int(&query, move->now_us);
	query_int(&query, op->id);
	query_text(&query, op_state_name(op->state));
	if (!query_run(&query, error))
		return FALSE;
	if (sql_changes(state) != 1)
		return error_set(error, ERROR_FATAL,
				 "op %" G_GINT64_FORMAT " is not '%s' in the state '%s'", op->id,
				 op_state_name(op->state), state->path);
	return TRUE;
}

gboolean op_move(State *state, Op *op, OpState to, int status, const char *problem, gint64 now_us,
		 GError **error)
{
	OpMove move = { to, status, problem, now_us };

	if (!op_state_may(op->state, to))
		return error_set(error, ERROR_FATAL,
				 "op %" G_GINT64_FORMAT " cannot go from '%s' to '%s'", op->id,
				 op_state_name(op->state), op_state_name(to));
	if (!store_move(state, op, &move, error))
		return FALSE;
	/* It may not have happened; if it has, no plan takes the approval and it becomes void. */
	if (to == OP_SETTLED && !plan_give_back(state, op->id, error))
		return FALSE;
	char *copy = g_strdup(problem); /* it may be the op's own */
	g_free(op->error);
	op->error = copy;
	op->state = to;
	op->status = status;
	op->changed_us = now_us;
	return TRUE;
}

void op_free(Op *op)
{
	if (!op)
		return;
	g_free(op->target_id);
	g_free(op->label);
	json_decref(op->resource);
	json_decref(op->changes);
	g_free(op->reason);
	g_free(op->match);
	g_free(op->digest);
	g_free(op->error);
	g_free(op);
}

static void op_destroy(gpointer op)
{
	op_free(op);
}

GPtrArray *op_array_new(void)
{
	return g_ptr_array_new_with_free_func(op_destroy);
}
