/*
 * The application: SCIM 2.0 users and groups in memory, as strict as the RFCs allow (RFC 7644 §3).
 *
 * handle(request) takes {method, path, query, type, body, credentials} and returns {status,
 * headers, body}; it knows nothing of sockets or faults. Every change goes through put(), so `dry`
 * can hold them all back (the fault "no-effect"). What services differ in is read from
 * `personality`: see personality.js.
 */
"use strict";
const { randomUUID } = require("crypto");
const { Schema, ScimError } = require("./schema.js");
const { filter } = require("./path.js");
const { patch } = require("./patch.js");
const groups = require("./groups.js");
const users = require("./users.js");

const MESSAGES = "urn:ietf:params:scim:api:messages:2.0:";
const CONFIG = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
const ENDPOINTS = { Users: "User", Groups: "Group" };

class Scim {
  constructor(personality, accepted) {
    this.personality = personality;
    this.accepted = accepted;
    this.schema = new Schema(personality.extensions);
    this.reset();
  }

  reset() {
    this.data = { User: new Map(), Group: new Map() };
    this.names = new Map(); // lower-cased userName -> id
    this.last = 0;
    this.version = 0;
    this.dry = false;
  }

  put(type, id, resource) {
    if (this.dry) return;
    const old = this.data[type].get(id);
    if (type === "User" && old) this.names.delete(old.userName.toLowerCase());
    if (type === "User" && resource) this.names.set(resource.userName.toLowerCase(), id);
    if (resource) this.data[type].set(id, resource);
    else this.data[type].delete(id);
  }

  handle(request) {
    try {
      return this.personality.before?.(request, this) ?? this.answer(request);
    } catch (error) {
      if (!(error instanceof ScimError)) throw error;
      const headers = error.status === 401 ? { "WWW-Authenticate": 'Bearer realm="scim"' } : {};
      return { status: error.status, headers, body: this.error(error) };
    }
  }

  error({ status, scimType, message }) {
    return {
      schemas: [`${MESSAGES}Error`],
      status: String(status),
      scimType: scimType ?? undefined,
      detail: message,
    };
  }

  answer(request) {
    const { method, path, credentials, origin } = request;
    if (!this.accepted.includes(credentials))
      throw new ScimError(401, null, "no valid credentials");
    const { base } = this.personality;
    if (path !== base && !path.startsWith(`${base}/`))
      throw new ScimError(404, null, "no such endpoint");
    const [endpoint, id, more] = path
      .slice(base.length + 1)
      .split("/")
      .map(decodeURIComponent);
    const type = ENDPOINTS[endpoint];
    if (!type || more !== undefined) return this.discover(method, endpoint);
    if (type === "Group" && !this.personality.groups)
      throw new ScimError(404, null, "no such endpoint");
    if (type === "Group") groups.allow(this.personality, method);
    if (type === "User") users.allow(this.personality, request, this.data.User.get(id));
    const verb = `${method} ${id === undefined ? "collection" : "one"}`;
    const todo = {
      "GET collection": () => this.list(type, request),
      "POST collection": () => this.create(type, request),
      "GET one": () => ({ status: 200, body: this.get(type, id) }),
      "PUT one": () => this.replace(type, id, request),
      "PATCH one": () => this.patch(type, id, request),
      "DELETE one": () => this.remove(type, id),
    }[verb];
    if (!todo) throw new ScimError(405, null, `${method} is not possible here`);
    return this.present(todo(), `${origin}${base}/${endpoint}`, request.query);
  }

  /* Adds meta.location, and leaves out what ?attributes and ?excludedAttributes do not want. */
  present(answer, url, query) {
    const list = (name) => (query.get(name) ?? "").toLowerCase().split(",").filter(Boolean);
    const [only, except] = [list("attributes"), list("excludedAttributes")];
    const wanted = (key) =>
      ["id", "schemas"].includes(key) ||
      (only.length ? only.includes(key.toLowerCase()) : !except.includes(key.toLowerCase()));
    const show = (resource) => {
      const { password: _secret, ...all } = groups.shown(this.personality, users.shown(this.personality, resource));
      const located = {
        ...all,
        meta: { ...all.meta, location: `${url}/${encodeURIComponent(all.id)}` },
      };
      return Object.fromEntries(Object.entries(located).filter(([key]) => wanted(key)));
    };
    const body = answer.body?.Resources
      ? { ...answer.body, Resources: answer.body.Resources.map(show) }
      : answer.body && show(answer.body);
    const headers =
      answer.status === 201 && this.personality.location
        ? { Location: `${url}/${encodeURIComponent(answer.body.id)}` }
        : {};
    return { ...answer, headers, body };
  }

  get(type, id) {
    const resource = this.data[type].get(id);
    if (!resource) throw new ScimError(404, null, `there is no ${type} "${id}"`);
    return resource;
  }

  parse({ type, body }) {
    if (!/^application\/(scim\+)?json\b/i.test(type ?? ""))
      throw new ScimError(415, null, "send JSON");
    try {
      return JSON.parse(body);
    } catch {
      throw new ScimError(400, "invalidSyntax", "the body is not JSON");
    }
  }

  /* RFC 9865: a cursor is the place, so that it is not told from one that means something. */
  listByCursor(all, query) {
    if (query.has("startIndex")) throw new ScimError(400, "invalidValue", "there is no index");
    const start = Number(Buffer.from(query.get("cursor") ?? "", "base64").toString() || 0);
    if (!Number.isInteger(start)) throw new ScimError(400, "invalidCursor", "no such cursor");
    const count = Math.min(Number(query.get("count") ?? 100), this.personality.pageMax);
    const end = start + count;
    const more = end < all.length && { nextCursor: Buffer.from(String(end)).toString("base64") };
    const Resources = all.slice(start, end);
    return { status: 200, body: { schemas: [`${MESSAGES}ListResponse`], Resources, ...more } };
  }

  list(type, { query }) {
    const { pageDefault, pageMax, paging, cursors } = this.personality;
    const text = query.get("filter");
    if (text !== null && !this.personality.filter)
      throw new ScimError(400, "invalidFilter", "filters are not supported");
    const all = [...this.data[type].values()].filter(
      text === null ? () => true : filter(this.schema, type, text),
    );
    if (cursors) return this.listByCursor(all, query);
    const number = (name, otherwise, least) => {
      const value = Number(query.get(name) ?? otherwise);
      if (!Number.isInteger(value))
        throw new ScimError(400, "invalidValue", `${name} must be a number`);
      return Math.max(value, least);
    };
    const start = paging ? number("startIndex", 1, 1) : 1;
    const count = paging ? Math.min(number("count", pageDefault, 0), pageMax) : all.length;
    const Resources = all.slice(start - 1, start - 1 + count);
    return {
      status: 200,
      body: {
        schemas: [`${MESSAGES}ListResponse`],
        totalResults: all.length,
        startIndex: start,
        itemsPerPage: Resources.length,
        Resources,
      },
    };
  }

  /* What every written resource must obey: a free userName, members that exist. */
  store(type, id, resource) {
    const owner = type === "User" && this.names.get(resource.userName.toLowerCase());
    if (owner && owner !== id)
      throw new ScimError(409, "uniqueness", `userName "${resource.userName}" is taken`);
    for (const { value } of resource.members ?? [])
      if (!this.data.User.has(value) && !this.data.Group.has(value))
        throw new ScimError(400, "invalidValue", `there is no member "${value}"`);
    const now = new Date().toISOString();
    const urns = Object.keys(this.schema.types[type].extensions).filter((urn) => resource[urn]);
    const meta = {
      resourceType: type,
      created: this.data[type].get(id)?.meta.created ?? now,
      lastModified: now,
      ...(this.personality.etag && { version: `W/"${++this.version}"` }),
    };
    const whole = { ...resource, schemas: [this.schema.types[type].id, ...urns], id, meta };
    this.put(type, id, whole);
    return whole;
  }

  create(type, request) {
    const sent = this.parse(request);
    const body = type === "User" ? users.plain(this.personality, sent) : sent;
    const resource = this.schema.resource(type, body);
    const id = this.personality.ids === "number" ? String(++this.last) : randomUUID();
    try {
      return { status: 201, body: this.store(type, id, resource) };
    } catch (error) {
      throw type === "User" ? users.refusal(this.personality, error) : error;
    }
  }

  replace(type, id, request) {
    if (!this.personality.put) throw new ScimError(405, null, "PUT is not supported");
    const old = this.get(type, id);
    const sent = this.parse(request);
    const body = type === "User" ? users.plain(this.personality, sent) : sent;
    const whole = type === "User" ? users.replaced(this.personality, old, body) : body;
    let resource = this.schema.resource(type, whole);
    if (type === "Group") resource = groups.named(this.personality, old, resource);
    return { status: 200, body: this.store(type, id, resource) };
  }

  patch(type, id, request) {
    if (!this.personality.patch) throw new ScimError(501, null, "PATCH is not supported");
    const old = this.get(type, id);
    const { schemas: _schemas, id: _id, meta: _meta, ...rest } = old;
    const sent = this.parse(request);
    const body =
      type === "Group"
        ? groups.plain(this.personality, old, sent)
        : users.patched(this.personality, sent);
    if (body === null) return { status: 204 };
    let changed = patch(this.schema, type, rest, body);
    if (type === "Group") changed = groups.named(this.personality, old, changed);
    const { required } = this.schema.types[type];
    if (!changed[required]) throw new ScimError(400, "invalidValue", `"${required}" is required`);
    const stored = this.store(type, id, changed);
    return this.personality.patchAnswer === 204 ? { status: 204 } : { status: 200, body: stored };
  }

  remove(type, id) {
    this.get(type, id);
    this.put(type, id, null);
    for (const group of this.data.Group.values())
      if (group.members?.some((m) => m.value === id))
        this.put("Group", group.id, {
          ...group,
          members: group.members.filter((m) => m.value !== id),
        });
    return { status: 204 };
  }

  discover(method, endpoint) {
    if (method !== "GET" || !this.personality.discovery)
      throw new ScimError(404, null, "no such endpoint");
    const { patch: canPatch, filter: canFilter, pageMax, groups } = this.personality;
    const types = Object.entries(ENDPOINTS)
      .filter(([, type]) => type === "User" || groups)
      .map(([name, type]) => ({
        schemas: ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
        id: type,
        name: type,
        endpoint: `/${name}`,
        schema: this.schema.types[type].id,
        schemaExtensions: Object.keys(this.schema.types[type].extensions).map((s) => ({
          schema: s,
          required: false,
        })),
      }));
    const lists = {
      ResourceTypes: types,
      Schemas: types.flatMap((t) =>
        [t.schema, ...t.schemaExtensions.map((e) => e.schema)].map((id) => ({ id })),
      ),
    };
    if (lists[endpoint])
      return {
        status: 200,
        body: {
          schemas: [`${MESSAGES}ListResponse`],
          totalResults: lists[endpoint].length,
          startIndex: 1,
          itemsPerPage: lists[endpoint].length,
          Resources: lists[endpoint],
        },
      };
    if (endpoint !== "ServiceProviderConfig") throw new ScimError(404, null, "no such endpoint");
    const no = { supported: false };
    return {
      status: 200,
      body: {
        schemas: [CONFIG],
        patch: { supported: canPatch },
        sort: no,
        etag: no,
        bulk: { ...no, maxOperations: 0, maxPayloadSize: 0 },
        changePassword: no,
        filter: { supported: canFilter, maxResults: pageMax },
        authenticationSchemes: [
          { type: "oauthbearertoken", name: "token", description: "a bearer token" },
        ],
      },
    };
  }
}

module.exports = { Scim };
