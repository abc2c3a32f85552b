/*
 * Resource: what an account should look like at a target, as a flat JSON object from target path
 * to value. The flat form is what mappings yield, what the shadow keeps, what is compared and what
 * people read; only a driver turns it into the nested document of its wire format.
 *
 *	{ "userName": "jane", "name.givenName": "Jane",
 *	  "emails[type eq \"work\"].value": "jane@x.org" }
 *
 * Changes: a JSON array of { "path", "old", "new" } in order of path; "old" is absent for a value
 * that was not there, "new" is absent for one to be removed; null is no value. The order has no
 * regard to case, and of two spellings of one path the removal comes first: applied in order at a
 * target that does not know case either, a new spelling in the config loses nothing.
 *
 * A list that is only added to has its new elements in "add" besides: a driver that can add to a
 * list sends them alone, and what others put there stays.
 */
#pragma once
#include <glib.h>
#include <jansson.h>

/* The smallest changes that make 'shadow' into 'wanted'. diff(x, x) is empty. New reference. */
json_t *resource_diff(const json_t *shadow, const json_t *wanted);

/* Gives the change of the list at 'path' its "add": this list is only added to. */
void resource_mark_added(json_t *changes, const char *path);

/* Applies changes to a copy of 'shadow': apply(shadow, diff(shadow, wanted)) equals wanted. */
json_t *resource_apply(const json_t *shadow, const json_t *changes);

/*
 * The nested document of a flat resource, in order of path. Paths that do not parse are skipped.
 * An only e-mail is marked primary unless the resource says something of it (RFC 7643 §2.4); which
 * of several is, only the administrator knows. New reference.
 */
json_t *resource_document(const json_t *resource);

/*
 * Reads from a target's document the values at the paths that 'like' has; what is not there is
 * left out. New flat resource.
 */
json_t *resource_project(const json_t *document, const json_t *like);

/*
 * True if a target's document really is the account that 'resource' describes, judged by the
 * value at 'path': externalId and id exactly, all else without regard to case (RFC 7643 §8.7.1
 * userName is caseExact false); numbers and booleans by their text. False if either side has no
 * value there, or an empty one: two accounts without an e-mail are not the same account.
 */
gboolean resource_matches(const json_t *resource, const json_t *document, const char *path);
