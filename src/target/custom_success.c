/*
 * Whether an answer of a custom API says that it is a success. Pure.
 *
 *	{ path = "users[*].status"; value = "success"; quantity = "all"; statuses = ["200-299"]; }
 *
 * Each row asks for a status, and for a value at a place; all rows must hold. A value that is not
 * there is another thing than one that says no: nothing was understood then, and a write may have
 * been done. Where no row has read a value, because it may be missing or none asks for one, that is
 * told: the answer may yet say that it is an error.
 */
#include "base/json.h"
#include "custom_internal.h"

#define IS_SUCCESS(status) ((status) >= 200 && (status) < 300)

gboolean custom_in_ranges(const GArray *ranges, int status)
{
	for (guint i = 0; i < ranges->len; i++) {
		const CustomRange *range = &g_array_index(ranges, CustomRange, i);
		if (status >= range->low && status <= range->high)
			return TRUE;
	}
	return FALSE;
}

/* A rule without values asks for something that is there and does not say no. */
static gboolean is_fine(const CustomSuccess *rule, const json_t *value)
{
	if (rule->values->len > 0)
		return custom_is_one_of(value, rule->values);
	return !json_is_false(value) && !(json_is_string(value) && !json_string_length(value));
}

/* One that is asked for its text, and has none: a list, an object. */
static gboolean says_nothing(const CustomSuccess *rule, const json_t *value)
{
	g_autofree char *text = custom_text_of(value);
	return rule->values->len > 0 && !text;
}

static CustomSuccessState judge_values(const CustomSuccess *rule, const json_t *body)
{
	g_autoptr(json_t) values = place_all(rule->place, body);
	size_t size = json_array_size(values), good = 0, mute = 0, i;
	json_t *value;

	if (size == 0)
		return rule->may_miss ? CUSTOM_SUCCESS_UNSAID : CUSTOM_SUCCESS_NO_VALUE;
	if (rule->quantity == CUSTOM_FIRST)
		size = 1;
	for (i = 0; i < size; i++) {
		value = json_array_get(values, i);
		good += is_fine(rule, value);
		mute += says_nothing(rule, value);
	}
	if (good > 0 && (rule->quantity == CUSTOM_ANY || good == size))
		return CUSTOM_SUCCESS_HOLDS;
	/* What could not be read may be the success that is missing. */
	return mute > 0 && (rule->quantity == CUSTOM_ANY || good + mute == size)
		       ? CUSTOM_SUCCESS_NO_VALUE
		       : CUSTOM_SUCCESS_OTHER_VALUE;
}

static CustomSuccessState judge_rule(const CustomSuccess *rule, const CustomReply *reply)
{
	gboolean fitting = rule->statuses->len > 0 ? custom_in_ranges(rule->statuses, reply->status)
						   : IS_SUCCESS(reply->status);

	if (!fitting)
		return CUSTOM_SUCCESS_OTHER_STATUS;
	return rule->place ? judge_values(rule, reply->body) : CUSTOM_SUCCESS_UNSAID;
}

CustomSuccessState custom_success_judge(const CustomStep *step, const CustomReply *reply,
					const CustomSuccess **broken)
{
	CustomSuccessState all = CUSTOM_SUCCESS_UNSAID;

	if (!step->success || step->success->len == 0)
		return IS_SUCCESS(reply->status) ? CUSTOM_SUCCESS_UNSAID
						 : CUSTOM_SUCCESS_OTHER_STATUS;
	for (guint i = 0; i < step->success->len; i++) {
		CustomSuccessState success = judge_rule(step->success->pdata[i], reply);
		*broken = step->success->pdata[i];
		if (success == CUSTOM_SUCCESS_HOLDS)
			all = success;
		else if (success != CUSTOM_SUCCESS_UNSAID)
			return success;
	}
	return all;
}
