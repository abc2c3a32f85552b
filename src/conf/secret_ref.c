/*
 * Secret references: where a password or token really stands.
 *
 *	token_file = "/etc/dirbridge/zoom.token";   the first line of defence: a file of its own
 *	token_file = "zoom.token";                  $CREDENTIALS_DIRECTORY/zoom.token if it is there
 *	                                            (systemd.exec(5)), or beside the config file
 *	token_env  = "ZOOM_TOKEN";                  containers
 *	token      = "...";                         works, with a warning
 *
 * Exactly one of the three. A file must be a regular one that others can neither read nor change
 * and the group cannot change; a credential is systemd's own and private to the service, so its
 * mode is not looked at. One newline at the end is dropped, because every editor and "echo" adds
 * one; and the byte order mark at the beginning, because Windows editors add one. Nothing else is,
 * because blanks can belong to a password.
 *
 * Messages name the setting, the file or the variable, never any part of a value. The buffer in
 * which a file was read is wiped. (libconfig's copy of an inline secret is not: one more reason
 * for the warning.)
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf_internal.h"

#define SECRET_MAX ((gsize)64 * 1024)
#define MODE_REFUSED (S_IRWXO | S_IWGRP)

typedef struct {
	const ConfNode *node;
	ConfProblems *problems;
	char *path;
	gboolean is_credential;
} SecretFile;

static Secret *refuse(const SecretFile *self, const char *reason)
{
	conf_problem(self->problems, CONF_PROBLEM, self->node, "'%s': cannot use '%s': %s",
		     conf_name(self->node), self->path, reason);
	return NULL;
}

/* systemd's copy of a credential, or NULL. New string. */
static char *find_credential(const char *name)
{
	const char *folder = g_getenv("CREDENTIALS_DIRECTORY");

	if (!folder || strchr(name, '/'))
		return NULL;
	g_autofree char *path = g_build_filename(folder, name, NULL);
	return g_file_test(path, G_FILE_TEST_EXISTS) ? g_steal_pointer(&path) : NULL;
}

char *conf_locate(const ConfNode *node, const char *name, gboolean *is_credential)
{
	char *path = g_path_is_absolute(name) ? NULL : find_credential(name);

	if (is_credential)
		*is_credential = path != NULL;
	if (path)
		return path;
	return g_path_is_absolute(name) ? g_strdup(name)
					: g_build_filename(conf_of(node)->folder, name, NULL);
}

/* The secret from 'length' bytes of a file, or NULL with a problem. */
static Secret *from_bytes(const SecretFile *self, const char *bytes, gsize length)
{
	if (length > SECRET_MAX)
		return refuse(self, "it is larger than 64 KiB, so it is no secret");
	if (length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
		bytes += 3;
		length -= 3;
	}
	if (length > 0 && bytes[length - 1] == '\n')
		length--;
	if (length > 0 && bytes[length] == '\n' && bytes[length - 1] == '\r')
		length--;
	if (length == 0)
		return refuse(self, "it is empty");
	/* Windows editors write UTF-16; the password would be cut after its first letter. */
	if (memchr(bytes, '\0', length))
		return refuse(self, "it holds a zero byte, so it is not plain text");
	return secret_new(bytes, length);
}

static Secret *from_descriptor(const SecretFile *self, int descriptor)
{
	/* One byte more than allowed, to notice a larger file; one more for the look at '\n'. */
	gsize size = SECRET_MAX + 2, length = 0;
	gssize got;
	g_autofree char *buffer = g_malloc0(size);

	while ((got = read(descriptor, buffer + length, SECRET_MAX + 1 - length)) > 0)
		length += (gsize)got;
	Secret *secret = got < 0 ? refuse(self, g_strerror(errno))
				 : from_bytes(self, buffer, length);
	secret_wipe(buffer, size);
	return secret;
}

static Secret *from_open_file(const SecretFile *self, int descriptor)
{
	struct stat status;

	if (fstat(descriptor, &status) != 0)
		return refuse(self, g_strerror(errno));
	if (!S_ISREG(status.st_mode))
		return refuse(self, "it is not a regular file");
	if (!self->is_credential && (status.st_mode & MODE_REFUSED)) {
		g_autofree char *reason =
			g_strdup_printf("others can read or change it (mode %04o)\nchmod 600 '%s'",
					status.st_mode & 07777, self->path);
		return refuse(self, reason);
	}
	return from_descriptor(self, descriptor);
}

static Secret *from_file(const ConfNode *node, const char *name, ConfProblems *problems)
{
	SecretFile file = { .node = node, .problems = problems };
	Secret *secret;

	file.path = conf_locate(node, name, &file.is_credential);
	/* Without O_NONBLOCK a pipe without a writer would hang the start. */
	int descriptor = open(file.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (descriptor < 0) {
		secret = refuse(&file, g_strerror(errno));
	} else {
		secret = from_open_file(&file, descriptor);
		close(descriptor);
	}
	g_free(file.path);
	return secret;
}

static Secret *from_environment(const ConfNode *node, const char *name, ConfProblems *problems)
{
	const char *value = g_getenv(name);

	if (value && *value)
		return secret_new(value, strlen(value));
	conf_problem(problems, CONF_PROBLEM, node, "'%s': the environment variable '%s' is %s",
		     conf_name(node), name, value ? "empty" : "not set");
	return NULL;
}

static Secret *from_config(const ConfNode *node, const char *value, ConfProblems *problems)
{
	struct stat status;
	g_autofree char *readable = NULL;

	if (stat(conf_file(node), &status) == 0 && (status.st_mode & S_IROTH))
		readable = g_strdup_printf(", which others can read (mode %04o)",
					   status.st_mode & 07777);
	conf_problem(problems, CONF_WARNING, node,
		     "'%s' stands in the config file itself%s; better '%s_file'", conf_name(node),
		     readable ? readable : "", conf_name(node));
	return secret_new(value, strlen(value));
}

typedef Secret *(*SecretReader)(const ConfNode *node, const char *value, ConfProblems *problems);

static const struct {
	const char *suffix;
	SecretReader read;
} forms[] = {
	{ "", from_config },
	{ "_file", from_file },
	{ "_env", from_environment },
};

/* Text that is not empty, or NULL with a problem. The value is not shown: it may be the secret. */
static const char *text_of(const ConfNode *node, ConfProblems *problems)
{
	const char *text = conf_string(node);

	if (text && *text)
		return text;
	conf_problem(problems, CONF_PROBLEM, node, "'%s' needs text in double quotes, found %s",
		     conf_name(node), text ? "empty text" : conf_kind(node));
	return NULL;
}

Secret *conf_secret(const ConfNode *group, const Option *option, ConfProblems *problems)
{
	const ConfNode *found = NULL;
	SecretReader reader = NULL;

	for (guint i = 0; i < G_N_ELEMENTS(forms); i++) {
		g_autofree char *name = g_strconcat(option->name, forms[i].suffix, NULL);
		const ConfNode *node = conf_member(group, name);
		if (node && found) {
			conf_problem(problems, CONF_PROBLEM, node,
				     "'%s' and '%s' are both set; keep one of them",
				     conf_name(found), name);
			return NULL;
		}
		if (node) {
			found = node;
			reader = forms[i].read;
		}
	}
	if (!found && group && (option->flags & OPTION_REQUIRED))
		conf_problem(problems, CONF_PROBLEM, group,
			     "missing setting '%s_file' (or '%s_env', or '%s')", option->name,
			     option->name, option->name);
	const char *text = found ? text_of(found, problems) : NULL;
	return text ? reader(found, text, problems) : NULL;
}
