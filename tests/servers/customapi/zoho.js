/*
 * Zoho One, from its documents and from what clients of it write: everything is answered 200, and
 * "status_code" in the body is the verdict, a number in one answer and a text in the next; a user
 * is posted as the object "users", not as a list; a parameter in the address of the list is 500.
 * The id is a number when it is made and a text in the list.
 *
 *     POST /zoho/oauth/v2/token               grant_type=refresh_token, in the query or as a form
 *     GET, POST /zoho/api/v1/orgs/ORG/users
 *     PUT, DELETE /zoho/api/v1/orgs/ORG/users/ID     only with the setting "unconfirmed": that they
 *                                                    exist is said nowhere
 *
 * Settings: unconfirmed (false); tokens (10): so many tokens in ten minutes, the next one is
 * refused.
 */
"use strict";
const tokens = require("./tokens.js");

const settings = { unconfirmed: false, tokens: 10 };
const client = { client_id: "zoho-client", client_secret: "zoho-secret-x1" };
const refresh = "zoho-refresh-x2";
const org = "777";
const first = 60001000000;

const fresh = () => ({ users: [], next: 1, answers: 0, tokens: [] });

/* Text, number, text, ... */
function verdict(state, code, message, more = {}) {
  state.answers++;
  const status_code = state.answers % 2 ? String(code) : code;
  return { status: 200, body: { status_code, message, ...more } };
}

function token({ state, settings: { tokens: most }, request }) {
  const sent = { ...Object.fromEntries(request.query), ...request.tree };
  const right =
    sent.grant_type === "refresh_token" &&
    sent.refresh_token === refresh &&
    sent.client_id === client.client_id &&
    sent.client_secret === client.client_secret;
  if (!right) return { status: 200, body: { error: "invalid_client" } };
  if (tokens.made(state, 600) >= most)
    return {
      status: 400,
      body: {
        error: "Access Denied",
        error_description: "You have made too many requests continuously.",
        status: "failure",
      },
    };
  const body = { access_token: tokens.make(state, 3600), token_type: "Bearer", expires_in: 3600 };
  return { status: 200, body: { ...body, api_domain: `${request.origin}/zoho` } };
}

/* Wraps a handler: who has no token, or asks for another organisation, gets no further. */
const guarded = (handler) => (context) => {
  const { state, request, ids } = context;
  if (!tokens.good(state, request.credentials, "Zoho-oauthtoken"))
    return { status: 401, body: { status_code: "401", message: "INVALID_OAUTHTOKEN" } };
  if (ids[3] !== org) return verdict(state, 403, "no permission for this organization");
  return handler(context);
};

const confirmed = (handler) =>
  guarded((context) =>
    context.settings.unconfirmed ? handler(context) : nowhere(context),
  );

const nowhere = () => ({ status: 404, body: { message: "URL_RULE_NOT_CONFIGURED" } });

const same = (a, b) => String(a ?? "").toLowerCase() === String(b ?? "").toLowerCase();
const emailOf = (user) => (user.emails ?? [])[0]?.email_id;

function add(state, user) {
  const record = { ...user, zuid: first + state.next++, status: user.status ?? "active" };
  state.users.push(record);
  return record;
}

function create({ state, request }) {
  const user = request.tree?.users;
  if (!user || Array.isArray(user)) return verdict(state, 400, "users must be an object");
  if (!user.last_name || !emailOf(user)) return verdict(state, 400, "last_name, emails: needed");
  if (state.users.some((one) => same(emailOf(one), emailOf(user))))
    return verdict(state, 400, "User already exists in this organization");
  const { zuid } = add(state, user);
  return verdict(state, 201, "User added successfully", { users: { zuid } });
}

function list({ state, request }) {
  if ([...request.query].length)
    return { status: 500, body: { status_code: 500, message: "Internal Server Error" } };
  const users = state.users.map((user) => ({
    user_id: String(user.zuid),
    primary_email: emailOf(user),
    first_name: user.first_name,
    last_name: user.last_name,
    status: user.status,
  }));
  return verdict(state, 200, "success", { users });
}

function found({ state, ids }) {
  return state.users.find((user) => String(user.zuid) === ids[5]);
}

function update(context) {
  const { state, request } = context;
  const user = found(context);
  if (!user) return verdict(state, 404, "no such user");
  const { zuid } = user;
  Object.assign(user, request.tree?.users, { zuid });
  return verdict(state, 200, "User updated successfully", { users: { zuid } });
}

function remove(context) {
  const { state } = context;
  const user = found(context);
  if (!user) return verdict(state, 404, "no such user");
  state.users = state.users.filter((one) => one !== user);
  return verdict(state, 200, "User deleted successfully");
}

const accounts = (state) =>
  state.users.map((user) => ({
    id: String(user.zuid),
    userName: emailOf(user),
    active: user.status === "active",
    values: user,
  }));

function about(state, { method, parts, tree }) {
  if (parts[0] === "oauth") return { kind: "token" };
  const user = state.users.find((one) => String(one.zuid) === parts[5]);
  const status = tree?.users?.status;
  return {
    kind: "account",
    id: parts[5],
    login: user ? emailOf(user) : tree?.users && emailOf(tree.users),
    active: status === undefined ? (method === "POST" ? true : undefined) : status === "active",
    deletes: method === "DELETE",
  };
}

module.exports = {
  settings,
  fresh,
  nowhere,
  accounts,
  groups: () => [],
  seed: { user: add },
  about,
  lie: (body) => body,
  routes: [
    ["POST", "oauth/v2/token", token],
    ["GET", "api/v1/orgs/:/users", guarded(list)],
    ["POST", "api/v1/orgs/:/users", guarded(create)],
    ["PUT", "api/v1/orgs/:/users/:", confirmed(update)],
    ["DELETE", "api/v1/orgs/:/users/:", confirmed(remove)],
  ],
};
