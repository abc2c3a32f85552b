/*
 * The part of the schema that tests need: classes with their superclasses and defaults, how
 * attributes are written, which of them a deleted object keeps.
 */
"use strict";

const NEVER = "9223372036854775807";

const user = {
  classes: ["top", "person", "organizationalPerson", "user"],
  category: "Person",
  defaults: {
    userAccountControl: "512",
    primaryGroupID: "513",
    sAMAccountType: "805306368",
    accountExpires: NEVER,
    pwdLastSet: "133500000000000000",
  },
  account: true,
};

const classes = {
  user,
  computer: { ...user, classes: [...user.classes, "computer"], category: "Computer" },
  contact: { classes: ["top", "person", "organizationalPerson", "contact"], category: "Person" },
  group: {
    classes: ["top", "group"],
    category: "Group",
    defaults: { groupType: "-2147483646", sAMAccountType: "268435456" },
    account: true,
  },
  organizationalUnit: {
    classes: ["top", "organizationalUnit"],
    category: "Organizational-Unit",
    rdn: "OU",
  },
  container: { classes: ["top", "container"], category: "Container" },
  domainDNS: { classes: ["top", "domain", "domainDNS"], category: "Domain-DNS", rdn: "DC" },
  configuration: { classes: ["top", "configuration"], category: "Configuration" },
  nTDSDSA: {
    classes: ["top", "applicationSettings", "nTDSDSA"],
    category: "NTDS-DSA",
  },
  foreignSecurityPrincipal: {
    classes: ["top", "foreignSecurityPrincipal"],
    category: "Foreign-Security-Principal",
  },
};

/* Values are DNs of other objects. */
const references = new Set(["manager"]);

const names = new Map(
  (
    "objectClass objectGUID objectSid objectCategory distinguishedName name cn ou dc member " +
    "memberOf isDeleted isRecycled lastKnownParent parentGUID whenCreated whenChanged uSNCreated " +
    "uSNChanged sAMAccountName userAccountControl instanceType invocationId primaryGroupID"
  )
    .split(" ")
    .map((name) => [name.toLowerCase(), name]),
);

/* [MS-ADTS] 3.1.1.5.5.1.1 */
const kept = new Set(
  (
    "objectclass objectsid samaccountname useraccountcontrol instancetype grouptype " +
    "msds-lastknownrdn whencreated"
  ).split(" "),
);

const wellKnown = {
  a9d1ca15768811d1aded00c04fd8d5cd: "CN=Users",
  aa312825768811d1aded00c04fd8d5cd: "CN=Computers",
  "22b70c67d56e4efb91e9300fca3dc1aa": "CN=ForeignSecurityPrincipals",
  "18e2ea80684f11d2b9aa00c04f79f805": "CN=Deleted Objects",
};

module.exports = { classes, references, names, kept, wellKnown };
