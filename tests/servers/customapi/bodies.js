/*
 * Bodies as trees: JSON, application/x-www-form-urlencoded with a[b] and a[0], and as much of XML
 * as a service of this kind reads and writes: elements, text, entities, character references.
 */
"use strict";

const kind = (type = "") =>
  /json/.test(type) ? "json" : /urlencoded/.test(type) ? "form" : /xml/.test(type) ? "xml" : "text";

function put(tree, [key, ...rest], value) {
  if (!rest.length) tree[key] = value;
  else put((tree[key] ??= {}), rest, value);
}

function readForm(text) {
  const tree = {};
  for (const [name, value] of new URLSearchParams(text))
    put(tree, name.replaceAll("]", "").split("["), value);
  return tree;
}

const entities = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

const plain = (text) =>
  text.replace(/&(#x[0-9a-f]+|#\d+|\w+);/gi, (whole, name) => {
    if (name[0] !== "#") return entities[name] ?? whole;
    const hex = /^#x/i.test(name);
    return String.fromCodePoint(parseInt(name.slice(hex ? 2 : 1), hex ? 16 : 10));
  });

/* Children of an element as {name: text | tree | list of these}; text where there are none. */
function readXml(text) {
  const tokens = text.replace(/<\?.*?\?>/s, "").match(/<[^>]+>|[^<]+/g) ?? [];
  let at = 0;
  const inside = (end) => {
    const tree = {};
    let words = "";
    for (; at < tokens.length && tokens[at] !== end; at++) {
      const [, name, empty] = /^<([^\s/>]+)[^>]*?(\/?)>$/s.exec(tokens[at]) ?? [];
      if (!name) {
        words += plain(tokens[at]);
        continue;
      }
      at += empty ? 0 : 1;
      const value = empty ? "" : inside(`</${name}>`);
      tree[name] = name in tree ? [tree[name], value].flat() : value;
    }
    return Object.keys(tree).length ? tree : words;
  };
  return inside();
}

const escape = (text) =>
  String(text).replace(/[<>&"']/g, (sign) => `&#${sign.codePointAt(0)};`);

function writeElement(name, value) {
  if (Array.isArray(value)) return value.map((one) => writeElement(name, one)).join("");
  const inner =
    value !== null && typeof value === "object"
      ? Object.entries(value)
          .map(([key, one]) => writeElement(key, one))
          .join("")
      : escape(value ?? "");
  return `<${name}>${inner}</${name}>`;
}

const writeXml = (tree) => `<?xml version="1.0"?>\n${writeElement("response", tree)}`;

function writeForm(tree) {
  const out = new URLSearchParams();
  const add = (name, value) => {
    if (value === null || typeof value !== "object") out.append(name, value ?? "");
    else for (const [key, one] of Object.entries(value)) add(name ? `${name}[${key}]` : key, one);
  };
  add("", tree);
  return out.toString();
}

/* The tree of a body, or undefined: it cannot be read. */
function read(type, text) {
  try {
    return { json: JSON.parse, form: readForm, xml: readXml, text: () => undefined }[kind(type)](
      text,
    );
  } catch {
    return undefined;
  }
}

/* How a service answers in the type that it was asked in. */
function dress(type, answer) {
  const name = kind(type);
  if (name === "xml")
    return { ...answer, write: writeXml, headers: { "Content-Type": "application/xml" } };
  if (name === "form")
    return {
      ...answer,
      write: writeForm,
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
    };
  return answer;
}

module.exports = { kind, read, dress };
