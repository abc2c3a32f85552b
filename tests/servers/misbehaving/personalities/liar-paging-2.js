/*
 * A service that cannot be searched and lies about its list.
 * A list announces more accounts than it ever shows.
 */
"use strict";

module.exports = {
  filter: false,
  pageMax: 2,
  pageDefault: 2,
  faults: [
    { fault: "lying-paging", variant: "total-high", match: { method: "GET", path: "/Users" } },
  ],
};
