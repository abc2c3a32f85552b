/*
 * A service that answers by a table: the first row whose words fit the request. It holds nothing.
 *
 *     PORT=8080 node server.js
 *
 * prints "listening on http://127.0.0.1:PORT" when it is ready.
 *
 * Over the same port, for the test:
 *
 *     POST /__set    [[words, status, body, then], ...]; words: a pattern of "POST /u?x=1 BODY",
 *                    the address as people write it and the body as it came; body: a text,
 *                    which is a page, or what is written as JSON; then: rows that stand before the
 *                    others from now on
 *     POST /__taken  ["POST /users?x=1 BODY", ...] since it was last asked
 *
 * What no row fits is answered with 501, which nothing takes for success.
 */
"use strict";
const http = require("http");

let rows = [];
let taken = [];

function control(path, text) {
  if (path === "/__set") rows = JSON.parse(text);
  const answer = taken;
  taken = [];
  return [null, 200, answer];
}

function asked({ method, url }, text) {
  const words = `${method} ${decodeURIComponent(url)}${text ? ` ${text}` : ""}`;
  taken.push(words);
  const row = rows.find(([pattern]) => new RegExp(pattern).test(words));
  rows = [...(row?.[3] ?? []), ...rows];
  return row ?? [null, 501, "not in the table"];
}

const server = http.createServer(async (request, response) => {
  let text = "";
  for await (const chunk of request) text += chunk;
  const own = request.url.startsWith("/__");
  const [, status, body] = own ? control(request.url, text) : asked(request, text);
  const isText = typeof body === "string";
  response.writeHead(status, { "Content-Type": isText ? "text/html" : "application/json" });
  response.end(body === null || body === undefined ? "" : isText ? body : JSON.stringify(body));
});

server.listen(Number(process.env.PORT), "127.0.0.1", () =>
  console.log(`listening on http://127.0.0.1:${process.env.PORT}`),
);
