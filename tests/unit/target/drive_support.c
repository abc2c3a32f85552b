/*
 * One request to a target, waited for.
 */
#include "drive_support.h"

#include "base/json.h"

static void on_done(TargetRequest *request, const TargetAnswer *answer, void *got_)
{
	Got *got = got_;

	got->outcome = answer->outcome;
	got->id = g_strdup(answer->id);
	got->detail = g_strdup(answer->detail);
	got->documents = json_deep_copy(answer->documents);
	got->status = answer->status;
	got->calls = answer->calls;
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

void got_clear(Got *self)
{
	g_free(self->id);
	g_free(self->detail);
	json_decref(self->documents);
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
