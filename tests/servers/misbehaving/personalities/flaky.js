/*
 * A service by the book in front of which something is broken: one request in five is refused for
 * want of time, fails, is never answered, or loses its connection before or after it took effect.
 * What is drawn is the same in each run.
 */
"use strict";

module.exports = {
  faults: [
    {
      fault: "status",
      status: 429,
      headers: { "Retry-After": "1" },
      body: { detail: "too many requests" },
      probability: 0.06,
      seed: 11,
    },
    { fault: "status", status: 500, body: "<html>oops</html>", probability: 0.04, seed: 12 },
    { fault: "status", status: 503, body: "", work: true, probability: 0.03, seed: 13 },
    { fault: "hang", probability: 0.02, seed: 14 },
    { fault: "drop-before", probability: 0.03, seed: 15 },
    { fault: "drop-after", probability: 0.03, seed: 16 },
  ],
};
