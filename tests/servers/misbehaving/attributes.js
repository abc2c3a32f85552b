/*
 * What services demand of an account's attributes, and what they make of them in silence, as the
 * settings of personality.js say.
 *
 * A path is "userName", "name.givenName", "emails", or a name behind the URN of an extension and a
 * colon.
 */
"use strict";
const { ScimError } = require("./schema.js");

const invalid = (detail) => new ScimError(400, "invalidValue", detail);

function at(resource, path) {
  if (!path.startsWith("urn:")) return path.split(".").reduce((v, name) => v?.[name], resource);
  const colon = path.lastIndexOf(":");
  return at(resource[path.slice(0, colon)] ?? {}, path.slice(colon + 1));
}

function texts(value) {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(texts) : [];
}

/* Refuses an account that the service would not have. */
function check({ required, forbidden, single, primary, refusedText }, resource) {
  const missing = required.find((path) => [undefined, ""].includes(at(resource, path)));
  if (missing) throw invalid(`"${missing}" is required`);
  const extra = forbidden.find((path) => at(resource, path) !== undefined);
  if (extra) throw invalid(`"${extra}" is not taken`);
  for (const path of single)
    if ((at(resource, path) ?? []).length > 1) throw invalid(`"${path}" has one value at most`);
  for (const path of primary)
    if (!(at(resource, path) ?? []).every((v) => v.primary))
      throw invalid(`"${path}" must be primary`);
  const { password: _secret, ...open } = resource;
  if (refusedText && texts(open).some((text) => refusedText.test(text)))
    throw invalid("a character is refused");
}

/* What the service keeps of an account that is written, without a word; `old` is what it had. */
function kept({ kept: names, keptOnce }, old, resource) {
  const some = names
    ? Object.fromEntries(Object.entries(resource).filter(([key]) => names.includes(key)))
    : { ...resource };
  if (!old) return some;
  for (const name of keptOnce) {
    delete some[name];
    if (name in old) some[name] = old[name];
  }
  return some;
}

module.exports = { check, kept };
