/*
 * What the stages of a run share: the run itself and the app they work on.
 *
 *	pull.c -> assign.c -> plan.c -> match.c -> hold.c -> exec.c -> settle.c -> leftover.c
 *
 * round.c calls them in this order; nothing else does.
 */
#pragma once
#include "base/error.h"
#include "run/config.h"
#include "run/result.h"
#include "state/account.h"
#include "state/plan.h"
#include "state/state.h"
#include "target/target.h"

typedef struct {
	const Config *config;
	State *state;
	gint64 id;         /* of the run in the history */
	gint64 now_us;     /* one moment for all decisions until the sources are pulled again */
	gint64 pulling_us; /* when that began, monotonic */
	Result *result;
} Run;

/* In what way an app failed as a whole; see quarantine.c. */
typedef enum {
	TROUBLE_NONE,
	TROUBLE_DOWN,
	TROUBLE_REFUSING,
	TROUBLE_FAILING,
	TROUBLE_AWAY,
} Trouble;

/* One app within a run. */
typedef struct {
	Run *run;
	const AppConfig *config;
	AppRow row;
	Target *target;       /* NULL until opened */
	gint64 only;          /* entry to plan for; 0: all */
	GHashTable *noted;    /* what was noted once in this run (char *); NULL: nothing yet */
	GHashTable *freed;    /* names (char *) that somebody waited for and got; NULL: none */
	gboolean woken;       /* on the way somebody became work who refers to another's account */
	gboolean looks_again; /* planning itself made somebody work, for the next round */
	AppResult *result;
	gboolean blind;        /* the plan was made before the target was open */
	gboolean lost_members; /* matching parked somebody whom a plan made a member of groups */

	/* quarantine.c */
	gboolean by_hand;     /* named on the command line */
	gboolean rests;       /* only leavers are sent */
	gboolean was_down;    /* it rests because it could not be reached, or refused us */
	gboolean tried;       /* it was spoken to in this run, or that failed */
	gboolean answers;     /* it gave a usable answer */
	guint in_vain;        /* calls in a row without one */
	char *hopeless;       /* after too many of them: the sentence; or NULL */
	gint64 away_until_us; /* it wants to be left alone until then; 0: it did not say */
	Trouble trouble;

	/* round.c */
	gboolean leavers_only; /* plan_make() plans disables alone, and its plan is only a part */
	gboolean leaver_waits; /* one of them has an open request: that must be settled first */
	gboolean overtakes; /* the plan has removals of people with an open request: overtake.c */
	guint rounds;
	gboolean seen;        /* it had a slice in this run, and what is to be noted of it was */
	guint window;         /* requests worth having under way and in the queue; see exec.c */
	gint64 plan;          /* sent in part, to be gone on with; 0: none */
	gboolean stale;       /* the directory has changed since it was made */
	gboolean again;       /* what was sent of it wants another round */
	gint64 slice_ends_us; /* monotonic; then nothing new but disables; 0: not yet known */
	gboolean cut;         /* it was over before everything was sent */
} AppRun;

/* ---- pull.c ---- */

/* Pulls one source into the view. FALSE only if the state failed; all else is in the result. */
gboolean pull_source(Run *run, const SourceConfig *source, GError **error);

/*
 * ERROR_CONFIG if the state has people of a source that the config does not name: nobody would look
 * after them, and a source that was only renamed would lose them all.
 */
gboolean pull_check_sources(const Config *config, State *state, GError **error);

/* ---- assign.c ---- */

/* Looks at every touched user: stores standings with reasons, notes work. */
gboolean assign_touched(Run *run, GError **error);

/* ---- plan.c ---- */

/* Makes the plan of an app from its work. *plan 0: nothing to do. */
gboolean plan_make(AppRun *app, gint64 *plan, GError **error);

/* Ends a plan that has no op (any more); *plan is then 0. */
gboolean plan_drop_empty(AppRun *app, gint64 *plan, GError **error);

/* ---- park.c ---- */

typedef struct {
	ErrorKind kind;
	const char *why;
	const char *digest; /* of the op that failed; NULL: planning failed, nothing was sent */
	gint64 asked_us;    /* pause that the service asked for, or 0 */
	ParkClass klass;
} Parking;

/* Puts an object aside with the reason, and with a pause if an op of it failed. */
gboolean park_entry(AppRun *app, gint64 entry, const Parking *parking, GError **error);

/* The same, after all ops that the plan has for the object were forgotten. */
gboolean park_instead(AppRun *app, gint64 plan, gint64 entry, const Parking *parking,
		      GError **error);

/*
 * Puts aside whose open op nobody can tell the fate of now. What was said of a later op of it, or
 * of this one, stays.
 */
gboolean park_open(AppRun *app, const Op *op, const char *why, GError **error);

/* The same of a create that only a human can look for; in the reports until somebody has. */
gboolean park_for_human(AppRun *app, const Op *op, GError **error);

/* Forgets the ops that the plan has for an entry. */
gboolean park_forget_ops(AppRun *app, gint64 plan, gint64 entry, GError **error);

/*
 * Takes a planned op away again if the same op failed before and its pause is not over:
 * *resting TRUE. Its object stays parked.
 */
gboolean park_forget_resting(AppRun *app, const Op *op, gboolean *resting, GError **error);

/* ---- refer.c ---- */

/* link_put() and link_remove(); whoever refers to the account becomes work if its id is another. */
gboolean refer_put_link(AppRun *app, const Link *link, GError **error);
gboolean refer_remove_link(AppRun *app, gint64 entry, GError **error);

/*
 * Whether the values that refer to others are, in what was just sent, what they would be now. If
 * not, the person is to stay in the work, and app->woken is set.
 */
gboolean refer_is_complete(AppRun *app, const Op *op, gboolean *complete, GError **error);

/* ---- connect.c ---- */

/* A note in the app's result, said once a run for each 'key'. */
void note_once(AppRun *app, const char *key, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* ---- echo.c ---- */

/*
 * Compares what was sent with the account as the service shows it afterwards ('shown' may be NULL),
 * keeps the differences in the link, and notes those that are news.
 */
void echo_note(AppRun *app, const Op *op, const json_t *shown, Link *link);

/* What the services kept otherwise counts as not sent: it is tried again, once for each account. */
gboolean echo_forget(State *state, gint64 app, GError **error);

/*
 * The same where nothing was sent: what was to change ('changes') is in the shadow what the service
 * shows.
 */
void echo_instead(const AppConfig *config, const json_t *changes, const json_t *shown,
		  json_t *shadow);

/* ---- able.c ---- */

/* FALSE: accounts stay as they were made or found. The target must be open. */
gboolean able_takes_updates(const AppRun *app);

/* Leaves out of the plan what the open target cannot take, and says so. */
gboolean able_trim_plan(AppRun *app, gint64 plan, GError **error);

/* Parks whose account would have to be made where that cannot be done; after matching. */
gboolean able_trim_creates(AppRun *app, gint64 plan, GError **error);

/* ---- protect.c ---- */

/*
 * The rule that protects an account by its id (NULL: it has none yet) or our flat resource of it;
 * NULL: none.
 */
const ProtectRule *protect_known(const AppConfig *config, const char *id, const json_t *resource);

/* The same by the target's own document. */
const ProtectRule *protect_found(const AppConfig *config, const char *id, const json_t *document);

/* TRUE if a rule asks for more than the id. */
gboolean protect_needs_account(const AppConfig *config);

/* "an account whose 'userName' is 'admin' is protected". New string. */
char *protect_words(const ProtectRule *rule);

/* Why somebody gets no account: it would be protected. New string. */
char *protect_words_for_new(const ProtectRule *rule);

/* ---- choose.c ---- */

/*
 * Settles which of several values each planned account gets: one that nobody has, neither at the
 * target nor by what we gave. Who finds all of them taken is parked. Without an open target only
 * our own are looked at.
 */
gboolean choose_values(AppRun *app, gint64 plan, GError **error);

/* ---- claim.c ---- */

/*
 * An account's name changed from 'before' to 'after' (NULL: it has none any more). *wanted TRUE if
 * somebody claims the former name; then that person is planned for again.
 */
gboolean claim_release(AppRun *app, gint64 entry, const json_t *before, const json_t *after,
		       gboolean *wanted, GError **error);

/* Whether a name was set free in this run for who claims it. TRUE once for each time. */
gboolean claim_was_freed(AppRun *app, const char *name);

/* ---- match.c ---- */

/*
 * Asks the target which of the planned creates have an account already, and makes those ops
 * adoptions. An object whose match is not certain is parked.
 */
gboolean match_existing(AppRun *app, gint64 plan, GError **error);

/* ---- hold.c ---- */

/*
 * If the guard refuses the plan although some of its ops are approved, takes the others out, so
 * that what was approved goes. *rest TRUE: the others want a plan of their own, to be held.
 */
gboolean hold_spare_approved(AppRun *app, gint64 plan, gboolean *rest, GError **error);

/*
 * The same of a plan that waits because it is the first: who has an account from us and is to be
 * disabled does not wait for that. *spared FALSE if there is nobody, or the removals are too many.
 */
gboolean hold_spare_leavers(AppRun *app, gint64 plan, gboolean *spared, GError **error);

/* How many it would spare. */
gboolean hold_count_leavers(AppRun *app, gint64 plan, guint64 *leavers, GError **error);

/* Whether the guard lets these removals pass, whether or not the app was released. */
gboolean hold_allows(AppRun *app, gint64 plan, gboolean *allowed, GError **error);

/*
 * Lets the guard look at the plan. *held TRUE: it waits for a human; *plan becomes the one that
 * waits already, if that says the same.
 */
gboolean hold_if_dangerous(AppRun *app, gint64 *plan, gboolean *held, GError **error);

/* ---- exec.c ---- */

/*
 * Carries the plan out. *again TRUE: something was learnt that wants a new plan. app->cut TRUE: the
 * slice was over first, and the plan is to be gone on with.
 */
gboolean exec_plan(AppRun *app, gint64 plan, gboolean *again, GError **error);

/* What a target is asked to do for an op of this kind. */
TargetVerb exec_verb(OpKind kind);

/* ---- settle.c ---- */

/*
 * Settles what a crash or a lost answer left open, by asking the target. What cannot be asked now
 * stays open. Returns FALSE only if the state failed.
 */
gboolean settle_open(AppRun *app, GError **error);

/* A create without outcome that the target refused because there is a like object. */
gboolean settle_was_refused(const Op *op);

/* ---- linger.c ---- */

/* What is kept as the status of a create that the target may still be at: a 2xx. */
int linger_status(int status);

/* Whether a create that is not found may yet show: too young to be called not done. */
gboolean linger_holds(const Op *op);

/* Says of a create that was found done that more may belong to it, where that is so. */
void linger_note_steps(AppRun *app, const Op *op);

/* Its person waits; the op stays open. */
gboolean linger_park(AppRun *app, const Op *op, GError **error);

/* ---- refused.c ---- */

/*
 * Whether an update was answered by a conflict although nothing of what it is about has changed:
 * 'document' is the account as the target holds it. 'link' may be NULL.
 */
gboolean refused_in_vain(const Op *op, const Link *link, const json_t *document);

/* Such an update: was it the second time, and would it be so again? */
gboolean refused_for_good(AppRun *app, const Op *op, gboolean *is, GError **error);

/* ---- leftover.c ---- */

/* After the last round: parks whoever is still not in step, with what was said last. */
gboolean leftover_park(AppRun *app, GError **error);
