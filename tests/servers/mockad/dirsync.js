/*
 * DirSync, [MS-ADTS] 3.1.1.3.4.1.3: what changed since a cookie, object by object in the order of
 * their USNs.
 *
 * An object comes with objectGUID, instanceType and those of the requested attributes that changed,
 * each with all its values; one that was removed comes without values. With incremental values,
 * members come one by one: "member;range=1-1" were added, "member;range=0-0" taken out. A round
 * ends after so many objects (or values) with "more" and a cookie in which the vector is still the
 * one that was sent, so that whoever breaks off and goes on later loses nothing.
 */
"use strict";
const controls = require("./controls.js");
const { matches } = require("./filter.js");
const { bytes, extended } = require("./entry.js");

const OBJECT_SECURITY = 1;
const INCREMENTAL_VALUES = 0x80000000;

const refused = (code, text) => ({ code, text });

const noRight = refused(
  50,
  "00002105: SecErr: DSID-0315210D, problem 4003 (INSUFF_ACCESS_RIGHTS), data 0\n",
);
const noRoot = refused(
  53,
  "0000202B: SvcErr: DSID-0315214B, problem 5003 (WILL_NOT_PERFORM), data 0\n",
);
const badCookie = refused(
  12,
  "00000057: LdapErr: DSID-0C0907F6, comment: Error processing control, data 0, v4563\n",
);

function newerThan(store, since) {
  return (stamp) => {
    if (since.invocation === store.invocation && stamp.usn <= since.usn) return false;
    return stamp.origin.usn > (since.vector[stamp.origin.invocation] ?? 0);
  };
}

const isSent = (name) => !["name", "parentguid", "objectguid", "member"].includes(name);

function changedAttributes(store, object, { asked, form, isFirst }, isNewer) {
  const stamps = object.stamps;
  const all = asked.length ? asked.map((name) => name.toLowerCase()) : Object.keys(stamps);
  const list = all
    .filter((name) => isSent(name) && stamps[name] && isNewer(stamps[name]))
    .map((name) => ({
      name: store.nameOf(object, name),
      values: store
        .values(object, name)
        .map((value) => bytes(value, name === "lastknownparent" ? { text: true } : form)),
    }));
  const own = ["name", "parentguid"].filter((name) => all.includes(name));
  if (isNewer(stamps.name))
    for (const name of own)
      list.push({ name: store.nameOf(object, name), values: store.values(object, name) });
  return isFirst ? list.filter(({ values }) => values.length) : list;
}

/* The member values that changed: [{present, value}] */
function changedLinks(store, object, isNewer) {
  return Object.entries(object.links)
    .filter(([guid, link]) => isNewer(link.stamp) && store.get(guid) && !store.get(guid).deleted)
    .map(([guid, { present }]) => ({ present, target: store.reference(store.get(guid)) }));
}

function incremental(links, form) {
  const list = (present) =>
    links.filter((link) => link.present === present).map(({ target }) => bytes(target, form));
  return [
    { name: "member;range=1-1", values: list(true) },
    { name: "member;range=0-0", values: list(false) },
  ].filter(({ values }) => values.length);
}

/* What one object has to say from its skip-th member value on, and whether there is more. */
function change(store, object, query, isNewer, skip) {
  const attributes = changedAttributes(store, object, query, isNewer);
  const asked = query.asked.length === 0 || query.asked.some((n) => n.toLowerCase() === "member");
  const links = asked && !object.deleted ? changedLinks(store, object, isNewer) : [];
  const part = query.incremental ? links.slice(skip, skip + query.values) : links;
  if (!attributes.length && !links.length) return null;
  if (!query.incremental && links.length)
    attributes.push({
      name: "member",
      values: store.members(object).map((member) => bytes(store.reference(member), query.form)),
    });
  const always = ["objectguid", "instancetype"].map((name) => ({
    name: store.nameOf(object, name),
    values: store.values(object, name),
  }));
  const entry = {
    dn: extended(store.reference(object), query.form),
    attributes: [...always, ...attributes.filter(({ name }) => name !== "instanceType")],
  };
  if (query.incremental) entry.attributes.push(...incremental(part, query.form));
  return { entry, more: query.incremental && skip + part.length < links.length };
}

function round(store, candidates, query, since, isNewer) {
  const entries = [];
  let at = { usn: since.invocation === store.invocation ? since.usn : 0, sent: since.sent };
  for (const object of candidates) {
    if (entries.length >= query.objects) return { entries, at, more: true };
    const found = change(store, object, query, isNewer, at.sent);
    if (found) entries.push(found.entry);
    if (found?.more) return { entries, at: { ...at, sent: at.sent + query.values }, more: true };
    at = { usn: object.usn, sent: 0 };
  }
  return { entries, more: false };
}

/*
 * request: of the search; control: {flags, cookie}; settings: of the server. Gives {code, text} if
 * refused, else {entries, control}.
 */
function dirsync(store, request, control, form, settings) {
  const secure = (control.flags & OBJECT_SECURITY) !== 0;
  const base = store.lookup(request.base);
  if (!secure && (!settings.dirsync || !base || base.parent)) return noRight;
  if (!base || base.parent) return noRoot;
  const since = controls.readCookie(control.cookie);
  if (!since) return badCookie;
  const query = {
    asked: request.attributes.filter((name) => name !== "*"),
    form,
    isFirst: control.cookie.length === 0,
    incremental: (control.flags & INCREMENTAL_VALUES) !== 0,
    objects: settings.dirsyncObjects,
    values: settings.dirsyncValues,
  };
  const isNewer = newerThan(store, since);
  const isVisible = (object) => !object.deleted || !secure || settings.tombstones;
  const floor = since.invocation === store.invocation ? since.usn : 0;
  const candidates = [...store.objects.values()]
    .filter((object) => object.usn > floor && store.rootOf(object) === base.root)
    .filter((object) => isVisible(object))
    .filter((object) => matches(request.filter, (name) => store.values(object, name)))
    .sort((a, b) => a.usn - b.usn);
  const { entries, at, more } = round(store, candidates, query, since, isNewer);
  const cookie = more
    ? { ...at, invocation: store.invocation, vector: since.vector }
    : {
        usn: store.usn,
        invocation: store.invocation,
        vector: { ...store.vector, [store.invocation]: store.usn },
      };
  return { entries, more, control: controls.dirsyncAnswer(more, controls.writeCookie(cookie)) };
}

module.exports = { dirsync };
