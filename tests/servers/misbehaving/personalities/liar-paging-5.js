/*
 * A service that cannot be searched and lies about its list.
 * Each page begins with the last account of the one before; whoever counts right misses nobody.
 */
"use strict";

module.exports = {
  filter: false,
  pageMax: 2,
  pageDefault: 2,
  faults: [
    { fault: "lying-paging", variant: "overlap", match: { method: "GET", path: "/Users" } },
  ],
};
