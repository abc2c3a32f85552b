/*
 * See child_support.h. The terminal is a pseudo terminal: reading its master gives EIO, not end
 * of file, when the child has closed the other side.
 */
#include "child_support.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void open_pipe(int *reader, int *writer)
{
	int ends[2];

	g_assert_no_errno(pipe(ends));
	*reader = ends[0];
	*writer = ends[1];
}

static void open_terminal(int *reader, int *writer)
{
	*reader = posix_openpt(O_RDWR | O_NOCTTY);
	g_assert_cmpint(*reader, >=, 0);
	g_assert_no_errno(grantpt(*reader));
	g_assert_no_errno(unlockpt(*reader));
	*writer = open(ptsname(*reader), O_RDWR | O_NOCTTY);
	g_assert_cmpint(*writer, >=, 0);
}

static char *read_all(int reader)
{
	GString *output = g_string_new(NULL);
	char buffer[512];
	gssize got;

	while ((got = read(reader, buffer, sizeof(buffer))) > 0)
		g_string_append_len(output, buffer, got);
	return g_string_free(output, FALSE);
}

ChildResult child_run(void (*run)(void), gboolean on_terminal)
{
	ChildResult result = { 0 };
	int reader, writer;

	(on_terminal ? open_terminal : open_pipe)(&reader, &writer);
	pid_t child = fork();
	g_assert_cmpint(child, >=, 0);
	if (child == 0) {
		dup2(writer, STDERR_FILENO);
		close(writer);
		close(reader);
		run();
		_exit(0);
	}
	close(writer);
	result.output = read_all(reader);
	close(reader);
	g_assert_cmpint(waitpid(child, &result.status, 0), ==, child);
	return result;
}

void child_result_clear(ChildResult *self)
{
	g_free(self->output);
}
