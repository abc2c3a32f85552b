/*
 * Filters and attribute paths, in the strict little subset that real services are sure to share.
 *
 *     filter = attribute SP "eq" SP JSON-literal *( SP "and" SP ... )            (RFC 7644
 *                                                                                §3.4.2.2)
 *     path   = [urn ":"] attribute ["[" filter "]"] ["." sub-attribute]  |  urn   (RFC 7644 §3.5.2)
 *
 * A string without quotes, another operator or an attribute nobody knows is 400 invalidFilter or
 * invalidPath.
 */
"use strict";
const { ScimError } = require("./schema.js");

const TERM =
  /^\s*([^\s"[\]]+)\s+eq\s+("(?:[^"\\]|\\.)*"|true|false|-?\d+(?:\.\d+)?)\s*(?:$|and\s+(?=\S))/i;
const COMMON = {
  id: "string",
  meta: { type: "complex", sub: { resourceType: "string", location: "string" } },
};

/* Splits "urn:…:User:name.sub" or "name.sub" into {urn, attribute, sub}, with the definitions. */
function resolve(schema, type, text) {
  const { id, attributes, extensions } = schema.types[type];
  const urns = [id, ...Object.keys(extensions)];
  const urn = urns.find((u) => text.toLowerCase().startsWith(`${u}:`.toLowerCase()));
  const [name, subName, ...rest] = (urn ? text.slice(urn.length + 1) : text).split(".");
  const extension = urn && urn !== id ? urn : null;
  const table = extension ? extensions[extension] : { ...attributes, ...COMMON };
  const attribute = schema.find(table, name);
  const sub = subName === undefined ? null : schema.find(attribute?.sub, subName);
  if (!attribute || rest.length || (subName !== undefined && !sub)) return null;
  return { urn: extension, attribute, sub };
}

function terms(text, lookup) {
  const out = [];
  for (let rest = text; rest !== "";) {
    const match = TERM.exec(rest);
    const target = match && lookup(match[1]);
    if (!target) throw new ScimError(400, "invalidFilter", `cannot read the filter at "${rest}"`);
    out.push({ ...target, value: JSON.parse(match[2]) });
    rest = rest.slice(match[0].length);
  }
  if (!out.length) throw new ScimError(400, "invalidFilter", "the filter is empty");
  return out;
}

const equal = (definition, a, b) =>
  a === b ||
  (definition.fold &&
    typeof a === "string" &&
    typeof b === "string" &&
    a.toLowerCase() === b.toLowerCase());

/* A predicate over resources. A multi-valued attribute matches when any value does. */
function filter(schema, type, text) {
  const list = terms(text, (name) => resolve(schema, type, name));
  return (resource) =>
    list.every(({ urn, attribute, sub, value }) => {
      const found = (urn ? resource[urn] : resource)?.[attribute.name];
      const leaf =
        sub ?? (attribute.type === "complex" ? schema.find(attribute.sub, "value") : attribute);
      return [found ?? []]
        .flat()
        .some((v) => equal(leaf, attribute.type === "complex" ? v[leaf.name] : v, value));
    });
}

/*
 * A PATCH path as {urn, attribute, sub, match, wanted}, where match is a predicate over one value,
 * and wanted a value that it holds for; only {urn} for a whole extension.
 */
function path(schema, type, text) {
  const whole = Object.keys(schema.types[type].extensions).find(
    (u) => u.toLowerCase() === text.toLowerCase(),
  );
  if (whole) return { urn: whole };
  const parts = /^([^[\]]+?)(?:\[(.*)\](?:\.([\w$]+))?)?$/s.exec(text);
  const target = parts && resolve(schema, type, parts[3] ? `${parts[1]}.${parts[3]}` : parts[1]);
  if (!target || (parts[2] !== undefined && !target.attribute.multi))
    throw new ScimError(400, "invalidPath", `there is no attribute "${text}"`);
  if (parts[2] === undefined) return target;
  const list = terms(parts[2], (name) => {
    const sub = schema.find(target.attribute.sub, name);
    return sub && { sub };
  });
  return {
    ...target,
    wanted: Object.fromEntries(list.map(({ sub, value }) => [sub.name, value])),
    match: (v) => list.every(({ sub, value }) => equal(sub, v[sub.name], value)),
  };
}

module.exports = { filter, path };
