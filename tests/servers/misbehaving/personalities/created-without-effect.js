/*
 * A service that says 201 to what it does not do: of the creates the first and the fourth have an
 * answer without a body and without an effect, and the second one's account is there although its
 * answer is empty, too.
 */
"use strict";

const match = { method: "POST", path: "/(Users|Groups)$" };

module.exports = {
  location: false,
  faults: [
    { match, fault: "status", status: 201, body: "", nth: [1, 4] },
    { match, fault: "empty-body", nth: 2 },
  ],
};
