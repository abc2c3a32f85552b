/*
 * A domain controller's data as one document, and what may happen with it:
 *
 *	save      a backup
 *	load      the backup as it was: the machine was set back by hand, and goes on with the same
 *	          invocationId and lower USNs ("USN rollback")
 *	restore   the backup as Windows restores it: a new invocationId, the same NTDS Settings
 *	join      the data of another domain controller in one of its own right: own invocationId, own
 *	          NTDS Settings, own USNs, the other's stamps
 *	receive   what is new there, by replication; what is newer here on both sides is not merged
 */
"use strict";
const { newGuid } = require("./values.js");

const plain = ["invocation", "vector", "usn", "rid", "settings", "settingsDn", "roots"];

const packed = (attributes) =>
  Object.fromEntries(
    Object.entries(attributes).map(([key, { name, values }]) => [
      key,
      { name, values: values.map((value) => value.toString("base64")) },
    ]),
  );

const unpacked = (attributes) =>
  Object.fromEntries(
    Object.entries(attributes).map(([key, { name, values }]) => [
      key,
      { name, values: values.map((value) => Buffer.from(value, "base64")) },
    ]),
  );

function save(store) {
  const objects = [...store.objects.values()].map((object) => ({
    ...object,
    attributes: packed(object.attributes),
  }));
  const own = Object.fromEntries(plain.map((name) => [name, store[name]]));
  return JSON.parse(JSON.stringify({ ...own, objects }));
}

function load(store, document) {
  for (const name of plain) store[name] = structuredClone(document[name]);
  store.objects.clear();
  store.children.clear();
  for (const object of document.objects) {
    const copy = structuredClone(object);
    store.objects.set(object.guid, { ...copy, attributes: unpacked(object.attributes) });
    if (object.parent) store.attach(object);
  }
}

function restore(store, document) {
  load(store, document);
  store.vector[store.invocation] = store.usn;
  store.invocation = newGuid();
}

const same = (a, b) =>
  a && a.origin.invocation === b.origin.invocation && a.origin.usn === b.origin.usn;

/* What it knows of others' changes: everything of the one who wrote the document. */
function learn(store, document) {
  const vector = { ...document.vector, [document.invocation]: document.usn };
  for (const [id, usn] of Object.entries(vector))
    if (id !== store.invocation) store.vector[id] = Math.max(usn, store.vector[id] ?? 0);
}

/* Each domain controller numbers in the order in which changes came to it. */
function renumber(store, object) {
  store.usn++;
  object.usn = object.usnCreated = store.usn;
  for (const stamp of Object.values(object.stamps)) stamp.usn = store.usn;
  for (const { stamp } of Object.values(object.links)) stamp.usn = store.usn;
}

function join(store, document, { usn }) {
  load(store, document);
  store.invocation = newGuid();
  learn(store, document);
  store.usn = usn;
  const settings = store.get(store.settings);
  store.detach(settings);
  store.objects.delete(settings.guid);
  settings.guid = store.settings = newGuid();
  store.objects.set(settings.guid, settings);
  store.attach(settings);
  const byGuid = [...store.objects.values()].sort((a, b) => (a.guid < b.guid ? -1 : 1));
  for (const object of byGuid) renumber(store, object);
}

function receiveObject(store, theirs) {
  const mine = store.get(theirs.guid);
  const stamps = Object.entries(theirs.stamps).filter(([key, s]) => !same(mine?.stamps[key], s));
  const links = Object.entries(theirs.links).filter(
    ([guid, link]) => !same(mine?.links[guid]?.stamp, link.stamp),
  );
  if (!stamps.length && !links.length) return;
  const object = mine ?? { ...theirs, links: {}, stamps: {}, usnCreated: store.usn + 1 };
  if (mine?.parent) store.detach(mine);
  const { name, parent, deleted, recycled, lastParent } = theirs;
  Object.assign(object, { name, parent, deleted, recycled, lastParent });
  object.attributes = unpacked(theirs.attributes);
  store.objects.set(object.guid, object);
  if (object.parent) store.attach(object);
  if (recycled) store.strip(object);
  for (const [key, stamp] of stamps) object.stamps[key] = { ...stamp, usn: store.usn + 1 };
  for (const [guid, link] of links)
    object.links[guid] = { ...link, stamp: { ...link.stamp, usn: store.usn + 1 } };
  store.touch(object, []);
}

function receive(store, document) {
  const byGuid = new Map(document.objects.map((object) => [object.guid, object]));
  const top = (object) => (object.parent ? top(byGuid.get(object.parent)) : object);
  const news = document.objects.filter((object) => top(object).root === store.base);
  for (const theirs of news.sort((a, b) => a.usn - b.usn)) receiveObject(store, theirs);
  learn(store, document);
}

module.exports = { save, load, restore, join, receive };
