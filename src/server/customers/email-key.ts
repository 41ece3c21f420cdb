import { domainToASCII } from "node:url";

/**
 * The identity of an e-mail address (domain.md B23): trimmed, NFC, lower case, domain in punycode. Null when it is no address.
 * The local part is not interpreted further: dots and plus-addresses are different mailboxes for most providers.
 */
export function emailKey(email: string): string | null {
  const text = email.trim().normalize("NFC");
  const at = text.lastIndexOf("@");
  if (at < 1 || text.length > 320 || /[\s\p{Cc},;<>()[\]]/u.test(text)) return null;
  const domain = domainToASCII(text.slice(at + 1).toLowerCase());
  if (!/^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/.test(domain)) return null;
  return `${text.slice(0, at).toLowerCase()}@${domain}`;
}
