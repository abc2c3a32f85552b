/*
 * What can go wrong, and when. A rule is
 *
 *	{fault, ..., match: {...}, nth | first | every}
 *
 * Requests that match are counted for each rule; nth: only that one; first: that many; every: each
 * so-many-th; without any of them: all. The first rule whose turn it is is applied. In 'match' all
 * that is given must hold:
 *
 *	kind        bind, rootdse, dirsync, notify, range (a member;range=... is asked for), usn (the
 *	            filter asks for uSNChanged), search (any other)
 *	base, filter, attributes      patterns; attributes are joined by blanks
 *	page        number of the page, or of the round of DirSync, from 1
 *	cookie      true: DirSync with one, false: without
 *
 * Faults:
 *
 *	result      {code, text, referral: [uri], entries}   so many entries, then that result
 *	empty                                     success without any entry
 *	cut         {entries}                     so many entries, half of another, connection closed
 *	silent                                    no answer, ever
 *	slow        {ms}                          answers later
 *	notice      {code}                        Notice of Disconnection (RFC 4511 §4.4.1), closed
 *	other-type  {code, entries}               an extended response with that result (12) ends it
 *	intermediate                              a message of that type before the entries
 *	references  {uris: [...]}                 search references besides the entries
 *	range-stop                                no last part: a further one is not given
 *	range-gap                                 parts after the first begin seven values later
 *	range-wrong                               always the first part
 *	add         {name, value | length}        an attribute that nobody asked for (length: of 'x's)
 *	hide        {names: [...], entry}         attributes are not readable (entry: pattern of DNs)
 *	clear       {name, entry}                 the attribute arrives without values
 */
"use strict";

function matchesRule(match, facts) {
  return Object.entries(match ?? {}).every(([name, wanted]) =>
    ["base", "filter", "attributes"].includes(name)
      ? new RegExp(wanted, "i").test(facts[name] ?? "")
      : facts[name] === wanted,
  );
}

function isTurn({ rule, seen }) {
  if (rule.nth !== undefined) return seen === rule.nth;
  if (rule.first !== undefined) return seen <= rule.first;
  if (rule.every !== undefined) return seen % rule.every === 0;
  return true;
}

class Faults {
  constructor() {
    this.set([]);
  }

  set(rules) {
    this.states = rules.map((rule) => ({ rule, seen: 0, fired: 0 }));
  }

  /* The rule to apply, or undefined. */
  pick(facts) {
    const counted = this.states.filter(({ rule }) => matchesRule(rule.match, facts));
    for (const state of counted) state.seen++;
    const found = counted.find(isTurn);
    if (found) found.fired++;
    return found?.rule;
  }
}

/* What a rule does to one entry. */
function spoil(rule, { dn, attributes }) {
  if (rule.entry && !new RegExp(rule.entry, "i").test(dn)) return { dn, attributes };
  if (rule.fault === "add") {
    const value = Buffer.from(rule.value ?? "x".repeat(rule.length));
    return { dn, attributes: [...attributes, { name: rule.name, values: [value] }] };
  }
  const names = (rule.names ?? [rule.name]).map((name) => name.toLowerCase());
  const isMeant = ({ name }) => names.includes(name.toLowerCase());
  // An id that is not readable is not in front of the DN either.
  const name = names.includes("objectguid") ? dn.replace(/^(?:<[^>]*>;)+/, "") : dn;
  if (rule.fault === "hide")
    return { dn: name, attributes: attributes.filter((one) => !isMeant(one)) };
  const rest = attributes.filter((one) => !isMeant(one));
  return { dn, attributes: [...rest, { name: rule.name, values: [] }] };
}

module.exports = { Faults, spoil };
