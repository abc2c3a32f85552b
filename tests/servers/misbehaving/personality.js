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
  put: true, // else 405
  groups: true, // /Groups exists
  paging: true, // else every list is whole, whatever startIndex and count say
  pageDefault: 100, // how many rows without a count
  pageMax: 100, // how many rows at most
  location: true, // 201 comes with a Location header
  patchAnswer: 200, // or 204 without a body
  extensions: {}, // more user extensions: {urn: {attribute: "string", …}}, see schema.js
  before: null, // (request, scim) => an answer, or nothing to go on
  after: null, // (request, answer, scim) => the answer to send instead
};
