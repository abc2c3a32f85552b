/*
 * Which objects a search finds: its base in all the forms of Active Directory, scope, filter, and
 * who may see what is deleted.
 */
"use strict";
const dn = require("./dn.js");
const schema = require("./schema.js");
const { matches } = require("./filter.js");
const { sidBytes } = require("./values.js");

const capabilities = [
  "1.2.840.113556.1.4.800", // Active Directory
  "1.2.840.113556.1.4.1670", // 2003
  "1.2.840.113556.1.4.1791", // signing and sealing on a connection with TLS
  "1.2.840.113556.1.4.1935", // 2008
  "1.2.840.113556.1.4.2080", // 2008 R2
  "1.2.840.113556.1.4.2237", // 2012
];

function rootDse(store, controls) {
  const text = {
    defaultNamingContext: store.base,
    rootDomainNamingContext: store.base,
    configurationNamingContext: store.config,
    schemaNamingContext: `CN=Schema,${store.config}`,
    namingContexts: [store.base, store.config],
    subschemaSubentry: `CN=Aggregate,CN=Schema,${store.config}`,
    dsServiceName: store.settingsDn,
    serverName: store.settingsDn.replace(/^[^,]*,/, ""),
    dnsHostName: store.host,
    ldapServiceName: `mock.test:${store.host.split(".")[0]}$@MOCK.TEST`,
    highestCommittedUSN: String(store.usn),
    currentTime: `${new Date().toISOString().slice(0, 19).replace(/[-T:]/g, "")}.0Z`,
    isSynchronized: "TRUE",
    isGlobalCatalogReady: "TRUE",
    domainFunctionality: "7",
    forestFunctionality: "7",
    domainControllerFunctionality: "7",
    supportedLDAPVersion: ["3", "2"],
    supportedControl: [...controls],
    supportedCapabilities: capabilities,
    supportedSASLMechanisms: ["GSSAPI", "GSS-SPNEGO", "EXTERNAL", "DIGEST-MD5"],
  };
  return Object.entries(text).map(([name, value]) => ({
    name,
    values: [].concat(value).map((one) => Buffer.from(one)),
  }));
}

function rootDseEntry(store, controls, asked) {
  const wanted = asked.map((name) => name.toLowerCase());
  const isAll = !asked.length || wanted.includes("*") || wanted.includes("+");
  const attributes = rootDse(store, controls);
  return {
    dn: "",
    attributes: attributes.filter(({ name }) => isAll || wanted.includes(name.toLowerCase())),
  };
}

function byAlias(store, name, value) {
  if (name === "GUID") return store.get(value.toLowerCase());
  if (name === "WKGUID") {
    const [guid, where] = value.split(/,(.*)/s);
    const rdn = schema.wellKnown[guid.toLowerCase()];
    return rdn && dn.key(where) === dn.key(store.base) && store.lookup(`${rdn},${store.base}`);
  }
  const sid = /^S-1-/i.test(value) ? sidBytes(value) : Buffer.from(value, "hex");
  const isMeant = (object) => object.sid && sidBytes(object.sid).equals(sid);
  return [...store.objects.values()].find(isMeant);
}

function findBase(store, text) {
  const alias = /^<(GUID|SID|WKGUID)=(.*)>$/is.exec(text);
  return alias ? byAlias(store, alias[1].toUpperCase(), alias[2]) : store.lookup(text);
}

function noSuchObject(store, text) {
  const rdns = dn.parse(text) ?? [];
  let matched = "";
  for (let i = 1; i < rdns.length && !matched; i++)
    if (store.lookup(dn.format(rdns.slice(i)))) matched = dn.format(rdns.slice(i));
  return {
    code: 32,
    matched,
    text:
      "0000208D: NameErr: DSID-0310028B, problem 2001 (NO_OBJECT), data 0, best match of:\n" +
      `\t'${matched}'\n`,
  };
}

/* A base in another domain: [MS-ADTS] 3.1.1.4.6 */
function elsewhere(text) {
  const host = dn
    .parse(text)
    .filter(({ type }) => type.toUpperCase() === "DC")
    .map(({ value }) => value)
    .join(".");
  return {
    code: 10,
    text:
      "0000202B: RefErr: DSID-0310082F, data 0, 1 access points\n" + `\tref 1: '${host}'\n`,
    referral: [`ldap://${host}/${text}`],
  };
}

function failed(store, text) {
  if (text.startsWith("<")) return noSuchObject(store, text);
  if (!dn.parse(text))
    return {
      code: 34,
      text: "0000208F: NameErr: DSID-03100231, problem 2006 (BAD_NAME), data 8350\n",
    };
  const isOurs = dn.key(text).endsWith(dn.key(store.base));
  return isOurs ? noSuchObject(store, text) : elsewhere(text);
}

/* The container of what is deleted counts as deleted itself. */
function isVisible(store, object, controls, settings) {
  const isContainer = object.attributes.isdeleted !== undefined;
  if (!object.deleted && !isContainer) return true;
  if (!controls.showDeleted && !controls.showRecycled) return false;
  if (isContainer) return true;
  if (store.recycleBin && object.recycled && !controls.showRecycled) return false;
  return settings.tombstones;
}

function inScope(store, base, scope) {
  if (scope === "base") return [base];
  const all = [...store.objects.values()];
  if (scope === "one") return all.filter((object) => object.parent === base.guid);
  return all.filter((object) => store.isBeneath(object, base));
}

/* Without the right to read it, the container of what is deleted is found as a base only. */
function readable(store, object, request, settings) {
  const isHidden = object.attributes.isdeleted && !settings.tombstones && request.scope !== "base";
  return (name) => (isHidden ? [] : store.values(object, name));
}

/* {code, text, ...} if there is no such base, else {base, objects} in no particular order. */
function search(store, request, controls, settings) {
  const base = findBase(store, request.base);
  if (!base || !isVisible(store, base, controls, settings)) return failed(store, request.base);
  const objects = inScope(store, base, request.scope)
    .filter((object) => isVisible(store, object, controls, settings))
    .filter((object) => matches(request.filter, readable(store, object, request, settings)))
    .sort((a, b) => (a.guid < b.guid ? -1 : 1));
  return { base, objects };
}

/* The other naming contexts beneath the domain, unless domain scope keeps the search inside. */
function references(store, base, request, controls) {
  if (request.scope !== "sub" || base.root !== store.base || controls.domainScope) return [];
  const domain = "mock.test";
  return [
    `ldap://ForestDnsZones.${domain}/DC=ForestDnsZones,${store.base}`,
    `ldap://DomainDnsZones.${domain}/DC=DomainDnsZones,${store.base}`,
    `ldap://${domain}/${store.config}`,
  ];
}

module.exports = { search, references, rootDseEntry, isVisible };
