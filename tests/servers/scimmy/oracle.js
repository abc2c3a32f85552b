/*
 * Somebody else's reading of the RFCs, as a judge of what we send: npm scim-patch applies our PATCH
 * requests, npm scim2-parse-filter parses our filters.
 *
 *     node oracle.js < cases.jsonl
 *
 * A case is a line, one of
 *
 *     {"patch": [body, ...], "before": resource, "after": resource}
 *     {"filter": text, "path": attribute, "value": text}
 *     {"method", "path", "body", "before", "after", "ignoring": [attribute, ...]}
 *
 * The last is a request as the servers note it in their changes: a PATCH, whose resource is known
 * if it took effect, or a GET that searches. For each case that does not hold a line is printed
 * that says why. The exit code is 0 in any case.
 *
 * What a service understands otherwise than the RFC is told to scim-patch in the RFC's words:
 * members removed by a list, members in an object, null without a path. Whether it is sent to a
 * service that understands it so is seen in "after", which is the service's own doing.
 */
"use strict";
const assert = require("assert");
const { scimPatch, patchBodyValidation } = require("scim-patch");
const { parse } = require("scim2-parse-filter");

const READ_ONLY = ["id", "meta", "schemas", "groups"];

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const isNone = (value) => value === null || (Array.isArray(value) && !value.length);

/* "emails[type eq \"work\"].value" is of "emails". */
const attributeOf = (path) => path.replace(/[[.].*$/, "").replace(/^.*:/, "");

/* The same resource has the same value: whatever the spelling of booleans, of lists' order. */
function plainValue(value) {
  if (Array.isArray(value)) return value.map(plainValue);
  if (isObject(value)) {
    const entries = Object.entries(value)
      .map(([key, v]) =>
        ["active", "primary"].includes(key) ? [key, String(v)] : [key, plainValue(v)],
      )
      .filter(([, v]) => !isNone(v) && !(isObject(v) && !Object.keys(v).length));
    return Object.fromEntries(entries);
  }
  return value;
}

/* Without what has no meaning: meta, empty lists and objects, the schemas that are announced. */
function plain(resource, ignoring = []) {
  const { meta: _meta, schemas: _schemas, ...rest } = plainValue(resource);
  for (const name of ignoring) delete rest[name];
  if (Array.isArray(rest.members))
    rest.members = [...new Set(rest.members.map(({ value }) => value))].sort();
  return rest;
}

/* An object without a path, as operations with paths: null takes away (RFC 7643 §2.5). */
function spread(op, value, before = "") {
  return Object.entries(value).flatMap(([key, v]) => {
    const path = before + key;
    if (isNone(v)) return [{ op: "remove", path }];
    if (isObject(v)) return spread(op, v, `${path}${key.startsWith("urn:") ? ":" : "."}`);
    return [{ op, path, value: v }];
  });
}

/* Removal of members by a list, with or without an object around it. */
function removals(value) {
  const list = value.members ?? value;
  return list.map((m) => ({ op: "remove", path: `members[value eq ${JSON.stringify(m.value)}]` }));
}

function inTheirWords(operation) {
  const { op, path, value } = operation;
  if (!path) return spread(op, value);
  if (path !== "members") return [operation];
  if (op === "remove" && value) return removals(value);
  return [isObject(value) && value.members ? { op, path, value: value.members } : operation];
}

function judgePatch({ patch, before, after, ignoring }) {
  let resource = JSON.parse(JSON.stringify({ ...before, meta: { ...before.meta } }));
  for (const body of patch) {
    patchBodyValidation(body);
    resource = scimPatch(resource, body.Operations.flatMap(inTheirWords));
  }
  assert.deepStrictEqual(plain(resource, ignoring), plain(after, ignoring));
}

/* What holds for any PATCH, whatever came of it. */
function judgeShape(body) {
  patchBodyValidation(body);
  for (const { op, path, value } of body.Operations) {
    assert.strictEqual(op, op.toLowerCase(), "op is written in lower case");
    const names = path ? [attributeOf(path)] : Object.keys(value);
    for (const name of names) assert(!READ_ONLY.includes(name), `${name} is read-only`);
  }
}

/* QUIRK(scim2-parse-filter): of the escapes of JSON only \" is decoded, 0.2.10, 2026-11. */
const meant = (value) =>
  typeof value === "string" ? JSON.parse(`"${value.replaceAll('"', '\\"')}"`) : value;

const terms = (tree) => (tree.filters ? tree.filters.flatMap(terms) : [tree]);

function judgeFilter({ filter, path, value }) {
  const { op, attrPath, compValue } = parse(filter);
  assert.deepStrictEqual([op, attrPath, meant(compValue)], ["eq", path, value]);
}

/* A search as it went over the wire. */
function judgeSearch(url) {
  assert.match(url, /^[!-~]*$/, "an address is of printable ASCII");
  const raw = url.match(/[?&]filter=([^&]*)/)[1];
  assert(!raw.includes("+"), "a space is %20");
  const filter = decodeURIComponent(raw);
  const literal = '("(?:[^"\\\\]|\\\\.)*"|true|false|[0-9]+)';
  const term = `[\\w.:$-]+ eq ${literal}`;
  assert.match(filter, new RegExp(`^${term}( and ${term})*$`, "s"));
  const values = [...filter.matchAll(new RegExp(` eq ${literal}`, "gs"))].map(([, v]) => v);
  /* QUIRK(scim2-parse-filter): a backslash at the end is taken for the quote's, 0.2.10, 2026-11. */
  if (values.some((v) => v.endsWith('\\\\"'))) return;
  const read = terms(parse(filter));
  assert.deepStrictEqual(
    read.map(({ op }) => op),
    values.map(() => "eq"),
  );
  assert.deepStrictEqual(
    read.map(({ compValue }) => meant(compValue)),
    values.map((v) => JSON.parse(v)),
  );
}

function judgeRequest({ method, path, body, before, after, ignoring }) {
  if (method === "GET") return judgeSearch(path);
  judgeShape(body);
  if (before && after) judgePatch({ patch: [body], before, after, ignoring });
}

function judge(one) {
  if (one.patch) judgePatch(one);
  else if (one.method) judgeRequest(one);
  else judgeFilter(one);
}

const lines = require("fs").readFileSync(0, "utf8").split("\n").filter(Boolean);
for (const line of lines) {
  const one = JSON.parse(line);
  try {
    judge(one);
  } catch (error) {
    const why = error.message.replace(/\s+/g, " ");
    const what = one.method ? { path: one.path, body: one.body } : (one.patch ?? one.filter);
    console.log(`${JSON.stringify(what)}: ${why}`);
  }
}
