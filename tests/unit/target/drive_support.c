/*
 * One request to a target, waited for.
 */
#include "drive_support.h"

#include <string.h>

#include "base/json.h"

static void on_done(TargetRequest *request, const TargetAnswer *answer, void *got_)
{
	Got *got = got_;

	got->outcome = answer->outcome;
	got->id = g_strdup(answer->id);
	got->detail = g_strdup(answer->detail);
	got->documents = json_deep_copy(answer->documents);
	got->members_done = json_deep_copy(answer->members_done);
	got->status = answer->status;
	got->calls = answer->calls;
	got->unasked = answer->unasked;
	got->lingers = answer->lingers;
	got->unfinished = g_strdup(answer->unfinished);
	got->answers++;
}

Got drive(Target *target, TargetRequest request)
{
	Got got = { 0 };

	target->ops->submit(target, &request);
	g_assert_cmpuint(got.answers, ==, 0);
	while (target->ops->step(target, 1000, on_done, &got) > 0)
		continue;
	g_assert_cmpuint(got.answers, ==, 1);
	return got;
}

/* What mem's options fill. */
typedef struct {
	char *file;
	gint64 batch;
	GPtrArray *lacks;
} MemConf;

Target *open_mem_target(char *file, gint64 batch, const char *lacks, GError **error)
{
	g_autoptr(GPtrArray) abilities = g_ptr_array_new();
	MemConf conf = { .file = file, .batch = batch, .lacks = abilities };
	TargetSetup setup = { .app = "test", .conf = &conf };
	const TargetOps *ops = target_find("mem");

	g_assert_cmpuint(ops->conf_size, ==, sizeof(MemConf));
	if (lacks)
		g_ptr_array_add(abilities, (char *)lacks);
	g_assert_true(ops->validate(&conf, "test", NULL));
	return ops->open(&setup, error);
}

static gboolean on_member(const char *id, void *ids, GError **error)
{
	g_ptr_array_add(ids, g_strdup(id));
	return TRUE;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char *members_text(Target *target, const char *group)
{
	g_autoptr(GPtrArray) ids = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *why = NULL;
	g_autoptr(GError) error = NULL;
	gboolean complete = FALSE;

	if (!target->ops->members(target, group, on_member, ids, &complete, &why, &error))
		return g_strdup(error->message);
	g_assert_cmpint(complete, ==, why == NULL);
	g_ptr_array_sort(ids, by_text);
	g_ptr_array_add(ids, NULL);
	g_autofree char *text = g_strjoinv(",", (char **)ids->pdata);
	return g_strconcat(complete ? "" : "(incomplete) ", text, NULL);
}

void got_clear(Got *self)
{
	g_free(self->id);
	g_free(self->detail);
	g_free(self->unfinished);
	json_decref(self->documents);
	json_decref(self->members_done);
	*self = (Got){ 0 };
}

json_t *json_of(const char *text)
{
	g_autoptr(GString) quoted = g_string_new(text);

	g_string_replace(quoted, "'", "\"", 0);
	json_t *value = json_loads(quoted->str, JSON_DECODE_ANY, NULL);
	if (!value)
		g_error("the test's own JSON is none: %s", quoted->str);
	return value;
}

void assert_json(const json_t *value, const char *text)
{
	g_autoptr(json_t) wanted = json_of(text);
	g_autofree char *a = json_canonical(value);
	g_autofree char *b = json_canonical(wanted);

	g_assert_cmpstr(a, ==, b);
}
