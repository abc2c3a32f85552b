/*
 * What of a service's words is told: not the secret values that it was sent.
 */
#include "base/json.h"
#include "target/target.h"

static json_t *json_of(const char *text)
{
	json_t *json = json_loads(text, 0, NULL);

	g_assert_nonnull(json);
	return json;
}

static void check(const TargetRequest *request, const char *words, const char *told)
{
	g_autofree char *blotted = target_blot(request, words);

	g_assert_cmpstr(blotted, ==, told);
}

static void test_words(void)
{
	g_autoptr(json_t) sent = json_of(
		"{\"userName\":\"ann\",\"pin\":4711,\"short\":\"ann\",\"title\":\"Boss!\","
		"\"nick\":\"Hush \\\"x\\\"  y\",\"list\":[\"alpha-one\",{\"v\":\"alpha\"}]}");
	g_autoptr(json_t) shown = json_of(
		"{\"userName\":\"ann\",\"pin\":\"[Redact] 1\",\"short\":\"[Redact] 2\","
		"\"title\":\"Boss!\",\"nick\":\"[Redact] 3\",\"list\":\"[Redact] 4\"}");
	const TargetRequest request = { .verb = TARGET_CREATE,
					.resource = sent,
					.resource_shown = shown };

	check(&request, "Boss! of ann is fine", "Boss! of ann is fine");
	check(&request, "nick Hush \"x\"  y, again Hush \"x\"  y", "nick [Redact], again [Redact]");
	check(&request, "on a line: hush \"X\" y.", "on a line: [Redact].");
	check(&request, "{\"nick\":\"Hush \\\"x\\\"  y\"}", "{\"nick\":\"[Redact]\"}");
	check(&request, "4711 or \"4711\"", "[Redact] or \"[Redact]\"");
	check(&request, "alpha-one, alpha", "[Redact], [Redact]");
	check(&request, "cut: alpha-o…\nthe hint", "cut: [Redact]…\nthe hint");
	check(&request, "cut: Hus…", "cut: Hus…");
	check(&request, NULL, NULL);
}

static void test_changes(void)
{
	g_autoptr(json_t) sent = json_of("[{\"path\":\"title\",\"new\":\"Boss!\"},"
					 "{\"path\":\"nick\",\"new\":\"Hush-4711\"}]");
	g_autoptr(json_t) shown = json_of("[{\"path\":\"title\",\"new\":\"Boss!\"},"
					  "{\"path\":\"nick\",\"new\":\"[Redact] 1\"}]");
	const TargetRequest request = { .verb = TARGET_UPDATE,
					.changes = sent,
					.changes_shown = shown };

	check(&request, "nick 'Hush-4711' of the Boss!", "nick '[Redact]' of the Boss!");
}

static void test_password(void)
{
	g_autoptr(Secret) password = secret_new("Hush \"4711\"", 11);
	const TargetRequest request = { .verb = TARGET_PASSWORD, .password = password };

	check(&request, "'hush \"4711\"' is too weak", "'[Redact]' is too weak");
	check(&request, "{\"password\":\"Hush \\\"4711\\\"\"}", "{\"password\":\"[Redact]\"}");
	check(&request, "cut: Hush \"4…", "cut: [Redact]…");
}

static void test_nothing_hidden(void)
{
	g_autoptr(json_t) sent = json_of("{\"userName\":\"jane.doe\"}");
	const TargetRequest plain = { .verb = TARGET_CREATE, .resource = sent };
	const TargetRequest same = { .verb = TARGET_CREATE,
				     .resource = sent,
				     .resource_shown = sent };

	check(&plain, "jane.doe is taken", "jane.doe is taken");
	check(&same, "jane.doe is taken", "jane.doe is taken");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/blot/words", test_words);
	g_test_add_func("/blot/changes", test_changes);
	g_test_add_func("/blot/password", test_password);
	g_test_add_func("/blot/nothing-hidden", test_nothing_hidden);
	return g_test_run();
}
