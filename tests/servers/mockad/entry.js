/*
 * An object as the entry of an answer: the attributes that were asked for, values beyond
 * MaxValRange in ranges ([MS-ADTS] 3.1.1.3.1.3.3), DNs in the extended form if asked for.
 */
"use strict";
const { guidBytes, sidBytes } = require("./values.js");

/* <GUID=...>;<SID=...>;CN=... */
function extended({ dn: text, guid, sid }, form) {
  if (!form || !guid) return text;
  const id = form.text ? guid : guidBytes(guid).toString("hex");
  const sidForm = sid && (form.text ? sid : sidBytes(sid).toString("hex"));
  return `<GUID=${id}>;${sid ? `<SID=${sidForm}>;` : ""}${text}`;
}

const bytes = (value, form) =>
  Buffer.isBuffer(value) ? value : Buffer.from(extended(value, form));

/*
 * Part of the values, as asked for: "member;range=1500-2999" until the last part,
 * "member;range=3000-*".
 */
function ranged(name, values, [from, to], most, fault) {
  if (fault === "range-stop" && from > 0) return [];
  const start = fault === "range-gap" && from > 0 ? from + 7 : fault === "range-wrong" ? 0 : from;
  const asked = to === null ? most : to - from + 1;
  const part = values.slice(start, start + Math.min(asked, most));
  const isLast = start + part.length >= values.length && fault !== "range-stop";
  const end = isLast ? "*" : start + part.length - 1;
  return [{ name: `${name};range=${start}-${end}`, values: part }];
}

function attribute(name, values, range, most, fault) {
  if (range) return ranged(name, values, range, most, fault);
  if (values.length <= most) return values.length ? [{ name, values }] : [];
  return [{ name, values: [] }, ...ranged(name, values, [0, null], most, fault)];
}

/* "member;range=0-*" to its parts */
function wanted(text) {
  const [, name, from, to] = /^([^;]+)(?:;range=(\d+)-(\d+|\*))?/i.exec(text);
  const range = from === undefined ? null : [Number(from), to === "*" ? null : Number(to)];
  return { name: name.toLowerCase(), range };
}

function selection(store, object, asked) {
  if (asked.includes("1.1")) return [];
  const list = asked.filter((text) => text !== "*").map(wanted);
  if (asked.length && !asked.includes("*")) return list;
  const own = ["objectguid", "objectsid", "name", "distinguishedname", "member", "memberof"];
  const all = [...Object.keys(object.attributes), ...own, "whenchanged", "usnchanged"];
  const further = list.filter(({ name }) => !all.includes(name));
  return [...all.map((name) => ({ name, range: null })), ...further];
}

/* options: {asked, form, most (values of one attribute), fault (of ranges)} -> {dn, attributes} */
function build(store, object, { asked, form, most, fault }) {
  const attributes = selection(store, object, asked).flatMap(({ name, range }) =>
    attribute(
      store.nameOf(object, name),
      store.values(object, name).map((value) => bytes(value, form)),
      range,
      most,
      fault,
    ),
  );
  return { dn: extended(store.reference(object), form), attributes };
}

module.exports = { build, extended, bytes };
