/** One term of an SPF record (RFC 7208, 4.6.1). */
export type SpfTerm = NameTerm | NetworkTerm;
/** Stands for what a name leads to, or for everybody. */
export type NameTerm = {
  kind: "all" | "include" | "a" | "mx" | "ptr" | "exists";
  qualifier: Qualifier;
  target: string | null;
  prefix4: number;
  prefix6: number;
};
type NetworkTerm = { kind: "ip4" | "ip6"; qualifier: Qualifier; address: string; prefix: number };
export type Qualifier = "+" | "-" | "~" | "?";
/** `bad` is the first term that is no SPF: a receiver then ignores the whole record. */
export type SpfRecord = { terms: SpfTerm[]; redirect: string | null; bad: string | null };

/** Whether a TXT record speaks of SPF at all (RFC 7208, 4.5): the version alone, or followed by a space. */
export const isSpf = (text: string): boolean => /^v=spf1( |$)/i.test(text);

const MACRO = "%\\{[slodiphcrtv]\\d*r?[.\\-+,/_=]*\\}|%%|%_|%-";
/** Visible characters, a percent sign only as a macro; at its end a name that is no number, or a macro. */
const DOMAIN_SPEC = new RegExp(`^(?:${MACRO}|[!-$&-.0-~])*(?:\\.(?:[a-z0-9-]*[a-z-][a-z0-9-]*)\\.?|%\\{[^}]+\\})$`, "i");
const MACRO_STRING = new RegExp(`^(?:${MACRO}|[!-$&-~])*$`, "i");

/** True when a name depends on the mail that is judged, so that it cannot be followed beforehand. */
export const hasMacro = (target: string): boolean => target.includes("%");

export function parseSpf(text: string): SpfRecord {
  const record: SpfRecord = { terms: [], redirect: null, bad: null };
  let explained = false;
  for (const word of text.slice("v=spf1".length).split(" ")) {
    if (word === "") continue;
    const modifier = /^([a-z][a-z0-9_.-]*)=(.*)$/i.exec(word);
    if (modifier) {
      const name = modifier[1]?.toLowerCase() ?? "";
      const value = modifier[2] ?? "";
      if (name === "redirect" && record.redirect === null && DOMAIN_SPEC.test(value)) record.redirect = value.toLowerCase();
      else if (name === "exp" && !explained && DOMAIN_SPEC.test(value)) explained = true;
      else if (name === "redirect" || name === "exp" || !MACRO_STRING.test(value)) record.bad ??= word;
      continue;
    }
    const term = parseTerm(word);
    if (term) record.terms.push(term);
    else record.bad ??= word;
  }
  return record;
}

function parseTerm(word: string): SpfTerm | null {
  const found = /^([-+~?])?([a-z0-9]+)(.*)$/i.exec(word);
  if (!found) return null;
  const qualifier = (found[1] ?? "+") as Qualifier;
  const kind = found[2]?.toLowerCase();
  const rest = found[3] ?? "";
  const none = { target: null, prefix4: 32, prefix6: 128 };
  if (kind === "all") return rest === "" ? { kind, qualifier, ...none } : null;
  if (kind === "include" || kind === "exists") {
    const target = rest.slice(1);
    return rest.startsWith(":") && DOMAIN_SPEC.test(target) ? { kind, qualifier, ...none, target: target.toLowerCase() } : null;
  }
  if (kind === "ptr") {
    if (rest === "") return { kind, qualifier, ...none };
    return rest.startsWith(":") && DOMAIN_SPEC.test(rest.slice(1))
      ? { kind, qualifier, ...none, target: rest.slice(1).toLowerCase() }
      : null;
  }
  if (kind === "a" || kind === "mx") return parseHosts(kind, qualifier, rest);
  if (kind === "ip4" || kind === "ip6") return rest.startsWith(":") ? parseNetwork(kind, qualifier, rest.slice(1)) : null;
  return null;
}

function parseHosts(kind: "a" | "mx", qualifier: Qualifier, rest: string): SpfTerm | null {
  const found = /^(?::(.+?))?(?:\/(\d{1,2}))?(?:\/\/(\d{1,3}))?$/.exec(rest);
  if (!found) return null;
  const target = found[1] ?? null;
  const prefix4 = Number(found[2] ?? 32);
  const prefix6 = Number(found[3] ?? 128);
  if ((target !== null && !DOMAIN_SPEC.test(target)) || prefix4 > 32 || prefix6 > 128) return null;
  return { kind, qualifier, target: target?.toLowerCase() ?? null, prefix4, prefix6 };
}

function parseNetwork(kind: "ip4" | "ip6", qualifier: Qualifier, value: string): SpfTerm | null {
  const found = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(value);
  const address = found?.[1];
  if (!address || !(kind === "ip4" ? isIpv4(address) : isIpv6(address))) return null;
  const most = kind === "ip4" ? 32 : 128;
  const prefix = Number(found?.[2] ?? most);
  return prefix <= most ? { kind, qualifier, address, prefix } : null;
}

const isIpv4 = (text: string): boolean => /^\d{1,3}(\.\d{1,3}){3}$/.test(text) && text.split(".").every((part) => Number(part) <= 255);
const isIpv6 = (text: string): boolean => /^[0-9a-f:.]+$/i.test(text) && text.includes(":") && URL.canParse(`http://[${text}]/`);
