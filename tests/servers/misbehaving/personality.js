/*
 * What services differ in, with the values of a strict, complete one.
 *
 * A personality file (module.exports = {…}, its path in the variable PERSONALITY) overrides any of
 * these; before() and after() are its way to whatever no setting describes.
 */
"use strict";

module.exports = {
  base: "/scim/v2", // the path in front of /Users
  accept: null, // a RegExp for the header Accept; others are 406
  contentType: null, // a RegExp for the Content-Type of what is sent; others are 415
  userAgent: null, // a RegExp for the header User-Agent; others are 403
  ids: "uuid", // or "number": "1", "2", …; "integer": shown as numbers; "external": externalId
  discovery: true, // /ServiceProviderConfig, /ResourceTypes, /Schemas exist
  discoveryPath: "ServiceProviderConfig", // its name, without a slash
  filter: true, // else 400 invalidFilter
  patch: true, // else 501
  put: true, // else 405; "partial": what it does not name is left
  patchPath: true, // else an operation of accounts with a path is 400 invalidPath; "required": one
  // without a path is
  patchOpsMax: 0, // operations in a PATCH of accounts; 0: any
  typedAdd: false, // true: emails[type eq "work"].value makes the value that is not there
  patchable: null, // attributes that a PATCH of an account may name; null: any
  etag: false, // true: a write without If-Match to an account is 428, with another version 412;
  // "offered": only the latter
  booleansAsText: false, // true: "true" and "false" in accounts, in both directions; "shown": only
  // in answers
  switchable: true, // else "active": false is 400
  switchOff: "keep", // or "remove": "active": false takes the account away, and is 204
  deletes: true, // else 405 to accounts; "deactivate": DELETE makes them inactive, "suspend": for
  // ever
  required: [], // paths ("name.givenName") that an account must have, else 400
  forbidden: [], // paths that it must not have, else 400
  single: [], // multi-valued attributes that may have one value, else 400
  primary: [], // ... whose values must be primary, else 400
  refusedText: null, // a RegExp: an account with a text that matches is 400
  kept: null, // top-level attributes of an account that are kept; others are ignored; null: all
  keptOnce: [], // ... that stay as they were made, whatever is sent later
  uniqueEmail: false, // true: an e-mail address of somebody else is 409
  searchable: null, // attributes that accounts may be searched by; null: any
  groupSearchable: null, // likewise groups
  finds: null, // (type, text) => a predicate for resources, instead of reading the filter
  foundNone: 200, // what a search that finds nothing is answered with
  duplicate: null, // a text: instead of 409 a create is answered with 400 and this
  groups: true, // /Groups exists
  groupCreate: true, // else 405
  groupRename: true, // else 400 mutability; "ignored": 200, and nothing happens
  groupName: (name) => name, // what becomes of a group's name
  groupDelete: true, // else 405
  groupPut: true, // else 405
  memberAdd: "list", // or "single", "nested": see groups.js; another spelling is refused
  memberRemove: "filter", // or "value", "first", "nested"; another spelling empties the group
  memberClear: true, // else what would empty a group, or replace all members, is 400
  memberAddMax: 0, // members that a PATCH may add; 0: any
  memberRemoveMax: 0, // ... remove
  memberMix: true, // else a PATCH of a group may have operations of one kind only
  memberMax: 0, // members that a PATCH may be about; 0: any
  memberMaxStatus: 400, // or 413
  membersShown: null, // how many a GET shows; null: all, 0: "members" is never there
  groupsOnUser: false, // true: accounts show their groups
  paging: true, // else every list is whole, whatever startIndex and count say
  cursors: false, // true: pages by cursor only, and no totalResults (RFC 9865); "asked": only with
  // a cursor in the request, else there is one page
  resourcesKey: "Resources", // how a list spells that
  pageDefault: 100, // how many rows without a count
  pageMax: 100, // how many rows at most
  location: true, // 201 comes with a Location header; "relative": without the host
  patchAnswer: 200, // or 204 without a body
  extensions: {}, // more user extensions: {urn: {attribute: "string", …}}, see schema.js
  shows: null, // (user) => the account as a GET shows it
  error: null, // ({status, scimType, message}, request) => the body of a refusal
  faults: [], // rules of faults.js that hold from the start, until others are set
  before: null, // (request, scim) => an answer, or nothing to go on
  after: null, // (request, answer, scim) => the answer to send instead
};
