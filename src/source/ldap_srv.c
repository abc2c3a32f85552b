/*
 * SRV records, RFC 2782: "_ldap._tcp.dc._msdcs.corp.example" -> priority weight port host.
 *
 * res_nquery() rather than libldap's ldap_domain2hostlist(): that one says "unavailable" for a name
 * that does not exist as for a resolver that does not answer, waits as long as resolv.conf pleases,
 * and orders by a random source of its own. A resolver state of our own has time limits of its
 * own, and touches nothing that other threads use.
 */
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <resolv.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "ldap_srv_internal.h"

enum {
	ANSWER_MAX = 65535,
	SRV_FIXED = 6, /* priority, weight, port; the name follows */
	TRIES = 2,
};

static void srv_free(gpointer data)
{
	LdapSrv *self = data;

	g_free(self->host);
	g_free(self);
}

static LdapSrv *parse_record(ns_msg *message, const ns_rr *record)
{
	const guint8 *data = ns_rr_rdata(*record);
	char host[NS_MAXDNAME];

	if (ns_rr_rdlen(*record) <= SRV_FIXED ||
	    dn_expand(ns_msg_base(*message), ns_msg_end(*message), data + SRV_FIXED, host,
		      sizeof(host)) < 0)
		return NULL;
	LdapSrv *srv = g_new0(LdapSrv, 1);
	srv->priority = (guint16)ns_get16(data);
	srv->weight = (guint16)ns_get16(data + 2);
	srv->port = (guint16)ns_get16(data + 4);
	srv->host = g_ascii_strdown(host, -1);
	/* The root alone stays ".": it says that the service is not there. */
	gsize length = strlen(srv->host);
	if (length && srv->host[length - 1] == '.')
		srv->host[length - 1] = '\0';
	return srv;
}

GPtrArray *ldap_srv_parse(const guint8 *answer, gsize length)
{
	g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func(srv_free);
	ns_msg message;

	if (length > ANSWER_MAX || ns_initparse(answer, (int)length, &message) != 0)
		return NULL;
	for (int i = 0; i < ns_msg_count(message, ns_s_an); i++) {
		ns_rr record;

		if (ns_parserr(&message, ns_s_an, i, &record) != 0)
			return NULL;
		/* A CNAME may stand before what it leads to. */
		if (ns_rr_type(record) != ns_t_srv)
			continue;
		LdapSrv *srv = parse_record(&message, &record);
		if (!srv)
			return NULL;
		g_ptr_array_add(records, srv);
	}
	return g_steal_pointer(&records);
}

static guint32 number_upto(guint32 most, void *data)
{
	/* The upper end of GLib's range is not in it. */
	return most ? (guint32)g_random_int_range(0, (gint32)most + 1) : 0;
}

/* RFC 2782: those of weight 0 come first in the running sum, so that they are rarely chosen. */
static gint compare(gconstpointer a, gconstpointer b)
{
	const LdapSrv *left = *(const LdapSrv *const *)a, *right = *(const LdapSrv *const *)b;

	if (left->priority != right->priority)
		return left->priority < right->priority ? -1 : 1;
	return (left->weight != 0) - (right->weight != 0);
}

/* Which of the records from 'first' with the same priority is the next. */
static guint draw(GPtrArray *records, guint first, LdapSrvRandom chance, void *data)
{
	const LdapSrv *leader = g_ptr_array_index(records, first);
	guint32 sum = 0, running = 0;

	for (guint i = first; i < records->len; i++) {
		const LdapSrv *srv = g_ptr_array_index(records, i);

		if (srv->priority == leader->priority)
			sum += srv->weight;
	}
	guint32 mark = chance(sum, data);
	for (guint i = first; i < records->len; i++) {
		const LdapSrv *srv = g_ptr_array_index(records, i);

		running += srv->weight;
		if (running >= mark)
			return i;
	}
	return first;
}

void ldap_srv_order(GPtrArray *records, LdapSrvRandom chance, void *data)
{
	g_ptr_array_sort(records, compare);
	for (guint i = 0; i + 1 < records->len; i++) {
		guint chosen = draw(records, i, chance ? chance : number_upto, data);
		gpointer srv = g_ptr_array_index(records, chosen);

		/* The others keep their order: weight 0 stays in front. */
		memmove(&records->pdata[i + 1], &records->pdata[i],
			(chosen - i) * sizeof(gpointer));
		records->pdata[i] = srv;
	}
}

/* resolv.conf's limits hold for the whole machine; a connect has less time. */
static void limit_time(res_state state, gint64 limit_us)
{
	gint64 rounds = state->nscount + 2;

	state->retry = TRIES;
	state->retrans = (int)CLAMP(limit_us / CLOCK_SECOND / rounds, 1, 5);
}

static GPtrArray *no_answer(int problem, const char *name, GError **error)
{
	if (problem == HOST_NOT_FOUND || problem == NO_DATA)
		return g_ptr_array_new_with_free_func(srv_free);
	error_set(error, ERROR_DOWN,
		  problem == TRY_AGAIN
			  ? "DNS gave no answer about '%s'\n"
			    "see whether the name servers in /etc/resolv.conf can be reached"
			  : "DNS refused to answer about '%s'\n"
			    "see whether the name servers in /etc/resolv.conf know the domain",
		  name);
	return NULL;
}

GPtrArray *ldap_srv_ask(const char *name, gint64 limit_us, GError **error)
{
	struct __res_state state = { 0 };
	g_autofree guint8 *answer = g_malloc(ANSWER_MAX);

	if (res_ninit(&state) != 0)
		return no_answer(NO_RECOVERY, name, error);
	limit_time(&state, limit_us);
	int length = res_nquery(&state, name, ns_c_in, ns_t_srv, answer, ANSWER_MAX);
	int problem = state.res_h_errno;
	res_nclose(&state);
	if (length < 0)
		return no_answer(problem, name, error);
	GPtrArray *records = ldap_srv_parse(answer, MIN((gsize)length, ANSWER_MAX));
	if (!records)
		error_set(error, ERROR_DOWN, "the answer of DNS about '%s' cannot be read", name);
	return records;
}
