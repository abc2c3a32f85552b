/*
 * The forms in which Active Directory writes ids and times: GUIDs of 16 bytes whose first three
 * fields are little-endian ([MS-DTYP] 2.3.4.2), SIDs (2.4.2), FILETIME and GeneralizedTime.
 */
"use strict";
const { randomBytes } = require("crypto");

function newGuid() {
  return randomBytes(16)
    .toString("hex")
    .replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}

function swapped(bytes) {
  const copy = Buffer.from(bytes);
  copy.subarray(0, 4).reverse();
  copy.subarray(4, 6).reverse();
  copy.subarray(6, 8).reverse();
  return copy;
}

function guidBytes(text) {
  return swapped(Buffer.from(text.replace(/-/g, ""), "hex"));
}

function guidText(bytes) {
  return swapped(bytes)
    .toString("hex")
    .replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}

function sidBytes(text) {
  const [, revision, authority, ...sub] = text.split("-").map(Number);
  const bytes = Buffer.alloc(8 + 4 * sub.length);
  bytes[0] = revision;
  bytes[1] = sub.length;
  bytes.writeUIntBE(authority, 2, 6);
  sub.forEach((value, i) => bytes.writeUInt32LE(value, 8 + 4 * i));
  return bytes;
}

/* "20261122093015.0Z" */
function generalized(milliseconds) {
  return `${new Date(milliseconds).toISOString().slice(0, 19).replace(/[-T:]/g, "")}.0Z`;
}

function filetime(milliseconds) {
  return (BigInt(Math.floor(milliseconds)) + 11644473600000n) * 10000n;
}

module.exports = { newGuid, guidBytes, guidText, sidBytes, generalized, filetime };
