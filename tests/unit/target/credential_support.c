/*
 * Settings of credentials as an administrator writes them, and keys to sign with.
 */
#include "credential_support.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void remove_all(const char *folder)
{
	GDir *dir = g_dir_open(folder, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(folder, name, NULL);
		if (g_file_test(path, G_FILE_TEST_IS_DIR))
			remove_all(path);
		else
			g_unlink(path);
	}
	if (dir)
		g_dir_close(dir);
	g_rmdir(folder);
}

Settings *settings_new(const char *text)
{
	Settings *self = g_new0(Settings, 1);
	OptionSet set = { credential_options, &self->conf };

	self->folder = g_dir_make_tmp("dirbridge-XXXXXX", NULL);
	g_assert_nonnull(self->folder);
	g_autofree char *path = g_build_filename(self->folder, "auth.cfg", NULL);
	g_autofree char *whole = g_strdup_printf("auth = { %s };\n", text);
	g_assert_true(g_file_set_contents(path, whole, -1, NULL));
	self->problems = conf_problems_new();
	self->file = conf_read(path, self->problems);
	g_assert_nonnull(self->file);
	conf_fill(conf_member(conf_root(self->file), "auth"), &set, 1, NULL, self->problems);
	g_assert_cmpuint(conf_problems_count(self->problems), ==, 0);
	return self;
}

void settings_free(Settings *self)
{
	option_clear(credential_options, &self->conf);
	conf_free(self->file);
	conf_problems_free(self->problems);
	remove_all(self->folder);
	g_free(self->folder);
	g_free(self);
}

char *settings_command(const char *const *command, const char *input)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GString) out = g_string_new(NULL);
	int to, from, status;
	char chunk[4096];
	gssize n;
	GPid pid;

	g_spawn_async_with_pipes(NULL, (char **)command, NULL,
				 G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD |
					 G_SPAWN_STDERR_TO_DEV_NULL,
				 NULL, NULL, &pid, &to, &from, NULL, &error);
	g_assert_no_error(error);
	g_assert_cmpint(write(to, input, strlen(input)), ==, (gssize)strlen(input));
	close(to);
	while ((n = read(from, chunk, sizeof(chunk))) > 0)
		g_string_append_len(out, chunk, n);
	close(from);
	g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
	g_assert_cmpint(status, ==, 0);
	return g_string_free(g_steal_pointer(&out), FALSE);
}

char *settings_key(const char *kind)
{
	g_auto(GStrv) parts = g_strsplit(kind, ":", 2);
	gboolean rsa = g_str_equal(parts[0], "rsa");
	g_autofree char *size =
		g_strconcat(rsa ? "rsa_keygen_bits:" : "ec_paramgen_curve:", parts[1], NULL);
	const char *const command[] = { "openssl",  "genpkey", "-algorithm", rsa ? "RSA" : "EC",
					"-pkeyopt", size,      NULL };

	return settings_command(command, "");
}

char *settings_public_key(const char *key)
{
	static const char *const command[] = { "openssl", "pkey", "-pubout", NULL };

	return settings_command(command, key);
}
