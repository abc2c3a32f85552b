/*
 * Miro, as its developer pages and other clients' sources describe it.
 *
 * Groups are made and deleted at Miro only. A request about a group is refused with 413 above 8,000
 * members or 800,000 bytes. Users are searched for by userName.
 */
"use strict";

module.exports = {
  pageMax: 3,
  groupCreate: false,
  groupDelete: false,
  memberMax: 8000,
  memberMaxStatus: 413,
  searchable: ["userName"],
  before: ({ method, path, body }) =>
    method !== "GET" && path.includes("/Groups") && body.length > 800000
      ? { status: 413, body: { message: "payload too large" } }
      : undefined,
};
