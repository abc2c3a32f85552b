/*
 * Microsoft Entra ID as a SCIM server, as its API reference describes it.
 *
 * Cursors only; lists are spelt in lower case; addresses are relative; no PUT; PATCH is answered
 * 204. Twenty members are added by a request, one is removed, nothing is mixed. Members are not
 * shown. No white space in the query but %20. Groups need an extension of Microsoft's own, so that
 * they are made elsewhere.
 */
"use strict";

const EXTENSION = "urn:ietf:params:scim:schemas:extension:Microsoft:Entra:2.0:User";

module.exports = {
  cursors: true,
  pageMax: 3,
  resourcesKey: "resources",
  location: "relative",
  discovery: true,
  put: false,
  groupPut: false,
  groupCreate: false,
  patchAnswer: 204,
  required: [
    "userName",
    "password",
    "name.givenName",
    "name.familyName",
    "displayName",
    `${EXTENSION}:mailNickname`,
  ],
  searchable: ["userName", "externalId", "id", `${EXTENSION}:mailNickname`],
  groupSearchable: ["displayName", "externalId", "id", "mailNickname"],
  memberAddMax: 20,
  memberRemoveMax: 1,
  memberMix: false,
  membersShown: 0,
  extensions: { [EXTENSION]: { mailNickname: "string~" } },
  before: ({ rawUrl }) =>
    /[?&][^=]*(%20|\+)=|=(%20|\+)|\+/.test(rawUrl)
      ? { status: 400, body: { error: { code: "BadRequest", message: "white space" } } }
      : undefined,
};
