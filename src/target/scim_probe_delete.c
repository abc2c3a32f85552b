/*
 * What a DELETE of an account does: it is gone, or only inactive; its name is free again, or not.
 *
 * This comes early. Where accounts cannot be removed the first one is the last that is made: the
 * rest is tried with it alone.
 */
#include <string.h>

#include "base/json.h"
#include "scim_probe_internal.h"

/* The account behind its DELETE: gone, or only inactive. */
static void look_at_deleted(ScimProbe *self, const ScimProbeAnswer *deleted)
{
	int status = 0;
	g_autofree char *words = scim_probe_words(deleted);
	g_autoptr(json_t) after = scim_probe_read(self, self->account, &status);
	gboolean fine = scim_probe_is_fine(deleted);

	self->account->gone = !after && (status == 404 || status == 410);
	self->accounts_stay = !self->account->gone;
	if (!fine)
		scim_probe_tell(self,
				&(ScimProbeRow){
					.what = "DELETE",
					.evidence = TARGET_TRIED,
					.setting = "quirks.delete",
					.value = self->account->gone ||
								 !scim_probe_is_refusal(deleted)
							 ? NULL
							 : "false" },
				"is refused: %s", words);
	else if (self->account->gone)
		scim_probe_tell(self,
				&(ScimProbeRow){ .what = "DELETE",
						 .evidence = TARGET_TRIED,
						 .setting = "quirks.delete",
						 .value = "true" },
				"removes the account (%d)", deleted->reply.status);
	else
		scim_probe_tell(self,
				&(ScimProbeRow){ .what = "DELETE",
						 .evidence = TARGET_TRIED,
						 .setting = "quirks.delete_means",
						 .value = after ? "\"only deactivates the account\""
								: NULL,
						 .odd = TRUE },
				"is answered %d, and the account is %s", deleted->reply.status,
				!after ? "neither shown nor gone"
				: json_is_false(json_get_nocase(after, "active"))
					? "still there, inactive"
					: "still there, active");
}

static gboolean send_delete(ScimProbe *self, ScimProbeAnswer *answer)
{
	g_autoptr(json_t) before = scim_probe_read(self, self->account, NULL);
	g_autofree char *path = scim_probe_path(self->account);

	if (!before)
		return FALSE;
	scim_probe_send(self, "DELETE", path, NULL, scim_probe_version_of(before), answer);
	return !answer->lost;
}

/* A number may be given again, to somebody else, as soon as it is free. */
static gboolean is_number(const char *id)
{
	return id[strspn(id, "0123456789")] == '\0';
}

static void delete_again(ScimProbe *self)
{
	g_auto(ScimProbeAnswer) answer = { 0 };
	g_autofree char *path = scim_probe_path(self->account);

	if (is_number(self->account->id))
		return;
	scim_probe_ask(self, "DELETE", path, NULL, NULL, &answer);
	scim_probe_tell(self,
			&(ScimProbeRow){ .what = "DELETE once more",
					 .evidence = TARGET_TRIED,
					 .odd = answer.reply.status != 404 &&
						answer.reply.status != 410 },
			"is answered %d", answer.reply.status);
}

/* Whether the name of somebody who was deleted is free again. NULL: it is not. */
static ScimProbeThing *make_anew(ScimProbe *self)
{
	g_autoptr(json_t) body = scim_probe_account_body(self);
	g_auto(ScimProbeAnswer) answer = { 0 };
	ScimProbeThing *again;

	json_object_set_new(body, "userName", json_string(self->account->name));
	again = scim_probe_make(self, FALSE, body, &answer);
	again = scim_probe_settle(self, again) ? again : NULL;
	g_autofree char *words = scim_probe_words(&answer);
	scim_probe_tell(self,
			&(ScimProbeRow){ .what = "an account of the same name after DELETE",
					 .evidence = TARGET_TRIED,
					 .odd = !again },
			again ? "can be made: %s" : "cannot be made: %s", words);
	return again;
}

void scim_probe_delete_account(ScimProbe *self)
{
	g_auto(ScimProbeAnswer) answer = { 0 };

	if (!self->account || !send_delete(self, &answer))
		return;
	look_at_deleted(self, &answer);
	if (!self->account->gone)
		return;
	delete_again(self);
	self->account = make_anew(self);
	if (!self->account)
		self->account = scim_probe_make_another(self, FALSE);
}
