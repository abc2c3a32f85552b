/*
 * Zoom, SCIM 2.0, as its documentation and its forum describe it.
 *
 * PUT changes what it names, and answers 200 where it ignores a value: userName and displayName
 * stay as they were made. PATCH of a user is for active alone. Membership is shown on the user.
 * Accept must be application/scim+json and nothing else.
 */
"use strict";

module.exports = {
  accept: /^application\/scim\+json$/,
  pageMax: 3,
  put: "partial",
  patchable: ["active"],
  keptOnce: ["userName", "displayName"],
  required: ["userName", "name.givenName", "name.familyName", "emails"],
  searchable: ["userName"],
  membersShown: 0,
  groupsOnUser: true,
};
