/*
 * Source driver "ldif": a directory as an exported file, for audits away from the network,
 * rehearsals and tests. A full compare each time; an unchanged file changes nothing.
 *
 *	dn: uid=ann,ou=people,dc=ex
 *	objectClass: inetOrgPerson
 *	entryUUID: 6ba7b810-9dad-11d1-80b4-00c04fd430c8
 *
 * The permanent id comes from nsUniqueId (389-ds, whose entryUUID is another id than its sync
 * protocol uses), objectGUID (AD, 16 bytes) or entryUUID, in this order. An export without
 * operational attributes has none, and is refused: a DN is never a key.
 *
 * The file is complete if it was read to its end and every record could be used. What says that
 * it is not: a last line without an end, a malformed record, an entry without id, a "result" of
 * ldapsearch other than 0 (a size limit), a search reference, no entry at all, or other content
 * at the second reading (somebody is writing it). Then it adds and updates, and removes nobody.
 * What cannot be seen: a file cut off exactly between two lines. Export to another name and rename.
 *
 * Cursor: "ldif 1 <SHA-256 of the file> <SHA-256 of base, attribute list and kinds>"; after a file
 * that was not whole, or that nobody believed, NOT_READ in place of it. What such a file said is in
 * the view already: the good file of before it must not pass for an unchanged one.
 */
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/error.h"
#include "core/anchor.h"
#include "core/dn.h"
#include "ldap_attributes_internal.h"
#include "ldap_entry_internal.h"
#include "ldif_reader_internal.h"
#include "source/source.h"

extern const SourceOps source_ldif;

enum {
	NOTES_MAX = 20
};

/* A cursor that no file has. */
#define NOT_READ "ldif 1 not read"

typedef struct {
	char *file;
	char *base; /* or NULL: everything */
} LdifConf;

static const Option ldif_options[] = {
	OPTION(STRING, LdifConf, file, "file", OPTION_REQUIRED),
	OPTION(STRING, LdifConf, base, "base", 0),
	OPTION_END,
};

typedef struct {
	Source base;
	const char *name;
	const LdifConf *conf;
	char *top;          /* normalised base, or NULL */
	GHashTable *wanted; /* lower-case names to read */
	char *settings;     /* digest of base, names and kinds */
	char *coverage;
} Ldif;

typedef struct {
	Ldif *source;
	Sink *sink; /* NULL: only looking */
	LdifReader *reader;
	guint64 entries; /* usable ones */
	guint64 anchorless;
	guint notes;
	char *first_anchorless; /* DN */
	char *trouble;
} Pull;

static void trouble(Pull *pull, char *sentence)
{
	if (pull->sink && pull->notes++ < NOTES_MAX)
		pull->sink->ops->note(pull->sink, sentence);
	if (pull->trouble)
		g_free(sentence);
	else
		pull->trouble = sentence;
}

static gboolean find_anchor(const LdifReader *reader, char *anchor)
{
	const LdifValue *value = ldif_reader_find(reader, "nsUniqueId");

	if (value && anchor_from_text(value->data, anchor))
		return TRUE;
	value = ldif_reader_find(reader, "objectGUID");
	if (value && value->length == 16) {
		anchor_from_guid((const guint8 *)value->data, anchor);
		return TRUE;
	}
	if (value && anchor_from_text(value->data, anchor))
		return TRUE;
	value = ldif_reader_find(reader, "entryUUID");
	return value && anchor_from_text(value->data, anchor);
}

static gboolean is_wanted(const Ldif *self, const char *name)
{
	g_autofree char *lower = g_ascii_strdown(name, (gssize)strcspn(name, ";"));

	return g_hash_table_contains(self->wanted, lower);
}

static gboolean put_record(Pull *pull, const char *anchor, GError **error)
{
	const LdifReader *reader = pull->reader;
	const LdifValue *dn = g_ptr_array_index(reader->values, 0);
	g_autoptr(Entry) entry = entry_new(anchor, dn->data);

	for (guint i = 1; i < reader->values->len; i++) {
		const LdifValue *value = g_ptr_array_index(reader->values, i);

		if (is_wanted(pull->source, value->name))
			ldap_entry_add(entry, value->name, strlen(value->name), value->data,
				       value->length);
	}
	pull->entries++;
	return !pull->sink || pull->sink->ops->put(pull->sink, entry, NULL, error);
}

/* A record that is an entry. */
static gboolean take_entry(Pull *pull, GError **error)
{
	const LdifValue *dn = g_ptr_array_index(pull->reader->values, 0);
	const char *file = pull->source->conf->file;
	g_autofree char *normal = dn_normalize(dn->data, dn->length);
	char anchor[ANCHOR_LENGTH + 1];

	if (!normal || strlen(dn->data) != dn->length) {
		trouble(pull, g_strdup_printf("%s:%u: '%s' is no DN", file, dn->line, dn->data));
		return TRUE;
	}
	if (ldif_reader_find(pull->reader, "changetype")) {
		trouble(pull, g_strdup_printf("%s:%u: '%s' is a change, not an entry\n"
					      "export the entries themselves",
					      file, dn->line, dn->data));
		return TRUE;
	}
	if (pull->source->top && !dn_is_within(normal, pull->source->top))
		return TRUE;
	if (find_anchor(pull->reader, anchor))
		return put_record(pull, anchor, error);
	if (!pull->anchorless++)
		pull->first_anchorless = g_strdup(dn->data);
	return TRUE;
}

/* "search: 2", "result: 4 Size limit exceeded": what ldapsearch writes at its end. */
static void take_result(Pull *pull, const LdifValue *result)
{
	if (strtol(result->data, NULL, 10) != 0)
		trouble(pull,
			g_strdup_printf("%s:%u: the export itself ended with result %s",
					pull->source->conf->file, result->line, result->data));
}

static gboolean take_record(Pull *pull, GError **error)
{
	const LdifReader *reader = pull->reader;
	const LdifValue *first = g_ptr_array_index(reader->values, 0);
	const LdifValue *result = ldif_reader_find(reader, "result");
	const char *file = pull->source->conf->file;

	if (g_ascii_strcasecmp(first->name, "dn") == 0)
		return take_entry(pull, error);
	if (g_ascii_strcasecmp(first->name, "search") == 0 && result)
		take_result(pull, result);
	else if (g_ascii_strcasecmp(first->name, "ref") == 0)
		trouble(pull, g_strdup_printf("%s:%u: the export did not follow a reference to "
					      "another server",
					      file, reader->line));
	else
		trouble(pull, g_strdup_printf("%s:%u: a record begins with '%s' and not with 'dn'",
					      file, reader->line, first->name));
	return TRUE;
}

static gboolean take_all(Pull *pull, GError **error)
{
	LdifStatus status;

	while ((status = ldif_reader_next(pull->reader)) != LDIF_END) {
		if (status == LDIF_BAD)
			trouble(pull, g_strdup(pull->reader->problem));
		else if (!take_record(pull, error))
			return FALSE;
	}
	return TRUE;
}

#define EXPORT_HINT "export with operational attributes: ldapsearch -LLL ... '*' '+', or slapcat"

/* What the whole file says about itself once it was read. */
static gboolean judge(Pull *pull, GError **error)
{
	const char *file = pull->source->conf->file;

	if (pull->anchorless && !pull->entries)
		return error_set(error, ERROR_CONFIG,
				 "'%s': no entry has a permanent id (entryUUID, nsUniqueId or "
				 "objectGUID)\n" EXPORT_HINT,
				 file);
	if (pull->reader->cut)
		trouble(pull, g_strdup_printf("%s: the file ends in the middle of a line; it was "
					      "cut off, or is being written",
					      file));
	if (pull->anchorless)
		trouble(pull, g_strdup_printf("%s: %" G_GUINT64_FORMAT " entries have no permanent "
					      "id, the first is '%s'\n" EXPORT_HINT,
					      file, pull->anchorless, pull->first_anchorless));
	if (!pull->entries)
		trouble(pull, g_strdup_printf("%s: the file holds no entry", file));
	return TRUE;
}

static void pull_clear(Pull *pull)
{
	ldif_reader_close(pull->reader);
	g_free(pull->first_anchorless);
	g_free(pull->trouble);
}

static char *cursor_of(const Ldif *self, LdifReader *reader)
{
	return g_strdup_printf("ldif 1 %s %s", g_checksum_get_string(reader->digest),
			       self->settings);
}

/* The cursor that the file as it is now would give, without taking anything from it. */
static char *cursor_peek(const Ldif *self, GError **error)
{
	g_autoptr(LdifReader) reader = ldif_reader_open(self->conf->file, error);

	if (!reader)
		return NULL;
	while (ldif_reader_next(reader) != LDIF_END)
		;
	return cursor_of(self, reader);
}

static gboolean commit(Pull *pull, const char *peeked, GError **error)
{
	g_autofree char *cursor = cursor_of(pull->source, pull->reader);

	if (strcmp(cursor, peeked) != 0)
		trouble(pull, g_strdup_printf("%s: the file changed while it was read",
					      pull->source->conf->file));
	const PullEnd end = {
		.complete = !pull->trouble,
		.reason = pull->trouble,
		.absence_means_gone = !pull->trouble,
		.whole = TRUE,
		.cursor = pull->trouble ? NOT_READ : cursor,
		.doubted = NOT_READ,
		.coverage = pull->source->coverage,
		.server = pull->source->conf->file,
	};
	return pull->sink->ops->commit(pull->sink, &end, error);
}

static gboolean commit_nothing(const Ldif *self, Sink *sink, GError **error)
{
	const PullEnd end = { .complete = TRUE, .server = self->conf->file };

	return sink->ops->begin(sink, error) && sink->ops->commit(sink, &end, error);
}

static gboolean ldif_pull(Source *base, const char *cursor, Sink *sink, GError **error)
{
	Ldif *self = (Ldif *)base;
	Pull pull = { .source = self, .sink = sink };
	g_autofree char *peeked = cursor_peek(self, error);

	if (!peeked)
		return FALSE;
	if (g_strcmp0(peeked, cursor) == 0)
		return commit_nothing(self, sink, error);
	pull.reader = ldif_reader_open(self->conf->file, error);
	if (!pull.reader)
		return FALSE;
	gboolean ok = sink->ops->begin(sink, error) && take_all(&pull, error) &&
		      judge(&pull, error) && commit(&pull, peeked, error);
	if (!ok)
		sink->ops->abort(sink);
	pull_clear(&pull);
	return ok;
}

static gboolean ldif_test(Source *base, GPtrArray *findings, GError **error)
{
	Ldif *self = (Ldif *)base;
	Pull pull = { .source = self };

	pull.reader = ldif_reader_open(self->conf->file, error);
	if (!pull.reader)
		return FALSE;
	gboolean ok = take_all(&pull, error) && judge(&pull, error);
	if (ok)
		g_ptr_array_add(findings,
				g_strdup_printf("'%s' holds %" G_GUINT64_FORMAT " entries",
						self->conf->file, pull.entries));
	if (ok && pull.trouble)
		g_ptr_array_add(findings, g_strdup_printf("removals would not be believed: %s",
							  pull.trouble));
	pull_clear(&pull);
	return ok;
}

static gboolean ldif_validate(const void *conf, const char *name, GError **error)
{
	const LdifConf *self = conf;
	g_autofree char *top = self->base ? dn_normalize(self->base, strlen(self->base)) : NULL;

	if (!self->base || top)
		return TRUE;
	return error_set(error, ERROR_CONFIG, "source '%s': base '%s' is no DN", name, self->base);
}

static void take_attributes(Ldif *self, const char *const *attributes, const char *kinds)
{
	GString *list = g_string_new(NULL);

	self->wanted = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_hash_table_add(self->wanted, g_strdup("objectclass"));
	g_hash_table_add(self->wanted, g_strdup("member"));
	g_hash_table_add(self->wanted, g_strdup("uniquemember"));
	for (; attributes && *attributes; attributes++) {
		if (ldap_attributes_is_secret(*attributes))
			continue;
		g_hash_table_add(self->wanted, g_ascii_strdown(*attributes, -1));
		g_string_append_printf(list, "%s,", *attributes);
	}
	self->settings = digest_strings(list->str, self->top ? self->top : "", kinds ? kinds : "",
					NULL);
	g_string_free(list, TRUE);
}

static Source *ldif_open(const SourceSetup *setup, GError **error)
{
	const LdifConf *conf = setup->conf;
	Ldif *self = g_new0(Ldif, 1);

	self->base.ops = &source_ldif;
	self->name = setup->name;
	self->conf = conf;
	self->top = conf->base ? dn_normalize(conf->base, strlen(conf->base)) : NULL;
	self->coverage = self->top ? g_strdup_printf("base '%s'", self->top)
				   : g_strdup("the whole file");
	take_attributes(self, setup->attributes, setup->kinds);
	return &self->base;
}

static void ldif_close(Source *base)
{
	Ldif *self = (Ldif *)base;

	if (!self)
		return;
	g_free(self->top);
	g_free(self->settings);
	g_free(self->coverage);
	g_hash_table_unref(self->wanted);
	g_free(self);
}

const SourceOps source_ldif = {
	.name = "ldif",
	.options = ldif_options,
	.conf_size = sizeof(LdifConf),
	.validate = ldif_validate,
	.open = ldif_open,
	.test = ldif_test,
	.pull = ldif_pull,
	.close = ldif_close,
};
