/*
 * The attributes the server knows, and the check of a resource or a value against them (RFC 7643
 * §4, §8.7).
 *
 * An attribute is written as a short type: "string", "boolean", "complex"; "[]" behind it makes it
 * multi-valued; "~" makes a string compare without case (caseExact false). What is not in the table
 * is refused, so that a misspelt target path in a mapping fails a test instead of vanishing.
 */
"use strict";

const CORE = "urn:ietf:params:scim:schemas:core:2.0:";
const ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const plural = (more = {}) => ({
  type: "complex[]",
  sub: { value: "string~", type: "string~", primary: "boolean", display: "string~", ...more },
});
const group = (names, type) => Object.fromEntries(names.split(" ").map((name) => [name, type]));

const USER = {
  externalId: "string",
  ...group(
    "userName displayName nickName profileUrl title userType preferredLanguage locale timezone",
    "string~",
  ),
  password: "string",
  active: "boolean",
  name: {
    type: "complex",
    sub: group(
      "formatted familyName givenName middleName honorificPrefix honorificSuffix",
      "string~",
    ),
  },
  ...group("emails phoneNumbers ims photos entitlements roles x509Certificates", plural()),
  addresses: plural(group("formatted streetAddress locality region postalCode country", "string~")),
};

const ENTERPRISE_USER = {
  ...group("employeeNumber costCenter organization division department", "string~"),
  manager: { type: "complex", sub: { value: "string", $ref: "string", displayName: "string~" } },
};

const GROUP = {
  externalId: "string",
  displayName: "string~",
  members: {
    type: "complex[]",
    sub: { value: "string", $ref: "string", display: "string~", type: "string~" },
  },
};

const READ_ONLY = ["id", "meta", "schemas", "groups"];

class ScimError extends Error {
  constructor(status, scimType, detail) {
    super(detail);
    Object.assign(this, { status, scimType });
  }
}

const invalid = (detail) => new ScimError(400, "invalidValue", detail);

/* "string~" and {type, sub} alike become {type, multi, fold, sub}. */
function normal(definition) {
  const { type, sub } = typeof definition === "string" ? { type: definition } : definition;
  return {
    type: type.replace(/[~[\]]/g, ""),
    multi: type.includes("[]"),
    fold: type.includes("~"),
    sub,
  };
}

class Schema {
  constructor(extra = {}) {
    const extensions = { User: { [ENTERPRISE]: ENTERPRISE_USER, ...extra }, Group: {} };
    this.types = {
      User: {
        id: `${CORE}User`,
        attributes: USER,
        extensions: extensions.User,
        required: "userName",
      },
      Group: {
        id: `${CORE}Group`,
        attributes: GROUP,
        extensions: extensions.Group,
        required: "displayName",
      },
    };
  }

  /* {name, type, multi, fold, sub} of a name in any case (RFC 7643 §2.1). */
  find(table, name) {
    const key = Object.keys(table ?? {}).find((k) => k.toLowerCase() === name.toLowerCase());
    return key && { name: key, ...normal(table[key]) };
  }

  check(definition, value, where) {
    const one = (v) => {
      if (definition.type !== "complex") {
        if (typeof v !== definition.type) throw invalid(`${where} must be a ${definition.type}`);
        return v;
      }
      return this.checkTable(definition.sub, v, where);
    };
    if (!definition.multi) return one(value);
    if (!Array.isArray(value)) throw invalid(`${where} must be an array`);
    return value.map(one);
  }

  checkTable(table, value, where, skip = []) {
    if (typeof value !== "object" || value === null || Array.isArray(value))
      throw invalid(`${where} must be an object`);
    const out = {};
    for (const [name, v] of Object.entries(value)) {
      if (skip.includes(name) || v === null || (Array.isArray(v) && !v.length)) continue;
      const definition = this.find(table, name);
      if (!definition) throw invalid(`${where} has no attribute "${name}"`);
      out[definition.name] = this.check(definition, v, `${where}.${definition.name}`);
    }
    return out;
  }

  /* A whole resource as a client sent it, without the attributes that only the server sets. */
  resource(type, body) {
    const { id, attributes, extensions, required } = this.types[type];
    if (!Array.isArray(body?.schemas) || !body.schemas.includes(id))
      throw new ScimError(400, "invalidSyntax", `"schemas" must hold ${id}`);
    const out = this.checkTable(attributes, body, type, [...READ_ONLY, ...Object.keys(extensions)]);
    for (const [urn, table] of Object.entries(extensions))
      if (body[urn]) out[urn] = this.checkTable(table, body[urn], urn);
    if (!out[required]) throw invalid(`"${required}" is required`);
    return out;
  }
}

module.exports = { Schema, ScimError, ENTERPRISE };
