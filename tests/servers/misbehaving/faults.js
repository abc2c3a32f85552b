/*
 * The fault engine: which request is spoilt, and how.
 *
 * A rule is {match, when, fault, …}:
 *
 *     match        {method: "POST", path: "regexp", body: "regexp"}, each optional; path is the
 *                  decoded URL with its query; several methods are a list
 *     nth: k       only the k-th request that matches; k may be a list
 *     every: n     the n-th, 2n-th, …
 *     first: n     the first n
 *     probability  0..1, from a generator seeded with `seed` (1): the same run draws the same
 *                  numbers (no condition: always)
 *     fault        a name below, with its own settings in the rule
 *     work         true or false: whether the request takes effect; each fault has a default
 *
 * Each rule counts the requests that match it; the first rule in the list that fires spoils the
 * request.
 *
 * faults without effect:
 *     status       {status, headers, body, type}: this answer (body: an object, or a text)
 *     redirect     {status: 302|307|308, to}: "{path}" in `to` stands for the path and query
 *     drop-before  close the connection; {reset: true} sends a RST
 *     hang         never answer
 *     no-effect    the answer of success, without the effect
 *     no-filter    400 invalidFilter if there is a filter
 *     no-patch     {status: 501} if it is a PATCH
 * faults after the effect:
 *     drop-after   close the connection instead of answering; {reset: true} sends a RST
 *     drop-middle  close it in the middle of the answer's body
 *     slow         answer after {ms}
 *     trickle      answer byte for byte, one each {ms}
 *     not-json     an HTML page with the right status
 *     other-type   {type}: the answer says that it is of this type
 *     truncated    half the JSON, with a Content-Length that fits
 *     huge         {bytes: 10485760}: the answer with that much padding
 *     deep         {depth: 100000}: nested arrays
 *     wrong-types  {types: [names]}: id as number, totalResults as string, …: see WRONG
 *     empty-body   the status and headers (so Location) without a body
 *     lying-paging {variant}: ignore-start, total-high {by: 10}, total-low, empty-page {from: 2},
 *                  overlap
 */
"use strict";

const WRONG = {
  id: (v) => (Number.isFinite(Number(v)) ? Number(v) : 12345),
  totalResults: (v) => String(v),
  startIndex: (v) => String(v),
  itemsPerPage: (v) => String(v),
  active: (v) => (v ? "True" : "False"),
  userName: (v) => [v],
  displayName: (v) => ({ value: v }),
  emails: (v) => v[0]?.value ?? "",
  members: (v) => Object.fromEntries(v.map((m, i) => [i, m])),
  meta: () => "meta",
  schemas: (v) => v[0],
  Resources: (v) => Object.fromEntries(v.map((r, i) => [i, r])),
};

const WORKS = new Set([
  "drop-after",
  "drop-middle",
  "slow",
  "trickle",
  "not-json",
  "other-type",
  "truncated",
  "huge",
  "deep",
  "wrong-types",
  "empty-body",
  "lying-paging",
]);
const KNOWN = new Set([
  ...WORKS,
  "status",
  "redirect",
  "drop-before",
  "hang",
  "no-effect",
  "no-filter",
  "no-patch",
]);

function random(seed) {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 4294967296;
  };
}

/* Compiles what was posted; throws with a sentence about the first rule that makes no sense. */
function compile(list) {
  if (!Array.isArray(list)) throw new Error("the faults must be a list of rules");
  return list.map((rule) => {
    if (!KNOWN.has(rule.fault)) throw new Error(`there is no fault "${rule.fault}"`);
    const { method, path, body } = rule.match ?? {};
    return {
      rule,
      method,
      path: path && new RegExp(path),
      body: body && new RegExp(body),
      seen: 0,
      fired: 0,
      draw: random(rule.seed ?? 1),
    };
  });
}

function due(entry) {
  const { nth, every, first, probability } = entry.rule;
  if (nth !== undefined) return [nth].flat().includes(entry.seen);
  if (every !== undefined) return entry.seen % every === 0;
  if (first !== undefined) return entry.seen <= first;
  return probability === undefined || entry.draw() < probability;
}

/* Faults that concern only some requests let the others pass uncounted. */
function concerns(rule, request) {
  if (rule.fault === "no-filter") return request.query.has("filter");
  if (rule.fault === "no-patch") return request.method === "PATCH";
  return true;
}

/* The rule that spoils this request, or undefined. Counts the request at every rule it matches. */
function choose(entries, request) {
  let chosen;
  for (const entry of entries) {
    if (entry.method && ![entry.method].flat().includes(request.method)) continue;
    if (entry.path && !entry.path.test(request.url)) continue;
    if (entry.body && !entry.body.test(request.body)) continue;
    if (!concerns(entry.rule, request)) continue;
    entry.seen++;
    if (due(entry) && !chosen) chosen = entry;
  }
  if (chosen) chosen.fired++;
  return chosen?.rule;
}

function wrongTypes(value, types) {
  if (Array.isArray(value)) return value.map((v) => wrongTypes(v, types));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, v]) => {
      const inner = wrongTypes(v, types);
      return [key, types.includes(key) ? WRONG[key](inner) : inner];
    }),
  );
}

/* What the request asks for instead, when the lie is in what is looked up. */
function lieBefore(rule, request) {
  const start = Number(request.query.get("startIndex") ?? 1);
  if (rule.variant === "ignore-start") request.query.delete("startIndex");
  if (rule.variant === "overlap" && start > 1) request.query.set("startIndex", String(start - 1));
}

function lieAfter(rule, request, answer) {
  if (!answer.body?.Resources) return answer;
  const { body } = answer;
  const start = Number(request.asked.get("startIndex") ?? 1);
  const total = {
    "total-high": body.totalResults + (rule.by ?? 10),
    "total-low": body.Resources.length,
  };
  const out = {
    ...body,
    startIndex: start,
    totalResults: total[rule.variant] ?? body.totalResults,
  };
  if (rule.variant === "empty-page" && start >= (rule.from ?? 2))
    Object.assign(out, { Resources: [], itemsPerPage: 0 });
  return { ...answer, body: out };
}

const scimError = (status, scimType, detail) => ({
  status,
  body: {
    schemas: ["urn:ietf:params:scim:api:messages:2.0:Error"],
    status: String(status),
    scimType,
    detail,
  },
});

function instead(rule, request) {
  if (rule.fault === "status") {
    const { status, headers = {}, body = "", type } = rule;
    return {
      status,
      headers: type ? { ...headers, "Content-Type": type } : headers,
      [typeof body === "string" ? "raw" : "body"]: body,
    };
  }
  if (rule.fault === "redirect")
    return {
      status: rule.status ?? 307,
      headers: { Location: rule.to.replace("{path}", request.rawUrl) },
      raw: "",
    };
  if (rule.fault === "no-filter")
    return scimError(400, "invalidFilter", "filters are not supported");
  return scimError(rule.status ?? 501, undefined, "PATCH is not supported");
}

function spoil(rule, request, answer) {
  const json = answer.body === undefined ? "" : JSON.stringify(answer.body);
  switch (rule.fault) {
    case "not-json":
      return {
        ...answer,
        headers: { ...answer.headers, "Content-Type": "text/html" },
        raw: "<html><body>It works!</body></html>",
      };
    case "other-type":
      return { ...answer, headers: { ...answer.headers, "Content-Type": rule.type } };
    case "truncated":
      return {
        ...answer,
        raw: Buffer.from(json).subarray(0, Math.floor(Buffer.byteLength(json) / 2)),
      };
    case "huge":
      return { ...answer, body: { ...answer.body, padding: "x".repeat(rule.bytes ?? 10 << 20) } };
    case "deep":
      return {
        ...answer,
        raw: "[".repeat(rule.depth ?? 100000) + "]".repeat(rule.depth ?? 100000),
      };
    case "wrong-types":
      return { ...answer, body: wrongTypes(answer.body, rule.types ?? Object.keys(WRONG)) };
    case "empty-body":
      return { ...answer, raw: "" };
    case "lying-paging":
      return lieAfter(rule, request, answer);
    default:
      return answer;
  }
}

const works = (rule) => rule.work ?? WORKS.has(rule.fault);

module.exports = { compile, choose, works, instead, spoil, lieBefore };
