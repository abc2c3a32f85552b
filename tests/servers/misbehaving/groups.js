/*
 * How services differ about groups, as the settings of personality.js say: what may be done to a
 * group, how members are spelt in a PATCH, how many of them a request may have and a GET shows.
 *
 * plain() turns the operations that a service understands into those of RFC 7644, before patch.js
 * carries them out; what it does not understand is left as it is, and means there what the RFC
 * says: {"op":"remove","path":"members","value":[…]} removes the attribute.
 */
"use strict";
const { ScimError } = require("./schema.js");
const { checkFilter } = require("./users.js");

const refuse = (status, scimType, detail) => {
  throw new ScimError(status, scimType, detail);
};

/* 405 for what the service does not offer. */
function allow({ groupCreate, groupDelete, groupPut, groupSearchable }, { method, query }) {
  const denied = { POST: !groupCreate, DELETE: !groupDelete, PUT: !groupPut }[method];
  if (denied) refuse(405, null, `${method} is not possible with groups`);
  if (groupSearchable) checkFilter(groupSearchable, query.get("filter"));
}

const isMembers = (path) => /^members\b/i.test(path ?? "");

/* The values of an operation on members: in a list, in {members: […]}, or none. */
function values(value) {
  const list = value?.members ?? value;
  return Array.isArray(list) ? list : [];
}

/* How many members an operation is about. */
function size({ path, value }) {
  return isMembers(path) ? Math.max(1, values(value).length) : 0;
}

function limit({ memberMax, memberMaxStatus }, operations) {
  const members = operations.reduce((sum, operation) => sum + size(operation), 0);
  if (memberMax && members > memberMax)
    refuse(memberMaxStatus, memberMaxStatus === 400 ? "invalidValue" : null, "too many members");
}

/* Refuses more members of one kind, or more kinds, than a request may be about. */
function limitKinds({ memberAddMax, memberRemoveMax, memberMix }, operations) {
  const kinds = new Set(operations.map(({ op, path }) => `${op} ${isMembers(path)}`));
  if (!memberMix && kinds.size > 1) refuse(400, "invalidValue", "one kind of operation only");
  for (const [op, max] of [["add", memberAddMax], ["remove", memberRemoveMax]]) {
    const some = operations.filter((operation) => operation.op === op);
    const members = some.reduce((sum, operation) => sum + size(operation), 0);
    if (max && members > max) refuse(400, "invalidValue", `too many members to ${op}`);
  }
}

/* Refuses what is about all members at once. */
function checkClear({ memberClear }, { op, path, value }) {
  if (memberClear || !/^members$/i.test(path)) return;
  if (op === "replace" || (op === "remove" && !values(value).length))
    refuse(400, "invalidValue", "not all members at once");
}

function plainAdd({ memberAdd }, operation) {
  const nested = Array.isArray(operation.value?.members);
  if (memberAdd === "nested" && !nested)
    refuse(400, "invalidSyntax", "the value must be an object with members");
  if (memberAdd === "single" && values(operation.value).length > 1)
    refuse(400, "invalidValue", "one member an operation");
  return [memberAdd === "nested" ? { ...operation, value: operation.value.members } : operation];
}

function plainRemove({ memberRemove }, operation, group) {
  const listed = values(operation.value);
  const nested = Array.isArray(operation.value?.members);
  const understood = {
    filter: false,
    value: !nested && listed.length > 0,
    first: !nested && listed.length > 0,
    nested,
  }[memberRemove];
  if (!understood || operation.path.toLowerCase() !== "members") return [operation];
  return (memberRemove === "first" ? listed.slice(0, 1) : listed)
    .filter(({ value }) => (group.members ?? []).some((m) => m.value === value))
    .map(({ value }) => ({ op: "remove", path: `members[value eq ${JSON.stringify(value)}]` }));
}

/* The PatchOp message in the words of the RFC, or null: nothing is left of it. */
function plain(personality, group, body) {
  if (!Array.isArray(body?.Operations)) return body;
  limit(personality, body.Operations);
  limitKinds(personality, body.Operations);
  const Operations = body.Operations.flatMap((operation) => {
    if (!isMembers(operation.path)) return [operation];
    checkClear(personality, operation);
    if (operation.op === "add") return plainAdd(personality, operation);
    if (operation.op === "remove") return plainRemove(personality, operation, group);
    return [operation];
  });
  return Operations.length ? { ...body, Operations } : null;
}

/* What becomes of a new name. */
function named({ groupRename, groupName }, old, sent) {
  const group = { ...sent, displayName: groupName(sent.displayName) };
  if (!old || old.displayName === group.displayName || groupRename === true) return group;
  if (groupRename === "ignored") return { ...group, displayName: old.displayName };
  return refuse(400, "mutability", "a group cannot be renamed");
}

/* The group as a GET shows it. */
function shown({ membersShown, ids }, resource) {
  const group = ids === "integer" ? { ...resource, id: Number(resource.id) } : resource;
  if (!group.members || membersShown === null) return group;
  const { members, ...rest } = group;
  return membersShown ? { ...rest, members: members.slice(0, membersShown) } : rest;
}

module.exports = { allow, plain, named, shown };
