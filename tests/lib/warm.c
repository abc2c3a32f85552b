/*
 * Preloaded (ld.so(8)), turns a program into a server of its own runs.
 *
 * Most of what a short run of a program costs is loading it: forty libraries, fifty thousand
 * relocations. Here that is done once: in place of main() a loop waits on the socket $WARM_SOCKET
 * (a number) and forks for each request; the child goes on into the real main() with the words and
 * the environment that were asked for. What runs is the program as it is shipped.
 *
 * A request is its length and so many bytes: strings that end with a NUL byte, which are the files
 * for standard output and standard error, the number of changes of the environment, the changes
 * ("NAME=value", or "NAME" to remove it), and argv. Answers are numbers: the process id, and then
 * what waitpid() says until it has ended. After one that says "stopped" the server waits for
 * a byte, and the child goes on.
 *
 *	cc -shared -fPIC -o warm.so warm.c -ldl
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

typedef int Main(int argc, char **argv, char **env);

static Main *real_main;

static int read_all(int in, void *to, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t got = read(in, (char *)to + done, size - done);
		if (got <= 0)
			return 0;
		done += (size_t)got;
	}
	return 1;
}

static void answer(int out, int32_t number)
{
	if (write(out, &number, sizeof(number)) != sizeof(number))
		_exit(1);
}

static void redirect(int to, const char *path, int flags)
{
	int file = open(path, flags, 0666);

	if (file < 0 || dup2(file, to) < 0)
		_exit(126);
	close(file);
}

static const char *next_string(const char **at)
{
	const char *string = *at;

	*at += strlen(string) + 1;
	return string;
}

static void change_environment(const char *change)
{
	char *copy = strdup(change);
	char *value = strchr(copy, '=');

	if (value)
		*value++ = '\0';
	if (value)
		setenv(copy, value, 1);
	else
		unsetenv(copy);
	free(copy);
}

static void become_program(const char *at, const char *end, int socket)
{
	const char *out = next_string(&at), *err = next_string(&at);
	int argc = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(socket);
	redirect(STDOUT_FILENO, out, O_WRONLY | O_CREAT | O_APPEND);
	redirect(STDERR_FILENO, err, O_WRONLY | O_CREAT | O_APPEND);
	for (int changes = atoi(next_string(&at)); changes > 0; changes--)
		change_environment(next_string(&at));

	char **argv = calloc((size_t)(end - at) + 1, sizeof(*argv));
	while (at < end)
		argv[argc++] = strdup(next_string(&at));
	exit(real_main(argc, argv, environ));
}

static void follow(pid_t child, int socket)
{
	int status;
	char byte;

	answer(socket, child);
	while (waitpid(child, &status, WUNTRACED) == child) {
		answer(socket, status);
		if (!WIFSTOPPED(status))
			return;
		if (!read_all(socket, &byte, 1))
			_exit(0);
		kill(child, SIGCONT);
	}
}

static int serve(int argc, char **argv, char **env)
{
	const char *number = getenv("WARM_SOCKET");
	uint32_t size;

	if (!number)
		return real_main(argc, argv, env);
	int socket = atoi(number);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	unsetenv("WARM_SOCKET");
	unsetenv("LD_PRELOAD");
	redirect(STDIN_FILENO, "/dev/null", O_RDONLY);
	while (read_all(socket, &size, sizeof(size))) {
		char *request = malloc(size);
		if (!read_all(socket, request, size))
			break;
		pid_t child = fork();
		if (child == 0)
			become_program(request, request + size, socket);
		free(request);
		follow(child, socket);
	}
	_exit(0);
}

int __libc_start_main(Main *main, int argc, char **argv, void (*init)(void), void (*fini)(void),
		      void (*unload)(void), void *stack);

int __libc_start_main(Main *main, int argc, char **argv, void (*init)(void), void (*fini)(void),
		      void (*unload)(void), void *stack)
{
	typeof(__libc_start_main) *start = (typeof(start))dlsym(RTLD_NEXT, "__libc_start_main");

	real_main = main;
	return start(serve, argc, argv, init, fini, unload, stack);
}
