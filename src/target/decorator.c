/*
 * What decorators share: a target that passes everything on to the one beneath.
 *
 * A decorator has a vtable of its own, copied from the target beneath, in which every slot leads
 * here. So the name, the options and the active path stay those of the driver, a slot that the
 * driver leaves NULL stays NULL, and a decorator replaces just the slots it is about.
 */
#include "decorator_internal.h"

static Target *beneath_of(Target *base)
{
	return ((Decorator *)base)->beneath;
}

/* A driver may learn while it works; who it is stays the decorator's. */
static void say_the_same(Decorator *self)
{
	self->base = *self->beneath;
	self->base.ops = &self->ops;
}

static gboolean pass_list(Target *base, TargetListFn fn, void *data, gboolean *complete, char **why,
			  GError **error)
{
	Target *beneath = beneath_of(base);
	gboolean ok = beneath->ops->list(beneath, fn, data, complete, why, error);

	say_the_same((Decorator *)base);
	return ok;
}

static gboolean pass_members(Target *base, const char *id, TargetMemberFn fn, void *data,
			     gboolean *complete, char **why, GError **error)
{
	Target *beneath = beneath_of(base);
	gboolean ok = beneath->ops->members(beneath, id, fn, data, complete, why, error);

	say_the_same((Decorator *)base);
	return ok;
}

static void pass_submit(Target *base, TargetRequest *request)
{
	Target *beneath = beneath_of(base);
	beneath->ops->submit(beneath, request);
}

guint decorator_step(Decorator *self, guint timeout_ms, TargetDoneFn done, void *data)
{
	guint left = self->beneath->ops->step(self->beneath, timeout_ms, done, data);

	say_the_same(self);
	return left;
}

static guint pass_step(Target *base, guint timeout_ms, TargetDoneFn done, void *data)
{
	return decorator_step((Decorator *)base, timeout_ms, done, data);
}

static const char *pass_meaning(Target *base, TargetVerb verb)
{
	Target *beneath = beneath_of(base);
	return beneath->ops->meaning(beneath, verb);
}

static void pass_findings(Target *base, GPtrArray *findings)
{
	Target *beneath = beneath_of(base);
	beneath->ops->findings(beneath, findings);
}

static json_t *pass_remember(Target *base)
{
	Target *beneath = beneath_of(base);
	return beneath->ops->remember(beneath);
}

static void pass_news(Target *base, GPtrArray *sentences)
{
	Target *beneath = beneath_of(base);
	beneath->ops->news(beneath, sentences);
}

static gboolean pass_probe(Target *base, const TargetProbe *how, GPtrArray *rows, GError **error)
{
	Target *beneath = beneath_of(base);
	return beneath->ops->probe(beneath, how, rows, error);
}

void decorator_init(Decorator *self, Target *beneath)
{
	self->beneath = beneath;
	self->ops = *beneath->ops;
	self->ops.open = NULL;
	self->ops.submit = pass_submit;
	self->ops.step = pass_step;
	if (self->ops.list)
		self->ops.list = pass_list;
	if (self->ops.members)
		self->ops.members = pass_members;
	if (self->ops.meaning)
		self->ops.meaning = pass_meaning;
	if (self->ops.findings)
		self->ops.findings = pass_findings;
	if (self->ops.remember)
		self->ops.remember = pass_remember;
	if (self->ops.news)
		self->ops.news = pass_news;
	if (self->ops.probe)
		self->ops.probe = pass_probe;
	say_the_same(self);
}

void decorator_clear(Decorator *self)
{
	g_queue_clear(&self->held);
	self->beneath->ops->close(self->beneath);
}

gboolean decorator_answer_held(Decorator *self, DecoratorAnswerFn fn, TargetDoneFn done, void *data)
{
	guint n = self->held.length;

	/* Only those there are now: what a callback submits is for the next step. */
	for (guint i = 0; i < n; i++) {
		TargetRequest *request = g_queue_pop_head(&self->held);
		TargetAnswer answer = { 0 };
		fn(self, request, &answer);
		done(request, &answer, data);
	}
	return n > 0;
}
