import type { Dns } from "./ask-dns";
import { dkimFindings, type OwnKey } from "./dkim-findings";
import { dmarcFindings } from "./dmarc-findings";
import { mxFindings } from "./mx-findings";
import type { Finding } from "./schema";
import { spfFindings } from "./spf-findings";

export type DomainFacts = {
  domain: string;
  /** Where bounces go back to; the sender's own domain unless the shop has set a return address. */
  envelope: string;
  /** The shop's own mail server; null where it sends through the installation's. */
  host: string | null;
  keys: readonly OwnKey[];
  selectors: readonly string[];
};

/** Everything mailbox providers ask about a sender's domain, asked of the DNS. */
export async function checkDomain(dns: Dns, facts: DomainFacts): Promise<Finding[]> {
  const { domain, envelope, keys } = facts;
  const signs = keys.some(({ state }) => state === "active");
  const parts = await Promise.all([
    spfFindings(dns, facts),
    dkimFindings(dns, facts),
    dmarcFindings(dns, { domain, envelope, signs }),
    mxFindings(dns, domain),
  ]);
  return parts.flat();
}
