/*
 * Kerberos without kinit, for the thread that binds, and in time.
 *
 * Each connect has a cache of its own in memory, which is gone after the bind: no file in /tmp, no
 * KRB5CCNAME for the whole process, no ticket of one source in the hands of another. GSSAPI is told
 * of it with gss_krb5_ccache_name(), which holds for one thread. A new ticket each time also means
 * that a connection lives as long as a ticket can; the server ends it with the ticket.
 *
 * The krb5 library has no time limit that could be set: it asks a silent KDC for half a minute, and
 * several of them for longer. So the tickets are fetched by a thread of their own, for which the
 * binding thread waits as long as connect_timeout says:
 *
 *	binding thread                        worker
 *	  starts ------------------------->     fetches tickets
 *	  waits, at most connect_timeout
 *	  takes what is there    <---------     done
 *	  or turns away                         is left alone: frees everything when it is through
 */
#include <gssapi/gssapi.h>
#include <gssapi/gssapi_krb5.h>
#include <pthread.h>
#include <signal.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/timefmt.h"
#include "ldap_krb_internal.h"

struct LdapKrb {
	LdapTicket *ticket;
	gboolean installed; /* GSSAPI of this thread was told */
};

typedef struct {
	GMutex lock;
	GCond changed;
	gboolean done;      /* the worker has written the results */
	gboolean abandoned; /* nobody waits any more: the worker frees the task */
	LdapBind bind;      /* keytab and principal, copies */
	char *host;
	LdapTicket *ticket;
	LdapKrbFault fault;
	GError *error;
} Task;

static void task_free(Task *self)
{
	ldap_ticket_free(self->ticket);
	g_clear_error(&self->error);
	g_free(self->bind.keytab);
	g_free(self->bind.principal);
	g_free(self->host);
	g_mutex_clear(&self->lock);
	g_cond_clear(&self->changed);
	g_free(self);
}

static gpointer task_run(gpointer data)
{
	Task *self = data;
	LdapKrbFault fault;
	GError *error = NULL;
	LdapTicket *ticket = ldap_ticket_open(&self->bind, self->host, &fault, &error);

	g_mutex_lock(&self->lock);
	self->ticket = ticket;
	self->fault = fault;
	self->error = error;
	self->done = TRUE;
	gboolean abandoned = self->abandoned;
	g_cond_signal(&self->changed);
	g_mutex_unlock(&self->lock);
	if (abandoned)
		task_free(self);
	return NULL;
}

/* Signals are for the threads that expect them. */
static GThread *start(Task *task)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	GThread *thread = g_thread_new("kerberos", task_run, task);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return thread;
}

/* FALSE: the time is over, and the task belongs to the worker now. */
static gboolean wait_done(Task *task, gint64 limit_us)
{
	gint64 until_us = clock_monotonic_us() + limit_us;

	g_mutex_lock(&task->lock);
	while (!task->done && g_cond_wait_until(&task->changed, &task->lock, until_us))
		;
	gboolean done = task->done;
	task->abandoned = !done;
	g_mutex_unlock(&task->lock);
	return done;
}

static LdapTicket *fetch(const LdapBind *bind, const LdapKrbSetup *setup, LdapKrbFault *fault,
			 GError **error)
{
	Task *task = g_new0(Task, 1);

	g_mutex_init(&task->lock);
	g_cond_init(&task->changed);
	task->bind.keytab = g_strdup(bind->keytab);
	task->bind.principal = g_strdup(bind->principal);
	task->host = g_strdup(setup->host);
	GThread *thread = start(task);
	if (!wait_done(task, setup->limit_us)) {
		g_autofree char *span = timefmt_span(setup->limit_us);

		g_thread_unref(thread);
		*fault = LDAP_KRB_FAULT_SELF;
		error_set(error, ERROR_DOWN,
			  "no Kerberos server (KDC) of the realm answers within %s\n"
			  "see whether port 88 of the domain controllers can be reached, and what "
			  "krb5.conf says about the realm; the limit is \"connect_timeout\"",
			  span);
		return NULL;
	}
	g_thread_join(thread);
	LdapTicket *ticket = g_steal_pointer(&task->ticket);
	*fault = task->fault;
	if (!ticket)
		g_propagate_error(error, g_steal_pointer(&task->error));
	task_free(task);
	return ticket;
}

/* Tells GSSAPI in this thread to use our cache; the default one it finds by itself. */
static gboolean install(LdapKrb *self, GError **error)
{
	g_autofree char *cache = ldap_ticket_cache(self->ticket);
	OM_uint32 minor;

	if (!cache)
		return TRUE;
	self->installed = gss_krb5_ccache_name(&minor, cache, NULL) == GSS_S_COMPLETE;
	return self->installed || error_set(error, ERROR_DOWN, "GSSAPI does not take the ticket");
}

LdapKrb *ldap_krb_open(const LdapBind *bind, const LdapKrbSetup *setup, LdapKrbFault *fault,
		       GError **error)
{
	g_autoptr(LdapKrb) self = g_new0(LdapKrb, 1);

	self->ticket = fetch(bind, setup, fault, error);
	if (!self->ticket || !install(self, error))
		return NULL;
	return g_steal_pointer(&self);
}

const char *ldap_krb_who(const LdapKrb *self)
{
	return ldap_ticket_who(self->ticket);
}

void ldap_krb_free(LdapKrb *self)
{
	OM_uint32 minor;

	if (!self)
		return;
	/* Back to the default cache, for whoever uses GSSAPI in this thread next. */
	if (self->installed)
		gss_krb5_ccache_name(&minor, NULL, NULL);
	ldap_ticket_free(self->ticket);
	g_free(self);
}
