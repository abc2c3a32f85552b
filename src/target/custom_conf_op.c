/*
 * Operations of a definition: which settings each of them has, its calls, and whether it says
 * enough to be of use.
 *
 *	delete = { url = "/users/{id}"; };                          one call, in the group itself
 *	create = { steps = ( { url = "/users"; ... }, { ... } ); };      several
 *	list   = ( { url = "/users?status=active"; active = true; }, { ... } );    several listings
 *
 * A change that does not say whose it is would be done to whatever is at the address, perhaps to
 * all: that is refused. So is one without effect, such as a password operation without {password}.
 */
#include <string.h>

#include "base/digest.h"
#include "custom_conf_internal.h"

typedef struct {
	char *means, *off, *items;
	const ConfNode *steps, *id, *pages, *active;
	gboolean items_may_miss;
	int mode;
	gint64 batch;
} OpConf;

enum {
	MODE_FULL,
	MODE_CHANGED,
	MODE_MERGE
};
static const char *const mode_names[] = { "full", "changed", "merge", NULL };

static const Option op_options[] = { OPTION(STRING, OpConf, means, "means", 0),
				     OPTION(STRING, OpConf, off, "off", 0),
				     OPTION(NODE, OpConf, steps, "steps", 0), OPTION_END };

static const Option record_options[] = { OPTION(STRING, OpConf, items, "items", 0), OPTION_END };

static const Option listing_options[] = { OPTION(STRING, OpConf, items, "items", 0),
					  OPTION(BOOL, OpConf, items_may_miss, "items_may_miss", 0,
						 .fallback = "false"),
					  OPTION(NODE, OpConf, pages, "pages", 0), OPTION_END };

static const Option id_options[] = { OPTION(NODE, OpConf, id, "id", 0), OPTION_END };
static const Option active_options[] = { OPTION(NODE, OpConf, active, "active", 0), OPTION_END };
static const Option mode_options[] = {
	OPTION(ENUM, OpConf, mode, "mode", 0, .names = mode_names, .fallback = "full"), OPTION_END
};
static const Option batch_options[] = {
	OPTION(INT, OpConf, batch, "batch", 0, .min = 1, .max = 100000, .fallback = "1"), OPTION_END
};
static const Option no_options[] = { OPTION_END };

/* What each operation is besides its calls. */
typedef struct {
	const char *method;
	const Option *options, *more;
	guint needs; /* one of these CUSTOM_NAMED_* must be named somewhere; 0: none */
	const char *missing;
} OpKind;

#define WHOM CUSTOM_NAMED_WHOM, "which account it is about: {id}"
#define WHICH CUSTOM_NAMED_WHOM, "which group it is about: {id}"
#define MEMBER CUSTOM_NAMED_MEMBER, "who it is about: {member.id} or {members}"

static const OpKind kinds[CUSTOM_OPERATIONS] = {
	[CUSTOM_TEST] = { "GET", no_options, no_options, 0, NULL },
	[CUSTOM_LOOKUP] = { "GET", listing_options, no_options, CUSTOM_NAMED_WHOM,
			    "what is looked for: {match.value}" },
	[CUSTOM_GET] = { "GET", record_options, no_options, WHOM },
	[CUSTOM_LIST] = { "GET", listing_options, active_options, 0, NULL },
	[CUSTOM_CREATE] = { "POST", record_options, id_options, 0, NULL },
	[CUSTOM_UPDATE] = { "PUT", record_options, mode_options, WHOM },
	[CUSTOM_ENABLE] = { "POST", record_options, no_options, WHOM },
	[CUSTOM_DISABLE] = { "POST", record_options, no_options, WHOM },
	[CUSTOM_DELETE] = { "DELETE", record_options, no_options, WHOM },
	[CUSTOM_PASSWORD] = { "POST", no_options, no_options, CUSTOM_NAMED_PASSWORD,
			      "the {password}" },
	[CUSTOM_RESET_MAIL] = { "POST", no_options, no_options, WHOM },
	[CUSTOM_GROUP_LOOKUP] = { "GET", listing_options, no_options,
				  CUSTOM_NAMED_WHOM | CUSTOM_NAMED_GROUP,
				  "what is looked for: {group.name}" },
	[CUSTOM_GROUP_LIST] = { "GET", listing_options, no_options, 0, NULL },
	[CUSTOM_GROUP_GET] = { "GET", record_options, no_options, WHICH },
	[CUSTOM_GROUP_CREATE] = { "POST", record_options, id_options, 0, NULL },
	[CUSTOM_GROUP_UPDATE] = { "PUT", record_options, no_options, WHICH },
	[CUSTOM_GROUP_DELETE] = { "DELETE", no_options, no_options, WHICH },
	[CUSTOM_MEMBER_ADD] = { "POST", batch_options, no_options, MEMBER },
	[CUSTOM_MEMBER_REMOVE] = { "DELETE", batch_options, no_options, MEMBER },
	[CUSTOM_MEMBER_LIST] = { "GET", listing_options, no_options, WHICH },
	[CUSTOM_MEMBER_REPLACE] = { "PUT", no_options, no_options, MEMBER },
};

static gboolean makes(CustomOperation what)
{
	return what == CUSTOM_CREATE || what == CUSTOM_GROUP_CREATE;
}

/* Calls ---------------------------------------------------------------------------------------- */

static const char *default_body(CustomOperation what, const OpConf *conf)
{
	if (what == CUSTOM_CREATE)
		return "{resource}";
	if (what != CUSTOM_UPDATE)
		return NULL;
	return conf->mode == MODE_MERGE     ? "{merged}"
	       : conf->mode == MODE_CHANGED ? "{changes}"
					    : "{resource}";
}

/* What a call takes from its answer is there for those after it. */
static void note_outputs(CustomBuild *self, const CustomStep *step)
{
	for (guint i = 0; i < step->outputs->len; i++) {
		CustomOutput output = { .name = ((CustomTake *)step->outputs->pdata[i])->name,
					.node = custom_conf_at(step->node, "outputs") };
		if (output.name)
			g_array_append_val(self->at.outputs, output);
	}
}

static void add_step(CustomBuild *self, CustomOp *op, CustomStep *step)
{
	g_ptr_array_add(op->steps, step);
	note_outputs(self, step);
	self->at.id_known = TRUE;
}

static gboolean is_step_setting(const char *name)
{
	for (const Option *option = custom_step_options; option->type != OPTION_TYPE_END;
	     option++) {
		if (strcmp(option->name, name) == 0)
			return TRUE;
	}
	return FALSE;
}

/* Settings of a call beside 'steps' would be those of no call. */
static void check_beside_steps(const CustomBuild *self, const ConfNode *node)
{
	for (guint i = 0; i < conf_length(node); i++) {
		const ConfNode *element = conf_element(node, i);
		if (is_step_setting(conf_name(element)))
			conf_problem(self->problems, CONF_PROBLEM, element,
				     "'%s' belongs into one of the 'steps' here",
				     conf_name(element));
	}
}

static void read_steps(CustomBuild *self, const ConfNode *node, const OpConf *conf, CustomOp *op)
{
	CustomStepRole role = { .method = kinds[op->what].method,
				.default_body = default_body(op->what, conf),
				.writes = custom_operation_writes(op->what),
				.makes = makes(op->what) };

	if (!conf_is_list(conf->steps) || conf_length(conf->steps) == 0)
		conf_problem(self->problems, CONF_PROBLEM, conf->steps,
			     "'steps' needs a list of groups, one for each call");
	for (guint i = 0; conf_is_list(conf->steps) && i < conf_length(conf->steps); i++) {
		CustomStep *step;
		role.position = i;
		step = custom_conf_step_of(self, conf_element(conf->steps, i), &role);
		if (custom_conf_is_of_bodies(step->method))
			role.default_body = NULL;
		add_step(self, op, step);
	}
	check_beside_steps(self, node);
}

static void read_only_step(CustomBuild *self, const ConfNode *node, const CustomStepConf *step,
			   const OpConf *conf, CustomOp *op)
{
	const CustomStepRole role = { .method = kinds[op->what].method,
				      .default_body = default_body(op->what, conf),
				      .writes = custom_operation_writes(op->what),
				      .makes = makes(op->what) };

	/* Where an operation is switched off, what it would be may be unknown. */
	if (op->off && !step->url && !step->follow)
		return;
	add_step(self, op, custom_conf_step(self, node, step, &role));
}

/* Whether it says enough ----------------------------------------------------------------------- */

/* With a method that has no usual body, all that is mapped would get lost without a word. */
static void check_mapped(const CustomBuild *self, const ConfNode *node, const CustomOp *op)
{
	if ((op->what != CUSTOM_CREATE && op->what != CUSTOM_UPDATE) || self->at.bodied ||
	    (self->at.named & CUSTOM_NAMED_MAPPED))
		return;
	conf_problem(
		self->problems, CONF_PROBLEM, node,
		"operation '%s' sends nothing of what the map says: without 'body', only "
		"POST, PUT and PATCH have one\nchoose one of these methods, write a 'body', or "
		"name values in the url or the query: {resource.PATH}",
		custom_operation_name(op->what));
}

static void check_enough(const CustomBuild *self, const ConfNode *node, const CustomOp *op)
{
	const OpKind *kind = &kinds[op->what];
	const char *name = custom_operation_name(op->what);

	/* What is wrong in a place may be what was to say it. */
	if (op->steps->len == 0 || conf_problems_count(self->problems) > self->at.problems)
		return;
	if (kind->needs && !(self->at.named & kind->needs))
		conf_problem(self->problems, CONF_PROBLEM, node, "operation '%s' does not say %s",
			     name, kind->missing);
	check_mapped(self, node, op);
	if ((kind->needs & (CUSTOM_NAMED_MEMBER | CUSTOM_NAMED_PASSWORD)) &&
	    !(self->at.named & CUSTOM_NAMED_WHOM))
		conf_problem(self->problems, CONF_PROBLEM, node,
			     "operation '%s' does not say which %s it is about: {id}", name,
			     op->what == CUSTOM_PASSWORD ? "account" : "group");
	for (guint i = 0; i < self->at.outputs->len; i++) {
		const CustomOutput *output = &g_array_index(self->at.outputs, CustomOutput, i);
		if (!output->used)
			conf_problem(self->problems, CONF_WARNING, output->node,
				     "nothing uses output '%s'", output->name);
	}
}

/* What has pages is walked: page by page, and each one is one call. */
static void check_walked(const CustomBuild *self, const CustomOp *op)
{
	if (kinds[op->what].options != listing_options)
		return;
	for (guint i = 0; i < op->steps->len; i++) {
		const CustomStep *step = op->steps->pdata[i];
		if (step->poll || step->foreach)
			conf_problem(self->problems, CONF_PROBLEM, step->node,
				     "operation '%s' is read page by page: 'poll' and 'foreach' "
				     "cannot stand in it",
				     custom_operation_name(op->what));
	}
}

static void set_digest(CustomOp *op)
{
	const CustomStep *step = custom_op_main(op);

	/* Whatever the method: where a PUT found an account, a DELETE is at the right place too. */
	op->digest = digest_strings(step && step->path ? template_text(step->path) : "",
				    step && step->query ? template_text(step->query) : "", NULL);
}

/* Operations ----------------------------------------------------------------------------------- */

static int active_of(const CustomBuild *self, const ConfNode *node)
{
	gboolean truth;

	if (!node)
		return -1;
	if (conf_boolean(node, &truth))
		return truth;
	conf_problem(self->problems, CONF_PROBLEM, node,
		     "'active' needs true or false without quotes");
	return -1;
}

static void set_ids(CustomBuild *self, const OpConf *conf, CustomOp *op)
{
	if (!makes(op->what))
		return;
	op->id_by_lookup = conf->id ? FALSE : self->id_by_lookup;
	op->ids = conf->id ? custom_conf_ids(self, conf->id, &op->id_by_lookup)
			   : g_ptr_array_ref(self->ids);
}

/*
 * Where nothing is said of the id, each answer before {id} is needed may have it, and the last one
 * counts. An answer that gives something else as well may be of a job: that has to be said.
 */
static void check_usual_id(const CustomBuild *self, const OpConf *conf, CustomOp *op)
{
	guint n = 0;

	if (!makes(op->what) || conf->id || self->conf->id)
		return;
	while (n < op->steps->len && !custom_step_names_id(op->steps->pdata[n]))
		n++;
	op->id_steps = n;
	for (guint i = 0; i + 1 < n; i++) {
		const CustomStep *step = op->steps->pdata[i];
		if (step->poll || step->outputs->len > 0)
			conf_problem(self->problems, CONF_PROBLEM, op->node,
				     "operation '%s' has to say where the id is: several answers "
				     "may have one at \"id\"\nset 'id', such as { path = "
				     "\"user.id\"; }",
				     custom_operation_name(op->what));
	}
}

static void copy(CustomBuild *self, const ConfNode *node, const OpConf *conf, CustomOp *op)
{
	op->means = g_strdup(conf->means);
	op->off = conf->off && *conf->off ? g_strdup(conf->off) : NULL;
	op->batch = (guint)MAX(conf->batch, 1);
	op->active = active_of(self, conf->active);
	op->items = custom_conf_place(self, node, "items", conf->items);
	op->items_may_miss = conf->items_may_miss;
}

static CustomOp *compile(CustomBuild *self, CustomOperation what, const ConfNode *node)
{
	const OpKind *kind = &kinds[what];
	const gboolean sequence = conf_is_group(node) && conf_member(node, "steps");
	OpConf conf = { 0 };
	CustomStepConf step = { 0 };
	const OptionSet sets[] = { { op_options, &conf },
				   { kind->options, &conf },
				   { kind->more, &conf },
				   { custom_step_options, &step } };
	CustomOp *op = g_new0(CustomOp, 1);

	conf_fill(node, sets, G_N_ELEMENTS(sets), NULL, self->problems);
	op->what = what;
	op->node = node;
	op->steps = g_ptr_array_new_with_free_func(custom_step_free);
	copy(self, node, &conf, op);
	self->at = (CustomAt){ .operation = what,
			       .problems = conf_problems_count(self->problems),
			       .batch = op->batch,
			       .paged = conf.pages != NULL,
			       .id_known = !makes(what),
			       .outputs = g_array_new(FALSE, FALSE, sizeof(CustomOutput)) };
	if (sequence)
		read_steps(self, node, &conf, op);
	else if (conf_is_group(node))
		read_only_step(self, node, &step, &conf, op);
	custom_conf_pages(self, conf.pages, op);
	set_ids(self, &conf, op);
	check_usual_id(self, &conf, op);
	op->reads_first = (self->at.named & CUSTOM_NAMED_DOCUMENT) != 0;
	check_enough(self, node, op);
	check_walked(self, op);
	set_digest(op);
	g_array_unref(self->at.outputs);
	self->at = (CustomAt){ .operation = CUSTOM_OPERATIONS };
	for (gsize i = 0; i < G_N_ELEMENTS(sets); i++)
		option_clear(sets[i].table, sets[i].into);
	return op;
}

/* Several listings are one: together they show everybody. */
static void add_listings(CustomBuild *self, const ConfNode *node)
{
	CustomApi *api = self->api;

	for (guint i = 0; i < custom_conf_groups(node); i++) {
		CustomOp *op = compile(self, CUSTOM_LIST, custom_conf_group(node, i));
		if (!op->off) {
			g_ptr_array_add(api->lists, op);
		} else {
			custom_op_free(api->operations[CUSTOM_LIST]);
			api->operations[CUSTOM_LIST] = op;
		}
	}
	if (api->lists->len == 0)
		return;
	custom_op_free(api->operations[CUSTOM_LIST]);
	api->operations[CUSTOM_LIST] = api->lists->pdata[0];
}

void custom_conf_operation(CustomBuild *self, CustomOperation what, const ConfNode *node)
{
	if (node && what == CUSTOM_LIST)
		add_listings(self, node);
	else if (node)
		self->api->operations[what] = compile(self, what, node);
}

void custom_conf_operations(CustomBuild *self)
{
	CustomApi *api = self->api;

	for (int i = 0; i < CUSTOM_GROUP_LOOKUP; i++)
		custom_conf_operation(self, i, self->conf->operations[i]);
	custom_conf_groups_of(self);
	custom_conf_needs(self);
	api->looks_up_by_list = custom_op(api, CUSTOM_LIST) &&
				!(custom_op(api, CUSTOM_LOOKUP) && custom_op(api, CUSTOM_GET));
}
