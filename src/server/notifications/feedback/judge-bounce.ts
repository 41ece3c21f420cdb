export type Verdict = "hardBounce" | "softBounce" | "failed";

/** What a provider's word and the words of the mail server that it passes on are judged by. */
type Told = { provider: Verdict; words: string | null | undefined; code?: string | null | undefined };

/** The status of RFC 3463: 5.1.1 is nobody there, 4.2.2 is a full mailbox. Not the middle of an IP address. */
const STATUS = /(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])/;
const FULL = /^[45]\.2\.2$/;
const FULL_WORDS =
  /over ?quota|quota (?:is )?exceeded|exceeded (?:\w+ )?(?:storage|quota)|mailbox (?:is )?full|full mailbox|mailfolder is full|insufficient (?:system )?storage/i;
/** Sender (5.1.7, 5.1.8), size (5.2.3, 5.3.4), content (5.6.x), policy and security (5.7.x): nothing of it is about the recipient. */
const NOT_THE_ADDRESS = /^[45]\.(?:1\.[78]|2\.3|3\.4|6\.\d+|7\.\d+)$/;
const POLICY_WORDS =
  /\bspam\b|\bjunk\b|polic(?:y|ies)|block ?list|black ?list|deny ?list|\bblocked\b|reputation|spamhaus|barracuda|\bdmarc\b|\bdkim\b|\bspf\b|unsolicited|virus|relay(?:ing)? (?:access )?denied|too large|message size/i;

export const statusIn = (...texts: (string | null | undefined)[]): string | null => {
  for (const text of texts) {
    const found = STATUS.exec(text ?? "")?.[0];
    if (found) return found;
  }
  return null;
};

const isFull = (status: string | null, words: string): boolean => (status === null ? FULL_WORDS.test(words) : FULL.test(status));

/**
 * A provider's class of a bounce, corrected by what the mail server itself said: providers take full mailboxes and blocks for addresses that
 * do not exist, and such an address would be shut for ever. Their word is never made harder, and nothing is made of silence.
 */
export function judgeBounce({ provider, words, code }: Told): Verdict {
  const text = words ?? "";
  const status = statusIn(code, text);
  // A status that says no more than "failed" leaves it to the words.
  const precise = status !== null && !/^[45]\.(?:0|5)\.\d+$/.test(status) ? status : null;
  if (provider === "failed") return isFull(precise, text) ? "softBounce" : "failed";
  if (precise !== null && NOT_THE_ADDRESS.test(precise)) return "failed";
  if (isFull(precise, text)) return "softBounce";
  if (precise === null && POLICY_WORDS.test(text)) return "failed";
  return provider === "hardBounce" && precise?.startsWith("4.") ? "softBounce" : provider;
}

/** What is still being tried becomes a delivery or a bounce by itself; only a full mailbox says something about the address already now. */
export const isFullMailbox = (words: string | null | undefined, code?: string | null): boolean =>
  isFull(statusIn(code, words), words ?? "");
