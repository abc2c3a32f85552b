/*
 * A service by the book but for its refusals, which have a status and words, and no scimType.
 */
"use strict";

module.exports = { error: ({ message }) => ({ message }) };
