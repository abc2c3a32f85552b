/*
 * A service that was only ever tried with Okta: it says nothing of itself, an account is read and
 * sent back by PUT, who is not found is a 404, and the status of an error is a number. Groups are
 * changed by PATCH, and may be sent whole. Answers are text/json, as in Okta's samples.
 */
"use strict";

module.exports = {
  discovery: false,
  pageMax: 100,
  searchable: ["userName"],
  groupSearchable: ["displayName"],
  foundNone: 404,
  error: ({ status, message }) => ({
    schemas: ["urn:ietf:params:scim:api:messages:2.0:Error"],
    detail: message,
    status,
  }),
  before: ({ method, path }) =>
    method === "PATCH" && path.includes("/Users/")
      ? { status: 501, body: { detail: "PATCH is not implemented" } }
      : undefined,
  after: (_request, answer) => ({
    ...answer,
    headers: {
      ...answer.headers,
      ...(answer.body && { "Content-Type": "text/json; charset=utf-8" }),
    },
  }),
};
