/*
 * GitLab.com, SCIM of a group, as its documentation of the internal API describes it.
 *
 * The id of a user is the externalId it was made with. A PATCH is about externalId and active, and
 * is answered 204; active = false removes the identity and the membership, and so does DELETE.
 * There are no groups, no discovery, and no filter but by id. A name comes back in a flat key.
 */
"use strict";

module.exports = {
  ids: "external",
  discovery: false,
  groups: false,
  put: false,
  patchable: ["id", "externalId", "active"],
  patchAnswer: 204,
  switchOff: "remove",
  pageMax: 3,
  required: ["externalId", "userName", "emails", "name.formatted"],
  searchable: ["id"],
  error: ({ status, message }) => ({
    schemas: ["urn:ietf:params:scim:api:messages:2.0:Error"],
    detail: message,
    status,
  }),
  shows: ({ name, ...user }) => ({ ...user, "name.formatted": name?.formatted }),
};
