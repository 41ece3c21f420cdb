import { isIP } from "node:net";
import type { Dns } from "./ask-dns";
import { finding, unasked } from "./finding";
import { organisationalDomain } from "./organisational-domain";
import type { DnsRecord, Finding } from "./schema";
import { SPF_LOOKUPS, SPF_VOID_LOOKUPS, type SpfWalk, walkSpf } from "./walk-spf";

const found = finding("spf");

/**
 * SPF is asked of the domain in the envelope, where bounces go back to: the return address if the shop has set one, or the sender's.
 * `host` is the shop's own mail server, if it names one.
 */
export async function spfFindings(dns: Dns, facts: { domain: string; envelope: string; host: string | null }): Promise<Finding[]> {
  const { domain, envelope, host } = facts;
  const walk = await walkSpf(dns, envelope);
  const findings = [...(envelope === domain ? [] : [found("hint", "spfEnvelope", { domain: envelope, sender: domain })])];
  if (walk.records !== 1) return [...findings, absence(walk, envelope, host)];
  const mistakes = mistakesOf(walk, envelope);
  findings.push(...mistakes);
  if (!mistakes.some(({ level }) => level !== "hint")) findings.push(found("ok", "spfOk", { domain: envelope, count: walk.lookups }));
  if (host !== null) findings.push(...(await hostFinding(dns, walk, host)));
  return findings;
}

function absence(walk: SpfWalk, domain: string, host: string | null): Finding {
  const silent = walk.problems.find((problem) => problem.what === "unasked");
  if (silent) return unasked("spf", silent.name, silent.reason);
  if (walk.records > 1) return found("error", "spfMultiple", { domain, count: walk.records });
  return found("error", "spfMissing", { domain }, suggestion(domain, host));
}

/** Only for a mail server under the shop's own domain: what a provider's has to be, only the provider knows. */
function suggestion(domain: string, host: string | null): DnsRecord | null {
  const own =
    host !== null && isIP(host) === 0 && organisationalDomain(host) !== null && organisationalDomain(host) === organisationalDomain(domain);
  return own ? { name: domain, type: "TXT", value: `v=spf1 mx a:${host} ~all` } : null;
}

function mistakesOf(walk: SpfWalk, domain: string): Finding[] {
  const findings: Finding[] = [];
  const seen = new Set<string>();
  for (const problem of walk.problems) {
    const name = problem.what === "unasked" ? problem.name : problem.domain;
    if (seen.has(name)) continue;
    seen.add(name);
    if (problem.what === "unasked") findings.push(unasked("spf", problem.name, problem.reason));
    else if (problem.what === "syntax") findings.push(found("error", "spfSyntax", { domain: name, term: problem.term }));
    else if (problem.what === "multiple") findings.push(found("error", "spfMultiple", { domain: name, count: problem.count }));
    else findings.push(found("error", "spfInclude", { domain, target: name }));
  }
  if (walk.lookups > SPF_LOOKUPS) findings.push(found("error", "spfLookups", { count: walk.lookups, limit: SPF_LOOKUPS }));
  if (walk.voids > SPF_VOID_LOOKUPS) findings.push(found("warning", "spfVoid", { count: walk.voids, limit: SPF_VOID_LOOKUPS }));
  if (walk.rest === "+") findings.push(found("error", "spfAll", { domain }));
  else if (walk.rest === null || walk.rest === "?") findings.push(found("warning", "spfNoAll", { domain }));
  if (walk.ptr) findings.push(found("warning", "spfPtr", { domain }));
  return findings;
}

/** Whether the server's addresses are among those allowed. It may hand over to others, so a "no" is no mistake. */
async function hostFinding(dns: Dns, walk: SpfWalk, host: string): Promise<Finding[]> {
  const answer = isIP(host) === 0 ? await dns.addresses(host) : ({ state: "found", values: [host] } as const);
  if (answer.state === "unasked") return [unasked("spf", host, answer.reason)];
  const addresses = answer.state === "found" ? answer.values : [];
  const covered = addresses.length > 0 && addresses.every((address) => walk.networks.check(address, isIP(address) === 4 ? "ipv4" : "ipv6"));
  return [covered ? found("ok", "spfHost", { host }) : found("hint", "spfHostUnknown", { host })];
}
