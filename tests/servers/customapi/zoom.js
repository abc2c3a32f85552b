/*
 * Zoom's REST API, from its documents: states change by calls of their own, a new e-mail address
 * too (PATCH takes one and does nothing with it), the list shows active users unless it is asked
 * for others, thirty members at most are added in a call.
 *
 *     POST /zoom/oauth/token            Basic; grant_type=account_credentials&account_id=ACC
 *     GET, POST /zoom/v2/users          ?status=active|inactive|pending&page_size&next_page_token
 *     GET, PATCH, DELETE /zoom/v2/users/ID-OR-EMAIL      ?action=disassociate|delete
 *     PUT /zoom/v2/users/ID/status | email | password
 *     GET, POST /zoom/v2/groups; GET, PATCH, DELETE /zoom/v2/groups/ID
 *     GET, POST /zoom/v2/groups/ID/members; DELETE /zoom/v2/groups/ID/members/ID
 *
 * Settings: page (30): users on a page where nothing is asked for, and at most; shy (true): whoever
 * was made by the action "create" is pending until they accept.
 */
"use strict";
const tokens = require("./tokens.js");

const settings = { page: 30, shy: true };
const basic = `Basic ${Buffer.from("zoom-client:zoom-secret-x3").toString("base64")}`;
const account = "ACC";
const most = 30;

const fresh = () => ({ users: [], groups: [], removed: [], next: 1, tokens: [] });

const done = { status: 204 };
const error = (status, code, message) => ({ status, body: { code, message } });
const noUser = (id) => error(404, 1001, `User does not exist: ${id}.`);
const noGroup = () => error(404, 4130, "A group with this ID does not exist.");
const bad = (message) => error(400, 300, `Validation Failed. ${message}`);
const nowhere = () => error(404, 404, "There is no such address.");

function token({ state, request }) {
  const { grant_type: grant, account_id: id } = request.tree ?? {};
  if (request.credentials !== basic)
    return { status: 401, body: { reason: "Invalid client_id or client_secret", error: "x" } };
  if (grant !== "account_credentials" || id !== account)
    return { status: 400, body: { reason: "unsupported grant type", error: "x" } };
  const access_token = tokens.make(state, 3600);
  return { status: 200, body: { access_token, token_type: "bearer", expires_in: 3600 } };
}

const guarded = (handler) => (context) =>
  tokens.good(context.state, context.request.credentials)
    ? handler(context)
    : error(401, 124, "Invalid access token.");

const same = (a, b) => String(a).toLowerCase() === String(b).toLowerCase();
const userOf = (state, id) =>
  state.users.find((user) => user.id === id || same(user.email, id));
const groupOf = (state, id) => state.groups.find((group) => group.id === id);

/* With a handler for one that is there. */
const withUser = (handler) =>
  guarded((context) => {
    const user = userOf(context.state, context.ids[2]);
    return user ? handler(context, user) : noUser(context.ids[2]);
  });

const withGroup = (handler) =>
  guarded((context) => {
    const group = groupOf(context.state, context.ids[2]);
    return group ? handler(context, group) : noGroup();
  });

/* ---- users ---- */

function addUser(state, user) {
  const id = `zU_${String(state.next++).padStart(4, "0")}-q`;
  const record = { type: 1, status: "active", ...user, id };
  state.users.push(record);
  return record;
}

const shownUser = ({ password, ...user }) => user;

function create({ state, settings: { shy }, request }) {
  const { action, user_info: info } = request.tree ?? {};
  if (!["create", "autoCreate", "custCreate", "ssoCreate"].includes(action)) return bad("action");
  if (!info?.email || !info.type) return bad("user_info.email, user_info.type: needed");
  if (userOf(state, info.email))
    return error(409, 1005, `User already in the account: ${info.email}`);
  const status = shy && action === "create" ? "pending" : "active";
  const { id, email, first_name, last_name, type } = addUser(state, { ...info, status });
  return { status: 201, body: { id, email, first_name, last_name, type } };
}

/* A page of a list, by number or by token, which is how many came before. */
function page(rows, { page: largest }, query, name) {
  const size = Math.min(Number(query.get("page_size") ?? largest), largest, 300);
  const number = Number(query.get("page_number") ?? 1);
  const from = Number(query.get("next_page_token") || (number - 1) * size);
  const more = from + size < rows.length;
  return {
    status: 200,
    body: {
      page_size: size,
      page_number: number,
      total_records: rows.length,
      next_page_token: more ? String(from + size) : "",
      [name]: rows.slice(from, from + size),
    },
  };
}

function list({ state, settings: mine, request: { query } }) {
  const wanted = query.get("status") ?? "active";
  if (!["active", "inactive", "pending"].includes(wanted)) return bad("status");
  const rows = state.users.filter(({ status }) => status === wanted).map(shownUser);
  return page(rows, mine, query, "users");
}

const get = (_, user) => ({ status: 200, body: shownUser(user) });

function patch({ request }, user) {
  const { email, id, status, password, ...rest } = request.tree ?? {};
  for (const [name, value] of Object.entries(rest))
    if (value === null || value === "") delete user[name];
    else user[name] = value;
  return done;
}

function putStatus({ request }, user) {
  const status = { activate: "active", deactivate: "inactive" }[request.tree?.action];
  if (!status) return bad("action");
  user.status = status;
  return done;
}

function putEmail({ state, request }, user) {
  const { email } = request.tree ?? {};
  if (!email) return bad("email");
  const other = userOf(state, email);
  if (other && other !== user) return error(409, 1005, `User already in the account: ${email}`);
  user.email = email;
  return done;
}

function putPassword({ request }, user) {
  const { password } = request.tree ?? {};
  if (String(password ?? "").length < 8) return bad("password: 8 characters at least");
  user.password = password;
  return done;
}

function remove({ state, request }, user) {
  const action = request.query.get("action") ?? "disassociate";
  if (!["disassociate", "delete"].includes(action)) return bad("action");
  state.users = state.users.filter((one) => one !== user);
  state.removed.push({ ...user, action });
  for (const group of state.groups) group.members = group.members.filter((id) => id !== user.id);
  return done;
}

/* ---- groups ---- */

function addGroup(state, { name, members = [] }) {
  const group = { id: `zG-${state.next++}`, name, members };
  state.groups.push(group);
  return group;
}

const shownGroup = ({ id, name, members }) => ({ id, name, total_members: members.length });

function createGroup({ state, request }) {
  const { name } = request.tree ?? {};
  if (!name) return bad("name");
  if (state.groups.some((group) => same(group.name, name)))
    return error(409, 4132, `Group name: ${name} is already in use.`);
  return { status: 201, body: shownGroup(addGroup(state, { name })) };
}

const listGroups = ({ state }) => ({
  status: 200,
  body: { total_records: state.groups.length, groups: state.groups.map(shownGroup) },
});

function patchGroup({ request }, group) {
  group.name = request.tree?.name ?? group.name;
  return done;
}

function removeGroup({ state }, group) {
  state.groups = state.groups.filter((one) => one !== group);
  return done;
}

function listMembers({ state, settings: mine, request }, group) {
  const rows = group.members.map((id) => shownUser(userOf(state, id)));
  return page(rows, mine, request.query, "members");
}

function addMembers({ state, request }, group) {
  const members = request.tree?.members;
  if (!Array.isArray(members) || !members.length) return bad("members");
  if (members.length > most) return bad(`members: ${most} at most`);
  const users = members.map(({ id, email }) => userOf(state, id ?? email));
  if (users.includes(undefined)) return noUser("in members");
  group.members = [...new Set([...group.members, ...users.map(({ id }) => id)])];
  return { status: 201, body: { ids: users.map(({ id }) => id).join(",") } };
}

function removeMember({ ids }, group) {
  if (!group.members.includes(ids[4]))
    return error(404, 4131, "The member does not belong to this group.");
  group.members = group.members.filter((id) => id !== ids[4]);
  return done;
}

/* ---- for those who watch ---- */

const accounts = (state) =>
  state.users.map((user) => ({
    id: user.id,
    userName: user.email,
    active: user.status !== "inactive",
    values: user,
  }));

const groups = (state) =>
  state.groups.map(({ id, name, members }) => ({ id, displayName: name, members }));

function switched(method, part, tree) {
  if (part === "status") return tree?.action === "activate";
  return method === "POST" ? true : undefined;
}

function about(state, { method, parts, tree }) {
  const [, kind, id, part] = parts;
  if (parts[0] === "oauth") return { kind: "token" };
  if (kind === "groups") return { kind: "group", id };
  return {
    kind: "account",
    id,
    login: userOf(state, id)?.email ?? tree?.user_info?.email,
    active: switched(method, part, tree),
    deletes: method === "DELETE",
  };
}

/* endless: there is always one more page; again: and it is the first one. */
function lie(body, { variant }) {
  if (!body || !("next_page_token" in body)) return body;
  const lies = { endless: "999999", again: "0" };
  return { ...body, next_page_token: lies[variant] ?? body.next_page_token };
}

/*
 * settings   what POST /__settings can change
 * fresh      the state at the beginning: an object that JSON can hold
 * routes     [method, path behind the service's name, handler({state, settings, request, ids})]
 *            -> {status, headers, body}; ids are the segments of the path
 * nowhere    the handler for all else
 * accounts, groups, seed, about, lie      server.js
 */
module.exports = {
  settings,
  fresh,
  nowhere,
  accounts,
  groups,
  seed: { user: addUser, group: addGroup },
  about,
  lie,
  routes: [
    ["POST", "oauth/token", token],
    ["GET", "v2/users", guarded(list)],
    ["POST", "v2/users", guarded(create)],
    ["GET", "v2/users/:", withUser(get)],
    ["PATCH", "v2/users/:", withUser(patch)],
    ["DELETE", "v2/users/:", withUser(remove)],
    ["PUT", "v2/users/:/status", withUser(putStatus)],
    ["PUT", "v2/users/:/email", withUser(putEmail)],
    ["PUT", "v2/users/:/password", withUser(putPassword)],
    ["GET", "v2/groups", guarded(listGroups)],
    ["POST", "v2/groups", guarded(createGroup)],
    ["GET", "v2/groups/:", withGroup((_, group) => ({ status: 200, body: shownGroup(group) }))],
    ["PATCH", "v2/groups/:", withGroup(patchGroup)],
    ["DELETE", "v2/groups/:", withGroup(removeGroup)],
    ["GET", "v2/groups/:/members", withGroup(listMembers)],
    ["POST", "v2/groups/:/members", withGroup(addMembers)],
    ["DELETE", "v2/groups/:/members/:", withGroup(removeMember)],
  ],
};
