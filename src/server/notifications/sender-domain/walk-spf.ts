import { BlockList, isIP } from "node:net";
import type { Answer, Dns, Silence } from "./ask-dns";
import { hasMacro, isSpf, type NameTerm, parseSpf, type Qualifier } from "./spf-record";

/** A receiver gives up after so many questions (RFC 7208, 4.6.4), and after so many that lead nowhere. */
export const SPF_LOOKUPS = 10;
export const SPF_VOID_LOOKUPS = 2;
/** Ours end a little later: how far beyond the limit a record is does not matter, and one that includes itself never ends. */
const GIVE_UP = 20;
const MX_HOSTS = 10;

type Problem =
  | { what: "missing" | "multiple"; domain: string; count: number }
  | { what: "syntax"; domain: string; term: string }
  | { what: "unasked"; name: string; reason: Silence };

export type SpfWalk = {
  /** Of the record itself: there is none, or more than one. */
  records: number;
  lookups: number;
  voids: number;
  ptr: boolean;
  /** What happens to mail from anywhere else; null where the record does not say. */
  rest: Qualifier | null;
  /** What a receiver stumbles over on the way, in the record itself or in one it leads to. */
  problems: Problem[];
  /** Every network that is named, as far as names could be followed. */
  networks: BlockList;
};

/** Follows everything an SPF record leads to, as a receiver would at worst: one that matches nothing before the end. */
export async function walkSpf(dns: Dns, domain: string): Promise<SpfWalk> {
  const walk: SpfWalk = { records: 0, lookups: 0, voids: 0, ptr: false, rest: null, problems: [], networks: new BlockList() };
  const answer = await dns.txt(domain);
  const records = answer.state === "found" ? answer.values.filter(isSpf) : [];
  walk.records = records.length;
  if (answer.state === "unasked") walk.problems.push({ what: "unasked", name: domain, reason: answer.reason });
  else if (records.length === 1 && records[0] !== undefined) walk.rest = await follow(dns, walk, domain, records[0]);
  return walk;
}

/** One record; answers what it says about everybody else. */
async function follow(dns: Dns, walk: SpfWalk, domain: string, text: string): Promise<Qualifier | null> {
  const { terms, redirect, bad } = parseSpf(text);
  if (bad !== null) walk.problems.push({ what: "syntax", domain, term: bad });
  let rest: Qualifier | null = null;
  for (const term of terms) {
    // What stands behind "all" is never reached, a redirect neither.
    if (rest !== null) return rest;
    if ("address" in term) addNetwork(walk, term.address, term.prefix);
    else if (term.kind === "all") rest = term.qualifier;
    else rest = await ask(dns, walk, domain, term);
  }
  if (rest !== null || redirect === null) return rest;
  return another(dns, walk, redirect);
}

/** A term that costs a question. Answers "+" for an include that lets everybody through. */
async function ask(dns: Dns, walk: SpfWalk, domain: string, term: NameTerm): Promise<Qualifier | null> {
  if (term.kind === "include") {
    const inner = await another(dns, walk, term.target ?? domain);
    return inner === "+" ? term.qualifier : null;
  }
  if (++walk.lookups > GIVE_UP) return null;
  if (term.kind === "ptr") walk.ptr = true;
  const target = term.target ?? domain;
  if (term.kind === "ptr" || hasMacro(target)) return null;
  if (term.kind === "mx") await addExchanges(dns, walk, target, term);
  else await addHost(dns, walk, target, term.kind === "a" ? term : null);
  return null;
}

async function another(dns: Dns, walk: SpfWalk, target: string): Promise<Qualifier | null> {
  if (++walk.lookups > GIVE_UP || hasMacro(target)) return null;
  const answer = await dns.txt(target);
  if (answer.state === "unasked") {
    walk.problems.push({ what: "unasked", name: target, reason: answer.reason });
    return null;
  }
  if (answer.state === "none") walk.voids++;
  const records = answer.state === "found" ? answer.values.filter(isSpf) : [];
  const [only] = records;
  if (records.length === 1 && only !== undefined) return follow(dns, walk, target, only);
  walk.problems.push({ what: records.length === 0 ? "missing" : "multiple", domain: target, count: records.length });
  return null;
}

type Prefixes = { prefix4: number; prefix6: number };

async function addHost(dns: Dns, walk: SpfWalk, name: string, prefixes: Prefixes | null): Promise<void> {
  const answer = await dns.addresses(name);
  note(walk, name, answer);
  if (answer.state !== "found" || !prefixes) return;
  for (const address of answer.values) addNetwork(walk, address, isIP(address) === 4 ? prefixes.prefix4 : prefixes.prefix6);
}

async function addExchanges(dns: Dns, walk: SpfWalk, name: string, prefixes: Prefixes): Promise<void> {
  const answer = await dns.mx(name);
  note(walk, name, answer);
  if (answer.state !== "found") return;
  for (const { exchange } of answer.values.slice(0, MX_HOSTS)) {
    const hosts = exchange === "" ? null : await dns.addresses(exchange);
    if (hosts?.state === "found")
      for (const address of hosts.values) addNetwork(walk, address, isIP(address) === 4 ? prefixes.prefix4 : prefixes.prefix6);
  }
}

function note(walk: SpfWalk, name: string, answer: Answer<unknown>): void {
  if (answer.state === "none") walk.voids++;
  if (answer.state === "unasked") walk.problems.push({ what: "unasked", name, reason: answer.reason });
}

function addNetwork(walk: SpfWalk, address: string, prefix: number): void {
  const family = isIP(address);
  if (family !== 0) walk.networks.addSubnet(address, prefix, family === 4 ? "ipv4" : "ipv6");
}
