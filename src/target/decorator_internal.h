/*
 * What decorators share: everything they do not change goes to the target beneath.
 */
#pragma once
#include "target/target.h"

/*
 * Base of a decorator's own struct. Its ops are its own copy, so that names and paths shine
 * through.
 */
typedef struct {
	Target base;
	TargetOps ops;
	Target *beneath;
	GQueue held; /* TargetRequest that the decorator answers itself, in its next step */
} Decorator;

/* The answer to a request that was held back. */
typedef void (*DecoratorAnswerFn)(Decorator *self, TargetRequest *request, TargetAnswer *answer);

/* Steps the target beneath, and says of itself what that one says now. */
guint decorator_step(Decorator *self, guint timeout_ms, TargetDoneFn done, void *data);

/* Stands over 'beneath' and passes everything on; slots may then be replaced in self->ops. */
void decorator_init(Decorator *self, Target *beneath);

/* Closes the target beneath and drops what is held; the struct itself is the decorator's. */
void decorator_clear(Decorator *self);

/* Answers what is held; TRUE if there was something, and the step beneath should not wait. */
gboolean decorator_answer_held(Decorator *self, DecoratorAnswerFn answer, TargetDoneFn done,
			       void *data);
