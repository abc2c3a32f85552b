/*
 * Two ways of reading a directory that tells nothing by itself.
 *
 *	whole    one paged search for everything
 *	changes  one paged search for ids and dates, about 140 bytes an entry: who is there, where,
 *	         and whose date is new; then one for (modifyTimestamp>=mark), whole
 *
 * The date of each entry is in the list although the second search asks for dates as well. So it
 * is known whom that search must find. Whom it does not find is read by name: a server that cannot
 * search for dates (AD computes them), or an index that is damaged, costs time and loses nothing.
 *
 * What the list shows without any date was never modified since it was made: OpenDJ and ApacheDS
 * write modifyTimestamp with the first modification.
 *
 * Dates in the future come from a clock that was wrong once. They would make every later mark be
 * in the future too, so they are no measure of the server's time.
 */
#include <string.h>

#include "base/clock.h"
#include "base/timefmt.h"
#include "core/anchor.h"
#include "ldap_page_internal.h"
#include "scan_read_internal.h"
#include "url_group_internal.h"

enum {
	TODO_MAX = 500, /* beyond this everything is read */
};

/* Clocks of servers differ from ours by minutes at most, or somebody has other problems. */
#define FUTURE_US (10 * CLOCK_MINUTE)

typedef struct {
	const RereadSetup *setup;
	ScanAnswer *answer;
	Reread *reread;   /* or NULL */
	GHashTable *todo; /* anchor to DN, char *: to be read whole; or NULL */
	gint64 mark_us, now_us;
} Scan;

static gint64 date_of(LDAP *ld, LDAPMessage *message, const char *attribute)
{
	struct berval **values = ldap_get_values_len(ld, message, attribute);
	gint64 us = 0;

	if (values && values[0]) {
		g_autofree char *text = g_strndup(values[0]->bv_val, values[0]->bv_len);

		if (!timefmt_parse_generalized(text, &us))
			us = 0;
	}
	ldap_value_free_len(values);
	return us;
}

/* Takes note of the entry's date and returns it; 0: it shows none. */
static gint64 take_date(Scan *self, LDAPMessage *message)
{
	gint64 us = date_of(self->setup->conn->ld, message, SCAN_STAMP);
	ScanAnswer *answer = self->answer;

	answer->modified += us != 0;
	if (us > self->now_us + FUTURE_US)
		answer->future++;
	else
		answer->newest_us = MAX(answer->newest_us, us);
	return us;
}

static gboolean search(Scan *self, const LdapSearch *wanted, LdapPageFn fn, GError **error)
{
	LdapPageCount count = { 0 };
	gboolean ok = ldap_page_search(self->setup->conn, wanted, fn, self, &count, error);

	self->answer->references += count.references;
	return ok;
}

/* Everything whole --------------------------------------------------------------------------- */

static gboolean put_entry(Scan *self, LDAPMessage *message, SinkVerdict *verdict, GError **error)
{
	const RereadSetup *setup = self->setup;
	g_autoptr(Entry) entry = ldap_entry_read(setup->conn->ld, message, &setup->shape);

	if (!entry) {
		self->answer->unreadable++;
		return TRUE;
	}
	if (self->todo)
		g_hash_table_remove(self->todo, entry_anchor(entry));
	if (url_group_is(entry)) {
		g_hash_table_add(setup->held, g_strdup(entry_anchor(entry)));
		return TRUE;
	}
	if (!setup->sink->ops->put(setup->sink, entry, verdict, error))
		return FALSE;
	if (self->reread && (*verdict == SINK_NEW || *verdict == SINK_RENAMED))
		reread_note_name(self->reread, entry_dn(entry));
	return TRUE;
}

static gboolean take_whole(LdapConn *conn, LDAPMessage *message, void *data, GError **error)
{
	Scan *self = data;
	SinkVerdict verdict;

	self->answer->entries++;
	if (!take_date(self, message) && !date_of(conn->ld, message, "createTimestamp"))
		self->answer->undated++;
	return put_entry(self, message, &verdict, error);
}

gboolean scan_read_whole(const RereadSetup *setup, ScanAnswer *answer, GError **error)
{
	Scan self = { .setup = setup, .answer = answer, .now_us = clock_now_us() };
	const LdapSearch wanted = { .base = setup->base,
				    .scope = LDAP_SCOPE_SUBTREE,
				    .filter = setup->filter,
				    .attributes = setup->attributes };

	return search(&self, &wanted, take_whole, error);
}

/* The list ------------------------------------------------------------------------------------- */

static void note_listed(Scan *self, const char *anchor, const char *dn, SinkVerdict verdict,
			gint64 date_us)
{
	if (verdict == SINK_UNKNOWN || verdict == SINK_RENAMED)
		reread_note_name(self->reread, dn);
	if (verdict == SINK_UNKNOWN || date_us >= self->mark_us)
		g_hash_table_replace(self->todo, g_strdup(anchor), g_strdup(dn));
}

static gboolean take_listed(LdapConn *conn, LDAPMessage *message, void *data, GError **error)
{
	Scan *self = data;
	const RereadSetup *setup = self->setup;
	char anchor[ANCHOR_LENGTH + 1];
	SinkVerdict verdict = SINK_SAME;

	self->answer->entries++;
	gint64 date_us = take_date(self, message);
	if (!ldap_entry_anchor(conn->ld, message, setup->shape.uuid_attribute, anchor)) {
		self->answer->unreadable++;
		return TRUE;
	}
	if (!self->todo)
		return TRUE;
	char *dn = ldap_get_dn(conn->ld, message);
	g_autoptr(Entry) delta = entry_new_delta(anchor, dn ? dn : "");
	ldap_memfree(dn);
	if (!*entry_dn(delta)) {
		self->answer->unreadable++;
		return TRUE;
	}
	if (!setup->sink->ops->put(setup->sink, delta, &verdict, error))
		return FALSE;
	note_listed(self, anchor, entry_dn(delta), verdict, date_us);
	return TRUE;
}

static gboolean list(Scan *self, GError **error)
{
	const RereadSetup *setup = self->setup;
	const char *attributes[] = { setup->shape.uuid_attribute, SCAN_STAMP, NULL };
	const LdapSearch wanted = { .base = setup->base,
				    .scope = LDAP_SCOPE_SUBTREE,
				    .filter = setup->filter,
				    .attributes = attributes };

	return search(self, &wanted, take_listed, error);
}

gboolean scan_read_list(const RereadSetup *setup, ScanAnswer *answer, GError **error)
{
	Scan self = { .setup = setup, .answer = answer, .now_us = clock_now_us() };

	return list(&self, error);
}

/* What changed ------------------------------------------------------------------------------- */

static char *date_filter(const RereadSetup *setup, gint64 mark_us)
{
	g_autoptr(GDateTime) moment = g_date_time_new_from_unix_utc(mark_us / CLOCK_SECOND);
	g_autofree char *text = g_date_time_format(moment, "%Y%m%d%H%M%SZ");

	return g_strdup_printf("(&%s(" SCAN_STAMP ">=%s))", setup->filter, text);
}

static gboolean take_changed(LdapConn *conn, LDAPMessage *message, void *data, GError **error)
{
	SinkVerdict verdict;

	return put_entry(data, message, &verdict, error);
}

static gboolean read_dated(Scan *self, GError **error)
{
	g_autofree char *filter = date_filter(self->setup, self->mark_us);
	const LdapSearch wanted = { .base = self->setup->base,
				    .scope = LDAP_SCOPE_SUBTREE,
				    .filter = filter,
				    .attributes = self->setup->attributes };

	return search(self, &wanted, take_changed, error);
}

/* One by one. Who is not there any more is missed by the next list. */
static gboolean read_named(Scan *self, GError **error)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	GHashTableIter iter;
	void *dn;

	g_hash_table_iter_init(&iter, self->todo);
	while (g_hash_table_iter_next(&iter, NULL, &dn))
		g_ptr_array_add(names, g_strdup(dn));
	for (guint i = 0; i < names->len; i++) {
		const LdapSearch wanted = { .base = g_ptr_array_index(names, i),
					    .scope = LDAP_SCOPE_BASE,
					    .filter = self->setup->filter,
					    .attributes = self->setup->attributes };

		if (!search(self, &wanted, take_changed, error))
			return FALSE;
	}
	return TRUE;
}

gboolean scan_read_changes(const RereadSetup *setup, gint64 mark_us, Reread *reread,
			   ScanAnswer *answer, GError **error)
{
	g_autoptr(GHashTable) todo = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	Scan self = { .setup = setup,
		      .answer = answer,
		      .reread = reread,
		      .todo = todo,
		      .mark_us = mark_us,
		      .now_us = clock_now_us() };

	if (!list(&self, error))
		return FALSE;
	answer->too_much = reread_is_too_much(reread);
	if (answer->too_much)
		return TRUE;
	if (g_hash_table_size(todo) > 0 && !read_dated(&self, error))
		return FALSE;
	answer->too_much = g_hash_table_size(todo) > TODO_MAX;
	return answer->too_much || read_named(&self, error);
}

static gboolean take_any(LdapConn *conn, LDAPMessage *message, void *data, GError **error)
{
	*(gboolean *)data = TRUE;
	return TRUE;
}

gboolean scan_read_finds(const RereadSetup *setup, gint64 mark_us, gboolean *finds, GError **error)
{
	static const char *const none[] = { LDAP_NO_ATTRS, NULL };
	g_autofree char *filter = date_filter(setup, mark_us);
	const LdapSearch wanted = { .base = setup->base,
				    .scope = LDAP_SCOPE_SUBTREE,
				    .filter = filter,
				    .attributes = none };
	LdapPageCount count = { 0 };

	*finds = FALSE;
	return ldap_page_search(setup->conn, &wanted, take_any, finds, &count, error);
}
