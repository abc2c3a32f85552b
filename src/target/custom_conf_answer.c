/*
 * What a definition says of answers: when one is a success, and what its errors are. What is taken
 * from them is custom_conf_take.c's.
 *
 *	success = { path = "status"; value = "success"; };
 *	error   = { path = [ "error.message", "message" ]; code = "error.code"; };
 *	errors  = ( { status = 409; is = "exists"; },
 *	            { status = ( 400, "500-599" ); message = "already"; is = "member"; } );
 *
 * What a step says of success and of where errors stand is said instead of what the app says; its
 * rows of 'errors' come before those of the app.
 */
#include <string.h>

#include "custom_conf_internal.h"

/* Statuses ------------------------------------------------------------------------------------- */

static gboolean parse_range(const char *text, CustomRange *range)
{
	char *end;

	range->low = range->high = (int)g_ascii_strtoull(text, &end, 10);
	if (*end == '-')
		range->high = (int)g_ascii_strtoull(end + 1, &end, 10);
	return *end == '\0' && range->low >= 100 && range->high <= 599 && range->low <= range->high;
}

static GArray *statuses(const CustomBuild *self, const ConfNode *node)
{
	g_autoptr(GPtrArray) texts = custom_conf_texts(self, node, "status");
	GArray *ranges = g_array_new(FALSE, FALSE, sizeof(CustomRange));

	for (guint i = 0; i < texts->len; i++) {
		CustomRange range;
		if (parse_range(texts->pdata[i], &range))
			g_array_append_val(ranges, range);
		else
			conf_problem(self->problems, CONF_PROBLEM, node,
				     "'%s' is no status of HTTP: 409 and \"500-599\" are",
				     (char *)texts->pdata[i]);
	}
	return ranges;
}

/* Success -------------------------------------------------------------------------------------- */

typedef struct {
	char *path;
	const ConfNode *value, *values, *statuses;
	int quantity;
	gboolean may_miss;
} SuccessConf;

static const char *const quantity_names[] = { "first", "all", "any", NULL };

static const Option success_options[] = { OPTION(STRING, SuccessConf, path, "path", 0),
					  OPTION(NODE, SuccessConf, value, "value", 0),
					  OPTION(NODE, SuccessConf, values, "values", 0),
					  OPTION(ENUM, SuccessConf, quantity, "quantity", 0,
						 .names = quantity_names, .fallback = "first"),
					  OPTION(BOOL, SuccessConf, may_miss, "may_miss", 0,
						 .fallback = "false"),
					  OPTION(NODE, SuccessConf, statuses, "statuses", 0),
					  OPTION_END };

static void success_free(void *row_)
{
	CustomSuccess *row = row_;

	place_free(row->place);
	g_ptr_array_unref(row->values);
	g_array_unref(row->statuses);
	g_free(row);
}

static void check_success(const CustomBuild *self, const ConfNode *node, const SuccessConf *conf)
{
	if (conf->value && conf->values)
		conf_problem(self->problems, CONF_PROBLEM, node,
			     "'value' and 'values' cannot both be there");
	if (conf->path && !conf->value && !conf->values)
		conf_problem(self->problems, CONF_PROBLEM, node,
			     "which value at '%s' means success is not said: set 'value'",
			     conf->path);
	if (!conf->path && (conf->value || conf->values))
		conf_problem(self->problems, CONF_PROBLEM, node,
			     "where the value stands is not said: set 'path'");
	if (!conf->path && !conf->statuses && !conf->value && !conf->values)
		conf_problem(self->problems, CONF_PROBLEM, node,
			     "this says nothing: set 'path' and 'value', or 'statuses'");
}

static CustomSuccess *success_row(const CustomBuild *self, const ConfNode *node)
{
	SuccessConf conf = { 0 };
	CustomSuccess *row = g_new0(CustomSuccess, 1);

	conf_fill(node, &(OptionSet){ success_options, &conf }, 1, NULL, self->problems);
	if (conf_is_group(node))
		check_success(self, node, &conf);
	row->place = custom_conf_place(self, node, "path", conf.path);
	row->values = custom_conf_texts(self, conf.values ? conf.values : conf.value,
					conf.values ? "values" : "value");
	row->quantity = conf.quantity;
	row->may_miss = conf.may_miss;
	row->statuses = statuses(self, conf.statuses);
	option_clear(success_options, &conf);
	return row;
}

GPtrArray *custom_conf_success(CustomBuild *self, const ConfNode *node)
{
	GPtrArray *rows = g_ptr_array_new_with_free_func(success_free);

	for (guint i = 0; i < custom_conf_groups(node); i++)
		g_ptr_array_add(rows, success_row(self, custom_conf_group(node, i)));
	return rows;
}

/* Errors --------------------------------------------------------------------------------------- */

typedef struct {
	GPtrArray *path, *code;
} ErrorConf;

static const Option error_options[] = { OPTION(STRINGS, ErrorConf, path, "path", 0),
					OPTION(STRINGS, ErrorConf, code, "code", 0), OPTION_END };

static GPtrArray *places(const CustomBuild *self, const ConfNode *node, const char *name,
			 const GPtrArray *texts)
{
	GPtrArray *list = g_ptr_array_new_with_free_func((GDestroyNotify)place_free);

	for (guint i = 0; i < texts->len; i++) {
		Place *place = custom_conf_place(self, node, name, texts->pdata[i]);
		if (place)
			g_ptr_array_add(list, place);
	}
	return list;
}

CustomErrorPlaces custom_conf_error(CustomBuild *self, const ConfNode *node)
{
	ErrorConf conf = { 0 };
	CustomErrorPlaces result;

	conf_fill(node, &(OptionSet){ error_options, &conf }, 1, NULL, self->problems);
	result.words = places(self, node, "path", conf.path);
	result.codes = places(self, node, "code", conf.code);
	option_clear(error_options, &conf);
	return result;
}

typedef struct {
	const ConfNode *status, *code;
	char *message;
	int is;
} RowConf;

/* In the order of CustomClass; "" is not to be chosen. */
static const char *const class_names[] = {
	"unclassified", "ok",   "exists", "not_found", "member", "not_member", "stale",
	"throttled",    "auth", "retry",  "unknown",   "fatal",  NULL
};

static const Option row_options[] = {
	OPTION(NODE, RowConf, status, "status", 0), OPTION(NODE, RowConf, code, "code", 0),
	OPTION(STRING, RowConf, message, "message", 0),
	OPTION(ENUM, RowConf, is, "is", OPTION_REQUIRED, .names = class_names + 1), OPTION_END
};

static void error_clear(gpointer row_)
{
	CustomError *row = row_;

	g_array_unref(row->statuses);
	g_ptr_array_unref(row->codes);
	pattern_free(row->message);
}

/* Steps share the rows of the app. */
static void error_free(gpointer row)
{
	g_rc_box_release_full(row, error_clear);
}

static CustomError *error_row(const CustomBuild *self, const ConfNode *node)
{
	RowConf conf = { 0 };
	CustomError *row = g_rc_box_new0(CustomError);

	conf_fill(node, &(OptionSet){ row_options, &conf }, 1, NULL, self->problems);
	if (conf_is_group(node) && !conf.status && !conf.code && !conf.message)
		conf_problem(self->problems, CONF_PROBLEM, node,
			     "every error would fit this row: set 'status', 'code' or 'message'");
	row->statuses = statuses(self, conf.status);
	row->codes = custom_conf_texts(self, conf.code, "code");
	if (conf.message) {
		g_autofree char *caseless = g_strconcat("(?i)", conf.message, NULL);
		row->message = custom_conf_pattern(self, node, "message", caseless);
	}
	row->class = (CustomClass)(conf.is + 1);
	option_clear(row_options, &conf);
	return row;
}

GPtrArray *custom_conf_errors(CustomBuild *self, const ConfNode *node, const GPtrArray *more)
{
	GPtrArray *rows = g_ptr_array_new_with_free_func(error_free);

	for (guint i = 0; i < custom_conf_groups(node); i++)
		g_ptr_array_add(rows, error_row(self, custom_conf_group(node, i)));
	for (guint i = 0; more && i < more->len; i++)
		g_ptr_array_add(rows, g_rc_box_acquire(more->pdata[i]));
	return rows;
}
