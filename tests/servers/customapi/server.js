/*
 * Applications that have an API of their own, as their makers describe it, with state and with
 * faults. No dependencies.
 *
 *     PORT=8080 STATE_FILE=/tmp/state node server.js        (PORT=0 or none: any free port)
 *
 * prints "listening on http://127.0.0.1:PORT" when it is ready. Several services live in one
 * process, each beneath a path of its own:
 *
 *     /zoho    zoho.js    Zoho One: verdicts in the body of 200, no query parameters
 *     /zoom    zoom.js    Zoom: state changes are calls of their own, one list per state
 *     /graph   graph.js   Microsoft Graph: @odata.nextLink, $ref, 400 for what exists already
 *     /plain   plain.js   nobody's: the simplest there is, in JSON, form or XML, with odd ids
 *
 * Made from documents, never from a live service. What a service is: {fresh, routes, accounts,
 * groups, seed, about, lie}; see the end of zoom.js. With STATE_FILE what they hold is in that file
 * after each request, so that one that was killed goes on where it was. It is driven over the same
 * port, without credentials:
 *
 *     POST /__faults    a JSON list of rules (../misbehaving/faults.js), in place of those before;
 *                       "lying-paging" has the variants endless, again, elsewhere {to}
 *     GET  /__requests  every request since the start or reset: {n, time, api, method, path,
 *                       headers, authorization, body, about, fault, status, outcome}; a credential
 *                       appears only as a hash; 'about' says what a write is about, however it is
 *                       spelt: {kind: "account"|"group", id, login, active, deletes}
 *     GET  /__taken     the same since it was last asked; they are forgotten with it
 *     GET  /__fired     [{rule, seen, fired}]
 *     GET  /__state     by service: {accounts, groups, raw, settings}; accounts are {id, userName,
 *                       active, values}, groups {id, displayName, members}, whatever the service
 *                       calls that
 *     POST /__seed      by service: {users, groups}: puts them there, as if others had made them
 *     POST /__restore   by service: {raw}: what GET /__state said of it, for it to go on from there
 *     POST /__settings  by service: what it does otherwise; see the service's head
 *     POST /__reset     forgets data, rules, settings and requests; {"keep": ["data"]} keeps some
 */
"use strict";
const fs = require("fs");
const http = require("http");
const { createHash } = require("crypto");
const bodies = require("./bodies.js");
const faults = require("../misbehaving/faults.js");

const { env } = process;
const services = ["zoho", "zoom", "graph", "plain"].map((name) => ({
  name,
  ...require(`./${name}.js`),
}));
const byName = new Map(services.map((service) => [service.name, service]));

const fresh = () => Object.fromEntries(services.map(({ name, fresh: make }) => [name, make()]));

function restored() {
  if (!env.STATE_FILE || !fs.existsSync(env.STATE_FILE)) return fresh();
  return JSON.parse(fs.readFileSync(env.STATE_FILE, "utf8"));
}

let state = restored();
let settings = {};
let rules = [];
let requests = [];
let number = 0;

/* Renamed into place: who is killed while writing leaves the file before. */
function save() {
  if (!env.STATE_FILE) return;
  fs.writeFileSync(`${env.STATE_FILE}.new`, JSON.stringify(state));
  fs.renameSync(`${env.STATE_FILE}.new`, env.STATE_FILE);
}

const settingsOf = (service) => ({ ...service.settings, ...settings[service.name] });

const hash = (text) => createHash("sha256").update(text).digest("hex").slice(0, 16);

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function read(req) {
  return new Promise((resolve, reject) => {
    const parts = [];
    req.on("data", (part) => parts.push(part));
    req.on("end", () => resolve(Buffer.concat(parts).toString("utf8")));
    req.on("close", () => req.complete || reject(new Error("aborted")));
    req.on("error", reject);
  });
}

/* What services and faults.js see of a request; 'parts' are the segments behind the name. */
function describe(req, body) {
  const [rawPath] = req.url.split("?");
  const [, name, ...parts] = rawPath.split("/");
  const type = req.headers["content-type"];
  return {
    api: name,
    parts: parts.map(decode),
    method: req.method,
    query: new URL(req.url, "http://127.0.0.1").searchParams,
    url: decode(req.url),
    rawUrl: req.url,
    type,
    body,
    tree: bodies.read(type, body),
    credentials: req.headers.authorization,
    headers: req.headers,
    origin: `http://${req.headers.host}`,
  };
}

function note(req, request) {
  const { authorization, ...headers } = req.headers;
  const entry = {
    n: ++number,
    time: new Date().toISOString(),
    api: request.api,
    method: req.method,
    path: req.url,
    headers,
    authorization: authorization && hash(authorization),
    body: request.tree ?? (request.body || undefined),
    about: null,
    fault: null,
    status: null,
    outcome: null,
  };
  requests.push(entry);
  return entry;
}

/* The route of a service that fits: [method, "users/:/status", handler]; ":" is any segment. */
function route(service, { method, parts }) {
  return service.routes.find(([verb, pattern]) => {
    const wanted = pattern.split("/");
    const fits = (part, i) => (wanted[i] === ":" ? part !== "" : part === wanted[i]);
    return verb === method && wanted.length === parts.length && parts.every(fits);
  });
}

function handle(request) {
  const service = byName.get(request.api);
  if (!service) return { status: 404, body: { error: "there is no such service" } };
  const context = {
    state: state[service.name],
    settings: settingsOf(service),
    request,
    ids: request.parts,
  };
  const [, , handler] = route(service, request) ?? [null, null, service.nowhere];
  const answer = handler(context);
  save();
  return answer;
}

function answerOf(request, rule) {
  const service = byName.get(request.api);
  if (rule && !faults.works(rule) && rule.fault !== "no-effect")
    return faults.instead(rule, request);
  const before = rule?.fault === "no-effect" && structuredClone(state);
  const answer = handle(request);
  if (before) {
    state = before;
    save();
  }
  if (!rule) return answer;
  if (rule.fault === "status") return faults.instead(rule, request);
  if (rule.fault === "lying-paging")
    return { ...answer, body: service.lie(answer.body, rule, request) };
  return faults.spoil(rule, request, answer);
}

function send(res, entry, { status, headers = {}, body, raw, write = JSON.stringify }) {
  const bytes = Buffer.from(raw ?? (body === undefined ? "" : write(body)));
  const type = bytes.length ? { "Content-Type": "application/json; charset=utf-8" } : {};
  const length = status === 204 ? {} : { "Content-Length": bytes.length };
  entry.status = status;
  res.writeHead(status, { ...type, ...length, ...headers });
  return bytes;
}

function drop(res, entry) {
  entry.outcome = "dropped";
  res.socket.destroy();
}

async function deliver(res, entry, rule, answer) {
  if (rule?.fault === "hang") {
    entry.outcome = "hanging";
    return;
  }
  if (rule?.fault === "drop-before" || rule?.fault === "drop-after") {
    entry.status = answer?.status ?? null; // what would have been said
    return drop(res, entry);
  }
  if (rule?.fault === "slow") await new Promise((wake) => setTimeout(wake, rule.ms ?? 1000));
  const bytes = send(res, entry, answer);
  if (rule?.fault === "drop-middle") {
    res.write(bytes.subarray(0, bytes.length >> 1), () => drop(res, entry));
    return;
  }
  entry.outcome = "answered";
  res.end(bytes);
}

async function application(req, res) {
  const request = describe(req, await read(req));
  const entry = note(req, request);
  const service = byName.get(request.api);
  if (service && req.method !== "GET")
    entry.about = service.about(state[service.name], request) ?? null;
  const rule = faults.choose(rules, request);
  entry.fault = rule?.fault ?? null;
  const dropped = ["drop-before", "hang"].includes(rule?.fault) && !faults.works(rule);
  await deliver(res, entry, rule, dropped ? null : answerOf(request, rule));
}

function taken() {
  const all = requests;
  requests = [];
  return all;
}

function shown() {
  return Object.fromEntries(
    services.map((service) => {
      const raw = state[service.name];
      const { accounts, groups } = service;
      const parts = { accounts: accounts(raw), groups: groups(raw), raw };
      return [service.name, { ...parts, settings: settingsOf(service) }];
    }),
  );
}

function seed(lists) {
  for (const [name, { users = [], groups = [] }] of Object.entries(lists)) {
    const service = byName.get(name);
    for (const user of users) service.seed.user(state[name], user);
    for (const group of groups) service.seed.group(state[name], group);
  }
  save();
  return shown();
}

function reset({ keep = [] } = {}) {
  const before = state;
  if (!keep.includes("data")) state = fresh();
  if (keep.includes("tokens"))
    for (const { name } of services) state[name].tokens = before[name].tokens;
  if (!keep.includes("faults")) rules = [];
  if (!keep.includes("settings")) settings = {};
  if (!keep.includes("requests")) requests = [];
  save();
  return {};
}

const controls = {
  "POST /__faults": (list) => {
    rules = faults.compile(list);
    return {};
  },
  "GET /__requests": () => requests,
  "GET /__taken": taken,
  "GET /__state": shown,
  "GET /__fired": () => rules.map(({ rule, seen, fired }) => ({ rule, seen, fired })),
  "POST /__seed": seed,
  "POST /__restore": (all) => {
    for (const [name, { raw }] of Object.entries(all)) state[name] = raw;
    save();
    return {};
  },
  "POST /__settings": (more) => {
    for (const [name, one] of Object.entries(more)) settings[name] = { ...settings[name], ...one };
    return shown();
  },
  "POST /__reset": reset,
};

async function control(req, res) {
  const todo = controls[`${req.method} ${req.url}`];
  const reply = (status, body) => {
    const bytes = Buffer.from(JSON.stringify(body));
    const headers = { "Content-Type": "application/json", "Content-Length": bytes.length };
    res.writeHead(status, headers).end(bytes);
  };
  try {
    const body = await read(req);
    if (!todo) return reply(404, { error: "there is no such control" });
    return reply(200, todo(body ? JSON.parse(body) : undefined));
  } catch (error) {
    return reply(400, { error: error.message });
  }
}

const server = http.createServer((req, res) => {
  const handler = req.url.startsWith("/__") ? control : application;
  handler(req, res).catch((error) => {
    if (error.message !== "aborted") console.error(error);
    res.destroy();
  });
});
server.listen(Number(process.argv[2] ?? env.PORT ?? 0), "127.0.0.1", () =>
  console.log(`listening on http://127.0.0.1:${server.address().port}`),
);
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => process.exit(0));
