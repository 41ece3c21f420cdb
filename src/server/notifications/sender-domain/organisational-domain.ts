import { getDomain } from "tldts";

/**
 * The domain somebody registered: one label below a public suffix, those of hosters included, as DMARC asks for (RFC 7489, 3.2). Null for a
 * public suffix itself, and for names that are no domain.
 */
export const organisationalDomain = (domain: string): string | null => getDomain(domain, { allowPrivateDomains: true });

/** Whether two domains count as one for DMARC (RFC 7489, 3.1). */
export function aligned(one: string, other: string, mode: "relaxed" | "strict"): boolean {
  if (one === other) return true;
  const organisation = organisationalDomain(one);
  return mode === "relaxed" && organisation !== null && organisation === organisationalDomain(other);
}
