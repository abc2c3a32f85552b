/*
 * What a definition takes from answers: the id of what was made, what later calls need, and whether
 * work that goes on at the service is done.
 *
 *	id      = ( { path = "data.id"; }, { header = "Location"; }, { lookup = true; } );
 *	outputs = ( { name = "job"; path = "async_job_id"; } );
 *	outputs = ( { name = "membership"; items = "entries"; path = "id";
 *	              where = { path = "group.id"; value = "{id}"; }; } );
 *	poll    = { path = "state"; done = [ "complete" ]; failed = [ "failed" ]; };
 */
#include <string.h>

#include "custom_conf_internal.h"

/* What is taken -------------------------------------------------------------------------------- */

typedef struct {
	char *name, *path, *header, *pattern, *items;
	const ConfNode *where;
	gboolean items_may_miss, lookup;
} TakeConf;

static const Option take_options[] = { OPTION(STRING, TakeConf, path, "path", 0),
				       OPTION(STRING, TakeConf, header, "header", 0),
				       OPTION(STRING, TakeConf, pattern, "pattern", 0),
				       OPTION(STRING, TakeConf, items, "items", 0),
				       OPTION(BOOL, TakeConf, items_may_miss, "items_may_miss", 0,
					      .fallback = "false"),
				       OPTION(NODE, TakeConf, where, "where", 0),
				       OPTION_END };

static const Option output_options[] = { OPTION(STRING, TakeConf, name, "name", OPTION_REQUIRED),
					 OPTION_END };

static const Option id_options[] = {
	OPTION(BOOL, TakeConf, lookup, "lookup", 0, .fallback = "false"), OPTION_END
};

/* By which value a record is chosen. */
typedef struct {
	char *path;
	const ConfNode *value;
} WhereConf;

static const Option where_options[] = { OPTION(STRING, WhereConf, path, "path", OPTION_REQUIRED),
					OPTION(NODE, WhereConf, value, "value", OPTION_REQUIRED),
					OPTION_END };

static CustomMatch *match_of(CustomBuild *self, const ConfNode *node)
{
	CustomMatch *match = g_new0(CustomMatch, 1);
	WhereConf conf = { 0 };
	g_autofree char *text = NULL;

	conf_fill(node, &(OptionSet){ where_options, &conf }, 1, NULL, self->problems);
	match->place = custom_conf_place(self, node, "path", conf.path);
	text = conf.value ? custom_conf_scalar(conf.value) : NULL;
	if (text)
		match->value = custom_conf_template(self, conf.value, text, TEMPLATE_PLAIN);
	else if (conf.value)
		conf_problem(self->problems, CONF_PROBLEM, conf.value,
			     "'value' needs a text, a number, true or false");
	option_clear(where_options, &conf);
	return match;
}

/* A record of a list: from which one, and by what. */
static void set_choice(CustomBuild *self, const ConfNode *node, const TakeConf *conf,
		       CustomTake *result)
{
	result->items = custom_conf_place(self, node, "items", conf->items);
	result->items_may_miss = conf->items_may_miss;
	result->where = g_ptr_array_new_with_free_func(custom_match_free);
	for (guint i = 0; i < custom_conf_groups(conf->where); i++)
		g_ptr_array_add(result->where, match_of(self, custom_conf_group(conf->where, i)));
	if (conf->items && !conf->path)
		conf_problem(self->problems, CONF_PROBLEM, custom_conf_at(node, "items"),
			     "'items' is without effect: where the value is found in a record is "
			     "said by 'path'");
	if (conf->items && result->where->len == 0)
		conf_problem(self->problems, CONF_PROBLEM, custom_conf_at(node, "items"),
			     "which of these records is meant is not said: set 'where'");
	if (conf->where && !conf->items)
		conf_problem(self->problems, CONF_PROBLEM, conf->where,
			     "where the records are that it chooses from is not said: set 'items'");
	if (conf->items_may_miss && !conf->items)
		conf_problem(self->problems, CONF_PROBLEM, custom_conf_at(node, "items_may_miss"),
			     "'items_may_miss' is without effect: it is for 'items'");
}

static CustomTake *take(CustomBuild *self, const ConfNode *node, const TakeConf *conf)
{
	CustomTake *result = g_new0(CustomTake, 1);

	if (!!conf->path + !!conf->header + conf->lookup != 1)
		conf_problem(self->problems, CONF_PROBLEM, node,
			     "where the value is found is not clear: set 'path' or 'header'");
	if (conf->header && !*conf->header)
		conf_problem(self->problems, CONF_PROBLEM, custom_conf_at(node, "header"),
			     "'header' is empty");
	result->name = g_strdup(conf->name);
	result->place = custom_conf_place(self, node, "path", conf->path);
	result->header = conf->header ? g_ascii_strdown(conf->header, -1) : NULL;
	result->pattern = custom_conf_pattern(self, node, "pattern", conf->pattern);
	set_choice(self, node, conf, result);
	return result;
}

GPtrArray *custom_conf_ids(CustomBuild *self, const ConfNode *node, gboolean *by_lookup)
{
	GPtrArray *takes = g_ptr_array_new_with_free_func(custom_take_free);
	const gboolean id_known = self->at.id_known;

	self->at.id_known = FALSE; /* nothing is chosen by what is being looked for */
	for (guint i = 0; i < custom_conf_groups(node); i++) {
		const ConfNode *element = custom_conf_group(node, i);
		TakeConf conf = { 0 };
		const OptionSet sets[] = { { take_options, &conf }, { id_options, &conf } };
		conf_fill(element, sets, 2, NULL, self->problems);
		if (conf_is_group(element)) {
			CustomTake *result = take(self, element, &conf);
			if (conf.lookup)
				custom_take_free(result);
			else
				g_ptr_array_add(takes, result);
		}
		if (conf.lookup && !self->ids_by_lookup)
			self->ids_by_lookup = element;
		*by_lookup |= conf.lookup;
		option_clear(take_options, &conf);
	}
	self->at.id_known = id_known;
	return takes;
}

static gboolean is_name(const char *text)
{
	const char *at = text;

	while (g_ascii_isalnum(*at) || *at == '_' || *at == '-')
		at++;
	return at > text && *at == '\0';
}

static gboolean is_taken(const GPtrArray *takes, const char *name)
{
	for (guint i = 0; i < takes->len; i++) {
		if (g_strcmp0(((CustomTake *)takes->pdata[i])->name, name) == 0)
			return TRUE;
	}
	return FALSE;
}

GPtrArray *custom_conf_outputs(CustomBuild *self, const ConfNode *node)
{
	GPtrArray *takes = g_ptr_array_new_with_free_func(custom_take_free);

	for (guint i = 0; i < custom_conf_groups(node); i++) {
		const ConfNode *element = custom_conf_group(node, i);
		TakeConf conf = { 0 };
		const OptionSet sets[] = { { take_options, &conf }, { output_options, &conf } };
		conf_fill(element, sets, 2, NULL, self->problems);
		if (conf.name && !is_name(conf.name))
			conf_problem(self->problems, CONF_PROBLEM, custom_conf_at(element, "name"),
				     "'%s' cannot be the name of an output: letters, digits, _ "
				     "and - can",
				     conf.name);
		else if (conf.name && is_taken(takes, conf.name))
			conf_problem(self->problems, CONF_PROBLEM, custom_conf_at(element, "name"),
				     "the output '%s' is there twice", conf.name);
		if (conf_is_group(element))
			g_ptr_array_add(takes, take(self, element, &conf));
		option_clear(take_options, &conf);
		option_clear(output_options, &conf);
	}
	return takes;
}

/* Polling -------------------------------------------------------------------------------------- */

typedef struct {
	char *path;
	const ConfNode *done, *failed, *pending;
	gint64 interval_us, deadline_us;
} PollConf;

static const Option poll_options[] = {
	OPTION(STRING, PollConf, path, "path", OPTION_REQUIRED),
	OPTION(NODE, PollConf, done, "done", OPTION_REQUIRED),
	OPTION(NODE, PollConf, failed, "failed", 0),
	OPTION(NODE, PollConf, pending, "pending", 0),
	OPTION(DURATION, PollConf, interval_us, "interval", 0, .fallback = "2s"),
	OPTION(DURATION, PollConf, deadline_us, "deadline", 0, .fallback = "5m"),
	OPTION_END
};

/* A value that ends the polling in two ways would end it in the first one, unsaid. */
static void check_apart(const CustomBuild *self, const ConfNode *node, const char *name,
			const GPtrArray *texts, const GPtrArray *others)
{
	for (guint i = 0; i < texts->len; i++) {
		if (g_ptr_array_find_with_equal_func((GPtrArray *)others, texts->pdata[i],
						     g_str_equal, NULL))
			conf_problem(self->problems, CONF_PROBLEM, custom_conf_at(node, name),
				     "'%s' cannot mean two things", (char *)texts->pdata[i]);
	}
}

static void check_poll(const CustomBuild *self, const ConfNode *node, const CustomPoll *poll)
{
	check_apart(self, node, "failed", poll->failed, poll->done);
	check_apart(self, node, "pending", poll->pending, poll->done);
	check_apart(self, node, "pending", poll->pending, poll->failed);
	if (conf_member(node, "done") && poll->done->len == 0)
		conf_problem(self->problems, CONF_PROBLEM, conf_member(node, "done"),
			     "nothing would ever end this well: 'done' is empty");
	if (poll->interval_us <= 0 || poll->deadline_us < poll->interval_us)
		conf_problem(self->problems, CONF_PROBLEM, node,
			     "'interval' must be more than none, and at most 'deadline'");
}

CustomPoll *custom_conf_poll(CustomBuild *self, const ConfNode *node)
{
	PollConf conf = { 0 };
	CustomPoll *poll;

	if (!node)
		return NULL;
	poll = g_new0(CustomPoll, 1);
	conf_fill(node, &(OptionSet){ poll_options, &conf }, 1, NULL, self->problems);
	poll->place = custom_conf_place(self, node, "path", conf.path);
	poll->done = custom_conf_texts(self, conf.done, "done");
	poll->failed = custom_conf_texts(self, conf.failed, "failed");
	poll->pending = custom_conf_texts(self, conf.pending, "pending");
	poll->interval_us = conf.interval_us;
	poll->deadline_us = conf.deadline_us;
	if (conf_is_group(node))
		check_poll(self, node, poll);
	option_clear(poll_options, &conf);
	return poll;
}
