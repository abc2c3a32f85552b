/*
 * fault: misbehaves on purpose, by rules such as "create 3 lost": the third create is done, and
 * its answer is lost; "create 3+ lost" is about all from there on. Requests are counted per verb in
 * the order of submission, from 1.
 *
 * "lost" goes through and its answer is replaced on the way back; the others never get beneath.
 */
#include <string.h>

#include "base/error.h"
#include "decorator_internal.h"
#include "target/decorators.h"

typedef enum {
	FAULT_LOST,
	FAULT_CUT,
	FAULT_LATER,
	FAULT_REJECT,
	FAULT_DOWN,
	FAULT_TAKEN,
	FAULT_LINGERS,
	FAULT_NONE,
} FaultKind;

static const struct {
	const char *name;
	TargetOutcome outcome;
	const char *detail;
} faults[] = {
	[FAULT_LOST] = { "lost", TARGET_UNKNOWN, "fault: the answer was lost" },
	[FAULT_CUT] = { "cut", TARGET_UNKNOWN, "fault: the connection was cut" },
	[FAULT_LATER] = { "later", TARGET_LATER, "fault: come back later" },
	[FAULT_REJECT] = { "reject", TARGET_REJECTED, "fault: refused" },
	[FAULT_DOWN] = { "down", TARGET_DOWN, "fault: the target is down" },
	[FAULT_TAKEN] = { "taken", TARGET_EXISTS, "fault: the name is taken" },
	[FAULT_LINGERS] = { "lingers", TARGET_UNKNOWN, "fault: the target is still at it" },
};

typedef struct {
	TargetVerb verb;
	gint64 nth, last;
	FaultKind fault;
} FaultRule;

typedef struct {
	Decorator deco;
	GArray *rules;
	gint64 counts[TARGET_VERBS];
	GHashTable *lost;   /* TargetRequest whose answer will be lost */
	GHashTable *spoilt; /* TargetRequest held back, to its FaultKind */
} Fault;

typedef struct {
	Fault *fault;
	TargetDoneFn done;
	void *data;
} Delivery;

static FaultKind fault_for(Fault *self, TargetVerb verb)
{
	gint64 nth = ++self->counts[verb];

	for (guint i = 0; i < self->rules->len; i++) {
		const FaultRule *rule = &g_array_index(self->rules, FaultRule, i);
		if (rule->verb == verb && rule->nth <= nth && nth <= rule->last)
			return rule->fault;
	}
	return FAULT_NONE;
}

static void fault_submit(Target *base, TargetRequest *request)
{
	Fault *self = (Fault *)base;
	FaultKind kind = fault_for(self, request->verb);

	if (kind != FAULT_NONE && kind != FAULT_LOST) {
		g_hash_table_insert(self->spoilt, request, GINT_TO_POINTER(kind));
		g_queue_push_tail(&self->deco.held, request);
		return;
	}
	if (kind == FAULT_LOST)
		g_hash_table_add(self->lost, request);
	self->deco.beneath->ops->submit(self->deco.beneath, request);
}

static void spoil(TargetAnswer *answer, FaultKind kind)
{
	answer->outcome = faults[kind].outcome;
	answer->detail = faults[kind].detail;
	answer->lingers = kind == FAULT_LINGERS;
}

static void answer_spoilt(Decorator *deco, TargetRequest *request, TargetAnswer *answer)
{
	Fault *self = (Fault *)deco;

	spoil(answer, (FaultKind)GPOINTER_TO_INT(g_hash_table_lookup(self->spoilt, request)));
	g_hash_table_remove(self->spoilt, request);
}

static void fault_answer(TargetRequest *request, const TargetAnswer *answer, void *delivery)
{
	const Delivery *to = delivery;
	TargetAnswer lost = { .calls = answer->calls, .retries = answer->retries };

	if (!g_hash_table_remove(to->fault->lost, request)) {
		to->done(request, answer, to->data);
		return;
	}
	spoil(&lost, FAULT_LOST);
	to->done(request, &lost, to->data);
}

static guint fault_step(Target *base, guint timeout_ms, TargetDoneFn done, void *data)
{
	Fault *self = (Fault *)base;
	Delivery to = { .fault = self, .done = done, .data = data };
	gboolean answered = decorator_answer_held(&self->deco, answer_spoilt, done, data);
	guint left = decorator_step(&self->deco, answered ? 0 : timeout_ms, fault_answer, &to);

	return left + self->deco.held.length;
}

static void fault_close(Target *base)
{
	Fault *self = (Fault *)base;

	if (!self)
		return;
	decorator_clear(&self->deco);
	g_hash_table_unref(self->lost);
	g_hash_table_unref(self->spoilt);
	g_array_unref(self->rules);
	g_free(self);
}

static gboolean parse_verb(const char *name, TargetVerb *verb)
{
	for (guint i = 0; i < TARGET_VERBS; i++) {
		if (g_str_equal(target_verb_name((TargetVerb)i), name)) {
			*verb = (TargetVerb)i;
			return TRUE;
		}
	}
	return FALSE;
}

static gboolean parse_fault(const char *name, FaultKind *fault)
{
	for (guint i = 0; i < G_N_ELEMENTS(faults); i++) {
		if (g_str_equal(faults[i].name, name)) {
			*fault = (FaultKind)i;
			return TRUE;
		}
	}
	return FALSE;
}

static gboolean parse_rule(const char *text, FaultRule *rule)
{
	g_auto(GStrv) words = g_strsplit(text, " ", -1);
	gboolean onwards = words[0] && words[1] && g_str_has_suffix(words[1], "+");
	gint64 nth;

	if (onwards)
		words[1][strlen(words[1]) - 1] = '\0';
	if (g_strv_length(words) != 3 || !parse_verb(words[0], &rule->verb) ||
	    !g_ascii_string_to_signed(words[1], 10, 1, G_MAXINT64, &nth, NULL) ||
	    !parse_fault(words[2], &rule->fault))
		return FALSE;
	rule->nth = nth;
	rule->last = onwards ? G_MAXINT64 : nth;
	return TRUE;
}

static GArray *parse_rules(const GPtrArray *texts, GError **error)
{
	g_autoptr(GArray) rules = g_array_new(FALSE, FALSE, sizeof(FaultRule));

	for (guint i = 0; i < texts->len; i++) {
		FaultRule rule;
		if (!parse_rule(texts->pdata[i], &rule)) {
			error_set(error, ERROR_CONFIG,
				  "'%s' is no fault rule\nwrite \"<verb> <nth> <fault>\", such as "
				  "\"create 2 lost\", or 2+ for all from the second on; faults are "
				  "lost, cut, later, reject, down, taken, lingers",
				  (const char *)texts->pdata[i]);
			return NULL;
		}
		g_array_append_val(rules, rule);
	}
	return g_steal_pointer(&rules);
}

Target *target_fault(Target *beneath, const GPtrArray *rules, GError **error)
{
	GArray *parsed = parse_rules(rules, error);

	if (!parsed)
		return NULL;
	Fault *self = g_new0(Fault, 1);
	decorator_init(&self->deco, beneath);
	self->deco.ops.submit = fault_submit;
	self->deco.ops.step = fault_step;
	self->deco.ops.close = fault_close;
	self->rules = parsed;
	self->lost = g_hash_table_new(NULL, NULL);
	self->spoilt = g_hash_table_new(NULL, NULL);
	return &self->deco.base;
}
