/*
 * Sentry, as its source has it.
 *
 * Members have a userName and nothing else. A PATCH of one is looked at as far as its first
 * operation, which must be about active, and to make it false removes the member. A filter is split
 * at commas, loses a character at each end, and whatever it names is compared with the userName.
 * Teams are named by slugs, never sent as a whole, made empty; ids are numbers. Errors are those of
 * Django.
 */
"use strict";

const slug = (name) =>
  name
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^\w\s-]/g, "")
    .replace(/[\s-]+/g, "-")
    .replace(/^[-_]+|[-_]+$/g, "");

function finds(type, text) {
  const [first] = text.split(",");
  const [, value] = /^\s*(?:userName|value|displayName)\s+eq\s+(.+)$/.exec(first) ?? [];
  const wanted = (value ?? "").slice(1, -1).toLowerCase();
  return (resource) => (resource.userName ?? resource.displayName).toLowerCase() === wanted;
}

function firstIsActive(body) {
  const { path, value } = JSON.parse(body).Operations[0];
  return path === "active" || "active" in Object(value);
}

module.exports = {
  ids: "integer",
  pageMax: 3,
  put: false,
  groupPut: false,
  groupName: slug,
  kept: ["userName", "active"],
  keptOnce: ["userName"],
  switchOff: "remove",
  patchOpsMax: 100,
  memberMax: 100,
  membersShown: 10000,
  searchable: ["userName", "value", "displayName"],
  finds,
  error: ({ status, message }) =>
    status === 409 ? { detail: "User already exists in the database." } : { userName: [message] },
  before: ({ method, path, body }) => {
    if (method === "PATCH" && path.includes("/Users/") && !firstIsActive(body))
      return { status: 400, body: { schemas: [], detail: "Invalid Patch Operation." } };
    if (method === "POST" && path.endsWith("/Groups") && JSON.parse(body).members?.length)
      return { status: 400, body: { members: ["teams are made empty"] } };
    return undefined;
  },
};
