/*
 * A service with logins of its own instead of OAuth, and a guard in front of a SCIM application
 * that takes their tokens only.
 *
 *     PORT=8080 UPSTREAM=http://127.0.0.1:8081/scim/v2 node server.js
 *
 * prints "listening on http://127.0.0.1:PORT/scim/v2" when it is ready. /scim/v2/... goes on to
 * UPSTREAM with the token SCIM_TOKEN, if it came with a token that was issued here and is neither
 * over nor revoked, as "Authorization: Bearer T", "X-Session: T" or the cookie "sid=T", or with
 * api_key=API_KEY in the address; else it is 401. The user is "bridge", the password is PASSWORD,
 * the client "client" with CLIENT_SECRET.
 *
 *     POST /json          {user, password}          {data: {token, lives: seconds}}
 *     POST /form          a form: user, password    {token, ends: seconds since 1970}
 *     POST /xml           <login user="" password=""/>
 *                                                   <session><id>T</id><ends>DATE</ends></session>
 *     POST /header        Basic of the user         nothing, with Set-Cookie: sid=T; Path=/
 *     POST /chain/begin                             {nonce: a number}
 *     POST /chain/proof   {nonce, user, password}   {tickets: [TICKET]}; a nonce is good once
 *     GET  /chain/token?ticket=TICKET               {token}; so is a ticket
 *     POST /token         OAuth: grant_type=password, username, password; Basic of the client
 *
 * A wrong password is 401 {message}, which repeats what was sent; in XML 200 with an <error>. Over
 * the same port:
 *
 *     POST /__revoke    revokes all tokens that there are
 *     POST /__settings  {lifetime, delay, redirect}: seconds that a token lives; milliseconds until
 *                       a login is answered; where the next request to /scim/v2 is sent: "here",
 *                       behind /scim/v2/moved, or an address
 *     GET  /__logins    what was asked beside /scim/v2: {path, ok}
 *     GET  /__guard     what came to /scim/v2: {method, url, status}, of those turned away too
 */
"use strict";
const crypto = require("crypto");
const http = require("http");

const { env } = process;
const upstream = new URL(env.UPSTREAM ?? "http://127.0.0.1:1/scim/v2");
const settings = { lifetime: 3600, delay: 0, redirect: null };
const logins = [];
const guarded = [];
const tokens = new Map(); // to the moment of its end
const onceOnly = new Set(); // nonces and tickets

function read(req) {
  return new Promise((resolve, reject) => {
    const parts = [];
    req.on("data", (part) => parts.push(part));
    req.on("end", () => resolve(Buffer.concat(parts).toString()));
    req.on("error", reject);
  });
}

function issue() {
  const token = `tok-${crypto.randomBytes(12).toString("hex")}`;
  tokens.set(token, Date.now() + settings.lifetime * 1000);
  return token;
}

const end = () => Math.floor(Date.now() / 1000) + settings.lifetime;
const isBridge = (user, password) => user === "bridge" && password === env.PASSWORD;
const basicOf = (user, password) =>
  `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
const refusal = (user, password) => ({
  status: 401,
  json: { message: `"${user}" with "${password}" is nobody here` },
});

function useUp(value) {
  return onceOnly.delete(String(value));
}

function newOnce(value) {
  onceOnly.add(String(value));
  return value;
}

function jsonLogin(req, body) {
  const { user, password } = JSON.parse(body);
  if (!isBridge(user, password)) return refusal(user, password);
  return { json: { data: { token: issue(), lives: settings.lifetime } } };
}

function formLogin(req, body) {
  const form = new URLSearchParams(body);
  if (!isBridge(form.get("user"), form.get("password")))
    return refusal(form.get("user"), form.get("password"));
  return { json: { token: issue(), ends: end() } };
}

const unescapeXml = (text) =>
  text
    .replace(/&quot;/g, '"')
    .replace(/&lt;/g, "<")
    .replace(/&gt;/g, ">")
    .replace(/&amp;/g, "&");

function xmlLogin(req, body) {
  const attribute = (name) => unescapeXml(new RegExp(`${name}="([^"]*)"`).exec(body)?.[1] ?? "");
  if (!/<login /.test(body) || !isBridge(attribute("user"), attribute("password")))
    return { text: "<session><error><message>not you</message></error></session>" };
  const date = new Date(end() * 1000).toUTCString();
  return { text: `<session><id>${issue()}</id><ends>${date}</ends></session>` };
}

function headerLogin(req) {
  if (req.headers.authorization !== basicOf("bridge", env.PASSWORD))
    return refusal("basic", req.headers.authorization);
  return { status: 204, headers: { "Set-Cookie": `sid=${issue()}; Path=/; HttpOnly` } };
}

const chainBegin = () => ({ json: { nonce: newOnce(crypto.randomInt(1e9)) } });

function chainProof(req, body) {
  const { nonce, user, password } = JSON.parse(body);
  if (!useUp(nonce) || !isBridge(user, password)) return refusal(user, password);
  return { json: { tickets: [newOnce(`ti&cket/${crypto.randomBytes(6).toString("hex")}`)] } };
}

function chainToken(req) {
  const { searchParams } = new URL(req.url, "http://here");
  if (!useUp(searchParams.get("ticket"))) return refusal("ticket", searchParams.get("ticket"));
  return { json: { token: issue() } };
}

function passwordGrant(req, body) {
  const form = new URLSearchParams(body);
  if (req.headers.authorization !== basicOf("client", encodeURIComponent(env.CLIENT_SECRET)))
    return { status: 401, json: { error: "invalid_client" } };
  if (form.get("grant_type") !== "password" ||
      !isBridge(form.get("username"), form.get("password")))
    return { status: 400, json: { error: "invalid_grant" } };
  return { json: { access_token: issue(), token_type: "Bearer", expires_in: settings.lifetime } };
}

const calls = {
  "POST /json": jsonLogin,
  "POST /form": formLogin,
  "POST /xml": xmlLogin,
  "POST /header": headerLogin,
  "POST /chain/begin": chainBegin,
  "POST /chain/proof": chainProof,
  "GET /chain/token": chainToken,
  "POST /token": passwordGrant,
};

function answer(res, { status = 200, headers = {}, json, text }) {
  const body = json ? JSON.stringify(json) : (text ?? "");
  const type = json ? "application/json" : "text/xml";
  const lines = { ...headers, "Content-Length": Buffer.byteLength(body) };
  if (status === 204) delete lines["Content-Length"];
  else lines["Content-Type"] = type;
  res.writeHead(status, lines).end(body);
}

async function login(req, res) {
  const body = await read(req);
  const path = req.url.replace(/\?.*/, "");
  const call = calls[`${req.method} ${path}`];
  const reply = call ? call(req, body) : { status: 404, json: { message: "no such login" } };
  logins.push({ path, ok: !/error/.test(reply.text ?? "") && (reply.status ?? 200) < 400 });
  if (settings.delay) await new Promise((resolve) => setTimeout(resolve, settings.delay));
  answer(res, reply);
}

/* The guard ------------------------------------------------------------------------------------ */

function isGood(req) {
  const key = new URL(req.url, "http://here").searchParams.getAll("api_key");
  if (key.length > 0) return key.length === 1 && key[0] === env.API_KEY;
  const token =
    /^Bearer (\S+)$/.exec(req.headers.authorization ?? "")?.[1] ??
    req.headers["x-session"] ??
    /(?:^|; )sid=([^;]+)/.exec(req.headers.cookie ?? "")?.[1];
  return (tokens.get(token) ?? 0) > Date.now();
}

/* What the application behind is asked: without what is ours. */
function targetOf(url) {
  const { pathname, searchParams } = new URL(url, "http://here");
  searchParams.delete("api_key");
  const path = pathname.slice("/scim/v2".length).replace(/^\/moved/, "");
  const query = searchParams.toString();
  return upstream.pathname.replace(/\/$/, "") + path + (query ? `?${query}` : "");
}

function forward(req, res, body, done) {
  const headers = { ...req.headers, authorization: `Bearer ${env.SCIM_TOKEN ?? "test-token"}` };
  for (const name of ["host", "cookie", "x-session"]) delete headers[name];
  const options = { method: req.method, host: upstream.hostname, port: upstream.port, headers };
  const sent = http.request({ ...options, path: targetOf(req.url), agent: false }, (reply) => {
    done(reply.statusCode);
    res.writeHead(reply.statusCode, reply.headers);
    reply.pipe(res);
  });
  sent.on("error", () => res.destroy());
  sent.end(body);
}

/* Like many, it hands the query on, with all that is in it. */
function redirect(req, res, note) {
  const to = settings.redirect;
  const location = to === "here" ? req.url.replace("/scim/v2", "/scim/v2/moved") : to + req.url;

  settings.redirect = null;
  note(307);
  return answer(res, { status: 307, headers: { Location: location }, json: {} });
}

async function guard(req, res) {
  const body = await read(req);
  const note = (status) => guarded.push({ method: req.method, url: req.url, status });
  if (!isGood(req)) {
    note(401);
    return answer(res, { status: 401, json: { status: "401", detail: `who is ${req.url}?` } });
  }
  if (settings.redirect) return redirect(req, res, note);
  return forward(req, res, body, note);
}

const controls = {
  "POST /__revoke": () => tokens.clear() ?? {},
  "POST /__settings": (body) => Object.assign(settings, body),
  "GET /__logins": () => logins,
  "GET /__guard": () => guarded,
};

async function control(req, res) {
  const body = await read(req);
  answer(res, { json: controls[`${req.method} ${req.url}`](body ? JSON.parse(body) : {}) });
}

const server = http.createServer((req, res) => {
  const isGuarded = req.url.startsWith("/scim/v2");
  const serve = req.url.startsWith("/__") ? control : isGuarded ? guard : login;
  serve(req, res).catch((error) => {
    console.error(error);
    res.destroy();
  });
});
server.listen(Number(env.PORT ?? 0), "127.0.0.1", () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}/scim/v2`);
});
