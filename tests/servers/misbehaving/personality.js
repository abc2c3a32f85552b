/*
 * What services differ in, with the values of a strict, complete one.
 *
 * A personality file (module.exports = {…}, its path in the variable PERSONALITY) overrides any of
 * these; before() and after() are its way to whatever no setting describes.
 */
"use strict";

module.exports = {
  base: "/scim/v2", // the path in front of /Users
  ids: "uuid", // or "number": "1", "2", …
  discovery: true, // /ServiceProviderConfig, /ResourceTypes, /Schemas exist
  filter: true, // else 400 invalidFilter
  patch: true, // else 501
  put: true, // else 405; "partial": what it does not name is left
  patchPath: true, // else an operation of accounts with a path is 400 invalidPath
  patchOpsMax: 0, // operations in a PATCH of accounts; 0: any
  etag: false, // true: a write without If-Match to an account is 428, with another version 412
  booleansAsText: false, // true: "true" and "false" in accounts, in both directions
  switchable: true, // else "active": false is 400
  deletes: true, // else 405 to accounts
  searchable: null, // attributes that accounts may be searched by; null: any
  duplicate: null, // a text: instead of 409 a create is answered with 400 and this
  groups: true, // /Groups exists
  groupCreate: true, // else 405
  groupRename: true, // else 400 mutability; "ignored": 200, and nothing happens
  groupDelete: true, // else 405
  groupPut: true, // else 405
  memberAdd: "list", // or "single", "nested": see groups.js; another spelling is refused
  memberRemove: "filter", // or "value", "first", "nested"; another spelling empties the group
  memberMax: 0, // members that a PATCH may be about; 0: any
  memberMaxStatus: 400, // or 413
  membersShown: null, // how many a GET shows; null: all, 0: "members" is never there
  paging: true, // else every list is whole, whatever startIndex and count say
  cursors: false, // true: pages by cursor only, and no totalResults (RFC 9865)
  pageDefault: 100, // how many rows without a count
  pageMax: 100, // how many rows at most
  location: true, // 201 comes with a Location header
  patchAnswer: 200, // or 204 without a body
  extensions: {}, // more user extensions: {urn: {attribute: "string", …}}, see schema.js
  before: null, // (request, scim) => an answer, or nothing to go on
  after: null, // (request, answer, scim) => the answer to send instead
};
