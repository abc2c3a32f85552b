/*
 * How a listing goes on, as a definition says it.
 *
 *	pages = { kind = "page"; parameter = "page"; size_parameter = "per_page"; size = 100; };
 *	pages = { kind = "cursor"; parameter = "next_page_token"; next = "next_page_token"; };
 *	pages = { kind = "url"; next = "'@odata.nextLink'"; };
 *	pages = { kind = "cursor"; next = "cursor"; more = "has_more";
 *	          continue = { url = "/continue"; body = { c = "{page.cursor}"; }; }; };
 *
 * A listing whose second page would be the first one again is a mistake that is found when somebody
 * is created twice: where the number or the cursor goes must be said.
 */
#include <string.h>

#include "custom_conf_internal.h"

typedef struct {
	int kind;
	char *parameter, *size_parameter, *next, *more, *total;
	gint64 size, start, max;
	const ConfNode *continues;
} PagesConf;

static const char *const kind_names[] = { "none", "page", "offset", "cursor", "link", "url", NULL };

static const Option pages_options[] = {
	OPTION(ENUM, PagesConf, kind, "kind", OPTION_REQUIRED, .names = kind_names),
	OPTION(STRING, PagesConf, parameter, "parameter", 0),
	OPTION(STRING, PagesConf, size_parameter, "size_parameter", 0),
	OPTION(INT, PagesConf, size, "size", 0, .min = 1, .max = 100000),
	OPTION(INT, PagesConf, start, "start", 0, .min = 0, .max = 1000000),
	OPTION(INT, PagesConf, max, "max", 0, .min = 1, .max = 1000000, .fallback = "10000"),
	OPTION(STRING, PagesConf, next, "next", 0),
	OPTION(STRING, PagesConf, more, "more", 0),
	OPTION(STRING, PagesConf, total, "total", 0),
	OPTION(NODE, PagesConf, continues, "continue", 0),
	OPTION_END
};

static gboolean is_counted(int kind)
{
	return kind == CUSTOM_PAGES_PAGE || kind == CUSTOM_PAGES_OFFSET;
}

static void without_effect(const CustomBuild *self, const ConfNode *node, const char *name,
			   int kind)
{
	if (conf_member(node, name))
		conf_problem(self->problems, CONF_PROBLEM, conf_member(node, name),
			     "'%s' is without effect with kind = \"%s\"", name, kind_names[kind]);
}

static void check_next(const CustomBuild *self, const ConfNode *node, const PagesConf *conf)
{
	if (conf->kind != CUSTOM_PAGES_CURSOR && conf->kind != CUSTOM_PAGES_URL) {
		without_effect(self, node, "next", conf->kind);
		without_effect(self, node, "continue", conf->kind);
	} else if (!conf->next) {
		conf_problem(self->problems, CONF_PROBLEM, node,
			     "where an answer tells the next page is not said: set 'next'");
	}
}

/* 'named': the page stands in a template. */
static void check_parameter(const CustomBuild *self, const ConfNode *node, const PagesConf *conf,
			    gboolean named)
{
	gboolean wanted = is_counted(conf->kind) || conf->kind == CUSTOM_PAGES_CURSOR;

	if (!wanted)
		without_effect(self, node, "parameter", conf->kind);
	else if (!conf->parameter && !named)
		conf_problem(self->problems, CONF_PROBLEM, node,
			     "each page would be the first one: set 'parameter', or name {page.%s} "
			     "where it belongs",
			     conf->kind == CUSTOM_PAGES_PAGE     ? "number"
			     : conf->kind == CUSTOM_PAGES_OFFSET ? "offset"
								 : "cursor");
	if (!is_counted(conf->kind))
		without_effect(self, node, "start", conf->kind);
	if (conf->size_parameter && conf->size == 0)
		conf_problem(self->problems, CONF_PROBLEM, node,
			     "'size_parameter' needs 'size': how many are asked for");
}

static void copy(const CustomBuild *self, const ConfNode *node, const PagesConf *conf,
		 CustomPages *pages)
{
	pages->kind = conf->kind;
	pages->parameter = g_strdup(conf->parameter);
	pages->size_parameter = g_strdup(conf->size_parameter);
	pages->size = conf->size;
	pages->start = conf->kind == CUSTOM_PAGES_PAGE && !conf_member(node, "start") ? 1
										      : conf->start;
	pages->max = conf->max;
	pages->next = custom_conf_place(self, node, "next", conf->next);
	pages->more = custom_conf_place(self, node, "more", conf->more);
	pages->total = custom_conf_place(self, node, "total", conf->total);
}

void custom_conf_pages(CustomBuild *self, const ConfNode *node, CustomOp *op)
{
	PagesConf conf = { 0 };
	const CustomStepRole further = { .position = 1 };

	conf_fill(node, &(OptionSet){ pages_options, &conf }, 1, NULL, self->problems);
	if (!node)
		conf.kind = CUSTOM_PAGES_NONE;
	copy(self, node, &conf, &op->pages);
	if (conf_is_group(node)) {
		if (conf.continues)
			op->pages.continues = custom_conf_step_of(self, conf.continues, &further);
		check_next(self, node, &conf);
		check_parameter(self, node, &conf,
				(self->at.named & CUSTOM_NAMED_PAGE) || conf.continues);
	}
	option_clear(pages_options, &conf);
}
