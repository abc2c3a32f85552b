/*
 * Microsoft Graph, from its documents: five properties are needed for a user, a second one with the
 * same name is 400 and not 409, pages go on at an address in the body, only some properties are
 * shown unless $select names more, a quotation mark in a filter is doubled. A member is added by
 * reference (400 if it is one already), or twenty at once, all or none.
 *
 *     POST /graph/TENANT/oauth2/v2.0/token     client_credentials, client in the body
 *     GET, POST /graph/v1.0/users; GET, PATCH, DELETE /graph/v1.0/users/ID-OR-NAME
 *     GET, POST /graph/v1.0/groups; GET, PATCH, DELETE /graph/v1.0/groups/ID
 *     GET /graph/v1.0/groups/ID/members; POST .../members/$ref; DELETE .../members/ID/$ref
 *
 * Settings: page (100): objects on a page, at most.
 */
"use strict";
const tokens = require("./tokens.js");

const settings = { page: 100 };
const client = { client_id: "graph-client", client_secret: "graph-secret-x4" };
const tenant = "tenant-1";
const bindable = 20;
const usual = [
  ..."businessPhones displayName givenName jobTitle mail mobilePhone".split(" "),
  ..."officeLocation preferredLanguage surname userPrincipalName id".split(" "),
];
const writable = new Set([
  ...usual.filter((name) => name !== "id"),
  ..."accountEnabled mailNickname passwordProfile department employeeId usageLocation".split(" "),
  ..."onPremisesImmutableId companyName city country state streetAddress postalCode".split(" "),
]);

const fresh = () => ({ users: [], groups: [], bin: [], next: 1, tokens: [] });

const done = { status: 204 };
const error = (status, code, message) => ({
  status,
  body: { error: { code, message, innerError: { "request-id": "0", "client-request-id": "0" } } },
});
const bad = (message) => error(400, "Request_BadRequest", message);
const missing = (id) =>
  error(
    404,
    "Request_ResourceNotFound",
    `Resource '${id}' does not exist or one of its queried reference-property objects are ` +
      "not present.",
  );
const nowhere = () => error(400, "BadRequest", "Resource not found for the segment.");

function token({ state, request, ids }) {
  const sent = request.tree ?? {};
  const right =
    ids[0] === tenant &&
    sent.grant_type === "client_credentials" &&
    sent.client_id === client.client_id &&
    sent.client_secret === client.client_secret &&
    sent.scope === "https://graph.microsoft.com/.default";
  if (!right) return { status: 401, body: { error: "invalid_client", error_codes: [7000215] } };
  const access_token = tokens.make(state, 3599);
  return { status: 200, body: { token_type: "Bearer", expires_in: 3599, access_token } };
}

const guarded = (handler) => (context) =>
  tokens.good(context.state, context.request.credentials)
    ? handler(context)
    : error(401, "InvalidAuthenticationToken", "Access token is empty or expired.");

const same = (a, b) => String(a ?? "").toLowerCase() === String(b ?? "").toLowerCase();
const userOf = (state, id) =>
  state.users.find((user) => user.id === id || same(user.userPrincipalName, id));
const groupOf = (state, id) => state.groups.find((group) => group.id === id);

const withUser = (handler) =>
  guarded((context) => {
    const user = userOf(context.state, context.ids[2]);
    return user ? handler(context, user) : missing(context.ids[2]);
  });

const withGroup = (handler) =>
  guarded((context) => {
    const group = groupOf(context.state, context.ids[2]);
    return group ? handler(context, group) : missing(context.ids[2]);
  });

const guid = (state) => `00000000-0000-4000-8000-${String(state.next++).padStart(12, "0")}`;

/* ---- reading ---- */

function select(object, query, names) {
  const wanted = query.get("$select")?.split(",") ?? names;
  return Object.fromEntries(wanted.map((name) => [name, object[name] ?? null]));
}

/* "name eq 'text'" as a predicate; undefined if it is not one. */
function filter(text) {
  if (text === null) return () => true;
  const [, name, value] = /^(\w+) eq '((?:[^']|'')*)'$/.exec(text) ?? [];
  return name && ((object) => same(object[name], value.replaceAll("''", "'")));
}

function page({ settings: { page: largest }, request }, rows, names) {
  const { query, origin, parts } = request;
  const fits = filter(query.get("$filter"));
  if (!fits) return bad("Invalid filter clause");
  const all = rows.filter(fits);
  const size = Math.min(Number(query.get("$top") ?? largest), largest);
  const from = Number(query.get("$skiptoken") ?? 0);
  const value = all.slice(from, from + size).map((row) => select(row, query, names));
  const body = { "@odata.context": `${origin}/graph/v1.0/$metadata`, value };
  if (from + size < all.length) {
    const next = new URLSearchParams(query);
    next.set("$skiptoken", String(from + size));
    body["@odata.nextLink"] = `${origin}/graph/${parts.join("/")}?${next}`;
  }
  return { status: 200, body };
}

/* ---- users ---- */

const needed = [
  ..."accountEnabled displayName mailNickname userPrincipalName passwordProfile".split(" "),
];

function addUser(state, user) {
  const record = { accountEnabled: true, ...user, id: guid(state) };
  state.users.push(record);
  return record;
}

function wrong(state, sent, user) {
  const unknown = Object.keys(sent).find((name) => !writable.has(name));
  if (unknown) return bad(`Property '${unknown}' does not exist or cannot be written.`);
  const name = sent.userPrincipalName;
  if (name !== undefined && !/^[\x21-\x7e]+@[\w.-]+$/.test(name))
    return bad("Property userPrincipalName is invalid.");
  if (name === undefined) return undefined;
  const other = userOf(state, name);
  if (other && other !== user)
    return bad("Another object with the same value for property userPrincipalName already exists.");
  return undefined;
}

function create({ state, request }) {
  const sent = request.tree ?? {};
  const lacks = needed.find((name) => sent[name] === undefined || sent[name] === null);
  if (lacks) return bad(`A value is required for property '${lacks}' of resource 'User'.`);
  if (String(sent.passwordProfile.password ?? "").length < 8)
    return bad("The specified password does not comply with password complexity requirements.");
  const problem = wrong(state, sent);
  if (problem) return problem;
  const user = addUser(state, sent);
  return { status: 201, body: select(user, request.query, usual) };
}

function patch({ state, request }, user) {
  const sent = request.tree ?? {};
  const problem = wrong(state, sent, user);
  if (problem) return problem;
  Object.assign(user, sent);
  return done;
}

function remove({ state }, user) {
  state.users = state.users.filter((one) => one !== user);
  state.bin.push(user);
  for (const group of state.groups) group.members = group.members.filter((id) => id !== user.id);
  return done;
}

/* ---- groups ---- */

const groupNames = "id displayName description mailEnabled mailNickname securityEnabled".split(" ");

function addGroup(state, { members = [], ...group }) {
  const record = { ...group, id: guid(state), members };
  state.groups.push(record);
  return record;
}

function createGroup({ state, request }) {
  const sent = request.tree ?? {};
  const lacks = "displayName mailEnabled mailNickname securityEnabled"
    .split(" ")
    .find((name) => sent[name] === undefined);
  if (lacks) return bad(`A value is required for property '${lacks}' of resource 'Group'.`);
  return { status: 201, body: select(addGroup(state, sent), request.query, groupNames) };
}

/* The id at the end of an address of an object, whatever its host. */
const referred = (address) => /\/(?:directoryObjects|users)\/([^/]+)$/.exec(address ?? "")?.[1];

/* Why these cannot become members, or undefined. */
function refused(state, group, ids) {
  const gone = ids.find((id) => !userOf(state, id) && !groupOf(state, id));
  if (gone) return missing(gone);
  if (ids.some((id) => group.members.includes(id)))
    return bad(
      "One or more added object references already exist for the following modified " +
        "properties: 'members'.",
    );
  return undefined;
}

function join(state, group, ids) {
  const problem = ids.includes(undefined) ? bad("Invalid reference.") : refused(state, group, ids);
  if (problem) return problem;
  group.members.push(...ids);
  return done;
}

function patchGroup({ state, request }, group) {
  const { "members@odata.bind": bound, ...rest } = request.tree ?? {};
  if (bound?.length > bindable) return bad(`${bindable} members at most can be added.`);
  if (bound) {
    const answer = join(state, group, bound.map(referred));
    if (answer !== done) return answer;
  }
  Object.assign(group, rest);
  return done;
}

function removeGroup({ state }, group) {
  state.groups = state.groups.filter((one) => one !== group);
  return done;
}

const addMember = ({ state, request }, group) =>
  join(state, group, [referred(request.tree?.["@odata.id"])]);

function removeMember({ ids }, group) {
  if (!group.members.includes(ids[4])) return missing(ids[4]);
  group.members = group.members.filter((id) => id !== ids[4]);
  return done;
}

function listMembers(context, group) {
  const { state } = context;
  const rows = group.members.map((id) => userOf(state, id) ?? groupOf(state, id));
  return page(context, rows, usual);
}

/* ---- for those who watch ---- */

const accounts = (state) =>
  state.users.map((user) => ({
    id: user.id,
    userName: user.userPrincipalName,
    active: user.accountEnabled,
    values: user,
  }));

const groups = (state) =>
  state.groups.map(({ id, displayName, members }) => ({ id, displayName, members }));

function about(state, { method, parts, tree }) {
  const [version, kind, id] = parts;
  if (version !== "v1.0") return { kind: "token" };
  if (kind === "groups") return { kind: "group", id };
  return {
    kind: "account",
    id,
    login: userOf(state, id)?.userPrincipalName ?? tree?.userPrincipalName,
    active: tree?.accountEnabled,
    deletes: method === "DELETE",
  };
}

/* endless and again: there is always one more page, which is empty, or the first one again. */
function lie(body, { variant, to }, { origin, rawUrl }) {
  if (!body?.value) return body;
  const path = rawUrl.replace(/[?&]\$skiptoken=[^&]*/, "");
  const mark = path.includes("?") ? "&" : "?";
  const lies = {
    endless: `${origin}${path}${mark}$skiptoken=999999`,
    again: `${origin}${path}${mark}$skiptoken=0`,
    elsewhere: `${to ?? "http://elsewhere.example"}${path}`,
  };
  return { ...body, "@odata.nextLink": lies[variant] };
}

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
    ["POST", ":/oauth2/v2.0/token", token],
    ["GET", "v1.0/users", guarded((context) => page(context, context.state.users, usual))],
    ["POST", "v1.0/users", guarded(create)],
    [
      "GET",
      "v1.0/users/:",
      withUser(({ request }, user) => ({ status: 200, body: select(user, request.query, usual) })),
    ],
    ["PATCH", "v1.0/users/:", withUser(patch)],
    ["DELETE", "v1.0/users/:", withUser(remove)],
    ["GET", "v1.0/groups", guarded((context) => page(context, context.state.groups, groupNames))],
    ["POST", "v1.0/groups", guarded(createGroup)],
    [
      "GET",
      "v1.0/groups/:",
      withGroup(({ request }, group) => ({
        status: 200,
        body: select(group, request.query, groupNames),
      })),
    ],
    ["PATCH", "v1.0/groups/:", withGroup(patchGroup)],
    ["DELETE", "v1.0/groups/:", withGroup(removeGroup)],
    ["GET", "v1.0/groups/:/members", withGroup(listMembers)],
    ["POST", "v1.0/groups/:/members/$ref", withGroup(addMember)],
    ["DELETE", "v1.0/groups/:/members/:/$ref", withGroup(removeMember)],
  ],
};
