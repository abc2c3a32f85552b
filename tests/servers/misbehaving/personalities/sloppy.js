/*
 * A service that does what is asked and writes its answers as nobody should: names in other case,
 * no schemas, ids that are numbers, numbers and booleans that are texts, a byte order mark, the
 * wrong Content-Type or none, compressed for whoever takes that, and nothing at all after a PATCH.
 */
"use strict";
const { gzipSync } = require("zlib");

const BOM = "\ufeff";

function sloppy(value) {
  if (Array.isArray(value)) return value.map(sloppy);
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value !== "object" || value === null) return value;
  const rows = Object.entries(value).filter(([key]) => key !== "schemas");
  return Object.fromEntries(rows.map(([key, v]) => [other(key), text(key, sloppy(v))]));
}

const other = (key) => (key.startsWith("urn:") ? key : key[0].toUpperCase() + key.slice(1));
const text = (key, v) => (/^(totalResults|startIndex|itemsPerPage)$/.test(key) ? String(v) : v);

function after({ method, encodings }, { body, ...answer }) {
  if (answer.status === 204 || body === undefined) return { ...answer, body };
  if (method === "PATCH" && answer.status === 200) return { ...answer, raw: "" };
  const plain = BOM + JSON.stringify(sloppy(body));
  const packed = /\bgzip\b/.test(encodings ?? "");
  return {
    ...answer,
    headers: {
      ...answer.headers,
      "Content-Type": method === "GET" ? "text/plain" : "",
      ...(packed && { "Content-Encoding": "gzip" }),
    },
    raw: packed ? gzipSync(plain) : plain,
  };
}

module.exports = { ids: "integer", pageMax: 3, booleansAsText: "shown", location: false, after };
