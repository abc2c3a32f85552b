/*
 * How services differ about accounts, as the settings of personality.js say: which requests they
 * want, which PATCH they understand, how they spell booleans, what they call a duplicate.
 *
 * plain(), patched() and replaced() turn what such a service understands into the words of
 * RFC 7644, before schema.js and patch.js take it; what it does not understand they refuse.
 */
"use strict";
const { ScimError } = require("./schema.js");

const refuse = (status, scimType, detail) => {
  throw new ScimError(status, scimType, detail);
};

/* RFC 6585 §3: who changes an account says which version of it. */
function checkVersion({ method, ifMatch }, etag, user) {
  if (method === "GET" || !user) return;
  if (!ifMatch && etag === true) refuse(428, null, "say which version");
  if (ifMatch && ifMatch !== user.meta.version)
    refuse(412, null, `the version is ${user.meta.version}`);
}

function checkFilter(searchable, text) {
  const name = text?.match(/^\s*([\w.:]+)/)?.[1];
  if (name && !searchable.includes(name)) refuse(400, "invalidFilter", `not by ${name}`);
}

/* Refuses what the service does not offer; `user` is the one that is meant, if it is there. */
function allow({ etag, searchable, deletes }, request, user) {
  if (etag) checkVersion(request, etag, user);
  if (searchable) checkFilter(searchable, request.query.get("filter"));
  if (!deletes && request.method === "DELETE") refuse(405, null, "nobody is ever deleted");
}

/* Booleans as the schema wants them, from those that the service wants. */
function booleans(value, where) {
  if (typeof value === "boolean") refuse(400, "invalidValue", `${where} must be a text`);
  if (Array.isArray(value)) return value.map((v) => booleans(v, where));
  if (typeof value !== "object" || value === null) return value;
  const out = Object.entries(value).map(([key, v]) => [key, booleans(v, key)]);
  return Object.fromEntries(
    out.map(([key, v]) =>
      ["active", "primary"].includes(key) && typeof v === "string" ? [key, v === "true"] : [key, v],
    ),
  );
}

/* A body in the words of the RFC. */
function plain({ booleansAsText, switchable }, body) {
  const out = booleansAsText === true ? booleans(body, "body") : body;
  if (!switchable && out.active === false) refuse(400, "invalidValue", "active is always true");
  return out;
}

const isNone = (value) => value === null || (Array.isArray(value) && !value.length);

/* Without a path null takes away, also within a complex attribute (RFC 7643 §2.5). */
function withoutNone(value, before) {
  return Object.entries(value).flatMap(([key, v]) => {
    const path = before + key;
    if (isNone(v)) return [{ op: "remove", path }];
    if (typeof v !== "object" || Array.isArray(v)) return [{ op: "replace", path, value: v }];
    return withoutNone(v, `${path}${key.startsWith("urn:") ? ":" : "."}`);
  });
}

/* Refuses what a PATCH may not change. */
function checkPatchable({ patchable }, { path, value }) {
  const names = path ? [path.split(/[.[]/)[0]] : Object.keys(value ?? {});
  const other = patchable && names.find((name) => !patchable.includes(name));
  if (other) refuse(400, "mutability", `"${other}" cannot be changed`);
}

function patchedOne(personality, operation) {
  const { patchPath, switchable } = personality;
  const booleansAsText = personality.booleansAsText === true;
  const { op, path, value } = operation;
  if (path && !patchPath) refuse(400, "invalidPath", "paths are not supported");
  if (!path && patchPath === "required") refuse(400, "invalidSyntax", "a path is needed");
  checkPatchable(personality, operation);
  if (path === "active" && booleansAsText && typeof value !== "string")
    refuse(400, "invalidValue", "active must be a text");
  const off = value === false || value === "false" || value?.active === false;
  if (!switchable && off) refuse(400, "invalidValue", "active is always true");
  if (!path && op === "replace" && !patchPath) return withoutNone(value, "");
  return [booleansAsText && path === "active" ? { op, path, value: value === "true" } : operation];
}

/* The PatchOp message in the words of the RFC. */
function patched(personality, body) {
  if (!Array.isArray(body?.Operations)) return body;
  const { patchOpsMax } = personality;
  if (patchOpsMax && body.Operations.length > patchOpsMax)
    refuse(400, "tooMany", `${patchOpsMax} operations at most`);
  return { ...body, Operations: body.Operations.flatMap((o) => patchedOne(personality, o)) };
}

/* What a PUT makes of an account: what it does not name is taken away, or left. */
function replaced({ put }, old, body) {
  return put === "partial" ? { ...old, ...body } : body;
}

/* A refusal as the service words it. */
function refusal({ duplicate }, error) {
  if (error.status !== 409 || !duplicate) return error;
  return new ScimError(400, null, duplicate);
}

function withTexts(value) {
  if (typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return value.map(withTexts);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, withTexts(v)]));
}

/* The account as a GET shows it, `groups` being those it is in. */
function shown({ booleansAsText, groupsOnUser, ids, shows }, user, groups) {
  const { suspended: _forEver, ...open } = user;
  const all = groupsOnUser
    ? { ...open, groups: groups.map((g) => ({ value: g.id, display: g.displayName })) }
    : open;
  const some = booleansAsText ? withTexts(all) : all;
  const own = shows ? shows(some) : some;
  return ids === "integer" ? { ...own, id: Number(own.id) } : own;
}

/* What a DELETE leaves of an account, or null. */
function afterDelete({ deletes }, user) {
  if (deletes === "deactivate") return { ...user, active: false };
  if (deletes === "suspend") return { ...user, active: false, suspended: true };
  return null;
}

module.exports = { allow, plain, patched, replaced, refusal, shown, afterDelete, checkFilter };
