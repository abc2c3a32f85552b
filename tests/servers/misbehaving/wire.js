/*
 * How services differ about requests and answers as such, as the settings of personality.js say:
 * the headers they insist on, how they spell a list, what they answer to a search without a find.
 */
"use strict";
const { ScimError } = require("./schema.js");

/* Refuses a request whose headers the service does not like. */
function allow({ accept, contentType, userAgent }, request) {
  if (userAgent && !userAgent.test(request.userAgent ?? ""))
    throw new ScimError(403, null, "say who you are in User-Agent");
  if (accept && !accept.test(request.accept ?? ""))
    throw new ScimError(406, null, "accept what is offered");
  if (contentType && request.body && !contentType.test(request.type ?? ""))
    throw new ScimError(415, null, "this Content-Type is not known");
}

/* A list as the service words it; `text` is the filter it was searched by, or null. */
function listed({ resourcesKey, foundNone }, text, body) {
  const { Resources, ...rest } = body;
  if (text !== null && !Resources.length && foundNone !== 200)
    throw new ScimError(foundNone, null, "nothing was found");
  return { ...rest, [resourcesKey]: Resources };
}

/* Where a new resource is. */
function located({ location }, url) {
  if (!location) return {};
  return { Location: location === "relative" ? new URL(url).pathname : url };
}

module.exports = { allow, listed, located };
