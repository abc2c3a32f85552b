/*
 * LDAP messages, RFC 4511 §4, over the BER of npm asn1: requests to objects, answers to bytes.
 * ldapjs itself does not serve: it insists that a base and an entry's name are DNs (not
 * "<GUID=...>"), and control values and attributes pass through text.
 */
"use strict";
const { Ber } = require("asn1");

const SEQUENCE = 0x30;
const empty = Buffer.alloc(0);

function tlv(tag, ...parts) {
  const content = Buffer.concat(parts);
  const writer = new Ber.Writer({ size: content.length + 16 });
  if (content.length) writer.writeBuffer(content, tag);
  else writer.writeString("", tag);
  return writer.buffer;
}

function number(value, tag = Ber.Integer) {
  const writer = new Ber.Writer();
  writer.writeInt(value, tag);
  return writer.buffer;
}

const octets = (value, tag = Ber.OctetString) => tlv(tag, Buffer.from(value));
const sequence = (...parts) => tlv(SEQUENCE, ...parts);
const set = (...parts) => tlv(0x31, ...parts);

/* The elements of a constructed value: [{tag, value}]. */
function elements(bytes) {
  const reader = new Ber.Reader(bytes);
  const list = [];
  while (reader.remain > 0) {
    const tag = reader.peek();
    const value = reader.readString(tag, true);
    if (value === null) throw new Error("a BER element is cut short");
    list.push({ tag, value });
  }
  return list;
}

/* Takes one whole message off the front: {bytes, rest}, or null if more must arrive. */
function frame(buffer) {
  if (buffer.length < 2) return null;
  if (buffer[0] !== SEQUENCE) throw new Error("no LDAP message");
  const reader = new Ber.Reader(buffer);
  const bytes = reader.readString(SEQUENCE, true);
  return bytes && { bytes, rest: buffer.subarray(reader.offset) };
}

function integer(bytes) {
  return bytes.readIntBE(0, bytes.length);
}

function readControl(bytes) {
  const [oid, ...rest] = elements(bytes);
  const critical = rest.find(({ tag }) => tag === Ber.Boolean);
  const value = rest.find(({ tag }) => tag === Ber.OctetString);
  return {
    oid: oid.value.toString(),
    critical: Boolean(critical && critical.value[0]),
    value: value && value.value,
  };
}

const operations = {
  0x60: "bind",
  0x42: "unbind",
  0x63: "search",
  0x50: "abandon",
  0x77: "extended",
};

function readBind(bytes) {
  const [version, name, credentials] = elements(bytes);
  return {
    version: integer(version.value),
    name: name.value.toString(),
    simple: credentials.tag === 0x80,
    password: credentials.value.toString(),
  };
}

function readSearch(bytes) {
  const [base, scope, , sizeLimit, , typesOnly, filter, attributes] = elements(bytes);
  return {
    base: base.value.toString(),
    scope: ["base", "one", "sub"][integer(scope.value)],
    sizeLimit: integer(sizeLimit.value),
    typesOnly: Boolean(typesOnly.value[0]),
    filter,
    attributes: elements(attributes.value).map(({ value }) => value.toString()),
  };
}

const readers = {
  bind: readBind,
  search: readSearch,
  unbind: () => ({}),
  abandon: (bytes) => ({ target: integer(bytes) }),
  extended: (bytes) => ({ name: elements(bytes)[0].value.toString() }),
};

/* {id, operation, controls, ...}; the operation is undefined if it is one we do not have. */
function readRequest(bytes) {
  const [id, request, controls] = elements(bytes);
  const operation = operations[request.tag];
  return {
    id: integer(id.value),
    tag: request.tag,
    operation,
    ...(operation ? readers[operation](request.value) : {}),
    controls: controls ? elements(controls.value).map(({ value }) => readControl(value)) : [],
  };
}

function message(id, operation, controls = []) {
  const list = controls.map(({ oid, value }) => sequence(octets(oid), octets(value)));
  return sequence(number(id), operation, list.length ? tlv(0xa0, ...list) : empty);
}

function result(tag, { code = 0, matched = "", text = "", referral = [], name }) {
  return tlv(
    tag,
    number(code, Ber.Enumeration),
    octets(matched),
    octets(text),
    referral.length ? tlv(0xa3, ...referral.map((uri) => octets(uri))) : empty,
    name ? octets(name, 0x8a) : empty,
  );
}

/* attributes: [{name, values: [Buffer]}] */
function entry(dn, attributes) {
  const list = attributes.map(({ name, values }) =>
    sequence(octets(name), set(...values.map((value) => octets(value)))),
  );
  return tlv(0x64, octets(dn), sequence(...list));
}

const reference = (...uris) => tlv(0x73, ...uris.map((uri) => octets(uri)));

/* RFC 4511 §4.13: an answer that ends nothing. */
const intermediate = (name) => tlv(0x79, octets(name, 0x80));

module.exports = {
  BIND: 0x61,
  DONE: 0x65,
  EXTENDED: 0x78,
  elements,
  frame,
  integer,
  readRequest,
  message,
  result,
  entry,
  reference,
  intermediate,
  sequence,
  number,
  octets,
};
