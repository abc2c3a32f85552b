/* The ldif source: what a file makes of a view, and which files may remove somebody. */
#include <glib/gstdio.h>
#include <string.h>

#include "base/error.h"
#include "source_support.h"

typedef struct {
	char *file;
	char *base;
} Settings;

typedef struct {
	Settings settings;
	Source *source;
	const SourceOps *ops;
	MemorySink *sink;
	GError *error;
} Fixture;

static const char *const attributes[] = { "cn", "jpegphoto", "mail", "userpassword", NULL };

static void set_up(Fixture *f, const void *data)
{
	int fd = g_file_open_tmp("ldif-XXXXXX", &f->settings.file, NULL);

	g_assert_cmpint(fd, >=, 0);
	g_close(fd, NULL);
	f->ops = source_find("ldif", "auto");
	g_assert_cmpuint(f->ops->conf_size, ==, sizeof(Settings));
	f->source = f->ops->open(&(SourceSetup){ .name = "t",
						 .conf = &f->settings,
						 .attributes = attributes },
				 NULL);
	f->sink = memory_sink_new();
}

static void tear_down(Fixture *f, const void *data)
{
	f->ops->close(f->source);
	memory_sink_free(f->sink);
	g_clear_error(&f->error);
	g_unlink(f->settings.file);
	g_free(f->settings.file);
}

static gboolean pull_bytes(Fixture *f, const char *text, gssize length)
{
	g_clear_error(&f->error);
	g_assert_true(g_file_set_contents(f->settings.file, text, length, NULL));
	return f->ops->pull(f->source, f->sink->cursor, &f->sink->sink, &f->error);
}

static gboolean pull(Fixture *f, const char *text)
{
	return pull_bytes(f, text, -1);
}

#define ANN "dn: uid=ann,dc=ex\nentryUUID: 6ba7b810-9dad-11d1-80b4-00c04fd430c8\ncn: Ann\n\n"
#define BOB "dn: uid=bob,dc=ex\nentryUUID: 6ba7b810-9dad-11d1-80b4-00c04fd430c9\ncn: Bob\n\n"

static void test_full_compare(Fixture *f, const void *data)
{
	g_assert_true(pull(f, ANN BOB));
	g_assert_true(f->sink->complete);
	g_assert_cmpstr(memory_sink_facts(f->sink, "uid=ann,dc=ex"), ==, "cn=Ann|");
	g_assert_true(pull(f, BOB));
	g_assert_null(memory_sink_find(f->sink, "uid=ann,dc=ex"));
	g_assert_nonnull(memory_sink_find(f->sink, "uid=bob,dc=ex"));
}

static void test_unchanged_file(Fixture *f, const void *data)
{
	g_assert_true(pull(f, ANN BOB));
	g_autofree char *cursor = g_strdup(f->sink->cursor);
	g_assert_true(pull(f, ANN BOB));
	g_assert_true(f->sink->complete);
	g_assert_false(f->sink->absence);
	g_assert_cmpuint(f->sink->put_count, ==, 0);
	g_assert_cmpuint(g_hash_table_size(f->sink->view), ==, 2);
	g_assert_cmpstr(f->sink->cursor, ==, cursor);
}

static void test_syntax(Fixture *f, const void *data)
{
	g_assert_true(pull(f,
			   "# extended LDIF\n# wrapped\n  comment\nversion: 1\n"
			   "dn:: dWlkPWFubixkYz1leA==\r\n"
			   "entryUUID: 6BA7B810-9dad-11d1-\r\n 80b4-00c04fd430c8\r\n"
			   "CN;lang-de:  Ann \n# between\nmail:\njpegPhoto:: AGEA\n"
			   "userPassword: x\nmember: uid=bob,dc=ex\n"
			   "uniqueMember: uid=eve,dc=ex#'01'B\n\n\n"
			   "# search result\nsearch: 2\nresult: 0 Success\n\n# numEntries: 1\n"));
	g_assert_cmpstr(f->sink->reason, ==, NULL);
	g_assert_cmpstr(memory_sink_facts(f->sink, "uid=ann,dc=ex"), ==,
			"cn=Ann |jpegphoto=\\0a\\0|mail=|>uid=bob,dc=ex|>uid=eve,dc=ex|");
}

static void test_members_and_secrets(Fixture *f, const void *data)
{
	g_assert_true(pull(f, "dn: cn=g,dc=ex\nentryUUID: 6ba7b810-9dad-11d1-80b4-00c04fd430c8\n"
			      "userPassword: x\nMember: uid=bob,dc=ex\n"
			      "uniqueMember: uid=eve,dc=ex#'01'B\n\n"));
	g_assert_cmpstr(memory_sink_facts(f->sink, "cn=g,dc=ex"), ==,
			">uid=bob,dc=ex|>uid=eve,dc=ex|");
}

static void test_ids(Fixture *f, const void *data)
{
	g_assert_true(pull(f, "dn: cn=a,dc=ex\nobjectGUID:: ELinaxCdrdERgLQAwE/UMMg=\n\n"
			      "dn: cn=b,dc=ex\nobjectGUID:: ELina62d0RGAtADAT9QwyA==\n\n"
			      "dn: cn=c,dc=ex\nentryUUID: 00000000-0000-0000-0000-000000000001\n"
			      "nsUniqueId: cbe364ca-e60811f1-80b4c000-4fd430c8\n\n"));
	g_assert_false(f->sink->complete);
	g_assert_nonnull(strstr(f->sink->reason, "'cn=a,dc=ex'"));
	g_assert_cmpstr(memory_sink_find(f->sink, "cn=b,dc=ex"), ==,
			"6ba7b810-9dad-11d1-80b4-00c04fd430c8");
	g_assert_cmpstr(memory_sink_find(f->sink, "cn=c,dc=ex"), ==,
			"cbe364ca-e608-11f1-80b4-c0004fd430c8");
}

static void test_no_ids_at_all(Fixture *f, const void *data)
{
	g_assert_false(pull(f, "dn: uid=ann,dc=ex\ncn: Ann\n\n"));
	g_assert_true(error_is(f->error, ERROR_CONFIG));
	g_assert_nonnull(strstr(f->error->message, "slapcat"));
	g_assert_cmpuint(f->sink->commits, ==, 0);
	g_assert_cmpuint(f->sink->aborts, ==, 1);
}

/* Files from which nobody may be removed, and the word that says why. */
static const struct {
	const char *text, *reason;
} short_files[] = {
	{ ANN "dn: uid=bob,dc=ex\nentryUUID: 6ba7b8", "middle of a line" },
	{ ANN "dn: uid=x,dc=ex\nno colon here\n\n", ":6: this is no line" },
	{ ANN "dn: uid=x,dc=ex\ncn:: !!!!\n\n", ":6: the base64" },
	{ ANN "dn: uid=x,dc=ex\ncn:< file:///etc/passwd\n\n", ":6: a value is given as a URL" },
	{ ANN "include: file:///etc/passwd\n\n", "begins with 'include'" },
	{ ANN "search: 2\nresult: 4 Size limit exceeded\n\n", "result 4 Size" },
	{ ANN "ref: ldap://other/dc=ex\n\n", "reference" },
	{ ANN "dn: uid=bob,dc=ex\nchangetype: delete\n\n", "a change" },
	{ ANN "dn: nonsense\ncn: x\n\n", "is no DN" },
	{ ANN "dn: uid=bob,dc=ex\ncn: Bob\n\n", "no permanent id" },
	{ "# nothing\n", "no entry" },
	{ "", "no entry" },
};

static void test_short_files_remove_nobody(Fixture *f, const void *data)
{
	g_assert_true(pull(f, ANN BOB));
	for (gsize i = 0; i < G_N_ELEMENTS(short_files); i++) {
		g_assert_true(pull(f, short_files[i].text));
		g_assert_false(f->sink->complete);
		g_assert_nonnull(strstr(f->sink->reason, short_files[i].reason));
		g_assert_nonnull(memory_sink_find(f->sink, "uid=bob,dc=ex"));
		g_assert_true(f->sink->whole);
	}
}

/* What a spoilt file said is in the view; the good one of before must say otherwise again. */
static void test_good_file_is_read_again_after_a_bad_one(Fixture *f, const void *data)
{
	g_assert_true(pull(f, ANN BOB));
	g_assert_true(pull(f, "dn: uid=ann,dc=ex\nentryUUID: "
			      "6ba7b810-9dad-11d1-80b4-00c04fd430c8\ncn: Eve\n\nbad\n\n"));
	g_assert_cmpstr(memory_sink_facts(f->sink, "uid=ann,dc=ex"), ==, "cn=Eve|");
	g_assert_true(pull(f, ANN BOB));
	g_assert_true(f->sink->complete);
	g_assert_cmpstr(memory_sink_facts(f->sink, "uid=ann,dc=ex"), ==, "cn=Ann|");
}

static void test_good_file_is_read_again_after_a_doubted_one(Fixture *f, const void *data)
{
	g_assert_true(pull(f, ANN BOB));
	f->sink->disbelieves = TRUE;
	g_assert_true(pull(f, ANN));
	g_assert_nonnull(memory_sink_find(f->sink, "uid=bob,dc=ex"));
	f->sink->disbelieves = FALSE;
	g_assert_true(pull(f, ANN BOB));
	g_assert_true(f->sink->absence);
	g_assert_cmpstr(f->sink->coverage, ==, "the whole file");
}

static void test_other_kinds_read_the_file_again(Fixture *f, const void *data)
{
	const SourceSetup setup = {
		.name = "t", .conf = &f->settings, .attributes = attributes, .kinds = "other"
	};

	g_assert_true(pull(f, ANN BOB));
	f->ops->close(f->source);
	f->source = f->ops->open(&setup, NULL);
	g_assert_true(pull(f, ANN BOB));
	g_assert_true(f->sink->absence);
	g_assert_true(pull(f, ANN BOB));
	g_assert_false(f->sink->absence);
}

static void test_bad_record_leaves_others(Fixture *f, const void *data)
{
	g_assert_true(pull(f, "dn: uid=x,dc=ex\nbad\n\n" ANN));
	g_assert_nonnull(memory_sink_find(f->sink, "uid=ann,dc=ex"));
	g_assert_false(f->sink->complete);
}

static void test_large_value(Fixture *f, const void *data)
{
	GString *text = g_string_new("dn: uid=ann,dc=ex\nentryUUID: "
				     "6ba7b810-9dad-11d1-80b4-00c04fd430c8\ncn:");

	for (int i = 0; i < 20000; i++)
		g_string_append(text, " aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n");
	g_string_append(text, "\n");
	g_assert_true(pull(f, text->str));
	g_assert_true(f->sink->complete);
	g_assert_cmpuint(strlen(memory_sink_facts(f->sink, "uid=ann,dc=ex")), ==,
			 20000 * 50 + strlen("cn=|"));
	g_string_free(text, TRUE);
}

static void test_sink_failure(Fixture *f, const void *data)
{
	f->sink->fail_put_at = 2;
	g_assert_false(pull(f, ANN BOB));
	g_assert_true(error_is(f->error, ERROR_FATAL));
	g_assert_cmpuint(f->sink->aborts, ==, 1);
	g_assert_cmpuint(f->sink->commits, ==, 0);
}

static void test_missing_file(Fixture *f, const void *data)
{
	g_unlink(f->settings.file);
	g_assert_false(f->ops->pull(f->source, NULL, &f->sink->sink, &f->error));
	g_assert_true(error_is(f->error, ERROR_CONFIG));
	g_assert_nonnull(strstr(f->error->message, f->settings.file));
}

/* Random bytes in a good file: never a crash, and never a removal from a file that was spoilt. */
static void test_random_damage(Fixture *f, const void *data)
{
	for (int i = 0; i < 500; i++) {
		char text[] = ANN BOB;

		for (int n = g_test_rand_int_range(1, 6); n > 0; n--)
			text[g_test_rand_int_range(0, sizeof(text) - 1)] =
				(char)g_test_rand_int_range(0, 256);
		if (!pull_bytes(f, text, sizeof(text) - 1))
			g_assert_true(error_is(f->error, ERROR_CONFIG));
		else if (!f->sink->complete)
			g_assert_cmpuint(f->sink->gone, ==, 0);
	}
}

#define ADD(name, test) g_test_add("/ldif/" name, Fixture, NULL, set_up, test, tear_down)

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD("full-compare", test_full_compare);
	ADD("unchanged-file", test_unchanged_file);
	ADD("syntax", test_syntax);
	ADD("members-and-secrets", test_members_and_secrets);
	ADD("ids", test_ids);
	ADD("no-ids-at-all", test_no_ids_at_all);
	ADD("short-files-remove-nobody", test_short_files_remove_nobody);
	ADD("good-file-is-read-again-after-a-bad-one",
	    test_good_file_is_read_again_after_a_bad_one);
	ADD("good-file-is-read-again-after-a-doubted-one",
	    test_good_file_is_read_again_after_a_doubted_one);
	ADD("other-kinds-read-the-file-again", test_other_kinds_read_the_file_again);
	ADD("bad-record-leaves-others", test_bad_record_leaves_others);
	ADD("large-value", test_large_value);
	ADD("sink-failure", test_sink_failure);
	ADD("missing-file", test_missing_file);
	ADD("random-damage", test_random_damage);
	return g_test_run();
}
