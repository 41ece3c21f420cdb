import { z } from "zod";

/** What mailbox providers ask about a sender's domain. */
export const ABOUTS = ["spf", "dkim", "dmarc", "mx"] as const;
export type About = (typeof ABOUTS)[number];

/** `unasked`: no answer came, so nothing is known; that is neither good nor bad. `hint`: nothing to do, but worth knowing. */
export const LEVELS = ["ok", "hint", "warning", "error", "unasked"] as const;
export type Level = (typeof LEVELS)[number];

/** Each finding has its words in `messages/<locale>/senderDomain.json`; a new one without them does not compile. */
export const CODES = [
  "spfOk",
  "spfMissing",
  "spfMultiple",
  "spfSyntax",
  "spfLookups",
  "spfVoid",
  "spfInclude",
  "spfAll",
  "spfNoAll",
  "spfPtr",
  "spfHost",
  "spfHostUnknown",
  "spfEnvelope",
  "dkimOwn",
  "dkimOwnMissing",
  "dkimOwnDiffers",
  "dkimPending",
  "dkimPendingSeen",
  "dkimProvider",
  "dkimProviderMissing",
  "dkimRevoked",
  "dkimBroken",
  "dkimMultiple",
  "dkimTesting",
  "dkimWeak",
  "dkimNone",
  "dmarcOk",
  "dmarcMissing",
  "dmarcMultiple",
  "dmarcSyntax",
  "dmarcNone",
  "dmarcSubdomain",
  "dmarcNoRua",
  "dmarcRua",
  "dmarcPct",
  "alignDkim",
  "alignSpf",
  "alignUnknown",
  "mxOk",
  "mxImplicit",
  "mxMissing",
  "mxNull",
  "mxDead",
  "domainMissing",
  "unasked",
] as const;
export type FindingCode = (typeof CODES)[number];

/** A record as a name server keeps it: what the owner of the domain has to enter. */
const recordSchema = z.object({ name: z.string(), type: z.enum(["TXT", "MX"]), value: z.string() });
export type DnsRecord = z.infer<typeof recordSchema>;

const findingSchema = z.object({
  about: z.enum(ABOUTS),
  code: z.enum(CODES),
  level: z.enum(LEVELS),
  /** What the words name: domains, selectors, counts. */
  params: z.record(z.string(), z.union([z.string(), z.number()])),
  publish: recordSchema.nullable(),
});
export type Finding = z.infer<typeof findingSchema>;
export const findingsSchema = z.array(findingSchema);

/** The one word for all findings. A mistake that was seen counts also when something else did not answer. */
export type DomainState = "ok" | "warning" | "error" | "unasked";

export function stateOf(findings: readonly Pick<Finding, "level">[]): DomainState {
  for (const level of ["error", "unasked", "warning"] as const) if (findings.some((one) => one.level === level)) return level;
  return "ok";
}

/** The part of a DKIM record's name before `._domainkey`: labels of letters, digits, hyphens and underscores. */
export const selectorSchema = z
  .string()
  .trim()
  .toLowerCase()
  .max(120)
  .regex(/^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$/);
export const MAX_SELECTORS = 10;
export const selectorsSchema = z.object({ selectors: z.array(selectorSchema).max(MAX_SELECTORS) });
export const keySchema = z.object({ id: z.uuid() });

/** A replaced key's record stays published this long: mail that was signed with it may still be on its way. */
export const RETIRED_DAYS = 7;

export type KeyView = {
  id: string;
  selector: string;
  /** `pending`: made, not yet signed with. `retired`: no longer signed with, its secret is gone. */
  state: "pending" | "active" | "retired";
  record: DnsRecord;
  /** The same value in the strings of at most 255 bytes that a zone file asks for. */
  strings: string[];
  createdAt: Date;
  activatedAt: Date | null;
  retiredAt: Date | null;
};

export type SenderDomainView = {
  /** The domain people see in the sender; null while e-mails would come from none. */
  domain: string | null;
  /** Whether the shop chose it or it is the installation's. */
  source: "brand" | "installation" | null;
  /** Whose mail server hands the e-mails over. */
  server: "own" | "installation" | null;
  /** The last check of exactly this domain, or null. */
  check: { at: Date; state: DomainState; badSince: Date | null; findings: Finding[] } | null;
  selectors: string[];
  keys: KeyView[];
};
