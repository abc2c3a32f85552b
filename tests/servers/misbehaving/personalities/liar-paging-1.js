/*
 * A service that cannot be searched and lies about its list.
 * Whatever page is asked for, the first one comes.
 */
"use strict";

module.exports = {
  filter: false,
  pageMax: 2,
  pageDefault: 2,
  faults: [
    { fault: "lying-paging", variant: "ignore-start", match: { method: "GET", path: "/Users" } },
  ],
};
