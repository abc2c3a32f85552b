/*
 * dryrun: a target that cannot be changed. Reads go through, writes are answered here.
 */
#include "decorator_internal.h"
#include "target/decorators.h"

static void dryrun_submit(Target *base, TargetRequest *request)
{
	Decorator *self = (Decorator *)base;

	if (target_verb_writes(request->verb))
		g_queue_push_tail(&self->held, request);
	else
		self->beneath->ops->submit(self->beneath, request);
}

static void refuse(Decorator *self, TargetRequest *request, TargetAnswer *answer)
{
	answer->outcome = TARGET_REJECTED;
	answer->detail = "dry run";
}

static guint dryrun_step(Target *base, guint timeout_ms, TargetDoneFn done, void *data)
{
	Decorator *self = (Decorator *)base;
	gboolean answered = decorator_answer_held(self, refuse, done, data);
	guint left = decorator_step(self, answered ? 0 : timeout_ms, done, data);

	return left + self->held.length;
}

static void dryrun_close(Target *base)
{
	if (!base)
		return;
	decorator_clear((Decorator *)base);
	g_free(base);
}

Target *target_dryrun(Target *beneath)
{
	Decorator *self = g_new0(Decorator, 1);

	decorator_init(self, beneath);
	self->ops.submit = dryrun_submit;
	self->ops.step = dryrun_step;
	self->ops.close = dryrun_close;
	return &self->base;
}
