/*
 * Schema: what the tables are, and how a store of an older program becomes one of this program.
 *
 * Each entry of 'migrations' brings the store one version up; all that are missing run in one
 * transaction, with the version number, so a crash leaves the old version or the new one. An entry
 * that was ever released is never changed again: the next change of the schema is a new entry.
 * A store of a newer program is refused: guessing what its rows mean could take access away.
 *
 * src/state/README.md describes every table and says why it looks as it does. What is SQLite's
 * own stays in this file: WITHOUT ROWID (rows clustered by their primary key), and ids that are
 * given by the store (INTEGER PRIMARY KEY; a bigint identity elsewhere), and triggers.
 *
 * The index from a node to the groups that name it (member_reverse) can be made last: putting two
 * million rows into it in random order costs more than the rest of a first pull, sorting them once
 * at the end costs next to nothing.
 */
#include "base/error.h"
#include "state_internal.h"

#define APPLICATION_ID 0x64627267 /* "dbrg" */

static const char first_version[] =
	/* The view. */
	"CREATE TABLE source (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, cursor TEXT,"
	" cursor_digest TEXT, server TEXT, pulled_at BIGINT NOT NULL DEFAULT 0,"
	" tried_at BIGINT NOT NULL DEFAULT 0, problem TEXT, users BIGINT NOT NULL DEFAULT 0,"
	" groups BIGINT NOT NULL DEFAULT 0, containers BIGINT NOT NULL DEFAULT 0,"
	" attributes TEXT, coverage TEXT);"
	"CREATE TABLE node (id INTEGER PRIMARY KEY, parent BIGINT NOT NULL, name TEXT NOT NULL,"
	" rdn TEXT, entry BIGINT, UNIQUE (parent, name));"
	"CREATE TABLE entry (id INTEGER PRIMARY KEY, source BIGINT NOT NULL, anchor TEXT NOT NULL,"
	" kind INTEGER NOT NULL, node BIGINT, gone_at BIGINT NOT NULL DEFAULT 0, last_dn TEXT,"
	" UNIQUE (source, anchor));"
	"CREATE TABLE fact (entry INTEGER PRIMARY KEY, data BLOB NOT NULL);"
	"CREATE TABLE member (grp BIGINT NOT NULL, node BIGINT NOT NULL, PRIMARY KEY (grp, node))"
	" WITHOUT ROWID;"
	"CREATE INDEX member_reverse ON member (node, grp);"
	"CREATE TABLE touched (entry INTEGER PRIMARY KEY);"
	/* Accounts. */
	"CREATE TABLE app (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, rules_digest TEXT,"
	" released INTEGER NOT NULL DEFAULT 0, target TEXT);"
	"CREATE TABLE assignment (app BIGINT NOT NULL, entry BIGINT NOT NULL,"
	" standing INTEGER NOT NULL, reason TEXT, since_us BIGINT NOT NULL,"
	" PRIMARY KEY (app, entry)) WITHOUT ROWID;"
	"CREATE INDEX assignment_standing ON assignment (app, standing);"
	"CREATE TABLE link (app BIGINT NOT NULL, entry BIGINT NOT NULL, target_id TEXT NOT NULL,"
	" state TEXT NOT NULL, adopted INTEGER NOT NULL, match_path TEXT, label TEXT, shadow TEXT,"
	" disabled_by_us INTEGER NOT NULL, disabled_at_us BIGINT NOT NULL,"
	" linked_at_us BIGINT NOT NULL, PRIMARY KEY (app, entry)) WITHOUT ROWID;"
	"CREATE INDEX link_target ON link (app, target_id, state);"
	"CREATE INDEX link_state ON link (app, state, disabled_by_us, disabled_at_us);"
	"CREATE TABLE matchkey (app BIGINT NOT NULL, entry BIGINT NOT NULL, value TEXT NOT NULL,"
	" PRIMARY KEY (app, entry)) WITHOUT ROWID;"
	"CREATE INDEX matchkey_value ON matchkey (app, value);"
	"CREATE TABLE work (app BIGINT NOT NULL, entry BIGINT NOT NULL, parked INTEGER NOT NULL,"
	" error TEXT, error_kind TEXT, digest TEXT, tries INTEGER NOT NULL DEFAULT 0,"
	" retry_at_us BIGINT NOT NULL DEFAULT 0, since_us BIGINT NOT NULL,"
	" PRIMARY KEY (app, entry)) WITHOUT ROWID;"
	"CREATE INDEX work_parked ON work (app, entry) WHERE parked = 1;"
	/* Plans. */
	"CREATE TABLE plan (id INTEGER PRIMARY KEY AUTOINCREMENT, app BIGINT NOT NULL,"
	" run BIGINT NOT NULL, status TEXT NOT NULL, why TEXT, created_us BIGINT NOT NULL,"
	" person BIGINT NOT NULL DEFAULT 0);"
	"CREATE INDEX plan_app ON plan (app, status);"
	"CREATE TABLE op (id INTEGER PRIMARY KEY AUTOINCREMENT, plan BIGINT NOT NULL,"
	" app BIGINT NOT NULL, entry BIGINT NOT NULL, needs BIGINT NOT NULL, kind TEXT NOT NULL,"
	" state TEXT NOT NULL, approved INTEGER NOT NULL, target_id TEXT, label TEXT,"
	" resource TEXT, changes TEXT, reason TEXT, match_path TEXT, digest TEXT NOT NULL,"
	" error TEXT, status INTEGER NOT NULL DEFAULT 0, changed_us BIGINT NOT NULL);"
	"CREATE INDEX op_plan ON op (plan, state, kind);"
	"CREATE INDEX op_entry ON op (entry);"
	"CREATE INDEX op_open ON op (app) WHERE state IN ('intent', 'unknown');"
	"CREATE INDEX op_needs ON op (needs) WHERE needs <> 0;"
	"CREATE INDEX op_removal ON op (app, changed_us)"
	" WHERE kind IN ('disable', 'delete') AND approved = 0;"
	"CREATE TABLE approval (op INTEGER PRIMARY KEY, plan BIGINT NOT NULL, app BIGINT NOT NULL,"
	" digest TEXT NOT NULL, used_by BIGINT NOT NULL DEFAULT 0);"
	"CREATE INDEX approval_digest ON approval (app, digest, used_by);"
	"CREATE INDEX approval_used ON approval (used_by);"
	/* History. */
	"CREATE TABLE run (id INTEGER PRIMARY KEY, command TEXT NOT NULL,"
	" started_us BIGINT NOT NULL, ended_us BIGINT NOT NULL DEFAULT 0,"
	" exit_code INTEGER NOT NULL DEFAULT 0, result TEXT);"
	"CREATE TABLE audit (id INTEGER PRIMARY KEY, run BIGINT, app BIGINT, entry BIGINT,"
	" at_us BIGINT NOT NULL, event TEXT NOT NULL, outcome TEXT, detail TEXT);"
	"CREATE INDEX audit_entry ON audit (entry);"
	"CREATE TRIGGER audit_update BEFORE UPDATE ON audit"
	" BEGIN SELECT RAISE(ABORT, 'the audit is only appended to'); END;"
	"CREATE TRIGGER audit_delete BEFORE DELETE ON audit"
	" BEGIN SELECT RAISE(ABORT, 'the audit is only appended to'); END;";

/*
 * Memberships may be by id or derived. Those that are known were by name; the keys that others are
 * derived from are made when an entry is put that differs from its facts. So all facts are taken
 * away, and everything is read once more; nothing is planned before that was complete, because no
 * source has an attribute that its entries were read with.
 */
static const char memberships_of_kinds[] =
	"DROP INDEX member_reverse;"
	"ALTER TABLE member RENAME TO member_by_name;"
	"CREATE TABLE member (grp BIGINT NOT NULL, how INTEGER NOT NULL, node BIGINT NOT NULL,"
	" PRIMARY KEY (grp, how, node)) WITHOUT ROWID;"
	"INSERT INTO member (grp, how, node) SELECT grp, 0, node FROM member_by_name;"
	"DROP TABLE member_by_name;"
	"CREATE INDEX member_reverse ON member (node, grp, how);"
	"CREATE TABLE claim (source BIGINT NOT NULL, key TEXT NOT NULL, entry BIGINT NOT NULL,"
	" PRIMARY KEY (source, key, entry)) WITHOUT ROWID;"
	"CREATE TABLE offer (source BIGINT NOT NULL, key TEXT NOT NULL, grp BIGINT NOT NULL,"
	" PRIMARY KEY (source, key, grp)) WITHOUT ROWID;"
	"CREATE TABLE due (entry INTEGER PRIMARY KEY, at_us BIGINT NOT NULL);"
	"CREATE INDEX due_at ON due (at_us);"
	"UPDATE fact SET data = X'0100';"
	"UPDATE source SET cursor = NULL, cursor_digest = NULL, attributes = ''"
	" WHERE attributes IS NOT NULL;";

/*
 * Groups are pushed as groups, values refer to other accounts, names are chosen, and what is drawn
 * by chance hangs on a key (key.c makes it). Nothing of it is
 * known of what is there already; the next plan works it out.
 *
 * An index of a table without rowids has the columns of the primary key behind its own. To put the
 * app in front would be in vain: SQLite then takes the primary key and walks through all of the
 * app.
 */
static const char groups_and_references[] =
	"CREATE TABLE pushed (app BIGINT NOT NULL, grp BIGINT NOT NULL, wanted INTEGER NOT NULL,"
	" rule TEXT NOT NULL, named TEXT, name TEXT, name_key TEXT, target_id TEXT, label TEXT,"
	" adopted INTEGER NOT NULL, match_path TEXT, told TEXT, linked_at_us BIGINT NOT NULL,"
	" read_at_us BIGINT NOT NULL, portion INTEGER NOT NULL DEFAULT 0,"
	" PRIMARY KEY (app, grp)) WITHOUT ROWID;"
	"CREATE INDEX pushed_name ON pushed (name_key);"
	"CREATE INDEX pushed_target ON pushed (app, target_id);"
	"CREATE TABLE membership (app BIGINT NOT NULL, grp BIGINT NOT NULL, entry BIGINT NOT NULL,"
	" wanted INTEGER NOT NULL, there INTEGER NOT NULL, todo INTEGER,"
	" PRIMARY KEY (app, grp, entry))"
	" WITHOUT ROWID;"
	"CREATE INDEX membership_entry ON membership (entry);"
	"CREATE INDEX membership_todo ON membership (app, todo, grp, entry)"
	" WHERE todo IS NOT NULL;"
	"CREATE TABLE stranger (app BIGINT NOT NULL, grp BIGINT NOT NULL, target_id TEXT NOT NULL,"
	" PRIMARY KEY (app, grp, target_id)) WITHOUT ROWID;"
	"ALTER TABLE app ADD COLUMN nests INTEGER NOT NULL DEFAULT 2;"
	"ALTER TABLE op ADD COLUMN members BIGINT NOT NULL DEFAULT 0;"
	"DROP INDEX op_removal;"
	"CREATE INDEX op_removal ON op (app, changed_us) WHERE kind IN ('disable', 'delete',"
	" 'remove_members', 'delete_group') AND approved = 0;"
	"CREATE INDEX op_group ON op (plan, entry) WHERE kind IN ('remove_members',"
	" 'adopt_group', 'create_group', 'rename_group', 'add_members', 'delete_group');"
	"CREATE TABLE reference (app BIGINT NOT NULL, entry BIGINT NOT NULL, path TEXT NOT NULL,"
	" name TEXT NOT NULL, referred BIGINT NOT NULL, PRIMARY KEY (app, entry, path))"
	" WITHOUT ROWID;"
	"CREATE INDEX reference_referred ON reference (app, referred, entry);"
	"CREATE INDEX reference_dangling ON reference (name) WHERE referred = 0;"
	"CREATE TABLE choice (app BIGINT NOT NULL, path TEXT NOT NULL, value TEXT NOT NULL,"
	" entry BIGINT NOT NULL, PRIMARY KEY (app, path, value)) WITHOUT ROWID;"
	"CREATE INDEX choice_entry ON choice (app, entry);"
	"ALTER TABLE link ADD COLUMN echo TEXT;"
	"CREATE TABLE chance (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL);";

/*
 * An app can rest after failures, and its driver keeps what it learnt of the service. Why somebody
 * is parked is known by class for who is parked from now on. Two indexes say in other words what
 * is in them (plan_internal.h).
 */
static const char rests_and_memories[] =
	"ALTER TABLE app ADD COLUMN memory TEXT;"
	"ALTER TABLE app ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE app ADD COLUMN failing_since_us BIGINT NOT NULL DEFAULT 0;"
	"ALTER TABLE app ADD COLUMN rests_until_us BIGINT NOT NULL DEFAULT 0;"
	"ALTER TABLE app ADD COLUMN trouble TEXT;"
	"ALTER TABLE app ADD COLUMN trouble_kind TEXT;"
	"ALTER TABLE app ADD COLUMN tried_with TEXT;"
	"ALTER TABLE work ADD COLUMN class TEXT;"
	"DROP INDEX op_removal;"
	"CREATE INDEX op_removal ON op (app, changed_us) WHERE (kind = 'disable'"
	" OR kind = 'delete' OR kind = 'remove_members' OR kind = 'delete_group') AND approved = 0;"
	"DROP INDEX op_group;"
	"CREATE INDEX op_group ON op (plan, entry) WHERE (kind = 'remove_members'"
	" OR kind = 'adopt_group' OR kind = 'create_group' OR kind = 'rename_group'"
	" OR kind = 'add_members' OR kind = 'delete_group');";

static const char *const migrations[] = { first_version, memberships_of_kinds,
					  groups_and_references, rests_and_memories };

static gboolean read_pragma(State *state, const char *sql, gint64 *value, GError **error)
{
	g_auto(Query) query = query_new(state, sql);

	return query_value(&query, value, error);
}

static gboolean migrate(State *state, gint64 version, GError **error)
{
	if (!state_begin(state, error))
		return FALSE;
	for (gsize i = (gsize)version; i < G_N_ELEMENTS(migrations); i++) {
		if (!sql_script(state, migrations[i], error)) {
			state_rollback(state);
			return FALSE;
		}
	}
	g_autofree char *numbers =
		g_strdup_printf("PRAGMA application_id=%d; PRAGMA user_version=%d;", APPLICATION_ID,
				(int)G_N_ELEMENTS(migrations));
	if (!sql_script(state, numbers, error)) {
		state_rollback(state);
		return FALSE;
	}
	return state_commit(state, error);
}

static gboolean fail_newer(State *state, gint64 version, GError **error)
{
	g_autofree char *back = state_way_back(state->path);

	return error_set(error, ERROR_FATAL,
			 "the state '%s' was written by a newer dirbridge (schema %" G_GINT64_FORMAT
			 ", this program knows %d)\n"
			 "run the newer program; or %s",
			 state->path, version, (int)G_N_ELEMENTS(migrations), back);
}

static gboolean fail_foreign(State *state, GError **error)
{
	return error_set(error, ERROR_FATAL,
			 "the state '%s' is a database of another program\n"
			 "correct 'state' in the config; nothing was changed in the file",
			 state->path);
}

gboolean schema_prepare(State *state, GError **error)
{
	gint64 id, version, tables;

	if (!read_pragma(state, "PRAGMA application_id", &id, error) ||
	    !read_pragma(state, "PRAGMA user_version", &version, error) ||
	    !read_pragma(state, "SELECT count(*) FROM sqlite_master", &tables, error))
		return FALSE;
	if (tables > 0 && id != APPLICATION_ID)
		return fail_foreign(state, error);
	if (version < 0 || version > (gint64)G_N_ELEMENTS(migrations))
		return fail_newer(state, version, error);
	if (version == (gint64)G_N_ELEMENTS(migrations))
		return TRUE;
	if (state->mode == STATE_READ)
		return error_set(
			error, ERROR_FATAL,
			"the state '%s' is of an older dirbridge\n"
			"run 'dirbridge sync' or 'dirbridge plan' once; it brings it up to date",
			state->path);
	return migrate(state, version, error);
}

gboolean schema_drop_reverse(State *state, GError **error)
{
	return sql_script(state, "DROP INDEX member_reverse", error);
}

gboolean schema_make_reverse(State *state, GError **error)
{
	return sql_script(state, "CREATE INDEX member_reverse ON member (node, grp, how)", error);
}

gboolean schema_make_staging(State *state, GError **error)
{
	return sql_script(
		state,
		"CREATE TEMP TABLE IF NOT EXISTS staged_move (entry INTEGER PRIMARY KEY,"
		" depth INTEGER NOT NULL, dn TEXT NOT NULL);"
		"CREATE INDEX IF NOT EXISTS temp.staged_depth ON staged_move (depth, entry);"
		"CREATE TEMP TABLE IF NOT EXISTS staged_edge (id INTEGER PRIMARY KEY,"
		" grp BIGINT NOT NULL, dn TEXT NOT NULL);"
		"DELETE FROM staged_move; DELETE FROM staged_edge;",
		error);
}

gboolean schema_make_sightings(State *state, GError **error)
{
	return sql_script(
		state,
		"CREATE TEMP TABLE IF NOT EXISTS sighting (id INTEGER PRIMARY KEY,"
		" path TEXT NOT NULL, value TEXT NOT NULL, target_id TEXT NOT NULL);"
		"CREATE INDEX IF NOT EXISTS temp.sighting_value ON sighting (path, value);"
		"CREATE TEMP TABLE IF NOT EXISTS claimed (target_id TEXT PRIMARY KEY,"
		" entry BIGINT NOT NULL) WITHOUT ROWID;"
		"CREATE TEMP TABLE IF NOT EXISTS sighted (target_id TEXT PRIMARY KEY,"
		" document TEXT NOT NULL) WITHOUT ROWID;",
		error);
}
