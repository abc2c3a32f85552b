/*
 * Vouch: a human has looked what became of a create.
 *
 * At a service that can neither be searched nor listed nobody but a human can learn whether a
 * create without an answer was done (settle.c). What is said here ends the open op, and is in the
 * audit:
 *
 *	--made ID     the account is linked, as if the create had been answered with this id
 *	--not-made    the next plan makes it
 *
 * Either makes the person work again, so that the next sync goes on from there. Nothing is sent.
 */
#include "base/clock.h"
#include "base/crash.h"
#include "base/error.h"
#include "base/json.h"
#include "run/approve.h"
#include "run_internal.h"
#include "state/history.h"
#include "state/view.h"

typedef struct {
	AppRun app;
	Run run;
	gint64 entry;
} Voucher;

static gboolean find_entry(Voucher *self, const char *user, GError **error)
{
	g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint64));

	if (!view_search_users(self->run.state, user, ids, error))
		return FALSE;
	if (ids->len != 1)
		return error_set(error, ERROR_CONFIG,
				 ids->len
					 ? "several people are called '%s'\nname one by the DN, or "
					   "the permanent id"
					 : "nobody who was read from the directory is called '%s'",
				 user);
	self->entry = g_array_index(ids, gint64, 0);
	return TRUE;
}

/* The create whose fate is not known, taken out of the array. */
static Op *open_create(GPtrArray *ops)
{
	for (guint i = 0; i < ops->len; i++)
		if (((Op *)g_ptr_array_index(ops, i))->kind == OP_CREATE)
			return g_ptr_array_steal_index(ops, i);
	return NULL;
}

static gboolean find_op(Voucher *self, const char *user, Op **op, GError **error)
{
	g_autoptr(GPtrArray) ops = op_array_new();

	if (!plan_open_ops_of(self->run.state, self->app.row.id, self->entry, ops, error))
		return FALSE;
	*op = open_create(ops);
	return *op || error_set(error, ERROR_CONFIG,
				"no create of '%s' waits for somebody to look at app '%s'\n"
				"'dirbridge status' lists who is parked, and why",
				user, self->app.config->name);
}

/* As land.c does it for a create that was answered. */
static gboolean link_account(Voucher *self, const Op *op, const char *id, GError **error)
{
	const AppConfig *config = self->app.config;
	g_autoptr(json_t) steady = mapping_steady(config->mapping, op->resource);
	gint64 owner;
	Link link = {
		.app = op->app,
		.entry = op->entry,
		.target_id = (char *)id,
		.state = ACCOUNT_ACTIVE,
		.label = op->label,
		.shadow = steady,
		.linked_at_us = self->run.now_us,
	};

	if (!link_owner(self->run.state, op->app, id, &owner, error))
		return FALSE;
	if (owner && owner != op->entry)
		return error_set(error, ERROR_CONFIG,
				 "the account with the id '%s' is another person's at app '%s'", id,
				 config->name);
	config_drop_active(config, steady);
	return refer_put_link(&self->app, &link, error);
}

static gboolean note(Voucher *self, Op *op, const char *id, GError **error)
{
	State *state = self->run.state;
	const char *found = id ? "there" : "not there";
	g_autofree char *words = g_strdup_printf("somebody looked: the account is %s", found);
	g_autoptr(json_t) detail = json_pack("{s:s, s:I, s:s, s:s?}", "found", found, "op",
					     (json_int_t)op->id, "by", "a human", "id", id);
	AuditRow row = {
		.app = op->app,
		.entry = op->entry,
		.at_us = self->run.now_us,
		.event = op_kind_name(op->kind),
		.outcome = "settled",
		.detail = detail,
	};

	return op_move(state, op, OP_SETTLED, 0, words, self->run.now_us, error) &&
	       audit_add(state, &row, error) && work_done(state, op->app, op->entry, error) &&
	       work_add(state, op->app, op->entry, self->run.now_us, error);
}

static gboolean store(Voucher *self, Op *op, const char *id, GError **error)
{
	State *state = self->run.state;

	if (!state_begin(state, error))
		return FALSE;
	if ((id && !link_account(self, op, id, error)) || !note(self, op, id, error)) {
		state_rollback(state);
		return FALSE;
	}
	crash_point("what somebody saw written, not committed");
	return state_commit(state, error);
}

static json_t *vouch(Voucher *self, const Vouched *what, GError **error)
{
	Op *op = NULL;
	json_t *document = NULL;

	if (!find_entry(self, what->user, error) || !find_op(self, what->user, &op, error))
		return NULL;
	if (store(self, op, what->id, error))
		document = json_pack("{s:s, s:s, s:b, s:s?}", "app", self->app.config->name, "user",
				     op->label ? op->label : what->user, "made", what->id != NULL,
				     "id", what->id);
	op_free(op);
	return document;
}

json_t *approve_vouched(const Config *config, State *state, const Vouched *what, GError **error)
{
	const AppConfig *app = config_app(config, what->app);
	Voucher self = { .run = { .config = config, .state = state, .now_us = clock_now_us() },
			 .app = { .config = app } };
	json_t *document = NULL;

	if (!app) {
		config_no_app(config, what->app, error);
		return NULL;
	}
	self.app.run = &self.run;
	if (app_row_get(state, app->name, &self.app.row, error))
		document = vouch(&self, what, error);
	app_row_clear(&self.app.row);
	return document;
}
