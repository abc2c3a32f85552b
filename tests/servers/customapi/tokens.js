/*
 * Access tokens: made, found again, no longer good. They are part of a service's state, so they
 * outlive a restart as they would at the service.
 */
"use strict";
const { randomBytes } = require("crypto");

const second = 1000;

/* A new token of so many seconds. */
function make(state, seconds) {
  const token = `tok-${randomBytes(24).toString("hex")}`;
  state.tokens = [...(state.tokens ?? []), { token, made: Date.now(), seconds }].slice(-30);
  return token;
}

const made = (state, seconds) =>
  (state.tokens ?? []).filter((one) => one.made > Date.now() - seconds * second).length;

/* True if the header is "<scheme> <a token that is still good>". */
function good(state, header = "", scheme = "Bearer") {
  const [word, token] = header.split(" ");
  const now = Date.now();
  return (
    word === scheme &&
    (state.tokens ?? []).some((one) => one.token === token && one.made + one.seconds * second > now)
  );
}

module.exports = { make, made, good };
