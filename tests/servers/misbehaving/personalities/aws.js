/*
 * AWS IAM Identity Center, as its developer guide describes it.
 *
 * Members of a group are never shown, only a search by group and member together tells of one.
 * Pages come by cursor, and only to who asks for them. One value each of e-mail, telephone number
 * and address; some attributes and characters are refused. A PATCH names its paths; at most 100
 * memberships; a group is never sent, emptied or replaced as a whole.
 */
"use strict";

module.exports = {
  cursors: "asked",
  pageMax: 3,
  patchPath: "required",
  groupPut: false,
  required: ["userName", "displayName", "name.givenName", "name.familyName", "emails"],
  single: ["emails", "phoneNumbers", "addresses"],
  primary: ["emails"],
  forbidden: ["password", "photos", "ims", "x509Certificates", "entitlements"],
  refusedText: /[\t\r\n<>;%]/,
  memberRemove: "value",
  memberClear: false,
  memberMax: 100,
  membersShown: 0,
  searchable: ["userName", "externalId", "id", "manager"],
  groupSearchable: ["displayName", "externalId", "id"],
  error: ({ status, scimType, message }) => ({
    schema: ["urn:ietf:params:scim:api:messages:2.0:Error"],
    schemas: ["urn:ietf:params:scim:api:messages:2.0:Error"],
    detail: message,
    status: String(status),
    scimType: scimType ?? undefined,
    exceptionRequestId: "a10ef1b2-0000-4000-8000-000000000000",
    timeStamp: "2026-11-20 10:00:00.000",
  }),
};
