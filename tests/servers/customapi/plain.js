/*
 * An application with the simplest API there is: POST, PUT and DELETE of a user, the verdict in
 * "status", the id in "data.id", everything answered 200. It speaks JSON, form and XML, and answers
 * in what it is asked in. Its ids have slashes, quotes, blanks and letters of other languages.
 *
 *     POST /plain/users; PUT, DELETE /plain/users/ID; PUT /plain/users/ID/password | state
 *     GET /plain/users ?offset&limit       {status, total, data: [users]}; XML: data.user
 *     GET /plain/users/ID
 *     POST /plain/jobs                     makes a user, later: {data: {job}}
 *     GET /plain/jobs/JOB                  {data: {state: "waiting"|"done"|"failed", id, why}}
 *     POST /plain/login, POST /plain/session     {name, word} -> {ticket}; {ticket} -> {session:
 *                                          {key, ends}}, seconds since 1970: another key
 *
 * The key stands in the header X-Api-Key. Settings: patience (2): so many times a job is waiting; page (100); numbers (false): ids are numbers;
 * codes (false): the verdict is 1 or 0, a text in every second answer.
 */
"use strict";
const bodies = require("./bodies.js");
const tokens = require("./tokens.js");

const settings = { page: 100, numbers: false, codes: false, patience: 2 };
const key = "plain-key-x5";

const fresh = () => ({ users: [], jobs: {}, tokens: [], next: 1, answers: 0 });

function answer({ state, settings: { codes }, request }, fine, more) {
  const type = request.type ?? request.headers.accept;
  const number = ++state.answers % 2 ? Number(fine) : String(Number(fine));
  const status = codes ? number : fine ? "success" : "error";
  return bodies.dress(type, { status: 200, body: { status, ...more } });
}

const failure = (context, message) => answer(context, false, { message });

const guarded = (handler) => (context) => {
  const shown = context.request.headers["x-api-key"];
  return shown === key || tokens.good(context.state, `Key ${shown}`, "Key")
    ? handler(context)
    : { status: 401, body: { status: "error", message: "the key is wrong" } };
};

const withUser = (handler) =>
  guarded((context) => {
    const user = context.state.users.find(({ id }) => String(id) === context.ids[1]);
    return user ? handler(context, user) : failure(context, "no such user");
  });

function add(state, user, id) {
  const record = { active: true, ...user, id: id ?? `${state.next++}/a b"c'é&<d>?#%` };
  state.users.push(record);
  return record;
}

const same = (a, b) => String(a ?? "").toLowerCase() === String(b ?? "").toLowerCase();

/* XML has a root, the others have not. */
const sent = ({ tree }) => tree?.user ?? tree ?? {};

function create(context) {
  const { state, settings: mine, request } = context;
  const user = sent(request);
  if (!user.email) return failure(context, "an email is needed");
  if (state.users.some((one) => same(one.email, user.email)))
    return failure(context, "the email is taken");
  const { id } = add(state, user, mine.numbers ? state.next++ : undefined);
  return answer(context, true, { data: { id } });
}

function update(context, user) {
  const { id } = user;
  for (const name of Object.keys(user)) if (name !== "active") delete user[name];
  Object.assign(user, sent(context.request), { id });
  return answer(context, true, { data: { id } });
}

function remove(context, user) {
  const { state } = context;
  state.users = state.users.filter((one) => one !== user);
  return answer(context, true);
}

function putPassword(context, user) {
  user.password = sent(context.request).password;
  return answer(context, true);
}

function putState(context, user) {
  user.active = ["on", "true"].includes(String(sent(context.request).state));
  return answer(context, true);
}

/* ---- jobs, sessions ---- */

function begin(context) {
  const { state, request } = context;
  const job = `j/${state.next++}`;
  state.jobs[job] = { user: sent(request), asked: 0 };
  return answer(context, true, { data: { job } });
}

function finish(state, job) {
  const taken = state.users.some((one) => same(one.email, job.user.email));
  job.result = taken
    ? { state: "failed", why: "the email is taken" }
    : { state: "done", id: add(state, job.user).id };
}

function ask(context) {
  const { state, settings: mine, ids } = context;
  const job = state.jobs[ids[1]];
  if (!job) return failure(context, "no such job");
  if (++job.asked > mine.patience && !job.result) finish(state, job);
  return answer(context, true, { data: job.result ?? { state: "waiting" } });
}

function login({ request }) {
  const { name, word } = request.tree ?? {};
  if (name !== "bridge" || word !== "plain-word-x7")
    return { status: 403, body: { status: "error", message: "wrong name or word" } };
  return { status: 200, body: { ticket: "ticket-x8" } };
}

function session({ state, request }) {
  if (request.tree?.ticket !== "ticket-x8") return { status: 403, body: { status: "error" } };
  const ends = Math.floor(Date.now() / 1000) + 3600;
  return { status: 200, body: { session: { key: tokens.make(state, 3600), ends } } };
}

/* ---- for those who watch ---- */

const shown = ({ password, ...user }) => user;

function list(context) {
  const { state, settings: mine, request } = context;
  const from = Number(request.query.get("offset") ?? 0);
  const size = Math.min(Number(request.query.get("limit") ?? mine.page), mine.page);
  const rows = state.users.slice(from, from + size).map(shown);
  const xml = bodies.kind(request.headers.accept) === "xml";
  return answer(context, true, { total: state.users.length, data: xml ? { user: rows } : rows });
}

const accounts = (state) =>
  state.users.map((user) => ({
    id: String(user.id),
    userName: user.email,
    active: user.active,
    values: user,
  }));

function about(state, { method, parts, tree }) {
  if (parts[0] === "login" || parts[0] === "session") return { kind: "token" };
  const user = state.users.find(({ id }) => String(id) === parts[1]);
  const value = sent({ tree }).state;
  const active = parts[2] === "state" ? ["on", "true"].includes(String(value)) : undefined;
  return {
    kind: "account",
    id: parts[1],
    login: user?.email ?? sent({ tree }).email,
    active: method === "POST" ? true : active,
    deletes: method === "DELETE",
  };
}

module.exports = {
  settings,
  fresh,
  nowhere: () => ({ status: 404, body: { status: "error", message: "no such address" } }),
  accounts,
  groups: () => [],
  seed: { user: (state, user) => add(state, user) },
  about,
  lie: (body, { variant }) => (variant === "endless" ? { ...body, total: 999999 } : body),
  routes: [
    ["GET", "users", guarded(list)],
    ["POST", "users", guarded(create)],
    ["GET", "users/:", withUser((context, user) => answer(context, true, { data: shown(user) }))],
    ["PUT", "users/:", withUser(update)],
    ["DELETE", "users/:", withUser(remove)],
    ["PUT", "users/:/password", withUser(putPassword)],
    ["PUT", "users/:/state", withUser(putState)],
    ["POST", "jobs", guarded(begin)],
    ["GET", "jobs/:", guarded(ask)],
    ["POST", "login", login],
    ["POST", "session", session],
  ],
};
