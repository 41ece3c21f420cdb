import { parseTags } from "./tag-list";

/** A published key (RFC 6376, 3.6.1). An empty key means that it was revoked. */
export type DkimRecord = { type: string; key: string; testing: boolean };

/** Null for what is no DKIM record, or one that no mail signed with SHA-256 can be checked with. */
export function parseDkim(text: string): DkimRecord | null {
  const tags = parseTags(text);
  const key = tags?.get("p")?.replace(/\s/g, "");
  if (!tags || key === undefined) return null;
  if (tags.has("v") && (tags.get("v") !== "DKIM1" || [...tags.keys()][0] !== "v")) return null;
  const listed = (tag: string) =>
    tags
      .get(tag)
      ?.split(":")
      .map((one) => one.trim().toLowerCase());
  const hashes = listed("h");
  const services = listed("s");
  if (hashes && !hashes.includes("sha256")) return null;
  if (services && !services.includes("*") && !services.includes("email")) return null;
  return { type: (tags.get("k") ?? "rsa").toLowerCase(), key, testing: listed("t")?.includes("y") ?? false };
}

export const dkimName = (selector: string, domain: string): string => `${selector}._domainkey.${domain}`;
export const dkimValue = (publicKey: string): string => `v=DKIM1; k=rsa; p=${publicKey}`;

const STRING_BYTES = 255;

/** A TXT record is made of strings of at most 255 bytes, which receivers join without anything in between (RFC 6376, 3.6.2.2). */
export function txtStrings(value: string): string[] {
  const strings: string[] = [];
  for (let from = 0; from < value.length; from += STRING_BYTES) strings.push(value.slice(from, from + STRING_BYTES));
  return strings;
}
