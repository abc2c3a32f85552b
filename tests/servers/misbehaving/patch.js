/*
 * PATCH by the letter of RFC 7644 §3.5.2: operations in order, all or nothing, on a copy of the
 * resource.
 *
 * The strict reading where servers differ: "op" is lower-case; a value filter that finds nothing is
 * 400 noTarget for every verb; "remove" of a path without a value filter removes the whole
 * attribute, whatever "value" says - so a client that sends
 * {"op":"remove","path":"members","value":[…]} empties the group.
 */
"use strict";
const { ScimError } = require("./schema.js");
const { path } = require("./path.js");

const MESSAGE = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

function merge(old, values) {
  return [...old, ...values.filter((v) => !old.some((o) => same(o, v)))];
}

/* RFC 7644 §3.5.2: a new primary value takes the mark from the others. */
function onePrimary(old, values) {
  if (!values.some((v) => v.primary === true)) return old;
  return old.map((v) => (v.primary ? { ...v, primary: false } : v));
}

function assign(schema, op, holder, { attribute, sub }, value, where) {
  const name = attribute.name;
  if (sub) {
    if (attribute.multi) throw new ScimError(400, "invalidPath", `"${where}" needs a value filter`);
    holder[name] = { ...holder[name], [sub.name]: schema.check(sub, value, where) };
    return;
  }
  const checked = schema.check(attribute, attribute.multi ? [value].flat() : value, where);
  if (attribute.multi && op === "add")
    holder[name] = merge(onePrimary(holder[name] ?? [], checked), checked);
  else if (attribute.type === "complex" && !attribute.multi)
    holder[name] = { ...holder[name], ...checked };
  else holder[name] = checked;
}

function assignMatching(schema, holder, { attribute, sub, match }, value, where) {
  const checked = sub
    ? { [sub.name]: schema.check(sub, value, where) }
    : schema.check({ ...attribute, multi: false }, value, where);
  holder[attribute.name] = holder[attribute.name].map((v) => (match(v) ? { ...v, ...checked } : v));
}

function remove(holder, { attribute, sub, match }) {
  const name = attribute.name;
  const without = (v) => {
    const { [sub.name]: _gone, ...rest } = v;
    return rest;
  };
  if (match && sub) holder[name] = holder[name].map((v) => (match(v) ? without(v) : v));
  else if (match) holder[name] = holder[name].filter((v) => !match(v));
  else if (sub && holder[name])
    holder[name] = Array.isArray(holder[name]) ? holder[name].map(without) : without(holder[name]);
  else delete holder[name];
  if (Array.isArray(holder[name]) && !holder[name].length) delete holder[name];
}

function withoutPath(context, op, resource, value) {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new ScimError(400, "invalidValue", "without a path the value must be an object");
  for (const [name, v] of Object.entries(value))
    if (!["schemas", "id", "meta"].includes(name))
      apply(context, resource, { op, path: name, value: v });
}

function apply(context, resource, { op, path: text, value }) {
  const { schema, type, typedAdd } = context;
  if (!["add", "replace", "remove"].includes(op))
    throw new ScimError(400, "invalidSyntax", `there is no operation "${op}"`);
  if (text === undefined && op === "remove")
    throw new ScimError(400, "noTarget", "remove needs a path");
  if (op !== "remove" && value === undefined)
    throw new ScimError(400, "invalidValue", `${op} needs a value`);
  if (text === undefined) return withoutPath(context, op, resource, value);
  const target = path(schema, type, text);
  if (["id", "meta"].includes(target.attribute?.name))
    throw new ScimError(400, "mutability", `"${text}" is read-only`);
  if (!target.attribute) return applyExtension(schema, type, resource, op, target.urn, value);
  const holder = target.urn ? { ...resource[target.urn] } : resource;
  if (target.match && !(holder[target.attribute.name] ?? []).some(target.match)) {
    if (!typedAdd || op === "remove")
      throw new ScimError(400, "noTarget", `no value matches "${text}"`);
    holder[target.attribute.name] = [...(holder[target.attribute.name] ?? []), target.wanted];
  }
  if (op === "remove") remove(holder, target);
  else if (target.match) assignMatching(schema, holder, target, value, text);
  else assign(schema, op, holder, target, value, text);
  if (target.urn) setExtension(resource, target.urn, holder);
  return undefined;
}

function setExtension(resource, urn, value) {
  if (Object.keys(value).length) resource[urn] = value;
  else delete resource[urn];
}

function applyExtension(schema, type, resource, op, urn, value) {
  if (op === "remove") return setExtension(resource, urn, {});
  const checked = schema.checkTable(schema.types[type].extensions[urn], value, urn);
  return setExtension(resource, urn, { ...resource[urn], ...checked });
}

/*
 * The patched copy of `resource`; throws ScimError when one operation fails. `context` is {schema,
 * type, typedAdd}; the latter: a value filter that finds nothing makes the value it wants.
 */
function patch(context, resource, body) {
  if (!body?.schemas?.includes?.(MESSAGE))
    throw new ScimError(400, "invalidSyntax", `"schemas" must hold ${MESSAGE}`);
  if (!Array.isArray(body.Operations) || !body.Operations.length)
    throw new ScimError(400, "invalidSyntax", '"Operations" must be a list');
  const copy = structuredClone(resource);
  for (const operation of body.Operations) apply(context, copy, operation);
  return copy;
}

module.exports = { patch };
