/*
 * Wire: what an op needs when it is sent beyond what the journal holds of it.
 */
#pragma once
#include "rules_internal.h"
#include "run_internal.h"

typedef struct {
	AppRun *app;
	Rules *rules; /* made when the first secret is needed */
	Arena *arena;
} Wire;

typedef struct {
	char *anchor;     /* of a create: the externalId */
	json_t *resource; /* with secrets in clear; NULL: the op's own */
	json_t *changes;  /* likewise */
} WireForm;

/* Frees what it holds; the app is the caller's. */
void wire_clear(Wire *self);

/* Wipes secrets as far as that is possible, and frees. */
void wire_form_clear(WireForm *form);

/*
 * Fills 'form' for an op. ERROR_OBJECT and ERROR_RETRY: this op cannot be sent now; everything else
 * is a failure of the state.
 */
gboolean wire_form(Wire *self, const Op *op, WireForm *form, GError **error);
