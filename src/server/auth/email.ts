import { domainToASCII } from "node:url";

/**
 * The identity of an e-mail address (domain.md B23): NFC-composed, lower case, the domain in punycode. Two spellings of one address
 * have one key; the address itself is stored as it was typed. Null when it is no address.
 */
export function emailKey(address: string): string | null {
  const text = address.normalize("NFC").trim();
  const at = text.lastIndexOf("@");
  if (at < 1 || text.length > 320) return null;
  const local = text.slice(0, at);
  const domain = domainToASCII(text.slice(at + 1).replace(/\.$/, ""));
  // Control characters and spaces could smuggle header lines into mails; a domain without a dot is not reachable from outside.
  if (/[\s\p{Cc}@]/u.test(local) || Buffer.byteLength(local) > 64 || !/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(domain)) return null;
  return `${local.toLowerCase()}@${domain}`;
}
