/*
 * A real SCIM 2.0 application for the tests: npm scimmy behind express, with its data in memory.
 *
 *     PORT=8080 SCIM_TOKEN=t node server.js        (PORT=0 or none: any free port)
 *
 * serves http://127.0.0.1:PORT/scim/v2 with User (enterprise extension) and Group, and prints
 * "listening on http://127.0.0.1:PORT/scim/v2" when it is ready. Settings are environment
 * variables:
 *
 *     PORT             the port; the first argument does the same
 *     SCIM_TOKEN       the bearer token that is accepted (default "test-token")
 *     SCIM_BASIC       "user:password" accepted as HTTP Basic, besides the token
 *     SCIM_STATE       a file the data survives in, a line per change: {type, id, resource or null}
 *     SCIM_LOG         a file that gets a JSON line per request, before the answer is sent
 *     SCIM_LOG_BODIES  when set, the log has the request bodies too
 *     SCIM_CHANGES     a file that gets the PATCH requests and searches, for others to judge:
 *                      {method, path, body, status, before, after}; the last two are the resource,
 *                      where a PATCH took effect
 *
 * The state is appended, never rewritten: a write is one system call, so what was answered survives
 * a SIGKILL, and a line torn by one is ignored at the next start.
 *
 * What this server is on purpose not: it adds no Location header, ignores If-Match, matches filters
 * case-sensitively while it refuses duplicates of userName in any case. All of that is scimmy's,
 * and met in real services.
 */
"use strict";
const fs = require("fs");
const { randomUUID } = require("crypto");
const express = require("express");
const SCIMMY = require("scimmy").default ?? require("scimmy");
const SCIMMYRouters = require("scimmy-routers").default ?? require("scimmy-routers");

const env = process.env;
const data = { User: new Map(), Group: new Map() };
const taken = new Map(); // lower-cased userName -> id
const append = (path, flag) => (path ? fs.openSync(path, flag) : null);

function put(type, id, resource) {
  const old = data[type].get(id);
  if (type === "User" && old) taken.delete(old.userName.toLowerCase());
  if (!resource) return data[type].delete(id);
  if (type === "User") taken.set(resource.userName.toLowerCase(), id);
  return data[type].set(id, resource);
}

function load(path) {
  if (!path || !fs.existsSync(path)) return;
  const text = fs.readFileSync(path, "utf8");
  const whole = text.lastIndexOf("\n") + 1;
  if (whole < text.length) fs.truncateSync(path, Buffer.byteLength(text.slice(0, whole)));
  for (const line of text.slice(0, whole).split("\n").filter(Boolean)) {
    const { type, id, resource } = JSON.parse(line);
    put(type, id, resource);
  }
}

load(env.SCIM_STATE);
const stateFd = append(env.SCIM_STATE, "a");
const logFd = append(env.SCIM_LOG, "a");
const changesFd = append(env.SCIM_CHANGES, "a");

function store(type, id, resource) {
  put(type, id, resource);
  if (stateFd !== null) fs.writeSync(stateFd, JSON.stringify({ type, id, resource }) + "\n");
}

function ingress(type) {
  return ({ id }, instance) => {
    const old = id && data[type].get(id);
    if (id && !old) throw new SCIMMY.Types.Error(404, null, `Resource ${id} not found`);
    const owner = type === "User" && taken.get(instance.userName.toLowerCase());
    if (owner && owner !== id)
      throw new SCIMMY.Types.Error(409, "uniqueness", `userName ${instance.userName} is taken`);
    const now = new Date().toISOString();
    const meta = { created: old?.meta.created ?? now, lastModified: now };
    const resource = JSON.parse(JSON.stringify({ ...instance, id: id ?? randomUUID(), meta }));
    store(type, resource.id, resource);
    return resource;
  };
}

function egress(type) {
  return ({ id, filter }) => {
    if (!id) return filter ? filter.match([...data[type].values()]) : [...data[type].values()];
    if (!data[type].has(id)) throw new SCIMMY.Types.Error(404, null, `Resource ${id} not found`);
    return data[type].get(id);
  };
}

function degress(type) {
  return ({ id }) => {
    if (!data[type].has(id)) throw new SCIMMY.Types.Error(404, null, `Resource ${id} not found`);
    store(type, id, null);
    for (const group of data.Group.values())
      if (group.members?.some((m) => m.value === id))
        store("Group", group.id, {
          ...group,
          members: group.members.filter((m) => m.value !== id),
        });
  };
}

/* The line is there before the client can have the answer, or a test reads the log too early. */
function log(req, res, next) {
  const { end } = res,
    time = new Date().toISOString();
  res.end = function (...args) {
    const body = env.SCIM_LOG_BODIES && req.headers["content-length"] ? req.body : undefined;
    const line = { time, method: req.method, path: req.originalUrl, status: res.statusCode, body };
    fs.writeSync(logFd, JSON.stringify(line) + "\n");
    return end.apply(this, args);
  };
  next();
}

function resourceOf(url) {
  const [type, id] = url.replace(/^\/scim\/v2\/|\?.*$/g, "").split("/").map(decodeURIComponent);
  return { Users: data.User, Groups: data.Group }[type]?.get(id);
}

function noteChange(req, res, next) {
  const { end } = res,
    { method, originalUrl: path } = req,
    before = resourceOf(path);
  res.end = function (...args) {
    const { body } = req,
      { statusCode: status } = res;
    const worked = method === "PATCH" && status < 300;
    const resources = worked ? { before, after: resourceOf(path) } : {};
    if (method === "PATCH" || /[?&]filter=/.test(path))
      fs.writeSync(changesFd, JSON.stringify({ method, path, body, status, ...resources }) + "\n");
    return end.apply(this, args);
  };
  next();
}

const accepted = [`Bearer ${env.SCIM_TOKEN ?? "test-token"}`];
if (env.SCIM_BASIC) accepted.push(`Basic ${Buffer.from(env.SCIM_BASIC).toString("base64")}`);

for (const [type, Resource] of [
  ["User", SCIMMY.Resources.User],
  ["Group", SCIMMY.Resources.Group],
])
  SCIMMY.Resources.declare(Resource)
    .ingress(ingress(type))
    .egress(egress(type))
    .degress(degress(type));
SCIMMY.Resources.User.extend(SCIMMY.Schemas.EnterpriseUser, false);

const app = express().disable("x-powered-by").disable("etag");
if (logFd !== null) app.use(log);
if (changesFd !== null) app.use(noteChange);
app.use(
  "/scim/v2",
  new SCIMMYRouters({
    type: "bearer",
    baseUri: (req) => `http://${req.headers.host}`,
    handler: (req) => {
      if (!accepted.includes(req.headers.authorization)) throw new Error("no valid credentials");
    },
  }),
);

const server = app.listen(Number(process.argv[2] ?? env.PORT ?? 0), "127.0.0.1", () =>
  console.log(`listening on http://127.0.0.1:${server.address().port}/scim/v2`),
);
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => process.exit(0));
