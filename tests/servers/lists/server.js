/*
 * An application whose API cannot be searched: accounts and groups in listings of every style. It
 * keeps what it is told, and lies if it is told to.
 *
 *     PORT=8080 node server.js
 *
 * prints "listening on http://127.0.0.1:PORT" when it is ready.
 *
 *     GET    /all                         [account, ...]
 *     GET    /whole                       {users}
 *     GET    /page?page=1&size=2          {users, more}
 *     GET    /offset?offset=0&limit=2     {users, total}
 *     GET    /cursor?cursor=...           {users, next}
 *     POST   /cursor, /cursor/continue    {users, cursor, has_more}; {cursor} in the body
 *     GET    /link?after=...              [account, ...], and where it goes on in "Link"
 *     GET    /url?token=...               {value, "@odata.nextLink"}
 *     GET    /state/active                {users} of this state
 *     POST   /users, PUT /users/ID        {id}
 *     GET    /groups, POST /groups, GET|PUT|DELETE /groups/ID
 *     GET    /groups/ID/members?offset=0  {members: [{id}], total}; PUT: all of them, {members: [ids]}
 *     POST   /groups/ID/members           {ids}
 *     DELETE /groups/ID/members/USER
 *     GET    /users/ID/memberships        {memberships: [{id, group: {id}}]}
 *     POST   /memberships                 {user, group}
 *     DELETE /memberships/ID
 *
 * Over the same port, for the test:
 *
 *     POST /__set      {users, groups, settings}: what it holds, as far as it is named
 *     GET  /__state    {users, groups}
 *     GET  /__taken    [{method, path, body}] since it was last asked
 *
 * settings: {page: accounts on a page, elsewhere: origin of next pages, endless: new accounts for
 * ever, repeat: the first page always, announce: a total, fail: {"/path": status}, hide: {group:
 * members that its listing leaves out}, wordless: memberships are not shown}
 */
"use strict";
const http = require("http");

let users = [];
let groups = [];
let taken = [];
let settings = {};
let made = 0;
const memberships = new Map(); /* "group user" to the membership's id */

const origin = () => settings.elsewhere ?? `http://127.0.0.1:${process.env.PORT}`;
const size = () => settings.page ?? 3;
const fresh = (at) =>
  Array.from({ length: size() }, (_, i) => ({ id: `e${at + i}`, login: `endless${at + i}` }));

/* Accounts from `at` on, and where the next ones are; undefined: nowhere. */
function slice(list, at, count) {
  if (settings.endless) return { rows: fresh(at), next: at + size() };
  if (settings.repeat) return { rows: list.slice(0, count), next: at + count };
  const rows = list.slice(at, at + count);
  return { rows, next: at + count < list.length ? at + count : undefined };
}

const total = (list) => settings.announce ?? list.length;
const missing = { status: 404, body: { message: "no such thing" } };

function userRoutes(method, url, body) {
  const number = (name, otherwise) => Number(url.searchParams.get(name) ?? otherwise);
  const { pathname } = url;
  if (pathname === "/all") return { body: users };
  if (pathname === "/whole") return { body: { users } };
  if (pathname === "/page") {
    const count = number("size", size());
    const { rows, next } = slice(users, (number("page", 1) - 1) * count, count);
    return { body: { users: rows, more: next !== undefined } };
  }
  if (pathname === "/offset") {
    const { rows } = slice(users, number("offset", 0), number("limit", size()));
    return { body: { users: rows, total: total(users) } };
  }
  if (pathname.startsWith("/cursor")) {
    const { rows, next } = slice(users, Number(body?.cursor ?? number("cursor", 0)), size());
    if (method === "GET") return { body: { users: rows, next: next ?? "" } };
    return { body: { users: rows, cursor: String(next ?? "end"), has_more: next !== undefined } };
  }
  if (pathname === "/link") {
    const { rows, next } = slice(users, number("after", 0), size());
    const to = `<${origin()}/link?after=${next}>; rel="next", </link>; rel="first"`;
    return { body: rows, headers: next === undefined ? {} : { Link: to } };
  }
  if (pathname === "/url") {
    const { rows, next } = slice(users, number("token", 0), size());
    const link = next === undefined ? {} : { "@odata.nextLink": `${origin()}/url?token=${next}` };
    return { body: { value: rows, ...link } };
  }
  if (pathname.startsWith("/state/"))
    return { body: { users: users.filter((u) => u.state === pathname.slice(7)) } };
  return missing;
}

function writeUser(method, pathname, body) {
  const id = decodeURIComponent(pathname.slice("/users/".length));
  if (method === "POST") {
    users.push({ id: `n${++made}`, state: "active", ...body });
    return { status: 201, body: { id: `n${made}` } };
  }
  const user = users.find((u) => u.id === id);
  return user ? { body: Object.assign(user, body) } : missing;
}

function members(method, group, parts, url, body) {
  if (method === "GET") {
    const shown = group.members.filter((id) => !settings.hide?.[group.id]?.includes(id));
    const at = Number(url.searchParams.get("offset") ?? 0);
    const rows = shown.slice(at, at + size()).map((id) => ({ id }));
    return { body: { members: rows, total: group.members.length } };
  }
  if (method === "PUT") group.members = body.members;
  if (method === "DELETE") {
    if (!group.members.includes(parts[4])) return missing;
    group.members = group.members.filter((id) => id !== parts[4]);
  }
  if (method === "POST") {
    if (!body.ids.every((id) => users.some((u) => u.id === id))) return missing;
    group.members = [...new Set([...group.members, ...body.ids])];
  }
  return { status: 204 };
}

function membershipOf(group, user) {
  const key = `${group.id} ${user}`;
  if (!memberships.has(key)) memberships.set(key, `m${++made}`);
  return memberships.get(key);
}

function membershipRoutes(method, url, body) {
  const parts = url.pathname.split("/").map(decodeURIComponent);
  if (method === "GET" && settings.wordless) return { body: {} };
  if (method === "GET") {
    const mine = groups.filter((g) => g.members.includes(parts[2]));
    const rows = mine.map((g) => ({ id: membershipOf(g, parts[2]), group: { id: g.id } }));
    return { body: { memberships: rows } };
  }
  if (method === "POST") {
    const group = groups.find((g) => String(g.id) === body.group);
    if (!group) return missing;
    if (group.members.includes(body.user)) return { status: 409, body: { message: "is in it" } };
    group.members.push(body.user);
    return { status: 201, body: { id: membershipOf(group, body.user) } };
  }
  for (const group of groups) {
    const left = group.members.filter((user) => membershipOf(group, user) !== parts[2]);
    if (left.length === group.members.length) continue;
    group.members = left;
    return { status: 204 };
  }
  return missing;
}

function groupRoutes(method, url, body) {
  const parts = url.pathname.split("/").map(decodeURIComponent);
  if (parts.length === 2 && method === "GET")
    return { body: { groups: groups.map(({ id, name }) => ({ id, name })) } };
  if (parts.length === 2) {
    groups.push({ id: `g${++made}`, name: body.name, members: [] });
    return { status: 201, body: { id: `g${made}` } };
  }
  const group = groups.find((g) => String(g.id) === parts[2]);
  if (!group) return missing;
  if (parts[3] === "members") return members(method, group, parts, url, body);
  if (method === "PUT") group.name = body.name;
  if (method === "DELETE") groups = groups.filter((g) => g !== group);
  return { body: { id: group.id, name: group.name } };
}

function control(pathname, body) {
  if (pathname === "/__set") ({ users = users, groups = groups, settings = settings } = body);
  const answer = pathname === "/__taken" ? taken : { users, groups };
  if (pathname === "/__taken") taken = [];
  return { body: answer };
}

function route(method, url, body) {
  if (url.pathname.startsWith("/__")) return control(url.pathname, body);
  taken.push({ method, path: url.pathname + url.search, body });
  const status = settings.fail?.[url.pathname];
  if (status) return { status, body: { message: "as the test wants it" } };
  if (url.pathname.startsWith("/groups")) return groupRoutes(method, url, body);
  if (/\/memberships(\/|$)/.test(url.pathname)) return membershipRoutes(method, url, body);
  if (url.pathname.startsWith("/users")) return writeUser(method, url.pathname, body);
  return userRoutes(method, url, body);
}

const server = http.createServer(async (request, response) => {
  let text = "";
  for await (const chunk of request) text += chunk;
  const url = new URL(request.url, "http://127.0.0.1");
  const answer = route(request.method, url, text ? JSON.parse(text) : undefined);
  response.writeHead(answer.status ?? 200, {
    "Content-Type": "application/json",
    ...answer.headers,
  });
  response.end(answer.body === undefined ? "" : JSON.stringify(answer.body));
});

server.listen(Number(process.env.PORT), "127.0.0.1", () =>
  console.log(`listening on http://127.0.0.1:${process.env.PORT}`),
);
