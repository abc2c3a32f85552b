/* The controls of Active Directory, [MS-ADTS] 3.1.1.3.4.1: from their values and back. */
"use strict";
const { elements, integer, sequence, number, octets } = require("./wire.js");
const { guidBytes, guidText, filetime } = require("./values.js");

const oid = {
  paged: "1.2.840.113556.1.4.319",
  showDeleted: "1.2.840.113556.1.4.417",
  notification: "1.2.840.113556.1.4.528",
  extendedDn: "1.2.840.113556.1.4.529",
  dirsync: "1.2.840.113556.1.4.841",
  domainScope: "1.2.840.113556.1.4.1339",
  showRecycled: "1.2.840.113556.1.4.2064",
};
const known = new Set(Object.values(oid));

const inside = (value) => elements(elements(value)[0].value).map((part) => part.value);

function paged(value) {
  const [size, cookie] = inside(value);
  return { size: integer(size), cookie: cookie.toString() };
}

/* Without a value: the form in hexadecimal, [MS-ADTS] 3.1.1.3.4.1.5 */
const extendedDn = (value) => ({ text: Boolean(value) && integer(inside(value)[0]) === 1 });

function dirsync(value) {
  const [flags, bytes, cookie] = inside(value);
  return { flags: integer(flags), bytes: integer(bytes), cookie };
}

const readers = { paged, extendedDn, dirsync };

/* {name: {...}} of those that we have. */
function read(list) {
  const found = {};
  for (const [name, id] of Object.entries(oid)) {
    const control = list.find((one) => one.oid === id);
    if (control) found[name] = readers[name] ? readers[name](control.value) : {};
  }
  return found;
}

const pagedAnswer = (cookie) => ({
  oid: oid.paged,
  value: sequence(number(0), octets(cookie)),
});

const dirsyncAnswer = (more, cookie) => ({
  oid: oid.dirsync,
  value: sequence(number(more ? 1 : 0), number(0), octets(cookie)),
});

/*
 * The cookie of DirSync: "MSDS", version 3, time, the length of the vector behind, three USNs,
 * the invocationId to which they belong, then how far each domain controller's changes are known
 * (version 1, count, cursors).
 */
function writeCookie({ usn, sent = 0, invocation, vector }) {
  const cursors = Object.entries(vector);
  const head = Buffer.alloc(68);
  head.write("MSDS");
  head.writeUInt32LE(3, 4);
  head.writeBigUInt64LE(filetime(Date.now()), 8);
  head.writeUInt32LE(16 + 24 * cursors.length, 24);
  head.writeBigUInt64LE(BigInt(usn), 28);
  head.writeBigUInt64LE(BigInt(sent), 36);
  head.writeBigUInt64LE(BigInt(usn), 44);
  guidBytes(invocation).copy(head, 52);
  const counted = Buffer.alloc(16);
  counted.writeUInt32LE(1, 0);
  counted.writeUInt32LE(cursors.length, 8);
  const list = cursors.map(([id, reached]) => {
    const cursor = Buffer.alloc(24);
    guidBytes(id).copy(cursor);
    cursor.writeBigUInt64LE(BigInt(reached), 16);
    return cursor;
  });
  return Buffer.concat([head, counted, ...list]);
}

/* null if it is damaged */
function readCookie(bytes) {
  if (bytes.length === 0) return { usn: 0, sent: 0, invocation: null, vector: {} };
  if (bytes.length < 84 || bytes.toString("latin1", 0, 4) !== "MSDS") return null;
  const count = bytes.readUInt32LE(76);
  if (bytes.readUInt32LE(4) !== 3 || bytes.length !== 84 + 24 * count) return null;
  const vector = {};
  for (let at = 84; at < bytes.length; at += 24)
    vector[guidText(bytes.subarray(at, at + 16))] = Number(bytes.readBigUInt64LE(at + 16));
  return {
    usn: Number(bytes.readBigUInt64LE(44)),
    sent: Number(bytes.readBigUInt64LE(36)),
    invocation: guidText(bytes.subarray(52, 68)),
    vector,
  };
}

module.exports = { oid, known, read, pagedAnswer, dirsyncAnswer, writeCookie, readCookie };
