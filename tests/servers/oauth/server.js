/*
 * A real OAuth 2.0 authorization server for the tests (npm oidc-provider, someone else's reading of
 * the RFCs), and a guard in front of a SCIM application that takes its tokens only.
 *
 *     PORT=8080 UPSTREAM=http://127.0.0.1:8081/scim/v2 node server.js
 *
 * prints "listening on http://127.0.0.1:PORT/scim/v2" when it is ready. /token is the token
 * endpoint; /scim/v2/... goes on to UPSTREAM with the token SCIM_TOKEN, if it came with an access
 * token that was issued here, is not over and not revoked; else it is 401. OAUTH_KEYS is a folder
 * that gets rsa.pem and ec.pem, private keys whose public halves the server knows.
 *
 *     client    proves itself by          may use
 *     basic     secret in a header        client_credentials
 *     body      secret in the body        client_credentials
 *     rsa, ec   private_key_jwt           client_credentials
 *     rotating  secret in a header        refresh_token; each is good once, and using it twice
 *                                         revokes all that came of it
 *     signing   nothing                   jwt-bearer, with an assertion signed by rsa.pem
 *     service   secret in a header        account_credentials with account_id=A1
 *
 *     certified the certificate           client_credentials; with OAUTH_TLS only
 *               client.pem (RFC 8705 §2.2)
 *
 * OAUTH_TLS is a folder with server.pem, server.key and client.pem: then all of it is https. Each
 * secret is "secret of " and the client's name. Over the same port:
 *
 *     POST /__refresh   {token}: a refresh token for the client "rotating"
 *     POST /__revoke    revokes all access tokens that there are
 *     POST /__settings  {lifetime, leeway, delay, revokeAt, endOld, slow}: seconds an access
 *                       token lives; seconds in which a refresh token may be used again;
 *                       milliseconds until /token answers, after its effect; "POST": the next such
 *                       request to /scim/v2 finds all access tokens revoked; true: a new access
 *                       token ends the older ones; milliseconds until /scim/v2 looks at one
 *     GET  /__grants    what was asked of /token, in order: {grant, client, error}
 *     GET  /__guard     what came to /scim/v2: {method, path, status}, of those turned away too
 */
"use strict";
const crypto = require("crypto");
const fs = require("fs");
const http = require("http");
const https = require("https");
const path = require("path");
const jose = require("jose");

const { env } = process;
const upstream = new URL(env.UPSTREAM ?? "http://127.0.0.1:1/scim/v2");
const settings = { lifetime: 3600, leeway: 0, delay: 0, revokeAt: null, endOld: false, slow: 0 };
const grants = [];
const guarded = [];
const stores = new Map();

/* What was issued, in memory; oidc-provider's own example has the same shape. */
class Store {
  constructor(model) {
    if (!stores.has(model)) stores.set(model, new Map());
    this.items = stores.get(model);
  }

  async upsert(id, payload) {
    this.items.set(id, { ...payload });
  }

  async find(id) {
    const item = this.items.get(id);
    if (!item?.usedAt) return item;
    const late = Date.now() - item.usedAt > settings.leeway * 1000;
    return late ? { ...item, consumed: Math.floor(item.usedAt / 1000) || 1 } : item;
  }

  async consume(id) {
    const item = this.items.get(id);
    item.usedAt ??= Date.now();
  }

  async destroy(id) {
    this.items.delete(id);
  }

  async revokeByGrantId(grantId) {
    for (const [id, item] of this.items) if (item.grantId === grantId) this.items.delete(id);
  }
}

function makeKey(name, type, options) {
  const { privateKey, publicKey } = crypto.generateKeyPairSync(type, options);
  const pem = privateKey.export({ type: "pkcs8", format: "pem" });
  if (env.OAUTH_KEYS)
    fs.writeFileSync(path.join(env.OAUTH_KEYS, `${name}.pem`), pem, { mode: 0o600 });
  return { publicKey, jwk: { ...publicKey.export({ format: "jwk" }), kid: name, use: "sig" } };
}

const rsa = makeKey("rsa", "rsa", { modulusLength: 2048 });
const ec = makeKey("ec", "ec", { namedCurve: "P-256" });
const JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";

function client(id, method, grantType, more) {
  return {
    client_id: id,
    client_secret: `secret of ${id}`,
    token_endpoint_auth_method: method,
    grant_types: [grantType],
    response_types: [],
    redirect_uris: [],
    scope: "scim",
    ...more,
  };
}

function keyClient(id, key, algorithm) {
  return client(id, "private_key_jwt", "client_credentials", {
    client_secret: undefined,
    token_endpoint_auth_signing_alg: algorithm,
    jwks: { keys: [key.jwk] },
  });
}

function readTls(name) {
  return fs.readFileSync(path.join(env.OAUTH_TLS, name));
}

function certified() {
  const certificate = new crypto.X509Certificate(readTls("client.pem"));
  const jwk = {
    ...certificate.publicKey.export({ format: "jwk" }),
    x5c: [certificate.raw.toString("base64")],
  };
  return client("certified", "self_signed_tls_client_auth", "client_credentials", {
    client_secret: undefined,
    jwks: { keys: [jwk] },
  });
}

const configuration = {
  adapter: Store,
  scopes: ["scim", "offline_access"],
  clients: [
    client("basic", "client_secret_basic", "client_credentials"),
    client("body", "client_secret_post", "client_credentials"),
    keyClient("rsa", rsa, "RS256"),
    keyClient("ec", ec, "ES256"),
    client("rotating", "client_secret_basic", "refresh_token", {
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      redirect_uris: ["https://client.example/"],
      scope: "scim offline_access",
    }),
    client("signing", "none", JWT_BEARER, { client_secret: undefined }),
    client("service", "client_secret_basic", "account_credentials"),
    ...(env.OAUTH_TLS ? [certified()] : []),
  ],
  clientAuthMethods: [
    "client_secret_basic",
    "client_secret_post",
    "private_key_jwt",
    "none",
    "self_signed_tls_client_auth",
  ],
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    mTLS: {
      enabled: true,
      selfSignedTlsClientAuth: true,
      getCertificate: (ctx) => ctx.socket.getPeerX509Certificate?.(),
    },
  },
  ttl: {
    AccessToken: () => settings.lifetime,
    ClientCredentials: () => settings.lifetime,
    RefreshToken: 86400,
    Grant: 86400,
  },
  rotateRefreshToken: true,
  findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
};

/* A grant of a service's own: an access token for the client, if check() is satisfied. */
function addGrant(provider, errors, name, parameters, check) {
  const handler = async (ctx, next) => {
    try {
      await check(ctx.oidc.params);
    } catch (error) {
      throw new errors.InvalidGrant(error.message);
    }
    const token = new provider.ClientCredentials({ client: ctx.oidc.client, scope: "scim" });
    ctx.body = {
      access_token: await token.save(),
      expires_in: token.expiration,
      token_type: token.tokenType,
    };
    await next();
  };
  provider.registerGrantType(name, handler, parameters);
}

function addGrants(provider, errors, origin) {
  addGrant(provider, errors, JWT_BEARER, ["assertion", "scope"], ({ assertion }) =>
    jose.jwtVerify(assertion, rsa.publicKey, {
      issuer: "signing",
      subject: "admin@example.com",
      audience: `${origin}/token`,
      requiredClaims: ["exp", "iat", "jti"],
    }),
  );
  addGrant(provider, errors, "account_credentials", ["account_id"], (params) => {
    if (params.account_id !== "A1") throw new Error("no such account");
  });
}

function watch(provider) {
  const note = (ctx, error) =>
    grants.push({
      grant: ctx.oidc?.params?.grant_type,
      client: ctx.oidc?.client?.clientId,
      error: error?.error ?? null,
    });
  provider.on("grant.success", (ctx) => note(ctx));
  provider.on("grant.success", (ctx) => {
    if (settings.endOld) endAllBut(ctx.body?.access_token);
  });
  provider.on("grant.error", note);
  provider.on("server_error", (ctx, error) => console.error(error));
}

async function issueRefreshToken(provider) {
  const grant = new provider.Grant({ accountId: "admin", clientId: "rotating" });
  grant.addOIDCScope("scim offline_access");
  const token = new provider.RefreshToken({
    accountId: "admin",
    client: await provider.Client.find("rotating"),
    grantId: await grant.save(),
    gty: "authorization_code",
    scope: "scim offline_access",
  });
  return { token: await token.save() };
}

function read(req) {
  return new Promise((resolve, reject) => {
    const parts = [];
    req.on("data", (part) => parts.push(part));
    req.on("end", () => resolve(Buffer.concat(parts)));
    req.on("error", reject);
  });
}

async function isGood(provider, header) {
  const value = /^Bearer (\S+)$/.exec(header ?? "")?.[1];
  const found =
    value &&
    ((await provider.AccessToken.find(value)) ?? (await provider.ClientCredentials.find(value)));
  return Boolean(found?.isValid);
}

function forward(req, res, body, done) {
  const target = upstream.pathname.replace(/\/$/, "") + req.url.slice("/scim/v2".length);
  const headers = { ...req.headers, authorization: `Bearer ${env.SCIM_TOKEN ?? "test-token"}` };
  delete headers.host;
  const options = { method: req.method, host: upstream.hostname, port: upstream.port, headers };
  const sent = http.request({ ...options, path: target, agent: false }, (answer) => {
    done(answer.statusCode);
    res.writeHead(answer.statusCode, answer.headers);
    answer.pipe(res);
  });
  sent.on("error", () => res.destroy());
  sent.end(body);
}

function endAllBut(token) {
  const tokens = stores.get("AccessToken");
  for (const id of tokens?.keys() ?? []) if (id !== token) tokens.delete(id);
}

function revokeAccess() {
  for (const model of ["AccessToken", "ClientCredentials"]) stores.get(model)?.clear();
  return {};
}

async function guard(provider, req, res) {
  const body = await read(req);
  if (settings.slow) await new Promise((resolve) => setTimeout(resolve, settings.slow));
  if (req.method === settings.revokeAt) {
    settings.revokeAt = null;
    revokeAccess();
  }
  const note = (status) => guarded.push({ method: req.method, path: req.url, status });
  if (await isGood(provider, req.headers.authorization)) return forward(req, res, body, note);
  note(401);
  const text = '{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"401"}';
  res.writeHead(401, {
    "WWW-Authenticate": 'Bearer error="invalid_token"',
    "Content-Type": "application/scim+json",
    "Content-Length": text.length,
  });
  return res.end(text);
}

const controls = {
  "POST /__refresh": issueRefreshToken,
  "POST /__revoke": revokeAccess,
  "POST /__settings": (provider, body) => Object.assign(settings, body),
  "GET /__grants": () => grants,
  "GET /__guard": () => guarded,
};

async function control(provider, req, res) {
  const body = await read(req);
  const answer = await controls[`${req.method} ${req.url}`](
    provider,
    body.length ? JSON.parse(body) : {},
  );
  const text = JSON.stringify(answer);
  res
    .writeHead(200, {
      "Content-Type": "application/json",
      "Content-Length": Buffer.byteLength(text),
    })
    .end(text);
}

/* The answer is ready, and so is its effect; it only leaves later. */
function answerLate(res) {
  const { end } = res;
  res.end = (...args) => {
    setTimeout(() => end.apply(res, args), settings.delay);
    return res;
  };
}

/* Whether a certificate will do is for the client's own record to say, not for an authority. */
function makeServer() {
  if (!env.OAUTH_TLS) return http.createServer();
  return https.createServer({
    key: readTls("server.key"),
    cert: readTls("server.pem"),
    requestCert: true,
    rejectUnauthorized: false,
  });
}

async function main() {
  const { default: Provider, errors } = await import("oidc-provider");
  const server = makeServer();
  await new Promise((done) => server.listen(Number(env.PORT ?? 0), "127.0.0.1", done));
  const origin = `${env.OAUTH_TLS ? "https" : "http"}://127.0.0.1:${server.address().port}`;
  const provider = new Provider(origin, configuration);
  const issue = provider.callback();

  addGrants(provider, errors, origin);
  watch(provider);
  server.on("request", (req, res) => {
    const failed = (error) => {
      console.error(error);
      res.destroy();
    };
    if (req.url.startsWith("/__")) return control(provider, req, res).catch(failed);
    if (req.url.startsWith("/scim/v2")) return guard(provider, req, res).catch(failed);
    if (settings.delay) answerLate(res);
    return issue(req, res);
  });
  console.log(`listening on ${origin}/scim/v2`);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => process.exit(0));
