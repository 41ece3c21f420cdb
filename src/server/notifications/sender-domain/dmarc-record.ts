import { parseTags } from "./tag-list";

export const POLICIES = ["none", "quarantine", "reject"] as const;
export type DmarcPolicy = (typeof POLICIES)[number];
export type Alignment = "relaxed" | "strict";

export type DmarcRecord = {
  policy: DmarcPolicy;
  subdomainPolicy: DmarcPolicy | null;
  dkim: Alignment;
  spf: Alignment;
  pct: number;
  /** Addresses of `rua=mailto:…`. */
  reports: string[];
  /** Tags whose value a receiver does not understand and replaces by the default. */
  odd: string[];
};

/** Whether a TXT record speaks of DMARC at all (RFC 7489, 6.6.3): the version comes first, in exactly these letters. */
export const isDmarc = (text: string): boolean => /^\s*v\s*=\s*DMARC1\s*(;|$)/.test(text);

/** A record as receivers read it; null when they ignore it, because it states no policy they know. */
export function parseDmarc(text: string): DmarcRecord | null {
  const tags = parseTags(text);
  if (!tags) return null;
  const odd: string[] = [];
  const oneOf = <T extends string>(tag: string, values: readonly T[]): T | null => {
    const value = tags.get(tag)?.toLowerCase();
    if (value === undefined) return null;
    const known = values.find((one) => one === value) ?? null;
    if (known === null) odd.push(tag);
    return known;
  };
  const reports = (tags.get("rua") ?? "")
    .split(",")
    .map((address) => /^\s*mailto:([^@\s!]+@[^@\s!]+)(![0-9]+[kmgt]?)?\s*$/i.exec(address)?.[1])
    .filter((address) => address !== undefined);
  if (tags.has("rua") && reports.length === 0) odd.push("rua");
  // Without a policy but with an address for reports a record counts as "none" (RFC 7489, 6.6.3).
  const policy = oneOf("p", POLICIES) ?? (reports.length > 0 ? "none" : null);
  if (policy === null) return null;
  const mode = (tag: string): Alignment => (oneOf(tag, ["r", "s"] as const) === "s" ? "strict" : "relaxed");
  const pct = tags.get("pct") ?? "100";
  const validPct = /^\d{1,3}$/.test(pct) && Number(pct) <= 100;
  if (!validPct) odd.push("pct");
  return {
    ...{ policy, subdomainPolicy: oneOf("sp", POLICIES), dkim: mode("adkim"), spf: mode("aspf") },
    ...{ pct: validPct ? Number(pct) : 100, reports, odd },
  };
}
