/*
 * A service by the book whose connections break: every fourth request that writes is cut off before
 * it took effect, every seventh after it, and every ninth answer in its middle.
 */
"use strict";

const match = { method: ["POST", "PATCH", "PUT", "DELETE"] };

module.exports = {
  faults: [
    { match, fault: "drop-before", every: 4, reset: true },
    { match, fault: "drop-after", every: 7 },
    { fault: "drop-middle", every: 9 },
  ],
};
