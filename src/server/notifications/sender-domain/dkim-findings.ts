import type { Answer, Dns } from "./ask-dns";
import { isEd25519, rsaBits } from "./dkim-keys";
import { type DkimRecord, dkimName, dkimValue, parseDkim } from "./dkim-record";
import { finding, unasked } from "./finding";
import type { Finding } from "./schema";

const found = finding("dkim");

export type OwnKey = { selector: string; publicKey: string; state: "pending" | "active" };

/** What stands at a selector. */
type Published =
  | { is: "unasked"; answer: Extract<Answer<string>, { state: "unasked" }> }
  | { is: "missing" }
  | { is: "multiple" }
  | { is: "broken" }
  | { is: "key"; record: DkimRecord };

async function published(dns: Dns, name: string): Promise<Published> {
  const answer = await dns.txt(name);
  if (answer.state === "unasked") return { is: "unasked", answer };
  const texts = answer.state === "found" ? answer.values : [];
  const [only] = texts;
  if (only === undefined) return { is: "missing" };
  // Which of several is taken is up to the receiver (RFC 6376, 3.6.2.2).
  if (texts.length > 1) return { is: "multiple" };
  const record = parseDkim(only);
  return record ? { is: "key", record } : { is: "broken" };
}

/** Whether exactly this key can be fetched at its place: what has to be so before anything is signed with it. */
export async function sees(dns: Dns, domain: string, key: Pick<OwnKey, "selector" | "publicKey">): Promise<"yes" | "no" | "unasked"> {
  const at = await published(dns, dkimName(key.selector, domain));
  if (at.is === "unasked") return "unasked";
  return at.is === "key" && at.record.type === "rsa" && at.record.key === key.publicKey ? "yes" : "no";
}

export async function dkimFindings(
  dns: Dns,
  { domain, keys, selectors }: { domain: string; keys: readonly OwnKey[]; selectors: readonly string[] },
): Promise<Finding[]> {
  const own = await Promise.all(keys.map((key) => ownFinding(dns, domain, key)));
  const provider = await Promise.all(selectors.map((selector) => providerFindings(dns, domain, selector)));
  const signed = keys.some(({ state }) => state === "active") || selectors.length > 0;
  return [...own.flat(), ...provider.flat(), ...(signed ? [] : [found("warning", "dkimNone", { domain })])];
}

async function ownFinding(dns: Dns, domain: string, key: OwnKey): Promise<Finding[]> {
  const { selector } = key;
  const name = dkimName(selector, domain);
  const record = { name, type: "TXT", value: dkimValue(key.publicKey) } as const;
  const at = await published(dns, name);
  if (at.is === "unasked") return [unasked("dkim", name, at.answer.reason)];
  // A key that nothing is signed with yet may still be on its way into the DNS.
  const level = key.state === "active" ? "error" : "hint";
  if (at.is === "missing") return [found(level, key.state === "active" ? "dkimOwnMissing" : "dkimPending", { selector, name }, record)];
  if (at.is === "multiple") return [found(level, "dkimMultiple", { selector, name }, record)];
  if (at.is === "broken" || at.record.type !== "rsa" || at.record.key !== key.publicKey)
    return [found(level, "dkimOwnDiffers", { selector, name }, record)];
  const seen = found(key.state === "active" ? "ok" : "hint", key.state === "active" ? "dkimOwn" : "dkimPendingSeen", { selector });
  return at.record.testing ? [seen, found("warning", "dkimTesting", { selector, name })] : [seen];
}

const STRONG_BITS = 2048;
/** Receivers ignore signatures by shorter keys (RFC 8301, 3.2). */
const LEAST_BITS = 1024;

async function providerFindings(dns: Dns, domain: string, selector: string): Promise<Finding[]> {
  const name = dkimName(selector, domain);
  const at = await published(dns, name);
  if (at.is === "unasked") return [unasked("dkim", name, at.answer.reason)];
  if (at.is === "missing") return [found("error", "dkimProviderMissing", { selector, name })];
  if (at.is === "multiple") return [found("error", "dkimMultiple", { selector, name })];
  if (at.is === "broken") return [found("error", "dkimBroken", { selector, name })];
  const { type, key, testing } = at.record;
  if (key === "") return [found("error", "dkimRevoked", { selector, name })];
  const bits = type === "rsa" ? rsaBits(key) : null;
  if (type === "rsa" ? bits === null : type !== "ed25519" || !isEd25519(key)) return [found("error", "dkimBroken", { selector, name })];
  const findings: Finding[] = [];
  if (bits !== null && bits < STRONG_BITS) findings.push(found(bits < LEAST_BITS ? "error" : "warning", "dkimWeak", { selector, bits }));
  else findings.push(found("ok", "dkimProvider", { selector }));
  return testing ? [...findings, found("warning", "dkimTesting", { selector, name })] : findings;
}
