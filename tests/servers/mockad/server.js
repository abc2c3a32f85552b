/*
 * An LDAP server that does what Windows domain controllers do and Samba does not: pages of 1,000 at
 * most, values in ranges, DirSync in several rounds, a recycle bin; and what they do on a bad day
 * (faults.js). It is one domain controller; copy.js makes others out of it.
 *
 *     PORT=8080 LDAP_PORT=3389 LDAPS_PORT=3636 TLS=folder/of/cert.pem,key.pem node server.js
 *
 * prints "listening on http://127.0.0.1:PORT" when it is ready; there it is driven, without
 * credentials:
 *
 *     POST /call      [[method, arguments...], ...]: methods of store.js; answers with what they
 *                     return, an object as {guid, dn, sid, usn}
 *     POST /faults    rules in place of the ones before; GET /faults: with how often each fired
 *     POST /settings  {...} on top of the ones there are (see below); GET /settings
 *     GET /copy       all data; POST /copy {how, document, ...}: copy.js
 *     GET /log        every bind and search since the start or POST /forget, in order
 *     POST /hangup    closes all LDAP connections
 */
"use strict";
const fs = require("fs");
const http = require("http");
const net = require("net");
const tls = require("tls");
const copy = require("./copy.js");
const { Faults } = require("./faults.js");
const { Session } = require("./session.js");
const { Store } = require("./store.js");

const { env } = process;
const base = "DC=mock,DC=test";

const server = {
  store: new Store({ base, host: env.HOST_NAME ?? "dc1.mock.test" }),
  faults: new Faults(),
  sessions: new Set(),
  connections: 0,
  pages: 0,
  log: [],
  account: {
    names: ["bridge@mock.test", "mock\\bridge", `cn=bridge,cn=users,${base}`.toLowerCase()],
    password: env.BIND_PASSWORD ?? "bridge-secret",
  },
  settings: {
    maxPageSize: 1000, // MaxPageSize of the query policy
    maxValRange: 1500, // MaxValRange
    tombstones: true, // the account may read CN=Deleted Objects
    dirsync: true, // the account has "Replicating Directory Changes"
    dirsyncObjects: 1000, // in one round
    dirsyncValues: 5000, // member values of one object in one round
    signing: false, // simple binds need TLS
    idleMs: 0, // MaxConnIdleTime
    idleNotice: false, // with a Notice of Disconnection
    recycleBin: false,
  },

  note(session, facts) {
    const entry = {
      n: this.log.length + 1,
      time: Date.now(),
      connection: session.number,
      secure: session.secure,
      ...facts,
    };
    this.log.push(entry);
    return entry;
  },
};

if (env.TLS)
  server.tls = {
    cert: fs.readFileSync(`${env.TLS}/cert.pem`),
    key: fs.readFileSync(`${env.TLS}/key.pem`),
  };

const accept = (secure) => (socket) =>
  server.sessions.add(new Session(server, socket, { secure, number: ++server.connections }));

function configure(settings) {
  Object.assign(server.settings, settings);
  server.store.recycleBin = server.settings.recycleBin;
  for (const session of server.sessions) session.rest();
  return server.settings;
}

const { store } = server;
const shown = (value) =>
  value?.guid
    ? { guid: value.guid, dn: store.dnOf(value), sid: value.sid, usn: value.usn }
    : value;
const methods = "create set join leave primary move remove recycle restore fill find".split(" ");

function call([method, ...given]) {
  if (!methods.includes(method)) throw new Error(`there is no method '${method}'`);
  return shown(store[method](...given));
}

function transform({ how, document, ...more }) {
  if (!["load", "restore", "join", "receive"].includes(how)) throw new Error(`no '${how}'`);
  for (const session of server.sessions) session.socket.destroy();
  copy[how](store, document, more);
  return { invocation: store.invocation, usn: store.usn };
}

const routes = {
  "POST /call": (calls) => calls.map(call),
  "POST /faults": (rules) => server.faults.set(rules),
  "GET /faults": () => server.faults.states,
  "POST /settings": configure,
  "GET /settings": () => ({
    ...server.settings,
    usn: store.usn,
    invocation: store.invocation,
    connections: server.connections,
    open: server.sessions.size,
    notifications: [...server.sessions].reduce((sum, one) => sum + one.notifications.size, 0),
  }),
  "GET /copy": () => copy.save(store),
  "POST /copy": transform,
  "GET /log": () => server.log,
  "POST /forget": () => void (server.log = []),
  "POST /hangup": () => {
    for (const session of server.sessions) session.socket.destroy();
  },
};

async function control(request, response) {
  const parts = [];
  for await (const part of request) parts.push(part);
  const body = Buffer.concat(parts).toString();
  let [status, answer] = [200, null];
  try {
    const route = routes[`${request.method} ${request.url}`];
    if (!route) throw new Error(`no such route: ${request.method} ${request.url}`);
    answer = route(body ? JSON.parse(body) : undefined) ?? {};
  } catch (error) {
    [status, answer] = [400, { error: String(error.stack) }];
  }
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(JSON.stringify(answer));
}

const listen = (one, port) =>
  new Promise((resolve, reject) => {
    one.on("error", reject);
    one.listen(Number(port ?? 0), "127.0.0.1", () => resolve(one.address().port));
  });

async function start() {
  const clear = await listen(net.createServer(accept(false)), env.LDAP_PORT);
  console.log(`ldap on ${clear}`);
  if (server.tls) {
    const secure = tls.createServer(server.tls, accept(true));
    secure.on("tlsClientError", () => {});
    console.log(`ldaps on ${await listen(secure, env.LDAPS_PORT)}`);
  }
  const port = await listen(http.createServer(control), env.PORT);
  console.log(`listening on http://127.0.0.1:${port}`);
}

process.on("SIGTERM", () => process.exit(0));
start();
