/*
 * measure: runs a command and writes one line about it, for the benches.
 *
 *	measure FILE COMMAND [ARGUMENT...]
 *
 *	wall 0.123456 user 0.100000 sys 0.020000 rss 20480 status 0
 *
 * Seconds; rss is the largest resident size in KiB, of this one process: wait4(2) gives the figures
 * of the child that it waits for. The line is appended to FILE, because stdout and stderr belong
 * to the command. Our exit code is the command's.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

static double seconds(const struct timeval *time)
{
	return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

static pid_t start(char **command)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	execvp(command[0], command);
	fprintf(stderr, "cannot run '%s': %s\n", command[0], strerror(errno));
	_exit(127);
}

int main(int argc, char **argv)
{
	struct rusage usage;
	gint64 begin;
	double wall;
	int status;
	FILE *out;

	if (argc < 3) {
		fprintf(stderr, "usage: measure FILE COMMAND [ARGUMENT...]\n");
		return 2;
	}
	begin = clock_monotonic_us();
	if (wait4(start(argv + 2), &status, 0, &usage) < 0) {
		fprintf(stderr, "cannot wait: %s\n", strerror(errno));
		return 1;
	}
	wall = (double)(clock_monotonic_us() - begin) / 1e6;
	status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	out = fopen(argv[1], "a");
	if (!out) {
		fprintf(stderr, "cannot write '%s': %s\n", argv[1], strerror(errno));
		return 1;
	}
	fprintf(out, "wall %.6f user %.6f sys %.6f rss %ld status %d\n", wall,
		seconds(&usage.ru_utime), seconds(&usage.ru_stime), usage.ru_maxrss, status);
	fclose(out);
	return status;
}
