/*
 * A scriptable SCIM 2.0 application that goes wrong on request. No dependencies.
 *
 *     PORT=8080 SCIM_TOKEN=t node server.js        (PORT=0 or none: any free port)
 *
 * prints "listening on http://127.0.0.1:PORT/scim/v2" when it is ready. Without rules it is a
 * strict, correct server (scim.js); PERSONALITY names a file that changes what it can do
 * (personality.js). It is driven over the same port, without credentials:
 *
 *     POST /__faults    a JSON list of rules (faults.js), in place of the ones before
 *     GET  /__requests  every request since the start or reset, one object each, in order:
 *                       {n, time, method, path, headers, authorization, connection, inflight, body,
 *                        fault, status, outcome}; a credential appears only as a hash; outcome is
 *                       "answered", "dropped", "hanging" or null while it lasts
 *     GET  /__taken     the same since it was last asked; they are forgotten with it
 *     GET  /__state     {users, groups, faults: [{rule, seen, fired}]}
 *     POST /__state     {users, groups}: puts resources there, as if others had made them
 *     GET  /__changes   the PATCH requests and searches since the last time, for others to judge:
 *                       {method, path, body, status, before, after}; the last two are the resource,
 *                       where a PATCH took effect
 *     POST /__reset     forgets data, rules and requests; {"keep": ["data"]} keeps some; the rules
 *                       are those of the personality then
 *
 * SCIM_TOKEN (default "test-token") and SCIM_BASIC ("user:password") are the credentials it
 * accepts.
 */
"use strict";
const http = require("http");
const path = require("path");
const { createHash } = require("crypto");
const { Scim } = require("./scim.js");
const faults = require("./faults.js");

const { env } = process;
const personality = {
  ...require("./personality.js"),
  ...(env.PERSONALITY ? require(path.resolve(env.PERSONALITY)) : {}),
};
const accepted = [`Bearer ${env.SCIM_TOKEN ?? "test-token"}`];
if (env.SCIM_BASIC) accepted.push(`Basic ${Buffer.from(env.SCIM_BASIC).toString("base64")}`);
const scim = new Scim(personality, accepted);

let rules = faults.compile(personality.faults);
let requests = [];
let changes = [];
let inflight = 0;
let connections = 0;

const hash = (text) => createHash("sha256").update(text).digest("hex").slice(0, 16);

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text || undefined;
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

/* What scim.js and faults.js see of a request. */
function describe(req, body) {
  const url = new URL(req.url, "http://127.0.0.1");
  return {
    method: req.method,
    path: url.pathname,
    query: url.searchParams,
    asked: new URLSearchParams(url.search),
    url: decode(req.url),
    rawUrl: req.url,
    type: req.headers["content-type"],
    accept: req.headers.accept,
    userAgent: req.headers["user-agent"],
    encodings: req.headers["accept-encoding"],
    ifMatch: req.headers["if-match"],
    body,
    credentials: req.headers.authorization,
    origin: `http://${req.headers.host}`,
  };
}

function note(req, request) {
  const { authorization, ...headers } = req.headers;
  const entry = {
    n: requests.length + 1,
    time: new Date().toISOString(),
    method: req.method,
    path: req.url,
    headers,
    authorization: authorization && hash(authorization),
    connection: req.socket.number,
    inflight,
    body: parsed(request.body),
    fault: null,
    status: null,
    outcome: null,
  };
  requests.push(entry);
  return entry;
}

function send(res, entry, { status, headers = {}, body, raw }) {
  const bytes = Buffer.from(raw ?? (body === undefined ? "" : JSON.stringify(body)));
  const type =
    body === undefined && raw === undefined ? {} : { "Content-Type": "application/scim+json" };
  const length = status === 204 || status === 304 ? {} : { "Content-Length": bytes.length };
  entry.status = status;
  res.writeHead(status, { ...type, ...length, ...headers });
  return bytes;
}

function drop(res, entry, reset) {
  entry.outcome = "dropped";
  if (reset) res.socket.resetAndDestroy();
  else res.socket.destroy();
}

async function trickle(res, bytes, ms) {
  for (const byte of bytes) {
    if (res.destroyed) return;
    res.write(Buffer.from([byte]));
    await new Promise((wake) => setTimeout(wake, ms));
  }
  res.end();
}

async function deliver(res, entry, rule, answer) {
  if (rule?.fault === "hang") {
    entry.outcome = "hanging";
    return;
  }
  if (rule?.fault === "drop-before" || rule?.fault === "drop-after")
    return drop(res, entry, rule.reset);
  if (rule?.fault === "slow") await new Promise((wake) => setTimeout(wake, rule.ms ?? 1000));
  const bytes = send(res, entry, answer);
  if (rule?.fault === "drop-middle") {
    res.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => drop(res, entry, rule.reset));
    return;
  }
  entry.outcome = "answered";
  if (rule?.fault === "trickle") await trickle(res, bytes, rule.ms ?? 100);
  else res.end(bytes);
}

/* Resources are replaced, never changed, so that a reference is a copy. */
function resourceOf({ path: address }) {
  const [type, id] = address.slice(personality.base.length + 1).split("/").map(decode);
  return { Users: scim.data.User, Groups: scim.data.Group }[type]?.get(id);
}

function noteChange(request, rule, answer, before) {
  const { method, rawUrl, body } = request;
  if (method !== "PATCH" && !(method === "GET" && request.asked.has("filter"))) return;
  const worked = method === "PATCH" && answer?.status < 300 && rule?.fault !== "no-effect";
  const resources = worked ? { before, after: resourceOf(request) } : {};
  if (changes.length >= 20000) changes = changes.slice(10000); // nobody asks
  changes.push({ method, path: rawUrl, body: parsed(body), status: answer?.status, ...resources });
}

function work(request, rule) {
  const before = resourceOf(request);
  if (rule && !faults.works(rule) && rule.fault !== "no-effect") {
    noteChange(request, rule);
    return null;
  }
  if (rule?.fault === "lying-paging") faults.lieBefore(rule, request);
  scim.dry = rule?.fault === "no-effect";
  const answer = scim.handle(request);
  scim.dry = false;
  noteChange(request, rule, answer, before);
  return personality.after?.(request, answer, scim) ?? answer;
}

function answerOf(request, rule) {
  const answer = work(request, rule);
  if (!rule) return answer;
  if (["status", "redirect", "no-filter", "no-patch"].includes(rule.fault))
    return faults.instead(rule, request);
  return answer && faults.spoil(rule, request, answer);
}

async function application(req, res) {
  inflight++;
  res.once("close", () => inflight--);
  const request = describe(req, await read(req));
  const entry = note(req, request);
  const rule = faults.choose(rules, request);
  entry.fault = rule?.fault ?? null;
  await deliver(res, entry, rule, answerOf(request, rule));
}

function takeRequests() {
  const taken = requests;
  requests = [];
  return taken;
}

function takeChanges() {
  const taken = changes;
  changes = [];
  return taken;
}

function state() {
  const [users, groups] = ["User", "Group"].map((type) => [...scim.data[type].values()]);
  return { users, groups, faults: rules.map(({ rule, seen, fired }) => ({ rule, seen, fired })) };
}

function seed({ users = [], groups = [] }) {
  const make = (type) => (resource) =>
    scim.create(type, {
      type: "application/json",
      body: JSON.stringify({ schemas: [scim.schema.types[type].id], ...resource }),
    }).body;
  return { users: users.map(make("User")), groups: groups.map(make("Group")) };
}

function reset({ keep = [] } = {}) {
  if (!keep.includes("data")) scim.reset();
  if (!keep.includes("faults")) rules = faults.compile(personality.faults);
  if (!keep.includes("requests")) requests = [];
  return {};
}

const controls = {
  "POST /__faults": (body) => {
    rules = faults.compile(body);
    return {};
  },
  "GET /__requests": () => requests,
  "GET /__taken": takeRequests,
  "GET /__changes": takeChanges,
  "GET /__state": state,
  "POST /__state": seed,
  "POST /__reset": reset,
};

async function control(req, res) {
  const todo = controls[`${req.method} ${req.url}`];
  const reply = (status, body) => {
    const text = JSON.stringify(body);
    res
      .writeHead(status, {
        "Content-Type": "application/json",
        "Content-Length": Buffer.byteLength(text),
      })
      .end(text);
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
server.on("connection", (socket) => {
  socket.number = ++connections;
});
server.listen(Number(process.argv[2] ?? env.PORT ?? 0), "127.0.0.1", () =>
  console.log(`listening on http://127.0.0.1:${server.address().port}${personality.base}`),
);
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => process.exit(0));
