/*
 * Entries in memory and in the store.
 *
 * An entry is made, read a few times and freed as a whole, twenty thousand times in a fraction of a
 * second. So it owns its bytes in one block that usually suffices, with more blocks behind it for a
 * photo or a large group; nothing in it is freed or moved before entry_free(), which is what lets
 * entry_values() promise pointers that stay. Attributes are an array in order of name: with forty
 * names at most, a binary search beats any hash table, and the order is the one of entry_encode().
 *
 *	Entry | anchor\0 | dn\0 | names, values, arrays ...     ->  block  ->  block
 *
 * (base/arena.h is not used: it keeps memory for the next object, while many entries live at once
 * here, each wanting only as much as it needs.)
 *
 * Stored form, version 1, all numbers as varints (7 bits a byte, low first, shortest form only):
 *
 *	version  attributes  { name-length name  values { value-length value }* }*
 *
 *	01 01  04 6d61696c  01  05 6a40782e79                 mail: j@x.y
 *
 * entry_decode() accepts exactly what entry_encode() makes: names in order, lower case, no empty
 * lists, no second spelling of a number, nothing behind the end. What it accepts encodes to the
 * same bytes again, so a changed row is always a changed fact.
 *
 * Attribute options (RFC 4512 §2.5): ";binary" and all others are dropped and the values kept;
 * values of a language (";lang-de", RFC 3866) are skipped, because a German display name among the
 * plain ones would be sent or not depending on the order in which the server lists them.
 */
#include "core/entry.h"

#include <string.h>

#include "base/error.h"

#define FORMAT_VERSION 1
#define FIRST_BLOCK 1536
#define LARGEST_BLOCK 65536

typedef struct {
	const char *name; /* lower case, no options */
	EntryValue *values;
	guint count, room;
} Attribute;

typedef struct Block Block;
struct Block {
	Block *next;
};

struct Entry {
	const char *anchor, *dn;
	Attribute *attributes; /* in order of name */
	guint count, room;
	guint recent; /* index of the attribute added to last: its values come in a row */
	EntryMember *members;
	guint members_count, members_room;
	gboolean delta, changes; /* only the news; only what changed in the members */
	Block *blocks;           /* beyond the first, which follows this struct */
	gsize block_size;
	char *next, *end; /* what is left of the block in use */
};

typedef struct {
	const guint8 *at, *end;
} Reader;

static char *block_add(Entry *self, gsize size)
{
	Block *block = g_malloc(sizeof *block + size);

	block->next = self->blocks;
	self->blocks = block;
	return (char *)(block + 1);
}

static void *take(Entry *self, gsize size, gsize alignment)
{
	gsize gap = -(guintptr)self->next & (alignment - 1);
	char *bytes;

	if (gap + size > (gsize)(self->end - self->next)) {
		if (size > self->block_size / 2)
			return block_add(self, size);
		self->next = block_add(self, self->block_size);
		self->end = self->next + self->block_size;
		self->block_size = MIN(2 * self->block_size, LARGEST_BLOCK);
		gap = 0;
	}
	bytes = self->next + gap;
	self->next = bytes + size;
	return bytes;
}

static char *take_copy(Entry *self, const void *data, gsize length)
{
	char *copy = take(self, length + 1, 1);

	if (length > 0)
		memcpy(copy, data, length);
	copy[length] = '\0';
	return copy;
}

/* The old array stays where it is: whoever holds it may go on reading it. */
static void *take_grown(Entry *self, const void *old, gsize used, gsize wanted)
{
	void *grown = take(self, wanted, sizeof(void *));

	if (used > 0)
		memcpy(grown, old, used);
	return grown;
}

static Entry *entry_new_sized(const char *anchor, const char *dn, gsize size)
{
	Entry *self = g_malloc(sizeof *self + size);

	*self = (Entry){ .block_size = FIRST_BLOCK, .next = (char *)(self + 1) };
	self->end = self->next + size;
	self->anchor = take_copy(self, anchor, strlen(anchor));
	self->dn = take_copy(self, dn, strlen(dn));
	return self;
}

Entry *entry_new(const char *anchor, const char *dn)
{
	return entry_new_sized(anchor, dn, FIRST_BLOCK);
}

void entry_free(Entry *self)
{
	if (self == NULL)
		return;
	for (Block *block = self->blocks, *next; block != NULL; block = next) {
		next = block->next;
		g_free(block);
	}
	g_free(self);
}

const char *entry_anchor(const Entry *self)
{
	return self->anchor;
}

const char *entry_dn(const Entry *self)
{
	return self->dn;
}

static gboolean has_language(const char *options)
{
	for (; *options == ';'; options += 1 + strcspn(options + 1, ";"))
		if (g_ascii_strncasecmp(options, ";lang-", 6) == 0)
			return TRUE;
	return FALSE;
}

/* A function of GLib's own is a call for every character. */
static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* Like strcmp(stored, name), where 'name' is in any case. */
static int compare_name(const char *stored, const char *name, gsize length)
{
	for (gsize i = 0; i < length; i++) {
		int difference = (guchar)stored[i] - (guchar)lower(name[i]);

		if (difference != 0)
			return difference;
	}
	return (guchar)stored[length];
}

/* The place of a name in the order; TRUE if it is there already. */
static gboolean locate(const Entry *self, const char *name, gsize length, guint *place)
{
	guint low = 0, high = self->count;

	while (low < high) {
		guint middle = (low + high) / 2;
		int order = compare_name(self->attributes[middle].name, name, length);

		if (order == 0) {
			*place = middle;
			return TRUE;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*place = low;
	return FALSE;
}

static void attribute_insert(Entry *self, guint place, const char *name, gsize length)
{
	char *copy = take_copy(self, name, length);
	Attribute *attribute;

	for (gsize i = 0; i < length; i++)
		copy[i] = lower(copy[i]);
	if (self->count == self->room) {
		self->room = self->room > 0 ? 2 * self->room : 16;
		self->attributes = take_grown(self, self->attributes,
					      self->count * sizeof *self->attributes,
					      self->room * sizeof *self->attributes);
	}
	attribute = &self->attributes[place];
	memmove(attribute + 1, attribute, (self->count - place) * sizeof *attribute);
	*attribute = (Attribute){ .name = copy };
	self->count++;
}

static void values_reserve(Entry *self, Attribute *attribute, guint room)
{
	attribute->values = take_grown(self, attribute->values,
				       attribute->count * sizeof *attribute->values,
				       (gsize)room * sizeof *attribute->values);
	attribute->room = room;
}

static void values_append(Entry *self, Attribute *attribute, const void *data, gsize length)
{
	if (attribute->count == attribute->room)
		values_reserve(self, attribute,
			       attribute->room == 0 ? 1 : MAX(4, 2 * attribute->room));
	attribute->values[attribute->count++] = (EntryValue){ .data = take_copy(self, data, length),
							      .length = length };
}

void entry_add(Entry *self, const char *name, const void *data, gsize length)
{
	gsize name_length = strcspn(name, ";");

	if (name_length == 0 || has_language(name + name_length))
		return;
	if (self->recent >= self->count ||
	    compare_name(self->attributes[self->recent].name, name, name_length) != 0) {
		if (!locate(self, name, name_length, &self->recent))
			attribute_insert(self, self->recent, name, name_length);
	}
	values_append(self, &self->attributes[self->recent], data, length);
}

static void members_append(Entry *self, const EntryMember *member)
{
	if (self->members_count == self->members_room) {
		self->members_room = self->members_room == 0 ? 4 : 2 * self->members_room;
		self->members = take_grown(self, self->members,
					   self->members_count * sizeof *self->members,
					   self->members_room * sizeof *self->members);
	}
	self->members[self->members_count++] = *member;
}

void entry_add_member(Entry *self, const char *dn, gsize length)
{
	members_append(self, &(EntryMember){ .dn = take_copy(self, dn, length), .length = length });
}

void entry_add_member_by_anchor(Entry *self, const char *anchor, const char *dn, gsize length,
				gboolean left)
{
	members_append(self, &(EntryMember){
				     .anchor = take_copy(self, anchor, strlen(anchor)),
				     .dn = take_copy(self, dn, length),
				     .length = length,
				     .left = left,
			     });
}

Entry *entry_new_delta(const char *anchor, const char *dn)
{
	Entry *self = entry_new(anchor, dn);

	self->delta = self->changes = TRUE;
	return self;
}

void entry_clear(Entry *self, const char *name)
{
	gsize length = strcspn(name, ";");
	guint place;

	if (length > 0 && !locate(self, name, length, &place)) {
		attribute_insert(self, place, name, length);
		self->recent = place;
	}
}

gboolean entry_is_delta(const Entry *self)
{
	return self->delta;
}

static void merge_attribute(Entry *into, const Attribute *attribute)
{
	for (guint i = 0; i < attribute->count; i++)
		entry_add(into, attribute->name, attribute->values[i].data,
			  attribute->values[i].length);
}

Entry *entry_merge(const Entry *known, const Entry *delta)
{
	Entry *self = entry_new(delta->anchor, delta->dn);
	guint place;

	for (guint i = 0; i < known->count; i++) {
		const char *name = known->attributes[i].name;

		if (!locate(delta, name, strlen(name), &place))
			merge_attribute(self, &known->attributes[i]);
	}
	for (guint i = 0; i < delta->count; i++)
		merge_attribute(self, &delta->attributes[i]);
	for (guint i = 0; i < delta->members_count; i++) {
		const EntryMember *member = &delta->members[i];

		if (member->anchor)
			entry_add_member_by_anchor(self, member->anchor, member->dn, member->length,
						   member->left);
		else
			entry_add_member(self, member->dn, member->length);
	}
	self->changes = TRUE;
	return self;
}

void entry_expect_member_changes(Entry *self)
{
	self->changes = TRUE;
}

gboolean entry_members_are_changes(const Entry *self)
{
	return self->changes;
}

const EntryValue *entry_values(const Entry *self, const char *name, guint *count)
{
	gsize length = strcspn(name, ";");
	guint place;

	if (has_language(name + length) || !locate(self, name, length, &place)) {
		*count = 0;
		return NULL;
	}
	*count = self->attributes[place].count;
	return self->attributes[place].values;
}

const char *entry_text(const Entry *self, const char *name)
{
	guint count;
	const EntryValue *values = entry_values(self, name, &count);

	return count > 0 ? values[0].data : NULL;
}

gboolean entry_has(const Entry *self, const char *name, const char *text)
{
	gsize length = strlen(text);
	guint count;
	const EntryValue *values = entry_values(self, name, &count);

	for (guint i = 0; i < count; i++)
		if (values[i].length == length &&
		    g_ascii_strncasecmp(values[i].data, text, length) == 0)
			return TRUE;
	return FALSE;
}

const EntryMember *entry_members(const Entry *self, guint *count)
{
	*count = self->members_count;
	return self->members;
}

void entry_foreach(const Entry *self, EntryAttributeFn fn, void *data)
{
	for (guint i = 0; i < self->count; i++)
		fn(self->attributes[i].name, self->attributes[i].values, self->attributes[i].count,
		   data);
}

static gsize varint_size(guint64 number)
{
	gsize size = 1;

	for (; number >= 128; number >>= 7)
		size++;
	return size;
}

static guint8 *varint_write(guint8 *out, guint64 number)
{
	for (; number >= 128; number >>= 7)
		*out++ = (guint8)(number | 128);
	*out++ = (guint8)number;
	return out;
}

static guint8 *bytes_write(guint8 *out, const char *data, gsize length)
{
	out = varint_write(out, length);
	memcpy(out, data, length);
	return out + length;
}

static gsize bytes_size(gsize length)
{
	return varint_size(length) + length;
}

static gsize encoded_size(const Entry *self)
{
	gsize size = 1 + varint_size(self->count);

	for (guint i = 0; i < self->count; i++) {
		const Attribute *attribute = &self->attributes[i];

		size += bytes_size(strlen(attribute->name)) + varint_size(attribute->count);
		for (guint j = 0; j < attribute->count; j++)
			size += bytes_size(attribute->values[j].length);
	}
	return size;
}

GBytes *entry_encode(const Entry *self)
{
	gsize size = encoded_size(self);
	guint8 *bytes = g_malloc(size), *out = bytes;

	*out++ = FORMAT_VERSION;
	out = varint_write(out, self->count);
	for (guint i = 0; i < self->count; i++) {
		const Attribute *attribute = &self->attributes[i];

		out = bytes_write(out, attribute->name, strlen(attribute->name));
		out = varint_write(out, attribute->count);
		for (guint j = 0; j < attribute->count; j++)
			out = bytes_write(out, attribute->values[j].data,
					  attribute->values[j].length);
	}
	g_assert(out == bytes + size);
	return g_bytes_new_take(bytes, size);
}

/*
 * A number that counts bytes or things of at least a byte: more of them than bytes left is a lie,
 * and refusing it here keeps every later allocation within the size of the input.
 */
static gboolean read_count(Reader *reader, gsize *count)
{
	guint64 number = 0;
	guint8 byte;
	guint shift = 0;

	do {
		if (reader->at == reader->end || shift > 56)
			return FALSE;
		byte = *reader->at++;
		number |= (guint64)(byte & 127) << shift;
		shift += 7;
	} while (byte & 128);
	if ((byte == 0 && shift > 7) || number > (gsize)(reader->end - reader->at))
		return FALSE;
	*count = number;
	return TRUE;
}

static gboolean read_bytes(Reader *reader, const char **data, gsize *length)
{
	if (!read_count(reader, length))
		return FALSE;
	*data = (const char *)reader->at;
	reader->at += *length;
	return TRUE;
}

static gboolean is_stored_name(const char *name, gsize length)
{
	for (gsize i = 0; i < length; i++)
		if (name[i] == '\0' || name[i] == ';' || g_ascii_isupper(name[i]))
			return FALSE;
	return length > 0;
}

static gboolean read_attribute(Entry *self, Reader *reader)
{
	const char *data;
	gsize length, count;
	Attribute *attribute;

	if (!read_bytes(reader, &data, &length) || !is_stored_name(data, length))
		return FALSE;
	if (self->count > 0 &&
	    compare_name(self->attributes[self->count - 1].name, data, length) >= 0)
		return FALSE;
	if (!read_count(reader, &count) || count == 0 || count > G_MAXUINT)
		return FALSE;
	attribute_insert(self, self->count, data, length);
	attribute = &self->attributes[self->count - 1];
	values_reserve(self, attribute, (guint)count);
	while (count-- > 0) {
		if (!read_bytes(reader, &data, &length))
			return FALSE;
		values_append(self, attribute, data, length);
	}
	return TRUE;
}

static gboolean read_attributes(Entry *self, Reader *reader)
{
	gsize count;

	if (reader->at == reader->end || *reader->at++ != FORMAT_VERSION ||
	    !read_count(reader, &count))
		return FALSE;
	while (count-- > 0)
		if (!read_attribute(self, reader))
			return FALSE;
	return reader->at == reader->end;
}

Entry *entry_decode(const char *anchor, const char *dn, const void *data, gsize length,
		    GError **error)
{
	/* Bytes come out as long as they are stored; the rest is for the arrays. */
	gsize size = strlen(anchor) + strlen(dn) + 2 * MIN(length, LARGEST_BLOCK) + FIRST_BLOCK / 2;
	g_autoptr(Entry) self = entry_new_sized(anchor, dn, size);
	const guint8 *bytes = data; /* NULL of none */
	Reader reader = { .at = bytes, .end = length > 0 ? bytes + length : bytes };

	if (read_attributes(self, &reader))
		return g_steal_pointer(&self);
	error_set(error, ERROR_FATAL,
		  "cannot read the stored entry '%s' (%s): byte %" G_GSIZE_FORMAT
		  " of %" G_GSIZE_FORMAT " is not what was written",
		  dn, anchor, (gsize)(reader.at - (const guint8 *)data), length);
	return NULL;
}

const char *entry_kind_name(EntryKind kind)
{
	switch (kind) {
	case ENTRY_USER:
		return "user";
	case ENTRY_GROUP:
		return "group";
	case ENTRY_CONTAINER:
		return "container";
	case ENTRY_OTHER:
		break;
	}
	return "other";
}
