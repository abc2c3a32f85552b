/*
 * Secret settings: one of three forms, files that others cannot touch, and no message that shows
 * any of it.
 */
#include <glib/gstdio.h>
#include <string.h>

#include "base/secret.h"
#include "conf_support.h"

typedef struct {
	Secret *token;
} Auth;

static const Option optional[] = { OPTION(SECRET, Auth, token, "token", 0), OPTION_END };
static const Option required[] = { OPTION(SECRET, Auth, token, "token", OPTION_REQUIRED),
				   OPTION_END };

/* Reads 'content' and compares the secret (NULL: none) and the problems. */
static void check(Files *files, const char *content, const char *secret, const char *problems)
{
	Auth auth = { 0 };

	files_read(files, content);
	g_assert_nonnull(files->conf);
	conf_fill(conf_root(files->conf), &(OptionSet){ required, &auth }, 1, NULL,
		  files->problems);
	files_assert_problems(files, problems);
	g_assert_cmpstr(auth.token ? secret_peek(auth.token) : NULL, ==, secret);
	option_clear(required, &auth);
	g_assert_null(auth.token);
}

static void put_with_mode(Files *files, const char *name, const char *content, int mode)
{
	g_autofree char *path = files_path(files, name);

	files_put(files, name, content);
	g_assert_no_errno(g_chmod(path, mode));
}

static void test_file(void)
{
	g_autoptr(Files) files = files_new();
	g_autofree char *path = files_path(files, "zoom.token");
	g_autofree char *absolute = g_strdup_printf("token_file = \"%s\";\n", path);

	files_put(files, "zoom.token", "hunter2\n");
	check(files, "token_file = \"zoom.token\";\n", "hunter2", "");
	check(files, absolute, "hunter2", "");
}

static void test_only_one_newline_goes(void)
{
	static const char *const cases[][2] = {
		{ "x", "x" },
		{ "x\n", "x" },
		{ "x\r\n", "x" },
		{ "x\n\n", "x\n" },
		{ " x y \n", " x y " },
		{ "x\r", "x\r" },
		{ "\xef\xbb\xbfx\r\n", "x" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(Files) files = files_new();
		files_put(files, "t", cases[i][0]);
		check(files, "token_file = \"t\";\n", cases[i][1], "");
	}
}

static void test_file_modes(void)
{
	static const struct {
		int mode;
		gboolean fine;
	} cases[] = {
		{ 0400, TRUE },  { 0600, TRUE },  { 0640, TRUE },  { 0440, TRUE },
		{ 0660, FALSE }, { 0644, FALSE }, { 0602, FALSE }, { 0601, FALSE },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(Files) files = files_new();
		g_autofree char *refused = g_strdup_printf(
			"main.cfg:1: 'token_file': cannot use 't': others can read or change it "
			"(mode %04o)\nchmod 600 't'\n",
			cases[i].mode);
		put_with_mode(files, "t", "hunter2", cases[i].mode);
		check(files, "token_file = \"t\";\n", cases[i].fine ? "hunter2" : NULL,
		      cases[i].fine ? "" : refused);
	}
}

static void test_unusable_files(void)
{
	g_autoptr(Files) files = files_new();
	g_autofree char *large = g_strnfill(64 * 1024 + 1, 'k');
	g_autofree char *largest = g_strnfill(64 * 1024, 'k');
	g_autofree char *utf16 = files_path(files, "utf16");

	files_put(files, "empty", "\n");
	files_put(files, "large", large);
	files_put(files, "largest", largest);
	g_assert_true(g_file_set_contents_full(utf16, "h\0u\0", 4, G_FILE_SET_CONTENTS_CONSISTENT,
					       0600, NULL));
	check(files, "\ntoken_file = \"nix\";\n", NULL,
	      "main.cfg:2: 'token_file': cannot use 'nix': No such file or directory\n");
	check(files, "token_file = \"/dev/null\";\n", NULL,
	      "main.cfg:1: 'token_file': cannot use '/dev/null': it is not a regular file\n");
	check(files, "token_file = \"empty\";\n", NULL,
	      "main.cfg:1: 'token_file': cannot use 'empty': it is empty\n");
	check(files, "token_file = \"large\";\n", NULL,
	      "main.cfg:1: 'token_file': cannot use 'large': "
	      "it is larger than 64 KiB, so it is no secret\n");
	check(files, "token_file = \"utf16\";\n", NULL,
	      "main.cfg:1: 'token_file': cannot use 'utf16': "
	      "it holds a zero byte, so it is not plain text\n");
	check(files, "token_file = \"largest\";\n", largest, "");
}

/* systemd hands credentials over in a folder that only the service can enter. */
static void test_credential(void)
{
	g_autoptr(Files) files = files_new();
	g_autofree char *folder = files_path(files, "credentials");

	files_put(files, "zoom.token", "beside\n");
	files_put(files, "other.token", "beside\n");
	put_with_mode(files, "credentials/zoom.token", "credential\n", 0444);
	g_setenv("CREDENTIALS_DIRECTORY", folder, TRUE);
	check(files, "token_file = \"zoom.token\";\n", "credential", "");
	check(files, "token_file = \"other.token\";\n", "beside", "");
	g_unsetenv("CREDENTIALS_DIRECTORY");
	check(files, "token_file = \"zoom.token\";\n", "beside", "");
}

static void test_environment(void)
{
	g_autoptr(Files) files = files_new();

	g_setenv("ZOOM_TOKEN", "hunter2", TRUE);
	check(files, "token_env = \"ZOOM_TOKEN\";\n", "hunter2", "");
	g_setenv("ZOOM_TOKEN", "", TRUE);
	check(files, "token_env = \"ZOOM_TOKEN\";\n", NULL,
	      "main.cfg:1: 'token_env': the environment variable 'ZOOM_TOKEN' is empty\n");
	g_unsetenv("ZOOM_TOKEN");
	check(files, "token_env = \"ZOOM_TOKEN\";\n", NULL,
	      "main.cfg:1: 'token_env': the environment variable 'ZOOM_TOKEN' is not set\n");
}

static void test_inline(void)
{
	g_autoptr(Files) files = files_new();

	check(files, "\ntoken = \"hunter2\";\n", "hunter2",
	      "main.cfg:2: warning: 'token' stands in the config file itself; "
	      "better 'token_file'\n");
	g_assert_cmpuint(conf_problems_count(files->problems), ==, 0);
}

/* The included file holds the secret, so its mode counts. */
static void test_inline_in_readable_file(void)
{
	g_autoptr(Files) files = files_new();

	put_with_mode(files, "zoom.cfg", "token = \"hunter2\";\n", 0644);
	check(files, "@include \"zoom.cfg\"\n", "hunter2",
	      "zoom.cfg:1: warning: 'token' stands in the config file itself, "
	      "which others can read (mode 0644); better 'token_file'\n");
}

static void test_exactly_one(void)
{
	g_autoptr(Files) files = files_new();
	Auth auth = { 0 };

	check(files, "token = \"hunter2\";\ntoken_file = \"hunter2\";\n", NULL,
	      "main.cfg:2: 'token' and 'token_file' are both set; keep one of them\n");
	check(files, "token_env = \"A\";\ntoken_file = \"b\";\n", NULL,
	      "main.cfg:1: 'token_file' and 'token_env' are both set; keep one of them\n");
	check(files, "", NULL,
	      "main.cfg:1: missing setting 'token_file' (or 'token_env', or 'token')\n");

	conf_fill(conf_root(files->conf), &(OptionSet){ optional, &auth }, 1, NULL,
		  files->problems);
	g_assert_cmpuint(conf_problems_count(files->problems), ==, 1);
	g_assert_null(auth.token);
}

static void test_wrong_type(void)
{
	g_autoptr(Files) files = files_new();

	check(files, "token = 123456;\n", NULL,
	      "main.cfg:1: 'token' needs text in double quotes, found a whole number\n");
	check(files, "token = \"\";\n", NULL,
	      "main.cfg:1: 'token' needs text in double quotes, found empty text\n");
	check(files, "token_file = ( \"hunter2\" );\n", NULL,
	      "main.cfg:1: 'token_file' needs text in double quotes, found a list ( ... )\n");
}

/* Whatever mistake is made around a secret, its value is in no message. */
static void test_value_is_never_shown(void)
{
	static const char *const contents[] = {
		"token = \"hunter2\";\ntoken = \"hunter2\";\n",
		"token = hunter2;\n",
		"token = 'hunter2';\n",
		"token = [ hunter2 ];\n",
		"token = \"hunter2\n",
		"tokn = \"hunter2\";\n",
		"token = ( \"hunter2\" );\n",
		"token = { hunter2 = 1; };\ntoken_env = \"HOME\";\n",
	};

	for (guint i = 0; i < G_N_ELEMENTS(contents); i++) {
		g_autoptr(Files) files = files_new();
		Auth auth = { 0 };
		files_read(files, contents[i]);
		if (files->conf)
			conf_fill(conf_root(files->conf), &(OptionSet){ required, &auth }, 1, NULL,
				  files->problems);
		const GPtrArray *list = conf_problems_list(files->problems);
		g_assert_cmpuint(list->len, >, 0);
		for (guint j = 0; j < list->len; j++)
			g_assert_null(
				strstr(((const ConfProblem *)list->pdata[j])->message, "hunter2"));
		option_clear(required, &auth);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_unsetenv("CREDENTIALS_DIRECTORY");
	g_test_add_func("/secrets/file", test_file);
	g_test_add_func("/secrets/only-one-newline-goes", test_only_one_newline_goes);
	g_test_add_func("/secrets/file-modes", test_file_modes);
	g_test_add_func("/secrets/unusable-files", test_unusable_files);
	g_test_add_func("/secrets/credential", test_credential);
	g_test_add_func("/secrets/environment", test_environment);
	g_test_add_func("/secrets/inline", test_inline);
	g_test_add_func("/secrets/inline-in-readable-file", test_inline_in_readable_file);
	g_test_add_func("/secrets/exactly-one", test_exactly_one);
	g_test_add_func("/secrets/wrong-type", test_wrong_type);
	g_test_add_func("/secrets/value-is-never-shown", test_value_is_never_shown);
	return g_test_run();
}
