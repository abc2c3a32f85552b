/*
 * Google Cloud Identity's SCIM service, a beta: no pages, no versions, no PUT of groups. A list is
 * whole, whatever is asked for.
 */
"use strict";

module.exports = {
  paging: false,
  typedAdd: true,
  groupPut: false,
  searchable: ["userName", "externalId"],
  error: ({ status, message }) => ({
    error: { code: status, message, status: status === 404 ? "NOT_FOUND" : "INVALID_ARGUMENT" },
  }),
};
