/* The bytes of RFC 4533 §2, written by hand from the ASN.1. */
#include <string.h>

#include "../../../src/source/ldap_sync_internal.h"

#define UUID "\x6b\xa7\xb8\x10\x9d\xad\x11\xd1\x80\xb4\x00\xc0\x4f\xd4\x30\xc8"
#define ANCHOR "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
#define BYTES(text)                                                  \
	{                                                            \
		.bv_val = (char *)(text), .bv_len = sizeof(text) - 1 \
	}

static void assert_request(GBytes *cookie, const char *bytes, gsize length)
{
	g_autoptr(GBytes) request = sync_value_request(cookie);
	gsize got;
	const void *data = g_bytes_get_data(request, &got);

	g_assert_cmpmem(data, got, bytes, length);
}

static void test_request(void)
{
	g_autoptr(GBytes) cookie = g_bytes_new_static("a\0b", 3);

	assert_request(NULL, "\x30\x06\x0a\x01\x01\x01\x01\x00", 8);
	assert_request(cookie,
		       "\x30\x0b\x0a\x01\x01\x04\x03"
		       "a\0b\x01\x01\x00",
		       13);
}

static void test_state(void)
{
	const struct berval plain = BYTES("\x30\x15\x0a\x01\x03\x04\x10" UUID);
	const struct berval cookie = BYTES("\x30\x19\x0a\x01\x01\x04\x10" UUID "\x04\x02xy");
	const struct berval short_uuid = BYTES("\x30\x06\x0a\x01\x01\x04\x01x");
	const struct berval unknown = BYTES("\x30\x15\x0a\x01\x07\x04\x10" UUID);
	char anchor[ANCHOR_LENGTH + 1];
	SyncState state;

	g_assert_true(sync_value_parse_state(&plain, &state, anchor));
	g_assert_cmpint(state, ==, SYNC_DELETE);
	g_assert_cmpstr(anchor, ==, ANCHOR);
	g_assert_true(sync_value_parse_state(&cookie, &state, anchor));
	g_assert_cmpint(state, ==, SYNC_ADD);
	g_assert_false(sync_value_parse_state(&short_uuid, &state, anchor));
	g_assert_false(sync_value_parse_state(&unknown, &state, anchor));
	g_assert_false(sync_value_parse_state(&(struct berval){ 0 }, &state, anchor));
}

static void test_id_set(void)
{
	/* No flag: present (DEFAULT FALSE). With TRUE, a cookie before it: gone. */
	const struct berval present = BYTES("\xa3\x14\x31\x12\x04\x10" UUID);
	const struct berval gone = BYTES("\xa3\x1a\x04\x01k\x01\x01\xff\x31\x12\x04\x10" UUID);
	const struct berval broken = BYTES("\xa3\x05\x31\x03\x04\x01x");
	g_auto(SyncInfo) first = { 0 }, second = { 0 }, third = { 0 };

	g_assert_true(sync_value_parse_info(&present, &first));
	g_assert_cmpint(first.kind, ==, SYNC_INFO_ID_SET);
	g_assert_false(first.refresh_deletes);
	g_assert_cmpuint(first.anchors->len, ==, 1);
	g_assert_cmpstr(g_ptr_array_index(first.anchors, 0), ==, ANCHOR);
	g_assert_true(sync_value_parse_info(&gone, &second));
	g_assert_true(second.refresh_deletes);
	g_assert_false(sync_value_parse_info(&broken, &third));
	g_assert_null(third.anchors);
}

static void test_phases(void)
{
	const struct berval present = BYTES("\xa2\x00");
	const struct berval more = BYTES("\xa2\x03\x01\x01\x00");
	const struct berval deletes = BYTES("\xa1\x03\x04\x01k");
	const struct berval cookie = BYTES("\x80\x01k");
	g_auto(SyncInfo) info = { 0 };

	g_assert_true(sync_value_parse_info(&present, &info));
	g_assert_cmpint(info.kind, ==, SYNC_INFO_REFRESH_PRESENT);
	g_assert_true(info.refresh_done);
	g_assert_true(sync_value_parse_info(&more, &info));
	g_assert_false(info.refresh_done);
	g_assert_true(sync_value_parse_info(&deletes, &info));
	g_assert_cmpint(info.kind, ==, SYNC_INFO_REFRESH_DELETE);
	g_assert_true(sync_value_parse_info(&cookie, &info));
	g_assert_cmpint(info.kind, ==, SYNC_INFO_COOKIE);
}

static void test_done(void)
{
	const struct berval nothing = BYTES("\x30\x00");
	const struct berval all = BYTES("\x30\x06\x04\x01k\x01\x01\xff");
	g_auto(SyncDone) first = { 0 }, second = { 0 };

	g_assert_true(sync_value_parse_done(&nothing, &first));
	g_assert_null(first.cookie);
	g_assert_false(first.refresh_deletes);
	g_assert_true(sync_value_parse_done(&all, &second));
	g_assert_cmpmem(g_bytes_get_data(second.cookie, NULL), 1, "k", 1);
	g_assert_true(second.refresh_deletes);
}

/* Whatever a server sends, nothing is read beyond it and nothing leaks (run with sanitizers). */
static void test_random_bytes(void)
{
	static const char good[] = "\xa3\x1a\x04\x01k\x01\x01\xff\x31\x12\x04\x10" UUID;
	guint accepted = 0;

	for (int i = 0; i < 20000; i++) {
		gsize length = (gsize)g_test_rand_int_range(0, sizeof(good));
		g_autofree char *bytes = g_memdup2(good, sizeof(good) - 1);
		char anchor[ANCHOR_LENGTH + 1];
		SyncState state;
		g_auto(SyncInfo) info = { 0 };
		g_auto(SyncDone) done = { 0 };

		bytes[g_test_rand_int_range(0, sizeof(good) - 1)] ^=
			(char)(1 << g_test_rand_int_range(0, 8));
		/* An exact allocation, so that a sanitizer sees one byte too many. */
		g_autofree char *exact = g_memdup2(bytes, length);
		struct berval value = { .bv_val = exact, .bv_len = length };
		accepted += sync_value_parse_info(&value, &info);
		g_assert_false(sync_value_parse_state(&value, &state, anchor));
		g_assert_false(length < sizeof(good) - 1 && info.anchors);
		sync_value_parse_done(&value, &done);
	}
	g_assert_cmpuint(accepted, <, 20000);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/ldap_sync/request", test_request);
	g_test_add_func("/ldap_sync/state", test_state);
	g_test_add_func("/ldap_sync/id-set", test_id_set);
	g_test_add_func("/ldap_sync/phases", test_phases);
	g_test_add_func("/ldap_sync/done", test_done);
	g_test_add_func("/ldap_sync/random-bytes", test_random_bytes);
	return g_test_run();
}
