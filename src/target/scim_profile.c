/*
 * The profile: how this one service is to be spoken to, and who said so.
 *
 *	default  <  discovery  <  learnt in earlier runs  <  setting  <  refused in this run
 *
 * Discovery is a hint, not a law: ServiceProviderConfig is missing at some services, wrong at
 * others (Slack announces no filter and filters well), and incomplete at many. It is read member
 * by member; what is absent or of the wrong type leaves the default, so that one missing number
 * never switches PATCH off. RFC 7643 §5.
 */
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "scim_group_internal.h"
#include "scim_internal.h"

static const char *const update_names[] = { "auto",        "patch",       "put", "patch_merged",
					    "put_partial", "create_only", NULL };

const Option scim_options[] = {
	OPTION(STRING, ScimConf, url, "url", OPTION_REQUIRED),
	HTTP_CONF_OPTIONS(ScimConf, net),
	OPTION(INT, ScimConf, page_size, "page_size", 0, .min = 1, .max = 10000),
	OPTION(ENUM, ScimConf, update, "update", 0, .names = update_names, .fallback = "auto"),
	OPTION(STRING, ScimConf, content_type, "content_type", 0,
	       .fallback = "application/scim+json"),
	OPTION(GROUP, ScimConf, quirks, "quirks", 0, .table = scim_quirks_options),
	OPTION_END
};

gboolean scim_validate(const void *conf_, const char *app, GError **error)
{
	const ScimConf *conf = conf_;

	if (!conf->url)
		return error_set(error, ERROR_CONFIG, "app '%s': url is missing", app);
	return http_conf_validate(&conf->net, conf->url, app, error) &&
	       scim_quirks_validate(conf, app, error) &&
	       scim_group_validate(&conf->quirks.groups, app, error);
}

void scim_choose(ScimChoice *choice, gint64 value, ScimBy by)
{
	if (by >= choice->by)
		*choice = (ScimChoice){ .value = value, .by = by };
}

/* What only the settings say. */
static void take_settings(ScimProfile *self, const ScimConf *conf)
{
	const ScimQuirks *quirks = &conf->quirks;

	if (conf->update == SCIM_UPDATE_PATCH || conf->update == SCIM_UPDATE_PATCH_MERGED ||
	    quirks->disable_by == SCIM_DISABLE_PATCH)
		scim_choose(&self->patch, TRUE, SCIM_BY_SETTING);
	if (conf->update == SCIM_UPDATE_PUT || conf->update == SCIM_UPDATE_PUT_PARTIAL ||
	    quirks->disable_by == SCIM_DISABLE_PUT)
		scim_choose(&self->put, TRUE, SCIM_BY_SETTING);
	if (quirks->page != SCIM_PAGE_AUTO)
		scim_choose(&self->page, quirks->page, SCIM_BY_SETTING);
	if (quirks->etag)
		scim_choose(&self->etag, TRUE, SCIM_BY_SETTING);
	if (conf->page_size > 0)
		scim_choose(&self->page_size, conf->page_size, SCIM_BY_SETTING);
	if (!quirks->groups.put)
		scim_choose(&self->group_put, FALSE, SCIM_BY_SETTING);
}

void scim_profile_init(ScimProfile *self, const ScimConf *conf, const json_t *kept)
{
	const ScimQuirks *quirks = &conf->quirks;
	g_autofree char *settings = scim_settings_digest(conf);

	*self = (ScimProfile){
		.quirks = quirks,
		.update = conf->update,
		.patch = { .value = TRUE },
		.put = { .value = TRUE },
		.group_patch = { .value = TRUE },
		.group_put = { .value = TRUE },
		.filter = { .value = TRUE },
		.page_size = { .value = SCIM_PAGE_SIZE },
		.accept = quirks->accept ? quirks->accept : SCIM_ACCEPT,
		.content_type = conf->content_type,
		.conflict = scim_conflicts(quirks, NULL),
	};
	take_settings(self, conf);
	scim_memory_init(&self->memory, kept, settings, clock_now_us());
}

void scim_profile_clear(ScimProfile *self)
{
	scim_memory_clear(&self->memory);
	g_clear_pointer(&self->note, g_free);
	g_clear_pointer(&self->conflict, g_ptr_array_unref);
}

/* A boolean given as such or as text. */
static gboolean read_supported(const json_t *config, const char *feature, gboolean *supported)
{
	const json_t *value = json_get_nocase(json_get_nocase(config, feature), "supported");
	g_autofree char *text = value ? json_scalar_text(value) : NULL;

	if (!text ||
	    (g_ascii_strcasecmp(text, "true") != 0 && g_ascii_strcasecmp(text, "false") != 0))
		return FALSE;
	*supported = g_ascii_strcasecmp(text, "true") == 0;
	return TRUE;
}

/* Largest page the service gives: RFC 9865 §4, else what a filter may return. */
static gint64 read_page_limit(const json_t *config)
{
	gint64 limit;

	if (scim_integer(json_get_nocase(json_get_nocase(config, "pagination"), "maxPageSize"),
			 &limit))
		return limit;
	if (scim_integer(json_get_nocase(json_get_nocase(config, "filter"), "maxResults"), &limit))
		return limit;
	return 0;
}

/* RFC 9865 §4. FALSE if it is not said. */
static gboolean read_paging(const json_t *config, ScimPaging *paging)
{
	const json_t *pagination = json_get_nocase(config, "pagination");
	const json_t *cursor = json_get_nocase(pagination, "cursor");
	const json_t *index = json_get_nocase(pagination, "index");
	const char *usual = json_string_value(
		json_get_nocase(pagination, "defaultPaginationMethod"));

	if (!json_is_boolean(cursor) && !json_is_boolean(index))
		return FALSE;
	gboolean by_cursor = json_is_true(cursor) &&
			     (!json_is_true(index) ||
			      (usual && g_ascii_strcasecmp(usual, "cursor") == 0));
	*paging = by_cursor ? SCIM_PAGE_CURSOR : SCIM_PAGE_AUTO;
	return TRUE;
}

void scim_profile_discover(ScimProfile *self, const json_t *config)
{
	ScimPaging paging;
	gboolean supported;
	gint64 limit = read_page_limit(config);

	self->discovered = TRUE;
	scim_memory_discovered(&self->memory, config);
	if (read_supported(config, "patch", &supported)) {
		scim_choose(&self->patch, supported, SCIM_BY_DISCOVERY);
		scim_choose(&self->group_patch, supported, SCIM_BY_DISCOVERY);
	}
	if (read_supported(config, "filter", &supported))
		scim_choose(&self->filter, supported, SCIM_BY_DISCOVERY);
	if (read_paging(config, &paging))
		scim_choose(&self->page, paging, SCIM_BY_DISCOVERY);
	if (limit > 0 && limit < self->page_size.value)
		scim_choose(&self->page_size, limit, SCIM_BY_DISCOVERY);
}

/* Learning ------------------------------------------------------------------------------------- */

/* The choice that a fact is about, or NULL. */
static ScimChoice *choice_of(ScimProfile *self, ScimFact fact)
{
	switch (fact) {
	case SCIM_FACT_PATCH:
		return &self->patch;
	case SCIM_FACT_PUT:
		return &self->put;
	case SCIM_FACT_ETAG:
		return &self->etag;
	case SCIM_FACT_GROUP_PATCH:
		return &self->group_patch;
	case SCIM_FACT_GROUP_PUT:
		return &self->group_put;
	default:
		return NULL;
	}
}

void scim_profile_recall(ScimProfile *self)
{
	for (int i = 0; i < SCIM_FACTS; i++) {
		const ScimLearnt *learnt = &self->memory.facts[i];
		ScimChoice *choice = choice_of(self, (ScimFact)i);
		if (choice && learnt->known)
			scim_choose(choice, learnt->value, SCIM_BY_MEMORY);
	}
}

void scim_profile_learn(ScimProfile *self, ScimFact fact, gint64 value, int status)
{
	ScimChoice *choice = choice_of(self, fact);
	ScimLearnt learnt = { .value = value, .status = status, .at_us = clock_now_us() };

	if (choice) {
		learnt.insisted = choice->by == SCIM_BY_SETTING && choice->value != value;
		scim_choose(choice, value, SCIM_BY_LEARNING);
	}
	scim_memory_learn(&self->memory, fact, &learnt);
}

/* The other method for the same thing. */
static ScimFact other_method(ScimFact method)
{
	switch (method) {
	case SCIM_FACT_PATCH:
		return SCIM_FACT_PUT;
	case SCIM_FACT_PUT:
		return SCIM_FACT_PATCH;
	case SCIM_FACT_GROUP_PATCH:
		return SCIM_FACT_GROUP_PUT;
	case SCIM_FACT_GROUP_PUT:
		return SCIM_FACT_GROUP_PATCH;
	default:
		g_assert_not_reached();
	}
}

void scim_profile_refused(ScimProfile *self, ScimFact method, int status)
{
	ScimChoice *choice = choice_of(self, method);

	self->unproved[method] = (ScimLearnt){
		.known = TRUE,
		.insisted = choice->by == SCIM_BY_SETTING && choice->value,
		.status = status,
		.at_us = clock_now_us(),
	};
	scim_choose(choice, FALSE, SCIM_BY_LEARNING);
}

/* Known as refused, by what it did and not by what it or the settings say. */
static gboolean is_shunned(ScimProfile *self, ScimFact method)
{
	const ScimChoice *choice = choice_of(self, method);

	return !choice->value && (choice->by == SCIM_BY_MEMORY || choice->by == SCIM_BY_LEARNING);
}

static void forgive(ScimProfile *self, ScimFact method)
{
	gboolean insisted = self->unproved[method].insisted || self->memory.facts[method].insisted;

	*choice_of(self, method) = (ScimChoice){
		.value = TRUE,
		.by = insisted ? SCIM_BY_SETTING : SCIM_BY_DEFAULT,
	};
	self->unproved[method] = (ScimLearnt){ 0 };
	scim_memory_forget(&self->memory, method);
}

void scim_profile_worked(ScimProfile *self, ScimFact method)
{
	ScimFact other = other_method(method);

	if (is_shunned(self, method))
		forgive(self, method);
	if (self->unproved[other].known)
		scim_memory_learn(&self->memory, other, &self->unproved[other]);
	self->unproved[other] = (ScimLearnt){ 0 };
}

gboolean scim_profile_may_try(ScimProfile *self, ScimFact method)
{
	if (is_shunned(self, method))
		forgive(self, method);
	return choice_of(self, method)->value;
}

/* Ways ----------------------------------------------------------------------------------------- */

static ScimWay patch_way(const ScimProfile *self)
{
	return self->update == SCIM_UPDATE_PATCH_MERGED || !self->quirks->patch_path
		       ? SCIM_WAY_MERGED
		       : SCIM_WAY_PATCH;
}

static ScimWay put_way(const ScimProfile *self)
{
	return self->update == SCIM_UPDATE_PUT_PARTIAL ? SCIM_WAY_PUT_PARTIAL : SCIM_WAY_PUT;
}

/* Where both were refused, what is wanted is asked for once more: the refusal is the answer. */
static ScimWay way_of_patch(const ScimProfile *self)
{
	return self->patch.value || !self->put.value ? patch_way(self) : put_way(self);
}

static ScimWay way_of_put(const ScimProfile *self)
{
	return self->put.value || !self->patch.value ? put_way(self) : patch_way(self);
}

ScimWay scim_profile_update_way(const ScimProfile *self)
{
	switch (self->update) {
	case SCIM_UPDATE_PUT:
	case SCIM_UPDATE_PUT_PARTIAL:
		return way_of_put(self);
	case SCIM_UPDATE_CREATE_ONLY:
		return SCIM_WAY_READ;
	default:
		return way_of_patch(self);
	}
}

ScimWay scim_profile_enable_way(const ScimProfile *self)
{
	int by = self->quirks->disable_by;
	gboolean put = by == SCIM_DISABLE_PUT ||
		       (by != SCIM_DISABLE_PATCH && self->update == SCIM_UPDATE_PUT);

	return put ? way_of_put(self) : way_of_patch(self);
}

ScimWay scim_profile_disable_way(const ScimProfile *self)
{
	switch (self->quirks->disable_by) {
	case SCIM_DISABLE_DELETE:
		return SCIM_WAY_DELETE;
	case SCIM_DISABLE_NONE:
		return SCIM_WAY_NONE;
	default:
		return scim_profile_enable_way(self);
	}
}

guint scim_profile_caps(const ScimProfile *self)
{
	const ScimQuirks *quirks = self->quirks;
	guint caps = TARGET_CAN_LIST | TARGET_CAN_LOOKUP | TARGET_CAN_CREATE;

	if (self->update != SCIM_UPDATE_CREATE_ONLY)
		caps |= TARGET_CAN_UPDATE;
	if (quirks->disable_by != SCIM_DISABLE_NONE)
		caps |= TARGET_CAN_DISABLE;
	if (quirks->disable_by != SCIM_DISABLE_NONE && quirks->reactivate)
		caps |= TARGET_CAN_ENABLE;
	if (quirks->disable_by == SCIM_DISABLE_DELETE)
		caps |= TARGET_DISABLE_DELETES;
	if (quirks->delete_accounts)
		caps |= TARGET_CAN_DELETE;
	return caps;
}
