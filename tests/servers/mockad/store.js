/*
 * The objects of one domain as one domain controller has them.
 *
 * An object's DN is not stored: it follows from its RDN and its parent, so that renaming a
 * container changes the DNs beneath without touching (or numbering) what stands there. Members are
 * references to objects too: they follow renames, and vanish with the member without a change of
 * the group, [MS-ADTS] 3.1.1.1.6.
 *
 * Every change takes the next USN. Each attribute remembers in its stamp the local USN and who made
 * the change first (invocationId and that server's USN): what DirSync and replication go by,
 * [MS-ADTS] 3.1.1.1.9. Each member has a stamp of its own (linked value replication), which stays
 * when the member is taken out.
 *
 *	object {guid, sid, parent | root, rdn, name, deleted, recycled, lastParent, usnCreated, usn,
 *		created, changed, attributes {lower: {name, values}}, stamps {lower: stamp},
 *		links {guid: {present, stamp}}}
 *	stamp  {usn, time, origin: {invocation, usn}}
 */
"use strict";
const dn = require("./dn.js");
const schema = require("./schema.js");
const { newGuid, guidBytes, sidBytes, generalized } = require("./values.js");

class Store {
  constructor({ base, host, recycleBin = false }) {
    Object.assign(this, { base, host, recycleBin });
    this.config = `CN=Configuration,${base}`;
    this.invocation = newGuid();
    this.vector = {};
    this.usn = 4000;
    this.rid = 1100;
    this.domainSid = "S-1-5-21-1004336348-1177238915-682003330";
    this.objects = new Map();
    this.children = new Map();
    this.listeners = new Set();
    this.build();
  }

  build() {
    this.create({ dn: this.base, class: "domainDNS" });
    for (const name of ["Users", "Computers", "ForeignSecurityPrincipals", "Deleted Objects"])
      this.create({ dn: `CN=${name},${this.base}`, class: "container" });
    this.set(`CN=Deleted Objects,${this.base}`, { isDeleted: "TRUE" });
    this.create({ dn: this.config, class: "configuration" });
    const server = `CN=${this.host.split(".")[0].toUpperCase()}`;
    const path = ["CN=Sites", "CN=Default-First-Site-Name", "CN=Servers", server];
    let at = this.config;
    for (const rdn of path) this.create({ dn: (at = `${rdn},${at}`), class: "container" });
    this.settingsDn = `CN=NTDS Settings,${at}`;
    this.settings = this.create({ dn: this.settingsDn, class: "nTDSDSA" }).guid;
    this.create({
      dn: `CN=Domain Users,CN=Users,${this.base}`,
      class: "group",
      sid: `${this.domainSid}-513`,
    });
  }

  /* --- names --- */

  dnOf(object) {
    if (object.root) return object.root;
    return `${object.rdn}=${dn.escapeValue(object.name)},${this.dnOf(this.get(object.parent))}`;
  }

  rdnKey(parent, rdn, name) {
    return `${parent} ${rdn}=${name}`.toLowerCase();
  }

  attach(object) {
    this.children.set(this.rdnKey(object.parent, object.rdn, object.name), object.guid);
  }

  detach(object) {
    this.children.delete(this.rdnKey(object.parent, object.rdn, object.name));
  }

  get(guid) {
    return this.objects.get(guid);
  }

  /* By DN; undefined if there is none. */
  lookup(text) {
    const rdns = dn.parse(text);
    for (const root of rdns ? [this.config, this.base] : []) {
      const above = dn.parse(root).length;
      if (dn.key(dn.format(rdns.slice(-above))) !== dn.key(root)) continue;
      let guid = this.roots?.[dn.key(root)];
      for (const { type, value } of rdns.slice(0, -above).reverse())
        guid = guid && this.children.get(this.rdnKey(guid, type, value));
      return this.get(guid);
    }
    return undefined;
  }

  find(text) {
    const found = typeof text === "string" ? this.get(text) ?? this.lookup(text) : text;
    if (!found) throw new Error(`there is no '${text}'`);
    return found;
  }

  deletedObjects() {
    return this.find(`CN=Deleted Objects,${this.base}`);
  }

  isBeneath(object, ancestor) {
    for (let at = object; at; at = this.get(at.parent)) if (at === ancestor) return true;
    return false;
  }

  rootOf(object) {
    let at = object;
    while (at.parent) at = this.get(at.parent);
    return at.root;
  }

  /* --- reading --- */

  reference(object) {
    return { dn: this.dnOf(object), guid: object.guid, sid: object.sid };
  }

  members(object) {
    if (object.deleted) return [];
    return Object.entries(object.links)
      .filter(([guid, link]) => link.present && this.get(guid) && !this.get(guid).deleted)
      .map(([guid]) => this.get(guid));
  }

  memberOf(object) {
    return [...this.objects.values()].filter(
      (group) => !group.deleted && !object.deleted && group.links[object.guid]?.present,
    );
  }

  constructed(object, name) {
    const text = (value) => [Buffer.from(String(value))];
    switch (name) {
      case "objectguid":
        return [guidBytes(object.guid)];
      case "objectsid":
        return object.sid ? [sidBytes(object.sid)] : [];
      case "distinguishedname":
        return [this.reference(object)];
      case "name":
      case object.rdn.toLowerCase():
        return text(object.name);
      case "parentguid":
        return object.parent ? [guidBytes(object.parent)] : [];
      case "usnchanged":
        return text(object.usn);
      case "usncreated":
        return text(object.usnCreated);
      case "whenchanged":
        return text(generalized(object.changed));
      case "whencreated":
        return text(generalized(object.created));
      case "isrecycled":
        return object.recycled ? text("TRUE") : [];
      case "lastknownparent":
        return object.deleted && this.get(object.lastParent)
          ? [this.reference(this.get(object.lastParent))]
          : [];
      case "member":
        return this.members(object).map((member) => this.reference(member));
      case "memberof":
        return this.memberOf(object).map((group) => this.reference(group));
      case "invocationid":
        return object.guid === this.settings ? [guidBytes(this.invocation)] : [];
    }
    return undefined;
  }

  /* Values by name in lower case: bytes, or {dn, guid, sid}. */
  values(object, name) {
    const built = this.constructed(object, name);
    if (built) return built;
    const attribute = object.attributes[name];
    if (name === "objectcategory")
      return attribute ? [{ dn: `CN=${attribute.values[0]},CN=Schema,${this.config}` }] : [];
    if (name === "isdeleted" && object.deleted) return [Buffer.from("TRUE")];
    if (!attribute) return [];
    if (!schema.references.has(name)) return attribute.values;
    return attribute.values
      .map((guid) => this.get(guid.toString()))
      .filter((target) => target && !target.deleted)
      .map((target) => this.reference(target));
  }

  nameOf(object, name) {
    return object.attributes[name]?.name ?? schema.names.get(name) ?? name;
  }

  /* --- writing --- */

  stamp() {
    return {
      usn: this.usn,
      time: Date.now(),
      origin: { invocation: this.invocation, usn: this.usn },
    };
  }

  /* One change of one object: the next USN for it and for these attributes. */
  touch(object, names) {
    this.usn++;
    object.usn = this.usn;
    object.changed = Date.now();
    for (const name of names) object.stamps[name] = this.stamp();
    for (const listener of this.listeners) listener(object);
    return object;
  }

  put(object, name, given) {
    const lower = name.toLowerCase();
    const list = given === null || given === undefined ? [] : [].concat(given);
    const values = list.map((value) => {
      if (schema.references.has(lower)) return Buffer.from(this.find(value).guid);
      return value.base64 === undefined
        ? Buffer.from(String(value))
        : Buffer.from(value.base64, "base64");
    });
    if (values.length) object.attributes[lower] = { name, values };
    else delete object.attributes[lower];
    return lower;
  }

  create({ dn: text, class: name = "user", attributes = {}, members = [], sid, guid }) {
    const kind = schema.classes[name];
    const [{ type, value }, ...above] = dn.parse(text);
    const isRoot = text === this.base || text === this.config;
    if (!isRoot && this.lookup(text)) throw new Error(`'${text}' exists`);
    const object = {
      guid: guid ?? newGuid(),
      sid: sid ?? (kind.account ? `${this.domainSid}-${this.rid++}` : null),
      rdn: kind.rdn ?? type.toUpperCase(),
      name: value,
      parent: isRoot ? null : this.find(dn.format(above)).guid,
      root: isRoot ? text : null,
      created: Date.now(),
      attributes: {},
      stamps: {},
      links: {},
    };
    if (name === "domainDNS") object.sid = this.domainSid;
    this.put(object, "objectClass", kind.classes);
    this.put(object, "objectCategory", kind.category);
    this.put(object, "instanceType", isRoot ? "5" : "4");
    const account = kind.account ? { sAMAccountName: value } : {};
    for (const [key, given] of Object.entries({ ...kind.defaults, ...account, ...attributes }))
      this.put(object, key, given);
    this.objects.set(object.guid, object);
    if (isRoot) this.roots = { ...this.roots, [dn.key(text)]: object.guid };
    else this.attach(object);
    object.usnCreated = this.usn + 1;
    this.touch(object, [...Object.keys(object.attributes), "name", "objectsid"]);
    if (members.length) this.join(object, members, true);
    return object;
  }

  set(text, attributes) {
    const object = this.find(text);
    const names = Object.entries(attributes).map(([name, value]) => this.put(object, name, value));
    return this.touch(object, names);
  }

  join(text, members, quiet = false) {
    const group = this.find(text);
    if (!quiet) this.touch(group, []);
    for (const member of members)
      group.links[this.find(member).guid] = { present: true, stamp: this.stamp() };
    return group;
  }

  leave(text, members) {
    const group = this.touch(this.find(text), []);
    for (const member of members)
      group.links[this.find(member).guid] = { present: false, stamp: this.stamp() };
    return group;
  }

  /* [MS-ADTS] 3.1.1.5.3.1.2 on primaryGroupID: old and new group swap the membership. */
  primary(text, groupText) {
    const [object, group] = [this.find(text), this.find(groupText)];
    const rid = object.attributes.primarygroupid.values[0].toString();
    const old = [...this.objects.values()].find(({ sid }) => sid === `${this.domainSid}-${rid}`);
    this.set(object, { primaryGroupID: group.sid.split("-").pop() });
    if (group.links[object.guid]?.present) this.leave(group, [object]);
    if (old) this.join(old, [object]);
    return object;
  }

  move(text, { rdn, parent }) {
    const object = this.find(text);
    this.detach(object);
    if (rdn) object.name = dn.parse(rdn)[0].value;
    if (parent) object.parent = this.find(parent).guid;
    this.attach(object);
    return this.touch(object, ["name"]);
  }

  /* Deletes with all that stands beneath, the lowest first. */
  remove(text) {
    const object = this.find(text);
    for (const child of [...this.objects.values()])
      if (child.parent === object.guid && !child.deleted) this.remove(child);
    this.detach(object);
    this.put(object, "msDS-LastKnownRDN", object.name);
    object.lastParent = object.parent;
    object.parent = this.deletedObjects().guid;
    object.name = `${object.name}\nDEL:${object.guid}`;
    object.deleted = true;
    this.attach(object);
    const stripped = this.recycleBin ? [] : this.strip(object);
    return this.touch(object, ["isdeleted", "name", "lastknownparent", ...stripped]);
  }

  /* What turns a deleted object into a tombstone; other objects forget it without a change. */
  strip(object) {
    const names = Object.keys(object.attributes).filter((name) => !schema.kept.has(name));
    for (const name of names) delete object.attributes[name];
    object.recycled = true;
    object.links = {};
    for (const other of this.objects.values()) delete other.links[object.guid];
    return [...names, "isrecycled"];
  }

  /* The end of its time in the recycle bin. */
  recycle(text) {
    const object = this.find(text);
    return this.touch(object, this.strip(object));
  }

  /* Undelete, or reanimation of a tombstone; links of an object from the bin were never gone. */
  restore(text, { parent, attributes = {} } = {}) {
    const object = this.find(text);
    this.detach(object);
    object.name = object.attributes["msds-lastknownrdn"].values[0].toString();
    object.parent = parent ? this.find(parent).guid : object.lastParent;
    object.deleted = object.recycled = false;
    this.attach(object);
    // What a tombstone has lost and the system sets itself, [MS-ADTS] 3.1.1.5.3.7.
    const classes = object.attributes.objectclass.values.map(String);
    const { category, defaults } = schema.classes[classes[classes.length - 1]];
    const own = object.attributes.objectcategory ? {} : { ...defaults, objectCategory: category };
    const names = Object.entries({ ...own, ...attributes }).map(([name, value]) =>
      this.put(object, name, value),
    );
    return this.touch(object, ["isdeleted", "isrecycled", "name", "lastknownparent", ...names]);
  }

  /* Many users, and a group that has them all. */
  fill({ count, parent, prefix = "user", first = 1, group, attributes = {} }) {
    const users = Array.from({ length: count }, (_, i) => {
      const name = `${prefix}${first + i}`;
      const own = { displayName: name, mail: `${name}@mock.test`, sn: name, givenName: prefix };
      return this.create({ dn: `CN=${name},${parent}`, attributes: { ...own, ...attributes } });
    });
    if (group) this.join(group, users);
    return users.map(({ guid }) => guid);
  }
}

module.exports = { Store };
