/*
 * Slack, SCIM 2.0, as its guide for admins describes it.
 *
 * DELETE only deactivates, and the address of a deactivated user stays taken. Names have 21
 * characters at most, and no @ in the one that is shown. Errors are those of SCIM 1.1. What it says
 * of itself is not to be trusted: that it cannot filter is wrong.
 */
"use strict";

module.exports = {
  contentType: /^application\/json/,
  pageMax: 1000,
  typedAdd: true,
  deletes: "deactivate",
  uniqueEmail: true,
  required: ["userName", "emails"],
  searchable: ["userName", "email", "emails"],
  error: ({ status, message }) => ({ Errors: { description: message, code: status } }),
  before: ({ method, path, body }) => {
    if (!["POST", "PUT"].includes(method) || !path.endsWith("/Users")) return undefined;
    const { userName = "", displayName = "" } = JSON.parse(body);
    return userName.length > 21 || displayName.includes("@")
      ? { status: 400, body: { Errors: { description: "invalid_name", code: 400 } } }
      : undefined;
  },
  after: ({ path }, answer) =>
    path.endsWith("/ServiceProviderConfig") && answer.body?.filter
      ? { ...answer, body: { ...answer.body, filter: { supported: false } } }
      : answer,
};
