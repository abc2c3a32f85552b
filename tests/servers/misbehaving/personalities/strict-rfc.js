/*
 * A service by the book: what personality.js says of itself already, with versions that it gives
 * and compares when they are named (RFC 7644 §3.14).
 */
"use strict";

module.exports = { etag: "offered", pageMax: 3 };
