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
const attributes = require("./attributes.js");
const groups = require("./groups.js");
const users = require("./users.js");
const wire = require("./wire.js");

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
      const own = this.personality.error?.(error, request);
      return { status: error.status, headers, body: own ?? this.error(error) };
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
    wire.allow(this.personality, request);
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
    if (type === "Group") groups.allow(this.personality, request);
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
    if (answer.status === 204) return answer;
    const list = (name) => (query.get(name) ?? "").toLowerCase().split(",").filter(Boolean);
    const [only, except] = [list("attributes"), list("excludedAttributes")];
    const wanted = (key) =>
      ["id", "schemas"].includes(key) ||
      (only.length ? only.includes(key.toLowerCase()) : !except.includes(key.toLowerCase()));
    const show = (resource) => {
      const { password: _secret, ...all } = this.shown(resource);
      const located = {
        ...all,
        meta: { ...all.meta, location: `${url}/${encodeURIComponent(all.id)}` },
      };
      return Object.fromEntries(Object.entries(located).filter(([key]) => wanted(key)));
    };
    const body = answer.body?.Resources
      ? wire.listed(this.personality, query.get("filter"), {
          ...answer.body,
          Resources: answer.body.Resources.map(show),
        })
      : answer.body && show(answer.body);
    const headers =
      answer.status === 201
        ? wire.located(this.personality, `${url}/${encodeURIComponent(answer.body.id)}`)
        : {};
    return { ...answer, headers, body };
  }

  shown(resource) {
    if (resource.meta.resourceType === "Group") return groups.shown(this.personality, resource);
    const own = [...this.data.Group.values()].filter((group) =>
      group.members?.some((m) => m.value === resource.id),
    );
    return users.shown(this.personality, resource, own);
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

  /* All resources that a filter wants. */
  found(type, text) {
    const all = [...this.data[type].values()];
    if (text === null) return all;
    if (!this.personality.filter)
      throw new ScimError(400, "invalidFilter", "filters are not supported");
    const { finds } = this.personality;
    return all.filter(finds ? finds(type, text) : filter(this.schema, type, text));
  }

  list(type, { query }) {
    const { pageDefault, pageMax, paging, cursors } = this.personality;
    const all = this.found(type, query.get("filter"));
    if (cursors === true || (cursors && query.has("cursor"))) return this.listByCursor(all, query);
    const number = (name, otherwise, least) => {
      const value = Number(query.get(name) ?? otherwise);
      if (!Number.isInteger(value))
        throw new ScimError(400, "invalidValue", `${name} must be a number`);
      return Math.max(value, least);
    };
    const start = paging && !cursors ? number("startIndex", 1, 1) : 1;
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

  checkUnique(id, { userName, emails = [] }) {
    const owner = this.names.get(userName.toLowerCase());
    if (owner && owner !== id)
      throw new ScimError(409, "uniqueness", `userName "${userName}" is taken`);
    const held = (user) =>
      user.id !== id && user.emails?.some((e) => emails.some(({ value }) => value === e.value));
    if (this.personality.uniqueEmail && [...this.data.User.values()].some(held))
      throw new ScimError(409, "uniqueness", "the e-mail address is taken");
  }

  /* What every written resource must obey: a free userName, members that exist. */
  store(type, id, resource) {
    if (type === "User") this.checkUnique(id, resource);
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

  newId({ externalId }) {
    const { ids } = this.personality;
    if (["number", "integer"].includes(ids)) return String(++this.last);
    return (ids === "external" && externalId) || randomUUID();
  }

  /* What the service makes of a resource that is sent. */
  written(type, old, resource) {
    if (type === "Group") return groups.named(this.personality, old, resource);
    const user = attributes.kept(this.personality, old, resource);
    attributes.check(this.personality, user);
    if (old?.suspended && user.active !== false)
      throw new ScimError(400, "mutability", "suspended for ever");
    return old?.suspended ? { ...user, suspended: true } : user;
  }

  /* Stores what was changed of an account or group, or removes it, if it means that. */
  change(type, id, resource) {
    const { switchOff } = this.personality;
    if (type === "User" && switchOff === "remove" && resource.active === false)
      return this.removeAll(type, id);
    return { status: 200, body: this.store(type, id, resource) };
  }

  create(type, request) {
    const sent = this.parse(request);
    const body = type === "User" ? users.plain(this.personality, sent) : sent;
    const resource = this.written(type, null, this.schema.resource(type, body));
    const id = this.newId(resource);
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
    return this.change(type, id, this.written(type, old, this.schema.resource(type, whole)));
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
    const changed = this.written(
      type,
      old,
      patch({ schema: this.schema, type, typedAdd: this.personality.typedAdd }, rest, body),
    );
    const { required } = this.schema.types[type];
    if (!changed[required]) throw new ScimError(400, "invalidValue", `"${required}" is required`);
    const answer = this.change(type, id, changed);
    return this.personality.patchAnswer === 204 ? { status: 204 } : answer;
  }

  remove(type, id) {
    const left = type === "User" && users.afterDelete(this.personality, this.get(type, id));
    if (!left) return this.removeAll(type, id);
    this.put(type, id, left);
    return { status: 204 };
  }

  /* Takes a resource away, also out of the groups it is in. */
  removeAll(type, id) {
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
    if (endpoint !== this.personality.discoveryPath)
      throw new ScimError(404, null, "no such endpoint");
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
