/*
 * What stands in front of an application in real life: TLS, HTTP/2, certificates of clients, a
 * connection that ends in the middle; and a forward proxy. Passes requests on to a plain backend.
 *
 *     BACKEND=http://127.0.0.1:8080 TLS=folder node gate.js
 *
 * prints "listening on PORT PROXY_PORT" when it is ready: https with the certificate in TLS
 * (cert.pem, key.pem, ca.pem), and a proxy for which every host is this one. Settings are
 * environment variables:
 *
 *     VERSIONS       "h2 http1" (default), or one of them
 *     STREAMS        requests at once on a connection of HTTP/2
 *     CLIENTS        when set, only clients with a certificate of ca.pem are let in
 *     MAX_TLS        "TLSv1.2"
 *     PROXY_USER     "user:password" that the proxy wants
 *
 * The proxy's port also takes
 *
 *     POST /__faults   a JSON list of {nth, act}: what happens to the nth request that is no GET,
 *                      from 1. act: "reset", "goaway" or "destroy", then "-before" the backend has
 *                      seen it, or "-after". "goaway" disowns the request and all later ones of its
 *                      connection, which "-after" is a lie
 *     GET  /__log      {requests: [{version, method, path, session, client}], sessions, proxied,
 *                      fired}
 */
"use strict";
const fs = require("fs");
const http = require("http");
const http2 = require("http2");
const https = require("https");
const net = require("net");

const { env } = process;
const file = (name) => fs.readFileSync(`${env.TLS}/${name}`);
const agent = new http.Agent({ keepAlive: true });
const versions = (env.VERSIONS ?? "h2 http1").split(" ");
const log = { requests: [], sessions: 0, proxied: [], fired: 0 };
const numbers = new WeakMap();
let faults = [];
let writes = 0;

function numberOf(connection) {
  if (!numbers.has(connection)) numbers.set(connection, ++log.sessions);
  return numbers.get(connection);
}

function read(request, done) {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => done(Buffer.concat(parts)));
  request.on("error", () => {});
}

/* The backend's answer: done(status, headers, body). */
function ask(request, body, done) {
  const headers = Object.fromEntries(
    Object.entries(request.headers).filter(([name]) => name[0] !== ":"),
  );
  headers["content-length"] = body.length;
  const to = http.request(
    env.BACKEND + new URL(request.url, env.BACKEND).pathname + new URL(request.url, env.BACKEND).search,
    { method: request.method, headers, agent },
    (answer) => read(answer, (bytes) => done(answer.statusCode, answer.headers, bytes)),
  );
  to.on("error", () => done(502, {}, Buffer.alloc(0)));
  to.end(body);
}

function answer(response, [status, headers, body]) {
  if (response.destroyed || response.stream?.destroyed) return;
  const { connection, "transfer-encoding": chunked, "keep-alive": keep, ...rest } = headers;
  response.writeHead(status, rest);
  response.end(body);
}

/* Ends the request, or more, in the way that a fault names. */
function act(name, request) {
  const { stream } = request;
  const session = stream?.session;
  log.fired++;
  if (name === "reset" && stream) return stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR);
  if (name === "goaway" && session) {
    session.disowned = stream.id;
    session.goaway(http2.constants.NGHTTP2_NO_ERROR, stream.id - 2);
    return stream.close(http2.constants.NGHTTP2_REFUSED_STREAM);
  }
  return request.socket?.destroy?.() ?? session.destroy();
}

function serve(request, response) {
  const { stream, socket } = request;
  const session = stream?.session;
  read(request, (body) => {
    const fault = request.method !== "GET" && faults.find(({ nth }) => nth === writes + 1);
    if (request.method !== "GET") writes++;
    if (session?.disowned && stream.id > session.disowned) return stream.close();
    const [name, when] = fault ? fault.act.split("-") : [];
    if (when === "before") return act(name, request);
    log.requests.push({
      version: request.httpVersion,
      method: request.method,
      path: request.url,
      session: numberOf(session ?? socket),
      client: (session?.socket ?? socket).getPeerCertificate?.()?.subject?.CN ?? null,
    });
    return ask(request, body, (...parts) =>
      when === "after" ? act(name, request) : answer(response, parts),
    );
  });
}

const options = {
  key: file("key.pem"),
  cert: file("cert.pem"),
  ca: file("ca.pem"),
  requestCert: Boolean(env.CLIENTS),
  rejectUnauthorized: Boolean(env.CLIENTS),
  maxVersion: env.MAX_TLS || "TLSv1.3",
  allowHTTP1: versions.includes("http1"),
  settings: env.STREAMS ? { maxConcurrentStreams: Number(env.STREAMS) } : {},
};
const service = versions.includes("h2")
  ? http2.createSecureServer(options, serve)
  : https.createServer(options, serve);
service.on("session", (session) => session.on("error", () => {}));
service.on("sessionError", () => {});
service.on("tlsClientError", () => {});

const allowed = (request) =>
  !env.PROXY_USER ||
  request.headers["proxy-authorization"] ===
    `Basic ${Buffer.from(env.PROXY_USER).toString("base64")}`;
const WANTED = "HTTP/1.1 407 Who are you\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n";

function control(request, response) {
  read(request, (body) => {
    if (request.url === "/__faults") {
      faults = JSON.parse(body);
      writes = 0;
    }
    response.end(JSON.stringify(log));
  });
}

const proxy = http.createServer((request, response) => {
  if (request.url.startsWith("/__")) return control(request, response);
  log.proxied.push(request.url);
  if (!allowed(request)) {
    response.writeHead(407, { "Proxy-Authenticate": "Basic" });
    return response.end();
  }
  return read(request, (body) => ask(request, body, (...parts) => answer(response, parts)));
});
proxy.on("connect", (request, client) => {
  client.on("error", () => {});
  log.proxied.push(request.url);
  if (!allowed(request)) return client.end(WANTED);
  const server = net.connect(service.address().port, "127.0.0.1", () => {
    client.write("HTTP/1.1 200 Go on\r\nX-RateLimit-Remaining: 0\r\nETag: \"proxy\"\r\n\r\n");
    server.pipe(client).pipe(server);
  });
  return server.on("error", () => client.destroy());
});

service.listen(0, "127.0.0.1", () =>
  proxy.listen(0, "127.0.0.1", () =>
    console.log(`listening on ${service.address().port} ${proxy.address().port}`),
  ),
);
