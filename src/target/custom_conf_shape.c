/*
 * How a service shows accounts, groups and members, as a definition says it.
 *
 *	account = { id = "user_id"; active = "status"; active_values = [ "active" ];
 *	            fields = ( { to = "emails[0].email_id"; from = "primary_email"; } ); };
 *	group   = { id = "id"; name = "displayName"; ... };
 *
 * Callers know accounts by target paths, as the map spells them, and groups by "displayName".
 */
#include <string.h>

#include "custom_conf_internal.h"

typedef struct {
	char *id, *active;
	const ConfNode *active_values, *inactive_values, *fields;
} AccountConf;

static const Option account_options[] = {
	OPTION(STRING, AccountConf, id, "id", 0, .fallback = "id"),
	OPTION(STRING, AccountConf, active, "active", 0),
	OPTION(NODE, AccountConf, active_values, "active_values", 0),
	OPTION(NODE, AccountConf, inactive_values, "inactive_values", 0),
	OPTION(NODE, AccountConf, fields, "fields", 0),
	OPTION_END
};

typedef struct {
	char *to, *from;
} FieldConf;

static const Option field_options[] = { OPTION(STRING, FieldConf, to, "to", OPTION_REQUIRED),
					OPTION(STRING, FieldConf, from, "from", OPTION_REQUIRED),
					OPTION_END };

static void field_free(void *field_)
{
	CustomField *field = field_;

	path_free(field->to);
	place_free(field->from);
	g_free(field);
}

static void add_field(const CustomBuild *self, GPtrArray *fields, const ConfNode *node,
		      const char *to, Place *from)
{
	GError *error = NULL;
	CustomField *field = g_new0(CustomField, 1);

	field->to = path_parse(to, &error);
	field->from = from;
	if (field->to && from) {
		g_ptr_array_add(fields, field);
		return;
	}
	if (!field->to)
		custom_conf_report(self, custom_conf_at(node, "to"), "to", error);
	field_free(field);
}

static void read_fields(const CustomBuild *self, const ConfNode *node, GPtrArray *fields)
{
	for (guint i = 0; i < custom_conf_groups(node); i++) {
		const ConfNode *element = custom_conf_group(node, i);
		FieldConf conf = { 0 };
		conf_fill(element, &(OptionSet){ field_options, &conf }, 1, NULL, self->problems);
		if (conf.to && conf.from)
			add_field(self, fields, element, conf.to,
				  custom_conf_place(self, element, "from", conf.from));
		option_clear(field_options, &conf);
	}
}

static void shape_init(CustomShape *shape)
{
	shape->active_values = g_ptr_array_new_with_free_func(g_free);
	shape->inactive_values = g_ptr_array_new_with_free_func(g_free);
	shape->fields = g_ptr_array_new_with_free_func(field_free);
}

static void check_values(const CustomBuild *self, const ConfNode *node, const CustomShape *shape)
{
	const char *name = shape->active_values->len > 0 ? "active_values" : "inactive_values";

	if (!shape->active && shape->active_values->len + shape->inactive_values->len > 0)
		conf_problem(self->problems, CONF_PROBLEM, custom_conf_at(node, name),
			     "where these values stand is not said: set 'active'");
	for (guint i = 0; i < shape->active_values->len; i++) {
		const char *text = shape->active_values->pdata[i];
		if (g_ptr_array_find_with_equal_func(shape->inactive_values, text, g_str_equal,
						     NULL))
			conf_problem(self->problems, CONF_PROBLEM,
				     custom_conf_at(node, "inactive_values"),
				     "'%s' cannot mean active and inactive", text);
	}
}

void custom_conf_account(CustomBuild *self, const ConfNode *node)
{
	CustomShape *shape = &self->api->account;
	AccountConf conf = { 0 };

	conf_fill(node, &(OptionSet){ account_options, &conf }, 1, NULL, self->problems);
	shape_init(shape);
	g_ptr_array_unref(shape->active_values);
	g_ptr_array_unref(shape->inactive_values);
	shape->id = custom_conf_place(self, node, "id", conf.id);
	shape->active = custom_conf_place(self, node, "active", conf.active);
	shape->active_values = custom_conf_texts(self, conf.active_values, "active_values");
	shape->inactive_values = custom_conf_texts(self, conf.inactive_values, "inactive_values");
	read_fields(self, conf.fields, shape->fields);
	check_values(self, node, shape);
	option_clear(account_options, &conf);
}

void custom_conf_group_shape(CustomBuild *self, const ConfNode *node, const char *id,
			     const char *name)
{
	CustomShape *shape = &self->api->group;

	shape_init(shape);
	shape->id = custom_conf_place(self, node, "id", id);
	add_field(self, shape->fields, node, "displayName",
		  custom_conf_place(self, node, "name", name));
}

void custom_conf_member_shape(CustomBuild *self, const ConfNode *node, const char *id)
{
	shape_init(&self->api->member);
	self->api->member.id = custom_conf_place(self, node, "id", id);
}
