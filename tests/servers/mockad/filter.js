/*
 * Search filters: RFC 4511 §4.5.1.7 to text for the log, and what they match. An attribute's
 * syntax says how values compare: numbers, DNs, bytes, else text without regard to case.
 */
"use strict";
const dn = require("./dn.js");
const { elements } = require("./wire.js");
const { guidBytes, sidBytes } = require("./values.js");

const BIT_AND = "1.2.840.113556.1.4.803";
const BIT_OR = "1.2.840.113556.1.4.804";

const numeric = new Set(
  (
    "usnchanged usncreated useraccountcontrol grouptype primarygroupid samaccounttype " +
    "accountexpires lockouttime pwdlastset instancetype"
  ).split(" "),
);
const binary = new Set(["objectguid", "objectsid", "invocationid", "thumbnailphoto"]);

const escaped = (bytes) =>
  [...bytes]
    .map((byte) =>
      byte < 32 || byte > 126 || "*()\\".includes(String.fromCharCode(byte))
        ? `\\${byte.toString(16).padStart(2, "0")}`
        : String.fromCharCode(byte),
    )
    .join("");

function substringText(parts) {
  const text = parts.map(({ tag, value }) => `${tag === 0x80 ? "" : "*"}${escaped(value)}`);
  return text.join("") + (parts[parts.length - 1].tag === 0x82 ? "" : "*");
}

function extensible(value) {
  const found = Object.fromEntries(elements(value).map((part) => [part.tag, part.value]));
  return { rule: found[0x81]?.toString() ?? "", type: found[0x82]?.toString(), value: found[0x83] };
}

function toText({ tag, value }) {
  if (tag === 0x87) return `(${value}=*)`;
  if (tag === 0xa9) {
    const { rule, type, value: wanted } = extensible(value);
    return `(${type}:${rule}:=${escaped(wanted)})`;
  }
  const parts = elements(value);
  if (tag <= 0xa2) return `(${"&|!"[tag - 0xa0]}${parts.map(toText).join("")})`;
  if (tag === 0xa4) return `(${parts[0].value}=${substringText(elements(parts[1].value))})`;
  const sign = { 0xa3: "=", 0xa5: ">=", 0xa6: "<=", 0xa8: "~=" }[tag];
  return `(${parts[0].value}${sign}${escaped(parts[1].value)})`;
}

const textOf = (value) => (Buffer.isBuffer(value) ? value.toString() : value.dn);

function equals(name, value, wanted) {
  const text = wanted.toString();
  if (name === "objectguid" && /^[0-9a-f-]{36}$/i.test(text)) return guidBytes(text).equals(value);
  if (name === "objectsid" && /^S-1-/i.test(text)) return sidBytes(text).equals(value);
  if (binary.has(name)) return wanted.equals(value);
  if (numeric.has(name)) return BigInt(text) === BigInt(value.toString());
  if (Buffer.isBuffer(value)) return value.toString().toLowerCase() === text.toLowerCase();
  const guid = /^<GUID=([0-9a-f-]{36})>$/i.exec(text);
  if (guid) return value.guid === guid[1].toLowerCase();
  // objectCategory may be named by its last part only, [MS-ADTS] 3.1.1.3.1.3.5
  if (name === "objectcategory" && !text.includes("="))
    return dn.parse(value.dn)[0].value.toLowerCase() === text.toLowerCase();
  return dn.key(value.dn) === dn.key(text);
}

function compare(name, value, wanted) {
  if (!numeric.has(name)) return textOf(value) < wanted.toString() ? -1 : 1;
  const difference = BigInt(value.toString()) - BigInt(wanted.toString());
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

function substring(value, parts) {
  const pattern = parts
    .map(({ tag, value: part }) => {
      const text = part.toString().replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
      return tag === 0x80 ? `^${text}` : tag === 0x82 ? `${text}$` : text;
    })
    .join(".*");
  return new RegExp(pattern, "is").test(textOf(value));
}

function bits(value, { rule, value: wanted }) {
  const [have, mask] = [BigInt(value.toString()), BigInt(wanted.toString())];
  if (rule === BIT_AND) return (have & mask) === mask;
  return rule === BIT_OR && (have & mask) !== 0n;
}

/* read(name in lower case) gives the values of the object. */
function matches(filter, read) {
  const { tag, value } = filter;
  if (tag === 0x87) return read(value.toString().toLowerCase()).length > 0;
  if (tag === 0xa9) {
    const rule = extensible(value);
    return read(rule.type.toLowerCase()).some((have) => bits(have, rule));
  }
  const parts = elements(value);
  if (tag === 0xa0) return parts.every((part) => matches(part, read));
  if (tag === 0xa1) return parts.some((part) => matches(part, read));
  if (tag === 0xa2) return !matches(parts[0], read);
  const name = parts[0].value.toString().toLowerCase();
  const values = read(name);
  if (tag === 0xa4) return values.some((have) => substring(have, elements(parts[1].value)));
  const wanted = parts[1].value;
  if (tag === 0xa5) return values.some((have) => compare(name, have, wanted) >= 0);
  if (tag === 0xa6) return values.some((have) => compare(name, have, wanted) <= 0);
  return values.some((have) => equals(name, have, wanted));
}

module.exports = { toText, matches };
