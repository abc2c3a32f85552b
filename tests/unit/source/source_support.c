/*
 * The simplest sink that is right: everything in hash tables, DNs compared as normalised text.
 * Facts are text ("cn=Ann|>uid=bob,dc=ex|"), because a test that fails should show them.
 */
#include "source_support.h"

#include <string.h>

#include "base/error.h"
#include "core/dn.h"

static char *fold_dn(const char *dn)
{
	char *normal = dn_normalize(dn, strlen(dn));

	return normal ? normal : g_strdup(dn);
}

/* A NUL becomes "\\0", so that facts stay text. */
static void append_bytes(GString *text, const EntryValue *value)
{
	for (gsize i = 0; i < value->length; i++) {
		if (value->data[i])
			g_string_append_c(text, value->data[i]);
		else
			g_string_append(text, "\\0");
	}
}

static void append_attribute(const char *name, const EntryValue *values, guint count, void *data)
{
	GString *text = data;

	for (guint i = 0; i < count; i++) {
		g_string_append_printf(text, "%s=", name);
		append_bytes(text, &values[i]);
		g_string_append_c(text, '|');
	}
}

static char *describe(const Entry *entry)
{
	GString *text = g_string_new(NULL);
	guint count;
	const EntryMember *members;

	entry_foreach(entry, append_attribute, text);
	members = entry_members(entry, &count);
	for (guint i = 0; i < count; i++)
		g_string_append_printf(text, ">%s|", members[i].dn);
	return g_string_free(text, FALSE);
}

static void forget(MemorySink *self)
{
	g_hash_table_remove_all(self->puts);
	g_hash_table_remove_all(self->put_facts);
	g_hash_table_remove_all(self->presents);
	g_hash_table_remove_all(self->removes);
}

static gboolean memory_begin(Sink *sink, GError **error)
{
	MemorySink *self = (MemorySink *)sink;

	forget(self);
	g_ptr_array_set_size(self->notes, 0);
	self->put_count = self->present_count = self->remove_count = 0;
	self->begins++;
	return TRUE;
}

static SinkVerdict judge(MemorySink *self, const char *anchor, const char *dn, const char *facts)
{
	const char *known = g_hash_table_lookup(self->view, anchor);

	if (!known)
		return SINK_NEW;
	if (strcmp(known, dn) != 0)
		return SINK_RENAMED;
	return strcmp(facts, g_hash_table_lookup(self->facts, anchor)) == 0 ? SINK_SAME
									    : SINK_CHANGED;
}

static gboolean memory_put(Sink *sink, const Entry *entry, SinkVerdict *verdict, GError **error)
{
	MemorySink *self = (MemorySink *)sink;
	char *dn = fold_dn(entry_dn(entry)), *facts = describe(entry);

	if (++self->put_count == self->fail_put_at) {
		g_free(dn);
		g_free(facts);
		return error_set(error, ERROR_FATAL, "the sink is full");
	}
	if (verdict)
		*verdict = judge(self, entry_anchor(entry), dn, facts);
	g_hash_table_replace(self->puts, g_strdup(entry_anchor(entry)), dn);
	g_hash_table_replace(self->put_facts, g_strdup(entry_anchor(entry)), facts);
	return TRUE;
}

static gboolean memory_present(Sink *sink, const char *anchor, GError **error)
{
	MemorySink *self = (MemorySink *)sink;

	self->present_count++;
	g_hash_table_add(self->presents, g_strdup(anchor));
	return TRUE;
}

static gboolean memory_remove(Sink *sink, const char *anchor, GError **error)
{
	MemorySink *self = (MemorySink *)sink;

	self->remove_count++;
	g_hash_table_add(self->removes, g_strdup(anchor));
	return TRUE;
}

/* Who is a member of what, it does not keep. */
static gboolean memory_retract(Sink *sink, const char *anchor, gboolean left, GError **error)
{
	MemorySink *self = (MemorySink *)sink;

	(void)left;
	g_hash_table_remove(self->puts, anchor);
	g_hash_table_remove(self->put_facts, anchor);
	g_hash_table_remove(self->presents, anchor);
	return memory_remove(sink, anchor, error);
}

static gboolean memory_renew(Sink *sink, const char *anchor, GError **error)
{
	(void)sink, (void)anchor, (void)error;
	return TRUE;
}

static gboolean memory_absent(Sink *sink, guint limit, GPtrArray *entries, guint64 *count,
			      GError **error)
{
	MemorySink *self = (MemorySink *)sink;
	GHashTableIter iter;
	void *anchor, *dn;

	*count = 0;
	g_hash_table_iter_init(&iter, self->view);
	while (g_hash_table_iter_next(&iter, &anchor, &dn))
		if (!g_hash_table_contains(self->puts, anchor) &&
		    !g_hash_table_contains(self->presents, anchor) &&
		    !g_hash_table_contains(self->removes, anchor) && ++*count <= limit)
			g_ptr_array_add(entries, entry_new(anchor, dn));
	return TRUE;
}

static void memory_note(Sink *sink, const char *text)
{
	g_ptr_array_add(((MemorySink *)sink)->notes, g_strdup(text));
}

/* True if the DN stands beneath something that this pull removes. */
static gboolean falls_with_container(MemorySink *self, const char *dn)
{
	GHashTableIter iter;
	void *anchor;

	g_hash_table_iter_init(&iter, self->removes);
	while (g_hash_table_iter_next(&iter, &anchor, NULL)) {
		const char *container = g_hash_table_lookup(self->view, anchor);

		if (container && !g_hash_table_contains(self->puts, anchor) &&
		    dn_is_within(dn, container))
			return TRUE;
	}
	return FALSE;
}

static gboolean is_gone(MemorySink *self, const char *anchor, const char *dn, const PullEnd *end)
{
	if (!end->complete || g_hash_table_contains(self->puts, anchor))
		return FALSE;
	if (falls_with_container(self, dn))
		return TRUE;
	return end->absence_means_gone && !g_hash_table_contains(self->presents, anchor);
}

static void apply(MemorySink *self, const PullEnd *end)
{
	GHashTableIter iter;
	void *anchor, *value;
	g_autoptr(GPtrArray) gone = g_ptr_array_new_with_free_func(g_free);

	g_hash_table_iter_init(&iter, self->view);
	while (g_hash_table_iter_next(&iter, &anchor, &value))
		if (is_gone(self, anchor, value, end))
			g_ptr_array_add(gone, g_strdup(anchor));
	for (guint i = 0; i < gone->len; i++) {
		g_hash_table_remove(self->view, g_ptr_array_index(gone, i));
		g_hash_table_remove(self->facts, g_ptr_array_index(gone, i));
	}
	self->gone = gone->len;
	g_hash_table_iter_init(&iter, self->puts);
	while (g_hash_table_iter_next(&iter, &anchor, &value))
		g_hash_table_replace(self->view, g_strdup(anchor), g_strdup(value));
	g_hash_table_iter_init(&iter, self->put_facts);
	while (g_hash_table_iter_next(&iter, &anchor, &value))
		g_hash_table_replace(self->facts, g_strdup(anchor), g_strdup(value));
}

static gboolean memory_commit(Sink *sink, const PullEnd *end, GError **error)
{
	MemorySink *self = (MemorySink *)sink;

	PullEnd believed = *end;

	if (self->disbelieves && end->complete) {
		believed.absence_means_gone = FALSE;
		believed.cursor = end->doubted;
	}
	apply(self, &believed);
	forget(self);
	self->commits++;
	self->complete = end->complete;
	self->absence = end->absence_means_gone;
	self->whole = end->whole;
	g_free(self->coverage);
	self->coverage = g_strdup(end->coverage);
	g_free(self->reason);
	self->reason = g_strdup(end->reason);
	if (!believed.cursor)
		return TRUE;
	g_free(self->cursor);
	self->cursor = g_strdup(believed.cursor);
	return TRUE;
}

static void memory_abort(Sink *sink)
{
	MemorySink *self = (MemorySink *)sink;

	forget(self);
	self->aborts++;
}

static const SinkOps memory_ops = {
	.begin = memory_begin,
	.put = memory_put,
	.present = memory_present,
	.remove = memory_remove,
	.retract = memory_retract,
	.renew = memory_renew,
	.absent = memory_absent,
	.note = memory_note,
	.commit = memory_commit,
	.abort = memory_abort,
};

static GHashTable *table_new(void)
{
	return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

MemorySink *memory_sink_new(void)
{
	MemorySink *self = g_new0(MemorySink, 1);

	self->sink.ops = &memory_ops;
	self->view = table_new();
	self->facts = table_new();
	self->puts = table_new();
	self->put_facts = table_new();
	self->presents = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	self->removes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	self->notes = g_ptr_array_new_with_free_func(g_free);
	return self;
}

void memory_sink_free(MemorySink *self)
{
	if (!self)
		return;
	g_hash_table_unref(self->view);
	g_hash_table_unref(self->facts);
	g_hash_table_unref(self->puts);
	g_hash_table_unref(self->put_facts);
	g_hash_table_unref(self->presents);
	g_hash_table_unref(self->removes);
	g_ptr_array_unref(self->notes);
	g_free(self->cursor);
	g_free(self->reason);
	g_free(self->coverage);
	g_free(self);
}

const char *memory_sink_find(const MemorySink *self, const char *dn)
{
	g_autofree char *normal = fold_dn(dn);
	GHashTableIter iter;
	void *anchor, *value;

	g_hash_table_iter_init(&iter, self->view);
	while (g_hash_table_iter_next(&iter, &anchor, &value))
		if (strcmp(value, normal) == 0)
			return anchor;
	return NULL;
}

const char *memory_sink_facts(const MemorySink *self, const char *dn)
{
	const char *anchor = memory_sink_find(self, dn);

	return anchor ? g_hash_table_lookup(self->facts, anchor) : NULL;
}
