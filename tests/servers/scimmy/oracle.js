/*
 * Somebody else's reading of the RFCs, as a judge of what we send: npm scim-patch applies our PATCH
 * requests, npm scim2-parse-filter parses our filters.
 *
 *     node oracle.js < cases.jsonl
 *
 * A case is a line: {"patch": [body, ...], "before": resource, "after": resource} or
 * {"filter": text, "path": attribute, "value": text}. For each that does not hold a line is printed
 * that says why. The exit code is 0 in any case.
 */
"use strict";
const assert = require("assert");
const { scimPatch, patchBodyValidation } = require("scim-patch");
const { parse } = require("scim2-parse-filter");

const isEmpty = (value) =>
  typeof value === "object" && value !== null && Object.keys(value).length === 0;

/* What has no meaning: meta, empty lists and objects, the schemas that are announced. */
function plain(resource) {
  const { meta: _meta, schemas: _schemas, ...rest } = JSON.parse(JSON.stringify(resource));
  return Object.fromEntries(Object.entries(rest).filter(([, value]) => !isEmpty(value)));
}

function judgePatch({ patch, before, after }) {
  let resource = { ...before, meta: { ...before.meta } };
  for (const body of patch) {
    patchBodyValidation(body);
    resource = scimPatch(resource, body.Operations);
  }
  assert.deepStrictEqual(plain(resource), plain(after));
}

function judgeFilter({ filter, path, value }) {
  const { op, attrPath, compValue } = parse(filter);
  /* QUIRK(scim2-parse-filter): of the escapes of JSON only \" is decoded, 0.2.10, 2026-11. */
  const meant = JSON.parse(`"${compValue.replaceAll('"', '\\"')}"`);
  assert.deepStrictEqual([op, attrPath, meant], ["eq", path, value]);
}

const lines = require("fs").readFileSync(0, "utf8").split("\n").filter(Boolean);
for (const line of lines) {
  const one = JSON.parse(line);
  try {
    if (one.patch) judgePatch(one);
    else judgeFilter(one);
  } catch (error) {
    const why = error.message.replace(/\s+/g, " ");
    console.log(`${JSON.stringify(one.patch ?? one.filter)}: ${why}`);
  }
}
