/*
 * A service that cannot be searched and lies about its list.
 * A list announces as many accounts as are on the page.
 */
"use strict";

module.exports = {
  filter: false,
  pageMax: 2,
  pageDefault: 2,
  faults: [
    { fault: "lying-paging", variant: "total-low", match: { method: "GET", path: "/Users" } },
  ],
};
