/*
 * One connection: binds, searches, pages, notifications; its faults and its part of the log.
 */
"use strict";
const tls = require("tls");
const ad = require("./controls.js");
const wire = require("./wire.js");
const { toText, matches } = require("./filter.js");
const { build } = require("./entry.js");
const { dirsync } = require("./dirsync.js");
const { search, references, rootDseEntry, isVisible } = require("./search.js");
const { spoil } = require("./faults.js");

const NOTICE = "1.3.6.1.4.1.1466.20036";
const STARTTLS = "1.3.6.1.4.1.1466.20037";
const MOST_NOTIFICATIONS = 5;

const ldapErr = (number, dsid, comment) =>
  `${number}: LdapErr: DSID-${dsid}, comment: ${comment}, data 0, v4563`;

const answers = {
  unbound: {
    code: 1,
    text: ldapErr(
      "000004DC",
      "0C090A5C",
      "In order to perform this operation a successful bind must be completed on the connection.",
    ),
  },
  unsigned: {
    code: 8,
    text: ldapErr(
      "00002028",
      "0C090259",
      "The server requires binds to turn on integrity checking if SSL\\TLS are not already " +
        "active on the connection",
    ),
  },
  unknownControl: {
    code: 12,
    text: ldapErr("00000057", "0C0907F6", "Error processing control"),
  },
  badPage: {
    code: 53,
    text: ldapErr("00000057", "0C09076C", "Error processing control"),
  },
  complex: { code: 53, text: ldapErr("00002038", "0C0906E6", "Search filter too complex") },
  tooMany: {
    code: 11,
    text: ldapErr("00002024", "0C0906E8", "MaxNotificationPerConn reached"),
  },
  sizeLimit: { code: 4 },
};

const badPassword = (data) => ({
  code: 49,
  text:
    "80090308: LdapErr: DSID-0C090449, comment: AcceptSecurityContext error, " +
    `data ${data}, v4563`,
});

class Session {
  constructor(server, socket, { secure, number }) {
    Object.assign(this, { server, secure, number, buffer: Buffer.alloc(0) });
    this.pages = new Map();
    this.notifications = new Map();
    this.bound = false;
    this.round = 1;
    this.listen(socket);
    this.listener = (object) => this.changed(object);
    server.store.listeners.add(this.listener);
    this.rest();
  }

  listen(socket) {
    this.socket = socket;
    socket.on("data", (data) => this.receive(data));
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.closed());
  }

  closed() {
    clearTimeout(this.timer);
    this.server.store.listeners.delete(this.listener);
    this.server.sessions.delete(this);
  }

  /* Starts the time after which a silent client is sent away. */
  rest() {
    const { idleMs, idleNotice } = this.server.settings;
    clearTimeout(this.timer);
    if (!idleMs) return;
    this.timer = setTimeout(() => (idleNotice ? this.notice(52) : this.socket.end()), idleMs);
  }

  receive(data) {
    this.buffer = Buffer.concat([this.buffer, data]);
    try {
      for (let next; (next = wire.frame(this.buffer)); ) {
        this.buffer = next.rest;
        this.handle(wire.readRequest(next.bytes));
      }
    } catch (error) {
      console.error(error);
      this.notice(2);
    }
    this.rest();
  }

  send(...messages) {
    const bytes = Buffer.concat(messages);
    if (!this.socket.destroyed) this.socket.write(bytes);
    return bytes.length;
  }

  finish(id, tag, result, controls) {
    return this.send(wire.message(id, wire.result(tag, result), controls));
  }

  notice(code) {
    const gone = wire.result(wire.EXTENDED, { code, text: "disconnecting", name: NOTICE });
    this.send(wire.message(0, gone));
    this.socket.end();
  }

  handle(request) {
    const handlers = {
      bind: () => this.bind(request),
      search: () => this.search(request),
      unbind: () => this.socket.end(),
      abandon: () => this.notifications.delete(request.target),
      extended: () => this.extended(request),
    };
    if (handlers[request.operation]) handlers[request.operation]();
    else this.finish(request.id, request.tag + 1, { code: 53, text: "not in this server" });
  }

  extended({ id, name }) {
    if (name !== STARTTLS || this.secure || !this.server.tls) {
      this.finish(id, wire.EXTENDED, { code: 2, text: "unknown extended operation" });
      return;
    }
    this.finish(id, wire.EXTENDED, { name: STARTTLS });
    const clear = this.socket;
    clear.removeAllListeners("data");
    this.secure = true;
    this.listen(new tls.TLSSocket(clear, { isServer: true, ...this.server.tls }));
  }

  /* --- bind --- */

  judge({ name, simple, password }) {
    const { account, settings } = this.server;
    if (!simple) return { code: 7, text: "this server knows simple binds only" };
    if (settings.signing && !this.secure) return answers.unsigned;
    if (name === "" && password === "") return { code: 0, anonymous: true };
    const isKnown = account.names.includes(name.toLowerCase());
    return isKnown && password === account.password ? { code: 0 } : badPassword("52e");
  }

  bind(request) {
    const facts = { operation: "bind", kind: "bind", name: request.name };
    const log = this.server.note(this, facts);
    const rule = this.server.faults.pick(facts);
    log.fault = rule?.fault;
    if (rule?.fault === "silent") return;
    const judged = rule?.fault === "result" ? rule : this.judge(request);
    this.bound = judged.code === 0 && !judged.anonymous;
    log.result = judged.code;
    const reply = () => this.finish(request.id, wire.BIND, judged);
    if (rule?.fault === "notice") this.notice(rule.code ?? 52);
    else if (rule?.fault === "slow") setTimeout(reply, rule.ms);
    else reply();
  }

  /* --- search --- */

  facts(request, controls) {
    const filter = toText(request.filter);
    const page = controls.paged && this.pages.get(controls.paged.cookie);
    return {
      operation: "search",
      kind: this.kind(request, controls, filter),
      base: request.base,
      scope: request.scope,
      filter,
      attributes: request.attributes.join(" "),
      controls: Object.fromEntries(request.controls.map(({ oid, critical }) => [oid, critical])),
      page: controls.dirsync ? this.round : page ? page.number + 1 : 1,
      cookie: controls.dirsync ? controls.dirsync.cookie.length > 0 : undefined,
      flags: controls.dirsync?.flags,
    };
  }

  kind(request, controls, filter) {
    if (controls.dirsync) return "dirsync";
    if (controls.notification) return "notify";
    if (request.base === "" && request.scope === "base") return "rootdse";
    if (request.attributes.some((name) => /;range=/i.test(name))) return "range";
    return /usnchanged/i.test(filter) ? "usn" : "search";
  }

  search(request) {
    const controls = ad.read(request.controls);
    const facts = this.facts(request, controls);
    const log = this.server.note(this, facts);
    const rule = this.server.faults.pick(facts);
    log.fault = rule?.fault;
    if (rule?.fault === "silent") return;
    if (rule?.fault === "notice") this.notice(rule.code ?? 52);
    else if (rule?.fault === "slow")
      setTimeout(() => this.answer(request, controls, log), rule.ms);
    else this.answer(request, controls, log, rule);
  }

  /* What there is to say: {entries, references, controls, code, text, ...} */
  compute(request, controls, rule) {
    const { store, settings } = this.server;
    if (request.controls.some(({ oid, critical }) => critical && !ad.known.has(oid)))
      return answers.unknownControl;
    if (request.base === "" && request.scope === "base")
      return { entries: [rootDseEntry(store, ad.known, request.attributes)] };
    if (!this.bound) return answers.unbound;
    if (controls.notification) return this.subscribe(request, controls);
    if (controls.dirsync) {
      const form = controls.extendedDn;
      const { control, more, ...rest } = dirsync(
        store,
        request,
        controls.dirsync,
        form,
        settings,
      );
      this.round = more ? this.round + 1 : 1;
      return { ...rest, controls: control ? [control] : [] };
    }
    const found = this.page(request, controls);
    if (found.code !== undefined && !found.objects) return found;
    const options = {
      asked: request.attributes,
      form: controls.extendedDn,
      most: settings.maxValRange,
      fault: rule?.fault,
    };
    return {
      ...found,
      entries: found.objects.map((object) => this.entry(object, options)),
    };
  }

  entry(object, options) {
    const { store, settings } = this.server;
    const built = build(store, object, options);
    // Without the right the container is there, but nothing in it can be read.
    const isHidden = object === store.deletedObjects() && !settings.tombstones;
    return isHidden ? { ...built, attributes: [] } : built;
  }

  page(request, controls) {
    const { store, settings } = this.server;
    const continued = controls.paged?.cookie;
    if (continued && !this.pages.has(continued)) return answers.badPage;
    const start = continued
      ? this.pages.get(continued)
      : { ...search(store, request, controls, settings), number: 0 };
    if (!start.objects) return start;
    const limit = request.sizeLimit || Infinity;
    const most = controls.paged
      ? Math.min(controls.paged.size || 1, settings.maxPageSize)
      : Math.min(limit, settings.maxPageSize);
    const objects = start.objects.slice(0, most);
    const rest = start.objects.slice(most);
    const further = references(store, start.base, request, controls);
    if (!controls.paged)
      return { objects, references: further, ...(rest.length ? answers.sizeLimit : {}) };
    this.pages.delete(continued);
    const cookie = rest.length ? `page-${this.number}-${++this.server.pages}` : "";
    if (cookie) this.pages.set(cookie, { ...start, objects: rest, number: start.number + 1 });
    const answer = [ad.pagedAnswer(cookie)];
    return { objects, references: rest.length ? [] : further, controls: answer };
  }

  answer(request, controls, log, rule) {
    const spoils = ["add", "hide", "clear"].includes(rule?.fault);
    const isRefused = controls.notification && rule?.fault === "result";
    let said = isRefused ? {} : this.compute(request, controls, rule);
    if (said.open) return;
    if (rule?.fault === "empty") said = { controls: said.controls };
    const all = (said.entries ?? []).map((entry) => (spoils ? spoil(rule, entry) : entry));
    const few = ["result", "cut", "other-type"].includes(rule?.fault);
    const entries = few ? all.slice(0, rule.entries ?? 0) : all;
    const list = entries.map(({ dn, attributes }) => wire.entry(dn, attributes));
    const uris = [...(said.references ?? []), ...(rule?.uris ?? [])];
    const messages = [...list, ...uris.map((uri) => wire.reference(uri))];
    if (rule?.fault === "intermediate") messages.unshift(wire.intermediate("1.3.6.1.4.1.99999.1"));
    log.entries = entries.length;
    log.references = uris.length;
    log.bytes = this.send(...messages.map((one) => wire.message(request.id, one)));
    this.end(request, said, log, rule, all[entries.length]);
  }

  end(request, said, log, rule, next) {
    if (rule?.fault === "cut") {
      const last = next ? wire.entry(next.dn, next.attributes) : wire.result(wire.DONE, {});
      const whole = wire.message(request.id, last);
      this.send(whole.subarray(0, whole.length >> 1));
      this.socket.end();
      return;
    }
    const tag = rule?.fault === "other-type" ? wire.EXTENDED : wire.DONE;
    const isOther = ["result", "other-type"].includes(rule?.fault);
    const result = isOther ? { code: 12, ...rule } : said;
    log.result = result.code ?? 0;
    log.bytes += this.finish(request.id, tag, result, said.controls);
  }

  /* --- notifications --- */

  subscribe(request, controls) {
    if (toText(request.filter).toLowerCase() !== "(objectclass=*)") return answers.complex;
    if (this.notifications.size >= MOST_NOTIFICATIONS) return answers.tooMany;
    const base = search(this.server.store, { ...request, scope: "base" }, controls, {});
    if (!base.base) return base;
    this.notifications.set(request.id, { request, controls, base: base.base });
    return { open: true };
  }

  concerns(object, { request, controls, base }) {
    const { store, settings } = this.server;
    if (!isVisible(store, object, controls, settings)) return false;
    if (request.scope === "base" && object !== base) return false;
    if (request.scope === "one" && object.parent !== base.guid) return false;
    return store.isBeneath(object, base) && matches(request.filter, () => [true]);
  }

  changed(object) {
    for (const [id, notification] of this.notifications) {
      if (!this.concerns(object, notification)) continue;
      const { request, controls } = notification;
      const entry = this.entry(object, {
        asked: request.attributes,
        form: controls.extendedDn,
        most: this.server.settings.maxValRange,
      });
      this.send(wire.message(id, wire.entry(entry.dn, entry.attributes)));
    }
  }
}

module.exports = { Session };
