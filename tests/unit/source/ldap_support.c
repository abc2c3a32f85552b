#include "ldap_support.h"

#include <openldap.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

LdapScript *ldap_script_new(void)
{
	const int version = LDAP_VERSION3;
	LdapScript *self = g_new0(LdapScript, 1);
	LdapConn *conn = g_new0(LdapConn, 1);
	int pair[2];

	g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), ==, 0);
	self->peer = pair[1];
	self->requests = ber_sockbuf_alloc();
	ber_sockbuf_add_io(self->requests, &ber_sockbuf_io_tcp, LBER_SBIOD_LEVEL_PROVIDER,
			   &self->peer);
	self->conf.timeout_us = 5 * CLOCK_SECOND;
	self->conf.page_size = 100;
	g_assert_cmpint(ldap_init_fd(pair[0], LDAP_PROTO_IPC, NULL, &conn->ld), ==, LDAP_SUCCESS);
	ldap_set_option(conn->ld, LDAP_OPT_PROTOCOL_VERSION, &version);
	conn->conf = &self->conf;
	conn->uri = g_strdup("ldap://script");
	self->conn = conn;
	return self;
}

void ldap_script_free(LdapScript *self)
{
	ldap_conn_close(self->conn);
	/* Frees the buffer and closes the descriptor in it. */
	ber_sockbuf_free(self->requests);
	g_free(self);
}

void ldap_script_hang_up(LdapScript *self)
{
	/* In this direction only: writing to a closed socket would raise SIGPIPE. */
	shutdown(self->peer, SHUT_WR);
}

static void send_message(LdapScript *self, BerElement *ber)
{
	struct berval bytes;

	g_assert_cmpint(ber_flatten2(ber, &bytes, 0), ==, 0);
	g_assert_cmpint(write(self->peer, bytes.bv_val, bytes.bv_len), ==, (gssize)bytes.bv_len);
	ber_free(ber, 1);
}

/* The name of a line, and its value; *value NULL if there is none. */
static char *parse_line(const char *line, guchar **value, gsize *length)
{
	const char *colon = strchr(line, ':');

	*value = NULL;
	if (!colon)
		return g_strdup(line);
	if (g_str_has_prefix(colon, ":: ")) {
		*value = g_base64_decode(colon + 3, length);
	} else {
		*value = (guchar *)g_strdup(colon + 2);
		*length = strlen(colon + 2);
	}
	return g_strndup(line, (gsize)(colon - line));
}

static void print_attributes(BerElement *ber, const char *lines)
{
	g_auto(GStrv) list = g_strsplit(lines, "\n", -1);
	g_autofree char *open = NULL;

	for (char **line = list; *line && **line; line++) {
		g_autofree guchar *value = NULL;
		gsize length = 0;
		g_autofree char *name = parse_line(*line, &value, &length);

		if (g_strcmp0(open, name) != 0) {
			if (open)
				ber_printf(ber, "]}");
			ber_printf(ber, "{s[", name);
			g_free(g_steal_pointer(&open));
			open = g_strdup(name);
		}
		if (value)
			ber_printf(ber, "o", (char *)value, (ber_len_t)length);
	}
	if (open)
		ber_printf(ber, "]}");
}

void ldap_script_entry(LdapScript *self, int msgid, const char *dn, const char *lines)
{
	BerElement *ber = ber_alloc_t(LBER_USE_DER);

	ber_printf(ber, "{it{s{", msgid, (ber_tag_t)LDAP_RES_SEARCH_ENTRY, dn);
	print_attributes(ber, lines);
	ber_printf(ber, "}}}");
	send_message(self, ber);
}

static void send_result(LdapScript *self, int msgid, ber_tag_t type, int code)
{
	BerElement *ber = ber_alloc_t(LBER_USE_DER);

	ber_printf(ber, "{it{ess}}", msgid, type, code, "", "");
	send_message(self, ber);
}

void ldap_script_result(LdapScript *self, int msgid, int code)
{
	send_result(self, msgid, LDAP_RES_SEARCH_RESULT, code);
}

void ldap_script_other(LdapScript *self, int msgid)
{
	send_result(self, msgid, LDAP_RES_MODIFY, LDAP_SUCCESS);
}

void ldap_script_sync_info(LdapScript *self, int msgid, const void *value, gsize length)
{
	BerElement *ber = ber_alloc_t(LBER_USE_DER);

	ber_printf(ber, "{it{tsto}}", msgid, (ber_tag_t)LDAP_RES_INTERMEDIATE,
		   (ber_tag_t)LDAP_TAG_IM_RES_OID, LDAP_SYNC_INFO, (ber_tag_t)LDAP_TAG_IM_RES_VALUE,
		   (const char *)value, (ber_len_t)length);
	send_message(self, ber);
}

static void describe_controls(BerElement *ber, GString *text)
{
	ber_len_t length;
	char *cookie;

	g_string_append_c(text, '|');
	if (ber_peek_tag(ber, &length) != LDAP_TAG_CONTROLS)
		return;
	for (ber_tag_t tag = ber_first_element(ber, &length, &cookie); tag != LBER_DEFAULT;
	     tag = ber_next_element(ber, &length, cookie)) {
		struct berval oid, value;
		int critical = 0;

		g_assert_true(ber_scanf(ber, "{m", &oid) != LBER_ERROR);
		if (ber_peek_tag(ber, &length) == LBER_BOOLEAN)
			g_assert_true(ber_scanf(ber, "b", &critical) != LBER_ERROR);
		if (ber_peek_tag(ber, &length) == LBER_OCTETSTRING)
			g_assert_true(ber_scanf(ber, "m", &value) != LBER_ERROR);
		g_string_append_printf(text, "%s%s ", oid.bv_val, critical ? "!" : "");
	}
}

static void describe_search(BerElement *ber, GString *text)
{
	ber_int_t scope, deref, sizes, times, types;
	struct berval base;
	char **names = NULL;

	g_assert_true(ber_scanf(ber, "{meeiibx", &base, &scope, &deref, &sizes, &times, &types) !=
		      LBER_ERROR);
	g_string_append_len(text, base.bv_val, (gssize)base.bv_len);
	g_assert_true(ber_scanf(ber, "{v}}", &names) != LBER_ERROR);
	g_autofree char *list = names ? g_strjoinv(",", names) : g_strdup("");
	g_string_append_printf(text, "|%s", list);
	ber_memvfree((void **)names);
	describe_controls(ber, text);
}

/* The next request, its outer tag taken off; NULL if there is none. */
static BerElement *read_request(LdapScript *self)
{
	struct pollfd poll_fd = { .fd = self->peer, .events = POLLIN };
	BerElement *ber = ber_alloc_t(LBER_USE_DER);
	ber_len_t length;

	if (poll(&poll_fd, 1, 0) == 1 &&
	    ber_get_next(self->requests, &length, ber) == LDAP_TAG_MESSAGE)
		return ber;
	ber_free(ber, 1);
	return NULL;
}

char *ldap_script_asked(LdapScript *self)
{
	BerElement *ber = read_request(self);
	g_autoptr(GString) text = g_string_new(NULL);
	ber_len_t length;
	ber_int_t msgid;

	if (!ber)
		return NULL;
	g_assert_true(ber_scanf(ber, "i", &msgid) != LBER_ERROR);
	if (ber_peek_tag(ber, &length) == LDAP_REQ_SEARCH)
		describe_search(ber, text);
	ber_free(ber, 1);
	return g_strdup(text->str);
}

LDAPMessage *ldap_script_message(LdapScript *self, int msgid)
{
	LDAPMessage *message = NULL;
	int asked;
	static const char *const none[] = { NULL };
	const LdapSearch search = { .base = "",
				    .scope = LDAP_SCOPE_BASE,
				    .filter = "(objectClass=*)",
				    .attributes = none };

	g_assert_true(ldap_conn_search(self->conn, &search, &asked, NULL));
	g_assert_cmpint(asked, ==, msgid);
	g_assert_true(ldap_conn_next(self->conn, msgid, &message, NULL));
	return message;
}
