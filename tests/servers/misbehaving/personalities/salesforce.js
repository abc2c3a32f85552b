/*
 * Salesforce, as its help and other clients' sources describe it.
 *
 * What it can do is said at /ServiceProviderConfigs. Nobody is ever deleted. A create needs an
 * entitlement, the id of a profile. Members are spelt as an object with a list, to add and to
 * remove. Booleans are texts in answers. userName looks like an e-mail address.
 */
"use strict";

module.exports = {
  discoveryPath: "ServiceProviderConfigs",
  pageMax: 3,
  deletes: false,
  memberAdd: "nested",
  memberRemove: "nested",
  booleansAsText: "shown",
  required: ["userName", "name.familyName", "emails", "entitlements"],
  searchable: ["userName", "externalId"],
  before: ({ method, path, body }) =>
    method === "POST" && path.endsWith("/Users") && !/@/.test(JSON.parse(body).userName)
      ? { status: 400, body: [{ errorCode: "INVALID_EMAIL_ADDRESS", message: "no address" }] }
      : undefined,
};
