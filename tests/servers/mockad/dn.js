/*
 * Distinguished names, RFC 4514, as far as a directory of our own making needs them: split,
 * escape, compare without regard to case.
 */
"use strict";

function escapeValue(value) {
  return value
    .replace(/[,+"\\<>;=]/g, "\\$&")
    .replace(/\n/g, "\\0A")
    .replace(/^[ #]/, "\\$&")
    .replace(/ $/, "\\ ");
}

function unescapeValue(text) {
  const bytes = [];
  const raw = Buffer.from(text);
  for (let i = 0; i < raw.length; i++) {
    const pair = raw.subarray(i + 1, i + 3).toString("latin1");
    if (raw[i] !== 0x5c) {
      bytes.push(raw[i]);
    } else if (/^[0-9a-f]{2}$/i.test(pair)) {
      bytes.push(parseInt(pair, 16));
      i += 2;
    } else {
      bytes.push(raw[++i]);
    }
  }
  return Buffer.from(bytes).toString();
}

/* [{type, value}], the entry's own first; null if it is no DN. */
function parse(text) {
  if (text === "") return [];
  const parts = text.match(/(?:\\.|[^\\,])+/gs) ?? [];
  if (parts.join(",") !== text) return null;
  const rdns = parts.map((part) => /^\s*([a-zA-Z][\w-]*)\s*=\s*(.*?)\s*$/s.exec(part));
  if (rdns.includes(null)) return null;
  return rdns.map(([, type, value]) => ({ type, value: unescapeValue(value) }));
}

const format = (rdns) => rdns.map(({ type, value }) => `${type}=${escapeValue(value)}`).join(",");

/* What two equal DNs have in common. */
function key(text) {
  const rdns = parse(text);
  return rdns && format(rdns).toLowerCase();
}

module.exports = { parse, format, key, escapeValue };
