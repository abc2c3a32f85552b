/*
 * A compiled definition: what it can do, what its operations are called, and taking it apart.
 */
#include <string.h>

#include "base/error.h"
#include "custom_conf_internal.h"

static const char *const operation_names[CUSTOM_OPERATIONS] = {
	[CUSTOM_TEST] = "test",
	[CUSTOM_LOOKUP] = "lookup",
	[CUSTOM_GET] = "get",
	[CUSTOM_LIST] = "list",
	[CUSTOM_CREATE] = "create",
	[CUSTOM_UPDATE] = "update",
	[CUSTOM_ENABLE] = "enable",
	[CUSTOM_DISABLE] = "disable",
	[CUSTOM_DELETE] = "delete",
	[CUSTOM_PASSWORD] = "password",
	[CUSTOM_RESET_MAIL] = "reset_mail",
	[CUSTOM_GROUP_LOOKUP] = "group_lookup",
	[CUSTOM_GROUP_LIST] = "group_list",
	[CUSTOM_GROUP_GET] = "group_get",
	[CUSTOM_GROUP_CREATE] = "group_create",
	[CUSTOM_GROUP_UPDATE] = "group_update",
	[CUSTOM_GROUP_DELETE] = "group_delete",
	[CUSTOM_MEMBER_ADD] = "member_add",
	[CUSTOM_MEMBER_REMOVE] = "member_remove",
	[CUSTOM_MEMBER_LIST] = "member_list",
	[CUSTOM_MEMBER_REPLACE] = "member_replace",
};

const char *custom_operation_name(CustomOperation operation)
{
	return operation < CUSTOM_OPERATIONS ? operation_names[operation] : "every call";
}

gboolean custom_operation_writes(CustomOperation operation)
{
	switch (operation) {
	case CUSTOM_TEST:
	case CUSTOM_LOOKUP:
	case CUSTOM_GET:
	case CUSTOM_LIST:
	case CUSTOM_GROUP_LOOKUP:
	case CUSTOM_GROUP_LIST:
	case CUSTOM_GROUP_GET:
	case CUSTOM_MEMBER_LIST:
		return FALSE;
	default:
		return TRUE;
	}
}

const CustomOp *custom_op(const CustomApi *self, CustomOperation operation)
{
	const CustomOp *op = self->operations[operation];

	return op && !op->off ? op : NULL;
}

/* Who switches a disable off does not ask for a delete. */
/* A GET asks, and changes nothing; unless it must not be sent again. */
gboolean custom_step_writes(CustomOperation operation, const CustomStep *step)
{
	gboolean asks = g_str_equal(step->method, "GET") || g_str_equal(step->method, "HEAD");

	return custom_operation_writes(operation) && !step->poll && !(asks && step->repeatable);
}

static void note_id(const char *name, gboolean is_needed, void *found)
{
	if (g_str_equal(name, "id"))
		*(gboolean *)found = TRUE;
}

gboolean custom_step_names_id(const CustomStep *step)
{
	gboolean found = FALSE;

	if (step->path)
		template_names(step->path, note_id, &found);
	if (step->query)
		template_names(step->query, note_id, &found);
	for (guint i = 0; step->parameters && i < step->parameters->len; i++)
		template_names(((const CustomPair *)step->parameters->pdata[i])->value, note_id,
			       &found);
	if (step->body)
		template_tree_names(step->body, note_id, &found);
	return found;
}

const CustomStep *custom_op_main(const CustomOp *op)
{
	for (guint i = op->steps->len; i-- > 0;) {
		if (custom_step_writes(op->what, op->steps->pdata[i]))
			return op->steps->pdata[i];
	}
	return op->steps->len > 0 ? op->steps->pdata[op->steps->len - 1] : NULL;
}

gboolean custom_disables_by_delete(const CustomApi *self)
{
	return !self->operations[CUSTOM_DISABLE] && custom_op(self, CUSTOM_DELETE);
}

void custom_operations(const void *conf, GPtrArray *names)
{
	const CustomApi *api = ((const CustomConf *)conf)->api;

	for (int i = 0; api && i < CUSTOM_OPERATIONS; i++) {
		if (custom_op(api, i))
			g_ptr_array_add(names, (char *)operation_names[i]);
	}
}

/* Abilities ------------------------------------------------------------------------------------ */

static guint if_there(const CustomApi *api, CustomOperation operation, guint caps)
{
	return custom_op(api, operation) ? caps : 0;
}

/* An operation that changes something more than once. */
static guint if_in_steps(const CustomApi *api, CustomOperation operation, guint bits)
{
	const CustomOp *op = custom_op(api, operation);
	guint writing = 0;

	for (guint i = 0; op && i < op->steps->len; i++)
		writing += custom_step_writes(operation, op->steps->pdata[i]);
	return writing > 1 ? bits : 0;
}

/* One of the pair is enough where all members can be read and sent back. */
static guint group_abilities(const CustomApi *api)
{
	gboolean whole = custom_op(api, CUSTOM_MEMBER_REPLACE) &&
			 custom_op(api, CUSTOM_MEMBER_LIST);
	gboolean changes = whole || (custom_op(api, CUSTOM_MEMBER_ADD) &&
				     custom_op(api, CUSTOM_MEMBER_REMOVE));
	gboolean found = custom_op(api, CUSTOM_GROUP_LOOKUP) || custom_op(api, CUSTOM_GROUP_LIST);

	if (!changes || !found)
		return 0;
	return TARGET_CAN_GROUPS | if_there(api, CUSTOM_GROUP_CREATE, TARGET_CAN_CREATE_GROUP) |
	       if_there(api, CUSTOM_GROUP_UPDATE, TARGET_CAN_RENAME_GROUP) |
	       if_there(api, CUSTOM_GROUP_DELETE, TARGET_CAN_DELETE_GROUP) |
	       if_there(api, CUSTOM_MEMBER_LIST, TARGET_CAN_READ_MEMBERS);
}

guint custom_abilities(const void *conf)
{
	const CustomApi *api = ((const CustomConf *)conf)->api;

	if (!api)
		return 0;
	return if_there(api, CUSTOM_LIST, TARGET_CAN_LIST | TARGET_CAN_LOOKUP) |
	       if_there(api, CUSTOM_LOOKUP, TARGET_CAN_LOOKUP) |
	       if_there(api, CUSTOM_CREATE, TARGET_CAN_CREATE) |
	       if_there(api, CUSTOM_UPDATE, TARGET_CAN_UPDATE) |
	       if_there(api, CUSTOM_ENABLE, TARGET_CAN_ENABLE) |
	       if_there(api, CUSTOM_DELETE, TARGET_CAN_DELETE) |
	       if_there(api, CUSTOM_DISABLE, TARGET_CAN_DISABLE) |
	       (custom_disables_by_delete(api) ? TARGET_CAN_DISABLE | TARGET_DISABLE_DELETES : 0) |
	       if_in_steps(api, CUSTOM_CREATE, TARGET_CREATES_IN_STEPS) |
	       if_in_steps(api, CUSTOM_DISABLE, TARGET_DISABLES_IN_STEPS) |
	       if_there(api, CUSTOM_PASSWORD, TARGET_CAN_PASSWORD) |
	       if_there(api, CUSTOM_RESET_MAIL, TARGET_CAN_RESET_MAIL) | group_abilities(api);
}

gboolean custom_validate(const void *conf_, const char *app, GError **error)
{
	const CustomConf *conf = conf_;

	if (!conf->api)
		return error_set(error, ERROR_CONFIG,
				 "app '%s': its definition has mistakes, see above", app);
	if (!conf->api->origin)
		return credential_validate(&conf->net.auth, conf->net.insecure, app, error);
	return http_conf_validate(&conf->net, conf->api->origin, app, error);
}

char *custom_identity(const void *conf)
{
	const CustomApi *api = ((const CustomConf *)conf)->api;

	return g_strdup(api ? api->identity : "");
}

/* Taking it apart ------------------------------------------------------------------------------ */

void custom_pair_free(void *pair_)
{
	CustomPair *pair = pair_;

	g_free(pair->name);
	template_free(pair->value);
	g_free(pair);
}

void custom_match_free(void *match_)
{
	CustomMatch *match = match_;

	place_free(match->place);
	template_free(match->value);
	g_free(match);
}

void custom_take_free(void *take_)
{
	CustomTake *take = take_;

	g_free(take->name);
	place_free(take->place);
	place_free(take->items);
	g_clear_pointer(&take->where, g_ptr_array_unref);
	g_free(take->header);
	pattern_free(take->pattern);
	g_free(take);
}

void custom_error_places_clear(CustomErrorPlaces *self)
{
	g_clear_pointer(&self->words, g_ptr_array_unref);
	g_clear_pointer(&self->codes, g_ptr_array_unref);
}

static void poll_free(CustomPoll *poll)
{
	if (!poll)
		return;
	place_free(poll->place);
	g_ptr_array_unref(poll->done);
	g_ptr_array_unref(poll->failed);
	g_ptr_array_unref(poll->pending);
	g_free(poll);
}

void custom_step_free(void *step_)
{
	CustomStep *step = step_;

	if (!step)
		return;
	g_free(step->name);
	template_free(step->path);
	template_free(step->query);
	g_free(step->follow);
	g_ptr_array_unref(step->parameters);
	g_ptr_array_unref(step->headers);
	g_free(step->content_type);
	g_free(step->accept);
	template_tree_free(step->body);
	g_ptr_array_unref(step->leave_out);
	g_ptr_array_unref(step->success);
	custom_error_places_clear(&step->error);
	g_ptr_array_unref(step->errors);
	g_ptr_array_unref(step->outputs);
	g_ptr_array_unref(step->when);
	g_free(step->foreach);
	poll_free(step->poll);
	g_free(step);
}

static void pages_clear(CustomPages *self)
{
	g_free(self->parameter);
	g_free(self->size_parameter);
	place_free(self->next);
	place_free(self->more);
	place_free(self->total);
	custom_step_free(self->continues);
}

void custom_op_free(void *op_)
{
	CustomOp *op = op_;

	if (!op)
		return;
	g_ptr_array_unref(op->steps);
	g_free(op->means);
	g_free(op->off);
	g_clear_pointer(&op->ids, g_ptr_array_unref);
	place_free(op->items);
	pages_clear(&op->pages);
	g_free(op->digest);
	g_free(op);
}

static void shape_clear(CustomShape *self)
{
	place_free(self->id);
	place_free(self->active);
	g_clear_pointer(&self->active_values, g_ptr_array_unref);
	g_clear_pointer(&self->inactive_values, g_ptr_array_unref);
	g_clear_pointer(&self->fields, g_ptr_array_unref);
}

void custom_api_free(CustomApi *self)
{
	if (!self)
		return;
	g_free(self->origin);
	g_free(self->base_path);
	g_free(self->base_from);
	g_free(self->identity);
	g_clear_pointer(&self->match, g_ptr_array_unref);
	g_clear_pointer(&self->hosts, g_ptr_array_unref);
	/* The listing that stands for all is one of them, unless all are switched off. */
	if (self->lists->len > 0)
		self->operations[CUSTOM_LIST] = NULL;
	for (int i = 0; i < CUSTOM_OPERATIONS; i++)
		custom_op_free(self->operations[i]);
	g_ptr_array_unref(self->lists);
	shape_clear(&self->account);
	shape_clear(&self->group);
	shape_clear(&self->member);
	json_decref(self->parameters);
	g_clear_pointer(&self->headers, g_ptr_array_unref);
	g_clear_pointer(&self->rates, g_array_unref);
	g_clear_pointer(&self->rate_patterns, g_ptr_array_unref);
	g_clear_pointer(&self->throttled, g_ptr_array_unref);
	g_free(self);
}
