import type { Dns } from "./ask-dns";
import { type DmarcPolicy, type DmarcRecord, isDmarc, parseDmarc } from "./dmarc-record";
import { finding, unasked } from "./finding";
import { aligned, organisationalDomain } from "./organisational-domain";
import type { Finding } from "./schema";

const found = finding("dmarc");
/** Receivers ask about a few addresses for reports only, too. */
const MAX_REPORTS = 5;

export type DmarcFacts = {
  domain: string;
  envelope: string;
  /** We sign with a key of the sender's very domain. */
  signs: boolean;
};

type Looked = { at: string; record: DmarcRecord } | { finding: Finding };

export async function dmarcFindings(dns: Dns, facts: DmarcFacts): Promise<Finding[]> {
  const { domain } = facts;
  const organisation = organisationalDomain(domain) ?? domain;
  const looked = await look(dns, domain, organisation);
  if ("finding" in looked) return [looked.finding];
  const { at, record } = looked;
  return [...policyFindings(domain, at, record), ...(await reportFindings(dns, at, record)), ...alignment(facts, record)];
}

/** At the domain itself, or else at the one somebody registered (RFC 7489, 6.6.3). */
async function look(dns: Dns, domain: string, organisation: string): Promise<Looked> {
  for (const at of domain === organisation ? [domain] : [domain, organisation]) {
    const name = `_dmarc.${at}`;
    const answer = await dns.txt(name);
    if (answer.state === "unasked") return { finding: unasked("dmarc", name, answer.reason) };
    const records = answer.state === "found" ? answer.values.filter(isDmarc) : [];
    if (records.length > 1) return { finding: found("error", "dmarcMultiple", { name, count: records.length }) };
    const [only] = records;
    if (only === undefined) continue;
    const record = parseDmarc(only);
    return record ? { at, record } : { finding: found("error", "dmarcSyntax", { name, tag: "p" }) };
  }
  const value = `v=DMARC1; p=none; rua=mailto:postmaster@${organisation}`;
  return { finding: found("error", "dmarcMissing", { domain }, { name: `_dmarc.${organisation}`, type: "TXT", value }) };
}

function policyFindings(domain: string, at: string, record: DmarcRecord): Finding[] {
  const below = domain !== at;
  const policy: DmarcPolicy = below ? (record.subdomainPolicy ?? record.policy) : record.policy;
  const findings = [found("ok", "dmarcOk", { domain: at, policy })];
  if (below) findings.push(found("hint", "dmarcSubdomain", { domain, organisation: at, policy }));
  if (policy === "none") findings.push(found("hint", "dmarcNone", { domain: at }));
  else if (record.pct < 100) findings.push(found("hint", "dmarcPct", { pct: record.pct }));
  for (const tag of record.odd) findings.push(found("warning", "dmarcSyntax", { name: `_dmarc.${at}`, tag }));
  return findings;
}

/** Reports to another domain are only sent when that one agrees (RFC 7489, 7.1). */
async function reportFindings(dns: Dns, at: string, { reports }: DmarcRecord): Promise<Finding[]> {
  if (reports.length === 0) return [found("hint", "dmarcNoRua", { domain: at })];
  const findings: Finding[] = [];
  for (const address of reports.slice(0, MAX_REPORTS)) {
    const receiver = address.slice(address.lastIndexOf("@") + 1).toLowerCase();
    if (aligned(receiver, at, "relaxed")) continue;
    const name = `${at}._report._dmarc.${receiver}`;
    const answer = await dns.txt(name);
    if (answer.state === "unasked") findings.push(unasked("dmarc", name, answer.reason));
    else if (answer.state === "none" || !answer.values.some(isDmarc))
      findings.push(found("warning", "dmarcRua", { address, name }, { name, type: "TXT", value: "v=DMARC1" }));
  }
  return findings;
}

/** DMARC asks that what SPF or DKIM prove is the domain people see: one of the two is enough. */
function alignment({ domain, envelope, signs }: DmarcFacts, record: DmarcRecord): Finding[] {
  if (signs) return [found("ok", "alignDkim", { domain })];
  const fits = aligned(envelope, domain, record.spf);
  return [fits ? found("ok", "alignSpf", { domain, envelope }) : found("hint", "alignUnknown", { domain, envelope, mode: record.spf })];
}
