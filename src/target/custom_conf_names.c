/*
 * Which values are there where: every name in a template, a condition or a list is looked up here
 * when the definition is loaded, so that none turns out to be missing when somebody is created.
 *
 *	id                          all that is about an account or group that exists
 *	anchor                      create, update, enable, disable, delete
 *	resource  resource.PATH     create, update
 *	changes  changes.PATH  old.PATH    update
 *	document  document.PLACE  merged   update, enable, disable, delete: needs get or list
 *	match.path  match.value     lookup, group.lookup
 *	group.name                  group.create, group.update, group.lookup
 *	members  member.id          member.add, member.remove, member.replace
 *	item  item.PLACE  items     with foreach; item also in "$make"
 *	page.number|offset|cursor|size     with pages
 *	password  must_change       password
 *	parameter.NAME  auth.NAME  token.NAME  now  uuid    everywhere
 *	step.NAME                   after the step that has it as an output
 *
 * A path that no row of the map fills is a mistake only where nothing else is said to stand there
 * instead: "{resource.title|or -}" is for whoever maps a title, and for whoever does not.
 */
#include <string.h>

#include "custom_conf_internal.h"

#define OP(name) (1u << CUSTOM_##name)
#define EVERYWHERE (~0u)
#define OF_CALLS (OP(OPERATIONS) - 1)
#define SEARCHES (OP(TEST) | OP(LOOKUP) | OP(LIST) | OP(GROUP_LOOKUP) | OP(GROUP_LIST))
#define STATE (OP(ENABLE) | OP(DISABLE) | OP(DELETE))
#define PAGED (OP(LOOKUP) | OP(LIST) | OP(GROUP_LOOKUP) | OP(GROUP_LIST) | OP(MEMBER_LIST))

typedef struct {
	const ConfNode *node;
	const char *name; /* whole */
	const char *part; /* behind the dot, or NULL */
	gboolean is_needed;
} Named;

typedef struct {
	const char *head;
	const char *parts; /* "a|b": one of these; "*": any; NULL: none */
	gboolean bare;     /* may stand without a part */
	guint operations;
	guint means; /* CUSTOM_NAMED_* */
	void (*check)(CustomBuild *self, const Named *named);
} NameRow;

static void wrong(const CustomBuild *self, const Named *named, const char *why)
{
	conf_problem(self->problems, CONF_PROBLEM, named->node, "{%s} is never there: %s",
		     named->name, why);
}

/* " (did you mean {x}?)", or nothing. New string. */
static char *hint_of(const char *word, const GPtrArray *known, const char *prefix)
{
	const char *near = conf_suggest(word, known);

	return near ? g_strdup_printf(" (did you mean {%s%s}?)", prefix, near) : g_strdup("");
}

/* What each name needs ------------------------------------------------------------------------- */

static void check_id(CustomBuild *self, const Named *named)
{
	if (self->at.id_known)
		return;
	wrong(self, named,
	      "what is created has its id only when the first call was answered\n"
	      "{anchor} is the person's own key");
}

static void check_mapped(CustomBuild *self, const Named *named)
{
	g_autoptr(GPtrArray) known = g_ptr_array_new();
	g_autoptr(Path) path = named->part ? path_parse(named->part, NULL) : NULL;

	if (!named->part)
		return;
	if (!path) {
		wrong(self, named, "this is no path of a map");
		return;
	}
	if (!self->mapped || !named->is_needed)
		return;
	for (guint i = 0; i < self->mapped->len; i++) {
		const Path *row = self->mapped->pdata[i];
		if (path_equal(row, path) || path_conflicts(row, path))
			return;
		g_ptr_array_add(known, row->text);
	}
	g_autofree char *prefix = g_strndup(named->name, (gsize)(named->part - named->name));
	g_autofree char *hint = hint_of(named->part, known, prefix);
	g_autofree char *why = g_strdup_printf("no row of the map fills '%s'%s", named->part, hint);
	wrong(self, named, why);
}

static void check_document(CustomBuild *self, const Named *named)
{
	g_autoptr(Place) place = named->part ? place_parse(named->part, NULL) : NULL;
	const CustomConf *conf = self->conf;

	if (named->part && !place)
		wrong(self, named, "this is no place in an answer");
	if (!conf->operations[CUSTOM_GET] && !conf->operations[CUSTOM_LIST])
		wrong(self, named,
		      "an account is read by operation 'get' or 'list', and there is none");
}

static void check_parameter(CustomBuild *self, const Named *named)
{
	const char *name;
	json_t *value;

	if (json_object_get(self->api->parameters, named->part))
		return;
	g_autoptr(GPtrArray) known = g_ptr_array_new();
	json_object_foreach (self->api->parameters, name, value)
		g_ptr_array_add(known, (char *)name);
	g_autofree char *hint = hint_of(named->part, known, "parameter.");
	g_autofree char *why = g_strdup_printf("'parameters' has no '%s'%s%s%s%s", named->part,
					       hint, *hint ? "" : "\nsay parameters = { ",
					       *hint ? "" : named->part,
					       *hint ? "" : " = \"...\"; }");
	wrong(self, named, why);
}

static void check_auth(CustomBuild *self, const Named *named)
{
	if (!credential_setting(&self->conf->net.auth, named->part))
		wrong(self, named, "the group 'auth' does not set it");
}

/* A field of the token's answer: it is kept with the token from now on. */
static void check_token(CustomBuild *self, const Named *named)
{
	if (custom_conf_fetches(self))
		credential_keep(&self->conf->net.auth, named->part);
	else
		wrong(self, named, "no token is fetched with these settings of 'auth'");
}

static void check_output(CustomBuild *self, const Named *named)
{
	g_autoptr(GPtrArray) known = g_ptr_array_new();

	for (guint i = 0; self->at.outputs && i < self->at.outputs->len; i++) {
		CustomOutput *output = &g_array_index(self->at.outputs, CustomOutput, i);
		g_ptr_array_add(known, (char *)output->name);
		if (strcmp(output->name, named->part) != 0)
			continue;
		output->used = TRUE;
		return;
	}
	g_autofree char *hint = hint_of(named->part, known, "step.");
	g_autofree char *why = g_strdup_printf("no earlier call has an output '%s'%s", named->part,
					       hint);
	wrong(self, named, why);
}

static void check_item(CustomBuild *self, const Named *named)
{
	if (self->at.each || (self->at.foreach && self->at.chunk == 1))
		return;
	wrong(self, named,
	      self->at.foreach ? "with 'chunk' a call is about several; {items} has them"
			       : "the call says no 'foreach'");
}

static void check_items(CustomBuild *self, const Named *named)
{
	if (!self->at.foreach)
		wrong(self, named, "the call says no 'foreach'");
}

static void check_page(CustomBuild *self, const Named *named)
{
	if (!self->at.paged)
		wrong(self, named, "the operation has no 'pages'");
	else if (strcmp(named->part, "size") != 0)
		self->at.named |= CUSTOM_NAMED_PAGE;
}

static void check_member(CustomBuild *self, const Named *named)
{
	if (self->at.operation == CUSTOM_MEMBER_REPLACE)
		wrong(self, named, "the call is about all members; {members} has them");
	else if (self->at.batch > 1)
		wrong(self, named, "with 'batch' a call is about several; {members} has them");
}

/* The table ------------------------------------------------------------------------------------ */

static const NameRow rows[] = {
	{ "id", NULL, TRUE, OF_CALLS & ~SEARCHES, CUSTOM_NAMED_WHOM, check_id },
	{ "anchor", NULL, TRUE, OP(CREATE) | OP(UPDATE) | STATE, CUSTOM_NAMED_WHOM, NULL },
	{ "now", NULL, TRUE, EVERYWHERE, 0, NULL },
	{ "uuid", NULL, TRUE, EVERYWHERE, 0, NULL },
	{ "resource", "*", TRUE, OP(CREATE) | OP(UPDATE), CUSTOM_NAMED_WHOM | CUSTOM_NAMED_MAPPED,
	  check_mapped },
	{ "changes", "*", TRUE, OP(UPDATE), CUSTOM_NAMED_MAPPED, check_mapped },
	{ "old", "*", FALSE, OP(UPDATE), CUSTOM_NAMED_WHOM, check_mapped },
	{ "document", "*", TRUE, OP(UPDATE) | STATE, CUSTOM_NAMED_WHOM | CUSTOM_NAMED_DOCUMENT,
	  check_document },
	{ "merged", NULL, TRUE, OP(UPDATE) | STATE,
	  CUSTOM_NAMED_WHOM | CUSTOM_NAMED_DOCUMENT | CUSTOM_NAMED_MAPPED, check_document },
	{ "match", "path|value", FALSE, OP(LOOKUP) | OP(GROUP_LOOKUP), CUSTOM_NAMED_WHOM, NULL },
	{ "group", "name", FALSE, OP(GROUP_CREATE) | OP(GROUP_UPDATE) | OP(GROUP_LOOKUP),
	  CUSTOM_NAMED_GROUP, NULL },
	{ "members", NULL, TRUE, OP(MEMBER_ADD) | OP(MEMBER_REMOVE) | OP(MEMBER_REPLACE),
	  CUSTOM_NAMED_MEMBER, NULL },
	{ "member", "id", FALSE, OP(MEMBER_ADD) | OP(MEMBER_REMOVE) | OP(MEMBER_REPLACE),
	  CUSTOM_NAMED_MEMBER, check_member },
	{ "item", "*", TRUE, OF_CALLS, 0, check_item },
	{ "items", NULL, TRUE, OF_CALLS, 0, check_items },
	{ "page", "number|offset|cursor|size", FALSE, PAGED, 0, check_page },
	{ "password", NULL, TRUE, OP(PASSWORD), CUSTOM_NAMED_PASSWORD | CUSTOM_NAMED_SECRET, NULL },
	{ "must_change", NULL, TRUE, OP(PASSWORD), 0, NULL },
	{ "parameter", "*", FALSE, EVERYWHERE, 0, check_parameter },
	{ "auth", "user|password|token|value|client_id|client_secret", FALSE, EVERYWHERE,
	  CUSTOM_NAMED_SECRET, check_auth },
	{ "token", "*", FALSE, EVERYWHERE, CUSTOM_NAMED_SECRET, check_token },
	{ "step", "*", FALSE, OF_CALLS, 0, check_output },
};

static const NameRow *find_row(const char *head, gsize length)
{
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		if (strlen(rows[i].head) == length && strncmp(rows[i].head, head, length) == 0)
			return &rows[i];
	}
	return NULL;
}

static gboolean fits(const NameRow *row, const char *part)
{
	if (!part)
		return row->bare;
	if (!row->parts || !*part)
		return FALSE;
	if (strcmp(row->parts, "*") == 0)
		return TRUE;
	g_auto(GStrv) parts = g_strsplit(row->parts, "|", -1);
	return g_strv_contains((const char *const *)parts, part);
}

/* "id", "resource.PATH": each name of a row, as people write it. */
static void add_spellings(const NameRow *row, GPtrArray *names)
{
	const char *any = strcmp(row->head, "document") == 0 || strcmp(row->head, "item") == 0
				  ? "PLACE"
			  : strcmp(row->head, "resource") == 0 || strcmp(row->head, "old") == 0 ||
					  strcmp(row->head, "changes") == 0
				  ? "PATH"
				  : "NAME";
	g_auto(GStrv) parts = row->parts ? g_strsplit(row->parts, "|", -1) : NULL;

	if (row->bare)
		g_ptr_array_add(names, g_strdup(row->head));
	for (guint i = 0; parts && parts[i]; i++)
		g_ptr_array_add(names, g_strdup_printf("%s.%s", row->head,
						       *parts[i] == '*' ? any : parts[i]));
}

/* Whether a name of the row makes sense here, for the list of those that do. */
static gboolean is_here(const CustomBuild *self, const NameRow *row)
{
	const CustomAt *at = &self->at;

	if (!(row->operations & (1u << at->operation)))
		return FALSE;
	if (row->check == check_item || row->check == check_items)
		return at->foreach || at->each;
	if (row->check == check_page)
		return at->paged;
	if (row->check == check_output)
		return at->outputs && at->outputs->len > 0;
	return row->check != check_id || at->id_known;
}

static void report_unknown(const CustomBuild *self, const Named *named, const NameRow *row)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GString) list = g_string_new(NULL);
	g_autofree char *hint = NULL;

	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		if (is_here(self, &rows[i]))
			add_spellings(&rows[i], names);
	}
	for (guint i = 0; i < names->len; i++)
		g_string_append_printf(list, "%s{%s}", i ? ", " : "", (char *)names->pdata[i]);
	hint = row ? g_strdup("") : hint_of(named->name, names, "");
	conf_problem(self->problems, CONF_PROBLEM, named->node,
		     "there is no {%s} in %s%s%s%s\nthere are %s", named->name,
		     self->at.operation < CUSTOM_OPERATIONS ? "operation '" : "",
		     custom_operation_name(self->at.operation),
		     self->at.operation < CUSTOM_OPERATIONS ? "'" : "", hint, list->str);
}

void custom_conf_name(CustomBuild *self, const ConfNode *node, const char *name, gboolean is_needed)
{
	const char *dot = strchr(name, '.');
	const NameRow *row = find_row(name, dot ? (gsize)(dot - name) : strlen(name));
	const Named named = {
		.node = node, .name = name, .part = dot ? dot + 1 : NULL, .is_needed = is_needed
	};

	if (!row || !fits(row, named.part) || !(row->operations & (1u << self->at.operation))) {
		report_unknown(self, &named, row);
		return;
	}
	self->at.named |= row->means;
	if (row->check)
		row->check(self, &named);
}

/* Templates ------------------------------------------------------------------------------------ */

typedef struct {
	CustomBuild *build;
	const ConfNode *node;
	TemplateContext context;
} Visit;

/* A parameter that stands in addresses: it is part of which target this is. */
static void note_addressed(CustomBuild *self, const Visit *visit, const char *name,
			   gboolean is_needed)
{
	json_t *value = json_object_get(self->api->parameters, name);

	if (value)
		json_object_set(self->addressed, name, value);
	if (visit->context == TEMPLATE_PATH && is_needed && json_is_string(value) &&
	    json_string_length(value) == 0)
		conf_problem(self->problems, CONF_PROBLEM, visit->node,
			     "{parameter.%s} stands in the path of an address, and has no value: "
			     "say parameters = { %s = \"...\"; }",
			     name, name);
}

static void visit_name(const char *name, gboolean is_needed, void *data)
{
	const Visit *visit = data;
	CustomBuild *self = visit->build;

	custom_conf_name(self, visit->node, name, is_needed);
	if (g_str_has_prefix(name, "parameter.") &&
	    (visit->context <= TEMPLATE_QUERY || visit->context == TEMPLATE_PARAMETER))
		note_addressed(self, visit, name + strlen("parameter."), is_needed);
}

Template *custom_conf_template(CustomBuild *self, const ConfNode *node, const char *text,
			       TemplateContext context)
{
	GError *error = NULL;
	Template *result = template_parse(text, context, &error);
	Visit visit = { self, node, context };

	if (result)
		template_names(result, visit_name, &visit);
	else
		custom_conf_report(self, node, conf_name(node) ? conf_name(node) : "text", error);
	return result;
}
