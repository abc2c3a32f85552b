/*
 * Signals that wait: between the request that uses a refresh token up and the moment its successor
 * is on disk, SIGINT, SIGTERM and SIGHUP would lose what an administrator at the service has to
 * give anew. They are held back for so long, which the time limit of a request bounds.
 *
 * A mask would not do: it is a thread's own, and a thread that runs beside us (a name that is being
 * resolved, a write to the database) would take the signal and end the process. So there is a
 * handler meanwhile, which remembers; afterwards all is as it was, and what came is sent again. A
 * process that blocks these signals to look for them itself (the service) never gets here with one,
 * and one that ignores them goes on doing so. A second Ctrl-C waits as well; SIGKILL does not.
 */
#include <signal.h>
#include <unistd.h>

#include "credential_internal.h"

static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };

typedef struct {
	GMutex lock;
	guint holders;
	struct sigaction before[G_N_ELEMENTS(numbers)];
	volatile sig_atomic_t came[G_N_ELEMENTS(numbers)];
} Hold;

/* lint: state: what a process does about a signal is the process's */
static Hold hold;

static void remember(int number)
{
	for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++) {
		if (numbers[i] == number)
			hold.came[i] = 1;
	}
}

static void hold_one(gsize i)
{
	struct sigaction action = { .sa_handler = remember, .sa_flags = SA_RESTART };

	hold.came[i] = 0;
	sigemptyset(&action.sa_mask);
	if (sigaction(numbers[i], NULL, &hold.before[i]) == 0 &&
	    hold.before[i].sa_handler != SIG_IGN)
		sigaction(numbers[i], &action, NULL);
}

static void release_one(gsize i)
{
	if (hold.before[i].sa_handler != SIG_IGN)
		sigaction(numbers[i], &hold.before[i], NULL);
	if (hold.came[i])
		kill(getpid(), numbers[i]);
}

void credential_hold_signals(gboolean *is_holding)
{
	if (*is_holding)
		return;
	*is_holding = TRUE;
	g_mutex_lock(&hold.lock);
	if (hold.holders++ == 0) {
		for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
			hold_one(i);
	}
	g_mutex_unlock(&hold.lock);
}

void credential_release_signals(gboolean *is_holding)
{
	if (!*is_holding)
		return;
	*is_holding = FALSE;
	g_mutex_lock(&hold.lock);
	if (--hold.holders == 0) {
		for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
			release_one(i);
	}
	g_mutex_unlock(&hold.lock);
}
