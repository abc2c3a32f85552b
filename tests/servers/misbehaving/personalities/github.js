/*
 * GitHub Enterprise Managed Users, as its documentation describes it.
 *
 * Who does not say who they are is refused. A suspended user is shown with a hidden login and
 * without an address, which come back when they are enabled. DELETE suspends for ever. A request
 * adds 1,000 members at most, all of whom must exist.
 */
"use strict";

module.exports = {
  userAgent: /./,
  pageMax: 3,
  deletes: "suspend",
  required: [
    "externalId",
    "userName",
    "displayName",
    "name.givenName",
    "name.familyName",
    "emails",
  ],
  searchable: ["externalId", "userName", "id", "displayName"],
  memberMax: 1000,
  shows: (user) =>
    user.active === false
      ? { ...user, userName: `${user.id.replaceAll("-", "")}_corp`, emails: [] }
      : user,
  error: ({ status, scimType, message }) => ({
    schemas: ["urn:ietf:params:scim:api:messages:2.0:Error"],
    status,
    scimType,
    detail: message,
    message,
    documentation_url: "https://docs.github.com/rest",
  }),
};
