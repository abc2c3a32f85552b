/*
 * A service that cannot be searched and lies about its list.
 * The second page is empty, though more was announced.
 */
"use strict";

module.exports = {
  filter: false,
  pageMax: 2,
  pageDefault: 2,
  faults: [
    { fault: "lying-paging", variant: "empty-page", match: { method: "GET", path: "/Users" } },
  ],
};
